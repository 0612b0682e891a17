/* test_judge.c - questions of numbers, judged over memory rich in near-misses by every set of kernels, and by a naive
 * judge that shares no arithmetic with the library: integers in 128 bits, floats by the exact decimal expansion that
 * the C library prints, compared digit by digit. */
#include "check_main.h"
#include "random.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "judge_float.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/question/question_parts.h"

#define SEED UINT64_C(0x2545f4914f6cdd1d)
#define BIT  MEMSCAN_TYPE_BIT

__extension__ typedef __int128 wide;

static const memscan_layout little = { 8, 0 };

static uint64_t below(uint64_t *state, uint64_t limit)
{
    return test_random(state) % limit;
}

/* ---- the naive judge ---- */

typedef enum verb { PLAIN, EXACT, NOT, ABOVE, AT_LEAST, BELOW, AT_MOST, RANGE, TOLERANCE, RELATION_COUNT } verb;

static const char *const before[RELATION_COUNT] = {
    "", "=", "not ", "above ", "at least ", "below ", "at most ", "", ""
};
static const char *const between[RELATION_COUNT] = { [RANGE] = "..", [TOLERANCE] = "~" };

/* A question as the test means it: numbers are first / 10^places and second / 10^places. */
typedef struct sentence {
    char text[160];
    uint32_t members; /* single types */
    verb relation;
    wide first, second;
    unsigned places;
    bool big_endian;
} sentence;

static wide power_of_ten(unsigned power)
{
    wide result = 1;
    while (power--)
        result *= 10;
    return result;
}

static size_t width_of(memscan_type type)
{
    static const size_t widths[] = { 0, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8 };
    return widths[type];
}

static wide lowest(memscan_type type)
{
    return type <= MEMSCAN_I64 ? -((wide)1 << (8 * width_of(type) - 1)) : 0;
}

static wide highest(memscan_type type)
{
    return ((wide)1 << (8 * width_of(type) - (type <= MEMSCAN_I64))) - 1;
}

static bool fits(memscan_type type, wide number)
{
    return lowest(type) <= number && number <= highest(type);
}

static bool judge_integer(const sentence *meaning, wide value)
{
    wide first = meaning->first, second = meaning->second;
    switch (meaning->relation) {
    case PLAIN:
    case EXACT: return value == first;
    case NOT: return value != first;
    case ABOVE: return value > first;
    case AT_LEAST: return value >= first;
    case BELOW: return value < first;
    case AT_MOST: return value <= first;
    case RANGE: return first <= value && value <= second;
    default: return first - second <= value && value <= first + second;
    }
}

#define DIGITS_BEFORE 320
#define DIGITS_BEHIND 1080 /* the least f64 has 1,074 */
#define DIGITS        (DIGITS_BEFORE + DIGITS_BEHIND)

/* All digits of |value|, the point removed, padded to a fixed width. */
static void digits_of_double(double value, char out[DIGITS + 2])
{
    snprintf(out, DIGITS + 2, "%0*.*f", DIGITS + 1, DIGITS_BEHIND, fabs(value));
    memmove(out + DIGITS_BEFORE, out + DIGITS_BEFORE + 1, DIGITS_BEHIND + 1);
}

/* The same of |number| / 10^places. */
static void digits_of_decimal(wide number, unsigned places, char out[DIGITS + 2])
{
    memset(out, '0', DIGITS);
    out[DIGITS] = '\0';
    if (number < 0)
        number = -number;
    for (size_t at = DIGITS_BEFORE + places; number; number /= 10)
        out[--at] = (char)('0' + (int)(number % 10));
}

/* value against number / 10^places: -1, 0, 1. */
static int compare(double value, wide number, unsigned places)
{
    char a[DIGITS + 2], b[DIGITS + 2];
    if (isinf(value))
        return value > 0 ? 1 : -1;
    bool value_negative = value < 0, number_negative = number < 0;
    if (value_negative != number_negative)
        return value_negative ? -1 : 1;
    digits_of_double(value, a);
    digits_of_decimal(number, places, b);
    int order = strcmp(a, b);
    order = order < 0 ? -1 : order > 0;
    return value_negative ? -order : order;
}

