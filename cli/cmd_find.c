/* cmd_find.c - search the target for all expressions in one pass; matches are printed as they come, in address order,
 * and the account of every byte closes the answer, however the search ended. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"
#include "filter.h"
#include "search.h"
#include "target.h"
#include "units.h"

#define MOST_CONTEXT 4096u

static const char *const examples[] = {
    "memscan --pid 1234 find i32:100",
    "the number 100 in 32 bits",
    "memscan --pid 1234 find 100..200 --type int",
    "from 100 to 200, in any width",
    "memscan --pid 1234 find 1.5",
    "what rounds to 1.5, in f32 and f64",
    "memscan --pid 1234 find '\"Player One\"'",
    "text",
    "memscan --pid 1234 find text/i:player utf16/i:player",
    "text in any case, as UTF-8 and UTF-16",
    "memscan --pid 1234 find 'hex:48 8B ?? 05'",
    "bytes, some of them unknown",
    "memscan --pid 1234 find '/gold: [0-9]+/'",
    "a regular expression",
    "memscan --name game find i32:100 --range '[heap]'",
    "in one place only",
    "memscan --pid 1234 find i32:100 i32:200 --json",
    "two at once, as JSON lines",
    NULL,
};

typedef struct search {
    cli *call;
    memscan_target *target;
    const memscan_question **questions;
    size_t question_count;
    uint64_t context; /* bytes to show on both sides */
    uint64_t highest;
    uint8_t *context_bytes, *context_outcomes;
    uint64_t context_start;
} search;

/* ---- expressions ---- */

static void drop_questions(search *s)
{
    for (size_t i = 0; i < s->question_count; i++)
        memscan_question_destroy((memscan_question *)(uintptr_t)s->questions[i]);
    s->question_count = 0;
}

static memscan_status parse_questions(search *s, memscan_layout layout, memscan_error *error)
{
    const cli_arguments *a = &s->call->arguments;
    memscan_type fallback;
    memscan_status status = cli_fallback_type(a, &fallback, error);
    drop_questions(s);
    for (size_t i = 0; i < a->operand_count && status == MEMSCAN_OK; i++) {
        memscan_question *question;
        status = memscan_question_parse(a->operands[i], fallback, layout, NULL, &question, error);
        if (status == MEMSCAN_OK)
            s->questions[s->question_count++] = question;
    }
    return status;
}

static memscan_status explain(search *s, memscan_error *error)
{
    cli_printer *printer = s->call->printer;
    for (size_t i = 0; i < s->question_count; i++) {
        char none[1];
        size_t length = memscan_question_describe(s->questions[i], none, sizeof none);
        char *canonical = malloc(length + 1);
        if (canonical == NULL)
            return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
        memscan_question_describe(s->questions[i], canonical, length + 1);
        printer->form->explained(printer, &(cli_explained){ i, canonical, memscan_question_types(s->questions[i]) });
        free(canonical);
    }
    return MEMSCAN_OK;
}

/* ---- matches ---- */

static int note_gap(const memscan_gap *gap, void *context)
{
    search *s = context;
    memset(s->context_outcomes + (gap->address - s->context_start), (int)gap->outcome, (size_t)gap->size);
    return 0;
}

/* Reads what lies around a match; the match itself is taken as it was judged, for the target runs on. */
static bool read_context(search *s, const memscan_match *match, cli_bytes *around)
{
    size_t shown = match->length < MOST_CONTEXT ? match->length : MOST_CONTEXT;
    uint64_t before = match->address < s->context ? match->address : s->context;
    uint64_t end = match->address + (shown - 1);
    uint64_t after = s->highest - end < s->context ? s->highest - end : s->context;
    size_t size = (size_t)(before + shown + after);
    memscan_error untold;
    s->context_start = match->address - before;
    memset(s->context_outcomes, MEMSCAN_WHOLE, size);
    if (memscan_read_partial(s->target, s->context_start, s->context_bytes, size, 0, note_gap, s, &untold) !=
        MEMSCAN_OK)
        return false;
    memcpy(s->context_bytes + before, match->bytes, shown);
    memset(s->context_outcomes + before, MEMSCAN_WHOLE, shown);
    *around = (cli_bytes){ s->context_start, s->context_bytes, s->context_outcomes, size, false };
    return true;
}

