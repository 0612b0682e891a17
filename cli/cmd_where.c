/* cmd_where.c - what addresses are. All of one call are answered from one look at the address space, so that ten thousand
 * of them cost what one does. */
#include <inttypes.h>

#include "command.h"
#include "complain.h"
#include "session.h"
#include "target.h"

/* More than so many addresses get one line each. */
#define MOST_IN_FULL 16

static const char *const examples[] = {
    "memscan --pid 1234 where 0x5581f0",
    "segment, module, symbol, page, and what an access would do",
    "memscan --pid 1234 where game+0x41f0 main libc.so.6!malloc",
    "the other way round: where a place or a symbol is",
    "memscan --pid 1234 where '[heap]' '[stack]'",
    "where they begin",
    NULL,
};

typedef struct asking {
    cli *call;
    memscan_target *target;
    memscan_view *view;
    uint64_t asked, answered, unmapped;
    uint64_t first_unmapped;
} asking;

static memscan_status show_one(asking *a, const char *text, memscan_error *error)
{
    uint64_t address;
    memscan_where where = MEMSCAN_WHERE_INIT;
    memscan_status status = memscan_resolve(a->target, text, &address, error);
    if (status == MEMSCAN_OK)
        status = memscan_view_at(a->view, address, MEMSCAN_WHERE_PAGE | MEMSCAN_WHERE_SYMBOL, &where, error);
    if (status != MEMSCAN_OK)
        return status;
    bool brief = a->call->arguments.operand_count > MOST_IN_FULL && !a->call->verbose;
    a->call->printer->form->where(a->call->printer, &(cli_where){ &where, brief });
    a->answered++;
    if (!where.mapped && a->unmapped++ == 0)
        a->first_unmapped = address;
    return MEMSCAN_OK;
}

/* Every address is answered; the first failure is the command's. */
static int show_all(asking *a, const memscan_facts *facts)
{
    memscan_error error;
    int code = CLI_EXIT_DONE;
    for (size_t i = 0; i < a->call->arguments.operand_count && a->call->printer->failed == 0; i++) {
        if (memscan_cancel_is_raised(a->call->cancel))
            return CLI_EXIT_INTERRUPTED;
        a->asked++;
        memscan_status status = cli_session_expand(a->call, a->target, facts, i, NULL, &error);
        if (status == MEMSCAN_OK)
            status = show_one(a, a->call->arguments.operands[i], &error);
        if (status == MEMSCAN_OK)
            continue;
        int own = cli_report(a->call, &error);
        code = code == CLI_EXIT_DONE ? own : code;
    }
    return code;
}

static int complain_unmapped(const asking *a, int code)
{
    memscan_error error;
    if (a->unmapped == 0)
        return code;
    if (a->asked == 1)
        cli_fail(&error, MEMSCAN_UNREADABLE, "", "nothing is mapped at 0x%" PRIx64, a->first_unmapped);
    else
        cli_fail(&error, MEMSCAN_UNREADABLE, "", "nothing is mapped at %" PRIu64 " of %" PRIu64 " addresses",
                 a->unmapped, a->asked);
    error.address = a->first_unmapped;
    int own = cli_report(a->call, &error);
    return code == CLI_EXIT_DONE ? own : code;
}

static int run(cli *call)
{
    memscan_error error;
    memscan_facts facts;
    asking a = { .call = call };
    memscan_status status = cli_target_open(call, MEMSCAN_READ, &a.target, &facts, &error);
    if (status != MEMSCAN_OK)
        return cli_report(call, &error);
    cli_begin_target(call, &facts);
    status = memscan_view_create(a.target, &a.view, &error);
    int code = status == MEMSCAN_OK ? show_all(&a, &facts) : cli_report(call, &error);
    cli_end_counted(call, code == CLI_EXIT_DONE && a.unmapped == 0, "address", "addresses", a.answered);
    code = complain_unmapped(&a, code);
    memscan_view_destroy(a.view);
    cli_target_close(call, a.target);
    return code;
}

const cli_command cli_cmd_where = {
    .name = "where",
    .summary = "say what an address is: segment, module, symbol, page, what an access would do",
    .operands = "ADDRESS...",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS,
    .examples = examples,
    .details =
        "An ADDRESS is a number (hex needs 0x), MODULE+0x1234, MODULE-8, \"my game.exe\"+0x10 where the name has "
        "spaces, [heap], [stack], [vdso] with or without an offset, or a symbol (main, libc.so.6!malloc); other "
        "brackets "
        "follow pointers: [[game+0x10]+0x8]+0x20. Where nothing is mapped, the nearest regions on both sides are named "
        "(exit 3). More than 16 addresses get one line each (-v: all of it).",
    .run = run,
};
