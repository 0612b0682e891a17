/* test_value.c - values as text and bytes. Floats are judged by the C library's correctly rounding strtod and printf;
 * everything else by tables written by hand. */
#include "check_main.h"
#include "random.h"

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memscan/value.h>

#include "judge_float.h"

#define SEED UINT64_C(0x9e3779b97f4a7c15)

static const memscan_layout little = { 8, 0 }, big = { 8, 1 }, narrow = { 4, 0 };

START_TEST(types_have_names_and_widths)
{
    static const struct {
        memscan_type type;
        const char *name;
        size_t width;
    } cases[] = {
        { MEMSCAN_I8, "i8", 1 },       { MEMSCAN_I16, "i16", 2 }, { MEMSCAN_I32, "i32", 4 },
        { MEMSCAN_I64, "i64", 8 },     { MEMSCAN_U8, "u8", 1 },   { MEMSCAN_U16, "u16", 2 },
        { MEMSCAN_U32, "u32", 4 },     { MEMSCAN_U64, "u64", 8 }, { MEMSCAN_F32, "f32", 4 },
        { MEMSCAN_F64, "f64", 8 },     { MEMSCAN_PTR, "ptr", 4 }, { MEMSCAN_INT, "int", 0 },
        { MEMSCAN_FLOAT, "float", 0 }, { MEMSCAN_NUM, "num", 0 }, { MEMSCAN_TEXT, "text", 0 },
        { MEMSCAN_UTF16, "utf16", 0 }, { MEMSCAN_HEX, "hex", 0 }, { MEMSCAN_RE, "re", 0 },
        { MEMSCAN_BITS, "bits", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_str_eq(memscan_type_name(cases[i].type), cases[i].name);
        ck_assert_int_eq(memscan_type_from_name(cases[i].name), cases[i].type);
        ck_assert_uint_eq(memscan_type_width(cases[i].type, 4), cases[i].width);
    }
    ck_assert_uint_eq(memscan_type_width(MEMSCAN_PTR, 8), 8);
    ck_assert_str_eq(memscan_type_name(MEMSCAN_TYPE_NONE), "?");
    ck_assert_str_eq(memscan_type_name((memscan_type)77), "?");
    ck_assert_int_eq(memscan_type_from_name("i128"), MEMSCAN_TYPE_NONE);
    ck_assert_int_eq(memscan_type_from_name(""), MEMSCAN_TYPE_NONE);
}
END_TEST

typedef struct good_case {
    const char *text;
    memscan_type fallback;
    const memscan_layout *layout;
    memscan_type type;
    size_t length;
    const char *bytes;
} good_case;

#define BYTES(text) sizeof(text) - 1, text

static const good_case good[] = {
    { "i32:-7", 0, &little, MEMSCAN_I32, BYTES("\xf9\xff\xff\xff") },
    { "100", 0, &little, MEMSCAN_I32, BYTES("\x64\0\0\0") },
    { "  100 ", 0, &little, MEMSCAN_I32, BYTES("\x64\0\0\0") },
    { "i16: 100", 0, &little, MEMSCAN_I16, BYTES("\x64\0") },
    { "100", MEMSCAN_U16, &little, MEMSCAN_U16, BYTES("\x64\0") },
    { "0x64", 0, &big, MEMSCAN_I32, BYTES("\0\0\0\x64") },
    { "be:u16:0x1f90", 0, &little, MEMSCAN_U16, BYTES("\x1f\x90") },
    { "be:258", 0, &little, MEMSCAN_I32, BYTES("\0\0\1\2") },
    { "u8:255", 0, &little, MEMSCAN_U8, BYTES("\xff") },
    { "i8:-128", 0, &little, MEMSCAN_I8, BYTES("\x80") },
    { "i8:-0x80", 0, &little, MEMSCAN_I8, BYTES("\x80") },
    { "u8:-0", 0, &little, MEMSCAN_U8, BYTES("\0") },
    { "i64:-9223372036854775808", 0, &little, MEMSCAN_I64, BYTES("\0\0\0\0\0\0\0\x80") },
    { "u64:18446744073709551615", 0, &little, MEMSCAN_U64, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff") },
    { "u64:0xffffffffffffffff", 0, &little, MEMSCAN_U64, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff") },
    { "u16:00000000000000000000000007", 0, &little, MEMSCAN_U16, BYTES("\7\0") },
    { "ptr:0x7f001000", 0, &little, MEMSCAN_PTR, BYTES("\0\x10\0\x7f\0\0\0\0") },
    { "ptr:0x7f001000", 0, &narrow, MEMSCAN_PTR, BYTES("\0\x10\0\x7f") },
    { "f32:1.5", 0, &little, MEMSCAN_F32, BYTES("\0\0\xc0\x3f") },
    { "be:f32:1.5", 0, &little, MEMSCAN_F32, BYTES("\x3f\xc0\0\0") },
    { "f64:1.5", 0, &little, MEMSCAN_F64, BYTES("\0\0\0\0\0\0\xf8\x3f") },
    { "f64:.5", 0, &little, MEMSCAN_F64, BYTES("\0\0\0\0\0\0\xe0\x3f") },
    { "f32:-0", 0, &little, MEMSCAN_F32, BYTES("\0\0\0\x80") },
    { "f32:0e99999999999", 0, &little, MEMSCAN_F32, BYTES("\0\0\0\0") },
    { "f32:inf", 0, &little, MEMSCAN_F32, BYTES("\0\0\x80\x7f") },
    { "f32:-inf", 0, &little, MEMSCAN_F32, BYTES("\0\0\x80\xff") },
    { "f32:nan", 0, &little, MEMSCAN_F32, BYTES("\0\0\xc0\x7f") },
    { "f32:-nan", 0, &little, MEMSCAN_F32, BYTES("\0\0\xc0\xff") },
    { "f32:nan(0x7f800001)", 0, &little, MEMSCAN_F32, BYTES("\1\0\x80\x7f") },
    { "text:hello", 0, &little, MEMSCAN_TEXT, BYTES("hello") },
    { "text: \"a\" \\n", 0, &little, MEMSCAN_TEXT, BYTES(" \"a\" \\n") },
    { "text:i32:5", 0, &little, MEMSCAN_TEXT, BYTES("i32:5") },
    { "text:\xff", 0, &little, MEMSCAN_TEXT, BYTES("\xff") },
    { "\"hello\"", 0, &little, MEMSCAN_TEXT, BYTES("hello") },
    { "\"a\\\"b\\\\\\n\\x00\\xff\\u{e9}\\u{1f600}\"", 0, &little, MEMSCAN_TEXT,
      BYTES("a\"b\\\n\0\xff\xc3\xa9\xf0\x9f\x98\x80") },
    { "foo:bar", MEMSCAN_TEXT, &little, MEMSCAN_TEXT, BYTES("foo:bar") },
    { " a ", MEMSCAN_TEXT, &little, MEMSCAN_TEXT, BYTES(" a ") },
    { "utf16:h\xc3\xa9", 0, &little, MEMSCAN_UTF16, BYTES("h\0\xe9\0") },
    { "be:utf16:h\xc3\xa9", 0, &little, MEMSCAN_UTF16, BYTES("\0h\0\xe9") },
    { "utf16:\xf0\x9f\x98\x80", 0, &little, MEMSCAN_UTF16, BYTES("\x3d\xd8\x00\xde") },
    { "\"\\u{d800}\\n\\x41\"", MEMSCAN_UTF16, &big, MEMSCAN_UTF16, BYTES("\xd8\0\0\n\0A") },
    { "hex:48 8B 05", 0, &little, MEMSCAN_HEX, BYTES("\x48\x8b\x05") },
    { "hex:488b05", 0, &little, MEMSCAN_HEX, BYTES("\x48\x8b\x05") },
    { "48 8B", 0, &little, MEMSCAN_HEX, BYTES("\x48\x8b") },
    { "0x48, 0x8B", 0, &little, MEMSCAN_HEX, BYTES("\x48\x8b") },
    { "\\x48\\x8B", 0, &little, MEMSCAN_HEX, BYTES("\x48\x8b") },
    { "90", MEMSCAN_HEX, &little, MEMSCAN_HEX, BYTES("\x90") },
    { "bits:10100001", 0, &little, MEMSCAN_BITS, BYTES("\xa1") },
    { "bits:1010_0001 00000010", 0, &big, MEMSCAN_BITS, BYTES("\xa1\x02") },
    { "1111111100000001", MEMSCAN_BITS, &little, MEMSCAN_BITS, BYTES("\xff\x01") },
};

START_TEST(values_are_laid_out)
{
    const good_case *c = &good[_i];
    uint8_t bytes[64];
    size_t length;
    memscan_type type;
    memscan_error error = { 0 };
    memscan_status status =
        memscan_value_parse(c->text, c->fallback, *c->layout, bytes, sizeof bytes, &length, &type, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s: %s", c->text, error.text);
    ck_assert_int_eq(type, c->type);
    ck_assert_uint_eq(length, c->length);
    ck_assert_mem_eq(bytes, c->bytes, length);
    memset(bytes, 0xa5, sizeof bytes);
    status = memscan_value_parse(c->text, c->fallback, *c->layout, bytes, c->length - 1, &length, &type, &error);
    ck_assert_int_eq(status, MEMSCAN_LIMIT);
    ck_assert_int_eq(bytes[c->length - 1], 0xa5);
    ck_assert(length == 0 && type == MEMSCAN_TYPE_NONE);
}
END_TEST

static const struct {
    const char *text, *message, *hint;
} bad[] = {
    { "i8:300", "300 does not fit i8 (-128..127)", "write i16:300" },
    { "i8:200", "200 does not fit i8 (-128..127)", "write u8:200" },
    { "u8:-1", "-1 does not fit u8 (0..255)", "write i8:-1" },
    { "u8:256", "256 does not fit u8 (0..255)", "write i16:256" },
    { "5000000000", "5000000000 does not fit i32 (-2147483648..2147483647)", "write i64:5000000000" },
    { "0xffffffff", "0xffffffff does not fit i32 (-2147483648..2147483647)", "write u32:0xffffffff" },
    { "i64:9223372036854775808", "9223372036854775808 does not fit i64 (-9223372036854775808..9223372036854775807)",
      "write u64:9223372036854775808" },
    { "u64:18446744073709551616", "18446744073709551616 does not fit u64 (0..18446744073709551615)", "" },
    { "i32:1.5", "1.5 is not a whole number, as i32 demands", "write f32:1.5 or f64:1.5" },
    { "1.5", "1.5 could be an f32 or an f64", "write f32:1.5 or f64:1.5" },
    { "float:1.5", "float is several types at once, a value has one", "write f32:1.5 or f64:1.5" },
    { "int:5", "int is several types at once, a value has one", "write i32:5 or another width" },
    { "re:a+", "re is not the type of a value", "" },
    { "/a+/", "re is not the type of a value", "" },
    { "f32:1e39", "1e39 does not fit f32 (-3.4028235e38..3.4028235e38)", "" },
    { "f32:1e-50", "1e-50 is too near 0 for f32 (from 1e-45 on)", "" },
    { "f64:1e999999", "1e999999 does not fit f64 (-1.7976931348623157e308..1.7976931348623157e308)", "" },
    { "f32:0x10", "0x10 is hexadecimal, and f32 takes decimal numbers", "for the bits of a float write u32:0x10" },
    { "f32:0x1p3", "0x1p3 is not a number", "numbers look like 100, -7, 0x64, 1.5 or 1e3" },
    { "f32:1,5", "1,5 is not a number", "numbers look like 100, -7, 0x64, 1.5 or 1e3" },
    { "f32:nan(0x1)", "nan(0x1) does not hold the bits of an f32 that is not a number", "" },
    { "i32:", "a number is missing", "" },
    { "i32:+5", "+5 is not a number", "write it without the plus sign" },
    { "i32:5x", "5x is not a number", "numbers look like 100, -7, 0x64, 1.5 or 1e3" },
    { "i32:100..200", "100..200 is not a number", "numbers look like 100, -7, 0x64, 1.5 or 1e3" },
    { "", "the expression is empty", "write a value, such as 100, f32:1.5 or \"text\"" },
    { "hello", "hello is not a number", "write text:hello to look for text" },
    { "488B05", "488B05 could be bytes, a number or text",
      "write hex:488B05 for bytes, 0x488B05 for a number, text:488B05 for text" },
    { "i33:5", "there is no type called i33",
      "types: i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 int float num ptr text utf16 hex bits; be: before one is "
      "big-endian; for text write text:i33:..." },
    { "\"abc", "the quoted text \"abc has no closing quote", "end it with \", or write text: and the text as it is" },
    { "\"a\\qb\"", "\\qb is no escape",
      "escapes are \\\" \\\\ \\n \\r \\t \\0 \\xNN \\u{NNNN}; text: takes text as it is" },
    { "\"\"", "the text is empty", "" },
    { "text:", "the text is empty", "" },
    { "text/i:abc", "a value cannot ignore case", "" },
    { "utf16:a\xff", "byte 2 of the text is not valid UTF-8", "look for the bytes themselves with hex:" },
    { "hex:4", "4 is not a byte in hexadecimal",
      "bytes are two hex digits each, as in 48 8B 05; a value has no wildcards" },
    { "48 ?? 05", "?? is not a byte in hexadecimal",
      "bytes are two hex digits each, as in 48 8B 05; a value has no wildcards" },
    { "hex: ", "there are no bytes", "" },
    { "bits:1010000?", "a value has every bit, and a ? leaves one open", "bits are 0 or 1: bits:10100001" },
    { "bits:1010", "bits come in bytes of eight, and the last one has 4",
      "fill it up with ? where any bit will do: ????1010" },
    { "bits:", "there are no bits", "bits are eight digits a byte: bits:10100001" },
    { "bits:00000002", "2 at column 8 is not a bit", "bits are 0, 1, or ? for either: bits:1010???? 0000_0001" },
    { "be:bits:00000001", "bits has no byte order that be: could turn round", "leave be: out" },
    { "i32:\033[31m", "\\x1b[31m is not a number", "numbers look like 100, -7, 0x64, 1.5 or 1e3" },
};

START_TEST(errors_say_what_to_write)
{
    uint8_t bytes[64];
    size_t length;
    memscan_type type;
    memscan_error error = { 0 };
    memscan_status status = memscan_value_parse(bad[_i].text, 0, little, bytes, sizeof bytes, &length, &type, &error);
    ck_assert_msg(status == MEMSCAN_INVALID, "%s", bad[_i].text);
    ck_assert_str_eq(error.text, bad[_i].message);
    ck_assert_str_eq(error.hint, bad[_i].hint);
    ck_assert(length == 0 && type == MEMSCAN_TYPE_NONE);
}
END_TEST

START_TEST(values_are_shown)
{
    static const struct {
        memscan_type type;
        const memscan_layout *layout;
        size_t length;
        const char *bytes, *shown;
    } cases[] = {
        { MEMSCAN_I32, &little, BYTES("\xf9\xff\xff\xff"), "-7" },
        { MEMSCAN_I32, &big, BYTES("\xff\xff\xff\xf9"), "-7" },
        { MEMSCAN_U8, &little, BYTES("\xf9"), "249" },
        { MEMSCAN_I64, &little, BYTES("\0\0\0\0\0\0\0\x80"), "-9223372036854775808" },
        { MEMSCAN_PTR, &narrow, BYTES("\0\x10\0\x7f"), "0x7f001000" },
        { MEMSCAN_F32, &little, BYTES("\0\0\xc0\x3f"), "1.5" },
        { MEMSCAN_F32, &little, BYTES("\0\0\0\x80"), "-0" },
        { MEMSCAN_F32, &little, BYTES("\xcd\xcc\xcc\x3d"), "0.1" },
        { MEMSCAN_F32, &little, BYTES("\1\0\0\0"), "1e-45" },
        { MEMSCAN_F32, &little, BYTES("\xff\xff\x7f\x7f"), "3.4028235e38" },
        { MEMSCAN_F32, &little, BYTES("\0\0\x80\xff"), "-inf" },
        { MEMSCAN_F32, &little, BYTES("\0\0\xc0\x7f"), "nan" },
        { MEMSCAN_F32, &little, BYTES("\1\0\xc0\xff"), "nan(0xffc00001)" },
        { MEMSCAN_F64, &little, BYTES("\0\0\0\0\0\0\x59\x40"), "100" },
        { MEMSCAN_TEXT, &little, BYTES("a\"b\\\0\xff\xc3\xa9\xe2\x80\xae"),
          "\"a\\\"b\\\\\\x00\\xff\xc3\xa9\\u{202e}\"" },
        { MEMSCAN_UTF16, &little, BYTES("h\0\xe9\0\n\0\x3d\xd8\x00\xde"), "\"h\xc3\xa9\\x0a\xf0\x9f\x98\x80\"" },
        { MEMSCAN_UTF16, &big, BYTES("\xd8\0\0A\xdc\0"), "\"\\u{d800}A\\u{dc00}\"" },
        { MEMSCAN_HEX, &little, BYTES("\x48\x8b\x05"), "48 8B 05" },
        { MEMSCAN_BITS, &little, BYTES("\xa1\x02"), "10100001 00000010" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[128];
        uint8_t bytes[64];
        size_t length;
        memscan_type type;
        ck_assert_uint_eq(
            memscan_value_format(cases[i].type, *cases[i].layout, cases[i].bytes, cases[i].length, out, sizeof out),
            strlen(cases[i].shown));
        ck_assert_str_eq(out, cases[i].shown);
        ck_assert_int_eq(
            memscan_value_parse(out, cases[i].type, *cases[i].layout, bytes, sizeof bytes, &length, &type, NULL),
            MEMSCAN_OK);
        ck_assert_uint_eq(length, cases[i].length);
        ck_assert_mem_eq(bytes, cases[i].bytes, length);
        char cut[4];
        ck_assert_uint_eq(
            memscan_value_format(cases[i].type, *cases[i].layout, cases[i].bytes, cases[i].length, cut, sizeof cut),
            strlen(cases[i].shown));
        ck_assert_uint_lt(strlen(cut), sizeof cut);
    }
}
END_TEST

START_TEST(any_bytes_come_back_as_text)
{
    uint64_t state = SEED;
    for (unsigned round = 0; round < 3000; round++) {
        static const memscan_type types[] = { MEMSCAN_TEXT, MEMSCAN_UTF16, MEMSCAN_HEX };
        memscan_type type = types[round % 3], found;
        uint8_t bytes[24], back[64];
        char out[512];
        size_t length = 2 + 2 * (test_random(&state) % 11), back_length;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)(test_random(&state) % (round % 2 ? 256 : 128));
        memscan_value_format(type, little, bytes, length, out, sizeof out);
        ck_assert_int_eq(memscan_value_parse(out, type, little, back, sizeof back, &back_length, &found, NULL),
                         MEMSCAN_OK);
        ck_assert_msg(back_length == length && memcmp(bytes, back, length) == 0, "seed %#llx, round %u: %s",
                      (unsigned long long)SEED, round, out);
    }
}
END_TEST

/* Bits of an f32 or f64, from the C library. */
static uint64_t read_by_library(bool is_double, const char *text)
{
    if (is_double) {
        double value = judge_double(text);
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        return bits;
    }
    float value = judge_float(text);
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static int print_by_library(bool is_double, uint64_t bits, int digits, char *out, size_t capacity)
{
    double value;
    if (is_double) {
        memcpy(&value, &bits, sizeof value);
    } else {
        uint32_t low = (uint32_t)bits;
        float single;
        memcpy(&single, &low, sizeof single);
        value = single;
    }
    return snprintf(out, capacity, "%.*e", digits - 1, value);
}

/* Bits as this library reads them; all ones where it refuses. */
static uint64_t read_by_us(bool is_double, const char *text)
{
    uint64_t bits = 0;
    size_t length;
    memscan_type type;
    memscan_status status = memscan_value_parse(text, is_double ? MEMSCAN_F64 : MEMSCAN_F32, little, &bits, sizeof bits,
                                                &length, &type, NULL);
    return status < 0 ? UINT64_MAX : bits;
}

static size_t count_digits(const char *text)
{
    char digits[40];
    size_t count = 0, first = 0;
    for (; *text && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9')
            digits[count++] = *text;
    while (first < count && digits[first] == '0')
        first++;
    while (count > first && digits[count - 1] == '0')
        count--;
    return count - first;
}

/* Random bits, and those next to where exponents and signs change. */
static uint64_t interesting_float(uint64_t *state, bool is_double)
{
    unsigned fraction = is_double ? 52 : 23, width = is_double ? 64 : 32;
    uint64_t infinity = (is_double ? UINT64_C(0x7ff) : UINT64_C(0xff)) << fraction;
    uint64_t bits = test_random(state) >> (64 - width);
    uint64_t near = test_random(state) % 5 - 2;
    switch (test_random(state) % 4) {
    case 0: bits = ((bits >> fraction) << fraction) + near; break;
    case 1: bits = (infinity - (UINT64_C(1) << (fraction + test_random(state) % 4)) * 4) + (bits >> 8) % 64; break;
    case 2: bits = bits >> (fraction / 2 + test_random(state) % (fraction / 2)); break;
    }
    bits &= UINT64_MAX >> (64 - width);
    return (bits & infinity) == infinity ? infinity - 1 : bits;
}

START_TEST(floats_are_shown_with_the_fewest_digits)
{
    uint64_t state = SEED;
    for (unsigned round = 0; round < 6000; round++) {
        bool is_double = round % 2;
        memscan_type type = is_double ? MEMSCAN_F64 : MEMSCAN_F32;
        uint64_t bits = interesting_float(&state, is_double);
        char out[64], shorter[64];
        memscan_value_format(type, little, &bits, is_double ? 8 : 4, out, sizeof out);
        ck_assert_msg(read_by_library(is_double, out) == bits, "round %u: %s", round, out);
        ck_assert_msg(read_by_us(is_double, out) == bits, "round %u: %s", round, out);
        int digits = (int)count_digits(out);
        if (digits > 1) {
            print_by_library(is_double, bits, digits - 1, shorter, sizeof shorter);
            ck_assert_msg(read_by_library(is_double, shorter) != bits, "round %u: %s, not %s", round, shorter, out);
        }
    }
}
END_TEST

START_TEST(decimals_are_read_to_the_nearest_float)
{
    uint64_t state = SEED;
    for (unsigned round = 0; round < 6000; round++) {
        bool is_double = round % 2;
        char text[64];
        int length = snprintf(text, sizeof text, "%llu", (unsigned long long)(test_random(&state) >> round % 60));
        if (round % 3)
            length +=
                snprintf(text + length, sizeof text - (size_t)length, ".%llu", (unsigned long long)test_random(&state));
        if (round % 5)
            snprintf(text + length, sizeof text - (size_t)length, "e%d",
                     (int)(test_random(&state) % (is_double ? 660 : 100)) - (is_double ? 340 : 50));
        uint64_t expected = read_by_library(is_double, text), bits = read_by_us(is_double, text);
        bool refused = (expected == 0 && strpbrk(text, "123456789") < strchr(text, 'e')) ||
                       expected == (is_double ? UINT64_C(0x7ff) << 52 : UINT64_C(0xff) << 23);
        ck_assert_msg(bits == (refused ? UINT64_MAX : expected), "%s: %#llx, not %#llx", text, (unsigned long long)bits,
                      (unsigned long long)expected);
    }
}
END_TEST

/* Half-way points between neighbours, exactly, and one digit beside them. */
START_TEST(ties_go_to_the_even_float)
{
    uint64_t state = SEED;
    for (unsigned round = 0; round < 2000; round++) {
        uint32_t bits = (uint32_t)interesting_float(&state, false) & 0x7fffffff;
        uint32_t next = bits + 1;
        float low, high;
        memcpy(&low, &bits, sizeof low);
        memcpy(&high, &next, sizeof high);
        if (bits == 0 || next >= 0x7f800000)
            continue;
        char text[400];
        snprintf(text, sizeof text, "%.*e", 180, ((double)low + (double)high) / 2);
        ck_assert_msg(read_by_us(false, text) == (bits % 2 ? next : bits), "%s", text);
        char *exponent = strchr(text, 'e');
        exponent[-1] = '1'; /* the last of the 180 digits was 0 */
        ck_assert_msg(read_by_us(false, text) == next, "%s", text);
    }
    ck_assert_uint_eq(read_by_us(false, "7.1e-46"), 1);
    ck_assert_uint_eq(read_by_us(false, "340282356779733661637539395458142568447"), 0x7f7fffff);
    ck_assert_uint_eq(read_by_us(false, "340282356779733661637539395458142568448"), UINT64_MAX);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("value");
    TCase *tests = tcase_create("value");
    tcase_add_test(tests, types_have_names_and_widths);
    tcase_add_loop_test(tests, values_are_laid_out, 0, sizeof good / sizeof good[0]);
    tcase_add_loop_test(tests, errors_say_what_to_write, 0, sizeof bad / sizeof bad[0]);
    tcase_add_test(tests, values_are_shown);
    tcase_add_test(tests, any_bytes_come_back_as_text);
    tcase_add_test(tests, floats_are_shown_with_the_fewest_digits);
    tcase_add_test(tests, decimals_are_read_to_the_nearest_float);
    tcase_add_test(tests, ties_go_to_the_even_float);
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return suite;
}
