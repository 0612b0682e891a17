/* next_stretch.c - which stretches of a unit's blocks are to be read: whole blocks where matches are dense, only the bytes under
 * them where they are few, and nothing of what nobody wrote since the last scan. Each lies within one region. Which of them are in
 * memory is asked for all of them together: a question for each costs more than reading it. */
#include "nexting.h"

#include "../base/error.h"

typedef struct seeking {
    const ms_nexting *nexting;
    ms_next_work *work;
    ms_next_item *item;
    memscan_error *error;
} seeking;

static memscan_status add_stretch(const seeking *s, const memscan_region *region, uint64_t start, uint64_t last)
{
    ms_next_stretch *stretch = ms_array_push(&s->work->stretches);
    if (!stretch)
        return ms_fail_memory(s->error);
    *stretch = (ms_next_stretch){ .region = region, .start = start, .last = last };
    return MEMSCAN_OK;
}

/* A stretch that is still what it was: its bytes come from the last scan. */
static memscan_status add_old(const seeking *s, uint64_t address, uint64_t size)
{
    ms_next_old *old = ms_array_push(&s->work->unwritten);
    if (!old)
        return ms_fail_memory(s->error);
    *old = (ms_next_old){ (uint32_t)(address - s->item->base), (uint32_t)size };
    s->work->unit.account.scanned += size;
    s->work->spared += size;
    return MEMSCAN_OK;
}

/* One stretch inside one region. */
static memscan_status find_in_region(const seeking *s, const memscan_region *region, uint64_t start, uint64_t last)
{
    const ms_unwritten *unwritten = &s->nexting->tracking.unwritten;
    if (unwritten->runs.count == 0 || s->item->ref->blob.length == 0)
        return add_stretch(s, region, start, last);
    for (;;) {
        bool is_old;
        uint64_t size = ms_unwritten_alike(unwritten, start, last - start + 1, &is_old);
        memscan_status status = is_old ? add_old(s, start, size) : add_stretch(s, region, start, start + (size - 1));
        if (status != MEMSCAN_OK || size > last - start)
            return status;
        start += size;
    }
}

/* One stretch of the item: region by region, and what lies between them is gone. */
static memscan_status find_in_map(const seeking *s, uint64_t start, uint64_t last)
{
    const ms_region_map *map = s->nexting->map;
    size_t index = ms_region_map_seek(map, start);
    while (start <= last) {
        const memscan_region *region = index < ms_region_map_count(map) ? ms_region_map_at(map, index) : NULL;
        memscan_status status;
        uint64_t end = last;
        if (!region || region->start > start) {
            if (region && region->start <= last)
                end = region->start - 1;
            status = add_stretch(s, NULL, start, end);
        } else {
            if (ms_region_last(region) < last)
                end = ms_region_last(region);
            status = find_in_region(s, region, start, end);
            index++;
        }
        if (status != MEMSCAN_OK || end == UINT64_MAX)
            return status;
        start = end + 1;
    }
    return MEMSCAN_OK;
}

/* The stretches under the matches of a sparse block. */
static memscan_status find_sparse(const seeking *s)
{
    const ms_next_item *item = s->item;
    const ms_block *old = &s->work->old;
    uint32_t offset = 0, planes = 0, from = 0, to = 0; /* the stretch so far; to 0: none */
    for (uint32_t at = 0; ms_block_next(old, at, &offset, &planes); at = offset + 1) {
        uint32_t end = offset + 1;
        for (uint32_t p = 0; p < old->planes->count; p++)
            if ((planes >> p & 1) && offset + old->planes->plane[p].width > end)
                end = offset + old->planes->plane[p].width;
        if (to && offset > to + MS_NEXT_NEAR) {
            memscan_status status = find_in_map(s, item->base + from, item->base + to - 1);
            if (status != MEMSCAN_OK)
                return status;
            to = 0;
        }
        if (to == 0)
            from = offset;
        to = end > to ? end : to;
    }
    return to ? find_in_map(s, item->base + from, item->base + to - 1) : MEMSCAN_OK;
}

/* Whether all of a block is unwritten: then it is judged without looking into the map. */
static bool is_still(const seeking *s)
{
    const ms_unwritten *unwritten = &s->nexting->tracking.unwritten;
    uint64_t size = s->item->span + s->item->tail;
    bool is_old;
    return unwritten->runs.count && s->item->ref->blob.length &&
           ms_unwritten_alike(unwritten, s->item->base, size, &is_old) == size && is_old;
}

static memscan_status find_in_item(const seeking *s)
{
    ms_next_item *item = s->item;
    ms_next_work *work = s->work;
    if (is_still(s)) {
        item->still = true;
        return add_old(s, item->base, item->span + item->tail);
    }
    if (item->sparse) {
        memscan_status status =
            ms_match_set_load_starts(item->ref, s->nexting->scan->session->store, &work->old, work->scratch, s->error);
        return status == MEMSCAN_OK ? find_sparse(s) : status;
    }
    return find_in_map(s, item->base, item->base + item->span + item->tail - 1);
}

/* ---- which are in memory ---- */

/* Whether a stretch can be asked about behind the one before it: starts and ends ascend. What lies behind a block is of the next
 * one, too, so that a few do not; those are asked about one by one. */
static bool is_askable(const ms_next_stretch *stretch, const ms_array *asked)
{
    const memscan_range *before = asked->count ? ms_array_at(asked, asked->count - 1) : NULL;
    return stretch->region && !(before && (stretch->start < before->start || stretch->last < before->last));
}

static memscan_status list_askable(ms_next_work *work, memscan_error *error)
{
    for (size_t i = 0; i < work->stretches.count; i++) {
        ms_next_stretch *stretch = ms_array_at(&work->stretches, i);
        stretch->known = is_askable(stretch, &work->asked); /* until it is told that it is not */
        memscan_range *range = stretch->known ? ms_array_push(&work->asked) : NULL;
        if (stretch->known && (!range || !ms_array_push(&work->told)))
            return ms_fail_memory(error);
        if (range)
            *range = (memscan_range){ stretch->start, stretch->last };
    }
    return MEMSCAN_OK;
}

static memscan_status ask_together(const ms_nexting *nexting, ms_next_work *work, memscan_error *error)
{
    work->asked.count = work->told.count = 0;
    memscan_status status = list_askable(work, error);
    if (status != MEMSCAN_OK)
        return status;
    const uint8_t *told = work->told.items;
    if (work->asked.count)
        ms_residency_of_many(nexting->target, work->asked.items, work->asked.count, work->told.items);
    for (size_t i = 0, at = 0; i < work->stretches.count; i++) {
        ms_next_stretch *stretch = ms_array_at(&work->stretches, i);
        stretch->known = stretch->known && told[at++];
    }
    return MEMSCAN_OK;
}

memscan_status ms_next_find_stretches(const ms_nexting *nexting, ms_next_work *work, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    seeking s = { .nexting = nexting, .work = work, .error = error };
    work->spared = work->unit.spared;
    work->stretches.count = work->unwritten.count = 0;
    for (size_t i = 0; i < work->unit.items.count && status == MEMSCAN_OK; i++) {
        s.item = ms_array_at(&work->unit.items, i);
        s.item->first_stretch = work->stretches.count;
        s.item->first_old = work->unwritten.count;
        if (s.item->kind == MS_ITEM_BLOCK)
            status = find_in_item(&s);
        s.item->stretch_count = work->stretches.count - s.item->first_stretch;
        s.item->old_count = work->unwritten.count - s.item->first_old;
    }
    return status == MEMSCAN_OK ? ask_together(nexting, work, error) : status;
}
