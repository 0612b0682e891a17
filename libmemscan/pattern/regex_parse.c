/* regex_parse.c - which expressions there are, how long their matches can be, and which bytes every match contains.
 *
 * The engine knows far more than is let through here. What is kept is the regular part: what matches at a place then
 * depends on the bytes of the match alone, never on what stands before it or behind it, so that a search in pieces
 * tells the same as a search in one. Whatever is not understood is refused; so nothing can be misunderstood. */
#include <string.h>

#include "../base/error.h"
#include "regex_form.h"

#define DEEPEST 50u /* groups inside each other */

typedef struct bounds {
    uint32_t least, most; /* bytes; MS_REGEX_OPEN: that, or more */
} bounds;

typedef struct parser {
    const uint8_t *text;
    size_t length, at;
    memscan_error *error;
    memscan_status status;
    bool folds;    /* (?i) holds here */
    bool parted;   /* there is a | outside of all groups */
    bounds before; /* what precedes, of the expression outside of groups */
    /* The run of given bytes that is growing, and where it began. */
    uint8_t bytes[MS_REGEX_NEEDLE], mask[MS_REGEX_NEEDLE];
    size_t run_length;
    bounds run_at;
    ms_regex *regex;
} parser;

/* One item: what it may cover, and whether it is one given byte. */
typedef struct item {
    bounds covers;
    bool is_byte;
    uint8_t byte;
} item;

static uint32_t add(uint32_t a, uint32_t b)
{
    return a + b > MS_REGEX_OPEN ? MS_REGEX_OPEN : a + b;
}

static uint32_t times(uint32_t a, uint32_t b) /* both at most MS_REGEX_OPEN: the product fits */
{
    return a * b > MS_REGEX_OPEN ? MS_REGEX_OPEN : a * b;
}

static bool refuse_with(parser *p, memscan_status status, const char *what, const char *hint)
{
    if (p->status == MEMSCAN_OK) {
        p->status = status;
        ms_fail(p->error, status, "the regular expression: %s at column %zu", what, p->at + 1);
        if (hint)
            ms_hint(p->error, "%s", hint);
    }
    return false;
}

static bool refuse(parser *p, const char *what, const char *hint)
{
    return refuse_with(p, MEMSCAN_INVALID, what, hint);
}

static bool more(const parser *p)
{
    return p->at < p->length;
}

static bool next_is(const parser *p, const char *word)
{
    size_t length = strlen(word);
    return p->length - p->at >= length && memcmp(p->text + p->at, word, length) == 0;
}

static bool skip(parser *p, const char *word)
{
    if (!next_is(p, word))
        return false;
    p->at += strlen(word);
    return true;
}

/* ---- the needle ---- */

static void end_run(parser *p)
{
    ms_regex *regex = p->regex;
    if (p->run_length && ms_needle_rarity(p->bytes, p->mask, p->run_length) >
                             ms_needle_rarity(regex->needle_bytes, regex->needle_mask, regex->needle_length)) {
        memcpy(regex->needle_bytes, p->bytes, p->run_length);
        memcpy(regex->needle_mask, p->mask, p->run_length);
        regex->needle_length = p->run_length;
        regex->needle_low = p->run_at.least;
        regex->needle_high = p->run_at.most;
    }
    p->run_length = 0;
}

static void grow_run(parser *p, uint8_t byte)
{
    bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    if (p->run_length == MS_REGEX_NEEDLE)
        end_run(p);
    if (p->run_length == 0)
        p->run_at = p->before;
    p->mask[p->run_length] = p->folds && letter ? 0xdf : 0xff;
    p->bytes[p->run_length] = byte & p->mask[p->run_length];
    p->run_length++;
}

/* An item outside of all groups, and how often it stands there. */
static void follow(parser *p, const item *one, bounds times_over)
{
    bool once = times_over.least == 1 && times_over.most == 1;
    if (one->is_byte && times_over.least >= 1)
        grow_run(p, one->byte);
    if (!one->is_byte || !once)
        end_run(p);
    p->before.least = add(p->before.least, times(one->covers.least, times_over.least));
    p->before.most = add(p->before.most, times(one->covers.most, times_over.most));
}

