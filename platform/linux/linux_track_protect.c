/* linux_track_protect.c - writes seen by a userfaultfd: pages are write-protected, and the kernel itself takes the
 * protection away at the first write, whoever writes, without asking anybody (UFFD_FEATURE_WP_ASYNC, Linux 6.7). Nobody
 * ever waits for us; when the descriptor is closed, by us or because we ended, the kernel undoes it all.
 *
 * A page is unwritten when it is protected now and was so all the time since the last point. The protection goes with
 * everything that can change a page: a write, MADV_DONTNEED, a mapping moved or made anew. The kernel looks at each page and
 * protects it, where it is not, in one step under its table's lock (fs/proc/task_mmu.c, pagemap_scan_pmd_entry): that is the
 * page's new point. So one pass over a range tells both: what is found protected is unwritten, all else that is there was
 * written and is protected from now on. Only what is found is told: never the rest of a range, which may be no page at all.
 *
 * A range that is not registered with us answers EPERM (PM_SCAN_CHECK_WPASYNC): new memory, a grown heap, a moved mapping.
 * It is registered, freed of what an earlier registration may have left in its page tables (kernels without the mend of
 * CVE-2025-21696 leave the protection of moved pages there), and told about next time. One that another userfaultfd has (EBUSY) is
 * never told about, nor touched: its owner may be tracking writes, too. */
#define _GNU_SOURCE
#include "linux_track.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/host.h"
#include "linux_inject.h"

enum { SCAN_REGIONS = 512 };

/* What lies below one page table is one thread's: the kernel locks it. Where these are larger, threads only wait for each other. */
enum { PAGE_TABLE_BYTES = 2 << 20 };

/* ---- setting it up ---- */

static bool begin_api(int uffd)
{
    linux_uffd_api api = { .api = LINUX_UFFD_API, .features = LINUX_UFFD_WP_ASYNC | LINUX_UFFD_WP_UNPOPULATED };
    return ioctl(uffd, LINUX_UFFD_API_CALL, &api) == 0;
}

/* Tried on ourselves before anything is done to the target. */
static bool machine_has_it(const linux_target *target)
{
    linux_pagemap_scan scan = { .size = sizeof scan, .return_mask = LINUX_PAGE_IS_WRITTEN };
    int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | LINUX_UFFD_USER_MODE_ONLY);
    bool has = uffd >= 0 && begin_api(uffd);
    if (uffd >= 0)
        close(uffd);
    return has && target->sys->pagemap_scan(target->pagemap_fd, &scan) >= 0;
}

memscan_status ms_linux_protect_open(linux_target *target, memscan_error *error)
{
    linux_track *track = target->track;
    if (track->uffd >= 0)
        return MEMSCAN_OK;
    if (target->stop) {
        ms_fail(error, MEMSCAN_BUSY, "writes cannot begin to be tracked while the target is suspended");
        ms_hint(error, "make the first tracked scan without suspending");
        return MEMSCAN_BUSY;
    }
    if (!machine_has_it(target))
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED,
                       "this system has neither soft-dirty marks nor a userfaultfd that tracks writes (Linux 6.7)");
    int uffd;
    memscan_status status = ms_linux_inject_userfaultfd(target, &uffd, error);
    if (status != MEMSCAN_OK)
        return status;
    if (!begin_api(uffd)) {
        status =
            ms_fail_os(error, MEMSCAN_NOT_SUPPORTED, errno, "writes cannot be tracked: %s", ms_linux_error_text(errno));
        close(uffd);
        return status;
    }
    track->uffd = uffd;
    track->nonce = ms_clock_ns() ^ (uint64_t)getpid() << 48;
    track->number = 0;
    return MEMSCAN_OK;
}

void ms_linux_protect_close(linux_target *target)
{
    if (target->track->uffd >= 0)
        close(target->track->uffd);
    target->track->uffd = -1;
}

/* ---- one range ---- */

/* Whether pages of the mapping may be a file's: they are not told about, nor protected. For that the kernel looks at each
 * frame's own record, which takes four times as long as all else (14 ms a GiB, and 3 without), so that memory without any
 * file is not asked. */
