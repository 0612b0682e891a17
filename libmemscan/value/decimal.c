/* decimal.c - exact decimals among the floats.
 *
 * Everything rests on one comparison: |decimal| = M * 10^e against a float m * 2^k, both sides brought to integers by
 * multiplying (never dividing) with powers of 10 and 2. The floor is then found by bisection over the keys, sixty-four
 * comparisons at most: a question is parsed once, so this is fast enough and there is no rounding to get wrong.
 *
 * Sizes: a written number has up to 400 digits and lies below 10^400, with e from -800 on; a bound half a digit
 * further out or a sum of two such numbers has up to 1,203 digits, 3,997 bits; the sum of a number and a float goes
 * down to 10^-1074 and has up to 1,475 digits, 4,900 bits. The left side is widest when it is multiplied by 2^1076
 * (half the least f64): 5,976 bits. The right side: 54 bits * 2^971 * 10^802, 3,690 bits. Both
 * are below the 8,192 bits of ms_big. */
#include "decimal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const ms_float_format ms_format_f32 = { 23, 127, 0x7f800000, 4 };
const ms_float_format ms_format_f64 = { 52, 1023, 0x7ff0000000000000, 8 };

static void big_set(ms_big *big, uint64_t value)
{
    big->count = 0;
    for (; value; value >>= 32)
        big->limb[big->count++] = (uint32_t)value;
}

static void big_multiply_add(ms_big *big, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (uint32_t i = 0; i < big->count; i++) {
        carry += (uint64_t)big->limb[i] * factor;
        big->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry) {
        assert(big->count < MS_BIG_LIMBS);
        big->limb[big->count++] = (uint32_t)carry;
    }
}

/* Several steps of the largest power that fits a limb. */
static void big_multiply_power(ms_big *big, uint32_t base, unsigned power)
{
    while (power) {
        uint32_t factor = 1;
        while (power && factor <= UINT32_MAX / base) {
            factor *= base;
            power--;
        }
        big_multiply_add(big, factor, 0);
    }
}

static void big_shift_left(ms_big *big, unsigned bits)
{
    if (big->count == 0)
        return;
    uint32_t limbs = bits / 32;
    if (bits % 32)
        big_multiply_add(big, UINT32_C(1) << bits % 32, 0);
    assert(big->count + limbs <= MS_BIG_LIMBS);
    memmove(big->limb + limbs, big->limb, big->count * sizeof big->limb[0]);
    memset(big->limb, 0, limbs * sizeof big->limb[0]);
    big->count += limbs;
}

static int big_compare(const ms_big *a, const ms_big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (uint32_t i = a->count; i-- > 0;)
        if (a->limb[i] != b->limb[i])
            return a->limb[i] < b->limb[i] ? -1 : 1;
    return 0;
}

static void big_add(ms_big *big, const ms_big *other)
{
    uint32_t count = big->count > other->count ? big->count : other->count;
    uint64_t carry = 0;
    for (uint32_t i = 0; i < count; i++) {
        carry += (i < big->count ? big->limb[i] : 0u);
        carry += (i < other->count ? other->limb[i] : 0u);
        big->limb[i] = (uint32_t)carry;
        carry >>= 32;
    }
    big->count = count;
    if (carry) {
        assert(count < MS_BIG_LIMBS);
        big->limb[big->count++] = (uint32_t)carry;
    }
}

/* big -= other; other is not the larger one. */
static void big_subtract(ms_big *big, const ms_big *other)
{
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < big->count; i++) {
        uint64_t taken = (i < other->count ? other->limb[i] : 0u) + borrow;
        borrow = big->limb[i] < taken;
        big->limb[i] = (uint32_t)(big->limb[i] - taken);
    }
    while (big->count && big->limb[big->count - 1] == 0)
        big->count--;
}

