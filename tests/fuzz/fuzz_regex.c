/* fuzz_regex.c - any text as a regular expression, and what it finds in the bytes behind the text's NUL.
 *
 * Must hold: matches ascend, do not overlap, lie inside what was given and are no longer than the expression says; no
 * match begins between two of them; each is found again in exactly its bytes and those it could have reached; and the
 * needle leaves nothing out that the engine alone finds. */
#include "fuzz.h"

#include "libmemscan/base/alloc.h"
#include "libmemscan/pattern/regex_form.h"

#define MOST_SPANS 64

typedef struct spans {
    ms_regex_span at[MOST_SPANS];
    size_t count;
    bool hard; /* something was too hard: then two ways may differ in what they know */
} spans;

static spans search(const ms_regex *regex, ms_regex_scratch *scratch, const uint8_t *memory, size_t size, size_t from)
{
    spans found = { .count = 0 };
    while (from < size && found.count < MOST_SPANS) {
        ms_regex_span span = { 0, 0 };
        size_t before = from;
        ms_regex_answer answer = ms_regex_step(regex, scratch, memory, size, &from, size, &span);
        FUZZ_CHECK(from > before);
        found.hard = found.hard || answer == MS_REGEX_TOO_HARD;
        if (answer == MS_REGEX_FOUND) {
            FUZZ_CHECK(span.at >= before && span.length >= 1 && span.length <= size - span.at);
            FUZZ_CHECK(span.length <= ms_regex_longest(regex) && from == span.at + span.length);
            found.at[found.count++] = span;
        }
    }
    return found;
}

static void check_same(const spans *one, const spans *other)
{
    if (one->hard || other->hard)
        return;
    FUZZ_CHECK(one->count == other->count);
    for (size_t i = 0; i < one->count; i++)
        FUZZ_CHECK(one->at[i].at == other->at[i].at && one->at[i].length == other->at[i].length);
}

/* Found again in a copy that holds no more than it may look at. */
static void check_alone(const ms_regex *regex, ms_regex_scratch *scratch, const uint8_t *memory, size_t size,
                        ms_regex_span span)
{
    size_t reach = size - span.at < ms_regex_longest(regex) ? size - span.at : ms_regex_longest(regex), from = 0;
    uint8_t *exact = fuzz_copy(memory + span.at, reach);
    ms_regex_span again = { 0, 0 };
    FUZZ_CHECK(ms_regex_step(regex, scratch, exact, reach, &from, 1, &again) == MS_REGEX_FOUND);
    FUZZ_CHECK(again.at == 0 && again.length == span.length);
    free(exact);
}

static void check_search(ms_regex *regex, const uint8_t *memory, size_t size)
{
    ms_regex_scratch *scratch = ms_regex_scratch_create(&ms_default_allocator);
    FUZZ_CHECK(scratch);
    spans found = search(regex, scratch, memory, size, 0);
    for (size_t i = 0; i < found.count && !found.hard; i++) {
        check_alone(regex, scratch, memory, size, found.at[i]);
        for (size_t at = i ? found.at[i - 1].at + found.at[i - 1].length : 0; at < found.at[i].at; at++) {
            ms_regex_span none;
            size_t from = at;
            FUZZ_CHECK(ms_regex_step(regex, scratch, memory, size, &from, at + 1, &none) != MS_REGEX_FOUND);
        }
    }
    regex->needle_length = 0;
    spans plain = search(regex, scratch, memory, size, 0);
    check_same(&found, &plain);
    ms_regex_scratch_destroy(scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *rest;
    size_t rest_size;
    char *text = fuzz_text(data, size, &rest, &rest_size);
    memscan_error error = { .text = "" };
    ms_regex *regex;
    memscan_status status = ms_regex_parse(text, strlen(text), &ms_default_allocator, &regex, &error);
    if (status == MEMSCAN_OK) {
        uint8_t *memory = fuzz_copy(rest, rest_size);
        FUZZ_CHECK(ms_regex_longest(regex) >= 1 && ms_regex_longest(regex) <= MS_REGEX_LONGEST);
        check_search(regex, memory, rest_size);
        free(memory);
        ms_regex_destroy(regex);
    } else {
        FUZZ_CHECK(status == MEMSCAN_INVALID || status == MEMSCAN_LIMIT || status == MEMSCAN_NOT_SUPPORTED);
        FUZZ_CHECK_ERROR(error, status);
    }
    free(text);
    return 0;
}
