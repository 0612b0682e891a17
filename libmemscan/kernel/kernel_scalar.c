/* kernel_scalar.c - one lane at a time: the vocabulary of any machine, and the reference that the others are tested
 * against. */
#include <string.h>

#include "kernel_sets.h"

typedef ms_lane_value vec;

/* Parameters: the lane, its C type, and the type to calculate in, which wraps round. */
#define LANE_SCALAR(lane, type, wide)                                                                                  \
    static MS_FORCE_INLINE vec v_load_##lane(const void *p)                                                            \
    {                                                                                                                  \
        vec v = { 0 };                                                                                                 \
        memcpy(&v.lane, p, sizeof v.lane);                                                                             \
        return v;                                                                                                      \
    }                                                                                                                  \
    static MS_FORCE_INLINE vec v_splat_##lane(type x)                                                                  \
    {                                                                                                                  \
        vec v = { 0 };                                                                                                 \
        v.lane = x;                                                                                                    \
        return v;                                                                                                      \
    }                                                                                                                  \
    static MS_FORCE_INLINE vec v_sub_##lane(vec a, vec b)                                                              \
    {                                                                                                                  \
        a.lane = (type)((wide)a.lane - (wide)b.lane);                                                                  \
        return a;                                                                                                      \
    }                                                                                                                  \
    static MS_FORCE_INLINE uint64_t v_eq_##lane(vec a, vec b)                                                          \
    {                                                                                                                  \
        return a.lane == b.lane;                                                                                       \
    }                                                                                                                  \
    static MS_FORCE_INLINE uint64_t v_gt_##lane(vec a, vec b)                                                          \
    {                                                                                                                  \
        return a.lane > b.lane;                                                                                        \
    }                                                                                                                  \
    static MS_FORCE_INLINE uint64_t v_ge_##lane(vec a, vec b)                                                          \
    {                                                                                                                  \
        return a.lane >= b.lane;                                                                                       \
    }
#define BIAS_INTEGER(lane, type, wide)                                                                                 \
    static MS_FORCE_INLINE vec v_bias_##lane(vec a, vec b)                                                             \
    {                                                                                                                  \
        a.lane = (type)((wide)a.lane ^ (wide)b.lane);                                                                  \
        return a;                                                                                                      \
    }
#define BIAS_FLOAT(lane)                                                                                               \
    static MS_FORCE_INLINE vec v_bias_##lane(vec a, vec b)                                                             \
    {                                                                                                                  \
        (void)b;                                                                                                       \
        return a;                                                                                                      \
    }

LANE_SCALAR(i8, int8_t, uint8_t)
BIAS_INTEGER(i8, int8_t, uint8_t)
LANE_SCALAR(i16, int16_t, uint16_t)
BIAS_INTEGER(i16, int16_t, uint16_t)
LANE_SCALAR(i32, int32_t, uint32_t)
BIAS_INTEGER(i32, int32_t, uint32_t)
LANE_SCALAR(i64, int64_t, uint64_t)
BIAS_INTEGER(i64, int64_t, uint64_t)
LANE_SCALAR(f32, float, float)
BIAS_FLOAT(f32)
LANE_SCALAR(f64, double, double)
BIAS_FLOAT(f64)

#define VEC_BYTES BYTES
#include "kernel_lanes.h"

const ms_kernel_set ms_kernels_scalar = MS_KERNEL_SET("scalar");
