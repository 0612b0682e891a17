/* number.h - one number as people write it, read without rounding, and its fit into each type. */
#ifndef MS_NUMBER_H
#define MS_NUMBER_H

#include "decimal.h"
#include "type.h"

typedef enum ms_number_kind { MS_NUMBER_INTEGER, MS_NUMBER_REAL, MS_NUMBER_INFINITY, MS_NUMBER_NAN } ms_number_kind;

/* A number as written: [-]DIGITS, [-]0xHEX, [-]DIGITS.DIGITS, with an exponent; inf, nan. */
typedef struct ms_number {
    const char *text; /* not owned */
    size_t length;
    ms_number_kind kind;
    bool negative;
    bool hex;
    bool exponent;        /* written with one */
    bool too_large;       /* an INTEGER that needs more than 64 bits */
    uint64_t magnitude;   /* of an INTEGER; of a NAN its bits, 0: any */
    uint32_t places;      /* digits behind the point */
    ms_decimal_size size; /* of `decimal` */
    ms_decimal decimal;   /* of REAL and of an INTEGER that is not hex */
} ms_number;

memscan_status ms_number_parse(const char *text, size_t length, ms_number *number, memscan_error *error);
/* Whether it is a whole number of this width; *bits is its two's complement. */
bool ms_number_fits_integer(const ms_number *number, size_t width, bool is_signed, uint64_t *bits);
/* The same for a type, with an error that names its range and a type that would hold it. */
memscan_status ms_number_to_integer(const ms_number *number, memscan_type type, size_t width, uint64_t *bits,
                                    memscan_error *error);
/* The bits of the nearest f32 or f64. INVALID: hex, too large, or not 0 and yet nearest to it. */
memscan_status ms_number_to_real(const ms_number *number, memscan_type type, uint64_t *bits, memscan_error *error);
const ms_float_format *ms_format_of(memscan_type type); /* of F32 or F64 */
/* The key (decimal.h) of float bits that are not NaN. */
int64_t ms_key_of_bits(uint64_t bits, const ms_float_format *format);

#endif
