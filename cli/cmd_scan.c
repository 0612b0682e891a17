/* cmd_scan.c - the first search of a session, and the next ones. What is left is counted, shown when it is little, and
 * what one may type then is said. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"
#include "filter.h"
#include "prompt.h"
#include "search.h"
#include "session.h"
#include "target.h"

#define FEW 10 /* matches that are shown at once */

static const char *const scan_examples[] = {
    "memscan --pid 1234 scan 100",
    "remember every place that holds 100",
    "memscan --pid 1234 scan i32:unknown",
    "remember everything: the value is not shown",
    "memscan --pid 1234 scan 50..150 --type int",
    "a range, in any width",
    "memscan --pid 1234 scan 'f32:above 0' --session hp",
    "in a session of another name",
    "memscan --pid 1234 scan 100 --mark full",
    "name these values: `next 'decreased since full'`",
    "memscan --pid 1234 scan i32:unknown --track",
    "the next scans read only what was written",
    NULL,
};

static const char *const next_examples[] = {
    "memscan --pid 1234 next 95",
    "keep what holds 95 now",
    "memscan --pid 1234 next decreased",
    "what is less than at the last scan",
    "memscan --pid 1234 next +5",
    "what is 5 more",
    "memscan --pid 1234 next unchanged since first",
    "what is again as it was at the first scan",
    "memscan --pid 1234 next =-5",
    "a value with a sign",
    NULL,
};

typedef struct scanning {
    cli *call;
    bool is_first;
    memscan_target *target;
    memscan_facts facts;
    memscan_scan *scan;
    memscan_scan_options options;
    cli_filter filter;
    char *expression;
    char path[CLI_SESSION_PATH];
    memscan_report report;
} scanning;

/* ---- what was asked ---- */

/* The words, joined by spaces. */
static char *join_words(const cli_arguments *a)
{
    size_t length = 1;
    for (size_t i = 0; i < a->operand_count; i++)
        length += strlen(a->operands[i]) + 1;
    char *joined = calloc(length, 1);
    for (size_t i = 0; i < a->operand_count && joined != NULL; i++) {
        if (i > 0)
            strcat(joined, " ");
        strcat(joined, a->operands[i]);
    }
    return joined;
}

/* At the prompt one target stays open from scan to scan; else the next one is made by another memscan. */
static memscan_track wanted_tracking(const cli *call)
{
    bool wanted = cli_has(&call->arguments, CLI_TRACK) || (call->prompt != NULL && cli_prompt_tracks(call->prompt));
    return !wanted ? MEMSCAN_TRACK_NONE : call->prompt != NULL ? MEMSCAN_TRACK_OPEN : MEMSCAN_TRACK_LASTING;
}

static memscan_status parse_options(scanning *s, memscan_error *error)
{
    const cli_arguments *a = &s->call->arguments;
    memscan_scan_options *o = &s->options;
    uint64_t jobs = 0;
    memscan_status status = cli_fallback_type(a, &o->fallback, error);
    if (status == MEMSCAN_OK)
        status = cli_parse_count(a, CLI_ALIGN, 1, UINT64_MAX, &o->alignment, error);
    if (status == MEMSCAN_OK)
        status = cli_parse_count(a, CLI_JOBS, 1, 1024, &jobs, error);
    if (status == MEMSCAN_OK)
        status = cli_parse_bytes(a, CLI_MEMORY_LIMIT, &o->memory_limit, error);
    if (status == MEMSCAN_OK)
        status = cli_parse_timeout(a, &o->timeout_ms, error);
    if (status == MEMSCAN_OK)
        status = cli_filter_parse(&s->filter, a, error);
    o->workers = (uint32_t)jobs;
    o->track = wanted_tracking(s->call);
    o->progress = cli_search_progress;
    o->progress_context = s->call->printer;
    o->cancel = s->call->cancel;
    return status;
}

