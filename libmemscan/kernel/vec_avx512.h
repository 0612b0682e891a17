/* vec_avx512.h - the vector vocabulary in AVX-512 (F and BW): compares give lane bits at once. */
#ifndef MS_VEC_AVX512_H
#define MS_VEC_AVX512_H

#include <immintrin.h>
typedef __m512i vec;
#define VEC_BYTES        64
#define PS(a)            _mm512_castsi512_ps(a)
#define PD(a)            _mm512_castsi512_pd(a)
#define v_load_i8        _mm512_loadu_si512
#define v_load_i16       _mm512_loadu_si512
#define v_load_i32       _mm512_loadu_si512
#define v_load_i64       _mm512_loadu_si512
#define v_load_f32       _mm512_loadu_si512
#define v_load_f64       _mm512_loadu_si512
#define v_splat_i8       _mm512_set1_epi8
#define v_sub_i8         _mm512_sub_epi8
#define v_bias_i8        _mm512_xor_si512
#define v_eq_i8(a, b)    (uint64_t) _mm512_cmpeq_epi8_mask(a, b)
#define v_gt_i8(a, b)    (uint64_t) _mm512_cmpgt_epi8_mask(a, b)
#define v_ge_i8(a, b)    (uint64_t) _mm512_cmpge_epi8_mask(a, b)
#define v_splat_i16      _mm512_set1_epi16
#define v_sub_i16        _mm512_sub_epi16
#define v_bias_i16       _mm512_xor_si512
#define v_eq_i16(a, b)   (uint64_t) _mm512_cmpeq_epi16_mask(a, b)
#define v_gt_i16(a, b)   (uint64_t) _mm512_cmpgt_epi16_mask(a, b)
#define v_ge_i16(a, b)   (uint64_t) _mm512_cmpge_epi16_mask(a, b)
#define v_splat_i32      _mm512_set1_epi32
#define v_sub_i32        _mm512_sub_epi32
#define v_bias_i32       _mm512_xor_si512
#define v_eq_i32(a, b)   (uint64_t) _mm512_cmpeq_epi32_mask(a, b)
#define v_gt_i32(a, b)   (uint64_t) _mm512_cmpgt_epi32_mask(a, b)
#define v_ge_i32(a, b)   (uint64_t) _mm512_cmpge_epi32_mask(a, b)
#define v_splat_i64      _mm512_set1_epi64
#define v_sub_i64        _mm512_sub_epi64
#define v_bias_i64       _mm512_xor_si512
#define v_eq_i64(a, b)   (uint64_t) _mm512_cmpeq_epi64_mask(a, b)
#define v_gt_i64(a, b)   (uint64_t) _mm512_cmpgt_epi64_mask(a, b)
#define v_ge_i64(a, b)   (uint64_t) _mm512_cmpge_epi64_mask(a, b)
#define v_splat_f32(x)   _mm512_castps_si512(_mm512_set1_ps(x))
#define v_sub_f32(a, b)  _mm512_castps_si512(_mm512_sub_ps(PS(a), PS(b)))
#define v_bias_f32(a, b) ((void)(b), (a))
#define v_eq_f32(a, b)   (uint64_t) _mm512_cmp_ps_mask(PS(a), PS(b), _CMP_EQ_OQ)
#define v_gt_f32(a, b)   (uint64_t) _mm512_cmp_ps_mask(PS(a), PS(b), _CMP_GT_OQ)
#define v_ge_f32(a, b)   (uint64_t) _mm512_cmp_ps_mask(PS(a), PS(b), _CMP_GE_OQ)
#define v_splat_f64(x)   _mm512_castpd_si512(_mm512_set1_pd(x))
#define v_sub_f64(a, b)  _mm512_castpd_si512(_mm512_sub_pd(PD(a), PD(b)))
#define v_bias_f64(a, b) ((void)(b), (a))
#define v_eq_f64(a, b)   (uint64_t) _mm512_cmp_pd_mask(PD(a), PD(b), _CMP_EQ_OQ)
#define v_gt_f64(a, b)   (uint64_t) _mm512_cmp_pd_mask(PD(a), PD(b), _CMP_GT_OQ)
#define v_ge_f64(a, b)   (uint64_t) _mm512_cmp_pd_mask(PD(a), PD(b), _CMP_GE_OQ)

#endif
