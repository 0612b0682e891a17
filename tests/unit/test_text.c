/* test_text.c - bounded text, strict numbers, and what a terminal is shown of a target's names. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include <memscan/base.h>

#include "libmemscan/base/error.h"
#include "libmemscan/base/text.h"
#include "random.h"

START_TEST(numbers_are_strict)
{
    static const struct {
        const char *text;
        bool valid;
        uint64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "18446744073709551615", true, UINT64_MAX },
        { "18446744073709551616", false, 0 },
        { "0xff", true, 255 },
        { "0xFFFFFFFFFFFFFFFF", true, UINT64_MAX },
        { "0x10000000000000000", false, 0 },
        { "", false, 0 },
        { "0x", false, 0 },
        { "-1", false, 0 },
        { "+1", false, 0 },
        { " 1", false, 0 },
        { "1 ", false, 0 },
        { "12a", false, 0 },
        { "0xg", false, 0 },
        { "007", true, 7 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t value = 0;
        ck_assert_msg(ms_parse_u64(cases[i].text, strlen(cases[i].text), &value) == cases[i].valid, "%s",
                      cases[i].text);
        ck_assert_msg(value == cases[i].value, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(names_are_escaped)
{
    static const struct {
        const char *raw, *shown;
    } cases[] = {
        { "plain name", "plain name" },
        { "grün", "grün" },
        { "C:\\windows\\user\\xray", "C:\\windows\\user\\xray" },
        { "a\\", "a\\" },
        { "a\\\\b", "a\\\\\\b" },
        { "\\x41 \\x4g \\u{41} \\u41", "\\\\x41 \\x4g \\\\u{41} \\u41" },
        { "\033[31mred\r\n", "\\x1b[31mred\\x0d\\x0a" },
        { "\xff\xc0\x80", "\\xff\\xc0\\x80" },
        { "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* a surrogate */
        { "a\xe2\x80\xae"
          "b",
          "a\\u{202e}b" }, /* right-to-left override */
        { "\xc2\x9b"
          "1m",
          "\\u{9b}1m" },                /* C1 control sequence introducer */
        { "x\xe2\x82", "x\\xe2\\x82" }, /* cut in the middle */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[128];
        size_t length = memscan_escape(cases[i].raw, out, sizeof out);
        ck_assert_str_eq(out, cases[i].shown);
        ck_assert_uint_eq(length, strlen(cases[i].shown));
    }
}
END_TEST

START_TEST(escaping_never_overflows_and_says_when_cut)
{
    char out[16];
    for (size_t capacity = 0; capacity <= sizeof out; capacity++) {
        memset(out, '#', sizeof out);
        ck_assert_uint_eq(memscan_escape("abcdef\001ghij", out, capacity), 14);
        for (size_t i = capacity; i < sizeof out; i++)
            ck_assert_int_eq(out[i], '#');
        if (capacity)
            ck_assert_uint_lt(strlen(out), capacity);
        if (capacity >= 4 && capacity < 15)
            ck_assert_str_eq(out + strlen(out) - 3, "...");
    }
    ck_assert_str_eq(out, "abcdef\\x01ghij");
}
END_TEST

START_TEST(bounded_text_counts_what_does_not_fit)
{
    char out[8];
    ms_text text;
    ms_text_init(&text, out, sizeof out);
    ms_text_add(&text, "abcd");
    ms_text_format(&text, "%d", 123456);
    ck_assert_str_eq(out, "abcd123");
    ck_assert_uint_eq(text.length, 10);
}
END_TEST

