/* linux_track_dirty.c - writes seen by soft-dirty marks: writing 4 to /proc/PID/clear_refs takes all marks away, and a
 * page gets one at its first write (bit 55 of its entry in pagemap; Documentation/admin-guide/mm/soft-dirty.rst).
 *
 * - Kernels without them accept the 4 all the same and do nothing. So a page of our own that was just written must be
 *   marked, else there are none here.
 * - The marks of a process are one set for everybody. Somebody else who takes them away (another memscan, CRIU) would make
 *   us believe that nothing was written. So after taking them away we write one byte of the target's constants, as it
 *   is: that page, the canary, stays marked until somebody takes the marks away again. It becomes the target's own copy of a
 *   page of a file, so nobody chooses it again, and the next time another one is chosen; its address names the point.
 *   The canary is looked at after all others: if it is marked then, what was read before holds.
 * - Marks cannot be read and taken away in one step, and nothing is stopped here: a write between the two would be lost.
 *   So they stay, and tell what was written since they were last taken away: more than was asked for, never less. When
 *   they tell of too many pages they are taken away before everything is read again.
 * - A page that was given back (MADV_DONTNEED) and then only read is the zero page, without a mark. That page is never
 *   mapped "exclusively" (bit 56): only exclusive pages are told about. */
#define _GNU_SOURCE
#include "linux_track.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/host.h"

enum { ENTRIES = 4096, CANARIES = 64 };

static ssize_t read_entries(const linux_target *target, int fd, uint64_t address, uint64_t *entries, size_t count)
{
    ssize_t got;
    do
        got = target->sys->pread(fd, entries, count * sizeof *entries, address / target->page_size * sizeof *entries);
    while (got < 0 && errno == EINTR);
    return got < 0 ? got : got / (ssize_t)sizeof *entries;
}

static uint64_t entry_of(const linux_target *target, uint64_t address)
{
    uint64_t entry = 0;
    return read_entries(target, target->pagemap_fd, address, &entry, 1) == 1 ? entry : 0;
}

bool ms_linux_dirty_works(linux_target *target)
{
    uint64_t entry = 0;
    int fd = target->sys->openat(AT_FDCWD, "/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    volatile uint8_t *page = mmap(NULL, target->page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if ((void *)(uintptr_t)page != MAP_FAILED) {
        *page = 1;
        if (fd >= 0)
            (void)read_entries(target, fd, (uintptr_t)page, &entry, 1);
        munmap((void *)(uintptr_t)page, target->page_size);
    }
    if (fd >= 0)
        close(fd);
    return (entry & LINUX_PAGEMAP_PRESENT) && (entry & LINUX_PAGEMAP_SOFT_DIRTY);
}

/* ---- the canary ---- */

static bool is_marked(const linux_target *target, uint64_t address)
{
    uint64_t entry = entry_of(target, address);
    return (entry & LINUX_PAGEMAP_PRESENT) && (entry & LINUX_PAGEMAP_SOFT_DIRTY) && !(entry & LINUX_PAGEMAP_FILE);
}

/* A page of a file, as the file has it, that nobody writes: one that was chosen before is none any more. */
static bool is_fit(const linux_target *target, uint64_t address)
{
    uint64_t entry = entry_of(target, address);
    return (entry & LINUX_PAGEMAP_PRESENT) && (entry & LINUX_PAGEMAP_FILE) && !(entry & LINUX_PAGEMAP_SOFT_DIRTY);
}

typedef struct candidates {
    const linux_target *target;
    uint64_t address[CANARIES];
    size_t count;
} candidates;

static int add_candidates(const memscan_region *region, void *context)
{
    candidates *all = context;
    uint64_t page = all->target->page_size;
    if (region->kind != MEMSCAN_KIND_RODATA || !(region->flags & MEMSCAN_REGION_FILE) ||
        region->flags & (MEMSCAN_REGION_SHARED | MEMSCAN_REGION_MAY_BLOCK) || region->protection != MEMSCAN_PROT_READ)
        return 0;
    for (uint64_t offset = 0; offset < region->size && all->count < CANARIES; offset += page)
        if (entry_of(all->target, region->start + offset) & LINUX_PAGEMAP_FILE)
            all->address[all->count++] = region->start + offset;
    return all->count == CANARIES;
}

