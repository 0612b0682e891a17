/* test_find.c - the stateless search: what is found, in which order, how every byte is accounted for, and how it
 * ends. */
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memscan/memscan.h>

#include "counting_allocator.h"
#include "fake_platform.h"

enum { R = MEMSCAN_PROT_READ, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, PAGE = 0x1000, UNIT = 0x10000 };

static fake_target *fake; /* reads of 64 KiB: units are small */
static memscan_target *target;

static void set_up(void)
{
    fake = fake_create();
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_counts counts = fake_counted(fake);
    ck_assert_msg(counts.breaches == 0, "%s", counts.breach);
    fake_destroy(fake);
}

enum { MOST_SEEN = 64 };
typedef struct sights {
    memscan_match at[MOST_SEEN];
    uint8_t bytes[MOST_SEEN][16];
    size_t count;
    size_t stop_at; /* 0: never */
} sights;

static int note(const memscan_match *match, void *context)
{
    sights *seen = context;
    if (seen->count < MOST_SEEN) {
        seen->at[seen->count] = *match;
        memcpy(seen->bytes[seen->count], match->bytes, match->length < 16 ? match->length : 16);
    }
    seen->count++;
    return seen->count == seen->stop_at;
}

static void check_balance(const memscan_report *report)
{
    uint64_t skipped = 0, failed = 0;
    for (size_t i = 0; i < 16; i++) {
        skipped += report->skipped_by[i];
        failed += report->failed_by[i];
    }
    ck_assert_uint_eq(report->skipped, skipped);
    ck_assert_uint_eq(report->failed, failed);
    ck_assert_uint_eq(report->asked, report->scanned + skipped + failed);
    ck_assert_int_eq(report->complete != 0, failed == 0 && report->stopped == MEMSCAN_STOP_NONE);
}

/* Searches for one expression and expects these addresses, ended by 1. */
static memscan_report expect(const char *expression, const memscan_find_options *options, const uint64_t *addresses)
{
    sights seen = { 0 };
    memscan_report report;
    memscan_error error = { .text = "" };
    memscan_status status = memscan_find(target, expression, options, note, &seen, &report, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s: %s", expression, error.text);
    check_balance(&report);
    size_t count = 0;
    for (; addresses[count] != 1; count++)
        ck_assert_msg(count < seen.count && seen.at[count].address == addresses[count], "%s: match %zu of %zu is %llx",
                      expression, count, seen.count,
                      (unsigned long long)(count < seen.count ? seen.at[count].address : 0));
    ck_assert_uint_eq(seen.count, count);
    ck_assert_uint_eq(report.matches, count);
    return report;
}
#define AT(...) ((const uint64_t[]){ __VA_ARGS__, 1 })
#define NOWHERE ((const uint64_t[]){ 1 })

static void put32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, 4);
}

START_TEST(first_and_last_bytes)
{
    uint8_t *bytes = fake_map(fake, 0x100000, 3 * UNIT, RW, MEMSCAN_KIND_HEAP);
    put32(bytes, 1234567);
    put32(bytes + 3 * UNIT - 4, 1234567);
    put32(bytes + UNIT - 4, 1234567); /* the last and the first of a unit */
    put32(bytes + UNIT, 1234567);
    memscan_report report = expect("i32:1234567", NULL, AT(0x100000, 0x10fffc, 0x110000, 0x12fffc));
    ck_assert_uint_eq(report.scanned, 3 * UNIT);
    ck_assert(report.complete);
}
END_TEST

START_TEST(the_ends_of_the_address_space)
{
    uint8_t *low = fake_map(fake, 0, PAGE, RW, MEMSCAN_KIND_ANON);
    uint8_t *high = fake_map(fake, UINT64_MAX - (PAGE - 1), PAGE, RW, MEMSCAN_KIND_ANON);
    put32(low, 77777);
    put32(high + PAGE - 4, 77777);
    expect("i32:77777", NULL, AT(0, UINT64_MAX - 3));
    expect("hex:d1 2f 01 00", NULL, AT(0, UINT64_MAX - 3));
    memcpy(high + PAGE - 2, "zz", 2);
    expect("text:zz", NULL, AT(UINT64_MAX - 1));
}
END_TEST

START_TEST(a_match_may_straddle_units_pages_and_touching_regions)
{
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    uint8_t *bytes = fake_map(fake, 0x100000, 2 * UNIT, RW, MEMSCAN_KIND_HEAP);
    uint8_t *next = fake_map(fake, 0x120000, PAGE, RW, MEMSCAN_KIND_ANON);
    options.alignment = 1;
    memcpy(bytes + UNIT - 5, "straddle", 8);
    memcpy(bytes + 2 * UNIT - 5, "stradd", 5);
    memcpy(next, "dle", 3);
    put32(bytes + UNIT - 0x101, 0x11223344);
    expect("text:straddle", NULL, AT(0x10fffb, 0x11fffb));
    expect("i32:287454020", &options, AT(0x10feff));
}
END_TEST

/* Together they find what one search finds, each match once, and were asked about every byte once. The needles lie where
 * stretches end: inside a region, over two that touch, and before a gap. */
