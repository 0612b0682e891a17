/* command.h - what a command is: a row of words for the help, the options it takes, and a function that makes a few
 * calls to the library and hands records to the printer. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <memscan/memscan.h>

#include "options.h"
#include "printer.h"
#include "terminal.h"

/* What memscan's exit tells (the contract's numbers). */
enum {
    CLI_EXIT_DONE = 0,
    CLI_EXIT_NOTHING = 1,
    CLI_EXIT_WRONG = 2,
    CLI_EXIT_PARTIAL = 3,
    CLI_EXIT_GONE = 4,
    CLI_EXIT_DENIED = 5,
    CLI_EXIT_RUN_FAILED = 125,
    CLI_EXIT_NOT_EXECUTABLE = 126,
    CLI_EXIT_NO_SUCH_PROGRAM = 127,
    CLI_EXIT_INTERRUPTED = 130,
    CLI_EXIT_BROKEN_PIPE = 141
};

/* One call of memscan. */
typedef struct cli {
    cli_arguments arguments;
    cli_terminal terminal;
    cli_printer *printer;
    memscan_cancel *cancel;
    bool quiet, verbose;
    struct cli_prompt *prompt; /* NULL outside the shell */
} cli;

#define CLI_ANY_NUMBER 0xffffu

typedef struct cli_command {
    const char *name;
    const char *alias;    /* another word for it, or NULL */
    const char *summary;  /* one line of the list */
    const char *operands; /* "ADDRESS[:LENGTH]"; "" when it takes none */
    unsigned least_operands;
    unsigned most_operands;      /* CLI_ANY_NUMBER: no limit */
    uint64_t options;            /* a set of CLI_BITs */
    const char *const *examples; /* pairs: a command line and what it does; ended by NULL */
    const char *details;         /* paragraphs for the help, each one line */
    int (*run)(cli *call);       /* the exit code */
    bool runs_program;           /* gives the status of a program it runs: its own failures are 125 */
} cli_command;

extern const cli_command cli_cmd_find, cli_cmd_read, cli_cmd_write, cli_cmd_patch, cli_cmd_dump, cli_cmd_where,
    cli_cmd_info, cli_cmd_ps, cli_cmd_regions, cli_cmd_modules, cli_cmd_threads, cli_cmd_hold, cli_cmd_watch,
    cli_cmd_scan, cli_cmd_next, cli_cmd_list, cli_cmd_set, cli_cmd_undo, cli_cmd_redo, cli_cmd_sessions, cli_cmd_shell,
    cli_cmd_run, cli_cmd_alloc, cli_cmd_demo, cli_cmd_help, cli_cmd_version;

/* All commands, in the order of the help; NULL behind the last. */
const cli_command *const *cli_commands(void);
const cli_command *cli_command_named(const char *name, size_t length); /* or NULL */
bool cli_command_is_help(const cli_command *command);
/* A command of the contract that this version does not have. */
bool cli_command_comes_later(const char *name, size_t length);
/* "usage: memscan read ADDRESS[:LENGTH] ..." */
void cli_command_usage(const cli_command *command, char *out, size_t capacity);

/* One call: parses the words, chooses a printer, runs the command. `call` brings the terminal, the token and the prompt.
 * Returns the exit code. */
int cli_run(cli *call, int argc, char **argv);

/* Prints the error and returns its exit code. */
int cli_report(cli *call, const memscan_error *error);
int cli_exit_of(memscan_status status);
/* Of a failure to run a program: 125, 126 or 127. */
int cli_exit_of_launch(memscan_status status);

#endif
