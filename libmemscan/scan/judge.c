/* judge.c - one unit of a search: read it, and mark where the matches of each question begin.
 *
 * Marks are taken for a question only while they are made; they stay the question's when there are any, and serve the
 * next question else. So a unit without matches, the usual one, needs the room once, and the memory for matches is
 * bounded by the units under way, however many matches there are. */
#include "finding.h"

#include "../base/error.h"
#include "../base/host.h"

static bool make_room(ms_find_work *work, const ms_finding *finding)
{
    size_t bytes = ms_plan_buffer_bytes(&finding->sweep.plan) + MS_QUESTION_PADDING;
    work->buffer = ms_resize(finding->allocator, NULL, 0, bytes); /* not zeroed */
    work->scratch = ms_question_scratch_create(finding->allocator);
    work->starts = ms_alloc_array(finding->allocator, finding->question_count, sizeof(ms_marks *));
    work->spare =
        ms_alloc_array(finding->allocator, finding->question_count + 1, sizeof(ms_marks *)); /* and one that is hard */
    work->marked = ms_alloc_array(finding->allocator, finding->question_count, sizeof(size_t));
    if (finding->has_regex)
        work->regex_scratch = ms_regex_scratch_create(finding->allocator);
    return work->buffer && work->scratch && work->starts && work->spare && work->marked &&
           (work->regex_scratch || !finding->has_regex);
}

void *ms_find_work_create(void *context)
{
    const ms_finding *finding = context;
    ms_find_work *work = ms_alloc(finding->allocator, sizeof *work);
    if (!work)
        return NULL;
    ms_unit_init(&work->unit, finding->allocator);
    ms_array_init(&work->first_words, finding->allocator, sizeof(size_t));
    if (ms_reader_init(&work->reader, finding->target, NULL)) {
        ms_free(finding->allocator, work, sizeof *work);
        return NULL;
    }
    work->reader.room.unproved = true; /* what is delivered was proved: deliver.c */
    if (make_room(work, finding))
        return work;
    ms_find_work_destroy(context, work);
    return NULL;
}

void ms_find_work_destroy(void *context, void *destroyed)
{
    const ms_finding *finding = context;
    ms_find_work *work = destroyed;
    for (size_t i = 0; work->starts && i < finding->question_count; i++)
        ms_marks_destroy(finding->allocator, work->starts[i], finding->bitmap_words);
    ms_marks_destroy(finding->allocator, work->hard, finding->bitmap_words);
    while (work->spare_count)
        ms_marks_destroy(finding->allocator, work->spare[--work->spare_count], finding->bitmap_words);
    ms_free(finding->allocator, work->starts, finding->question_count * sizeof(ms_marks *));
    ms_free(finding->allocator, work->marked, finding->question_count * sizeof(size_t));
    ms_free(finding->allocator, work->spare, (finding->question_count + 1) * sizeof(ms_marks *));
    ms_question_scratch_destroy(work->scratch);
    ms_regex_scratch_destroy(work->regex_scratch);
    ms_free(finding->allocator, work->buffer, ms_plan_buffer_bytes(&finding->sweep.plan) + MS_QUESTION_PADDING);
    ms_array_deinit(&work->first_words);
    ms_reader_deinit(&work->reader);
    ms_unit_deinit(&work->unit);
    ms_free(finding->allocator, work, sizeof *work);
}

size_t ms_find_reach(const ms_finding *finding, const ms_find_work *work, size_t index, size_t question)
{
    const ms_stretch *stretch = ms_array_at(&work->reader.stretches, index);
    size_t enough = ms_question_longest(finding->questions[question]) - 1;
    return stretch->size + ms_reader_beyond(&work->reader, index, finding->groups[question], enough);
}

/* Gives each stretch its words in marks. */
static bool lay_out(ms_find_work *work)
{
    size_t words = 0;
    work->first_words.count = 0;
    for (size_t i = 0; i < work->reader.stretches.count; i++) {
        const ms_stretch *stretch = ms_array_at(&work->reader.stretches, i);
        size_t *first = ms_array_push(&work->first_words);
        if (!first)
            return false;
        *first = words;
        words += stretch->own ? (stretch->size + 63) / 64 : 0;
    }
    return true;
}