/* Writes a byte of the page as it is. */
static bool mark(const linux_target *target, int mem, uint64_t address)
{
    uint8_t byte;
    return target->sys->pread(mem, &byte, 1, address) == 1 && target->sys->pwrite(mem, &byte, 1, address) == 1 &&
           is_marked(target, address);
}

static uint64_t set_canary(linux_target *target, const candidates *all)
{
    uint64_t chosen = 0;
    int mem = target->sys->openat(target->proc_fd, "mem", O_RDWR | O_CLOEXEC);
    if (mem < 0)
        return 0;
    size_t first = all->count ? (size_t)(ms_clock_ns() % all->count) : 0;
    for (size_t i = 0; i < all->count && !chosen; i++) {
        uint64_t address = all->address[(first + i) % all->count];
        if (is_fit(target, address) && mark(target, mem, address))
            chosen = address;
    }
    close(mem);
    return chosen;
}

/* ---- taking the marks away ---- */

static bool take_marks_away(linux_target *target)
{
    int fd = target->sys->openat(target->proc_fd, "clear_refs", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool done = target->sys->pwrite(fd, "4", 1, 0) == 1;
    close(fd);
    return done;
}

static memscan_status begin_anew(linux_target *target, memscan_track_point *point, memscan_error *error)
{
    candidates all = { .target = target };
    target->track->told.count = 0;
    memscan_status status = ms_linux_regions(target, 0, add_candidates, &all, error);
    if (status != MEMSCAN_OK && status != MEMSCAN_STOPPED)
        return status;
    if (!take_marks_away(target))
        return ms_fail_os(error, MEMSCAN_NOT_SUPPORTED, errno,
                          "writes cannot be tracked: the system does not let the target's marks be taken away: %s",
                          ms_linux_error_text(errno));
    uint64_t canary = set_canary(target, &all);
    if (!canary)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED,
                       "writes cannot be tracked: no page of the target can show whether its marks are used by others");
    *point = (memscan_track_point){ { LINUX_POINT_DIRTY, canary, 0, 0 } };
    return MEMSCAN_OK;
}

/* ---- reading them ---- */

typedef struct tally {
    uint64_t present, unwritten; /* pages */
} tally;

static bool is_unwritten(uint64_t entry)
{
    return (entry & LINUX_PAGEMAP_EXCLUSIVE) && !(entry & (LINUX_PAGEMAP_SOFT_DIRTY | LINUX_PAGEMAP_FILE));
}

static bool read_range(linux_target *target, const memscan_track_range *range, tally *sum)
{
    uint64_t entries[ENTRIES], page = target->page_size, left = (range->last - range->start) / page + 1;
    size_t first = target->track->told.count;
    for (uint64_t at = range->start; left;) {
        ssize_t got = read_entries(target, target->pagemap_fd, at, entries, left < ENTRIES ? (size_t)left : ENTRIES);
        if (got <= 0)
            return true;
        for (ssize_t i = 0; i < got; i++, at += page) {
            if (!(entries[i] & LINUX_PAGEMAP_PRESENT))
                continue;
            sum->present++;
            if (!is_unwritten(entries[i]))
                continue;
            sum->unwritten++;
            if (!ms_linux_track_add(&target->track->told, first, at, page, MEMSCAN_PAGE_RESIDENT))
                return false;
        }
        left -= (uint64_t)got;
    }
    return true;
}

memscan_status ms_linux_dirty_track(linux_target *target, const memscan_track_range *ranges, size_t count,
                                    memscan_track_point *point, memscan_error *error)
{
    tally sum = { 0, 0 };
    uint64_t canary = point->word[0] == LINUX_POINT_DIRTY ? point->word[1] : 0;
    if (!canary)
        return begin_anew(target, point, error);
    for (size_t i = 0; i < count; i++)
        if (ms_linux_track_knows(ranges[i].region) && !read_range(target, &ranges[i], &sum))
            return ms_fail_memory(error);
    if (sum.unwritten < sum.present / 4 * 3 || !is_marked(target, canary)) /* in this order: see above */
        return begin_anew(target, point, error);
    return MEMSCAN_OK;
}
