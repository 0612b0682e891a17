/* note.c - few matches, written down by the worker that found them: its unit need not travel to the caller's thread then, and
 * the buffer, which the worker's cache still holds, serves the next one. A match a unit would cost a quarter of the time else.
 *
 * Which matches of a regular expression are shown is decided only when they are: they travel, and so does a unit of which
 * something could not be read. */
#include "finding.h"

typedef struct noting {
    const ms_finding *finding;
    const ms_find_work *work;
    ms_find_note *note;
    uint64_t scanned; /* in the stretches before */
} noting;

/* LIMIT: what is found here cannot be noted. */
static memscan_status note_start(void *context, size_t stretch, size_t offset, size_t question, memscan_error *error)
{
    noting *n = context;
    (void)error;
    if (n->note->count == MS_NOTED_MOST || ms_question_regex(n->finding->questions[question]))
        return MEMSCAN_LIMIT;
    ms_noted *noted = &n->note->items[n->note->count];
    noted->match = ms_find_describe(n->finding, n->work, stretch, offset, question);
    if (noted->match.length > sizeof noted->bytes)
        return MEMSCAN_LIMIT;
    memcpy(noted->bytes, noted->match.bytes, noted->match.length);
    noted->match.bytes = NULL;
    noted->scanned = n->scanned + offset + 1;
    n->note->count++;
    return MEMSCAN_OK;
}

bool ms_find_note_down(const ms_finding *finding, const ms_find_work *work, ms_find_note *note)
{
    noting n = { finding, work, note, 0 };
    if (work->reader.unread.count)
        return false;
    for (size_t i = 0; i < work->reader.stretches.count; i++) {
        const ms_stretch *stretch = ms_array_at(&work->reader.stretches, i);
        size_t shown;
        if (!stretch->own)
            continue;
        if (ms_find_each_start(work, i, note_start, &n, &shown, NULL)) {
            note->count = 0;
            return false;
        }
        n.scanned += stretch->size;
    }
    return true;
}
