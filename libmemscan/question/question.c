/* question.c - the grammar of expressions: [be:][TYPE:]VALUE. First the type is settled, by its prefix, by the fallback
 * or by the looks of the value; only then is the value read, so that one text has one meaning. Numbers become a
 * relation (predicate.c compiles it), everything else a pattern. */
#include <memscan/question.h>

#include <string.h>

#include "question_parts.h"

#include "../base/alloc.h"
#include "../base/error.h"
#include "../base/text.h"
#include "../value/encode.h"
#include "../value/literal.h"

/* A stretch of the expression. */
typedef struct slice {
    const char *text;
    size_t length;
} slice;

static slice trimmed(const char *text, size_t length)
{
    ms_trim(&text, &length);
    return (slice){ text, length };
}

static bool is_exactly(slice value, const char *word)
{
    return value.length == strlen(word) && memcmp(value.text, word, value.length) == 0;
}

/* Moves past `word`: letters must be followed by a space. */
static bool skip_word(slice *rest, const char *word)
{
    size_t length = strlen(word);
    bool letters = word[0] >= 'a';
    if (rest->length < length || memcmp(rest->text, word, length) != 0 ||
        (letters && rest->length > length && rest->text[length] != ' '))
        return false;
    *rest = trimmed(rest->text + length, rest->length - length);
    return true;
}

/* The comparisons, longest spelling first. */
static const struct {
    const char *word, *then;
    ms_comparison comparison;
    bool negated;
} comparisons[] = {
    { "not", NULL, MS_RELATION_EQUAL, true },       { "!=", NULL, MS_RELATION_EQUAL, true },
    { "above", NULL, MS_RELATION_ABOVE, false },    { "below", NULL, MS_RELATION_BELOW, false },
    { ">=", NULL, MS_RELATION_AT_LEAST, false },    { "<=", NULL, MS_RELATION_AT_MOST, false },
    { "at", "least", MS_RELATION_AT_LEAST, false }, { "at", "most", MS_RELATION_AT_MOST, false },
    { ">", NULL, MS_RELATION_ABOVE, false },        { "<", NULL, MS_RELATION_BELOW, false },
};

static void read_comparison(slice *rest, ms_relation *relation)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof comparisons[0]; i++) {
        slice ahead = *rest;
        if (skip_word(&ahead, comparisons[i].word) &&
            (!comparisons[i].then || skip_word(&ahead, comparisons[i].then))) {
            *rest = ahead;
            relation->comparison = comparisons[i].comparison;
            relation->negated = comparisons[i].negated;
            return;
        }
    }
}

/* Where ".." or "~" parts two numbers. */
static size_t find_mark(slice value, ms_comparison *comparison)
{
    for (size_t at = 0; at < value.length; at++) {
        if (value.text[at] == '~') {
            *comparison = MS_RELATION_TOLERANCE;
            return at;
        }
        if (at + 1 < value.length && value.text[at] == '.' && value.text[at + 1] == '.') {
            *comparison = MS_RELATION_RANGE;
            return at;
        }
    }
    return value.length;
}

static bool is_relation(slice value)
{
    ms_relation relation = { .comparison = MS_RELATION_EQUAL };
    slice rest = value;
    read_comparison(&rest, &relation);
    return rest.text != value.text || (value.length && value.text[0] == '=') ||
           find_mark(value, &relation.comparison) < value.length;
}

static memscan_status read_number(slice word, ms_number *number, memscan_error *error)
{
    memscan_status status = ms_number_parse(word.text, word.length, number, error);
    char copy[40] = "", shown[MS_SHOWN];
    if (status == MEMSCAN_OK || word.length >= sizeof copy)
        return status;
    memcpy(copy, word.text, word.length);
    if (ms_prefix_parse(copy).type)
        ms_hint(error, "the type comes first: i32:not 5, i32:100..200");
    else if (word.length > 1 && word.text[0] == '=')
        ms_hint(error, "write %s", ms_show(shown, word.text + 1, word.length - 1));
    return status;
}

static memscan_status read_two_numbers(slice rest, size_t mark, ms_relation *relation, memscan_error *error)
{
    size_t behind = mark + (relation->comparison == MS_RELATION_RANGE ? 2 : 1);
    memscan_status status = read_number(trimmed(rest.text, mark), &relation->first, error);
    if (status == MEMSCAN_OK)
        status = read_number(trimmed(rest.text + behind, rest.length - behind), &relation->second, error);
    if (status == MEMSCAN_OK && relation->comparison == MS_RELATION_TOLERANCE && relation->second.negative)
        return ms_fail(error, MEMSCAN_INVALID, "the tolerance is negative");
    return status;
}

