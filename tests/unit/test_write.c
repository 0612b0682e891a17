/* test_write.c - writing: refused before the first byte, in one piece, verified, undone when it is cut short. */
#include "check_main.h"

#include <string.h>

#include <memscan/memscan.h>

#include "fake_platform.h"

enum { R = MEMSCAN_PROT_READ, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, PAGE = 0x1000 };

static fake_target *the_fake;
static memscan_target *target;
static uint8_t *first, *second; /* touching regions at 0x10000 and 0x11000 */

static void set_up(void)
{
    the_fake = fake_create();
    first = fake_map(the_fake, 0x10000, PAGE, RW, MEMSCAN_KIND_ANON);
    second = fake_map(the_fake, 0x11000, PAGE, RW, MEMSCAN_KIND_HEAP);
    memset(first, 0x11, PAGE);
    memset(second, 0x22, PAGE);
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_WRITE, NULL, &target, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_counts counts = fake_counted(the_fake);
    ck_assert_msg(counts.breaches == 0, "%s", counts.breach);
    fake_destroy(the_fake);
}

static void expect_untouched(void)
{
    for (size_t i = 0; i < PAGE; i++) {
        ck_assert_uint_eq(first[i], 0x11);
        ck_assert_uint_eq(second[i], 0x22);
    }
}