START_TEST(shards_share_the_work_out)
{
    enum { STRETCH = 1 << 24 };
    static const uint64_t needles[] = { 0x2fffffe, 0x3000123, 0x3fffffd, 0x4fffffc, 0x5fffff8, 0x7000000 };
    enum { NEEDLES = sizeof needles / sizeof needles[0] };
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    unsigned seen[NEEDLES] = { 0 };
    uint64_t asked = 0, devices = 0;
    uint8_t *first = fake_map(fake, 0x2800000, 0x1800000, RW, MEMSCAN_KIND_HEAP);
    uint8_t *second = fake_map(fake, 0x4000000, 0x2000000, RW, MEMSCAN_KIND_ANON); /* touches the first */
    uint8_t *third = fake_map(fake, 0x7000000, PAGE, RW, MEMSCAN_KIND_ANON);
    fake_map(fake, 0x9000000, PAGE, RW, MEMSCAN_KIND_DEVICE);
    for (size_t i = 0; i < NEEDLES; i++)
        for (size_t k = 0; k < 8; k++) {
            uint64_t at = needles[i] + k;
            (at < 0x4000000   ? first + (at - 0x2800000)
             : at < 0x6000000 ? second + (at - 0x4000000)
                              : third + (at - 0x7000000))[0] = (uint8_t)("straddle"[k]);
        }
    options.shards = (uint32_t)_i;
    for (options.shard = 1; options.shard <= options.shards; options.shard++) {
        sights found = { 0 };
        memscan_report report;
        ck_assert_int_eq(memscan_find(target, "text:straddle", &options, note, &found, &report, NULL), MEMSCAN_OK);
        check_balance(&report);
        ck_assert(report.complete);
        asked += report.asked;
        devices += report.skipped_by[MEMSCAN_SKIP_DEVICE];
        for (size_t i = 0; i < found.count; i++)
            for (size_t k = 0; k < NEEDLES; k++)
                if (found.at[i].address == needles[k]) {
                    seen[k]++;
                    ck_assert_uint_eq(needles[k] / STRETCH % options.shards + 1, options.shard);
                }
    }
    for (size_t k = 0; k < NEEDLES; k++)
        ck_assert_msg(seen[k] == 1, "needle %zu was seen %u times", k, seen[k]);
    ck_assert_uint_eq(asked, 0x1800000 + 0x2000000 + 2 * PAGE);
    ck_assert_uint_eq(devices, PAGE);
    options.shard = options.shards + 1;
    ck_assert_int_eq(memscan_find(target, "5", &options, note, NULL, NULL, NULL), MEMSCAN_INVALID);
    options.shard = 0;
    ck_assert_int_eq(memscan_find(target, "5", &options, note, NULL, NULL, NULL), MEMSCAN_INVALID);
}
END_TEST

START_TEST(nothing_is_matched_across_what_was_not_read)
{
    uint8_t *bytes = fake_map(fake, 0x100000, 4 * PAGE, RW, MEMSCAN_KIND_HEAP);
    for (size_t i = 0; i < 4 * PAGE - 4; i += 4)
        memcpy(bytes + i, "abab", 4);
    fake_hole(fake, 0x101000, PAGE, MEMSCAN_FAULTY);
    fake_pages(fake, 0x103000, PAGE, MEMSCAN_PAGE_UNTOUCHED);
    memset(bytes + 3 * PAGE, 0, PAGE);
    memcpy(bytes + PAGE - 3, "xyz", 3); /* the hole follows: "xyzw" is not there */
    memcpy(bytes + PAGE, "w", 1);
    expect("text:xyzw", NULL, NOWHERE);
    memscan_report report = expect("text:xyz", NULL, AT(0x100ffd));
    ck_assert_uint_eq(report.failed_by[MEMSCAN_FAIL_FAULTY], PAGE);
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_UNTOUCHED], PAGE);
    ck_assert_uint_eq(report.scanned, 2 * PAGE);
    ck_assert(!report.complete);
    memcpy(bytes + 3 * PAGE - 4, "0000", 4);
    expect("hex:30 30 30 30 00", NULL, NOWHERE); /* the zeros behind it were not read */
}
END_TEST

START_TEST(numbers_in_writable_memory_bytes_in_all)
{
    uint8_t *data = fake_map(fake, 0x100000, PAGE, RW, MEMSCAN_KIND_DATA);
    uint8_t *code = fake_map(fake, 0x101000, PAGE, R | MEMSCAN_PROT_EXECUTE, MEMSCAN_KIND_CODE);
    memscan_find_options all = MEMSCAN_FIND_OPTIONS_INIT;
    all.filter.all = 1;
    put32(data + 0x10, 55555);
    put32(code + 0x10, 55555);
    memcpy(data + PAGE - 2, "\x03\xd9\x00\x00", 2); /* 55555 across the border */
    memscan_find_options bytewise = MEMSCAN_FIND_OPTIONS_INIT;
    bytewise.alignment = 1;
    expect("i32:55555", NULL, AT(0x100010));
    expect("i32:55555", &bytewise, AT(0x100010)); /* never reaches into memory that is not asked about */
    bytewise.filter.all = 1;
    expect("i32:55555", &bytewise, AT(0x100010, 0x100ffe, 0x101010));
    expect("i32:55555", &all, AT(0x100010, 0x101010));
    expect("hex:03 d9 00 00", NULL, AT(0x100010, 0x100ffe, 0x101010));
}
END_TEST

