/* measure.c - clocks, medians, the end. */
#define _GNU_SOURCE
#include "measure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

_Noreturn void bench_die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(EXIT_FAILURE);
}

static double seconds_of(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1e-6;
}

bench_sample bench_now(void)
{
    struct timespec now;
    struct rusage own, children;
    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(RUSAGE_SELF, &own);
    getrusage(RUSAGE_CHILDREN, &children);
    return (bench_sample){ (double)now.tv_sec + (double)now.tv_nsec * 1e-9, seconds_of(&own) + seconds_of(&children) };
}

bench_sample bench_since(bench_sample begin)
{
    bench_sample now = bench_now();
    return (bench_sample){ now.wall - begin.wall, now.cpu - begin.cpu };
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_median(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, by_value);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

double bench_best(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[0];
}

uint64_t bench_own_kilobytes(const char *field)
{
    char line[256];
    unsigned long long kilobytes = 0;
    FILE *status = fopen("/proc/self/status", "re");
    while (status && fgets(line, sizeof line, status))
        if (!strncmp(line, field, strlen(field)))
            kilobytes = strtoull(line + strlen(field), NULL, 10);
    if (!status || !kilobytes)
        bench_die("/proc/self/status does not tell %s", field);
    fclose(status);
    return kilobytes;
}
