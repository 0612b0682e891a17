/* kernel.h - what a scan kernel is: lanes in, mask words out.
 *
 * A kernel judges `words` times 64 lanes. Bit i of mask[w] answers for lane 64 * w + i. It reads exactly
 * words * 64 * lane-width bytes of `now` (and of `old`, where its form uses it): the caller pads. No alignment is
 * required. `old` is never NULL: pass `now` where the form does not use it. A kernel knows no target, no addresses
 * and no type beyond its lane:
 *   - unsigned: `bias` holds the sign bit, flipped on both sides; else bias is 0
 *   - "not equal", "unchanged", "at most": the caller inverts the mask of the opposite form, and ANDs it with the
 *     lanes that are valid. Floats are never inverted to compare (NaN): the caller picks another form
 *   - by-N that would wrap round is masked out by the caller */
#ifndef MS_KERNEL_H
#define MS_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "../base/compat.h"

typedef enum ms_lane {
    MS_LANE_I8,
    MS_LANE_I16,
    MS_LANE_I32,
    MS_LANE_I64,
    MS_LANE_F32,
    MS_LANE_F64,
    MS_LANE_COUNT
} ms_lane;

typedef enum ms_form {
    MS_FORM_EQ,       /* now == low */
    MS_FORM_GT,       /* now > low */
    MS_FORM_GE,       /* now >= low */
    MS_FORM_IN,       /* low <= now <= high */
    MS_FORM_EQ_OLD,   /* now == old */
    MS_FORM_GT_OLD,   /* now > old */
    MS_FORM_GE_OLD,   /* now >= old */
    MS_FORM_DELTA_EQ, /* now - old == low, modulo the lane's width */
    MS_FORM_DELTA_IN, /* low <= now - old <= high, modulo the lane's width */
    MS_FORM_COUNT
} ms_form;

typedef union ms_lane_value {
    int8_t i8;
    int16_t i16;
    int32_t i32;
    int64_t i64;
    float f32;
    double f64;
} ms_lane_value;

typedef struct ms_operands {
    ms_lane_value low, high, bias;
} ms_operands;

/* Returns all words of the mask or-ed together: 0 where there is nothing to look at. */
typedef uint64_t ms_kernel_fn(const uint8_t *now, const uint8_t *old, size_t words, const ms_operands *operands,
                              uint64_t *mask);

typedef struct ms_kernel_set {
    const char *name;                        /* "scalar", "sse2", "avx2", "avx512", "neon" */
    ms_kernel_fn *const *row[MS_LANE_COUNT]; /* row[lane][form] */
} ms_kernel_set;

/* The best set for this CPU. */
const ms_kernel_set *ms_kernels(void);
/* The sets of this build that this CPU can run, best first, NULL-ended: for tests. */
const ms_kernel_set *const *ms_kernel_sets(void);

#endif
