/* cmd_alloc.c - run a program and record every allocation of it. While it runs, memscan is not there for anybody else: its
 * input, output and Ctrl-C are the program's. */
#include "cmd_alloc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "alloc_summary.h"
#include "alloc_svg.h"
#include "alloc_table.h"
#include "complain.h"
#include "units.h"

static const char *const examples[] = {
    "memscan alloc -- ls -l",
    "how many allocations, of what sizes, how long they took, and where the slowest were made",
    "memscan alloc -o alloc.tsv --svg alloc.svg -- ./game --fast",
    "also a line for each, and a picture of size against time",
    "memscan alloc --svg alloc.svg --axes linear --times 0..2us -- make",
    "the picture with linear axes, up to two microseconds",
    NULL,
};

typedef struct recorded_run {
    cli *call;
    memscan_recording *recording;
    cli_alloc_table *table;
    cli_alloc_summary *summary;
    cli_alloc_picture picture;
    FILE *svg;   /* NULL: no picture is wanted */
    bool failed; /* part of what was asked for could not be written */
} recorded_run;

/* ---- options ---- */

static bool parse_scale(const char *text, size_t length, bool *linear)
{
    *linear = length == 6 && memcmp(text, "linear", 6) == 0;
    return *linear || (length == 3 && memcmp(text, "log", 3) == 0);
}

static memscan_status parse_axes(const cli_arguments *a, cli_alloc_picture *p, memscan_error *error)
{
    const char *text = cli_value(a, CLI_AXES);
    if (text == NULL)
        return MEMSCAN_OK;
    size_t length = strcspn(text, ",");
    const char *times = text[length] == ',' ? text + length + 1 : text;
    if (parse_scale(text, length, &p->sizes.linear) && parse_scale(times, strlen(times), &p->times.linear))
        return MEMSCAN_OK;
    return cli_wrong(error, "log, linear, or one for sizes and one for times: log,linear",
                     "--axes wants log or linear");
}

static bool parse_size(const char *text, double *number)
{
    uint64_t bytes;
    if (!cli_parse_size(text, &bytes))
        return false;
    *number = (double)bytes;
    return true;
}

static memscan_status parse_limits(const cli_arguments *a, cli_option_id id, bool (*parse)(const char *, double *),
                                   cli_axis *axis, memscan_error *error)
{
    const char *text = cli_value(a, id), *dots = text != NULL ? strstr(text, "..") : NULL;
    char low[64];
    if (text == NULL)
        return MEMSCAN_OK;
    if (dots != NULL && (size_t)(dots - text) < sizeof low) {
        memcpy(low, text, (size_t)(dots - text));
        low[dots - text] = '\0';
        axis->limited = parse(low, &axis->low) && parse(dots + 2, &axis->high) && axis->low < axis->high;
    }
    if (axis->limited)
        return MEMSCAN_OK;
    return cli_wrong(error, id == CLI_SIZES ? "--sizes 16..4K" : "--times 20..1500, or 20ns..1.5us",
                     "--%s wants two limits, the smaller first", cli_option_at(id)->name);
}

static memscan_status parse(recorded_run *run, memscan_error *error)
{
    const cli_arguments *a = &run->call->arguments;
    cli_alloc_picture *p = &run->picture;
    static const cli_option_id of_table[] = { CLI_FULL }, of_picture[] = { CLI_AXES, CLI_SIZES, CLI_TIMES };
    for (size_t i = 0; i < sizeof of_table / sizeof of_table[0]; i++) {
        if (cli_has(a, of_table[i]) && !cli_has(a, CLI_OUTPUT))
            return cli_wrong(error, "", "--%s is for the table: -o FILE", cli_option_at(of_table[i])->name);
    }
    for (size_t i = 0; i < sizeof of_picture / sizeof of_picture[0]; i++) {
        if (cli_has(a, of_picture[i]) && !cli_has(a, CLI_SVG))
            return cli_wrong(error, "", "--%s is for the picture: --svg FILE", cli_option_at(of_picture[i])->name);
    }
    memscan_status status = parse_axes(a, p, error);
    if (status == MEMSCAN_OK)
        status = parse_limits(a, CLI_SIZES, parse_size, &p->sizes, error);
    return status == MEMSCAN_OK ? parse_limits(a, CLI_TIMES, cli_parse_duration, &p->times, error) : status;
}

/* ---- files ---- */

static memscan_status create(const cli_arguments *a, cli_option_id id, FILE **file, memscan_error *error)
{
    const char *path = cli_value(a, id);
    char shown[200];
    *file = path != NULL ? cli_create_file(path) : NULL;
    if (path == NULL || *file != NULL)
        return MEMSCAN_OK;
    int failure = errno;
    memscan_escape(path, shown, sizeof shown);
    return cli_fail(error, MEMSCAN_IO, "", "cannot write %s: %s", shown, strerror(failure));
}

static void report_table(recorded_run *run)
{
    const char *path = cli_value(&run->call->arguments, CLI_OUTPUT);
    memscan_error error;
    char shown[200];
    memscan_escape(path, shown, sizeof shown);
    cli_fail(&error, MEMSCAN_IO, "", "cannot write all of %s: %s; recording ends here, the program goes on", shown,
             strerror(run->table->failed));
    cli_report(run->call, &error);
    run->failed = true;
}

