/* program.h - runs another program to its end, or begins it and leaves it running, with what it says kept. */
#ifndef TEST_PROGRAM_H
#define TEST_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

typedef struct program {
    pid_t pid;
    int out_fd, err_fd; /* files without a name, in memory */
    int status;         /* as waitpid(2) tells it */
    char *out, *err;    /* terminated; what was said */
    size_t out_length, err_length;
} program;

typedef struct program_settings {
    const char *input;       /* NULL: none */
    const char *const *more; /* NAME=VALUE of the environment, ended by NULL; or NULL */
    int keep_fd;             /* a descriptor that it inherits as number 9; below 0: none */
} program_settings;

/* `words` end with NULL. The program ends with us. */
void program_begin(program *one, const char *const *words, const program_settings *settings);
/* Waits for its end and takes up what it said. */
void program_finish(program *one);
/* Begins it and waits. */
void program_run(program *one, const char *const *words, const program_settings *settings);
void program_forget(program *one); /* frees what it said */

/* Its exit code; -1 when a signal ended it. */
int program_code(const program *one);

#endif
