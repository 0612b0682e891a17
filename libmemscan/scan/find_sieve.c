/* find_sieve.c - many texts and byte patterns at once: those that are one run of bytes go through a sieve together, all
 * others are still judged one by one. The answer is the same; beyond a few of them it comes many times faster. */
#include "finding.h"

#include "../base/error.h"
#include "../kernel/sieve.h"

enum { FEW = 4 }; /* needles that are as fast one by one */

struct ms_find_sieve {
    ms_sieve *sieve;
    const ms_needle **needles; /* of each question that has one */
    size_t *questions;         /* and its number */
    bool *taken;               /* is it in the sieve? */
    size_t count, room;
    size_t taken_count;
};

void ms_find_sieve_destroy(const ms_finding *finding, ms_find_sieve *sieve)
{
    if (!sieve)
        return;
    ms_sieve_destroy(sieve->sieve);
    ms_free(finding->allocator, sieve->needles, sieve->room * sizeof *sieve->needles);
    ms_free(finding->allocator, sieve->questions, sieve->room * sizeof *sieve->questions);
    ms_free(finding->allocator, sieve->taken, sieve->room * sizeof *sieve->taken);
    ms_free(finding->allocator, sieve, sizeof *sieve);
}

static bool fill(const ms_finding *finding, ms_find_sieve *sieve)
{
    sieve->room = finding->question_count;
    sieve->needles = ms_alloc_array(finding->allocator, sieve->room, sizeof *sieve->needles);
    sieve->questions = ms_alloc_array(finding->allocator, sieve->room, sizeof *sieve->questions);
    sieve->taken = ms_alloc_array(finding->allocator, sieve->room, sizeof *sieve->taken);
    if (!sieve->needles || !sieve->questions || !sieve->taken)
        return false;
    for (size_t i = 0; i < finding->question_count; i++) {
        sieve->needles[sieve->count] = ms_question_needle(finding->questions[i]);
        sieve->questions[sieve->count] = i;
        sieve->count += sieve->needles[sieve->count] != NULL;
    }
    if (sieve->count > FEW)
        sieve->sieve = ms_sieve_create(finding->allocator, sieve->needles, sieve->count, sieve->taken);
    return sieve->sieve || sieve->count <= FEW;
}

memscan_status ms_find_sieve_create(const ms_finding *finding, ms_find_sieve **made, memscan_error *error)
{
    *made = NULL;
    if (finding->question_count <= FEW)
        return MEMSCAN_OK;
    ms_find_sieve *sieve = ms_alloc(finding->allocator, sizeof *sieve);
    if (!sieve || !fill(finding, sieve)) {
        ms_find_sieve_destroy(finding, sieve);
        return ms_fail_memory(error);
    }
    for (size_t i = 0; i < sieve->count; i++)
        sieve->taken_count += sieve->taken[i];
    if (sieve->taken_count)
        *made = sieve;
    else
        ms_find_sieve_destroy(finding, sieve);
    return MEMSCAN_OK;
}

size_t ms_find_sieve_count(const ms_find_sieve *sieve)
{
    return sieve ? sieve->taken_count : 0;
}

void ms_find_sieve_note(const ms_find_sieve *sieve, bool *sieved)
{
    for (size_t i = 0; sieve && i < sieve->count; i++)
        sieved[sieve->questions[i]] = sieve->taken[i];
}

/* The marks of one stretch. */
typedef struct marks {
    const ms_finding *finding;
    ms_find_work *work;
    const ms_stretch *stretch;
    size_t first_word;
    bool found, no_memory;
} marks;

static void mark(void *context, size_t needle, size_t at)
{
    marks *m = context;
    size_t question = m->finding->sieve->questions[needle];
    uint64_t alignment = m->finding->options.alignment;
    ms_marks **starts = &m->work->starts[question];
    if (alignment > 1 && (m->stretch->address + at) % alignment)
        return;
    if (!*starts)
        *starts = ms_find_take_marks(m->finding, m->work);
    if (!*starts) {
        m->no_memory = true; /* and stays so, whatever the marks behind this one find */
        return;
    }
    ms_marks_add_at(*starts, m->first_word * 64 + at);
    m->found = true;
}

memscan_status ms_find_sieve_mark(const ms_finding *finding, ms_find_work *work, bool *found, memscan_error *error)
{
    for (size_t i = 0; finding->sieve && i < work->reader.stretches.count; i++) {
        const ms_stretch *stretch = ms_array_at(&work->reader.stretches, i);
        if (!stretch->own || !(stretch->area->groups & MS_GROUP_BYTES))
            continue;
        marks m = { finding, work, stretch, *(size_t *)ms_array_at(&work->first_words, i), false, false };
        size_t reach = stretch->size + ms_reader_beyond(&work->reader, i, MS_GROUP_BYTES, finding->longest - 1);
        ms_sieve_scan(finding->sieve->sieve, work->buffer + stretch->offset, reach, stretch->size, mark, &m);
        if (m.no_memory)
            return ms_fail_memory(error);
        *found |= m.found;
    }
    return MEMSCAN_OK;
}
