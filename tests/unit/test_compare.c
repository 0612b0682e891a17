/* test_compare.c - the order of values as they lie in memory: a table written by hand, read in both byte orders and
 * both ways round. */
#include "check_main.h"

#include <stdint.h>

#include "libmemscan/value/compare.h"

typedef struct order_case {
    memscan_type type;
    size_t width;
    uint64_t a, b; /* bit patterns */
    ms_order order;
} order_case;

static const order_case cases[] = {
    { MEMSCAN_I8, 1, 0x7f, 0x80, MS_GREATER }, /* 127, -128 */
    { MEMSCAN_I8, 1, 0xff, 0x00, MS_LESS },
    { MEMSCAN_U8, 1, 0x7f, 0x80, MS_LESS },
    { MEMSCAN_U8, 1, 0xff, 0xff, MS_EQUAL },
    { MEMSCAN_I16, 2, 0x8000, 0x7fff, MS_LESS },
    { MEMSCAN_I16, 2, 0x0100, 0x00ff, MS_GREATER }, /* 256, 255: the byte order matters */
    { MEMSCAN_U16, 2, 0x8000, 0x7fff, MS_GREATER },
    { MEMSCAN_I32, 4, 0xffffffff, 1, MS_LESS }, /* -1, 1 */
    { MEMSCAN_I32, 4, 0x80000000, 0x80000001, MS_LESS },
    { MEMSCAN_U32, 4, 0xffffffff, 1, MS_GREATER },
    { MEMSCAN_I64, 8, UINT64_C(0x8000000000000000), UINT64_C(0x7fffffffffffffff), MS_LESS },
    { MEMSCAN_U64, 8, UINT64_C(0x8000000000000000), UINT64_C(0x7fffffffffffffff), MS_GREATER },
    { MEMSCAN_PTR, 8, UINT64_C(0xffff000000000000), 1, MS_GREATER },
    { MEMSCAN_F32, 4, 0x3f800000, 0x3fc00000, MS_LESS },    /* 1, 1.5 */
    { MEMSCAN_F32, 4, 0xbf800000, 0xbfc00000, MS_GREATER }, /* -1, -1.5 */
    { MEMSCAN_F32, 4, 0xbf800000, 0x00000001, MS_LESS },    /* -1, the least above 0 */
    { MEMSCAN_F32, 4, 0x80000000, 0x00000000, MS_EQUAL },   /* -0, 0 */
    { MEMSCAN_F32, 4, 0x80000001, 0x00000000, MS_LESS },
    { MEMSCAN_F32, 4, 0x7f800000, 0x7f7fffff, MS_GREATER }, /* infinity, the greatest */
    { MEMSCAN_F32, 4, 0xff800000, 0xff7fffff, MS_LESS },
    { MEMSCAN_F32, 4, 0x7f800001, 0x3f800000, MS_UNORDERED }, /* NaNs */
    { MEMSCAN_F32, 4, 0xffc00000, 0xffc00000, MS_UNORDERED },
    { MEMSCAN_F64, 8, UINT64_C(0x3ff0000000000000), UINT64_C(0x3ff0000000000001), MS_LESS },
    { MEMSCAN_F64, 8, UINT64_C(0xfff0000000000000), UINT64_C(0x7ff0000000000000), MS_LESS },
    { MEMSCAN_F64, 8, UINT64_C(0x8000000000000000), 0, MS_EQUAL },
    { MEMSCAN_F64, 8, UINT64_C(0x7ff0000000000001), 0, MS_UNORDERED },
    { MEMSCAN_F64, 8, UINT64_C(0x7ff8000000000000), UINT64_C(0x7ff8000000000000), MS_UNORDERED },
    { MEMSCAN_TEXT, 1, 'a', 'b', MS_UNORDERED },
    { MEMSCAN_HEX, 1, 1, 1, MS_UNORDERED },
    { MEMSCAN_INT, 4, 1, 2, MS_UNORDERED },
};

static void lay(uint64_t bits, size_t width, int big_endian, uint8_t *out)
{
    for (size_t i = 0; i < width; i++)
        out[big_endian ? width - 1 - i : i] = (uint8_t)(bits >> (8 * i));
}

static ms_order reversed(ms_order order)
{
    return order == MS_LESS ? MS_GREATER : order == MS_GREATER ? MS_LESS : order;
}

START_TEST(values_are_ordered)
{
    const order_case *c = &cases[_i];
    for (uint8_t big_endian = 0; big_endian < 2; big_endian++) {
        uint8_t a[8] = { 0 }, b[8] = { 0 };
        memscan_layout layout = { 8, big_endian };
        lay(c->a, c->width, big_endian, a);
        lay(c->b, c->width, big_endian, b);
        ck_assert_int_eq(ms_value_compare(c->type, layout, a, b), c->order);
        ck_assert_int_eq(ms_value_compare(c->type, layout, b, a), reversed(c->order));
    }
}
END_TEST

START_TEST(pointers_are_as_wide_as_the_target_s)
{
    uint8_t a[8] = { 1, 0, 0, 0, 9, 9, 9, 9 }, b[8] = { 2, 0, 0, 0, 0, 0, 0, 0 };
    ck_assert_int_eq(ms_value_compare(MEMSCAN_PTR, (memscan_layout){ 4, 0 }, a, b), MS_LESS);
    ck_assert_int_eq(ms_value_compare(MEMSCAN_PTR, (memscan_layout){ 8, 0 }, a, b), MS_GREATER);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("compare");
    TCase *tests = tcase_create("compare");
    tcase_add_loop_test(tests, values_are_ordered, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, pointers_are_as_wide_as_the_target_s);
    suite_add_tcase(suite, tests);
    return suite;
}
