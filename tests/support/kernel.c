/* kernel.c - a program started, untouched memory read, a page written. */
#define _GNU_SOURCE
#include "kernel.h"

#include "check_quick.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* Suites ask before Check runs tests, so this may not assert. */
static bool runs(const char *path)
{
    char *const words[] = { (char *)(uintptr_t)path, NULL }, *const nothing[] = { NULL };
    posix_spawn_file_actions_t silent;
    pid_t pid;
    int failure = posix_spawn_file_actions_init(&silent);
    for (int fd = 0; !failure && fd <= 2; fd++)
        failure = posix_spawn_file_actions_addopen(&silent, fd, "/dev/null", O_RDWR, 0);
    if (!failure)
        failure = posix_spawn(&pid, path, &silent, NULL, words, nothing);
    if (!failure && (kill(pid, SIGKILL) || waitpid(pid, NULL, 0) != pid))
        failure = errno;
    posix_spawn_file_actions_destroy(&silent);
    if (failure && failure != ENOEXEC) {
        fprintf(stderr, "%s: %s\n", path, strerror(failure));
        exit(EXIT_FAILURE);
    }
    return !failure;
}

size_t kernel_runs(const char *const *programs, size_t count)
{
    size_t good = 0;
    while (good < count && runs(programs[good]))
        good++;
    for (size_t i = good; i < count; i++)
        printf("left out, this kernel cannot execute it: %s\n", programs[i]);
    return good;
}

bool kernel_shares_zeros(void)
{
    char *around = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* nothing is joined with it */
    ck_assert_ptr_ne(around, MAP_FAILED);
    char *memory = around + PAGE;
    ck_assert_int_eq(mprotect(memory, PAGE, PROT_READ), 0);
    ck_assert_int_eq(*(volatile char *)memory, 0);
    char line[4400], start[24];
    unsigned long kib = 1;
    bool inside = false, told = false;
    snprintf(start, sizeof start, "%08lx-", (unsigned long)(uintptr_t)memory);
    FILE *file = fopen("/proc/self/smaps", "re");
    ck_assert_ptr_nonnull(file);
    while (!told && fgets(line, sizeof line, file)) {
        inside |= strncmp(line, start, strlen(start)) == 0;
        told = inside && sscanf(line, "Rss: %lu", &kib) == 1;
    }
    fclose(file);
    ck_assert(told);
    munmap(around, 3 * PAGE);
    return kib == 0;
}

/* Bit 55 of a page's entry (Documentation/admin-guide/mm/pagemap.rst), which fresh pages have where there are such marks. */
bool kernel_marks_writes(void)
{
    volatile char *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t entry = 0;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    *memory = 1;
    bool told = pread(fd, &entry, sizeof entry, (off_t)((uintptr_t)memory / PAGE * sizeof entry)) == sizeof entry;
    close(fd);
    munmap((void *)(uintptr_t)memory, PAGE);
    return told && (entry >> 55 & 1);
}
