/* options.h - the words of a command line, sorted: one command, its options, its operands.
 *
 * All options stand in one table, because a command may also be written as a flag (`--pid 1 --find X`): an option's
 * arity must be known before the command is. A command lists the options it takes as a set. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <memscan/base.h>

struct cli_command;

typedef enum cli_option_id {
    /* where the memory lives */
    CLI_PID,
    CLI_NAME,
    /* what to look for, and where */
    CLI_TYPE,
    CLI_ALIGN,
    CLI_RANGE,
    CLI_PERM,
    CLI_KIND,
    CLI_ALL,
    CLI_SWAPPED,
    CLI_JOBS,
    CLI_TIMEOUT,
    CLI_SUSPEND,
    CLI_SHARD,
    CLI_LIMIT,
    CLI_CONTEXT,
    CLI_EXPLAIN,
    CLI_NO_MATCH_OK,
    /* of single commands */
    CLI_FREE,
    CLI_SUMMARY,
    CLI_MAP,
    CLI_SVG,
    CLI_AS,
    CLI_EXPECT,
    CLI_DRY_RUN,
    CLI_MATCH,
    CLI_REPLACE,
    CLI_REVERT,
    CLI_JOURNAL,
    CLI_OUTPUT,
    CLI_SESSION,
    CLI_REBASE,
    CLI_MARK,
    CLI_MEMORY_LIMIT,
    CLI_TRACK,
    CLI_EVERY,
    CLI_FOR,
    CLI_MIN,
    CLI_MAX,
    CLI_FULL,
    CLI_AXES,
    CLI_SIZES,
    CLI_TIMES,
    /* of every command */
    CLI_JSON,
    CLI_PLAIN,
    CLI_NO_COLOR,
    CLI_QUIET,
    CLI_VERBOSE,
    CLI_OPTION_COUNT
} cli_option_id;

#define CLI_BIT(id)    (UINT64_C(1) << (id))
#define CLI_TARGET     (CLI_BIT(CLI_PID) | CLI_BIT(CLI_NAME))
#define CLI_SELECTION  (CLI_BIT(CLI_RANGE) | CLI_BIT(CLI_PERM) | CLI_BIT(CLI_KIND))
#define CLI_APPEARANCE (CLI_BIT(CLI_PLAIN) | CLI_BIT(CLI_NO_COLOR) | CLI_BIT(CLI_QUIET) | CLI_BIT(CLI_VERBOSE))
#define CLI_COMMON     (CLI_APPEARANCE | CLI_BIT(CLI_JSON))

typedef struct cli_option {
    const char *name;     /* without its dashes */
    char letter;          /* 0: none */
    bool repeats;         /* may be given several times */
    const char *argument; /* what the help calls its argument; NULL: a flag */
    const char *help;
} cli_option;

const cli_option *cli_option_at(cli_option_id id);

typedef struct cli_given {
    cli_option_id id;
    const char *value; /* NULL for flags */
} cli_given;

/* What was typed. The texts are argv's. */
typedef struct cli_arguments {
    const struct cli_command *command; /* NULL: no words at all */
    const struct cli_command *about;   /* `help` only: the other command that was named by a flag or before it */
    cli_given *given;
    size_t given_count;
    const char **operands; /* ended by NULL, as argv is */
    size_t operand_count;
    char **owned; /* operands that were replaced, one place each; else NULL */
} cli_arguments;

/* INVALID: error.text says what is wrong. Release with cli_arguments_deinit in either case. */
memscan_status cli_arguments_parse(cli_arguments *arguments, int argc, char **argv, memscan_error *error);
void cli_arguments_deinit(cli_arguments *arguments);

/* Puts `text`, from malloc, in the place of an operand and keeps it. False: memory ran out. */
bool cli_arguments_own(cli_arguments *arguments, size_t operand, char *text);

/* True when `--json` stands before `--`: known before anything else, so that errors take the right form. */
bool cli_arguments_want_json(int argc, char **argv);

bool cli_has(const cli_arguments *arguments, cli_option_id id);
/* The value of an option, or NULL when it was not given. */
const char *cli_value(const cli_arguments *arguments, cli_option_id id);

#endif