/* Marks the matches of one question in one stretch. *found: there are some. */
static memscan_status mark_stretch(const ms_finding *finding, ms_find_work *work, size_t question, size_t index,
                                   ms_marks *starts, bool *found, memscan_error *error)
{
    const ms_stretch *stretch = ms_array_at(&work->reader.stretches, index);
    const memscan_question *asked = finding->questions[question];
    *found = false;
    if (!stretch->own || !(stretch->area->groups & finding->groups[question]))
        return MEMSCAN_OK;
    if (ms_question_regex(asked))
        return ms_find_mark_regex(finding, work, index, question, starts, found, error);
    *found = ms_question_mark(asked, work->buffer + stretch->offset, ms_find_reach(finding, work, index, question),
                              stretch->size, stretch->address, finding->options.alignment, work->scratch, starts,
                              *(size_t *)ms_array_at(&work->first_words, index));
    return MEMSCAN_OK;
}

/* Marks the matches of one question in the whole unit. */
static memscan_status mark_question(const ms_finding *finding, ms_find_work *work, size_t question, ms_marks *starts,
                                    bool *found, memscan_error *error)
{
    *found = false;
    for (size_t i = 0; i < work->reader.stretches.count; i++) {
        bool here;
        memscan_status status = mark_stretch(finding, work, question, i, starts, &here, error);
        if (status != MEMSCAN_OK)
            return status;
        *found |= here;
    }
    return MEMSCAN_OK;
}

ms_marks *ms_find_take_marks(const ms_finding *finding, ms_find_work *work)
{
    if (work->spare_count)
        return work->spare[--work->spare_count];
    return ms_marks_create(finding->allocator, finding->bitmap_words);
}

static memscan_status mark_all(const ms_finding *finding, ms_find_work *work, bool *found, memscan_error *error)
{
    for (size_t i = 0; i < finding->question_count; i++) {
        bool here;
        if (finding->sieved[i])
            continue;
        ms_marks *starts = ms_find_take_marks(finding, work);
        if (!starts)
            return ms_fail_memory(error);
        work->starts[i] = starts;
        memscan_status status = mark_question(finding, work, i, starts, &here, error);
        if (status != MEMSCAN_OK)
            return status;
        *found |= here;
        if (!here) {
            work->starts[i] = NULL;
            work->spare[work->spare_count++] = starts;
        }
    }
    return ms_find_sieve_mark(finding, work, found, error);
}

static void give_back(const ms_finding *finding, ms_find_work *work, ms_marks **marks)
{
    if (!*marks)
        return;
    ms_marks_clear(*marks, finding->bitmap_words);
    work->spare[work->spare_count++] = *marks;
    *marks = NULL;
}

/* Takes back the marks of the unit before. */
static void clear_marks(const ms_finding *finding, ms_find_work *work)
{
    for (size_t i = 0; i < finding->question_count; i++)
        give_back(finding, work, &work->starts[i]);
    give_back(finding, work, &work->hard);
}

static void list_marked(const ms_finding *finding, ms_find_work *work)
{
    work->marked_count = 0;
    for (size_t i = 0; i < finding->question_count; i++)
        if (work->starts[i])
            work->marked[work->marked_count++] = i;
}

memscan_status ms_find_judge(void *context, void *unit, void *judging, ms_account *account, bool *kept,
                             memscan_error *error)
{
    const ms_finding *finding = context;
    ms_find_work *work = judging;
    ms_unit_take(&work->unit, unit, work->buffer);
    ms_find_note *note = &finding->notes[work->unit.number % finding->note_count];
    bool found = false;
    if (!work->warm) /* here, on a worker: all of them side by side, and not the caller's thread before there is one */
        ms_use_soon(work->buffer, finding->sweep.plan.bytes_used);
    work->warm = true;
    note->used = work->marked_count = 0;
    note->read_at = 0;
    clear_marks(finding, work);
    memscan_status status = ms_reader_read(&work->reader, &work->unit, work->buffer, error);
    if (work->unit.jobs.count)
        note->read_at = work->reader.read_at;
    if (!status && !lay_out(work))
        status = ms_fail_memory(error);
    if (status)
        return status;
    memset(work->buffer + work->unit.bytes, 0, MS_QUESTION_PADDING);
    status = mark_all(finding, work, &found, error);
    *account = work->unit.left;
    account->scanned = work->reader.scanned;
    ms_find_book_hard(work, 0, account);
    if (found)
        list_marked(finding, work);
    *kept = work->reader.unread.count || (found && !ms_find_note_down(finding, work, note));
    return status;
}
