/* bit_string.c - see bit_string.h. Bits come in whole bytes: a shorter string could be filled up in front or behind,
 * with 0 or with ?, so it is refused and shown filled. */
#include "bit_string.h"

#include <string.h>

#include "../base/error.h"
#include "literal.h"

static bool separates(char c)
{
    return c == ' ' || c == '_' || c == '\t';
}

static memscan_status fail_digit(const ms_bit_reader *reader, memscan_error *error)
{
    char shown[MS_SHOWN];
    ms_show(shown, reader->text + reader->at, 1);
    ms_fail(error, MEMSCAN_INVALID, "%s at column %zu is not a bit", shown, reader->at + 1);
    ms_hint(error, "bits are 0, 1, or ? for either: bits:1010???? 0000_0001");
    return MEMSCAN_INVALID;
}

static memscan_status fail_short(const char digits[9], unsigned count, memscan_error *error)
{
    ms_fail(error, MEMSCAN_INVALID, "bits come in bytes of eight, and the last one has %u", count);
    ms_hint(error, "fill it up with ? where any bit will do: %.*s%.*s", 8 - (int)count, "????????", (int)count, digits);
    return MEMSCAN_INVALID;
}

memscan_status ms_bits_next(ms_bit_reader *reader, uint8_t *value, uint8_t *mask, bool *end, memscan_error *error)
{
    char digits[9] = "";
    unsigned count = 0;
    *value = *mask = 0;
    for (; reader->at < reader->length && count < 8; reader->at++) {
        char digit = reader->text[reader->at];
        if (separates(digit))
            continue;
        if (digit != '0' && digit != '1' && digit != '?')
            return fail_digit(reader, error);
        uint8_t bit = (uint8_t)(0x80 >> count);
        *value |= digit == '1' ? bit : 0;
        *mask |= digit != '?' ? bit : 0;
        digits[count++] = digit;
    }
    *end = count == 0;
    return count == 0 || count == 8 ? MEMSCAN_OK : fail_short(digits, count, error);
}

memscan_status ms_bits_literal(const char *text, size_t length, ms_sink *sink, memscan_error *error)
{
    ms_bit_reader reader = { text, length, 0 };
    for (;;) {
        uint8_t value, mask;
        bool end;
        memscan_status status = ms_bits_next(&reader, &value, &mask, &end, error);
        if (status != MEMSCAN_OK)
            return status;
        if (end)
            break;
        if (mask != 0xff) {
            ms_fail(error, MEMSCAN_INVALID, "a value has every bit, and a ? leaves one open");
            ms_hint(error, "bits are 0 or 1: bits:10100001");
            return MEMSCAN_INVALID;
        }
        if (sink->length < sink->capacity)
            sink->out[sink->length] = value;
        sink->length++;
    }
    if (sink->length)
        return MEMSCAN_OK;
    ms_fail(error, MEMSCAN_INVALID, "there are no bits");
    ms_hint(error, "bits are eight digits a byte: bits:10100001");
    return MEMSCAN_INVALID;
}

void ms_bits_spell(uint8_t value, uint8_t mask, char out[9])
{
    for (unsigned i = 0; i < 8; i++) {
        unsigned bit = 0x80u >> i;
        out[i] = !(mask & bit) ? '?' : value & bit ? '1' : '0';
    }
    out[8] = '\0';
}
