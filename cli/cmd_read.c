/* cmd_read.c - show memory as a hex dump or as values. Bytes that could not be read are shown as such, counted, and
 * explained below; none is ever shown as zero. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "as_type.h"
#include "command.h"
#include "complain.h"
#include "filter.h"
#include "session.h"
#include "target.h"
#include "units.h"

#define CHUNK 65536u /* a multiple of every width and of a dump's line */

static const char *const examples[] = {
    "memscan --pid 1234 read 0x5581f0",
    "256 bytes, as a hex dump",
    "memscan --pid 1234 read game+0x41f0:64",
    "64 bytes",
    "memscan --pid 1234 read 0x5581f0 --as i32",
    "the number that stands there",
    "memscan --pid 1234 read 0x5581f0:40 --as f32",
    "ten of them",
    "memscan --pid 1234 read 0x5581f0 --as text",
    "text, up to its NUL",
    "memscan --pid 1234 read '[stack]:64' --as ptr",
    "pointers, and where each leads",
    NULL,
};

typedef struct reading {
    cli *call;
    memscan_target *target;
    memscan_view *view; /* of pointers: where they may lead; else NULL */
    memscan_layout layout;
    memscan_type type; /* NONE: a hex dump */
    memscan_range range;
    uint64_t missing[MEMSCAN_OUTCOME_COUNT]; /* bytes by reason */
    uint8_t *bytes, *outcomes;               /* CHUNK each */
    uint64_t chunk_address;
} reading;

static int note_gap(const memscan_gap *gap, void *context)
{
    reading *r = context;
    memset(r->outcomes + (gap->address - r->chunk_address), (int)gap->outcome, (size_t)gap->size);
    r->missing[gap->outcome] += gap->size;
    return 0;
}

static memscan_status read_chunk(reading *r, uint64_t address, size_t size, memscan_error *error)
{
    uint32_t flags = cli_has(&r->call->arguments, CLI_ALL) ? MEMSCAN_READ_TOUCH : 0;
    r->chunk_address = address;
    memset(r->outcomes, MEMSCAN_WHOLE, size);
    return memscan_read_partial(r->target, address, r->bytes, size, flags, note_gap, r, error);
}

static memscan_outcome outcome_of(const reading *r, size_t at, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (r->outcomes[at + i] != MEMSCAN_WHOLE)
            return r->outcomes[at + i];
    }
    return MEMSCAN_WHOLE;
}

/* Where a pointer leads; NULL where that is not to be found out, or the value is none. */
static const memscan_where *follow(const reading *r, const uint8_t *bytes, size_t width, memscan_where *where)
{
    uint64_t address = 0;
    memscan_error untold;
    if (r->view == NULL)
        return NULL;
    for (size_t i = 0; i < width; i++)
        address |= (uint64_t)bytes[r->layout.big_endian ? width - 1 - i : i] << (8 * i);
    return memscan_view_at(r->view, address, MEMSCAN_WHERE_SYMBOL, where, &untold) == MEMSCAN_OK ? where : NULL;
}

static void show_values(reading *r, size_t size)
{
    cli_printer *printer = r->call->printer;
    size_t width = memscan_type_width(r->type, r->layout.pointer_width);
    for (size_t at = 0; at < size && printer->failed == 0; at += width) {
        memscan_where where = MEMSCAN_WHERE_INIT;
        memscan_outcome outcome = outcome_of(r, at, width);
        cli_value_at value = { r->chunk_address + at, r->type, r->layout, r->bytes + at, width, outcome, NULL };
        if (outcome == MEMSCAN_WHOLE)
            value.points_to = follow(r, value.bytes, width, &where);
        printer->form->value(printer, &value);
    }
}

static bool is_nul(const reading *r, size_t at, size_t unit)
{
    return (r->type == MEMSCAN_TEXT || r->type == MEMSCAN_UTF16) && r->bytes[at] == 0 && r->bytes[at + unit - 1] == 0;
}

/* Text has no width: it goes to its NUL, or to the end of what was asked for or could be read. */
static void show_text(reading *r, size_t size)
{
    size_t unit = r->type == MEMSCAN_UTF16 ? 2 : 1, length = 0;
    while (length + unit <= size && outcome_of(r, length, unit) == MEMSCAN_WHOLE && !is_nul(r, length, unit))
        length += unit;
    memscan_outcome outcome = length == 0 ? outcome_of(r, 0, unit) : MEMSCAN_WHOLE;
    cli_value_at value = { r->chunk_address, r->type, r->layout, r->bytes, length, outcome, NULL };
    r->call->printer->form->value(r->call->printer, &value);
}

