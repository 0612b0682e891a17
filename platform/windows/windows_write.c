/* windows_write.c - writes, with the protection lifted for a moment where it forbids them.
 *
 * The invariant: a page whose protection permits writing is never re-protected, and every page that is re-protected
 * gets its protection back before the call returns, which is looked up afterwards and not believed. A page that was
 * copy-on-write comes back as plain writable once it was written (it is the process's own copy then): that is what the
 * process's own write would have done to it, and is accepted.
 *
 * Memory that other processes share is not forced: lifting the protection of a view would write through to them. Guard
 * pages are not written at all: lifting their protection would break the guard. Wine writes to read-only pages where
 * Windows refuses; so every page is asked about before. */
#include "windows_target.h"

#include "../../libmemscan/base/error.h"
#include "windows_error.h"
#include "windows_protection.h"

/* With executable protections: the places where indirect calls may go stay as they are (VirtualProtect,
 * "PAGE_TARGETS_NO_UPDATE"; Windows 10). */
enum { KEEP_CALL_TARGETS = 0x40000000 };

/* A stretch of alike pages, and what of it is to be written. */
typedef struct write_piece {
    uint64_t address;
    const uint8_t *bytes;
    size_t size;
    uint64_t pages_start, pages_end; /* whole pages around it */
    DWORD before;                    /* their protection */
    DWORD lifted;                    /* the one that permits the write; 0: `before` does */
} write_piece;

static bool query(const windows_target *target, uint64_t address, MEMORY_BASIC_INFORMATION *memory)
{
    return address <= target->highest &&
           target->calls.query(target->process, (LPCVOID)(uintptr_t)address, memory, sizeof *memory) != 0;
}

/* The protection that permits writing and is otherwise as near to the present one as can be; 0: none is lawful.
 * PAGE_READWRITE on an image gives PAGE_WRITECOPY of itself; both are asked for by their own names. */
static DWORD lifted_protection(const MEMORY_BASIC_INFORMATION *memory)
{
    bool is_image = memory->Type == MEM_IMAGE;
    if (memory->Type == MEM_MAPPED || memory->Protect & (PAGE_GUARD | PAGE_NOCACHE | PAGE_WRITECOMBINE))
        return 0;
    switch (memory->Protect) {
    case PAGE_NOACCESS:
    case PAGE_READONLY: return is_image ? PAGE_WRITECOPY : PAGE_READWRITE;
    case PAGE_EXECUTE:
    case PAGE_EXECUTE_READ: return is_image ? PAGE_EXECUTE_WRITECOPY : PAGE_EXECUTE_READWRITE;
    default: return 0;
    }
}

/* What stands at `address`, and how it is written. WHOLE, or why it cannot be. */
static memscan_outcome prepare(const windows_target *target, uint64_t address, const uint8_t *bytes, size_t size,
                               write_piece *piece)
{
    MEMORY_BASIC_INFORMATION memory;
    if (!query(target, address, &memory) || memory.State != MEM_COMMIT)
        return MEMSCAN_NOT_MAPPED;
    uint64_t end = (uintptr_t)memory.BaseAddress + (uint64_t)memory.RegionSize;
    uint64_t page_mask = target->page_size - 1;
    *piece = (write_piece){ .address = address, .bytes = bytes, .before = memory.Protect };
    piece->size = end - address < size ? (size_t)(end - address) : size;
    piece->pages_start = address & ~page_mask;
    piece->pages_end = (address + piece->size + page_mask) & ~page_mask;
    if (ms_windows_protection(memory.Protect) & MEMSCAN_PROT_WRITE)
        return MEMSCAN_WHOLE;
    piece->lifted = lifted_protection(&memory);
    return piece->lifted ? MEMSCAN_WHOLE : MEMSCAN_PROTECTED;
}

static bool is_executable(DWORD protection)
{
    return (ms_windows_protection(protection) & MEMSCAN_PROT_EXECUTE) != 0;
}

