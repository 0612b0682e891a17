/* test_scan_left.c - what a next scan stores of a block that only lost matches: which are left, as long as they are many, and
 * not its bytes again. */
#include "check_main.h"

#include <string.h>

#include <memscan/scan.h>

#include "fake_platform.h"
#include "libmemscan/scan/scanning.h"

enum { HERE = 0x40000, BLOCK = 0x10000, PAGE = 0x1000, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE };

static fake_target *fake;
static memscan_target *target;
static memscan_scan *scan;
static uint8_t *bytes, before[BLOCK];

/* One block of bytes that nothing can pack. */
static void set_up(void)
{
    uint32_t noise = 2463534242u;
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    fake = fake_create();
    bytes = fake_map(fake, HERE, BLOCK, RW, MEMSCAN_KIND_HEAP);
    for (size_t i = 0; i < BLOCK; i++) {
        noise ^= noise << 13, noise ^= noise >> 17, noise ^= noise << 5; /* Marsaglia's xorshift32 */
        bytes[i] = (uint8_t)(noise % 255 + 1);
    }
    memcpy(before, bytes, BLOCK);
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_create(target, &options, &scan, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_scan_destroy(scan);
    memscan_close(target);
    fake_destroy(fake);
}

static void change(size_t from, size_t size)
{
    for (size_t i = from; i < from + size; i++)
        bytes[i] ^= 0x80;
}

/* The next scan for what did not change; returns how much the store grew. */
static uint64_t keep_unchanged(uint64_t matches)
{
    uint64_t length = ms_store_length(scan->session->store);
    ck_assert_int_eq(memscan_scan_next(scan, "unchanged", NULL, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(memscan_scan_count(scan), matches);
    ck_assert_uint_eq(scan->current.refs.count, 1);
    return ms_store_length(scan->session->store) - length;
}

static bool is_what_is_left(void)
{
    return ((const ms_block_ref *)ms_array_at(&scan->current.refs, 0))->left.length > 0;
}

/* All matches from `from` on, in order, with their old bytes. */
static void assert_left_from(uint64_t from, size_t width)
{
    memscan_scan_match match;
    for (uint64_t i = 0; i < memscan_scan_count(scan); i++) {
        ck_assert_int_eq(memscan_scan_at(scan, i + 1, &match, NULL), MEMSCAN_OK);
        ck_assert_uint_eq(match.address, HERE + from + i * width);
        ck_assert_mem_eq(match.bytes, before + from + i * width, width);
    }
}

static const struct {
    const char *unknown;
    uint64_t width;
} cases[] = { { "u8:unknown", 1 }, { "i16:unknown", 2 }, { "i32:unknown", 4 }, { "i64:unknown", 8 } };

START_TEST(many_are_told_few_are_stored_anew)
{
    const uint64_t width = cases[_i].width, few = 128;
    ck_assert_int_eq(memscan_scan_first(scan, cases[_i].unknown, NULL, NULL, NULL), MEMSCAN_OK);
    change(0, PAGE);
    ck_assert_uint_lt(keep_unchanged((BLOCK - PAGE) / width), BLOCK / 4);
    ck_assert(is_what_is_left());
    assert_left_from(PAGE, width);
    ck_assert_uint_lt(keep_unchanged((BLOCK - PAGE) / width), 256); /* nothing but the list of the step */
    ck_assert(is_what_is_left());
    change(PAGE, PAGE);
    ck_assert_uint_lt(keep_unchanged((BLOCK - 2 * PAGE) / width), BLOCK / 4); /* of the same bytes */
    ck_assert(is_what_is_left());
    assert_left_from(2 * PAGE, width);
    change(2 * PAGE, BLOCK - 2 * PAGE - few * width);
    keep_unchanged(few);
    ck_assert(!is_what_is_left());
    assert_left_from(BLOCK - few * width, width);
}
END_TEST

/* What is left of numbers of any type: those of each type that lie on no changed byte. */
START_TEST(each_type_has_what_is_left_of_it)
{
    ck_assert_int_eq(memscan_scan_first(scan, "num:unknown", NULL, NULL, NULL), MEMSCAN_OK);
    change(0, PAGE);
    ck_assert_uint_lt(keep_unchanged(BLOCK - PAGE), BLOCK / 2);
    ck_assert(is_what_is_left());
    for (uint64_t i = 0; i < BLOCK - PAGE; i++) {
        memscan_scan_match match;
        uint32_t types = MEMSCAN_TYPE_BIT(MEMSCAN_I8);
        types |= i % 2 ? 0 : MEMSCAN_TYPE_BIT(MEMSCAN_I16);
        types |= i % 4 ? 0 : MEMSCAN_TYPE_BIT(MEMSCAN_I32) | MEMSCAN_TYPE_BIT(MEMSCAN_F32);
        types |= i % 8 ? 0 : MEMSCAN_TYPE_BIT(MEMSCAN_I64) | MEMSCAN_TYPE_BIT(MEMSCAN_F64);
        ck_assert_int_eq(memscan_scan_at(scan, i + 1, &match, NULL), MEMSCAN_OK);
        ck_assert_uint_eq(match.address, HERE + PAGE + i);
        ck_assert_uint_eq(match.types, types);
        ck_assert_mem_eq(match.bytes, before + PAGE + i, match.length);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("scan left");
    TCase *tests = tcase_create("scan left");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, many_are_told_few_are_stored_anew, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, each_type_has_what_is_left_of_it);
    suite_add_tcase(suite, tests);
    return suite;
}