START_TEST(several_questions_in_one_pass)
{
    uint8_t *data = fake_map(fake, 0x100000, 2 * UNIT, RW, MEMSCAN_KIND_DATA);
    uint8_t *code = fake_map(fake, 0x200000, PAGE, R, MEMSCAN_KIND_RODATA);
    static const char *const texts[] = { "i32:4407873", "text:ABC", "u8:65" };
    memscan_question *questions[3];
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(
            memscan_question_parse(texts[i], MEMSCAN_TYPE_NONE, (memscan_layout){ 8, 0 }, NULL, &questions[i], NULL),
            MEMSCAN_OK);
    memcpy(data + 0x100, "ABC", 4); /* 0x00434241: all three */
    memcpy(data + UNIT - 1, "ABC", 4);
    memcpy(code + 0x20, "ABC", 4); /* read-only: the text only */
    static const struct {
        uint64_t address;
        size_t question;
    } expected[] = {
        { 0x100100, 0 }, { 0x100100, 1 }, { 0x100100, 2 }, { 0x10ffff, 1 }, { 0x10ffff, 2 }, { 0x200020, 1 },
    };
    sights seen = { 0 };
    memscan_report report;
    ck_assert_int_eq(
        memscan_find_all(target, (const memscan_question *const *)questions, 3, NULL, note, &seen, &report, NULL),
        MEMSCAN_OK);
    check_balance(&report);
    ck_assert_uint_eq(report.asked, 2 * UNIT + PAGE);
    ck_assert_uint_eq(seen.count, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_uint_eq(seen.at[i].address, expected[i].address);
        ck_assert_uint_eq(seen.at[i].question, expected[i].question);
    }
    ck_assert_int_eq(seen.at[0].type, MEMSCAN_I32);
    ck_assert_uint_eq(seen.at[0].length, 4);
    ck_assert_mem_eq(seen.bytes[0], "ABC", 4);
    ck_assert_uint_eq(seen.at[1].length, 3);
    ck_assert_uint_eq(seen.at[5].region->start, 0x200000);
    for (size_t i = 0; i < 3; i++)
        memscan_question_destroy(questions[i]);
}
END_TEST

START_TEST(each_question_stays_in_its_own_memory)
{
    uint8_t *data = fake_map(fake, 0x100000, PAGE, RW, MEMSCAN_KIND_DATA);
    uint8_t *constants = fake_map(fake, 0x101000, PAGE, R, MEMSCAN_KIND_RODATA);
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    memscan_question *questions[2];
    sights seen = { 0 };
    memcpy(data + PAGE - 2, "AB", 2); /* "ABCD" across the border, as text and as a number */
    memcpy(constants, "CD", 2);
    memscan_question_parse("i32:0x44434241", MEMSCAN_TYPE_NONE, (memscan_layout){ 8, 0 }, NULL, &questions[0], NULL);
    memscan_question_parse("text:ABCD", MEMSCAN_TYPE_NONE, (memscan_layout){ 8, 0 }, NULL, &questions[1], NULL);
    options.alignment = 1;
    ck_assert_int_eq(
        memscan_find_all(target, (const memscan_question *const *)questions, 2, &options, note, &seen, NULL, NULL),
        MEMSCAN_OK);
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_uint_eq(seen.at[0].question, 1);
    memscan_question_destroy(questions[0]);
    memscan_question_destroy(questions[1]);
}
END_TEST

START_TEST(every_skip_and_every_failure_has_its_name)
{
    memset(fake_map(fake, 0x100000, 16 * PAGE, RW, MEMSCAN_KIND_HEAP), 7, 16 * PAGE);
    fake_map(fake, 0x200000, 2 * PAGE, RW, MEMSCAN_KIND_DEVICE);
    fake_pages(fake, 0x101000, PAGE, MEMSCAN_PAGE_UNTOUCHED);
    fake_pages(fake, 0x102000, 2 * PAGE, MEMSCAN_PAGE_SHARED);
    fake_close_backing(fake, 0x103000, PAGE, MEMSCAN_ABSENT_SHARED);
    fake_pages(fake, 0x104000, PAGE, MEMSCAN_PAGE_SWAPPED);
    fake_pages(fake, 0x105000, PAGE, MEMSCAN_PAGE_GUARD);
    fake_hole(fake, 0x106000, PAGE, MEMSCAN_PROTECTED);
    fake_pages(fake, 0x107000, PAGE, MEMSCAN_PAGE_FILE);
    fake_close_backing(fake, 0x107000, PAGE, MEMSCAN_ABSENT_FILE);
    fake_pages(fake, 0x108000, PAGE, MEMSCAN_PAGE_BLOCKED);
    fake_hole(fake, 0x109000, PAGE, MEMSCAN_FAULTY);
    fake_hole(fake, 0x10a000, PAGE, MEMSCAN_NOT_SAVED);
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    options.filter.skip_swapped = 1;
    sights seen = { 0 };
    memscan_report report;
    ck_assert_int_eq(memscan_find(target, "u8:7", &options, note, &seen, &report, NULL), MEMSCAN_OK);
    check_balance(&report);
    ck_assert_uint_eq(report.asked, 18 * PAGE);
    ck_assert_uint_eq(report.scanned, 7 * PAGE);
    ck_assert_uint_eq(report.matches, 7 * PAGE);
    for (int i = 0; i < MEMSCAN_SKIP_COUNT; i++)
        ck_assert_uint_eq(report.skipped_by[i], i == MEMSCAN_SKIP_DEVICE     ? 2 * PAGE
                                                : i == MEMSCAN_SKIP_VANISHED ? 0
                                                                             : PAGE);
    for (int i = 0; i < MEMSCAN_FAIL_COUNT; i++)
        ck_assert_uint_eq(report.failed_by[i], i == MEMSCAN_FAIL_NOT_REACHED || i == MEMSCAN_FAIL_TOO_HARD ? 0 : PAGE);
    ck_assert_uint_eq(fake_counted(fake).touched + fake_counted(fake).swapped_in, 0);
    /* `all` reads closed shared memory through the target, and nothing else that is absent. */
    options.filter.all = 1;
    options.filter.skip_swapped = 0;
    ck_assert_int_eq(memscan_find(target, "u8:7", &options, note, &seen, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.scanned, 9 * PAGE);
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_ABSENT_SHARED], 0);
    ck_assert_uint_eq(fake_counted(fake).touched, 1);
    ck_assert_uint_eq(fake_counted(fake).swapped_in, 1);
    for (int i = 0; i < MEMSCAN_SKIP_COUNT; i++)
        ck_assert_str_ne(memscan_skip_name((memscan_skip)i), "?");
    for (int i = 0; i < MEMSCAN_FAIL_COUNT; i++)
        ck_assert_str_ne(memscan_fail_name((memscan_fail)i), "?");
    for (int i = 0; i <= MEMSCAN_STOP_ERROR; i++)
        ck_assert_str_ne(memscan_stop_name((memscan_stop)i), "?");
}
END_TEST