static memscan_status read_relation(slice value, ms_relation *relation, memscan_error *error)
{
    ms_comparison pair;
    char shown[MS_SHOWN];
    *relation = (ms_relation){ .comparison = MS_RELATION_EQUAL };
    read_comparison(&value, relation);
    if (relation->comparison == MS_RELATION_EQUAL && value.length && value.text[0] == '=') {
        relation->exact = true;
        value = trimmed(value.text + 1, value.length - 1);
    }
    size_t mark = find_mark(value, &pair);
    if (mark == value.length)
        return read_number(value, &relation->first, error);
    if (relation->comparison != MS_RELATION_EQUAL)
        return ms_fail(error, MEMSCAN_INVALID, "a comparison takes one number, and %s is more",
                       ms_show(shown, value.text, value.length));
    relation->comparison = pair;
    return read_two_numbers(value, mark, relation, error);
}

/* What the grammar knows, and only a search that remembers can judge. */
static memscan_status refuse_words_that_remember(slice value, memscan_error *error)
{
    static const char *const with_earlier[] = { "changed", "unchanged", "increased", "decreased" };
    char shown[MS_SHOWN];
    ms_show(shown, value.text, value.length);
    if (is_exactly(value, "unknown") || is_exactly(value, "?")) {
        ms_fail(error, MEMSCAN_NOT_SUPPORTED, "unknown values are for a search that remembers them");
        ms_hint(error, "`scan unknown` begins one, `next` goes on with it");
        return MEMSCAN_NOT_SUPPORTED;
    }
    bool earlier = value.length > 1 && value.text[0] == '+';
    for (size_t i = 0; i < sizeof with_earlier / sizeof with_earlier[0]; i++) {
        slice rest = value;
        earlier = earlier || skip_word(&rest, with_earlier[i]);
    }
    if (!earlier)
        return MEMSCAN_OK;
    ms_fail(error, MEMSCAN_NOT_SUPPORTED, "%s compares with an earlier search, and this one remembers none", shown);
    ms_hint(error, value.text[0] == '+' ? "a number above zero is written without a sign"
                                        : "`scan` begins a search that remembers, `next` goes on with it");
    return MEMSCAN_NOT_SUPPORTED;
}

static memscan_status refuse_type(const ms_prefix *prefix, memscan_type type, memscan_error *error)
{
    return ms_prefix_check(prefix, type, error);
}

/* The type that a value without one has by its looks; a relation is as its numbers look. */
static memscan_status look_for_type(slice value, memscan_type *type, memscan_error *error)
{
    ms_relation relation;
    *type = ms_guess_type(value.text, value.length);
    if (*type)
        return MEMSCAN_OK;
    memscan_status status = refuse_words_that_remember(value, error);
    if (status < 0)
        return status;
    if (!is_relation(value))
        return ms_fail_untyped(value.text, value.length, error);
    status = read_relation(value, &relation, error);
    if (status < 0)
        return status;
    bool whole = relation.first.kind == MS_NUMBER_INTEGER &&
                 (!relation.second.text || relation.second.kind == MS_NUMBER_INTEGER);
    *type = whole ? MEMSCAN_I32 : MEMSCAN_FLOAT;
    return MEMSCAN_OK;
}

/* The canonical spelling of a relation. */
static void describe_relation(const ms_relation *relation, ms_text *text)
{
    static const char *const words[] = { "", "above ", "at least ", "below ", "at most ", "", "" };
    ms_text_add(text, relation->negated ? "not " : words[relation->comparison]);
    ms_text_add(text, relation->exact && relation->comparison == MS_RELATION_EQUAL ? "=" : "");
    ms_text_add_bytes(text, relation->first.text, relation->first.length);
    ms_text_add(text, relation->comparison == MS_RELATION_RANGE       ? ".."
                      : relation->comparison == MS_RELATION_TOLERANCE ? "~"
                                                                      : "");
    if (relation->second.text)
        ms_text_add_bytes(text, relation->second.text, relation->second.length);
}

static void describe_type(const ms_prefix *prefix, memscan_type type, ms_text *text)
{
    ms_text_add(text, prefix->big_endian ? "be:" : "");
    ms_text_add(text, memscan_type_name(type));
    ms_text_add(text, prefix->ignore_case ? "/i:" : ":");
}

/* Room for a canonical form of this length. */
static memscan_status make_room(memscan_question *question, size_t length, memscan_error *error)
{
    question->canonical_size = length + 1;
    question->canonical = ms_alloc(question->allocator, question->canonical_size);
    return question->canonical ? MEMSCAN_OK : ms_fail_memory(error);
}

