/* allocates MODE COUNT PAIRS: a program that counts its own allocations and prints their number, process by process:
 * "allocations N frees M". It uses no stdio, so that nothing but what it counts, and what its threads need to begin,
 * is allocated; with 0 pairs the same run shows how much that is.
 *
 *   threads    COUNT threads at once, PAIRS each
 *   turns      COUNT threads, one after the other
 *   fork       COUNT children at once
 *   exec       PAIRS, then itself anew in the same process, with an empty environment
 *   spawn      COUNT children by posix_spawn, with an empty environment
 *   raw        a child by the bare system call, of which no library knows
 *   signals    PAIRS, while a timer's handler allocates too; for allocators that bear it (targets/bump.c)
 *   sizes      PAIRS blocks, from 1 byte to a mebibyte, of times as various as can be had
 *   waits      PAIRS, then "ready", then sleeps until a signal ends it
 *   leaves     PAIRS blocks of 1000 bytes that are never freed */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static _Atomic unsigned long allocations, frees;
static unsigned long pairs;
static pthread_barrier_t all_there;

static void count(void *block)
{
    if (block == NULL)
        abort();
    atomic_fetch_add(&allocations, 1);
}

static void release(void *block)
{
    free(block);
    atomic_fetch_add(&frees, 1);
}

static char *put_number(char *out, unsigned long number)
{
    char digits[24];
    size_t length = 0;
    do
        digits[length++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (length > 0)
        *out++ = digits[--length];
    return out;
}

static void tell(void)
{
    char line[96] = "allocations ", *end = put_number(line + strlen(line), atomic_load(&allocations));
    memcpy(end, " frees ", 7);
    end = put_number(end + 7, atomic_load(&frees));
    *end++ = '\n';
    if (write(STDOUT_FILENO, line, (size_t)(end - line)) < 0)
        abort();
}

/* One of every kind, in turn; reallocs are allocations too. */
static void *allocate(unsigned long i)
{
    void *block = NULL;
    size_t size = 16 + i % 64 * 8;
    switch (i % 8) {
    case 0: block = calloc(3, size); break;
    case 1: block = memalign(64, size); break;
    case 2: block = aligned_alloc(64, (size + 63) / 64 * 64); break;
    case 3:
        if (posix_memalign(&block, 128, size) != 0)
            abort();
        break;
    case 4:
        block = malloc(size);
        count(block);
        block = realloc(block, size * 4);
        break;
    default: block = malloc(size);
    }
    count(block);
    return block;
}

static void run_pairs(void)
{
    for (unsigned long i = 0; i < pairs; i++)
        release(allocate(i));
}

static void *run_thread(void *is_one_of_many)
{
    if (is_one_of_many != NULL)
        pthread_barrier_wait(&all_there);
    run_pairs();
    return NULL;
}

static void run_threads(unsigned long how_many)
{
    pthread_t *threads = malloc(how_many * sizeof *threads);
    count(threads);
    pthread_barrier_init(&all_there, NULL, (unsigned)how_many);
    for (unsigned long i = 0; i < how_many; i++) {
        if (pthread_create(&threads[i], NULL, run_thread, &all_there) != 0)
            abort();
    }
    for (unsigned long i = 0; i < how_many; i++)
        pthread_join(threads[i], NULL);
    release(threads);
}

static void run_turns(unsigned long how_many)
{
    for (unsigned long i = 0; i < how_many; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, run_thread, NULL) != 0)
            abort();
        pthread_join(thread, NULL);
    }
}

static void begin_anew(void)
{
    atomic_store(&allocations, 0);
    atomic_store(&frees, 0);
}

