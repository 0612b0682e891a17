/* next_scan.c - a next scan: the blocks of the current step, and nothing else, are read again and judged; what is left
 * becomes the next step. The session is changed only at the very end, so that a scan which fails, is cancelled or finds
 * the target gone leaves it as it was. */
#include "nexting.h"

#include "../base/error.h"
#include "../base/host.h"

#define BUFFER_BYTES ((size_t)MS_NEXT_BYTES + MS_BLOCK_BYTES + MS_BLOCK_TAIL + MS_BLOCK_PADDING)

static void destroy_work(void *context, void *destroyed)
{
    const ms_nexting *nexting = context;
    const memscan_allocator *allocator = nexting->allocator;
    ms_next_work *work = destroyed;
    ms_array *const arrays[] = { &work->unit.items, &work->stretches, &work->asked,  &work->told, &work->gaps,
                                 &work->unwritten,  &work->jobs,      &work->owners, &work->holes };
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        ms_array_deinit(arrays[i]);
    if (work->fresh_bytes)
        work->fresh.bytes = work->fresh_bytes;
    ms_block_deinit(&work->old);
    ms_block_deinit(&work->since);
    ms_block_deinit(&work->spare);
    ms_block_deinit(&work->fresh);
    uint64_t *const masks[] = { work->bitmap, work->mask, work->spare_mask };
    for (size_t i = 0; i < sizeof masks / sizeof masks[0]; i++)
        ms_free(allocator, masks[i], MS_BLOCK_WORDS * sizeof(uint64_t));
    ms_question_scratch_destroy(work->question);
    ms_free(allocator, work->scratch, ms_block_blob_bound(nexting->planes));
    ms_free(allocator, work->buffer, BUFFER_BYTES);
    ms_free(allocator, work->room.transfers, MS_NEXT_JOBS * sizeof(memscan_transfer));
    ms_free(allocator, work->room.jobs, MS_NEXT_JOBS * sizeof(size_t));
    ms_free(allocator, work, sizeof *work);
}

/* Where units are read whole, all of this is filled by each of them. */
static void use_soon(ms_next_work *work)
{
    ms_use_soon(work->buffer, MS_NEXT_BYTES);
    ms_use_soon(work->old.bytes, MS_BLOCK_BYTES);
    ms_use_soon(work->scratch, MS_BLOCK_BYTES);
}

static bool make_room(const ms_nexting *nexting, ms_next_work *work)
{
    const memscan_allocator *allocator = nexting->allocator;
    work->room.capacity = MS_NEXT_JOBS;
    work->room.unproved = true; /* what is recorded was proved: next_deliver.c */
    work->room.transfers = ms_alloc_array(allocator, MS_NEXT_JOBS, sizeof(memscan_transfer));
    work->room.jobs = ms_alloc_array(allocator, MS_NEXT_JOBS, sizeof(size_t));
    work->buffer = ms_resize(allocator, NULL, 0, BUFFER_BYTES); /* untouched until it is used */
    work->scratch = ms_resize(allocator, NULL, 0, ms_block_blob_bound(nexting->planes));
    work->question = ms_question_scratch_create(allocator);
    work->bitmap = ms_alloc_array(allocator, MS_BLOCK_WORDS, sizeof(uint64_t));
    work->mask = ms_alloc_array(allocator, MS_BLOCK_WORDS, sizeof(uint64_t));
    work->spare_mask = ms_alloc_array(allocator, MS_BLOCK_WORDS, sizeof(uint64_t));
    bool blocks = ms_block_init(&work->old, allocator, nexting->planes) == MEMSCAN_OK &&
                  ms_block_init(&work->since, allocator, nexting->planes) == MEMSCAN_OK &&
                  ms_block_init(&work->spare, allocator, nexting->planes) == MEMSCAN_OK &&
                  ms_block_init(&work->fresh, allocator, nexting->planes) == MEMSCAN_OK;
    work->fresh_bytes = work->fresh.bytes;
    if (nexting->planned_total >= MS_NEXT_BYTES &&
        nexting->scan->current.matches * MS_NEXT_DENSE >= nexting->planned_total)
        use_soon(work);
    return blocks && work->room.transfers && work->room.jobs && work->buffer && work->scratch && work->question &&
           work->bitmap && work->mask && work->spare_mask;
}

