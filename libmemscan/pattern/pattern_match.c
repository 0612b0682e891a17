/* pattern_match.c - the matches of a pattern, in order.
 *
 * A pattern that is its own needle is found by the needle search alone. Any other is judged in blocks of starts, and a
 * block begins where the needle (or, where there is none, a byte that may begin a match) says that there may be one.
 * All starts of a block are judged, so the search goes on behind it. */
#include "pattern_form.h"

#define FIRST_BLOCK 64

/* The hits, while they are filled in. */
typedef struct harvest {
    ms_pattern_hit *hits;
    size_t count, capacity;
} harvest;

static void add_hit(harvest *out, size_t at, size_t length)
{
    out->hits[out->count++] = (ms_pattern_hit){ at, length };
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* a + b, but no more than cap; a <= cap. */
static size_t add_up_to(size_t a, size_t b, size_t cap)
{
    return b > cap - a ? cap : a + b;
}

/* The bytes behind which the needle fits: none of them is one that was denied. */
static bool passes_denials(const ms_pattern *pattern, const uint8_t *at)
{
    const ms_pattern_byte *bytes = pattern->bytes.items;
    for (size_t i = 0; i < pattern->shortest; i++)
        if (bytes[i].deny && !ms_pattern_byte_fits(bytes[i], at[i]))
            return false;
    return true;
}

/* Starts in [from, limit). */
static void find_fixed(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t from, size_t limit,
                       harvest *out)
{
    size_t end = add_up_to(limit, pattern->shortest - 1, length);
    while (out->count < out->capacity && from < limit) {
        size_t at = ms_needle_find(&pattern->needle, bytes, end, from);
        if (at == MS_NEEDLE_NONE)
            return;
        if (!pattern->denies || passes_denials(pattern, bytes + at))
            add_hit(out, at, pattern->shortest);
        from = at + 1;
    }
}

/* The next start from `from` on that may match; *last is the last one that this needle speaks for. `limit`: none. */
static size_t next_candidate(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t from, size_t limit,
                             size_t *last)
{
    if (!pattern->needle_bytes) {
        while (from < limit && !pattern->may_begin[bytes[from]])
            from++;
        *last = from;
        return from;
    }
    size_t end = add_up_to(limit, pattern->needle_high + pattern->needle_length - 1, length);
    size_t found = ms_needle_find(&pattern->needle, bytes, end, add_up_to(from, pattern->needle_low, length));
    if (found == MS_NEEDLE_NONE)
        return limit;
    *last = found - pattern->needle_low;
    size_t first = found > pattern->needle_high ? found - pattern->needle_high : 0;
    return first > from ? first : from;
}

/* Starts in [from, limit), a block at a time: a larger one where candidates stand close together. */
static void find_judged(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t from, size_t limit,
                        harvest *out)
{
    uint16_t ends[MS_PATTERN_SCRATCH];
    uint64_t steps = 0;
    size_t block = FIRST_BLOCK, last;
    while (out->count < out->capacity && from < limit) {
        size_t first = next_candidate(pattern, bytes, length, from, limit, &last);
        if (first >= limit)
            return;
        block = first - from < block ? 2 * block : FIRST_BLOCK;
        block = smaller(block > last - first ? block : last - first + 1, pattern->most_starts);
        size_t starts = smaller(block, limit - first);
        if (ms_pattern_judge(pattern, bytes + first, length - first, starts, ends, &steps))
            for (size_t i = 0; i < starts && out->count < out->capacity; i++)
                if (ends[i] != MS_PATTERN_NEVER && ends[i] - i <= MS_PATTERN_LONGEST_MATCH)
                    add_hit(out, first + i, ends[i] - i);
        from = first + starts;
    }
}

size_t ms_pattern_find(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t from, size_t start_limit,
                       ms_pattern_hit *hits, size_t capacity)
{
    harvest out = { hits, 0, capacity };
    if (length < pattern->shortest || capacity == 0)
        return 0;
    size_t limit = smaller(start_limit, length - pattern->shortest + 1);
    if (from < limit) {
        if (pattern->fixed)
            find_fixed(pattern, bytes, length, from, limit, &out);
        else
            find_judged(pattern, bytes, length, from, limit, &out);
    }
    return out.count;
}

bool ms_pattern_next(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t from, size_t start_limit,
                     size_t *at, size_t *match_length)
{
    ms_pattern_hit hit;
    if (ms_pattern_find(pattern, bytes, length, from, start_limit, &hit, 1) == 0)
        return false;
    *at = hit.at;
    *match_length = hit.length;
    return true;
}
