/* rows.h - the rows of the table: each measured beside its floor, its answers compared with what the target says. */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include <memscan/memscan.h>

#include "floor.h"

typedef struct bench_settings {
    uint64_t bytes;      /* of the targets */
    unsigned rounds;     /* of each row */
    unsigned threads;    /* of the floor and of the rows */
    const char *only;    /* a glob of the rows to measure, or NULL */
    const char *program; /* the command line, or NULL */
    const char *empty;   /* a program that does nothing */
    const char *self;    /* this program, to run parts of it apart */
} bench_settings;

/* One row while it is measured: what it took, and what the floor took just before. */
typedef struct bench_row {
    const char *name;       /* "find.i32" */
    double reach;           /* speed at least, as a part of the floor's; 0: none was set */
    double allowed_seconds; /* or: most seconds; 0: compare with the floor */
    bench_sample floor[BENCH_MOST_ROUNDS], taken[BENCH_MOST_ROUNDS];
    unsigned rounds;
} bench_row;

bool bench_wanted(const bench_settings *settings, const char *row);
/* Adds one round. */
void bench_row_add(bench_row *row, bench_sample floor, bench_sample taken);
/* One line of JSON; a row that was not measured prints none. `more`: further members (", \"x\":1") or "". */
void bench_row_tell(const bench_settings *settings, const bench_subject *subject, const bench_row *row,
                    const char *more);
/* A result that is no time: so many `unit`, of which at most `allowed` are to be reached. */
void bench_tell_amount(const bench_settings *settings, const char *row, const char *subject, double amount,
                       const char *unit, double allowed);
/* Dies unless both are the same. */
void bench_check(const char *row, bench_answer found, bench_answer truth);

/* The target, opened to be read, and the range of its memory. */
memscan_target *bench_open(const bench_subject *subject);
memscan_range bench_range(const bench_subject *subject);

/* The groups. Each starts the targets it needs. */
void bench_find_rows(const bench_settings *settings);
void bench_contents_rows(const bench_settings *settings);
void bench_session_rows(const bench_settings *settings);
void bench_place_rows(const bench_settings *settings);
void bench_start_rows(const bench_settings *settings);
void bench_memory_rows(const bench_settings *settings);

/* What the memory rows run in a process of its own: prints the peak. */
int bench_peak(int argc, char **argv);

#endif
