/* linux_absent.h - what the page tables do not hold: which pages, what stands for them, and how to get it without the
 * target and without waiting for ever. */
#ifndef MS_LINUX_ABSENT_H
#define MS_LINUX_ABSENT_H

#include "linux_target.h"

/* linux_residency.c. Whether a guard page lies there (MADV_GUARD_INSTALL); false where the kernel cannot tell. */
bool ms_linux_is_guard(linux_target *target, uint64_t address);
/* Whether a page is in the page tables; false where that cannot be told. */
bool ms_linux_is_present(linux_target *target, uint64_t address);
/* Whether the mapping is of memory that has no file on a disk: shared anonymous memory, memfd, System V, /dev/shm. */
bool ms_linux_is_memory_object(const memscan_region *region);

/* linux_backing.c. One transfer FROM_BACKING. Its `done` and `outcome` are set; only GONE and NO_MEMORY fail. */
memscan_status ms_linux_read_backing(linux_target *target, memscan_transfer *transfer, memscan_error *error);
/* A descriptor of one's own of the file behind a region, to be closed; -1 where it cannot be had. */
int ms_linux_backing_file(linux_target *target, const memscan_region *region);
memscan_status ms_linux_backing_open(linux_target *target, memscan_error *error);
void ms_linux_backing_close(linux_target *target);

/* linux_guarded.c. One transfer FROM_TARGET in a region that may block, by a helper process with a deadline. */
memscan_status ms_linux_read_guarded(linux_target *target, memscan_transfer *transfer, memscan_error *error);
memscan_status ms_linux_write_guarded(linux_target *target, memscan_transfer *transfer, memscan_error *error);
memscan_status ms_linux_guard_open(linux_target *target, memscan_error *error);
void ms_linux_guard_close(linux_target *target);

#endif
