/* linux_abilities.c - what can be done with a target, tried out where trying is harmless: nothing is written to the
 * target, none of its pages is touched. */
#define _GNU_SOURCE
#include "linux_abilities.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "linux_proc.h"
#include "linux_target.h"

static const char run_as_superuser[] = "run memscan with sudo";

static memscan_ability able(const char *name, const char *how)
{
    return (memscan_ability){ name, 1, how, "" };
}

static memscan_ability unable(const char *name, const char *why, const char *hint)
{
    return (memscan_ability){ name, 0, why, hint };
}

static memscan_ability ask_read(linux_target *target)
{
    bool slow = atomic_load_explicit(&target->no_vm_readv, memory_order_relaxed);
    return able("read", slow ? "through /proc/PID/mem: process_vm_readv is refused" : "by process_vm_readv");
}

/* Opening for writing is the permission check; nothing is written. */
static memscan_ability ask_write(linux_target *target)
{
    int fd = target->sys->openat(target->proc_fd, "mem", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return unable("write", "the system does not open the target's memory for writing", run_as_superuser);
    close(fd);
    return able("write", "through /proc/PID/mem");
}

/* proc_mem.force_override (Linux 6.12) may forbid it for the whole machine. Tried on a page of our own. */
static bool may_override_protection(const linux_target *target)
{
    size_t size = target->page_size;
    int fd = target->sys->openat(AT_FDCWD, "/proc/self/mem", O_RDWR | O_CLOEXEC);
    void *page = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bool may = false;
    if (fd >= 0 && page != MAP_FAILED)
        may = target->sys->pwrite(fd, "", 1, (uint64_t)(uintptr_t)page) == 1;
    if (page != MAP_FAILED)
        munmap(page, size);
    if (fd >= 0)
        close(fd);
    return may;
}

static memscan_ability ask_write_protected(linux_target *target)
{
    if (may_override_protection(target))
        return able("write-protected", "private code and constants can be written, too");
    return unable("write-protected", "this system forbids writing where the target itself may not",
                  "start the machine with the kernel parameter proc_mem.force_override=always");
}

/* An empty range: the kernel only says whether it knows the question. */
static bool knows_scan(const linux_target *target)
{
    linux_pagemap_scan scan = { .size = sizeof scan, .return_mask = LINUX_PAGE_IS_PRESENT };
    return target->sys->pagemap_scan(target->pagemap_fd, &scan) >= 0;
}

static memscan_ability ask_residency(linux_target *target)
{
    if (target->pagemap_fd < 0)
        return unable("residency", "the system does not show which pages are in memory: all are read",
                      run_as_superuser);
    return able("residency", knows_scan(target) ? "by PAGEMAP_SCAN" : "by /proc/PID/pagemap: slower, before Linux 6.7");
}

typedef struct link_search {
    const linux_target *target;
    bool asked, permitted;
} link_search;

/* The link of any mapped file tells whether such links may be followed; O_PATH opens no file. */
static int try_link(const memscan_region *region, void *context)
{
    link_search *search = context;
    char path[64];
    if (!(region->flags & MEMSCAN_REGION_FILE))
        return 0;
    snprintf(path, sizeof path, "map_files/%llx-%llx", (unsigned long long)region->start,
             (unsigned long long)(region->start + region->size));
    int fd = search->target->sys->openat(search->target->proc_fd, path, O_PATH | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    search->asked = true;
    search->permitted = fd >= 0;
    return 1;
}

static memscan_status ask_absent_shared(linux_target *target, memscan_ability *ability, memscan_error *error)
{
    link_search search = { .target = target };
    memscan_status status = ms_linux_regions(target, 0, try_link, &search, error);
    if (status && status != MEMSCAN_STOPPED)
        return status;
    *ability = search.permitted || !search.asked
                   ? able("absent-shared", "through /proc/PID/map_files")
                   : unable("absent-shared",
                            "untouched pages of shared memory are looked up only for the superuser, but for memfd and "
                            "/dev/shm of one's own user",
                            run_as_superuser);
    return MEMSCAN_OK;
}

/* Only one may hold a thread. Asked of the first one; trying it would hold up its signals. */
static memscan_ability ask_control(linux_target *target)
{
    char text[4096];
    if (ms_linux_small_file(target, "status", text, sizeof text) > 0 &&
        ms_linux_status_number(text, "TracerPid:", 0, 10, 0))
        return unable("control", "a debugger holds it: its threads cannot be stopped", "end that debugger");
    return able("control", "its threads can be stopped, where --suspend asks for it");
}

memscan_status ms_linux_abilities(void *state, memscan_ability_fn *visit, void *context, memscan_error *error)
{
    linux_target *target = state;
    memscan_ability absent_shared;
    memscan_status status = ask_absent_shared(target, &absent_shared, error); /* finds out whether it is there, too */
    if (status)
        return status;
    memscan_ability abilities[] = {
        ask_read(target),      ask_write(target), ask_write_protected(target),
        ask_residency(target), absent_shared,     ask_control(target),
    };
    for (size_t i = 0; i < sizeof abilities / sizeof abilities[0]; i++)
        if (visit(&abilities[i], context))
            return ms_fail(error, MEMSCAN_STOPPED, "the walk was ended by its visitor");
    return MEMSCAN_OK;
}
