/* vec_neon.h - the vector vocabulary in NEON, which every AArch64 has. */
#ifndef MS_VEC_NEON_H
#define MS_VEC_NEON_H

#include <arm_neon.h>
typedef uint8x16_t vec;
#define VEC_BYTES 16
static MS_FORCE_INLINE uint64_t bits8(uint8x16_t m) /* weigh each lane by its bit, add across each half */
{
    static const uint8_t w[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    uint8x16_t t = vandq_u8(m, vld1q_u8(w));
    return vaddv_u8(vget_low_u8(t)) | (uint64_t)vaddv_u8(vget_high_u8(t)) << 8;
}
static MS_FORCE_INLINE uint64_t bits16(uint16x8_t m)
{
    static const uint16_t w[8] = { 1, 2, 4, 8, 16, 32, 64, 128 };
    return vaddvq_u16(vandq_u16(m, vld1q_u16(w)));
}
static MS_FORCE_INLINE uint64_t bits32(uint32x4_t m)
{
    static const uint32_t w[4] = { 1, 2, 4, 8 };
    return vaddvq_u32(vandq_u32(m, vld1q_u32(w)));
}
static MS_FORCE_INLINE uint64_t bits64(uint64x2_t m)
{
    return (vgetq_lane_u64(m, 0) & 1) | (vgetq_lane_u64(m, 1) & 2);
}
#define v_load_i8(p)     vld1q_u8(p)
#define v_splat_i8(x)    vreinterpretq_u8_s8(vdupq_n_s8(x))
#define v_sub_i8(a, b)   vreinterpretq_u8_s8(vsubq_s8(vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b)))
#define v_bias_i8(a, b)  veorq_u8(a, b)
#define v_eq_i8(a, b)    bits8(vceqq_s8(vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b)))
#define v_gt_i8(a, b)    bits8(vcgtq_s8(vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b)))
#define v_ge_i8(a, b)    bits8(vcgeq_s8(vreinterpretq_s8_u8(a), vreinterpretq_s8_u8(b)))
#define v_load_i16(p)    vld1q_u8(p)
#define v_splat_i16(x)   vreinterpretq_u8_s16(vdupq_n_s16(x))
#define v_sub_i16(a, b)  vreinterpretq_u8_s16(vsubq_s16(vreinterpretq_s16_u8(a), vreinterpretq_s16_u8(b)))
#define v_bias_i16(a, b) veorq_u8(a, b)
#define v_eq_i16(a, b)   bits16(vceqq_s16(vreinterpretq_s16_u8(a), vreinterpretq_s16_u8(b)))
#define v_gt_i16(a, b)   bits16(vcgtq_s16(vreinterpretq_s16_u8(a), vreinterpretq_s16_u8(b)))
#define v_ge_i16(a, b)   bits16(vcgeq_s16(vreinterpretq_s16_u8(a), vreinterpretq_s16_u8(b)))
#define v_load_i32(p)    vld1q_u8(p)
#define v_splat_i32(x)   vreinterpretq_u8_s32(vdupq_n_s32(x))
#define v_sub_i32(a, b)  vreinterpretq_u8_s32(vsubq_s32(vreinterpretq_s32_u8(a), vreinterpretq_s32_u8(b)))
#define v_bias_i32(a, b) veorq_u8(a, b)
#define v_eq_i32(a, b)   bits32(vceqq_s32(vreinterpretq_s32_u8(a), vreinterpretq_s32_u8(b)))
#define v_gt_i32(a, b)   bits32(vcgtq_s32(vreinterpretq_s32_u8(a), vreinterpretq_s32_u8(b)))
#define v_ge_i32(a, b)   bits32(vcgeq_s32(vreinterpretq_s32_u8(a), vreinterpretq_s32_u8(b)))
#define v_load_i64(p)    vld1q_u8(p)
#define v_splat_i64(x)   vreinterpretq_u8_s64(vdupq_n_s64(x))
#define v_sub_i64(a, b)  vreinterpretq_u8_s64(vsubq_s64(vreinterpretq_s64_u8(a), vreinterpretq_s64_u8(b)))
#define v_bias_i64(a, b) veorq_u8(a, b)
#define v_eq_i64(a, b)   bits64(vceqq_s64(vreinterpretq_s64_u8(a), vreinterpretq_s64_u8(b)))
#define v_gt_i64(a, b)   bits64(vcgtq_s64(vreinterpretq_s64_u8(a), vreinterpretq_s64_u8(b)))
#define v_ge_i64(a, b)   bits64(vcgeq_s64(vreinterpretq_s64_u8(a), vreinterpretq_s64_u8(b)))
#define v_load_f32(p)    vld1q_u8(p)
#define v_splat_f32(x)   vreinterpretq_u8_f32(vdupq_n_f32(x))
#define v_sub_f32(a, b)  vreinterpretq_u8_f32(vsubq_f32(vreinterpretq_f32_u8(a), vreinterpretq_f32_u8(b)))
#define v_bias_f32(a, b) ((void)(b), (a))
#define v_eq_f32(a, b)   bits32(vceqq_f32(vreinterpretq_f32_u8(a), vreinterpretq_f32_u8(b)))
#define v_gt_f32(a, b)   bits32(vcgtq_f32(vreinterpretq_f32_u8(a), vreinterpretq_f32_u8(b)))
#define v_ge_f32(a, b)   bits32(vcgeq_f32(vreinterpretq_f32_u8(a), vreinterpretq_f32_u8(b)))
#define v_load_f64(p)    vld1q_u8(p)
#define v_splat_f64(x)   vreinterpretq_u8_f64(vdupq_n_f64(x))
#define v_sub_f64(a, b)  vreinterpretq_u8_f64(vsubq_f64(vreinterpretq_f64_u8(a), vreinterpretq_f64_u8(b)))
#define v_bias_f64(a, b) ((void)(b), (a))
#define v_eq_f64(a, b)   bits64(vceqq_f64(vreinterpretq_f64_u8(a), vreinterpretq_f64_u8(b)))
#define v_gt_f64(a, b)   bits64(vcgtq_f64(vreinterpretq_f64_u8(a), vreinterpretq_f64_u8(b)))
#define v_ge_f64(a, b)   bits64(vcgeq_f64(vreinterpretq_f64_u8(a), vreinterpretq_f64_u8(b)))

#endif
