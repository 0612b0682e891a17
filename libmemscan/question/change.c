/* change.c - now against before. Integers are judged by the exact difference as a sign and a magnitude, which 64 bits
 * and a sign always hold; the kernels compute it modulo the width, so they are asked together with "greater than
 * before", which leaves exactly the differences that did not wrap. Floats are judged by their difference in double
 * with a margin for every rounding there could be, and by exact decimals where that does not decide. */
#include "change.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "../base/alloc.h"
#include "../base/bytes.h"
#include "../base/error.h"
#include "../kernel/kernel.h"
#include "../value/compare.h"
#include "../value/literal.h"
#include "../value/number.h"

typedef enum change_kind { CHANGED, UNCHANGED, INCREASED, DECREASED, BY, BY_PERCENT } change_kind;

/* One end of an interval, as each sort of value needs it. */
typedef struct end {
    bool negative; /* below zero */
    bool whole;    /* `magnitude` is the end for integers */
    uint64_t magnitude;
    ms_decimal decimal; /* for floats, rounded outwards by half a digit */
    double nearly;      /* near `decimal` */
    bool open;          /* `decimal` itself does not belong */
} end;

struct ms_change {
    const memscan_allocator *allocator;
    change_kind kind;
    bool down;             /* judged is before - now instead of now - before */
    end low, high;         /* BY: of what is judged. BY_PERCENT: of 100 * that / |before| */
    uint64_t percent;      /* percent * 10^places */
    uint64_t percent_unit; /* 100 * 10^places */
};

static const char *const kind_words[] = {
    [CHANGED] = "changed", [UNCHANGED] = "unchanged", [INCREASED] = "increased", [DECREASED] = "decreased"
};

static bool find_word(const char *text, size_t length, change_kind *kind)
{
    for (size_t w = 0; w < sizeof kind_words / sizeof kind_words[0]; w++)
        if (strlen(kind_words[w]) == length && memcmp(kind_words[w], text, length) == 0) {
            *kind = (change_kind)w;
            return true;
        }
    return false;
}

bool ms_change_is_meant(const char *text, size_t length)
{
    ms_trim(&text, &length);
    if (length > 1 && (text[0] == '+' || text[0] == '-'))
        return true;
    size_t word = 0;
    change_kind kind;
    while (word < length && text[word] != ' ')
        word++;
    return find_word(text, word, &kind);
}

static memscan_status refuse(memscan_error *error, const char *text, size_t length, const char *why)
{
    char shown[MS_SHOWN];
    ms_fail(error, MEMSCAN_INVALID, "\"%s\" is no change: %s", ms_show(shown, text, length), why);
    ms_hint(error, "write changed, unchanged, increased, decreased, +5, -5, +5..+9, -9..-5, +10%% or -10%%; a value "
                   "with a sign is =-5");
    return MEMSCAN_INVALID;
}

/* The number behind a sign, which is at text[0]. */
static memscan_status parse_size(const char *text, size_t length, ms_number *number, memscan_error *error)
{
    memscan_status status = length < 2 ? MEMSCAN_INVALID : ms_number_parse(text + 1, length - 1, number, NULL);
    if (status != MEMSCAN_OK || (number->kind != MS_NUMBER_INTEGER && number->kind != MS_NUMBER_REAL) ||
        number->negative)
        return refuse(error, text, length, "a number without a second sign belongs behind the first");
    if (number->size != MS_DECIMAL_FITS)
        return refuse(error, text, length, "the number is beyond every value");
    return MEMSCAN_OK;
}

static double approximate(const ms_decimal *decimal)
{
    int64_t key = ms_key_nearest(decimal, &ms_format_f64);
    uint64_t bits = (uint64_t)(key < 0 ? -key : key);
    double value;
    memcpy(&value, &bits, sizeof value);
    return key < 0 ? -value : value;
}

/* A hex number has no decimal of its own: it is a whole one. */
static void decimal_of(const ms_number *number, ms_decimal *decimal)
{
    *decimal = number->decimal;
    if (!number->hex)
        return;
    char digits[24];
    size_t count = 0;
    uint64_t rest = number->magnitude;
    for (; rest; rest /= 10)
        digits[sizeof digits - 1 - count++] = (char)('0' + rest % 10);
    (void)ms_decimal_set(decimal, false, digits + sizeof digits - count, count, 0);
}

