/* note.c - matches, written down by the worker that found them: its unit need not travel to the caller's thread then, and
 * the buffer, which the worker's cache still holds, serves the next one. A match a unit would cost a quarter of the time else.
 *
 * Which matches of a regular expression are shown is decided only when they are: they travel, and so does a unit of which
 * something could not be read. */
#include "finding.h"

#include "../base/bytes.h"

typedef struct noting {
    const ms_finding *finding;
    const ms_find_work *work;
    ms_find_note *note;
    uint64_t scanned; /* in the stretches before */
    /* of the last run, whose question has matches of one type and length only: `alike` */
    bool alike;
    size_t stretch, question;
} noting;

/* Of one match in its run; and where a run begins that may at `used`. */
static size_t noted_bytes(size_t length)
{
    return (sizeof(uint32_t) + length + 3) / 4 * 4;
}

static size_t run_begin(size_t used)
{
    return (used + 7) / 8 * 8;
}

/* The run that a match belongs to, if there is room for both. */
static ms_noted_run *run_of(const noting *n, const memscan_match *match, uint64_t base)
{
    ms_find_note *note = n->note;
    ms_noted_run *last = note->last;
    size_t room = n->finding->note_room, needed = noted_bytes(match->length);
    if (last && last->base == base && last->region == match->region && last->types == match->types &&
        last->question == match->question && last->length == match->length)
        return needed <= room - note->used ? last : NULL;
    size_t at = run_begin(note->used);
    if (at > room || match->length > UINT16_MAX || sizeof *last + needed > room - at)
        return NULL;
    note->last = (void *)(note->room + at);
    *note->last = (ms_noted_run){ .region = match->region,
                                  .base = base,
                                  .types = match->types,
                                  .question = (uint32_t)match->question,
                                  .type = (uint16_t)match->type,
                                  .length = (uint16_t)match->length };
    note->used = at + sizeof *last;
    return note->last;
}

/* The run of a match that nobody needs to look at; NULL: look. */
static ms_noted_run *same_run(const noting *n, size_t stretch, size_t question)
{
    ms_noted_run *last = n->note->last;
    bool same = n->alike && n->stretch == stretch && n->question == question;
    return same && noted_bytes(last->length) <= n->finding->note_room - n->note->used ? last : NULL;
}

/* NULL: what is found here cannot be noted. */
static ms_noted_run *look(noting *n, size_t stretch, size_t offset, size_t question)
{
    const memscan_question *asked = n->finding->questions[question];
    size_t length;
    if (ms_question_regex(asked))
        return NULL;
    memscan_match match = ms_find_describe(n->finding, n->work, stretch, offset, question);
    n->alike = ms_question_only(asked, &length) != 0;
    n->stretch = stretch;
    n->question = question;
    return run_of(n, &match, match.address - (n->scanned + offset + 1));
}

/* LIMIT: there is no room. */
static memscan_status note_start(void *context, size_t stretch, size_t offset, size_t question, memscan_error *error)
{
    noting *n = context;
    (void)error;
    ms_noted_run *run = same_run(n, stretch, question);
    if (!run)
        run = look(n, stretch, offset, question);
    if (!run)
        return MEMSCAN_LIMIT;
    const ms_stretch *read = ms_array_at(&n->work->reader.stretches, stretch);
    uint32_t scanned = (uint32_t)(n->scanned + offset + 1);
    uint8_t *at = n->note->room + n->note->used;
    memcpy(at, &scanned, sizeof scanned);
    memcpy(at + sizeof scanned, n->work->buffer + read->offset + offset, run->length);
    n->note->used += noted_bytes(run->length);
    run->count++;
    return MEMSCAN_OK;
}

static void forget(ms_find_note *note)
{
    note->used = 0;
    note->last = NULL;
}

bool ms_find_note_down(const ms_finding *finding, const ms_find_work *work, ms_find_note *note)
{
    noting n = { .finding = finding, .work = work, .note = note };
    forget(note);
    if (work->reader.unread.count)
        return false;
    for (size_t i = 0; i < work->reader.stretches.count; i++) {
        const ms_stretch *stretch = ms_array_at(&work->reader.stretches, i);
        size_t shown;
        if (!stretch->own)
            continue;
        if (ms_find_each_start(work, i, note_start, &n, &shown, NULL)) {
            forget(note);
            return false;
        }
        n.scanned += stretch->size;
    }
    return true;
}

const ms_noted_run *ms_find_noted_run(const ms_find_note *note, size_t *at, const uint8_t **first)
{
    size_t begin = run_begin(*at);
    const ms_noted_run *run = (const void *)(note->room + begin);
    *first = (const uint8_t *)(run + 1);
    *at = begin + sizeof *run + run->count * noted_bytes(run->length);
    return run;
}

uint32_t ms_find_noted(const ms_noted_run *run, const uint8_t **at, memscan_match *match)
{
    uint32_t scanned = ms_load32(*at);
    match->address = run->base + scanned;
    match->bytes = *at + sizeof scanned;
    *at += noted_bytes(run->length);
    return scanned;
}
