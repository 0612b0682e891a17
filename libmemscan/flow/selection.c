/* selection.c - which memory a search is about: the filter, applied to a snapshot of the regions, if need be while that is still
 * being taken.
 *
 * A person's first try should find what they mean, so without a filter numbers are looked for in writable memory and
 * bytes in all that is readable. Naming protections or kinds replaces that choice, `all` widens it, and then all
 * filters intersect (the command line's contract, "Defaults are those a
 * person wants on the first try"). */
#include "selection.h"

#include <stdlib.h>

#include "../base/error.h"

/* The protections demanded of the memory of one group. */
typedef struct protections {
    uint32_t demanded, forbidden;
} protections;

static protections choose(const memscan_filter *filter, uint32_t group)
{
    protections choice = { MEMSCAN_PROT_READ, 0 };
    if (filter->protection_given) {
        choice.demanded = filter->protection_demanded | (filter->all ? MEMSCAN_PROT_READ : 0u);
        choice.forbidden = filter->protection_forbidden;
    } else if (!filter->all && !filter->kinds && group == MS_GROUP_NUMBERS) {
        choice.demanded |= MEMSCAN_PROT_WRITE;
    }
    /* Guards have no protection at all: whoever names them wants to see them counted. */
    if (filter->kinds && !filter->protection_given && !(filter->kinds & ~MEMSCAN_KIND_BIT(MEMSCAN_KIND_GUARD)))
        choice.demanded = 0;
    return choice;
}

static uint32_t fitting_groups(const memscan_region *region, const memscan_filter *filter, uint32_t groups)
{
    uint32_t fitting = 0;
    if (filter->kinds && !(filter->kinds & MEMSCAN_KIND_BIT(region->kind)))
        return 0;
    for (uint32_t group = MS_GROUP_NUMBERS; group <= MS_GROUP_BYTES; group <<= 1) {
        protections wanted = choose(filter, group);
        if ((groups & group) && (region->protection & wanted.demanded) == wanted.demanded &&
            !(region->protection & wanted.forbidden))
            fitting |= group;
    }
    return fitting;
}

/* Outside every question unless its kind was named: devices, and the data that the kernel shows (vvar). */
static bool is_left_out(const memscan_region *region)
{
    bool kernel_data = region->kind == MEMSCAN_KIND_VDSO && !(region->protection & MEMSCAN_PROT_EXECUTE);
    return region->kind == MEMSCAN_KIND_DEVICE || kernel_data;
}

static int by_start(const void *left, const void *right)
{
    const memscan_range *a = left, *b = right;
    return a->start < b->start ? -1 : a->start > b->start;
}

/* The filter's ranges, ascending and united; everywhere when it has none. */
static memscan_status unite_ranges(const memscan_filter *filter, ms_array *ranges, memscan_error *error)
{
    static const memscan_range everywhere = { 0, UINT64_MAX };
    const memscan_range *given = filter->ranges ? filter->ranges : &everywhere;
    size_t count = filter->ranges ? filter->range_count : 1;
    for (size_t i = 0; i < count; i++) {
        if (given[i].start > given[i].last)
            return ms_fail_at(error, MEMSCAN_INVALID, given[i].start, "a range ends before it begins");
        memscan_range *range = ms_array_push(ranges);
        if (!range)
            return ms_fail_memory(error);
        *range = given[i];
    }
    if (count)
        qsort(ranges->items, count, sizeof(memscan_range), by_start);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const memscan_range *range = ms_array_at(ranges, i);
        memscan_range *before = kept ? ms_array_at(ranges, kept - 1) : NULL;
        if (!before || range->start > before->last)
            *(memscan_range *)ms_array_at(ranges, kept++) = *range;
        else if (range->last > before->last)
            before->last = range->last;
    }
    ranges->count = kept;
    return MEMSCAN_OK;
}

static memscan_status add_area(ms_selection *selection, const memscan_region *region, const memscan_range *range,
                               uint32_t groups, memscan_error *error)
{
    uint64_t start = range->start > region->start ? range->start : region->start;
    uint64_t last = range->last < ms_region_last(region) ? range->last : ms_region_last(region);
    selection->asked += last - start + 1;
    if (is_left_out(region) && !(selection->filter->kinds & MEMSCAN_KIND_BIT(region->kind))) {
        selection->devices += last - start + 1;
        return MEMSCAN_OK;
    }
    ms_area *area = ms_rows_push(&selection->areas);
    if (!area)
        return ms_fail_memory(error);
    *area = (ms_area){ region, start, last, groups, false };
    return MEMSCAN_OK;
}

static memscan_status take_region(ms_selection *selection, const memscan_region *region, memscan_error *error)
{
    const ms_array *ranges = &selection->ranges;
    uint32_t fitting = fitting_groups(region, selection->filter, selection->groups);
    while (selection->range < ranges->count &&
           ((const memscan_range *)ms_array_at(ranges, selection->range))->last < region->start)
        selection->range++;
    for (size_t k = selection->range; fitting && k < ranges->count; k++) {
        const memscan_range *range = ms_array_at(ranges, k);
        if (range->start > ms_region_last(region))
            break;
        memscan_status status = add_area(selection, region, range, fitting, error);
        if (status)
            return status;
    }
    return MEMSCAN_OK;
}

