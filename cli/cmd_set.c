/* cmd_set.c - change matches of a session: one, one of several by its number, or all.
 *
 * Where several widths fit a match, the narrowest one is written that makes all of them right: the bytes behind a small
 * number may be a neighbour's by now, and what need not be touched is not. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"
#include "session.h"
#include "target.h"

#define LONGEST      4096 /* bytes of one value */
#define LONGEST_TEXT 8192

static const char *const examples[] = {
    "memscan --pid 1234 set 999",
    "the one match that is left",
    "memscan --pid 1234 set @3 999",
    "the third of several",
    "memscan --pid 1234 set all 999",
    "every one",
    "memscan --pid 1234 set @1 f32:1.5",
    "of another type than was searched for",
    NULL,
};

typedef struct setting {
    cli *call;
    memscan_target *target;
    memscan_scan *scan;
    memscan_layout layout;
    char text[LONGEST_TEXT]; /* the value */
    uint64_t number;         /* of the match; 0: all */
    uint64_t count;          /* written */
    int code;                /* of the first that failed */
    memscan_type type;
    size_t length;
    uint8_t bytes[LONGEST], old[LONGEST];
    bool old_known;
} setting;

/* ---- which, and to what ---- */

static bool parse_number(const char *text, uint64_t *number)
{
    char *end;
    if (text[0] != '@' || text[1] < '0' || text[1] > '9')
        return false;
    *number = strtoull(text + 1, &end, 10);
    return *end == '\0' && *number > 0;
}

static memscan_status parse_operands(setting *s, memscan_error *error)
{
    const cli_arguments *a = &s->call->arguments;
    bool all = a->operand_count > 1 && strcmp(a->operands[0], "all") == 0;
    bool numbered = a->operand_count > 1 && parse_number(a->operands[0], &s->number);
    size_t length = 0;
    for (size_t i = all || numbered; i < a->operand_count; i++) {
        int more = snprintf(s->text + length, sizeof s->text - length, "%s%s", length > 0 ? " " : "", a->operands[i]);
        length += more < 0 ? 0 : (size_t)more;
        if (length >= sizeof s->text)
            return cli_fail(error, MEMSCAN_LIMIT, "", "a value of more than %d characters", LONGEST_TEXT - 1);
    }
    if (all || numbered)
        return MEMSCAN_OK;
    uint64_t left = memscan_scan_count(s->scan);
    s->number = 1;
    if (left == 0)
        return cli_fail(error, MEMSCAN_NOT_FOUND, "`undo` goes one step back", "no match is left to set");
    if (left > 1)
        return cli_fail(error, MEMSCAN_AMBIGUOUS, "`set @1 VALUE` sets one of them, `set all VALUE` every one",
                        "%" PRIu64 " matches are left", left);
    return MEMSCAN_OK;
}

static memscan_status parse_as(setting *s, memscan_type type, memscan_error *error)
{
    return memscan_value_parse(s->text, type, s->layout, s->bytes, sizeof s->bytes, &s->length, &s->type, error);
}

/* Whether writing the value as this narrower type leaves the wider one right too. */
static bool rest_is_right(const setting *s, const uint8_t *wide, size_t width, size_t narrow)
{
    return !s->layout.big_endian && memcmp(wide + narrow, s->old + narrow, width - narrow) == 0;
}

/* The narrowest integer of the match's that does: `wide` is the value in the widest, already parsed. */
static void narrow_down(setting *s, uint32_t types, memscan_error *untold)
{
    static const memscan_type ascending[] = { MEMSCAN_I8,  MEMSCAN_U8,  MEMSCAN_I16, MEMSCAN_U16,
                                              MEMSCAN_I32, MEMSCAN_U32, MEMSCAN_I64, MEMSCAN_U64 };
    uint8_t wide[8];
    size_t width = s->length;
    memscan_type widest = s->type;
    memcpy(wide, s->bytes, width);
    for (size_t i = 0; i < sizeof ascending / sizeof ascending[0]; i++) {
        size_t narrow = memscan_type_width(ascending[i], 8);
        if (!(types & MEMSCAN_TYPE_BIT(ascending[i])) || narrow >= width)
            continue;
        if (parse_as(s, ascending[i], untold) == MEMSCAN_OK && memcmp(s->bytes, wide, narrow) == 0 &&
            rest_is_right(s, wide, width, narrow))
            return;
    }
    memscan_error error;
    parse_as(s, widest, &error); /* as it was */
}

