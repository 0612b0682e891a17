/* linux_track_protect.c - writes seen by a userfaultfd: pages are write-protected, and the kernel itself takes the
 * protection away at the first write, whoever writes, without asking anybody (UFFD_FEATURE_WP_ASYNC, Linux 6.7). Nobody
 * ever waits for us; when the descriptor is closed, by us or because we ended, the kernel undoes it all.
 *
 * A page is unwritten when it is protected now and was so all the time since the last point. The protection goes with
 * everything that can change a page: a write, MADV_DONTNEED, a mapping moved or made anew. So of one range are
 * collected, in this order:
 *   written   the unprotected pages; each is protected in the same step, and that is the new point
 *   the rest  protected pages that are not in that list
 * Whatever is written between the two steps is in neither, and is read.
 *
 * A range that is not registered with us answers EPERM (PM_SCAN_CHECK_WPASYNC): new memory, a grown heap, a moved mapping.
 * It is registered, and told about next time. One that another userfaultfd has (EBUSY) is never told about. */
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
#define ALL_CATEGORIES (LINUX_PAGE_IS_WRITTEN | LINUX_PAGE_IS_FILE | LINUX_PAGE_IS_PRESENT | LINUX_PAGE_IS_SWAPPED)

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

/* Runs of the pages that `ask` matches, handed to `take` one after the other. False: errno says why, and nothing that was
 * handed on counts. */
typedef bool take_run(void *context, const linux_page_region *run);

static bool scan(linux_target *target, linux_pagemap_scan ask, take_run *take, void *context)
{
    linux_page_region found[SCAN_REGIONS];
    ask.size = sizeof ask;
    ask.vec = (uintptr_t)found;
    ask.vec_len = SCAN_REGIONS;
    ask.category_anyof_mask = LINUX_PAGE_IS_PRESENT | LINUX_PAGE_IS_SWAPPED; /* nothing is put where no page is */
    ask.return_mask = ALL_CATEGORIES;
    while (ask.start < ask.end) {
        int count = target->sys->pagemap_scan(target->pagemap_fd, &ask);
        if (count < 0)
            return false;
        for (int i = 0; i < count; i++)
            if (!take(context, &found[i]))
                return false;
        if (ask.walk_end <= ask.start)
            return false;
        ask.start = ask.walk_end;
    }
    return true;
}

static bool take_written(void *context, const linux_page_region *run)
{
    linux_track *track = context;
    errno = ENOMEM;
    return ms_linux_track_add(&track->written, run->start, run->end - run->start, MEMSCAN_PAGE_UNKNOWN);
}

/* Protects what is not protected, and lists it. Pages of files are left out: they are never told about. */
static bool protect(linux_target *target, const memscan_track_range *range)
{
    target->track->written.count = 0;
    linux_pagemap_scan ask = { .flags = LINUX_SCAN_PROTECT_MATCHING | LINUX_SCAN_CHECK_WPASYNC,
                               .start = range->start,
                               .end = range->last + 1,
                               .category_inverted = LINUX_PAGE_IS_FILE,
                               .category_mask = LINUX_PAGE_IS_WRITTEN | LINUX_PAGE_IS_FILE };
    return scan(target, ask, take_written, target->track);
}

static bool is_registered(const linux_track *track, const memscan_region *region)
{
    linux_uffd_register whole = { .start = region->start, .length = region->size, .mode = LINUX_UFFD_MODE_WP };
    return ioctl(track->uffd, LINUX_UFFD_REGISTER, &whole) == 0;
}

typedef struct telling {
    linux_track *track;
    const memscan_region *region;
    size_t at; /* in track->written */
} telling;

/* A page in swap is one that was protected only in memory without a file: elsewhere the kernel leaves such an entry behind
 * where it took the page away. */
static bool tell(void *context, const linux_page_region *run)
{
    telling *t = context;
    bool swapped = !(run->categories & LINUX_PAGE_IS_PRESENT);
    uint64_t start = run->start;
    if (swapped && (t->region->flags & MEMSCAN_REGION_FILE || t->region->inode))
        return true;
    errno = ENOMEM;
    while (start < run->end) {
        const memscan_extent *written = t->at < t->track->written.count ? ms_array_at(&t->track->written, t->at) : NULL;
        if (written && written->start + written->size <= start) {
            t->at++;
            continue;
        }
        uint64_t end = written && written->start < run->end ? written->start : run->end;
        if (end > start && !ms_linux_track_add(&t->track->told, start, end - start,
                                               swapped ? MEMSCAN_PAGE_SWAPPED : MEMSCAN_PAGE_RESIDENT))
            return false;
        start = end == run->end ? end : written->start + written->size;
    }
    return true;
}

/* Only memory that ran out is a failure; a range that refuses is not told about. */
static bool track_range(linux_target *target, const memscan_track_range *range, bool is_point)
{
    linux_track *track = target->track;
    size_t told = track->told.count;
    bool known = protect(target, range);
    if (!is_registered(track, range->region))
        return true;
    if (!known) {
        (void)protect(target, range);
        return true;
    }
    telling t = { .track = track, .region = range->region };
    linux_pagemap_scan ask = { .flags = LINUX_SCAN_CHECK_WPASYNC,
                               .start = range->start,
                               .end = range->last + 1,
                               .category_inverted = LINUX_PAGE_IS_WRITTEN | LINUX_PAGE_IS_FILE,
                               .category_mask = LINUX_PAGE_IS_WRITTEN | LINUX_PAGE_IS_FILE };
    if (!is_point || scan(target, ask, tell, &t))
        return true;
    track->told.count = told;
    return errno != ENOMEM;
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
