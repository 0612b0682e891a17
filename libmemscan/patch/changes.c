/* changes.c - from edits to places: each is looked at once more when its place is known, since the target may have changed
 * it after it was found. Nothing is written here. */
#include "changes.h"

#include <stdlib.h>

#include <memscan/memory.h>

#include "../base/error.h"
#include "../target/write.h"
#include "search.h"

void ms_changes_init(ms_changes *plan, const memscan_allocator *allocator)
{
    plan->allocator = allocator;
    ms_array_init(&plan->changes, allocator, sizeof(memscan_patch_change));
    ms_arena_init(&plan->bytes, allocator);
}

void ms_changes_deinit(ms_changes *plan)
{
    ms_array_deinit(&plan->changes);
    ms_arena_deinit(&plan->bytes);
}

memscan_status ms_changes_add(ms_changes *plan, size_t edit, const char *name, uint64_t address,
                              const uint8_t *old_bytes, const uint8_t *new_bytes, size_t length, memscan_error *error)
{
    uint8_t *copies = ms_arena_take(&plan->bytes, 2 * length);
    memscan_patch_change *change = copies ? ms_array_push(&plan->changes) : NULL;
    if (!change)
        return ms_fail_memory(error);
    memcpy(copies, old_bytes, length);
    memcpy(copies + length, new_bytes, length);
    bool already = memcmp(old_bytes, new_bytes, length) == 0;
    *change = (memscan_patch_change){ edit,
                                      name,
                                      address,
                                      length,
                                      copies,
                                      copies + length,
                                      already ? MEMSCAN_PLACE_ALREADY : MEMSCAN_PLACE_WOULD_CHANGE };
    return MEMSCAN_OK;
}

memscan_status ms_changes_read(memscan_target *target, uint64_t address, uint8_t *bytes, size_t length, bool touch,
                               memscan_error *error)
{
    memscan_span span = { .address = address, .size = length, .buffer = bytes };
    memscan_status status = memscan_read_spans(target, &span, 1, 0, error);
    if (!status && span.done < length && touch)
        status = memscan_read_spans(target, &span, 1, MEMSCAN_READ_TOUCH, error);
    if (status || span.done == length)
        return status;
    return ms_fail_at(error, MEMSCAN_UNREADABLE, address + span.done, "cannot read 0x%llx: %s",
                      (unsigned long long)(address + span.done), memscan_outcome_name(span.outcome));
}

/* ---- one place of an edit ---- */

static bool row_fits(const ms_array *row, const uint8_t *now, bool applied, size_t *first_misfit)
{
    for (size_t i = 0; i < row->count; i++)
        if (!ms_edit_byte_fits(ms_array_at(row, i), now[i], applied)) {
            *first_misfit = i;
            return false;
        }
    return true;
}

/* What stands there instead is not said: errors end up in logs. */
static memscan_status fail_other_bytes(uint64_t address, const ms_array *row, size_t misfit, memscan_error *error)
{
    const ms_edit_byte *byte = ms_array_at(row, misfit);
    uint64_t at = address + misfit;
    if (byte->before.mask == 0xff && !byte->before.deny)
        return ms_fail_at(error, MEMSCAN_MISMATCH, at,
                          "0x%llx does not hold %02x, as was expected; nothing was written", (unsigned long long)at,
                          byte->before.value);
    return ms_fail_at(error, MEMSCAN_MISMATCH, at, "0x%llx holds a byte that was not expected; nothing was written",
                      (unsigned long long)at);
}

/* The runs of written bytes; what lies between stays as it is and is not even written again. */
static memscan_status add_runs(ms_changes *plan, size_t edit, const char *name, uint64_t address, const ms_array *row,
                               const uint8_t *now, uint8_t *after, memscan_error *error)
{
    const ms_edit_byte *bytes = row->items;
    memscan_status status = MEMSCAN_OK;
    for (size_t from = 0; from < row->count && !status;) {
        size_t to = from;
        while (to < row->count && bytes[to].written) {
            after[to] = bytes[to].after;
            to++;
        }
        if (to > from)
            status = ms_changes_add(plan, edit, name, address + from, now + from, after + from, to - from, error);
        from = to == from ? from + 1 : to;
    }
    return status;
}

/* A place that fits both forms counts as applied, so that nothing is written twice. */
static memscan_status add_place(ms_changes *plan, memscan_target *target, size_t edit, const char *name,
                                uint64_t address, const ms_array *row, bool touch, memscan_error *error)
{
    uint64_t last;
    size_t misfit = 0;
    memscan_status status = ms_target_range(target, address, row->count, &last, error);
    if (status)
        return status;
    uint8_t *now = ms_alloc(plan->allocator, 2 * row->count);
    if (!now)
        return ms_fail_memory(error);
    status = ms_changes_read(target, address, now, row->count, touch, error);
    if (!status && !row_fits(row, now, true, &misfit) && !row_fits(row, now, false, &misfit))
        status = fail_other_bytes(address, row, misfit, error);
    if (!status)
        status = add_runs(plan, edit, name, address, row, now, now + row->count, error);
    ms_free(plan->allocator, now, 2 * row->count);
    return status;
}

