/* commands.c - the list of commands, and what they share. */
#include "command.h"

#include <stdio.h>
#include <string.h>

static const cli_command *const commands[] = {
    &cli_cmd_ps,      &cli_cmd_info, &cli_cmd_regions,  &cli_cmd_modules, &cli_cmd_threads,
    &cli_cmd_where,   &cli_cmd_read, &cli_cmd_write,    &cli_cmd_patch,   &cli_cmd_dump,
    &cli_cmd_find,    &cli_cmd_scan, &cli_cmd_next,     &cli_cmd_list,    &cli_cmd_set,
    &cli_cmd_undo,    &cli_cmd_redo, &cli_cmd_sessions, &cli_cmd_hold,    &cli_cmd_watch,
    &cli_cmd_shell,   &cli_cmd_run,  &cli_cmd_alloc,    &cli_cmd_demo,    &cli_cmd_help,
    &cli_cmd_version, NULL,
};

static const char *const later[] = {
    "trap",
    "pointer",
    "table",
    "diff",
};

const cli_command *const *cli_commands(void)
{
    return commands;
}

static bool is(const char *word, const char *name, size_t length)
{
    return strlen(word) == length && memcmp(word, name, length) == 0;
}

const cli_command *cli_command_named(const char *name, size_t length)
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        bool alias_fits = commands[i]->alias != NULL && is(commands[i]->alias, name, length);
        if (alias_fits || is(commands[i]->name, name, length))
            return commands[i];
    }
    return NULL;
}

bool cli_command_is_help(const cli_command *command)
{
    return command == &cli_cmd_help;
}

bool cli_command_comes_later(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++) {
        if (is(later[i], name, length))
            return true;
    }
    return false;
}

void cli_command_usage(const cli_command *command, char *out, size_t capacity)
{
    bool has_target = (command->options & CLI_TARGET) != 0;
    snprintf(out, capacity, "usage: memscan %s%s%s%s%s", command->name, has_target ? " --pid N | --name GLOB" : "",
             command->options & ~(CLI_TARGET | CLI_COMMON) ? " [OPTIONS]" : "", command->operands[0] != '\0' ? " " : "",
             command->operands);
}

int cli_exit_of(memscan_status status)
{
    switch (status) {
    case MEMSCAN_OK: return CLI_EXIT_DONE;
    case MEMSCAN_UNREADABLE:
    case MEMSCAN_TIMEOUT: return CLI_EXIT_PARTIAL;
    case MEMSCAN_GONE: return CLI_EXIT_GONE;
    case MEMSCAN_DENIED:
    case MEMSCAN_UNWRITABLE: return CLI_EXIT_DENIED;
    case MEMSCAN_CANCELLED: return CLI_EXIT_INTERRUPTED;
    default: return CLI_EXIT_WRONG;
    }
}

int cli_exit_of_launch(memscan_status status)
{
    return status == MEMSCAN_NOT_FOUND ? CLI_EXIT_NO_SUCH_PROGRAM
           : status == MEMSCAN_DENIED  ? CLI_EXIT_NOT_EXECUTABLE
                                       : CLI_EXIT_RUN_FAILED;
}

int cli_report(cli *call, const memscan_error *error)
{
    call->printer->form->error(call->printer, error);
    return cli_exit_of(error->status);
}