static memscan_status parse_numbers(memscan_question *question, const ms_prefix *prefix, memscan_type type, slice value,
                                    memscan_error *error)
{
    ms_relation relation;
    memscan_status status = refuse_words_that_remember(value, error);
    if (status == MEMSCAN_OK)
        status = read_relation(value, &relation, error);
    if (status == MEMSCAN_OK)
        status = ms_question_compile(question, &relation, type, error);
    if (status == MEMSCAN_OK) /* "<5" becomes "be:float:below 5" */
        status = make_room(question, value.length + 32, error);
    if (status < 0)
        return status;
    ms_text text;
    ms_text_init(&text, question->canonical, question->canonical_size);
    describe_type(prefix, type, &text);
    describe_relation(&relation, &text);
    return MEMSCAN_OK;
}

static memscan_status parse_pattern(memscan_question *question, memscan_type type, slice value, memscan_error *error)
{
    bool bits = type == MEMSCAN_BITS;
    const char *prefix = bits ? "bits:" : "hex:";
    size_t skipped = strlen(prefix);
    memscan_status status = (bits ? ms_pattern_parse_bits : ms_pattern_parse_hex)(
        value.text, value.length, question->allocator, &question->pattern, error);
    size_t (*describe)(const ms_pattern *, char *, size_t) = bits ? ms_pattern_describe_bits : ms_pattern_describe;
    if (status == MEMSCAN_OK)
        status = make_room(question, skipped + describe(question->pattern, NULL, 0), error);
    if (status < 0)
        return status;
    memcpy(question->canonical, prefix, skipped);
    describe(question->pattern, question->canonical + skipped, question->canonical_size - skipped);
    return MEMSCAN_OK;
}

static memscan_status encode(slice value, bool quoted, ms_text_form form, ms_sink *sink, memscan_error *error)
{
    return quoted ? ms_text_quoted(value.text, value.length, form, sink, error)
                  : ms_text_verbatim(value.text, value.length, form, sink, error);
}

/* Verbatim where the text can stand in an expression, else quoted, or as the bytes it is. */
static memscan_status describe_text(memscan_question *question, const ms_prefix *prefix, memscan_type type,
                                    slice verbatim, const ms_sink *bytes, memscan_error *error)
{
    bool can_stand = verbatim.length && !memchr(verbatim.text, '\0', verbatim.length);
    memscan_type shown_as = type == MEMSCAN_TEXT ? MEMSCAN_TEXT : MEMSCAN_HEX;
    size_t length = can_stand ? verbatim.length
                              : memscan_value_format(shown_as, question->layout, bytes->out, bytes->length, NULL, 0);
    memscan_status status = make_room(question, length + 16, error);
    if (status < 0)
        return status;
    ms_text text;
    ms_text_init(&text, question->canonical, question->canonical_size);
    if (can_stand) {
        describe_type(prefix, type, &text);
        ms_text_add_bytes(&text, verbatim.text, verbatim.length);
        return MEMSCAN_OK;
    }
    if (shown_as == MEMSCAN_HEX)
        ms_text_add(&text, "hex:");
    memscan_value_format(shown_as, question->layout, bytes->out, bytes->length, text.out + text.length,
                         text.capacity - text.length);
    return MEMSCAN_OK;
}

static memscan_status parse_text(memscan_question *question, const ms_prefix *prefix, memscan_type type,
                                 memscan_error *error)
{
    slice value = { prefix->rest, strlen(prefix->rest) }, unquoted = trimmed(value.text, value.length);
    bool quoted = !prefix->type && ms_text_is_quoted(unquoted.text, unquoted.length);
    if (quoted)
        value = unquoted;
    size_t room = value.length + 1; /* UTF-16 takes twice the bytes of UTF-8 at most */
    uint8_t *work = ms_alloc_array(question->allocator, 3, room);
    if (!work)
        return ms_fail_memory(error);
    ms_sink bytes = { work, 2 * room, 0 }, utf8 = { work + 2 * room, room, 0 };
    ms_text_form form = ms_text_form_of(type, question->layout.big_endian);
    memscan_status status = encode(value, quoted, form, &bytes, error);
    if (status == MEMSCAN_OK && prefix->ignore_case)
        status =
            ms_pattern_from_any_case(value.text, value.length, form, question->allocator, &question->pattern, error);
    else if (status == MEMSCAN_OK)
        status = ms_pattern_from_bytes(bytes.out, bytes.length, question->allocator, &question->pattern, error);
    if (status == MEMSCAN_OK) {
        bool valid = encode(value, quoted, MS_TEXT_UTF8, &utf8, NULL) == MEMSCAN_OK;
        slice verbatim = { (const char *)utf8.out, valid ? utf8.length : 0 };
        status = describe_text(question, prefix, type, verbatim, &bytes, error);
    }
    ms_free(question->allocator, work, 3 * room);
    return status;
}

