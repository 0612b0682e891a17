/* steady.c - a target that notices what is done to it. It holds memory of every sort that a reader could disturb (touched,
 * never touched, shared and written by another process only, a file's, without access, supplied by nobody), and two
 * threads that sleep in calls which any stop interrupts. It says where all lies ("WHAT ADDRESS SIZE" a line), then "ready",
 * and then answers, line by line:
 *   look     how often a sleep was interrupted, whether the touched memory is as it was made, and the cell's value
 *   tell     the cell's value and the code's bytes
 *   reset    puts cell and code back to what they were
 *   unmap    gives up the second half of the touched memory
 *   swap     has the kernel swap the touched memory out, where there is swap
 *   exec     becomes the same program anew
 * It ends with its input. With an argument, the memory that it never touches is small, so that looking it through takes
 * few calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE   ((size_t)4096)
#define AREA   ((size_t)32 << 20)
#define SHARED ((size_t)16 << 20)
#define UNTOUCHED                                                                                                      \
    (sizeof(void *) == 8 ? (size_t)1 << (sizeof(void *) * 5) : (size_t)512 << 20) /* 1 TiB, or what fits */
#define NEEDLE UINT32_C(0x5ca1ab1e)

static atomic_uint interrupted;
static uint32_t *area;
static size_t area_words = AREA / 4;
static volatile int32_t *cell;
static uint8_t *code;

static void *map_or_end(size_t size, int protection, int flags, int fd)
{
    void *at = mmap(NULL, size, protection, flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
    if (at == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    return at;
}

static void say(const char *what, const void *at, size_t size)
{
    printf("%s 0x%" PRIxPTR " %zu\n", what, (uintptr_t)at, size);
}

static uint32_t word_at(size_t i)
{
    return i % 100003 == 17 ? NEEDLE : (uint32_t)i * 2654435761u | 1;
}

static bool area_is_whole(void)
{
    for (size_t i = 0; i < area_words; i++)
        if (area[i] != word_at(i))
            return false;
    return true;
}

static void make_area(void)
{
    area = map_or_end(AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    for (size_t i = 0; i < area_words; i++)
        area[i] = word_at(i);
    cell = map_or_end(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    *cell = 100;
    say("area", area, AREA);
    say("cell", (const void *)(uintptr_t)cell, 4);
}

/* Eight bytes that stand here alone: not in the program's own code and constants too, which are read as well. */
static void fill_code(void)
{
    static const uint8_t hidden[8] = { 0xd6, 0x0f, 0x3c, 0x21, 0x52, 0x41, 0x10, 0xee }; /* each of them inverted */
    volatile uint8_t invert = 0xff;
    mprotect(code, PAGE, PROT_READ | PROT_WRITE);
    memset(code, 0x90, PAGE);
    for (size_t i = 0; i < sizeof hidden; i++)
        code[64 + i] = hidden[i] ^ invert;
    mprotect(code, PAGE, PROT_READ | PROT_EXEC);
}

static void make_code(void)
{
    code = map_or_end(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    fill_code();
    say("code", code + 64, 8);
}

/* What another process wrote, and this one never touched. */
static void make_shared(void)
{
    int memory = memfd_create("steady", MFD_CLOEXEC);
    if (memory < 0 || ftruncate(memory, (off_t)SHARED))
        exit(1);
    uint8_t *anonymous = map_or_end(SHARED, PROT_READ | PROT_WRITE, MAP_SHARED, -1);
    uint8_t *named = map_or_end(SHARED, PROT_READ | PROT_WRITE, MAP_SHARED, memory);
    pid_t writer = fork();
    if (writer == 0) {
        memset(anonymous, 7, SHARED);
        memset(named, 8, SHARED);
        _exit(0);
    }
    waitpid(writer, NULL, 0);
    say("shared", anonymous, SHARED);
    say("memfd", named, SHARED);
}

static void make_others(const char *program, size_t untouched)
{
    int file = open(program, O_RDONLY | O_CLOEXEC);
    say("untouched", map_or_end(untouched, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, -1), untouched);
    say("file", map_or_end(PAGE, PROT_READ, MAP_PRIVATE, file), PAGE);
    say("none", map_or_end(PAGE, PROT_NONE, MAP_PRIVATE, -1), PAGE);
}

/* Faults of the kernel's, too, where that is permitted: a reader of such a page sleeps until somebody supplies it. */
static void make_unsupplied(void)
{
    enum { USER_MODE_ONLY = 1 }; /* UFFD_USER_MODE_ONLY, Linux 5.11 */
    void *at = map_or_end(64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    if (fd < 0)
        fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY);
    struct uffdio_api api = { .api = UFFD_API };
    struct uffdio_register where = { .range = { (uintptr_t)at, 64 * PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
    if (fd >= 0 && ioctl(fd, UFFDIO_API, &api) == 0 && ioctl(fd, UFFDIO_REGISTER, &where) == 0)
        say("unsupplied", at, 64 * PAGE);
}

/* Any stop (SIGSTOP, ptrace, the freezer) ends these two with EINTR: signal(7). */
static void *sleep_in_epoll(void *unused)
{
    struct epoll_event event;
    int set = epoll_create1(EPOLL_CLOEXEC);
    (void)unused;
    while (epoll_wait(set, &event, 1, -1) < 0)
        atomic_fetch_add(&interrupted, errno == EINTR);
    return NULL;
}

static void *sleep_in_receive(void *unused)
{
    int pair[2];
    char byte;
    struct timeval hour = { .tv_sec = 3600 };
    (void)unused;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0 ||
        setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour) != 0)
        exit(1);
    while (recv(pair[0], &byte, 1, 0) < 0)
        atomic_fetch_add(&interrupted, errno == EINTR);
    return NULL;
}

static void look(void)
{
    printf("interrupted %u, area %s, cell %" PRId32 "\n", atomic_load(&interrupted),
           area_is_whole() ? "whole" : "CHANGED", *cell);
}

static void tell(void)
{
    printf("cell %" PRId32 ", code ", *cell);
    for (size_t i = 64; i < 64 + 72; i++)
        printf("%02x", code[i]);
    printf("\n");
}

static void obey(const char *line, char **words)
{
    if (strcmp(line, "look") == 0)
        look();
    else if (strcmp(line, "tell") == 0)
        tell();
    else if (strcmp(line, "reset") == 0) {
        *cell = 100;
        fill_code();
        printf("reset\n");
    } else if (strcmp(line, "unmap") == 0) {
        area_words /= 2;
        printf("unmapped %d\n", munmap(area + area_words, AREA / 2));
    } else if (strcmp(line, "swap") == 0) {
        madvise(area, AREA, 21); /* MADV_PAGEOUT, Linux 5.4 */
        printf("swapped\n");
    } else if (strcmp(line, "exec") == 0)
        execv(words[0], words);
    fflush(stdout);
}

int main(int count, char **words)
{
    static char line[64];
    pthread_t thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    prctl(PR_SET_THP_DISABLE, 1, 0, 0,
          0); /* pages that the kernel joins on its own would be taken for a reader's doing */
    make_area();
    make_code();
    make_shared();
    make_others(words[0], count > 1 ? AREA : UNTOUCHED);
    make_unsupplied();
    if (pthread_create(&thread, NULL, sleep_in_epoll, NULL) != 0 ||
        pthread_create(&thread, NULL, sleep_in_receive, NULL) != 0)
        return 1;
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        obey(line, words);
    }
    return 0;
}
