/* cmd_version.c - the version of this program and its library. */
#include "command.h"

static const char *const examples[] = { "memscan version", "the version", NULL };

static int run(cli *call)
{
    call->printer->form->version(call->printer, memscan_version());
    return CLI_EXIT_DONE;
}

const cli_command cli_cmd_version = {
    .name = "version",
    .summary = "print the version",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_COMMON,
    .examples = examples,
    .details = "",
    .run = run,
};
