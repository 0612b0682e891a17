/* commands.h - every command of memscan that meets a target, in the forms that matter, played against the target of
 * tests/targets/steady.c. The order is a story: what one makes (a session, a journal) the next ones use. */
#ifndef FAULT_COMMANDS_H
#define FAULT_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "program.h"
#include "steady.h"

enum {
    COMMAND_MAY_GROW = 1, /* its help says that it makes memory resident */
    COMMAND_ASKS_ALL = 2, /* it also asks for the pages that nobody supplies: exit 3 where the target has such */
};

typedef struct fault_command {
    const char *words; /* after the program's name, by spaces; PID, CELL, AREA ... stand for what the target has */
    int code;          /* its exit code */
    unsigned flags;
    const char *input; /* NULL: none */
} fault_command;

extern const fault_command fault_commands[];
extern const size_t fault_command_count;

int fault_command_code(const fault_command *command, const steady *target);

/* A folder of the test's own, where sessions and files of commands go, and the patch that `patch FOLDER/patch.json` reads; and
 * the target: `image` is STEADY_64 or STEADY_32. Ended by the other. */
void fault_scene_begin(steady *target, const char *image, bool small);
void fault_scene_end(steady *target);
const char *fault_folder(void);

/* Begins memscan with the words of a command, in that folder's state; `more` are further NAME=VALUE, ended by NULL, or NULL;
 * `keep_fd` as in program_settings. */
void fault_begin(program *memscan, const fault_command *command, const steady *target, const char *const *more,
                 int keep_fd);
/* The same, to its end. Returns its exit code. */
int fault_run(program *memscan, const fault_command *command, const steady *target);

#endif
