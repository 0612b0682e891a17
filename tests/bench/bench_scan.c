/* bench_scan.c - what remembering costs: the first scan for an unknown i32, and a next scan for what changed, of a target's
 * memory against a bare process_vm_readv sweep of the same memory, as in bench_find.c. Two lines of JSON.
 *   bench_scan [MIB] [ROUNDS] [THREADS] */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/memscan.h>

#include "sweep.h"

static memscan_scan *begin_scan(memscan_target *opened, bench_subject target, unsigned threads,
                                const memscan_range *range)
{
    memscan_scan *scan;
    memscan_error error;
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    options.filter.ranges = range;
    options.filter.range_count = 1;
    options.workers = threads;
    options.memory_limit = 2 * target.size; /* a file would measure the disk */
    if (memscan_scan_create(opened, &options, &scan, &error) != MEMSCAN_OK)
        bench_die(error.text);
    return scan;
}

/* One session: how long each of its two scans takes. */
static void time_scans(memscan_target *opened, bench_subject target, unsigned threads, double *first, double *next)
{
    memscan_range range = { target.start, target.start + target.size - 1 };
    memscan_scan *scan = begin_scan(opened, target, threads, &range);
    memscan_error error;
    double begin = bench_seconds_now();
    if (memscan_scan_first(scan, "i32:unknown", NULL, NULL, &error) != MEMSCAN_OK)
        bench_die(error.text);
    *first = bench_seconds_now() - begin;
    if (memscan_scan_count(scan) != target.size / 4)
        bench_die("the first scan did not remember everything");
    begin = bench_seconds_now();
    if (memscan_scan_next(scan, "changed", NULL, &error) != MEMSCAN_OK)
        bench_die(error.text);
    *next = bench_seconds_now() - begin;
    if (memscan_scan_count(scan) != 0)
        bench_die("the target did not change");
    memscan_scan_destroy(scan);
}

static void tell(const char *bench, const char *what, uint64_t size, unsigned threads, unsigned rounds, double sweep,
                 double seconds)
{
    printf("{\"bench\":\"%s\",\"bytes\":%llu,\"threads\":%u,\"rounds\":%u,\"sweep_seconds\":%.4f,"
           "\"%s_seconds\":%.4f,\"ratio\":%.3f}\n",
           bench, (unsigned long long)size, threads, rounds, sweep, what, seconds, seconds / sweep);
}

int main(int argc, char **argv)
{
    uint64_t size = (uint64_t)bench_number_argument(argc, argv, 1, 1024, 1u << 20) << 20;
    unsigned rounds = bench_number_argument(argc, argv, 2, 5, MAX_ROUNDS);
    unsigned threads = bench_number_argument(argc, argv, 3, (unsigned)sysconf(_SC_NPROCESSORS_ONLN), MAX_THREADS);
    double sweeps[MAX_ROUNDS], firsts[MAX_ROUNDS], nexts[MAX_ROUNDS];
    char locator[32];
    memscan_target *opened;
    memscan_error error;

    bench_subject target = bench_start_target(size);
    snprintf(locator, sizeof locator, "pid:%ld", (long)target.pid);
    if (memscan_open(locator, MEMSCAN_READ, NULL, &opened, &error) != MEMSCAN_OK)
        bench_die(error.text);
    bench_time_sweep(target, threads); /* unmeasured: the first touch of buffers and code */
    for (unsigned i = 0; i < rounds; i++) {
        sweeps[i] = bench_time_sweep(target, threads);
        time_scans(opened, target, threads, &firsts[i], &nexts[i]);
    }
    double sweep = bench_median(sweeps, rounds);
    tell("first_unknown_i32", "first", size, threads, rounds, sweep, bench_median(firsts, rounds));
    tell("next_changed_i32", "next", size, threads, rounds, sweep, bench_median(nexts, rounds));
    memscan_close(opened);
    kill(target.pid, SIGKILL);
    waitpid(target.pid, NULL, 0);
    return EXIT_SUCCESS;
}