/* The flag is refused by systems that do not know it. */
static bool protect(const windows_target *target, const write_piece *piece, DWORD protection, DWORD *before)
{
    LPVOID start = (LPVOID)(uintptr_t)piece->pages_start;
    SIZE_T size = (SIZE_T)(piece->pages_end - piece->pages_start);
    if (is_executable(protection) &&
        target->calls.protect(target->process, start, size, protection | KEEP_CALL_TARGETS, before))
        return true;
    return target->calls.protect(target->process, start, size, protection, before) != 0;
}

/* True when `now` is what `before` was, or what a write makes of it. */
static bool same_protection(DWORD before, DWORD now)
{
    return now == before || (before == PAGE_WRITECOPY && now == PAGE_READWRITE) ||
           (before == PAGE_EXECUTE_WRITECOPY && now == PAGE_EXECUTE_READWRITE);
}

/* All pages of the piece, one answer after the other. */
static bool is_restored(const windows_target *target, const write_piece *piece)
{
    MEMORY_BASIC_INFORMATION memory;
    for (uint64_t at = piece->pages_start; at < piece->pages_end;) {
        if (!query(target, at, &memory) || !same_protection(piece->before, memory.Protect))
            return false;
        at = (uintptr_t)memory.BaseAddress + (uint64_t)memory.RegionSize;
    }
    return true;
}

static bool copy(const windows_target *target, const write_piece *piece)
{
    SIZE_T done = 0;
    return target->calls.write(target->process, (LPVOID)(uintptr_t)piece->address, piece->bytes, piece->size, &done) !=
           0;
}

/* Lifts, writes, puts back. The write's own failure is told by *written, a protection that does not come back by the
 * status: it is worth more than the bytes. */
static memscan_status write_lifted(const windows_target *target, const write_piece *piece, bool *written,
                                   memscan_error *error)
{
    DWORD before = 0, lifted = 0;
    *written = false;
    if (!protect(target, piece, piece->lifted, &before))
        return MEMSCAN_OK;
    *written = copy(target, piece);
    /* The one that was there at the moment of lifting: the process may have changed it since it was asked about. */
    DWORD to = same_protection(piece->before, before) ? piece->before : before;
    write_piece restored = *piece;
    restored.before = to;
    if (protect(target, piece, to, &lifted) && is_restored(target, &restored))
        return MEMSCAN_OK;
    DWORD os_code = GetLastError();
    memscan_status status = ms_windows_alive((void *)(uintptr_t)target, error);
    if (status)
        return status;
    return ms_fail_os(error, MEMSCAN_OS, (int32_t)os_code,
                      "the protection of the pages at 0x%llx could not be put back",
                      (unsigned long long)piece->pages_start);
}

static memscan_status write_one(const windows_target *target, memscan_transfer *transfer, memscan_error *error)
{
    const uint8_t *bytes = transfer->buffer;
    transfer->done = 0;
    while (transfer->done < transfer->size) {
        uint64_t address = transfer->address + transfer->done;
        write_piece piece;
        bool written = false;
        memscan_status status = MEMSCAN_OK;
        transfer->outcome = prepare(target, address, bytes + transfer->done, transfer->size - transfer->done, &piece);
        if (transfer->outcome != MEMSCAN_WHOLE)
            return MEMSCAN_OK;
        if (piece.lifted)
            status = write_lifted(target, &piece, &written, error);
        else
            written = copy(target, &piece);
        if (status)
            return status;
        if (!written) {
            transfer->outcome = MEMSCAN_PROTECTED;
            return MEMSCAN_OK;
        }
        if (is_executable(piece.before))
            target->calls.flush_code(target->process, (LPCVOID)(uintptr_t)address, piece.size);
        transfer->done += piece.size;
    }
    transfer->outcome = MEMSCAN_WHOLE;
    return MEMSCAN_OK;
}

memscan_status ms_windows_write(void *state, memscan_transfer *transfers, size_t count, memscan_error *error)
{
    windows_target *target = state;
    bool all_whole = true;
    for (size_t i = 0; i < count; i++) {
        memscan_status status = write_one(target, &transfers[i], error);
        if (status)
            return status;
        all_whole = all_whole && transfers[i].outcome == MEMSCAN_WHOLE;
    }
    return all_whole ? MEMSCAN_OK : ms_windows_alive(target, error);
}
