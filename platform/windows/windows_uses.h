/* windows_uses.h - what private memory is for, as far as the process's own records tell: the heaps by the process
 * environment block, the stacks by the thread environment blocks. */
#ifndef MS_WINDOWS_USES_H
#define MS_WINDOWS_USES_H

#include "../../libmemscan/base/array.h"
#include "windows_target.h"

/* One allocation whose use is known, by the address that it was made at. */
typedef struct windows_use {
    uint64_t allocation_base;
    memscan_kind kind; /* HEAP or STACK */
    char name[32];     /* "[heap]", "[heap:2]", "[stack]", "[stack:1234]" */
} windows_use;

typedef struct windows_uses {
    ms_array items; /* windows_use */
} windows_uses;

/* NO_MEMORY only: what a process does not tell stays unknown. */
memscan_status ms_windows_uses_take(windows_uses *uses, const windows_target *target, memscan_error *error);
void ms_windows_uses_deinit(windows_uses *uses);
/* NULL: of no known use. */
const windows_use *ms_windows_uses_find(const windows_uses *uses, uint64_t allocation_base);

/* Where the program's image was loaded, and where the allocation of its first thread's stack begins; 0: it does not
 * tell. */
uint64_t ms_windows_load_address(const windows_target *target);
uint64_t ms_windows_stack_address(const windows_target *target);

/* Where the process keeps its command line: address and length in bytes. False: it does not tell. */
bool ms_windows_command_line_at(const windows_target *target, uint64_t *address, uint64_t *length);

/* Calls `visit` for each thread of `pid`, oldest first, until it answers false. False and GetLastError() when the
 * list cannot be had. */
bool ms_windows_each_thread(uint64_t pid, bool (*visit)(uint32_t thread, void *context), void *context);

#endif
