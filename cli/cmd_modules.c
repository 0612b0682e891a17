/* cmd_modules.c - the executable files and libraries in memory. */
#include "command.h"
#include "target.h"

static const char *const examples[] = {
    "memscan --pid 1234 modules",
    "the program, its libraries, and where each lies",
    NULL,
};

static int show_module(const memscan_module *module, void *context)
{
    cli_listing *listing = context;
    listing->call->printer->form->module(listing->call->printer, module);
    listing->count++;
    return listing->call->printer->failed;
}

static memscan_status walk(memscan_target *target, cli_listing *listing, memscan_error *error)
{
    return memscan_modules(target, show_module, listing, error);
}

static int run(cli *call)
{
    return cli_target_list(call, walk, "module", "modules");
}

const cli_command cli_cmd_modules = {
    .name = "modules",
    .summary = "list the executable files and libraries in memory",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON,
    .examples = examples,
    .details = "A module's name and an offset from its base make an address that survives a restart: game+0x41f0.",
    .run = run,
};
