/* predicate.c - a relation becomes tests: lane, form, operands, invert.
 *
 * Integers: a constant is a value of the type; in a set of widths one that is beyond the signed maximum of a width, but
 * within its unsigned one, is judged unsigned there. Unsigned is the signed kernel with the sign bit flipped on both
 * sides.
 *
 * Floats are judged on integer lanes, as stretches of keys (decimal.h): the bits of positive floats order as the floats
 * do, those of negative ones the other way round, so a stretch is one range of bits on either side of zero. NaNs lie
 * in no stretch, and "not" is the stretches on both sides, so that NaN answers every question with no. */
#include "question_parts.h"

#include <stdio.h>

#include "../base/bytes.h"
#include "../base/error.h"
#include "../value/literal.h"
#include "../value/type.h"

static ms_lane_value lane_value(uint64_t bits, size_t width)
{
    ms_lane_value value = { 0 };
    switch (width) {
    case 1: value.i8 = (int8_t)bits; break;
    case 2: value.i16 = (int16_t)bits; break;
    case 4: value.i32 = (int32_t)bits; break;
    default: value.i64 = (int64_t)bits; break;
    }
    return value;
}

/* Equality needs no swapped bytes, only swapped constants. */
static void settle_order(ms_test *test, memscan_layout layout)
{
    bool foreign = test->width > 1 && !layout.big_endian != !ms_host_is_big_endian();
    test->swap = foreign && test->form != MS_FORM_EQ;
    if (foreign && !test->swap)
        test->low = ms_swap_uint(test->low, test->width);
}

static void add_test(memscan_question *question, ms_test test)
{
    settle_order(&test, question->layout);
    test.lane = ms_lane_of_width(test.width);
    test.operands.low = lane_value(test.low, test.width);
    test.operands.high = lane_value(test.high, test.width);
    if (test.is_unsigned)
        test.operands.bias = lane_value(UINT64_C(1) << (8 * test.width - 1), test.width);
    question->tests[question->test_count++] = test;
    question->types |= MEMSCAN_TYPE_BIT(test.type);
}

/* The bits of an integer as a number that orders with others of its type. */
static uint64_t ordered(uint64_t bits, size_t width, bool is_unsigned)
{
    return is_unsigned ? bits : bits ^ UINT64_C(1) << (8 * width - 1);
}

/* low..high around `middle`, cut where the type ends. */
static void widen(ms_test *test, uint64_t middle, uint64_t tolerance)
{
    uint64_t top = UINT64_MAX >> (64 - 8 * test->width);
    uint64_t at = ordered(middle, test->width, test->is_unsigned);
    test->low = ordered(at > tolerance ? at - tolerance : 0, test->width, test->is_unsigned);
    test->high = ordered(top - at > tolerance ? at + tolerance : top, test->width, test->is_unsigned);
}

static memscan_status fail_empty_range(const ms_relation *relation, memscan_error *error)
{
    char low[MS_SHOWN], high[MS_SHOWN];
    ms_show(low, relation->first.text, relation->first.length);
    ms_show(high, relation->second.text, relation->second.length);
    ms_fail(error, MEMSCAN_INVALID, "the range %s..%s is empty", low, high);
    ms_hint(error, "write %s..%s", high, low);
    return MEMSCAN_INVALID;
}

/* More than 64 bits reach as far as 64 do. */
static memscan_status whole_tolerance(const ms_number *number, memscan_type type, uint64_t *tolerance,
                                      memscan_error *error)
{
    if (number->kind != MS_NUMBER_INTEGER)
        return ms_number_to_integer(number, type, sizeof *tolerance, tolerance, error);
    *tolerance = number->too_large ? UINT64_MAX : number->magnitude;
    return MEMSCAN_OK;
}

/* Which kernel's answer, and whether inverted. */
static void choose_form(ms_test *test, const ms_relation *relation)
{
    static const struct {
        ms_form form;
        bool invert;
    } choices[] = {
        [MS_RELATION_EQUAL] = { MS_FORM_EQ, false },     [MS_RELATION_ABOVE] = { MS_FORM_GT, false },
        [MS_RELATION_AT_LEAST] = { MS_FORM_GE, false },  [MS_RELATION_BELOW] = { MS_FORM_GE, true },
        [MS_RELATION_AT_MOST] = { MS_FORM_GT, true },    [MS_RELATION_RANGE] = { MS_FORM_IN, false },
        [MS_RELATION_TOLERANCE] = { MS_FORM_IN, false },
    };
    test->form = choices[relation->comparison].form;
    test->invert = choices[relation->comparison].invert != relation->negated;
}

