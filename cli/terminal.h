/* terminal.h - what we ask of the terminal and of the process we are. One implementation per system:
 * terminal_linux.c, terminal_windows.c. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <memscan/base.h>

typedef struct cli_terminal {
    bool input;       /* stdin is a terminal */
    bool output;      /* stdout is a terminal */
    bool messages;    /* stderr is a terminal */
    unsigned columns; /* of either; 80 where there is none */
    bool utf8;        /* it shows UTF-8 */
    bool sequences;   /* it understands escape sequences: colours, a line drawn anew */
} cli_terminal;

/* Before anything else is opened: what was closed on entry (stdin, stdout, stderr) is taken by something that refuses
 * to be read or written, so that no file of ours, and no target's memory, is ever taken for stdout. */
void cli_hold_standard_streams(void);

/* True when this program was given rights that the one who started it does not have: setuid, setgid, or capabilities of
 * the file. */
bool cli_has_borrowed_rights(void);

void cli_terminal_look(cli_terminal *terminal);

/* The words of the command line in UTF-8, where the system did not hand them to main so; they live as long as we do.
 * False: memory ran out. */
bool cli_system_arguments(int *count, char ***arguments);

/* A new file, for its owner only where the system has such modes, or an old one emptied, for writing; NULL and errno. The
 * path is UTF-8. */
FILE *cli_create_file(const char *path);
/* Takes back what cli_create_file made and could not be written whole. Devices and links stay. */
void cli_remove_created_file(const char *path);

/* fwrite of bytes, without its lock where the system offers that: one thread writes, millions of short texts. */
size_t cli_write_bytes(FILE *file, const char *bytes, size_t length);

/* From now on Ctrl-C raises the token; a second Ctrl-C ends this process at once. A broken pipe becomes a failing
 * write. */
void cli_interrupts_to(memscan_cancel *token);
/* Signals are for a program that is started from now on, until they are wanted again (cli_interrupts_to): it gets them as
 * this one got them, and this one lives on. */
void cli_interrupts_leave(void);
/* Ctrl-C does nothing, until it is wanted again. */
void cli_interrupts_ignore(void);
/* As it was before, for a program that takes our place. */
void cli_interrupts_restore(void);

/* Milliseconds of a clock that only goes forward. */
uint64_t cli_clock_ms(void);
/* Milliseconds since 1970. */
uint64_t cli_unix_ms(void);
/* Waits that long, or until the token is raised. */
void cli_wait_ms(uint64_t milliseconds, const memscan_cancel *cancel);

/* True when `os_error`, the errno of a failed write, says that nobody reads the other end any more. */
bool cli_is_broken_pipe(int os_error);

#endif
