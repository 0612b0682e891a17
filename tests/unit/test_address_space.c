/* test_address_space.c - the walk over every address: what it shows tiles the address space, whatever lies there. */
#include "check_main.h"

#include <string.h>

#include "fake_platform.h"

enum { MOST = 16 };

typedef struct tiles {
    memscan_region items[MOST];
    size_t count, stop_after;
} tiles;

static fake_target *fake;
static memscan_target *target;
static memscan_facts facts;

static void set_up(void)
{
    fake = fake_create();
    ck_assert_ptr_nonnull(fake);
}

static void open_it(void)
{
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    facts = (memscan_facts)MEMSCAN_FACTS_INIT;
    ck_assert_int_eq(memscan_facts_of(target, &facts, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_destroy(fake);
    target = NULL;
}

static int keep(const memscan_region *region, void *context)
{
    tiles *seen = context;
    ck_assert_uint_lt(seen->count, MOST);
    seen->items[seen->count++] = *region;
    return seen->count == seen->stop_after;
}

static uint64_t last_of(const memscan_region *region)
{
    return region->start + (region->size - 1);
}

static tiles walk(void)
{
    tiles seen = { .count = 0 };
    ck_assert_int_eq(memscan_address_space(target, keep, &seen, NULL), MEMSCAN_OK);
    ck_assert_uint_ge(seen.count, 1);
    ck_assert_uint_eq(seen.items[0].start, facts.lowest_address);
    for (size_t i = 1; i < seen.count; i++)
        ck_assert_uint_eq(seen.items[i].start, last_of(&seen.items[i - 1]) + 1);
    return seen;
}

static void expect(const tiles *seen, size_t index, uint64_t start, uint32_t flags)
{
    ck_assert_uint_lt(index, seen->count);
    ck_assert_uint_eq(seen->items[index].start, start);
    ck_assert_uint_eq(seen->items[index].flags, flags);
    if (flags & MEMSCAN_REGION_FREE) {
        ck_assert_uint_eq(seen->items[index].protection, 0);
        ck_assert_str_eq(seen->items[index].name, "");
    }
}

START_TEST(free_and_reserved_ranges_lie_between_the_regions)
{
    fake_map(fake, 0x10000, 0x2000, MEMSCAN_PROT_READ, MEMSCAN_KIND_ANON);
    fake_map(fake, 0x12000, 0x1000, MEMSCAN_PROT_READ, MEMSCAN_KIND_ANON);
    fake_map(fake, 0x20000, 0x4000, 0, MEMSCAN_KIND_GUARD);
    fake_describe(fake, 0x20000, MEMSCAN_REGION_RESERVED, "");
    open_it();
    tiles seen = walk();
    size_t first = facts.lowest_address < 0x10000; /* something free below */
    expect(&seen, first, 0x10000, 0);
    expect(&seen, first + 1, 0x12000, 0);
    expect(&seen, first + 2, 0x13000, MEMSCAN_REGION_FREE);
    expect(&seen, first + 3, 0x20000, MEMSCAN_REGION_RESERVED);
    expect(&seen, first + 4, 0x24000, MEMSCAN_REGION_FREE);
    ck_assert_uint_eq(seen.count, first + 5);
    ck_assert_uint_eq(last_of(&seen.items[first + 4]), facts.highest_address);
    tiles regions = { .count = 0 };
    ck_assert_int_eq(memscan_regions(target, 0, keep, &regions, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(regions.count, 2); /* what is only set aside is no region */
}
END_TEST

START_TEST(an_empty_target_is_all_free)
{
    open_it();
    tiles seen = walk();
    ck_assert_uint_eq(seen.count, 1);
    expect(&seen, 0, facts.lowest_address, MEMSCAN_REGION_FREE);
}
END_TEST

START_TEST(regions_at_both_ends_leave_nothing_over)
{
    fake_map(fake, 0, 0x1000, MEMSCAN_PROT_READ, MEMSCAN_KIND_ANON);
    fake_map(fake, UINT64_MAX - 0xfff, 0x1000, MEMSCAN_PROT_READ, MEMSCAN_KIND_ANON);
    open_it();
    tiles seen = { .count = 0 };
    ck_assert_int_eq(memscan_address_space(target, keep, &seen, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(seen.count, 3);
    expect(&seen, 0, 0, 0);
    expect(&seen, 1, 0x1000, MEMSCAN_REGION_FREE);
    expect(&seen, 2, UINT64_MAX - 0xfff, 0);
}
END_TEST

START_TEST(a_visitor_may_stop_it)
{
    tiles seen = { .stop_after = 2 };
    fake_map(fake, 0x10000, 0x1000, MEMSCAN_PROT_READ, MEMSCAN_KIND_ANON);
    fake_map(fake, 0x20000, 0x1000, MEMSCAN_PROT_READ, MEMSCAN_KIND_ANON);
    open_it();
    ck_assert_int_eq(memscan_address_space(target, keep, &seen, NULL), MEMSCAN_STOPPED);
    ck_assert_uint_eq(seen.count, 2);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("address_space");
    TCase *tests = tcase_create("address_space");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, free_and_reserved_ranges_lie_between_the_regions);
    tcase_add_test(tests, an_empty_target_is_all_free);
    tcase_add_test(tests, regions_at_both_ends_leave_nothing_over);
    tcase_add_test(tests, a_visitor_may_stop_it);
    suite_add_tcase(suite, tests);
    return suite;
}
