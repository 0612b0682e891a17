/* scan_cursor.c - walk the matches of the current step. One block is decoded at a time; a walk in order decodes each
 * once. A zero run is walked in stretches of a block's size, whose matches are counted without decoding. */
#include "scanning.h"

#include "../base/error.h"
#include "../question/question.h"

static memscan_status make_room(memscan_scan *scan, memscan_error *error)
{
    if (scan->scratch)
        return MEMSCAN_OK;
    const ms_planes *planes = &scan->session->planes;
    if (ms_block_init(&scan->block, scan->allocator, planes) != MEMSCAN_OK)
        return ms_fail_memory(error);
    scan->scratch = ms_alloc(scan->allocator, ms_block_blob_bound(planes));
    if (!scan->scratch) {
        ms_block_deinit(&scan->block);
        return ms_fail_memory(error);
    }
    scan->block_ref = SIZE_MAX;
    return MEMSCAN_OK;
}

/* Decodes the part of a ref that begins `before` matches into the set. */
static memscan_status decode(memscan_scan *scan, size_t index, uint64_t base, uint64_t span, uint64_t before,
                             memscan_error *error)
{
    scan->block_ref = SIZE_MAX;
    memscan_status status = ms_match_set_load(ms_array_at(&scan->current.refs, index), scan->session->store, base, span,
                                              &scan->block, scan->scratch, error);
    if (status != MEMSCAN_OK)
        return status;
    scan->block_ref = index;
    scan->number_before = before;
    scan->block_matches = ms_block_count(&scan->block);
    scan->walked_number = 0;
    return MEMSCAN_OK;
}

/* Of a zero run: matches that begin in its first `bytes` bytes. */
static uint64_t matches_within(const ms_planes *planes, const ms_block_ref *run, uint64_t bytes)
{
    uint64_t behind = run->span - bytes + run->tail;
    uint32_t tail = behind < MS_BLOCK_TAIL ? (uint32_t)behind : MS_BLOCK_TAIL;
    return bytes ? ms_zero_run_matches(planes, run->planes, run->base, bytes, tail) : 0;
}

/* The stretch of a zero run that holds its match `wanted` (from 1): by bisection over the stretches. */
static memscan_status decode_zero_run(memscan_scan *scan, size_t index, const ms_block_ref *run, uint64_t before,
                                      uint64_t wanted, memscan_error *error)
{
    const ms_planes *planes = &scan->session->planes;
    uint64_t low = 0, high = (run->span - 1) / MS_BLOCK_BYTES;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (matches_within(planes, run, (middle + 1) * MS_BLOCK_BYTES) < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    uint64_t start = low * MS_BLOCK_BYTES, left = run->span - start;
    return decode(scan, index, run->base + start, left < MS_BLOCK_BYTES ? left : MS_BLOCK_BYTES,
                  before + matches_within(planes, run, start), error);
}

/* Makes sure that the decoded block holds the match of this number, which the set has. */
static memscan_status decode_number(memscan_scan *scan, uint64_t number, memscan_error *error)
{
    size_t index = 0;
    uint64_t before = 0;
    if (scan->block_ref != SIZE_MAX && number > scan->number_before) { /* go on from the block at hand */
        if (number <= scan->number_before + scan->block_matches)
            return MEMSCAN_OK;
        const ms_block_ref *ref = ms_array_at(&scan->current.refs, scan->block_ref);
        if (ref->blob.length) {
            index = scan->block_ref + 1;
            before = scan->number_before + ref->matches;
        }
    }
    for (;; index++) {
        const ms_block_ref *ref = ms_array_at(&scan->current.refs, index);
        if (number > before + ref->matches) {
            before += ref->matches;
            continue;
        }
        return ref->blob.length ? decode(scan, index, ref->base, ref->span, before, error)
                                : decode_zero_run(scan, index, ref, before, number - before, error);
    }
}

/* The types of a set of planes, and the width of the one to show. */
static void describe(const memscan_scan *scan, uint32_t planes, memscan_scan_match *match)
{
    const ms_planes *all = &scan->session->planes;
    for (uint32_t p = 0; p < all->count; p++)
        if (planes >> p & 1)
            match->types |= MEMSCAN_TYPE_BIT(all->plane[p].type);
    match->type = ms_question_best_type(match->types);
    for (uint32_t p = 0; p < all->count; p++)
        if (all->plane[p].type == (uint32_t)match->type)
            match->length = all->plane[p].width;
}

static memscan_status fetch(memscan_scan *scan, uint64_t number, memscan_scan_match *match, memscan_error *error)
{
    memscan_status status = make_room(scan, error);
    if (status == MEMSCAN_OK)
        status = decode_number(scan, number, error);
    if (status != MEMSCAN_OK)
        return status;
    uint32_t offset = 0, planes = 0, from = 0;
    uint64_t at = 0, wanted = number - scan->number_before;
    if (scan->walked_number && scan->walked_number < wanted) {
        at = scan->walked_number;
        from = scan->walked_offset + 1;
    }
    for (; at < wanted; at++, from = offset + 1)
        if (!ms_block_next(&scan->block, from, &offset, &planes))
            return ms_fail(error, MEMSCAN_CORRUPT, "the session's list of matches is damaged");
    scan->walked_number = wanted;
    scan->walked_offset = offset;
    *match = (memscan_scan_match){ .number = number,
                                   .address = scan->block.base + offset,
                                   .layout = scan->session->layout,
                                   .bytes = scan->block.bytes + offset };
    describe(scan, planes, match);
    return MEMSCAN_OK;
}

int memscan_scan_each(memscan_scan *scan, memscan_cursor *cursor, memscan_scan_match *match)
{
    cursor->status = MEMSCAN_OK;
    if (cursor->next == 0 || cursor->next > scan->current.matches)
        return 0;
    cursor->status = fetch(scan, cursor->next, match, NULL);
    if (cursor->status != MEMSCAN_OK)
        return 0;
    cursor->next++;
    return 1;
}

memscan_status memscan_scan_at(memscan_scan *scan, uint64_t number, memscan_scan_match *match, memscan_error *error)
{
    *match = (memscan_scan_match){ 0 };
    if (number == 0 || number > scan->current.matches)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "there is no match @%llu: %llu are left", (unsigned long long)number,
                       (unsigned long long)scan->current.matches);
    return fetch(scan, number, match, error);
}
