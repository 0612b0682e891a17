/* next_judge.c - judge the blocks of a next scan one by one: what stood there (`old`, or the step of `since`) against what stands
 * there now. Dense planes go through kernels, a slot a lane; sparse ones, and whatever has no kernel, value by value
 * in the plain way. Matches in gaps are not judged: they go when the memory is gone, else they stay with the bytes
 * they had. */
#include "nexting.h"

#include "../base/bits.h"
#include "../base/checksum.h"

/* Fewer matches a slot than this are judged one by one: a kernel call judges 64 slots in the time of about two. */
enum { SPARSE_SLOTS = 32 };

bool ms_next_holds(const ms_nexting *nexting, uint32_t p, const uint8_t *now, size_t available, const uint8_t *old,
                   uint64_t address)
{
    const ms_plane *plane = &nexting->planes->plane[p];
    const ms_next *next = nexting->next;
    memscan_type type = (memscan_type)plane->type;
    size_t length;
    if (!(next->asked >> p & 1) || available < plane->width)
        return false;
    if (next->change)
        return ms_change_at(next->change, type, nexting->scan->session->layout, now, old, plane->width);
    return (ms_question_at(next->question[p], now, available, address, plane->stride, &length) &
            MEMSCAN_TYPE_BIT(type)) != 0;
}

static void judge_one_by_one(const ms_nexting *nexting, const ms_block *fresh, const ms_block *before, uint32_t p)
{
    const ms_plane *plane = &nexting->planes->plane[p];
    uint32_t first = ms_block_first(fresh, p), held = fresh->size + fresh->tail;
    uint64_t *starts = fresh->starts[p];
    size_t end = fresh->used[p].end;
    for (size_t word = fresh->used[p].from; (word = ms_next_word(starts, word, end)) < end; word++)
        for (uint64_t bits = starts[word]; bits; bits &= bits - 1) {
            uint32_t offset = first + (uint32_t)(word * 64 + ms_lowest_bit(bits)) * plane->stride;
            if (!ms_next_holds(nexting, p, fresh->bytes + offset, held - offset, before->bytes + offset,
                               fresh->base + offset))
                starts[word] &= ~(bits & (~bits + 1));
        }
}

static void and_words(uint64_t *starts, const uint64_t *mask, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        starts[w] &= mask[w];
}

/* Values a whole number of times closer than they are wide: each phase is a row of lanes of its own. */
static bool judge_phases(const ms_nexting *nexting, ms_next_work *work, const ms_block *before, uint32_t p)
{
    const ms_plane *plane = &nexting->planes->plane[p];
    ms_block *fresh = &work->fresh;
    uint32_t first = ms_block_first(fresh, p), slots = ms_block_slots(fresh, p);
    uint32_t phases = plane->width / plane->stride;
    if (plane->width > 8 || plane->width % plane->stride != 0)
        return false;
    memset(work->bitmap, 0, MS_BLOCK_WORDS * sizeof(uint64_t));
    for (uint32_t phase = 0; phase < phases && phase < slots; phase++) {
        uint32_t lanes = (slots - phase - 1) / phases + 1, words = (lanes + 63) / 64;
        const uint8_t *now = fresh->bytes + first + phase * plane->stride;
        if (!ms_change_mark(nexting->next->change, (memscan_type)plane->type, nexting->scan->session->layout, now,
                            before->bytes + first + phase * plane->stride, words, work->spare_mask, work->mask))
            return false;
        for (uint32_t w = 0; w < words; w++) /* lane l of this phase is slot l * phases + phase */
            for (uint32_t part = 0; part < phases && w * phases + part < MS_BLOCK_WORDS; part++)
                work->bitmap[w * phases + part] |= ms_expand_bits(work->mask[w] >> part * (64 / phases), phases)
                                                   << phase;
    }
    and_words(fresh->starts[p], work->bitmap, (slots + 63) / 64);
    return true;
}

static bool judge_by_question(const ms_nexting *nexting, ms_next_work *work, uint32_t p)
{
    ms_block *fresh = &work->fresh;
    const ms_plane *plane = &nexting->planes->plane[p];
    uint32_t words = (ms_block_slots(fresh, p) + 63) / 64;
    if (plane->width > 8)
        return false;
    ms_question_mark_type(nexting->next->question[p], (memscan_type)plane->type, fresh->bytes,
                          fresh->size + fresh->tail, fresh->size, fresh->base, plane->stride, work->question,
                          work->bitmap);
    memcpy(work->mask, fresh->starts[p], words * sizeof(uint64_t));
    memset(fresh->starts[p], 0, words * sizeof(uint64_t));
    if (ms_block_take_bitmap(fresh, p, work->bitmap))
        and_words(fresh->starts[p], work->mask, words);
    return true;
}

static bool is_sparse(const ms_block *fresh, uint32_t p)
{
    uint32_t slots = ms_block_slots(fresh, p);
    size_t end = fresh->used[p].end;
    uint64_t matches = 0;
    for (size_t w = fresh->used[p].from;
         matches * SPARSE_SLOTS < slots && (w = ms_next_word(fresh->starts[p], w, end)) < end; w++)
        matches += ms_count_bits(fresh->starts[p][w]);
    return matches * SPARSE_SLOTS < slots;
}

