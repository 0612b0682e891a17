/* test_selection.c - which memory a search is about, by each filter alone and together. */
#include "check_main.h"

#include <string.h>

#include "fake_platform.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/flow/selection.h"
#include "libmemscan/target/target.h"

enum { R = MEMSCAN_PROT_READ, W = MEMSCAN_PROT_WRITE, X = MEMSCAN_PROT_EXECUTE };

/* One letter a region, each 0x1000 bytes long, at 0x10000 times its place. */
static const struct {
    char letter;
    uint32_t protection;
    memscan_kind kind;
} layout[] = {
    { 'c', R | X, MEMSCAN_KIND_CODE },   { 'r', R, MEMSCAN_KIND_RODATA }, { 'd', R | W, MEMSCAN_KIND_DATA },
    { 'h', R | W, MEMSCAN_KIND_HEAP },   { 'g', 0, MEMSCAN_KIND_GUARD },  { 'x', X, MEMSCAN_KIND_CODE },
    { 'D', R | W, MEMSCAN_KIND_DEVICE }, { 'v', R, MEMSCAN_KIND_VDSO },   { 'V', R | X, MEMSCAN_KIND_VDSO },
};
enum { COUNT = sizeof layout / sizeof layout[0] };

static fake_target *fake;
static memscan_target *target;
static ms_region_map *map;

static void set_up(void)
{
    fake = fake_create();
    for (uint64_t i = 0; i < COUNT; i++)
        fake_map(fake, 0x10000 * (i + 1), 0x1000, layout[i].protection, layout[i].kind);
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(
        ms_region_map_take(&fake_platform, target->state, &ms_default_allocator, 0, UINT64_MAX, &map, NULL),
        MEMSCAN_OK);
}

static void tear_down(void)
{
    ms_region_map_release(map);
    memscan_close(target);
    fake_destroy(fake);
}

/* The letters that a filter selects for one group. */
static const char *selected(const memscan_filter *filter, uint32_t groups, uint32_t group, uint64_t *devices)
{
    static char letters[COUNT + 1];
    size_t count = 0;
    ms_selection selection;
    ck_assert_int_eq(ms_selection_init(&selection, map, filter, groups, &ms_default_allocator, NULL), MEMSCAN_OK);
    uint64_t asked = 0;
    for (size_t i = 0; i < selection.areas.count; i++) {
        const ms_area *area = ms_rows_at(&selection.areas, i);
        ck_assert_uint_ne(area->groups, 0);
        asked += area->last - area->start + 1;
        if (area->groups & group)
            letters[count++] = layout[area->start / 0x10000 - 1].letter;
    }
    letters[count] = '\0';
    ck_assert_uint_eq(asked + selection.devices, selection.asked);
    if (devices)
        *devices = selection.devices;
    ms_selection_deinit(&selection);
    return letters;
}

START_TEST(the_defaults)
{
    memscan_filter filter = MEMSCAN_FILTER_INIT;
    uint32_t both = MS_GROUP_NUMBERS | MS_GROUP_BYTES;
    uint64_t devices;
    ck_assert_str_eq(selected(&filter, MS_GROUP_NUMBERS, MS_GROUP_NUMBERS, &devices), "dh");
    ck_assert_uint_eq(devices, 0x1000); /* only the writable one */
    ck_assert_str_eq(selected(&filter, MS_GROUP_BYTES, MS_GROUP_BYTES, &devices), "crdhV");
    ck_assert_uint_eq(devices, 0x2000); /* and the kernel's data */
    ck_assert_str_eq(selected(&filter, both, MS_GROUP_NUMBERS, NULL), "dh");
    ck_assert_str_eq(selected(&filter, both, MS_GROUP_BYTES, NULL), "crdhV");
}
END_TEST

