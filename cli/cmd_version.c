/* cmd_version.c - the version of this program and its library, and the optional libraries in them. */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const char *const examples[] = { "memscan version", "the version, and the optional libraries it was built with",
                                        NULL };

static int run(cli *call)
{
    char parts[128];
    snprintf(parts, sizeof parts, "%s" CLI_BUILT_WITH, memscan_built_with());
    size_t length = strlen(parts);
    if (length > 0 && parts[length - 1] == ' ')
        parts[length - 1] = '\0';
    call->printer->form->version(call->printer, memscan_version(), parts);
    return CLI_EXIT_DONE;
}

const cli_command cli_cmd_version = {
    .name = "version",
    .summary = "print the version, and what it was built with",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_COMMON,
    .examples = examples,
    .details = "",
    .run = run,
};
