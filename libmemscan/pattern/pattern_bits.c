/* pattern_bits.c - patterns of single bits: one run whose bytes have any mask. */
#include "../base/error.h"
#include "../base/text.h"
#include "../value/bit_string.h"
#include "pattern_form.h"

static memscan_status parse_bytes(ms_pattern *pattern, const char *text, size_t length, memscan_error *error)
{
    ms_bit_reader reader = { text, length, 0 };
    for (;;) {
        bool end;
        ms_pattern_byte byte = { 0, 0, 0 };
        memscan_status status = ms_bits_next(&reader, &byte.value, &byte.mask, &end, error);
        if (status != MEMSCAN_OK || end)
            return status;
        ms_pattern_byte *place = ms_array_push(&pattern->bytes);
        if (!place)
            return ms_fail_memory(error);
        *place = byte;
    }
}

static memscan_status fill(ms_pattern *pattern, const char *text, size_t length, memscan_error *error)
{
    memscan_status status = parse_bytes(pattern, text, length, error);
    if (status != MEMSCAN_OK)
        return status;
    if (pattern->bytes.count == 0) {
        ms_fail(error, MEMSCAN_INVALID, "there are no bits to look for");
        ms_hint(error, "write eight digits a byte: bits:1010????");
        return MEMSCAN_INVALID;
    }
    return ms_pattern_single_run(pattern) ? ms_pattern_compile(pattern, error) : ms_fail_memory(error);
}

memscan_status ms_pattern_parse_bits(const char *text, size_t length, const memscan_allocator *allocator,
                                     ms_pattern **pattern, memscan_error *error)
{
    *pattern = NULL;
    ms_pattern *made = ms_pattern_create(allocator);
    memscan_status status = made ? fill(made, text, length, error) : ms_fail_memory(error);
    if (status == MEMSCAN_OK)
        *pattern = made;
    else
        ms_pattern_destroy(made);
    return status;
}

size_t ms_pattern_describe_bits(const ms_pattern *pattern, char *out, size_t capacity)
{
    ms_text text;
    ms_text_init(&text, out, capacity);
    for (size_t i = 0; i < pattern->bytes.count; i++) {
        char digits[9];
        const ms_pattern_byte *byte = ms_array_at(&pattern->bytes, i);
        ms_bits_spell(byte->value, byte->mask, digits);
        ms_text_add(&text, i ? " " : "");
        ms_text_add(&text, digits);
    }
    return text.length;
}
