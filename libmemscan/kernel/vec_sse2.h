/* vec_sse2.h - the vector vocabulary in SSE2, which every x86-64 has. */
#ifndef MS_VEC_SSE2_H
#define MS_VEC_SSE2_H

#include <emmintrin.h>
typedef __m128i vec;
#define VEC_BYTES 16
#define PS(a)     _mm_castsi128_ps(a)
#define PD(a)     _mm_castsi128_pd(a)
static MS_FORCE_INLINE vec load(const void *p)
{
    return _mm_loadu_si128(p);
}
static MS_FORCE_INLINE uint64_t bits8(vec m)
{
    return (uint32_t)_mm_movemask_epi8(m);
}
static MS_FORCE_INLINE uint64_t bits16(vec m)
{
    return bits8(_mm_packs_epi16(m, _mm_setzero_si128()));
}
static MS_FORCE_INLINE uint64_t bits32(vec m)
{
    return (uint32_t)_mm_movemask_ps(PS(m));
}
static MS_FORCE_INLINE uint64_t bits64(vec m)
{
    return (uint32_t)_mm_movemask_pd(PD(m));
}
static MS_FORCE_INLINE vec eq64(vec a, vec b)
{
    vec e = _mm_cmpeq_epi32(a, b);
    return _mm_and_si128(e, _mm_shuffle_epi32(e, 0xB1));
}
/* SSE2 has no 64-bit compare. The high halves decide where they differ: hi_gt's upper dword is the answer, and hi_eq's
 * upper dword is 0, so the difference is masked out there. Where they are equal, hi_gt's upper dword is 0 and b - a is
 * the difference of the low halves, between -(2^32 - 1) and 2^32 - 1: it cannot overflow, and its sign is the borrow,
 * low(b) < low(a). Only the sign bit of each 64-bit lane is right, and only it is looked at (bits64). */
static MS_FORCE_INLINE vec gt64(vec a, vec b)
{
    vec hi_eq = _mm_cmpeq_epi32(a, b), hi_gt = _mm_cmpgt_epi32(a, b);
    vec borrow = _mm_and_si128(hi_eq, _mm_sub_epi64(b, a));
    return _mm_or_si128(hi_gt, borrow);
}
#define v_load_i8  load
#define v_load_i16 load
#define v_load_i32 load
#define v_load_i64 load
#define v_load_f32 load
#define v_load_f64 load
static MS_FORCE_INLINE vec v_splat_i8(int8_t x)
{
    return _mm_set1_epi8(x);
}
static MS_FORCE_INLINE vec v_splat_i16(int16_t x)
{
    return _mm_set1_epi16(x);
}
static MS_FORCE_INLINE vec v_splat_i32(int32_t x)
{
    return _mm_set1_epi32(x);
}
static MS_FORCE_INLINE vec v_splat_i64(int64_t x)
{
    return _mm_set1_epi64x(x);
}
static MS_FORCE_INLINE vec v_splat_f32(float x)
{
    return _mm_castps_si128(_mm_set1_ps(x));
}
static MS_FORCE_INLINE vec v_splat_f64(double x)
{
    return _mm_castpd_si128(_mm_set1_pd(x));
}
#define v_sub_i8         _mm_sub_epi8
#define v_sub_i16        _mm_sub_epi16
#define v_sub_i32        _mm_sub_epi32
#define v_sub_i64        _mm_sub_epi64
#define v_sub_f32(a, b)  _mm_castps_si128(_mm_sub_ps(PS(a), PS(b)))
#define v_sub_f64(a, b)  _mm_castpd_si128(_mm_sub_pd(PD(a), PD(b)))
#define v_bias_i8        _mm_xor_si128
#define v_bias_i16       _mm_xor_si128
#define v_bias_i32       _mm_xor_si128
#define v_bias_i64       _mm_xor_si128
#define v_bias_f32(a, b) ((void)(b), (a))
#define v_bias_f64(a, b) ((void)(b), (a))
#define v_eq_i8(a, b)    bits8(_mm_cmpeq_epi8(a, b))
#define v_eq_i16(a, b)   bits16(_mm_cmpeq_epi16(a, b))
#define v_eq_i32(a, b)   bits32(_mm_cmpeq_epi32(a, b))
#define v_eq_i64(a, b)   bits64(eq64(a, b))
#define v_eq_f32(a, b)   bits32(_mm_castps_si128(_mm_cmpeq_ps(PS(a), PS(b))))
#define v_eq_f64(a, b)   bits64(_mm_castpd_si128(_mm_cmpeq_pd(PD(a), PD(b))))
#define v_gt_i8(a, b)    bits8(_mm_cmpgt_epi8(a, b))
#define v_gt_i16(a, b)   bits16(_mm_cmpgt_epi16(a, b))
#define v_gt_i32(a, b)   bits32(_mm_cmpgt_epi32(a, b))
#define v_gt_i64(a, b)   bits64(gt64(a, b))
#define v_gt_f32(a, b)   bits32(_mm_castps_si128(_mm_cmpgt_ps(PS(a), PS(b))))
#define v_gt_f64(a, b)   bits64(_mm_castpd_si128(_mm_cmpgt_pd(PD(a), PD(b))))
#define v_ge_i8(a, b)    (v_gt_i8(b, a) ^ 0xFFFF)
#define v_ge_i16(a, b)   (v_gt_i16(b, a) ^ 0xFF)
#define v_ge_i32(a, b)   (v_gt_i32(b, a) ^ 0xF)
#define v_ge_i64(a, b)   (v_gt_i64(b, a) ^ 0x3)
#define v_ge_f32(a, b)   bits32(_mm_castps_si128(_mm_cmpge_ps(PS(a), PS(b))))
#define v_ge_f64(a, b)   bits64(_mm_castpd_si128(_mm_cmpge_pd(PD(a), PD(b))))

#endif