static void show_chunk(reading *r, size_t size, bool more)
{
    cli_printer *printer = r->call->printer;
    if (r->type == MEMSCAN_TYPE_NONE)
        printer->form->bytes(printer, &(cli_bytes){ r->chunk_address, r->bytes, r->outcomes, size, more });
    else if (memscan_type_width(r->type, r->layout.pointer_width) != 0)
        show_values(r, size);
    else
        show_text(r, size);
}

static uint64_t sum_of_missing(const reading *r)
{
    uint64_t sum = 0;
    for (int i = 0; i < MEMSCAN_OUTCOME_COUNT; i++)
        sum += r->missing[i];
    return sum;
}

static memscan_status show_all(reading *r, uint64_t *read, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    uint64_t length = r->range.last - r->range.start, done = 0; /* length - 1: the whole space has no length */
    while (status == MEMSCAN_OK && r->call->printer->failed == 0 && !memscan_cancel_is_raised(r->call->cancel)) {
        uint64_t left = length - done;
        size_t size = left >= CHUNK ? CHUNK : (size_t)left + 1;
        status = read_chunk(r, r->range.start + done, size, error);
        if (status != MEMSCAN_OK)
            break;
        *read += size;
        bool nothing = left < CHUNK && done == 0 && sum_of_missing(r) == size;
        if (nothing) /* one line will say so */
            break;
        show_chunk(r, size, left >= CHUNK);
        if (left < CHUNK)
            break;
        done += CHUNK;
    }
    return status;
}

/* "nothing can be read at 0x10: not mapped", "part of it could not be read: 4.0 KiB not mapped, 12 B protected" */
static void explain_missing(const reading *r, uint64_t obtained, memscan_error *error)
{
    char reasons[160] = "", size[CLI_SIZE_TEXT];
    size_t length = 0;
    for (int i = 1; i < MEMSCAN_OUTCOME_COUNT; i++) {
        if (r->missing[i] == 0)
            continue;
        cli_size_text(r->missing[i], size, sizeof size);
        length += (size_t)snprintf(reasons + length, sizeof reasons - length, "%s%s %s", length == 0 ? "" : ", ", size,
                                   memscan_outcome_name(i));
        if (length >= sizeof reasons)
            break;
    }
    const char *hint = r->missing[MEMSCAN_ABSENT_SHARED] + r->missing[MEMSCAN_ABSENT_FILE] > 0
                           ? "--all reads absent pages through the target, which makes them resident there"
                           : "";
    if (obtained == sum_of_missing(r))
        cli_fail(error, MEMSCAN_UNREADABLE, hint, "nothing can be read at 0x%" PRIx64 ": %s", r->range.start, reasons);
    else
        cli_fail(error, MEMSCAN_UNREADABLE, hint, "part of it could not be read: %s", reasons);
    error->address = r->range.start;
}

static memscan_stop why_stopped(const reading *r, memscan_status status)
{
    return status == MEMSCAN_GONE                      ? MEMSCAN_STOP_GONE
           : memscan_cancel_is_raised(r->call->cancel) ? MEMSCAN_STOP_CANCELLED
           : status != MEMSCAN_OK                      ? MEMSCAN_STOP_ERROR
                                                       : MEMSCAN_STOP_NONE;
}

static int show(reading *r)
{
    memscan_error error;
    uint64_t obtained = 0;
    memscan_status status = show_all(r, &obtained, &error);
    memscan_stop stopped = why_stopped(r, status);
    uint64_t missing = sum_of_missing(r), asked = r->range.last - r->range.start + 1; /* 0 would be 2^64: too long */
    cli_read_account account = { asked, obtained - missing, asked - obtained, r->missing, stopped };
    cli_end done = { .complete = missing == 0 && stopped == MEMSCAN_STOP_NONE, .read = &account };
    r->call->printer->form->end(r->call->printer, &done);
    if (status != MEMSCAN_OK)
        return cli_report(r->call, &error);
    if (stopped == MEMSCAN_STOP_CANCELLED)
        return CLI_EXIT_INTERRUPTED;
    if (missing == 0)
        return CLI_EXIT_DONE;
    explain_missing(r, obtained, &error);
    return cli_report(r->call, &error);
}