/* A relation in one integer type. */
static memscan_status compile_integer(memscan_question *question, const ms_relation *relation, memscan_type type,
                                      memscan_error *error)
{
    ms_test test = { .type = type, .is_unsigned = !ms_type(type)->is_signed };
    test.width = (uint8_t)memscan_type_width(type, question->layout.pointer_width);
    memscan_status status = ms_number_to_integer(&relation->first, type, test.width, &test.low, error);
    if (status == MEMSCAN_OK && relation->comparison == MS_RELATION_RANGE) {
        status = ms_number_to_integer(&relation->second, type, test.width, &test.high, error);
        if (status == MEMSCAN_OK &&
            ordered(test.low, test.width, test.is_unsigned) > ordered(test.high, test.width, test.is_unsigned))
            status = fail_empty_range(relation, error);
    }
    if (status == MEMSCAN_OK && relation->comparison == MS_RELATION_TOLERANCE) {
        uint64_t tolerance;
        status = whole_tolerance(&relation->second, type, &tolerance, error);
        if (status == MEMSCAN_OK)
            widen(&test, test.low, tolerance);
    }
    if (status < 0)
        return status;
    choose_form(&test, relation);
    add_test(question, test);
    return MEMSCAN_OK;
}

/* The unsigned type of the same width. */
static memscan_type unsigned_type(memscan_type type)
{
    return (memscan_type)(type + (MEMSCAN_U8 - MEMSCAN_I8));
}

/* One width of a set: signed, else unsigned, else not at all. */
static memscan_status compile_width(memscan_question *question, const ms_relation *relation, memscan_type type,
                                    memscan_error *error)
{
    if (compile_integer(question, relation, type, error) == MEMSCAN_OK)
        return MEMSCAN_OK;
    return compile_integer(question, relation, unsigned_type(type), NULL);
}

/* A stretch of keys, both ends included. */
typedef struct stretch {
    int64_t low, high;
} stretch;

static void add_bits(memscan_question *question, memscan_type type, uint64_t low, uint64_t high)
{
    add_test(question, (ms_test){ .type = type,
                                  .width = (uint8_t)memscan_type_width(type, 0),
                                  .form = low == high ? MS_FORM_EQ : MS_FORM_IN,
                                  .low = low,
                                  .high = high });
}

/* Zero has two spellings, and is on both sides. */
static void add_stretch(memscan_question *question, memscan_type type, stretch keys)
{
    uint64_t sign = UINT64_C(1) << (8 * ms_format_of(type)->width - 1);
    if (keys.low > keys.high)
        return;
    if (keys.high >= 0)
        add_bits(question, type, (uint64_t)(keys.low > 0 ? keys.low : 0), (uint64_t)keys.high);
    if (keys.low <= 0)
        add_bits(question, type, sign | (uint64_t)(keys.high < 0 ? -keys.high : 0), sign | (uint64_t)-keys.low);
}

static memscan_status key_of(const ms_number *number, memscan_type type, int64_t *key, memscan_error *error)
{
    uint64_t bits;
    if (number->kind == MS_NUMBER_NAN) {
        ms_fail(error, MEMSCAN_INVALID, "no comparison with nan is ever true");
        ms_hint(error, "look for its bits: %s", type == MEMSCAN_F32 ? "u32:0x7fc00000" : "u64:0x7ff8000000000000");
        return MEMSCAN_INVALID;
    }
    memscan_status status = ms_number_to_real(number, type, &bits, error);
    if (status == MEMSCAN_OK)
        *key = ms_key_of_bits(bits, ms_format_of(type));
    return status;
}

static ms_decimal shifted(const ms_decimal *decimal, const ms_decimal *by, bool down)
{
    ms_decimal result = *decimal, step = *by;
    step.negative = down;
    ms_decimal_add(&result, &step);
    return result;
}

/* What rounds to the number at the digits it is written with: half a unit of the last one either side, the half away
 * from zero excluded. */
static stretch rounding_stretch(const ms_number *number, const ms_float_format *format)
{
    ms_decimal half;
    ms_decimal_set(&half, false, "5", 1, -(int32_t)number->places - 1);
    ms_decimal below = shifted(&number->decimal, &half, true), above = shifted(&number->decimal, &half, false);
    if (ms_decimal_is_zero(&number->decimal))
        return (stretch){ ms_key_greater_than(&below, format), ms_key_less_than(&above, format) };
    if (number->negative)
        return (stretch){ ms_key_greater_than(&below, format), ms_key_at_most(&above, format) };
    return (stretch){ ms_key_at_least(&below, format), ms_key_less_than(&above, format) };
}

static memscan_status fail_no_float(const ms_relation *relation, memscan_type type, int64_t nearest,
                                    memscan_error *error)
{
    char shown[MS_SHOWN], digits[MS_FLOAT_TEXT];
    const char *name = memscan_type_name(type);
    ms_show(shown, relation->first.text, relation->first.length);
    ms_key_write(nearest < 0 ? -nearest : nearest, ms_format_of(type), digits);
    ms_fail(error, MEMSCAN_INVALID, "no %s lies so near to %s", name, shown);
    ms_hint(error, "the nearest is %s:=%s%s", name, nearest < 0 ? "-" : "", digits);
    return MEMSCAN_INVALID;
}

