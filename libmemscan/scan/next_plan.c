/* next_plan.c - cut what is left into units of about 704 KiB. Blocks are taken as they are. Zero runs are walked
 * again: what is still untouched stays a zero run without a read, however large it is; what was touched since becomes
 * blocks; what vanished is counted and goes. Where nothing unwritten can stay a match, only what was written of a block is
 * planned: what is left of it is a smaller block. */
#include "nexting.h"

#include "../base/error.h"

bool ms_next_is_sparse(const ms_block_ref *ref)
{
    return ref->blob.length && ref->matches < ref->span / MS_NEXT_DENSE;
}

size_t ms_next_sparse_bytes(const ms_nexting *nexting, const ms_block_ref *ref)
{
    uint64_t all = ref->span + ref->tail, few = ref->matches * (nexting->reach + 1 + MS_NEXT_NEAR);
    return (size_t)(few < all ? few : all);
}

static ms_next_item *add_item(const ms_nexting *nexting, ms_next_unit *unit, const ms_block_ref *ref, ms_item_kind kind,
                              uint64_t base, uint64_t span, uint32_t tail)
{
    ms_next_item *item = ms_array_push(&unit->items);
    if (!item)
        return NULL;
    *item = (ms_next_item){ .ref = ref, .kind = kind, .base = base, .span = span, .tail = tail };
    if (kind == MS_ITEM_BLOCK) {
        item->sparse = ms_next_is_sparse(ref);
        item->room = item->sparse ? ms_next_sparse_bytes(nexting, ref) : (size_t)span + tail + MS_BLOCK_PADDING;
        unit->buffer_used += item->room;
    }
    return item;
}

/* ---- blocks ---- */

/* Parts of blocks begin at whole words of their bitmaps and of what is squeezed. */
#define PART_BYTES 64u

/* The part of a block in which matches can have been written that end at `first` or later and begin at `last` or sooner. */
static ms_next_item *add_part(const ms_nexting *nexting, ms_next_unit *unit, const ms_block_ref *ref, uint64_t first,
                              uint64_t last)
{
    uint64_t begin = first - ref->base, end = last - ref->base + 1;
    begin = begin > nexting->reach ? (begin - nexting->reach) / PART_BYTES * PART_BYTES : 0;
    if (begin >= ref->span) /* no match reaches so far, but a block must not be empty */
        begin = (ref->span - 1) / PART_BYTES * PART_BYTES;
    if (end > ref->span)
        end = ref->span;
    uint64_t behind = ref->span - end + ref->tail, tail = behind;
    if (end < ref->span && tail > nexting->reach)
        tail = nexting->reach;
    uint64_t left_out = begin + (behind - tail);
    unit->account.scanned += left_out;
    unit->spared += left_out;
    return add_item(nexting, unit, ref, MS_ITEM_BLOCK, ref->base + begin, end - begin, (uint32_t)tail);
}

static memscan_status plan_block(ms_nexting *nexting, ms_next_unit *unit, const ms_block_ref *ref, memscan_error *error)
{
    const ms_unwritten *unwritten = &nexting->tracking.unwritten;
    uint64_t held = ref->span + ref->tail, first, last;
    bool drops = nexting->still == MS_STILL_DROPPED && unwritten->runs.count;
    const ms_next_item *item;
    nexting->ref++;
    unit->planned += ref->span;
    if (drops && !ms_unwritten_outside(unwritten, ref->base, held, &first, &last)) {
        unit->account.scanned += held;
        unit->spared += held;
        return MEMSCAN_OK;
    }
    if (drops && !ms_next_is_sparse(ref))
        item = add_part(nexting, unit, ref, first, last);
    else
        item = add_item(nexting, unit, ref, MS_ITEM_BLOCK, ref->base, ref->span, ref->tail);
    return item ? MEMSCAN_OK : ms_fail_memory(error);
}

/* ---- zero runs ---- */

/* Bytes known to be zero behind a part of a zero run, as far as a match can reach. */
static uint32_t tail_behind(const ms_nexting *nexting, const ms_block_ref *run, uint64_t offset)
{
    uint64_t behind = run->span - offset + run->tail;
    return behind < nexting->reach ? (uint32_t)behind : (uint32_t)nexting->reach;
}

/* Whether the step compared with has zeros there too, for all planes of the run. */
static bool was_zero(const ms_nexting *nexting, const ms_block_ref *run, uint64_t base, uint64_t size)
{
    if (!nexting->since)
        return true;
    size_t index = ms_match_set_find(nexting->since, base);
    if (index == nexting->since->refs.count)
        return false;
    const ms_block_ref *then = ms_array_at(&nexting->since->refs, index);
    return then->blob.length == 0 && then->base <= base && base - then->base + size <= then->span &&
           (then->planes & run->planes) == run->planes;
}

