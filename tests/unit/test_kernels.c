/* test_kernels.c - every set of kernels that this CPU can run, against a judge that takes one lane at a time and knows
 * no vectors: every lane, form and byte offset, over values picked to lie next to each other. */
#define _POSIX_C_SOURCE 200809L
#include "check_main.h"
#include "random.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/kernel/kernel.h"

#define SEED  UINT64_C(0x1234567890abcdef)
#define WORDS 3

__extension__ typedef __int128 wide; /* holds signed and unsigned 64 bits alike */

static const size_t widths[MS_LANE_COUNT] = { 1, 2, 4, 8, 4, 8 };

/* The bits of a value worth asking about: limits, halves that are equal and halves that borrow, special floats. */
static uint64_t interesting(uint64_t *state, ms_lane lane)
{
    static const uint64_t integers[] = { 0,
                                         1,
                                         2,
                                         0x7f,
                                         0x80,
                                         0xff,
                                         0x7fff,
                                         0x8000,
                                         0xffff,
                                         0x7fffffff,
                                         0x80000000,
                                         0xffffffff,
                                         0x100000000,
                                         0x17fffffff,
                                         0x180000000,
                                         0x7fffffff00000000,
                                         0x7fffffffffffffff,
                                         0x8000000000000000,
                                         0x80000000ffffffff,
                                         0xffffffff00000000,
                                         0xfffffffffffffffe,
                                         UINT64_MAX };
    static const double floats[] = { 0.0,      -0.0,      1.0,   -1.0,  1.5,    1e-45,     -1e-45, 5e-324,
                                     -5e-324,  1e30,      -1e30, 1e308, 1e-38,  2e-38,     2.0,    1.0000001,
                                     INFINITY, -INFINITY, NAN,   -NAN,  3.4e38, 16777216.0 };
    uint64_t choice = test_random(state), bits = test_random(state);
    if (choice % 8 == 0)
        return bits;
    if (lane == MS_LANE_F32) {
        float value = (float)floats[bits % (sizeof floats / sizeof floats[0])];
        uint32_t low;
        memcpy(&low, &value, sizeof low);
        return low;
    }
    if (lane == MS_LANE_F64) {
        memcpy(&bits, &floats[bits % (sizeof floats / sizeof floats[0])], sizeof bits);
        return bits;
    }
    return integers[bits % (sizeof integers / sizeof integers[0])];
}

