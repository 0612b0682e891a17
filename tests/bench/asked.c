/* asked.c - each question beside its plainest answer: a comparison at one place. */
#include "asked.h"

#include <stdio.h>
#include <string.h>

#define FITS_NUMBER(name, type, condition)                                                                             \
    static bool name(const uint8_t *at, size_t left)                                                                   \
    {                                                                                                                  \
        type value;                                                                                                    \
        if (left < sizeof value)                                                                                       \
            return false;                                                                                              \
        memcpy(&value, at, sizeof value);                                                                              \
        return condition;                                                                                              \
    }
FITS_NUMBER(fits_i8, int8_t, value == BENCH_I8)
FITS_NUMBER(fits_i16, int16_t, value == BENCH_I16)
FITS_NUMBER(fits_i32, int32_t, value == BENCH_I32)
FITS_NUMBER(fits_i64, int64_t, value == BENCH_I64)
FITS_NUMBER(fits_f32, float, value >= BENCH_F32 && value <= BENCH_F32)
FITS_NUMBER(fits_f64, double, value >= BENCH_F64 && value <= BENCH_F64)
FITS_NUMBER(fits_odd, int32_t, value == BENCH_ODD_I32)
FITS_NUMBER(fits_range, int32_t, value >= BENCH_I32 - 50 && value <= BENCH_I32 + 50)
FITS_NUMBER(fits_tolerance, float, value >= BENCH_F32 - 0.25f && value <= BENCH_F32 + 0.25f)
FITS_NUMBER(fits_near_f64, double, value >= BENCH_I32 - 0.5 && value < BENCH_I32 + 0.5)

/* A 64-bit integer that equals it begins where a 32-bit one does; no f32 lies nearer to it than 7. */
static bool fits_num(const uint8_t *at, size_t left)
{
    return ((uintptr_t)at % 4 == 0 && fits_i32(at, left)) || ((uintptr_t)at % 8 == 0 && fits_near_f64(at, left));
}

static bool fits_text(const uint8_t *at, size_t left)
{
    return left >= sizeof BENCH_TEXT - 1 && memcmp(at, BENCH_TEXT, sizeof BENCH_TEXT - 1) == 0;
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte - 'A' + 'a') : byte;
}

static bool fits_any_case(const uint8_t *at, size_t left)
{
    for (size_t i = 0; i < sizeof BENCH_TEXT - 1; i++)
        if (i == left || lower(at[i]) != lower((uint8_t)BENCH_TEXT[i]))
            return false;
    return true;
}

static bool fits_utf16(const uint8_t *at, size_t left)
{
    for (size_t i = 0; i < sizeof BENCH_UTF16_TEXT - 1; i++)
        if (2 * i + 1 >= left || at[2 * i] != (uint8_t)BENCH_UTF16_TEXT[i] || at[2 * i + 1])
            return false;
    return true;
}

static bool fits_code(const uint8_t *at, size_t left)
{
    return left >= sizeof BENCH_CODE - 1 && memcmp(at, BENCH_CODE, 3) == 0 &&
           memcmp(at + 7, &BENCH_CODE[7], sizeof BENCH_CODE - 8) == 0;
}

/* Quarter[a-z]+ of F */
static bool fits_expression(const uint8_t *at, size_t left)
{
    size_t i = 7;
    if (left < 7 || memcmp(at, "Quarter", 7) != 0)
        return false;
    while (i < left && at[i] >= 'a' && at[i] <= 'z')
        i++;
    return i > 7 && left - i >= 5 && memcmp(at + i, " of F", 5) == 0;
}

const bench_asked bench_all_asked[] = {
    { "i8", "i8:93", 0, 0, 0.85, true, fits_i8, 1 },
    { "i16", "i16:13783", 0, 0, 0.85, true, fits_i16, 2 },
    { "i32", "i32:1294739289", 0, 0, 0.85, true, fits_i32, 4 },
    { "i64", "i64:7750482042615068482", 0, 0, 0.85, true, fits_i64, 8 },
    { "f32", "f32:=12345.6875", 0, 0, 0.85, true, fits_f32, 4 },
    { "f64", "f64:=98765.4321", 0, 0, 0.85, true, fits_f64, 8 },
    { "any_byte", "i32:1783926451", 0, 1, 0.75, false, fits_odd, 1 },
    { "range", "i32:1294739239..1294739339", 0, 0, 0.80, false, fits_range, 4 },
    { "tolerance", "f32:12345.6875~0.25", 0, 0, 0.80, false, fits_tolerance, 4 },
    { "num", "num:1294739289", 0, 0, 0.60, false, fits_num, 1 },
    { "text", "text:" BENCH_TEXT, 0, 0, 0.80, true, fits_text, 1 },
    { "hex", "hex:48 8B 35 ?? ?? ?? ?? 48 85 F6 0F 84", 0, 0, 0.80, false, fits_code, 1 },
    { "utf16", "utf16:" BENCH_UTF16_TEXT, 0, 0, 0.80, false, fits_utf16, 1 },
    { "any_case", "text/i:the quartermaster of FENWICK", 0, 0, 0.80, false, fits_any_case, 1 },
    { "regex", "re:Quarter[a-z]+ of F", 0, 0, 0.60, false, fits_expression, 1 },
    { "10_patterns", NULL, 10, 0, 0.60, false, fits_text, 1 },
    { "1000_patterns", NULL, 1000, 0, 0.30, false, fits_text, 1 },
};
const unsigned bench_asked_count = sizeof bench_all_asked / sizeof bench_all_asked[0];

void bench_pattern(unsigned index, char out[64])
{
    static const char *const words[] = { "player", "inventory", "texture", "gold", "shader", "level", "door" };
    if (index == 0)
        snprintf(out, 64, "text:%s", BENCH_TEXT);
    else
        snprintf(out, 64, "text:%s %u %s", words[index % 7], index * 7919 % 10007, words[index / 7 % 7]);
}
