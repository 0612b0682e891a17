/* test_scan_gaps.c - next scans over memory that went away or cannot be read this time, byte by byte at the borders: what lies
 * before a gap, on it, behind it, and across its edges. Values are unaligned, so that they straddle. */
#include "check_main.h"

#include <string.h>

#include <memscan/scan.h>

#include "fake_platform.h"
#include "libmemscan/scan/scanning.h"

enum { A = 0x10000, B = 0x11000, C = 0x12000, PAGE = 0x1000, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE };

static fake_target *fake;
static memscan_target *target;
static memscan_scan *scan;
static uint8_t *pages[3];

/* Three regions that touch, full of ones, in one block. */
static void set_up(void)
{
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    fake = fake_create();
    for (int i = 0; i < 3; i++) {
        pages[i] = fake_map(fake, (uint64_t)A + (uint64_t)i * PAGE, PAGE, RW, MEMSCAN_KIND_HEAP);
        memset(pages[i], 1, PAGE);
    }
    options.alignment = 1;
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_create(target, &options, &scan, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_scan_destroy(scan);
    memscan_close(target);
    ck_assert_msg(fake_counted(fake).breaches == 0, "%s", fake_counted(fake).breach);
    fake_destroy(fake);
}

static uint64_t first(const char *expression)
{
    ck_assert_int_eq(memscan_scan_first(scan, expression, NULL, NULL, NULL), MEMSCAN_OK);
    return memscan_scan_count(scan);
}

static uint64_t next(const char *expression)
{
    ck_assert_int_eq(memscan_scan_next(scan, expression, NULL, NULL), MEMSCAN_OK);
    return memscan_scan_count(scan);
}

/* No more bytes were read than the first text has. */
START_TEST(a_longer_text_is_refused)
{
    memscan_error error;
    memcpy(pages[1] + 64, "abcdef", 6);
    ck_assert_uint_eq(first("text:abc"), 1);
    ck_assert_int_eq(memscan_scan_next(scan, "text:abcdef", NULL, &error), MEMSCAN_INVALID);
    ck_assert_str_eq(error.text, "this session remembers 3 bytes of a match, and not 6");
    ck_assert_uint_eq(memscan_scan_count(scan), 1);
    ck_assert_uint_eq(next("text:ab"), 1);
    ck_assert_uint_eq(next("text:xyz"), 0);
}
END_TEST

/* As a session file may do that nobody wrote honestly: a block of forty matches that says it has one. */
START_TEST(a_block_with_more_than_it_says_is_damaged)
{
    enum { ALONE = 0x40000, SIZE = 0x10000 };
    memscan_error error;
    uint8_t *bytes = fake_map(fake, ALONE, SIZE, RW, MEMSCAN_KIND_HEAP);
    for (int i = 0; i < 40; i++)
        memcpy(bytes + 700 * i, "damaged", 7); /* near enough to be read as one */
    ck_assert_uint_eq(first("text:damaged"), 40);
    ck_assert_uint_eq(next("text:damaged"), 40);
    ck_assert_uint_eq(scan->current.refs.count, 1);
    ((ms_block_ref *)ms_array_at(&scan->current.refs, 0))->matches = 1;
    ck_assert_int_eq(memscan_scan_next(scan, "text:damaged", NULL, &error), MEMSCAN_CORRUPT);
    ck_assert_uint_eq(error.address, ALONE);
}
END_TEST

START_TEST(what_vanished_takes_only_what_lies_on_it)
{
    ck_assert_uint_eq(first("u8:1"), 3 * PAGE);
    fake_unmap(fake, B);
    ck_assert_uint_eq(next("u8:1"), 2 * PAGE);
    memscan_scan_match match;
    ck_assert_int_eq(memscan_scan_at(scan, PAGE, &match, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(match.address, B - 1);
    ck_assert_int_eq(memscan_scan_at(scan, PAGE + 1, &match, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(match.address, C);
}
END_TEST

/* A mapping that lost its first page: its second one begins where the gap ends. */
START_TEST(behind_what_vanished_the_first_byte_counts)
{
    enum { ALONE = 0x40000 };
    memset(fake_map(fake, ALONE, 2 * PAGE, RW, MEMSCAN_KIND_HEAP), 7, 2 * PAGE);
    ck_assert_uint_eq(first("u8:7"), 2 * PAGE);
    fake_unmap(fake, ALONE);
    memset(fake_map(fake, ALONE + PAGE, PAGE, RW, MEMSCAN_KIND_HEAP), 7, PAGE);
    ck_assert_uint_eq(next("u8:7"), PAGE);
}
END_TEST

START_TEST(a_value_that_reaches_into_what_vanished_is_gone)
{
    ck_assert_uint_eq(first("u32:0x01010101"), 3 * PAGE - 3);
    fake_unmap(fake, B);
    ck_assert_uint_eq(next("u32:not 77"), 2 * (PAGE - 3)); /* whatever is read in its place */
}
END_TEST

START_TEST(a_value_that_reaches_into_what_cannot_be_read_is_kept)
{
    ck_assert_uint_eq(first("u32:0x01010101"), 3 * PAGE - 3);
    fake_hole(fake, B, PAGE, MEMSCAN_FAULTY);
    ck_assert_uint_eq(next("u32:77"), PAGE + 3);
    memscan_scan_match match;
    ck_assert_int_eq(memscan_scan_at(scan, 1, &match, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(match.address, B - 3);
    ck_assert_mem_eq(match.bytes, "\1\1\1\1", 4);
}
END_TEST

/* Memory that nobody may read any more keeps its matches, and that is said: the scan is not complete. */
START_TEST(what_lost_its_access_is_kept_and_told)
{
    memscan_report report;
    ck_assert_uint_eq(first("u8:1"), 3 * PAGE);
    fake_unmap(fake, B);
    fake_map(fake, B, PAGE, 0, MEMSCAN_KIND_GUARD);
    ck_assert_int_eq(memscan_scan_next(scan, "u8:2", &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(memscan_scan_count(scan), PAGE);
    ck_assert_uint_eq(report.failed, PAGE);
    ck_assert_uint_eq(report.failed_by[MEMSCAN_FAIL_PROTECTED], PAGE);
    ck_assert_uint_eq(report.skipped, 0);
    ck_assert(!report.complete);
}
END_TEST

/* The same of memory that was never touched when it was first scanned. */
START_TEST(zeros_that_lost_their_access_are_kept_and_told)
{
    enum { FAR = 0x800000 };
    memscan_report report;
    fake_map_sparse(fake, FAR, 64 * PAGE, RW, MEMSCAN_KIND_HEAP);
    ck_assert_uint_eq(first("u8:unknown"), 67 * PAGE);
    fake_unmap(fake, FAR);
    fake_map(fake, FAR, 64 * PAGE, 0, MEMSCAN_KIND_GUARD);
    ck_assert_int_eq(memscan_scan_next(scan, "u8:1", &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(memscan_scan_count(scan), 67 * PAGE);
    ck_assert_uint_eq(report.failed, 64 * PAGE);
    ck_assert(!report.complete);
}
END_TEST

/* What was no match in the step that is compared with has no value there. */
START_TEST(since_a_mark_only_what_the_mark_has_is_compared)
{
    for (int i = 0; i < PAGE; i++)
        pages[0][i] = (uint8_t)(2 + i % 4);
    ck_assert_uint_eq(first("u8:above 1"), PAGE);
    ck_assert_uint_eq(next("u8:below 4"), PAGE / 2);
    ck_assert_int_eq(memscan_scan_mark(scan, "low", NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_undo(scan, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(next("unchanged since low"), PAGE / 2);
    ck_assert_int_eq(memscan_scan_undo(scan, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(next("changed since low"), 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("scan gaps");
    TCase *tests = tcase_create("scan gaps");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, a_longer_text_is_refused);
    tcase_add_test(tests, a_block_with_more_than_it_says_is_damaged);
    tcase_add_test(tests, what_vanished_takes_only_what_lies_on_it);
    tcase_add_test(tests, behind_what_vanished_the_first_byte_counts);
    tcase_add_test(tests, a_value_that_reaches_into_what_vanished_is_gone);
    tcase_add_test(tests, a_value_that_reaches_into_what_cannot_be_read_is_kept);
    tcase_add_test(tests, what_lost_its_access_is_kept_and_told);
    tcase_add_test(tests, zeros_that_lost_their_access_are_kept_and_told);
    tcase_add_test(tests, since_a_mark_only_what_the_mark_has_is_compared);
    suite_add_tcase(suite, tests);
    return suite;
}
