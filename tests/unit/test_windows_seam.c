/* test_windows_seam.c - the Windows platform over system calls of our own, which behave as Windows documents them and
 * Wine does not: guard pages that break when touched, reads that fail half way, read-only memory that refuses writes,
 * working sets. The process is a strip of pages whose every touch is recorded. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "platform/windows/windows_image.h"
#include "platform/windows/windows_target.h"

enum { PAGE = 4096, PAGES = 32 };
#define BASE     UINT64_C(0x10000000)
#define HIGHEST  UINT64_C(0x7ffeffff)
#define AT(page) (BASE + (uint64_t)(page)*PAGE)

typedef struct strip_page {
    DWORD state, protect, type;
    unsigned allocation; /* the page where it begins */
    bool faulty;         /* the system cannot supply it */
    bool resident, large;
    unsigned sharers;
    uint8_t bytes[PAGE];
} strip_page;

typedef struct strip {
    strip_page pages[PAGES];
    bool ended, no_working_set, knows_no_call_targets;
    DWORD hole_error;                         /* 299 or 998: both occur */
    int vanish;                               /* this page is free from the next read on; -1: none */
    unsigned protects_allowed, protects_true; /* those beyond the second number say they worked, and did nothing */
    int stopped;                              /* how often it was stopped and not let go */
    bool no_stops, no_objects;                /* NtSuspendProcess, NtCreateProcessStateChange: refused */
    unsigned reads, guards_broken, refused_reads, protects, flushes, queries;
} strip;

static strip world;
static windows_target target;

/* ---- the system ---- */

static strip *strip_of(HANDLE process)
{
    return (strip *)process;
}

static bool alike(const strip_page *a, const strip_page *b)
{
    return a->state == b->state &&
           (a->state == MEM_FREE || (a->protect == b->protect && a->type == b->type && a->allocation == b->allocation));
}

static SIZE_T WINAPI fake_query(HANDLE process, LPCVOID where, MEMORY_BASIC_INFORMATION *answer, SIZE_T size)
{
    strip *memory = strip_of(process);
    uint64_t address = (uintptr_t)where & ~(uint64_t)(PAGE - 1), end = BASE;
    memory->queries++;
    if (memory->ended || address > HIGHEST) {
        SetLastError(memory->ended ? ERROR_ACCESS_DENIED : ERROR_INVALID_PARAMETER);
        return 0;
    }
    memset(answer, 0, size);
    answer->BaseAddress = (PVOID)(uintptr_t)address;
    answer->State = MEM_FREE;
    answer->Protect = PAGE_NOACCESS;
    if (address >= AT(PAGES))
        end = HIGHEST + 1;
    if (address >= BASE && address < AT(PAGES)) {
        unsigned page = (unsigned)((address - BASE) / PAGE), last = page;
        while (last + 1 < PAGES && alike(&memory->pages[page], &memory->pages[last + 1]))
            last++;
        end = AT(last + 1);
        const strip_page *at = &memory->pages[page];
        answer->State = at->state;
        if (at->state != MEM_FREE) {
            answer->AllocationBase = (PVOID)(uintptr_t)AT(at->allocation);
            answer->Protect = at->state == MEM_COMMIT ? at->protect : 0;
            answer->Type = at->type;
        }
    }
    answer->RegionSize = (SIZE_T)(end - address);
    return sizeof *answer;
}

static bool permits(const strip_page *page, DWORD wanted)
{
    return page->state == MEM_COMMIT && !(page->protect & PAGE_GUARD) && (page->protect & wanted);
}

static const DWORD readable = PAGE_READONLY | PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READ |
                              PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
static const DWORD writable = PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

/* All or nothing; the count is a lie in both cases. */
static BOOL WINAPI fake_read(HANDLE process, LPCVOID where, LPVOID buffer, SIZE_T size, SIZE_T *done)
{
    strip *memory = strip_of(process);
    uint64_t address = (uintptr_t)where;
    memory->reads++;
    *done = size / 2 + 1;
    if (memory->vanish >= 0)
        memory->pages[memory->vanish].state = MEM_FREE;
    for (SIZE_T i = 0; i < size; i++) {
        uint64_t at = address + i;
        strip_page *page = at >= BASE && at < AT(PAGES) ? &memory->pages[(at - BASE) / PAGE] : NULL;
        if (page && page->state == MEM_COMMIT && page->protect & PAGE_GUARD)
            memory->guards_broken++;
        if (memory->ended || !page || !permits(page, readable) || page->faulty) {
            memory->refused_reads++;
            SetLastError(memory->hole_error);
            return FALSE;
        }
        ((uint8_t *)buffer)[i] = page->bytes[at % PAGE];
    }
    return TRUE;
}

