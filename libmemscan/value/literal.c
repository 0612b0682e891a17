/* literal.c - prefixes and looks. Nothing is guessed twice: the first look that fits decides, and every operand that
 * fits none ends in one error that shows the spelling to use. */
#include "literal.h"

#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "encode.h"
#include "number.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void ms_trim(const char **text, size_t *length)
{
    for (; *length && is_space(**text); ++*text)
        --*length;
    while (*length && is_space((*text)[*length - 1]))
        --*length;
}

const char *ms_show(char out[MS_SHOWN], const char *text, size_t length)
{
    char piece[44];
    size_t kept = length < sizeof piece ? length : sizeof piece - 4;
    memcpy(piece, text, kept);
    memcpy(piece + kept, kept < length ? "..." : "", kept < length ? 4 : 1);
    memscan_escape(piece, out, MS_SHOWN);
    return out;
}

/* The type whose name is followed by `end` ("/i:" or ":"), or NONE. */
static memscan_type named_type(const char *text, const char *end, const char **rest)
{
    const char *colon = strstr(text, end);
    char name[16];
    size_t length = colon ? (size_t)(colon - text) : sizeof name;
    if (length >= sizeof name)
        return MEMSCAN_TYPE_NONE;
    memcpy(name, text, length);
    name[length] = '\0';
    *rest = colon + strlen(end);
    return memscan_type_from_name(name);
}

ms_prefix ms_prefix_parse(const char *text)
{
    ms_prefix prefix = { .rest = text };
    const char *at = text, *rest;
    while (is_space(*at))
        at++;
    if (strncmp(at, "be:", 3) == 0) {
        prefix.big_endian = true;
        prefix.rest = at += 3;
    }
    memscan_type type = named_type(at, "/i:", &rest);
    prefix.ignore_case = type == MEMSCAN_TEXT || type == MEMSCAN_UTF16;
    if (!prefix.ignore_case)
        type = named_type(at, ":", &rest);
    if (type != MEMSCAN_TYPE_NONE) {
        prefix.type = type;
        prefix.rest = rest;
    }
    return prefix;
}

memscan_status ms_prefix_check(const ms_prefix *prefix, memscan_type type, memscan_error *error)
{
    if (!prefix->big_endian ||
        (type != MEMSCAN_TEXT && type != MEMSCAN_RE && type != MEMSCAN_HEX && type != MEMSCAN_BITS))
        return MEMSCAN_OK;
    ms_fail(error, MEMSCAN_INVALID, "%s has no byte order that be: could turn round", memscan_type_name(type));
    ms_hint(error, "leave be: out");
    return MEMSCAN_INVALID;
}

static bool is_hex_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_half_byte(char c)
{
    return is_hex_digit(c) || c == '?' || c == '*';
}

/* Whether a word is one byte, or a piece of a pattern's grammar, in any dialect. */
static bool is_byte_token(const char *word, size_t length)
{
    if (length == 1)
        return strchr("?*{}()|", word[0]) != NULL;
    if (length > 2 && word[0] == '0' && word[1] == 'x')
        return length <= 4;
    if (word[0] == '~')
        return length == 3;
    if (word[0] == '[')
        return word[length - 1] == ']';
    return length == 2 && is_half_byte(word[0]) && is_half_byte(word[1]);
}

/* Two or more byte tokens, apart by spaces or commas; or an escape or a brace, which nothing else begins with. */
static bool looks_like_bytes(const char *text, size_t length)
{
    if ((length > 1 && text[0] == '\\' && text[1] == 'x') || (length > 0 && text[0] == '{'))
        return true;
    size_t words = 0;
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && !is_space(text[end]) && text[end] != ',')
            end++;
        if (end > at) {
            if (!is_byte_token(text + at, end - at))
                return false;
            words++;
        }
        at = end + 1;
    }
    return words >= 2;
}

memscan_type ms_guess_type(const char *text, size_t length)
{
    ms_number number;
    if (ms_text_is_quoted(text, length))
        return MEMSCAN_TEXT;
    if (length >= 2 && text[0] == '/' && text[length - 1] == '/')
        return MEMSCAN_RE;
    if (looks_like_bytes(text, length))
        return MEMSCAN_HEX;
    if (ms_number_parse(text, length, &number, NULL) < 0)
        return MEMSCAN_TYPE_NONE;
    return number.kind == MS_NUMBER_INTEGER ? MEMSCAN_I32 : MEMSCAN_FLOAT;
}

static bool is_unspaced_bytes(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_half_byte(text[i]))
            return false;
    return length >= 2;
}

memscan_status ms_fail_untyped(const char *text, size_t length, memscan_error *error)
{
    char shown[MS_SHOWN];
    ms_show(shown, text, length);
    const char *colon = memchr(text, ':', length);
    if (length == 0) {
        ms_fail(error, MEMSCAN_INVALID, "the expression is empty");
        ms_hint(error, "write a value, such as 100, f32:1.5 or \"text\"");
    } else if (is_unspaced_bytes(text, length) && (memchr(text, '?', length) || memchr(text, '*', length))) {
        ms_fail(error, MEMSCAN_INVALID, "%s could be bytes, but not a number", shown);
        ms_hint(error, "write hex:%s", shown);
    } else if (is_unspaced_bytes(text, length)) {
        ms_fail(error, MEMSCAN_INVALID, "%s could be bytes, a number or text", shown);
        ms_hint(error, "write hex:%s for bytes, 0x%s for a number, text:%s for text", shown, shown, shown);
    } else if (text[0] == '"') {
        ms_fail(error, MEMSCAN_INVALID, "the quoted text %s has no closing quote", shown);
        ms_hint(error, "end it with \", or write text: and the text as it is");
    } else if (colon) {
        ms_show(shown, text, (size_t)(colon - text));
        ms_fail(error, MEMSCAN_INVALID, "there is no type called %s", shown);
        ms_hint(error,
                "types: i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 int float num ptr text utf16 hex bits; be: before one "
                "is big-endian; for text write text:%s:...",
                shown);
    } else {
        ms_fail(error, MEMSCAN_INVALID, "%s is not a number", shown);
        ms_hint(error, "write text:%s to look for text", shown);
    }
    return MEMSCAN_INVALID;
}