static void *create_work(void *context)
{
    const ms_nexting *nexting = context;
    ms_next_work *work = ms_alloc(nexting->allocator, sizeof *work);
    if (!work)
        return NULL;
    ms_array_init(&work->unit.items, nexting->allocator, sizeof(ms_next_item));
    ms_array_init(&work->stretches, nexting->allocator, sizeof(ms_next_stretch));
    ms_array_init(&work->asked, nexting->allocator, sizeof(memscan_range));
    ms_array_init(&work->told, nexting->allocator, sizeof(uint8_t));
    ms_array_init(&work->gaps, nexting->allocator, sizeof(ms_next_gap));
    ms_array_init(&work->unwritten, nexting->allocator, sizeof(ms_next_old));
    ms_array_init(&work->jobs, nexting->allocator, sizeof(ms_fetch_job));
    ms_array_init(&work->owners, nexting->allocator, sizeof(size_t));
    ms_array_init(&work->holes, nexting->allocator, sizeof(ms_hole));
    if (make_room(nexting, work))
        return work;
    destroy_work(context, work);
    return NULL;
}

static void *create_unit(void *context)
{
    const ms_nexting *nexting = context;
    ms_next_unit *unit = ms_alloc(nexting->allocator, sizeof *unit);
    if (unit)
        ms_array_init(&unit->items, nexting->allocator, sizeof(ms_next_item));
    return unit;
}

static void destroy_unit(void *context, void *destroyed)
{
    ms_next_unit *unit = destroyed;
    ms_array_deinit(&unit->items);
    ms_free(((const ms_nexting *)context)->allocator, unit, sizeof *unit);
}

/* `work` takes the unit, which gets what it had before. */
static void take_unit(ms_next_work *work, ms_next_unit *unit)
{
    ms_next_unit spare = work->unit;
    work->unit = *unit;
    *unit = spare;
}

/* Whether something of a unit stays as it was although it was not read. */
static bool left_unread(const ms_next_work *work)
{
    bool left = work->gaps.count > 0;
    for (size_t i = 0; !left && i < work->unit.items.count; i++)
        left = ((const ms_next_item *)ms_array_at(&work->unit.items, i))->kind == MS_ITEM_KEPT;
    return left;
}

/* Reads a unit and judges it, unless holes are to be looked up first (next_deliver.c). */
static memscan_status run_unit(void *context, void *unit, void *running, ms_account *account, bool *kept,
                               memscan_error *error)
{
    const ms_nexting *nexting = context;
    ms_next_work *work = running;
    take_unit(work, unit);
    memscan_status status = ms_next_read(nexting, work, error);
    work->kept = ms_kept_begin(&nexting->keeping, work->unit.number);
    work->kept->read_at = work->jobs.count ? work->read_at : 0;
    work->kept->planned = work->unit.planned;
    work->kept->spared = work->spared;
    if (status == MEMSCAN_OK && !work->late)
        status = ms_next_judge(nexting, work, error);
    *account = work->unit.account;
    *kept = left_unread(work);
    return status;
}

static memscan_status tick(void *context, memscan_error *error)
{
    ms_nexting *nexting = context;
    return ms_progress_tick(&nexting->progress, nexting->planned_done, nexting->planned_total, nexting->set.matches,
                            error);
}

/* The planes whose value stays when it was zero and still is: judged once, not for each untouched page. */
static uint32_t planes_that_stay_zero(const ms_nexting *nexting)
{
    static const uint8_t zeros[8];
    uint32_t stay = 0;
    for (uint32_t p = 0; p < nexting->planes->count; p++)
        if (nexting->planes->plane[p].width <= sizeof zeros && ms_next_holds(nexting, p, zeros, sizeof zeros, zeros, 0))
            stay |= 1u << p;
    return stay;
}

/* Judged once, where the answer is the same whatever a value is: for changed and unchanged, increased and decreased. */
static ms_still what_still_means(const ms_nexting *nexting)
{
    const ms_next *next = nexting->next;
    bool all_kept = true, all_dropped = true;
    if (!next->change || *next->since)
        return MS_STILL_JUDGED;
    for (uint32_t p = 0; p < nexting->planes->count; p++) {
        ms_change_same same = next->asked >> p & 1 ? ms_change_of_same(next->change) : MS_CHANGE_SAME_NEVER;
        all_kept = all_kept && same == MS_CHANGE_SAME_ALWAYS;
        all_dropped = all_dropped && same == MS_CHANGE_SAME_NEVER;
    }
    return all_kept ? MS_STILL_KEPT : all_dropped ? MS_STILL_DROPPED : MS_STILL_JUDGED;
}

