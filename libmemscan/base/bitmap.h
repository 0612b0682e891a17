/* bitmap.h - runs of bits in an array of words: bit i is bit i % 64 of word i / 64. */
#ifndef MS_BITMAP_H
#define MS_BITMAP_H

#include <stdbool.h>
#include <string.h>

#include "bits.h"

/* The words that so many bits take. */
static inline size_t ms_bitmap_words(size_t bits)
{
    return (bits + 63) / 64;
}

/* The first bit at or after `from` that is `wanted`, or `count`. */
static inline uint32_t ms_bitmap_next(const uint64_t *words, uint32_t from, uint32_t count, bool wanted)
{
    if (from >= count)
        return count;
    const uint64_t flip = wanted ? 0 : UINT64_MAX;
    size_t at = from / 64, end = ms_bitmap_words(count);
    uint64_t word = (words[at] ^ flip) & UINT64_MAX << from % 64;
    if (!word && wanted) {
        at = ms_next_word(words, at + 1, end);
        word = at < end ? words[at] : 0;
    }
    while (!word && ++at < end)
        word = words[at] ^ flip;
    if (!word)
        return count;
    uint32_t found = (uint32_t)(64 * at) + ms_lowest_bit(word);
    return found < count ? found : count;
}

/* Words [from, end) of a bitmap of which all others are 0: one of few bits is not walked for them from end to end. */
typedef struct ms_words {
    uint32_t from, end;
} ms_words;

/* The first bit at or after `from` that is set, or `count`. */
static inline uint32_t ms_bitmap_next_in(const uint64_t *words, ms_words in, uint32_t from, uint32_t count)
{
    uint32_t first = 64 * in.from, end = 64 * in.end < count ? 64 * in.end : count;
    uint32_t found = ms_bitmap_next(words, from > first ? from : first, end, true);
    return found < end ? found : count;
}

/* Sets a bit behind all others. */
static inline void ms_bitmap_push(uint64_t *words, ms_words *in, uint32_t bit)
{
    words[bit / 64] |= (uint64_t)1 << bit % 64;
    if (in->end == 0)
        in->from = bit / 64;
    in->end = bit / 64 + 1;
}

/* Sets the bits [from, to). */
static inline void ms_bitmap_set(uint64_t *words, uint32_t from, uint32_t to)
{
    if (from % 64 == 0) {
        memset(words + from / 64, 0xff, (to - from) / 64 * sizeof *words);
        from += (to - from) / 64 * 64;
    }
    while (from < to) {
        uint32_t end = from / 64 * 64 + 64 < to ? from / 64 * 64 + 64 : to;
        uint64_t below_end = end % 64 ? ((uint64_t)1 << end % 64) - 1 : UINT64_MAX;
        words[from / 64] |= below_end & UINT64_MAX << from % 64;
        from = end;
    }
}

/* How many bits of `count` words are set. Words that are empty or full, the usual ones, are not counted bit by bit. */
static inline uint64_t ms_bitmap_count(const uint64_t *words, size_t count)
{
    uint64_t bits = 0;
    for (size_t w = 0; (w = ms_next_word(words, w, count)) < count; w++)
        bits += words[w] == UINT64_MAX ? 64 : ms_count_bits(words[w]);
    return bits;
}

static inline uint64_t ms_bitmap_count_in(const uint64_t *words, ms_words in)
{
    return ms_bitmap_count(words + in.from, in.end - in.from);
}

#endif