/* The end of an interval at `number`; `shift` moves it for floats by so many halves of its last written digit. */
static void set_end(end *to, const ms_number *number, bool negative, int shift)
{
    ms_decimal half = { 0 };
    to->negative = negative && (number->magnitude || number->kind != MS_NUMBER_INTEGER);
    to->whole = number->kind == MS_NUMBER_INTEGER && !number->too_large;
    to->magnitude = number->magnitude;
    decimal_of(number, &to->decimal);
    to->decimal.negative = negative;
    if (shift) {
        (void)ms_decimal_set(&half, shift < 0, "5", 1, -(int32_t)number->places - 1);
        ms_decimal_add(&to->decimal, &half);
    }
    to->nearly = approximate(&to->decimal);
}

/* Written plainly, a float's change is what rounds to it; "=" and an exponent make it exact. */
static memscan_status parse_single(ms_change *change, const char *text, size_t length, memscan_error *error)
{
    ms_number number;
    char unsigned_text[1024];
    bool exact = length > 1 && text[1] == '=';
    if (length >= sizeof unsigned_text)
        return refuse(error, text, length, "it is too long");
    memcpy(unsigned_text, text, length);
    if (exact) /* "+=5" is read as "+5" */
        memmove(unsigned_text + 1, unsigned_text + 2, length - 2);
    memscan_status status = parse_size(unsigned_text, length - exact, &number, error);
    if (status != MEMSCAN_OK)
        return status;
    exact = exact || number.exponent || number.hex;
    set_end(&change->low, &number, false, exact ? 0 : -1);
    set_end(&change->high, &number, false, exact ? 0 : 1);
    change->high.open = !exact;
    change->low.open = !exact && ms_decimal_is_zero(&number.decimal); /* +-half a digit rounds away from 0 */
    change->down = text[0] == '-';
    return MEMSCAN_OK;
}

static memscan_status parse_range(ms_change *change, const char *text, size_t length, size_t dots, memscan_error *error)
{
    ms_number low, high;
    const char *right = text + dots + 2;
    size_t right_length = length - dots - 2;
    if (right_length == 0 || (right[0] != '+' && right[0] != '-'))
        return refuse(error, text, length, "both ends of a range need a sign");
    memscan_status status = parse_size(text, dots, &low, error);
    if (status == MEMSCAN_OK)
        status = parse_size(right, right_length, &high, error);
    if (status != MEMSCAN_OK)
        return status;
    change->down = text[0] == '-' && right[0] == '-';
    set_end(&change->low, change->down ? &high : &low, !change->down && text[0] == '-', 0);
    set_end(&change->high, change->down ? &low : &high, false, 0);
    if (text[0] == '+' && right[0] == '-')
        change->high.decimal.negative = true; /* never a range: refused below, unless both are 0 */
    if (ms_decimal_compare(&change->low.decimal, &change->high.decimal) > 0)
        return refuse(error, text, length, "the range ends before it begins");
    return MEMSCAN_OK;
}

static memscan_status parse_percent(ms_change *change, const char *text, size_t length, memscan_error *error)
{
    ms_number number;
    memscan_status status = parse_size(text, length - 1, &number, error);
    if (status != MEMSCAN_OK)
        return status;
    uint64_t percent = 0, unit = 100;
    bool point = false;
    for (size_t i = 1; i + 1 < length; i++) {
        point = point || text[i] == '.';
        if (text[i] == '.')
            continue;
        if (text[i] < '0' || text[i] > '9' || percent > UINT64_C(99999999999) || (point && unit > UINT64_C(10000000)))
            return refuse(error, text, length, "a percentage has at most twelve digits, six of them behind the point");
        percent = percent * 10 + (uint64_t)(text[i] - '0');
        unit *= point ? 10 : 1;
    }
    change->percent = percent;
    change->percent_unit = unit;
    change->down = text[0] == '-';
    set_end(&change->low, &number, false, -1);
    set_end(&change->high, &number, false, 1);
    change->high.open = true;
    return MEMSCAN_OK;
}

static memscan_status parse_amount(ms_change *change, const char *text, size_t length, memscan_error *error)
{
    change->kind = BY;
    if (length < 2 || (text[0] != '+' && text[0] != '-'))
        return refuse(error, text, length, "it has neither a sign nor a word for a change");
    if (text[length - 1] == '%') {
        change->kind = BY_PERCENT;
        return parse_percent(change, text, length, error);
    }
    for (size_t i = 1; i + 1 < length; i++)
        if (text[i] == '.' && text[i + 1] == '.')
            return parse_range(change, text, length, i, error);
    return parse_single(change, text, length, error);
}