/* The part of the piece in front that goes into one item, and of what kind. */
static uint64_t cut_piece(const ms_nexting *nexting, const ms_block_ref *run, ms_item_kind *kind)
{
    const ms_piece *piece = &nexting->piece;
    uint64_t page = nexting->target->facts.target.page_size;
    *kind = MS_ITEM_BLOCK;
    if (piece->action == MS_PIECE_LEAVE) {
        *kind = MS_ITEM_KEPT;
        return piece->size;
    }
    if (piece->action == MS_PIECE_ZERO && was_zero(nexting, run, piece->address, piece->size)) {
        if (nexting->reach == 0 || piece->size > page) {
            *kind = MS_ITEM_STILL_ZERO; /* but for the last page, whose matches may reach into touched memory */
            return nexting->reach == 0 ? piece->size : piece->size - page;
        }
    }
    return piece->size < MS_BLOCK_BYTES ? piece->size : MS_BLOCK_BYTES;
}

/* The next piece of the run, in nexting->piece; size 0: the region ends here. What is not mapped is passed over. */
static memscan_status walk_run(ms_nexting *nexting, ms_next_unit *unit, const ms_block_ref *run, memscan_error *error)
{
    if (nexting->walking)
        return ms_pieces_next(&nexting->pieces, &nexting->piece, error);
    uint64_t address = run->base + nexting->at, last = run->base + (run->span - 1);
    size_t index = ms_region_map_seek(nexting->map, address);
    const memscan_region *region =
        index < ms_region_map_count(nexting->map) ? ms_region_map_at(nexting->map, index) : NULL;
    uint64_t start = !region || region->start > last ? last + 1 : region->start > address ? region->start : address;
    unit->account.slots[MEMSCAN_SKIP_VANISHED] += start - address;
    unit->planned += start - address;
    nexting->at += start - address;
    nexting->piece.size = 0;
    if (nexting->at == run->span)
        return MEMSCAN_OK;
    uint64_t end = ms_region_last(region) < last ? ms_region_last(region) : last;
    ms_pieces_begin(&nexting->pieces, nexting->target, region, start, end, &nexting->policy);
    nexting->walking = true;
    return ms_pieces_next(&nexting->pieces, &nexting->piece, error);
}

/* One item of a zero run, or a step of the walk. */
static memscan_status plan_run(ms_nexting *nexting, ms_next_unit *unit, const ms_block_ref *run, memscan_error *error)
{
    if (nexting->piece.size == 0) {
        memscan_status status = walk_run(nexting, unit, run, error);
        if (status != MEMSCAN_OK)
            return status;
        nexting->walking = nexting->walking && nexting->piece.size != 0;
    }
    if (nexting->piece.size) {
        ms_item_kind kind;
        uint64_t size = cut_piece(nexting, run, &kind);
        uint32_t tail = tail_behind(nexting, run, nexting->at + size);
        if (!add_item(nexting, unit, run, kind, nexting->piece.address, size, tail))
            return ms_fail_memory(error);
        unit->planned += size;
        if (kind == MS_ITEM_KEPT)
            unit->account.slots[ms_next_slot(&nexting->piece)] += size;
        else if (kind == MS_ITEM_STILL_ZERO)
            unit->account.scanned += size;
        nexting->piece.address += size;
        nexting->piece.size -= size;
        nexting->at += size;
    }
    if (nexting->at == run->span && nexting->piece.size == 0) {
        nexting->ref++;
        nexting->at = 0;
        nexting->walking = false;
    }
    return MEMSCAN_OK;
}

/* Whether what comes next shares a page table with the last item. */
static bool is_near(const ms_nexting *nexting, const ms_next_unit *unit)
{
    const ms_array *refs = &nexting->scan->current.refs;
    if (unit->items.count == 0 || nexting->ref == refs->count)
        return false;
    const ms_next_item *last = ms_array_at(&unit->items, unit->items.count - 1);
    const ms_block_ref *next = ms_array_at(refs, nexting->ref);
    uint64_t end = last->base + (last->span - 1);
    return ms_table_of(nexting->target, next->base + nexting->at) <= end;
}

/* Whether the unit is large enough to end where a page table does. */
static bool ends_with_table(const ms_nexting *nexting, const ms_next_unit *unit)
{
    return unit->buffer_used >= MS_NEXT_BYTES / 4 && !is_near(nexting, unit);
}

memscan_status ms_next_plan(void *context, void *planned_unit, ms_planned *planned, memscan_error *error)
{
    ms_nexting *nexting = context;
    ms_next_unit *unit = planned_unit;
    const ms_array *refs = &nexting->scan->current.refs;
    unit->number = nexting->units++;
    unit->items.count = 0;
    unit->buffer_used = 0;
    unit->planned = unit->spared = 0;
    unit->account = (ms_account){ 0 };
    for (size_t looked = 0;
         nexting->ref < refs->count && looked < MS_NEXT_LOOKED && unit->buffer_used < MS_NEXT_BYTES &&
         unit->items.count < MS_NEXT_ITEMS && !ends_with_table(nexting, unit);
         looked++) {
        const ms_block_ref *ref = ms_array_at(refs, nexting->ref);
        memscan_status status = (ref->blob.length ? plan_block : plan_run)(nexting, unit, ref, error);
        if (status != MEMSCAN_OK)
            return status;
    }
    bool end = unit->items.count == 0 && nexting->ref == refs->count && ms_account_total(&unit->account) == 0;
    *planned = end ? MS_PLANNED_END : is_near(nexting, unit) ? MS_PLANNED_NEAR : MS_PLANNED_LAST;
    return MEMSCAN_OK;
}
