/* windows_page.c - one page, and how the pages of each region are used, by QueryWorkingSetEx. Which physical frame holds a
 * page Windows tells to no program; how often a page is shared it counts up to seven. */
#include "windows_target.h"

#include "../../libmemscan/base/error.h"
#include "windows_error.h"

enum { PAGES_AT_ONCE = 256 };

static uint64_t large_page_size(void)
{
    return GetLargePageMinimum();
}

memscan_status ms_windows_page(void *state, const memscan_region *region, uint64_t address, memscan_page *page,
                               memscan_error *error)
{
    windows_target *target = state;
    PSAPI_WORKING_SET_EX_INFORMATION answer = { .VirtualAddress = (PVOID)(uintptr_t)address };
    (void)region;
    page->reason = "this system shows physical addresses to no program";
    page->hint = "";
    if (!target->working_set_tells)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this system does not say which pages are resident");
    if (!target->calls.working_set(target->process, &answer, sizeof answer))
        return ms_windows_fail(error, GetLastError(), "cannot ask for the working set");
    page->state = answer.VirtualAttributes.Valid ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_UNKNOWN;
    page->shared = answer.VirtualAttributes.Valid && answer.VirtualAttributes.Shared;
    page->huge = answer.VirtualAttributes.Valid && answer.VirtualAttributes.LargePage;
    page->size = page->huge ? large_page_size() : answer.VirtualAttributes.Valid ? target->page_size : 0;
    return MEMSCAN_OK;
}

typedef struct usage_walk {
    windows_target *target;
    memscan_usage_fn *visit;
    void *context;
    bool stopped;
    DWORD os_code; /* of the question that failed, else 0 */
} usage_walk;

static void count_page(const windows_target *target, const PSAPI_WORKING_SET_EX_INFORMATION *page, memscan_usage *usage)
{
    uint64_t size = target->page_size;
    if (!page->VirtualAttributes.Valid)
        return;
    usage->resident += size;
    if (page->VirtualAttributes.ShareCount > 1)
        usage->shared_bytes += size;
    else
        usage->private_bytes += size;
    if (page->VirtualAttributes.LargePage) {
        usage->huge += size;
        usage->huge_page_size = large_page_size();
    }
}

static int show_usage(const memscan_region *region, void *context)
{
    usage_walk *walk = context;
    windows_target *target = walk->target;
    PSAPI_WORKING_SET_EX_INFORMATION pages[PAGES_AT_ONCE];
    memscan_usage usage = { .start = region->start, .size = region->size };
    if (region->flags & MEMSCAN_REGION_RESERVED)
        return 0;
    for (uint64_t left = region->size / target->page_size, at = region->start; left > 0;) {
        size_t count = left < PAGES_AT_ONCE ? (size_t)left : PAGES_AT_ONCE;
        for (size_t i = 0; i < count; i++, at += target->page_size)
            pages[i] = (PSAPI_WORKING_SET_EX_INFORMATION){ .VirtualAddress = (PVOID)(uintptr_t)at };
        if (!target->calls.working_set(target->process, pages, (DWORD)(count * sizeof pages[0]))) {
            walk->os_code = GetLastError();
            return 1;
        }
        for (size_t i = 0; i < count; i++)
            count_page(target, &pages[i], &usage);
        left -= count;
    }
    walk->stopped = walk->visit(&usage, walk->context) != 0;
    return walk->stopped;
}

memscan_status ms_windows_usages(void *state, memscan_usage_fn *visit, void *context, memscan_error *error)
{
    usage_walk walk = { state, visit, context, false, 0 };
    if (!walk.target->working_set_tells)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this system does not say which pages are resident");
    memscan_status status = ms_windows_regions(state, 0, show_usage, &walk, error);
    if (walk.os_code && !ms_windows_alive(state, error))
        return ms_windows_fail(error, walk.os_code, "cannot ask for the working set");
    return status;
}