static int show_match(const memscan_match *match, void *context)
{
    search *s = context;
    cli_printer *printer = s->call->printer;
    char place[MEMSCAN_PLACE_MAX];
    cli_bytes around;
    bool has_context = s->context > 0 && read_context(s, match, &around);
    memscan_place(s->target, match->address, place, sizeof place);
    printer->form->match(printer, &(cli_match){ match, place, s->question_count, has_context ? &around : NULL });
    return printer->failed != 0;
}

/* ---- options ---- */

static memscan_status parse_shard(const cli_arguments *arguments, memscan_find_options *options, memscan_error *error)
{
    const char *text = cli_value(arguments, CLI_SHARD), *slash = text != NULL ? strchr(text, '/') : NULL;
    char first[24], shown[64];
    uint64_t shard = 0, shards = 0;
    if (text == NULL)
        return MEMSCAN_OK;
    if (slash != NULL && (size_t)(slash - text) < sizeof first) {
        snprintf(first, sizeof first, "%.*s", (int)(slash - text), text);
        if (cli_parse_number(first, &shard) && cli_parse_number(slash + 1, &shards) && shard >= 1 && shard <= shards &&
            shards <= UINT32_MAX) {
            options->shard = (uint32_t)shard;
            options->shards = (uint32_t)shards;
            return MEMSCAN_OK;
        }
    }
    memscan_escape(text, shown, sizeof shown);
    return cli_wrong(error, "the first of four is 1/4, the last 4/4", "--shard wants K/N, not %s", shown);
}

static memscan_status parse_options(search *s, memscan_find_options *options, memscan_error *error)
{
    const cli_arguments *a = &s->call->arguments;
    uint64_t jobs = 0;
    memscan_status status = cli_parse_count(a, CLI_ALIGN, 1, UINT64_MAX, &options->alignment, error);
    if (status == MEMSCAN_OK)
        status = cli_parse_count(a, CLI_LIMIT, 1, UINT64_MAX, &options->limit, error);
    if (status == MEMSCAN_OK)
        status = cli_parse_count(a, CLI_JOBS, 1, 1024, &jobs, error);
    if (status == MEMSCAN_OK)
        status = cli_parse_count(a, CLI_CONTEXT, 1, MOST_CONTEXT, &s->context, error);
    if (status == MEMSCAN_OK)
        status = cli_parse_timeout(a, &options->timeout_ms, error);
    if (status == MEMSCAN_OK)
        status = parse_shard(a, options, error);
    options->workers = (uint32_t)jobs;
    options->progress = cli_search_progress;
    options->progress_context = s->call->printer;
    options->cancel = s->call->cancel;
    return status;
}

/* ---- the search ---- */

static int find(search *s, const memscan_facts *facts, const memscan_find_options *options)
{
    memscan_error error;
    memscan_report report = { 0 };
    cli_begin_target(s->call, facts);
    memscan_status status =
        memscan_find_all(s->target, s->questions, s->question_count, options, show_match, s, &report, &error);
    cli_end end = { report.complete != 0, "matches", "match", report.matches, &report, NULL, false };
    s->call->printer->form->end(s->call->printer, &end);
    if (status == MEMSCAN_OK && report.asked == 0)
        s->call->printer->form->note(s->call->printer, "there is no memory where this search was to look");
    if (!cli_search_is_explained(status))
        cli_report(s->call, &error);
    return cli_search_exit(s->call, status, &report, report.matches);
}

