/* commands.h - every command of memscan that meets a target, in the forms that matter, played against the target of
 * tests/targets/steady.c. The order is a story: what one makes (a session, a journal) the next ones use. */
#ifndef FAULT_COMMANDS_H
#define FAULT_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

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

/* The words of a command, with the program in front and NULL behind. `folder` is where its files are. */
typedef struct command_words {
    const char *words[32];
    char text[1024];
} command_words;

void fault_command_expand(const fault_command *command, const char *program, const steady *target, const char *folder,
                          command_words *out);

int fault_command_code(const fault_command *command, const steady *target);

/* What `patch FOLDER/patch.json` reads. */
void fault_commands_write_patch(const steady *target, const char *folder);

#endif
