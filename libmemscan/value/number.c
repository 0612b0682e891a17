/* number.c - numbers as written. The decimal digits are kept exactly; each type rounds them once, at the end. */
#include "number.h"

#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/text.h"
#include "literal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t count_digits(const char *text, size_t length)
{
    size_t count = 0;
    while (count < length && is_digit(text[count]))
        count++;
    return count;
}

/* "inf", "nan", "nan(0x7fc00001)". */
static bool scan_special(const char *text, size_t length, ms_number *number)
{
    if (length == 3 && memcmp(text, "inf", 3) == 0) {
        number->kind = MS_NUMBER_INFINITY;
        return true;
    }
    if (length < 3 || memcmp(text, "nan", 3) != 0)
        return false;
    number->kind = MS_NUMBER_NAN;
    if (length == 3)
        return true;
    return length > 7 && !number->negative && memcmp(text + 3, "(0x", 3) == 0 && text[length - 1] == ')' &&
           ms_parse_hex(text + 6, length - 7, &number->magnitude);
}

static bool scan_hex(const char *text, size_t length, ms_number *number)
{
    if (length < 3 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X'))
        return false;
    for (size_t i = 2; i < length; i++)
        if (!strchr("0123456789abcdefABCDEF", text[i]) || text[i] == '\0')
            return false;
    number->hex = true;
    number->too_large = !ms_parse_hex(text + 2, length - 2, &number->magnitude);
    return true;
}

/* [e][+-]DIGITS, saturated far beyond what any type holds. */
static bool scan_exponent(const char *text, size_t length, int32_t *exponent)
{
    bool negative = length > 1 && text[1] == '-';
    size_t at = 1 + (negative || (length > 1 && text[1] == '+'));
    if (at >= length || count_digits(text + at, length - at) != length - at)
        return false;
    int32_t value = 0;
    for (; at < length; at++)
        value = value < 100000 ? value * 10 + (text[at] - '0') : value;
    *exponent = negative ? -value : value;
    return true;
}

static bool scan_decimal(const char *text, size_t length, ms_number *number)
{
    char digits[MS_DECIMAL_DIGITS];
    size_t whole = count_digits(text, length), at = whole, places = 0;
    if (at < length && text[at] == '.') {
        places = count_digits(text + at + 1, length - at - 1);
        if (places == 0)
            return false;
        at += 1 + places;
        number->kind = MS_NUMBER_REAL;
    }
    if (whole + places == 0 || whole + places > MS_DECIMAL_DIGITS)
        return false;
    int32_t exponent = 0;
    if (at < length && (text[at] == 'e' || text[at] == 'E')) {
        if (!scan_exponent(text + at, length - at, &exponent))
            return false;
        at = length;
        number->kind = MS_NUMBER_REAL;
        number->exponent = true;
    }
    if (at != length)
        return false;
    memcpy(digits, text, whole);
    if (places)
        memcpy(digits + whole, text + whole + 1, places);
    number->places = (uint32_t)places;
    number->size =
        ms_decimal_set(&number->decimal, number->negative, digits, whole + places, exponent - (int32_t)places);
    if (number->kind == MS_NUMBER_INTEGER)
        number->too_large = !ms_parse_u64(text, length, &number->magnitude);
    return true;
}

static memscan_status fail_number(const char *text, size_t length, memscan_error *error)
{
    char shown[MS_SHOWN];
    ms_show(shown, text, length);
    if (length == 0)
        return ms_fail(error, MEMSCAN_INVALID, "a number is missing");
    if (length > MS_DECIMAL_DIGITS && count_digits(text, length) > 0)
        return ms_fail(error, MEMSCAN_INVALID, "%s has more than %d digits", shown, MS_DECIMAL_DIGITS);
    ms_fail(error, MEMSCAN_INVALID, "%s is not a number", shown);
    if (text[0] == '+')
        ms_hint(error, "write it without the plus sign");
    else
        ms_hint(error, "numbers look like 100, -7, 0x64, 1.5 or 1e3");
    return MEMSCAN_INVALID;
}

memscan_status ms_number_parse(const char *text, size_t length, ms_number *number, memscan_error *error)
{
    *number = (ms_number){ .text = text, .length = length };
    size_t sign = length > 0 && text[0] == '-';
    number->negative = sign;
    if (scan_special(text + sign, length - sign, number) || scan_hex(text + sign, length - sign, number) ||
        scan_decimal(text + sign, length - sign, number))
        return MEMSCAN_OK;
    return fail_number(text, length, error);
}

static uint64_t largest(size_t width, bool is_signed)
{
    return UINT64_MAX >> (64 - 8 * width + is_signed);
}

bool ms_number_fits_integer(const ms_number *number, size_t width, bool is_signed, uint64_t *bits)
{
    if (number->kind != MS_NUMBER_INTEGER || number->too_large)
        return false;
    bool below_zero = number->negative && number->magnitude;
    uint64_t limit = !below_zero ? largest(width, is_signed) : is_signed ? largest(width, true) + 1 : 0;
    if (number->magnitude > limit)
        return false;
    *bits = (below_zero ? 0 - number->magnitude : number->magnitude) & largest(width, false);
    return true;
}

/* A type that holds what `type` cannot: of the same width if its other sign does, else the next wider. */
static const char *roomier_type(const ms_number *number, size_t width)
{
    static const char *const names[2][9] = { { 0, "u8", "u16", 0, "u32", 0, 0, 0, "u64" },
                                             { 0, "i8", "i16", 0, "i32", 0, 0, 0, "i64" } };
    uint64_t bits;
    for (; width <= 8; width *= 2)
        for (size_t is_signed = 2; is_signed-- > 0;)
            if (ms_number_fits_integer(number, width, is_signed, &bits))
                return names[is_signed][width];
    return NULL;
}

memscan_status ms_number_to_integer(const ms_number *number, memscan_type type, size_t width, uint64_t *bits,
                                    memscan_error *error)
{
    const ms_type_facts *facts = ms_type(type);
    char shown[MS_SHOWN];
    ms_show(shown, number->text, number->length);
    if (ms_number_fits_integer(number, width, facts->is_signed, bits))
        return MEMSCAN_OK;
    if (number->kind != MS_NUMBER_INTEGER) {
        ms_fail(error, MEMSCAN_INVALID, "%s is not a whole number, as %s demands", shown, facts->name);
        ms_hint(error, "write f32:%s or f64:%s", shown, shown);
        return MEMSCAN_INVALID;
    }
    unsigned long long top = largest(width, facts->is_signed);
    if (type == MEMSCAN_PTR)
        ms_fail(error, MEMSCAN_INVALID, "%s does not fit ptr (0..0x%llx)", shown, top);
    else if (facts->is_signed)
        ms_fail(error, MEMSCAN_INVALID, "%s does not fit %s (-%llu..%llu)", shown, facts->name, top + 1, top);
    else
        ms_fail(error, MEMSCAN_INVALID, "%s does not fit %s (0..%llu)", shown, facts->name, top);
    const char *roomier = roomier_type(number, width);
    if (roomier)
        ms_hint(error, "write %s:%s", roomier, shown);
    return MEMSCAN_INVALID;
}

const ms_float_format *ms_format_of(memscan_type type)
{
    return type == MEMSCAN_F32 ? &ms_format_f32 : &ms_format_f64;
}

static uint64_t sign_bit(const ms_float_format *format)
{
    return UINT64_C(1) << (8 * format->width - 1);
}

int64_t ms_key_of_bits(uint64_t bits, const ms_float_format *format)
{
    int64_t magnitude = (int64_t)(bits & (sign_bit(format) - 1));
    return bits & sign_bit(format) ? -magnitude : magnitude;
}

static bool nan_bits(const ms_number *number, const ms_float_format *format, uint64_t *bits)
{
    uint64_t infinity = (uint64_t)format->infinity;
    uint64_t quiet = infinity | UINT64_C(1) << (format->fraction_bits - 1);
    *bits = number->magnitude ? number->magnitude : quiet | (number->negative ? sign_bit(format) : 0);
    bool fits = *bits <= UINT64_MAX >> (64 - 8 * format->width);
    return fits && (*bits & (sign_bit(format) - 1)) > infinity;
}

memscan_status ms_number_to_real(const ms_number *number, memscan_type type, uint64_t *bits, memscan_error *error)
{
    const ms_float_format *format = ms_format_of(type);
    const char *name = memscan_type_name(type);
    char shown[MS_SHOWN], limit[MS_FLOAT_TEXT];
    ms_show(shown, number->text, number->length);
    if (number->kind == MS_NUMBER_NAN)
        return nan_bits(number, format, bits)
                   ? MEMSCAN_OK
                   : ms_fail(error, MEMSCAN_INVALID, "%s does not hold the bits of an %s that is not a number", shown,
                             name);
    int64_t key = format->infinity;
    if (number->hex) {
        ms_fail(error, MEMSCAN_INVALID, "%s is hexadecimal, and %s takes decimal numbers", shown, name);
        ms_hint(error, "for the bits of a float write u%u:%s", 8 * format->width, shown);
        return MEMSCAN_INVALID;
    }
    if (number->kind != MS_NUMBER_INFINITY) {
        ms_decimal magnitude = number->decimal;
        magnitude.negative = false;
        key = number->size == MS_DECIMAL_FITS ? ms_key_nearest(&magnitude, format) : format->infinity;
        if (number->size == MS_DECIMAL_TINY || (key == 0 && !ms_decimal_is_zero(&magnitude))) {
            ms_key_write(1, format, limit);
            ms_fail(error, MEMSCAN_INVALID, "%s is too near 0 for %s (from %s on)", shown, name, limit);
            return MEMSCAN_INVALID;
        }
        if (key == format->infinity) {
            ms_key_write(format->infinity - 1, format, limit);
            return ms_fail(error, MEMSCAN_INVALID, "%s does not fit %s (-%s..%s)", shown, name, limit, limit);
        }
    }
    *bits = (uint64_t)key | (number->negative ? sign_bit(format) : 0);
    return MEMSCAN_OK;
}