/* The type to write a match as: the value's own, else the widest of the match's that it fits. */
static memscan_status choose_bytes(setting *s, const memscan_scan_match *match, memscan_error *error)
{
    static const memscan_type descending[] = { MEMSCAN_PTR, MEMSCAN_U64, MEMSCAN_I64, MEMSCAN_U32,
                                               MEMSCAN_I32, MEMSCAN_U16, MEMSCAN_I16, MEMSCAN_U8,
                                               MEMSCAN_I8,  MEMSCAN_F64, MEMSCAN_F32 };
    memscan_error untold;
    memscan_status status = parse_as(s, match->type, error);
    for (size_t i = 0; i < sizeof descending / sizeof descending[0] && status != MEMSCAN_OK; i++) {
        if (match->types & MEMSCAN_TYPE_BIT(descending[i]))
            status = parse_as(s, descending[i], &untold);
    }
    if (status != MEMSCAN_OK)
        return status;
    bool fits = (match->types & MEMSCAN_TYPE_BIT(s->type)) != 0 && s->length <= sizeof s->old;
    if (fits && memscan_type_width(s->type, s->layout.pointer_width) == 0 && s->length > match->length)
        return cli_wrong(error, "`write` puts text of any length anywhere", "%zu bytes do not fit where %zu were found",
                         s->length, match->length);
    status = memscan_read(s->target, match->address, s->old, s->length, &untold);
    if (status != MEMSCAN_OK && status != MEMSCAN_UNREADABLE && status != MEMSCAN_DENIED) {
        *error = untold;
        return status;
    }
    s->old_known = status == MEMSCAN_OK;
    bool is_integer = s->type >= MEMSCAN_I8 && s->type <= MEMSCAN_U64;
    if (fits && is_integer && s->old_known)
        narrow_down(s, match->types, &untold);
    return MEMSCAN_OK;
}

/* ---- setting ---- */

static memscan_status set_one(setting *s, const memscan_scan_match *match, memscan_error *error)
{
    char place[MEMSCAN_PLACE_MAX];
    s->layout = match->layout;
    memscan_status status = choose_bytes(s, match, error);
    if (status == MEMSCAN_OK)
        status = memscan_write(s->target, match->address, s->bytes, s->length, NULL, error);
    if (status != MEMSCAN_OK && status != MEMSCAN_CHANGED_SINCE)
        return status;
    memscan_place(s->target, match->address, place, sizeof place);
    cli_written record = { match->address, place,     s->type, s->layout, s->old_known ? s->old : NULL,
                           s->bytes,       s->length, false };
    s->call->printer->form->written(s->call->printer, &record);
    s->count++;
    return status;
}

static void note_failure(setting *s, const memscan_error *error)
{
    int code = cli_report(s->call, error);
    s->code = s->code == CLI_EXIT_DONE ? code : s->code;
}

/* What one match refuses the others may take; only the end of the target ends it all. */
static void set_all(setting *s)
{
    memscan_error error;
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_scan_match match;
    memscan_status status = MEMSCAN_OK;
    while (status != MEMSCAN_GONE && s->call->printer->failed == 0 && !memscan_cancel_is_raised(s->call->cancel) &&
           memscan_scan_each(s->scan, &cursor, &match)) {
        status = set_one(s, &match, &error);
        if (status != MEMSCAN_OK)
            note_failure(s, &error);
    }
    if (cursor.status != MEMSCAN_OK) {
        cli_fail(&error, cursor.status, "", "the session cannot be read: %s", memscan_status_name(cursor.status));
        note_failure(s, &error);
    }
}

static void set_numbered(setting *s)
{
    memscan_error error;
    memscan_scan_match match;
    memscan_status status = memscan_scan_at(s->scan, s->number, &match, &error);
    if (status == MEMSCAN_OK)
        status = set_one(s, &match, &error);
    if (status != MEMSCAN_OK)
        note_failure(s, &error);
}

static int run(cli *call)
{
    memscan_error error;
    memscan_facts facts;
    setting *s = calloc(1, sizeof *s);
    if (s == NULL) {
        cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
        return cli_report(call, &error);
    }
    s->call = call;
    memscan_status status = cli_target_open(call, MEMSCAN_WRITE, &s->target, &facts, &error);
    if (status == MEMSCAN_OK)
        status = cli_session_open(call, s->target, &facts, NULL, &s->scan, &error);
    if (status == MEMSCAN_OK)
        status = parse_operands(s, &error);
    if (status == MEMSCAN_OK) {
        cli_begin_target(call, &facts);
        if (s->number == 0)
            set_all(s);
        else
            set_numbered(s);
        cli_end_counted(call, s->code == CLI_EXIT_DONE, "value", "values", s->count);
    } else {
        s->code = cli_report(call, &error);
    }
    int code = s->code;
    memscan_scan_destroy(s->scan);
    cli_target_close(call, s->target);
    free(s);
    return code;
}

const cli_command cli_cmd_set = {
    .name = "set",
    .summary = "change what is left: one match, one of several, or all",
    .operands = "[@N | all] VALUE",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS,
    .examples = examples,
    .details = "VALUE alone needs a single match. It has the match's type unless it names another; each is read back. "
               "Where several widths fit (`int`), no more bytes are written than need be.\n"
               "Exit: 2 when several matches are left and none was named, or when the target overwrote the value at "
               "once; 3 when nothing is mapped there any more, 5 when the system refuses.",
    .run = run,
};