static int search_target(search *s, memscan_find_options *options, cli_filter *filter)
{
    memscan_error error;
    memscan_facts facts;
    memscan_status status = cli_target_open(s->call, MEMSCAN_READ, &s->target, &facts, &error);
    if (status == MEMSCAN_OK)
        status = parse_questions(s, facts.layout, &error);
    if (status == MEMSCAN_OK)
        status = cli_filter_parse_ranges(filter, &s->call->arguments, s->target, &error);
    if (status != MEMSCAN_OK)
        return cli_report(s->call, &error);
    options->filter = filter->filter;
    s->highest = facts.highest_address;
    return find(s, &facts, options);
}

static memscan_status prepare(search *s, memscan_find_options *options, cli_filter *filter, memscan_error *error)
{
    size_t around = 2 * MOST_CONTEXT + MOST_CONTEXT;
    s->questions = calloc(s->call->arguments.operand_count, sizeof(const memscan_question *));
    s->context_bytes = malloc(around);
    s->context_outcomes = malloc(around);
    if (s->questions == NULL || s->context_bytes == NULL || s->context_outcomes == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    memscan_status status = cli_filter_parse(filter, &s->call->arguments, error);
    if (status == MEMSCAN_OK)
        status = parse_options(s, options, error);
    /* Once for the most common layout: what cannot be meant shows before any target is opened. */
    return status == MEMSCAN_OK ? parse_questions(s, (memscan_layout){ 8, 0 }, error) : status;
}

static int run(cli *call)
{
    memscan_error error;
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    cli_filter filter = { .ranges = NULL };
    search s = { .call = call };
    memscan_status status = prepare(&s, &options, &filter, &error);
    int code = CLI_EXIT_DONE;
    if (status == MEMSCAN_OK && cli_has(&call->arguments, CLI_EXPLAIN))
        status = explain(&s, &error);
    else if (status == MEMSCAN_OK)
        code = search_target(&s, &options, &filter);
    if (status != MEMSCAN_OK)
        code = cli_report(call, &error);
    drop_questions(&s);
    cli_target_close(call, s.target);
    cli_filter_deinit(&filter);
    free(s.questions);
    free(s.context_bytes);
    free(s.context_outcomes);
    return code;
}

const cli_command cli_cmd_find = {
    .name = "find",
    .summary = "search for values, text or bytes; matches come in address order",
    .operands = "EXPR...",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_TARGET | CLI_COMMON | CLI_SELECTION | CLI_BIT(CLI_TYPE) | CLI_BIT(CLI_ALIGN) | CLI_BIT(CLI_ALL) |
               CLI_BIT(CLI_SWAPPED) | CLI_BIT(CLI_JOBS) | CLI_BIT(CLI_TIMEOUT) | CLI_BIT(CLI_SUSPEND) |
               CLI_BIT(CLI_SHARD) | CLI_BIT(CLI_LIMIT) | CLI_BIT(CLI_CONTEXT) | CLI_BIT(CLI_EXPLAIN) |
               CLI_BIT(CLI_NO_MATCH_OK),
    .examples = examples,
    .details =
        "An EXPR is [TYPE:]VALUE. Types: i8 i16 i32 i64 u8 u16 u32 u64 f32 f64, int, float, num (several at once), "
        "ptr, "
        "text, utf16, text/i and utf16/i (in any case), hex, bits, re. be: before a type means big-endian. Values: "
        "100, 0x64, -7, 1.5, 100..200, 'not "
        "5', "
        "'above 5', 'at least 5', 'below 5', 'at most 5', 1.5~0.01 (a tolerance), =1.5 (exact).\n"
        "Without a type a plain number is i32, one with a point is a float, \"...\" is text, two or more byte tokens "
        "are hex, /.../ is re, a regular expression over bytes (matches of up to 4096). A word that begins with - and "
        "a digit is a value; -- ends the options.\n"
        "Numbers are looked for in writable memory, bytes and text in all readable memory; --perm or --kind replace "
        "that choice, --all widens it. Untouched private pages are zero: they are skipped and counted, never made "
        "resident. Nothing is stopped unless --suspend asks for it.\n"
        "Exit: 0 found, 1 nothing found, 3 a part could not be read or judged, 4 the target ended, 5 not permitted.",
    .run = run,
};
