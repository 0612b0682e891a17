/* cmd_ps.c - list processes, and say which of them may be opened. */
#include "command.h"
#include "target.h"

#include <string.h>

static const char *const examples[] = {
    "memscan ps",
    "every process you can see",
    "memscan ps 'fire*'",
    "those whose name fits",
    "memscan ps --json",
    "one JSON object a line",
    NULL,
};

static int show_process(const memscan_process *process, void *context)
{
    cli_listing *l = context;
    char path[1024] = "", command[8];
    size_t command_length;
    if (l->call->verbose)
        memscan_process_describe(process->pid, path, sizeof path, command, sizeof command, &command_length, NULL);
    l->call->printer->form->process(l->call->printer, process, l->call->verbose ? path : NULL);
    l->count++;
    return l->call->printer->failed;
}

static int run(cli *call)
{
    memscan_error error;
    cli_listing l = { call, 0 };
    call->printer->form->begin(call->printer, &(cli_begin){ "ps", NULL });
    memscan_status status = call->arguments.operand_count == 0
                                ? memscan_processes(show_process, &l, &error)
                                : memscan_processes_named(call->arguments.operands[0], show_process, &l, &error);
    cli_end_counted(call, status == MEMSCAN_OK, "process", "processes", l.count);
    if (status != MEMSCAN_OK && status != MEMSCAN_STOPPED)
        return cli_report(call, &error);
    return l.count > 0 ? CLI_EXIT_DONE : CLI_EXIT_NOTHING;
}

const cli_command cli_cmd_ps = {
    .name = "ps",
    .summary = "list processes; OPEN says which of them memscan may read",
    .operands = "[GLOB]",
    .least_operands = 0,
    .most_operands = 1,
    .options = CLI_COMMON,
    .examples = examples,
    .details = "GLOB (with * and ?) is compared with the short name, the executable's file name, and the file name of "
               "the first argument, so that a Windows program under Wine is found by its own name. -v adds the "
               "executable's path. Exit 1 when nothing fits.",
    .run = run,
};