static bool rounds_to(double value, wide number, unsigned places)
{
    int from_low = compare(value, 10 * number - 5, places + 1), from_high = compare(value, 10 * number + 5, places + 1);
    if (isinf(value))
        return false;
    if (number == 0)
        return from_low > 0 && from_high < 0;
    return number > 0 ? from_low >= 0 && from_high < 0 : from_low > 0 && from_high <= 0;
}

/* The constant as a program of this type would hold it. */
static double constant(memscan_type type, wide number, unsigned places)
{
    char text[64];
    snprintf(text, sizeof text, "%lld.0e-%u", (long long)number, places);
    return type == MEMSCAN_F32 ? (double)judge_float(text) : judge_double(text);
}

static bool judge_real(const sentence *meaning, memscan_type type, double value)
{
    double first = constant(type, meaning->first, meaning->places);
    double second = constant(type, meaning->second, meaning->places);
    if (isnan(value))
        return false;
    switch (meaning->relation) {
    case PLAIN: return rounds_to(value, meaning->first, meaning->places);
    case EXACT: return value == first;
    case NOT: return !rounds_to(value, meaning->first, meaning->places);
    case ABOVE: return value > first;
    case AT_LEAST: return value >= first;
    case BELOW: return value < first;
    case AT_MOST: return value <= first;
    case RANGE: return first <= value && value <= second;
    default:
        return !isinf(value) && compare(value, meaning->first - meaning->second, meaning->places) >= 0 &&
               compare(value, meaning->first + meaning->second, meaning->places) <= 0;
    }
}

static uint64_t load(const uint8_t *bytes, size_t width, bool big_endian)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)bytes[i] << 8 * (big_endian ? width - 1 - i : i);
    return value;
}

static double real(memscan_type type, uint64_t bits)
{
    double value;
    float single;
    uint32_t low = (uint32_t)bits;
    memcpy(&value, &bits, sizeof value);
    memcpy(&single, &low, sizeof single);
    return type == MEMSCAN_F32 ? (double)single : value;
}

static bool judge(const sentence *meaning, memscan_type type, const uint8_t *bytes)
{
    size_t width = width_of(type);
    uint64_t bits = load(bytes, width, meaning->big_endian);
    if (type == MEMSCAN_F32 || type == MEMSCAN_F64)
        return judge_real(meaning, type, real(type, bits));
    wide value = bits;
    if (type <= MEMSCAN_I64 && value > highest(type))
        value -= (wide)1 << 8 * width;
    return judge_integer(meaning, value);
}

/* ---- questions ---- */

static void print_number(char *out, size_t capacity, wide number, unsigned places)
{
    char digits[32];
    wide magnitude = number < 0 ? -number : number;
    wide whole = magnitude / power_of_ten(places), rest = magnitude % power_of_ten(places);
    snprintf(digits, sizeof digits, ".%0*llu", (int)places, (unsigned long long)rest);
    snprintf(out, capacity, "%s%llu%s", number < 0 ? "-" : "", (unsigned long long)whole, places ? digits : "");
}

static void print_meaning(sentence *meaning, const char *type)
{
    char first[64], second[64] = "";
    verb relation = meaning->relation;
    print_number(first, sizeof first, meaning->first, meaning->places);
    if (between[relation])
        print_number(second, sizeof second, meaning->second, meaning->places);
    snprintf(meaning->text, sizeof meaning->text, "%s%s:%s%s%s%s", meaning->big_endian ? "be:" : "", type,
             before[relation], first, between[relation] ? between[relation] : "", second);
}

static wide random_integer(uint64_t *state, wide low, wide high)
{
    wide near = (wide)below(state, 4);
    switch (below(state, 6)) {
    case 0: return low + near;
    case 1: return high - near;
    case 2: return low < 0 ? (below(state, 2) ? near : -near) : near;
    default: return low + (wide)test_random(state) % (high - low + 1);
    }
}

