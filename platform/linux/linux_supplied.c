/* linux_supplied.c - userfaultfd ranges, out of the VmFlags of /proc/PID/smaps: um (missing pages), ui (minor
 * faults). Write protection alone (uw) keeps no reader waiting.
 *
 * There is no cheaper text that tells: descriptors prove nothing, since a userfaultfd can be handed to another
 * process. But smaps makes the kernel walk the page tables (13 ms a GiB resident), so it is asked only when some
 * userfaultfd may exist: a superuser sees in the kernel's books of its slabs whether there is any on the machine, and usually
 * there is none. Where sysfs has the one book that matters (mm/slub.c, slab_sysfs_init), /proc/slabinfo is spared, which
 * adds up all of them: 35 us, and not 400 to 3,000. */
#define _GNU_SOURCE
#include "linux_supplied.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "linux_lines.h"
#include "linux_maps.h"

static bool begins(const char *line, size_t length, const char *word)
{
    return length >= strlen(word) && !memcmp(line, word, strlen(word));
}

/* Name, objects in use, objects. The number in use is never too small, but where a cache has very many slabs it is
 * estimated (mm/slub.c, count_partial_free_approx). */
bool ms_linux_supplied_none(const char *line, size_t length)
{
    static const char name[] = "userfaultfd_ctx_cache ";
    if (!begins(line, length, name))
        return false;
    const char *at = line + sizeof name - 1, *end = line + length;
    uint64_t numbers[2];
    for (size_t i = 0; i < 2; i++) {
        while (at < end && *at == ' ')
            at++;
        const char *first = at;
        while (at < end && *at != ' ')
            at++;
        if (!ms_parse_u64(first, (size_t)(at - first), &numbers[i]))
            return false;
    }
    return numbers[0] == 0 && numbers[1] < 100000;
}

/* "21 N0=21": of all nodes, then of each. */
bool ms_linux_supplied_objects(const char *line, size_t length, uint64_t *objects)
{
    const char *blank = memchr(line, ' ', length);
    return ms_parse_u64(line, blank ? (size_t)(blank - line) : length, objects);
}

bool ms_linux_supplied_flags(const char *line, size_t length)
{
    static const char key[] = "VmFlags:";
    if (!begins(line, length, key))
        return false;
    const char *at = line + sizeof key - 1, *end = line + length;
    while (end - at >= 3) { /* a blank and two letters */
        if (at[0] == ' ' && at[1] == 'u' && (at[2] == 'm' || at[2] == 'i') && (end - at == 3 || at[3] == ' '))
            return true;
        at++;
    }
    return false;
}

static memscan_status look_for_none(const char *line, size_t length, void *context, memscan_error *error)
{
    (void)error;
    bool *none = context;
    *none = ms_linux_supplied_none(line, length);
    return *none ? MEMSCAN_STOPPED : MEMSCAN_OK;
}

/* A file that the superuser may read, line by line; a failure is no failure, it only leaves the question open. */
static bool ask_book(linux_target *target, const char *path, linux_line_fn *read, void *context)
{
    int fd = target->sys->openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    memscan_status status = ms_linux_lines_each(target->sys, fd, target->allocator, read, context, NULL);
    close(fd);
    return status == MEMSCAN_OK;
}

static memscan_status read_objects(const char *line, size_t length, void *context, memscan_error *error)
{
    (void)error;
    uint64_t *objects = context;
    if (!ms_linux_supplied_objects(line, length, objects))
        *objects = UINT64_MAX;
    return MEMSCAN_STOPPED;
}

/* What is told of one cache alone is counted, never estimated (mm/slub.c, show_slab_objects). */
static bool none_exists(linux_target *target)
{
    uint64_t objects = UINT64_MAX;
    bool none = false;
    if (ask_book(target, "/sys/kernel/slab/userfaultfd_ctx_cache/objects", read_objects, &objects) &&
        objects != UINT64_MAX)
        return objects == 0;
    return ask_book(target, "/proc/slabinfo", look_for_none, &none) && none;
}

typedef struct gathering {
    ms_array *ranges;
    linux_supplied mapping; /* whose flags come next */
} gathering;

/* Where it cannot be known, everything may be such memory. */
static const linux_supplied anywhere = { 0, UINT64_MAX };

/* The mapping that a head line tells of. */
static linux_supplied mapping_of(const char *line, size_t length)
{
    linux_maps_line mapping;
    return ms_linux_maps_parse_line(line, length, &mapping) ? (linux_supplied){ mapping.start, mapping.end } : anywhere;
}

/* A mapping's own line begins with a small hex digit, those about it with a capital letter. */
static memscan_status gather(const char *line, size_t length, void *context, memscan_error *error)
{
    gathering *work = context;
    if (!length || line[0] != 'V') {
        if (length && (line[0] < 'A' || line[0] > 'Z'))
            work->mapping = mapping_of(line, length);
        return MEMSCAN_OK;
    }
    if (!ms_linux_supplied_flags(line, length))
        return MEMSCAN_OK;
    linux_supplied *range = ms_array_push(work->ranges);
    if (!range)
        return ms_fail_memory(error);
    *range = work->mapping;
    return MEMSCAN_OK;
}

static memscan_status suspect_all(ms_array *ranges, memscan_error *error)
{
    linux_supplied *range = ms_array_push(ranges);
    if (!range)
        return ms_fail_memory(error);
    *range = anywhere;
    return MEMSCAN_OK;
}

memscan_status ms_linux_supplied_read(linux_target *target, ms_array *ranges, memscan_error *error)
{
    ranges->count = 0;
    if (none_exists(target))
        return MEMSCAN_OK;
    int fd = target->sys->openat(target->proc_fd, "smaps", O_RDONLY | O_CLOEXEC);
    if (fd < 0 && ms_linux_is_shortage(errno))
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot ask which memory others supply: %s",
                          ms_linux_error_text(errno));
    if (fd < 0)
        return suspect_all(ranges, error); /* rights were dropped, or a kernel without smaps */
    gathering work = { .ranges = ranges, .mapping = anywhere };
    memscan_status status = ms_linux_lines_each(target->sys, fd, target->allocator, gather, &work, error);
    close(fd);
    return status;
}