/* ---- the grammar ---- */

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static int hex_value(uint8_t c)
{
    if (is_digit(c))
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "\x": two digits, or one or two in braces. */
static bool read_hex(parser *p, uint8_t *byte)
{
    bool braces = skip(p, "{");
    int value = 0, digits = 0;
    for (; more(p) && digits < 2 && hex_value(p->text[p->at]) >= 0; p->at++, digits++)
        value = 16 * value + hex_value(p->text[p->at]);
    *byte = (uint8_t)value;
    if (digits == 0 || (!braces && digits < 2) || (braces && !skip(p, "}")))
        return refuse(p, "\\x is a byte of two hexadecimal digits", "\\x0a, for one");
    return true;
}

static bool refuse_escape(parser *p, uint8_t c)
{
    if (is_digit(c))
        return refuse(p, "a reference back, or an octal number", "a byte is \\x and two hexadecimal digits");
    if (strchr("bBAzZGK", c))
        return refuse(p, "a look at what stands before or behind a match", "a match is judged by its own bytes");
    return refuse(p, "an escape that is not known here",
                  "\\d \\w \\s \\h \\v and their capitals, \\n \\r \\t \\f \\a \\e \\xHH");
}

/* Behind a backslash: one byte, or a class of bytes. */
static bool read_escape(parser *p, item *one)
{
    static const char named[] = "nrtfae", meant[] = "\n\r\t\f\a\x1b";
    *one = (item){ { 1, 1 }, false, 0 };
    if (!more(p))
        return refuse(p, "nothing follows the backslash", "\\\\ is a backslash");
    uint8_t c = p->text[p->at++];
    const char *place = c ? strchr(named, c) : NULL;
    if (c == 'x') {
        one->is_byte = true;
        return read_hex(p, &one->byte);
    }
    if (place || (c == '0' && !(more(p) && is_digit(p->text[p->at])))) {
        one->is_byte = true;
        one->byte = place ? (uint8_t)meant[place - named] : 0;
        return true;
    }
    if (c && strchr("dDwWsShHvV", c))
        return true;
    bool letter = ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || is_digit(c) || c >= 0x80;
    if (letter) {
        p->at--;
        return refuse_escape(p, c);
    }
    one->is_byte = true;
    one->byte = c;
    return true;
}

/* [:alpha:], whose name the engine checks. */
static bool skip_named_class(parser *p)
{
    size_t at = p->at + 2;
    while (at < p->length && p->text[at] != ':' && p->text[at] != ']')
        at++;
    if (at + 1 >= p->length || p->text[at] != ':' || p->text[at + 1] != ']')
        return refuse(p, "a named class is not closed", "[[:alpha:]], for one");
    p->at = at + 2;
    return true;
}

/* Behind "[". */
static bool read_class(parser *p)
{
    size_t start = p->at;
    item ignored;
    skip(p, "^");
    for (bool first = true; more(p); first = false) {
        if (p->text[p->at] == ']' && !first) {
            p->at++;
            return true;
        }
        if (next_is(p, "[.") || next_is(p, "[="))
            return refuse(p, "a class of collation", "write [[] for a bracket");
        if (p->text[p->at] >= 0x80)
            return refuse(p, "a class holds single bytes, and this character is more",
                          "write it as (\xc3\xa4|\xc3\xb6)");
        if (next_is(p, "[:")) {
            if (!skip_named_class(p))
                return false;
        } else if (skip(p, "\\")) {
            if (!read_escape(p, &ignored))
                return false;
        } else {
            p->at++;
        }
    }
    p->at = start;
    return refuse(p, "the class is not closed", "\\[ is a bracket");
}

static bool read_number(parser *p, uint32_t *number)
{
    size_t start = p->at;
    for (*number = 0; more(p) && is_digit(p->text[p->at]); p->at++)
        *number = add(times(*number, 10), (uint32_t)(p->text[p->at] - '0'));
    return p->at > start;
}

/* Behind "{": n}, n,} or n,m}. */
static bool read_braces(parser *p, bounds *count)
{
    static const char hint[] = "{3}, {3,} or {3,5}; \\{ is a brace";
    if (!read_number(p, &count->least))
        return refuse(p, "a count is missing", hint);
    count->most = count->least;
    if (skip(p, ",") && !read_number(p, &count->most))
        count->most = MS_REGEX_OPEN;
    if (!skip(p, "}") || count->most < count->least)
        return refuse(p, "not a count", hint);
    if (count->least == MS_REGEX_OPEN)
        return refuse_with(p, MEMSCAN_LIMIT, "a count that is too high", NULL);
    return true;
}

/* How often the item before may stand there. *some: it was said. */
static bool read_count(parser *p, bounds *count, bool *some)
{
    *count = (bounds){ 1, 1 };
    *some = true;
    if (skip(p, "*"))
        *count = (bounds){ 0, MS_REGEX_OPEN };
    else if (skip(p, "+"))
        *count = (bounds){ 1, MS_REGEX_OPEN };
    else if (skip(p, "?"))
        *count = (bounds){ 0, 1 };
    else if (!skip(p, "{"))
        *some = false;
    else if (!read_braces(p, count))
        return false;
    if (*some && next_is(p, "+"))
        return refuse(p, "a repetition that gives nothing back", "leave the second + out");
    if (*some)
        skip(p, "?");
    return true;
}

static bool read_alternatives(parser *p, unsigned depth, bounds *covers);

/* The letters of (?i), (?s-i) or (?i:. */
static bool read_flags(parser *p, bool *opens)
{
    bool on = true;
    for (; more(p) && p->text[p->at] != ')' && p->text[p->at] != ':'; p->at++) {
        uint8_t c = p->text[p->at];
        if (c == '-' && on)
            on = false;
        else if (c == 'i')
            p->folds = on;
        else if (c != 's')
            return refuse(p, "a group that is not known here",
                          "( ), (?: ), (?i) and (?s) there are; nothing that looks ahead, behind or back");
    }
    if (!more(p))
        return refuse(p, "the group is not closed", NULL);
    *opens = p->text[p->at++] == ':';
    return true;
}

/* Behind "(". *is_group: it holds something; else it has only set flags. */
static bool read_group(parser *p, unsigned depth, bounds *covers, bool *is_group)
{
    bool folds = p->folds;
    *is_group = true;
    if (depth == DEEPEST)
        return refuse_with(p, MEMSCAN_LIMIT, "groups are too deep", NULL);
    if (next_is(p, "*"))
        return refuse(p, "a command to the engine", "\\* is a star");
    if (skip(p, "?") && (!read_flags(p, is_group) || !*is_group))
        return p->status == MEMSCAN_OK;
    if (!read_alternatives(p, depth + 1, covers))
        return false;
    if (!skip(p, ")"))
        return refuse(p, "the group is not closed", "\\( is a parenthesis");
    p->folds = folds;
    return true;
}

static bool refuse_sign(parser *p, uint8_t c)
{
    if (c == '^' || c == '$')
        return refuse(p, "memory has no lines that begin or end",
                      c == '^' ? "\\^ is the character" : "\\$ is the character");
    if (c == '{')
        return refuse(p, "there is nothing to repeat", "\\{ is a brace");
    return refuse(p, "there is nothing to repeat", NULL);
}

/* One item, with what says how often. *flags: it was none, only flags. */
static bool read_item(parser *p, unsigned depth, item *one, bool *flags)
{
    uint8_t c = p->text[p->at];
    bool is_group = true;
    *one = (item){ { 1, 1 }, false, 0 };
    *flags = false;
    if (strchr("^$*+?{", c) && c)
        return refuse_sign(p, c);
    p->at++;
    if (c == '(') {
        bool read = read_group(p, depth, &one->covers, &is_group);
        *flags = !is_group;
        return read;
    }
    if (c == '[')
        return read_class(p);
    if (c == '\\')
        return read_escape(p, one);
    if (c == '.')
        return true;
    one->is_byte = true;
    one->byte = c;
    return true;
}

static bool read_sequence(parser *p, unsigned depth, bounds *covers)
{
    *covers = (bounds){ 0, 0 };
    while (more(p) && p->text[p->at] != '|' && p->text[p->at] != ')') {
        item one;
        bounds count;
        bool flags, counted;
        if (!read_item(p, depth, &one, &flags))
            return false;
        if (flags)
            continue;
        bool wide = one.is_byte && p->text[p->at - 1] >= 0x80;
        if (!read_count(p, &count, &counted))
            return false;
        if (counted && wide)
            return refuse(p, "this repeats the last byte of a character", "put the character between ( and )");
        covers->least = add(covers->least, times(one.covers.least, count.least));
        covers->most = add(covers->most, times(one.covers.most, count.most));
        if (depth == 0)
            follow(p, &one, count);
    }
    return true;
}

static bool read_alternatives(parser *p, unsigned depth, bounds *covers)
{
    if (!read_sequence(p, depth, covers))
        return false;
    while (skip(p, "|")) {
        bounds other;
        p->parted = p->parted || depth == 0;
        if (!read_sequence(p, depth, &other))
            return false;
        covers->least = other.least < covers->least ? other.least : covers->least;
        covers->most = other.most > covers->most ? other.most : covers->most;
    }
    return true;
}

memscan_status ms_regex_read(const char *text, size_t length, ms_regex *regex, memscan_error *error)
{
    bounds covers;
    parser p = { .text = (const uint8_t *)text, .length = length, .error = error, .regex = regex };
    if (length == 0)
        return ms_fail(error, MEMSCAN_INVALID, "the regular expression is empty");
    bool read = read_alternatives(&p, 0, &covers);
    if (read && more(&p))
        read = refuse(&p, "a group is closed that was not opened", "\\) is a parenthesis");
    if (!read)
        return p.status;
    end_run(&p);
    if (covers.most == 0)
        return ms_fail(error, MEMSCAN_INVALID, "the regular expression matches nothing but the empty text");
    if (covers.least > MS_REGEX_LONGEST) {
        ms_fail(error, MEMSCAN_LIMIT, "every match of the regular expression is longer than %u bytes",
                MS_REGEX_LONGEST);
        ms_hint(error, "look for one end of it");
        return MEMSCAN_LIMIT;
    }
    regex->shortest = covers.least;
    regex->longest = covers.most;
    if (p.parted)
        regex->needle_length = 0;
    if (regex->needle_length)
        ms_needle_init(&regex->needle, regex->needle_bytes, regex->needle_mask, regex->needle_length);
    return MEMSCAN_OK;
}
