/* vec_avx2.h - the vector vocabulary in AVX2. */
#ifndef MS_VEC_AVX2_H
#define MS_VEC_AVX2_H

#include <immintrin.h>
typedef __m256i vec;
#define VEC_BYTES 32
#define PS(a)     _mm256_castsi256_ps(a)
#define PD(a)     _mm256_castsi256_pd(a)
static MS_FORCE_INLINE vec load(const void *p)
{
    return _mm256_loadu_si256(p);
}
static MS_FORCE_INLINE uint64_t bits8(vec m)
{
    return (uint32_t)_mm256_movemask_epi8(m);
}
static MS_FORCE_INLINE uint64_t bits16(vec m) /* packs works per 128-bit half: bring the halves together */
{
    return bits8(_mm256_permute4x64_epi64(_mm256_packs_epi16(m, _mm256_setzero_si256()), 0xD8)) & 0xFFFF;
}
static MS_FORCE_INLINE uint64_t bits32(vec m)
{
    return (uint32_t)_mm256_movemask_ps(PS(m));
}
static MS_FORCE_INLINE uint64_t bits64(vec m)
{
    return (uint32_t)_mm256_movemask_pd(PD(m));
}
#define eq64       _mm256_cmpeq_epi64
#define gt64       _mm256_cmpgt_epi64
#define v_load_i8  load
#define v_load_i16 load
#define v_load_i32 load
#define v_load_i64 load
#define v_load_f32 load
#define v_load_f64 load
static MS_FORCE_INLINE vec v_splat_i8(int8_t x)
{
    return _mm256_set1_epi8(x);
}
static MS_FORCE_INLINE vec v_splat_i16(int16_t x)
{
    return _mm256_set1_epi16(x);
}
static MS_FORCE_INLINE vec v_splat_i32(int32_t x)
{
    return _mm256_set1_epi32(x);
}
static MS_FORCE_INLINE vec v_splat_i64(int64_t x)
{
    return _mm256_set1_epi64x(x);
}
static MS_FORCE_INLINE vec v_splat_f32(float x)
{
    return _mm256_castps_si256(_mm256_set1_ps(x));
}
static MS_FORCE_INLINE vec v_splat_f64(double x)
{
    return _mm256_castpd_si256(_mm256_set1_pd(x));
}
#define v_sub_i8         _mm256_sub_epi8
#define v_sub_i16        _mm256_sub_epi16
#define v_sub_i32        _mm256_sub_epi32
#define v_sub_i64        _mm256_sub_epi64
#define v_sub_f32(a, b)  _mm256_castps_si256(_mm256_sub_ps(PS(a), PS(b)))
#define v_sub_f64(a, b)  _mm256_castpd_si256(_mm256_sub_pd(PD(a), PD(b)))
#define v_bias_i8        _mm256_xor_si256
#define v_bias_i16       _mm256_xor_si256
#define v_bias_i32       _mm256_xor_si256
#define v_bias_i64       _mm256_xor_si256
#define v_bias_f32(a, b) ((void)(b), (a))
#define v_bias_f64(a, b) ((void)(b), (a))
#define v_eq_i8(a, b)    bits8(_mm256_cmpeq_epi8(a, b))
#define v_eq_i16(a, b)   bits16(_mm256_cmpeq_epi16(a, b))
#define v_eq_i32(a, b)   bits32(_mm256_cmpeq_epi32(a, b))
#define v_eq_i64(a, b)   bits64(eq64(a, b))
#define v_eq_f32(a, b)   bits32(_mm256_castps_si256(_mm256_cmp_ps(PS(a), PS(b), _CMP_EQ_OQ)))
#define v_eq_f64(a, b)   bits64(_mm256_castpd_si256(_mm256_cmp_pd(PD(a), PD(b), _CMP_EQ_OQ)))
#define v_gt_i8(a, b)    bits8(_mm256_cmpgt_epi8(a, b))
#define v_gt_i16(a, b)   bits16(_mm256_cmpgt_epi16(a, b))
#define v_gt_i32(a, b)   bits32(_mm256_cmpgt_epi32(a, b))
#define v_gt_i64(a, b)   bits64(gt64(a, b))
#define v_gt_f32(a, b)   bits32(_mm256_castps_si256(_mm256_cmp_ps(PS(a), PS(b), _CMP_GT_OQ)))
#define v_gt_f64(a, b)   bits64(_mm256_castpd_si256(_mm256_cmp_pd(PD(a), PD(b), _CMP_GT_OQ)))
#define v_ge_i8(a, b)    (v_gt_i8(b, a) ^ 0xFFFFFFFF)
#define v_ge_i16(a, b)   (v_gt_i16(b, a) ^ 0xFFFF)
#define v_ge_i32(a, b)   (v_gt_i32(b, a) ^ 0xFF)
#define v_ge_i64(a, b)   (v_gt_i64(b, a) ^ 0xF)
#define v_ge_f32(a, b)   bits32(_mm256_castps_si256(_mm256_cmp_ps(PS(a), PS(b), _CMP_GE_OQ)))
#define v_ge_f64(a, b)   bits64(_mm256_castpd_si256(_mm256_cmp_pd(PD(a), PD(b), _CMP_GE_OQ)))

#endif
