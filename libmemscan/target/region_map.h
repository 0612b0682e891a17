/* region_map.h - the address space as it was at one moment: an immutable, sorted snapshot, shared by reference.
 *
 * A snapshot is taken and let go on the caller's thread only; any thread may look into one that it was handed. */
#ifndef MS_REGION_MAP_H
#define MS_REGION_MAP_H

#include <stdbool.h>

#include <memscan/ext/platform.h>

#include "../base/arena.h"
#include "../base/rows.h"

typedef struct ms_region_map {
    const memscan_allocator *allocator;
    size_t references;
    ms_rows regions; /* memscan_region: ascending, never overlapping */
    ms_arena names;  /* each name once: equal names are equal pointers */
} ms_region_map;

/* Hears of a snapshot that is being taken, each time MS_REGION_MAP_STEP regions more are in it. Those stay where they are, and
 * what is said of them stays true. A status that is not OK ends the taking, and is what it returns. */
typedef memscan_status ms_region_map_grown_fn(ms_region_map *map, void *context, memscan_error *error);
enum { MS_REGION_MAP_STEP = 4096 };

/* Every region that holds bytes. One reference is the caller's. `grown` may be NULL; it may take references of a map, which it
 * gives back itself when the taking fails. */
memscan_status ms_region_map_take_growing(const memscan_platform *platform, void *state,
                                          const memscan_allocator *allocator, ms_region_map_grown_fn *grown,
                                          void *context, ms_region_map **map, memscan_error *error);
/* Those between `start` and `last`. */
memscan_status ms_region_map_take(const memscan_platform *platform, void *state, const memscan_allocator *allocator,
                                  uint64_t start, uint64_t last, ms_region_map **map, memscan_error *error);
/* Every region, for who is going to read nothing but `ranges`: see `regions_about` in ext/platform.h. The platform has it. */
memscan_status ms_region_map_take_about(const memscan_platform *platform, void *state,
                                        const memscan_allocator *allocator, const memscan_range *ranges, size_t count,
                                        ms_region_map **map, memscan_error *error);
/* Every region, and what is set aside without memory (MEMSCAN_REGION_RESERVED), which the other leaves out. */
memscan_status ms_region_map_take_all(const memscan_platform *platform, void *state, const memscan_allocator *allocator,
                                      ms_region_map **map, memscan_error *error);
ms_region_map *ms_region_map_share(ms_region_map *map);
void ms_region_map_release(ms_region_map *map); /* NULL is allowed */

size_t ms_region_map_count(const ms_region_map *map);
const memscan_region *ms_region_map_at(const ms_region_map *map, size_t index);
/* The index of the first region that ends at or beyond `address`; the count when there is none. */
size_t ms_region_map_seek(const ms_region_map *map, uint64_t address);
/* The region that holds `address`, or NULL. */
const memscan_region *ms_region_map_find(const ms_region_map *map, uint64_t address);

/* How many bytes from `address` on, of `size`, are alike: all mapped, or all not mapped; *mapped tells which. */
uint64_t ms_region_map_alike(const ms_region_map *map, uint64_t address, uint64_t size, bool *mapped);

static inline uint64_t ms_region_last(const memscan_region *region)
{
    /* cppcheck-suppress nullPointerRedundantCheck ; callers that ask for NULL have left before they come here */
    return region->start + (region->size - 1);
}

#endif
