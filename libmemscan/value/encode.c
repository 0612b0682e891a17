/* encode.c - text and bytes, laid out. Everything goes through one sink, which counts what it cannot hold. */
#include "encode.h"

#include <string.h>

#include "../base/error.h"
#include "../base/text.h"
#include "literal.h"

static void put_byte(ms_sink *sink, uint8_t byte)
{
    if (sink->length < sink->capacity)
        sink->out[sink->length] = byte;
    sink->length++;
}

static void put_unit(ms_sink *sink, uint32_t unit, ms_text_form form)
{
    put_byte(sink, (uint8_t)(form == MS_TEXT_UTF16_BE ? unit >> 8 : unit));
    put_byte(sink, (uint8_t)(form == MS_TEXT_UTF16_BE ? unit : unit >> 8));
}

static void put_code(ms_sink *sink, uint32_t code, ms_text_form form)
{
    if (form == MS_TEXT_UTF8) {
        uint8_t utf8[4];
        size_t length = ms_utf8_encode(code, utf8);
        for (size_t i = 0; i < length; i++)
            put_byte(sink, utf8[i]);
    } else if (code < 0x10000) {
        put_unit(sink, code, form);
    } else {
        put_unit(sink, 0xd800 + ((code - 0x10000) >> 10), form);
        put_unit(sink, 0xdc00 + ((code - 0x10000) & 0x3ff), form);
    }
}

ms_text_form ms_text_form_of(memscan_type type, bool big_endian)
{
    return type == MEMSCAN_TEXT ? MS_TEXT_UTF8 : big_endian ? MS_TEXT_UTF16_BE : MS_TEXT_UTF16_LE;
}

/* One character as it is; its length, or 0 where UTF-16 cannot have it. */
static size_t put_verbatim(const char *text, size_t length, ms_text_form form, ms_sink *sink)
{
    uint32_t code;
    if (form == MS_TEXT_UTF8) {
        put_byte(sink, (uint8_t)*text);
        return 1;
    }
    size_t taken = ms_utf8_decode((const uint8_t *)text, length, &code);
    if (taken)
        put_code(sink, code, form);
    return taken;
}

static memscan_status fail_utf8(size_t at, memscan_error *error)
{
    ms_fail(error, MEMSCAN_INVALID, "byte %zu of the text is not valid UTF-8", at + 1);
    ms_hint(error, "look for the bytes themselves with hex:");
    return MEMSCAN_INVALID;
}

memscan_status ms_text_verbatim(const char *text, size_t length, ms_text_form form, ms_sink *sink, memscan_error *error)
{
    if (length == 0)
        return ms_fail(error, MEMSCAN_INVALID, "the text is empty");
    for (size_t at = 0; at < length;) {
        size_t taken = put_verbatim(text + at, length - at, form, sink);
        if (taken == 0)
            return fail_utf8(at, error);
        at += taken;
    }
    return MEMSCAN_OK;
}

/* The hex digits of \u{...}; its length, or 0. */
static size_t read_code(const char *text, size_t length, uint32_t *code)
{
    const char *end = length > 3 && text[2] == '{' ? memchr(text, '}', length) : NULL;
    uint64_t value;
    if (!end || !ms_parse_hex(text + 3, (size_t)(end - text) - 3, &value) || value > 0x10ffff)
        return 0;
    *code = (uint32_t)value;
    return (size_t)(end - text) + 1;
}

/* One escape; its length, or 0 where there is no such one. A lone surrogate is a unit of UTF-16, but not UTF-8. */
static size_t put_escape(const char *text, size_t length, ms_text_form form, ms_sink *sink)
{
    static const char letters[] = "nrt0\\\"", meanings[] = "\n\r\t\0\\\"";
    const char *letter = length > 1 && text[1] ? strchr(letters, text[1]) : NULL;
    uint64_t byte;
    uint32_t code;
    if (letter) {
        put_code(sink, (uint8_t)meanings[letter - letters], form);
        return 2;
    }
    if (length >= 4 && text[1] == 'x' && ms_parse_hex(text + 2, 2, &byte)) {
        if (form == MS_TEXT_UTF8)
            put_byte(sink, (uint8_t)byte);
        else if (byte < 0x80)
            put_unit(sink, (uint32_t)byte, form);
        return form == MS_TEXT_UTF8 || byte < 0x80 ? 4 : 0;
    }
    size_t taken = length > 1 && text[1] == 'u' ? read_code(text, length, &code) : 0;
    if (taken && form == MS_TEXT_UTF8 && code >= 0xd800 && code <= 0xdfff)
        return 0;
    if (taken)
        put_code(sink, code, form);
    return taken;
}

/* The closing quote is the first one that no backslash escapes. */
static size_t closing_quote(const char *text, size_t length)
{
    for (size_t at = 1; at < length; at++) {
        if (text[at] == '"')
            return at;
        if (text[at] == '\\')
            at++;
    }
    return 0;
}

bool ms_text_is_quoted(const char *text, size_t length)
{
    return length >= 2 && text[0] == '"' && closing_quote(text, length) == length - 1;
}

memscan_status ms_text_quoted(const char *text, size_t length, ms_text_form form, ms_sink *sink, memscan_error *error)
{
    size_t end = length - 1;
    if (end == 1)
        return ms_fail(error, MEMSCAN_INVALID, "the text is empty");
    for (size_t at = 1; at < end;) {
        bool escape = text[at] == '\\';
        size_t taken =
            escape ? put_escape(text + at, end - at, form, sink) : put_verbatim(text + at, end - at, form, sink);
        if (taken == 0 && !escape)
            return fail_utf8(at, error);
        if (taken == 0) {
            char shown[MS_SHOWN];
            ms_fail(error, MEMSCAN_INVALID, "%s is no escape", ms_show(shown, text + at, end - at < 4 ? end - at : 4));
            ms_hint(error, "escapes are \\\" \\\\ \\n \\r \\t \\0 \\xNN \\u{NNNN}; text: takes text as it is");
            return MEMSCAN_INVALID;
        }
        at += taken;
    }
    return MEMSCAN_OK;
}

static bool is_separator(char c)
{
    return c == ' ' || c == ',' || c == '\t' || c == '\n' || c == '\r';
}

/* The length of 0x or \x at `text`, else 0. */
static size_t byte_mark(const char *text, size_t length)
{
    return length > 2 && (text[0] == '0' || text[0] == '\\') && text[1] == 'x' ? 2 : 0;
}

memscan_status ms_bytes_literal(const char *text, size_t length, ms_sink *sink, memscan_error *error)
{
    size_t first = sink->length;
    for (size_t at = 0; at < length;) {
        if (is_separator(text[at])) {
            at++;
            continue;
        }
        at += byte_mark(text + at, length - at);
        uint64_t byte;
        if (length - at < 2 || !ms_parse_hex(text + at, 2, &byte)) {
            char shown[MS_SHOWN];
            ms_fail(error, MEMSCAN_INVALID, "%s is not a byte in hexadecimal",
                    ms_show(shown, text + at, length - at < 2 ? length - at : 2));
            ms_hint(error, "bytes are two hex digits each, as in 48 8B 05; a value has no wildcards");
            return MEMSCAN_INVALID;
        }
        put_byte(sink, (uint8_t)byte);
        at += 2;
    }
    return sink->length > first ? MEMSCAN_OK : ms_fail(error, MEMSCAN_INVALID, "there are no bytes");
}