/* Every single integer type in turn, and int, of which each width decides for itself. */
static void random_integer_question(uint64_t *state, unsigned round, sentence *meaning)
{
    static const memscan_type types[] = { MEMSCAN_I8,  MEMSCAN_I16, MEMSCAN_I32, MEMSCAN_I64, MEMSCAN_U8,
                                          MEMSCAN_U16, MEMSCAN_U32, MEMSCAN_U64, MEMSCAN_PTR, MEMSCAN_INT };
    memscan_type type = types[round % 10];
    meaning->relation = (verb)(round / 10 % RELATION_COUNT);
    meaning->places = 0;
    wide low = lowest(MEMSCAN_I64), high = highest(MEMSCAN_U64);
    if (type != MEMSCAN_INT) {
        low = lowest(type);
        high = highest(type);
    } else if (below(state, 2)) {
        low = -300;
        high = 300;
    }
    meaning->first = random_integer(state, low, high);
    meaning->second = random_integer(state, low, high);
    if (meaning->relation == RANGE && meaning->first > meaning->second) {
        wide swapped = meaning->first;
        meaning->first = meaning->second;
        meaning->second = swapped;
    }
    if (meaning->relation == TOLERANCE)
        meaning->second = below(state, 2) ? (wide)below(state, 10) : (wide)test_random(state);
    meaning->members = 0;
    for (memscan_type member = MEMSCAN_I8; member <= MEMSCAN_I64; member++) {
        memscan_type as_unsigned = (memscan_type)(member + 4);
        bool range = meaning->relation == RANGE;
        if (fits(member, meaning->first) && (!range || fits(member, meaning->second)))
            meaning->members |= BIT(member);
        else if (fits(as_unsigned, meaning->first) && (!range || fits(as_unsigned, meaning->second)))
            meaning->members |= BIT(as_unsigned);
    }
    if (type != MEMSCAN_INT)
        meaning->members = BIT(type);
    print_meaning(meaning, memscan_type_name(type));
}

/* Up to six digits: every such number has floats that round to it. */
static void random_real_question(uint64_t *state, unsigned round, sentence *meaning)
{
    static const memscan_type types[] = { MEMSCAN_F32, MEMSCAN_F64, MEMSCAN_FLOAT, MEMSCAN_NUM };
    memscan_type type = types[round % 4];
    meaning->relation = (verb)(round / 4 % RELATION_COUNT);
    meaning->places = (unsigned)below(state, 7);
    wide limit = power_of_ten((unsigned)below(state, 7));
    meaning->first = (wide)(test_random(state) % (uint64_t)limit) * (below(state, 2) ? 1 : -1);
    meaning->second = meaning->first + (wide)below(state, 1000);
    if (meaning->relation == TOLERANCE)
        meaning->second = 1 + (wide)below(state, 100);
    meaning->members = type == MEMSCAN_F32   ? BIT(MEMSCAN_F32)
                       : type == MEMSCAN_F64 ? BIT(MEMSCAN_F64)
                                             : BIT(MEMSCAN_F32) | BIT(MEMSCAN_F64);
    bool whole = meaning->places == 0;
    for (memscan_type member = MEMSCAN_I8; type == MEMSCAN_NUM && whole && member <= MEMSCAN_I64; member++) {
        memscan_type as_unsigned = (memscan_type)(member + 4);
        bool range = meaning->relation == RANGE;
        if (fits(member, meaning->first) && (!range || fits(member, meaning->second)))
            meaning->members |= BIT(member);
        else if (fits(as_unsigned, meaning->first) && (!range || fits(as_unsigned, meaning->second)))
            meaning->members |= BIT(as_unsigned);
    }
    print_meaning(meaning, memscan_type_name(type));
}

/* ---- memory ---- */

