/* kernel.h - what the kernel that a live test runs on can do, found by trying it. */
#ifndef TEST_KERNEL_H
#define TEST_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/* How many of these programs, from the first on, it can execute; the others are named on stdout. A kernel for 64 bits may be
 * without those of 32: they run under Debian's then (tests/vm/run-kernel). */
size_t kernel_runs(const char *const *programs, size_t count);

/* Whether untouched memory that is read gets one page of zeros that all share; kernels under some hypervisors give each
 * page memory of its own. */
bool kernel_shares_zeros(void);

/* Whether it marks pages that were written since somebody asked (soft-dirty: CONFIG_MEM_SOFT_DIRTY). */
bool kernel_marks_writes(void);

#endif
