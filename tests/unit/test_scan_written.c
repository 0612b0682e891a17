/* test_scan_written.c - next scans of which a platform tells what was written: only that is read, and what is found is what a
 * loop over all bytes finds, at the borders of pages and blocks above all. A session that reads everything says the same. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include <memscan/scan.h>

#include "fake_platform.h"
#include "random.h"

enum { PAGE = 0x1000, PAGES = 70, SIZE = PAGES * PAGE, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE };
#define BASE UINT64_C(0x13000) /* no multiple of a block */

static fake_target *fake;
static memscan_target *target;
static memscan_scan *tracked, *plain;
static uint8_t *bytes, then[SIZE];
static uint64_t state = 9;

static memscan_scan *create(uint32_t track, uint64_t alignment, uint32_t workers)
{
    memscan_scan *made;
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    options.track = track;
    options.alignment = alignment;
    options.workers = workers;
    ck_assert_int_eq(memscan_scan_create(target, &options, &made, NULL), MEMSCAN_OK);
    return made;
}

/* Pages of every sort that a block's bytes may be kept as: noise, half zeros, all zeros, one value. */
static void fill(void)
{
    for (unsigned page = 0; page < PAGES; page++)
        for (unsigned i = 0; i < PAGE; i++) {
            uint8_t drawn = (uint8_t)test_random(&state), sort = (uint8_t)(page / 17);
            bytes[page * PAGE + i] = sort == 0   ? (uint8_t)(drawn | 1)
                                     : sort == 1 ? (drawn & 1 ? drawn : 0)
                                     : sort == 2 ? 0
                                                 : (uint8_t)(i % 4);
        }
}

static void begin(uint64_t alignment)
{
    fake = fake_create();
    bytes = fake_map(fake, BASE, SIZE, RW, MEMSCAN_KIND_HEAP);
    fill();
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    tracked = create(MEMSCAN_TRACK_OPEN, alignment, 2);
    plain = create(MEMSCAN_TRACK_NONE, alignment, 2);
}

static void end(void)
{
    memscan_scan_destroy(plain);
    memscan_scan_destroy(tracked);
    memscan_close(target);
    ck_assert_msg(fake_counted(fake).breaches == 0, "%s", fake_counted(fake).breach);
    fake_destroy(fake);
}

