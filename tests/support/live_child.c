/* live_child.c - the pipes and the obedience of a live target. */
#define _GNU_SOURCE
#include "live_child.h"

#include "check_quick.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void live(int from, int to, live_prepare_fn *prepare, live_obey_fn *obey)
{
    uint64_t told[16] = { 0 };
    char letter;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prepare(told);
    if (write(to, told, sizeof told) != sizeof told)
        _exit(1);
    while (read(from, &letter, 1) == 1) {
        if (obey)
            obey(letter, told);
        if (write(to, &letter, 1) != 1)
            break;
    }
    _exit(0);
}

live_child live_child_start(live_prepare_fn *prepare, live_obey_fn *obey)
{
    live_child child = { 0 };
    int there[2], back[2];
    ck_assert_int_eq(pipe2(there, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(back, O_CLOEXEC), 0);
    child.pid = fork();
    ck_assert_int_ge(child.pid, 0);
    if (child.pid == 0)
        live(there[0], back[1], prepare, obey);
    close(there[0]);
    close(back[1]);
    child.to = there[1];
    child.from = back[0];
    ck_assert_int_eq(read(child.from, child.told, sizeof child.told), sizeof child.told);
    return child;
}

void live_child_tell(live_child *child, char letter)
{
    char answer = 0;
    ck_assert_int_eq(write(child->to, &letter, 1), 1);
    ck_assert_int_ge(read(child->from, &answer, 1), 0); /* 0: it ended, or became another program */
}

void live_child_end(live_child *child)
{
    kill(child->pid, SIGKILL);
    close(child->from);
    close(child->to);
    while (waitpid(child->pid, NULL, 0) > 0)
        ;
}

uint64_t live_child_status(const live_child *child, const char *field)
{
    char path[64], line[256];
    unsigned long long value = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)child->pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file))
        if (strncmp(line, field, strlen(field)) == 0 && line[strlen(field)] == ':')
            value = strtoull(line + strlen(field) + 1, NULL, 10);
    fclose(file);
    return value;
}

const memscan_region *live_child_region(const live_child *child, uint64_t address)
{
    static memscan_region region;
    static char name[4200];
    char path[64], line[4400], flags[8];
    unsigned long long start, end, offset, inode;
    unsigned major, minor;
    int at;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)child->pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    region.size = 0;
    while (!region.size && fgets(line, sizeof line, file)) {
        ck_assert_int_ge(
            sscanf(line, "%llx-%llx %7s %llx %x:%x %llu %n", &start, &end, flags, &offset, &major, &minor, &inode, &at),
            7);
        if (address < start || address >= end)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(line + at, "\n"), line + at);
        char *deleted = strstr(name, " (deleted)");
        if (deleted)
            *deleted = 0;
        region = (memscan_region){ .start = start,
                                   .size = end - start,
                                   .protection = (flags[0] == 'r' ? MEMSCAN_PROT_READ : 0) |
                                                 (flags[1] == 'w' ? MEMSCAN_PROT_WRITE : 0) |
                                                 (flags[2] == 'x' ? MEMSCAN_PROT_EXECUTE : 0),
                                   .kind = MEMSCAN_KIND_ANON,
                                   .flags = (flags[3] == 's' ? MEMSCAN_REGION_SHARED : 0) |
                                            (major || minor || inode ? MEMSCAN_REGION_FILE : 0) |
                                            (deleted ? MEMSCAN_REGION_DELETED : 0),
                                   .device_major = major,
                                   .device_minor = minor,
                                   .inode = inode,
                                   .file_offset = offset,
                                   .name = name };
    }
    fclose(file);
    return &region;
}
