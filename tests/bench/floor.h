/* floor.h - the bare copy, without any judging: the limit that every row is compared with. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "measure.h"
#include "subject.h"

/* Reads everything that the subject holds with process_vm_readv, 1 MiB a call, by that many threads. Of many small
 * mappings: reads /proc/PID/maps first, then up to 1,024 mappings and 1 MiB a call. Of a sparse reservation: asks the
 * page map which pages are there (PAGEMAP_SCAN, where the kernel has it), then reads those. */
bench_sample bench_floor(const bench_subject *subject, unsigned threads);

#endif
