/* sweep.c - the target of a benchmark, and the bare copy that it is compared with. */
#define _GNU_SOURCE
#include "sweep.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define CHUNK_SIZE ((size_t)1 << 20)

_Noreturn void bench_die(const char *what)
{
    fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
    exit(EXIT_FAILURE);
}

/* Noise that no page shares with another, and that the kernel cannot merge; seeded, so every run sees the same. */
static void fill(uint64_t *words, uint64_t size)
{
    uint64_t state = 0x9e3779b97f4a7c15u;
    for (uint64_t i = 0; i < size / sizeof *words; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        words[i] = state;
    }
}

bench_subject bench_start_target(uint64_t size)
{
    int ready[2];
    bench_subject result = { .size = size };
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || pipe(ready) != 0 || (result.pid = fork()) < 0)
        bench_die("the target could not be started");
    if (result.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        fill(memory, size);
        if (write(ready[1], "", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    char word;
    if (read(ready[0], &word, 1) != 1)
        bench_die("the target ended early");
    result.start = (uint64_t)(uintptr_t)memory;
    return result;
}

double bench_seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

typedef struct sweep_work {
    bench_subject target;
    _Atomic uint64_t next;
    _Atomic uint64_t copied;
} sweep_work;

static void *sweep_worker(void *argument)
{
    sweep_work *work = argument;
    void *buffer = malloc(CHUNK_SIZE);
    uint64_t offset;
    while (buffer && (offset = atomic_fetch_add(&work->next, CHUNK_SIZE)) < work->target.size) {
        struct iovec local = { buffer, CHUNK_SIZE };
        struct iovec remote = { (void *)(uintptr_t)(work->target.start + offset), CHUNK_SIZE };
        ssize_t count = process_vm_readv(work->target.pid, &local, 1, &remote, 1, 0);
        if (count > 0)
            atomic_fetch_add(&work->copied, (uint64_t)count);
    }
    free(buffer);
    return NULL;
}

double bench_time_sweep(bench_subject target, unsigned threads)
{
    pthread_t workers[MAX_THREADS];
    sweep_work work = { .target = target };
    double begin = bench_seconds_now();
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&workers[i], NULL, sweep_worker, &work) != 0)
            bench_die("no thread");
    for (unsigned i = 0; i < threads; i++)
        pthread_join(workers[i], NULL);
    double seconds = bench_seconds_now() - begin;
    if (work.copied != target.size)
        bench_die("the sweep did not read everything");
    return seconds;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double bench_median(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

unsigned bench_number_argument(int argc, char **argv, int index, unsigned otherwise, unsigned most)
{
    unsigned long value = index < argc ? strtoul(argv[index], NULL, 10) : otherwise;
    if (value < 1 || value > most)
        bench_die("the arguments are [MIB] [ROUNDS] [THREADS]");
    return (unsigned)value;
}