static void judge_plane(const ms_nexting *nexting, ms_next_work *work, const ms_block *before, uint32_t p)
{
    ms_block *fresh = &work->fresh;
    uint32_t words = (ms_block_slots(fresh, p) + 63) / 64;
    if (!(nexting->next->asked >> p & 1)) {
        memset(fresh->starts[p], 0, words * sizeof(uint64_t));
        return;
    }
    if (nexting->since) /* what was no match in that step has no value to compare with */
        and_words(fresh->starts[p], before->starts[p], words);
    if (!is_sparse(fresh, p)) {
        bool done =
            nexting->next->change ? judge_phases(nexting, work, before, p) : judge_by_question(nexting, work, p);
        if (done)
            return;
    }
    judge_one_by_one(nexting, fresh, before, p);
}

/* Matches that lie on a gap: gone, or kept as they were. */
static void settle_gap(const ms_nexting *nexting, ms_next_work *work, const ms_next_gap *gap)
{
    ms_block *fresh = &work->fresh;
    const ms_block *old = &work->old;
    for (uint32_t p = 0; p < nexting->planes->count; p++) {
        const ms_plane *plane = &nexting->planes->plane[p];
        uint32_t first = ms_block_first(fresh, p), slots = ms_block_slots(fresh, p);
        uint32_t reach = gap->offset + 1 > plane->width ? gap->offset + 1 - plane->width : 0;
        uint32_t slot = reach <= first ? 0 : (reach - first + plane->stride - 1) / plane->stride;
        for (; slot < slots && first + slot * plane->stride < gap->offset + gap->size; slot++) {
            uint64_t bit = (uint64_t)1 << slot % 64;
            uint32_t offset = first + slot * plane->stride;
            if (!(old->starts[p][slot / 64] & bit))
                continue;
            if (gap->gone) {
                fresh->starts[p][slot / 64] &= ~bit;
            } else {
                fresh->starts[p][slot / 64] |= bit;
                memcpy(fresh->bytes + offset, old->bytes + offset, plane->width);
            }
        }
    }
}

/* Where the item's bytes lie as they are now. */
static uint8_t *bytes_of(const ms_next_work *work, const ms_next_item *item)
{
    return item->sparse ? work->fresh_bytes : work->buffer + item->offset;
}

/* What was read under the matches of a sparse item goes to its places. */
static void spread(ms_next_work *work, const ms_next_item *item)
{
    const ms_fetch_job *jobs = ms_array_at(&work->jobs, item->first_job);
    for (size_t i = 0; item->sparse && i < item->job_count; i++)
        memcpy(work->fresh_bytes + (size_t)(jobs[i].address - item->base), jobs[i].buffer, jobs[i].size);
}

/* The bytes as they are now, where they were read, and all matches of before as candidates. */
static void begin_fresh(const ms_nexting *nexting, ms_next_work *work, const ms_next_item *item)
{
    ms_block *fresh = &work->fresh;
    ms_block_reset(fresh, item->base, (uint32_t)item->span, item->tail);
    fresh->bytes = bytes_of(work, item);
    for (uint32_t p = 0; p < nexting->planes->count; p++)
        ms_block_copy_starts(fresh, &work->old, p);
}

/* The bytes that were not read, since they are those of the last scan. */
static void lay_old(ms_next_work *work, const ms_next_item *item)
{
    const ms_next_old *old = ms_array_at(&work->unwritten, item->first_old);
    for (size_t i = 0; i < item->old_count; i++)
        memcpy(bytes_of(work, item) + old[i].offset, work->old.bytes + old[i].offset, old[i].size);
}

/* What was not obtained holds nothing that anybody may see: it is judged as zeros, like all around it, and settled then. */
static void clear_gaps(ms_next_work *work, const ms_next_item *item)
{
    const ms_next_gap *gaps = ms_array_at(&work->gaps, item->first_gap);
    for (size_t g = 0; g < item->gap_count; g++)
        memset(bytes_of(work, item) + gaps[g].offset, 0, gaps[g].size);
}

/* Whether the item is a referred blob as it is. */
static bool is_blob(const ms_next_item *item)
{
    const ms_block_ref *ref = item->ref;
    return ref->blob.length && ref->base == item->base && ref->span == item->span && ref->tail == item->tail;
}

/* Whether nothing but the item's bytes as they are now decides. */
static bool is_all_read(const ms_next_item *item)
{
    return item->gap_count == 0 && item->old_count == 0;
}

/* A question about the present value asks only where the matches are. */
static bool needs_bytes(const ms_nexting *nexting, const ms_next_item *item)
{
    return nexting->next->change || !is_blob(item) || !is_all_read(item);
}

/* Where a value that stayed is kept, or dropped, whatever it is: most memory stays as it is, and then it is neither
 * unpacked nor judged. */
