/* cmd_threads.c - the threads of a target. */
#include "command.h"
#include "target.h"

static const char *const examples[] = {
    "memscan --pid 1234 threads",
    "its threads, and what each is doing",
    NULL,
};

static int show_thread(const memscan_thread *thread, void *context)
{
    cli_listing *listing = context;
    listing->call->printer->form->thread(listing->call->printer, thread);
    listing->count++;
    return listing->call->printer->failed;
}

static memscan_status walk(memscan_target *target, cli_listing *listing, memscan_error *error)
{
    return memscan_threads(target, show_thread, listing, error);
}

static int run(cli *call)
{
    return cli_target_list(call, walk, "thread", "threads");
}

const cli_command cli_cmd_threads = {
    .name = "threads",
    .summary = "list the threads",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON,
    .examples = examples,
    .details = "",
    .run = run,
};
