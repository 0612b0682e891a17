/* command.h - the command line, run as a person runs it: its start is in the time. */
#ifndef BENCH_COMMAND_H
#define BENCH_COMMAND_H

#include "measure.h"
#include "subject.h"

typedef struct bench_output {
    bench_sample taken;   /* until it ended */
    double first_seconds; /* until its first byte; those of `taken` when there was none */
    bench_answer matches; /* lines that begin with an address */
    uint64_t told;        /* the number behind the last "matches": */
} bench_output;

/* Runs it with nothing on stdin; dies when it cannot be run, or ends with another status than 0 or 1. `start`: what offsets
 * count from. */
void bench_command(const char *const *words, uint64_t start, bench_output *output);

#endif