static void run_forks(unsigned long how_many)
{
    run_pairs();
    for (unsigned long i = 0; i < how_many; i++) {
        if (fork() != 0)
            continue;
        begin_anew();
        run_pairs();
        tell();
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
}

static void run_raw(void)
{
    run_pairs();
    long child = syscall(SYS_clone, 17 /* SIGCHLD */, 0, 0, 0, 0);
    if (child == 0) {
        begin_anew();
        run_pairs();
        tell();
        _exit(0);
    }
    while (wait(NULL) > 0) {
    }
}

static void become_anew(char *own_name, char *count_word, char *pair_word)
{
    char mode[] = "threads", *words[] = { own_name, mode, count_word, pair_word, NULL }, *nothing[] = { NULL };
    run_pairs();
    tell();
    execve("/proc/self/exe", words, nothing);
    abort();
}

static void run_spawned(char *own_name, unsigned long how_many, char *pair_word)
{
    char mode[] = "threads", one[] = "1";
    char *words[] = { own_name, mode, one, pair_word, NULL }, *nothing[] = { NULL };
    run_pairs();
    for (unsigned long i = 0; i < how_many; i++) {
        pid_t child;
        if (posix_spawn(&child, "/proc/self/exe", NULL, NULL, words, nothing) != 0)
            abort();
        waitpid(child, NULL, 0);
    }
}

static const struct itimerval soon = { .it_value = { .tv_usec = 20 } };

/* The next time is asked for when this one is over, so that a slow machine, too, comes to something else in between; and not for
 * ever, since what bump.c has given is gone. */
static void on_timer(int signal_number)
{
    enum { MOST_TIMES = 20000 };
    static unsigned times;
    (void)signal_number;
    release(allocate(5));
    if (++times < MOST_TIMES)
        setitimer(ITIMER_REAL, &soon, NULL);
}

static void run_signals(void)
{
    struct sigaction action = { .sa_handler = on_timer, .sa_flags = SA_RESTART };
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &soon, NULL);
    run_pairs();
    action.sa_handler = SIG_IGN;
    sigaction(SIGALRM, &action, NULL);
}

static void run_sizes(void)
{
    uint64_t dice = 1;
    void *kept[256] = { NULL };
    for (unsigned long i = 0; i < pairs; i++) {
        dice = dice * UINT64_C(6364136223846793005) + 1442695040888963407u;
        unsigned shift = (unsigned)(dice >> 33) % 21, at = (unsigned)(dice >> 40) % 256;
        if (i % 4096 != 0 && shift > 14)
            shift = shift % 12;
        if (kept[at] != NULL)
            release(kept[at]);
        kept[at] = malloc(1 + ((dice >> 20) & ((UINT64_C(1) << shift) - 1)) + (UINT64_C(1) << shift) / 2);
        count(kept[at]);
    }
    for (unsigned i = 0; i < 256; i++) {
        if (kept[i] != NULL)
            release(kept[i]);
    }
}

static void run_leaves(void)
{
    for (unsigned long i = 0; i < pairs; i++)
        count(malloc(1000));
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    unsigned long how_many = strtoul(argv[2], NULL, 10);
    pairs = strtoul(argv[3], NULL, 10);
    const char *mode = argv[1];
    if (strcmp(mode, "threads") == 0)
        run_threads(how_many);
    else if (strcmp(mode, "turns") == 0)
        run_turns(how_many);
    else if (strcmp(mode, "fork") == 0)
        run_forks(how_many);
    else if (strcmp(mode, "exec") == 0)
        become_anew(argv[0], argv[2], argv[3]);
    else if (strcmp(mode, "spawn") == 0)
        run_spawned(argv[0], how_many, argv[3]);
    else if (strcmp(mode, "raw") == 0)
        run_raw();
    else if (strcmp(mode, "signals") == 0)
        run_signals();
    else if (strcmp(mode, "sizes") == 0)
        run_sizes();
    else if (strcmp(mode, "leaves") == 0)
        run_leaves();
    else
        run_pairs();
    tell();
    if (strcmp(mode, "waits") == 0) {
        if (write(STDOUT_FILENO, "ready\n", 6) < 0)
            return 1;
        for (;;)
            pause();
    }
    return 0;
}
