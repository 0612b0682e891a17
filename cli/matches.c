/* matches.c - a session's matches with the values that stand there now: read in batches, so that a million of them cost
 * some thousand system calls. */
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "session.h"

#define BATCH 256

typedef struct batch {
    memscan_scan_match matches[BATCH];
    memscan_span spans[BATCH];
    size_t count;
    uint8_t *bytes; /* the old values, then room for the present ones */
    size_t used, capacity;
} batch;

/* Room for both values of one more match. */
static bool make_room(batch *b, size_t length)
{
    if (b->capacity - b->used >= 2 * length)
        return true;
    size_t capacity = 2 * (b->capacity + 2 * length);
    uint8_t *bytes = realloc(b->bytes, capacity);
    if (bytes == NULL)
        return false;
    b->bytes = bytes;
    b->capacity = capacity;
    return true;
}

static memscan_status fill(batch *b, memscan_scan *scan, memscan_cursor *cursor, uint64_t most, memscan_error *error)
{
    memscan_scan_match match;
    b->count = b->used = 0;
    while (b->count < BATCH && b->count < most && memscan_scan_each(scan, cursor, &match)) {
        if (!make_room(b, match.length))
            return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
        memcpy(b->bytes + b->used, match.bytes, match.length);
        b->used += 2 * match.length;
        b->matches[b->count++] = match;
    }
    if (cursor->status != MEMSCAN_OK)
        return cli_fail(error, cursor->status, "", "the session cannot be read: %s",
                        memscan_status_name(cursor->status));
    size_t at = 0; /* the bytes stay where they are from here on */
    for (size_t i = 0; i < b->count; i++) {
        memscan_scan_match *m = &b->matches[i];
        m->bytes = b->bytes + at;
        b->spans[i] = (memscan_span){ .address = m->address, .size = m->length, .buffer = b->bytes + at + m->length };
        at += 2 * m->length;
    }
    return MEMSCAN_OK;
}

static void show(cli *call, memscan_target *target, const batch *b, cli_shown *shown)
{
    for (size_t i = 0; i < b->count && call->printer->failed == 0; i++) {
        char place[MEMSCAN_PLACE_MAX];
        const memscan_span *span = &b->spans[i];
        bool whole = span->done == span->size;
        memscan_place(target, span->address, place, sizeof place);
        cli_scan_match record = { &b->matches[i], whole ? span->buffer : NULL, span->outcome, place };
        call->printer->form->scan_match(call->printer, &record);
        shown->shown++;
        shown->unreadable += !whole;
    }
}

memscan_status cli_session_show_matches(cli *call, memscan_target *target, memscan_scan *scan, uint64_t limit,
                                        cli_shown *shown, memscan_error *error)
{
    batch *b = calloc(1, sizeof *b);
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_status status = MEMSCAN_OK;
    *shown = (cli_shown){ 0, 0 };
    if (b == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    do {
        status = fill(b, scan, &cursor, limit == 0 ? UINT64_MAX : limit - shown->shown, error);
        if (status == MEMSCAN_OK && b->count > 0)
            status = memscan_read_spans(target, b->spans, b->count, 0, error);
        if (status == MEMSCAN_OK)
            show(call, target, b, shown);
        if (status == MEMSCAN_OK && memscan_cancel_is_raised(call->cancel))
            status = cli_fail(error, MEMSCAN_CANCELLED, "", "interrupted");
    } while (status == MEMSCAN_OK && b->count > 0 && call->printer->failed == 0);
    free(b->bytes);
    free(b);
    return status;
}