memscan_status ms_change_parse(const char *text, size_t length, const memscan_allocator *allocator, ms_change **change,
                               memscan_error *error)
{
    *change = NULL;
    ms_change *made = ms_alloc(allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->allocator = allocator;
    ms_trim(&text, &length);
    memscan_status status = find_word(text, length, &made->kind) ? MEMSCAN_OK : parse_amount(made, text, length, error);
    if (status == MEMSCAN_OK)
        *change = made;
    else
        ms_change_destroy(made);
    return status;
}

void ms_change_destroy(ms_change *change)
{
    if (change)
        ms_free(change->allocator, change, sizeof *change);
}

memscan_status ms_change_fits(const ms_change *change, memscan_type type, memscan_error *error)
{
    const ms_type_facts *facts = ms_type(type);
    if (change->kind == CHANGED || change->kind == UNCHANGED || facts->class == MS_CLASS_REAL)
        return MEMSCAN_OK;
    if (facts->class != MS_CLASS_INTEGER) {
        ms_fail(error, MEMSCAN_INVALID, "%s cannot increase or decrease", facts->name);
        ms_hint(error, "write changed or unchanged");
        return MEMSCAN_INVALID;
    }
    if (change->kind == BY && !(change->low.whole && change->high.whole)) {
        ms_fail(error, MEMSCAN_INVALID, "%s changes by whole numbers of at most 64 bits only", facts->name);
        return MEMSCAN_INVALID;
    }
    return MEMSCAN_OK;
}

/* Exact arithmetic on 128 bits. */
typedef struct wide {
    uint64_t high, low;
} wide;

static wide multiply(uint64_t a, uint64_t b)
{
    uint64_t low = (a & UINT32_MAX) * (b & UINT32_MAX), cross = (a >> 32) * (b & UINT32_MAX) + (low >> 32);
    uint64_t other = (a & UINT32_MAX) * (b >> 32) + (cross & UINT32_MAX);
    return (wide){ (a >> 32) * (b >> 32) + (cross >> 32) + (other >> 32), other << 32 | (low & UINT32_MAX) };
}

static wide add(wide a, uint64_t b)
{
    uint64_t low = a.low + b;
    return (wide){ a.high + (low < b), low };
}

static bool less(wide a, wide b)
{
    return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static wide twice(wide a)
{
    return (wide){ a.high << 1 | a.low >> 63, a.low << 1 };
}

/* Whether `size` is size_before * percent / unit to the nearest whole number, half away from zero: 2 * size * unit - unit
 * <= 2 * size_before * percent < 2 * size * unit + unit. */
static bool is_percent_of(const ms_change *change, uint64_t size, uint64_t size_before)
{
    wide share = twice(multiply(size_before, change->percent)), whole = twice(multiply(size, change->percent_unit));
    return !less(add(share, change->percent_unit), whole) && less(share, add(whole, change->percent_unit));
}

/* A difference: its sign and magnitude. Compares with an end of the interval. */
static int against_end(bool negative, uint64_t magnitude, const end *to)
{
    if (negative != to->negative)
        return negative ? -1 : 1;
    int order = magnitude < to->magnitude ? -1 : magnitude > to->magnitude;
    return negative ? -order : order;
}

static bool integer_at(const ms_change *change, memscan_type type, memscan_layout layout, const uint8_t *now,
                       const uint8_t *old, size_t width)
{
    ms_order order = ms_value_compare(type, layout, now, old);
    uint64_t sign = ms_type(type)->is_signed ? (uint64_t)1 << (8 * width - 1) : 0;
    uint64_t after = (ms_load_uint(now, width, layout.big_endian) ^ sign) - sign; /* sign-extended */
    uint64_t before = (ms_load_uint(old, width, layout.big_endian) ^ sign) - sign;
    uint64_t magnitude = order == MS_LESS ? before - after : after - before;
    bool negative = order != MS_EQUAL && (order == MS_LESS) != change->down;
    if (change->kind == BY)
        return against_end(negative, magnitude, &change->low) >= 0 &&
               against_end(negative, magnitude, &change->high) <= 0;
    uint64_t size_before = sign && before >> 63 ? 0 - before : before;
    return !negative && is_percent_of(change, magnitude, size_before);
}

/* The key of a float (decimal.h); false when it is not finite. */
static bool finite_key(const ms_float_format *format, memscan_layout layout, const uint8_t *bytes, int64_t *key)
{
    uint64_t bits = ms_load_uint(bytes, format->width, layout.big_endian);
    uint64_t sign = (uint64_t)1 << (8 * format->width - 1);
    int64_t magnitude = (int64_t)(bits & (sign - 1));
    *key = bits & sign ? -magnitude : magnitude;
    return magnitude < format->infinity;
}

static double float_value(const ms_float_format *format, int64_t key)
{
    uint64_t magnitude = (uint64_t)(key < 0 ? -key : key);
    double value;
    if (format->width == 4) {
        uint32_t narrow = (uint32_t)magnitude;
        float single;
        memcpy(&single, &narrow, sizeof single);
        value = (double)single;
    } else {
        memcpy(&value, &magnitude, sizeof value);
    }
    return key < 0 ? -value : value;
}

/* end * |before| / 100 for percents, else the end itself. */
static void scaled_end(const ms_change *change, const end *from, const ms_float_format *format, int64_t before,
                       ms_decimal *scaled)
{
    *scaled = from->decimal;
    if (change->kind != BY_PERCENT)
        return;
    ms_decimal share;
    ms_decimal_of_key(&share, before < 0 ? -before : before, format);
    uint64_t tenths = change->percent * 10; /* of the last digit: the ends lie half a digit off */
    tenths = from == &change->low ? tenths - 5 : tenths + 5;
    bool below_zero = from == &change->low && change->percent == 0;
    ms_decimal_multiply(&share, below_zero ? 5 : (uint32_t)(tenths / 1000000));
    if (!below_zero) { /* share = |before| * tenths, in two steps of 32 bits */
        ms_decimal rest;
        ms_decimal_of_key(&rest, before < 0 ? -before : before, format);
        ms_decimal_multiply(&rest, (uint32_t)(tenths % 1000000));
        ms_decimal_multiply(&share, 1000000);
        ms_decimal_add(&share, &rest);
    }
    for (uint64_t unit = change->percent_unit * 10; unit > 1; unit /= 10)
        share.exponent--;
    share.negative = below_zero;
    *scaled = share;
}

static bool exact_float_at(const ms_change *change, const ms_float_format *format, int64_t after, int64_t before)
{
    ms_decimal difference, other, low, high;
    ms_decimal_of_key(&difference, change->down ? before : after, format);
    ms_decimal_of_key(&other, change->down ? -after : -before, format);
    ms_decimal_add(&difference, &other);
    scaled_end(change, &change->low, format, before, &low);
    scaled_end(change, &change->high, format, before, &high);
    int below = ms_decimal_compare(&difference, &low), above = ms_decimal_compare(&difference, &high);
    return (change->low.open ? below > 0 : below >= 0) && (change->high.open ? above < 0 : above <= 0);
}

static bool float_at(const ms_change *change, const ms_float_format *format, memscan_layout layout, const uint8_t *now,
                     const uint8_t *old)
{
    int64_t after, before;
    if (!finite_key(format, layout, now, &after) || !finite_key(format, layout, old, &before))
        return false;
    if (change->kind == BY_PERCENT && before == 0)
        return false; /* no percentage of nothing */
    double to = float_value(format, after), from = float_value(format, before);
    double scale = change->kind == BY_PERCENT ? fabs(from) / 100 : 1;
    double low = change->low.nearly * scale, high = change->high.nearly * scale;
    double difference = change->down ? from - to : to - from;
    double margin = 16 * DBL_EPSILON * (fabs(to) + fabs(from) + fabs(low) + fabs(high)) + DBL_MIN;
    if (difference < low - margin || difference > high + margin)
        return false;
    if (difference > low + margin && difference < high - margin)
        return true;
    return exact_float_at(change, format, after, before);
}

bool ms_change_at(const ms_change *change, memscan_type type, memscan_layout layout, const uint8_t *now,
                  const uint8_t *old, size_t width)
{
    switch (change->kind) {
    case CHANGED: return memcmp(now, old, width) != 0;
    case UNCHANGED: return memcmp(now, old, width) == 0;
    case INCREASED: return ms_value_compare(type, layout, now, old) == MS_GREATER;
    case DECREASED: return ms_value_compare(type, layout, now, old) == MS_LESS;
    default: break;
    }
    if (type == MEMSCAN_F32 || type == MEMSCAN_F64)
        return float_at(change, type == MEMSCAN_F32 ? &ms_format_f32 : &ms_format_f64, layout, now, old);
    return integer_at(change, type, layout, now, old, width);
}

ms_change_same ms_change_of_same(const ms_change *change)
{
    switch (change->kind) {
    case UNCHANGED: return MS_CHANGE_SAME_ALWAYS;
    case CHANGED:
    case INCREASED:
    case DECREASED: return MS_CHANGE_SAME_NEVER;
    case BY:
        if (!change->low.negative && !change->low.decimal.negative && !ms_decimal_is_zero(&change->low.decimal))
            return MS_CHANGE_SAME_NEVER;
        return MS_CHANGE_SAME_DEPENDS;
    default: return MS_CHANGE_SAME_DEPENDS;
    }
}

static void put_lane(ms_lane lane, uint64_t bits, ms_lane_value *value)
{
    switch (lane) {
    case MS_LANE_I8: value->i8 = (int8_t)bits; break;
    case MS_LANE_I16: value->i16 = (int16_t)bits; break;
    case MS_LANE_I32: value->i32 = (int32_t)bits; break;
    default: value->i64 = (int64_t)bits; break;
    }
}

/* Differences of `ends` in one direction: later - earlier lies in [low, high], both more than 0 and within the width. */
static void mark_difference(ms_kernel_fn *const *row, ms_lane lane, uint64_t sign, bool is_signed, uint64_t low,
                            uint64_t high, const uint8_t *later, const uint8_t *earlier, size_t words, uint64_t *spare,
                            uint64_t *mask)
{
    ms_operands operands = { 0 };
    if (!is_signed)
        put_lane(lane, sign, &operands.bias);
    row[MS_FORM_GT_OLD](later, earlier, words, &operands, spare);
    put_lane(lane, sign, &operands.bias); /* differences are compared as unsigned numbers */
    put_lane(lane, low, &operands.low);
    put_lane(lane, high, &operands.high);
    row[low == high ? MS_FORM_DELTA_EQ : MS_FORM_DELTA_IN](later, earlier, words, &operands, mask);
    for (size_t w = 0; w < words; w++)
        mask[w] &= spare[w];
}

/* +5, -5, +5..+9 and the like: both ends above zero. */
static bool mark_by(const ms_change *change, ms_kernel_fn *const *row, ms_lane lane, size_t width, bool is_signed,
                    const uint8_t *now, const uint8_t *old, size_t words, uint64_t *spare, uint64_t *mask)
{
    uint64_t sign = (uint64_t)1 << (8 * width - 1), widest = sign * 2 - 1;
    if (change->low.negative || change->low.magnitude == 0)
        return false;
    if (change->low.magnitude > widest) {
        memset(mask, 0, words * sizeof *mask);
        return true;
    }
    uint64_t high = change->high.magnitude < widest ? change->high.magnitude : widest;
    mark_difference(row, lane, sign, is_signed, change->low.magnitude, high, change->down ? old : now,
                    change->down ? now : old, words, spare, mask);
    return true;
}

static bool mark_kind(const ms_change *change, ms_kernel_fn *const *row, ms_kernel_fn *const *integers,
                      const ms_operands *operands, const uint8_t *now, const uint8_t *old, size_t words, uint64_t *mask)
{
    switch (change->kind) {
    case CHANGED:
    case UNCHANGED:
        integers[MS_FORM_EQ_OLD](now, old, words, operands, mask);
        for (size_t w = 0; w < words && change->kind == CHANGED; w++)
            mask[w] = ~mask[w];
        return true;
    case INCREASED: row[MS_FORM_GT_OLD](now, old, words, operands, mask); return true;
    case DECREASED: row[MS_FORM_GT_OLD](old, now, words, operands, mask); return true;
    default: return false;
    }
}

bool ms_change_mark(const ms_change *change, memscan_type type, memscan_layout layout, const uint8_t *now,
                    const uint8_t *old, size_t words, uint64_t *spare, uint64_t *mask)
{
    const ms_type_facts *facts = ms_type(type);
    size_t width = memscan_type_width(type, layout.pointer_width);
    if (width == 0 || (layout.big_endian != 0) != ms_host_is_big_endian())
        return false;
    bool is_float = facts->class == MS_CLASS_REAL;
    ms_lane lane = ms_lane_of_width(width);
    const ms_kernel_set *kernels = ms_kernels();
    ms_kernel_fn *const *integers = kernels->row[lane];
    if (change->kind == BY && !is_float)
        return mark_by(change, integers, lane, width, facts->is_signed, now, old, words, spare, mask);
    ms_operands operands = { 0 };
    if (!is_float && !facts->is_signed)
        put_lane(lane, (uint64_t)1 << (8 * width - 1), &operands.bias);
    ms_kernel_fn *const *row = !is_float ? integers : kernels->row[width == 4 ? MS_LANE_F32 : MS_LANE_F64];
    return mark_kind(change, row, integers, &operands, now, old, words, mask);
}
