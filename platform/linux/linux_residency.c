/* linux_residency.c - where the pages of a region are, without touching one.
 *
 * The page tables tell which pages are there (PAGEMAP_SCAN since Linux 6.7, the entries of /proc/PID/pagemap before);
 * what an absent page holds is decided by the kind of mapping. Only private memory without any file behind it is
 * zero where it was never touched. For everything else an absent page says nothing but "ask what is behind it". */
#define _GNU_SOURCE
#include "linux_absent.h"

#include <errno.h>
#include <string.h>

#include "../../libmemscan/base/error.h"
#include "linux_kinds.h"

/* ---- what an absent page of this region is ---- */

/* A file that a hostile target names so is only asked for its bytes, as any other object is. */
bool ms_linux_is_memory_object(const memscan_region *region)
{
    return region->kind == MEMSCAN_KIND_SHARED || ms_linux_name_class(region) == LINUX_NAME_SHARED ||
           strncmp(region->name, "/dev/shm/", 9) == 0;
}

/* Special mappings ([vdso], [vvar]) have no file either, but the kernel fills their pages on demand. */
static bool is_plain_memory(const memscan_region *region)
{
    if (region->flags & (MEMSCAN_REGION_FILE | MEMSCAN_REGION_SHARED) || region->inode)
        return false;
    switch (ms_linux_name_class(region)) {
    case LINUX_NAME_NONE:
    case LINUX_NAME_HEAP:
    case LINUX_NAME_STACK:
    case LINUX_NAME_BSS: return true;
    default: return false;
    }
}

static memscan_page_state absent_state(const memscan_region *region)
{
    if (region->kind == MEMSCAN_KIND_DEVICE || region->kind == MEMSCAN_KIND_VDSO)
        return MEMSCAN_PAGE_UNKNOWN;
    if (is_plain_memory(region))
        return region->flags & MEMSCAN_REGION_MAY_BLOCK ? MEMSCAN_PAGE_BLOCKED : MEMSCAN_PAGE_UNTOUCHED;
    if (ms_linux_is_memory_object(region))
        return MEMSCAN_PAGE_SHARED;
    return region->flags & MEMSCAN_REGION_FILE ? MEMSCAN_PAGE_FILE : MEMSCAN_PAGE_UNKNOWN;
}

/* The entry of a shared page that is "swapped" is no place in swap: it marks a page that is being moved, or that a
 * userfaultfd watches. The object tells what it holds. */
static memscan_page_state state_of(const memscan_region *region, uint64_t categories)
{
    if (categories & LINUX_PAGE_IS_GUARD)
        return MEMSCAN_PAGE_GUARD;
    if (categories & LINUX_PAGE_IS_PRESENT)
        return categories & LINUX_PAGE_IS_PFNZERO && is_plain_memory(region) ? MEMSCAN_PAGE_UNTOUCHED
                                                                             : MEMSCAN_PAGE_RESIDENT;
    if (categories & LINUX_PAGE_IS_SWAPPED && !(region->flags & MEMSCAN_REGION_SHARED))
        return MEMSCAN_PAGE_SWAPPED;
    return absent_state(region);
}

/* ---- runs ---- */

typedef struct runs {
    const memscan_region *region;
    memscan_extent *extents;
    size_t capacity;
    size_t count;
    uint64_t next; /* the first address not yet told; past the end of the address space it is 0 */
    uint64_t left; /* bytes not yet told */
} runs;

/* False when there is no room for another run. */
static bool tell(runs *out, uint64_t size, memscan_page_state state)
{
    if (size > out->left)
        size = out->left;
    memscan_extent *last = out->count ? &out->extents[out->count - 1] : NULL;
    if (size && last && last->state == state)
        last->size += size;
    else if (size && out->count == out->capacity)
        return false;
    else if (size)
        out->extents[out->count++] = (memscan_extent){ out->next, size, state };
    out->next += size;
    out->left -= size;
    return true;
}

/* ---- PAGEMAP_SCAN ---- */

#define SCAN_REGIONS 256

/* Asks for every page, also absent ones, as runs of equal categories. Returns their number, or -1 and errno. */
static int scan(linux_target *target, uint64_t start, uint64_t end, linux_page_region *found, uint64_t *walked)
{
    linux_pagemap_scan ask = {
        .size = sizeof ask,
        .start = start,
        .end = end,
        .vec = (uintptr_t)found,
        .vec_len = SCAN_REGIONS,
        .return_mask = LINUX_PAGE_IS_PRESENT | LINUX_PAGE_IS_SWAPPED | LINUX_PAGE_IS_PFNZERO,
    };
    if (!atomic_load_explicit(&target->no_scan_guard, memory_order_relaxed))
        ask.return_mask |= LINUX_PAGE_IS_GUARD;
    int count;
    do
        count = target->sys->pagemap_scan(target->pagemap_fd, &ask);
    while (count < 0 && errno == EINTR);
    *walked = ask.walk_end;
    if (count >= 0 || errno != EINVAL || !(ask.return_mask & LINUX_PAGE_IS_GUARD))
        return count;
    atomic_store_explicit(&target->no_scan_guard, true, memory_order_relaxed);
    return scan(target, start, end, found, walked);
}

