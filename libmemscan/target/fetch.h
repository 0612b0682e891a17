/* fetch.h - move many stretches, and come back one page further on behind each hole. */
#ifndef MS_FETCH_H
#define MS_FETCH_H

#include "../base/array.h"
#include "target.h"

/* One stretch to read. */
typedef struct ms_fetch_job {
    uint64_t address;
    size_t size; /* at least 1 */
    void *buffer;
    memscan_source source;
    bool or_target; /* ABSENT_SHARED from the backing is then read through the target */
    bool zero;      /* known to be zero: filled, and nobody is asked */
    const memscan_region *region;
} ms_fetch_job;

/* Room for the orders that a platform is given at a time: two arrays of `capacity`, at least 1. */
typedef struct ms_fetch_room {
    memscan_transfer *transfers;
    size_t *jobs; /* which job a transfer belongs to */
    size_t capacity;
    bool unproved; /* the caller asks ms_target_prove before it trusts anything */
} ms_fetch_room;

/* A stretch that was not obtained. */
typedef struct ms_hole {
    size_t job;
    size_t offset; /* from its start */
    size_t size;
    memscan_outcome outcome; /* never WHOLE */
} ms_hole;

/* Reads all jobs; what could not be read is appended to `holes` (of ms_hole), ascending by job and offset,
 * neighbours with the same outcome joined. The bytes of holes are undefined in the buffers. */
memscan_status ms_fetch(memscan_target *target, const ms_fetch_job *jobs, size_t count, const ms_fetch_room *room,
                        ms_array *holes, memscan_error *error);

/* Sorts the holes from index `first` on by job and offset, and joins neighbours with the same outcome. */
void ms_holes_order(ms_array *holes, size_t first);

#endif