static uint64_t near_real(uint64_t *state, const sentence *meaning, memscan_type type)
{
    static const double specials[] = { 0.0, -0.0, INFINITY, -INFINITY, NAN, 5e-324, -5e-324, 1e-45, 1.5 };
    wide offsets[] = { 0, 5, -5, 10 * meaning->second, -10 * meaning->second };
    wide number = 10 * meaning->first + offsets[below(state, 5)];
    double value = constant(type, number, meaning->places + 1);
    if (meaning->relation == RANGE && below(state, 2))
        value = constant(type, meaning->second, meaning->places);
    if (below(state, 8) == 0)
        value = specials[below(state, 9)];
    uint64_t bits;
    if (type == MEMSCAN_F32) {
        float single = (float)value;
        uint32_t low;
        memcpy(&low, &single, sizeof low);
        bits = low;
    } else {
        memcpy(&bits, &value, sizeof bits);
    }
    return bits + below(state, 5) - 2; /* neighbours; over the edge of infinity lie NaNs */
}

static uint64_t near_miss(uint64_t *state, const sentence *meaning, memscan_type type)
{
    if (type == MEMSCAN_F32 || type == MEMSCAN_F64)
        return near_real(state, meaning, type);
    wide value = below(state, 2) ? meaning->first : meaning->second;
    if (meaning->relation == TOLERANCE)
        value = meaning->first + (below(state, 2) ? meaning->second : -meaning->second);
    value += (wide)below(state, 3) - 1;
    if (below(state, 6) == 0)
        value = below(state, 2) ? highest(type) : lowest(type);
    if (below(state, 8) == 0)
        value ^= (wide)1 << below(state, 8 * width_of(type));
    return (uint64_t)value;
}

/* The padding too is full of what must not be found there. */
static void fill(uint64_t *state, const sentence *meaning, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(below(state, 3) ? 0 : test_random(state));
    for (size_t at = 0; at < size;) {
        memscan_type type = (memscan_type)(1 + below(state, 11));
        size_t width = width_of(type);
        if (!(meaning->members & BIT(type)))
            continue;
        uint64_t bits = near_miss(state, meaning, type);
        for (size_t i = 0; i < width && at + i < size; i++)
            bytes[at + i] = (uint8_t)(bits >> 8 * (meaning->big_endian ? width - 1 - i : i));
        at += below(state, 4) ? width : 1 + below(state, 8);
    }
}

/* ---- comparison ---- */

static uint32_t expected_types(const sentence *meaning, const uint8_t *bytes, size_t available, uint64_t address,
                               uint64_t alignment)
{
    uint32_t types = 0;
    for (memscan_type type = MEMSCAN_I8; type <= MEMSCAN_PTR; type++) {
        uint64_t step = alignment ? alignment : width_of(type);
        if ((meaning->members & BIT(type)) && width_of(type) <= available && address % step == 0 &&
            judge(meaning, type, bytes))
            types |= BIT(type);
    }
    return types;
}

/* Nothing is marked beside the words asked for, the walk meets every word that is not 0, and clearing clears them. */
static void check_marks(ms_marks *marks, size_t first, size_t words)
{
    size_t all = first + words + 1, met = 0, held = 0;
    for (size_t word = 0; word < all; word++)
        held += marks->words[word] != 0;
    for (size_t word = 0; (word = ms_marks_next(marks, word, all)) < all; word++) {
        ck_assert(word >= first && word < first + words);
        met += marks->words[word] != 0;
    }
    ck_assert_uint_eq(met, held);
    ms_marks_clear(marks, all);
    for (size_t word = 0; word < all; word++)
        ck_assert_uint_eq(marks->words[word], 0);
    ck_assert_uint_eq(ms_marks_next(marks, 0, all), all);
}

