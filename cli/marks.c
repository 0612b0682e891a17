/* marks.c - from words to addresses: an ADDRESS as everywhere, @3 for one match of the session, "all" for all of them. */
#include "marks.h"

#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "session.h"

static memscan_status add(cli_marks *marks, memscan_target *target, uint64_t address, memscan_error *error)
{
    if (marks->count == marks->capacity) {
        size_t more = marks->capacity == 0 ? 16 : marks->capacity * 2;
        cli_mark *items = realloc(marks->items, more * sizeof *items);
        if (items == NULL)
            return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
        marks->items = items;
        marks->capacity = more;
    }
    cli_mark *mark = &marks->items[marks->count++];
    mark->address = address;
    memscan_place(target, address, mark->place, sizeof mark->place);
    return MEMSCAN_OK;
}

static memscan_status add_matches(cli_marks *marks, cli *call, memscan_target *target, const memscan_facts *facts,
                                  memscan_error *error)
{
    memscan_scan *scan;
    memscan_scan_match match;
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_status status = cli_session_open(call, target, facts, NULL, &scan, error);
    while (status == MEMSCAN_OK && marks->count < CLI_MARKS_MOST && memscan_scan_each(scan, &cursor, &match))
        status = add(marks, target, match.address, error);
    if (status == MEMSCAN_OK && cursor.status != MEMSCAN_OK)
        status = cli_fail(error, cursor.status, "", "the matches of the session cannot be read");
    memscan_scan_destroy(scan);
    if (status == MEMSCAN_OK && marks->count == CLI_MARKS_MOST)
        call->printer->form->note(call->printer, "only the first 10000 matches are marked");
    return status;
}

static memscan_status add_address(cli_marks *marks, cli *call, memscan_target *target, const memscan_facts *facts,
                                  const char *text, memscan_error *error)
{
    char *expanded = NULL;
    uint64_t address = 0;
    memscan_status status = cli_session_expand_text(call, target, facts, text, &expanded, NULL, error);
    if (status == MEMSCAN_OK)
        status = memscan_resolve(target, expanded != NULL ? expanded : text, &address, error);
    free(expanded);
    return status == MEMSCAN_OK ? add(marks, target, address, error) : status;
}

static int by_address(const void *a, const void *b)
{
    const cli_mark *first = a, *second = b;
    return (first->address > second->address) - (first->address < second->address);
}

static void sort(cli_marks *marks)
{
    size_t kept = 0;
    if (marks->count > 0)
        qsort(marks->items, marks->count, sizeof marks->items[0], by_address);
    for (size_t i = 0; i < marks->count; i++)
        if (kept == 0 || marks->items[kept - 1].address != marks->items[i].address)
            marks->items[kept++] = marks->items[i];
    marks->count = kept;
}

memscan_status cli_marks_take(cli_marks *marks, cli *call, memscan_target *target, const memscan_facts *facts,
                              memscan_error *error)
{
    const cli_arguments *a = &call->arguments;
    memscan_status status = MEMSCAN_OK;
    memset(marks, 0, sizeof *marks);
    for (size_t i = 0; i < a->given_count && status == MEMSCAN_OK; i++) {
        if (a->given[i].id != CLI_MARK)
            continue;
        status = strcmp(a->given[i].value, "all") == 0
                     ? add_matches(marks, call, target, facts, error)
                     : add_address(marks, call, target, facts, a->given[i].value, error);
    }
    sort(marks);
    return status;
}

void cli_marks_deinit(cli_marks *marks)
{
    free(marks->items);
    memset(marks, 0, sizeof *marks);
}

size_t cli_marks_seek(const cli_marks *marks, uint64_t address)
{
    size_t low = 0, high = marks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (marks->items[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
