/* next_read.c - read the stretches of a unit of a next scan that are to be read (next_stretch.c). Nothing untouched is made
 * resident: pages are classified as in every other read (piece.c), and what is known to be zero is filled in. */
#include "nexting.h"

#include "../base/error.h"
#include "../base/host.h"

typedef struct reading {
    const ms_nexting *nexting;
    ms_next_work *work;
    size_t index; /* of the item */
    size_t used;  /* of the buffer, by the items before */
    size_t taken; /* by a sparse item, so far */
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

static memscan_status plan_stretch(reading *r, const ms_next_stretch *stretch)
{
    ms_pieces walk;
    ms_piece piece;
    (stretch->known ? ms_pieces_begin_known : ms_pieces_begin)(&walk, r->nexting->target, stretch->region,
                                                               stretch->start, stretch->last, &r->nexting->policy);
    for (;;) {
        memscan_status status = ms_pieces_next(&walk, &piece, r->error);
        if (status != MEMSCAN_OK || piece.size == 0)
            return status;
        if (piece.action == MS_PIECE_LEAVE) {
            r->work->unit.account.slots[ms_next_slot(&piece)] += piece.size;
            status = add_gap(r, piece.address, piece.size, false, false, piece.outcome);
        } else {
            status = add_job(r, &piece, piece.address, piece.size, stretch->region);
        }
        if (status != MEMSCAN_OK)
            return status;
    }
}

/* What was mapped no more when the scan began. */
static memscan_status plan_gone(const reading *r, const ms_next_stretch *stretch)
{
    uint64_t size = stretch->last - stretch->start + 1;
    r->work->unit.account.slots[MEMSCAN_SKIP_VANISHED] += size;
    return add_gap(r, stretch->start, size, true, false, MEMSCAN_NOT_MAPPED);
}

/* An item's bytes lie behind those of the one before it. */
static memscan_status plan_item(reading *r)
{
    memscan_status status = MEMSCAN_OK;
    ms_next_item *item = item_of(r);
    item->offset = r->used;
    r->taken = 0;
    for (size_t i = 0; i < item->stretch_count && status == MEMSCAN_OK; i++) {
        const ms_next_stretch *stretch = ms_array_at(&r->work->stretches, item->first_stretch + i);
        status = stretch->region ? plan_stretch(r, stretch) : plan_gone(r, stretch);
    }
    r->used += item->sparse ? r->taken : item->room;
    return status;
}

static int by_offset(const ms_next_gap *a, const ms_next_gap *b)
{
    return a->offset < b->offset ? -1 : a->offset > b->offset;
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
    reading r = { .nexting = nexting, .work = work, .error = error };
    work->gaps.count = work->jobs.count = work->owners.count = work->holes.count = 0;
    memscan_status status = ms_next_find_stretches(nexting, work, error);
    for (r.index = 0; r.index < work->unit.items.count && status == MEMSCAN_OK; r.index++) {
        ms_next_item *item = item_of(&r);
        item->first_gap = work->gaps.count;
        item->first_job = work->jobs.count;
        status = plan_item(&r);
        item->gap_count = work->gaps.count - item->first_gap;
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
