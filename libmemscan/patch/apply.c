/* apply.c - carries a plan out. The journal is on the disk before the first byte changes, and every byte that was
 * written and is to be taken back is looked at first: only what we wrote is ever overwritten with what was there. */
#include <memscan/patch.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/options.h"
#include "../target/identity.h"
#include "../target/write.h"
#include "journal.h"

const char *memscan_place_state_name(memscan_place_state state)
{
    static const char *const names[] = { "would_change", "changed",  "already", "changed_since",
                                         "not_written",  "restored", "left" };
    return (unsigned)state < sizeof names / sizeof names[0] ? names[state] : "unknown";
}

/* ---- telling ---- */

static void tell(const ms_changes *plan, const memscan_patch_options *options, memscan_patch_report *report)
{
    report->places = plan->changes.count;
    for (size_t i = 0; i < plan->changes.count; i++) {
        const memscan_patch_change *change = ms_change_at(plan, i);
        report->by_state[change->state]++;
        if (options->visit)
            options->visit(change, options->context);
    }
}

/* ---- writing, and taking back ---- */

static bool is_ours(const memscan_patch_change *change)
{
    return change->state == MEMSCAN_PLACE_CHANGED || change->state == MEMSCAN_PLACE_CHANGED_SINCE;
}

/* Backwards, as things are undone. `scratch` holds the longest change. */
static void roll_back(ms_changes *plan, memscan_target *target, uint8_t *scratch)
{
    for (size_t i = plan->changes.count; i-- > 0;) {
        memscan_patch_change *change = ms_change_at(plan, i);
        if (change->state == MEMSCAN_PLACE_WOULD_CHANGE)
            change->state = MEMSCAN_PLACE_NOT_WRITTEN;
        if (!is_ours(change))
            continue;
        size_t lost =
            ms_write_back(target, change->address, change->new_bytes, change->old_bytes, scratch, change->length);
        change->state = lost ? MEMSCAN_PLACE_LEFT : MEMSCAN_PLACE_RESTORED;
    }
}

static size_t longest(const ms_changes *plan)
{
    size_t most = 1;
    for (size_t i = 0; i < plan->changes.count; i++)
        if (ms_change_at(plan, i)->length > most)
            most = ms_change_at(plan, i)->length;
    return most;
}

/* What was written of a change that failed, and could not be put back, is left. */
static memscan_status write_one(memscan_target *target, memscan_patch_change *change, memscan_error *error)
{
    size_t lost = 0;
    memscan_status status =
        ms_write(target, change->address, change->new_bytes, change->length, change->old_bytes, &lost, error);
    if (status == MEMSCAN_OK)
        change->state = MEMSCAN_PLACE_CHANGED;
    else if (status == MEMSCAN_CHANGED_SINCE)
        change->state = MEMSCAN_PLACE_CHANGED_SINCE;
    else
        change->state = lost ? MEMSCAN_PLACE_LEFT : MEMSCAN_PLACE_NOT_WRITTEN;
    return status;
}

/* A place that the target changed since does not end it: it was written. The first one is told in the end. */
static memscan_status write_all(ms_changes *plan, memscan_target *target, memscan_error *error)
{
    memscan_error own, since = { 0 };
    for (size_t i = 0; i < plan->changes.count; i++) {
        memscan_patch_change *change = ms_change_at(plan, i);
        if (change->state != MEMSCAN_PLACE_WOULD_CHANGE)
            continue;
        memscan_status status = write_one(target, change, &own);
        if (status == MEMSCAN_CHANGED_SINCE && !since.status)
            since = own;
        if (status == MEMSCAN_OK || status == MEMSCAN_CHANGED_SINCE)
            continue;
        if (error)
            *error = own;
        return ms_edit_blame(error, status, change->edit, change->name);
    }
    if (since.status && error)
        *error = since;
    return since.status;
}

static memscan_status carry_out(ms_changes *plan, memscan_target *target, memscan_error *error)
{
    size_t size = longest(plan);
    uint8_t *scratch = ms_alloc(plan->allocator, size); /* taken before the first byte is written */
    if (!scratch)
        return ms_fail_memory(error);
    memscan_status status = write_all(plan, target, error);
    if (status && status != MEMSCAN_CHANGED_SINCE) /* also when it seems to be gone: a platform may be mistaken once */
        roll_back(plan, target, scratch);
    ms_free(plan->allocator, scratch, size);
    return status;
}

/* ---- applying ---- */

static bool is_left(const ms_changes *plan)
{
    for (size_t i = 0; i < plan->changes.count; i++)
        if (ms_change_at(plan, i)->state == MEMSCAN_PLACE_LEFT)
            return true;
    return false;
}

static bool has_work(const ms_changes *plan)
{
    for (size_t i = 0; i < plan->changes.count; i++)
        if (ms_change_at(plan, i)->state == MEMSCAN_PLACE_WOULD_CHANGE)
            return true;
    return false;
}