/* Pages that the kernel leaves out are mapped no more: reading them will say so. */
static bool tell_scanned(runs *out, const linux_page_region *found, size_t count, uint64_t walked)
{
    for (size_t i = 0; i < count; i++) {
        if (found[i].start > out->next && !tell(out, found[i].start - out->next, MEMSCAN_PAGE_UNKNOWN))
            return false;
        if (found[i].end > out->next &&
            !tell(out, found[i].end - out->next, state_of(out->region, found[i].categories)))
            return false;
    }
    return walked <= out->next || tell(out, walked - out->next, MEMSCAN_PAGE_UNKNOWN);
}

/* False: no PAGEMAP_SCAN here, or it refuses; what was told so far holds. */
static bool by_scan(linux_target *target, runs *out)
{
    linux_page_region found[SCAN_REGIONS];
    while (out->left) {
        uint64_t before = out->next, walked = 0;
        int count = scan(target, out->next, out->next + out->left, found, &walked);
        if (count < 0)
            return false;
        if (!tell_scanned(out, found, (size_t)count, walked))
            return true;
        if (out->next == before) {
            errno = EIO; /* it tells nothing and does not say why */
            return false;
        }
    }
    return true;
}

/* ---- the entries of pagemap ---- */

#define ENTRIES 1024

static uint64_t categories_of(uint64_t entry)
{
    return (entry & LINUX_PAGEMAP_PRESENT ? LINUX_PAGE_IS_PRESENT : 0) |
           (entry & LINUX_PAGEMAP_SWAPPED ? LINUX_PAGE_IS_SWAPPED : 0) |
           (entry & LINUX_PAGEMAP_GUARD ? LINUX_PAGE_IS_GUARD : 0);
}

static ssize_t read_entries(linux_target *target, uint64_t address, uint64_t *entries, size_t count)
{
    ssize_t got;
    do
        got = target->sys->pread(target->pagemap_fd, entries, count * sizeof *entries,
                                 address / target->page_size * sizeof *entries);
    while ((got < 0 && errno == EINTR) || (got > 0 && got < (ssize_t)sizeof *entries));
    return got < 0 ? got : got / (ssize_t)sizeof *entries;
}

static memscan_status by_entries(linux_target *target, runs *out, memscan_error *error)
{
    uint64_t entries[ENTRIES];
    while (out->left) {
        uint64_t pages = (out->left - 1) / target->page_size + 1;
        ssize_t got = read_entries(target, out->next, entries, pages < ENTRIES ? (size_t)pages : ENTRIES);
        if (got < 0)
            return ms_fail_os(error, MEMSCAN_OS, errno, "cannot read the page map: %s", ms_linux_error_text(errno));
        if (got == 0) { /* the image is gone, or the address beyond what the file can tell of ([vsyscall]) */
            tell(out, out->left, MEMSCAN_PAGE_UNKNOWN);
            break;
        }
        for (ssize_t i = 0; i < got; i++)
            if (!tell(out, target->page_size, state_of(out->region, categories_of(entries[i]))))
                return MEMSCAN_OK;
    }
    return MEMSCAN_OK;
}

/* ---- the call ---- */

memscan_status ms_linux_residency(void *state, const memscan_region *region, uint64_t start, uint64_t last,
                                  memscan_extent *extents, size_t capacity, size_t *count, memscan_error *error)
{
    linux_target *target = state;
    if (target->pagemap_fd < 0)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "the target's page map may not be read");
    runs out = { .region = region, .extents = extents, .capacity = capacity, .next = start, .left = last - start + 1 };
    bool scanned = !atomic_load_explicit(&target->no_scan, memory_order_relaxed) && by_scan(target, &out);
    if (!scanned) {
        if (errno == ENOTTY)
            atomic_store_explicit(&target->no_scan, true, memory_order_relaxed);
        memscan_status status = by_entries(target, &out, error);
        if (status != MEMSCAN_OK)
            return status;
    }
    *count = out.count;
    /* The page tables of a dead image are empty: nothing told holds then. Where all pages are there, they were not, and
     * tens of thousands of small mappings cost one system call each and not three. */
    bool there = out.count == 1 && extents[0].state == MEMSCAN_PAGE_RESIDENT;
    return there ? MEMSCAN_OK : ms_linux_alive(target, error);
}

/* ---- single pages ---- */

static bool has_bit(linux_target *target, uint64_t address, uint64_t bit)
{
    uint64_t entry = 0;
    return target->pagemap_fd >= 0 && read_entries(target, address, &entry, 1) == 1 && entry & bit;
}

bool ms_linux_is_guard(linux_target *target, uint64_t address)
{
    return has_bit(target, address, LINUX_PAGEMAP_GUARD);
}

bool ms_linux_is_present(linux_target *target, uint64_t address)
{
    return has_bit(target, address, LINUX_PAGEMAP_PRESENT);
}