static bool may_hold_file(const memscan_region *region)
{
    return region->flags & MEMSCAN_REGION_FILE || region->inode;
}

typedef enum protection { PROTECTED, REFUSED, NO_MEMORY } protection;

/* One walk: what it tells, and how it ended. */
typedef struct pass {
    linux_target *target;
    const memscan_region *region;
    uint64_t start, end;
    ms_array told; /* of memscan_extent */
    protection answer;
} pass;

/* A page in swap is one that was protected only in memory without a file: elsewhere the kernel leaves such an entry behind
 * where it took the page away. */
static bool tell(pass *one, const linux_page_region *run)
{
    bool swapped = !(run->categories & LINUX_PAGE_IS_PRESENT);
    if (run->categories & LINUX_PAGE_IS_WRITTEN || (swapped && may_hold_file(one->region)))
        return true;
    return ms_linux_track_add(&one->told, 0, run->start, run->end - run->start,
                              swapped ? MEMSCAN_PAGE_SWAPPED : MEMSCAN_PAGE_RESIDENT);
}

/* Protects what is not protected, and tells of the rest. A part of a large page of hugetlbfs is refused: the kernel does not get
 * beyond it. */
static protection walk(pass *one)
{
    linux_page_region found[SCAN_REGIONS];
    uint64_t file = may_hold_file(one->region) ? LINUX_PAGE_IS_FILE : 0;
    linux_pagemap_scan ask = { .size = sizeof ask,
                               .flags = LINUX_SCAN_PROTECT_MATCHING | LINUX_SCAN_CHECK_WPASYNC,
                               .start = one->start,
                               .end = one->end,
                               .vec = (uintptr_t)found,
                               .vec_len = SCAN_REGIONS,
                               .category_inverted = file,
                               .category_mask = file,
                               /* nothing is put where no page is */
                               .category_anyof_mask = LINUX_PAGE_IS_PRESENT | LINUX_PAGE_IS_SWAPPED,
                               .return_mask = LINUX_PAGE_IS_WRITTEN | LINUX_PAGE_IS_PRESENT | LINUX_PAGE_IS_SWAPPED };
    while (ask.start < ask.end) {
        int count = one->target->sys->pagemap_scan(one->target->pagemap_fd, &ask);
        if (count < 0)
            return errno == ENOMEM ? NO_MEMORY : REFUSED;
        for (int i = 0; i < count; i++)
            if (!tell(one, &found[i]))
                return NO_MEMORY;
        if (ask.walk_end <= ask.start)
            return REFUSED;
        ask.start = ask.walk_end;
    }
    return PROTECTED;
}

static void run_pass(void *argument)
{
    pass *one = argument;
    one->answer = walk(one);
}

/* Where the second of two passes begins; the end of the range: one pass is enough. A large page of hugetlbfs, which is a file's,
 * must not be cut. */
static uint64_t middle_of(const memscan_track_range *range)
{
    uint64_t size = range->last - range->start + 1;
    if (size < LINUX_TRACK_HALVED || may_hold_file(range->region) || ms_cpu_count() < 2)
        return range->last + 1;
    return (range->start + size / 2) & ~(uint64_t)(PAGE_TABLE_BYTES - 1);
}

/* Adds what a pass told to all that is told. */
static bool add_told(linux_track *track, size_t first, const pass *one)
{
    for (size_t i = 0; i < one->told.count; i++) {
        const memscan_extent *run = ms_array_at(&one->told, i);
        if (!ms_linux_track_add(&track->told, first, run->start, run->size, run->state))
            return false;
    }
    return true;
}

/* By two threads where it is long: it takes 3 ms a GiB, for which all workers would wait. What was told counts when all of it was
 * PROTECTED. */
