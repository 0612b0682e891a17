/* test_linux_find.c - searches of live targets that tell the truth about themselves: what is found is exactly what is
 * there, every byte is accounted for, and the target's memory stays as it was. */
#define _GNU_SOURCE
#include "check_main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memscan/memscan.h>

#include "live_child.h"

enum { PAGE = 4096, NEEDLE = 0x5eed1e55 }; /* no i32 of the child's own is likely to be this */

static live_child child;
static memscan_target *target;

static void begin(live_prepare_fn *prepare, live_obey_fn *obey)
{
    char locator[32];
    memscan_error error = { .text = "" };
    child = live_child_start(prepare, obey);
    snprintf(locator, sizeof locator, "pid:%d", (int)child.pid);
    ck_assert_msg(!memscan_open(locator, MEMSCAN_READ, NULL, &target, &error), "%s", error.text);
}

static void finish(void)
{
    memscan_close(target);
    live_child_end(&child);
}

static uint8_t *map(size_t size, int protection, int flags)
{
    void *mapped = mmap(NULL, size, protection, flags | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        _exit(3);
    return mapped;
}

static void put(uint8_t *at)
{
    uint32_t needle = NEEDLE;
    memcpy(at, &needle, 4);
}

typedef struct sights {
    uint64_t at[64];
    size_t count;
    void (*each)(size_t count); /* at each match, or NULL */
} sights;

static int note(const memscan_match *match, void *context)
{
    sights *seen = context;
    if (seen->count < 64)
        seen->at[seen->count] = match->address;
    seen->count++;
    if (seen->each)
        seen->each(seen->count);
    return 0;
}

static memscan_status find(uint64_t start, uint64_t size, uint64_t alignment, sights *seen, memscan_report *report)
{
    char expression[32];
    memscan_range range = { start, start + size - 1 };
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    options.filter.ranges = &range;
    options.filter.range_count = 1;
    options.alignment = alignment;
    options.workers = 2;
    snprintf(expression, sizeof expression, "i32:%d", NEEDLE);
    memscan_status status = memscan_find(target, expression, &options, note, seen, report, NULL);
    ck_assert_uint_eq(report->asked, report->scanned + report->skipped + report->failed);
    return status;
}

/* 2,000 pages, every other one unmapped, two of three of the others touched; a needle at the first and at the last
 * place of each touched one. */
enum { BOARD = 2000 };
static void prepare_checkerboard(uint64_t told[16])
{
    uint8_t *board = map(BOARD * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    madvise(board, BOARD * PAGE, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < BOARD; i++) {
        if (i % 2)
            munmap(board + i * PAGE, PAGE);
        else if (i % 3)
            put(board + i * PAGE), put(board + i * PAGE + PAGE - 4);
    }
    told[0] = (uintptr_t)board;
}

START_TEST(a_checkerboard_of_mapped_and_unmapped_pages)
{
    begin(prepare_checkerboard, NULL);
    sights seen = { 0 };
    memscan_report report;
    ck_assert_int_eq(find(child.told[0], BOARD * PAGE, 0, &seen, &report), MEMSCAN_OK);
    size_t touched = 0, untouched = 0;
    for (size_t i = 0; i < BOARD; i += 2) {
        if (touched < 32 && i % 3) {
            ck_assert_uint_eq(seen.at[2 * touched], child.told[0] + i * PAGE);
            ck_assert_uint_eq(seen.at[2 * touched + 1], child.told[0] + i * PAGE + PAGE - 4);
        }
        touched += i % 3 != 0;
        untouched += i % 3 == 0;
    }
    ck_assert_uint_eq(seen.count, 2 * touched);
    ck_assert_uint_eq(report.scanned, touched * PAGE);
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_UNTOUCHED], untouched * PAGE);
    ck_assert(report.complete);
    finish();
}
END_TEST

/* Two mappings that touch, of different protection, with the needle across their border; and at every alignment. */
static void prepare_straddling(uint64_t told[16])
{
    uint8_t *two = map(4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE);
    mprotect(two + (2 << 20), 2 << 20, PROT_READ | PROT_WRITE | PROT_EXEC);
    for (size_t i = 0; i < 8; i++)
        put(two + 4096 * i + 64 + i);
    put(two + (2 << 20) - 3);
    put(two + (1 << 20) - 1); /* across two units of work */
    told[0] = (uintptr_t)two;
}

