/* main.c - one call of memscan: parse, choose a printer, run one command, and turn what happened into an exit code. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"

static bool wants_color(const cli_arguments *arguments, const cli_terminal *terminal, bool json)
{
    const char *no_color = getenv("NO_COLOR");
    bool refused = json || cli_has(arguments, CLI_NO_COLOR) || cli_has(arguments, CLI_PLAIN) ||
                   (no_color != NULL && no_color[0] != '\0');
    return !refused && terminal->output && terminal->sequences;
}

static cli_printer *choose_printer(const cli *call, bool json)
{
    const cli_arguments *a = &call->arguments;
    cli_printer settings = {
        .out = stdout,
        .err = stderr,
        .terminal = call->terminal,
        .plain = cli_has(a, CLI_PLAIN),
        .color = wants_color(a, &call->terminal, json),
        .quiet = call->quiet,
        .verbose = call->verbose,
    };
    if (!call->terminal.sequences)
        settings.terminal.messages = false; /* it cannot redraw a line */
    return json ? cli_printer_json(&settings) : cli_printer_human(&settings);
}

/* What became of stdout outranks what the command found: nobody can have read it. */
static int close_output(cli *call, int code)
{
    cli_printer *printer = call->printer;
    cli_out_flush(printer);
    if (printer->failed == 0)
        return memscan_cancel_is_raised(call->cancel) ? CLI_EXIT_INTERRUPTED : code;
    if (cli_is_broken_pipe(printer->failed))
        return CLI_EXIT_BROKEN_PIPE;
    memscan_error error;
    cli_fail(&error, MEMSCAN_IO, "", "cannot write the results: %s", strerror(printer->failed));
    cli_report(call, &error);
    return CLI_EXIT_WRONG;
}

/* Whoever may run such a memscan could read and change every process that it may. */
static int refuse_borrowed_rights(cli *call)
{
    memscan_error error;
    cli_fail(&error, MEMSCAN_DENIED,
             "take the setuid bit or the capabilities off the file; use sudo where rights are needed",
             "memscan does not run with rights that its user does not have");
    return cli_report(call, &error);
}

/* What a failure of memscan's own exits with: what another code would be, could be COMMAND's own. */
static int exit_of_failure(const cli *call, int code)
{
    bool runs_program = call->arguments.command != NULL && call->arguments.command->runs_program;
    return runs_program ? CLI_EXIT_RUN_FAILED : code;
}

static int out_of_memory(const cli *call)
{
    fputs("memscan: out of memory\n", stderr);
    return exit_of_failure(call, CLI_EXIT_WRONG);
}

static int run(cli *call, memscan_status parsed, const memscan_error *error)
{
    if (cli_has_borrowed_rights())
        return refuse_borrowed_rights(call);
    if (parsed != MEMSCAN_OK)
        return exit_of_failure(call, cli_report(call, error));
    if (call->arguments.command == NULL)
        return cli_cmd_help.run(call);
    return call->arguments.command->run(call);
}

int cli_run(cli *call, int argc, char **argv)
{
    memscan_error error;
    memscan_status parsed = cli_arguments_parse(&call->arguments, argc, argv, &error);
    call->quiet = cli_has(&call->arguments, CLI_QUIET);
    call->verbose = cli_has(&call->arguments, CLI_VERBOSE);
    call->printer = choose_printer(call, cli_arguments_want_json(argc, argv));
    bool ready = call->printer != NULL && call->cancel != NULL;
    int code = ready ? close_output(call, run(call, parsed, &error)) : out_of_memory(call);
    if (call->printer != NULL)
        call->printer->form->destroy(call->printer);
    cli_arguments_deinit(&call->arguments);
    return code;
}

/* A search may write a million lines: few long writes of them where nobody watches each appear. */
static void widen_output(const cli_terminal *terminal)
{
    static char buffer[1 << 16];
    if (!terminal->output)
        setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
}

int main(int argc, char **argv)
{
    cli call = { .cancel = memscan_cancel_create() };
    cli_hold_standard_streams();
    cli_terminal_look(&call.terminal);
    widen_output(&call.terminal);
    if (call.cancel != NULL)
        cli_interrupts_to(call.cancel);
    int code = cli_system_arguments(&argc, &argv) ? cli_run(&call, argc, argv) : out_of_memory(&call);
    memscan_cancel_destroy(call.cancel);
    return code;
}
