/* decimal.h - decimal numbers without rounding, and their exact place among the floats.
 *
 * A decimal is +-integer * 10^exponent with a big integer, so that "1.5 rounds to one digit" has bounds (1.45, 1.55)
 * that are those numbers and not the doubles next to them. No floating-point arithmetic and no function of the C
 * library that knows a locale is used: answers depend on nothing but the arguments.
 *
 * Floats are told by their key: the bits of the magnitude, negated below zero. Keys order as the numbers do, -0.0
 * and 0.0 share key 0, infinities are the outermost keys, and the next float is the next key. */
#ifndef MS_DECIMAL_H
#define MS_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers of up to this many written digits are exact; nobody is served by more. */
#define MS_DECIMAL_DIGITS 400
/* Holds the largest product of a comparison: 1,203 digits by 10^1203, or by 2^1074 (see decimal.c). */
#define MS_BIG_LIMBS 256

typedef struct ms_big {
    uint32_t count;              /* limbs in use; the last one is not 0 */
    uint32_t limb[MS_BIG_LIMBS]; /* least significant first */
} ms_big;

typedef struct ms_decimal {
    bool negative;
    int32_t exponent;
    ms_big magnitude;
} ms_decimal;

typedef enum ms_decimal_size {
    MS_DECIMAL_FITS,
    MS_DECIMAL_HUGE, /* beyond 10^400: beyond every float */
    MS_DECIMAL_TINY  /* not 0, but below 10^-400: below every float */
} ms_decimal_size;

typedef struct ms_float_format {
    unsigned fraction_bits;
    int exponent_bias;
    int64_t infinity; /* the key of +infinity */
    unsigned width;   /* bytes */
} ms_float_format;
extern const ms_float_format ms_format_f32, ms_format_f64;

/* From `count` decimal digits (at most MS_DECIMAL_DIGITS, given as characters) times 10^exponent. What does not fit
 * leaves *decimal zero. */
ms_decimal_size ms_decimal_set(ms_decimal *decimal, bool negative, const char *digits, size_t count, int32_t exponent);
/* The finite float of this key, exactly: see ms_float_format. */
void ms_decimal_of_key(ms_decimal *decimal, int64_t key, const ms_float_format *format);
bool ms_decimal_is_zero(const ms_decimal *decimal);
/* *decimal += other. */
void ms_decimal_add(ms_decimal *decimal, const ms_decimal *other);
/* *decimal *= factor. */
void ms_decimal_multiply(ms_decimal *decimal, uint32_t factor);
/* Negative, 0 or positive, as a is below, equal to or above b. */
int ms_decimal_compare(const ms_decimal *a, const ms_decimal *b);

/* The key of the greatest float at most `decimal`, of the least one at least it, and the two strictly so. Finite,
 * or an infinity where there is no finite one. */
int64_t ms_key_at_most(const ms_decimal *decimal, const ms_float_format *format);
int64_t ms_key_at_least(const ms_decimal *decimal, const ms_float_format *format);
int64_t ms_key_less_than(const ms_decimal *decimal, const ms_float_format *format);
int64_t ms_key_greater_than(const ms_decimal *decimal, const ms_float_format *format);
/* The key of the nearest float, ties to even; an infinity from half a step beyond the largest on (IEEE 754). */
int64_t ms_key_nearest(const ms_decimal *decimal, const ms_float_format *format);

/* Writes the finite float of this key (not negative) with the fewest digits that ms_key_nearest reads back to it, of
 * those the nearest: "0", "1.5", "1e-45". At most MS_FLOAT_TEXT bytes with the NUL. Returns the length. */
#define MS_FLOAT_TEXT 32
size_t ms_key_write(int64_t key, const ms_float_format *format, char out[MS_FLOAT_TEXT]);

#endif
