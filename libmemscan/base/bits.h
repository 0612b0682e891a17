/* bits.h - walk the set bits of mask words. The lowest and the highest bit are asked only of a word that is not 0. */
#ifndef MS_BITS_H
#define MS_BITS_H

#include <stddef.h>
#include <stdint.h>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
static inline unsigned ms_lowest_bit(uint64_t word)
{
    unsigned long index;
    _BitScanForward64(&index, word);
    return index;
}
static inline unsigned ms_highest_bit(uint64_t word)
{
    unsigned long index;
    _BitScanReverse64(&index, word);
    return index;
}
static inline unsigned ms_count_bits(uint64_t word)
{
    return (unsigned)__popcnt64(word);
}
#else
static inline unsigned ms_lowest_bit(uint64_t word)
{
    return (unsigned)__builtin_ctzll(word);
}
static inline unsigned ms_highest_bit(uint64_t word)
{
    return 63 - (unsigned)__builtin_clzll(word);
}
static inline unsigned ms_count_bits(uint64_t word)
{
    return (unsigned)__builtin_popcountll(word);
}
#endif

/* The first word of words[from .. end) that is not 0, or `end`: eight at a time, since few of them are in most. */
static inline size_t ms_next_word(const uint64_t *words, size_t from, size_t end)
{
    for (const uint64_t *w = words + from; end - from >= 8; from += 8, w += 8)
        if (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7])
            break;
    while (from < end && !words[from])
        from++;
    return from;
}

/* How many words there are up to the last one of words[0 .. count) that is not 0. */
static inline size_t ms_words_used(const uint64_t *words, size_t count)
{
    for (const uint64_t *w = words + count; count >= 8; count -= 8) {
        w -= 8;
        if (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7])
            break;
    }
    while (count && !words[count - 1])
        count--;
    return count;
}

/* The lowest 64 / factor bits, each moved to the first of `factor` bits; factor is 1, 2, 4 or 8. Halves of halves, as in
 * Hacker's Delight 7-2. */
static inline uint64_t ms_expand_bits(uint64_t bits, size_t factor)
{
    switch (factor) {
    case 1: return bits;
    case 2:
        bits = (bits & 0xffffffffu);
        bits = (bits | bits << 16) & 0x0000ffff0000ffffu;
        bits = (bits | bits << 8) & 0x00ff00ff00ff00ffu;
        bits = (bits | bits << 4) & 0x0f0f0f0f0f0f0f0fu;
        bits = (bits | bits << 2) & 0x3333333333333333u;
        return (bits | bits << 1) & 0x5555555555555555u;
    case 4:
        bits = (bits & 0xffffu);
        bits = (bits | bits << 24) & 0x000000ff000000ffu;
        bits = (bits | bits << 12) & 0x000f000f000f000fu;
        bits = (bits | bits << 6) & 0x0303030303030303u;
        return (bits | bits << 3) & 0x1111111111111111u;
    default:
        bits = (bits & 0xffu);
        bits = (bits | bits << 28) & 0x0000000f0000000fu;
        bits = (bits | bits << 14) & 0x0003000300030003u;
        return (bits | bits << 7) & 0x0101010101010101u;
    }
}

/* The reverse: the first of each `factor` bits, moved together at the low end; the others do not count. */
static inline uint64_t ms_gather_bits(uint64_t bits, size_t factor)
{
    switch (factor) {
    case 1: return bits;
    case 2:
        bits &= 0x5555555555555555u;
        bits = (bits | bits >> 1) & 0x3333333333333333u;
        bits = (bits | bits >> 2) & 0x0f0f0f0f0f0f0f0fu;
        bits = (bits | bits >> 4) & 0x00ff00ff00ff00ffu;
        bits = (bits | bits >> 8) & 0x0000ffff0000ffffu;
        return (bits | bits >> 16) & 0xffffffffu;
    case 4:
        bits &= 0x1111111111111111u;
        bits = (bits | bits >> 3) & 0x0303030303030303u;
        bits = (bits | bits >> 6) & 0x000f000f000f000fu;
        bits = (bits | bits >> 12) & 0x000000ff000000ffu;
        return (bits | bits >> 24) & 0xffffu;
    default:
        bits &= 0x0101010101010101u;
        bits = (bits | bits >> 7) & 0x0003000300030003u;
        bits = (bits | bits >> 14) & 0x0000000f0000000fu;
        return (bits | bits >> 28) & 0xffu;
    }
}

#endif
