/* squeeze.c - the format: ceil(length / 8) mask bytes (bit i of mask byte m: byte 8m+i is not zero; bits beyond the
 * end are 0), then the nonzero bytes in order. Words that are all zero or all nonzero go by at once; the others
 * without a branch a byte. */
#include "squeeze.h"

#include "../base/bits.h"
#include "../base/bytes.h"

/* One bit for each byte of the word that is not zero. */
static inline unsigned nonzero_mask(uint64_t word)
{
    const uint64_t low7 = 0x7f7f7f7f7f7f7f7fu;
    uint64_t high = (((word & low7) + low7) | word) & ~low7; /* bit 7 of each byte: it is not zero */
    return (unsigned)((high >> 7) * 0x0102040810204080u >> 56);
}

size_t ms_squeeze(const uint8_t *bytes, size_t length, uint8_t *out)
{
    size_t mask_length = (length + 7) / 8, whole = length / 8;
    uint8_t *next = out + mask_length;
    for (size_t m = 0; m < whole; m++) {
        uint64_t word = ms_load_little64(bytes + 8 * m);
        unsigned mask = nonzero_mask(word);
        out[m] = (uint8_t)mask;
        if (mask == 0)
            continue;
        if (mask == 0xff) {
            memcpy(next, bytes + 8 * m, 8);
            next += 8;
            continue;
        }
        for (unsigned i = 0; i < 8; i++) {
            *next = bytes[8 * m + i];
            next += mask >> i & 1;
        }
    }
    if (length % 8) {
        unsigned mask = 0;
        for (unsigned i = 0; i < length % 8; i++) {
            uint8_t byte = bytes[8 * whole + i];
            *next = byte;
            next += byte != 0;
            mask |= (unsigned)(byte != 0) << i;
        }
        out[whole] = (uint8_t)mask;
    }
    return (size_t)(next - out);
}

/* The bytes that the masks call for, or SIZE_MAX when a bit beyond the end is set. */
static size_t count_kept(const uint8_t *masks, size_t length)
{
    size_t kept = 0, whole = length / 8, at = 0;
    for (; at + 8 <= whole; at += 8)
        kept += ms_count_bits(ms_load64(masks + at));
    for (; at < whole; at++)
        kept += ms_count_bits(masks[at]);
    if (length % 8) {
        if (masks[whole] >> length % 8)
            return SIZE_MAX;
        kept += ms_count_bits(masks[whole]);
    }
    return kept;
}

bool ms_unsqueeze(const uint8_t *squeezed, size_t squeezed_length, uint8_t *bytes, size_t length)
{
    size_t mask_length = (length + 7) / 8;
    if (squeezed_length < mask_length || count_kept(squeezed, length) != squeezed_length - mask_length)
        return false;
    const uint8_t *next = squeezed + mask_length;
    for (size_t m = 0; m < mask_length; m++) {
        unsigned mask = squeezed[m];
        size_t room = length - 8 * m < 8 ? length - 8 * m : 8;
        if (mask == 0) {
            memset(bytes + 8 * m, 0, room);
        } else if (mask == 0xff) {
            memcpy(bytes + 8 * m, next, 8);
            next += 8;
        } else {
            for (unsigned i = 0; i < room; i++) {
                bool kept = mask >> i & 1;
                bytes[8 * m + i] = kept ? *next : 0;
                next += kept;
            }
        }
    }
    return true;
}