/* Not even tried: it is not the platform's answer that keeps us from waiting. */
START_TEST(pages_that_may_keep_a_reader_waiting_are_not_asked_for)
{
    sights seen = { 0 };
    memscan_report report;
    fake_map(fake, 0x100000, 2 * PAGE, RW, MEMSCAN_KIND_HEAP);
    fake_pages(fake, 0x100000, 2 * PAGE, MEMSCAN_PAGE_BLOCKED);
    ck_assert_int_eq(memscan_find(target, "u8:0", NULL, note, &seen, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.failed_by[MEMSCAN_FAIL_BLOCKED], 2 * PAGE);
    ck_assert_uint_eq(fake_counted(fake).transfers, 0);
}
END_TEST

static void unmap_at_read(fake_target *unmapped, fake_operation operation, uint64_t nth, void *context)
{
    (void)context;
    if (operation == FAKE_READ && nth == 1)
        fake_unmap(unmapped, 0x120000);
}

START_TEST(memory_that_vanishes_is_skipped)
{
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    fake_map(fake, 0x100000, UNIT, RW, MEMSCAN_KIND_HEAP);
    fake_map(fake, 0x120000, 3 * PAGE, RW, MEMSCAN_KIND_HEAP);
    fake_map(fake, 0x130000, PAGE, RW, MEMSCAN_KIND_HEAP)[0] = 9;
    fake_hole(fake, 0x101000, PAGE, MEMSCAN_NOT_MAPPED); /* mapped, whatever the platform says */
    fake_on_call(fake, unmap_at_read, NULL);
    options.workers = 1;
    memscan_report report = expect("u8:9", &options, AT(0x130000));
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_VANISHED], 3 * PAGE);
    ck_assert_uint_eq(report.failed_by[MEMSCAN_FAIL_FAULTY], PAGE);
    ck_assert_uint_eq(report.scanned, UNIT);
}
END_TEST

START_TEST(a_limit_ends_the_search)
{
    uint8_t *bytes = fake_map(fake, 0x100000, 64 * UNIT, RW, MEMSCAN_KIND_HEAP);
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    bytes[3 * UNIT + 5] = bytes[3 * UNIT + 9] = bytes[40 * UNIT] = 9;
    for (uint32_t workers = 1; workers <= 4; workers++) {
        sights seen = { 0 };
        memscan_report report;
        options.workers = workers;
        options.limit = 2;
        ck_assert_int_eq(memscan_find(target, "u8:9", &options, note, &seen, &report, NULL), MEMSCAN_OK);
        check_balance(&report);
        ck_assert_uint_eq(seen.count, 2);
        ck_assert_int_eq(report.stopped, MEMSCAN_STOP_LIMIT);
        ck_assert_uint_eq(report.scanned, 3 * UNIT + 10); /* whatever the other workers have read */
        ck_assert_uint_eq(report.failed_by[MEMSCAN_FAIL_NOT_REACHED], 61 * UNIT - 10);
    }
}
END_TEST

START_TEST(the_match_callback_may_stop_it)
{
    memset(fake_map(fake, 0x100000, UNIT, RW, MEMSCAN_KIND_HEAP), 9, UNIT);
    sights seen = { .stop_at = 3 };
    memscan_report report;
    memscan_error error;
    ck_assert_int_eq(memscan_find(target, "u8:9", NULL, note, &seen, &report, &error), MEMSCAN_STOPPED);
    check_balance(&report);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_CALLER);
    ck_assert_uint_eq(report.matches, 3);
    ck_assert_uint_eq(report.scanned, 3);
}
END_TEST

