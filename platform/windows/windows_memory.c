/* windows_memory.c - reads.
 *
 * The invariant: ReadProcessMemory is asked only for pages that VirtualQueryEx has just called committed and readable.
 * Windows would break a guard page that is touched, and with it the growth of a stack; Wine reads guard pages,
 * reserved pages and beyond a region's end without a word. ReadProcessMemory gives all or nothing that can be relied
 * on: where it fails (299 ERROR_PARTIAL_COPY, 998 ERROR_NOACCESS) the pages are asked one by one, and the count of
 * bytes that it returns is never looked at. */
#include "windows_target.h"

#include "windows_protection.h"

/* The pages around the last question that are alike. A call keeps it for its own spans only: they come ascending, and
 * what was true a call ago need not be so now. */
typedef struct alike {
    uint64_t start, end; /* end 0: nothing asked yet */
    memscan_outcome outcome;
} alike;

static void ask(const windows_target *target, uint64_t address, alike *pages)
{
    MEMORY_BASIC_INFORMATION memory;
    *pages = (alike){ address, address + 1, MEMSCAN_NOT_MAPPED };
    if (address > target->highest ||
        !target->calls.query(target->process, (LPCVOID)(uintptr_t)address, &memory, sizeof memory))
        return;
    pages->start = (uintptr_t)memory.BaseAddress;
    pages->end = pages->start + memory.RegionSize;
    pages->outcome = ms_windows_readable(&memory);
}

static bool copy(const windows_target *target, uint64_t address, void *buffer, size_t size)
{
    SIZE_T done = 0;
    return target->calls.read(target->process, (LPCVOID)(uintptr_t)address, buffer, size, &done) != 0;
}

/* As many bytes from the start as can be read: all, or those up to the first page that cannot. */
static size_t copy_what_is_there(const windows_target *target, uint64_t address, uint8_t *buffer, size_t size)
{
    if (copy(target, address, buffer, size))
        return size;
    size_t done = 0;
    while (done < size) {
        size_t in_page = target->page_size - (size_t)((address + done) & (target->page_size - 1));
        size_t piece = in_page < size - done ? in_page : size - done;
        if (!copy(target, address + done, buffer + done, piece))
            break;
        done += piece;
    }
    return done;
}

/* Why a page that was readable when asked is not read: it changed meanwhile, or the system cannot supply it. */
static memscan_outcome reason(const windows_target *target, uint64_t address, alike *pages)
{
    ask(target, address, pages);
    return pages->outcome == MEMSCAN_WHOLE ? MEMSCAN_FAULTY : pages->outcome;
}

static void read_one(const windows_target *target, memscan_transfer *transfer, alike *pages)
{
    uint8_t *buffer = transfer->buffer;
    transfer->done = 0;
    while (transfer->done < transfer->size) {
        uint64_t address = transfer->address + transfer->done;
        size_t left = transfer->size - transfer->done;
        if (address < pages->start || address >= pages->end)
            ask(target, address, pages);
        transfer->outcome = pages->outcome;
        if (pages->outcome != MEMSCAN_WHOLE)
            return;
        size_t piece = pages->end - address < left ? (size_t)(pages->end - address) : left;
        size_t got = copy_what_is_there(target, address, buffer + transfer->done, piece);
        transfer->done += got;
        if (got < piece) {
            transfer->outcome = reason(target, address + got, pages);
            return;
        }
    }
    transfer->outcome = MEMSCAN_WHOLE;
}

memscan_status ms_windows_read(void *state, memscan_transfer *transfers, size_t count, memscan_error *error)
{
    windows_target *target = state;
    alike pages = { 0, 0, MEMSCAN_NOT_MAPPED };
    bool all_whole = true;
    for (size_t i = 0; i < count; i++) {
        read_one(target, &transfers[i], &pages);
        all_whole = all_whole && transfers[i].outcome == MEMSCAN_WHOLE;
    }
    /* A process that ended has no memory any more: that is not a hole. */
    return all_whole ? MEMSCAN_OK : ms_windows_alive(target, error);
}
