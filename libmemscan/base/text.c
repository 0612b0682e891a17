/* text.c - bounded text and strict numbers; and the one door through which a target's text reaches a terminal. */
#include "text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <memscan/base.h>

#include "bits.h"
#include "bytes.h"

void ms_text_init(ms_text *text, char *out, size_t capacity)
{
    *text = (ms_text){ .out = out, .capacity = capacity };
    if (capacity)
        out[0] = '\0';
}

void ms_text_add_bytes(ms_text *text, const char *piece, size_t length)
{
    if (length && text->length + 1 < text->capacity) { /* `piece` may be NULL where there is nothing of it */
        size_t room = text->capacity - text->length - 1;
        size_t fits = length < room ? length : room;
        memcpy(text->out + text->length, piece, fits);
        text->out[text->length + fits] = '\0';
    }
    text->length += length;
}

void ms_text_add(ms_text *text, const char *piece)
{
    ms_text_add_bytes(text, piece, strlen(piece));
}

void ms_text_format(ms_text *text, const char *format, ...)
{
    char piece[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    if (length > 0)
        ms_text_add_bytes(text, piece, (size_t)length < sizeof piece ? (size_t)length : sizeof piece - 1);
}

/* Where they belong, if all of them fit: copied from elsewhere they would be waited for. */
void ms_text_add_decimal(ms_text *text, uint64_t number)
{
    enum { MOST = 20 };
    char digits[MOST];
    size_t count = 1;
    for (uint64_t more = number; more >= 10; more /= 10)
        count++;
    bool fits = text->length + count < text->capacity;
    char *end = (fits ? text->out + text->length : digits) + count;
    do {
        *--end = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    if (fits)
        text->out[text->length += count] = '\0';
    else
        ms_text_add_bytes(text, digits, count);
}

/* Its eight hex digits, the first of them in the highest byte: each digit moved to a byte of its own, then made a letter. */
static uint64_t spell_hex(uint32_t number)
{
    const uint64_t each = 0x0101010101010101;
    uint64_t x = number;
    x = (x | x << 16) & 0x0000ffff0000ffff;
    x = (x | x << 8) & 0x00ff00ff00ff00ff;
    x = (x | x << 4) & 0x0f * each;
    uint64_t is_letter = (x + 6 * each) >> 4 & each;
    return x + '0' * each + is_letter * ('a' - '0' - 10);
}

/* All sixteen digits that a number may have are written, its first one in front; what is behind its last one is not counted. */
void ms_text_add_hex(ms_text *text, uint64_t number)
{
    enum { MOST = 2 + 16 };
    char digits[MOST];
    size_t count = ms_highest_bit(number | 1) / 4 + 1;
    uint64_t first = number << 4 * (16 - count);
    bool fits = text->length + MOST < text->capacity;
    char *out = fits ? text->out + text->length : digits;
    out[0] = '0';
    out[1] = 'x';
    ms_store_big64(out + 2, spell_hex((uint32_t)(first >> 32)));
    ms_store_big64(out + 10, spell_hex((uint32_t)first));
    if (fits)
        text->out[text->length += 2 + count] = '\0';
    else
        ms_text_add_bytes(text, digits, 2 + count);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

static bool parse_digits(const char *text, size_t length, unsigned base, uint64_t *value)
{
    uint64_t result = 0;
    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned)digit_value(text[i]);
        if (digit >= base || result > (UINT64_MAX - digit) / base)
            return false;
        result = result * base + digit;
    }
    *value = result;
    return true;
}

bool ms_parse_u64(const char *text, size_t length, uint64_t *value)
{
    if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        return parse_digits(text + 2, length - 2, 16, value);
    return parse_digits(text, length, 10, value);
}

bool ms_parse_hex(const char *text, size_t length, uint64_t *value)
{
    return parse_digits(text, length, 16, value);
}

size_t ms_utf8_decode(const uint8_t *text, size_t available, uint32_t *code)
{
    static const uint32_t smallest[5] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t length = text[0] < 0x80   ? 1
                    : text[0] < 0xc2 ? 0
                    : text[0] < 0xe0 ? 2
                    : text[0] < 0xf0 ? 3
                    : text[0] < 0xf5 ? 4
                                     : 0;
    if (length <= 1) {
        *code = text[0];
        return length;
    }
    if (length > available)
        return 0;
    *code = text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3fu);
    }
    if (*code < smallest[length] || (*code >= 0xd800 && *code <= 0xdfff) || *code > 0x10ffff)
        return 0;
    return length;
}

size_t ms_utf8_encode(uint32_t code, uint8_t out[4])
{
    static const uint8_t marks[5] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    if ((code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
        return 0;
    size_t length = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (uint8_t)(marks[length] | code);
    return length;
}

bool ms_is_deceiving(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        { 0x00, 0x1f },     { 0x7f, 0x9f },     { 0xad, 0xad },       { 0x61c, 0x61c },      { 0x180e, 0x180e },
        { 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },   { 0xe000, 0xf8ff },    { 0xfe00, 0xfe0f },
        { 0xfeff, 0xfeff }, { 0xfff0, 0xffff }, { 0xe0000, 0xe0fff }, { 0xf0000, 0x10ffff },
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

/* A backslash stays single where nothing else could be read into it: Windows paths are full of them. */
static bool reads_as_escape(const unsigned char *at)
{
    return at[1] == '\\' || (at[1] == 'x' && isxdigit(at[2]) && isxdigit(at[3])) || (at[1] == 'u' && at[2] == '{');
}

/* What most text is made of, and what needs no second look. */
static bool is_harmless(unsigned char c)
{
    return c >= ' ' && c < 0x7f && c != '\\';
}

size_t memscan_escape(const char *text, char *out, size_t capacity)
{
    const unsigned char *at = (const unsigned char *)text;
    size_t whole = 0, kept = 0, cut = 0; /* cut: where "..." would go, should the rest not fit */
    while (*at) {
        char piece[16];
        uint32_t code;
        if (is_harmless(*at) && kept == whole && whole + 4 < capacity) {
            out[whole++] = (char)*at++;
            cut = kept = whole;
            continue;
        }
        size_t length = ms_utf8_decode(at, 4, &code); /* stops at the NUL: it continues no sequence */
        if (length == 0)
            snprintf(piece, sizeof piece, "\\x%02x", at[0]);
        else if (code == '\\' && reads_as_escape(at))
            snprintf(piece, sizeof piece, "\\\\");
        else if (code < 0x80 && ms_is_deceiving(code))
            snprintf(piece, sizeof piece, "\\x%02x", (unsigned)code);
        else if (ms_is_deceiving(code))
            snprintf(piece, sizeof piece, "\\u{%x}", (unsigned)code);
        else
            snprintf(piece, sizeof piece, "%.*s", (int)length, (const char *)at);
        size_t piece_length = strlen(piece);
        if (kept == whole && whole + piece_length + 1 <= capacity) {
            memcpy(out + whole, piece, piece_length);
            kept += piece_length;
            if (kept + 4 <= capacity)
                cut = kept;
        }
        whole += piece_length;
        at += length ? length : 1;
    }
    if (capacity) {
        if (kept == whole)
            out[whole] = '\0';
        else
            snprintf(out + cut, capacity - cut, "...");
    }
    return whole;
}