static memscan_status load_since(ms_nexting *nexting, memscan_error *error)
{
    const ms_session *session = nexting->scan->session;
    const char *name = nexting->next->since;
    char shown[2 * MS_NEXT_NAME_SIZE];
    if (!*name)
        return MEMSCAN_OK;
    const ms_step *step = ms_session_since(session, name);
    if (!step) {
        memscan_escape(name, shown, sizeof shown);
        return ms_fail(error, MEMSCAN_NOT_FOUND, "this session has no snapshot called \"%s\"", shown);
    }
    nexting->since = &nexting->since_set;
    return ms_session_load(nexting->scan->session, step, &nexting->since_set, error);
}

/* What may be read, from the blocks' first bytes to what their last matches reach. Blocks that touch are one range. */
static memscan_status add_ranges(const ms_array *refs, ms_array *ranges, memscan_error *error)
{
    for (size_t i = 0; i < refs->count; i++) {
        const ms_block_ref *ref = ms_array_at(refs, i);
        uint64_t last = ref->base + (ref->span - 1) + ref->tail;
        memscan_range *before = ranges->count ? ms_array_at(ranges, ranges->count - 1) : NULL;
        if (last < ref->base)
            last = UINT64_MAX;
        if (before && (before->last == UINT64_MAX || ref->base <= before->last + 1)) {
            before->last = last > before->last ? last : before->last;
            continue;
        }
        memscan_range *range = ms_array_push(ranges);
        if (!range)
            return ms_fail_memory(error);
        *range = (memscan_range){ ref->base, last };
    }
    return MEMSCAN_OK;
}

static memscan_status take_map(ms_nexting *nexting, memscan_error *error)
{
    ms_array ranges;
    ms_array_init(&ranges, nexting->allocator, sizeof(memscan_range));
    memscan_status status = add_ranges(&nexting->scan->current.refs, &ranges, error);
    if (status == MEMSCAN_OK)
        status = ms_target_map_about(nexting->target, ranges.items, ranges.count, &nexting->map, error);
    ms_array_deinit(&ranges);
    return status;
}

static memscan_status set_up(ms_nexting *nexting, memscan_error *error)
{
    memscan_scan *scan = nexting->scan;
    memscan_status status = load_since(nexting, error);
    if (status == MEMSCAN_OK)
        status = take_map(nexting, error);
    if (status != MEMSCAN_OK)
        return status;
    nexting->policy = ms_policy_of(&scan->options.filter);
    nexting->reach = ms_scan_reach(nexting->planes);
    nexting->zero_planes = planes_that_stay_zero(nexting);
    nexting->still = what_still_means(nexting);
    status = ms_tracking_begin_next(&nexting->tracking, scan, nexting->map, &nexting->policy, error);
    if (status != MEMSCAN_OK)
        return status;
    for (size_t i = 0; i < scan->current.refs.count; i++) {
        const ms_block_ref *ref = ms_array_at(&scan->current.refs, i);
        nexting->planned_total += ref->span;
        nexting->read_total += ms_next_is_sparse(ref) ? ms_next_sparse_bytes(nexting, ref) : ref->span;
    }
    return MEMSCAN_OK;
}

static memscan_status judge_what_is_left(ms_nexting *nexting, memscan_error *error)
{
    ms_pipeline_units made = { nexting, create_unit, destroy_unit, ms_next_plan };
    ms_pipeline_calls calls = { .context = nexting,
                                .create_work = create_work,
                                .destroy_work = destroy_work,
                                .run = run_unit,
                                .deliver = ms_next_deliver,
                                .tick = tick };
    uint64_t units = nexting->read_total / MS_NEXT_BYTES + 1;
    uint32_t workers = ms_target_workers(nexting->target, nexting->scan->options.workers, units);
    memscan_status status = ms_keeping_init(&nexting->keeping, nexting->allocator, workers, error);
    if (status == MEMSCAN_OK)
        status = ms_pipeline_run(&made, &calls, workers, nexting->allocator, error);
    ms_keeping_deinit(&nexting->keeping);
    return status;
}

static void report_next(const ms_nexting *nexting, memscan_status status, memscan_report *report)
{
    uint64_t reached = ms_account_total(&nexting->account);
    uint64_t left = status == MEMSCAN_OK ? 0 : nexting->planned_total - nexting->planned_done;
    ms_account_report(&nexting->account, reached + left, report);
    report->nanoseconds = ms_progress_elapsed(&nexting->progress);
    report->matches = nexting->set.matches;
    report->unwritten = nexting->spared;
    report->stopped = nexting->progress.stopped;
    if (status != MEMSCAN_OK && report->stopped == MEMSCAN_STOP_NONE)
        report->stopped = status == MEMSCAN_GONE ? MEMSCAN_STOP_GONE : MEMSCAN_STOP_ERROR;
    report->complete = report->failed == 0 && report->stopped == MEMSCAN_STOP_NONE;
}

