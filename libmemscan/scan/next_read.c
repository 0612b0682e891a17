/* next_read.c - read what a unit of a next scan needs: whole runs where matches are dense, only the bytes under them
 * where they are few. Nothing untouched is made resident: pages are classified as in every other read (piece.c), and
 * what is known to be zero is filled in. */
#include "nexting.h"

#include "../base/error.h"
#include "../base/host.h"

typedef struct reading {
    const ms_nexting *nexting;
    ms_next_work *work;
    size_t index; /* of the item */
    size_t taken; /* of a sparse item's place in the buffer */
    memscan_error *error;
} reading;

static ms_next_item *item_of(const reading *r)
{
    return ms_array_at(&r->work->unit.items, r->index);
}

static memscan_status add_gap(const reading *r, uint64_t address, uint64_t size, bool gone, bool open,
                              memscan_outcome outcome)
{
    ms_next_gap *gap = ms_array_push(&r->work->gaps);
    if (!gap)
        return ms_fail_memory(r->error);
    *gap = (ms_next_gap){ (uint32_t)(address - item_of(r)->base), (uint32_t)size, gone, open, outcome };
    return MEMSCAN_OK;
}

static memscan_status add_job(reading *r, const ms_piece *piece, uint64_t address, uint64_t size,
                              const memscan_region *region)
{
    const ms_next_item *item = item_of(r);
    size_t place = item->sparse ? r->taken : (size_t)(address - item->base);
    if (size > item->room || place > item->room - (size_t)size)
        return ms_fail_at(r->error, MEMSCAN_CORRUPT, item->base, "a block of matches holds more than is said of it");
    size_t *owner = ms_array_push(&r->work->owners);
    ms_fetch_job *job = owner ? ms_array_push(&r->work->jobs) : NULL;
    if (!job)
        return ms_fail_memory(r->error);
    *owner = r->index;
    r->taken += (size_t)size;
    *job = (ms_fetch_job){ .address = address,
                           .size = (size_t)size,
                           .buffer = r->work->buffer + item->offset + place,
                           .source = piece->source,
                           .or_target = piece->or_target,
                           .zero = piece->action == MS_PIECE_ZERO,
                           .region = region };
    return MEMSCAN_OK;
}

/* A stretch that is still what it was: its bytes come from the last scan. */
static memscan_status add_old(const reading *r, uint64_t address, uint64_t size)
{
    ms_next_old *old = ms_array_push(&r->work->unwritten);
    if (!old)
        return ms_fail_memory(r->error);
    *old = (ms_next_old){ (uint32_t)(address - item_of(r)->base), (uint32_t)size };
    r->work->unit.account.scanned += size;
    r->work->spared += size;
    return MEMSCAN_OK;
}

/* One stretch inside one region, of which nothing is known. */
static memscan_status plan_written(reading *r, const memscan_region *region, uint64_t start, uint64_t last)
{
    ms_pieces walk;
    ms_piece piece;
    bool known = r->work->resident[r->index];
    (known ? ms_pieces_begin_known : ms_pieces_begin)(&walk, r->nexting->target, region, start, last,
                                                      &r->nexting->policy);
    for (;;) {
        memscan_status status = ms_pieces_next(&walk, &piece, r->error);
        if (status != MEMSCAN_OK || piece.size == 0)
            return status;
        if (piece.action == MS_PIECE_LEAVE) {
            r->work->unit.account.slots[ms_next_slot(&piece)] += piece.size;
            status = add_gap(r, piece.address, piece.size, false, false, piece.outcome);
        } else {
            status = add_job(r, &piece, piece.address, piece.size, region);
        }
        if (status != MEMSCAN_OK)
            return status;
    }
}

