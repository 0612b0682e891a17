/* deliver.c - the matches of one unit, shown in order; and the accounts of all units, summed up.
 *
 * Bytes are booked when their unit is delivered, so that a search that ends early tells the same however many
 * workers ran ahead: of the unit in which it ended, the bytes up to the last match shown count as scanned, and
 * nothing else. Holes are looked up only here: see vanished.h. And only here it is asked whether what was read was the
 * target's, at once for all units that are done: a question a unit would cost a twentieth of the time. */
#include "finding.h"

#include "../base/error.h"

/* Matches shown between two looks at the clock and the cancel token. */
enum { MATCHES_PER_TICK = 4096 };

memscan_status ms_find_tick(void *context, memscan_error *error)
{
    ms_finding *finding = context;
    const ms_selection *selection = &finding->sweep.selection;
    uint64_t done = ms_account_total(&finding->account) + selection->devices; /* those are booked at the end */
    memscan_status status =
        ms_progress_tick(&finding->progress, done, selection->asked, finding->report->matches, error);
    if (status)
        finding->report->stopped = finding->progress.stopped;
    return status;
}

/* Shows one match. Anything but OK ends the search; LIMIT is no failure, and leaves the error record alone. */
static memscan_status show(ms_finding *finding, const memscan_match *match, memscan_error *error)
{
    finding->report->matches++;
    if (finding->match(match, finding->match_context)) {
        finding->report->stopped = MEMSCAN_STOP_CALLER;
        return ms_fail(error, MEMSCAN_STOPPED, "stopped by the match callback");
    }
    if (finding->report->matches == finding->options.limit) {
        finding->report->stopped = MEMSCAN_STOP_LIMIT;
        return MEMSCAN_LIMIT;
    }
    return finding->report->matches % MATCHES_PER_TICK ? MEMSCAN_OK : ms_find_tick(finding, error);
}

typedef struct showing {
    ms_finding *finding;
    const ms_find_work *work;
} showing;

static memscan_status show_start(void *context, size_t stretch, size_t offset, size_t question, memscan_error *error)
{
    showing *s = context;
    memscan_match match = ms_find_describe(s->finding, s->work, stretch, offset, question);
    if (ms_question_regex(s->finding->questions[question]))
        s->finding->covered[question] = match.address + match.length;
    return show(s->finding, &match, error);
}

/* Before a stretch is shown: see find_regex.c. */
static memscan_status mend(ms_finding *finding, ms_find_work *work, size_t index, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; finding->has_regex && i < work->marked_count && status == MEMSCAN_OK; i++)
        if (ms_question_regex(finding->questions[work->marked[i]]))
            status = ms_find_mend_regex(finding, work, index, work->marked[i], error);
    return status;
}

static memscan_status show_unit(ms_finding *finding, ms_find_work *work, memscan_error *error)
{
    uint64_t scanned = 0, hard = 0;
    showing shows = { finding, work };
    for (size_t i = 0; work->marked_count && i < work->reader.stretches.count; i++) {
        const ms_stretch *stretch = ms_array_at(&work->reader.stretches, i);
        size_t shown = 0;
        if (!stretch->own)
            continue;
        memscan_status status = mend(finding, work, i, error);
        if (status == MEMSCAN_OK)
            status = ms_find_each_start(work, i, show_start, &shows, &shown, error);
        scanned += shown;
        hard += ms_find_count_hard(work, i, shown);
        if (status) {
            finding->account.scanned += scanned - hard;
            finding->account.slots[MS_SLOT_FAIL + MEMSCAN_FAIL_TOO_HARD] += hard;
            return status;
        }
    }
    return MEMSCAN_OK;
}

static memscan_status show_run(ms_finding *finding, const ms_noted_run *run, const uint8_t *at, memscan_error *error)
{
    memscan_match match = { .question = run->question,
                            .type = run->type,
                            .types = run->types,
                            .layout = ms_question_layout(finding->questions[run->question]),
                            .length = run->length,
                            .region = run->region };
    for (uint32_t i = 0; i < run->count; i++) {
        uint32_t scanned = ms_find_noted(run, &at, &match);
        memscan_status status = show(finding, &match, error);
        if (status) {
            finding->account.scanned += scanned;
            return status;
        }
    }
    return MEMSCAN_OK;
}

static memscan_status show_note(ms_finding *finding, const ms_find_note *note, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t at = 0; at < note->used && !status;) {
        const uint8_t *first;
        const ms_noted_run *run = ms_find_noted_run(note, &at, &first);
        status = show_run(finding, run, first, error);
    }
    return status;
}

memscan_status ms_find_deliver(void *context, void *delivered, const ms_account *account, memscan_error *error)
{
    ms_finding *finding = context;
    ms_find_work *work = delivered;
    ms_account booked = *account;
    const ms_find_note *note = &finding->notes[finding->delivered++ % finding->note_count];
    memscan_status status = ms_proof_reach(&finding->proof, note->read_at, error);
    if (!status && !work)
        status = show_note(finding, note, error);
    else if (!status)
        status = ms_vanished_book(&finding->vanished, &work->reader, &booked, error);
    if (!status && work) {
        ms_account untold = { 0 };
        uint64_t hard = ms_find_book_hard(work, 0, &untold);
        status = show_unit(finding, work, error);
        ms_find_book_hard(work, hard, &booked);
    }
    if (!status)
        ms_account_add(&finding->account, &booked);
    return status;
}
