/* linux_stacks.h - where the threads' stack pointers are. */
#ifndef MS_LINUX_STACKS_H
#define MS_LINUX_STACKS_H

#include <stdbool.h>

#include "../../libmemscan/base/array.h"
#include "linux_target.h"

/* Reads them into an array of uint64_t, ascending. Threads on a CPU tell none. */
memscan_status ms_linux_stacks_read(linux_target *target, ms_array *pointers, memscan_error *error);

/* Whether one of them lies in [start, start + size). */
bool ms_linux_stacks_any(const ms_array *pointers, uint64_t start, uint64_t size);

/* The stack pointer in a text of /proc/PID/task/TID/syscall (proc_pid_syscall(5)): the last number but one. False:
 * "running", or no such text. */
bool ms_linux_stack_parse(const char *text, size_t length, uint64_t *pointer);

#endif
