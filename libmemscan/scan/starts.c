/* starts.c - the marks of a unit, read: where matches begin, and what each of them is. */
#include "finding.h"

#include "../base/bits.h"

/* The first word from `word` on and before `end` at which any question has starts, or `end`. */
static size_t next_word(const ms_find_work *work, size_t word, size_t end)
{
    for (size_t i = 0; i < work->marked_count; i++)
        end = ms_marks_next(work->starts[work->marked[i]], word, end);
    return end;
}

static uint64_t united(const ms_find_work *work, size_t word)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < work->marked_count; i++)
        bits |= work->starts[work->marked[i]]->words[word];
    return bits;
}

/* What begins at one offset, question by question. */
static memscan_status visit_offset(const ms_find_work *work, size_t stretch, size_t offset, size_t word, uint64_t bit,
                                   ms_find_start_fn *visit, void *context, memscan_error *error)
{
    for (size_t i = 0; i < work->marked_count; i++) {
        memscan_status status = MEMSCAN_OK;
        if (work->starts[work->marked[i]]->words[word] & bit)
            status = visit(context, stretch, offset, work->marked[i], error);
        if (status)
            return status;
    }
    return MEMSCAN_OK;
}

memscan_status ms_find_each_start(const ms_find_work *work, size_t stretch, ms_find_start_fn *visit, void *context,
                                  size_t *shown, memscan_error *error)
{
    size_t size = ((const ms_stretch *)ms_array_at(&work->reader.stretches, stretch))->size;
    size_t first = *(size_t *)ms_array_at(&work->first_words, stretch), end = first + (size + 63) / 64;
    for (size_t word = first; (word = next_word(work, word, end)) < end; word++)
        for (uint64_t bits = united(work, word); bits; bits &= bits - 1) {
            size_t offset = (word - first) * 64 + ms_lowest_bit(bits);
            *shown = offset + 1;
            memscan_status status =
                visit_offset(work, stretch, offset, word, bits & (~bits + 1), visit, context, error);
            if (status)
                return status;
        }
    *shown = size;
    return MEMSCAN_OK;
}

memscan_match ms_find_describe(const ms_finding *finding, const ms_find_work *work, size_t stretch, size_t offset,
                               size_t question)
{
    const ms_stretch *at = ms_array_at(&work->reader.stretches, stretch);
    const memscan_question *asked = finding->questions[question];
    memscan_match match = { .address = at->address + offset,
                            .question = question,
                            .layout = ms_question_layout(asked),
                            .bytes = work->buffer + at->offset + offset,
                            .region = at->area->region };
    if (ms_question_regex(asked)) {
        match.types = memscan_question_types(asked);
        match.length = ms_find_regex_length(finding, work, stretch, question, offset);
    } else if (!(match.types = ms_question_only(asked, &match.length))) {
        size_t available = ms_find_reach(finding, work, stretch, question) - offset;
        match.types =
            ms_question_at(asked, match.bytes, available, match.address, finding->options.alignment, &match.length);
    }
    match.type = ms_question_best_type(match.types);
    return match;
}