/* Walks regions and ranges side by side: both ascend. */
memscan_status ms_selection_take(ms_selection *selection, ms_region_map *map, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    if (!selection->map)
        selection->map = ms_region_map_share(map);
    while (selection->taken < ms_region_map_count(map) && !status)
        status = take_region(selection, ms_region_map_at(map, selection->taken++), error);
    return status;
}

memscan_status ms_selection_begin(ms_selection *selection, const memscan_filter *filter, uint32_t groups,
                                  const memscan_allocator *allocator, memscan_error *error)
{
    *selection = (ms_selection){ .filter = filter, .groups = groups };
    ms_rows_init(&selection->areas, allocator, sizeof(ms_area));
    ms_array_init(&selection->ranges, allocator, sizeof(memscan_range));
    memscan_status status = unite_ranges(filter, &selection->ranges, error);
    if (status)
        ms_selection_deinit(selection);
    return status;
}

memscan_status ms_selection_init(ms_selection *selection, ms_region_map *map, const memscan_filter *filter,
                                 uint32_t groups, const memscan_allocator *allocator, memscan_error *error)
{
    memscan_status status = ms_selection_begin(selection, filter, groups, allocator, error);
    if (status)
        return status;
    status = ms_selection_take(selection, map, error);
    if (status)
        ms_selection_deinit(selection);
    return status;
}

/* ---- one that grows ---- */

bool ms_selection_grow(ms_selection *selection)
{
    ms_mutex *lock = ms_mutex_create(selection->areas.allocator);
    ms_signal *grown = lock ? ms_signal_create(selection->areas.allocator) : NULL;
    if (!grown) {
        ms_mutex_destroy(lock);
        return false;
    }
    selection->lock = lock;
    selection->grown = grown;
    return true;
}

void ms_selection_show(ms_selection *selection, bool end)
{
    if (!selection->lock)
        return;
    ms_mutex_lock(selection->lock);
    selection->shown = selection->areas.count;
    selection->ended = end;
    ms_signal_wake_all(selection->grown);
    ms_mutex_unlock(selection->lock);
}

size_t ms_selection_count(const ms_selection *selection, size_t index)
{
    if (!selection->lock)
        return selection->areas.count;
    ms_mutex_lock(selection->lock);
    while (selection->shown <= index && !selection->ended)
        ms_signal_wait(selection->grown, selection->lock, 1000);
    size_t shown = selection->shown;
    ms_mutex_unlock(selection->lock);
    return shown;
}

/* ---- a shard ---- */

/* Which stretches belong to a shard follows from their addresses alone, so that shards which are searched one after the
 * other, while the map changes, still never share an address and never leave one out. */
typedef struct sharding {
    uint32_t shard, shards;
    size_t lookahead;
    ms_rows areas;
    uint64_t asked;
    uint64_t next;    /* behind the last area that was kept */
    size_t reachable; /* how far a match may still reach from there */
} sharding;

static bool is_own(const sharding *s, uint64_t address)
{
    return (address >> MS_SHARD_BITS) % s->shards + 1 == s->shard;
}

static bool keep(sharding *s, const ms_area *area, uint64_t start, uint64_t last, bool beyond)
{
    ms_area *kept = ms_rows_push(&s->areas);
    if (!kept)
        return false;
    *kept = (ms_area){ area->region, start, last, area->groups, beyond };
    s->reachable = beyond ? s->reachable - (size_t)(last - start + 1) : s->lookahead;
    s->asked += beyond ? 0 : last - start + 1;
    s->next = last + 1;
    return true;
}

/* A stretch of an area: `start` and `last` lie in the same one. */
static bool keep_stretch(sharding *s, const ms_area *area, uint64_t start, uint64_t last)
{
    if (is_own(s, start))
        return keep(s, area, start, last, false);
    if (!s->areas.count || start != s->next || !s->reachable)
        return true;
    return keep(s, area, start, last - start < s->reachable ? last : start + (s->reachable - 1), true);
}

static bool keep_area(sharding *s, const ms_area *area)
{
    for (uint64_t start = area->start, last;; start = last + 1) {
        last = start | ((UINT64_C(1) << MS_SHARD_BITS) - 1);
        last = last < area->last ? last : area->last;
        if (!keep_stretch(s, area, start, last))
            return false;
        if (last == area->last)
            return true;
    }
}

memscan_status ms_selection_shard(ms_selection *selection, uint32_t shard, uint32_t shards, size_t lookahead,
                                  memscan_error *error)
{
    sharding s = { .shard = shard, .shards = shards, .lookahead = lookahead };
    ms_rows_init(&s.areas, selection->areas.allocator, sizeof(ms_area));
    for (size_t i = 0; i < selection->areas.count; i++)
        if (!keep_area(&s, ms_rows_at(&selection->areas, i))) {
            ms_rows_deinit(&s.areas);
            return ms_fail_memory(error);
        }
    ms_rows_deinit(&selection->areas);
    selection->areas = s.areas;
    if (shard > 1)
        selection->devices = 0; /* counted once: by the first */
    selection->asked = s.asked + selection->devices;
    return MEMSCAN_OK;
}

void ms_selection_deinit(ms_selection *selection)
{
    ms_rows_deinit(&selection->areas);
    ms_array_deinit(&selection->ranges);
    ms_region_map_release(selection->map);
    ms_mutex_destroy(selection->lock);
    ms_signal_destroy(selection->grown);
    selection->map = NULL;
    selection->lock = NULL;
    selection->grown = NULL;
}
