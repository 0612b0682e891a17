/* cmd_list.c - the matches of a session, with the values that stand there now. */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "search.h"
#include "session.h"
#include "target.h"

#define SCREENFUL 100 /* on a terminal, unless --limit says otherwise */

static const char *const examples[] = {
    "memscan --pid 1234 list",
    "number, address, value now (and at the last scan), place",
    "memscan --pid 1234 list --limit 1000 --plain",
    "the first thousand, for scripts",
    "memscan --pid 1234 list --session hp --json",
    "of another session, as JSON lines",
    NULL,
};

static uint64_t default_limit(const cli *call)
{
    const cli_arguments *a = &call->arguments;
    bool for_people = call->terminal.output && !cli_has(a, CLI_PLAIN) && !cli_has(a, CLI_JSON);
    return for_people ? SCREENFUL : 0;
}

static void tell_more(cli *call, uint64_t more)
{
    char sentence[96];
    snprintf(sentence, sizeof sentence, "and %" PRIu64 " more: `list --limit N` shows as many as you like", more);
    call->printer->form->note(call->printer, sentence);
}

static int list(cli *call, memscan_target *target, memscan_scan *scan, uint64_t limit)
{
    memscan_error error;
    cli_shown shown;
    uint64_t count = memscan_scan_count(scan);
    memscan_status status = cli_session_show_matches(call, target, scan, limit, &shown, &error);
    cli_end_counted(call, status == MEMSCAN_OK && shown.shown == count && shown.unreadable == 0, "match", "matches",
                    count);
    if (status == MEMSCAN_CANCELLED)
        return CLI_EXIT_INTERRUPTED;
    if (status != MEMSCAN_OK)
        return cli_report(call, &error);
    if (shown.shown < count)
        tell_more(call, count - shown.shown);
    if (shown.unreadable > 0)
        return CLI_EXIT_PARTIAL;
    return count > 0 || cli_has(&call->arguments, CLI_NO_MATCH_OK) ? CLI_EXIT_DONE : CLI_EXIT_NOTHING;
}

static int run(cli *call)
{
    memscan_error error;
    memscan_target *target = NULL;
    memscan_facts facts;
    memscan_scan *scan = NULL;
    uint64_t limit = default_limit(call);
    memscan_status status = cli_parse_count(&call->arguments, CLI_LIMIT, 1, UINT64_MAX, &limit, &error);
    if (status == MEMSCAN_OK)
        status = cli_target_open(call, MEMSCAN_READ, &target, &facts, &error);
    if (status == MEMSCAN_OK)
        status = cli_session_open(call, target, &facts, NULL, &scan, &error);
    int code;
    if (status == MEMSCAN_OK) {
        cli_begin_target(call, &facts);
        code = list(call, target, scan, limit);
    } else {
        code = cli_report(call, &error);
    }
    memscan_scan_destroy(scan);
    cli_target_close(call, target);
    return code;
}

const cli_command cli_cmd_list = {
    .name = "list",
    .summary = "show what is left, with the values that stand there now",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS | CLI_BIT(CLI_LIMIT) | CLI_BIT(CLI_NO_MATCH_OK),
    .examples = examples,
    .details =
        "Each match has a number: @3 is an ADDRESS for read, write, where, hold and watch, and names the match for "
        "set. "
        "The numbers change with every scan. A value that is not what it was at the last scan is shown with the old "
        "one. On a terminal the first 100 are shown, unless --limit says otherwise.\n"
        "Exit: 0, 1 when no match is left, 3 when one could not be read.",
    .run = run,
};
