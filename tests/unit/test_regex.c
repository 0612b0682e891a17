/* test_regex.c - regular expressions: which there are, what they match, how long matches may be, and what is told of
 * bytes that cannot be judged in bounded time. Expected matches were written down by hand. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include <memscan/memscan.h>

#include "fake_platform.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/pattern/regex.h"

enum { R = MEMSCAN_PROT_READ, PAGE = 0x1000, UNIT = 0x10000, BASE = 0x100000, MOST = 64 };

/* ---- the language ---- */

#ifdef MEMSCAN_WITH_PCRE2
static memscan_status parse(const char *text, ms_regex **regex, memscan_error *error)
{
    return ms_regex_parse(text, strlen(text), &ms_default_allocator, regex, error);
}

/* The matches in `text`, as "at+length at+length ". */
static const char *matches(const char *expression, const void *bytes, size_t length)
{
    static char told[4096];
    ms_regex *regex;
    memscan_error error;
    size_t used = 0, from = 0;
    ck_assert_msg(parse(expression, &regex, &error) == MEMSCAN_OK, "%s: %s", expression, error.text);
    ms_regex_scratch *scratch = ms_regex_scratch_create(&ms_default_allocator);
    ck_assert_ptr_nonnull(scratch);
    told[0] = '\0';
    while (from < length) {
        ms_regex_span span;
        size_t before = from;
        ms_regex_answer answer = ms_regex_step(regex, scratch, bytes, length, &from, length, &span);
        ck_assert_int_ne(answer, MS_REGEX_TOO_HARD);
        ck_assert_uint_gt(from, before);
        if (answer == MS_REGEX_FOUND)
            used += (size_t)snprintf(told + used, sizeof told - used, "%zu+%zu ", span.at, span.length);
        ck_assert_uint_lt(used, sizeof told - 64);
    }
    ms_regex_scratch_destroy(scratch);
    ms_regex_destroy(regex);
    return told;
}

START_TEST(what_matches_where)
{
    static const struct {
        const char *expression, *bytes, *told;
    } cases[] = {
        { "gold: [0-9]+", "xgold: 120,gold: 7,gold: ", "1+9 11+7 " },
        { "[0-9]+ coins", "12 coins 7 coin 3 coins", "0+8 16+7 " },
        { "a|bc", "abcbac", "0+1 1+2 4+1 " },
        { "(ab)+", "ababxab", "0+4 5+2 " },
        { "(?:ab){2}", "abababab", "0+4 4+4 " },
        { "a.c", "a\nc abc", "0+3 4+3 " }, /* the dot is any byte */
        { "(?-s)a.c", "a\nc abc", "4+3 " },
        { "(?i)Gold", "gOLD gold", "0+4 5+4 " },
        { "a(?i:b)c", "aBc abC abc", "0+3 8+3 " },
        { "a+?b", "aaab", "0+4 " },
        { "a{2,3}", "aaaaa", "0+3 3+2 " },
        { "a{2,3}?", "aaaaa", "0+2 2+2 " },
        { "a*", "baab", "1+2 " }, /* a match is never empty */
        { "[]x]+", "a]x]", "1+3 " },
        { "[^a-y]+", "azzb", "1+2 " },
        { "[[:digit:]]{2}", "1 23", "2+2 " },
        { "\\d\\D\\w\\W\\s\\S", "1a_- x", "0+6 " },
        { "\\x41\\x{42}\\n\\t\\\\\\.", "AB\n\t\\.", "0+6 " },
        { "\\h+\\v", " \t\n", "0+3 " },
        { "}x]", "}x]", "0+3 " },
        { "x{1}y", "xy", "0+2 " },
        { "\xc3\xa4\xc3\xb6", "\xc3\xa4\xc3\xb6", "0+4 " },
        { "(\xc3\xa4)+", "\xc3\xa4\xc3\xa4", "0+4 " },
        { "(?i)\xc3\xa4", "\xc3\x84", "" }, /* bytes: only ASCII letters have a case */
        { "((x)(y)?)+z", "xxyz", "0+4 " },
        { "(foo|ba[rz])[0-9]", "baz1 foo2 ba3", "0+4 5+4 " },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *told = matches(cases[i].expression, cases[i].bytes, strlen(cases[i].bytes));
        ck_assert_msg(strcmp(told, cases[i].told) == 0, "%s: %s, not %s", cases[i].expression, told, cases[i].told);
    }
    ck_assert_str_eq(matches("a\\x00[\\x80-\\xff]\\0", "a\0\x90\0", 4), "0+4 ");
}
END_TEST

