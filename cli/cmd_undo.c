/* cmd_undo.c - one step back or forth in a session; the whole history is shown. */
#include "command.h"
#include "session.h"
#include "target.h"

static const char *const undo_examples[] = {
    "memscan --pid 1234 undo",
    "as it was before the last scan",
    NULL,
};
static const char *const redo_examples[] = {
    "memscan --pid 1234 redo",
    "forth again",
    NULL,
};

typedef memscan_status step_fn(memscan_scan *scan, memscan_error *error);

static int run(cli *call, step_fn *take)
{
    memscan_error error;
    memscan_target *target = NULL;
    memscan_facts facts;
    memscan_scan *scan = NULL;
    memscan_status status = cli_target_open(call, MEMSCAN_READ, &target, &facts, &error);
    if (status == MEMSCAN_OK)
        status = cli_session_open(call, target, &facts, NULL, &scan, &error);
    if (status == MEMSCAN_OK)
        status = take(scan, &error);
    if (status == MEMSCAN_OK) {
        cli_begin_target(call, &facts);
        status = cli_session_show_history(call, scan, &error);
        cli_end_counted(call, status == MEMSCAN_OK, "match", "matches", memscan_scan_count(scan));
    }
    memscan_scan_destroy(scan);
    cli_target_close(call, target);
    return status == MEMSCAN_OK ? CLI_EXIT_DONE : cli_report(call, &error);
}

static int run_undo(cli *call)
{
    return run(call, memscan_scan_undo);
}

static int run_redo(cli *call)
{
    return run(call, memscan_scan_redo);
}

const cli_command cli_cmd_undo = {
    .name = "undo",
    .summary = "take the last scan of the session back",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS,
    .examples = undo_examples,
    .details = "As often as there are steps. All steps are shown; > stands before the one that holds now. `redo` goes "
               "forth again, until a new scan replaces what was undone.",
    .run = run_undo,
};

const cli_command cli_cmd_redo = {
    .name = "redo",
    .summary = "do again what was undone",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS,
    .examples = redo_examples,
    .details = "All steps are shown; > stands before the one that holds now.",
    .run = run_redo,
};
