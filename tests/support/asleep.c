/* asleep.c - the number of the call that a thread waits in, from /proc/PID/task/TID/syscall: "running" while it waits for nothing. */
#define _GNU_SOURCE
#include "asleep.h"

#include "check_quick.h"
#include <dirent.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { READ_OF_32 = 3 }; /* for a 64-bit program on x86 that is close(2), where nobody sleeps */

static bool reads(pid_t pid, uint64_t thread)
{
    char path[80], text[256];
    long call = -1;
    snprintf(path, sizeof path, "/proc/%d/task/%" PRIu64 "/syscall", (int)pid, thread);
    FILE *file = fopen(path, "re");
    ck_assert_msg(file && fgets(text, sizeof text, file), "%s", path);
    fclose(file);
    return sscanf(text, "%ld", &call) == 1 && (call == SYS_read || call == READ_OF_32);
}

void await_read(pid_t pid, uint64_t thread)
{
    while (!reads(pid, thread))
        sched_yield();
}

void await_reads(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *threads = opendir(path);
    ck_assert_ptr_nonnull(threads);
    for (struct dirent *entry; (entry = readdir(threads));)
        if (entry->d_name[0] != '.')
            await_read(pid, strtoull(entry->d_name, NULL, 10));
    closedir(threads);
}