/* One stretch inside one region. */
static memscan_status plan_region(reading *r, const memscan_region *region, uint64_t start, uint64_t last)
{
    const ms_unwritten *unwritten = &r->nexting->tracking.unwritten;
    if (unwritten->runs.count == 0 || item_of(r)->ref->blob.length == 0)
        return plan_written(r, region, start, last);
    for (;;) {
        bool is_old;
        uint64_t size = ms_unwritten_alike(unwritten, start, last - start + 1, &is_old);
        memscan_status status = is_old ? add_old(r, start, size) : plan_written(r, region, start, start + (size - 1));
        if (status != MEMSCAN_OK || size > last - start)
            return status;
        start += size;
    }
}

/* One stretch of the item: region by region, and what lies between them is gone. */
static memscan_status plan_stretch(reading *r, uint64_t start, uint64_t last)
{
    const ms_region_map *map = r->nexting->map;
    size_t index = ms_region_map_seek(map, start);
    while (start <= last) {
        const memscan_region *region = index < ms_region_map_count(map) ? ms_region_map_at(map, index) : NULL;
        memscan_status status;
        uint64_t end = last;
        if (!region || region->start > start) {
            if (region && region->start <= last)
                end = region->start - 1;
            r->work->unit.account.slots[MEMSCAN_SKIP_VANISHED] += end - start + 1;
            status = add_gap(r, start, end - start + 1, true, false, MEMSCAN_NOT_MAPPED);
        } else {
            if (ms_region_last(region) < last)
                end = ms_region_last(region);
            status = plan_region(r, region, start, end);
            index++;
        }
        if (status != MEMSCAN_OK || end == UINT64_MAX)
            return status;
        start = end + 1;
    }
    return MEMSCAN_OK;
}

/* The stretches under the matches of a sparse block. */
static memscan_status plan_sparse(reading *r)
{
    const ms_next_item *item = item_of(r);
    const ms_block *old = &r->work->old;
    uint32_t offset = 0, planes = 0, from = 0, to = 0; /* the stretch so far; to 0: none */
    for (uint32_t at = 0; ms_block_next(old, at, &offset, &planes); at = offset + 1) {
        uint32_t end = offset + 1;
        for (uint32_t p = 0; p < old->planes->count; p++)
            if ((planes >> p & 1) && offset + old->planes->plane[p].width > end)
                end = offset + old->planes->plane[p].width;
        if (to && offset > to + MS_NEXT_NEAR) {
            memscan_status status = plan_stretch(r, item->base + from, item->base + to - 1);
            if (status != MEMSCAN_OK)
                return status;
            to = 0;
        }
        if (to == 0)
            from = offset;
        to = end > to ? end : to;
    }
    return to ? plan_stretch(r, item->base + from, item->base + to - 1) : MEMSCAN_OK;
}

/* Whether all of a block is unwritten: then it is judged without looking into the map. */
static bool is_still(const reading *r, const ms_next_item *item)
{
    const ms_unwritten *unwritten = &r->nexting->tracking.unwritten;
    uint64_t size = item->span + item->tail;
    bool is_old;
    return unwritten->runs.count && item->ref->blob.length &&
           ms_unwritten_alike(unwritten, item->base, size, &is_old) == size && is_old;
}

static memscan_status plan_item(reading *r)
{
    ms_next_item *item = item_of(r);
    ms_next_work *work = r->work;
    if (is_still(r, item)) {
        item->still = true;
        return add_old(r, item->base, item->span + item->tail);
    }
    if (item->sparse) {
        memscan_status status = ms_match_set_load(item->ref, r->nexting->scan->session->store, item->base, item->span,
                                                  &work->old, work->scratch, r->error);
        return status == MEMSCAN_OK ? plan_sparse(r) : status;
    }
    return plan_stretch(r, item->base, item->base + item->span + item->tail - 1);
}

