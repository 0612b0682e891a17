/* pack_avx512.c - packing in AVX-512 (F, BW and VBMI2): the CPU has an instruction for each way. Both are used on
 * registers only: stores to memory that compress are microcode on Zen 4. */
#include <immintrin.h>

#include "../base/bits.h"
#include "../base/bytes.h"
#include "pack.h"

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

static size_t unpack(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length, uint8_t *bytes)
{
    size_t taken = 0;
    for (size_t word = 0; word < words; word++, bytes += 64, mask += 8) {
        uint64_t bits = ms_load64(mask);
        unsigned kept = ms_count_bits(bits);
        __m512i vec;
        if (length - taken >= 64) {
            vec = _mm512_loadu_si512(packed + taken);
        } else { /* a load of 64 would reach beyond the end */
            if (kept > length - taken)
                return SIZE_MAX;
            vec = _mm512_maskz_loadu_epi8(_cvtu64_mask64(((uint64_t)1 << (length - taken)) - 1), packed + taken);
        }
        _mm512_storeu_si512(bytes, _mm512_maskz_expand_epi8(_cvtu64_mask64(bits), vec));
        taken += kept;
    }
    return taken;
}

const ms_pack_set ms_pack_avx512 = { "avx512", pack, unpack };
