/* windows_residency.c - which pages are in the target's working set, by QueryWorkingSetEx.
 *
 * "In the working set" is the one thing that is documented of its answer. A page that is not may be in the page file,
 * on one of the system's lists in memory, still in its file, or never touched, and nothing documented tells these
 * apart: such pages are UNKNOWN, never UNTOUCHED, so that none of them is taken for zero. */
#include "windows_target.h"

#include "../../libmemscan/base/error.h"
#include "windows_error.h"

enum { PAGES_AT_ONCE = 256 };

typedef struct page_batch {
    PSAPI_WORKING_SET_EX_INFORMATION pages[PAGES_AT_ONCE];
    size_t count;
} page_batch;

static bool ask(const windows_target *target, page_batch *batch, uint64_t start, uint64_t page_count)
{
    batch->count = page_count < PAGES_AT_ONCE ? (size_t)page_count : PAGES_AT_ONCE;
    for (size_t i = 0; i < batch->count; i++)
        batch->pages[i].VirtualAddress = (PVOID)(uintptr_t)(start + i * (uint64_t)target->page_size);
    DWORD size = (DWORD)(batch->count * sizeof batch->pages[0]);
    return target->calls.working_set(target->process, batch->pages, size) != 0;
}

/* Appends one page, or widens the last run by it. False: no room. */
static bool add_page(uint64_t address, uint64_t size, memscan_page_state state, memscan_extent *extents,
                     size_t capacity, size_t *count)
{
    if (*count && extents[*count - 1].state == state) {
        extents[*count - 1].size += size;
        return true;
    }
    if (*count == capacity)
        return false;
    extents[(*count)++] = (memscan_extent){ address, size, state };
    return true;
}

memscan_status ms_windows_residency(void *state, const memscan_region *region, uint64_t start, uint64_t last,
                                    memscan_extent *extents, size_t capacity, size_t *count, memscan_error *error)
{
    windows_target *target = state;
    page_batch batch;
    (void)region;
    *count = 0;
    if (!target->working_set_tells)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this system does not say which pages are resident");
    for (uint64_t pages = (last - start) / target->page_size + 1; pages > 0; pages -= batch.count) {
        if (!ask(target, &batch, start, pages)) {
            DWORD os_code = GetLastError();
            memscan_status status = ms_windows_alive(target, error);
            return status ? status : ms_windows_fail(error, os_code, "cannot ask for the working set");
        }
        for (size_t i = 0; i < batch.count; i++, start += target->page_size) {
            bool resident = batch.pages[i].VirtualAttributes.Valid;
            if (!add_page(start, target->page_size, resident ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_UNKNOWN, extents,
                          capacity, count))
                return MEMSCAN_OK;
        }
    }
    return MEMSCAN_OK;
}
