/* test_question.c - the grammar of expressions: what each spelling means, in its canonical form, and what each mistake
 * is answered with. */
#include "check_main.h"
#include "counting_allocator.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/question/question.h"

#define I8    MEMSCAN_TYPE_BIT(MEMSCAN_I8)
#define I16   MEMSCAN_TYPE_BIT(MEMSCAN_I16)
#define I32   MEMSCAN_TYPE_BIT(MEMSCAN_I32)
#define I64   MEMSCAN_TYPE_BIT(MEMSCAN_I64)
#define U8    MEMSCAN_TYPE_BIT(MEMSCAN_U8)
#define U16   MEMSCAN_TYPE_BIT(MEMSCAN_U16)
#define U32   MEMSCAN_TYPE_BIT(MEMSCAN_U32)
#define U64   MEMSCAN_TYPE_BIT(MEMSCAN_U64)
#define F32   MEMSCAN_TYPE_BIT(MEMSCAN_F32)
#define F64   MEMSCAN_TYPE_BIT(MEMSCAN_F64)
#define PTR   MEMSCAN_TYPE_BIT(MEMSCAN_PTR)
#define TEXT  MEMSCAN_TYPE_BIT(MEMSCAN_TEXT)
#define UTF16 MEMSCAN_TYPE_BIT(MEMSCAN_UTF16)
#define HEX   MEMSCAN_TYPE_BIT(MEMSCAN_HEX)
#define BITS  MEMSCAN_TYPE_BIT(MEMSCAN_BITS)

static const memscan_layout little = { 8, 0 };

