/* find.c - the stateless search: several questions in one pass over the target, every byte accounted for.
 *
 * sweep: which memory, in units of less than a megabyte -> judge: workers read and judge them side by side -> deliver:
 * matches in order, on the caller's thread. Here the pieces are put together, and the report is written whatever
 * happened. */
#include "finding.h"

#include "../base/error.h"
#include "../base/options.h"

enum { LEAST_UNIT = 64 << 10, LARGEST_UNIT = 4 << 20, USUAL_UNIT = 1 << 20 };

/* Bytes of bitmaps that a unit may need for all questions together: with more questions than that is enough for,
 * units get smaller. */
enum { BITMAP_BUDGET = 4 << 20 };

/* For the matches that a unit's worker writes down: this part of what the unit has, and so much for all units under way. */
enum { ROOM_PART = 32, ROOMS_BYTES = 8 << 20 };

static size_t unit_bytes(const ms_finding *finding)
{
    const memscan_platform_facts *facts = &finding->target->facts;
    size_t best = facts->best_read_size ? facts->best_read_size : USUAL_UNIT;
    size_t sieved = ms_find_sieve_count(finding->sieve); /* of these few have matches in the same unit */
    size_t by_bitmaps = (size_t)BITMAP_BUDGET * 8 / (finding->question_count - sieved + sieved / 8 + 1);
    if (by_bitmaps < LEAST_UNIT)
        by_bitmaps = LEAST_UNIT;
    best = best < by_bitmaps ? best : by_bitmaps;
    best = best < LARGEST_UNIT ? best : LARGEST_UNIT;
    return best > facts->target.page_size ? best : (size_t)facts->target.page_size;
}

static memscan_status look_at_questions(ms_finding *finding, uint32_t *groups, memscan_error *error)
{
    if (finding->question_count == 0)
        return ms_fail(error, MEMSCAN_INVALID, "nothing to look for");
    finding->groups = ms_alloc_array(finding->allocator, finding->question_count, sizeof *finding->groups);
    finding->covered = ms_alloc_array(finding->allocator, finding->question_count, sizeof *finding->covered);
    if (!finding->groups || !finding->covered)
        return ms_fail_memory(error);
    for (size_t i = 0; i < finding->question_count; i++) {
        size_t longest = ms_question_longest(finding->questions[i]);
        finding->groups[i] = ms_question_is_numeric(finding->questions[i]) ? MS_GROUP_NUMBERS : MS_GROUP_BYTES;
        finding->longest = longest > finding->longest ? longest : finding->longest;
        finding->has_regex |= ms_question_regex(finding->questions[i]) != NULL;
        *groups |= finding->groups[i];
    }
    if (finding->has_regex)
        finding->regex_scratch = ms_regex_scratch_create(finding->allocator);
    finding->sieved = ms_alloc_array(finding->allocator, finding->question_count, sizeof *finding->sieved);
    if (!finding->sieved || (finding->has_regex && !finding->regex_scratch))
        return ms_fail_memory(error);
    memscan_status status = ms_find_sieve_create(finding, &finding->sieve, error);
    ms_find_sieve_note(finding->sieve, finding->sieved);
    return status;
}

static memscan_status check_shard(const memscan_find_options *options, memscan_error *error)
{
    uint32_t shard = options->shard, shards = options->shards;
    if ((shard == 0) != (shards == 0) || shard > shards)
        return ms_fail(error, MEMSCAN_INVALID, "there is no shard %u of %u", shard, shards);
    return MEMSCAN_OK;
}

/* What the units under way need. */
static memscan_status prepare(void *context, uint32_t workers, memscan_error *error)
{
    ms_finding *finding = context;
    /* A word for each 64 bytes, and one more for each stretch: a part, or what a hole leaves of one. */
    size_t bytes = ms_plan_buffer_bytes(&finding->sweep.plan);
    size_t pages = (size_t)(bytes / finding->target->facts.target.page_size);
    finding->bitmap_words = bytes / 64 + pages + 2 * (MS_UNIT_PARTS + 1);
    size_t count = ms_pipeline_ahead(workers), room = finding->sweep.unit_bytes / ROOM_PART, most = ROOMS_BYTES / count;
    finding->note_count = count;
    finding->note_room = (room < most ? room : most) / 8 * 8; /* aligned */
    finding->notes = ms_alloc_array(finding->allocator, count, sizeof *finding->notes);
    finding->noted = ms_resize(finding->allocator, NULL, 0, count * finding->note_room); /* untouched until used */
    if (!finding->notes || !finding->noted)
        return ms_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        finding->notes[i].room = finding->noted + i * finding->note_room;
    return MEMSCAN_OK;
}

