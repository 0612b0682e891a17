/* asked.h - the questions of the rows of first searches, and how the target itself answers each. */
#ifndef BENCH_ASKED_H
#define BENCH_ASKED_H

#include "subject.h"

typedef struct bench_asked {
    const char *row;        /* behind "find." or "command." */
    const char *expression; /* NULL: patterns */
    unsigned patterns;      /* the first is the planted text, the others are not there */
    unsigned alignment;     /* 0: the type's own */
    double reach;           /* of the floor's speed, on 4 KiB pages */
    bool by_command;        /* also by the command line */
    bench_fits *fits;
    unsigned step; /* of the target's own search */
} bench_asked;

extern const bench_asked bench_all_asked[];
extern const unsigned bench_asked_count;

/* Pattern number `index` of a row of several, as an expression of at most 64 bytes. */
void bench_pattern(unsigned index, char out[64]);

#endif
