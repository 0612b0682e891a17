/* test_pattern.c - byte patterns: every dialect, every error, and the matches against a naive matcher of its own tree.
 *
 * Expected canonical forms and errors are written out by hand; the random patterns are made here as a tree, printed,
 * and parsed by the library: the tree that is matched naively never passes through the parser under test. */
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/text.h"
#include "libmemscan/pattern/pattern.h"
#include "libmemscan/pattern/pattern_form.h"
#include "random.h"

static ms_pattern *parse(const char *text)
{
    ms_pattern *pattern = NULL;
    memscan_error error;
    memscan_status status = ms_pattern_parse_hex(text, strlen(text), &ms_default_allocator, &pattern, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%.100s: %.150s", text, error.text);
    return pattern;
}

START_TEST(every_dialect_has_one_canonical_form)
{
    static const struct {
        const char *text, *canonical;
    } cases[] = {
        /* IDA */
        { "48 8B ? ?? 89", "48 8B ?? ?? 89" },
        { "48 8b 05 ? ? ? ? e8", "48 8B 05 ?? ?? ?? ?? E8" },
        /* x64dbg */
        { "488B??8?", "48 8B ?? 8?" },
        { "488b??8?05", "48 8B ?? 8? 05" },
        { "48 8B05", "48 8B 05" },
        /* Cheat Engine */
        { "7* ?F", "7? ?F" },
        { "48,8B,05", "48 8B 05" },
        { "48-8B-05", "48 8B 05" },
        { "48 xx 8B * XX 05", "48 ?? 8B ?? ?? 05" },
        { "** 48", "?? 48" },
        /* YARA */
        { "{ E2 ?? A? ~00 [4-6] [10-] (62 B4 | 56) /* c */ }", "E2 ?? A? ~00 [14-] (62 B4 | 56)" },
        { "{ E2 34 // the first\n A1 C8 }", "E2 34 A1 C8" },
        { "{F4 23 [4-6] 62 B4}", "F4 23 [4-6] 62 B4" },
        { "{ F4 23 ( 62 B4 | 56 | 45 ?? 67 ) 45 }", "F4 23 (62 B4 | 56 | 45 ?? 67) 45" },
        { "{ F4 ~?0 23 ~A? }", "F4 ~?0 23 ~A?" },
        { "{ FE 39 45 [10-] 89 00 }", "FE 39 45 [10-] 89 00" },
        { "{ FE 39 45 [-] 89 00 }", "FE 39 45 [0-] 89 00" },
        { "{ 01 [ 4 - 6 ] 02 }", "01 [4-6] 02" },
        { "/* before */ { 48 } // after", "48" },
        /* C */
        { "\\x48\\x8B", "48 8B" },
        { "\\x48\\x8B\\x00 xx?", "48 8B ??" },
        { "\"\\x48\\x8B\\x00\", \"xx?\"", "48 8B ??" },
        { "\\x48\\x8B\\x00\\x05 xx?x", "48 8B ?? 05" },
        { "\\x48\\x??\\x05", "48 ?? 05" },
        { "\\x48 ? \\x8B", "48 ?? 8B" },
        { "0x48, 0x8B", "48 8B" },
        { "{ 0x48, 0x8B, 0x5, 0x??, }", "48 8B 05 ??" },
        { "~0x48 00", "~48 00" },
        /* one form */
        { "48 [4] 8B", "48 ?? ?? ?? ?? 8B" },
        { "48 [9] 8B", "48 [9] 8B" },
        { "48 ?? [4] ?? [3] 8B", "48 [9] 8B" },
        { "48 [0] 8B", "48 8B" },
        { "48 [1-2][3-4] 8B", "48 [4-6] 8B" },
        { "48 (8B) (05 ((06)))", "48 8B 05 06" },
        { "(48 | (49 | 4A) 8B)", "(48 | (49 | 4A) 8B)" },
        { "(48|[1-2]) 05", "(48 | [1-2]) 05" },
        { "?? 48 ??", "?? 48 ??" },
        { "[2-4] 48", "[2-4] 48" },
        { "~00", "~00" },
        { "4", NULL },
    };
    for (size_t i = 0; cases[i].canonical; i++) {
        ms_pattern *pattern = parse(cases[i].text), *again;
        char out[256], twice[256];
        ck_assert_uint_eq(ms_pattern_describe(pattern, out, sizeof out), strlen(cases[i].canonical));
        ck_assert_msg(strcmp(out, cases[i].canonical) == 0, "%s: %s, not %s", cases[i].text, out, cases[i].canonical);
        again = parse(out);
        ms_pattern_describe(again, twice, sizeof twice);
        ck_assert_str_eq(out, twice);
        ms_pattern_destroy(again);
        ms_pattern_destroy(pattern);
    }
}
END_TEST

START_TEST(errors_say_what_where_and_what_instead)
{
    static const struct {
        const char *text;
        memscan_status status;
        const char *says, *hints;
    } cases[] = {
        { "", MEMSCAN_INVALID, "no bytes at column 1", "48 8B ?? 05" },
        { "  // 48", MEMSCAN_INVALID, "no bytes", "two hex digits" },
        { "{}", MEMSCAN_INVALID, "no bytes", "two hex digits" },
        { "48 8", MEMSCAN_INVALID, "8 at column 4 is half a byte", "08, or 8?" },
        { "488B8", MEMSCAN_INVALID, "488B8 at column 1 has 5 digits", "48 8B 8?" },
        { "00 488B?89", MEMSCAN_INVALID, "488B?89 at column 4 has 7 digits", "write 48 8B ?? 89," },
        { "4?8B?", MEMSCAN_INVALID, "4?8B? at column 1 has 5 digits", "write 4? 8B ??," },
        { "48 ???", MEMSCAN_INVALID, "??? at column 4", "?? ??" },
        { "48 8G", MEMSCAN_INVALID, "8 at column 4", "08" },
        { "48 G8", MEMSCAN_INVALID, "'G' at column 4", "48 8B ?? 05" },
        { "48 \x01", MEMSCAN_INVALID, "0x01 at column 4", "48 8B ?? 05" },
        { "48 \xc3\xa4", MEMSCAN_INVALID, "0xc3 at column 4", "48 8B ?? 05" },
        { "48;8B", MEMSCAN_INVALID, "';' at column 3", "48 8B ?? 05" },
        { "0x488B", MEMSCAN_INVALID, "0x488B at column 1 is not one byte", "0x48, 0x8B" },
        { "0x", MEMSCAN_INVALID, "0x at column 1", "0x48" },
        { "\\x4", MEMSCAN_INVALID, "\\ at column 1", "\\x48" },
        { "\\x488B", MEMSCAN_INVALID, "\\ at column 1", "\\x48" },
        { "48 \\n", MEMSCAN_INVALID, "\\ at column 4", "\\x48" },
        { "\\x48\\x8B xxx", MEMSCAN_INVALID, "mask at column 10 has 3 letters for 2 bytes", "one letter for each" },
        { "\\x48\\x8B x? 05", MEMSCAN_INVALID, "behind the mask, at column 13", "last word" },
        { "\\x48 [1-2] \\x8B xx", MEMSCAN_INVALID, "a mask for something else", "bytes only" },
        { "(\\x48 xx | 49)", MEMSCAN_INVALID, "a mask inside of parentheses", "last word" },
        { "\\x48\\x8B x? x?", MEMSCAN_INVALID, "behind the mask", "last word" },
        { "~", MEMSCAN_INVALID, "~ at column 1", "~00" },
        { "~ 48", MEMSCAN_INVALID, "~ at column 1", "~00" },
        { "~~48", MEMSCAN_INVALID, "~ at column 1", "~00" },
        { "48 ~??", MEMSCAN_INVALID, "column 4 excludes every value", "~00" },
        { "~?", MEMSCAN_INVALID, "excludes every value", "~00" },
        { "48 [", MEMSCAN_INVALID, "[ at column 4 is not a jump", "[4-6]" },
        { "48 [] 05", MEMSCAN_INVALID, "[ at column 4 is not a jump", "[4-6]" },
        { "48 [-4] 05", MEMSCAN_INVALID, "[ at column 4 is not a jump", "[4-6]" },
        { "48 [a] 05", MEMSCAN_INVALID, "[ at column 4 is not a jump", "[4-6]" },
        { "48 [4-6-8] 05", MEMSCAN_INVALID, "[ at column 4 is not a jump", "[4-6]" },
        { "48 [6-4] 05", MEMSCAN_INVALID, "column 4 goes from more to fewer", "[4-6]" },
        { "48 [16385] 05", MEMSCAN_LIMIT, "column 4 skips more than 16384", "16384" },
        { "48 [4294967297] 05", MEMSCAN_LIMIT, "column 4 skips more", "16384" },
        { "48 [0-18446744073709551617] 05", MEMSCAN_LIMIT, "column 4 skips more", "16384" },
        { "48 [16384] 05", MEMSCAN_LIMIT, "more than 16384 bytes", "shorten" },
        { "48 [8000-9000] 05 [8000-9000] 06", MEMSCAN_LIMIT, "more than 16384 bytes", "shorten" },
        { "48 [0-16384] [0-16384] [0-16384] 06", MEMSCAN_LIMIT, "more than 16384 bytes", "shorten" },
        { "48 [9000-] 05 [9000-] 06", MEMSCAN_LIMIT, "more than 16384 bytes", "shorten" },
        { "48 [-] (05 | [16384]) 06", MEMSCAN_LIMIT, "more than 16384 bytes", "shorten" },
        { "48 (05 | (06 | (07 [-] 08))) 09", MEMSCAN_LIMIT, "groups 2 deep", "upper bound" },
        { "{ 48", MEMSCAN_INVALID, "{ at column 1 is not closed", "}" },
        { "{ 48 // }", MEMSCAN_INVALID, "{ at column 1 is not closed", "comment" },
        { "48 }", MEMSCAN_INVALID, "'}' at column 4", "around the whole" },
        { "48 { 49 }", MEMSCAN_INVALID, "'{' at column 4", "around the whole" },
        { "{ 48 } 49", MEMSCAN_INVALID, "behind the closing brace, at column 8", "around the whole" },
        { "{{ 48 }}", MEMSCAN_INVALID, "'{' at column 2", "around the whole" },
        { "48 /* 8B", MEMSCAN_INVALID, "comment at column 4 is not closed", "*/" },
        { "48 / 8B", MEMSCAN_INVALID, "'/' at column 4", "48 8B ?? 05" },
        { "48 (05 | 06", MEMSCAN_INVALID, "( at column 4 is not closed", "(62 B4 | 56)" },
        { "48 05 )", MEMSCAN_INVALID, "a ) without its ( at column 7", "parentheses" },
        { "48 | 05", MEMSCAN_INVALID, "a | outside of parentheses at column 4", "parentheses" },
        { "48 (05 | )", MEMSCAN_INVALID, "without bytes ends at column 10", "needs bytes" },
        { "48 ()", MEMSCAN_INVALID, "without bytes ends at column 5", "needs bytes" },
        { "48 ([0] | 05)", MEMSCAN_INVALID, "without bytes", "needs bytes" },
        { "((((((((((05 | 06) | 07) | 08))))))))", MEMSCAN_LIMIT, "nested more than 8 deep at column 9",
          "side by side" },
        { "?? ?", MEMSCAN_INVALID, "fits any bytes", "at least one byte" },
        { "[4-6]", MEMSCAN_INVALID, "fits any bytes", "at least one byte" },
        { "(48 | ?\?)", MEMSCAN_INVALID, "one way through the pattern fits any bytes", "every way" },
        { "\\x48\\x49 ?? xx", MEMSCAN_INVALID, "2 letters for 3 bytes", "one letter" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ms_pattern *pattern = (ms_pattern *)(uintptr_t)&cases;
        memscan_error error;
        memscan_status status =
            ms_pattern_parse_hex(cases[i].text, strlen(cases[i].text), &ms_default_allocator, &pattern, &error);
        ck_assert_msg(status == cases[i].status, "%s: %d", cases[i].text, status);
        ck_assert_ptr_null(pattern);
        ck_assert_int_eq(error.status, status);
        ck_assert_msg(strstr(error.text, cases[i].says) != NULL, "%s: %s", cases[i].text, error.text);
        ck_assert_msg(strstr(error.hint, cases[i].hints) != NULL, "%s: %s", cases[i].text, error.hint);
        ck_assert_int_eq(
            ms_pattern_parse_hex(cases[i].text, strlen(cases[i].text), &ms_default_allocator, &pattern, NULL),
            cases[i].status);
    }
}
END_TEST

/* `piece` so many times, between `before` and `after`. */
static char *repeated(const char *before, const char *piece, size_t count, const char *after)
{
    size_t size = strlen(before) + strlen(piece) * count + strlen(after) + 1;
    char *out = malloc(size);
    ck_assert_ptr_nonnull(out);
    ms_text text;
    ms_text_init(&text, out, size);
    ms_text_add(&text, before);
    while (count--)
        ms_text_add(&text, piece);
    ms_text_add(&text, after);
    return out;
}

START_TEST(limits_hold_and_what_is_within_them_parses)
{
    static const struct {
        const char *before, *piece;
        size_t count;
        const char *after;
        memscan_status status;
    } cases[] = {
        { "", "00", 16384, "", MEMSCAN_OK },
        { "", "00", 16385, "", MEMSCAN_LIMIT },
        { "", " ", 65534, "48", MEMSCAN_OK },
        { "", " ", 65535, "48", MEMSCAN_LIMIT },
        { "(48", " | 49", 1023, ")", MEMSCAN_OK },
        { "(48", " | 49", 1024, ")", MEMSCAN_LIMIT },
        { "48 (", "[16000]|", 5, "49)", MEMSCAN_LIMIT },
        { "", "(", 8, "48))))))))", MEMSCAN_OK },
        { "", "(", 60000, "", MEMSCAN_LIMIT },
        { "", "~00", 16384, "", MEMSCAN_OK },
        { "", "00[0-1]", 8000, "05", MEMSCAN_LIMIT }, /* written out with spaces it would be too long */
        { "", "00[0-1]", 5000, "05", MEMSCAN_OK },
        { "", "48 [0-] ", 3000, "05", MEMSCAN_OK },
        { "", "[-]", 20000, "05", MEMSCAN_OK },
        { "", "[4000-]", 9000, "05", MEMSCAN_LIMIT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = repeated(cases[i].before, cases[i].piece, cases[i].count, cases[i].after);
        ms_pattern *pattern;
        memscan_error error = { 0 };
        memscan_status status = ms_pattern_parse_hex(text, strlen(text), &ms_default_allocator, &pattern, &error);
        ck_assert_msg(status == cases[i].status, "%zu: %d %s", i, status, error.text);
        if (status == MEMSCAN_OK) {
            char *again = malloc(MS_PATTERN_LONGEST_TEXT + 1);
            ck_assert_uint_le(ms_pattern_describe(pattern, again, MS_PATTERN_LONGEST_TEXT + 1),
                              MS_PATTERN_LONGEST_TEXT);
            ms_pattern_destroy(parse(again));
            free(again);
        }
        ms_pattern_destroy(pattern);
        free(text);
    }
}
END_TEST

START_TEST(describe_is_bounded)
{
    ms_pattern *pattern = parse("48 [4-6] (62 | 56)");
    char out[32];
    for (size_t capacity = 0; capacity <= sizeof out; capacity++) {
        memset(out, '#', sizeof out);
        ck_assert_uint_eq(ms_pattern_describe(pattern, out, capacity), 18);
        for (size_t i = capacity; i < sizeof out; i++)
            ck_assert_int_eq(out[i], '#');
    }
    ms_pattern_destroy(pattern);
}
END_TEST

START_TEST(shortest_longest_and_literal)
{
    static const struct {
        const char *text;
        size_t shortest, longest;
        bool literal;
    } cases[] = {
        { "48", 1, 1, true },
        { "48 8B 05", 3, 3, true },
        { "48 8B (05)", 3, 3, true },
        { "48 8?", 2, 2, false },
        { "48 ?? 05", 3, 3, false },
        { "48 ~05", 2, 2, false },
        { "48 [4-6] 05", 6, 8, false },
        { "48 (62 B4 | 56 | [2-9]) 05", 3, 11, false },
        { "48 [10-] 05", 12, 16384, false },
        { "(48 | 49 (50 | 51 52 53))", 1, 4, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ms_pattern *pattern = parse(cases[i].text);
        const uint8_t *bytes;
        size_t length;
        ck_assert_uint_eq(ms_pattern_shortest(pattern), cases[i].shortest);
        ck_assert_uint_eq(ms_pattern_longest(pattern), cases[i].longest);
        ck_assert_msg(ms_pattern_is_literal(pattern, &bytes, &length) == cases[i].literal, "%s", cases[i].text);
        ck_assert_uint_eq(length, cases[i].literal ? cases[i].shortest : 0);
        ck_assert(!cases[i].literal || bytes[0] == 0x48);
        ms_pattern_destroy(pattern);
    }
}
END_TEST

START_TEST(plain_bytes_are_a_pattern)
{
    static const uint8_t name[] = { 'g', 0, 'o', 0xff }, memory[] = { 'g', 'g', 0, 'o', 0xff, 'g', 0, 'o' };
    ms_pattern *pattern;
    const uint8_t *bytes;
    size_t length, at;
    char out[16];
    ck_assert_int_eq(ms_pattern_from_bytes(name, sizeof name, &ms_default_allocator, &pattern, NULL), MEMSCAN_OK);
    ck_assert(ms_pattern_is_literal(pattern, &bytes, &length));
    ck_assert_uint_eq(length, sizeof name);
    ck_assert_mem_eq(bytes, name, length);
    ms_pattern_describe(pattern, out, sizeof out);
    ck_assert_str_eq(out, "67 00 6F FF");
    ck_assert(ms_pattern_next(pattern, memory, sizeof memory, 0, SIZE_MAX, &at, &length));
    ck_assert_uint_eq(at, 1);
    ck_assert_uint_eq(length, 4);
    ck_assert(!ms_pattern_next(pattern, memory, sizeof memory, 2, SIZE_MAX, &at, &length));
    ms_pattern_destroy(pattern);
    memscan_error error;
    ck_assert_int_eq(ms_pattern_from_bytes(name, 0, &ms_default_allocator, &pattern, &error), MEMSCAN_INVALID);
    uint8_t *large = calloc(1, MS_PATTERN_LONGEST_MATCH + 1);
    ck_assert_int_eq(
        ms_pattern_from_bytes(large, MS_PATTERN_LONGEST_MATCH + 1, &ms_default_allocator, &pattern, &error),
        MEMSCAN_LIMIT);
    free(large);
}
END_TEST

/* The naive side: a tree of items, matched by carrying the set of offsets that can be reached. */
#define MOST_ITEMS 6
#define MOST_HAY   400

typedef struct item item;
typedef struct sequence {
    item *items[MOST_ITEMS];
    size_t count;
} sequence;
struct item {
    enum { BYTE, JUMP, GROUP } kind;
    uint8_t value, mask;
    bool deny;
    unsigned least, most;
    sequence ways[3];
    size_t way_count;
};

static void reach(const sequence *all, const uint8_t *hay, size_t length, const bool *from, bool *to)
{
    bool now[MOST_HAY + 1];
    memcpy(now, from, sizeof now);
    for (size_t i = 0; i < all->count; i++) {
        const item *one = all->items[i];
        bool next[MOST_HAY + 1] = { false };
        for (size_t at = 0; at <= length; at++) {
            if (one->kind == BYTE && now[at] && at < length && ((hay[at] & one->mask) == one->value) != one->deny)
                next[at + 1] = true;
            for (size_t far = one->least; one->kind == JUMP && now[at] && far <= one->most && at + far <= length; far++)
                next[at + far] = true;
        }
        for (size_t way = 0; one->kind == GROUP && way < one->way_count; way++) {
            bool ends[MOST_HAY + 1] = { false };
            reach(&one->ways[way], hay, length, now, ends);
            for (size_t at = 0; at <= length; at++)
                next[at] = next[at] || ends[at];
        }
        memcpy(now, next, sizeof now);
    }
    memcpy(to, now, sizeof now);
}

/* The length of the shortest match at `at`, or 0. */
static size_t naive_match(const sequence *all, const uint8_t *hay, size_t length, size_t at)
{
    bool from[MOST_HAY + 1] = { false }, to[MOST_HAY + 1];
    from[at] = true;
    reach(all, hay, length, from, to);
    for (size_t end = at + 1; end <= length; end++)
        if (to[end])
            return end - at;
    return 0;
}

static void make_sequence(uint64_t *state, sequence *all, unsigned depth)
{
    static const uint8_t masks[] = { 0xff, 0xff, 0xff, 0xf0, 0x0f, 0 };
    static const uint8_t values[] = { 0, 0, 0, 1, 0x10, 0xff };
    all->count = 1 + test_random(state) % (MOST_ITEMS - 1);
    for (size_t i = 0; i < all->count; i++) {
        item *one = calloc(1, sizeof *one);
        ck_assert_ptr_nonnull(one);
        all->items[i] = one;
        unsigned choice = (unsigned)(test_random(state) % 10);
        one->kind = choice < 6 || i == 0 ? BYTE : choice < 8 || depth == 0 ? JUMP : GROUP;
        one->mask = masks[test_random(state) % sizeof masks];
        one->value = values[test_random(state) % sizeof values] & one->mask;
        one->deny = one->mask != 0 && test_random(state) % 6 == 0;
        one->least = (unsigned)(test_random(state) % 5);
        one->most = one->least + (unsigned)(test_random(state) % 12);
        one->way_count = 1 + test_random(state) % 3;
        for (size_t way = 0; one->kind == GROUP && way < one->way_count; way++)
            make_sequence(state, &one->ways[way], depth - 1);
    }
}

static void free_sequence(sequence *all)
{
    for (size_t i = 0; i < all->count; i++) {
        item *one = all->items[i];
        for (size_t way = 0; one->kind == GROUP && way < one->way_count; way++)
            free_sequence(&one->ways[way]);
        free(one);
    }
}

static void print_sequence(ms_text *text, const sequence *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const item *one = all->items[i];
        if (one->kind == BYTE) {
            char high[2] = { "0123456789abcdef"[one->value >> 4], 0 },
                 low[2] = { "0123456789abcdef"[one->value & 15], 0 };
            ms_text_format(text, " %s%s%s", one->deny ? "~" : "", one->mask & 0xf0 ? high : "?",
                           one->mask & 0x0f ? low : "?");
        } else if (one->kind == JUMP)
            ms_text_format(text, " [%u-%u]", one->least, one->most);
        for (size_t way = 0; one->kind == GROUP && way < one->way_count; way++) {
            ms_text_add(text, way ? " |" : " (");
            print_sequence(text, &one->ways[way]);
        }
        if (one->kind == GROUP)
            ms_text_add(text, " )");
    }
}

/* All that the library finds, a few at a time, against the naive matcher. */
static void compare(const ms_pattern *pattern, const sequence *all, const uint8_t *hay, size_t length, size_t limit,
                    size_t capacity, const char *text, uint64_t seed)
{
    ms_pattern_hit hits[64];
    size_t count = 0, next = 0, from = 0;
    for (size_t at = 0; at < length && at < limit; at++) {
        size_t expected = naive_match(all, hay, length, at);
        if (next == count && from <= at) {
            count = ms_pattern_find(pattern, hay, length, from, limit, hits, capacity);
            next = 0;
            from = count < capacity ? SIZE_MAX : hits[count - 1].at + 1;
        }
        size_t found = next < count && hits[next].at == at ? hits[next++].length : 0;
        ck_assert_msg(found == expected, "seed %llu, %s at %zu of %zu: %zu, not %zu", (unsigned long long)seed, text,
                      at, length, found, expected);
    }
    ck_assert_uint_eq(next, count);
}

START_TEST(random_patterns_agree_with_a_naive_matcher)
{
    size_t tried = 0, matched = 0;
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        uint64_t state = seed;
        sequence all;
        char text[4096], canonical[4096];
        ms_text out;
        make_sequence(&state, &all, 2);
        ms_text_init(&out, text, sizeof text);
        print_sequence(&out, &all);
        ms_pattern *pattern = NULL;
        memscan_error error;
        if (ms_pattern_parse_hex(text, strlen(text), &ms_default_allocator, &pattern, &error) != MEMSCAN_OK) {
            ck_assert_msg(strstr(error.text, "fits any bytes") != NULL, "seed %llu, %s: %s", (unsigned long long)seed,
                          text, error.text);
            free_sequence(&all);
            continue;
        }
        size_t length = test_random(&state) % MOST_HAY;
        uint8_t *hay = malloc(length + 1);
        static const uint8_t values[] = { 0, 0, 0, 0, 0, 1, 0x10, 0x11, 0xff };
        for (size_t i = 0; i < length; i++)
            hay[i] = values[test_random(&state) % sizeof values];
        hay[length] = 0;
        hay = realloc(hay, length ? length : 1);
        size_t limit = test_random(&state) % 2 ? SIZE_MAX : length / 2;
        compare(pattern, &all, hay, length, limit, 1 + test_random(&state) % 64, text, seed);
        ms_pattern_describe(pattern, canonical, sizeof canonical);
        ms_pattern *again = parse(canonical);
        compare(again, &all, hay, length, limit, 1, canonical, seed);
        tried++;
        matched += naive_match(&all, hay, length, 0) != 0;
        ms_pattern_destroy(again);
        ms_pattern_destroy(pattern);
        free(hay);
        free_sequence(&all);
    }
    ck_assert_uint_gt(tried, 1000);
    ck_assert_uint_gt(matched, 100);
}
END_TEST

START_TEST(an_open_jump_ends_with_the_longest_match)
{
    ms_pattern *pattern = parse("48 [10-] 05");
    size_t size = 3 * MS_PATTERN_LONGEST_MATCH, at, length;
    uint8_t *memory = calloc(1, size);
    ck_assert_ptr_nonnull(memory);
    for (size_t distance = MS_PATTERN_LONGEST_MATCH - 2; distance <= MS_PATTERN_LONGEST_MATCH; distance++) {
        memset(memory, 0, size);
        memory[50] = 0x05; /* for its sake the starts behind it are judged */
        memory[100] = 0x48;
        memory[100 + distance] = 0x05;
        bool fits = distance < MS_PATTERN_LONGEST_MATCH; /* the match covers distance + 1 bytes */
        ck_assert(ms_pattern_next(pattern, memory, size, 0, SIZE_MAX, &at, &length) == fits);
        if (fits) {
            ck_assert_uint_eq(at, 100);
            ck_assert_uint_eq(length, distance + 1);
        }
    }
    memset(memory, 0x48, size);
    memory[size - 1] = 0x05;
    static ms_pattern_hit hits[MS_PATTERN_LONGEST_MATCH];
    size_t count = ms_pattern_find(pattern, memory, size, 0, SIZE_MAX, hits, MS_PATTERN_LONGEST_MATCH);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(hits[i].at, size - MS_PATTERN_LONGEST_MATCH + i);
        ck_assert_uint_eq(hits[i].at + hits[i].length, size);
    }
    ck_assert_uint_eq(count, MS_PATTERN_LONGEST_MATCH - 11);
    free(memory);
    ms_pattern_destroy(pattern);
}
END_TEST

/* Open jumps and groups far from the start: what is cut off at the longest match must not disturb what is not. */
START_TEST(matches_near_the_longest_are_found)
{
    ms_pattern *pattern = parse("48 [2-] (05 | 06 07) [-] (FE | FF [3]) 08");
    size_t size = 2 * MS_PATTERN_LONGEST_MATCH, at, length;
    uint8_t *memory = calloc(1, size);
    ck_assert_ptr_nonnull(memory);
    memory[10] = 0x48;
    memory[5000] = 0x05;
    size_t last = 10 + MS_PATTERN_LONGEST_MATCH - 1;
    memory[last] = 0x08;
    memory[last - 4] = 0xff;
    ck_assert(ms_pattern_next(pattern, memory, size, 0, SIZE_MAX, &at, &length));
    ck_assert_uint_eq(at, 10);
    ck_assert_uint_eq(length, MS_PATTERN_LONGEST_MATCH);
    ck_assert(!ms_pattern_next(pattern, memory, size, 0, 10, &at, &length));
    ck_assert(!ms_pattern_next(pattern, memory, last, 0, SIZE_MAX, &at, &length));
    memory[10] = 0;
    memory[9] = 0x48;
    ck_assert(!ms_pattern_next(pattern, memory, size, 0, SIZE_MAX, &at, &length));
    free(memory);
    ms_pattern_destroy(pattern);
}
END_TEST

/* A backtracking matcher tries 16^500 ways here. The bound: a few entries for each node and offset. */
START_TEST(hostile_patterns_take_linear_work)
{
    static const struct {
        const char *before, *piece;
        size_t count;
        const char *after;
    } cases[] = {
        { "", "00 [0-15] ", 500, "01" },
        { "", "00 [0-] ", 500, "01" },
        { "", "(00 | 00 00 | [1-3]) ", 300, "01" },
        { "", "(00 | (00 [0-7] 00 | 00 00)) ", 200, "01" },
        { "(00", " | 00 00 | 00 [0-9] 00", 500, ") 01" },
    };
    size_t size = 40000;
    uint8_t *zeros = calloc(1, size);
    uint16_t *ends = malloc(MS_PATTERN_SCRATCH * sizeof *ends);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = repeated(cases[i].before, cases[i].piece, cases[i].count, cases[i].after);
        ms_pattern *pattern = parse(text);
        for (int end = 0; end < 2; end++) { /* without and with the byte that makes them match */
            zeros[9000] = (uint8_t)end;
            uint64_t steps = 0;
            size_t starts = pattern->most_starts;
            ms_pattern_judge(pattern, zeros, size, starts, ends, &steps);
            uint64_t nodes = pattern->nodes.count + pattern->bytes.count + pattern->branches.count;
            ck_assert_msg(steps <= 16 * nodes * (starts + pattern->longest), "%zu: %llu steps, %llu nodes, %u, %u", i,
                          (unsigned long long)steps, (unsigned long long)nodes, pattern->longest, pattern->most_starts);
        }
        ms_pattern_destroy(pattern);
        free(text);
    }
    free(ends);
    free(zeros);
}
END_TEST

