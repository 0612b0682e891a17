/* pattern_token.c - what people paste, as tokens. It is taken token by token, so that dialects may be mixed.
 *
 * A word is what stands together without spaces; it is checked as a whole before its first byte is taken, so that an
 * error shows the word as it was written. A lone ? (or *, or x) is a whole byte only where it is a word. */
#include "pattern_token.h"

#include <string.h>

#include "../base/error.h"
#include "../base/text.h"

#define SHOWN 40 /* characters of a word that an error shows */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool is_wild(char c)
{
    return c == '?' || c == '*' || c == 'x' || c == 'X';
}

static bool is_digit(char c)
{
    return hex_value(c) >= 0 || is_wild(c);
}

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == '-' || c == '"';
}

/* The character at `at`, NUL behind the end. */
static char look(const ms_token_reader *reader, size_t at)
{
    return at < reader->length ? reader->text[at] : '\0';
}

static memscan_status skip_comment(ms_token_reader *reader, memscan_error *error)
{
    size_t start = reader->at;
    bool whole_line = look(reader, start + 1) == '/';
    for (reader->at += 2; reader->at < reader->length; reader->at++) {
        if (whole_line && reader->text[reader->at] == '\n')
            return MEMSCAN_OK;
        if (!whole_line && reader->text[reader->at] == '*' && look(reader, reader->at + 1) == '/') {
            reader->at += 2;
            return MEMSCAN_OK;
        }
    }
    if (whole_line)
        return MEMSCAN_OK;
    ms_fail(error, MEMSCAN_INVALID, "the comment at column %zu is not closed", start + 1);
    ms_hint(error, "end it with */");
    return MEMSCAN_INVALID;
}

static memscan_status skip_separators(ms_token_reader *reader, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    while (status == MEMSCAN_OK && reader->at < reader->length) {
        char c = reader->text[reader->at], after = look(reader, reader->at + 1);
        if (is_separator(c))
            reader->at++;
        else if (c == '/' && (after == '/' || after == '*'))
            status = skip_comment(reader, error);
        else
            break;
    }
    return status;
}

static memscan_status fail_character(const ms_token_reader *reader, memscan_error *error)
{
    unsigned char c = (unsigned char)reader->text[reader->at];
    if (c > ' ' && c < 0x7f)
        ms_fail(error, MEMSCAN_INVALID, "'%c' at column %zu has no place in a byte pattern", c, reader->at + 1);
    else
        ms_fail(error, MEMSCAN_INVALID, "the character 0x%02x at column %zu has no place in a byte pattern", c,
                reader->at + 1);
    ms_hint(error, "a byte is two hex digits, ?? is any byte: 48 8B ?? 05");
    return MEMSCAN_INVALID;
}

/* { may stand before all else, } behind all else. */
static memscan_status take_brace(ms_token_reader *reader, memscan_error *error)
{
    size_t column = reader->at + 1;
    bool opens = reader->text[reader->at] == '{';
    if (opens ? reader->begun : reader->brace_column == 0) {
        ms_fail(error, MEMSCAN_INVALID, "'%c' at column %zu does not belong there", opens ? '{' : '}', column);
        ms_hint(error, "braces stand around the whole pattern, { 48 8B ?? 05 }, or nowhere");
        return MEMSCAN_INVALID;
    }
    reader->brace_column = opens ? column : 0;
    reader->begun = true;
    reader->closed = !opens;
    reader->at++;
    return MEMSCAN_OK;
}

/* The nibbles `high` and `low`, digits or wildcards. */
static ms_pattern_byte byte_of(char high, char low)
{
    ms_pattern_byte byte = { 0, 0, 0 };
    if (hex_value(high) >= 0) {
        byte.value = (uint8_t)(hex_value(high) << 4);
        byte.mask = 0xf0;
    }
    if (hex_value(low) >= 0) {
        byte.value |= (uint8_t)hex_value(low);
        byte.mask |= 0x0f;
    }
    return byte;
}

/* The word with an odd count of digits, spelled with spaces: 488B?8 -> 48 8B ?? 8? */
static void spell_out(ms_text *out, const char *word, size_t length)
{
    for (size_t i = 0; i < length && i < SHOWN; i++) {
        char pair[4] = { ' ', word[i], '?', '\0' };
        if (is_wild(word[i]))
            pair[1] = '?';
        if (i + 1 < length && (hex_value(word[i]) >= 0 || is_wild(word[i + 1])))
            pair[2] = is_wild(word[++i]) ? '?' : word[i];
        ms_text_add(out, out->length ? pair : pair + 1);
    }
    if (length > SHOWN)
        ms_text_add(out, " ...");
}

