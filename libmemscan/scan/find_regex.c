/* find_regex.c - regular expressions in a search: their matches do not overlap, each begins at or behind the end of the
 * one before, so that where one begins depends on all that precedes it, back to the last byte that was not read.
 *
 * Workers cannot know that. A worker finds the matches of a stretch as if nothing preceded it; when the stretch is
 * delivered, in order, it is known how far the last match that was told reaches. Mostly not into the stretch, or only
 * up to its first match. Else what follows is found again from there on, until both ways meet: they do at the first
 * match that both begin at the same place, and agree from there on. */
#include "finding.h"

#include "../base/bits.h"
#include "../base/error.h"

enum { STEPS_PER_LOOK = 64 }; /* between two looks at whether the search is over */

/* One expression and one stretch. */
typedef struct job {
    const ms_finding *finding;
    const ms_regex *regex;
    ms_regex_scratch *scratch;
    const uint8_t *bytes;
    size_t reach, size; /* bytes that may be looked at, and starts */
    uint64_t address;
} job;

static job job_of(const ms_finding *finding, const ms_find_work *work, ms_regex_scratch *scratch, size_t index,
                  size_t question)
{
    const ms_stretch *stretch = ms_array_at(&work->reader.stretches, index);
    return (job){ .finding = finding,
                  .regex = ms_question_regex(finding->questions[question]),
                  .scratch = scratch,
                  .bytes = work->buffer + stretch->offset,
                  .reach = ms_find_reach(finding, work, index, question),
                  .size = stretch->size,
                  .address = stretch->address };
}

/* The next match from *from on; an address that is not aligned begins none. */
static ms_regex_answer step(const job *j, size_t *from, ms_regex_span *span)
{
    uint64_t alignment = j->finding->options.alignment;
    ms_regex_answer answer = ms_regex_step(j->regex, j->scratch, j->bytes, j->reach, from, j->size, span);
    if (answer != MS_REGEX_FOUND || alignment <= 1 || (j->address + span->at) % alignment == 0)
        return answer;
    *from = span->at + 1;
    return MS_REGEX_NONE;
}

/* The first bit of a stretch in marks. */
static size_t first_bit(const ms_find_work *work, size_t stretch)
{
    return *(size_t *)ms_array_at(&work->first_words, stretch) * 64;
}

static void clear_bits(uint64_t *words, size_t from, size_t end)
{
    for (size_t at = from; at < end; at++)
        words[at / 64] &= ~(UINT64_C(1) << at % 64);
}

/* The places of the unit that no expression could be judged at: marks as the others, taken when there are any. */
static bool note_hard(const ms_finding *finding, ms_find_work *work, size_t index, size_t from, size_t count)
{
    if (!work->hard)
        work->hard = ms_find_take_marks(finding, work);
    for (size_t at = from; work->hard && at < from + count; at++)
        ms_marks_add_at(work->hard, first_bit(work, index) + at);
    return work->hard != NULL;
}

uint64_t ms_find_count_hard(const ms_find_work *work, size_t index, size_t starts)
{
    uint64_t count = 0;
    if (!work->hard)
        return 0;
    const uint64_t *words = work->hard->words + first_bit(work, index) / 64;
    for (size_t word = 0; word * 64 < starts; word++) {
        size_t left = starts - word * 64;
        count += ms_count_bits(words[word] & (left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX));
    }
    return count;
}

uint64_t ms_find_book_hard(const ms_find_work *work, uint64_t booked, ms_account *account)
{
    uint64_t hard = 0;
    for (size_t i = 0; work->hard && i < work->reader.stretches.count; i++) {
        const ms_stretch *stretch = ms_array_at(&work->reader.stretches, i);
        hard += stretch->own ? ms_find_count_hard(work, i, stretch->size) : 0;
    }
    account->scanned -= hard - booked;
    account->slots[MS_SLOT_FAIL + MEMSCAN_FAIL_TOO_HARD] += hard - booked;
    return hard;
}

memscan_status ms_find_mark_regex(const ms_finding *finding, ms_find_work *work, size_t index, size_t question,
                                  ms_marks *starts, bool *found, memscan_error *error)
{
    job j = job_of(finding, work, work->regex_scratch, index, question);
    size_t from = 0;
    *found = false;
    for (unsigned steps = 1; from < j.size; steps++) {
        ms_regex_span span = { from, j.size - from };
        bool over = steps % STEPS_PER_LOOK == 0 && ms_progress_is_over(&finding->progress);
        ms_regex_answer answer = over ? MS_REGEX_TOO_HARD : step(&j, &from, &span);
        *found |= answer == MS_REGEX_FOUND;
        if (answer == MS_REGEX_FOUND)
            ms_marks_add_at(starts, first_bit(work, index) + span.at);
        else if (answer == MS_REGEX_TOO_HARD && !note_hard(finding, work, index, span.at, span.length))
            return ms_fail_memory(error);
        if (over)
            break;
    }
    return MEMSCAN_OK;
}

size_t ms_find_regex_length(const ms_finding *finding, const ms_find_work *work, size_t index, size_t question,
                            size_t offset)
{
    job j = job_of(finding, work, finding->regex_scratch, index, question);
    ms_regex_span span;
    size_t from = offset;
    return ms_regex_step(j.regex, j.scratch, j.bytes, j.reach, &from, offset + 1, &span) == MS_REGEX_FOUND ? span.length
                                                                                                           : 0;
}

/* The last of the starts marked before `end`, or `end`: there is none. */
static size_t last_before(const uint64_t *starts, size_t end)
{
    for (size_t at = end; at-- > 0;)
        if (starts[at / 64] >> at % 64 & 1)
            return at;
    return end;
}

/* Finds again from `from` on, into which the match of a worker reaches, up to where both ways meet. */
static memscan_status find_again(const ms_finding *finding, ms_find_work *work, size_t index, size_t question,
                                 size_t from, memscan_error *error)
{
    job j = job_of(finding, work, finding->regex_scratch, index, question);
    uint64_t *starts = work->starts[question]->words + first_bit(work, index) / 64;
    while (from < j.size) {
        size_t before = from;
        ms_regex_span span;
        ms_regex_answer answer = step(&j, &from, &span);
        if (answer == MS_REGEX_TOO_HARD && !note_hard(finding, work, index, span.at, span.length))
            return ms_fail_memory(error);
        bool met = answer == MS_REGEX_FOUND && (starts[span.at / 64] >> span.at % 64 & 1);
        clear_bits(starts, before, from < j.size ? from : j.size);
        if (answer == MS_REGEX_FOUND)
            ms_marks_add_at(work->starts[question], first_bit(work, index) + span.at);
        if (met)
            return MEMSCAN_OK;
    }
    return MEMSCAN_OK;
}

memscan_status ms_find_mend_regex(const ms_finding *finding, ms_find_work *work, size_t index, size_t question,
                                  memscan_error *error)
{
    const ms_stretch *stretch = ms_array_at(&work->reader.stretches, index);
    uint64_t covered = finding->covered[question];
    uint64_t *starts = work->starts[question]->words + first_bit(work, index) / 64;
    if (covered <= stretch->address)
        return MEMSCAN_OK;
    size_t from = covered - stretch->address < stretch->size ? (size_t)(covered - stretch->address) : stretch->size;
    size_t last = last_before(starts, from);
    size_t length = last < from ? ms_find_regex_length(finding, work, index, question, last) : 0;
    clear_bits(starts, 0, from);
    return last < from && last + length > from ? find_again(finding, work, index, question, from, error) : MEMSCAN_OK;
}
