/* linux_stacks.c - stack pointers from /proc/PID/task/TID/syscall, without stopping anybody. A thread that runs right
 * now says only "running"; its stack is then one more piece of anonymous memory. */
#define _GNU_SOURCE
#include "linux_stacks.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static memscan_status add_stack(int tasks, const char *number, ms_array *pointers, memscan_error *error)
{
    char path[288], text[256];
    uint64_t pointer, *added;
    snprintf(path, sizeof path, "%s/syscall", number);
    ptrdiff_t length = *number == '.' ? -1 : ms_linux_proc_read(tasks, path, text, sizeof text);
    if (length <= 0 || !ms_linux_stack_parse(text, (size_t)length, &pointer))
        return MEMSCAN_OK;
    if (!(added = ms_array_push(pointers)))
        return ms_fail_memory(error);
    *added = pointer;
    return MEMSCAN_OK;
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

memscan_status ms_linux_stacks_read(linux_target *target, ms_array *pointers, memscan_error *error)
{
    pointers->count = 0;
    int fd = openat(target->proc_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
    if (!tasks) {
        if (fd >= 0)
            close(fd);
        return ms_fail(error, MEMSCAN_OS, "cannot list the target's threads");
    }
    memscan_status status = MEMSCAN_OK;
    for (struct dirent *entry; !status && (entry = readdir(tasks));)
        status = add_stack(fd, entry->d_name, pointers, error);
    closedir(tasks);
    if (pointers->count)
        qsort(pointers->items, pointers->count, sizeof(uint64_t), by_address);
    return status;
}
