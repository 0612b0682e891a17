/* sweep.h - what benchmarks of searches share: a target full of noise, and a bare process_vm_readv sweep of it by several
 * threads, in the chunks that a search reads. */
#ifndef BENCH_SWEEP_H
#define BENCH_SWEEP_H

#include <stdint.h>
#include <sys/types.h>

#define MAX_ROUNDS  101
#define MAX_THREADS 256

typedef struct bench_subject {
    pid_t pid;
    uint64_t start;
    uint64_t size;
} bench_subject;

_Noreturn void bench_die(const char *what);
bench_subject bench_start_target(uint64_t size);
double bench_seconds_now(void);
double bench_time_sweep(bench_subject target, unsigned threads);
double bench_median(double *values, unsigned count); /* sorts them */
unsigned bench_number_argument(int argc, char **argv, int index, unsigned otherwise, unsigned most);

#endif