static int use_the_target(const memscan_match *match, void *context)
{
    char place[MEMSCAN_PLACE_MAX];
    uint8_t byte = 0;
    memscan_region region;
    size_t *count = context;
    memscan_place(target, match->address, place, sizeof place);
    ck_assert_str_eq(place, *count ? "game+0xffff" : "game+0x0");
    ck_assert_int_eq(memscan_read(target, match->address, &byte, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(byte, 9);
    ck_assert_int_eq(memscan_region_at(target, 1, &region, NULL), MEMSCAN_UNREADABLE); /* a new snapshot */
    ck_assert_uint_eq(match->region->start, 0x100000);
    ++*count;
    return 0;
}

START_TEST(the_match_callback_may_use_the_target)
{
    uint8_t *bytes = fake_map(fake, 0x100000, 4 * UNIT, RW, MEMSCAN_KIND_DATA);
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    size_t count = 0;
    fake_add_module(fake, 0x100000, 4 * UNIT, "/bin/game");
    bytes[0] = bytes[UNIT - 1] = 9;
    options.workers = 3;
    ck_assert_int_eq(memscan_find(target, "u8:9", &options, use_the_target, &count, NULL, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(count, 2);
}
END_TEST

static void raise_at_read(fake_target *read, fake_operation operation, uint64_t nth, void *context)
{
    (void)read;
    if (operation == FAKE_READ && nth == 5)
        memscan_cancel_raise(context);
}

START_TEST(a_raised_token_cancels)
{
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    memscan_cancel *token = memscan_cancel_create();
    fake_map(fake, 0x100000, 4000 * UNIT, RW, MEMSCAN_KIND_HEAP);
    options.cancel = token;
    fake_on_call(fake, raise_at_read, token);
    sights seen = { 0 };
    memscan_report report;
    ck_assert_int_eq(memscan_find(target, "u8:9", &options, note, &seen, &report, NULL), MEMSCAN_CANCELLED);
    check_balance(&report);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_CANCELLED);
    ck_assert_uint_lt(report.scanned, 4000 * UNIT);
    memscan_cancel_destroy(token);
}
END_TEST

/* Holds the second read until the caller was told of progress twice, or until the search was given up. */
typedef struct tellings {
    unsigned times;
    uint64_t done, total;
    int answer;
    unsigned answer_at;
    memscan_cancel *token; /* raised when enough was told */
} tellings;

static int progress(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    tellings *told = context;
    (void)matches;
    ck_assert_uint_ge(done, told->done);
    ck_assert_uint_le(done, total);
    told->done = done;
    told->total = total;
    return ++told->times == told->answer_at ? told->answer : 0;
}

static void wait_at_read(fake_target *read, fake_operation operation, uint64_t nth, void *context)
{
    (void)read;
    if (operation == FAKE_READ && nth >= 2)
        while (!memscan_cancel_is_raised(context)) {
        }
}

static int raise_after_two(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    tellings *told = context;
    progress(done, total, matches, context);
    if (told->times == 2)
        memscan_cancel_raise(told->token);
    return 0;
}

START_TEST(progress_is_told_while_a_read_hangs)
{
    memscan_cancel *token = memscan_cancel_create();
    tellings told = { .token = token };
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    fake_map(fake, 0x100000, 8 * UNIT, RW, MEMSCAN_KIND_HEAP)[0] = 9;
    fake_on_call(fake, wait_at_read, token);
    options.progress = raise_after_two;
    options.progress_context = &told;
    expect("u8:9", &options, AT(0x100000));
    ck_assert_uint_ge(told.times, 2);
    ck_assert_uint_eq(told.total, 8 * UNIT);
    memscan_cancel_destroy(token);
}
END_TEST

static int answer_stop(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    progress(done, total, matches, context);
    memscan_cancel_raise(((tellings *)context)->token); /* lets the read go on */
    return 1;
}

static int note_first(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    tellings *told = context;
    if (told->times++ == 0)
        progress(done, total, matches, context);
    if (told->times > 2)
        memscan_cancel_raise(told->token);
    return 0;
}

START_TEST(devices_are_done_with_from_the_beginning)
{
    memscan_cancel *token = memscan_cancel_create();
    tellings told = { .token = token };
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    fake_map(fake, 0x100000, 8 * UNIT, RW, MEMSCAN_KIND_HEAP)[0] = 9;
    fake_map(fake, 0x10000000, 5 * UNIT, RW, MEMSCAN_KIND_DEVICE);
    fake_on_call(fake, wait_at_read, token);
    options.progress = note_first;
    options.progress_context = &told;
    memscan_report report = expect("u8:9", &options, AT(0x100000));
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_DEVICE], 5 * UNIT);
    ck_assert_uint_ge(told.done, 5 * UNIT);
    ck_assert_uint_eq(told.total, 13 * UNIT);
    memscan_cancel_destroy(token);
}
END_TEST

START_TEST(progress_may_stop_it)
{
    memscan_cancel *token = memscan_cancel_create();
    tellings told = { .token = token };
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    sights seen = { 0 };
    memscan_report report;
    fake_map(fake, 0x100000, 800 * UNIT, RW, MEMSCAN_KIND_HEAP);
    fake_on_call(fake, wait_at_read, token);
    options.progress = answer_stop;
    options.progress_context = &told;
    ck_assert_int_eq(memscan_find(target, "u8:9", &options, note, &seen, &report, NULL), MEMSCAN_STOPPED);
    check_balance(&report);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_CANCELLED);
    ck_assert_uint_eq(told.times, 1);
    memscan_cancel_destroy(token);
}
END_TEST

/* Lets reads go on when the deadline is certainly over: the search has answered progress for longer. */
static int raise_after_ten(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    tellings *told = context;
    progress(done, total, matches, context);
    if (told->times == 10)
        memscan_cancel_raise(told->token);
    return 0;
}

static void slow_reads(fake_target *read, fake_operation operation, uint64_t nth, void *context)
{
    (void)read;
    (void)nth;
    if (operation == FAKE_READ)
        for (volatile unsigned i = 0; i < 20000 && !memscan_cancel_is_raised(context); i++) {
        }
}