/* What is left becomes the current step. */
static memscan_status record_step(ms_nexting *nexting, const char *expression, uint64_t failed, uint64_t before,
                                  memscan_error *error)
{
    memscan_scan *scan = nexting->scan;
    memscan_status status = ms_session_add_step(scan->session, &nexting->set, expression, failed, before,
                                                ms_tracking_result(&nexting->tracking), error);
    if (status != MEMSCAN_OK)
        return status;
    ms_scan_forget_block(scan);
    ms_match_set_deinit(&scan->current);
    scan->current = nexting->set;
    ms_match_set_init(&nexting->set, scan->allocator);
    return MEMSCAN_OK;
}

/* A session remembers as many bytes as a match of its first scan has, and reads no more. */
static memscan_status check_length(const ms_planes *planes, const ms_next *next, memscan_error *error)
{
    for (uint32_t p = 0; p < planes->count && !next->change; p++) {
        const memscan_question *question = next->question[p];
        if (!(next->asked >> p & 1) || ms_question_is_numeric(question) ||
            ms_question_longest(question) <= planes->plane[p].width)
            continue;
        ms_fail(error, MEMSCAN_INVALID, "this session remembers %u bytes of a match, and not %zu",
                (unsigned)planes->plane[p].width, ms_question_longest(question));
        ms_hint(error, "look for the longer text or pattern in a new first scan");
        return MEMSCAN_INVALID;
    }
    return MEMSCAN_OK;
}

static memscan_status parse(memscan_scan *scan, const char *expression, ms_next **next, memscan_error *error)
{
    memscan_type types[MS_PLANES_MAX];
    const ms_planes *planes = &scan->session->planes;
    for (uint32_t p = 0; p < planes->count; p++)
        types[p] = (memscan_type)planes->plane[p].type;
    memscan_status status =
        ms_next_parse(expression, types, planes->count, scan->session->layout, scan->allocator, next, error);
    if (status == MEMSCAN_OK)
        status = check_length(planes, *next, error);
    if (status != MEMSCAN_OK) {
        ms_next_destroy(*next);
        *next = NULL;
    }
    return status;
}

static memscan_status scan_next(ms_nexting *nexting, const char *expression, memscan_report *report,
                                memscan_error *error)
{
    uint64_t before = ms_store_length(nexting->scan->session->store);
    memscan_status status = set_up(nexting, error);
    if (status == MEMSCAN_OK)
        status = judge_what_is_left(nexting, error);
    report_next(nexting, status, report);
    if (status == MEMSCAN_OK)
        status = record_step(nexting, expression, report->failed, before, error);
    if (status != MEMSCAN_OK) {
        report->complete = 0;
        ms_session_take_back(nexting->scan->session, before);
    }
    return status;
}

memscan_status memscan_scan_next(memscan_scan *scan, const char *expression, memscan_report *report,
                                 memscan_error *error)
{
    memscan_report ours, *filled = report ? report : &ours;
    const memscan_scan_options *options = &scan->options;
    ms_next *next = NULL;
    memset(filled, 0, sizeof *filled);
    filled->stopped = MEMSCAN_STOP_ERROR;
    if (!scan->session)
        return ms_fail(error, MEMSCAN_INVALID, "there is no first scan yet");
    memscan_status status = parse(scan, expression, &next, error);
    if (status != MEMSCAN_OK)
        return status;
    ms_nexting nexting = { .scan = scan,
                           .target = scan->target,
                           .allocator = scan->allocator,
                           .next = next,
                           .planes = &scan->session->planes,
                           .proof = { .target = scan->target } };
    ms_match_set_init(&nexting.set, scan->allocator);
    ms_match_set_init(&nexting.since_set, scan->allocator);
    ms_vanished_init(&nexting.vanished, scan->target);
    ms_tracking_init(&nexting.tracking, scan->allocator);
    ms_progress_begin(&nexting.progress, options->progress, options->progress_context, options->cancel,
                      options->timeout_ms);
    status = scan_next(&nexting, expression, filled, error);
    ms_vanished_deinit(&nexting.vanished);
    ms_tracking_deinit(&nexting.tracking);
    ms_region_map_release(nexting.map);
    ms_match_set_deinit(&nexting.since_set);
    ms_match_set_deinit(&nexting.set);
    ms_next_destroy(next);
    return status;
}
