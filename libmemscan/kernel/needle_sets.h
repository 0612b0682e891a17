/* needle_sets.h - the sets there may be, and what every one of them does with a candidate. */
#ifndef MS_NEEDLE_SETS_H
#define MS_NEEDLE_SETS_H

#include <stdbool.h>

#include "../base/bytes.h"
#include "../base/compat.h"
#include "needle.h"

extern const ms_needle_set ms_needle_scalar, ms_needle_sse2, ms_needle_avx2, ms_needle_neon;

/* Does the needle fit the needle->length bytes at `at`? */
static MS_FORCE_INLINE bool ms_needle_fits(const ms_needle *needle, const uint8_t *at)
{
    const uint8_t *bytes = needle->bytes, *mask = needle->mask;
    size_t length = needle->length, i = 0;
    if (!mask)
        return memcmp(at, bytes, length) == 0;
    for (; length - i >= 8; i += 8)
        if ((ms_load64(at + i) ^ ms_load64(bytes + i)) & ms_load64(mask + i))
            return false;
    for (; i < length; i++)
        if ((at[i] ^ bytes[i]) & mask[i])
            return false;
    return true;
}

/* The mask of the byte at `offset`. */
static MS_FORCE_INLINE uint8_t ms_needle_mask(const ms_needle *needle, size_t offset)
{
    return needle->mask ? needle->mask[offset] : 0xff;
}

#endif