START_TEST(a_deadline_ends_it)
{
    memscan_cancel *token = memscan_cancel_create();
    tellings told = { .token = token };
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    sights seen = { 0 };
    memscan_report report;
    fake_map_sparse(fake, 0x100000, (uint64_t)1 << 34, RW, MEMSCAN_KIND_HEAP);
    fake_pages(fake, 0x100000, (uint64_t)1 << 34, MEMSCAN_PAGE_RESIDENT);
    fake_on_call(fake, slow_reads, token);
    options.timeout_ms = 60;
    options.progress = raise_after_ten;
    options.progress_context = &told;
    ck_assert_int_eq(memscan_find(target, "u8:9", &options, note, &seen, &report, NULL), MEMSCAN_TIMEOUT);
    check_balance(&report);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_TIMEOUT);
    ck_assert_uint_ge(report.nanoseconds, 60000000);
    memscan_cancel_destroy(token);
}
END_TEST

START_TEST(nothing_to_look_for_or_in)
{
    sights seen = { 0 };
    memscan_report report;
    memscan_error error;
    memset(&report, 0xee, sizeof report);
    ck_assert_int_eq(memscan_find_all(target, NULL, 0, NULL, note, &seen, &report, &error), MEMSCAN_INVALID);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_ERROR);
    check_balance(&report);
    memset(&report, 0xee, sizeof report);
    ck_assert_int_eq(memscan_find(target, "i32:oops", NULL, note, &seen, &report, &error), MEMSCAN_INVALID);
    check_balance(&report);
    report = expect("i32:1", NULL, NOWHERE);
    ck_assert_uint_eq(report.asked, 0);
    ck_assert(report.complete);
}
END_TEST

START_TEST(sixty_thousand_small_regions)
{
    for (uint64_t i = 0; i < 60000; i++)
        fake_map(fake, 0x10000000 + i * 2 * PAGE, PAGE, RW, MEMSCAN_KIND_ANON)[i % PAGE] = 9;
    sights seen = { 0 };
    memscan_report report;
    ck_assert_int_eq(memscan_find(target, "u8:9", NULL, note, &seen, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.matches, 60000);
    ck_assert_uint_eq(report.scanned, (uint64_t)60000 * PAGE);
    ck_assert_uint_le(fake_counted(fake).calls[FAKE_READ], 60000 * PAGE / UNIT + 1);
}
END_TEST

static int count_only(const memscan_match *match, void *context)
{
    uint64_t *before = context;
    ck_assert(match->address >= *before);
    *before = match->address;
    return 0;
}

START_TEST(memory_stays_bounded_however_many_match)
{
    counting_allocator counting;
    memscan_target *counted;
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    memscan_report report;
    uint64_t before = 0;
    counting_allocator_init(&counting);
    memset(fake_map(fake, 0x100000, 32 * UNIT, RW, MEMSCAN_KIND_HEAP), 9, 32 * UNIT);
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, &counting.allocator, &counted, NULL), MEMSCAN_OK);
    options.workers = 2;
    ck_assert_int_eq(memscan_find(counted, "u8:9", &options, count_only, &before, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.matches, 32 * UNIT);
    ck_assert_int_lt(atomic_load(&counting.peak_bytes), 24 * UNIT); /* two million matches */
    memscan_close(counted);
    ck_assert_int_eq(atomic_load(&counting.blocks), 0);
    ck_assert_int_eq(atomic_load(&counting.wrong_sizes), 0);
}
END_TEST

static int read_it_again(const memscan_match *match, void *context)
{
    uint8_t byte;
    return memscan_read(*(memscan_target **)context, match->address, &byte, 1, NULL) != MEMSCAN_OK;
}

/* The fake counts a breach when more threads than allowed are in it, those of callbacks among them. */
START_TEST(no_more_readers_than_the_platform_takes)
{
    memset(fake_map(fake, 0x100000, 64 * UNIT, RW, MEMSCAN_KIND_HEAP), 0, 64 * UNIT);
    for (uint32_t most = 1; most <= 3; most++) {
        memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
        memscan_target *narrow;
        memscan_report report;
        fake_set(fake)->max_readers = most;
        ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &narrow, NULL), MEMSCAN_OK);
        options.workers = 8;
        options.limit = 5000;
        ck_assert_int_eq(memscan_find(narrow, "u8:0", &options, read_it_again, &narrow, &report, NULL), MEMSCAN_OK);
        ck_assert_uint_eq(report.matches, 5000);
        ck_assert_uint_le(fake_counted(fake).peak_readers, most);
        memscan_close(narrow);
    }
}
END_TEST

/* A target with a bit of everything, for the tests that let things fail. */
static fake_target *busy_fake(void)
{
    fake_target *busy = fake_create();
    uint8_t *bytes = fake_map(busy, 0x100000, 6 * UNIT, RW, MEMSCAN_KIND_HEAP);
    for (size_t i = 0; i < 6 * UNIT; i += 5000)
        bytes[i] = 9;
    fake_describe(busy, 0x100000, 0, "[heap]");
    fake_map(busy, 0x200000, PAGE, RW, MEMSCAN_KIND_ANON);
    fake_hole(busy, 0x111000, PAGE, MEMSCAN_FAULTY);
    fake_pages(busy, 0x120000, 3 * PAGE, MEMSCAN_PAGE_UNTOUCHED);
    fake_pages(busy, 0x130000, 3 * PAGE, MEMSCAN_PAGE_SHARED);
    return busy;
}

/* Whether the nth call since `before` was made: then it failed, or found the target gone. */
static bool was_struck(fake_target *busy, uint64_t before, uint64_t nth)
{
    return fake_counted(busy).total - before >= nth;
}

/* The loops below end where no call is left to fail: it takes so many at least. */
enum { LEAST_CALLS = 8 };

