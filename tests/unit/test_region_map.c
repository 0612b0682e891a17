/* test_region_map.c - snapshots of the address space: order, overlaps, names, ranges, running out of memory. */
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>

#include "fake_platform.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/target/region_map.h"

/* A platform that shows just these rows, however odd. */
static const memscan_region *odd_rows;
static size_t odd_count;

static memscan_status show_odd_rows(void *state, uint64_t from, memscan_region_fn *visit, void *context,
                                    memscan_error *error)
{
    (void)state;
    (void)from;
    (void)error;
    for (size_t i = 0; i < odd_count; i++)
        if (visit(&odd_rows[i], context))
            return MEMSCAN_STOPPED;
    return MEMSCAN_OK;
}

static const memscan_platform odd_platform = { .size = sizeof odd_platform, .regions = show_odd_rows };

static ms_region_map *take_odd(const memscan_region *rows, size_t count, uint64_t start, uint64_t last)
{
    ms_region_map *map;
    odd_rows = rows;
    odd_count = count;
    ck_assert_int_eq(ms_region_map_take(&odd_platform, NULL, &ms_default_allocator, start, last, &map, NULL),
                     MEMSCAN_OK);
    return map;
}

START_TEST(rows_that_go_back_are_cut)
{
    static const memscan_region rows[] = {
        { .start = 0x1000, .size = 0x1000, .name = "a" },
        { .start = 0x1000, .size = 0x1000, .name = "a again" },
        { .start = 0x1800, .size = 0x1800, .name = "b", .file_offset = 0x100 }, /* its first half is a's */
        { .start = 0x4000, .size = 0, .name = "empty" },
        { .start = UINT64_MAX - 0xfff, .size = 0x1000, .name = "end" },
        { .start = UINT64_MAX - 0xfff, .size = 0x1001, .name = "wraps" },
    };
    ms_region_map *map = take_odd(rows, sizeof rows / sizeof rows[0], 0, UINT64_MAX);
    ck_assert_uint_eq(ms_region_map_count(map), 3);
    ck_assert_uint_eq(ms_region_map_at(map, 1)->start, 0x2000);
    ck_assert_uint_eq(ms_region_map_at(map, 1)->size, 0x1000);
    ck_assert_uint_eq(ms_region_map_at(map, 1)->file_offset, 0x900);
    ck_assert_str_eq(ms_region_map_at(map, 2)->name, "end");
    ck_assert_ptr_eq(ms_region_map_find(map, UINT64_MAX), ms_region_map_at(map, 2));
    ms_region_map_release(map);
}
END_TEST

START_TEST(lookups_at_the_borders)
{
    static const memscan_region rows[] = {
        { .start = 0, .size = 0x1000, .name = "" },
        { .start = 0x1000, .size = 0x1000, .name = "" },
        { .start = 0x3000, .size = 0x1000, .name = "" },
    };
    static const struct {
        uint64_t address;
        int found; /* index or -1 */
        size_t seek;
    } cases[] = {
        { 0, 0, 0 },       { 0xfff, 0, 0 },  { 0x1000, 1, 1 },  { 0x1fff, 1, 1 },
        { 0x2000, -1, 2 }, { 0x3000, 2, 2 }, { 0x4000, -1, 3 }, { UINT64_MAX, -1, 3 },
    };
    ms_region_map *map = take_odd(rows, 3, 0, UINT64_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const memscan_region *found = ms_region_map_find(map, cases[i].address);
        ck_assert_int_eq(found ? (int)(found - ms_region_map_at(map, 0)) : -1, cases[i].found);
        ck_assert_uint_eq(ms_region_map_seek(map, cases[i].address), cases[i].seek);
    }
    ms_region_map_release(map);
}
END_TEST

START_TEST(sixty_thousand_regions_keep_each_name_once)
{
    fake_target *fake = fake_create();
    char names[300][24];
    for (size_t i = 0; i < 300; i++)
        snprintf(names[i], sizeof names[i], "/some/file/%zu", i);
    for (uint64_t i = 0; i < 60000; i++) {
        fake_map_sparse(fake, 0x10000 + i * 0x2000, 0x1000, MEMSCAN_PROT_READ, MEMSCAN_KIND_ANON);
        fake_describe(fake, 0x10000 + i * 0x2000, 0, names[i % 300]);
    }
    memscan_target *target;
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    memscan_region first, last;
    ck_assert_int_eq(memscan_region_at(target, 0x10000 + 7 * 0x2000, &first, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_region_at(target, 0x10000 + 59707 * 0x2000, &last, NULL), MEMSCAN_OK);
    ck_assert_str_eq(last.name, "/some/file/7");
    ck_assert_ptr_eq(first.name, last.name);
    ck_assert_uint_eq(fake_counted(fake).calls[FAKE_REGIONS], 1);
    memscan_close(target);
    fake_destroy(fake);
}
END_TEST

START_TEST(a_range_takes_only_what_it_touches)
{
    static const memscan_region rows[] = {
        { .start = 0x1000, .size = 0x1000, .name = "" },
        { .start = 0x2000, .size = 0x1000, .name = "" },
        { .start = 0x3000, .size = 0x1000, .name = "" },
    };
    ms_region_map *map = take_odd(rows, 3, 0x1000, 0x2000);
    ck_assert_uint_eq(ms_region_map_count(map), 2);
    ms_region_map_release(map);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("region_map");
    TCase *tests = tcase_create("region_map");
    tcase_add_test(tests, rows_that_go_back_are_cut);
    tcase_add_test(tests, lookups_at_the_borders);
    tcase_add_test(tests, sixty_thousand_regions_keep_each_name_once);
    tcase_add_test(tests, a_range_takes_only_what_it_touches);
    suite_add_tcase(suite, tests);
    return suite;
}
