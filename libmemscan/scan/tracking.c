/* tracking.c - write tracking of one scan. The moment from which writes are told for the next scan comes before the first
 * byte of this one is read, so that whatever is written while it reads is read again next time. What the step before
 * kept without reading it is taken out of what is unwritten: its bytes are older than the moment. */
#include "tracking.h"

#include "../base/error.h"

/* Reading one sparse match costs about what the tables of 64 pages cost to look through (docs/linux.md): a session that
 * is down to fewer matches than that is read faster than it is asked about. */
enum { PAGES_A_MATCH = 64 };

/* Blocks closer than this are asked about as one range: a question of its own costs more than the pages between. */
#define NEAR_BYTES ((uint64_t)1 << 20)

void ms_tracking_init(ms_tracking *tracking, const memscan_allocator *allocator)
{
    *tracking = (ms_tracking){ .too_many = false };
    ms_unwritten_init(&tracking->unwritten, allocator);
    ms_array_init(&tracking->next.unread, allocator, sizeof(memscan_extent));
}

void ms_tracking_deinit(ms_tracking *tracking)
{
    ms_array_deinit(&tracking->next.unread);
    ms_unwritten_deinit(&tracking->unwritten);
}

/* ---- the memory it is asked of ---- */

static bool is_read(const memscan_region *region)
{
    return region->protection != 0 && region->kind != MEMSCAN_KIND_DEVICE;
}

/* Adds what [start, last] has of the region, in whole pages; ascending. */
static bool add_range(ms_array *ranges, const memscan_target *target, const memscan_region *region, uint64_t start,
                      uint64_t last)
{
    uint64_t page = target->facts.target.page_size;
    start = ms_page_of(target, start);
    last = ms_page_of(target, last) + (page - 1);
    if (start < region->start)
        start = region->start;
    if (last > ms_region_last(region))
        last = ms_region_last(region);
    memscan_track_range *before = ranges->count ? ms_array_at(ranges, ranges->count - 1) : NULL;
    if (before && before->region == region && start <= before->last + NEAR_BYTES) {
        before->last = last > before->last ? last : before->last;
        return true;
    }
    memscan_track_range *range = ms_array_push(ranges);
    if (range)
        *range = (memscan_track_range){ region, start, last };
    return range != NULL;
}

static bool ranges_of_selection(const ms_selection *selection, const memscan_target *target, ms_array *ranges)
{
    bool added = true;
    for (size_t i = 0; i < selection->areas.count && added; i++) {
        const ms_area *area = ms_rows_at(&selection->areas, i);
        if (is_read(area->region))
            added = add_range(ranges, target, area->region, area->start, area->last);
    }
    return added;
}

static bool ranges_of_refs(const ms_array *refs, const ms_region_map *map, const memscan_target *target,
                           ms_array *ranges)
{
    bool added = true;
    size_t index = 0;
    for (size_t i = 0; i < refs->count && added; i++) {
        const ms_block_ref *ref = ms_array_at(refs, i);
        uint64_t last = ref->base + (ref->span - 1) + ref->tail;
        for (index = ms_region_map_seek(map, ref->base); index < ms_region_map_count(map) && added; index++) {
            const memscan_region *region = ms_region_map_at(map, index);
            if (region->start > last)
                break;
            uint64_t from = region->start > ref->base ? region->start : ref->base;
            uint64_t to = ms_region_last(region) < last ? ms_region_last(region) : last;
            if (is_read(region))
                added = add_range(ranges, target, region, from, to);
        }
    }
    return added;
}

static bool is_worth_it(const memscan_scan *scan)
{
    uint64_t bytes = 0;
    const ms_array *refs = &scan->current.refs;
    for (size_t i = 0; i < refs->count; i++)
        bytes += ((const ms_block_ref *)ms_array_at(refs, i))->span;
    return scan->current.matches > bytes / scan->target->facts.target.page_size / PAGES_A_MATCH;
}

/* ---- the question ---- */

static memscan_status ask(ms_tracking *tracking, memscan_scan *scan, const ms_array *ranges, bool swapped,
                          memscan_error *error)
{
    return ms_unwritten_ask(&tracking->unwritten, scan->target, scan->options.track == MEMSCAN_TRACK_LASTING,
                            ranges->items, ranges->count, swapped, &tracking->next.point, error);
}

memscan_status ms_tracking_begin_first(ms_tracking *tracking, memscan_scan *scan, const ms_selection *selection,
                                       memscan_error *error)
{
    ms_array ranges;
    if (scan->options.track == MEMSCAN_TRACK_NONE)
        return MEMSCAN_OK;
    ms_array_init(&ranges, scan->allocator, sizeof(memscan_track_range));
    memscan_status status = ranges_of_selection(selection, scan->target, &ranges)
                                ? ask(tracking, scan, &ranges, true, error)
                                : ms_fail_memory(error);
    ms_array_deinit(&ranges);
    return status;
}

static memscan_status remove_unread(ms_tracking *tracking, const ms_tracked *before, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    size_t from = 0;
    for (size_t i = 0; before && i < before->unread.count && status == MEMSCAN_OK; i++)
        status = ms_unwritten_remove(&tracking->unwritten, ms_array_at(&before->unread, i), &from, error);
    return status;
}

memscan_status ms_tracking_begin_next(ms_tracking *tracking, memscan_scan *scan, const ms_region_map *map,
                                      const ms_policy *policy, memscan_error *error)
{
    ms_array ranges;
    const ms_tracked *before = ms_session_tracked(scan->session);
    if (scan->options.track == MEMSCAN_TRACK_NONE || !is_worth_it(scan))
        return MEMSCAN_OK;
    if (before)
        tracking->next.point = before->point;
    ms_array_init(&ranges, scan->allocator, sizeof(memscan_track_range));
    memscan_status status = ranges_of_refs(&scan->current.refs, map, scan->target, &ranges)
                                ? ask(tracking, scan, &ranges, !policy->skip_swapped, error)
                                : ms_fail_memory(error);
    if (status == MEMSCAN_OK)
        status = remove_unread(tracking, before, error);
    ms_array_deinit(&ranges);
    return status;
}

/* ---- what the next scan is to know ---- */

void ms_tracking_keep(ms_tracking *tracking, uint64_t address, uint64_t size)
{
    ms_array *unread = &tracking->next.unread;
    if (tracking->too_many || ms_track_point_is_none(&tracking->next.point))
        return;
    for (; unread->count; unread->count--) { /* blocks share the bytes that reach into the next one */
        const memscan_extent *before = ms_array_at(unread, unread->count - 1);
        uint64_t last = address + (size - 1), last_before = before->start + (before->size - 1);
        if (address > last_before && address - last_before > 1)
            break;
        address = before->start < address ? before->start : address;
        last = last_before > last ? last_before : last;
        size = last - address + 1;
    }
    memscan_extent *stretch = unread->count < MS_TRACKED_UNREAD ? ms_array_push(unread) : NULL;
    if (stretch)
        *stretch = (memscan_extent){ address, size, MEMSCAN_PAGE_UNKNOWN };
    tracking->too_many = !stretch;
}

ms_tracked *ms_tracking_result(ms_tracking *tracking)
{
    return tracking->too_many ? NULL : &tracking->next;
}
