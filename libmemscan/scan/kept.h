/* kept.h - what units of a session's scan leave: references to blocks, whose blobs their workers have put into the store.
 * They lie beside the pipeline's ring, at the number of their unit, so that a unit need not travel to the caller's thread:
 * its buffer, which the worker's cache still holds, serves the next one. */
#ifndef MS_KEPT_H
#define MS_KEPT_H

#include "../match/match_set.h"

/* Of one unit. */
typedef struct ms_kept {
    ms_array refs;    /* of ms_block_ref, ascending; a zero run names its planes, its matches are not counted yet */
    uint64_t read_at; /* ms_clock_ns after reading; 0: nothing was read */
    uint64_t planned, spared; /* of a next scan: see ms_next_work */
} ms_kept;

typedef struct ms_keeping {
    const memscan_allocator *allocator;
    ms_kept *units; /* those under way, at their number modulo `count` */
    size_t count;
    uint64_t recorded; /* units */
} ms_keeping;

memscan_status ms_keeping_init(ms_keeping *keeping, const memscan_allocator *allocator, uint32_t workers,
                               memscan_error *error);
void ms_keeping_deinit(ms_keeping *keeping); /* what was never begun is allowed */

/* On a worker: where the results of the unit of this number go. */
ms_kept *ms_kept_begin(const ms_keeping *keeping, uint64_t number);
/* A block that holds matches, as `length` bytes that were encoded: they are appended to the store. `checksum` is theirs where
 * the store sums. */
memscan_status ms_kept_add_blob(ms_kept *kept, ms_store *store, const ms_block *block, const uint8_t *blob,
                                size_t length, uint64_t checksum, memscan_error *error);
/* A block that holds matches, which is encoded into `scratch` (ms_block_blob_bound). */
memscan_status ms_kept_add_block(ms_kept *kept, ms_store *store, const ms_block *block, uint8_t *scratch,
                                 memscan_error *error);
/* The same of a block that has lost matches of the ref's blob, and nothing else: where those are that are left. */
memscan_status ms_kept_add_left(ms_kept *kept, ms_store *store, const ms_block *block, const ms_block_ref *ref,
                                uint8_t *scratch, memscan_error *error);
/* A block as it is in another step. */
memscan_status ms_kept_add_ref(ms_kept *kept, const ms_block_ref *ref, memscan_error *error);
memscan_status ms_kept_add_zero_run(ms_kept *kept, uint32_t planes, uint64_t base, uint64_t span, uint32_t tail,
                                    memscan_error *error);

/* On the caller's thread, in order: the next unit's references go into the set. */
const ms_kept *ms_kept_next(ms_keeping *keeping);
memscan_status ms_kept_record(const ms_kept *kept, const ms_planes *planes, ms_match_set *set, memscan_error *error);

#endif
