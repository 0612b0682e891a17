/* measure.h - what every benchmark shares: clocks, medians, and the way to end when something is wrong. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

#include "libmemscan/base/compat.h"

#define BENCH_MOST_ROUNDS 101

/* How long something took: by the wall's clock, and in processor time of this process and the children it waited for,
 * which a busy machine disturbs less. */
typedef struct bench_sample {
    double wall, cpu;
} bench_sample;

_Noreturn void bench_die(const char *format, ...) MS_PRINTF(1, 2);
bench_sample bench_now(void);
bench_sample bench_since(bench_sample begin);
/* The middle value, the smallest value; `values` is sorted. */
double bench_median(double *values, unsigned count);
double bench_best(double *values, unsigned count);
/* The kilobytes after `field` (as "VmHWM:") in /proc/self/status. */
uint64_t bench_own_kilobytes(const char *field);

#endif