static const struct {
    const char *text;
    memscan_type fallback;
    const char *canonical;
    uint32_t types;
} good[] = {
    { "100", 0, "i32:100", I32 },
    { " 100 ", 0, "i32:100", I32 },
    { "-7", 0, "i32:-7", I32 },
    { "0x64", 0, "i32:0x64", I32 },
    { "100", MEMSCAN_U16, "u16:100", U16 },
    { "i64:100", MEMSCAN_U16, "i64:100", I64 },
    { "u8:0xff", 0, "u8:0xff", U8 },
    { "be:u32:100", 0, "be:u32:100", U32 },
    { "be:100", 0, "be:i32:100", I32 },
    { "ptr:0x7f001000", 0, "ptr:0x7f001000", PTR },
    { "=5", 0, "i32:=5", I32 },
    { "= 5", 0, "i32:=5", I32 },
    { "100..200", 0, "i32:100..200", I32 },
    { "-5 .. 5", 0, "i32:-5..5", I32 },
    { "=-5..5", 0, "i32:-5..5", I32 },
    { "5..5", 0, "i32:5..5", I32 },
    { "not 5", 0, "i32:not 5", I32 },
    { "!=5", 0, "i32:not 5", I32 },
    { "not 5..7", 0, "i32:not 5..7", I32 },
    { "above 5", 0, "i32:above 5", I32 },
    { ">5", 0, "i32:above 5", I32 },
    { "> 5", 0, "i32:above 5", I32 },
    { "at least 5", 0, "i32:at least 5", I32 },
    { "at  least  5", 0, "i32:at least 5", I32 },
    { ">=5", 0, "i32:at least 5", I32 },
    { "below -5", 0, "i32:below -5", I32 },
    { "<5", 0, "i32:below 5", I32 },
    { "at most 5", 0, "i32:at most 5", I32 },
    { "<=5", 0, "i32:at most 5", I32 },
    { "u16:above 5", 0, "u16:above 5", U16 },
    { "above 5", MEMSCAN_F64, "f64:above 5", F64 },
    { "100~5", 0, "i32:100~5", I32 },
    { "1.5", 0, "float:1.5", F32 | F64 },
    { "1.50", 0, "float:1.50", F32 | F64 },
    { "1e3", 0, "float:1e3", F32 | F64 },
    { "=1.5", 0, "float:=1.5", F32 | F64 },
    { "1.5~0.01", 0, "float:1.5~0.01", F32 | F64 },
    { "1~0.5", 0, "float:1~0.5", F32 | F64 },
    { "1..2.5", 0, "float:1..2.5", F32 | F64 },
    { "0...5", 0, "float:0...5", F32 | F64 }, /* from 0 to .5 */
    { "not 1.5", 0, "float:not 1.5", F32 | F64 },
    { "not =1.5", 0, "float:not =1.5", F32 | F64 },
    { "inf", 0, "float:inf", F32 | F64 },
    { "1e39", 0, "float:1e39", F64 },
    { "3.14159265358979", 0, "float:3.14159265358979", F64 },
    { "f32:100", 0, "f32:100", F32 },
    { "int:100", 0, "int:100", I8 | I16 | I32 | I64 },
    { "int:200", 0, "int:200", U8 | I16 | I32 | I64 },
    { "int:-200", 0, "int:-200", I16 | I32 | I64 },
    { "int:4000000000", 0, "int:4000000000", U32 | I64 },
    { "int:18446744073709551615", 0, "int:18446744073709551615", U64 },
    { "int:-5..200", 0, "int:-5..200", I16 | I32 | I64 },
    { "int:100..200", 0, "int:100..200", U8 | I16 | I32 | I64 },
    { "num:100", 0, "num:100", I8 | I16 | I32 | I64 | F32 | F64 },
    { "num:1.5", 0, "num:1.5", F32 | F64 },
    { "num:0x64", 0, "num:0x64", I8 | I16 | I32 | I64 },
    { "num:100~0.5", 0, "num:100~0.5", F32 | F64 },
    { "100", MEMSCAN_NUM, "num:100", I8 | I16 | I32 | I64 | F32 | F64 },
    { "\"hello\"", 0, "text:hello", TEXT },
    { "\"a\\x00b\"", 0, "\"a\\x00b\"", TEXT },
    { "text:hello ", 0, "text:hello ", TEXT },
    { "text:\"hello\"", 0, "text:\"hello\"", TEXT },
    { "text:100..200", 0, "text:100..200", TEXT },
    { "100", MEMSCAN_TEXT, "text:100", TEXT },
    { "\"h\\u{e9}\"", MEMSCAN_UTF16, "utf16:h\xc3\xa9", UTF16 },
    { "\"a\\x00\"", MEMSCAN_UTF16, "hex:61 00 00 00", UTF16 },
    { "be:utf16:hi", 0, "be:utf16:hi", UTF16 },
    { "48 8B ?? 05", 0, NULL, HEX },
    { "hex:488b??05", 0, NULL, HEX },
    { "{ 48 8B ?? 05 }", 0, NULL, HEX },
    { "\\x48\\x8B", 0, NULL, HEX },
    { "10 20", 0, NULL, HEX },
    { "0x48, 0x8B", 0, NULL, HEX },
    { "488b??05", MEMSCAN_HEX, NULL, HEX },
    { "bits:1010_????00000001", 0, "bits:1010???? 00000001", BITS },
    { "?1??????", MEMSCAN_BITS, "bits:?1??????", BITS },
};

static memscan_status parse(const char *text, memscan_type fallback, memscan_question **question, memscan_error *error)
{
    memset(error, 0, sizeof *error);
    return memscan_question_parse(text, fallback, little, NULL, question, error);
}

