/* test_windows_live.c - a living Windows process through the public headers, judged by what it says of itself
 * (targets/truth_windows.c) and by a VirtualQueryEx walk of the test's own. */
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memscan/memscan.h>

#include "windows_child.h"
#include <windows.h>

enum { PAGE = 4096, STATIC_VALUE = 1234567 };

static windows_child child;
static memscan_target *target;

static void set_up(void)
{
    char locator[32];
    memscan_error error = { .text = "" };
    ck_assert(windows_child_start(&child, TRUTH_PROGRAM));
    snprintf(locator, sizeof locator, "pid:%llu", (unsigned long long)child.pid);
    ck_assert_msg(memscan_open(locator, MEMSCAN_WRITE, NULL, &target, &error) == MEMSCAN_OK, "%s", error.text);
}

static void tear_down(void)
{
    memscan_close(target);
    windows_child_close(&child);
}

static uint64_t told(const char *what)
{
    uint64_t address = windows_child_told(&child, what);
    ck_assert_msg(address != 0, "it did not say where its %s is", what);
    return address;
}

/* State, protection and type of a page, in the process's own words. */
static void ask_page(uint64_t address, unsigned long words[3])
{
    char line[64], answer[64];
    snprintf(line, sizeof line, "query 0x%llx", (unsigned long long)address);
    windows_child_ask(&child, line, answer, sizeof answer);
    ck_assert_int_eq(sscanf(answer, "%lx %lx %lx", &words[0], &words[1], &words[2]), 3);
}

static unsigned long protection_of(uint64_t address)
{
    unsigned long words[3];
    ask_page(address, words);
    return words[1];
}

/* ---- what is where ---- */