START_TEST(across_mappings_and_at_every_alignment)
{
    begin(prepare_straddling, NULL);
    for (uint64_t alignment = 1; alignment <= 8; alignment *= 2) {
        sights seen = { 0 };
        memscan_report report;
        size_t expected = 0;
        ck_assert_int_eq(find(child.told[0], 4 << 20, alignment, &seen, &report), MEMSCAN_OK);
        for (size_t i = 0; i < 8; i++)
            if ((64 + i) % alignment == 0)
                ck_assert_uint_eq(seen.at[expected++], child.told[0] + 4096 * i + 64 + i);
        if (alignment == 1) {
            ck_assert_uint_eq(seen.at[expected++], child.told[0] + (1 << 20) - 1);
            ck_assert_uint_eq(seen.at[expected++], child.told[0] + (2 << 20) - 3);
        }
        ck_assert_uint_eq(seen.count, expected);
        ck_assert(report.complete);
    }
    finish();
}
END_TEST

/* 64 GiB of which 256 MiB are touched, and 1 GiB of shared memory that this process never touched; where addresses are
 * 32 bits wide, as much as there is room for. */
#define SPARSE ((size_t)(SIZE_MAX > UINT32_MAX ? (uint64_t)64 << 30 : (uint64_t)1 << 30))
#define SHARED ((size_t)1 << 30)
enum { CLUSTERS = 256, CLUSTER = 1 << 20 };
static uint8_t *shared;

static void prepare_sparse(uint64_t told[16])
{
    uint8_t *sparse = map(SPARSE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
    madvise(sparse, SPARSE, MADV_NOHUGEPAGE);
    for (uint64_t i = 0; i < CLUSTERS; i++) {
        memset(sparse + i * (SPARSE / CLUSTERS), 1, CLUSTER);
        put(sparse + i * (SPARSE / CLUSTERS) + CLUSTER - 4);
    }
    told[0] = (uintptr_t)sparse;
    told[1] = (uintptr_t)shared;
}

START_TEST(what_was_never_touched_costs_nothing_and_stays_so)
{
    shared = map(SHARED, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE);
    begin(prepare_sparse, NULL);
    put(shared + (512 << 20)); /* by this process: the child never touched it */
    sights sparse = { 0 }, in_shared = { 0 };
    memscan_report report;
    uint64_t tables = live_child_status(&child, "VmPTE"), resident = live_child_status(&child, "VmRSS");
    ck_assert_int_eq(find(child.told[0], SPARSE, 0, &sparse, &report), MEMSCAN_OK);
    ck_assert_uint_eq(sparse.count, CLUSTERS);
    ck_assert_uint_eq(sparse.at[1], child.told[0] + SPARSE / CLUSTERS + CLUSTER - 4);
    ck_assert_uint_eq(report.scanned, (uint64_t)CLUSTERS * CLUSTER);
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_UNTOUCHED], SPARSE - (uint64_t)CLUSTERS * CLUSTER);
    ck_assert_int_eq(find(child.told[1], SHARED, 0, &in_shared, &report), MEMSCAN_OK);
    /* With the right to open the object the needle is found; without it every byte is counted as skipped. */
    if (in_shared.count) {
        ck_assert_uint_eq(in_shared.at[0], child.told[1] + (512 << 20));
        ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_ABSENT_SHARED], 0);
    } else {
        ck_assert_uint_ne(geteuid(), 0);
        ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_ABSENT_SHARED], SHARED);
    }
    ck_assert_uint_eq(live_child_status(&child, "VmPTE"), tables);
    ck_assert_uint_eq(live_child_status(&child, "VmRSS"), resident);
    finish();
    munmap(shared, SHARED);
}
END_TEST

