/* selection.h - which memory a search is about. */
#ifndef MS_SELECTION_H
#define MS_SELECTION_H

#include <stdbool.h>

#include <memscan/find.h>

#include "../base/array.h"
#include "../base/host.h"
#include "../base/rows.h"
#include "../target/region_map.h"

/* Sorts of questions that differ in the memory they are about. */
#define MS_GROUP_NUMBERS 1u /* by default: writable memory */
#define MS_GROUP_BYTES   2u /* by default: all readable memory */

/* The stretches that shards take in turn: 16 MiB of addresses each. */
#define MS_SHARD_BITS 24

/* A part of one region. */
typedef struct ms_area {
    const memscan_region *region;
    uint64_t start, last;
    uint32_t groups; /* the sorts of questions that are about it; never 0 */
    bool beyond;     /* not asked about itself: only what a match that begins before it may reach into */
} ms_area;

typedef struct ms_selection {
    ms_region_map *map;           /* a reference: the areas point into it; NULL: nothing was taken yet */
    const memscan_filter *filter; /* outlives the selection */
    uint32_t groups;
    ms_array ranges;  /* of memscan_range: the filter's, ascending and united */
    size_t range;     /* the first that may be about what was not taken yet */
    size_t taken;     /* regions of the map */
    ms_rows areas;    /* of ms_area, ascending */
    uint64_t asked;   /* bytes of the areas, and of what is next */
    uint64_t devices; /* bytes that the filter fits, but that are a device's or the kernel's own */

    /* Of a selection that grows while others look at it; NULL: it does not. */
    ms_mutex *lock; /* of `shown` and `ended` */
    ms_signal *grown;
    size_t shown; /* areas that others may look at */
    bool ended;
} ms_selection;

/* `groups`: those that are asked about. INVALID: a range ends before it begins. On failure there is nothing to deinit. */
memscan_status ms_selection_begin(ms_selection *selection, const memscan_filter *filter, uint32_t groups,
                                  const memscan_allocator *allocator, memscan_error *error);
/* Takes what is new in `map`, the same one each time, and a reference of it. */
memscan_status ms_selection_take(ms_selection *selection, ms_region_map *map, memscan_error *error);
/* Both: a selection of all of `map`. */
memscan_status ms_selection_init(ms_selection *selection, ms_region_map *map, const memscan_filter *filter,
                                 uint32_t groups, const memscan_allocator *allocator, memscan_error *error);

/* From now on others look at the selection while it grows. False: no memory. */
bool ms_selection_grow(ms_selection *selection);
/* Lets them look at what was taken. `end`: there will be no more. */
void ms_selection_show(ms_selection *selection, bool end);
/* How many areas there are, on any thread: more than `index`, for which it waits while the selection grows, or all of them. */
size_t ms_selection_count(const ms_selection *selection, size_t index);

/* Leaves the `shard`-th of `shards` parts of it (memscan/find.h), and what a match may reach into behind each stretch:
 * `lookahead` bytes. On failure the selection stays as it was. */
memscan_status ms_selection_shard(ms_selection *selection, uint32_t shard, uint32_t shards, size_t lookahead,
                                  memscan_error *error);
void ms_selection_deinit(ms_selection *selection);

#endif
