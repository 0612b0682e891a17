/* value.c - one value, from text to bytes and back. What format writes, parse reads back to the same bytes: floats
 * by their shortest digits, text between quotes. */
#include <memscan/value.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../base/bytes.h"
#include "../base/error.h"
#include "../base/text.h"
#include "bit_string.h"
#include "encode.h"
#include "literal.h"
#include "number.h"

static memscan_status parse_number(const char *text, size_t length, memscan_type type, memscan_layout layout,
                                   ms_sink *sink, memscan_error *error)
{
    ms_number number;
    uint64_t bits = 0;
    memscan_status status = ms_number_parse(text, length, &number, error);
    if (status < 0)
        return status;
    size_t width = memscan_type_width(type, layout.pointer_width);
    if (ms_type(type)->class == MS_CLASS_REAL)
        status = ms_number_to_real(&number, type, &bits, error);
    else
        status = ms_number_to_integer(&number, type, width, &bits, error);
    if (status < 0)
        return status;
    sink->length = width;
    if (width <= sink->capacity)
        ms_store_uint(sink->out, bits, width, layout.big_endian);
    return MEMSCAN_OK;
}

static memscan_status refuse(memscan_type type, const char *text, size_t length, memscan_error *error)
{
    char shown[MS_SHOWN];
    ms_show(shown, text, length);
    const char *name = memscan_type_name(type);
    if (type == MEMSCAN_RE)
        return ms_fail(error, MEMSCAN_INVALID, "%s is not the type of a value", name);
    ms_fail(error, MEMSCAN_INVALID, "%s is several types at once, a value has one", name);
    ms_hint(error, type == MEMSCAN_INT ? "write i32:%s or another width" : "write f32:%s or f64:%s", shown, shown);
    return MEMSCAN_INVALID;
}

/* The type that `text` carries, or else must have. */
static memscan_status settle_type(const ms_prefix *prefix, memscan_type fallback, const char *text, size_t length,
                                  memscan_type *type, memscan_error *error)
{
    *type = prefix->type ? prefix->type : fallback;
    if (*type)
        return MEMSCAN_OK;
    *type = ms_guess_type(text, length);
    if (!*type)
        return ms_fail_untyped(text, length, error);
    if (*type != MEMSCAN_FLOAT)
        return MEMSCAN_OK;
    char shown[MS_SHOWN];
    ms_show(shown, text, length);
    ms_fail(error, MEMSCAN_INVALID, "%s could be an f32 or an f64", shown);
    ms_hint(error, "write f32:%s or f64:%s", shown, shown);
    return MEMSCAN_INVALID;
}

static memscan_status parse(const ms_prefix *prefix, memscan_type fallback, memscan_layout layout, ms_sink *sink,
                            memscan_type *type, memscan_error *error)
{
    const char *text = prefix->rest;
    size_t length = strlen(text);
    ms_trim(&text, &length);
    memscan_status status = settle_type(prefix, fallback, text, length, type, error);
    if (status == MEMSCAN_OK)
        status = ms_prefix_check(prefix, *type, error);
    if (status < 0)
        return status;
    if (prefix->ignore_case)
        return ms_fail(error, MEMSCAN_INVALID, "a value cannot ignore case");
    if (*type == MEMSCAN_HEX)
        return ms_bytes_literal(text, length, sink, error);
    if (*type == MEMSCAN_BITS)
        return ms_bits_literal(text, length, sink, error);
    if (*type != MEMSCAN_TEXT && *type != MEMSCAN_UTF16) {
        ms_class class = ms_type(*type) ? ms_type(*type)->class : MS_CLASS_SET;
        return class == MS_CLASS_INTEGER || class == MS_CLASS_REAL
                   ? parse_number(text, length, *type, layout, sink, error)
                   : refuse(*type, text, length, error);
    }
    ms_text_form form = ms_text_form_of(*type, layout.big_endian);
    if (!prefix->type && ms_text_is_quoted(text, length))
        return ms_text_quoted(text, length, form, sink, error);
    return ms_text_verbatim(prefix->rest, strlen(prefix->rest), form, sink, error);
}

memscan_status memscan_value_parse(const char *text, memscan_type fallback, memscan_layout layout, void *bytes,
                                   size_t capacity, size_t *length, memscan_type *type, memscan_error *error)
{
    ms_prefix prefix = ms_prefix_parse(text);
    layout.big_endian |= prefix.big_endian;
    ms_sink sink = { .out = bytes, .capacity = capacity };
    memscan_status status = parse(&prefix, fallback, layout, &sink, type, error);
    if (status == MEMSCAN_OK && sink.length > capacity)
        status =
            ms_fail(error, MEMSCAN_LIMIT, "the value is %zu bytes long, and %zu is the limit", sink.length, capacity);
    *length = status < 0 ? 0 : sink.length;
    if (status < 0)
        *type = MEMSCAN_TYPE_NONE;
    return status;
}

