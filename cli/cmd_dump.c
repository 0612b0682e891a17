/* cmd_dump.c - take memory away for later: one range as its plain bytes, anything else as a core file. */
#include <stdio.h>

#include "command.h"
#include "complain.h"
#include "filter.h"
#include "target.h"

static const char *const examples[] = {
    "memscan --pid 1234 dump -o game.core",
    "all writable memory, as a core file that gdb opens",
    "memscan --pid 1234 dump --all -o game.core",
    "all readable memory",
    "memscan --pid 1234 dump --range 0x5581f0:4096 -o page.bin",
    "the plain bytes of one range",
    "memscan --name game dump --range '[heap]' --range game -o part.core",
    "several ranges, as a core file",
    NULL,
};

typedef struct dumping {
    cli *call;
    memscan_target *target;
    cli_filter filter;
    const char *path;
    memscan_dump_options options;
} dumping;

static int show_progress(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    cli_printer *printer = context;
    printer->form->progress(printer, &(cli_progress){ done, total, matches });
    return printer->failed != 0;
}

static bool is_plain(const dumping *d)
{
    const cli_arguments *a = &d->call->arguments;
    return d->filter.filter.range_count == 1 && !cli_has(a, CLI_ALL) && !cli_has(a, CLI_PERM) && !cli_has(a, CLI_KIND);
}

static memscan_status dump_plain(dumping *d, memscan_error *error)
{
    memscan_range range = d->filter.filter.ranges[0];
    memscan_status status = memscan_dump_raw(d->target, range, d->path, &d->options, error);
    if (status == MEMSCAN_UNREADABLE)
        snprintf(error->hint, sizeof error->hint, "add --all for a core file, which leaves out what cannot be read");
    if (status == MEMSCAN_OK)
        d->call->printer->form->dumped(d->call->printer, &(cli_dumped){ d->path, "raw", range.last - range.start + 1 });
    cli_end end = { .complete = status == MEMSCAN_OK };
    d->call->printer->form->end(d->call->printer, &end);
    return status;
}

static memscan_status dump_core(dumping *d, memscan_report *report, memscan_error *error)
{
    cli_printer *printer = d->call->printer;
    memscan_status status = memscan_dump_core(d->target, &d->filter.filter, d->path, &d->options, report, error);
    if (status == MEMSCAN_OK)
        printer->form->dumped(printer, &(cli_dumped){ d->path, "core", report->scanned });
    cli_end end = { .complete = report->complete != 0, .report = report };
    printer->form->end(printer, &end);
    return status;
}

static int dump_target(dumping *d, const memscan_facts *facts)
{
    memscan_error error;
    memscan_report report = { 0 };
    memscan_status status = cli_filter_parse_ranges(&d->filter, &d->call->arguments, d->target, &error);
    if (status != MEMSCAN_OK)
        return cli_report(d->call, &error);
    cli_begin_target(d->call, facts);
    status = is_plain(d) ? dump_plain(d, &error) : dump_core(d, &report, &error);
    if (status != MEMSCAN_OK)
        return cli_report(d->call, &error);
    return report.failed > 0 ? CLI_EXIT_PARTIAL : CLI_EXIT_DONE;
}

static int run(cli *call)
{
    memscan_error error;
    memscan_facts facts;
    dumping d = { .call = call, .path = cli_value(&call->arguments, CLI_OUTPUT), .options = MEMSCAN_DUMP_OPTIONS_INIT };
    d.options.progress = show_progress;
    d.options.progress_context = call->printer;
    d.options.cancel = call->cancel;
    memscan_status status = cli_filter_parse(&d.filter, &call->arguments, &error);
    if (status == MEMSCAN_OK && d.path == NULL)
        status = cli_wrong(&error, "memscan --pid 1234 dump -o game.core", "dump wants a file to write: -o FILE");
    if (status == MEMSCAN_OK)
        status = cli_target_open(call, MEMSCAN_READ, &d.target, &facts, &error);
    int code = status == MEMSCAN_OK ? dump_target(&d, &facts) : cli_report(call, &error);
    cli_target_close(call, d.target);
    cli_filter_deinit(&d.filter);
    return code;
}

const cli_command cli_cmd_dump = {
    .name = "dump",
    .summary = "save memory to a file: plain bytes, or a core file that gdb opens",
    .operands = "-o FILE",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON | CLI_SELECTION | CLI_BIT(CLI_ALL) | CLI_BIT(CLI_SWAPPED) |
               CLI_BIT(CLI_SUSPEND) | CLI_BIT(CLI_OUTPUT),
    .examples = examples,
    .details =
        "One --range alone is saved as its plain bytes, and only when all of them can be read; anything else, by "
        "default all writable memory, as an ELF core file. A core leaves out what was never touched and what "
        "cannot be read (exit 3 when bytes that were asked for could not be read); nothing is filled with zeros "
        "that is not zero. The target runs on: the bytes are those of the moments at which they were read, unless "
        "--suspend stops it for that long. Threads have no registers but for the stack pointer and instruction where "
        "they wait. The file has mode "
        "0600 and appears when it is whole; it never takes the place of a device or a pipe.",
    .run = run,
};
