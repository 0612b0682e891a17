/* bench_alloc - what the recorder adds to a malloc+free pair: the same loop with and without it, taking turns, as a
 * program of its own each time; the medians are compared. The loops are timed as a whole, so that the clock's cost is in
 * what was added, not in both.
 *
 *   bench_alloc RECORDER [ROUNDS [THREADS [PAIRS]]] */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <memscan/recording.h>

#define MOST_ROUNDS  199u
#define MOST_THREADS 64u

/* ---- the program that is measured ---- */

typedef struct loop {
    pthread_t thread;
    unsigned long pairs;
    double ns; /* a pair */
} loop;

/* Of this thread: what else the machine does is not the recorder's. */
static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void *run_loop(void *argument)
{
    loop *l = argument;
    double begin = cpu_ns();
    for (unsigned long i = 0; i < l->pairs; i++) {
        void *volatile block = malloc(16 + i % 8 * 16);
        free(block);
    }
    l->ns = (cpu_ns() - begin) / (double)l->pairs;
    return NULL;
}

/* The mean of the threads' own times, in words, to the parent. */
static int be_measured(int to, unsigned threads, unsigned long pairs)
{
    loop loops[MOST_THREADS] = { { .pairs = 0 } };
    double sum = 0;
    char text[32];
    for (unsigned i = 0; i < threads; i++) {
        loops[i].pairs = pairs;
        if (i > 0 && pthread_create(&loops[i].thread, NULL, run_loop, &loops[i]) != 0)
            return 1;
    }
    run_loop(&loops[0]);
    for (unsigned i = 1; i < threads; i++)
        pthread_join(loops[i].thread, NULL);
    for (unsigned i = 0; i < threads; i++)
        sum += loops[i].ns / threads;
    int length = snprintf(text, sizeof text, "%.3f", sum);
    return write(to, text, (size_t)length) == length ? 0 : 1;
}

/* ---- taking turns ---- */

typedef struct measure {
    const char *recorder;
    char *arguments[6];
    int from;
    uint64_t events, lost;
    double clock_ns;
} measure;

static double hear(const measure *m)
{
    char text[32] = "";
    if (read(m->from, text, sizeof text - 1) <= 0) {
        fprintf(stderr, "bench_alloc: the program said nothing\n");
        exit(1);
    }
    return strtod(text, NULL);
}

static double run_plain(measure *m)
{
    extern char **environ;
    pid_t pid;
    if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, m->arguments, environ) != 0)
        exit(1);
    waitpid(pid, NULL, 0);
    return hear(m);
}

static int ignore(const memscan_allocation *allocation, void *context)
{
    (void)allocation, (void)context;
    return 0;
}

static double run_recorded(measure *m, const char *own)
{
    memscan_recording_options options = MEMSCAN_RECORDING_OPTIONS_INIT;
    memscan_recording *recording;
    memscan_error error;
    char *arguments[6];
    memcpy(arguments, m->arguments, sizeof arguments);
    arguments[0] = (char *)(uintptr_t)own;
    options.recorder = m->recorder;
    if (memscan_recording_start(arguments, &options, &recording, &error) != MEMSCAN_OK) {
        fprintf(stderr, "bench_alloc: %s\n", error.text);
        exit(1);
    }
    while (memscan_recording_drain(recording, ignore, NULL, &error) == MEMSCAN_OK) {
    }
    memscan_recording_report report = MEMSCAN_RECORDING_REPORT_INIT;
    memscan_recording_report_of(recording, &report);
    m->events += report.allocations + report.frees;
    m->lost += report.lost_allocations + report.lost_frees;
    m->clock_ns = report.clock_ns;
    memscan_recording_close(recording);
    return hear(m);
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static unsigned long number(int argc, char **argv, int index, unsigned long otherwise)
{
    return argc > index ? strtoul(argv[index], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "measured") == 0)
        return be_measured((int)number(argc, argv, 2, 1), (unsigned)number(argc, argv, 3, 1), number(argc, argv, 4, 1));
    if (argc < 2) {
        fprintf(stderr, "usage: bench_alloc RECORDER [ROUNDS [THREADS [PAIRS]]]\n");
        return 2;
    }
    unsigned long rounds = number(argc, argv, 2, 21), threads = number(argc, argv, 3, 1);
    unsigned long pairs = number(argc, argv, 4, 300000);
    double plain[MOST_ROUNDS], recorded[MOST_ROUNDS];
    char own[4096], name[] = "bench_alloc", mode[] = "measured", to[16], thread_word[16], pair_word[24];
    int fds[2];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (rounds < 1 || rounds > MOST_ROUNDS || threads < 1 || threads > MOST_THREADS || length <= 0 || pipe(fds) != 0)
        return 2;
    own[length] = '\0';
    snprintf(to, sizeof to, "%d", fds[1]);
    snprintf(thread_word, sizeof thread_word, "%lu", threads);
    snprintf(pair_word, sizeof pair_word, "%lu", pairs);
    measure m = { .recorder = argv[1], .arguments = { name, mode, to, thread_word, pair_word, NULL }, .from = fds[0] };
    for (unsigned long i = 0; i < rounds; i++) {
        plain[i] = run_plain(&m);
        recorded[i] = run_recorded(&m, own);
    }
    double without = median(plain, rounds), with = median(recorded, rounds);
    printf("{\"bench\":\"alloc\",\"threads\":%lu,\"pair_ns\":%.1f,\"recorded_ns\":%.1f,\"added_ns\":%.1f,"
           "\"clock_ns\":%.1f,\"lost_percent\":%.1f}\n",
           threads, without, with, with - without, m.clock_ns,
           100.0 * (double)m.lost / (double)(m.events + m.lost + 1));
    return 0;
}
