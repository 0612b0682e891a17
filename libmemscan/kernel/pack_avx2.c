/* pack_avx2.c - packing in AVX2: zeros are found 32 bytes at a time, and moved out eight at a time by a shuffle from a
 * table. (PEXT does the same without a table, but is microcode on AMD before Zen 3.) */
#include <immintrin.h>

#include "../base/bits.h"
#include "../base/bytes.h"
#include "../base/compat.h"
#include "pack.h"
#include "pack_count.h"
#include "pack_table.h"

static inline uint32_t nonzero_bits(const uint8_t *bytes)
{
    __m256i vec = _mm256_loadu_si256((const __m256i *)(const void *)bytes);
    return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(vec, _mm256_setzero_si256()));
}

static inline __m128i shuffle(const void *bytes, const uint64_t *order)
{
    return _mm_shuffle_epi8(_mm_loadl_epi64((const __m128i *)bytes),
                            _mm_loadl_epi64((const __m128i *)(const void *)order));
}

static size_t pack(const uint8_t *bytes, size_t words, uint8_t *mask, uint8_t *out)
{
    uint8_t *next = out;
    for (size_t half = 0; half < 2 * words; half++, bytes += 32, mask += 4) {
        uint32_t bits = nonzero_bits(bytes);
        memcpy(mask, &bits, 4);
        if (bits == 0)
            continue;
        if (bits == UINT32_MAX) {
            memcpy(next, bytes, 32);
            next += 32;
            continue;
        }
        for (unsigned i = 0; i < 4; i++, bits >>= 8) {
            _mm_storel_epi64((__m128i *)(void *)next, shuffle(bytes + 8 * i, &together[bits & 0xff]));
            next += ms_count_bits(bits & 0xff);
        }
    }
    return (size_t)(next - out);
}

/* Eight bytes at a time, to `out`; or, where that is NULL, compared with `bytes`. Which one is a constant wherever it is
 * inlined. */
static MS_FORCE_INLINE size_t spread(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length,
                                     const uint8_t *bytes, uint8_t *out)
{
    size_t taken = 0;
    uint8_t last[16] = { 0 };
    for (size_t at = 0; at < 64 * words; at += 8, mask++) {
        unsigned kept = ms_count_bits(*mask);
        const uint8_t *from = packed + taken;
        if (length - taken < 8) { /* a load of eight would reach beyond the end */
            if (kept > length - taken)
                return SIZE_MAX;
            if (kept)
                memcpy(last, from, kept);
            from = last;
        }
        __m128i eight = shuffle(from, &apart[*mask]);
        if (out)
            _mm_storel_epi64((__m128i *)(void *)(out + at), eight);
        else if ((_mm_movemask_epi8(
                      _mm_cmpeq_epi8(eight, _mm_loadl_epi64((const __m128i *)(const void *)(bytes + at)))) &
                  0xff) != 0xff)
            return SIZE_MAX;
        taken += kept;
    }
    return taken;
}

static size_t unpack(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length, uint8_t *bytes)
{
    return spread(mask, words, packed, length, NULL, bytes);
}

static size_t is_packed(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length, const uint8_t *bytes)
{
    return spread(mask, words, packed, length, bytes, NULL);
}

const ms_pack_set ms_pack_avx2 = { "avx2", pack, unpack, is_packed, count };
