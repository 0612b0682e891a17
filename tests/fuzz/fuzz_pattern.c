/* fuzz_pattern.c - any text as a byte pattern, and what it finds in the bytes behind the text's NUL.
 *
 * Must hold: the canonical form parses to the same canonical form and finds the same; matches ascend, lie inside what
 * was given and are as long as the pattern says; each one is found again in exactly its bytes, and not without the
 * last of them. */
#include "fuzz.h"

#include "libmemscan/base/alloc.h"
#include "libmemscan/pattern/pattern.h"

#define MOST_HITS 300

static ms_pattern *parse_again(const char *canonical, size_t length)
{
    ms_pattern *again;
    memscan_error error;
    memscan_status status = ms_pattern_parse_hex(canonical, length, &ms_default_allocator, &again, &error);
    if (status != MEMSCAN_OK)
        fprintf(stderr, "%s\n%s\n", canonical, error.text);
    FUZZ_CHECK(status == MEMSCAN_OK);
    return again;
}

/* A match, looked for in nothing but its own bytes. */
static void check_hit(const ms_pattern *pattern, const uint8_t *memory, ms_pattern_hit hit)
{
    size_t at, length;
    uint8_t *exact = fuzz_copy(memory + hit.at, hit.length);
    FUZZ_CHECK(ms_pattern_next(pattern, exact, hit.length, 0, 1, &at, &length));
    FUZZ_CHECK(at == 0 && length == hit.length);
    free(exact);
    exact = fuzz_copy(memory + hit.at, hit.length - 1);
    FUZZ_CHECK(!ms_pattern_next(pattern, exact, hit.length - 1, 0, 1, &at, &length));
    free(exact);
}

static void check_search(const ms_pattern *pattern, const ms_pattern *again, const uint8_t *memory, size_t size)
{
    ms_pattern_hit hits[MOST_HITS], same[MOST_HITS];
    size_t limit = size - size / 4; /* starts behind it do not count */
    size_t count = ms_pattern_find(pattern, memory, size, 0, limit, hits, MOST_HITS);
    FUZZ_CHECK(ms_pattern_find(again, memory, size, 0, limit, same, MOST_HITS) == count);
    for (size_t i = 0; i < count; i++) {
        FUZZ_CHECK(hits[i].at < limit && hits[i].length <= size - hits[i].at);
        FUZZ_CHECK(i == 0 || hits[i].at > hits[i - 1].at);
        FUZZ_CHECK(hits[i].length >= ms_pattern_shortest(pattern) && hits[i].length <= ms_pattern_longest(pattern));
        FUZZ_CHECK(hits[i].at == same[i].at && hits[i].length == same[i].length);
        if (i == 0 || i + 1 == count)
            check_hit(pattern, memory, hits[i]);
    }
    size_t at, length, from = 0;
    for (size_t i = 0; i < count && i < 3; i++) { /* one at a time: the same */
        FUZZ_CHECK(ms_pattern_next(pattern, memory, size, from, limit, &at, &length));
        FUZZ_CHECK(at == hits[i].at && length == hits[i].length);
        from = at + 1;
    }
}

static void check_pattern(const ms_pattern *pattern, const uint8_t *memory, size_t size)
{
    char *canonical = malloc(MS_PATTERN_LONGEST_TEXT + 1), *twice = malloc(MS_PATTERN_LONGEST_TEXT + 1);
    FUZZ_CHECK(canonical && twice);
    size_t length = ms_pattern_describe(pattern, canonical, MS_PATTERN_LONGEST_TEXT + 1);
    FUZZ_CHECK(length <= MS_PATTERN_LONGEST_TEXT && strlen(canonical) == length);
    ms_pattern *again = parse_again(canonical, length);
    FUZZ_CHECK(ms_pattern_describe(again, twice, MS_PATTERN_LONGEST_TEXT + 1) == length);
    FUZZ_CHECK(strcmp(canonical, twice) == 0);
    FUZZ_CHECK(ms_pattern_shortest(pattern) == ms_pattern_shortest(again) && ms_pattern_shortest(pattern) >= 1);
    FUZZ_CHECK(ms_pattern_longest(pattern) == ms_pattern_longest(again));
    FUZZ_CHECK(ms_pattern_longest(pattern) <= MS_PATTERN_LONGEST_MATCH);
    check_search(pattern, again, memory, size);
    ms_pattern_destroy(again);
    free(twice);
    free(canonical);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *rest;
    size_t rest_size;
    char *text = fuzz_text(data, size, &rest, &rest_size);
    char *exact = fuzz_copy(text, strlen(text));
    uint8_t *memory = fuzz_copy(rest, rest_size);
    ms_pattern *pattern;
    memscan_error error;
    memscan_status status = ms_pattern_parse_hex(exact, strlen(text), &ms_default_allocator, &pattern, &error);
    if (status == MEMSCAN_OK) {
        check_pattern(pattern, memory, rest_size);
        ms_pattern_destroy(pattern);
    } else {
        FUZZ_CHECK(status == MEMSCAN_INVALID || status == MEMSCAN_LIMIT);
        FUZZ_CHECK(!pattern && error.hint[0]);
        FUZZ_CHECK_ERROR(error, status);
    }
    free(memory);
    free(exact);
    free(text);
    return 0;
}