/* A number, to the digits written, or exactly. */
static memscan_status equal_stretch(const ms_relation *relation, memscan_type type, stretch *keys, memscan_error *error)
{
    const ms_number *number = &relation->first;
    int64_t key;
    memscan_status status = key_of(number, type, &key, error);
    if (status < 0)
        return status;
    *keys = (stretch){ key, key };
    if (relation->exact || number->exponent || number->kind == MS_NUMBER_INFINITY)
        return MEMSCAN_OK;
    *keys = rounding_stretch(number, ms_format_of(type));
    return keys->low <= keys->high ? MEMSCAN_OK : fail_no_float(relation, type, key, error);
}

static memscan_status tolerance_stretch(const ms_relation *relation, memscan_type type, stretch *keys,
                                        memscan_error *error)
{
    const ms_number *numbers[] = { &relation->first, &relation->second };
    int64_t key = 0;
    for (size_t i = 0; i < 2; i++) {
        bool finite = numbers[i]->kind == MS_NUMBER_INTEGER || numbers[i]->kind == MS_NUMBER_REAL;
        if (!finite)
            return ms_fail(error, MEMSCAN_INVALID, "a tolerance takes two finite numbers");
        if (i == 0 || numbers[i]->hex || numbers[i]->size != MS_DECIMAL_FITS) {
            memscan_status status = key_of(numbers[i], type, &key, error);
            if (status < 0)
                return status;
        }
    }
    ms_decimal low = shifted(&relation->first.decimal, &relation->second.decimal, true);
    ms_decimal high = shifted(&relation->first.decimal, &relation->second.decimal, false);
    *keys = (stretch){ ms_key_at_least(&low, ms_format_of(type)), ms_key_at_most(&high, ms_format_of(type)) };
    return keys->low <= keys->high ? MEMSCAN_OK : fail_no_float(relation, type, key, error);
}

static memscan_status range_stretch(const ms_relation *relation, memscan_type type, stretch *keys, memscan_error *error)
{
    memscan_status status = key_of(&relation->first, type, &keys->low, error);
    if (status == MEMSCAN_OK)
        status = key_of(&relation->second, type, &keys->high, error);
    return status == MEMSCAN_OK && keys->low > keys->high ? fail_empty_range(relation, error) : status;
}

static memscan_status one_sided_stretch(const ms_relation *relation, memscan_type type, stretch *keys,
                                        memscan_error *error)
{
    int64_t key, infinity = ms_format_of(type)->infinity;
    memscan_status status = key_of(&relation->first, type, &key, error);
    if (status < 0)
        return status;
    switch (relation->comparison) {
    case MS_RELATION_ABOVE: *keys = (stretch){ key + 1, infinity }; break;
    case MS_RELATION_AT_LEAST: *keys = (stretch){ key, infinity }; break;
    case MS_RELATION_BELOW: *keys = (stretch){ -infinity, key - 1 }; break;
    default: *keys = (stretch){ -infinity, key }; break;
    }
    return MEMSCAN_OK;
}

/* A relation in one float type. */
static memscan_status compile_real(memscan_question *question, const ms_relation *relation, memscan_type type,
                                   memscan_error *error)
{
    stretch keys = { 0, 0 };
    memscan_status status;
    switch (relation->comparison) {
    case MS_RELATION_EQUAL: status = equal_stretch(relation, type, &keys, error); break;
    case MS_RELATION_TOLERANCE: status = tolerance_stretch(relation, type, &keys, error); break;
    case MS_RELATION_RANGE: status = range_stretch(relation, type, &keys, error); break;
    default: status = one_sided_stretch(relation, type, &keys, error); break;
    }
    if (status < 0)
        return status;
    int64_t infinity = ms_format_of(type)->infinity;
    if (relation->negated) {
        add_stretch(question, type, (stretch){ -infinity, keys.low - 1 });
        add_stretch(question, type, (stretch){ keys.high + 1, infinity });
    } else {
        add_stretch(question, type, keys);
    }
    question->types |= MEMSCAN_TYPE_BIT(type); /* also where no float is left: above inf */
    return MEMSCAN_OK;
}

memscan_status ms_question_compile(memscan_question *question, const ms_relation *relation, memscan_type type,
                                   memscan_error *error)
{
    const ms_type_facts *facts = ms_type(type);
    if (facts->class == MS_CLASS_INTEGER)
        return compile_integer(question, relation, type, error);
    if (facts->class == MS_CLASS_REAL)
        return compile_real(question, relation, type, error);
    memscan_status status = MEMSCAN_INVALID;
    memscan_error widest = { 0 };
    for (memscan_type member = MEMSCAN_I8; member <= MEMSCAN_F64; member++) {
        if (!(facts->single & MEMSCAN_TYPE_BIT(member)))
            continue;
        status = ms_type(member)->class == MS_CLASS_REAL ? compile_real(question, relation, member, &widest)
                                                         : compile_width(question, relation, member, &widest);
    }
    if (question->types)
        return MEMSCAN_OK;
    if (error)
        *error = widest;
    return status;
}