/* One number, behind other text, in rooms of every size: whole, or cut where the room ends, and nothing is written behind it. */
static void check_number(uint64_t number, void (*add)(ms_text *text, uint64_t number), const char *digits)
{
    for (size_t before = 0; before < 4; before++)
        for (size_t capacity = 1; capacity < 32; capacity++) {
            char whole[48], out[40];
            ms_text text;
            size_t length = (size_t)snprintf(whole, sizeof whole, "%.*s%s", (int)before, "abc", digits);
            memset(out, '#', sizeof out);
            ms_text_init(&text, out, capacity);
            ms_text_add_bytes(&text, "abc", before);
            add(&text, number);
            ck_assert_uint_eq(text.length, length);
            ck_assert_int_eq(strncmp(out, whole, capacity - 1), 0);
            ck_assert_uint_eq(strlen(out), length < capacity ? length : capacity - 1);
            for (size_t i = capacity; i < sizeof out; i++)
                ck_assert_int_eq(out[i], '#');
        }
}

START_TEST(numbers_are_written_as_printf_would)
{
    uint64_t seed = 20261130;
    for (unsigned bits = 0; bits <= 64; bits++)
        for (unsigned i = 0; i < 8; i++) {
            uint64_t limit = bits < 64 ? UINT64_C(1) << bits : 0;
            uint64_t number = i < 2 ? limit - i : test_random(&seed) & (limit - 1);
            char whole[48];
            snprintf(whole, sizeof whole, "%llu", (unsigned long long)number);
            check_number(number, ms_text_add_decimal, whole);
            snprintf(whole, sizeof whole, "0x%llx", (unsigned long long)number);
            check_number(number, ms_text_add_hex, whole);
        }
}
END_TEST

/* The numbers are for good (docs/abi.md), and so are the words, which JSON carries. */
START_TEST(every_status_has_a_word_of_its_own)
{
    static const char *const words[] = { "ok",       "no_memory",     "invalid",    "not_found", "denied",
                                         "gone",     "not_supported", "busy",       "cancelled", "stopped",
                                         "corrupt",  "limit",         "io",         "timeout",   "os",
                                         "mismatch", "unreadable",    "unwritable", "ambiguous", "changed_since" };
    int count = (int)(sizeof words / sizeof words[0]);
    for (int i = 0; i < count; i++)
        ck_assert_str_eq(memscan_status_name((memscan_status)-i), words[i]);
    ck_assert_str_eq(memscan_status_name((memscan_status)-count), "unknown");
    ck_assert_str_eq(memscan_status_name((memscan_status)1), "unknown");
}
END_TEST

START_TEST(failures_are_filled_in_whole_and_cut_to_their_room)
{
    memscan_error error;
    memset(&error, 0xa5, sizeof error);
    ck_assert_int_eq(ms_fail_os(&error, MEMSCAN_IO, 28, "%0300d", 7), MEMSCAN_IO);
    ck_assert_int_eq(error.status, MEMSCAN_IO);
    ck_assert_int_eq(error.os_code, 28);
    ck_assert_uint_eq(error.address, 0);
    ck_assert_uint_eq(strlen(error.text), sizeof error.text - 1);
    ck_assert_str_eq(error.hint, ""); /* of an earlier failure nothing is left */
    ms_hint(&error, "%s", "free some space");
    ck_assert_str_eq(error.hint, "free some space");
    ck_assert_int_eq(ms_fail_at(&error, MEMSCAN_UNREADABLE, 0x1234, "there"), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(error.address, 0x1234);
    ck_assert_str_eq(error.hint, "");
    ck_assert_int_eq(ms_fail_memory(NULL), MEMSCAN_NO_MEMORY); /* nobody wants to know */
    ms_hint(NULL, "%s", "nothing");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_test(tests, numbers_are_strict);
    tcase_add_test(tests, every_status_has_a_word_of_its_own);
    tcase_add_test(tests, failures_are_filled_in_whole_and_cut_to_their_room);
    tcase_add_test(tests, names_are_escaped);
    tcase_add_test(tests, escaping_never_overflows_and_says_when_cut);
    tcase_add_test(tests, bounded_text_counts_what_does_not_fit);
    tcase_add_test(tests, numbers_are_written_as_printf_would);
    suite_add_tcase(suite, tests);
    return suite;
}
