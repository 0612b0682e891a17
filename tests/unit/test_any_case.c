/* test_any_case.c - text in any case. What folds to what was taken from Unicode's CaseFolding.txt (C and S) by hand, the count
 * of all that do from perl's Unicode::UCD. */
#include "check_main.h"

#include <string.h>

#include <memscan/memscan.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/text.h"
#include "libmemscan/pattern/fold.h"
#include "libmemscan/pattern/pattern.h"
#include "libmemscan/question/question.h"

static memscan_question *parse(const char *text)
{
    memscan_question *question;
    memscan_error error = { .text = "" };
    const memscan_layout layout = { 8, 0 };
    memscan_status status = memscan_question_parse(text, MEMSCAN_TYPE_NONE, layout, NULL, &question, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s: %s", text, error.text);
    return question;
}

/* The length of the match at the beginning of `bytes`, or 0. */
static size_t matched(const char *expression, const void *bytes, size_t length)
{
    memscan_question *question = parse(expression);
    size_t found;
    if (ms_question_at(question, bytes, length, 0, 0, &found) == 0)
        found = 0;
    memscan_question_destroy(question);
    return found;
}

#define MATCHED(expression, text) matched(expression, text, sizeof text - 1)

START_TEST(ascii)
{
    ck_assert_uint_eq(MATCHED("text/i:Gold", "gOLD"), 4);
    ck_assert_uint_eq(MATCHED("text/i:gold", "GOLDEN"), 4);
    ck_assert_uint_eq(MATCHED("text/i:gold", "gol"), 0);
    ck_assert_uint_eq(MATCHED("text/i:gold 1{@[`", "GOLD 1{@[`"), 10);
    ck_assert_uint_eq(MATCHED("text/i:{", "["), 0); /* no letters, though they differ in the same bit */
    ck_assert_uint_eq(MATCHED("text/i:@", "`"), 0);
    ck_assert_uint_eq(MATCHED("text/i:task", "TASK"), 4);
    ck_assert_uint_eq(MATCHED("text/i:\"a\"", "\"A\""), 3); /* verbatim, quotes too */
    ck_assert_uint_eq(MATCHED("text/i:a\xff", "A\xff"), 2);
    ck_assert_uint_eq(MATCHED("utf16/i:Gold", "g\0O\0L\0d\0"), 8);
    ck_assert_uint_eq(MATCHED("be:utf16/i:Gold", "\0g\0O\0L\0d"), 8);
    ck_assert_uint_eq(MATCHED("utf16/i:gold", "g\0O\0L\0\0d"), 0);
}
END_TEST

START_TEST(the_canonical_form_means_the_same)
{
    static const char *const forms[] = { "text/i:Gold", "utf16/i:Gold", "be:utf16/i:Gold" };
    for (size_t i = 0; i < 3; i++) {
        char out[64];
        memscan_question *question = parse(forms[i]);
        memscan_question_describe(question, out, sizeof out);
        ck_assert_str_eq(out, forms[i]);
        memscan_question_destroy(question);
    }
}
END_TEST

#ifdef MEMSCAN_WITH_UTF8PROC
START_TEST(all_of_unicode)
{
    ck_assert_uint_eq(MATCHED("text/i:\xc3\xa4rger", "\xc3\x84RGER"), 6);         /* a umlaut */
    ck_assert_uint_eq(MATCHED("text/i:\xd0\x9f\xd1\x80", "\xd0\xbf\xd0\xa0"), 4); /* Pe, er */
    ck_assert_uint_eq(MATCHED("text/i:k", "\xe2\x84\xaa"), 3);                    /* the Kelvin sign */
    ck_assert_uint_eq(MATCHED("text/i:task", "ta\xc5\xbfK"), 5);                  /* long s */
    ck_assert_uint_eq(MATCHED("text/i:\xe2\x84\xaa", "k"), 1);
    ck_assert_uint_eq(MATCHED("text/i:\xc3\x9f", "\xe1\xba\x9e"), 3);             /* sharp s, and its capital */
    ck_assert_uint_eq(MATCHED("text/i:\xc3\x9f", "ss"), 0);                       /* that would be full folding */
    ck_assert_uint_eq(MATCHED("text/i:\xcf\x83", "\xcf\x82"), 2);                 /* sigma, final sigma */
    ck_assert_uint_eq(MATCHED("text/i:\xcf\x83", "\xce\xa3"), 2);                 /* and its capital */
    ck_assert_uint_eq(MATCHED("text/i:i", "\xc4\xb0"), 0);                        /* no dotted capital I */
    ck_assert_uint_eq(MATCHED("text/i:\xc4\xb1", "I"), 0);                        /* nor the dotless one */
    ck_assert_uint_eq(MATCHED("text/i:\xe1\xbe\x80", "\xe1\xbe\x88"), 3);         /* alpha with iota, S */
    ck_assert_uint_eq(MATCHED("text/i:\xe1\x8e\xa0", "\xea\xad\xb0"), 3);         /* Cherokee folds upwards */
    ck_assert_uint_eq(MATCHED("text/i:\xf0\x90\x90\x80", "\xf0\x90\x90\xa8"), 4); /* Deseret */
    ck_assert_uint_eq(MATCHED("utf16/i:\xf0\x90\x90\x80", "\x01\xd8\x28\xdc"), 4);
    ck_assert_uint_eq(MATCHED("utf16/i:s", "\x7f\x01"), 2);
}
END_TEST

START_TEST(as_many_fold_as_unicode_has)
{
    uint32_t same[MS_FOLD_MOST];
    size_t folding = 0, largest = 0;
    ms_fold *fold = ms_fold_create(&ms_default_allocator);
    ck_assert_ptr_nonnull(fold);
    for (uint32_t code = 0; code < 0x20000; code++) {
        size_t count = ms_fold_same(fold, code, same);
        bool itself = false;
        for (size_t i = 0; i < count; i++)
            itself = itself || same[i] == code;
        ck_assert_msg(itself, "%x", (unsigned)code);
        folding += same[0] != code; /* the first is what it folds to */
        largest = count > largest ? count : largest;
    }
    ck_assert_uint_ge(folding, 1454); /* Unicode 14; later ones have more */
    ck_assert_uint_lt(folding, 1600);
    ck_assert_uint_eq(largest, 4);
    ms_fold_destroy(fold);
}
END_TEST
#else
START_TEST(without_utf8proc_ascii_folds)
{
    ck_assert_uint_eq(MATCHED("text/i:k", "\xe2\x84\xaa"), 0);
    ck_assert_uint_eq(MATCHED("text/i:\xc3\xa4rger", "\xc3\xa4RGER"), 6);
    ck_assert_uint_eq(MATCHED("text/i:\xc3\xa4rger", "\xc3\x84RGER"), 0);
}
END_TEST
#endif

Suite *test_suite(void)
{
    Suite *suite = suite_create("any_case");
    TCase *tests = tcase_create("any_case");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, ascii);
    tcase_add_test(tests, the_canonical_form_means_the_same);
#ifdef MEMSCAN_WITH_UTF8PROC
    tcase_add_test(tests, all_of_unicode);
    tcase_add_test(tests, as_many_fold_as_unicode_has);
#else
    tcase_add_test(tests, without_utf8proc_ascii_folds);
#endif
    suite_add_tcase(suite, tests);
    return suite;
}