static BOOL WINAPI fake_write(HANDLE process, LPVOID where, LPCVOID bytes, SIZE_T size, SIZE_T *done)
{
    strip *memory = strip_of(process);
    uint64_t address = (uintptr_t)where;
    *done = 0;
    for (SIZE_T i = 0; i < size; i++)
        if (!permits(&memory->pages[(address + i - BASE) / PAGE], writable)) {
            SetLastError(ERROR_NOACCESS);
            return FALSE;
        }
    for (SIZE_T i = 0; i < size; i++) {
        strip_page *page = &memory->pages[(address + i - BASE) / PAGE];
        page->bytes[(address + i) % PAGE] = ((const uint8_t *)bytes)[i];
        if (page->protect == PAGE_WRITECOPY)
            page->protect = PAGE_READWRITE;
        if (page->protect == PAGE_EXECUTE_WRITECOPY)
            page->protect = PAGE_EXECUTE_READWRITE;
    }
    return TRUE;
}

static BOOL WINAPI fake_protect(HANDLE process, LPVOID where, SIZE_T size, DWORD protection, DWORD *before)
{
    strip *memory = strip_of(process);
    unsigned first = (unsigned)(((uintptr_t)where - BASE) / PAGE), count = (unsigned)((size + PAGE - 1) / PAGE);
    if (protection & 0x40000000 && memory->knows_no_call_targets) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    if (++memory->protects > memory->protects_allowed) {
        SetLastError(ERROR_INVALID_ADDRESS);
        return FALSE;
    }
    *before = memory->pages[first].protect;
    for (unsigned i = first; i < first + count && memory->protects <= memory->protects_true; i++)
        memory->pages[i].protect = protection & ~0x40000000u;
    return TRUE;
}

static BOOL WINAPI fake_flush(HANDLE process, LPCVOID where, SIZE_T size)
{
    (void)where, (void)size;
    strip_of(process)->flushes++;
    return TRUE;
}

