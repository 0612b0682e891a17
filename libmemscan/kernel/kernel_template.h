/* kernel_template.h - the nine kernels of one lane type, for one instruction set. Ordinary C: the form is a constant
 * wherever `judge` is inlined, so each kernel keeps only its own branch.
 *
 * Parameters, consumed by each inclusion:
 *   LANE   i8 i16 i32 i64 f32 f64: the member of ms_lane_value
 *   BYTES  the lane's width
 * The vocabulary included before (vec_*.h) gives vec, VEC_BYTES and for each lane v_load, v_splat, v_sub, v_bias, and
 * v_eq, v_gt, v_ge, which answer with one bit for each lane. */
#define V(op)      V_PASTE(op, LANE)
#define NAME(form) V_PASTE(form, LANE)

static MS_FORCE_INLINE uint64_t NAME(judge)(ms_form form, const uint8_t *now, const uint8_t *old, vec low, vec high,
                                            vec bias)
{
    vec subject = V(v_load)(now);
    if (form == MS_FORM_DELTA_EQ || form == MS_FORM_DELTA_IN)
        subject = V(v_sub)(subject, V(v_load)(old));
    if (form == MS_FORM_EQ_OLD || form == MS_FORM_GT_OLD || form == MS_FORM_GE_OLD)
        low = V(v_bias)(V(v_load)(old), bias);
    subject = V(v_bias)(subject, bias);
    switch (form) {
    case MS_FORM_EQ:
    case MS_FORM_EQ_OLD:
    case MS_FORM_DELTA_EQ: return V(v_eq)(subject, low);
    case MS_FORM_GT:
    case MS_FORM_GT_OLD: return V(v_gt)(subject, low);
    case MS_FORM_GE:
    case MS_FORM_GE_OLD: return V(v_ge)(subject, low);
    default: return V(v_ge)(subject, low) & V(v_ge)(high, subject);
    }
}

static MS_FORCE_INLINE uint64_t NAME(scan)(ms_form form, const uint8_t *now, const uint8_t *old, size_t words,
                                           const ms_operands *operands, uint64_t *mask)
{
    uint64_t any = 0;
    const vec bias = V(v_splat)(operands->bias.LANE);
    const vec low = V(v_bias)(V(v_splat)(operands->low.LANE), bias);
    const vec high = V(v_bias)(V(v_splat)(operands->high.LANE), bias);
    for (size_t w = 0; w < words; w++) {
        uint64_t bits = 0;
        MS_UNROLL /* so that each vector's bits go to their place by a constant */
        for (unsigned at = 0; at < 64 * BYTES; at += VEC_BYTES)
            bits |= NAME(judge)(form, now + at, old + at, low, high, bias) << (at / BYTES);
        mask[w] = bits;
        any |= bits;
        now += 64 * BYTES;
        old += 64 * BYTES;
    }
    return any;
}

#define KERNEL(name, form)                                                                                             \
    static uint64_t NAME(name)(const uint8_t *now, const uint8_t *old, size_t words, const ms_operands *operands,      \
                               uint64_t *mask)                                                                         \
    {                                                                                                                  \
        return NAME(scan)(form, now, old, words, operands, mask);                                                      \
    }
KERNEL(eq, MS_FORM_EQ)
KERNEL(gt, MS_FORM_GT)
KERNEL(ge, MS_FORM_GE)
KERNEL(in, MS_FORM_IN)
KERNEL(eq_old, MS_FORM_EQ_OLD)
KERNEL(gt_old, MS_FORM_GT_OLD)
KERNEL(ge_old, MS_FORM_GE_OLD)
KERNEL(delta_eq, MS_FORM_DELTA_EQ)
KERNEL(delta_in, MS_FORM_DELTA_IN)

static ms_kernel_fn *const NAME(row)[MS_FORM_COUNT] = {
    [MS_FORM_EQ] = NAME(eq),
    [MS_FORM_GT] = NAME(gt),
    [MS_FORM_GE] = NAME(ge),
    [MS_FORM_IN] = NAME(in),
    [MS_FORM_EQ_OLD] = NAME(eq_old),
    [MS_FORM_GT_OLD] = NAME(gt_old),
    [MS_FORM_GE_OLD] = NAME(ge_old),
    [MS_FORM_DELTA_EQ] = NAME(delta_eq),
    [MS_FORM_DELTA_IN] = NAME(delta_in),
};

#undef KERNEL
#undef NAME
#undef V
#undef LANE
#undef BYTES
