/* bit_string.h - bits as people write them: eight digits a byte, most significant first, 0, 1 or ? for either. */
#ifndef MS_BIT_STRING_H
#define MS_BIT_STRING_H

#include <stdbool.h>

#include "encode.h"

/* Takes digits apart into bytes; spaces and _ may stand anywhere between them. */
typedef struct ms_bit_reader {
    const char *text;
    size_t length;
    size_t at;
} ms_bit_reader;

/* The next byte: its bits that are given, and which those are. *end: there is none any more. INVALID: something else
 * than a digit, or a byte of less than eight. */
memscan_status ms_bits_next(ms_bit_reader *reader, uint8_t *value, uint8_t *mask, bool *end, memscan_error *error);

/* Bytes without a ?, laid out one behind the other. */
memscan_status ms_bits_literal(const char *text, size_t length, ms_sink *sink, memscan_error *error);

/* The eight digits of a byte, and a NUL. */
void ms_bits_spell(uint8_t value, uint8_t mask, char out[9]);

#endif