static protection protect(linux_target *target, const memscan_track_range *range)
{
    size_t first = target->track->told.count;
    uint64_t end = range->last + 1, middle = middle_of(range);
    pass lower = { .target = target, .region = range->region, .start = range->start, .end = middle };
    pass upper = { .target = target, .region = range->region, .start = middle, .end = end };
    ms_array_init(&lower.told, target->allocator, sizeof(memscan_extent));
    ms_array_init(&upper.told, target->allocator, sizeof(memscan_extent));
    ms_thread *second = middle == end ? NULL : ms_thread_start(target->allocator, run_pass, &upper);
    run_pass(&lower);
    if (second)
        ms_thread_join(second);
    else
        run_pass(&upper);
    protection answer = lower.answer > upper.answer ? lower.answer : upper.answer;
    if (!add_told(target->track, first, &lower) || !add_told(target->track, first, &upper))
        answer = NO_MEMORY;
    ms_array_deinit(&lower.told);
    ms_array_deinit(&upper.told);
    return answer;
}

/* Whether some userfaultfd that tracks writes as ours does has the mapping. Nothing is changed by asking. */
static bool is_watched(linux_target *target, const memscan_region *region)
{
    linux_page_region found;
    linux_pagemap_scan ask = { .size = sizeof ask,
                               .flags = LINUX_SCAN_CHECK_WPASYNC,
                               .start = region->start,
                               .end = region->start + target->page_size,
                               .vec = (uintptr_t)&found,
                               .vec_len = 1,
                               .return_mask = LINUX_PAGE_IS_PRESENT };
    return target->sys->pagemap_scan(target->pagemap_fd, &ask) >= 0;
}

/* Whether the mapping is registered, which registers it. Not so: another userfaultfd has it, or it is gone. */
static bool is_registered(const linux_track *track, const memscan_region *region)
{
    linux_uffd_register whole = { .start = region->start, .length = region->size, .mode = LINUX_UFFD_MODE_WP };
    return ioctl(track->uffd, LINUX_UFFD_REGISTER, &whole) == 0;
}

/* Takes the protection from all of a mapping that was just registered. Where that fails it is let go again. */
static void unprotect(const linux_track *track, const memscan_region *region)
{
    linux_uffd_protect none = { .start = region->start, .length = region->size };
    linux_uffd_range whole = { region->start, region->size };
    if (ioctl(track->uffd, LINUX_UFFD_PROTECT, &none) != 0)
        ioctl(track->uffd, LINUX_UFFD_UNREGISTER, &whole);
}

/* Asked before the mapping's kind is known, so nothing is registered here that was not before: a page of it answers EPERM then,
 * as does one of a mapping made anew. Who answers may be another's userfaultfd of this sort: it, too, makes registering fail. */
bool ms_linux_protect_holds(linux_target *target, const memscan_region *region)
{
    return target->track && target->track->uffd >= 0 && !(region->flags & MEMSCAN_REGION_SHARED) &&
           is_watched(target, region) && is_registered(target->track, region);
}

/* False: memory ran out. A range that refuses is not told about. */
static bool track_range(linux_target *target, const memscan_track_range *range, bool is_point)
{
    linux_track *track = target->track;
    size_t told = track->told.count;
    bool was_ours = is_watched(target, range->region);
    if (!is_registered(track, range->region))
        return true;
    if (!was_ours)
        unprotect(track, range->region);
    protection answer = protect(target, range);
    if (answer != PROTECTED || !was_ours || !is_point)
        track->told.count = told;
    return answer != NO_MEMORY;
}

memscan_status ms_linux_protect_track(linux_target *target, const memscan_track_range *ranges, size_t count,
                                      memscan_track_point *point, memscan_error *error)
{
    linux_track *track = target->track;
    bool is_point =
        point->word[0] == LINUX_POINT_PROTECT && point->word[1] == track->nonce && point->word[2] == track->number;
    track->number++;
    for (size_t i = 0; i < count; i++)
        if (ms_linux_track_knows(ranges[i].region) && !track_range(target, &ranges[i], is_point))
            return ms_fail_memory(error);
    *point = (memscan_track_point){ { LINUX_POINT_PROTECT, track->nonce, track->number, 0 } };
    return MEMSCAN_OK;
}
