/* needle_neon.c - the needle search in NEON (AArch64). */
#include <arm_neon.h>
#include <stdint.h>

#include "../base/compat.h"

typedef uint8x16_t vec;
#define VEC_BYTES 16
/* NEON has no movemask: weigh each byte by its bit, add across each half. */
static MS_FORCE_INLINE uint64_t v_bits(vec v)
{
    static const uint8_t weights[16] = { 1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128 };
    vec weighed = vandq_u8(v, vld1q_u8(weights));
    return vaddv_u8(vget_low_u8(weighed)) | (uint64_t)vaddv_u8(vget_high_u8(weighed)) << 8;
}
#define v_load(p)     vld1q_u8(p)
#define v_splat(byte) vdupq_n_u8(byte)
#define v_and         vandq_u8
#define v_or          vorrq_u8
#define v_eq          vceqq_u8
#define v_any(v)      (vmaxvq_u8(v) != 0)
#define NEEDLE_SET    ms_needle_neon
#define NEEDLE_NAME   "neon"
#include "needle_template.h"
