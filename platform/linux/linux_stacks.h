/* linux_stacks.h - where the threads' stacks are. */
#ifndef MS_LINUX_STACKS_H
#define MS_LINUX_STACKS_H

#include <stdbool.h>

#include "../../libmemscan/base/array.h"
#include "linux_target.h"

/* The vtable's function. */
memscan_status ms_linux_stacks(void *state, memscan_stack_fn *visit, void *context, memscan_error *error);

/* Reads what they tell (pointers, and where threads are at home) into an array of uint64_t, ascending. */
memscan_status ms_linux_stacks_read(linux_target *target, ms_array *places, memscan_error *error);

/* Whether one of them lies in [start, start + size). */
bool ms_linux_stacks_any(const ms_array *pointers, uint64_t start, uint64_t size);

/* The stack pointer in a text of /proc/PID/task/TID/syscall (proc_pid_syscall(5)): the last number but one. False:
 * "running", or no such text. */
bool ms_linux_stack_parse(const char *text, size_t length, uint64_t *pointer);

#endif
