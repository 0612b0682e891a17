/* launch.h - starting other programs. One implementation per system: launch_linux.c, launch_windows.c. */
#ifndef CLI_LAUNCH_H
#define CLI_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <memscan/base.h>

/* Runs a program that later memscan calls may open, and comes to that program's end: on Linux this process becomes
 * it (same number, same terminal, its own status), so the call returns only when it failed.
 *   NOT_FOUND   there is no such program
 *   DENIED      it cannot be executed
 * Otherwise the program's exit code is in *code. */
memscan_status cli_run_program(char *const *arguments, int *code, memscan_error *error);

/* The number of this process. */
uint64_t cli_own_pid(void);

/* The path of a file that belongs to this program: beside the executable, or at ../libexec/memscan/ from it. False
 * when it is at neither place. */
bool cli_find_companion(const char *file, char *path, size_t capacity);

/* A program of ours, spoken to in lines. */
typedef struct cli_child cli_child;

memscan_status cli_child_start(char *const *arguments, cli_child **child, memscan_error *error);
uint64_t cli_child_pid(const cli_child *child);
/* Sends a line (the newline is added). */
memscan_status cli_child_say(cli_child *child, const char *line, memscan_error *error);
/* Waits for the next line, without its newline. GONE: the program ended. TIMEOUT: it said nothing for ten seconds. */
memscan_status cli_child_hear(cli_child *child, char *line, size_t capacity, memscan_error *error);
/* Ends the program. NULL is allowed. */
void cli_child_end(cli_child *child);

#endif
