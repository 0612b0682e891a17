/* text.h - bounded text: building it piece by piece, and strict number parsing. */
#ifndef MS_TEXT_H
#define MS_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compat.h"

/* Text that grows into a fixed buffer. What does not fit is cut, but counted in `length`; `out` always ends in NUL
 * (unless capacity is 0). */
typedef struct ms_text {
    char *out;
    size_t capacity;
    size_t length; /* of the whole text, without NUL */
} ms_text;

void ms_text_init(ms_text *text, char *out, size_t capacity);
void ms_text_add(ms_text *text, const char *piece);
void ms_text_add_bytes(ms_text *text, const char *piece, size_t length);
void ms_text_format(ms_text *text, const char *format, ...) MS_PRINTF(2, 3);
/* Numbers without a format: a search may write a million of them. */
void ms_text_add_decimal(ms_text *text, uint64_t number);
void ms_text_add_hex(ms_text *text, uint64_t number); /* with 0x */

/* The whole of `text` (`length` bytes) as an unsigned number: decimal, or hex with 0x. No sign, no spaces. False:
 * not a number, or more than 64 bits. */
bool ms_parse_u64(const char *text, size_t length, uint64_t *value);
/* Decimal digits, or hex digits without prefix. */
bool ms_parse_hex(const char *text, size_t length, uint64_t *value);

/* The code point at `text` and its length in bytes, or 0 for a byte that begins no valid UTF-8 (RFC 3629: no
 * overlong forms, no surrogates, nothing beyond U+10FFFF). `available` is at least 1. */
size_t ms_utf8_decode(const uint8_t *text, size_t available, uint32_t *code);
/* The other way round. Returns the length, 0 for what UTF-8 cannot hold. */
size_t ms_utf8_encode(uint32_t code, uint8_t out[4]);
/* What a terminal or a reader could be deceived by: controls, bidirectional and invisible formatting, line and
 * paragraph separators, private use, tags and noncharacters. */
bool ms_is_deceiving(uint32_t code);

#endif