static void check_meaning(uint64_t *state, const sentence *meaning, unsigned round)
{
    static const uint64_t alignments[] = { 0, 1, 2, 4, 8, 3, 12, 4096 };
    memscan_error error = { 0 };
    memscan_question *question;
    if (!meaning->members) { /* a range that no width holds */
        ck_assert_int_eq(memscan_question_parse(meaning->text, 0, little, NULL, &question, &error), MEMSCAN_INVALID);
        return;
    }
    ck_assert_msg(memscan_question_parse(meaning->text, MEMSCAN_TYPE_NONE, little, NULL, &question, &error) == 0,
                  "%s: %s", meaning->text, error.text);
    ck_assert_msg(memscan_question_types(question) == meaning->members, "%s: %#x, not %#x", meaning->text,
                  memscan_question_types(question), meaning->members);
    ms_question_scratch *scratch = ms_question_scratch_create(&ms_default_allocator);
    size_t length = below(state, round % 16 ? 160 : 9000), limit = length ? 1 + below(state, length) : 0;
    uint64_t address = (test_random(state) >> below(state, 60)) & ~UINT64_C(7);
    address += below(state, 3) ? 0 : below(state, 8);
    uint64_t alignment = alignments[below(state, 8)];
    size_t words = (limit + 63) / 64;
    uint8_t *bytes = malloc(length + MS_QUESTION_PADDING);
    uint32_t *expected = calloc(limit + 1, sizeof *expected);
    ck_assert(scratch && bytes && expected);
    fill(state, meaning, bytes, length + MS_QUESTION_PADDING);
    for (size_t i = 0; i < limit; i++) {
        size_t match_length;
        expected[i] = expected_types(meaning, bytes + i, length - i, address + i, alignment);
        uint32_t types = ms_question_at(question, bytes + i, length - i, address + i, alignment, &match_length);
        if (types != expected[i])
            ck_abort_msg("seed %#llx, round %u, %s at %zu: %#x, not %#x", (unsigned long long)SEED, round,
                         meaning->text, i, types, expected[i]);
        if (match_length != (types ? width_of(ms_question_best_type(types)) : 0))
            ck_abort_msg("%s: length %zu", meaning->text, match_length);
    }
    for (const ms_kernel_set *const *set = ms_kernel_sets(); *set; set++) {
        const size_t first = round % 70;
        ms_marks *marks = ms_marks_create(&ms_default_allocator, first + words + 1);
        ck_assert_ptr_nonnull(marks);
        question->kernels = *set;
        bool marked = ms_question_mark(question, bytes, length, limit, address, alignment, scratch, marks, first),
             any = false;
        for (size_t i = 0; i < 64 * words; i++) {
            any |= i < limit && expected[i];
            if ((marks->words[first + i / 64] >> i % 64 & 1) != (i < limit && expected[i]))
                ck_abort_msg("seed %#llx, round %u, %s: %s at %zu of %zu, address %#llx, alignment %llu",
                             (unsigned long long)SEED, round, (*set)->name, meaning->text, i, length,
                             (unsigned long long)address, (unsigned long long)alignment);
        }
        ck_assert_int_eq(marked, any);
        check_marks(marks, first, words);
        ms_marks_destroy(&ms_default_allocator, marks, first + words + 1);
    }
    free(expected);
    free(bytes);
    ms_question_scratch_destroy(scratch);
    memscan_question_destroy(question);
}

START_TEST(integers_are_judged_as_one_by_one)
{
    uint64_t state = SEED;
    for (unsigned round = 0; round < 6000; round++) {
        sentence meaning = { .big_endian = round / 90 % 2 };
        random_integer_question(&state, round, &meaning);
        check_meaning(&state, &meaning, round);
    }
}
END_TEST

START_TEST(floats_are_judged_as_one_by_one)
{
    uint64_t state = SEED;
    for (unsigned round = 0; round < 1440; round++) {
        sentence meaning = { .big_endian = round / 36 % 2 };
        random_real_question(&state, round, &meaning);
        check_meaning(&state, &meaning, round + 1);
    }
}
END_TEST

/* ---- floats by hand ---- */

static bool matches(const char *text, const void *value, size_t width)
{
    memscan_question *question;
    memscan_error error = { 0 };
    size_t length;
    ck_assert_msg(memscan_question_parse(text, 0, little, NULL, &question, &error) == 0, "%s: %s", text, error.text);
    uint32_t types = ms_question_at(question, value, width, 0, 0, &length);
    memscan_question_destroy(question);
    return types != 0;
}