/* 60,000 mappings: pages whose protections alternate, as the kernel joins those that are alike. */
enum { MANY = 60000 };
static void prepare_many(uint64_t told[16])
{
    uint8_t *many = map((size_t)MANY * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
    madvise(many, (size_t)MANY * PAGE, MADV_NOHUGEPAGE);
    size_t split = 0;
    for (size_t i = 0; i < MANY; i++) {
        put(many + i * PAGE + i % 1000 * 4);
        if (i % 2)
            split += mprotect(many + i * PAGE, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
    }
    told[0] = (uintptr_t)many;
    told[1] = split;
}

START_TEST(sixty_thousand_mappings)
{
    begin(prepare_many, NULL);
    ck_assert_uint_ge(child.told[1], 20000); /* vm.max_map_count is 65530 by default */
    sights seen = { 0 };
    memscan_report report;
    ck_assert_int_eq(find(child.told[0], (uint64_t)MANY * PAGE, 0, &seen, &report), MEMSCAN_OK);
    ck_assert_uint_eq(seen.count, MANY);
    for (size_t i = 0; i < 64; i++)
        ck_assert_uint_eq(seen.at[i], child.told[0] + i * PAGE + i % 1000 * 4);
    ck_assert_uint_eq(report.scanned, (uint64_t)MANY * PAGE);
    ck_assert(report.complete);
    finish();
}
END_TEST

/* 160 MiB with a needle a megabyte, and what happens to it on command. Two workers are 80 units (32 MiB) ahead at most: when the
 * third match is shown, most of it was not read yet. */
enum { LARGE = 160 };
static void prepare_large(uint64_t told[16])
{
    uint8_t *large = map((size_t)LARGE << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE);
    madvise(large, (size_t)LARGE << 20, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < LARGE; i++) {
        memset(large + (i << 20), 1, 1 << 20);
        put(large + (i << 20));
    }
    told[0] = (uintptr_t)large;
}

static void obey_large(char letter, uint64_t told[16])
{
    uint8_t *large = (uint8_t *)(uintptr_t)told[0];
    if (letter == 'u')
        munmap(large + ((size_t)LARGE / 2 << 20), (size_t)LARGE / 2 << 20);
    if (letter == 'x')
        execl("/bin/cat", "cat", (char *)NULL);
}

static char order;
static void give_order(size_t count)
{
    if (count != 3)
        return;
    if (order == 'k')
        kill(child.pid, SIGKILL);
    else
        live_child_tell(&child, order);
}

START_TEST(memory_unmapped_during_the_search)
{
    begin(prepare_large, obey_large);
    sights seen = { .each = give_order };
    memscan_report report;
    order = 'u';
    ck_assert_int_eq(find(child.told[0], (uint64_t)LARGE << 20, 0, &seen, &report), MEMSCAN_OK);
    uint64_t half = (uint64_t)LARGE / 2 << 20;
    ck_assert_uint_ge(seen.count, LARGE / 2);
    ck_assert_uint_ge(report.scanned, half);
    ck_assert_uint_eq(report.scanned + report.skipped_by[MEMSCAN_SKIP_VANISHED], 2 * half);
    ck_assert_uint_gt(report.skipped_by[MEMSCAN_SKIP_VANISHED], 0);
    ck_assert(report.complete);
    finish();
}
END_TEST

static void expect_gone(char letter)
{
    begin(prepare_large, obey_large);
    sights seen = { .each = give_order };
    memscan_report report;
    order = letter;
    ck_assert_int_eq(find(child.told[0], (uint64_t)LARGE << 20, 0, &seen, &report), MEMSCAN_GONE);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_GONE);
    ck_assert_uint_ge(seen.count, 3);
    ck_assert_uint_lt(seen.count, LARGE);
    ck_assert_uint_gt(report.failed_by[MEMSCAN_FAIL_NOT_REACHED], 0);
    ck_assert(!report.complete);
    for (size_t i = 0; i < seen.count && i < 64; i++)
        ck_assert_uint_eq(seen.at[i], child.told[0] + (i << 20));
    finish();
}

START_TEST(a_target_that_ends_during_the_search)
{
    expect_gone('k');
}
END_TEST

START_TEST(a_target_that_becomes_another_program_during_the_search)
{
    expect_gone('x');
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_find");
    TCase *tests = tcase_create("linux_find");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, a_checkerboard_of_mapped_and_unmapped_pages);
    tcase_add_test(tests, across_mappings_and_at_every_alignment);
    tcase_add_test(tests, what_was_never_touched_costs_nothing_and_stays_so);
    tcase_add_test(tests, sixty_thousand_mappings);
    tcase_add_test(tests, memory_unmapped_during_the_search);
    tcase_add_test(tests, a_target_that_ends_during_the_search);
    tcase_add_test(tests, a_target_that_becomes_another_program_during_the_search);
    suite_add_tcase(suite, tests);
    return suite;
}
