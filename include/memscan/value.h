/* memscan/value.h - the types of values, and values as text and as bytes.
 *
 * A value is written [TYPE:]VALUE, as on the command line: "i32:-7", "be:u16:0x1f90", "f64:1.5", "text:hello",
 * "utf16:hello", "hex:48 8B 05", "bits:10100001". The bytes are those that stand in the target's memory. */
#ifndef MEMSCAN_VALUE_H
#define MEMSCAN_VALUE_H

#include <memscan/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Pinned numbers, as the statuses are. The first ten and PTR are single types: each has one width. */
typedef enum memscan_type {
    MEMSCAN_TYPE_NONE = 0,
    MEMSCAN_I8 = 1,
    MEMSCAN_I16 = 2,
    MEMSCAN_I32 = 3,
    MEMSCAN_I64 = 4,
    MEMSCAN_U8 = 5,
    MEMSCAN_U16 = 6,
    MEMSCAN_U32 = 7,
    MEMSCAN_U64 = 8,
    MEMSCAN_F32 = 9,
    MEMSCAN_F64 = 10,
    MEMSCAN_PTR = 11,   /* unsigned, as wide as the target's pointers */
    MEMSCAN_INT = 12,   /* every integer width at once: i8 i16 i32 i64 */
    MEMSCAN_FLOAT = 13, /* f32 and f64 at once */
    MEMSCAN_NUM = 14,   /* INT and FLOAT at once */
    MEMSCAN_TEXT = 15,  /* UTF-8 bytes, without a terminating NUL */
    MEMSCAN_UTF16 = 16, /* UTF-16 in the target's byte order, without a terminating NUL */
    MEMSCAN_HEX = 17,   /* bytes; in searches a pattern with wildcards (memscan/pattern.h) */
    MEMSCAN_RE = 18,    /* what a regular expression matched: bytes, shown as TEXT; only for searches */
    MEMSCAN_BITS = 19   /* bytes as their bits; in searches with ? for a bit that may be either */
} memscan_type;

#define MEMSCAN_TYPE_BIT(type) (1u << (type)) /* for sets of types */

/* "i32"; "?" for an unknown number. Static storage. */
MEMSCAN_API const char *memscan_type_name(memscan_type type);
/* The type with exactly this name, or MEMSCAN_TYPE_NONE. */
MEMSCAN_API memscan_type memscan_type_from_name(const char *name);
/* Its width in bytes; PTR is `pointer_width` (4 or 8) wide; 0 for types that have no single width. */
MEMSCAN_API size_t memscan_type_width(memscan_type type, unsigned pointer_width);

/* How values lie in a target. */
typedef struct memscan_layout {
    uint8_t pointer_width; /* 4 or 8 */
    uint8_t big_endian;    /* nonzero: most significant byte first */
} memscan_layout;

/* Reads one literal value and lays it into `bytes`.
 *   text       [be:][TYPE:]VALUE; without a type `fallback` serves, and with MEMSCAN_TYPE_NONE the command
 *              line's rules do (a plain number is i32, with a point or exponent an error that asks for f32 or
 *              f64; "..." is text; spaced byte pairs are hex). Behind a type text is verbatim; "..." without a
 *              type, or with text or utf16 as the fallback, knows the escapes \" \\ \n \r \t \0 \xNN \u{NNNN}.
 *   layout     where it will lie; "be:" before the type overrides the byte order.
 *   bytes      receives the value, at most `capacity` bytes; *length its length (1 or more); *type its type.
 * A literal has one meaning: int, float, num, wildcards, ranges and comparisons are refused here (INVALID), as
 * are numbers that do not fit the type. LIMIT: longer than `capacity`. */
MEMSCAN_API memscan_status memscan_value_parse(const char *text, memscan_type fallback, memscan_layout layout,
                                               void *bytes, size_t capacity, size_t *length, memscan_type *type,
                                               memscan_error *error);

/* Writes the value in `bytes` as text that memscan_value_parse reads back to the same bytes with `type` as its
 * fallback: integers in decimal, ptr in hex with 0x, floats with the fewest digits that tell them apart ("nan",
 * "inf", "-inf", "nan(0x7fc00001)" for unusual bits), text between quotes and escaped as memscan_escape does, hex as
 * "48 8B 05", bits as "10100001 00000000". Returns the length of the whole text without its NUL; what does not fit `capacity` is cut. Bytes that
 * are not as many as the type demands are written as hex. */
MEMSCAN_API size_t memscan_value_format(memscan_type type, memscan_layout layout, const void *bytes, size_t length,
                                        char *out, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
