/* needle_sse2.c - the needle search in SSE2. */
#include <emmintrin.h>
#include <stdint.h>

#include "../base/compat.h"

typedef __m128i vec;
#define VEC_BYTES 16
static MS_FORCE_INLINE vec v_load(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}
#define v_splat(byte) _mm_set1_epi8((char)(byte))
#define v_and         _mm_and_si128
#define v_or          _mm_or_si128
#define v_eq          _mm_cmpeq_epi8
#define v_bits(v)     ((uint64_t)(uint32_t)_mm_movemask_epi8(v))
#define v_any(v)      (_mm_movemask_epi8(v) != 0)
#define NEEDLE_SET    ms_needle_sse2
#define NEEDLE_NAME   "sse2"
#include "needle_template.h"
