/* test_memory.c - reading: what is answered without the target, what is told as a gap, and what changes meanwhile. */
#include "check_main.h"

#include <string.h>

#include <memscan/memscan.h>

#include "fake_platform.h"

enum { RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, PAGE = 0x1000 };

static fake_target *the_fake;
static memscan_target *target;
static uint8_t *bytes; /* of the region at 0x10000, 16 pages of 1, 2, 3... */

static void set_up(void)
{
    the_fake = fake_create();
    bytes = fake_map(the_fake, 0x10000, 16 * PAGE, RW, MEMSCAN_KIND_ANON);
    for (size_t i = 0; i < 16 * PAGE; i++)
        bytes[i] = (uint8_t)(1 + i / PAGE);
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_counts counts = fake_counted(the_fake);
    ck_assert_msg(counts.breaches == 0, "%s", counts.breach);
    fake_destroy(the_fake);
}

typedef struct gap_list {
    memscan_gap at[32];
    size_t count;
} gap_list;

static int note_gap(const memscan_gap *gap, void *context)
{
    gap_list *gaps = context;
    ck_assert_uint_lt(gaps->count, 32);
    gaps->at[gaps->count++] = *gap;
    return 0;
}

static void expect_gap(const gap_list *gaps, size_t index, uint64_t address, uint64_t size, memscan_outcome outcome)
{
    ck_assert_uint_lt(index, gaps->count);
    ck_assert_uint_eq(gaps->at[index].address, address);
    ck_assert_uint_eq(gaps->at[index].size, size);
    ck_assert_int_eq(gaps->at[index].outcome, outcome);
}

