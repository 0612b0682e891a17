/* pack_count.h - an ms_packed_count_fn, for whichever instruction set includes it: one loop in C, which each compiler option
 * makes its own of (POPCNT where there is one). */
#ifndef MS_PACK_COUNT_H
#define MS_PACK_COUNT_H

#include "../base/bits.h"
#include "../base/bytes.h"

static size_t count(const uint8_t *mask, size_t words)
{
    size_t bytes = 0;
    for (size_t word = 0; word < words; word++)
        bytes += ms_count_bits(ms_load64(mask + 8 * word));
    return bytes;
}

#endif