/* An allocator that fails at its n-th call and knows what it still owes. */
typedef struct miser {
    size_t left, owed;
} miser;

static void *miser_allocate(void *context, size_t bytes)
{
    miser *m = context;
    if (m->left == 0)
        return NULL;
    m->left--;
    m->owed += bytes;
    return malloc(bytes);
}

static void *miser_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    miser *m = context;
    if (m->left == 0)
        return NULL;
    m->left--;
    m->owed += new_bytes - old_bytes;
    return realloc(block, new_bytes);
}

static void miser_release(void *context, void *block, size_t bytes)
{
    ((miser *)context)->owed -= block ? bytes : 0;
    free(block);
}

START_TEST(every_failing_allocation_is_returned)
{
    static const char text[] =
        "48 8B [4-6] 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10 11 (62 | 63 [1-2] 64) 05";
    miser purse = { 0, 0 };
    const memscan_allocator allocator = { .size = sizeof allocator,
                                          .context = &purse,
                                          .allocate = miser_allocate,
                                          .resize = miser_resize,
                                          .release = miser_release };
    memscan_status status = MEMSCAN_NO_MEMORY;
    size_t failures = 0;
    for (; status == MEMSCAN_NO_MEMORY; failures++) {
        ms_pattern *pattern;
        memscan_error error = { 0 };
        purse.left = failures;
        status = ms_pattern_parse_hex(text, sizeof text - 1, &allocator, &pattern, &error);
        ck_assert_int_eq(error.status, status);
        ms_pattern_destroy(pattern);
        ck_assert_uint_eq(purse.owed, 0);
    }
    ck_assert_int_eq(status, MEMSCAN_OK);
    ck_assert_uint_gt(failures, 6);
    status = MEMSCAN_NO_MEMORY;
    for (failures = 0; status == MEMSCAN_NO_MEMORY; failures++) {
        ms_pattern *pattern;
        purse.left = failures;
        status = ms_pattern_from_bytes((const uint8_t *)text, 5, &allocator, &pattern, NULL);
        ms_pattern_destroy(pattern);
        ck_assert_uint_eq(purse.owed, 0);
    }
    ck_assert_int_eq(status, MEMSCAN_OK);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("pattern");
    TCase *tests = tcase_create("pattern");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_dialect_has_one_canonical_form);
    tcase_add_test(tests, errors_say_what_where_and_what_instead);
    tcase_add_test(tests, limits_hold_and_what_is_within_them_parses);
    tcase_add_test(tests, describe_is_bounded);
    tcase_add_test(tests, shortest_longest_and_literal);
    tcase_add_test(tests, plain_bytes_are_a_pattern);
    tcase_add_test(tests, random_patterns_agree_with_a_naive_matcher);
    tcase_add_test(tests, an_open_jump_ends_with_the_longest_match);
    tcase_add_test(tests, matches_near_the_longest_are_found);
    tcase_add_test(tests, hostile_patterns_take_linear_work);
    tcase_add_test(tests, every_failing_allocation_is_returned);
    suite_add_tcase(suite, tests);
    return suite;
}