static void format_integer(memscan_type type, bool is_signed, uint64_t bits, size_t width, ms_text *text)
{
    int64_t value = (int64_t)(bits << (64 - 8 * width)) >> (64 - 8 * width); /* sign-extended */
    if (type == MEMSCAN_PTR) {
        ms_text_add_hex(text, bits);
        return;
    }
    bool negative = is_signed && value < 0;
    ms_text_add_bytes(text, "-", negative);
    ms_text_add_decimal(text, negative ? 0 - (uint64_t)value : bits);
}

static void format_real(memscan_type type, uint64_t bits, ms_text *text)
{
    const ms_float_format *format = ms_format_of(type);
    uint64_t sign = UINT64_C(1) << (8 * format->width - 1), magnitude = bits & (sign - 1);
    uint64_t infinity = (uint64_t)format->infinity, quiet = infinity | UINT64_C(1) << (format->fraction_bits - 1);
    char digits[MS_FLOAT_TEXT];
    if (magnitude > infinity && magnitude != quiet) {
        ms_text_format(text, "nan(0x%" PRIx64 ")", bits);
        return;
    }
    ms_text_add(text, bits & sign ? "-" : "");
    if (magnitude >= infinity) {
        ms_text_add(text, magnitude == infinity ? "inf" : "nan");
        return;
    }
    ms_key_write((int64_t)magnitude, format, digits);
    ms_text_add(text, digits);
}

static void format_bytes(const uint8_t *bytes, size_t length, ms_text *text)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < length; i++) {
        const char piece[] = { ' ', digits[bytes[i] >> 4], digits[bytes[i] & 15] };
        ms_text_add_bytes(text, i ? piece : piece + 1, i ? 3 : 2);
    }
}

static void format_bits(const uint8_t *bytes, size_t length, ms_text *text)
{
    for (size_t i = 0; i < length; i++) {
        char digits[9];
        ms_bits_spell(bytes[i], 0xff, digits);
        ms_text_add(text, i ? " " : "");
        ms_text_add(text, digits);
    }
}

/* A character between quotes, escaped where a terminal must not see it. */
static void format_code(uint32_t code, const uint8_t *utf8, size_t length, ms_text *text)
{
    if (code == '"' || code == '\\')
        ms_text_format(text, "\\%c", (char)code);
    else if (code < 0x80 && ms_is_deceiving(code))
        ms_text_format(text, "\\x%02x", (unsigned)code);
    else if (ms_is_deceiving(code) || length == 0)
        ms_text_format(text, "\\u{%x}", (unsigned)code);
    else
        ms_text_add_bytes(text, (const char *)utf8, length);
}

static void format_utf8(const uint8_t *bytes, size_t length, ms_text *text)
{
    for (size_t at = 0; at < length;) {
        uint32_t code;
        size_t taken = ms_utf8_decode(bytes + at, length - at, &code);
        if (taken)
            format_code(code, bytes + at, taken, text);
        else
            ms_text_format(text, "\\x%02x", bytes[at]);
        at += taken ? taken : 1;
    }
}

static void format_utf16(const uint8_t *bytes, size_t length, bool big_endian, ms_text *text)
{
    for (size_t at = 0; at < length; at += 2) {
        uint32_t code = (uint32_t)ms_load_uint(bytes + at, 2, big_endian);
        uint32_t low = at + 4 <= length ? (uint32_t)ms_load_uint(bytes + at + 2, 2, big_endian) : 0;
        if (code >= 0xd800 && code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            at += 2;
        }
        uint8_t utf8[4];
        size_t width = ms_utf8_encode(code, utf8);
        format_code(code, utf8, width, text);
    }
}

size_t memscan_value_format(memscan_type type, memscan_layout layout, const void *bytes, size_t length, char *out,
                            size_t capacity)
{
    ms_text text;
    ms_text_init(&text, out, capacity);
    const ms_type_facts *facts = ms_type(type);
    size_t width = facts ? ms_type_width(facts, layout.pointer_width) : 0;
    if (width && width == length) {
        uint64_t bits = ms_load_uint(bytes, width, layout.big_endian);
        if (facts->class == MS_CLASS_REAL)
            format_real(type, bits, &text);
        else
            format_integer(type, facts->is_signed, bits, width, &text);
    } else if (type == MEMSCAN_TEXT || type == MEMSCAN_RE || (type == MEMSCAN_UTF16 && length % 2 == 0)) {
        ms_text_add(&text, "\"");
        if (type != MEMSCAN_UTF16)
            format_utf8(bytes, length, &text);
        else
            format_utf16(bytes, length, layout.big_endian, &text);
        ms_text_add(&text, "\"");
    } else if (type == MEMSCAN_BITS) {
        format_bits(bytes, length, &text);
    } else {
        format_bytes(bytes, length, &text);
    }
    return text.length;
}