static BOOL WINAPI fake_working_set(HANDLE process, PVOID answer, DWORD size)
{
    strip *memory = strip_of(process);
    PSAPI_WORKING_SET_EX_INFORMATION *pages = answer;
    if (memory->ended || memory->no_working_set) {
        SetLastError(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    for (DWORD i = 0; i < size / sizeof *pages; i++) {
        const strip_page *page = &memory->pages[((uintptr_t)pages[i].VirtualAddress - BASE) / PAGE];
        pages[i].VirtualAttributes.Valid = page->resident;
        pages[i].VirtualAttributes.LargePage = page->large;
        pages[i].VirtualAttributes.Shared = page->sharers > 0;
        pages[i].VirtualAttributes.ShareCount = page->sharers & 7;
    }
    return TRUE;
}

static DWORD WINAPI fake_mapped_file(HANDLE process, LPVOID where, LPWSTR name, DWORD capacity)
{
    static const wchar_t path[] = L"\\Device\\Nowhere\\lib.dll";
    const strip_page *page = &strip_of(process)->pages[((uintptr_t)where - BASE) / PAGE];
    if (page->type == MEM_PRIVATE || page->allocation == 16 || capacity < sizeof path / sizeof *path)
        return 0; /* 16: a section of the page file, which has no name */
    memcpy(name, path, sizeof path);
    return sizeof path / sizeof *path - 1;
}

static DWORD WINAPI fake_wait(HANDLE process, DWORD milliseconds)
{
    (void)milliseconds;
    return strip_of(process)->ended ? WAIT_OBJECT_0 : WAIT_TIMEOUT;
}

/* ---- the strip ---- */

static void lay(unsigned first, unsigned count, DWORD state, DWORD protect, DWORD type, unsigned allocation)
{
    for (unsigned i = first; i < first + count; i++) {
        world.pages[i].state = state;
        world.pages[i].protect = protect;
        world.pages[i].type = type;
        world.pages[i].allocation = allocation;
    }
}

static void make_world(void)
{
    memset(&world, 0, sizeof world);
    world.hole_error = ERROR_PARTIAL_COPY;
    world.vanish = -1;
    world.protects_allowed = world.protects_true = 1000;
    for (unsigned page = 0; page < PAGES; page++) {
        world.pages[page].state = MEM_FREE;
        for (unsigned i = 0; i < PAGE; i++)
            world.pages[page].bytes[i] = (uint8_t)(page * 7 + i % 251);
    }
    memset(&target, 0, sizeof target);
    target = (windows_target){
        .allocator = &ms_default_allocator,
        .calls = { .query = fake_query,
                   .read = fake_read,
                   .write = fake_write,
                   .protect = fake_protect,
                   .flush_code = fake_flush,
                   .working_set = fake_working_set,
                   .mapped_file = fake_mapped_file,
                   .wait = fake_wait },
        .process = &world,
        .access = MEMSCAN_READ | MEMSCAN_WRITE,
        .pid = UINT32_MAX, /* no thread has it */
        .lowest = 0x10000,
        .highest = HIGHEST,
        .page_size = PAGE,
        .pointer_width = sizeof(void *),
        .working_set_tells = true,
    };
}

static uint8_t got[PAGES * PAGE];

static memscan_transfer read_span(uint64_t address, size_t size, memscan_status expected)
{
    memscan_transfer transfer = { .address = address, .size = size, .buffer = got };
    memscan_error error = { 0 };
    memset(got, 0xee, sizeof got);
    ck_assert_int_eq(ms_windows_read(&target, &transfer, 1, &error), expected);
    for (size_t i = 0; i < transfer.done; i++) {
        uint64_t at = address + i;
        ck_assert_uint_eq(got[i], world.pages[(at - BASE) / PAGE].bytes[at % PAGE]);
    }
    return transfer;
}

static memscan_transfer write_span(uint64_t address, size_t size, memscan_status expected)
{
    static uint8_t bytes[PAGES * PAGE];
    memscan_transfer transfer = { .address = address, .size = size, .buffer = bytes };
    memscan_error error = { 0 };
    memset(bytes, 0x5a, sizeof bytes);
    ck_assert_int_eq(ms_windows_write(&target, &transfer, 1, &error), expected);
    for (size_t i = 0; i < transfer.done; i++) {
        uint64_t at = address + i;
        ck_assert_uint_eq(world.pages[(at - BASE) / PAGE].bytes[at % PAGE], 0x5a);
    }
    return transfer;
}

/* ---- reads ---- */

START_TEST(no_guard_page_is_ever_touched)
{
    lay(0, 1, MEM_RESERVE, 0, MEM_PRIVATE, 0);
    lay(1, 1, MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD, MEM_PRIVATE, 0);
    lay(2, 3, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    lay(5, 1, MEM_COMMIT, PAGE_READONLY | PAGE_GUARD, MEM_PRIVATE, 0);
    memscan_transfer transfer = read_span(AT(2) + 100, 4 * PAGE, MEMSCAN_OK);
    ck_assert_uint_eq(transfer.done, 3 * PAGE - 100);
    ck_assert_int_eq(transfer.outcome, MEMSCAN_PROTECTED);
    transfer = read_span(AT(1), 8, MEMSCAN_OK);
    ck_assert_uint_eq(transfer.done, 0);
    ck_assert_int_eq(transfer.outcome, MEMSCAN_PROTECTED);
    ck_assert_uint_eq(world.guards_broken, 0);
    ck_assert_uint_eq(world.refused_reads, 0);
    transfer = write_span(AT(1), 8, MEMSCAN_OK);
    ck_assert_int_eq(transfer.outcome, MEMSCAN_PROTECTED);
    ck_assert_uint_eq(world.protects, 0);
}
END_TEST

START_TEST(what_may_not_be_read_is_never_asked_for)
{
    static const struct {
        DWORD state, protect;
        memscan_outcome outcome;
    } cases[] = {
        { MEM_FREE, 0, MEMSCAN_NOT_MAPPED },
        { MEM_RESERVE, 0, MEMSCAN_NOT_MAPPED },
        { MEM_COMMIT, PAGE_NOACCESS, MEMSCAN_PROTECTED },
        { MEM_COMMIT, PAGE_EXECUTE, MEMSCAN_PROTECTED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        make_world();
        lay(0, 1, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
        lay(1, 1, cases[i].state, cases[i].protect, MEM_PRIVATE, 0);
        memscan_transfer transfer = read_span(AT(0), 2 * PAGE, MEMSCAN_OK);
        ck_assert_uint_eq(transfer.done, PAGE);
        ck_assert_int_eq(transfer.outcome, cases[i].outcome);
        ck_assert_uint_eq(world.refused_reads, 0);
    }
    memscan_transfer transfer = read_span(HIGHEST + 1, 8, MEMSCAN_OK);
    ck_assert_int_eq(transfer.outcome, MEMSCAN_NOT_MAPPED);
}
END_TEST

/* A page that is called readable and cannot be supplied: everything before it is read, by either of the two errors,
 * and whatever the call says it has read. */
START_TEST(a_read_that_fails_half_way_is_taken_up_page_by_page)
{
    for (unsigned bad = 0; bad < 6; bad++) {
        make_world();
        world.hole_error = _i ? ERROR_NOACCESS : ERROR_PARTIAL_COPY;
        lay(0, 6, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
        world.pages[bad].faulty = true;
        memscan_transfer transfer = read_span(AT(0) + 9, 6 * PAGE - 9, MEMSCAN_OK);
        ck_assert_uint_eq(transfer.done, bad ? bad * PAGE - 9 : 0);
        ck_assert_int_eq(transfer.outcome, MEMSCAN_FAULTY);
    }
}
END_TEST

START_TEST(a_page_that_goes_while_it_is_read_is_not_mapped)
{
    lay(0, 4, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    world.vanish = 2;
    memscan_transfer transfer = read_span(AT(0), 4 * PAGE, MEMSCAN_OK);
    ck_assert_uint_eq(transfer.done, 2 * PAGE);
    ck_assert_int_eq(transfer.outcome, MEMSCAN_NOT_MAPPED);
}
END_TEST

START_TEST(many_spans_in_one_region_take_one_question)
{
    memscan_transfer transfers[100];
    memscan_error error;
    lay(0, 8, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    for (size_t i = 0; i < 100; i++)
        transfers[i] = (memscan_transfer){ .address = AT(0) + i * 300, .size = 8, .buffer = got + i * 8 };
    ck_assert_int_eq(ms_windows_read(&target, transfers, 100, &error), MEMSCAN_OK);
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(transfers[i].outcome, MEMSCAN_WHOLE);
    ck_assert_uint_eq(world.queries, 1);
}
END_TEST

START_TEST(a_process_that_ended_is_gone_and_no_hole)
{
    memscan_error error = { 0 };
    lay(0, 2, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    ck_assert_int_eq(ms_windows_alive(&target, &error), MEMSCAN_OK);
    world.ended = true;
    read_span(AT(0), 8, MEMSCAN_GONE);
    write_span(AT(0), 8, MEMSCAN_GONE);
    ck_assert_int_eq(ms_windows_alive(&target, &error), MEMSCAN_GONE);
    memscan_extent extent;
    size_t count = 0;
    ck_assert_int_eq(ms_windows_residency(&target, NULL, AT(0), AT(1) - 1, &extent, 1, &count, &error), MEMSCAN_GONE);
}
END_TEST

/* ---- writes ---- */

START_TEST(a_writable_page_is_never_reprotected)
{
    static const DWORD protections[] = { PAGE_READWRITE, PAGE_WRITECOPY, PAGE_EXECUTE_READWRITE,
                                         PAGE_EXECUTE_WRITECOPY };
    for (size_t i = 0; i < 4; i++) {
        make_world();
        lay(0, 2, MEM_COMMIT, protections[i], i % 2 ? MEM_IMAGE : MEM_PRIVATE, 0);
        memscan_transfer transfer = write_span(AT(0) + PAGE - 4, 8, MEMSCAN_OK);
        ck_assert_int_eq(transfer.outcome, MEMSCAN_WHOLE);
        ck_assert_uint_eq(world.protects, 0);
        ck_assert_uint_eq(world.flushes, i >= 2);
    }
}
END_TEST

START_TEST(a_protection_is_lifted_and_put_back)
{
    static const struct {
        DWORD protection, type;
        bool flushed;
    } cases[] = {
        { PAGE_READONLY, MEM_PRIVATE, false },    { PAGE_READONLY, MEM_IMAGE, false },
        { PAGE_EXECUTE_READ, MEM_PRIVATE, true }, { PAGE_EXECUTE_READ, MEM_IMAGE, true },
        { PAGE_EXECUTE, MEM_IMAGE, true },        { PAGE_NOACCESS, MEM_PRIVATE, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int old_system = 0; old_system < 2; old_system++) {
            make_world();
            world.knows_no_call_targets = old_system;
            lay(0, 4, MEM_COMMIT, cases[i].protection, cases[i].type, 0);
            memscan_transfer transfer = write_span(AT(1) + PAGE - 2, 4, MEMSCAN_OK);
            ck_assert_int_eq(transfer.outcome, MEMSCAN_WHOLE);
            for (unsigned page = 0; page < 4; page++)
                ck_assert_uint_eq(world.pages[page].protect, cases[i].protection);
            ck_assert_uint_eq(world.protects, 2);
            ck_assert_uint_eq(world.flushes, cases[i].flushed);
        }
}
END_TEST

START_TEST(what_others_share_is_not_forced)
{
    lay(0, 1, MEM_COMMIT, PAGE_READONLY, MEM_MAPPED, 0);
    lay(1, 1, MEM_COMMIT, PAGE_READONLY | PAGE_WRITECOMBINE, MEM_PRIVATE, 1);
    ck_assert_int_eq(write_span(AT(0), 4, MEMSCAN_OK).outcome, MEMSCAN_PROTECTED);
    ck_assert_int_eq(write_span(AT(1), 4, MEMSCAN_OK).outcome, MEMSCAN_PROTECTED);
    ck_assert_int_eq(write_span(AT(2), 4, MEMSCAN_OK).outcome, MEMSCAN_NOT_MAPPED);
    ck_assert_uint_eq(world.protects, 0);
}
END_TEST

START_TEST(a_write_over_a_border_stops_where_it_must)
{
    lay(0, 1, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    lay(1, 1, MEM_COMMIT, PAGE_READONLY, MEM_PRIVATE, 0);
    memscan_transfer transfer = write_span(AT(0) + 10, 3 * PAGE, MEMSCAN_OK);
    ck_assert_uint_eq(transfer.done, 2 * PAGE - 10);
    ck_assert_int_eq(transfer.outcome, MEMSCAN_NOT_MAPPED);
    ck_assert_uint_eq(world.pages[0].protect, PAGE_READWRITE);
    ck_assert_uint_eq(world.pages[1].protect, PAGE_READONLY);
}
END_TEST

START_TEST(a_protection_that_does_not_come_back_is_told)
{
    lay(0, 1, MEM_COMMIT, PAGE_READONLY, MEM_PRIVATE, 0);
    world.protects_allowed = 1;
    write_span(AT(0), 4, MEMSCAN_OS);
    make_world();
    lay(0, 1, MEM_COMMIT, PAGE_READONLY, MEM_PRIVATE, 0);
    world.protects_true = 1;
    write_span(AT(0), 4, MEMSCAN_OS);
    make_world();
    lay(0, 1, MEM_COMMIT, PAGE_READONLY, MEM_PRIVATE, 0);
    world.protects_allowed = 0;
    ck_assert_int_eq(write_span(AT(0), 4, MEMSCAN_OK).outcome, MEMSCAN_PROTECTED);
}
END_TEST

/* ---- what is there ---- */

START_TEST(working_sets_come_as_runs)
{
    memscan_extent extents[8];
    memscan_error error;
    size_t count = 0;
    lay(0, 12, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    for (unsigned page = 0; page < 12; page++)
        world.pages[page].resident = page < 3 || page == 7;
    ck_assert_int_eq(ms_windows_residency(&target, NULL, AT(1), AT(12) - 1, extents, 8, &count, &error), MEMSCAN_OK);
    static const struct {
        unsigned first, pages;
        memscan_page_state state;
    } runs[] = {
        { 1, 2, MEMSCAN_PAGE_RESIDENT },
        { 3, 4, MEMSCAN_PAGE_UNKNOWN },
        { 7, 1, MEMSCAN_PAGE_RESIDENT },
        { 8, 4, MEMSCAN_PAGE_UNKNOWN },
    };
    ck_assert_uint_eq(count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(extents[i].start, AT(runs[i].first));
        ck_assert_uint_eq(extents[i].size, runs[i].pages * PAGE);
        ck_assert_int_eq(extents[i].state, runs[i].state);
    }
    ck_assert_int_eq(ms_windows_residency(&target, NULL, AT(1), AT(12) - 1, extents, 2, &count, &error), MEMSCAN_OK);
    ck_assert_uint_eq(count, 2);
    target.working_set_tells = false;
    ck_assert_int_eq(ms_windows_residency(&target, NULL, AT(1), AT(2) - 1, extents, 8, &count, &error),
                     MEMSCAN_NOT_SUPPORTED);
}
END_TEST

static int keep_usage(const memscan_usage *usage, void *context)
{
    *(memscan_usage *)context = *usage;
    return 0;
}

START_TEST(pages_and_what_they_add_up_to)
{
    memscan_page page = { 0 };
    memscan_usage usage = { 0 };
    memscan_error error;
    lay(0, 12, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    for (unsigned i = 0; i < 8; i++)
        world.pages[i].resident = true;
    world.pages[0].sharers = 1; /* mapped from an object, by nobody else */
    world.pages[1].sharers = 2;
    world.pages[2].sharers = 7;
    world.pages[9].sharers = 3; /* not in the working set: it tells nothing */
    ck_assert_int_eq(ms_windows_usages(&target, keep_usage, &usage, &error), MEMSCAN_OK);
    ck_assert_uint_eq(usage.size, 12 * PAGE);
    ck_assert_uint_eq(usage.resident, 8 * PAGE);
    ck_assert_uint_eq(usage.shared_bytes, 2 * PAGE);
    ck_assert_uint_eq(usage.private_bytes, 6 * PAGE);
    ck_assert_uint_eq(usage.huge, 0);
    world.pages[4].large = true;
    ck_assert_int_eq(ms_windows_page(&target, NULL, AT(4) + 5, &page, &error), MEMSCAN_OK);
    ck_assert(page.state == MEMSCAN_PAGE_RESIDENT && page.huge && !page.shared && !page.frame_known && *page.reason);
    ck_assert_uint_eq(page.size, GetLargePageMinimum());
    ck_assert_int_eq(ms_windows_page(&target, NULL, AT(9), &page, &error), MEMSCAN_OK);
    ck_assert(page.state == MEMSCAN_PAGE_UNKNOWN && !page.shared && page.size == 0);
    world.no_working_set = true;
    ck_assert_int_ne(ms_windows_usages(&target, keep_usage, &usage, &error), MEMSCAN_OK);
    ck_assert_int_ne(ms_windows_page(&target, NULL, AT(1), &page, &error), MEMSCAN_OK);
    target.working_set_tells = false;
    ck_assert_int_eq(ms_windows_usages(&target, keep_usage, &usage, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(ms_windows_page(&target, NULL, AT(1), &page, &error), MEMSCAN_NOT_SUPPORTED);
}
END_TEST

typedef struct shown_region {
    memscan_region region;
    char name[64];
} shown_region;
static shown_region shown[PAGES];
static size_t shown_count;

static int keep(const memscan_region *region, void *context)
{
    (void)context;
    ck_assert_uint_lt(shown_count, PAGES);
    shown[shown_count].region = *region;
    snprintf(shown[shown_count++].name, sizeof shown[0].name, "%s", region->name);
    return 0;
}

static void walk_from(uint64_t from)
{
    memscan_error error = { 0 };
    shown_count = 0;
    ck_assert_int_eq(ms_windows_regions(&target, from, keep, NULL, &error), MEMSCAN_OK);
}

static void expect_region(size_t index, unsigned first, unsigned count, uint32_t protection, memscan_kind kind,
                          uint32_t flags, const char *system_protection)
{
    ck_assert_uint_lt(index, shown_count);
    const memscan_region *region = &shown[index].region;
    ck_assert_msg(region->start == AT(first) && region->size == count * (uint64_t)PAGE, "region %zu: %llx+%llx", index,
                  (unsigned long long)region->start, (unsigned long long)region->size);
    ck_assert_msg(region->protection == protection, "region %zu", index);
    ck_assert_msg(region->kind == kind, "region %zu: %s", index, memscan_kind_name(region->kind));
    ck_assert_msg(region->flags == flags, "region %zu: %x", index, region->flags);
    if (system_protection)
        ck_assert_str_eq(region->system_protection, system_protection);
    else
        ck_assert_ptr_null(region->system_protection);
}

/* An image of a head, text, data whose last two pages are not in the file, and constants. */
static void lay_image(unsigned first)
{
    uint8_t *head = world.pages[first].bytes;
    static const uint32_t sections[3][5] = {
        /* size, address, in file, file offset, flags */
        { 2 * PAGE, 1 * PAGE, 2 * PAGE, 0x400, 0x60000020 },
        { 3 * PAGE, 3 * PAGE, 100, 0x2400, 0xc0000040 },
        { PAGE, 6 * PAGE, PAGE, 0x2600, 0x40000040 },
    };
    memset(head, 0, PAGE);
    memcpy(head, "MZ", 2);
    head[0x3c] = 0x80;
    memcpy(head + 0x80, "PE\0\0", 4);
    head[0x86] = 3;
    head[0x94] = 240;
    memcpy(head + 0x98, "\x0b\x02", 2);
    memcpy(head + 0x98 + 56, "\0\x70\0\0", 4);
    for (unsigned i = 0; i < 3; i++) {
        memcpy(head + 0x98 + 240 + i * 40 + 8, sections[i], 16);
        memcpy(head + 0x98 + 240 + i * 40 + 36, &sections[i][4], 4);
    }
    lay(first, 7, MEM_COMMIT, PAGE_READONLY, MEM_IMAGE, first);
    lay(first + 1, 2, MEM_COMMIT, PAGE_EXECUTE_READ, MEM_IMAGE, first);
    lay(first + 3, 3, MEM_COMMIT, PAGE_WRITECOPY, MEM_IMAGE, first);
}

START_TEST(every_range_is_shown_for_what_it_is)
{
    enum { R = MEMSCAN_PROT_READ, RW = R | MEMSCAN_PROT_WRITE, RX = R | MEMSCAN_PROT_EXECUTE };
    lay(0, 2, MEM_RESERVE, 0, MEM_PRIVATE, 0);
    lay(2, 1, MEM_COMMIT, PAGE_READWRITE | PAGE_GUARD, MEM_PRIVATE, 0);
    lay(3, 1, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    lay(4, 1, MEM_COMMIT, PAGE_NOACCESS, MEM_PRIVATE, 4);
    lay_image(6);
    lay(14, 1, MEM_COMMIT, PAGE_READONLY, MEM_MAPPED, 14);
    lay(16, 1, MEM_COMMIT, PAGE_READWRITE, MEM_MAPPED, 16);
    lay(18, 1, MEM_COMMIT, PAGE_READWRITE | PAGE_WRITECOMBINE, MEM_PRIVATE, 18);
    lay(19, 1, MEM_COMMIT, PAGE_WRITECOPY, MEM_MAPPED, 19);
    walk_from(0);
    ck_assert_uint_eq(shown_count, 13);
    expect_region(0, 0, 2, 0, MEMSCAN_KIND_GUARD, MEMSCAN_REGION_RESERVED, NULL);
    expect_region(1, 2, 1, 0, MEMSCAN_KIND_GUARD, 0, "PAGE_READWRITE | PAGE_GUARD");
    expect_region(2, 3, 1, RW, MEMSCAN_KIND_ANON, 0, "PAGE_READWRITE");
    expect_region(3, 4, 1, 0, MEMSCAN_KIND_GUARD, 0, "PAGE_NOACCESS");
    expect_region(4, 6, 1, R, MEMSCAN_KIND_RODATA, MEMSCAN_REGION_FILE, "PAGE_READONLY");
    expect_region(5, 7, 2, RX, MEMSCAN_KIND_CODE, MEMSCAN_REGION_FILE, "PAGE_EXECUTE_READ");
    expect_region(6, 9, 1, RW, MEMSCAN_KIND_DATA, MEMSCAN_REGION_FILE, "PAGE_WRITECOPY");
    expect_region(7, 10, 2, RW, MEMSCAN_KIND_BSS, MEMSCAN_REGION_FILE, "PAGE_WRITECOPY");
    expect_region(8, 12, 1, R, MEMSCAN_KIND_RODATA, MEMSCAN_REGION_FILE, "PAGE_READONLY");
    expect_region(9, 14, 1, R, MEMSCAN_KIND_FILE, MEMSCAN_REGION_FILE | MEMSCAN_REGION_SHARED, "PAGE_READONLY");
    expect_region(10, 16, 1, RW, MEMSCAN_KIND_SHARED, MEMSCAN_REGION_SHARED, "PAGE_READWRITE");
    expect_region(11, 18, 1, RW, MEMSCAN_KIND_DEVICE, 0, "PAGE_READWRITE | PAGE_WRITECOMBINE");
    expect_region(12, 19, 1, RW, MEMSCAN_KIND_FILE, MEMSCAN_REGION_FILE, "PAGE_WRITECOPY");
    ck_assert_uint_eq(shown[5].region.file_offset, 0x400);
    ck_assert_uint_eq(shown[6].region.allocation_base, AT(6));
    ck_assert_str_eq(shown[6].region.system_type, "MEM_IMAGE");
    ck_assert_str_eq(shown[6].name, "\\Device\\Nowhere\\lib.dll");
    ck_assert_str_eq(shown[10].name, "");
}
END_TEST

START_TEST(a_walk_from_the_middle_shows_whole_regions)
{
    lay(0, 4, MEM_COMMIT, PAGE_READWRITE, MEM_PRIVATE, 0);
    lay_image(8);
    walk_from(AT(2) + 5);
    ck_assert_uint_eq(shown_count, 6);
    ck_assert_uint_eq(shown[0].region.start, AT(0));
    walk_from(AT(12)); /* in the image's zero-filled part, which is no answer of its own */
    ck_assert_uint_eq(shown_count, 2);
    ck_assert_uint_eq(shown[0].region.start, AT(12));
    ck_assert_int_eq(shown[0].region.kind, MEMSCAN_KIND_BSS);
    walk_from(AT(20));
    ck_assert_uint_eq(shown_count, 0);
    walk_from(HIGHEST);
    ck_assert_uint_eq(shown_count, 0);
    walk_from(UINT64_MAX);
    ck_assert_uint_eq(shown_count, 0);
}
END_TEST

START_TEST(a_reservation_is_cut_at_the_last_address)
{
    target.highest = AT(3) - 1;
    lay(2, 6, MEM_RESERVE, 0, MEM_PRIVATE, 2);
    walk_from(0);
    ck_assert_uint_eq(shown_count, 1);
    ck_assert_uint_eq(shown[0].region.start, AT(2));
    ck_assert_uint_eq(shown[0].region.size, PAGE);
}
END_TEST

START_TEST(a_walk_over_a_process_that_ended_says_so)
{
    memscan_error error = { 0 };
    world.ended = true;
    shown_count = 0;
    ck_assert_int_eq(ms_windows_regions(&target, 0, keep, NULL, &error), MEMSCAN_GONE);
    ck_assert_int_eq(error.status, MEMSCAN_GONE);
}
END_TEST

/* ---- stopping it ---- */

static HANDLE fake_open(uint64_t pid, DWORD rights)
{
    ck_assert_uint_eq(pid, target.pid);
    ck_assert(rights & PROCESS_SUSPEND_RESUME);
    return CreateEventW(NULL, TRUE, FALSE, NULL); /* something that can be closed */
}

static LONG WINAPI fake_suspend(HANDLE process)
{
    ck_assert_ptr_eq(process, target.control);
    world.stopped += !world.no_stops;
    return world.no_stops ? (LONG)0xc0000022 : 0;
}

static LONG WINAPI fake_resume(HANDLE process)
{
    ck_assert_ptr_eq(process, target.control);
    world.stopped--;
    return 0;
}

static LONG WINAPI fake_create(HANDLE *change, DWORD access, PVOID attributes, HANDLE process, ULONG64 reserved)
{
    ck_assert(access && !attributes && !reserved && process == target.control);
    *change = CreateEventW(NULL, TRUE, FALSE, NULL);
    return 0;
}

/* As documented by those who took it apart: 0 stops, 1 lets go. */
static LONG WINAPI fake_change(HANDLE change, HANDLE process, int type, PVOID more, SIZE_T more_size, ULONG64 reserved)
{
    ck_assert(change == target.state_change && process == target.control && !more && !more_size && !reserved);
    if (world.no_objects)
        return (LONG)0xc0000002;
    world.stopped += type == 0 ? 100 : -100;
    return 0;
}

static void can_stop(bool objects)
{
    target.pid = 4711;
    target.calls.open = fake_open;
    target.calls.suspend = fake_suspend;
    target.calls.resume = fake_resume;
    target.calls.create_state_change = objects ? fake_create : NULL;
    target.calls.change_state = objects ? fake_change : NULL;
}

START_TEST(it_is_stopped_by_what_lets_go_by_itself)
{
    can_stop(true);
    ck_assert_int_eq(ms_windows_suspend(&target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(world.stopped, 100);
    ck_assert_int_eq(ms_windows_resume(&target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(world.stopped, 0);
    ck_assert(!target.control && !target.state_change);
}
END_TEST

START_TEST(it_is_stopped_the_old_way_where_there_is_no_other)
{
    can_stop(_i == 1);
    world.no_objects = true;
    ck_assert_int_eq(ms_windows_suspend(&target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(world.stopped, 1);
    ck_assert_int_eq(ms_windows_resume(&target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_windows_resume(&target, NULL), MEMSCAN_OK); /* as close does: it is owed nothing more */
    ck_assert_int_eq(world.stopped, 0);
}
END_TEST

START_TEST(what_cannot_be_stopped_is_told)
{
    memscan_error error = { .text = "" };
    can_stop(false);
    world.no_stops = true;
    ck_assert_int_eq(ms_windows_suspend(&target, &error), MEMSCAN_OS);
    ck_assert_msg(strstr(error.text, "0xc0000022"), "%s", error.text);
    ck_assert(!target.control);
    target.calls.suspend = NULL;
    ck_assert_int_eq(ms_windows_suspend(&target, &error), MEMSCAN_NOT_SUPPORTED);
    target.pid = GetCurrentProcessId();
    ck_assert_int_eq(ms_windows_suspend(&target, &error), MEMSCAN_INVALID);
    target.pid = 4711;
    world.ended = true;
    ck_assert_int_eq(ms_windows_suspend(&target, &error), MEMSCAN_GONE);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("windows_seam");
    TCase *tests = tcase_create("windows_seam");
    tcase_add_checked_fixture(tests, make_world, NULL);
    tcase_add_test(tests, no_guard_page_is_ever_touched);
    tcase_add_test(tests, what_may_not_be_read_is_never_asked_for);
    tcase_add_loop_test(tests, a_read_that_fails_half_way_is_taken_up_page_by_page, 0, 2);
    tcase_add_test(tests, a_page_that_goes_while_it_is_read_is_not_mapped);
    tcase_add_test(tests, many_spans_in_one_region_take_one_question);
    tcase_add_test(tests, a_process_that_ended_is_gone_and_no_hole);
    tcase_add_test(tests, a_writable_page_is_never_reprotected);
    tcase_add_test(tests, a_protection_is_lifted_and_put_back);
    tcase_add_test(tests, what_others_share_is_not_forced);
    tcase_add_test(tests, a_write_over_a_border_stops_where_it_must);
    tcase_add_test(tests, a_protection_that_does_not_come_back_is_told);
    tcase_add_test(tests, working_sets_come_as_runs);
    tcase_add_test(tests, pages_and_what_they_add_up_to);
    tcase_add_test(tests, every_range_is_shown_for_what_it_is);
    tcase_add_test(tests, a_walk_from_the_middle_shows_whole_regions);
    tcase_add_test(tests, a_reservation_is_cut_at_the_last_address);
    tcase_add_test(tests, a_walk_over_a_process_that_ended_says_so);
    tcase_add_test(tests, it_is_stopped_by_what_lets_go_by_itself);
    tcase_add_loop_test(tests, it_is_stopped_the_old_way_where_there_is_no_other, 0, 2);
    tcase_add_test(tests, what_cannot_be_stopped_is_told);
    suite_add_tcase(suite, tests);
    return suite;
}