START_TEST(death_at_every_call)
{
    for (uint32_t workers = 1; workers <= 3; workers++) {
        bool struck = true;
        uint64_t nth = 1;
        for (; struck; nth++) {
            fake_target *busy = busy_fake();
            memscan_target *opened;
            memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
            memscan_report report;
            memscan_error error = { .status = MEMSCAN_OK };
            uint64_t last = 0;
            options.workers = workers;
            ck_assert_int_eq(fake_open(busy, MEMSCAN_READ, NULL, &opened, NULL), MEMSCAN_OK);
            uint64_t before = fake_counted(busy).total;
            fake_die_at(busy, nth);
            memscan_status status = memscan_find(opened, "u8:9", &options, count_only, &last, &report, &error);
            struck = was_struck(busy, before, nth);
            ck_assert_msg(status == (struck ? MEMSCAN_GONE : MEMSCAN_OK), "call %d: %d", (int)nth, status);
            ck_assert_int_eq(error.status, status);
            ck_assert_int_eq(report.stopped, status ? MEMSCAN_STOP_GONE : MEMSCAN_STOP_NONE);
            check_balance(&report);
            memscan_close(opened);
            fake_destroy(busy);
            ck_assert_uint_lt(nth, 100);
        }
        ck_assert_uint_gt(nth, LEAST_CALLS + 1);
    }
}
END_TEST

/* A read whose target is gone may move bytes that are nobody's: the question asked after it keeps them from being shown. */
START_TEST(what_was_not_proved_is_never_shown)
{
    bool struck = true;
    uint64_t nth = 1;
    for (; struck; nth++) { /* the last one: it lives; no such byte is there */
        fake_target *busy = busy_fake();
        memscan_target *opened;
        memscan_report report;
        uint64_t shown = 0;
        ck_assert_int_eq(fake_open(busy, MEMSCAN_READ, NULL, &opened, NULL), MEMSCAN_OK);
        uint64_t before = fake_counted(busy).total;
        fake_die_at(busy, nth);
        memscan_status status = memscan_find(opened, "u8:90", NULL, count_only, &shown, &report, NULL);
        struck = was_struck(busy, before, nth);
        ck_assert_int_eq(status, struck ? MEMSCAN_GONE : MEMSCAN_OK);
        ck_assert_uint_eq(shown, 0);
        ck_assert_uint_eq(report.matches, 0);
        memscan_close(opened);
        fake_destroy(busy);
    }
    ck_assert_uint_gt(nth, LEAST_CALLS + 1);
}
END_TEST

START_TEST(any_call_may_fail)
{
    bool struck = true;
    uint64_t nth = 1;
    for (; struck; nth++) {
        fake_target *busy = busy_fake();
        memscan_target *opened;
        memscan_report report;
        uint64_t last = 0;
        ck_assert_int_eq(fake_open(busy, MEMSCAN_READ, NULL, &opened, NULL), MEMSCAN_OK);
        uint64_t before = fake_counted(busy).total;
        fake_fail_at(busy, nth, MEMSCAN_IO);
        memscan_status status = memscan_find(opened, "u8:9", NULL, count_only, &last, &report, NULL);
        struck = was_struck(busy, before, nth);
        ck_assert_msg(status == (struck ? MEMSCAN_IO : MEMSCAN_OK), "call %d: %d", (int)nth, status);
        ck_assert_int_eq(report.stopped, status ? MEMSCAN_STOP_ERROR : MEMSCAN_STOP_NONE);
        check_balance(&report);
        memscan_close(opened);
        fake_destroy(busy);
        ck_assert_uint_lt(nth, 100);
    }
    ck_assert_uint_gt(nth, LEAST_CALLS + 1);
}
END_TEST

/* Everything a caller does with a target, with an allocator that fails. Returns what failed, or OK. */
static memscan_status live_with(fake_target *busy, const memscan_allocator *allocator, uint64_t *matches)
{
    memscan_target *opened;
    memscan_report report;
    uint64_t before = 0, resolved;
    uint8_t value[4] = { 1, 2, 3, 4 }, buffer[3 * PAGE];
    char place[MEMSCAN_PLACE_MAX];
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    memscan_error error = { .status = MEMSCAN_OK };
    memscan_status status = fake_open(busy, MEMSCAN_WRITE, allocator, &opened, &error);
    if (status)
        return error.status;
    options.workers = 2;
    status = memscan_find(opened, "u8:9", &options, count_only, &before, &report, &error);
    check_balance(&report);
    *matches = report.matches;
    if (!status)
        status = memscan_write(opened, 0x1ffffe, value, 4, NULL, &error) == MEMSCAN_NO_MEMORY ? MEMSCAN_NO_MEMORY
                                                                                              : MEMSCAN_OK;
    if (!status)
        status = memscan_write(opened, 0x200010, value, 4, NULL, &error);
    if (!status)
        status = memscan_read_partial(opened, 0x110000, buffer, sizeof buffer, 0, NULL, NULL, &error);
    if (!status)
        status = memscan_resolve(opened, "[heap]+8", &resolved, &error);
    memscan_place(opened, 0x100010, place, sizeof place);
    memscan_close(opened);
    ck_assert(status == MEMSCAN_OK || error.status == status);
    return status;
}

/* As many as a search of a single question takes at least. */
enum { LEAST_ALLOCATIONS = 40 };

