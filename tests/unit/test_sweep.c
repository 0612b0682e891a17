/* test_sweep.c - a pass over a long map: its first units are run while the rest of it is read, whatever comes of that; and the
 * list that such a map is, whose elements stay where they are. */
#include "check_main.h"

#include <string.h>

#include <memscan/find.h>
#include <memscan/scan.h>

#include "counting_allocator.h"
#include "fake_platform.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/base/error.h"
#include "libmemscan/base/host.h"
#include "libmemscan/base/rows.h"
#include "libmemscan/flow/selection.h"
#include "libmemscan/target/target.h"

enum { RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, PAGE = 0x1000, REGIONS = 3 * MS_REGION_MAP_STEP + 100 };

/* ---- a map that is told in two parts ---- */

/* The fake's regions, with something that happens behind the first `pause`. (The fake itself would show them with its lock held.) */
static struct {
    memscan_region regions[REGIONS];
    size_t count, pause;
    bool waits;            /* goes on when something was read */
    memscan_status breaks; /* not OK: there is no more, but this */
    bool ends_well;        /* says OK when its visitor has ended it */
    uint64_t fails_at;     /* the read; 0: none */
    memscan_cancel *cancels;
    ms_mutex *lock;
    ms_signal *changed;
    bool was_read;
} told;

static int keep_region(const memscan_region *region, void *context)
{
    (void)context;
    told.regions[told.count++] = *region;
    return 0;
}

static void note_read(fake_target *fake, fake_operation operation, uint64_t nth, void *context)
{
    (void)context;
    if (operation != FAKE_READ)
        return;
    if (nth == told.fails_at)
        fake_fail_at(fake, 1, MEMSCAN_IO); /* this one, or what comes next */
    ms_mutex_lock(told.lock);
    told.was_read = true;
    ms_signal_wake_all(told.changed);
    ms_mutex_unlock(told.lock);
}

static void wait_until_read(void)
{
    ms_mutex_lock(told.lock);
    while (!told.was_read)
        ms_signal_wait(told.changed, told.lock, 1000);
    ms_mutex_unlock(told.lock);
}

static memscan_status regions_in_two_parts(void *state, uint64_t from, memscan_region_fn *visit, void *context,
                                           memscan_error *error)
{
    (void)state;
    for (size_t i = 0; i < told.count; i++) {
        if (i == told.pause && told.waits)
            wait_until_read();
        if (i == told.pause && told.cancels)
            memscan_cancel_raise(told.cancels);
        if (i == told.pause && told.breaks)
            return ms_fail(error, told.breaks, "half a map");
        if (told.regions[i].start >= from && visit(&told.regions[i], context))
            return told.ends_well ? MEMSCAN_OK : ms_fail(error, MEMSCAN_STOPPED, "stopped");
    }
    return MEMSCAN_OK;
}

/* One 9 in each region: regions of a page with holes between them. Open, and searched by two workers. */
static fake_target *fake;
static memscan_target *target;
static memscan_find_options options;

static void open_long(const memscan_allocator *allocator)
{
    told.was_read = false;
    told.count = 0;
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, allocator, &target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(fake_platform.regions(target->state, 0, keep_region, NULL, NULL), MEMSCAN_OK);
    target->platform.regions = regions_in_two_parts;
}

static void set_up(void)
{
    memset(&told, 0, sizeof told);
    told.lock = ms_mutex_create(&ms_default_allocator);
    told.changed = ms_signal_create(&ms_default_allocator);
    told.pause = 2 * MS_REGION_MAP_STEP + 50;
    fake = fake_create();
    for (uint64_t i = 0; i < REGIONS; i++)
        fake_map(fake, 0x10000000 + i * 2 * PAGE, PAGE, RW, MEMSCAN_KIND_ANON)[i % PAGE] = 9;
    fake_on_call(fake, note_read, NULL);
    open_long(NULL);
    options = (memscan_find_options)MEMSCAN_FIND_OPTIONS_INIT;
    options.workers = 2;
}

static void tear_down(void)
{
    memscan_close(target);
    ck_assert_uint_eq(fake_counted(fake).breaches, 0);
    fake_destroy(fake);
    ms_mutex_destroy(told.lock);
    ms_signal_destroy(told.changed);
}

static int count(const memscan_match *match, void *context)
{
    uint64_t *matches = context, address = 0x10000000 + *matches * 2 * PAGE + *matches % PAGE;
    ck_assert_uint_eq(match->address, address);
    ++*matches;
    return 0;
}