static int by_offset(const ms_next_gap *a, const ms_next_gap *b)
{
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

/* Asks at once which of the unit's blocks are in memory as a whole: the usual ones, and each question costs what two pages
 * do. */
static void ask_blocks(const ms_nexting *nexting, ms_next_work *work)
{
    size_t asked = 0;
    const ms_next_item *items = work->unit.items.items;
    bool worth_it = nexting->tracking.unwritten.runs.count == 0; /* else most blocks are not read at all */
    for (size_t i = 0; worth_it && i < work->unit.items.count; i++)
        if (items[i].kind == MS_ITEM_BLOCK)
            work->ranges[asked++] =
                (memscan_range){ items[i].base, items[i].base + (items[i].span + items[i].tail - 1) };
    /* What lies between them is walked, too: few blocks far apart are asked about one by one. */
    worth_it = asked && (work->ranges[asked - 1].last - work->ranges[0].start) / 16 < work->unit.buffer_used;
    asked = worth_it ? asked : 0;
    ms_residency_of_many(nexting->target, work->ranges, asked, work->resident);
    for (size_t i = work->unit.items.count; i-- > 0;) /* to the items they are of, which lie at or behind them */
        work->resident[i] = worth_it && items[i].kind == MS_ITEM_BLOCK && work->resident[--asked];
}

/* The holes that the platform left, as open gaps of their items; gaps were added item by item, so they are put in
 * their items' places from the back. */
static memscan_status add_holes(const ms_nexting *nexting, ms_next_work *work, memscan_error *error)
{
    for (size_t h = 0; h < work->holes.count; h++) {
        const ms_hole *hole = ms_array_at(&work->holes, h);
        const ms_fetch_job *job = ms_array_at(&work->jobs, hole->job);
        size_t owner = *(size_t *)ms_array_at(&work->owners, hole->job);
        ms_next_item *item = ms_array_at(&work->unit.items, owner);
        uint64_t offset = job->address + hole->offset - item->base;
        ms_next_gap gap = { (uint32_t)offset, (uint32_t)hole->size, false, true, hole->outcome };
        if (!ms_array_push(&work->gaps))
            return ms_fail_memory(error);
        ms_next_gap *gaps = work->gaps.items;
        size_t place = item->first_gap;
        while (place < item->first_gap + item->gap_count && by_offset(&gaps[place], &gap) < 0)
            place++;
        memmove(gaps + place + 1, gaps + place, (work->gaps.count - 1 - place) * sizeof gap);
        gaps[place] = gap;
        item->gap_count++;
        for (size_t later = owner + 1; later < work->unit.items.count; later++)
            ((ms_next_item *)ms_array_at(&work->unit.items, later))->first_gap++;
        work->unit.account.scanned -= hole->size;
    }
    (void)nexting;
    return MEMSCAN_OK;
}

memscan_status ms_next_read(const ms_nexting *nexting, ms_next_work *work, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    reading r = { .nexting = nexting, .work = work, .error = error };
    work->spared = work->unit.spared;
    work->unwritten.count = work->gaps.count = work->jobs.count = work->owners.count = work->holes.count = 0;
    ask_blocks(nexting, work);
    for (r.index = 0; r.index < work->unit.items.count && status == MEMSCAN_OK; r.index++) {
        ms_next_item *item = item_of(&r);
        item->first_gap = work->gaps.count;
        item->first_old = work->unwritten.count;
        item->first_job = work->jobs.count;
        r.taken = 0;
        if (item->kind != MS_ITEM_BLOCK)
            continue;
        status = plan_item(&r);
        item = item_of(&r);
        item->gap_count = work->gaps.count - item->first_gap;
        item->old_count = work->unwritten.count - item->first_old;
        item->job_count = work->jobs.count - item->first_job;
    }
    if (status == MEMSCAN_OK && work->jobs.count)
        status = ms_fetch(nexting->target, work->jobs.items, work->jobs.count, &work->room, &work->holes, error);
    if (status != MEMSCAN_OK)
        return status;
    work->read_at = ms_clock_ns();
    for (size_t i = 0; i < work->jobs.count; i++)
        work->unit.account.scanned += ((const ms_fetch_job *)ms_array_at(&work->jobs, i))->size;
    work->late = work->holes.count > 0;
    return add_holes(nexting, work, error);
}