/* As the library has it (memscan_scan_mark), but before anything is searched. */
static memscan_status check_mark(const cli_arguments *a, memscan_error *error)
{
    const char *mark = cli_value(a, CLI_MARK);
    char shown[96];
    if (mark == NULL)
        return MEMSCAN_OK;
    size_t length = strspn(mark, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    if (length > 0 && length <= 64 && mark[length] == '\0' && strcmp(mark, "first") != 0)
        return MEMSCAN_OK;
    memscan_escape(mark, shown, sizeof shown);
    return cli_wrong(error, "1 to 64 letters, digits, - and _, and not `first`", "not a name for a scan's values: %s",
                     shown);
}

static memscan_status prepare(scanning *s, memscan_error *error)
{
    s->expression = join_words(&s->call->arguments);
    if (s->expression == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    memscan_status status = check_mark(&s->call->arguments, error);
    if (status == MEMSCAN_OK)
        status = parse_options(s, error);
    if (status == MEMSCAN_OK)
        status = cli_target_open(s->call, MEMSCAN_READ, &s->target, &s->facts, error);
    if (status == MEMSCAN_OK)
        status = cli_filter_parse_ranges(&s->filter, &s->call->arguments, s->target, error);
    s->options.filter = s->filter.filter;
    return status;
}

/* ---- the scan ---- */

static memscan_status open_session(scanning *s, memscan_error *error)
{
    if (!s->is_first)
        return cli_session_open(s->call, s->target, &s->facts, &s->options, &s->scan, error);
    memscan_status status = cli_session_path(s->call, &s->facts, s->path, sizeof s->path, error);
    if (status == MEMSCAN_OK)
        status = cli_session_prepare(s->path, error);
    return status == MEMSCAN_OK ? memscan_scan_create(s->target, &s->options, &s->scan, error) : status;
}

static memscan_status judge(scanning *s, memscan_error *error)
{
    const char *mark = cli_value(&s->call->arguments, CLI_MARK);
    memscan_status status = s->is_first ? memscan_scan_first(s->scan, s->expression, s->path, &s->report, error)
                                        : memscan_scan_next(s->scan, s->expression, &s->report, error);
    return status == MEMSCAN_OK && mark != NULL ? memscan_scan_mark(s->scan, mark, error) : status;
}

static void advise(const scanning *s, uint64_t count)
{
    char start[300], sentence[700];
    const char *which = count == 1 ? "" : "@1 ";
    cli_session_advice(s->call, &s->facts, start, sizeof start);
    if (count == 0)
        snprintf(sentence, sizeof sentence, "nothing is left. `%sundo` goes one step back, `scan EXPR` begins anew",
                 start);
    else if (count <= FEW)
        snprintf(sentence, sizeof sentence,
                 "then: `%sset %s999` changes it, `hold @1 999` keeps it, `next EXPR` goes on", start, which);
    else
        snprintf(sentence, sizeof sentence,
                 "let the value change, then: `%snext 95`, or next decreased, increased, changed, unchanged, +5, -5",
                 start);
    s->call->printer->form->note(s->call->printer, sentence);
}

/* What is left, after a scan that went well. */
static memscan_status show_rest(scanning *s, memscan_error *error)
{
    cli_shown shown;
    uint64_t count = memscan_scan_count(s->scan);
    memscan_status status = cli_session_show_step(s->call, s->scan, error);
    if (status == MEMSCAN_OK && count <= FEW)
        status = cli_session_show_matches(s->call, s->target, s->scan, 0, &shown, error);
    return status;
}

static int scan(scanning *s)
{
    memscan_error error;
    cli_begin_target(s->call, &s->facts);
    memscan_status status = judge(s, &error);
    uint64_t count = memscan_scan_count(s->scan);
    memscan_status shown = status == MEMSCAN_OK ? show_rest(s, &error) : status;
    bool complete = status == MEMSCAN_OK && s->report.complete != 0;
    cli_end end = { complete, "matches", "match", count, &s->report, NULL, status == MEMSCAN_OK };
    s->call->printer->form->end(s->call->printer, &end);
    if (status == MEMSCAN_OK)
        advise(s, count);
    if (shown == MEMSCAN_BUSY)
        cli_session_add_hint(s->call, &s->facts, &error);
    if (!cli_search_is_explained(shown))
        cli_report(s->call, &error);
    return cli_search_exit(s->call, shown, &s->report, count);
}

static int run(cli *call, bool is_first)
{
    memscan_error error;
    scanning *s = calloc(1, sizeof *s);
    if (s == NULL) {
        cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
        return cli_report(call, &error);
    }
    s->call = call;
    s->is_first = is_first;
    s->options = (memscan_scan_options)MEMSCAN_SCAN_OPTIONS_INIT;
    memscan_status status = prepare(s, &error);
    if (status == MEMSCAN_OK)
        status = open_session(s, &error);
    int code = status == MEMSCAN_OK ? scan(s) : cli_report(call, &error);
    memscan_scan_destroy(s->scan);
    cli_target_close(call, s->target);
    cli_filter_deinit(&s->filter);
    free(s->expression);
    free(s);
    return code;
}

static int run_scan(cli *call)
{
    return run(call, true);
}

static int run_next(cli *call)
{
    return run(call, false);
}

#define TRACK_DETAILS                                                                                                  \
    "--track, given to this scan and to the next one, spares reading what nobody wrote between them; what is found "   \
    "is "                                                                                                              \
    "the same. It is the one thing that touches the target: the first write to each page after a scan costs it about " \
    "a microsecond, and huge pages may be split as they are written. Where the system has no soft-dirty marks it "     \
    "works "                                                                                                           \
    "in `memscan shell` only, and elsewhere says so."

#define SESSION_DETAILS                                                                                                \
    "The session is a file: each process has one of its own, --session names others. `undo` and `redo` walk its "      \
    "steps, also in another memscan, also tomorrow, as long as the process lives."

const cli_command cli_cmd_scan = {
    .name = "scan",
    .summary = "begin a search that remembers: what is left, `next` judges again",
    .operands = "EXPR",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_TARGET | CLI_COMMON | CLI_SELECTION | CLI_BIT(CLI_TYPE) | CLI_BIT(CLI_ALIGN) | CLI_BIT(CLI_ALL) |
               CLI_BIT(CLI_SWAPPED) | CLI_BIT(CLI_JOBS) | CLI_BIT(CLI_TIMEOUT) | CLI_BIT(CLI_SUSPEND) |
               CLI_BIT(CLI_NO_MATCH_OK) | CLI_BIT(CLI_SESSION) | CLI_BIT(CLI_MARK) | CLI_BIT(CLI_MEMORY_LIMIT) |
               CLI_BIT(CLI_TRACK),
    .examples = scan_examples,
    .details =
        "An EXPR is as for `find` (`memscan help find`), or unknown (also ?), which remembers everything; the words "
        "are joined by spaces. What is left is counted and, when it is little, shown.\n" SESSION_DETAILS "\n"
        "--mark NAME gives the values of this scan a name, so that a later `next` can compare with them: `next "
        "changed since NAME`. `since first` needs no mark.\n" TRACK_DETAILS "\n"
        "Exit: 0 matches, 1 none, 3 a part could not be judged, 4 the target ended, 5 not permitted.",
    .run = run_scan,
};

const cli_command cli_cmd_next = {
    .name = "next",
    .summary = "keep those matches of the session that fit now",
    .operands = "EXPR",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS | CLI_BIT(CLI_TYPE) | CLI_BIT(CLI_JOBS) |
               CLI_BIT(CLI_TIMEOUT) | CLI_BIT(CLI_SUSPEND) | CLI_BIT(CLI_NO_MATCH_OK) | CLI_BIT(CLI_MARK) |
               CLI_BIT(CLI_MEMORY_LIMIT) | CLI_BIT(CLI_TRACK),
    .examples = next_examples,
    .details =
        "Judged on the present value: 100, 100..200, above 5 and whatever else `scan` takes; a value with a sign is "
        "written =-5. Against the last scan: changed, unchanged, increased, decreased, +5, -5, +5..+9, +10%, -10%. "
        "With `since first` or `since NAME` behind it: against the first scan, or the one that --mark "
        "named.\n" SESSION_DETAILS "\n" TRACK_DETAILS "\n"
        "Memory that vanished drops its matches; memory that could not be read this time keeps them, and the exit is "
        "3.\n"
        "Exit: 0 matches are left, 1 none, 2 no session or not this process's, 3 a part could not be judged, 4 the "
        "target ended.",
    .run = run_next,
};