static memscan_status run(ms_finding *finding, uint32_t groups, memscan_error *error)
{
    finding->sweep = (ms_sweep){ .target = finding->target,
                                 .filter = &finding->options.filter,
                                 .groups = groups,
                                 .unit_bytes = unit_bytes(finding),
                                 .longest = finding->longest,
                                 .shard = finding->options.shard,
                                 .shards = finding->options.shards,
                                 .workers = finding->options.workers,
                                 .calls = { .context = finding,
                                            .create_work = ms_find_work_create,
                                            .destroy_work = ms_find_work_destroy,
                                            .run = ms_find_judge,
                                            .deliver = ms_find_deliver,
                                            .tick = ms_find_tick },
                                 .prepare = prepare };
    memscan_status status = ms_sweep_run(&finding->sweep, error);
    finding->account.slots[MEMSCAN_SKIP_DEVICE] += finding->sweep.selection.devices;
    return status;
}

/* The report, whatever happened; and the status that the caller is given for it. */
static memscan_status finish(ms_finding *finding, memscan_status status)
{
    memscan_report *report = finding->report;
    ms_account_report(&finding->account, finding->sweep.selection.asked, report);
    report->nanoseconds = ms_progress_elapsed(&finding->progress);
    if (status && report->stopped == MEMSCAN_STOP_NONE)
        report->stopped = status == MEMSCAN_GONE ? MEMSCAN_STOP_GONE : MEMSCAN_STOP_ERROR;
    report->complete = report->failed == 0 && report->stopped == MEMSCAN_STOP_NONE;
    return report->stopped == MEMSCAN_STOP_LIMIT ? MEMSCAN_OK : status;
}

memscan_status memscan_find_all(memscan_target *target, const memscan_question *const *questions, size_t question_count,
                                const memscan_find_options *options, memscan_match_fn *match, void *context,
                                memscan_report *report, memscan_error *error)
{
    memscan_report ours;
    uint32_t groups = 0;
    ms_finding finding = { .target = target,
                           .allocator = target->allocator,
                           .options = MEMSCAN_FIND_OPTIONS_INIT,
                           .questions = questions,
                           .question_count = question_count,
                           .match = match,
                           .match_context = context,
                           .proof = { .target = target },
                           .report = report ? report : &ours };
    ms_options_over(&finding.options, sizeof finding.options, options);
    memset(finding.report, 0, sizeof *finding.report);
    ms_progress_begin(&finding.progress, finding.options.progress, finding.options.progress_context,
                      finding.options.cancel, finding.options.timeout_ms);
    ms_vanished_init(&finding.vanished, target);
    memscan_status status = look_at_questions(&finding, &groups, error);
    if (!status)
        status = check_shard(&finding.options, error);
    if (!status)
        status = run(&finding, groups, error);
    status = finish(&finding, status);
    ms_sweep_deinit(&finding.sweep);
    ms_vanished_deinit(&finding.vanished);
    ms_regex_scratch_destroy(finding.regex_scratch);
    ms_find_sieve_destroy(&finding, finding.sieve);
    ms_free(finding.allocator, finding.sieved, question_count * sizeof *finding.sieved);
    ms_free(finding.allocator, finding.groups, question_count * sizeof *finding.groups);
    ms_free(finding.allocator, finding.notes, finding.note_count * sizeof *finding.notes);
    ms_free(finding.allocator, finding.noted, finding.note_count * finding.note_room);
    ms_free(finding.allocator, finding.covered, question_count * sizeof *finding.covered);
    return status;
}

memscan_status memscan_find(memscan_target *target, const char *expression, const memscan_find_options *options,
                            memscan_match_fn *match, void *context, memscan_report *report, memscan_error *error)
{
    memscan_question *question;
    if (report)
        memset(report, 0, sizeof *report);
    memscan_status status = memscan_question_parse(expression, MEMSCAN_TYPE_NONE, target->facts.target.layout,
                                                   target->allocator, &question, error);
    if (status) {
        if (report)
            report->stopped = MEMSCAN_STOP_ERROR;
        return status;
    }
    const memscan_question *const questions[] = { question };
    status = memscan_find_all(target, questions, 1, options, match, context, report, error);
    memscan_question_destroy(question);
    return status;
}
