/* linux_resident.c - which of many stretches are in memory as a whole, asked together: nothing said of one is no answer, and
 * then linux_residency.c is asked about it.
 *
 * There are two ways, and what is dear is not the same in them. PAGEMAP_SCAN walks the page tables from the first stretch to
 * the last, and whatever lies between them: 13 ns for each page that is there. move_pages(2) that is given no nodes moves
 * nothing and tells where each page of a list is: 170 ns for each (a PAGEMAP_SCAN of its own costs 580; Linux 6.18). It
 * goes by number, as process_vm_readv does, and is believed as that is: who reads by what is told here asks afterwards
 * whether the image was still there. It asks for less than reading does; where it is refused (seccomp) or missing (no
 * NUMA), stretches that lie not too far apart are walked all the same. */
#define _GNU_SOURCE
#include "linux_target.h"

#include <string.h>

/* A page of the list costs as much as this many that are walked over; and a stretch that is asked about by itself. */
#define LISTED_COSTS 13
#define ALONE_COSTS  45

/* ---- by a walk ---- */

#define SCAN_REGIONS 256

/* Marks the ranges that lie in the run, from *next on; leaves *next at the first one that a later run could hold. */
static void mark_inside(const memscan_range *ranges, size_t count, size_t *next, uint64_t start, uint64_t end,
                        uint8_t *resident)
{
    while (*next < count && ranges[*next].start < start)
        ++*next;
    for (; *next < count && ranges[*next].last < end; ++*next)
        resident[*next] = 1;
}

/* Runs of pages that are there, whatever mappings they belong to, but for the zero page: what is told is what `residency`
 * would say. A run may be told in two parts where an answer was full. */
static void mark_scanned(linux_target *target, linux_pagemap_scan *ask, const memscan_range *ranges, size_t count,
                         uint8_t *resident)
{
    const linux_page_region *found = (const linux_page_region *)(uintptr_t)ask->vec;
    linux_page_region run = { 0 };
    size_t next = 0;
    while (ask->start < ask->end) {
        int told = target->sys->pagemap_scan(target->pagemap_fd, ask);
        if (told < 0 || ask->walk_end <= ask->start)
            return;
        for (int i = 0; i < told; i++) {
            run.start = run.end == found[i].start ? run.start : found[i].start;
            run.end = found[i].end;
            mark_inside(ranges, count, &next, run.start, run.end, resident);
        }
        ask->start = ask->walk_end;
    }
}

static void by_walk(linux_target *target, const memscan_range *ranges, size_t count, uint8_t *resident)
{
    linux_page_region found[SCAN_REGIONS];
    linux_pagemap_scan ask = {
        .size = sizeof ask,
        .start = ranges[0].start & ~(uint64_t)(target->page_size - 1),
        .end = (ranges[count - 1].last | (target->page_size - 1)) + 1,
        .vec = (uintptr_t)found,
        .vec_len = SCAN_REGIONS,
        .category_mask = LINUX_PAGE_IS_PRESENT | LINUX_PAGE_IS_PFNZERO,
        .category_inverted = LINUX_PAGE_IS_PFNZERO,
        .return_mask = LINUX_PAGE_IS_PRESENT,
    };
    mark_scanned(target, &ask, ranges, count, resident);
}

/* ---- by a list ---- */

#define LISTED 512

typedef struct page_list {
    linux_target *target;
    uint8_t *resident;
    size_t count;
    void *pages[LISTED];
    size_t ranges[LISTED]; /* of each page, the range it is of */
} page_list;

/* Takes back what was marked of each range that has a page which is not there, or is the zero page, or of which nothing is told.
 * False: there will be no answer. */
static bool ask_list(page_list *list)
{
    int nodes[LISTED];
    linux_target *target = list->target;
    if (target->sys->page_nodes((pid_t)target->pid, list->count, list->pages, nodes) != 0)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (nodes[i] < 0)
            list->resident[list->ranges[i]] = 0;
    list->count = 0;
    return true;
}

static bool mark_listed(page_list *list, const memscan_range *ranges, size_t count)
{
    const uint64_t page_size = list->target->page_size;
    for (size_t r = 0; r < count; r++) {
        uint64_t page = ranges[r].start / page_size, last = ranges[r].last / page_size;
        list->resident[r] = 1;
        for (; page <= last; page++) {
            list->pages[list->count] = (void *)(uintptr_t)(page * page_size);
            list->ranges[list->count++] = r;
            if (list->count == LISTED && !ask_list(list))
                return false;
        }
    }
    return list->count == 0 || ask_list(list);
}

static void by_list(linux_target *target, const memscan_range *ranges, size_t count, uint8_t *resident)
{
    page_list list;
    list.target = target;
    list.resident = resident;
    list.count = 0;
    if (mark_listed(&list, ranges, count))
        return;
    memset(resident, 0, count);
    atomic_store_explicit(&target->no_page_nodes, true, memory_order_relaxed);
}

/* ---- the call ---- */

static uint64_t pages_of(const linux_target *target, uint64_t start, uint64_t last)
{
    return last / target->page_size - start / target->page_size + 1;
}

/* Whether one walk over all that lies between the stretches costs less than what else there is: a list of their pages, or as many
 * questions as they are. */
static bool walk_pays(const linux_target *target, const memscan_range *ranges, size_t count, bool list_serves)
{
    uint64_t all = pages_of(target, ranges[0].start, ranges[count - 1].last), listed = 0;
    if (!list_serves)
        return all / ALONE_COSTS <= count;
    for (size_t i = 0; i < count; i++)
        listed += pages_of(target, ranges[i].start, ranges[i].last);
    return all / LISTED_COSTS <= listed;
}

void ms_linux_resident(void *state, const memscan_range *ranges, size_t count, uint8_t *resident)
{
    linux_target *target = state;
    while (count && ranges[count - 1].last >> 63) /* the kernel's half ([vsyscall]) makes the whole question EFAULT */
        count--;
    if (!count)
        return;
    bool list_serves = UINTPTR_MAX == UINT64_MAX && !atomic_load_explicit(&target->no_page_nodes, memory_order_relaxed);
    if (!walk_pays(target, ranges, count, list_serves)) {
        if (list_serves)
            by_list(target, ranges, count, resident);
    } else if (!atomic_load_explicit(&target->no_scan, memory_order_relaxed)) {
        by_walk(target, ranges, count, resident);
    }
}
