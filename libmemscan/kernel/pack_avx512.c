/* pack_avx512.c - packing in AVX-512 (F, BW and VBMI2): the CPU has an instruction for each way. Both are used on
 * registers only: stores to memory that compress are microcode on Zen 4. */
#include <immintrin.h>

#include "../base/bits.h"
#include "../base/bytes.h"
#include "../base/compat.h"
#include "pack.h"
#include "pack_count.h"

static size_t pack(const uint8_t *bytes, size_t words, uint8_t *mask, uint8_t *out)
{
    uint8_t *next = out;
    for (size_t word = 0; word < words; word++, bytes += 64, mask += 8) {
        __m512i vec = _mm512_loadu_si512(bytes);
        uint64_t bits = _cvtmask64_u64(_mm512_test_epi8_mask(vec, vec));
        memcpy(mask, &bits, 8);
        _mm512_storeu_si512(next, _mm512_maskz_compress_epi8(_cvtu64_mask64(bits), vec));
        next += ms_count_bits(bits);
    }
    return (size_t)(next - out);
}

/* What is packed comes from memory, one byte for two that are read beside it; the CPU itself looks ahead no further than a page. */
#define AHEAD_BYTES 1536u

/* The word that `bits` and the next of `left` packed bytes make. */
static inline __m512i expand(uint64_t bits, const uint8_t *packed, size_t left)
{
    __m512i vec;
    if (left >= 64)
        vec = _mm512_loadu_si512(packed);
    else /* a load of 64 would reach beyond the end */
        vec = _mm512_maskz_loadu_epi8(_cvtu64_mask64(((uint64_t)1 << left) - 1), packed);
    return _mm512_maskz_expand_epi8(_cvtu64_mask64(bits), vec);
}

/* A word at a time, to `out`; or, where that is NULL, compared with `bytes`. Which one is a constant wherever it is inlined. */
static MS_FORCE_INLINE size_t spread(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length,
                                     const uint8_t *bytes, uint8_t *out)
{
    size_t taken = 0;
    for (size_t at = 0; at < 64 * words; at += 64, mask += 8) {
        _mm_prefetch((const char *)((uintptr_t)packed + taken + AHEAD_BYTES), _MM_HINT_T0);
        uint64_t bits = ms_load64(mask);
        unsigned kept = ms_count_bits(bits);
        if (kept > length - taken)
            return SIZE_MAX;
        __m512i word = expand(bits, packed + taken, length - taken);
        if (out)
            _mm512_storeu_si512(out + at, word);
        else if (_cvtmask64_u64(_mm512_cmpneq_epi8_mask(word, _mm512_loadu_si512(bytes + at))))
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

const ms_pack_set ms_pack_avx512 = { "avx512", pack, unpack, is_packed, count };