/* ---- what is asked for ---- */

/* Without a LENGTH: one value, or what fits a screen, but not beyond the region: nobody asked for what is there. */
static uint64_t default_length(reading *r, const char *text)
{
    uint64_t address, length = 256;
    memscan_region region;
    memscan_error untold; /* cli_stretch_parse will say what is wrong with the address */
    size_t width = memscan_type_width(r->type, r->layout.pointer_width);
    if (width != 0)
        return width;
    if (cli_stretch_has_length(text) || memscan_resolve(r->target, text, &address, &untold) != MEMSCAN_OK ||
        memscan_region_at(r->target, address, &region, &untold) != MEMSCAN_OK)
        return 1;
    uint64_t left = region.size - (address - region.start);
    return left < length ? left : length;
}

static memscan_status check_length(const reading *r, memscan_error *error)
{
    size_t width = memscan_type_width(r->type, r->layout.pointer_width);
    uint64_t last = r->range.last - r->range.start;
    if (width > 1 && last % width != width - 1)
        return cli_wrong(error, "", "the length is not a multiple of %zu, the width of %s", width,
                         memscan_type_name(r->type));
    if (cli_is_any_length(r->type) && last >= CHUNK)
        return cli_wrong(error, "", "--as %s shows at most %u bytes", memscan_type_name(r->type), CHUNK);
    if (r->type == MEMSCAN_UTF16 && last % 2 == 0)
        return cli_wrong(error, "", "the length is not a multiple of 2, the width of utf16");
    if (last == UINT64_MAX)
        return cli_wrong(error, "", "the whole address space is too long");
    return MEMSCAN_OK;
}

static int read_target(reading *r, const memscan_facts *facts)
{
    memscan_error error;
    r->layout = facts->layout;
    memscan_status status = cli_session_expand(r->call, r->target, facts, 0, NULL, &error);
    const char *text = r->call->arguments.operands[0];
    if (status == MEMSCAN_OK)
        status = cli_stretch_parse(r->target, text, default_length(r, text), &r->range, &error);
    if (status == MEMSCAN_OK)
        status = check_length(r, &error);
    if (status != MEMSCAN_OK)
        return cli_report(r->call, &error);
    cli_begin_target(r->call, facts);
    memscan_error untold; /* the values stand without it */
    if (r->type == MEMSCAN_PTR)
        memscan_view_create(r->target, &r->view, &untold);
    int code = show(r);
    memscan_view_destroy(r->view);
    return code;
}

static int run(cli *call)
{
    memscan_error error;
    memscan_facts facts;
    reading r = { .call = call, .bytes = malloc(CHUNK), .outcomes = malloc(CHUNK) };
    memscan_status status = MEMSCAN_OK;
    if (r.bytes == NULL || r.outcomes == NULL)
        status = cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
    if (status == MEMSCAN_OK)
        status = cli_as_type(&call->arguments, MEMSCAN_TYPE_NONE, &r.type, &error);
    if (status == MEMSCAN_OK)
        status = cli_target_open(call, MEMSCAN_READ, &r.target, &facts, &error);
    int code = status == MEMSCAN_OK ? read_target(&r, &facts) : cli_report(call, &error);
    cli_target_close(call, r.target);
    free(r.bytes);
    free(r.outcomes);
    return code;
}

const cli_command cli_cmd_read = {
    .name = "read",
    .summary = "show memory as a hex dump or as values",
    .operands = "ADDRESS[:LENGTH]",
    .least_operands = 1,
    .most_operands = 1,
    .options =
        CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS | CLI_BIT(CLI_AS) | CLI_BIT(CLI_ALL) | CLI_BIT(CLI_SUSPEND),
    .examples = examples,
    .details =
        "LENGTH is in bytes (64, 0x40, 4K, 1MiB); without it, one value or 256 bytes. In a dump, -- stands for a "
        "byte where nothing is mapped and ?? for one that could not be read; a line that repeats the one before "
        "is shown as * (-v shows all). Reading leaves the target as it is: untouched private pages are shown "
        "as the zeros they hold, without making them resident. Exit 3 when a byte could not be read.",
    .run = run,
};