START_TEST(what_is_refused)
{
    static const struct {
        const char *expression;
        memscan_status status;
    } cases[] = {
        { "", MEMSCAN_INVALID },           { "^a", MEMSCAN_INVALID },         { "a$", MEMSCAN_INVALID },
        { "a(?=b)", MEMSCAN_INVALID },     { "a(?!b)", MEMSCAN_INVALID },     { "(?<=a)b", MEMSCAN_INVALID },
        { "(?<!a)b", MEMSCAN_INVALID },    { "(?>a+)b", MEMSCAN_INVALID },    { "a++b", MEMSCAN_INVALID },
        { "a*+b", MEMSCAN_INVALID },       { "a{2}+b", MEMSCAN_INVALID },     { "(a)\\1", MEMSCAN_INVALID },
        { "\\ba", MEMSCAN_INVALID },       { "\\Aa", MEMSCAN_INVALID },       { "a\\z", MEMSCAN_INVALID },
        { "a\\Kb", MEMSCAN_INVALID },      { "(?x)a b", MEMSCAN_INVALID },    { "(?m)a", MEMSCAN_INVALID },
        { "(?R)", MEMSCAN_INVALID },       { "(?1)", MEMSCAN_INVALID },       { "(*UTF)a", MEMSCAN_INVALID },
        { "(?#c)a", MEMSCAN_INVALID },     { "(?<n>a)", MEMSCAN_INVALID },    { "(?P<n>a)", MEMSCAN_INVALID },
        { "\\Qa\\E", MEMSCAN_INVALID },    { "\\p{L}", MEMSCAN_INVALID },     { "\\C", MEMSCAN_INVALID },
        { "\\x1", MEMSCAN_INVALID },       { "\\x{100}", MEMSCAN_INVALID },   { "\\012", MEMSCAN_INVALID },
        { "\\", MEMSCAN_INVALID },         { "(a", MEMSCAN_INVALID },         { "a)", MEMSCAN_INVALID },
        { "[a", MEMSCAN_INVALID },         { "[b-a]", MEMSCAN_INVALID },      { "[[.a.]]", MEMSCAN_INVALID },
        { "[[:none:]]", MEMSCAN_INVALID }, { "[\xc3\xa4]", MEMSCAN_INVALID }, { "\xc3\xa4+", MEMSCAN_INVALID },
        { "*a", MEMSCAN_INVALID },         { "a**", MEMSCAN_INVALID },        { "a{2}{3}", MEMSCAN_INVALID },
        { "a{3,2}", MEMSCAN_INVALID },     { "a{,2}", MEMSCAN_INVALID },      { "a{x", MEMSCAN_INVALID },
        { "(|)", MEMSCAN_INVALID },        { "a{0}", MEMSCAN_INVALID },       { "a{5000}", MEMSCAN_LIMIT },
        { "(a{64}){65}", MEMSCAN_LIMIT },  { "a{4096}b", MEMSCAN_LIMIT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ms_regex *regex = NULL;
        memscan_error error = { .text = "" };
        memscan_status status = parse(cases[i].expression, &regex, &error);
        ck_assert_msg(status == cases[i].status, "%s: %d %s", cases[i].expression, (int)status, error.text);
        ck_assert_ptr_null(regex);
        ck_assert_msg(error.text[0] && !strchr(error.text, '\n'), "%s", cases[i].expression);
    }
}
END_TEST

START_TEST(how_long_a_match_can_be)
{
    static const struct {
        const char *expression;
        size_t longest;
    } cases[] = {
        { "abc", 3 },
        { "a|bcd", 3 },
        { "a?b{2,5}", 6 },
        { "(ab){3}c", 7 },
        { "[a-z]\\d\\x00.", 4 },
        { "a+", 4096 },
        { "(a{64}){64}", 4096 },
        { "a.{0,4000}b", 4002 },
        { "a{0,9000}b", 4096 },
        { "(?i)ab", 2 },
        { "((a|b)c?)*d", 4096 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ms_regex *regex;
        ck_assert_int_eq(parse(cases[i].expression, &regex, NULL), MEMSCAN_OK);
        ck_assert_msg(ms_regex_longest(regex) == cases[i].longest, "%s: %zu", cases[i].expression,
                      ms_regex_longest(regex));
        ms_regex_destroy(regex);
    }
}
END_TEST

START_TEST(groups_nest_within_bounds)
{
    char deep[400];
    ms_regex *regex;
    for (size_t depth = 50; depth <= 51; depth++) {
        memset(deep, '(', depth);
        deep[depth] = 'a';
        memset(deep + depth + 1, ')', depth);
        deep[2 * depth + 1] = '\0';
        ck_assert_int_eq(parse(deep, &regex, NULL), depth == 50 ? MEMSCAN_OK : MEMSCAN_LIMIT);
        ms_regex_destroy(regex);
    }
}
END_TEST

/* ---- in a target ---- */

static fake_target *fake;
static memscan_target *target;

static void set_up(void)
{
    fake = fake_create();
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_destroy(fake);
}

typedef struct sights {
    uint64_t address[MOST];
    size_t length[MOST];
    size_t count;
} sights;

static int note(const memscan_match *match, void *context)
{
    sights *seen = context;
    ck_assert_int_eq(match->type, MEMSCAN_RE);
    if (seen->count < MOST) {
        seen->address[seen->count] = match->address;
        seen->length[seen->count] = match->length;
    }
    seen->count++;
    return 0;
}

static sights search(const char *expression, const memscan_find_options *options, memscan_report *report)
{
    sights seen = { .count = 0 };
    memscan_error error = { .text = "" };
    memscan_status status = memscan_find(target, expression, options, note, &seen, report, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s: %s", expression, error.text);
    ck_assert_uint_eq(report->asked, report->scanned + report->skipped + report->failed);
    ck_assert_uint_eq(report->matches, seen.count);
    return seen;
}

START_TEST(matches_straddle_units_and_regions_but_no_holes)
{
    memscan_report report;
    uint8_t *bytes = fake_map(fake, BASE, 2 * UNIT, R, MEMSCAN_KIND_HEAP);
    uint8_t *touching = fake_map(fake, BASE + 2 * UNIT, UNIT, R, MEMSCAN_KIND_ANON);
    memset(bytes, '.', 2 * UNIT);
    memset(touching, '.', UNIT);
    memcpy(bytes + UNIT - 3, "gold: 17", 8);
    memcpy(bytes + 2 * UNIT - 7, "gold: 1", 7);
    memcpy(touching, "234", 3);
    memcpy(touching + PAGE - 7, "gold: 1", 7);
    fake_hole(fake, BASE + 2 * UNIT + PAGE, PAGE, MEMSCAN_FAULTY);
    memset(touching + PAGE, '5', 2 * PAGE);
    sights seen = search("re:gold: [0-9]+", NULL, &report);
    ck_assert_uint_eq(seen.count, 3);
    ck_assert_uint_eq(seen.address[0], BASE + UNIT - 3);
    ck_assert_uint_eq(seen.length[0], 8);
    ck_assert_uint_eq(seen.address[1], BASE + 2 * UNIT - 7);
    ck_assert_uint_eq(seen.length[1], 10);
    ck_assert_uint_eq(seen.length[2], 7);
    ck_assert_uint_eq(report.failed, PAGE);
}
END_TEST

START_TEST(no_match_is_longer_than_the_bound)
{
    memscan_report report;
    uint8_t *bytes = fake_map(fake, BASE, 3 * UNIT, R, MEMSCAN_KIND_HEAP);
    memset(bytes + UNIT - 5000, 'a', 10000); /* over the border of two units */
    sights seen = search("re:a+", NULL, &report);
    ck_assert_uint_eq(seen.count, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(seen.address[i], BASE + UNIT - 5000 + i * 4096);
        ck_assert_uint_eq(seen.length[i], i < 2 ? 4096 : 10000 - 2 * 4096);
    }
    bytes[2 * UNIT] = '<';
    bytes[2 * UNIT + 4095] = '>';
    ck_assert_uint_eq(search("re:<.*>", NULL, &report).length[0], 4096);
    bytes[2 * UNIT + 4095] = 0;
    bytes[2 * UNIT + 4096] = '>'; /* one byte too far */
    ck_assert_uint_eq(search("re:<.*>", NULL, &report).count, 0);
    ck_assert(report.complete);
}
END_TEST

/* Chains of matches that touch each other, over many units: pairs, whose phase the first one sets. */
START_TEST(what_is_found_does_not_depend_on_units_or_workers)
{
    memscan_report report;
    uint8_t *bytes = fake_map(fake, BASE, 16 * UNIT, R, MEMSCAN_KIND_HEAP);
    memset(bytes + 1, 'a', 16 * UNIT - 1);
    for (uint32_t workers = 1; workers <= 4; workers++) {
        memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
        options.workers = workers;
        sights seen = search("re:aaa", &options, &report);
        ck_assert_uint_eq(seen.count, (16 * UNIT - 1) / 3);
        options.limit = seen.count; /* the last one is where the chain from the first byte says */
        for (size_t i = 0; i < MOST; i++)
            ck_assert_uint_eq(seen.address[i], BASE + 1 + 3 * i);
    }
}
END_TEST

START_TEST(alignment_chooses_where_a_match_may_begin)
{
    memscan_report report;
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    uint8_t *bytes = fake_map(fake, BASE, PAGE, R, MEMSCAN_KIND_HEAP);
    memcpy(bytes + 2, "aaaaaa", 6);
    options.alignment = 4;
    sights seen = search("re:a+", &options, &report);
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_uint_eq(seen.address[0], BASE + 4);
    ck_assert_uint_eq(seen.length[0], 4);
}
END_TEST

START_TEST(what_would_take_for_ever_is_not_told_as_judged)
{
    memscan_report report;
    uint8_t *bytes = fake_map(fake, BASE, 4 * UNIT, R, MEMSCAN_KIND_HEAP);
    memset(bytes + UNIT, 'x', PAGE);
    bytes[UNIT + PAGE + 100] = 'y'; /* no match, but the needle is near */
    memcpy(bytes + 3 * UNIT, "xxy", 3);
    sights seen = search("re:(x+x+)+.?y", NULL, &report);
    ck_assert_uint_eq(seen.count, 1);
    ck_assert_uint_eq(seen.address[0], BASE + 3 * UNIT);
    ck_assert_uint_gt(report.failed_by[MEMSCAN_FAIL_TOO_HARD], 0);
    ck_assert_uint_eq(report.failed_by[MEMSCAN_FAIL_TOO_HARD], report.failed);
    ck_assert_uint_lt(report.failed, 4 * PAGE);
    ck_assert(!report.complete);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_NONE);
}
END_TEST

START_TEST(a_session_refuses)
{
    memscan_scan *scan;
    memscan_error error;
    fake_map(fake, BASE, PAGE, R, MEMSCAN_KIND_HEAP);
    ck_assert_int_eq(memscan_scan_create(target, NULL, &scan, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_first(scan, "/a+/", NULL, NULL, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_str_ne(error.hint, "");
    memscan_scan_destroy(scan);
}
END_TEST
#else
START_TEST(without_an_engine_it_is_refused)
{
    memscan_question *question;
    memscan_error error;
    const memscan_layout layout = { 8, 0 };
    ck_assert_int_eq(memscan_question_parse("/a+/", MEMSCAN_TYPE_NONE, layout, NULL, &question, &error),
                     MEMSCAN_NOT_SUPPORTED);
    ck_assert_str_ne(error.hint, "");
}
END_TEST
#endif

Suite *test_suite(void)
{
    Suite *suite = suite_create("regex");
    TCase *language = tcase_create("language");
    suite_add_tcase(suite, language);
#ifdef MEMSCAN_WITH_PCRE2
    tcase_add_test(language, what_matches_where);
    tcase_add_test(language, what_is_refused);
    tcase_add_test(language, how_long_a_match_can_be);
    tcase_add_test(language, groups_nest_within_bounds);
    TCase *find = tcase_create("find");
    tcase_add_checked_fixture(find, set_up, tear_down);
    tcase_set_timeout(find, 60);
    tcase_add_test(find, matches_straddle_units_and_regions_but_no_holes);
    tcase_add_test(find, no_match_is_longer_than_the_bound);
    tcase_add_test(find, what_is_found_does_not_depend_on_units_or_workers);
    tcase_add_test(find, alignment_chooses_where_a_match_may_begin);
    tcase_add_test(find, what_would_take_for_ever_is_not_told_as_judged);
    tcase_add_test(find, a_session_refuses);
    suite_add_tcase(suite, find);
#else
    tcase_add_test(language, without_an_engine_it_is_refused);
#endif
    return suite;
}