/* ---- all edits ---- */

static memscan_status add_edit(ms_changes *plan, memscan_target *target, const memscan_edit *edit, size_t index,
                               const ms_array *row, const ms_edit_places *places, bool touch, memscan_error *error)
{
    uint64_t address;
    if (edit->address) {
        memscan_status status = memscan_resolve(target, edit->address, &address, error);
        return status ? status : add_place(plan, target, index, edit->name, address, row, touch, error);
    }
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < places->addresses.count && !status; i++) {
        address = *(uint64_t *)ms_array_at(&places->addresses, i);
        status = add_place(plan, target, index, edit->name, address, row, touch, error);
    }
    return status;
}

static memscan_status plan_with(ms_changes *plan, memscan_target *target, const memscan_patch *patch,
                                const memscan_patch_options *options, ms_array *rows, ms_edit_places *places,
                                memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < patch->edits.count && !status; i++) {
        status = ms_edit_form(ms_edit_at(patch, i), target->facts.target.layout, &rows[i], error);
        if (status)
            return ms_edit_blame(error, status, i, ms_edit_at(patch, i)->name);
    }
    status = ms_patch_search(target, patch, rows, options, places, error);
    for (size_t i = 0; i < patch->edits.count && !status; i++) {
        const memscan_edit *edit = ms_edit_at(patch, i);
        status = add_edit(plan, target, edit, i, &rows[i], &places[i], !options->dry_run, error);
        if (status)
            ms_edit_blame(error, status, i, edit->name);
    }
    return status;
}

memscan_status ms_changes_plan(ms_changes *plan, memscan_target *target, const memscan_patch *patch,
                               const memscan_patch_options *options, memscan_error *error)
{
    size_t count = patch->edits.count;
    if (count == 0)
        return ms_fail(error, MEMSCAN_INVALID, "the patch has no edits");
    ms_array *rows = ms_alloc_array(plan->allocator, count, sizeof *rows);
    ms_edit_places *places = ms_alloc_array(plan->allocator, count, sizeof *places);
    memscan_status status = MEMSCAN_NO_MEMORY;
    if (rows && places) {
        for (size_t i = 0; i < count; i++) {
            ms_array_init(&rows[i], plan->allocator, sizeof(ms_edit_byte));
            ms_edit_places_init(&places[i], plan->allocator);
        }
        status = plan_with(plan, target, patch, options, rows, places, error);
        for (size_t i = 0; i < count; i++) {
            ms_array_deinit(&rows[i]);
            ms_edit_places_deinit(&places[i]);
        }
    } else
        ms_fail_memory(error);
    ms_free(plan->allocator, rows, count * sizeof *rows);
    ms_free(plan->allocator, places, count * sizeof *places);
    return status;
}

/* ---- the plan as a whole ---- */

static int by_address(const void *left, const void *right)
{
    const memscan_patch_change *const *a = left, *const *b = right;
    return ((*a)->address > (*b)->address) - ((*a)->address < (*b)->address);
}

static memscan_status check_overlaps(const ms_changes *plan, const memscan_patch_change **sorted, memscan_error *error)
{
    size_t count = plan->changes.count;
    for (size_t i = 0; i < count; i++)
        sorted[i] = ms_change_at(plan, i);
    qsort(sorted, count, sizeof *sorted, by_address);
    for (size_t i = 1; i < count; i++)
        if (sorted[i]->address - sorted[i - 1]->address < sorted[i - 1]->length)
            return ms_fail_at(error, MEMSCAN_INVALID, sorted[i]->address,
                              "edits %zu and %zu both change 0x%llx; nothing was written", sorted[i - 1]->edit + 1,
                              sorted[i]->edit + 1, (unsigned long long)sorted[i]->address);
    return MEMSCAN_OK;
}

memscan_status ms_changes_check(const ms_changes *plan, memscan_target *target, memscan_error *error)
{
    size_t count = plan->changes.count;
    if (count == 0)
        return MEMSCAN_OK;
    const memscan_patch_change **sorted = ms_alloc_array(plan->allocator, count, sizeof(memscan_patch_change *));
    if (!sorted)
        return ms_fail_memory(error);
    memscan_status status = check_overlaps(plan, sorted, error);
    ms_free(plan->allocator, (void *)sorted, count * sizeof(memscan_patch_change *));
    for (size_t i = 0; i < count && !status; i++) {
        const memscan_patch_change *change = ms_change_at(plan, i);
        if (change->state == MEMSCAN_PLACE_WOULD_CHANGE)
            status = ms_write_check(target, change->address, change->length, error);
    }
    return status;
}
