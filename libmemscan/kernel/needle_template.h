/* needle_template.h - the search of one instruction set, 64 possible starts at a time.
 *
 * Whoever includes it has defined
 *   vec, VEC_BYTES             a vector and its width, a divisor of 64
 *   v_load, v_splat, v_and     from unaligned memory; one byte everywhere; bit by bit
 *   v_eq                       all ones in the bytes that are equal
 *   v_or, v_any                is any bit set?
 *   v_bits                     one bit per byte, the first byte's lowest
 *   NEEDLE_SET, NEEDLE_NAME    the name of the table to define, and its name as text
 *
 * A block of 64 starts at `at` reads hay[at + offset, at + offset + 64) for the two offsets, and the last start of
 * the block still lies wholly inside the hay: so no load leaves it. The last block overlaps the one before it; a
 * hay with fewer than 64 possible starts is left to the scalar search. */
#include "needle_sets.h"

#include "../base/bits.h"

#define BLOCK 64

/* One bit for each of the 64 starts at which both bytes fit. */
static MS_FORCE_INLINE uint64_t candidates(const uint8_t *first, const uint8_t *second, vec first_byte, vec second_byte,
                                           bool masked, vec first_mask, vec second_mask)
{
    vec fit[BLOCK / VEC_BYTES], any = v_splat(0);
    for (size_t i = 0; i < BLOCK / VEC_BYTES; i++) {
        vec one = v_load(first + i * VEC_BYTES), other = v_load(second + i * VEC_BYTES);
        if (masked) {
            one = v_and(one, first_mask);
            other = v_and(other, second_mask);
        }
        fit[i] = v_and(v_eq(one, first_byte), v_eq(other, second_byte));
        any = v_or(any, fit[i]);
    }
    if (!v_any(any))
        return 0;
    uint64_t bits = 0;
    for (size_t i = 0; i < BLOCK / VEC_BYTES; i++)
        bits |= v_bits(fit[i]) << (i * VEC_BYTES);
    return bits;
}

static MS_FORCE_INLINE size_t find_blocks(const ms_needle *needle, const uint8_t *hay, size_t from, size_t end,
                                          bool masked)
{
    const uint8_t *first = hay + needle->first, *second = hay + needle->second;
    uint8_t mask_1 = ms_needle_mask(needle, needle->first), mask_2 = ms_needle_mask(needle, needle->second);
    const vec first_mask = v_splat(mask_1), second_mask = v_splat(mask_2);
    const vec first_byte = v_splat(needle->bytes[needle->first] & mask_1);
    const vec second_byte = v_splat(needle->bytes[needle->second] & mask_2);
    for (size_t at = from; at < end; at += BLOCK) {
        if (end - at < BLOCK)
            at = end - BLOCK; /* not before `from`; its first starts are known not to match */
        uint64_t bits = candidates(first + at, second + at, first_byte, second_byte, masked, first_mask, second_mask);
        for (; bits; bits &= bits - 1)
            if (ms_needle_fits(needle, hay + at + ms_lowest_bit(bits)))
                return at + ms_lowest_bit(bits);
    }
    return MS_NEEDLE_NONE;
}

static size_t find(const ms_needle *needle, const uint8_t *hay, size_t length, size_t from)
{
    if (length < needle->length || from > length - needle->length)
        return MS_NEEDLE_NONE;
    size_t end = length - needle->length + 1; /* behind the last possible start */
    if (end - from < BLOCK)
        return ms_needle_scalar.find(needle, hay, length, from);
    if (ms_needle_mask(needle, needle->first) == 0xff && ms_needle_mask(needle, needle->second) == 0xff)
        return find_blocks(needle, hay, from, end, false);
    return find_blocks(needle, hay, from, end, true);
}

const ms_needle_set NEEDLE_SET = { NEEDLE_NAME, find };