/* Between slashes, unless re: was written: then slashes are characters like any other. */
static memscan_status parse_regex(memscan_question *question, const ms_prefix *prefix, slice value,
                                  memscan_error *error)
{
    if (!prefix->type && ms_guess_type(value.text, value.length) == MEMSCAN_RE)
        value = (slice){ value.text + 1, value.length - 2 };
    else
        value = (slice){ prefix->rest, strlen(prefix->rest) };
    memscan_status status = ms_regex_parse(value.text, value.length, question->allocator, &question->regex, error);
    if (status == MEMSCAN_OK)
        status = make_room(question, value.length + 16, error);
    if (status < 0)
        return status;
    ms_text text;
    ms_text_init(&text, question->canonical, question->canonical_size);
    ms_text_add(&text, "re:");
    ms_text_add_bytes(&text, value.text, value.length);
    return MEMSCAN_OK;
}

static memscan_status parse_typed(memscan_question *question, const ms_prefix *prefix, memscan_type type, slice value,
                                  memscan_error *error)
{
    memscan_status status = refuse_type(prefix, type, error);
    if (status < 0)
        return status;
    question->layout.big_endian |= prefix->big_endian;
    if (ms_type(type)->class != MS_CLASS_BYTES)
        return parse_numbers(question, prefix, type, value, error);
    question->types = MEMSCAN_TYPE_BIT(type);
    if (type == MEMSCAN_RE)
        return parse_regex(question, prefix, value, error);
    return type == MEMSCAN_HEX || type == MEMSCAN_BITS ? parse_pattern(question, type, value, error)
                                                       : parse_text(question, prefix, type, error);
}

static memscan_status parse(memscan_question *question, const char *text, memscan_type fallback, memscan_error *error)
{
    if (strlen(text) > MS_PATTERN_LONGEST_TEXT)
        return ms_fail(error, MEMSCAN_LIMIT, "the expression is longer than %u bytes", MS_PATTERN_LONGEST_TEXT);
    ms_prefix prefix = ms_prefix_parse(text);
    slice value = trimmed(prefix.rest, strlen(prefix.rest));
    memscan_type type = prefix.type ? prefix.type : fallback;
    if (type && !ms_type(type))
        return ms_fail(error, MEMSCAN_INVALID, "there is no type of number %d", (int)type);
    memscan_status status = type ? MEMSCAN_OK : look_for_type(value, &type, error);
    return status < 0 ? status : parse_typed(question, &prefix, type, value, error);
}

memscan_status memscan_question_parse(const char *text, memscan_type fallback, memscan_layout layout,
                                      const memscan_allocator *allocator, memscan_question **question,
                                      memscan_error *error)
{
    *question = NULL;
    if (!allocator)
        allocator = &ms_default_allocator;
    memscan_question *made = ms_alloc(allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->allocator = allocator;
    made->layout = layout;
    made->kernels = ms_kernels();
    memscan_status status = parse(made, text, fallback, error);
    if (status < 0)
        memscan_question_destroy(made);
    else
        *question = made;
    return status;
}

void memscan_question_destroy(memscan_question *question)
{
    if (!question)
        return;
    if (question->pattern)
        ms_pattern_destroy(question->pattern);
    ms_regex_destroy(question->regex);
    ms_free(question->allocator, question->canonical, question->canonical_size);
    ms_free(question->allocator, question, sizeof *question);
}

size_t memscan_question_describe(const memscan_question *question, char *out, size_t capacity)
{
    ms_text text;
    ms_text_init(&text, out, capacity);
    ms_text_add(&text, question->canonical);
    return text.length;
}

uint32_t memscan_question_types(const memscan_question *question)
{
    return question->types;
}

size_t ms_question_longest(const memscan_question *question)
{
    size_t longest = question->pattern ? ms_pattern_longest(question->pattern)
                     : question->regex ? ms_regex_longest(question->regex)
                                       : 1;
    for (size_t i = 0; i < question->test_count; i++)
        if (question->tests[i].width > longest)
            longest = question->tests[i].width;
    return longest;
}

uint64_t ms_question_alignment(const memscan_question *question)
{
    uint64_t smallest = question->test_count ? question->tests[0].width : 1;
    for (size_t i = 0; i < question->test_count; i++)
        if (question->tests[i].width < smallest)
            smallest = question->tests[i].width;
    return smallest;
}

bool ms_question_is_numeric(const memscan_question *question)
{
    return !question->pattern && !question->regex;
}

const ms_needle *ms_question_needle(const memscan_question *question)
{
    return question->pattern ? ms_pattern_needle(question->pattern) : NULL;
}

const ms_regex *ms_question_regex(const memscan_question *question)
{
    return question->regex;
}

memscan_layout ms_question_layout(const memscan_question *question)
{
    return question->layout;
}
