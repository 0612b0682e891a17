/* bench_find.c - what judging costs on top of copying: the first exact i32 search of a target's memory against a bare
 * process_vm_readv sweep of the same memory, by the same number of threads, in the same chunks. The two take turns, so
 * that whatever else the machine does falls on both; medians are compared. One line of JSON.
 *   bench_find [MIB] [ROUNDS] [THREADS] */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/memscan.h>

#include "sweep.h"

#define WANTED "i32:1234567890"

static int count_match(const memscan_match *match, void *context)
{
    (void)match, (void)context;
    return 0;
}

static double time_find(memscan_target *opened, bench_subject target, unsigned threads)
{
    memscan_range range = { target.start, target.start + target.size - 1 };
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    memscan_report report;
    memscan_error error;
    options.filter.ranges = &range;
    options.filter.range_count = 1;
    options.workers = threads;
    double begin = bench_seconds_now();
    if (memscan_find(opened, WANTED, &options, count_match, NULL, &report, &error) != MEMSCAN_OK)
        bench_die(error.text);
    double seconds = bench_seconds_now() - begin;
    if (report.scanned != target.size)
        bench_die("the search did not judge everything");
    return seconds;
}

int main(int argc, char **argv)
{
    uint64_t size = (uint64_t)bench_number_argument(argc, argv, 1, 1024, 1u << 20) << 20;
    unsigned rounds = bench_number_argument(argc, argv, 2, 7, MAX_ROUNDS);
    unsigned threads = bench_number_argument(argc, argv, 3, (unsigned)sysconf(_SC_NPROCESSORS_ONLN), MAX_THREADS);
    double sweeps[MAX_ROUNDS], finds[MAX_ROUNDS];
    char locator[32];
    memscan_target *opened;
    memscan_error error;

    bench_subject target = bench_start_target(size);
    snprintf(locator, sizeof locator, "pid:%ld", (long)target.pid);
    if (memscan_open(locator, MEMSCAN_READ, NULL, &opened, &error) != MEMSCAN_OK)
        bench_die(error.text);
    bench_time_sweep(target, threads); /* one of each unmeasured: the first touch of buffers and code */
    time_find(opened, target, threads);
    for (unsigned i = 0; i < rounds; i++) {
        sweeps[i] = bench_time_sweep(target, threads);
        finds[i] = time_find(opened, target, threads);
    }
    double sweep = bench_median(sweeps, rounds), find = bench_median(finds, rounds);
    printf("{\"bench\":\"first_find_i32\",\"bytes\":%llu,\"threads\":%u,\"rounds\":%u,\"sweep_seconds\":%.4f,"
           "\"find_seconds\":%.4f,\"ratio\":%.3f}\n",
           (unsigned long long)size, threads, rounds, sweep, find, find / sweep);
    memscan_close(opened);
    kill(target.pid, SIGKILL);
    waitpid(target.pid, NULL, 0);
    return EXIT_SUCCESS;
}
