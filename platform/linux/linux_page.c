/* linux_page.c - the page that an address lies in: its state, its size in the page tables, and its physical frame, which
 * /proc/PID/pagemap shows only to those who hold CAP_SYS_ADMIN (it reads as 0 for everybody else, Linux 4.2). */
#define _GNU_SOURCE
#include "linux_target.h"

/* What PAGEMAP_SCAN knows of the page besides. False: this kernel has no such call. */
static bool ask_categories(linux_target *target, uint64_t address, uint64_t *categories)
{
    linux_page_region found = { 0 };
    linux_pagemap_scan ask = {
        .size = sizeof ask,
        .start = address,
        .end = address + target->page_size,
        .vec = (uintptr_t)&found,
        .vec_len = 1,
        .return_mask = LINUX_PAGE_IS_PRESENT | LINUX_PAGE_IS_FILE | LINUX_PAGE_IS_PFNZERO | LINUX_PAGE_IS_HUGE,
    };
    int count = target->sys->pagemap_scan(target->pagemap_fd, &ask);
    *categories = count > 0 ? found.categories : 0;
    return count >= 0;
}

/* Of a mapping of huge pages (hugetlbfs) the kernel tells the page size itself; Linux 6.11. */
static uint64_t page_size_of(linux_target *target, uint64_t address)
{
    linux_procmap_query query = { .size = sizeof query, .query_addr = address };
    bool told = target->sys->map_query(target->maps_fd, &query) == 0 && query.vma_page_size > target->page_size;
    return told ? query.vma_page_size : ms_linux_huge_page_size(target);
}

static void tell_frame(const linux_target *target, uint64_t address, uint64_t entry, memscan_page *page)
{
    uint64_t frame = entry & LINUX_PAGEMAP_FRAME;
    page->reason = page->hint = "";
    if (!(entry & LINUX_PAGEMAP_PRESENT)) {
        page->reason = "the page is not in memory now";
    } else if (!frame) {
        page->reason = "the system shows physical frames to the superuser only (CAP_SYS_ADMIN)";
        page->hint = "run memscan with sudo";
    } else {
        page->frame_known = 1;
        page->frame = frame;
        page->physical = frame * target->page_size + address % target->page_size;
    }
}

memscan_status ms_linux_page(void *state, const memscan_region *region, uint64_t address, memscan_page *page,
                             memscan_error *error)
{
    linux_target *target = state;
    uint64_t start = address - address % target->page_size, entry = 0, categories = 0;
    size_t count = 0;
    memscan_extent extent = { .state = MEMSCAN_PAGE_UNKNOWN };
    page->reason = "the page map may not be read";
    page->hint = "";
    memscan_status status =
        ms_linux_residency(state, region, start, start + (target->page_size - 1), &extent, 1, &count, error);
    if (status)
        return status;
    page->state = extent.state;
    ssize_t got =
        target->sys->pread(target->pagemap_fd, &entry, sizeof entry, start / target->page_size * sizeof entry);
    bool told = got == (ssize_t)sizeof entry;
    tell_frame(target, address, told ? entry : 0, page);
    bool scanned = ask_categories(target, start, &categories);
    page->shared = (told && entry & LINUX_PAGEMAP_FILE) || categories & LINUX_PAGE_IS_FILE;
    page->zero = (categories & LINUX_PAGE_IS_PFNZERO) != 0;
    page->huge = (categories & LINUX_PAGE_IS_HUGE) != 0;
    if (page->huge)
        page->size = page_size_of(target, address);
    else if (scanned && told && entry & LINUX_PAGEMAP_PRESENT)
        page->size = target->page_size;
    return ms_linux_alive(target, error);
}
