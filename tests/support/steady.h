/* steady.h - the target of tests/targets/steady.c, spoken to, and what can be seen of it from outside: whether somebody
 * did something to it. */
#ifndef STEADY_H
#define STEADY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct steady {
    pid_t pid;
    int to, from;
    uint64_t area, area_size, cell, code, shared, memfd, untouched, file, none, unsupplied; /* 0: it has none */
} steady;

void steady_start(steady *target, const char *program);
/* One whose untouched memory is small. */
void steady_start_small(steady *target, const char *program);
/* Hears where all lies: of a program that was executed anew. */
void steady_hear_places(steady *target);
void steady_say(steady *target, const char *line);
/* Says `line` and returns the answer, valid until the next call; "" when it ended. */
const char *steady_ask(steady *target, const char *line);
void steady_end(steady *target); /* kills and reaps */

/* What is measured before, and must be so afterwards. Resident memory counts what is swapped out, too. */
typedef struct steady_sight {
    uint64_t resident_kib, tables_kib;
    uint64_t mappings; /* a digest of all addresses and protections */
} steady_sight;

/* Looks twice, when all its threads wait: the first look has the target touch what it needs for answering. */
steady_sight steady_look(steady *target);

/* NULL: it runs, was never stopped nor interrupted, is not traced, has no more memory, no more page tables, no other
 * mappings, and its own memory is as it made it. Else what is wrong, valid until the next call. With `may_grow` its
 * memory is not looked at. */
const char *steady_harm(steady *target, const steady_sight *before, bool may_grow);

#endif