static bool is_as_before(const ms_nexting *nexting, ms_next_work *work, const ms_next_item *item)
{
    return nexting->still != MS_STILL_JUDGED && !item->sparse && is_blob(item) && is_all_read(item) &&
           ms_match_set_is_unchanged(item->ref, nexting->scan->session->store, bytes_of(work, item), &work->old,
                                     work->scratch);
}

static memscan_status load_before(const ms_nexting *nexting, ms_next_work *work, const ms_next_item *item,
                                  const ms_block **before, memscan_error *error)
{
    ms_store *store = nexting->scan->session->store;
    if (!needs_bytes(nexting, item)) {
        *before = &work->old;
        return ms_match_set_load_starts(item->ref, store, &work->old, work->scratch, error);
    }
    if (item->old_count) /* between the matches nothing was kept, and all of it is laid and judged */
        memset(work->old.bytes, 0, (size_t)item->span + item->tail);
    memscan_status status = ms_match_set_gather(&nexting->scan->current, store, item->base, (uint32_t)item->span,
                                                item->tail, &work->old, &work->spare, work->scratch, error);
    *before = &work->old;
    if (status != MEMSCAN_OK || !nexting->since)
        return status;
    *before = &work->since;
    return ms_match_set_gather(nexting->since, store, item->base, (uint32_t)item->span, item->tail, &work->since,
                               &work->spare, work->scratch, error);
}

/* Whether it is better to say which matches of a blob are left than to store them anew: where they are many, and about a quarter of
 * what is unpacked for them at the least. */
static bool is_much_left(const ms_block *fresh, const ms_block_ref *ref)
{
    uint64_t matches = ms_block_count(fresh), widest = 1;
    for (uint32_t p = 0; p < fresh->planes->count; p++)
        widest = fresh->planes->plane[p].width > widest ? fresh->planes->plane[p].width : widest;
    return matches >= ref->span / MS_NEXT_DENSE && 4 * matches * widest >= ref->blob.length;
}

static memscan_status keep_fresh(const ms_nexting *nexting, ms_next_work *work, const ms_next_item *item,
                                 memscan_error *error)
{
    ms_store *store = nexting->scan->session->store;
    bool whole = is_blob(item);
    if (ms_block_is_empty(&work->fresh))
        return MEMSCAN_OK;
    if (whole && needs_bytes(nexting, item) && ms_block_has_bytes_of(&work->fresh, &work->old)) {
        if (ms_block_has_starts_of(&work->fresh, &work->old))
            return ms_kept_add_ref(work->kept, item->ref, error);
        if (is_much_left(&work->fresh, item->ref))
            return ms_kept_add_left(work->kept, store, &work->fresh, item->ref, work->scratch, error);
    }
    if (!whole || needs_bytes(nexting, item))
        return ms_kept_add_block(work->kept, store, &work->fresh, work->scratch, error);
    size_t length = ms_block_encode(&work->fresh, work->scratch);
    uint64_t checksum = ms_store_sums(store) ? ms_checksum(work->scratch, length) : 0;
    if (ms_match_set_is_blob(item->ref, store, work->scratch, length, checksum))
        return ms_kept_add_ref(work->kept, item->ref, error);
    return ms_kept_add_blob(work->kept, store, &work->fresh, work->scratch, length, checksum, error);
}

static memscan_status judge_block(const ms_nexting *nexting, ms_next_work *work, const ms_next_item *item,
                                  memscan_error *error)
{
    const ms_block *before;
    if (item->still || is_as_before(nexting, work, item)) {
        if (nexting->still == MS_STILL_KEPT)
            return ms_kept_add_ref(work->kept, item->ref, error);
        if (nexting->still == MS_STILL_DROPPED)
            return MEMSCAN_OK;
    }
    memscan_status status = load_before(nexting, work, item, &before, error);
    if (status != MEMSCAN_OK)
        return status;
    lay_old(work, item);
    spread(work, item);
    clear_gaps(work, item);
    begin_fresh(nexting, work, item);
    for (uint32_t p = 0; p < nexting->planes->count; p++)
        judge_plane(nexting, work, before, p);
    const ms_next_gap *gaps = ms_array_at(&work->gaps, item->first_gap);
    for (int gone = 0; gone < 2; gone++) /* gone outranks kept */
        for (size_t g = 0; g < item->gap_count; g++)
            if (gaps[g].gone == gone)
                settle_gap(nexting, work, &gaps[g]);
    return keep_fresh(nexting, work, item, error);
}

memscan_status ms_next_judge(const ms_nexting *nexting, ms_next_work *work, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < work->unit.items.count && status == MEMSCAN_OK; i++) {
        const ms_next_item *item = ms_array_at(&work->unit.items, i);
        uint32_t zeros = item->ref->planes & (item->kind == MS_ITEM_KEPT ? UINT32_MAX : nexting->zero_planes);
        status = item->kind == MS_ITEM_BLOCK
                     ? judge_block(nexting, work, item, error)
                     : ms_kept_add_zero_run(work->kept, zeros, item->base, item->span, item->tail, error);
    }
    return status;
}