static memscan_status fail_odd(const char *word, size_t length, size_t column, memscan_error *error)
{
    int shown = (int)(length < SHOWN ? length : SHOWN);
    if (length == 1) {
        ms_fail(error, MEMSCAN_INVALID, "%c at column %zu is half a byte", word[0], column);
        ms_hint(error, "write 0%c, or %c? for any byte that begins so", word[0], word[0]);
        return MEMSCAN_INVALID;
    }
    char spelled[160];
    ms_text text;
    ms_text_init(&text, spelled, sizeof spelled);
    spell_out(&text, word, length);
    ms_fail(error, MEMSCAN_INVALID, "%.*s%s at column %zu has %zu digits, and a byte takes two", shown, word,
            length > SHOWN ? "..." : "", column, length);
    ms_hint(error, "write %s, or as you mean it: without spaces any byte is ??", spelled);
    return MEMSCAN_INVALID;
}

static memscan_status fail_denial(size_t column, memscan_error *error)
{
    ms_fail(error, MEMSCAN_INVALID, "~ at column %zu must stand directly before a byte or a digit", column);
    ms_hint(error, "~00 is any byte but 00, ~?0 any byte whose second digit is not 0");
    return MEMSCAN_INVALID;
}

static memscan_status fail_prefix(const char *word, size_t length, size_t column, memscan_error *error)
{
    int shown = (int)(length < SHOWN ? length : SHOWN);
    ms_fail(error, MEMSCAN_INVALID, "%.*s%s at column %zu is not one byte", shown, word, length > SHOWN ? "..." : "",
            column);
    ms_hint(error, "write every byte on its own, in the order in which they lie in memory: 0x48, 0x8B");
    return MEMSCAN_INVALID;
}

/* 0x48, 0x8: `at` is behind the prefix. */
static memscan_status take_prefixed(ms_token_reader *reader, size_t start, size_t at, size_t end, ms_token *token,
                                    memscan_error *error)
{
    if (end - at == 2)
        token->byte = byte_of(reader->text[at], reader->text[at + 1]);
    else if (end - at == 1 && hex_value(reader->text[at]) >= 0)
        token->byte = byte_of('0', reader->text[at]);
    else
        return fail_prefix(reader->text + start, end - start, start + 1, error);
    reader->at = reader->word_end = end;
    return MEMSCAN_OK;
}

static bool is_mask(const ms_token_reader *reader, size_t at, size_t end)
{
    bool keeps = false;
    for (; at < end; at++) {
        if (reader->text[at] != 'x' && reader->text[at] != 'X' && reader->text[at] != '?')
            return false;
        keeps = keeps || reader->text[at] != '?';
    }
    return reader->escapes && keeps;
}

/* The first byte of a word of digits and wildcards, which may begin with ~. */
static memscan_status begin_word(ms_token_reader *reader, ms_token *token, memscan_error *error)
{
    size_t start = reader->at, at = start + (reader->text[start] == '~'), end = at;
    while (end < reader->length && is_digit(reader->text[end]))
        end++;
    if (end == at)
        return fail_denial(start + 1, error);
    if (reader->text[at] == '0' && (look(reader, at + 1) == 'x' || look(reader, at + 1) == 'X'))
        return take_prefixed(reader, start, at + 2, end, token, error);
    if (at == start && is_mask(reader, at, end)) {
        token->kind = MS_TOKEN_MASK;
        token->mask = reader->text + at;
        token->mask_length = end - at;
        reader->at = end;
        return MEMSCAN_OK;
    }
    if (end - at == 1 && is_wild(reader->text[at])) {
        reader->at = end; /* token->byte is the wild byte */
        return MEMSCAN_OK;
    }
    if ((end - at) % 2 != 0)
        return fail_odd(reader->text + at, end - at, at + 1, error);
    token->byte = byte_of(reader->text[at], reader->text[at + 1]);
    reader->at = at + 2;
    reader->word_end = end;
    return MEMSCAN_OK;
}

static memscan_status take_word(ms_token_reader *reader, ms_token *token, memscan_error *error)
{
    token->kind = MS_TOKEN_BYTE;
    if (reader->at < reader->word_end) {
        token->byte = byte_of(reader->text[reader->at], reader->text[reader->at + 1]);
        reader->at += 2;
        return MEMSCAN_OK;
    }
    bool denied = reader->text[reader->at] == '~';
    memscan_status status = begin_word(reader, token, error);
    if (status != MEMSCAN_OK || !denied)
        return status;
    if (token->byte.mask == 0) {
        ms_fail(error, MEMSCAN_INVALID, "the byte at column %zu excludes every value", token->column);
        ms_hint(error, "~00 is any byte but 00, ~?0 any byte whose second digit is not 0");
        return MEMSCAN_INVALID;
    }
    token->byte.deny = 1;
    return MEMSCAN_OK;
}

/* \x48 */
static memscan_status take_escape(ms_token_reader *reader, ms_token *token, memscan_error *error)
{
    const size_t at = reader->at;
    char x = look(reader, at + 1), high = look(reader, at + 2), low = look(reader, at + 3);
    if ((x != 'x' && x != 'X') || !is_digit(high) || !is_digit(low) || is_digit(look(reader, at + 4))) {
        ms_fail(error, MEMSCAN_INVALID, "the \\ at column %zu does not begin a byte", at + 1);
        ms_hint(error, "write \\x and two hex digits for each byte: \\x48\\x8B\\x05, then perhaps a mask: xx?");
        return MEMSCAN_INVALID;
    }
    token->kind = MS_TOKEN_BYTE;
    token->byte = byte_of(high, low);
    reader->escapes = true;
    reader->at += 4;
    return MEMSCAN_OK;
}