/* A journal is of use while something of ours may stand in a living target. */
static void drop_journal(const ms_changes *plan, memscan_target *target, memscan_status status,
                         memscan_patch_report *report, memscan_error *error)
{
    if (!report->journal[0] || status == MEMSCAN_OK || status == MEMSCAN_CHANGED_SINCE)
        return;
    if (is_left(plan) && memscan_alive(target, NULL) != MEMSCAN_GONE) {
        ms_hint(error, "not everything could be put back: the journal tells what stood there");
        return;
    }
    ms_file_remove(report->journal, NULL);
    report->journal[0] = 0;
}

static memscan_status apply_plan(ms_changes *plan, memscan_target *target, const memscan_patch_options *options,
                                 memscan_patch_report *report, memscan_error *error)
{
    memscan_status status = ms_changes_check(plan, target, error);
    if (status)
        return status;
    if (options->cancel && memscan_cancel_is_raised(options->cancel))
        return ms_fail(error, MEMSCAN_CANCELLED, "cancelled; nothing was written");
    if (!options->dry_run && has_work(plan)) {
        if (options->journal || options->journal_folder)
            status = ms_journal_write(plan, target, options, report->journal, sizeof report->journal, error);
        if (status)
            return status;
        status = carry_out(plan, target, error);
        drop_journal(plan, target, status, report, error);
    }
    tell(plan, options, report);
    return status;
}

static memscan_status begin(memscan_target *target, const memscan_patch_options *given, memscan_patch_options *options,
                            memscan_patch_report *report, memscan_error *error)
{
    ms_options_over(options, sizeof *options, given);
    memset(report, 0, sizeof *report);
    return options->dry_run ? MEMSCAN_OK : ms_write_access(target, error);
}

memscan_status memscan_patch_apply(memscan_target *target, const memscan_patch *patch,
                                   const memscan_patch_options *options, memscan_patch_report *report,
                                   memscan_error *error)
{
    memscan_patch_options whole = MEMSCAN_PATCH_OPTIONS_INIT;
    memscan_patch_report own;
    ms_changes plan;
    report = report ? report : &own;
    memscan_status status = begin(target, options, &whole, report, error);
    if (status)
        return status;
    ms_changes_init(&plan, target->allocator);
    status = ms_changes_plan(&plan, target, patch, &whole, error);
    if (!status)
        status = apply_plan(&plan, target, &whole, report, error);
    ms_changes_deinit(&plan);
    return status;
}

/* ---- undoing ---- */

/* Every byte must be what was written or what stood there before: whoever was killed in the middle of a write left
 * both. What stands there now becomes what the change expects. */
static memscan_status look_at(ms_changes *plan, memscan_target *target, memscan_patch_change *change, bool touch,
                              memscan_error *error)
{
    uint64_t last;
    memscan_status status = ms_target_range(target, change->address, change->length, &last, error);
    if (status)
        return status;
    uint8_t *now = ms_arena_take(&plan->bytes, change->length);
    if (!now)
        return ms_fail_memory(error);
    status = ms_changes_read(target, change->address, now, change->length, touch, error);
    for (size_t i = 0; i < change->length && !status; i++)
        if (now[i] != change->old_bytes[i] && now[i] != change->new_bytes[i])
            status = ms_fail_at(error, MEMSCAN_MISMATCH, change->address + i,
                                "0x%llx holds a byte that the patch did not write; nothing was undone",
                                (unsigned long long)(change->address + i));
    if (status)
        return status;
    change->old_bytes = now;
    change->state =
        memcmp(now, change->new_bytes, change->length) == 0 ? MEMSCAN_PLACE_ALREADY : MEMSCAN_PLACE_WOULD_CHANGE;
    return MEMSCAN_OK;
}

static memscan_status plan_revert(ms_changes *plan, memscan_target *target, const char *path, bool dry_run,
                                  memscan_error *error)
{
    memscan_identity known, now;
    memscan_status status = ms_journal_read(path, plan, &known, error);
    if (!status)
        status = ms_target_identity(target, &now, error);
    if (status)
        return status;
    const char *difference = ms_identity_difference(&known, &now);
    if (difference)
        return ms_fail(error, MEMSCAN_MISMATCH, "the journal is about another process image: %s", difference);
    for (size_t i = 0; i < plan->changes.count && !status; i++)
        status = look_at(plan, target, ms_change_at(plan, i), !dry_run, error);
    return status;
}

memscan_status memscan_patch_revert(memscan_target *target, const char *path, const memscan_patch_options *options,
                                    memscan_patch_report *report, memscan_error *error)
{
    memscan_patch_options whole = MEMSCAN_PATCH_OPTIONS_INIT;
    memscan_patch_report own;
    ms_changes plan;
    report = report ? report : &own;
    memscan_status status = begin(target, options, &whole, report, error);
    if (status)
        return status;
    whole.journal = whole.journal_folder = NULL;
    ms_changes_init(&plan, target->allocator);
    status = plan_revert(&plan, target, path, whole.dry_run, error);
    if (!status)
        status = apply_plan(&plan, target, &whole, report, error);
    ms_changes_deinit(&plan);
    return status;
}
