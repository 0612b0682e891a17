/* next_deliver.c - the results of one unit of a next scan, recorded in order on the caller's thread. A unit that the
 * platform could not read whole is judged only here, when it is known whether its holes are still mapped. */
#include "nexting.h"

#include "../base/error.h"

/* Finds out about the open gaps of an item. A gap may be partly gone: then what is alike comes first. */
static memscan_status settle_item(ms_nexting *nexting, ms_next_work *work, size_t index, memscan_error *error)
{
    ms_next_item *item = ms_array_at(&work->unit.items, index);
    for (size_t g = item->first_gap; g < item->first_gap + item->gap_count; g++) {
        ms_next_gap *gap = ms_array_at(&work->gaps, g);
        bool mapped;
        if (!gap->open)
            continue;
        uint64_t alike = ms_vanished_alike(&nexting->vanished, item->base + gap->offset, gap->size, &mapped);
        work->unit.account.slots[ms_vanished_slot(mapped, gap->outcome)] += alike;
        gap->open = false;
        gap->gone = !mapped;
        if (alike == gap->size)
            continue;
        ms_next_gap rest = { gap->offset + (uint32_t)alike, gap->size - (uint32_t)alike, false, true, gap->outcome };
        gap->size = (uint32_t)alike;
        if (!ms_array_push(&work->gaps))
            return ms_fail_memory(error);
        ms_next_gap *gaps = work->gaps.items;
        memmove(gaps + g + 2, gaps + g + 1, (work->gaps.count - g - 2) * sizeof rest);
        gaps[g + 1] = rest;
        item->gap_count++;
        for (size_t later = index + 1; later < work->unit.items.count; later++)
            ((ms_next_item *)ms_array_at(&work->unit.items, later))->first_gap++;
    }
    return MEMSCAN_OK;
}

static memscan_status judge_late(ms_nexting *nexting, ms_next_work *work, memscan_error *error)
{
    memscan_status status = ms_vanished_look(&nexting->vanished, work->read_at, error);
    for (size_t i = 0; i < work->unit.items.count && status == MEMSCAN_OK; i++)
        if (((const ms_next_item *)ms_array_at(&work->unit.items, i))->kind == MS_ITEM_BLOCK)
            status = settle_item(nexting, work, i, error);
    return status == MEMSCAN_OK ? ms_next_judge(nexting, work, error) : status;
}

/* A match that touches a gap stays with all its bytes as they were, also those beside the gap. */
static void tell_gap(ms_nexting *nexting, uint64_t address, uint64_t size)
{
    uint64_t behind = UINT64_MAX - (address + (size - 1));
    uint64_t below = address < nexting->reach ? address : nexting->reach;
    uint64_t above = behind < nexting->reach ? behind : nexting->reach;
    ms_tracking_keep(&nexting->tracking, address - below, below + size + above);
}

/* What stays as it was although it was not read is older than the moment from which writes are tracked. */
static void tell_kept(ms_nexting *nexting, const ms_next_work *work, const ms_next_item *item)
{
    if (item->kind == MS_ITEM_KEPT)
        ms_tracking_keep(&nexting->tracking, item->base, item->span + item->tail);
    if (item->kind != MS_ITEM_BLOCK)
        return;
    for (size_t g = item->first_gap; g < item->first_gap + item->gap_count; g++) {
        const ms_next_gap *gap = ms_array_at(&work->gaps, g);
        if (!gap->gone)
            tell_gap(nexting, item->base + gap->offset, gap->size);
    }
}

memscan_status ms_next_deliver(void *context, void *delivered, const ms_account *account, memscan_error *error)
{
    ms_nexting *nexting = context;
    ms_next_work *work = delivered; /* only where something was not read */
    const ms_kept *kept = ms_kept_next(&nexting->keeping);
    memscan_status status = ms_proof_reach(&nexting->proof, kept->read_at, error);
    if (status == MEMSCAN_OK && work && work->late)
        status = judge_late(nexting, work, error);
    if (status == MEMSCAN_OK)
        status = ms_kept_record(kept, nexting->planes, &nexting->set, error);
    for (size_t i = 0; work && i < work->unit.items.count; i++)
        tell_kept(nexting, work, ms_array_at(&work->unit.items, i));
    if (status == MEMSCAN_OK) {
        nexting->spared += kept->spared;
        nexting->planned_done += kept->planned;
        ms_account_add(&nexting->account, work ? &work->unit.account : account); /* which judging late completes */
    }
    return status;
}