static void first_both(const char *expression)
{
    ck_assert_int_eq(memscan_scan_first(tracked, expression, NULL, NULL, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_first(plain, expression, NULL, NULL, NULL), MEMSCAN_OK);
    memcpy(then, bytes, SIZE);
}

/* The bytes that the tracked one did not read. */
static uint64_t next_both(const char *expression)
{
    memscan_report spared, whole;
    ck_assert_int_eq(memscan_scan_next(tracked, expression, &spared, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_next(plain, expression, &whole, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(spared.matches, whole.matches);
    return spared.unwritten;
}

static void expect_same(const char *when)
{
    memscan_cursor left = MEMSCAN_CURSOR_INIT, right = MEMSCAN_CURSOR_INIT;
    memscan_scan_match a, b;
    while (memscan_scan_each(plain, &right, &b)) {
        ck_assert_msg(memscan_scan_each(tracked, &left, &a), "%s: %#llx is missing", when,
                      (unsigned long long)b.address);
        ck_assert_msg(a.address == b.address && a.types == b.types && !memcmp(a.bytes, b.bytes, b.length),
                      "%s: %#llx and not %#llx", when, (unsigned long long)a.address, (unsigned long long)b.address);
    }
    ck_assert_msg(!memscan_scan_each(tracked, &left, &a), "%s: %#llx is too much", when, (unsigned long long)a.address);
}

/* The tracked one has, of values of `width` bytes, just those that `then` and the bytes of now differ in. */
static void expect_changed(unsigned width, unsigned stride)
{
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_scan_match match;
    for (uint64_t at = 0; at + width <= SIZE; at += stride) {
        if (!memcmp(bytes + at, then + at, width))
            continue;
        ck_assert_msg(memscan_scan_each(tracked, &cursor, &match), "%#llx is missing", (unsigned long long)(BASE + at));
        ck_assert_uint_eq(match.address, BASE + at);
        ck_assert_mem_eq(match.bytes, bytes + at, width);
    }
    ck_assert(!memscan_scan_each(tracked, &cursor, &match));
}

static void change(uint64_t offset)
{
    bytes[offset] = (uint8_t)(bytes[offset] + 1 + test_random(&state) % 255);
}

/* One byte at a time, on either side of each border of a page and of a block. */
static void at_each_border(const char *expression, unsigned width, unsigned stride)
{
    static const int around[] = { -9, -8, -5, -4, -3, -2, -1, 0, 1, 3, 7, 8, 63, 64 };
    begin(stride);
    for (unsigned page = 0; page <= PAGES; page += page % 16 >= 13 || page % 16 <= 2 ? 1 : 5)
        for (size_t i = 0; i < sizeof around / sizeof around[0]; i++) {
            int64_t offset = (int64_t)page * PAGE + around[i];
            if (offset < 0 || offset >= SIZE)
                continue;
            first_both(expression);
            change((uint64_t)offset);
            uint64_t spared = next_both("changed");
            ck_assert_uint_ge(spared, SIZE - PAGE);
            expect_changed(width, stride);
            expect_same("one byte");
        }
    end();
}

START_TEST(aligned_values_at_each_border)
{
    at_each_border("i32:unknown", 4, 4);
}
END_TEST

START_TEST(values_that_straddle_at_each_border)
{
    at_each_border("i64:unknown", 8, 1);
    at_each_border("i16:unknown", 2, 1); /* one byte of the next page is all that a block holds of it */
}
END_TEST

/* Several pages, and again where the blocks are what is left; `since` goes back to the whole ones. */
static void many_rounds(const char *expression, uint64_t alignment)
{
    begin(alignment);
    for (int round = 0; round < 60; round++) {
        first_both(expression);
        for (uint64_t i = 1 + test_random(&state) % 12; i > 0; i--)
            change(test_random(&state) % 3 ? test_random(&state) % SIZE
                                           : test_random(&state) % PAGES * PAGE + test_random(&state) % 8);
        ck_assert_uint_gt(next_both(round % 3 ? "changed" : "increased"), 0);
        expect_same("changed");
        for (uint64_t i = test_random(&state) % 40; i > 0; i--)
            change(test_random(&state) % SIZE);
        (void)next_both(round % 2 ? "unchanged" : "changed");
        expect_same("once more");
        (void)next_both("changed since first");
        expect_same("since first");
    }
    end();
}

START_TEST(numbers_in_many_rounds)
{
    many_rounds("num:unknown", 1);
    many_rounds("num:unknown", 0);
    many_rounds("f64:unknown", 2);
}
END_TEST

/* Matches that are not at every place: whole blocks are unpacked, and only what was written is judged. */
START_TEST(matches_at_some_places)
{
    begin(1);
    for (int round = 0; round < 120; round++) {
        first_both(round % 2 ? "u16:0..16000" : "i64:0..4611686018427387904");
        for (uint64_t i = 1 + test_random(&state) % 12; i > 0; i--)
            change(test_random(&state) % PAGES * PAGE + test_random(&state) % 3);
        ck_assert_uint_gt(next_both("changed"), 0);
        expect_same("some places");
        (void)next_both("unchanged");
        expect_same("once more");
    }
    end();
}
END_TEST

/* What is written is read, and nothing else, however the blocks lie. */
START_TEST(only_what_was_written_is_read)
{
    begin(0);
    first_both("i32:unknown");
    change(3 * PAGE + 8);
    change(4 * PAGE + 8);
    change(40 * PAGE);
    fake_forget_counts(fake);
    ck_assert_int_eq(memscan_scan_next(tracked, "changed", NULL, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(fake_counted(fake).bytes, 3 * PAGE);
    ck_assert_uint_eq(memscan_scan_count(tracked), 3);
    end();
}
END_TEST

/* A value that reaches into memory that could not be read stays with all its bytes, also those of a page that was read: they are
 * compared again. */
START_TEST(a_value_that_reaches_into_a_hole)
{
    begin(1);
    first_both("i64:unknown");
    bytes[20 * PAGE - 1] ^= 0x55;
    fake_hole(fake, BASE + 20 * PAGE, PAGE, MEMSCAN_PROTECTED);
    next_both("changed");
    expect_same("beside the hole");
    fake_hole(fake, BASE + 20 * PAGE, PAGE, MEMSCAN_WHOLE);
    next_both("changed");
    expect_same("when it is no hole any more");
    ck_assert_uint_eq(memscan_scan_count(tracked), 8);
    end();
}
END_TEST

/* Some pages become what cannot be read, or what may not be, or all is well again. */
static void change_ground(void)
{
    uint64_t page = test_random(&state) % PAGES, count = 1 + test_random(&state) % 3;
    uint64_t start = BASE + page * PAGE, size = (page + count > PAGES ? PAGES - page : count) * PAGE;
    switch (test_random(&state) % 8) {
    case 0: fake_hole(fake, start, size, MEMSCAN_PROTECTED); break;
    case 1: fake_hole(fake, BASE, SIZE, MEMSCAN_WHOLE); break;
    case 2: fake_pages(fake, start, size, MEMSCAN_PAGE_SWAPPED); break;
    case 3: fake_pages(fake, start, size, MEMSCAN_PAGE_BLOCKED); break;
    case 4: fake_pages(fake, start, size, MEMSCAN_PAGE_GUARD); break;
    case 5: fake_pages(fake, BASE, SIZE, MEMSCAN_PAGE_RESIDENT); break;
    default: break;
    }
}

START_TEST(any_ground_in_many_rounds)
{
    static const char *const firsts[] = { "num:unknown", "i64:unknown",  "i16:unknown",
                                          "f64:unknown", "i32:unknown",  "u16:0..16000",
                                          "num:0..100",  "hex:0? ?? 0?", "i64:0..4611686018427387904" };
    static const char *const nexts[] = {
        "changed", "changed", "changed", "unchanged", "increased", "decreased", "changed since first"
    };
    static const uint64_t alignments[] = { 0, 1, 1, 2, 4 };
    for (unsigned sequence = 0; sequence < 60; sequence++) {
        begin(alignments[test_random(&state) % 5]);
        const char *first = firsts[test_random(&state) % 9];
        unsigned asked = strncmp(first, "hex", 3) == 0 ? 4 : 7; /* bytes are not larger than others */
        first_both(first);
        for (unsigned round = 0, steps = 0; round < 12 && memscan_scan_count(plain) > 0; round++, steps++) {
            char when[64];
            for (uint64_t i = test_random(&state) % 12; i > 0; i--)
                change(test_random(&state) % 3
                           ? test_random(&state) % SIZE
                           : (test_random(&state) % PAGES * PAGE + SIZE - 4 + test_random(&state) % 8) % SIZE);
            change_ground();
            if (steps > 0 && test_random(&state) % 7 == 0) {
                ck_assert_int_eq(memscan_scan_undo(tracked, NULL), MEMSCAN_OK);
                ck_assert_int_eq(memscan_scan_undo(plain, NULL), MEMSCAN_OK);
                steps--;
            }
            (void)next_both(nexts[test_random(&state) % asked]);
            snprintf(when, sizeof when, "sequence %u, round %u", sequence, round);
            expect_same(when);
        }
        end();
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("scan written");
    TCase *tests = tcase_create("written");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, aligned_values_at_each_border);
    tcase_add_test(tests, values_that_straddle_at_each_border);
    tcase_add_test(tests, numbers_in_many_rounds);
    tcase_add_test(tests, matches_at_some_places);
    tcase_add_test(tests, a_value_that_reaches_into_a_hole);
    tcase_add_test(tests, any_ground_in_many_rounds);
    tcase_add_test(tests, only_what_was_written_is_read);
    suite_add_tcase(suite, tests);
    return suite;
}
