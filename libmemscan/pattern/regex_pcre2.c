/* regex_pcre2.c - the engine: PCRE2, compiled to machine code where the system permits that.
 *
 * Where every match holds some given bytes, the needle search finds them first, tens of gigabytes a second, and the
 * engine looks only around them. It is asked about a piece of starts at a time, and backtracking is limited: bytes
 * that would make it try for ever are told as not judged. In the language that is let through (regex_parse.c) a match
 * that lies in fewer bytes lies in more of them too, so the engine is asked about all it may see, and only a match that
 * came out too long is asked for again, with no more bytes than it may cover. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "../base/error.h"
#include "regex_form.h"

enum {
    PIECE = 4096,           /* starts asked about at once */
    MOST_STEPS = 100000,    /* backtracking from one start: about a millisecond */
    LEAST_STACK = 32 << 10, /* of the machine code, for backtracking */
    MOST_STACK = 1 << 20
};

struct ms_regex_scratch {
    const memscan_allocator *allocator;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    pcre2_jit_stack *stack;
};

static memscan_status fail_compile(int code, size_t at, memscan_error *error)
{
    PCRE2_UCHAR words[100];
    if (code == PCRE2_ERROR_HEAP_FAILED)
        return ms_fail_memory(error);
    if (pcre2_get_error_message(code, words, sizeof words) < 0)
        words[0] = '\0';
    return ms_fail(error, MEMSCAN_INVALID, "the regular expression: %s at column %zu", (const char *)words, at + 1);
}

static memscan_status compile(ms_regex *regex, const char *text, size_t length, memscan_error *error)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    regex->program = pcre2_compile((PCRE2_SPTR)text, length,
                                   PCRE2_DOTALL | PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_UTF | PCRE2_NEVER_UCP |
                                       PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT,
                                   &code, &at, NULL);
    if (!regex->program)
        return fail_compile(code, at, error);
    pcre2_jit_compile(regex->program, PCRE2_JIT_COMPLETE); /* where that is denied, it is interpreted */
    return MEMSCAN_OK;
}

memscan_status ms_regex_parse(const char *text, size_t length, const memscan_allocator *allocator, ms_regex **regex,
                              memscan_error *error)
{
    *regex = NULL;
    ms_regex *made = ms_alloc(allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->allocator = allocator;
    memscan_status status = ms_regex_read(text, length, made, error);
    if (status == MEMSCAN_OK)
        status = compile(made, text, length, error);
    if (status == MEMSCAN_OK)
        *regex = made;
    else
        ms_regex_destroy(made);
    return status;
}

void ms_regex_destroy(ms_regex *regex)
{
    if (!regex)
        return;
    pcre2_code_free(regex->program);
    ms_free(regex->allocator, regex, sizeof *regex);
}

size_t ms_regex_longest(const ms_regex *regex)
{
    return regex->longest < MS_REGEX_LONGEST ? regex->longest : MS_REGEX_LONGEST;
}

ms_regex_scratch *ms_regex_scratch_create(const memscan_allocator *allocator)
{
    ms_regex_scratch *scratch = ms_alloc(allocator, sizeof *scratch);
    if (!scratch)
        return NULL;
    scratch->allocator = allocator;
    scratch->data = pcre2_match_data_create(1, NULL);
    scratch->limits = pcre2_match_context_create(NULL);
    scratch->stack = pcre2_jit_stack_create(LEAST_STACK, MOST_STACK, NULL); /* NULL where there is no machine code */
    if (!scratch->data || !scratch->limits) {
        ms_regex_scratch_destroy(scratch);
        return NULL;
    }
    pcre2_set_match_limit(scratch->limits, MOST_STEPS);
    if (scratch->stack)
        pcre2_jit_stack_assign(scratch->limits, NULL, scratch->stack);
    return scratch;
}

void ms_regex_scratch_destroy(ms_regex_scratch *scratch)
{
    if (!scratch)
        return;
    pcre2_jit_stack_free(scratch->stack);
    pcre2_match_context_free(scratch->limits);
    pcre2_match_data_free(scratch->data);
    ms_free(scratch->allocator, scratch, sizeof *scratch);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The next starts that may match, [*first, *behind), at *first >= from. False: none before `limit`. */
static bool next_piece(const ms_regex *regex, const uint8_t *bytes, size_t length, size_t from, size_t limit,
                       size_t *first, size_t *behind)
{
    *first = from;
    *behind = limit;
    if (regex->needle_length) {
        size_t end = smaller(length, limit - 1 + regex->needle_high + regex->needle_length);
        size_t found = ms_needle_find(&regex->needle, bytes, end, from + regex->needle_low);
        if (found == MS_NEEDLE_NONE)
            return false;
        if (found > regex->needle_high && found - regex->needle_high > from)
            *first = found - regex->needle_high;
        *behind = smaller(limit, found - regex->needle_low + 1);
    }
    *behind = smaller(*behind, *first + PIECE);
    return *first < *behind;
}

/* The engine's answer about the starts [first, behind) in bytes[0..end). */
static int ask(const ms_regex *regex, ms_regex_scratch *scratch, const uint8_t *bytes, size_t end, size_t first,
               size_t behind, ms_regex_span *span)
{
    pcre2_set_offset_limit(scratch->limits, behind - 1);
    int code = pcre2_match(regex->program, bytes, end, first, PCRE2_NOTEMPTY, scratch->data, scratch->limits);
    if (code >= 0) {
        const PCRE2_SIZE *found = pcre2_get_ovector_pointer(scratch->data);
        *span = (ms_regex_span){ found[0], found[1] - found[0] };
    }
    return code;
}

ms_regex_answer ms_regex_step(const ms_regex *regex, ms_regex_scratch *scratch, const uint8_t *bytes, size_t length,
                              size_t *from, size_t start_limit, ms_regex_span *span)
{
    size_t first, behind, limit = smaller(start_limit, length);
    if (*from >= limit || !next_piece(regex, bytes, length, *from, limit, &first, &behind)) {
        *from = start_limit;
        return MS_REGEX_NONE;
    }
    size_t end = smaller(length, behind - 1 + ms_regex_longest(regex));
    int code = ask(regex, scratch, bytes, end, first, behind, span);
    if (code >= 0 && span->length > MS_REGEX_LONGEST) {
        first = span->at;
        behind = first + 1;
        code = ask(regex, scratch, bytes, first + MS_REGEX_LONGEST, first, behind, span);
    }
    *from = code >= 0 ? span->at + span->length : behind;
    if (code >= 0)
        return MS_REGEX_FOUND;
    if (code == PCRE2_ERROR_NOMATCH)
        return MS_REGEX_NONE;
    *span = (ms_regex_span){ first, behind - first };
    return MS_REGEX_TOO_HARD;
}