/* ---- the run ---- */

static int take(const memscan_allocation *allocation, void *context)
{
    recorded_run *run = context;
    uint64_t freed = cli_alloc_summary_add(run->summary, run->recording, allocation);
    cli_alloc_table_add(run->table, allocation, freed);
    return run->table->failed != 0;
}

static void follow(recorded_run *run)
{
    memscan_error error;
    memscan_status status;
    do {
        status = memscan_recording_drain(run->recording, take, run, &error);
        if (status == MEMSCAN_OK || status == MEMSCAN_GONE)
            continue;
        if (status == MEMSCAN_STOPPED)
            report_table(run);
        else
            cli_report(run->call, &error);
        run->failed = run->summary->stopped = true;
        memscan_recording_stop(run->recording);
    } while (status != MEMSCAN_GONE);
    bool failed_before = run->table->failed != 0;
    cli_alloc_table_flush(run->table);
    if (run->table->failed != 0 && !failed_before)
        report_table(run);
}

static void finish(recorded_run *run)
{
    memscan_error error;
    cli_alloc_summary_finish(run->summary, run->recording);
    if (run->svg != NULL) {
        const char *path = cli_value(&run->call->arguments, CLI_SVG);
        if (cli_alloc_draw(run->svg, path, &run->picture, run->summary, &error) != MEMSCAN_OK) {
            cli_report(run->call, &error);
            run->failed = true;
        }
        run->svg = NULL;
    }
    run->call->printer->form->allocations(run->call->printer, run->summary);
}

static int exit_of(const recorded_run *run)
{
    const memscan_recording_report *report = &run->summary->report;
    if (run->failed)
        return CLI_EXIT_RUN_FAILED;
    return report->signal != 0 ? 128 + report->signal : report->exit_code;
}

static int start_and_follow(recorded_run *run, const char *const *words)
{
    memscan_error error;
    uint64_t begun = cli_clock_ms();
    cli_out_flush(run->call->printer);
    cli_interrupts_leave(); /* before it starts: it may be interrupted at once */
    memscan_status status = memscan_recording_start((char *const *)(uintptr_t)words, NULL, &run->recording, &error);
    if (status != MEMSCAN_OK) {
        cli_interrupts_to(run->call->cancel);
        cli_report(run->call, &error);
        return cli_exit_of_launch(status);
    }
    follow(run);
    cli_interrupts_to(run->call->cancel);
    run->summary->nanoseconds = (cli_clock_ms() - begun) * 1000000;
    finish(run);
    return exit_of(run);
}

int cli_alloc_run(cli *call, const char *const *words)
{
    recorded_run run = { .call = call, .picture = { .command = words } };
    memscan_error error;
    run.table = calloc(1, sizeof *run.table);
    run.summary = calloc(1, sizeof *run.summary);
    memscan_status status = run.table != NULL && run.summary != NULL
                                ? parse(&run, &error)
                                : cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
    if (status == MEMSCAN_OK)
        status = create(&call->arguments, CLI_OUTPUT, &run.table->file, &error);
    if (status == MEMSCAN_OK)
        status = create(&call->arguments, CLI_SVG, &run.svg, &error);
    int code = CLI_EXIT_RUN_FAILED;
    if (run.table != NULL)
        run.table->full = cli_has(&call->arguments, CLI_FULL);
    if (status == MEMSCAN_OK)
        code = start_and_follow(&run, words);
    else
        cli_report(call, &error);
    if (run.svg != NULL)
        fclose(run.svg);
    if (run.table != NULL && run.table->file != NULL)
        fclose(run.table->file);
    if (run.summary != NULL)
        cli_alloc_summary_deinit(run.summary);
    memscan_recording_close(run.recording);
    free(run.summary);
    free(run.table);
    return code;
}

static int run(cli *call)
{
    return cli_alloc_run(call, call->arguments.operands);
}

const cli_command cli_cmd_alloc = {
    .name = "alloc",
    .summary = "run a program and record every allocation it makes",
    .operands = "-- COMMAND...",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_COMMON | CLI_BIT(CLI_OUTPUT) | CLI_BIT(CLI_FULL) | CLI_BIT(CLI_SVG) | CLI_BIT(CLI_AXES) |
               CLI_BIT(CLI_SIZES) | CLI_BIT(CLI_TIMES),
    .examples = examples,
    .details =
        "COMMAND runs as it is, with its own input and output; what it starts in turn is recorded too. A table (-o) "
        "has a "
        "line for each allocation: bytes asked for, a tab, nanoseconds. At the end a summary is shown on stderr, "
        "unless "
        "-q is given: how many, how long they took by size, what was not freed, and where the ten slowest were made.\n"
        "Nothing waits for memscan: calls that come faster than they can be taken are counted as lost, and said to be. "
        "Times hold one look at the clock, whose own cost the summary tells. Statically linked and setuid programs "
        "cannot "
        "be recorded; CPython's small objects come from its own blocks, unless PYTHONMALLOC=malloc. Linux only.\n"
        "Gives COMMAND's status (128 + signal, when one ended it); 125 when memscan itself fails or could not write "
        "all "
        "it was asked to, 126 when COMMAND cannot be executed, 127 when there is none.",
    .run = run,
    .runs_program = true,
};
