/* deliver.c - the matches of one unit, shown in order; and the accounts of all units, summed up.
 *
 * Bytes are booked when their unit is delivered, so that a search that ends early tells the same however many
 * workers ran ahead: of the unit in which it ended, the bytes up to the last match shown count as scanned, and
 * nothing else. Holes are looked up only here: see vanished.h. */
#include "finding.h"

#include "../base/bits.h"
#include "../base/error.h"

/* Matches shown between two looks at the clock and the cancel token. */
enum { MATCHES_PER_TICK = 4096 };

memscan_status ms_find_tick(void *context, memscan_error *error)
{
    ms_finding *finding = context;
    memscan_status status = ms_progress_tick(&finding->progress, ms_account_total(&finding->account),
                                             finding->selection.asked, finding->report->matches, error);
    if (status)
        finding->report->stopped = finding->progress.stopped;
    return status;
}

/* Shows one match. Anything but OK ends the search; LIMIT is no failure, and leaves the error record alone. */
static memscan_status show(ms_finding *finding, const ms_find_work *work, size_t stretch_index, size_t offset,
                           size_t question, memscan_error *error)
{
    const ms_stretch *stretch = ms_array_at(&work->reader.stretches, stretch_index);
    const memscan_question *asked = finding->questions[question];
    memscan_match match = { .address = stretch->address + offset,
                            .question = question,
                            .layout = ms_question_layout(asked),
                            .bytes = work->buffer + stretch->offset + offset,
                            .region = stretch->area->region };
    if (ms_question_regex(asked)) {
        match.types = memscan_question_types(asked);
        match.length = ms_find_regex_length(finding, work, stretch_index, question, offset);
        finding->covered[question] = match.address + match.length;
    } else {
        size_t available = ms_find_reach(finding, work, stretch_index, question) - offset;
        match.types =
            ms_question_at(asked, match.bytes, available, match.address, finding->options.alignment, &match.length);
    }
    match.type = ms_question_best_type(match.types);
    finding->report->matches++;
    if (finding->match(&match, finding->match_context)) {
        finding->report->stopped = MEMSCAN_STOP_CALLER;
        return ms_fail(error, MEMSCAN_STOPPED, "stopped by the match callback");
    }
    if (finding->report->matches == finding->options.limit) {
        finding->report->stopped = MEMSCAN_STOP_LIMIT;
        return MEMSCAN_LIMIT;
    }
    return finding->report->matches % MATCHES_PER_TICK ? MEMSCAN_OK : ms_find_tick(finding, error);
}

/* Shows what begins at one offset, question by question. */
static memscan_status show_offset(ms_finding *finding, const ms_find_work *work, size_t stretch, size_t offset,
                                  size_t word, uint64_t bit, memscan_error *error)
{
    for (size_t i = 0; i < finding->marked_count; i++) {
        size_t question = finding->marked[i];
        memscan_status status = MEMSCAN_OK;
        if (work->bitmaps[question][word] & bit)
            status = show(finding, work, stretch, offset, question, error);
        if (status)
            return status;
    }
    return MEMSCAN_OK;
}

static uint64_t united(const ms_finding *finding, const ms_find_work *work, size_t word)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < finding->marked_count; i++)
        bits |= work->bitmaps[finding->marked[i]][word];
    return bits;
}

/* Shows the matches of one stretch. *shown becomes the bytes up to the last one, when the search ends there. */
static memscan_status show_stretch(ms_finding *finding, const ms_find_work *work, size_t index, size_t *shown,
                                   memscan_error *error)
{
    const ms_stretch *stretch = ms_array_at(&work->reader.stretches, index);
    size_t first = *(size_t *)ms_array_at(&work->first_words, index);
    for (size_t word = 0; word < (stretch->size + 63) / 64; word++)
        for (uint64_t bits = united(finding, work, first + word); bits; bits &= bits - 1) {
            size_t offset = word * 64 + ms_lowest_bit(bits);
            memscan_status status = show_offset(finding, work, index, offset, first + word, bits & (~bits + 1), error);
            *shown = offset + 1;
            if (status)
                return status;
        }
    *shown = stretch->size;
    return MEMSCAN_OK;
}

/* Before a stretch is shown: see find_regex.c. */
static memscan_status mend(ms_finding *finding, ms_find_work *work, size_t index, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; finding->has_regex && i < finding->marked_count && status == MEMSCAN_OK; i++)
        if (ms_question_regex(finding->questions[finding->marked[i]]))
            status = ms_find_mend_regex(finding, work, index, finding->marked[i], error);
    return status;
}

static void list_marked(ms_finding *finding, const ms_find_work *work)
{
    finding->marked_count = 0;
    for (size_t i = 0; i < finding->question_count; i++)
        if (work->bitmaps[i])
            finding->marked[finding->marked_count++] = i;
}

static memscan_status show_unit(ms_finding *finding, ms_find_work *work, memscan_error *error)
{
    uint64_t scanned = 0, hard = 0;
    list_marked(finding, work);
    for (size_t i = 0; finding->marked_count && i < work->reader.stretches.count; i++) {
        const ms_stretch *stretch = ms_array_at(&work->reader.stretches, i);
        size_t shown = 0;
        if (!stretch->own)
            continue;
        memscan_status status = mend(finding, work, i, error);
        if (status == MEMSCAN_OK)
            status = show_stretch(finding, work, i, &shown, error);
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

memscan_status ms_find_deliver(void *context, void *delivered, const ms_account *account, memscan_error *error)
{
    ms_finding *finding = context;
    ms_find_work *work = delivered;
    ms_account booked = *account;
    memscan_status status = MEMSCAN_OK;
    if (work)
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
