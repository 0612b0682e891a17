/* linux_stacks.c - stacks without stopping anybody: the pointer from /proc/PID/task/TID/syscall, where a thread that runs
 * right now says only "running"; and a place on the stack that its thread library gave it, which the kernel keeps. A
 * 32-bit thread that runs tells neither: its stack is then one more piece of anonymous memory. */
#define _GNU_SOURCE
#include "linux_stacks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "linux_proc.h"

bool ms_linux_stack_parse(const char *text, size_t length, uint64_t *pointer)
{
    while (length && text[length - 1] == '\n')
        length--;
    const char *last = memrchr(text, ' ', length);
    if (!last)
        return false;
    const char *before = memrchr(text, ' ', (size_t)(last - text));
    return before && ms_parse_u64(before + 1, (size_t)(last - before) - 1, pointer);
}

/* Where the thread library keeps the list of robust mutexes: glibc, and musl once it has one, in what they know of the thread, which
 * stands at the upper end of the stack that they gave it. The kernel tells without asking the thread, also while it runs
 * (get_robust_list(2)); for 32-bit programs it tells only 32-bit callers. */
static uint64_t robust_list(uint64_t thread)
{
    void *head = NULL;
    size_t length = 0;
    return syscall(SYS_get_robust_list, (long)thread, &head, &length) == 0 ? (uint64_t)(uintptr_t)head : 0;
}

/* The first thread's list is with its thread-local storage, elsewhere; its stack is what the process began with. */
static uint64_t home_of(const linux_target *target, uint64_t thread)
{
    char text[1024];
    linux_stat_line line;
    if (thread != target->pid)
        return robust_list(thread);
    ptrdiff_t length = ms_linux_proc_read(target->proc_fd, "stat", text, sizeof text);
    return length > 0 && ms_linux_stat_parse(text, (size_t)length, &line) ? line.stack_start : 0;
}

static memscan_status tell_stack(const linux_target *target, int tasks, const char *number, memscan_stack_fn *visit,
                                 void *context, memscan_error *error)
{
    char path[288], text[256];
    memscan_stack stack = { 0 };
    if (!ms_parse_u64(number, strlen(number), &stack.thread))
        return MEMSCAN_OK;
    snprintf(path, sizeof path, "%s/syscall", number);
    errno = 0;
    ptrdiff_t length = ms_linux_proc_read(tasks, path, text, sizeof text);
    if (length < 0 && ms_linux_is_shortage(errno))
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot ask for a stack: %s", ms_linux_error_text(errno));
    if (length <= 0 || !ms_linux_stack_parse(text, (size_t)length, &stack.pointer))
        stack.pointer = 0;
    stack.home = home_of(target, stack.thread);
    return visit(&stack, context) ? ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor") : MEMSCAN_OK;
}

static int by_address(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;
    return (first > second) - (first < second);
}

bool ms_linux_stacks_any(const ms_array *pointers, uint64_t start, uint64_t size)
{
    const uint64_t *items = pointers->items;
    size_t low = 0, high = pointers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (items[middle] < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < pointers->count && items[low] - start < size;
}

memscan_status ms_linux_stacks(void *state, memscan_stack_fn *visit, void *context, memscan_error *error)
{
    linux_target *target = state;
    int fd = openat(target->proc_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
    if (!tasks) {
        int os_code = errno;
        if (fd >= 0)
            close(fd);
        return ms_fail_os(error, MEMSCAN_OS, os_code, "cannot list the target's threads: %s",
                          ms_linux_error_text(os_code));
    }
    memscan_status status = MEMSCAN_OK;
    for (struct dirent *entry; !status && (entry = readdir(tasks));)
        status = tell_stack(target, fd, entry->d_name, visit, context, error);
    closedir(tasks);
    return status;
}

static int add_places(const memscan_stack *stack, void *context)
{
    ms_array *places = context;
    uint64_t told[] = { stack->pointer, stack->home };
    for (size_t i = 0; i < 2; i++) {
        uint64_t *added = told[i] ? ms_array_push(places) : NULL;
        if (added)
            *added = told[i];
        else if (told[i])
            return 1;
    }
    return 0;
}

/* Only add_places ends the walk, and only when memory ran out. */
memscan_status ms_linux_stacks_read(linux_target *target, ms_array *places, memscan_error *error)
{
    places->count = 0;
    memscan_status status = ms_linux_stacks(target, add_places, places, error);
    if (places->count)
        qsort(places->items, places->count, sizeof(uint64_t), by_address);
    return status == MEMSCAN_STOPPED ? ms_fail_memory(error) : status;
}