START_TEST(an_aligned_value_goes_in_one_piece)
{
    uint64_t value = 0x1122334455667788;
    fake_write writes[4];
    ck_assert_int_eq(memscan_write(target, 0x10ff8, &value, 8, NULL, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(first + 0xff8, &value, 8);
    ck_assert_uint_eq(fake_writes(the_fake, writes, 4), 1);
    ck_assert_uint_eq(writes[0].address, 0x10ff8);
    ck_assert_uint_eq(writes[0].size, 8);
    ck_assert_int_eq(memscan_write(target, 0x10ff8, &value, 0, NULL, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(fake_writes(the_fake, writes, 4), 1);
}
END_TEST

START_TEST(a_write_may_cross_mappings)
{
    uint8_t value[16];
    memset(value, 0x99, sizeof value);
    ck_assert_int_eq(memscan_write(target, 0x10ff8, value, 16, NULL, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(first + 0xff8, value, 8);
    ck_assert_mem_eq(second, value, 8);
    ck_assert_uint_eq(first[0xff7], 0x11);
    ck_assert_uint_eq(second[8], 0x22);
}
END_TEST

START_TEST(expected_bytes_must_stand_there)
{
    uint8_t value[4] = { 1, 2, 3, 4 }, wrong[4] = { 0x11, 0x11, 0x12, 0x11 }, right[4] = { 0x11, 0x11, 0x11, 0x11 };
    memscan_error error;
    ck_assert_int_eq(memscan_write(target, 0x10100, value, 4, wrong, &error), MEMSCAN_MISMATCH);
    ck_assert_uint_eq(error.address, 0x10102);
    expect_untouched();
    ck_assert_int_eq(memscan_write(target, 0x10100, value, 4, right, &error), MEMSCAN_OK);
    ck_assert_mem_eq(first + 0x100, value, 4);
}
END_TEST

START_TEST(what_cannot_be_written_is_refused_before_the_first_byte)
{
    uint8_t value[16] = { 0 };
    memscan_error error;
    ck_assert_int_eq(memscan_write(target, 0x11ff8, value, 16, NULL, &error), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(error.address, 0x12000);
    fake_map(the_fake, 0x12000, PAGE, R, MEMSCAN_KIND_SHARED);
    fake_describe(the_fake, 0x12000, MEMSCAN_REGION_SHARED, "shm");
    ck_assert_int_eq(memscan_write(target, 0x11ff8, value, 16, NULL, &error), MEMSCAN_UNWRITABLE);
    ck_assert_uint_eq(error.address, 0x12000);
    fake_map(the_fake, 0x20000, PAGE, 0, MEMSCAN_KIND_GUARD);
    ck_assert_int_eq(memscan_write(target, 0x20000, value, 16, NULL, &error), MEMSCAN_UNWRITABLE);
    fake_map(the_fake, 0x30000, PAGE, RW, MEMSCAN_KIND_DEVICE);
    ck_assert_int_eq(memscan_write(target, 0x30000, value, 16, NULL, &error), MEMSCAN_UNWRITABLE);
    ck_assert_int_eq(memscan_write(target, UINT64_MAX, value, 16, NULL, &error), MEMSCAN_INVALID);
    ck_assert_uint_eq(fake_counted(the_fake).calls[FAKE_WRITE], 0);
    expect_untouched();
}
END_TEST

START_TEST(private_code_is_written_where_the_system_permits)
{
    uint8_t value[2] = { 0x90, 0x90 };
    memscan_error error;
    uint8_t *code = fake_map(the_fake, 0x400000, PAGE, R | MEMSCAN_PROT_EXECUTE, MEMSCAN_KIND_CODE);
    fake_describe(the_fake, 0x400000, MEMSCAN_REGION_FILE, "/usr/bin/game");
    ck_assert_int_eq(memscan_write(target, 0x400010, value, 2, NULL, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(code + 0x10, value, 2);
    fake_set(the_fake)->refuse_force = true;
    ck_assert_int_eq(memscan_write(target, 0x400020, value, 2, NULL, &error), MEMSCAN_UNWRITABLE);
    ck_assert_str_eq(error.text, "cannot write 0x400020: the system refuses; nothing was written");
    ck_assert_uint_eq(code[0x20], 0);
}
END_TEST

START_TEST(only_targets_opened_for_it_are_written)
{
    memscan_target *reader;
    uint8_t value = 1;
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &reader, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_write(reader, 0x10000, &value, 1, NULL, NULL), MEMSCAN_DENIED);
    memscan_close(reader);
    fake_set(the_fake)->capabilities = MEMSCAN_CAN_RESIDENCY;
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_WRITE, NULL, &reader, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_write(reader, 0x10000, &value, 1, NULL, NULL), MEMSCAN_NOT_SUPPORTED);
    memscan_close(reader);
    expect_untouched();
}
END_TEST

START_TEST(a_write_cut_short_is_undone)
{
    uint8_t value[64];
    memscan_error error;
    memset(value, 0x99, sizeof value);
    fake_refuse_writes(the_fake, 0x11000, PAGE, MEMSCAN_PROTECTED);
    ck_assert_int_eq(memscan_write(target, 0x10fe0, value, 64, NULL, &error), MEMSCAN_UNWRITABLE);
    ck_assert_uint_eq(error.address, 0x11000);
    ck_assert_str_eq(error.text, "cannot write 0x11000: the system refuses; the bytes already written were put back");
    expect_untouched();
}
END_TEST

/* When the second write comes (the one into 0x11000, which is refused), the target itself has changed two of the
 * bytes that were written. */
static void change_at_second_write(fake_target *fake, fake_operation operation, uint64_t nth, void *context)
{
    (void)fake;
    (void)context;
    if (operation == FAKE_WRITE && nth == 2)
        first[0xff0] = first[0xff3] = 0x77;
}

START_TEST(what_the_target_wrote_meanwhile_is_not_undone)
{
    uint8_t value[64];
    memset(value, 0x99, sizeof value);
    fake_refuse_writes(the_fake, 0x11000, PAGE, MEMSCAN_PROTECTED);
    fake_on_call(the_fake, change_at_second_write, NULL);
    ck_assert_int_eq(memscan_write(target, 0x10fe0, value, 64, NULL, NULL), MEMSCAN_UNWRITABLE);
    for (size_t i = 0xfe0; i < PAGE; i++)
        ck_assert_uint_eq(first[i], i == 0xff0 || i == 0xff3 ? 0x77 : 0x11);
}
END_TEST

/* The target overwrites the value before it is read back. */
static void change_after_write(fake_target *fake, fake_operation operation, uint64_t nth, void *context)
{
    (void)nth;
    (void)context;
    if (operation == FAKE_READ && fake_counted(fake).calls[FAKE_WRITE])
        first[0x102] = 0x77;
}

START_TEST(a_target_that_writes_too_is_told)
{
    uint8_t value[4] = { 1, 2, 3, 4 };
    memscan_error error;
    fake_on_call(the_fake, change_after_write, NULL);
    ck_assert_int_eq(memscan_write(target, 0x10100, value, 4, NULL, &error), MEMSCAN_CHANGED_SINCE);
    ck_assert_uint_eq(error.address, 0x10102);
}
END_TEST

START_TEST(absent_pages_can_be_written)
{
    uint8_t value[4] = { 1, 2, 3, 4 }, zero[4] = { 0 };
    memset(second, 0, PAGE);
    fake_pages(the_fake, 0x11000, PAGE, MEMSCAN_PAGE_UNTOUCHED);
    ck_assert_int_eq(memscan_write(target, 0x11000, value, 4, value, NULL), MEMSCAN_MISMATCH);
    ck_assert_uint_eq(fake_counted(the_fake).touched, 0);
    ck_assert_int_eq(memscan_write(target, 0x11000, value, 4, zero, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(second, value, 4);
    fake_pages(the_fake, 0x10000, PAGE, MEMSCAN_PAGE_SHARED);
    fake_close_backing(the_fake, 0x10000, PAGE, MEMSCAN_ABSENT_SHARED);
    ck_assert_int_eq(memscan_write(target, 0x10000, value, 4, NULL, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(first, value, 4);
}
END_TEST

START_TEST(death_at_every_call_writes_all_or_nothing)
{
    bool struck = true;
    uint64_t nth = 1;
    for (; struck; nth++) { /* the last one: it lives */
        uint8_t value[8] = { 9, 9, 9, 9, 9, 9, 9, 9 };
        fake_target *fake = fake_create();
        memscan_target *opened = NULL;
        uint8_t *bytes = fake_map(fake, 0x10000, PAGE, RW, MEMSCAN_KIND_ANON);
        ck_assert_int_eq(fake_open(fake, MEMSCAN_WRITE, NULL, &opened, NULL), MEMSCAN_OK);
        uint64_t before = fake_counted(fake).total;
        fake_die_at(fake, nth);
        memscan_status status = memscan_write(opened, 0x10000, value, 8, NULL, NULL);
        struck = fake_counted(fake).total - before >= nth;
        ck_assert_msg(status == (struck ? MEMSCAN_GONE : MEMSCAN_OK), "call %d: %d", (int)nth, status);
        ck_assert(bytes[0] == bytes[7]);
        ck_assert(status == MEMSCAN_GONE || bytes[0] == 9);
        ck_assert(nth < 20);
        memscan_close(opened);
        fake_destroy(fake);
    }
    ck_assert_uint_gt(nth, 6);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("write");
    TCase *tests = tcase_create("write");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, an_aligned_value_goes_in_one_piece);
    tcase_add_test(tests, a_write_may_cross_mappings);
    tcase_add_test(tests, expected_bytes_must_stand_there);
    tcase_add_test(tests, what_cannot_be_written_is_refused_before_the_first_byte);
    tcase_add_test(tests, private_code_is_written_where_the_system_permits);
    tcase_add_test(tests, only_targets_opened_for_it_are_written);
    tcase_add_test(tests, a_write_cut_short_is_undone);
    tcase_add_test(tests, what_the_target_wrote_meanwhile_is_not_undone);
    tcase_add_test(tests, a_target_that_writes_too_is_told);
    tcase_add_test(tests, absent_pages_can_be_written);
    tcase_add_test(tests, death_at_every_call_writes_all_or_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