START_TEST(plain_reads)
{
    uint8_t buffer[3 * PAGE];
    ck_assert_int_eq(memscan_read(target, 0x10800, buffer, sizeof buffer, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(buffer, bytes + 0x800, sizeof buffer);
    ck_assert_int_eq(memscan_read(target, 0x10800, buffer, 0, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_read(target, 0x1ffff, buffer, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(buffer[0], 16);
}
END_TEST

START_TEST(all_or_nothing)
{
    uint8_t buffer[PAGE];
    memscan_error error;
    ck_assert_int_eq(memscan_read(target, 0x1fff0, buffer, 32, &error), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(error.address, 0x20000);
    ck_assert_str_eq(error.text, "cannot read 0x20000: not mapped");
    fake_hole(the_fake, 0x12000, PAGE, MEMSCAN_FAULTY);
    ck_assert_int_eq(memscan_read(target, 0x11800, buffer, PAGE, &error), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(error.address, 0x12000);
    ck_assert_str_eq(error.text, "cannot read 0x12000: faulty");
}
END_TEST

START_TEST(ranges_never_wrap)
{
    uint8_t buffer[64];
    fake_map(the_fake, UINT64_MAX - (PAGE - 1), PAGE, RW, MEMSCAN_KIND_ANON)[PAGE - 1] = 77;
    ck_assert_int_eq(memscan_read(target, UINT64_MAX, buffer, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(buffer[0], 77);
    ck_assert_int_eq(memscan_read(target, UINT64_MAX - 63, buffer, 64, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(buffer[63], 77);
    ck_assert_int_eq(memscan_read(target, UINT64_MAX, buffer, 2, NULL), MEMSCAN_INVALID);
    memscan_span span = { .address = UINT64_MAX - 3, .size = 8, .buffer = buffer };
    ck_assert_int_eq(memscan_read_spans(target, &span, 1, 0, NULL), MEMSCAN_INVALID);
}
END_TEST

START_TEST(a_32_bit_target_ends_at_4_gib)
{
    fake_target *narrow = fake_create();
    memscan_target *opened;
    uint8_t buffer[8];
    fake_set(narrow)->layout.pointer_width = 4;
    fake_map(narrow, 0xfffff000, PAGE, RW, MEMSCAN_KIND_ANON)[PAGE - 1] = 5;
    ck_assert_int_eq(fake_open(narrow, MEMSCAN_READ, NULL, &opened, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_read(opened, 0xfffffff8, buffer, 8, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(buffer[7], 5);
    ck_assert_int_eq(memscan_read(opened, 0xfffffff9, buffer, 8, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_read(opened, 0x100000000, buffer, 1, NULL), MEMSCAN_INVALID);
    memscan_close(opened);
    fake_destroy(narrow);
}
END_TEST

START_TEST(absent_pages_are_answered_without_the_target)
{
    uint8_t buffer[6 * PAGE];
    gap_list gaps = { 0 };
    fake_map_sparse(the_fake, 0x20000, PAGE, RW, MEMSCAN_KIND_ANON); /* untouched: zero */
    fake_pages(the_fake, 0x1a000, PAGE, MEMSCAN_PAGE_FILE);
    fake_pages(the_fake, 0x1b000, 2 * PAGE, MEMSCAN_PAGE_SHARED);
    fake_close_backing(the_fake, 0x1c000, PAGE, MEMSCAN_ABSENT_SHARED);
    fake_pages(the_fake, 0x1d000, PAGE, MEMSCAN_PAGE_GUARD);
    fake_pages(the_fake, 0x1e000, PAGE, MEMSCAN_PAGE_BLOCKED);
    ck_assert_int_eq(memscan_read_partial(target, 0x1a000, buffer, sizeof buffer, 0, note_gap, &gaps, NULL),
                     MEMSCAN_OK);
    ck_assert_mem_eq(buffer, bytes + 10 * PAGE, 2 * PAGE);
    ck_assert_mem_eq(buffer + 5 * PAGE, bytes + 15 * PAGE, PAGE);
    ck_assert_uint_eq(gaps.count, 3);
    expect_gap(&gaps, 0, 0x1c000, PAGE, MEMSCAN_ABSENT_SHARED);
    expect_gap(&gaps, 1, 0x1d000, PAGE, MEMSCAN_PROTECTED);
    expect_gap(&gaps, 2, 0x1e000, PAGE, MEMSCAN_BLOCKED);
    for (size_t i = 2 * PAGE; i < 5 * PAGE; i++)
        ck_assert_uint_eq(buffer[i], 0);
    memset(buffer, 0xff, PAGE);
    ck_assert_int_eq(memscan_read(target, 0x20000, buffer, PAGE, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(buffer[0] | buffer[PAGE - 1], 0);
    ck_assert_uint_eq(fake_counted(the_fake).touched, 0);
}
END_TEST

START_TEST(touching_reads_through_the_target)
{
    uint8_t buffer[4 * PAGE];
    gap_list gaps = { 0 };
    fake_pages(the_fake, 0x1a000, PAGE, MEMSCAN_PAGE_FILE);
    fake_pages(the_fake, 0x1b000, PAGE, MEMSCAN_PAGE_SHARED);
    fake_pages(the_fake, 0x1c000, PAGE, MEMSCAN_PAGE_UNTOUCHED);
    fake_pages(the_fake, 0x1d000, PAGE, MEMSCAN_PAGE_GUARD);
    ck_assert_int_eq(
        memscan_read_partial(target, 0x1a000, buffer, sizeof buffer, MEMSCAN_READ_TOUCH, note_gap, &gaps, NULL),
        MEMSCAN_OK);
    ck_assert_mem_eq(buffer, bytes + 10 * PAGE, 3 * PAGE);
    ck_assert_uint_eq(gaps.count, 1);
    expect_gap(&gaps, 0, 0x1d000, PAGE, MEMSCAN_PROTECTED);
    ck_assert_uint_eq(fake_counted(the_fake).touched, 3);
}
END_TEST

START_TEST(swapped_pages_are_left_where_that_was_asked)
{
    uint8_t buffer[2 * PAGE];
    gap_list gaps = { 0 };
    fake_pages(the_fake, 0x11000, PAGE, MEMSCAN_PAGE_SWAPPED);
    ck_assert_int_eq(
        memscan_read_partial(target, 0x10000, buffer, sizeof buffer, MEMSCAN_READ_SKIP_SWAPPED, note_gap, &gaps, NULL),
        MEMSCAN_OK);
    ck_assert_uint_eq(gaps.count, 1);
    expect_gap(&gaps, 0, 0x11000, PAGE, MEMSCAN_SWAPPED_OUT);
    ck_assert_uint_eq(fake_counted(the_fake).swapped_in, 0);
    ck_assert_int_eq(memscan_read(target, 0x10000, buffer, sizeof buffer, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(buffer, bytes, sizeof buffer);
    ck_assert_uint_eq(fake_counted(the_fake).swapped_in, 1);
}
END_TEST

START_TEST(platforms_without_backing_or_residency)
{
    uint8_t buffer[2 * PAGE];
    gap_list gaps = { 0 };
    fake_target *plain = fake_create();
    memscan_target *opened;
    fake_set(plain)->capabilities = MEMSCAN_CAN_RESIDENCY;
    memset(fake_map(plain, 0x10000, 2 * PAGE, RW, MEMSCAN_KIND_FILE), 9, 2 * PAGE);
    fake_pages(plain, 0x10000, PAGE, MEMSCAN_PAGE_FILE);
    fake_pages(plain, 0x11000, PAGE, MEMSCAN_PAGE_SHARED);
    ck_assert_int_eq(fake_open(plain, MEMSCAN_READ, NULL, &opened, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_read_partial(opened, 0x10000, buffer, sizeof buffer, 0, note_gap, &gaps, NULL),
                     MEMSCAN_OK);
    ck_assert_uint_eq(gaps.count, 2);
    expect_gap(&gaps, 0, 0x10000, PAGE, MEMSCAN_ABSENT_FILE);
    expect_gap(&gaps, 1, 0x11000, PAGE, MEMSCAN_ABSENT_SHARED);
    memscan_close(opened);
    fake_set(plain)->capabilities = 0;
    ck_assert_int_eq(fake_open(plain, MEMSCAN_READ, NULL, &opened, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_read(opened, 0x10000, buffer, sizeof buffer, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(buffer[2 * PAGE - 1], 9);
    memscan_close(opened);
    fake_destroy(plain);
}
END_TEST

START_TEST(gaps_of_many_kinds_come_in_order)
{
    uint8_t buffer[16 * PAGE];
    gap_list gaps = { 0 };
    for (uint64_t page = 0; page < 8; page++) /* a checkerboard */
        fake_hole(the_fake, 0x10000 + 2 * page * PAGE, PAGE, page % 2 ? MEMSCAN_FAULTY : MEMSCAN_PROTECTED);
    ck_assert_int_eq(memscan_read_partial(target, 0x0ff00, buffer, sizeof buffer, 0, note_gap, &gaps, NULL),
                     MEMSCAN_OK);
    ck_assert_uint_eq(gaps.count, 9);
    expect_gap(&gaps, 0, 0x0ff00, 0x100, MEMSCAN_NOT_MAPPED);
    for (size_t i = 0; i < 8; i++) {
        expect_gap(&gaps, i + 1, 0x10000 + 2 * i * PAGE, PAGE, i % 2 ? MEMSCAN_FAULTY : MEMSCAN_PROTECTED);
        ck_assert_uint_eq(buffer[0x100 + 2 * i * PAGE], 0);
        if (i < 7)
            ck_assert_mem_eq(buffer + 0x100 + (2 * i + 1) * PAGE, bytes + (2 * i + 1) * PAGE, PAGE);
    }
}
END_TEST

static int stop_at_gap(const memscan_gap *gap, void *context)
{
    (void)gap;
    (void)context;
    return 1;
}

START_TEST(a_gap_may_stop_the_call)
{
    uint8_t buffer[16];
    ck_assert_int_eq(memscan_read_partial(target, 0x1000, buffer, 16, 0, stop_at_gap, NULL, NULL), MEMSCAN_STOPPED);
    ck_assert_int_eq(memscan_read_partial(target, 0x1000, buffer, 16, 0, NULL, NULL, NULL), MEMSCAN_OK);
}
END_TEST

START_TEST(many_spans_take_few_calls)
{
    memscan_span spans[640];
    uint32_t values[640];
    for (size_t i = 0; i < 640; i++)
        spans[i] = (memscan_span){ .address = 0x10000 + i * 100, .size = 4, .buffer = &values[i] };
    spans[100].address = 0x1fffe; /* two bytes of it are there */
    spans[200].address = 0x5000;
    spans[300].size = 0;
    ck_assert_int_eq(memscan_read_spans(target, spans, 640, 0, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < 640; i++) {
        if (i == 100 || i == 200) {
            ck_assert_uint_eq(spans[i].done, i == 100 ? 2 : 0);
            ck_assert_int_eq(spans[i].outcome, MEMSCAN_NOT_MAPPED);
            continue;
        }
        ck_assert_uint_eq(spans[i].done, spans[i].size);
        ck_assert_int_eq(spans[i].outcome, MEMSCAN_WHOLE);
        ck_assert_mem_eq(&values[i], bytes + i * 100, spans[i].size);
    }
    ck_assert_uint_le(fake_counted(the_fake).calls[FAKE_READ], 2 * 640 / 64);
}
END_TEST

START_TEST(the_last_snapshot_serves_as_long_as_it_is_right)
{
    uint8_t byte;
    for (int i = 0; i < 10; i++)
        ck_assert_int_eq(memscan_read(target, 0x10000, &byte, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(fake_counted(the_fake).calls[FAKE_REGIONS], 1);
}
END_TEST

START_TEST(what_was_mapped_since_is_found)
{
    uint8_t byte;
    ck_assert_int_eq(memscan_read(target, 0x10000, &byte, 1, NULL), MEMSCAN_OK);
    fake_map(the_fake, 0x80000, PAGE, RW, MEMSCAN_KIND_ANON)[5] = 55;
    ck_assert_int_eq(memscan_read(target, 0x80005, &byte, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(byte, 55);
}
END_TEST

START_TEST(an_old_snapshot_never_answers_for_absent_pages)
{
    uint8_t byte = 1;
    memscan_error error;
    fake_map_sparse(the_fake, 0x80000, PAGE, RW, MEMSCAN_KIND_ANON);
    ck_assert_int_eq(memscan_read(target, 0x80000, &byte, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(byte, 0);
    fake_unmap(the_fake, 0x80000); /* something else is there now, without a page of its own */
    fake_map(the_fake, 0x80000, PAGE, 0, MEMSCAN_KIND_GUARD);
    fake_pages(the_fake, 0x80000, PAGE, MEMSCAN_PAGE_UNTOUCHED);
    ck_assert_int_eq(memscan_read(target, 0x80000, &byte, 1, &error), MEMSCAN_UNREADABLE);
    ck_assert_str_eq(error.text, "cannot read 0x80000: protected");
}
END_TEST

typedef struct moment_of {
    fake_operation operation;
    uint64_t nth;
} moment_of;

static void unmap_at(fake_target *fake, fake_operation operation, uint64_t nth, void *context)
{
    const moment_of *moment = context;
    if (operation == moment->operation && nth == moment->nth)
        fake_unmap(fake, 0x10000);
}

START_TEST(memory_that_vanishes_meanwhile_is_not_mapped)
{
    static moment_of moments[] = {
        { FAKE_READ, 1 },    /* while it is read */
        { FAKE_REGIONS, 2 }, /* after reading it failed, before that is looked into */
    };
    uint8_t buffer[PAGE];
    for (size_t i = 0; i < 2; i++) {
        gap_list gaps = { 0 };
        if (i == 1) {
            fake_map(the_fake, 0x10000, PAGE, RW, MEMSCAN_KIND_ANON);
            fake_hole(the_fake, 0x10000, PAGE, MEMSCAN_FAULTY);
        }
        fake_forget_counts(the_fake);
        fake_on_call(the_fake, unmap_at, &moments[i]);
        ck_assert_int_eq(memscan_read_partial(target, 0x10000, buffer, PAGE, 0, note_gap, &gaps, NULL), MEMSCAN_OK);
        ck_assert_uint_eq(gaps.count, 1);
        expect_gap(&gaps, 0, 0x10000, PAGE, MEMSCAN_NOT_MAPPED);
    }
}
END_TEST

START_TEST(what_is_mapped_but_told_to_be_not_is_faulty)
{
    uint8_t buffer[PAGE];
    gap_list gaps = { 0 };
    fake_hole(the_fake, 0x10000, PAGE, MEMSCAN_NOT_MAPPED);
    ck_assert_int_eq(memscan_read_partial(target, 0x10000, buffer, PAGE, 0, note_gap, &gaps, NULL), MEMSCAN_OK);
    expect_gap(&gaps, 0, 0x10000, PAGE, MEMSCAN_FAULTY);
}
END_TEST

START_TEST(device_memory_is_left_alone)
{
    uint8_t byte;
    memscan_error error;
    fake_map(the_fake, 0x80000, PAGE, RW, MEMSCAN_KIND_DEVICE);
    ck_assert_int_eq(memscan_read(target, 0x80000, &byte, 1, &error), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(fake_counted(the_fake).calls[FAKE_READ], 0);
}
END_TEST

START_TEST(death_at_every_call)
{
    uint8_t buffer[16 * PAGE];
    bool struck = true;
    uint64_t nth = 1;
    for (; struck; nth++) { /* the last one: it lives */
        fake_target *fake = fake_create();
        memscan_target *opened = NULL;
        memscan_error error;
        fake_map(fake, 0x10000, 16 * PAGE, RW, MEMSCAN_KIND_ANON);
        fake_hole(fake, 0x12000, PAGE, MEMSCAN_FAULTY);
        fake_die_at(fake, nth);
        memscan_status status = fake_open(fake, MEMSCAN_READ, NULL, &opened, &error);
        if (!status)
            status = memscan_read_partial(opened, 0x10000, buffer, sizeof buffer, 0, NULL, NULL, &error);
        struck = fake_counted(fake).total >= nth;
        ck_assert_msg(struck ? status == MEMSCAN_GONE && error.status == MEMSCAN_GONE : status == MEMSCAN_OK,
                      "%d at %d", status, (int)nth);
        ck_assert_uint_lt(nth, 20);
        memscan_close(opened);
        ck_assert_uint_eq(fake_counted(fake).open_states, 0);
        fake_destroy(fake);
    }
    ck_assert_uint_gt(nth, 6);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("memory");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, plain_reads);
    tcase_add_test(tests, all_or_nothing);
    tcase_add_test(tests, ranges_never_wrap);
    tcase_add_test(tests, a_32_bit_target_ends_at_4_gib);
    tcase_add_test(tests, absent_pages_are_answered_without_the_target);
    tcase_add_test(tests, touching_reads_through_the_target);
    tcase_add_test(tests, swapped_pages_are_left_where_that_was_asked);
    tcase_add_test(tests, platforms_without_backing_or_residency);
    tcase_add_test(tests, gaps_of_many_kinds_come_in_order);
    tcase_add_test(tests, a_gap_may_stop_the_call);
    tcase_add_test(tests, many_spans_take_few_calls);
    tcase_add_test(tests, the_last_snapshot_serves_as_long_as_it_is_right);
    tcase_add_test(tests, what_was_mapped_since_is_found);
    tcase_add_test(tests, an_old_snapshot_never_answers_for_absent_pages);
    tcase_add_test(tests, memory_that_vanishes_meanwhile_is_not_mapped);
    tcase_add_test(tests, what_is_mapped_but_told_to_be_not_is_faulty);
    tcase_add_test(tests, device_memory_is_left_alone);
    tcase_add_test(tests, death_at_every_call);
    suite_add_tcase(suite, tests);
    return suite;
}
