/* landmarks.c - a target that knows where its own things are: "WORD ADDRESS THREAD" a line (THREAD: whose stack, or 0),
 * then "ready". It waits until its standard input ends. Built for 64 and for 32 bits, movable and not. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096u

const int landmark_constant[4] = { 1, 2, 3, 4 };
int landmark_data = 7;
int landmark_small_bss; /* in the last page of what the file initialises */
char landmark_bss[PAGE * 64];
static const char *literal = "a string literal";
static pthread_barrier_t started;
static int hold[2];
static volatile int running = 1;

static void say(const char *word, const void *address, long thread)
{
    printf("%s 0x%" PRIxPTR " %ld\n", word, (uintptr_t)address, thread);
}

static __attribute__((noinline, used)) int landmark_code(int of)
{
    return of + landmark_data;
}

static long own_id(void)
{
    return syscall(SYS_gettid);
}

static void say_guard(long thread)
{
    pthread_attr_t attributes;
    void *lowest;
    size_t size;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &lowest, &size);
    say("guard_of_stack", (char *)lowest - 1, thread);
    say("stack", (char *)lowest + size / 2, thread); /* far below what is used */
    pthread_attr_destroy(&attributes);
}

/* With other C libraries nothing shows that a block is a heap, nor what a stack is that its thread does not sleep on, or that took the place of another. */
static void say_known(const char *word, const void *address, long thread)
{
#ifdef __GLIBC__
    say(word, address, thread);
#else
    (void)word, (void)address, (void)thread;
#endif
}

/* Its first allocation makes an arena; glibc never takes it from the main heap. */
static void *sleep_on(void *argument)
{
    char local, *block = malloc(1000);
    long id = own_id();
    flockfile(stdout);
    say("stack", &local, id);
    say_known("arena", block, 0);
    say_guard(id);
    funlockfile(stdout);
    pthread_barrier_wait(&started);
    while (read(hold[0], &local, 1) < 0)
        ;
    free(block);
    return argument;
}

static void *run_on(void *argument)
{
    char local;
    flockfile(stdout);
    say_known("running", &local, own_id());
    funlockfile(stdout);
    pthread_barrier_wait(&started);
    while (running)
        ;
    return argument;
}

static void stay(int signal)
{
    char local;
    (void)signal;
    say_known("alternate", &local, own_id());
    pthread_barrier_wait(&started);
    while (read(hold[0], &local, 1) < 0)
        ;
}

static void *sleep_elsewhere(void *argument)
{
    char local;
    stack_t stack = { .ss_size = 64 * 1024 };
    stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(stack.ss_sp, PAGE, PROT_NONE); /* keeps it apart from its neighbours */
    struct sigaction action = { .sa_handler = stay, .sa_flags = SA_ONSTACK };
    sigaltstack(&stack, NULL);
    sigaction(SIGUSR1, &action, NULL);
    say_known("stack_left", &local, own_id());
    raise(SIGUSR1);
    return argument;
}

/* Memory that the kernel may give a huge page; whether it did, this program's own smaps tells. */
static void say_huge(void)
{
    char line[256];
    size_t size = 4u << 20;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *aligned = (char *)(((uintptr_t)memory + (2u << 20) - 1) & ~(uintptr_t)((2u << 20) - 1));
    madvise(memory, size, MADV_HUGEPAGE);
    memset(aligned, 1, 2u << 20);
    FILE *smaps = fopen("/proc/self/smaps", "r");
    unsigned long kilobytes, huge = 0;
    while (smaps && fgets(line, sizeof line, smaps))
        if (sscanf(line, "AnonHugePages: %lu kB", &kilobytes) == 1)
            huge += kilobytes;
    if (smaps)
        fclose(smaps);
    if (huge == 2048)
        say("huge", aligned + 12345, 0);
}

static void say_pages(void)
{
    volatile char *memory = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char byte = memory[PAGE]; /* read, never written */
    memory[2 * PAGE] = (char)(byte + 1);
    say("untouched", (const void *)(uintptr_t)memory, 0);
    say("zero", (const void *)(uintptr_t)(memory + PAGE), 0);
    say("resident", (const void *)(uintptr_t)(memory + 2 * PAGE), 0);
    mprotect((void *)(uintptr_t)memory, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC); /* apart from the mapping above */
}

int main(void)
{
    pthread_t threads[4];
    char local;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    pthread_barrier_init(&started, NULL, 5);
    if (pipe(hold))
        return 1;
    say("null", NULL, 0);
    say("code", (const void *)(uintptr_t)&landmark_code, 0);
    say("rodata", landmark_constant, 0);
    say("rodata", literal, 0);
    say("data", &landmark_data, 0);
    say("bss", &landmark_small_bss, 0);
    say("bss", landmark_bss + sizeof landmark_bss / 2, 0);
    say_known("brk", malloc(1000), 0);
    say_known("block", (char *)malloc(1u << 20) + 70000, 0);
    say_known("block", (char *)malloc(3u << 20) + (2u << 20), 0);
    say("stack", &local, getpid());
    say("guard", mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 0);
    say_huge();
    say_pages();
    void *(*const runs[])(void *) = { sleep_on, sleep_on, run_on, sleep_elsewhere };
    for (size_t i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, runs[i], NULL);
    pthread_barrier_wait(&started);
    char *gone = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(gone + PAGE, PAGE);
    say("none", gone + PAGE, 0);
    printf("ready\n");
    fflush(stdout);
    int status = read(0, &local, 1) != 0;
    running = 0;
    return status + (landmark_code(0) == 0);
}
