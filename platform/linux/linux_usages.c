/* linux_usages.c - how much of each mapping lies where, from /proc/PID/smaps (proc_pid_smaps(5)).
 *
 * "Rss" leaves out what a mapping of huge pages (hugetlbfs) holds, which stands in lines of its own; "AnonHugePages" and
 * its like are parts of it. */
#define _GNU_SOURCE
#include "linux_target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "linux_lines.h"
#include "linux_maps.h"

typedef struct usage_walk {
    memscan_usage_fn *visit;
    void *context;
    memscan_usage now;         /* size 0: no mapping yet */
    uint64_t transparent_size; /* of huge pages of ordinary memory */
    uint64_t mapping_size;     /* of the pages of the present mapping */
    bool stopped;
} usage_walk;

static bool is_key(const char *line, size_t length, const char *key)
{
    return length > strlen(key) && !memcmp(line, key, strlen(key)) && line[strlen(key)] == ':';
}

/* "Rss:                 123 kB", in bytes. */
static uint64_t kilobytes(const char *line, size_t length)
{
    const char *end = line + length, *at = memchr(line, ':', length);
    uint64_t number = 0;
    for (at = at ? at + 1 : end; at < end && *at == ' ';)
        at++;
    const char *last = at < end ? memchr(at, ' ', (size_t)(end - at)) : NULL;
    return last && ms_parse_u64(at, (size_t)(last - at), &number) ? number * 1024 : 0;
}

static void add_huge(usage_walk *walk, uint64_t bytes, uint64_t page_size)
{
    walk->now.huge += bytes;
    if (bytes)
        walk->now.huge_page_size = page_size;
}

/* Which numbers a line adds to. */
static void take_line(usage_walk *walk, const char *line, size_t length)
{
    static const char *const huge[] = { "AnonHugePages", "ShmemPmdMapped", "FilePmdMapped" };
    memscan_usage *now = &walk->now;
    uint64_t bytes = kilobytes(line, length);
    bool private_huge = is_key(line, length, "Private_Hugetlb"), shared_huge = is_key(line, length, "Shared_Hugetlb");
    if (is_key(line, length, "KernelPageSize"))
        walk->mapping_size = bytes;
    if (is_key(line, length, "Rss") || private_huge || shared_huge)
        now->resident += bytes;
    if (is_key(line, length, "Private_Clean") || is_key(line, length, "Private_Dirty") || private_huge)
        now->private_bytes += bytes;
    if (is_key(line, length, "Shared_Clean") || is_key(line, length, "Shared_Dirty") || shared_huge)
        now->shared_bytes += bytes;
    if (is_key(line, length, "Swap"))
        now->swapped += bytes;
    if (private_huge || shared_huge)
        add_huge(walk, bytes, walk->mapping_size);
    for (size_t i = 0; i < sizeof huge / sizeof huge[0]; i++)
        if (is_key(line, length, huge[i]))
            add_huge(walk, bytes, walk->transparent_size);
}

static memscan_status show(usage_walk *walk, memscan_error *error)
{
    if (!walk->now.size || !walk->visit(&walk->now, walk->context))
        return MEMSCAN_OK;
    walk->stopped = true;
    return ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
}

/* A mapping's own line begins with a small hex digit, those about it with a capital letter. */
static memscan_status take(const char *line, size_t length, void *context, memscan_error *error)
{
    usage_walk *walk = context;
    linux_maps_line mapping;
    if (!length || (line[0] >= 'A' && line[0] <= 'Z')) {
        take_line(walk, line, length);
        return MEMSCAN_OK;
    }
    memscan_status status = show(walk, error);
    walk->now = (memscan_usage){ 0 };
    if (!status && ms_linux_maps_parse_line(line, length, &mapping))
        walk->now = (memscan_usage){ .start = mapping.start, .size = mapping.end - mapping.start };
    return status;
}

/* The target has ended; or the kernel has no such file, or gives no right to it: then the system cannot tell. Anything else is
 * a failure of ours, which nobody may pass over. */
static memscan_status not_opened(linux_target *target, int os_code, memscan_error *error)
{
    memscan_status status = ms_linux_alive(target, error);
    if (status != MEMSCAN_OK)
        return status;
    bool untold = os_code == ENOENT || os_code == EACCES || os_code == EPERM;
    return ms_fail_os(error, untold ? MEMSCAN_NOT_SUPPORTED : MEMSCAN_OS, os_code,
                      "the target's smaps cannot be read: %s", ms_linux_error_text(os_code));
}

memscan_status ms_linux_usages(void *state, memscan_usage_fn *visit, void *context, memscan_error *error)
{
    linux_target *target = state;
    usage_walk walk = { .visit = visit, .context = context, .transparent_size = ms_linux_huge_page_size(target) };
    int fd = target->sys->openat(target->proc_fd, "smaps", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return not_opened(target, errno, error);
    memscan_status status = ms_linux_lines_each(target->sys, fd, target->allocator, take, &walk, error);
    close(fd);
    if (!status && !walk.stopped)
        status = show(&walk, error);
    if (!status && walk.stopped)
        status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    return status ? status : ms_linux_alive(target, error);
}
