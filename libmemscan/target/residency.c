/* residency.c - where the pages of one region are.
 *
 * The invariant: the runs handed on cover exactly the bytes asked about, without gap or overlap, whatever the
 * platform answers; a page about which it is silent is UNKNOWN. */
#include "residency.h"

#include <string.h>

#include "../base/error.h"

void ms_residency_begin(ms_residency *walk, memscan_target *target, const memscan_region *region, uint64_t start,
                        uint64_t last)
{
    walk->target = target;
    walk->region = region;
    walk->next = start;
    walk->last = last;
    walk->ended = false;
    walk->at = walk->count = 0;
}

void ms_residency_begin_known(ms_residency *walk, memscan_target *target, const memscan_region *region, uint64_t start,
                              uint64_t last)
{
    ms_residency_begin(walk, target, region, start, last);
    walk->runs[walk->count++] = (memscan_extent){ start, last - start + 1, MEMSCAN_PAGE_RESIDENT };
}

void ms_residency_of_many(memscan_target *target, const memscan_range *ranges, size_t count, uint8_t *resident)
{
    memset(resident, 0, count);
    if (count && target->platform.resident && ms_target_can(target, MEMSCAN_CAN_RESIDENCY))
        target->platform.resident(target->state, ranges, count, resident);
}

static memscan_status ask(ms_residency *walk, memscan_error *error)
{
    uint64_t start = ms_page_of(walk->target, walk->next);
    if (start < walk->region->start)
        start = walk->region->start;
    uint64_t last = walk->last - start < MS_RESIDENCY_STRIDE ? walk->last : start + (MS_RESIDENCY_STRIDE - 1);
    walk->at = walk->count = 0;
    return walk->target->platform.residency(walk->target->state, walk->region, start, last, walk->runs,
                                            MS_RESIDENCY_RUNS, &walk->count, error);
}

/* Hands on `state` up to `last`, or to the end of the walk. */
static void hand_on(ms_residency *walk, memscan_page_state state, uint64_t last, memscan_extent *run)
{
    if (last > walk->last)
        last = walk->last;
    *run = (memscan_extent){ walk->next, last - walk->next + 1, state };
    walk->ended = last == walk->last;
    walk->next = last + 1;
}

memscan_status ms_residency_next(ms_residency *walk, memscan_extent *run, memscan_error *error)
{
    *run = (memscan_extent){ 0 };
    if (walk->ended)
        return MEMSCAN_OK;
    if (!ms_target_can(walk->target, MEMSCAN_CAN_RESIDENCY)) {
        hand_on(walk, MEMSCAN_PAGE_UNKNOWN, walk->last, run);
        return MEMSCAN_OK;
    }
    if (walk->at == walk->count) {
        memscan_status status = ask(walk, error);
        if (status)
            return status;
    }
    while (walk->at < walk->count) {
        const memscan_extent *told = &walk->runs[walk->at];
        if (told->size == 0 || told->start + (told->size - 1) < walk->next) {
            walk->at++;
            continue;
        }
        if (told->start > walk->next) {
            hand_on(walk, MEMSCAN_PAGE_UNKNOWN, told->start - 1, run);
            return MEMSCAN_OK;
        }
        hand_on(walk, told->state, told->start + (told->size - 1), run);
        walk->at++;
        return MEMSCAN_OK;
    }
    hand_on(walk, MEMSCAN_PAGE_UNKNOWN,
            ms_page_of(walk->target, walk->next) + (walk->target->facts.target.page_size - 1), run);
    return MEMSCAN_OK;
}

memscan_status memscan_residency(memscan_target *target, uint64_t start, uint64_t last, memscan_extent_fn *visit,
                                 void *context, memscan_error *error)
{
    if (!ms_target_can(target, MEMSCAN_CAN_RESIDENCY))
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target does not tell where its pages are");
    if (last < start)
        return ms_fail_at(error, MEMSCAN_INVALID, start, "a range ends before it begins");
    ms_region_map *map;
    memscan_status status =
        ms_region_map_take(&target->platform, target->state, target->allocator, start, last, &map, error);
    if (status)
        return status;
    ms_residency walk;
    for (size_t i = 0; i < ms_region_map_count(map) && !status; i++) {
        const memscan_region *region = ms_region_map_at(map, i);
        memscan_extent run;
        if (region->start > last || ms_region_last(region) < start)
            continue;
        ms_residency_begin(&walk, target, region, region->start > start ? region->start : start,
                           ms_region_last(region) < last ? ms_region_last(region) : last);
        while (!(status = ms_residency_next(&walk, &run, error)) && run.size)
            if (visit(&run, context)) {
                status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
                break;
            }
    }
    ms_region_map_release(map);
    return status;
}
