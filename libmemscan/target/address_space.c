/* address_space.c - every address of a target: its regions, what is set aside without memory, and what is free. The
 * ranges that are shown touch each other, from the lowest address to the highest. */
#include "target.h"

#include "../base/error.h"

typedef struct space_walk {
    memscan_region_fn *visit;
    void *context;
    uint64_t next; /* the first address that was not shown yet */
    bool ended;    /* that was the highest */
} space_walk;

static bool show(space_walk *walk, const memscan_region *region)
{
    uint64_t last = ms_region_last(region);
    walk->ended = last == UINT64_MAX;
    walk->next = last + 1;
    return walk->visit(region, walk->context) == 0;
}

/* What lies between the last range and `last`: nothing, if it is behind it. No range can be as long as all addresses
 * together, so the highest one is left out where nothing else is there. */
static bool show_free(space_walk *walk, uint64_t last)
{
    if (walk->ended || last < walk->next)
        return true;
    uint64_t behind_first = last - walk->next;
    memscan_region region = { .start = walk->next,
                              .size = behind_first == UINT64_MAX ? behind_first : behind_first + 1,
                              .kind = MEMSCAN_KIND_GUARD,
                              .flags = MEMSCAN_REGION_FREE,
                              .name = "" };
    return show(walk, &region);
}

static bool show_all(space_walk *walk, const ms_region_map *map, uint64_t highest)
{
    for (size_t i = 0; i < ms_region_map_count(map); i++) {
        const memscan_region *region = ms_region_map_at(map, i);
        if ((region->start > 0 && !show_free(walk, region->start - 1)) || !show(walk, region))
            return false;
    }
    return show_free(walk, highest);
}

memscan_status memscan_address_space(memscan_target *target, memscan_region_fn *visit, void *context,
                                     memscan_error *error)
{
    const memscan_facts *facts = &target->facts.target;
    ms_region_map *map;
    memscan_status status = ms_region_map_take_all(&target->platform, target->state, target->allocator, &map, error);
    if (status)
        return status;
    space_walk walk = { .visit = visit, .context = context, .next = facts->lowest_address };
    if (!show_all(&walk, map, facts->highest_address))
        status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    ms_region_map_release(map);
    return status;
}