START_TEST(each_filter)
{
    static const struct {
        memscan_filter filter;
        const char *numbers, *bytes;
    } cases[] = {
        { { .all = 1 }, "crdhV", "crdhV" },
        { { .kinds = MEMSCAN_KIND_BIT(MEMSCAN_KIND_CODE) }, "c", "c" },
        { { .kinds = MEMSCAN_KIND_BIT(MEMSCAN_KIND_DEVICE) }, "D", "D" },
        { { .kinds = MEMSCAN_KIND_BIT(MEMSCAN_KIND_VDSO) }, "vV", "vV" },
        { { .kinds = MEMSCAN_KIND_BIT(MEMSCAN_KIND_GUARD) }, "g", "g" },
        { { .kinds = MEMSCAN_KIND_BIT(MEMSCAN_KIND_GUARD) | MEMSCAN_KIND_BIT(MEMSCAN_KIND_HEAP) }, "h", "h" },
        { { .protection_given = 1, .protection_demanded = X }, "cxV", "cxV" },
        { { .protection_given = 1, .protection_demanded = X, .all = 1 }, "cV", "cV" },
        { { .protection_given = 1, .protection_demanded = R, .protection_forbidden = W | X }, "r", "r" },
        { { .protection_given = 1 }, "crdhgxV", "crdhgxV" },
        { { .protection_given = 1, .protection_demanded = R, .kinds = MEMSCAN_KIND_BIT(MEMSCAN_KIND_DATA) }, "d", "d" },
        { { .all = 1, .kinds = MEMSCAN_KIND_BIT(MEMSCAN_KIND_RODATA) }, "r", "r" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_str_eq(selected(&cases[i].filter, MS_GROUP_NUMBERS, MS_GROUP_NUMBERS, NULL), cases[i].numbers);
        ck_assert_str_eq(selected(&cases[i].filter, MS_GROUP_BYTES, MS_GROUP_BYTES, NULL), cases[i].bytes);
    }
}
END_TEST

START_TEST(ranges_unite_and_clip)
{
    static const memscan_range ranges[] = {
        { 0x30800, 0x30bff }, { 0x30000, 0x300ff },    { 0x30080, 0x301ff }, /* overlaps the one before */
        { 0x40fff, 0x4ffff }, { 0x90000, UINT64_MAX },
    };
    static const memscan_range expected[] = { { 0x30000, 0x301ff }, { 0x30800, 0x30bff }, { 0x40fff, 0x40fff } };
    memscan_filter filter = MEMSCAN_FILTER_INIT;
    filter.ranges = ranges;
    filter.range_count = 5;
    ms_selection selection;
    ck_assert_int_eq(ms_selection_init(&selection, map, &filter, MS_GROUP_NUMBERS, &ms_default_allocator, NULL),
                     MEMSCAN_OK);
    ck_assert_uint_eq(selection.areas.count, 3);
    for (size_t i = 0; i < 3; i++) {
        const ms_area *area = ms_rows_at(&selection.areas, i);
        ck_assert_uint_eq(area->start, expected[i].start);
        ck_assert_uint_eq(area->last, expected[i].last);
    }
    ck_assert_uint_eq(selection.asked, 0x200 + 0x400 + 1);
    ms_selection_deinit(&selection);
    filter.range_count = 0;
    ck_assert_str_eq(selected(&filter, MS_GROUP_NUMBERS, MS_GROUP_NUMBERS, NULL), "");
}
END_TEST

START_TEST(a_range_that_ends_before_it_begins)
{
    static const memscan_range range = { 2, 1 };
    memscan_filter filter = MEMSCAN_FILTER_INIT;
    memscan_error error;
    ms_selection selection;
    filter.ranges = &range;
    filter.range_count = 1;
    ck_assert_int_eq(ms_selection_init(&selection, map, &filter, MS_GROUP_BYTES, &ms_default_allocator, &error),
                     MEMSCAN_INVALID);
    ck_assert_uint_eq(error.address, 2);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("selection");
    TCase *tests = tcase_create("selection");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_defaults);
    tcase_add_test(tests, each_filter);
    tcase_add_test(tests, ranges_unite_and_clip);
    tcase_add_test(tests, a_range_that_ends_before_it_begins);
    suite_add_tcase(suite, tests);
    return suite;
}