static bool matches_double(const char *text, double value)
{
    return matches(text, &value, sizeof value);
}

static bool matches_float(const char *text, float value)
{
    return matches(text, &value, sizeof value);
}

START_TEST(rounding_has_exact_bounds)
{
    ck_assert(matches_double("f64:1.5", 1.5) && !matches_double("f64:1.5", 1.45)); /* 1.4499999999999999556 */
    ck_assert(matches_double("f64:1.5", nextafter(1.45, 2)));
    ck_assert(!matches_double("f64:1.5", 1.55)); /* 1.55 is 1.5500000000000000444 */
    ck_assert(matches_double("f64:1.5", nextafter(1.55, 0)));
    ck_assert(!matches_float("f32:1.5", nextafterf(1.45f, 0)));                    /* 1.45f is 1.4500000477 */
    ck_assert(matches_float("f32:1.5", 1.45f) && matches_float("f32:1.5", 1.55f)); /* 1.55f is 1.5499999523 */
    ck_assert(!matches_float("f32:1.5", nextafterf(1.55f, 2)));
    ck_assert(!matches_double("f64:1.50", 1.45) && matches_double("f64:1.50", 1.4951));
    ck_assert(matches_double("f64:0.5", 0.55 - 1e-9) && matches_double("f64:100", 100.25));
    ck_assert(matches_double("f64:2.5", 2.5) && !matches_double("f64:2", 2.5) && matches_double("f64:3", 2.5));
    ck_assert(matches_double("f64:-3", -2.5) && !matches_double("f64:-2", -2.5));
    ck_assert(!matches_double("f64:0", 0.5) && !matches_double("f64:0", -0.5) && matches_double("f64:0", -0.0));
    ck_assert(!matches_double("f64:=1.5", 1.5000001) && matches_double("f64:=1.5", 1.5));
    ck_assert(!matches_double("f64:1.5e0", 1.5000001) && !matches_double("f64:1e3", 1000.25));
    ck_assert(matches_float("f32:=0.1", 0.1f) && matches_double("f64:=0.1", 0.1));
    ck_assert(matches_double("f64:1.5~0.25", 1.75) && !matches_double("f64:1.5~0.25", nextafter(1.75, 2)));
    ck_assert(matches_double("f64:1.5~0.25", 1.25) && !matches_double("f64:1.5~0.25", nextafter(1.25, 0)));
    ck_assert(matches_double("f64:0.1..0.2", 0.2) && matches_float("f32:0.1..0.2", 0.2f));
}
END_TEST

START_TEST(special_floats_answer_as_ieee_does)
{
    static const char *const all[] = { "f64:=1",        "f64:not 1",     "f64:above 1", "f64:at least 1", "f64:below 1",
                                       "f64:at most 1", "f64:-inf..inf", "f64:1~5",     "f64:1" };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        ck_assert_msg(!matches_double(all[i], NAN) && !matches_double(all[i], -NAN), "%s", all[i]);
    ck_assert(matches_double("f64:=0", -0.0) && matches_double("f64:=-0", 0.0));
    ck_assert(!matches_double("f64:not =0", -0.0) && !matches_double("f64:above 0", 0.0));
    ck_assert(matches_double("f64:above 0", 5e-324) && !matches_double("f64:above 0", -5e-324));
    ck_assert(matches_double("f64:below 0", -5e-324) && matches_double("f64:at most 0", 0.0));
    ck_assert(matches_double("f64:inf", INFINITY) && !matches_double("f64:inf", -INFINITY));
    ck_assert(matches_double("f64:above 1e308", INFINITY) && !matches_double("f64:above inf", INFINITY));
    ck_assert(matches_double("f64:below 0", -INFINITY) && matches_double("f64:not 5", -INFINITY));
    ck_assert(!matches_double("f64:1.7976931348623157e308~1e308", INFINITY));
    ck_assert(matches_float("f32:=1e-45", 1e-45f) && !matches_float("f32:=1e-45", 0.0f));
}
END_TEST