START_TEST(any_allocation_may_fail)
{
    uint64_t all_matches = 0, matches = 0;
    fake_target *busy = busy_fake();
    ck_assert_int_eq(live_with(busy, NULL, &all_matches), MEMSCAN_OK);
    fake_destroy(busy);
    bool struck = true;
    uint64_t nth = 1;
    for (; struck; nth++) {
        counting_allocator counting;
        counting_allocator_init(&counting);
        atomic_store(&counting.fail_at, nth);
        busy = busy_fake();
        memscan_status status = live_with(busy, &counting.allocator, &matches);
        struck = atomic_load(&counting.requests) >= nth;
        ck_assert_msg(status == MEMSCAN_OK || (struck && status == MEMSCAN_NO_MEMORY), "allocation %d: %d", (int)nth,
                      status);
        ck_assert(status != MEMSCAN_OK || matches == all_matches);
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        ck_assert_int_eq(atomic_load(&counting.wrong_sizes), 0);
        ck_assert_uint_eq(fake_counted(busy).open_states, 0);
        fake_destroy(busy);
    }
    ck_assert_uint_gt(nth, LEAST_ALLOCATIONS + 1);
}
END_TEST

/* Texts that are judged together, each with room of its own for its marks: one that is refused is not forgotten over others. */
START_TEST(no_text_is_lost_when_memory_runs_out)
{
    enum { TEXTS = 12 }; /* more than are judged one by one */
    static const char *const texts[TEXTS] = { "text:alpha", "text:bravo",   "text:charlie", "text:delta",
                                              "text:echo_", "text:foxtrot", "text:golf_",   "text:hotel",
                                              "text:india", "text:juliett", "text:kilo_",   "text:limabean" };
    bool struck = true;
    uint64_t nth = 1;
    for (; struck; nth++) { /* the last one: nothing failed */
        counting_allocator counting;
        memscan_question *questions[TEXTS];
        memscan_target *opened;
        memscan_report report;
        uint64_t last = 0;
        fake_target *told = fake_create();
        uint8_t *bytes = fake_map(told, 0x10000, 0x1000, MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, MEMSCAN_KIND_ANON);
        for (int i = 0; i < TEXTS; i++) {
            memcpy(bytes + 64 * i, texts[i] + 5, strlen(texts[i] + 5));
            ck_assert_int_eq(memscan_question_parse(texts[i], MEMSCAN_TYPE_NONE, (memscan_layout){ 8, 0 }, NULL,
                                                    &questions[i], NULL),
                             MEMSCAN_OK);
        }
        memcpy(bytes + 64 * TEXTS, "alpha", 5); /* once more, when its marks have room already */
        counting_allocator_init(&counting);
        ck_assert_int_eq(fake_open(told, MEMSCAN_READ, &counting.allocator, &opened, NULL), MEMSCAN_OK);
        uint64_t before = atomic_load(&counting.requests);
        atomic_store(&counting.fail_at, before + nth);
        memscan_status status = memscan_find_all(opened, (const memscan_question *const *)questions, TEXTS, NULL,
                                                 count_only, &last, &report, NULL);
        struck = atomic_load(&counting.requests) - before >= nth;
        ck_assert_msg(status == MEMSCAN_OK ? report.matches == TEXTS + 1 : struck && status == MEMSCAN_NO_MEMORY,
                      "allocation %d: %d", (int)nth, status);
        memscan_close(opened);
        fake_destroy(told);
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        ck_assert_int_eq(atomic_load(&counting.wrong_sizes), 0);
        for (int i = 0; i < TEXTS; i++)
            memscan_question_destroy(questions[i]);
    }
    ck_assert_uint_gt(nth, LEAST_ALLOCATIONS + TEXTS + 1);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("find");
    TCase *tests = tcase_create("find");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, first_and_last_bytes);
    tcase_add_test(tests, the_ends_of_the_address_space);
    tcase_add_test(tests, a_match_may_straddle_units_pages_and_touching_regions);
    tcase_add_loop_test(tests, shards_share_the_work_out, 1, 5);
    tcase_add_test(tests, nothing_is_matched_across_what_was_not_read);
    tcase_add_test(tests, numbers_in_writable_memory_bytes_in_all);
    tcase_add_test(tests, several_questions_in_one_pass);
    tcase_add_test(tests, each_question_stays_in_its_own_memory);
    tcase_add_test(tests, every_skip_and_every_failure_has_its_name);
    tcase_add_test(tests, pages_that_may_keep_a_reader_waiting_are_not_asked_for);
    tcase_add_test(tests, memory_that_vanishes_is_skipped);
    tcase_add_test(tests, a_limit_ends_the_search);
    tcase_add_test(tests, the_match_callback_may_stop_it);
    tcase_add_test(tests, the_match_callback_may_use_the_target);
    tcase_add_test(tests, a_raised_token_cancels);
    tcase_add_test(tests, progress_is_told_while_a_read_hangs);
    tcase_add_test(tests, devices_are_done_with_from_the_beginning);
    tcase_add_test(tests, progress_may_stop_it);
    tcase_add_test(tests, a_deadline_ends_it);
    tcase_add_test(tests, nothing_to_look_for_or_in);
    tcase_add_test(tests, sixty_thousand_small_regions);
    tcase_add_test(tests, memory_stays_bounded_however_many_match);
    tcase_add_test(tests, no_more_readers_than_the_platform_takes);
    tcase_add_test(tests, death_at_every_call);
    tcase_add_test(tests, what_was_not_proved_is_never_shown);
    tcase_add_test(tests, any_call_may_fail);
    tcase_add_test(tests, any_allocation_may_fail);
    tcase_add_test(tests, no_text_is_lost_when_memory_runs_out);
    suite_add_tcase(suite, tests);
    return suite;
}
