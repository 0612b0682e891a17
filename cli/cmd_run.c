/* cmd_run.c - start a program that later memscan calls may open without more rights. */
#include <inttypes.h>
#include <stdio.h>

#include "command.h"
#include "launch.h"

static const char *const examples[] = {
    "memscan run -- ./game --fast",
    "start a game; then: memscan --name game find i32:100",
    NULL,
};

static int run(cli *call)
{
    memscan_error error;
    int code = CLI_EXIT_RUN_FAILED;
    char sentence[96];
    snprintf(sentence, sizeof sentence, "memscan: started as process %" PRIu64, cli_own_pid());
    if (call->verbose)
        call->printer->form->note(call->printer, sentence);
    /* The operands are argv's own words, ended by NULL (cli_arguments_parse sees to it). */
    memscan_status status = cli_run_program((char *const *)(uintptr_t)call->arguments.operands, &code, &error);
    if (status == MEMSCAN_OK)
        return code;
    cli_report(call, &error);
    return cli_exit_of_launch(status);
}

const cli_command cli_cmd_run = {
    .name = "run",
    .summary = "start a program that later memscan calls may open",
    .operands = "-- COMMAND...",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_COMMON,
    .examples = examples,
    .details =
        "Many systems let a user's tool read only the programs that this very tool started (Yama's ptrace_scope 1). "
        "COMMAND, started this way, permits every process of the same user to open it. memscan becomes COMMAND: same "
        "process number, same terminal, and its status is COMMAND's (128 + signal, when one ended it). Programs that "
        "COMMAND starts in turn are not included.\n"
        "Exit 125 when memscan itself fails, 126 when COMMAND cannot be executed, 127 when there is none.",
    .run = run,
    .runs_program = true,
};