static memscan_status fail_jump(size_t column, memscan_error *error)
{
    ms_fail(error, MEMSCAN_INVALID, "what begins with [ at column %zu is not a jump", column);
    ms_hint(error, "[4] skips four bytes, [4-6] four to six, [4-] four or more");
    return MEMSCAN_INVALID;
}

/* A decimal number in front of `at`, which is moved behind it and the spaces round it. Too large ones are LONGEST + 1.
 * False: there is none. */
static bool take_number(const ms_token_reader *reader, size_t *at, uint32_t *number)
{
    while (look(reader, *at) == ' ' || look(reader, *at) == '\t')
        ++*at;
    size_t start = *at;
    uint32_t value = 0;
    for (; look(reader, *at) >= '0' && look(reader, *at) <= '9'; ++*at) {
        value = value * 10 + (uint32_t)(look(reader, *at) - '0');
        if (value > MS_PATTERN_LONGEST_MATCH)
            value = MS_PATTERN_LONGEST_MATCH + 1;
    }
    bool any = *at > start;
    while (look(reader, *at) == ' ' || look(reader, *at) == '\t')
        ++*at;
    *number = value;
    return any;
}

/* [4], [4-6], [4-], [-] */
static memscan_status take_jump(ms_token_reader *reader, ms_token *token, memscan_error *error)
{
    size_t at = reader->at + 1;
    bool from = take_number(reader, &at, &token->least), to = false;
    bool range = look(reader, at) == '-';
    token->kind = MS_TOKEN_JUMP;
    token->most = token->least;
    if (range) {
        at++;
        to = take_number(reader, &at, &token->most);
    }
    if (look(reader, at) != ']' || (!from && (to || !range)))
        return fail_jump(token->column, error);
    token->open = range && !to;
    if (token->open)
        token->most = MS_PATTERN_LONGEST_MATCH;
    if (token->least > MS_PATTERN_LONGEST_MATCH || token->most > MS_PATTERN_LONGEST_MATCH) {
        ms_fail(error, MEMSCAN_LIMIT, "the jump at column %zu skips more than %u bytes", token->column,
                MS_PATTERN_LONGEST_MATCH);
        ms_hint(error, "one match covers at most %u bytes", MS_PATTERN_LONGEST_MATCH);
        return MEMSCAN_LIMIT;
    }
    if (token->least > token->most) {
        ms_fail(error, MEMSCAN_INVALID, "the jump at column %zu goes from more to fewer", token->column);
        ms_hint(error, "write [%u-%u]", token->most, token->least);
        return MEMSCAN_INVALID;
    }
    reader->at = at + 1;
    return MEMSCAN_OK;
}

static memscan_status take_end(const ms_token_reader *reader, ms_token *token, memscan_error *error)
{
    token->kind = MS_TOKEN_END;
    if (reader->brace_column == 0)
        return MEMSCAN_OK;
    ms_fail(error, MEMSCAN_INVALID, "the { at column %zu is not closed", reader->brace_column);
    ms_hint(error, "end the pattern with }, outside of any // comment");
    return MEMSCAN_INVALID;
}

/* Past separators, comments and braces. */
static memscan_status skip_to_token(ms_token_reader *reader, memscan_error *error)
{
    for (;;) {
        memscan_status status = skip_separators(reader, error);
        char c = look(reader, reader->at);
        if (status != MEMSCAN_OK || (c != '{' && c != '}'))
            return status;
        status = take_brace(reader, error);
        if (status != MEMSCAN_OK)
            return status;
    }
}

static memscan_status take_token(ms_token_reader *reader, ms_token *token, memscan_error *error)
{
    char c = reader->text[reader->at];
    if (is_digit(c) || c == '~')
        return take_word(reader, token, error);
    if (c == '\\')
        return take_escape(reader, token, error);
    if (c == '[')
        return take_jump(reader, token, error);
    if (c != '(' && c != '|' && c != ')')
        return fail_character(reader, error);
    token->kind = c == '(' ? MS_TOKEN_OPEN : c == '|' ? MS_TOKEN_BAR : MS_TOKEN_CLOSE;
    reader->at++;
    return MEMSCAN_OK;
}

memscan_status ms_token_next(ms_token_reader *reader, ms_token *token, memscan_error *error)
{
    memscan_status status = skip_to_token(reader, error);
    *token = (ms_token){ .column = reader->at + 1 };
    if (status != MEMSCAN_OK)
        return status;
    if (reader->at >= reader->length)
        return take_end(reader, token, error);
    if (reader->closed) {
        ms_fail(error, MEMSCAN_INVALID, "something stands behind the closing brace, at column %zu", token->column);
        ms_hint(error, "braces stand around the whole pattern, { 48 8B ?? 05 }, or nowhere");
        return MEMSCAN_INVALID;
    }
    reader->begun = true;
    return take_token(reader, token, error);
}