#if defined(__x86_64__)
/* A guest may be called with denormals flushed, another rounding mode and every floating-point exception trapped. */
START_TEST(the_float_environment_changes_nothing)
{
    uint32_t memory[64 + MS_QUESTION_PADDING / 4] = { 0 };
    memory[3] = 1;          /* 1e-45 */
    memory[5] = 0x7f800001; /* a signalling NaN */
    memory[7] = 0x80000001; /* -1e-45 */
    memory[9] = 0x3f800000; /* 1 */
    uint64_t starts[4] = { 0 }, used[1] = { 0 };
    ms_marks marks = { starts, used };
    ms_question_scratch *scratch = ms_question_scratch_create(&ms_default_allocator);
    memscan_question *question;
    unsigned before_test = _mm_getcsr();
    _mm_setcsr(0xe040); /* flush to zero, toward zero, denormals are zeros, nothing masked */
    memscan_status status = memscan_question_parse("f32:above 0", 0, little, NULL, &question, NULL);
    if (status == MEMSCAN_OK)
        ms_question_mark(question, (const uint8_t *)memory, 256, 256, 0, 0, scratch, &marks, 0);
    _mm_setcsr(before_test);
    ck_assert_int_eq(status, MEMSCAN_OK);
    ck_assert_uint_eq(starts[0], UINT64_C(1) << 12 | UINT64_C(1) << 36);
    ck_assert(starts[1] == 0 && starts[2] == 0 && starts[3] == 0);
    memscan_question_destroy(question);
    ms_question_scratch_destroy(scratch);
}
END_TEST
#endif

START_TEST(the_best_type_is_the_widest_integer)
{
    ck_assert_int_eq(ms_question_best_type(BIT(MEMSCAN_I8) | BIT(MEMSCAN_I32) | BIT(MEMSCAN_F64)), MEMSCAN_I32);
    ck_assert_int_eq(ms_question_best_type(BIT(MEMSCAN_U8) | BIT(MEMSCAN_F32) | BIT(MEMSCAN_F64)), MEMSCAN_U8);
    ck_assert_int_eq(ms_question_best_type(BIT(MEMSCAN_F32) | BIT(MEMSCAN_F64)), MEMSCAN_F64);
    ck_assert_int_eq(ms_question_best_type(0), MEMSCAN_TYPE_NONE);
}
END_TEST

START_TEST(the_last_bytes_of_the_address_space_are_judged)
{
    uint8_t memory[16 + MS_QUESTION_PADDING] = { [12] = 7, [15] = 7 };
    uint64_t starts[1] = { 0 }, used[1] = { 0 };
    ms_marks marks = { starts, used };
    memscan_question *question;
    ms_question_scratch *scratch = ms_question_scratch_create(&ms_default_allocator);
    ck_assert_int_eq(memscan_question_parse("u32:at least 7", 0, little, NULL, &question, NULL), MEMSCAN_OK);
    ck_assert(ms_question_mark(question, memory, 16, 16, UINT64_MAX - 15, 0, scratch, &marks, 0));
    ck_assert_uint_eq(starts[0], 1u << 12);
    memscan_question_destroy(question);
    ms_question_scratch_destroy(scratch);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("judge");
    TCase *tests = tcase_create("judge");
    tcase_add_test(tests, integers_are_judged_as_one_by_one);
    tcase_add_test(tests, floats_are_judged_as_one_by_one);
    tcase_add_test(tests, rounding_has_exact_bounds);
    tcase_add_test(tests, special_floats_answer_as_ieee_does);
#if defined(__x86_64__)
    tcase_add_test(tests, the_float_environment_changes_nothing);
#endif
    tcase_add_test(tests, the_best_type_is_the_widest_integer);
    tcase_add_test(tests, the_last_bytes_of_the_address_space_are_judged);
    tcase_set_timeout(tests, 100);
    suite_add_tcase(suite, tests);
    return suite;
}