static uint32_t big_divide(ms_big *big, uint32_t divisor)
{
    uint64_t rest = 0;
    for (uint32_t i = big->count; i-- > 0;) {
        rest = rest << 32 | big->limb[i];
        big->limb[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    while (big->count && big->limb[big->count - 1] == 0)
        big->count--;
    return (uint32_t)rest;
}

ms_decimal_size ms_decimal_set(ms_decimal *decimal, bool negative, const char *digits, size_t count, int32_t exponent)
{
    assert(count <= MS_DECIMAL_DIGITS);
    decimal->negative = negative;
    decimal->exponent = 0;
    decimal->magnitude.count = 0;
    for (; count && *digits == '0'; digits++)
        count--;
    for (; count && digits[count - 1] == '0'; exponent++)
        count--;
    if (count == 0)
        return MS_DECIMAL_FITS;
    if (exponent + (int64_t)count > 400)
        return MS_DECIMAL_HUGE;
    if (exponent + (int64_t)count < -400)
        return MS_DECIMAL_TINY;
    for (size_t i = 0; i < count; i++)
        big_multiply_add(&decimal->magnitude, 10, (uint32_t)(digits[i] - '0'));
    decimal->exponent = exponent;
    return MS_DECIMAL_FITS;
}

bool ms_decimal_is_zero(const ms_decimal *decimal)
{
    return decimal->magnitude.count == 0;
}

static void lower_exponent(ms_decimal *decimal, int32_t exponent)
{
    if (decimal->exponent > exponent) {
        big_multiply_power(&decimal->magnitude, 10, (unsigned)(decimal->exponent - exponent));
        decimal->exponent = exponent;
    }
}

void ms_decimal_add(ms_decimal *decimal, const ms_decimal *other)
{
    ms_decimal addend = *other;
    lower_exponent(decimal, addend.exponent);
    lower_exponent(&addend, decimal->exponent);
    if (decimal->negative == addend.negative) {
        big_add(&decimal->magnitude, &addend.magnitude);
    } else if (big_compare(&decimal->magnitude, &addend.magnitude) >= 0) {
        big_subtract(&decimal->magnitude, &addend.magnitude);
    } else {
        big_subtract(&addend.magnitude, &decimal->magnitude);
        *decimal = addend;
    }
}

void ms_decimal_multiply(ms_decimal *decimal, uint32_t factor)
{
    big_multiply_add(&decimal->magnitude, factor, 0);
    if (factor == 0)
        decimal->magnitude.count = 0;
}

int ms_decimal_compare(const ms_decimal *a, const ms_decimal *b)
{
    ms_decimal difference = *b;
    difference.negative = !difference.negative;
    ms_decimal_add(&difference, a);
    return ms_decimal_is_zero(&difference) ? 0 : difference.negative ? -1 : 1;
}

/* |decimal| against mantissa * 2^power: negative, 0, positive. */
static int compare(const ms_decimal *decimal, uint64_t mantissa, int power)
{
    ms_big left = decimal->magnitude, right;
    big_set(&right, mantissa);
    if (decimal->exponent >= 0)
        big_multiply_power(&left, 10, (unsigned)decimal->exponent);
    else
        big_multiply_power(&right, 10, (unsigned)-decimal->exponent);
    if (power >= 0)
        big_shift_left(&right, (unsigned)power);
    else
        big_shift_left(&left, (unsigned)-power);
    return big_compare(&left, &right);
}

/* The float of a finite key that is not negative: mantissa * 2^power. */
static void split_key(int64_t key, const ms_float_format *format, uint64_t *mantissa, int *power)
{
    int64_t hidden = INT64_C(1) << format->fraction_bits;
    int exponent = (int)(key >> format->fraction_bits);
    *mantissa = (uint64_t)(key & (hidden - 1));
    if (exponent)
        *mantissa |= (uint64_t)hidden;
    *power = (exponent ? exponent : 1) - format->exponent_bias - (int)format->fraction_bits;
}

void ms_decimal_of_key(ms_decimal *decimal, int64_t key, const ms_float_format *format)
{
    uint64_t mantissa;
    int power;
    split_key(key < 0 ? -key : key, format, &mantissa, &power);
    decimal->negative = key < 0;
    decimal->exponent = power < 0 ? power : 0; /* m * 2^-n = m * 5^n * 10^-n */
    big_set(&decimal->magnitude, mantissa);
    if (power < 0)
        big_multiply_power(&decimal->magnitude, 5, (unsigned)-power);
    else
        big_shift_left(&decimal->magnitude, (unsigned)power);
}

/* The key of the greatest finite float at most |decimal|. */
static int64_t floor_key(const ms_decimal *decimal, const ms_float_format *format, bool *exact)
{
    int64_t low = 0, high = format->infinity - 1; /* low is never above |decimal| */
    int against = ms_decimal_is_zero(decimal) ? 0 : 1;
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        uint64_t mantissa;
        int power;
        split_key(middle, format, &mantissa, &power);
        int order = compare(decimal, mantissa, power);
        if (order >= 0) {
            low = middle;
            against = order;
        } else {
            high = middle - 1;
        }
    }
    *exact = against == 0;
    return low;
}

int64_t ms_key_at_most(const ms_decimal *decimal, const ms_float_format *format)
{
    bool exact;
    int64_t key = floor_key(decimal, format, &exact);
    return !decimal->negative ? key : exact ? -key : -(key + 1);
}

int64_t ms_key_less_than(const ms_decimal *decimal, const ms_float_format *format)
{
    bool exact;
    int64_t key = floor_key(decimal, format, &exact);
    if (decimal->negative)
        return -(key + 1);
    return exact ? key - 1 : key;
}

/* The two from above mirror the two from below. */
static ms_decimal mirrored(const ms_decimal *decimal)
{
    ms_decimal result = *decimal;
    result.negative = !decimal->negative;
    return result;
}

int64_t ms_key_at_least(const ms_decimal *decimal, const ms_float_format *format)
{
    ms_decimal mirror = mirrored(decimal);
    return -ms_key_at_most(&mirror, format);
}

int64_t ms_key_greater_than(const ms_decimal *decimal, const ms_float_format *format)
{
    ms_decimal mirror = mirrored(decimal);
    return -ms_key_less_than(&mirror, format);
}

int64_t ms_key_nearest(const ms_decimal *decimal, const ms_float_format *format)
{
    bool exact;
    int64_t key = floor_key(decimal, format, &exact);
    if (!exact) {
        uint64_t mantissa;
        int power;
        split_key(key, format, &mantissa, &power);
        int order = compare(decimal, 2 * mantissa + 1, power - 1); /* half way to the next key */
        if (order > 0 || (order == 0 && key % 2 != 0))
            key++;
    }
    return decimal->negative ? -key : key;
}

/* Whether a decimal would be read back as this key: it lies between the half-way points on both sides, which belong
 * to the even key. Below a power of two the floats lie twice as close. */
static bool reads_back(const ms_decimal *decimal, int64_t key, const ms_float_format *format)
{
    uint64_t mantissa;
    int power;
    split_key(key, format, &mantissa, &power);
    bool even = key % 2 == 0;
    bool narrow = mantissa == UINT64_C(1) << format->fraction_bits && key >> format->fraction_bits > 1;
    int from_below =
        narrow ? compare(decimal, 4 * mantissa - 1, power - 2) : compare(decimal, 2 * mantissa - 1, power - 1);
    int from_above = compare(decimal, 2 * mantissa + 1, power - 1);
    return (even ? from_below >= 0 : from_below > 0) && (even ? from_above <= 0 : from_above < 0);
}

#define EXACT_DIGITS 800 /* the longest f64 has 767 */

/* All digits of a float, most significant first, without leading zeros: digits * 10^exponent. */
static size_t exact_digits(int64_t key, const ms_float_format *format, char digits[EXACT_DIGITS], int *exponent)
{
    ms_decimal decimal;
    size_t count = 0;
    ms_decimal_of_key(&decimal, key, format);
    *exponent = decimal.exponent;
    while (decimal.magnitude.count)
        digits[count++] = (char)('0' + big_divide(&decimal.magnitude, 10));
    for (size_t i = 0; i < count / 2; i++) {
        char swapped = digits[i];
        digits[i] = digits[count - 1 - i];
        digits[count - 1 - i] = swapped;
    }
    return count;
}

/* Whether digits[kept..count) is more than half a unit of the last kept digit; a tie goes to the even one. */
static bool rounds_up(const char *digits, size_t count, size_t kept)
{
    if (kept >= count || digits[kept] != '5')
        return kept < count && digits[kept] > '5';
    for (size_t i = kept + 1; i < count; i++)
        if (digits[i] != '0')
            return true;
    return (digits[kept - 1] - '0') % 2 != 0;
}

static bool try_digits(uint64_t value, int exponent, int64_t key, const ms_float_format *format)
{
    ms_decimal decimal = { .exponent = exponent };
    big_set(&decimal.magnitude, value);
    return reads_back(&decimal, key, format);
}

/* The fewest digits that read back, as an integer times 10^*exponent: of each length the two numbers next to the
 * float are tried, the nearer one first. Seventeen digits always suffice. */
static uint64_t shortest_digits(int64_t key, const ms_float_format *format, int *exponent)
{
    char digits[EXACT_DIGITS];
    int last;
    size_t count = exact_digits(key, format, digits, &last);
    uint64_t value = 0;
    for (size_t kept = 1;; kept++) {
        assert(kept < 18);
        value = value * 10 + (uint64_t)(kept <= count ? digits[kept - 1] - '0' : 0);
        *exponent = last + (int)count - (int)kept;
        uint64_t nearer = value + rounds_up(digits, count, kept);
        uint64_t farther = nearer == value ? value + 1 : value;
        if (try_digits(nearer, *exponent, key, format))
            return nearer;
        if (try_digits(farther, *exponent, key, format))
            return farther;
    }
}

size_t ms_key_write(int64_t key, const ms_float_format *format, char out[MS_FLOAT_TEXT])
{
    assert(key >= 0 && key < format->infinity);
    if (key == 0)
        return (size_t)snprintf(out, MS_FLOAT_TEXT, "0");
    int exponent;
    uint64_t value = shortest_digits(key, format, &exponent);
    for (; value % 10 == 0; exponent++)
        value /= 10;
    char digits[24];
    int count = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    int point = count + exponent; /* digits before the point */
    int length;
    if (point > 17 || point < -4)
        length = snprintf(out, MS_FLOAT_TEXT, "%c%s%se%d", digits[0], count > 1 ? "." : "", digits + 1, point - 1);
    else if (point >= count)
        length = snprintf(out, MS_FLOAT_TEXT, "%s%.*s", digits, point - count, "00000000000000000");
    else if (point > 0)
        length = snprintf(out, MS_FLOAT_TEXT, "%.*s.%s", point, digits, digits + point);
    else
        length = snprintf(out, MS_FLOAT_TEXT, "0.%.*s%s", -point, "0000", digits);
    return (size_t)length;
}
