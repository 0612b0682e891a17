/* needle_avx2.c - the needle search in AVX2. */
#include <immintrin.h>
#include <stdint.h>

#include "../base/compat.h"

typedef __m256i vec;
#define VEC_BYTES 32
static MS_FORCE_INLINE vec v_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}
#define v_splat(byte) _mm256_set1_epi8((char)(byte))
#define v_and         _mm256_and_si256
#define v_or          _mm256_or_si256
#define v_eq          _mm256_cmpeq_epi8
#define v_bits(v)     ((uint64_t)(uint32_t)_mm256_movemask_epi8(v))
#define v_any(v)      (_mm256_movemask_epi8(v) != 0)
#define NEEDLE_SET    ms_needle_avx2
#define NEEDLE_NAME   "avx2"
#include "needle_template.h"
