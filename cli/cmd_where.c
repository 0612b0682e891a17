/* cmd_where.c - what an address is: region, module and offset, state of its page. */
#include "command.h"
#include "complain.h"
#include "session.h"
#include "target.h"

static const char *const examples[] = {
    "memscan --pid 1234 where 0x5581f0",
    "which module or region, at which offset",
    "memscan --pid 1234 where game+0x41f0",
    "the other way round",
    "memscan --pid 1234 where '[heap]' '[stack]'",
    "where they begin",
    NULL,
};

static int take_state(const memscan_extent *extent, void *context)
{
    memscan_page_state *state = context;
    *state = extent->state;
    return 1; /* one page was asked about */
}

static memscan_status show_one(cli *call, memscan_target *target, const char *text, memscan_error *error)
{
    uint64_t address;
    char place[MEMSCAN_PLACE_MAX];
    memscan_region region;
    memscan_page_state page = MEMSCAN_PAGE_UNKNOWN;
    memscan_status status = memscan_resolve(target, text, &address, error);
    if (status != MEMSCAN_OK)
        return status;
    memscan_place(target, address, place, sizeof place);
    memscan_error untold; /* the state of the page is an extra: without it the rest stands */
    memscan_residency(target, address, address, take_state, &page, &untold);
    status = memscan_region_at(target, address, &region, error);
    if (status == MEMSCAN_OK)
        call->printer->form->where(call->printer, &(cli_where){ address, place, &region, page });
    return status;
}

/* Every address is answered; the first failure is the command's. */
static int run(cli *call)
{
    memscan_error error;
    memscan_target *target;
    memscan_facts facts;
    memscan_status status = cli_target_open(call, MEMSCAN_READ, &target, &facts, &error);
    if (status != MEMSCAN_OK)
        return cli_report(call, &error);
    cli_begin_target(call, &facts);
    int code = CLI_EXIT_DONE;
    uint64_t count = 0;
    for (size_t i = 0; i < call->arguments.operand_count; i++) {
        status = cli_session_expand(call, target, &facts, i, NULL, &error);
        if (status == MEMSCAN_OK)
            status = show_one(call, target, call->arguments.operands[i], &error);
        if (status == MEMSCAN_OK) {
            count++;
            continue;
        }
        int own = cli_report(call, &error);
        code = code == CLI_EXIT_DONE ? own : code;
    }
    cli_end_counted(call, code == CLI_EXIT_DONE, "address", "addresses", count);
    cli_target_close(call, target);
    return code;
}

const cli_command cli_cmd_where = {
    .name = "where",
    .summary = "say what an address is: region, module and offset, page",
    .operands = "ADDRESS...",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS,
    .examples = examples,
    .details =
        "An ADDRESS is a number (hex needs 0x), MODULE+0x1234, MODULE-8, \"my game.exe\"+0x10 where the name has "
        "spaces, or [heap], [stack], [vdso] with or without an offset; other brackets "
        "follow pointers: [[game+0x10]+0x8]+0x20. Exit 3 when nothing is mapped there.",
    .run = run,
};