static void check_find(memscan_status expected)
{
    uint64_t matches = 0;
    memscan_report report;
    memscan_error error;
    ck_assert_int_eq(memscan_find(target, "u8:9", &options, count, &matches, &report, &error), expected);
    ck_assert_uint_eq(matches, expected ? 0 : REGIONS);
    ck_assert_uint_eq(report.matches, matches);
    ck_assert_uint_eq(report.scanned, expected ? 0 : (uint64_t)REGIONS * PAGE);
    ck_assert_int_eq(report.complete, expected == MEMSCAN_OK);
    ck_assert_uint_eq(report.asked, report.scanned + report.skipped + report.failed);
    ck_assert_uint_eq(report.skipped + report.failed == 0, expected == MEMSCAN_OK);
    if (expected == MEMSCAN_GONE)
        ck_assert_str_eq(error.text, "half a map");
}

START_TEST(the_first_units_are_read_before_the_map_ends)
{
    told.waits = true; /* for ever, if nothing were read */
    check_find(MEMSCAN_OK);
    told.was_read = false;
    memscan_scan_options scan_options = MEMSCAN_SCAN_OPTIONS_INIT;
    scan_options.workers = 2;
    memscan_scan *scan;
    memscan_report report;
    ck_assert_int_eq(memscan_scan_create(target, &scan_options, &scan, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_first(scan, "u8:9", NULL, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(memscan_scan_count(scan), REGIONS);
    memscan_scan_destroy(scan);
}
END_TEST

START_TEST(without_threads_everything_comes_after_the_map)
{
    memscan_close(target);
    fake_set(fake)->max_readers = 1;
    open_long(NULL);
    check_find(MEMSCAN_OK);
}
END_TEST

START_TEST(of_a_map_that_breaks_off_nothing_is_shown)
{
    told.waits = true;
    told.breaks = MEMSCAN_GONE;
    check_find(MEMSCAN_GONE);
    memscan_scan *scan;
    memscan_error error;
    ck_assert_int_eq(memscan_scan_create(target, NULL, &scan, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_first(scan, "u8:9", NULL, NULL, &error), MEMSCAN_GONE);
    ck_assert_str_eq(error.text, "half a map");
    ck_assert_uint_eq(memscan_scan_count(scan), 0);
    memscan_scan_destroy(scan);
}
END_TEST

START_TEST(who_cancels_meanwhile_is_shown_nothing)
{
    told.cancels = memscan_cancel_create();
    options.cancel = told.cancels;
    told.waits = true;
    check_find(MEMSCAN_CANCELLED);
    memscan_cancel_destroy(told.cancels);
}
END_TEST

START_TEST(a_read_that_fails_meanwhile_ends_the_search)
{
    told.waits = true;
    told.fails_at = 1;
    memscan_report report;
    uint64_t matches = 0;
    ck_assert_int_eq(memscan_find(target, "u8:9", &options, count, &matches, &report, NULL), MEMSCAN_IO);
    ck_assert_uint_lt(matches, REGIONS);
    ck_assert_uint_eq(report.scanned, matches * PAGE); /* what came before it was shown */
    ck_assert_uint_eq(report.asked, (uint64_t)REGIONS * PAGE);
    ck_assert_uint_eq(report.asked, report.scanned + report.skipped + report.failed);
}
END_TEST

START_TEST(as_many_are_shown_as_were_wanted)
{
    memscan_report report;
    uint64_t matches = 0;
    options.limit = 5;
    told.waits = true;
    ck_assert_int_eq(memscan_find(target, "u8:9", &options, count, &matches, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(matches, 5);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_LIMIT);
    ck_assert_uint_eq(report.asked, (uint64_t)REGIONS * PAGE);
}
END_TEST

START_TEST(a_shard_is_of_the_whole_map)
{
    uint64_t scanned = 0;
    told.pause = SIZE_MAX;
    for (uint32_t shard = 1; shard <= 3; shard++) {
        memscan_report report;
        options.shard = shard;
        options.shards = 3;
        ck_assert_int_eq(memscan_find(target, "u8:8", &options, count, NULL, &report, NULL), MEMSCAN_OK);
        ck_assert(report.complete);
        scanned += report.scanned;
    }
    ck_assert_uint_eq(scanned, (uint64_t)REGIONS * PAGE);
}
END_TEST

START_TEST(any_allocation_may_fail)
{
    bool struck = true;
    told.pause = SIZE_MAX;
    for (uint64_t nth = 1; struck; nth++) {
        counting_allocator counting;
        counting_allocator_init(&counting);
        memscan_close(target);
        open_long(&counting.allocator);
        uint64_t before = atomic_load(&counting.requests), matches = 0;
        atomic_store(&counting.fail_at, before + nth);
        memscan_status status = memscan_find(target, "u8:9", &options, count, &matches, NULL, NULL);
        struck = atomic_load(&counting.requests) - before >= nth;
        ck_assert_msg(status == MEMSCAN_OK ? matches == REGIONS : struck && status == MEMSCAN_NO_MEMORY,
                      "allocation %d: %d", (int)nth, status);
        memscan_close(target);
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        ck_assert_int_eq(atomic_load(&counting.wrong_sizes), 0);
        open_long(NULL);
    }
}
END_TEST

/* ---- a map as it grows ---- */

typedef struct growth {
    const memscan_region *first;
    size_t calls, fail_at;
} growth;

static memscan_status note_growth(ms_region_map *map, void *context, memscan_error *error)
{
    growth *seen = context;
    ck_assert_uint_eq(ms_region_map_count(map), ++seen->calls * MS_REGION_MAP_STEP);
    if (!seen->first)
        seen->first = ms_region_map_at(map, 0);
    ck_assert_ptr_eq(ms_region_map_at(map, 0), seen->first);
    ck_assert_uint_eq(seen->first->start, 0x10000000);
    return seen->calls == seen->fail_at ? ms_fail(error, MEMSCAN_LIMIT, "enough") : MEMSCAN_OK;
}

START_TEST(who_hears_of_a_map_may_end_it)
{
    growth all = { .fail_at = 0 }, some = { .fail_at = 2 };
    ms_region_map *map = NULL;
    memscan_error error;
    told.pause = SIZE_MAX;
    ck_assert_int_eq(ms_target_growing_map(target, note_growth, &all, &map, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(all.calls, REGIONS / MS_REGION_MAP_STEP);
    ck_assert_uint_eq(ms_region_map_count(map), REGIONS);
    ms_region_map *before = map;
    ck_assert_int_eq(ms_target_growing_map(target, note_growth, &some, &map, &error), MEMSCAN_LIMIT);
    ck_assert_str_eq(error.text, "enough");
    ck_assert_uint_eq(some.calls, 2);
    ck_assert_ptr_eq(target->map, before); /* the last one that was whole */
    some = (growth){ .fail_at = 2 };
    told.ends_well = true;
    ck_assert_int_eq(ms_target_growing_map(target, note_growth, &some, &map, &error), MEMSCAN_LIMIT);
    ck_assert_str_eq(error.text, "enough");
}
END_TEST

/* ---- the list ---- */

typedef struct row {
    uint64_t number, unset;
} row;

START_TEST(rows_stay_where_they_are)
{
    enum { COUNT = 40000 };
    static const row *places[COUNT];
    counting_allocator counting;
    ms_rows rows;
    counting_allocator_init(&counting);
    ms_rows_init(&rows, &counting.allocator, sizeof(row));
    for (uint64_t i = 0; i < COUNT; i++) {
        row *added = ms_rows_push(&rows);
        ck_assert_uint_eq(added->number | added->unset, 0);
        added->number = i;
        places[i] = added;
    }
    ck_assert_uint_eq(rows.count, COUNT);
    for (uint64_t i = 0; i < COUNT; i++) {
        ck_assert_ptr_eq(ms_rows_at(&rows, i), places[i]);
        ck_assert_uint_eq(places[i]->number, i);
    }
    ck_assert_int_lt(atomic_load(&counting.bytes), 2 * (int64_t)(COUNT * sizeof(row)));
    atomic_store(&counting.fail_from, atomic_load(&counting.requests) + 1);
    while (ms_rows_push(&rows))
        ;
    ck_assert_uint_eq(rows.count, rows.capacity);
    ck_assert_uint_eq(((const row *)ms_rows_at(&rows, COUNT - 1))->number, COUNT - 1);
    ms_rows_deinit(&rows);
    ck_assert_uint_eq(rows.count, 0);
    ck_assert_int_eq(atomic_load(&counting.blocks), 0);
    ck_assert_int_eq(atomic_load(&counting.wrong_sizes), 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sweep");
    TCase *early = tcase_create("early");
    tcase_add_checked_fixture(early, set_up, tear_down);
    tcase_add_test(early, the_first_units_are_read_before_the_map_ends);
    tcase_add_test(early, without_threads_everything_comes_after_the_map);
    tcase_add_test(early, of_a_map_that_breaks_off_nothing_is_shown);
    tcase_add_test(early, who_cancels_meanwhile_is_shown_nothing);
    tcase_add_test(early, a_read_that_fails_meanwhile_ends_the_search);
    tcase_add_test(early, as_many_are_shown_as_were_wanted);
    tcase_add_test(early, a_shard_is_of_the_whole_map);
    tcase_add_test(early, any_allocation_may_fail);
    tcase_add_test(early, who_hears_of_a_map_may_end_it);
    suite_add_tcase(suite, early);
    TCase *list = tcase_create("list");
    tcase_add_test(list, rows_stay_where_they_are);
    suite_add_tcase(suite, list);
    return suite;
}
