/* pack_scalar.c - the plain way: eight bytes at a time. Those that are all zero or all nonzero go by at once; the others
 * without a branch a byte. */
#include "../base/bits.h"
#include "../base/bytes.h"
#include "pack.h"
#include "pack_count.h"

/* One bit for each byte of the word that is not zero. */
static inline unsigned nonzero_mask(uint64_t word)
{
    const uint64_t low7 = 0x7f7f7f7f7f7f7f7fu;
    uint64_t high = (((word & low7) + low7) | word) & ~low7; /* bit 7 of each byte: it is not zero */
    return (unsigned)((high >> 7) * 0x0102040810204080u >> 56);
}

static size_t pack(const uint8_t *bytes, size_t words, uint8_t *mask, uint8_t *out)
{
    uint8_t *next = out;
    for (size_t m = 0; m < 8 * words; m++) {
        unsigned bits = nonzero_mask(ms_load_little64(bytes + 8 * m));
        mask[m] = (uint8_t)bits;
        if (bits == 0)
            continue;
        if (bits == 0xff) {
            memcpy(next, bytes + 8 * m, 8);
            next += 8;
            continue;
        }
        for (unsigned i = 0; i < 8; i++) {
            *next = bytes[8 * m + i];
            next += bits >> i & 1;
        }
    }
    return (size_t)(next - out);
}

/* Eight bytes: those whose bit is set come from `packed`. */
static inline void spread(unsigned bits, const uint8_t *packed, uint8_t *bytes)
{
    if (bits == 0xff)
        memcpy(bytes, packed, 8);
    else
        memset(bytes, 0, 8);
    for (; bits && bits != 0xff; bits &= bits - 1)
        bytes[ms_lowest_bit(bits)] = *packed++;
}

static size_t unpack(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length, uint8_t *bytes)
{
    size_t taken = 0;
    for (size_t m = 0; m < 8 * words; m++, bytes += 8) {
        unsigned kept = ms_count_bits(mask[m]);
        if (kept > length - taken)
            return SIZE_MAX;
        spread(mask[m], packed + taken, bytes);
        taken += kept;
    }
    return taken;
}

static size_t is_packed(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length, const uint8_t *bytes)
{
    size_t taken = 0;
    for (size_t m = 0; m < 8 * words; m++, bytes += 8) {
        uint8_t then[8];
        unsigned kept = ms_count_bits(mask[m]);
        if (kept > length - taken)
            return SIZE_MAX;
        spread(mask[m], packed + taken, then);
        if (memcmp(then, bytes, 8) != 0)
            return SIZE_MAX;
        taken += kept;
    }
    return taken;
}

const ms_pack_set ms_pack_scalar = { "scalar", pack, unpack, is_packed, count };