static ms_lane_value lane_value(uint64_t bits)
{
    ms_lane_value value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int order(double a, double b) /* 2: not comparable */
{
    return a < b ? -1 : a > b ? 1 : a == b ? 0 : 2;
}

/* The bits of a lane as a signed, or unsigned, number of its width. */
static wide integer(uint64_t bits, size_t width, bool is_unsigned)
{
    wide value = bits & (UINT64_MAX >> (64 - 8 * width));
    return !is_unsigned && value >> (8 * width - 1) ? value - ((wide)1 << 8 * width) : value;
}

static int order_integers(uint64_t a, uint64_t b, size_t width, bool is_unsigned)
{
    wide x = integer(a, width, is_unsigned), y = integer(b, width, is_unsigned);
    return x < y ? -1 : x > y;
}

static double real(ms_lane lane, uint64_t bits)
{
    ms_lane_value value = lane_value(bits);
    return lane == MS_LANE_F32 ? (double)value.f32 : value.f64;
}

static uint64_t difference(ms_lane lane, uint64_t now, uint64_t old)
{
    ms_lane_value a = lane_value(now), b = lane_value(old), result = { 0 };
    if (lane == MS_LANE_F32)
        result.f32 = a.f32 - b.f32;
    else if (lane == MS_LANE_F64)
        result.f64 = a.f64 - b.f64;
    else
        return now - old;
    uint64_t bits;
    memcpy(&bits, &result, sizeof bits);
    return bits;
}

static bool holds(ms_lane lane, ms_form form, uint64_t now, uint64_t old, uint64_t low, uint64_t high, bool is_unsigned)
{
    bool is_delta = form == MS_FORM_DELTA_EQ || form == MS_FORM_DELTA_IN;
    bool is_old = form == MS_FORM_EQ_OLD || form == MS_FORM_GT_OLD || form == MS_FORM_GE_OLD;
    uint64_t subject = is_delta ? difference(lane, now, old) : now, limit = is_old ? old : low;
    bool is_float = lane == MS_LANE_F32 || lane == MS_LANE_F64;
    size_t width = widths[lane];
    int below =
        is_float ? order(real(lane, subject), real(lane, limit)) : order_integers(subject, limit, width, is_unsigned);
    int above =
        is_float ? order(real(lane, subject), real(lane, high)) : order_integers(subject, high, width, is_unsigned);
    switch (form) {
    case MS_FORM_EQ:
    case MS_FORM_EQ_OLD:
    case MS_FORM_DELTA_EQ: return below == 0;
    case MS_FORM_GT:
    case MS_FORM_GT_OLD: return below == 1;
    case MS_FORM_GE:
    case MS_FORM_GE_OLD: return below == 0 || below == 1;
    default: return (below == 0 || below == 1) && (above == 0 || above == -1);
    }
}

/* One call of one kernel: exact allocations, so that the address sanitizer sees a byte read too many. */
static void check_kernel(const ms_kernel_set *set, ms_lane lane, ms_form form, size_t offset, uint64_t seed)
{
    uint64_t state = seed;
    size_t width = widths[lane], bytes = (size_t)WORDS * 64 * width;
    uint8_t *now_block = malloc(offset + bytes), *old_block = malloc(63 - offset + bytes);
    ck_assert(now_block && old_block);
    uint8_t *now = now_block + offset, *old = old_block + 63 - offset;
    for (size_t i = 0; i < 64 * WORDS; i++) {
        uint64_t a = interesting(&state, lane), b = test_random(&state) % 4 ? interesting(&state, lane) : a;
        memcpy(now + i * width, &a, width);
        memcpy(old + i * width, &b, width);
    }
    bool is_integer = lane < MS_LANE_F32, is_unsigned = is_integer && test_random(&state) % 2;
    uint64_t low = interesting(&state, lane), high = interesting(&state, lane);
    ms_operands operands = { .low = lane_value(low), .high = lane_value(high) };
    if (is_unsigned)
        operands.bias = lane_value(UINT64_C(1) << (8 * width - 1));
    uint64_t mask[WORDS + 1] = { 0, 0, 0, 0x5a5a };
    uint64_t any = set->row[lane][form](now, old, WORDS, &operands, mask);
    ck_assert_msg(any == (mask[0] | mask[1] | mask[2]), "%s, lane %d, form %d: %#llx", set->name, lane, form,
                  (unsigned long long)any);
    for (size_t i = 0; i < 64 * WORDS; i++) {
        uint64_t a = 0, b = 0;
        memcpy(&a, now + i * width, width);
        memcpy(&b, old + i * width, width);
        if ((mask[i / 64] >> i % 64 & 1) != holds(lane, form, a, b, low, high, is_unsigned))
            ck_abort_msg("%s, lane %d, form %d, offset %zu, seed %#llx, lane %zu: %#llx %#llx against %#llx %#llx%s",
                         set->name, lane, form, offset, (unsigned long long)seed, i, (unsigned long long)a,
                         (unsigned long long)b, (unsigned long long)low, (unsigned long long)high,
                         is_unsigned ? " unsigned" : "");
    }
    ck_assert_uint_eq(mask[WORDS], 0x5a5a);
    free(now_block);
    free(old_block);
}

START_TEST(every_set_judges_as_one_lane_at_a_time)
{
    uint64_t state = SEED;
    for (const ms_kernel_set *const *set = ms_kernel_sets(); *set; set++)
        for (int form = 0; form < MS_FORM_COUNT; form++)
            for (size_t offset = 0; offset < 64; offset++)
                check_kernel(*set, (ms_lane)_i, (ms_form)form, offset, test_random(&state) | 1);
}
END_TEST

/* Each pair of the interesting integers, in each of the two lanes of a 128-bit vector and beside every other value:
 * what SSE2 must put together from 32-bit compares. */
START_TEST(sixty_four_bits_compare_whole)
{
    uint64_t state = SEED;
    for (const ms_kernel_set *const *set = ms_kernel_sets(); *set; set++)
        for (unsigned round = 0; round < 2000; round++) {
            uint64_t now[64], mask;
            uint64_t low = interesting(&state, MS_LANE_I64);
            for (size_t i = 0; i < 64; i++)
                now[i] = low + interesting(&state, MS_LANE_I64) * (test_random(&state) % 2 ? 1 : UINT64_MAX);
            ms_operands operands = { .low = lane_value(low) };
            for (int form = MS_FORM_EQ; form <= MS_FORM_GE; form++) {
                (*set)->row[MS_LANE_I64][form]((const uint8_t *)now, (const uint8_t *)now, 1, &operands, &mask);
                for (size_t i = 0; i < 64; i++)
                    if ((mask >> i & 1) != holds(MS_LANE_I64, (ms_form)form, now[i], 0, low, 0, false))
                        ck_abort_msg("%s, form %d: %#llx against %#llx", (*set)->name, form, (unsigned long long)now[i],
                                     (unsigned long long)low);
            }
        }
}
END_TEST

START_TEST(the_best_set_is_the_first)
{
    const ms_kernel_set *const *sets = ms_kernel_sets();
    size_t count = 0;
    ck_assert_ptr_eq(ms_kernels(), sets[0]);
    while (sets[count])
        count++;
    ck_assert_str_eq(sets[count - 1]->name, "scalar");
#if defined(__x86_64__)
    ck_assert_str_eq(sets[count - 2]->name, "sse2");
#elif defined(__aarch64__)
    ck_assert_str_eq(sets[0]->name, "neon");
#endif
}
END_TEST

#if defined(MEMSCAN_CPU_MASK) && defined(__x86_64__)
START_TEST(the_environment_takes_sets_away)
{
    setenv("MEMSCAN_CPU", "-avx512,-avx2", 1);
    ck_assert_str_eq(ms_kernels()->name, "sse2");
    setenv("MEMSCAN_CPU", "-avx512", 1);
    ck_assert_str_ne(ms_kernels()->name, "avx512");
    setenv("MEMSCAN_CPU", "-avx2", 1);
    ck_assert_str_eq(ms_kernels()->name, "sse2");
    unsetenv("MEMSCAN_CPU");
}
END_TEST
#endif

Suite *test_suite(void)
{
    Suite *suite = suite_create("kernels");
    TCase *tests = tcase_create("kernels");
    tcase_add_loop_test(tests, every_set_judges_as_one_lane_at_a_time, 0, MS_LANE_COUNT);
    tcase_add_test(tests, sixty_four_bits_compare_whole);
    tcase_add_test(tests, the_best_set_is_the_first);
#if defined(MEMSCAN_CPU_MASK) && defined(__x86_64__)
    tcase_add_test(tests, the_environment_takes_sets_away);
#endif
    tcase_set_timeout(tests, 60);
    suite_add_tcase(suite, tests);
    return suite;
}