START_TEST(spellings_have_one_canonical_form)
{
    memscan_question *question, *again;
    memscan_error error;
    char canonical[160], second[160];
    memscan_status status = parse(good[_i].text, good[_i].fallback, &question, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s: %s", good[_i].text, error.text);
    ck_assert_msg(memscan_question_types(question) == good[_i].types, "%s: %#x", good[_i].text,
                  memscan_question_types(question));
    size_t length = memscan_question_describe(question, canonical, sizeof canonical);
    ck_assert_uint_eq(length, strlen(canonical));
    if (good[_i].canonical)
        ck_assert_str_eq(canonical, good[_i].canonical);
    char cut[5];
    ck_assert_uint_eq(memscan_question_describe(question, cut, sizeof cut), length);
    ck_assert_uint_eq(strlen(cut), 4);
    ck_assert_msg(parse(canonical, 0, &again, &error) == MEMSCAN_OK, "%s: %s", canonical, error.text);
    memscan_question_describe(again, second, sizeof second);
    ck_assert_str_eq(second, canonical);
    memscan_question_destroy(again);
    memscan_question_destroy(question);
}
END_TEST

#define TYPES_HINT(text)                                                                                               \
    "types: i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 int float num ptr text utf16 hex bits; be: before one is "           \
    "big-endian; "                                                                                                     \
    "for text write text:" text ":..."

static const struct {
    const char *text;
    memscan_type fallback;
    memscan_status status;
    const char *message, *hint;
} bad[] = {
    { "", 0, MEMSCAN_INVALID, "the expression is empty", "write a value, such as 100, f32:1.5 or \"text\"" },
    { "i8:300", 0, MEMSCAN_INVALID, "300 does not fit i8 (-128..127)", "write i16:300" },
    { "i8:1..300", 0, MEMSCAN_INVALID, "300 does not fit i8 (-128..127)", "write i16:300" },
    { "5000000000", 0, MEMSCAN_INVALID, "5000000000 does not fit i32 (-2147483648..2147483647)",
      "write i64:5000000000" },
    { "int:99999999999999999999", 0, MEMSCAN_INVALID,
      "99999999999999999999 does not fit i64 (-9223372036854775808..9223372036854775807)", "" },
    { "int:1.5", 0, MEMSCAN_INVALID, "1.5 is not a whole number, as i64 demands", "write f32:1.5 or f64:1.5" },
    { "i32:100~0.5", 0, MEMSCAN_INVALID, "0.5 is not a whole number, as i32 demands", "write f32:0.5 or f64:0.5" },
    { "i32:100~-5", 0, MEMSCAN_INVALID, "the tolerance is negative", "" },
    { "200..100", 0, MEMSCAN_INVALID, "the range 200..100 is empty", "write 100..200" },
    { "int:200..100", 0, MEMSCAN_INVALID, "the range 200..100 is empty", "write 100..200" },
    { "2.5..1.5", 0, MEMSCAN_INVALID, "the range 2.5..1.5 is empty", "write 1.5..2.5" },
    { "above 1..2", 0, MEMSCAN_INVALID, "a comparison takes one number, and 1..2 is more", "" },
    { "above", 0, MEMSCAN_INVALID, "a number is missing", "" },
    { "1..", 0, MEMSCAN_INVALID, "a number is missing", "" },
    { "above five", 0, MEMSCAN_INVALID, "five is not a number", "numbers look like 100, -7, 0x64, 1.5 or 1e3" },
    { "above =5", 0, MEMSCAN_INVALID, "=5 is not a number", "write 5" },
    { "at 5", 0, MEMSCAN_INVALID, "at 5 is not a number", "write text:at 5 to look for text" },
    { "not i32:5", 0, MEMSCAN_INVALID, "i32:5 is not a number", "the type comes first: i32:not 5, i32:100..200" },
    { "i32:not", 0, MEMSCAN_INVALID, "a number is missing", "" },
    { "f32:nan", 0, MEMSCAN_INVALID, "no comparison with nan is ever true", "look for its bits: u32:0x7fc00000" },
    { "f32:1e39", 0, MEMSCAN_INVALID, "1e39 does not fit f32 (-3.4028235e38..3.4028235e38)", "" },
    { "f32:=1e-50", 0, MEMSCAN_INVALID, "1e-50 is too near 0 for f32 (from 1e-45 on)", "" },
    { "f32:1.23456789012345", 0, MEMSCAN_INVALID, "no f32 lies so near to 1.23456789012345",
      "the nearest is f32:=1.2345679" },
    { "f32:-1.1~0", 0, MEMSCAN_INVALID, "no f32 lies so near to -1.1", "the nearest is f32:=-1.1" },
    { "f32:inf~1", 0, MEMSCAN_INVALID, "a tolerance takes two finite numbers", "" },
    { "f32:0x3fc00000", 0, MEMSCAN_INVALID, "0x3fc00000 is hexadecimal, and f32 takes decimal numbers",
      "for the bits of a float write u32:0x3fc00000" },
    { "ptr:-1", 0, MEMSCAN_INVALID, "-1 does not fit ptr (0..0xffffffffffffffff)", "write i64:-1" },
    { "488B05", 0, MEMSCAN_INVALID, "488B05 could be bytes, a number or text",
      "write hex:488B05 for bytes, 0x488B05 for a number, text:488B05 for text" },
    { "488B??05", 0, MEMSCAN_INVALID, "488B??05 could be bytes, but not a number", "write hex:488B??05" },
    { "hello", 0, MEMSCAN_INVALID, "hello is not a number", "write text:hello to look for text" },
    { "i33:5", 0, MEMSCAN_INVALID, "there is no type called i33", TYPES_HINT("i33") },
    { "\"abc", 0, MEMSCAN_INVALID, "the quoted text \"abc has no closing quote",
      "end it with \", or write text: and the text as it is" },
    { "\"\"", 0, MEMSCAN_INVALID, "the text is empty", "" },
    { "utf16:a\xff", 0, MEMSCAN_INVALID, "byte 2 of the text is not valid UTF-8",
      "look for the bytes themselves with hex:" },
    { "be:text:hello", 0, MEMSCAN_INVALID, "text has no byte order that be: could turn round", "leave be: out" },
    { "be:hex:48 8B", 0, MEMSCAN_INVALID, "hex has no byte order that be: could turn round", "leave be: out" },
    { "hello", MEMSCAN_U16, MEMSCAN_INVALID, "hello is not a number", "numbers look like 100, -7, 0x64, 1.5 or 1e3" },
    { "unknown", 0, MEMSCAN_NOT_SUPPORTED, "unknown values are for a search that remembers them",
      "`scan unknown` begins one, `next` goes on with it" },
    { "i32:?", 0, MEMSCAN_NOT_SUPPORTED, "unknown values are for a search that remembers them",
      "`scan unknown` begins one, `next` goes on with it" },
#ifdef MEMSCAN_WITH_PCRE2
    { "re:a(", 0, MEMSCAN_INVALID, "the regular expression: the group is not closed at column 3",
      "\\( is a parenthesis" },
    { "be:re:a", 0, MEMSCAN_INVALID, "re has no byte order that be: could turn round", "leave be: out" },
#else
    { "re:a+", 0, MEMSCAN_NOT_SUPPORTED, "this memscan was built without regular expressions",
      "build it where PCRE2 is (on Debian and Ubuntu: apt-get install libpcre2-dev)" },
#endif
    { "bits:101", 0, MEMSCAN_INVALID, "bits come in bytes of eight, and the last one has 3",
      "fill it up with ? where any bit will do: ?????101" },
    { "bits:", 0, MEMSCAN_INVALID, "there are no bits to look for", "write eight digits a byte: bits:1010????" },
    { "bits:1 0x1", 0, MEMSCAN_INVALID, "x at column 4 is not a bit",
      "bits are 0, 1, or ? for either: bits:1010???? 0000_0001" },
    { "text/i:", 0, MEMSCAN_INVALID, "the text is empty", "" },
    { "utf16/i:a\xff", 0, MEMSCAN_INVALID, "byte 2 of the text is not valid UTF-8",
      "look for the bytes themselves with hex:" },
    { "changed", 0, MEMSCAN_NOT_SUPPORTED, "changed compares with an earlier search, and this one remembers none",
      "`scan` begins a search that remembers, `next` goes on with it" },
    { "i32:increased since first", 0, MEMSCAN_NOT_SUPPORTED,
      "increased since first compares with an earlier search, and this one remembers none",
      "`scan` begins a search that remembers, `next` goes on with it" },
    { "+5", 0, MEMSCAN_NOT_SUPPORTED, "+5 compares with an earlier search, and this one remembers none",
      "a number above zero is written without a sign" },
};

START_TEST(mistakes_are_explained)
{
    memscan_question *question;
    memscan_error error;
    memscan_status status = parse(bad[_i].text, bad[_i].fallback, &question, &error);
    ck_assert_msg(status == bad[_i].status, "%s: %d %s", bad[_i].text, status, error.text);
    ck_assert_str_eq(error.text, bad[_i].message);
    ck_assert_str_eq(error.hint, bad[_i].hint);
    ck_assert_int_eq(error.status, status);
    ck_assert_ptr_null(question);
}
END_TEST

START_TEST(a_success_writes_no_error)
{
    memscan_question *question;
    memscan_error error;
    ck_assert_int_eq(parse("int:200", 0, &question, &error), MEMSCAN_OK);
    ck_assert(error.status == 0 && error.text[0] == '\0' && error.hint[0] == '\0');
    memscan_question_destroy(question);
}
END_TEST

START_TEST(length_and_alignment_follow_the_type)
{
    static const struct {
        const char *text;
        size_t longest;
        uint64_t alignment;
        bool numeric;
    } cases[] = {
        { "u8:5", 1, 1, true },      { "i32:5", 4, 4, true },       { "f64:5", 8, 8, true },
        { "int:5", 8, 1, true },     { "int:-200", 8, 2, true },    { "float:5", 8, 4, true },
        { "ptr:5", 8, 8, true },     { "text:hello", 5, 1, false }, { "utf16:hello", 10, 1, false },
        { "48 ?? 05", 3, 1, false }, { "num:5", 8, 1, true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memscan_question *question;
        memscan_error error;
        ck_assert_int_eq(parse(cases[i].text, 0, &question, &error), MEMSCAN_OK);
        ck_assert_uint_eq(ms_question_longest(question), cases[i].longest);
        ck_assert_uint_eq(ms_question_alignment(question), cases[i].alignment);
        ck_assert_int_eq(ms_question_is_numeric(question), cases[i].numeric);
        memscan_question_destroy(question);
    }
}
END_TEST

START_TEST(the_layout_is_the_targets_unless_turned_round)
{
    memscan_question *question;
    memscan_layout big32 = { 4, 1 };
    size_t length;
    ck_assert_int_eq(memscan_question_parse("ptr:0x12345678", 0, big32, NULL, &question, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(ms_question_longest(question), 4);
    ck_assert_int_eq(ms_question_layout(question).big_endian, 1);
    ck_assert_uint_eq(ms_question_at(question, (const uint8_t *)"\x12\x34\x56\x78", 4, 8, 0, &length), PTR);
    ck_assert_uint_eq(length, 4);
    memscan_question_destroy(question);
    ck_assert_int_eq(memscan_question_parse("be:i16:258", 0, little, NULL, &question, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_question_layout(question).big_endian, 1);
    memscan_question_destroy(question);
    ck_assert_int_eq(memscan_question_parse("ptr:0x100000000", 0, big32, NULL, &question, NULL), MEMSCAN_INVALID);
}
END_TEST

START_TEST(text_and_bytes_are_found_wherever_they_begin)
{
    static const struct {
        const char *text;
        uint64_t alignment, starts;
    } cases[] = {
        { "text:aba", 0, 1u << 1 | 1u << 3 | 1u << 8 },
        { "text:aba", 2, 1u << 1 | 1u << 3 }, /* the bytes lie at an odd address */
        { "61 ? 61", 0, 1u << 1 | 1u << 3 | 1u << 8 },
        { "utf16:hi", 0, 1u << 12 },
        { "be:utf16:h", 0, 1u << 11 },
    };
    uint8_t bytes[20 + MS_QUESTION_PADDING] = { 'x', 'a', 'b', 'a', 'b', 'a', 'x', 'x', 'a', 'b',
                                                'a', 0,   'h', 0,   'i', 0,   'x', 'a', 'b', 'a' };
    ms_question_scratch *scratch = ms_question_scratch_create(&ms_default_allocator);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memscan_question *question;
        memscan_error error;
        uint64_t starts[1] = { 0 }, used[1] = { 0 };
        ms_marks marks = { starts, used };
        size_t length;
        ck_assert_int_eq(parse(cases[i].text, 0, &question, &error), MEMSCAN_OK);
        bool marked = ms_question_mark(question, bytes, 19, 19, 1001, cases[i].alignment, scratch, &marks, 0);
        ck_assert_uint_eq(starts[0], cases[i].starts);
        ck_assert_int_eq(marked, cases[i].starts != 0);
        for (size_t at = 0; at < 19; at++) {
            uint32_t types = ms_question_at(question, bytes + at, 19 - at, 1001 + at, cases[i].alignment, &length);
            ck_assert_uint_eq(types, cases[i].starts >> at & 1 ? memscan_question_types(question) : 0);
            ck_assert_uint_eq(length, types ? ms_question_longest(question) : 0);
        }
        memscan_question_destroy(question);
    }
    ms_question_scratch_destroy(scratch);
}
END_TEST

START_TEST(long_expressions_are_refused)
{
    size_t length = 70000;
    char *text = malloc(length + 1);
    memscan_question *question;
    memscan_error error;
    memset(text, 'a', length);
    memcpy(text, "text:", 5);
    text[length] = '\0';
    ck_assert_int_eq(parse(text, 0, &question, &error), MEMSCAN_LIMIT);
    text[20000] = '\0';
    ck_assert_int_eq(parse(text, 0, &question, &error), MEMSCAN_LIMIT);
    memset(text, '1', 500);
    text[500] = '\0';
    ck_assert_int_eq(parse(text, 0, &question, &error), MEMSCAN_INVALID);
    free(text);
}
END_TEST

/* How many allocations an expression takes at least: those of the question, of what it looks for, and of its canonical
 * form; so that a loop which ends too early is noticed. */
static const struct {
    const char *text;
    unsigned least;
} costly[] = {
    { "num:100..200", 2 },
    { "\"hello\"", 10 },
    { "be:utf16:hello", 10 },
    { "\"a\\x00\"", 10 },
    { "text/i:stra\xc3\x9f\x65", 10 },
    { "utf16/i:Hello", 10 },
    { "{ 48 [2-4] (8B | 8C) }", 9 },
    { "bits:1010???? 00000001", 9 },
#ifdef MEMSCAN_WITH_PCRE2
    { "re:gold: [0-9]+", 3 },
    { "/gold|silver/", 3 },
#endif
};

START_TEST(every_failing_allocation_is_returned)
{
    const char *text = costly[_i].text;
    bool struck = true;
    unsigned count = 0;
    for (unsigned n = 1; struck; n++) {
        counting_allocator counting;
        memscan_question *question;
        memscan_error error = { 0 };
        counting_allocator_init(&counting);
        counting.fail_at = n;
        memscan_status status = memscan_question_parse(text, 0, little, &counting.allocator, &question, &error);
        struck = counting.requests >= n;
        count += struck;
        ck_assert_msg(status == (struck ? MEMSCAN_NO_MEMORY : MEMSCAN_OK), "%s, allocation %u: %d", text, n, status);
        ck_assert_int_eq(error.status, status);
        ck_assert((question == NULL) == struck);
        memscan_question_destroy(question);
        ck_assert_msg(!counting.blocks && !counting.wrong_sizes, "%s, allocation %u: blocks are left", text, n);
    }
    ck_assert_msg(count >= costly[_i].least, "%s: %u allocations were refused", text, count);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("question");
    TCase *tests = tcase_create("question");
    tcase_add_loop_test(tests, spellings_have_one_canonical_form, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(tests, mistakes_are_explained, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(tests, a_success_writes_no_error);
    tcase_add_test(tests, length_and_alignment_follow_the_type);
    tcase_add_test(tests, the_layout_is_the_targets_unless_turned_round);
    tcase_add_test(tests, text_and_bytes_are_found_wherever_they_begin);
    tcase_add_test(tests, long_expressions_are_refused);
    tcase_add_loop_test(tests, every_failing_allocation_is_returned, 0, sizeof costly / sizeof costly[0]);
    suite_add_tcase(suite, tests);
    return suite;
}