START_TEST(every_kind_is_told)
{
    static const struct {
        const char *what;
        memscan_kind kind;
        uint32_t protection;
    } cases[] = {
        { "code", MEMSCAN_KIND_CODE, MEMSCAN_PROT_READ | MEMSCAN_PROT_EXECUTE },
        { "rodata", MEMSCAN_KIND_RODATA, MEMSCAN_PROT_READ },
        { "text", MEMSCAN_KIND_RODATA, MEMSCAN_PROT_READ },
        { "data", MEMSCAN_KIND_DATA, MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE },
        { "bss", MEMSCAN_KIND_BSS, MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE },
        { "heap", MEMSCAN_KIND_HEAP, MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE },
        { "stack", MEMSCAN_KIND_STACK, MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE },
        { "stack2", MEMSCAN_KIND_STACK, MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE },
        { "pattern0", MEMSCAN_KIND_ANON, MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE },
        { "readonly", MEMSCAN_KIND_ANON, MEMSCAN_PROT_READ },
        { "pattern2", MEMSCAN_KIND_SHARED, MEMSCAN_PROT_READ },
        { "file", MEMSCAN_KIND_FILE, MEMSCAN_PROT_READ },
        { "guard", MEMSCAN_KIND_GUARD, 0 },
        { "noaccess", MEMSCAN_KIND_GUARD, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memscan_region region;
        ck_assert_msg(memscan_region_at(target, told(cases[i].what), &region, NULL) == MEMSCAN_OK, "%s", cases[i].what);
        ck_assert_msg(region.kind == cases[i].kind, "%s is %s", cases[i].what, memscan_kind_name(region.kind));
        ck_assert_msg(region.protection == cases[i].protection, "%s: %u", cases[i].what, region.protection);
    }
    memscan_region region;
    ck_assert_int_eq(memscan_region_at(target, told("reserved"), &region, NULL), MEMSCAN_UNREADABLE);
}
END_TEST

/* One stretch of alike pages, in the system's words. */
typedef struct stretch {
    uint64_t start, size;
    unsigned state; /* 0 committed, 1 reserved, 2 free */
    uint64_t allocation;
    char words[64];
} stretch;

typedef struct stretches {
    stretch items[4096];
    size_t count;
} stretches;

/* Regions are cut where kinds change: alike neighbours are joined again. */
static void add(stretches *all, const stretch *fresh)
{
    stretch *before = all->count ? &all->items[all->count - 1] : NULL;
    if (before && before->start + before->size == fresh->start && before->state == fresh->state &&
        before->allocation == fresh->allocation && strcmp(before->words, fresh->words) == 0) {
        before->size += fresh->size;
        return;
    }
    ck_assert_uint_lt(all->count, 4096);
    all->items[all->count++] = *fresh;
}

static int keep(const memscan_region *region, void *context)
{
    stretch fresh = { .start = region->start, .size = region->size, .allocation = region->allocation_base };
    fresh.state = region->flags & MEMSCAN_REGION_FREE ? 2 : region->flags & MEMSCAN_REGION_RESERVED ? 1 : 0;
    snprintf(fresh.words, sizeof fresh.words, "%s %s", region->system_protection ? region->system_protection : "-",
             region->system_type ? region->system_type : "-");
    add(context, &fresh);
    return 0;
}

static const char *word_of_protection(DWORD protect)
{
    switch (protect) {
    case PAGE_NOACCESS: return "PAGE_NOACCESS";
    case PAGE_READONLY: return "PAGE_READONLY";
    case PAGE_READWRITE: return "PAGE_READWRITE";
    case PAGE_READWRITE | PAGE_GUARD: return "PAGE_READWRITE | PAGE_GUARD";
    case PAGE_WRITECOPY: return "PAGE_WRITECOPY";
    case PAGE_EXECUTE_READ: return "PAGE_EXECUTE_READ";
    case PAGE_EXECUTE_READWRITE: return "PAGE_EXECUTE_READWRITE";
    case PAGE_EXECUTE_WRITECOPY: return "PAGE_EXECUTE_WRITECOPY";
    default: return "something else";
    }
}

static void classic_walk(stretches *all)
{
    SYSTEM_INFO system;
    MEMORY_BASIC_INFORMATION memory;
    GetSystemInfo(&system);
    for (char *at = system.lpMinimumApplicationAddress; at <= (char *)system.lpMaximumApplicationAddress;
         at = (char *)memory.BaseAddress + memory.RegionSize) {
        if (!VirtualQueryEx(child.process, at, &memory, sizeof memory))
            break;
        const char *type = memory.Type == MEM_IMAGE    ? "MEM_IMAGE"
                           : memory.Type == MEM_MAPPED ? "MEM_MAPPED"
                                                       : "MEM_PRIVATE";
        bool committed = memory.State == MEM_COMMIT, free = memory.State == MEM_FREE;
        stretch fresh = { .start = (uintptr_t)memory.BaseAddress,
                          .size = memory.RegionSize,
                          .state = committed ? 0
                                   : free    ? 2
                                             : 1,
                          .allocation = free ? 0 : (uintptr_t)memory.AllocationBase };
        snprintf(fresh.words, sizeof fresh.words, "%s %s", committed ? word_of_protection(memory.Protect) : "-",
                 free ? "-" : type);
        add(all, &fresh);
    }
}

/* As far as this system can say: segments, whose stack it is, what an access does, and measures; no frames, no symbols. */
START_TEST(addresses_are_explained)
{
    static const struct {
        const char *what, *words;
        bool write_faults;
    } cases[] = {
        { "code", "code", true },
        { "rodata", "read-only data", true },
        { "data", "initialised data", false },
        { "bss", "zeroed data (bss)", false },
        { "heap", "heap", false },
        { "stack", "stack of thread ", false },
        { "stack2", "stack of thread ", false },
        { "guard", "a guard: no access is permitted", true },
        { "noaccess", "a guard: no access is permitted", true },
        { "pattern2", "shared memory", true },
        { "file", "a mapped file", true },
        { "reserved", "nothing is mapped here", true },
    };
    memscan_view *view;
    memscan_where where = MEMSCAN_WHERE_INIT;
    memscan_measures measures = MEMSCAN_MEASURES_INIT;
    SYSTEM_INFO system;
    ck_assert_int_eq(memscan_view_create(target, &view, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(
            memscan_view_at(view, told(cases[i].what), MEMSCAN_WHERE_PAGE | MEMSCAN_WHERE_SYMBOL, &where, NULL),
            MEMSCAN_OK);
        ck_assert_msg(!strncmp(where.what, cases[i].words, strlen(cases[i].words)), "%s: %s", cases[i].what,
                      where.what);
        ck_assert_int_eq(where.write.faults, cases[i].write_faults);
        ck_assert_int_eq(where.page.frame_known, 0);
        if (!strcmp(cases[i].what, "stack2"))
            ck_assert_uint_eq(where.thread, told("thread"));
    }
    memscan_view_destroy(view);
    GetSystemInfo(&system);
    ck_assert_int_eq(memscan_measures_of(target, &measures, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(measures.page_size, PAGE);
    ck_assert_uint_eq(measures.processors, system.dwNumberOfProcessors);
    ck_assert_uint_eq(measures.lowest_address, (uintptr_t)system.lpMinimumApplicationAddress);
    ck_assert_uint_gt(measures.resident, 0);
}
END_TEST

START_TEST(the_classic_walk_shows_the_same)
{
    static stretches ours, theirs;
    memscan_facts facts = MEMSCAN_FACTS_INIT;
    ours.count = theirs.count = 0;
    classic_walk(&theirs);
    ck_assert_int_eq(memscan_address_space(target, keep, &ours, NULL), MEMSCAN_OK);
    ck_assert_uint_gt(theirs.count, 20);
    ck_assert_uint_eq(ours.count, theirs.count);
    for (size_t i = 0; i < ours.count; i++) {
        ck_assert_uint_eq(ours.items[i].start, theirs.items[i].start);
        ck_assert_uint_eq(ours.items[i].size, theirs.items[i].size);
        ck_assert_uint_eq(ours.items[i].state, theirs.items[i].state);
        ck_assert_uint_eq(ours.items[i].allocation, theirs.items[i].allocation);
        ck_assert_str_eq(ours.items[i].words, theirs.items[i].words);
    }
    ck_assert_int_eq(memscan_facts_of(target, &facts, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(facts.page_size, PAGE);
    ck_assert_uint_eq(GetProcessId((HANDLE)(uintptr_t)facts.handle), child.pid);
}
END_TEST

static int find_module(const memscan_module *module, void *context)
{
    char line[300];
    size_t *found = context;
    snprintf(line, sizeof line, "module %s", module->name);
    ck_assert_msg(windows_child_told(&child, line) == module->base, "%s at 0x%llx", module->name,
                  (unsigned long long)module->base);
    ++*found;
    return 0;
}

START_TEST(modules_are_those_that_its_loader_knows)
{
    size_t found = 0, expected = 0;
    ck_assert_int_eq(memscan_modules(target, find_module, &found, NULL), MEMSCAN_OK);
    for (const char *line = strstr(child.said, "module "); line; line = strstr(line + 1, "\nmodule "))
        expected++;
    ck_assert_uint_ge(expected, 3);
    ck_assert_uint_eq(found, expected);
}
END_TEST

START_TEST(a_static_is_named_by_its_module)
{
    char place[MEMSCAN_PLACE_MAX], expected[64];
    uint64_t address = told("static"), resolved = 0;
    snprintf(expected, sizeof expected, "truth.exe+0x%llx", (unsigned long long)(address - told("module truth.exe")));
    memscan_place(target, address, place, sizeof place);
    ck_assert_str_eq(place, expected);
    ck_assert_int_eq(memscan_resolve(target, expected, &resolved, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(resolved, address);
}
END_TEST

static int find_thread(const memscan_thread *thread, void *context)
{
    *(size_t *)context += thread->id == windows_child_told(&child, "thread");
    return 0;
}

START_TEST(threads_are_listed)
{
    size_t found = 0;
    ck_assert_int_eq(memscan_threads(target, find_thread, &found, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(found, 1);
}
END_TEST

static int find_process(const memscan_process *process, void *context)
{
    if (process->pid != child.pid)
        return 0;
    ck_assert_str_eq(process->name, "truth.exe");
    ck_assert_uint_eq(process->parent, GetCurrentProcessId());
    ck_assert_uint_eq(process->bits, TRUTH_WIDTH * 8);
    ck_assert_uint_eq(process->may_open, 1);
    ++*(size_t *)context;
    return 0;
}

START_TEST(it_is_listed_and_described)
{
    size_t found = 0, named = 0, length = 0;
    char path[1024], command[1024];
    ck_assert_int_eq(memscan_processes(find_process, &found, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(found, 1);
    ck_assert_int_eq(memscan_processes_named("truth.e?e", find_process, &named, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(named, 1);
    ck_assert_int_eq(memscan_process_describe(child.pid, path, sizeof path, command, sizeof command, &length, NULL),
                     MEMSCAN_OK);
    ck_assert_ptr_nonnull(strstr(path, "truth.exe"));
    ck_assert_ptr_nonnull(strstr(command, "truth.exe"));
    ck_assert_uint_eq(length, strlen(command) + 1);
}
END_TEST

/* ---- searching and changing ---- */

typedef struct search {
    uint64_t address;
    size_t at_address, count;
} search;

static int note(const memscan_match *match, void *context)
{
    search *found = context;
    found->at_address += match->address == found->address;
    found->count++;
    return 0;
}

START_TEST(values_and_wide_text_are_found)
{
    search value = { .address = told("static") }, text = { .address = told("text") };
    memscan_report report;
    ck_assert_int_eq(memscan_find(target, "i32:1234567", NULL, note, &value, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(value.at_address, 1);
    ck_assert_uint_eq(report.asked, report.scanned + report.skipped + report.failed);
    ck_assert_int_eq(memscan_find(target,
                                  "utf16:Gr\xc3\xbc\xc3\x9f"
                                  "e, \xe4\xb8\x96\xe7\x95\x8c",
                                  NULL, note, &text, &report, NULL),
                     MEMSCAN_OK);
    ck_assert_uint_eq(text.at_address, 1);
}
END_TEST

START_TEST(a_search_of_everything_breaks_no_guard)
{
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    search found = { 0 };
    memscan_report report;
    options.filter.all = 1;
    ck_assert_uint_eq(protection_of(told("guard")), PAGE_READWRITE | PAGE_GUARD);
    ck_assert_int_eq(memscan_find(target, "i32:1234567", &options, note, &found, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.failed, 0);
    ck_assert(report.complete);
    ck_assert_uint_eq(protection_of(told("guard")), PAGE_READWRITE | PAGE_GUARD);
    uint8_t bytes[3 * PAGE];
    ck_assert_int_eq(memscan_read(target, told("guarded"), bytes, sizeof bytes, NULL), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(protection_of(told("guard")), PAGE_READWRITE | PAGE_GUARD);
}
END_TEST

START_TEST(a_read_only_page_is_written_and_stays_read_only)
{
    uint64_t address = told("readonly") + 100;
    uint32_t value = 0xc0ffee00, seen = 0;
    char line[64], answer[64];
    ck_assert_int_eq(memscan_write(target, address, &value, sizeof value, NULL, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_read(target, address, &seen, sizeof seen, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(seen, value);
    snprintf(line, sizeof line, "look 0x%llx 4", (unsigned long long)address);
    windows_child_ask(&child, line, answer, sizeof answer);
    ck_assert_str_eq(answer, "00eeffc0");
    ck_assert_uint_eq(protection_of(address), PAGE_READONLY);
}
END_TEST

START_TEST(code_is_patched_and_runs)
{
    uint64_t address = told("function");
    uint8_t value = 42;
    char line[64], answer[64];
    snprintf(line, sizeof line, "run 0x%llx", (unsigned long long)address);
    windows_child_ask(&child, line, answer, sizeof answer);
    ck_assert_str_eq(answer, "41");
    ck_assert_int_eq(memscan_write(target, address + 1, &value, 1, NULL, NULL), MEMSCAN_OK);
    windows_child_ask(&child, line, answer, sizeof answer);
    ck_assert_str_eq(answer, "42");
    ck_assert_uint_eq(protection_of(address), PAGE_EXECUTE_READ);
}
END_TEST

/* In an image, a page of code: it becomes the process's own copy, and is protected as before. */
START_TEST(a_modules_code_is_written_and_stays_code)
{
    uint64_t address = told("code");
    uint8_t bytes[8], seen[8];
    unsigned long before = protection_of(address);
    ck_assert_int_eq(memscan_read(target, address, bytes, sizeof bytes, NULL), MEMSCAN_OK);
    bytes[7] ^= 0xff;
    ck_assert_int_eq(memscan_write(target, address, bytes, sizeof bytes, NULL, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_read(target, address, seen, sizeof seen, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(seen, bytes, sizeof bytes);
    ck_assert_uint_eq(protection_of(address), before);
}
END_TEST

/* How often its threads are suspended, by the count that Windows itself keeps of each. */
typedef struct counts {
    unsigned threads, stopped;
} counts;

static int count_stops(const memscan_thread *thread, void *context)
{
    counts *seen = context;
    HANDLE handle = OpenThread(THREAD_SUSPEND_RESUME, FALSE, (DWORD)thread->id);
    DWORD before = handle ? SuspendThread(handle) : (DWORD)-1;
    ck_assert_uint_ne(before, (DWORD)-1);
    ResumeThread(handle);
    CloseHandle(handle);
    seen->threads++;
    seen->stopped += before > 0;
    return 0;
}

static void expect_all(bool stopped)
{
    counts seen = { 0 };
    ck_assert_int_eq(memscan_threads(target, count_stops, &seen, NULL), MEMSCAN_OK);
    ck_assert_uint_ge(seen.threads, 2);
    ck_assert_uint_eq(seen.stopped, stopped ? seen.threads : 0);
}

START_TEST(it_stands_still_while_it_is_suspended)
{
    char locator[32], line[64], answer[64];
    memscan_error error = { .text = "" };
    expect_all(false);
    ck_assert_msg(memscan_suspend(target, &error) == MEMSCAN_OK, "%s", error.text);
    ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
    expect_all(true);
    ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_OK);
    expect_all(true);
    ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_OK);
    expect_all(false);
    ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_INVALID);

    ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
    memscan_close(target); /* lets it go */
    snprintf(locator, sizeof locator, "pid:%llu", (unsigned long long)child.pid);
    ck_assert_int_eq(memscan_open(locator, MEMSCAN_WRITE, NULL, &target, NULL), MEMSCAN_OK);
    expect_all(false);
    snprintf(line, sizeof line, "look 0x%llx 4", (unsigned long long)told("readonly"));
    windows_child_ask(&child, line, answer, sizeof answer);
    ck_assert_uint_eq(strlen(answer), 8); /* it goes on */
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("windows_live");
    TCase *tests = tcase_create("windows_live");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, every_kind_is_told);
    tcase_add_test(tests, addresses_are_explained);
    tcase_add_test(tests, the_classic_walk_shows_the_same);
    tcase_add_test(tests, modules_are_those_that_its_loader_knows);
    tcase_add_test(tests, a_static_is_named_by_its_module);
    tcase_add_test(tests, threads_are_listed);
    tcase_add_test(tests, it_is_listed_and_described);
    tcase_add_test(tests, values_and_wide_text_are_found);
    tcase_add_test(tests, a_search_of_everything_breaks_no_guard);
    tcase_add_test(tests, a_read_only_page_is_written_and_stays_read_only);
    tcase_add_test(tests, code_is_patched_and_runs);
    tcase_add_test(tests, a_modules_code_is_written_and_stays_code);
    tcase_add_test(tests, it_stands_still_while_it_is_suspended);
    suite_add_tcase(suite, tests);
    return suite;
}
