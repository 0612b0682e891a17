/* residency.h - where the pages of one region are, asked in strides and handed on run by run. */
#ifndef MS_RESIDENCY_H
#define MS_RESIDENCY_H

#include "target.h"

/* How far ahead of the reader residency is asked. What was told ages while the reader works: a stride is what two
 * cores read in a tenth of a second, and yet a reservation of 64 GiB costs 64 questions only. */
#define MS_RESIDENCY_STRIDE ((uint64_t)1 << 30)

enum { MS_RESIDENCY_RUNS = 128 };

typedef struct ms_residency {
    memscan_target *target;
    const memscan_region *region;
    uint64_t next, last; /* what was not handed on yet; meaningless when `ended` */
    bool ended;
    memscan_extent runs[MS_RESIDENCY_RUNS];
    size_t at, count;
} ms_residency;

/* Begins a walk over the bytes of `region` between `start` and `last`, which lie inside it. */
void ms_residency_begin(ms_residency *walk, memscan_target *target, const memscan_region *region, uint64_t start,
                        uint64_t last);
/* The same of bytes that are known to be RESIDENT: nothing is asked. */
void ms_residency_begin_known(ms_residency *walk, memscan_target *target, const memscan_region *region, uint64_t start,
                              uint64_t last);
/* The next run, clipped to the walk's bytes; size 0: the end. Without MEMSCAN_CAN_RESIDENCY: one run, UNKNOWN. */
memscan_status ms_residency_next(ms_residency *walk, memscan_extent *run, memscan_error *error);

/* Whether all pages of each of many small stretches are RESIDENT, asked at once; 0 says nothing. */
void ms_residency_of_many(memscan_target *target, const memscan_range *ranges, size_t count, uint8_t *resident);

#endif
