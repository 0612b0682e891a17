/* test_change.c - values against what stood there before. The judge: integers in 128 bits; floats that are multiples of
 * 1/1024, so that they, their differences and their percentages are whole numbers of a small unit. */
#define _GNU_SOURCE
#include "check_main.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/question/change.h"

__extension__ typedef __int128 exact;

static uint64_t seed;

static uint64_t draw64(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    uint64_t high = seed >> 32;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return high << 32 | seed >> 32;
}

static uint32_t draw(uint32_t below)
{
    return (uint32_t)(draw64() % below);
}

static ms_change *parse(const char *text)
{
    ms_change *change = NULL;
    memscan_error error;
    ck_assert_msg(ms_change_is_meant(text, strlen(text)), "%s", text);
    ck_assert_msg(ms_change_parse(text, strlen(text), &ms_default_allocator, &change, &error) == MEMSCAN_OK, "%s: %s",
                  text, error.text);
    return change;
}

static const memscan_layout little = { 8, 0 }, big = { 8, 1 };
static const memscan_type integers[] = { MEMSCAN_I8,  MEMSCAN_U8,  MEMSCAN_I16, MEMSCAN_U16, MEMSCAN_I32,
                                         MEMSCAN_U32, MEMSCAN_I64, MEMSCAN_U64, MEMSCAN_PTR };

static bool is_signed(memscan_type type)
{
    return type == MEMSCAN_I8 || type == MEMSCAN_I16 || type == MEMSCAN_I32 || type == MEMSCAN_I64;
}

static exact value_of(memscan_type type, size_t width, uint64_t bits)
{
    exact value = width == 8 ? (exact)bits : (exact)(bits & (((uint64_t)1 << 8 * width) - 1));
    exact half = (exact)1 << (8 * width - 1);
    return is_signed(type) && value >= half ? value - 2 * half : value;
}

/* The question in numbers: 0..3 the words, 4 "by low..high", 5 "by so many percent". */
typedef struct asked {
    char text[64];
    int kind;
    exact low, high, percent, unit;
} asked;

static asked draw_question(size_t width)
{
    static const char *const names[] = { "changed", "unchanged", "increased", "decreased" };
    asked q = { .kind = (int)draw(7) };
    uint64_t a = draw(2) ? draw(20) : draw64() >> (64 - 8 * width), b = a + draw(10);
    if (b < a)
        b = a;
    if (q.kind < 4) {
        snprintf(q.text, sizeof q.text, "%s", names[q.kind]);
    } else if (q.kind == 4) {
        bool down = draw(2);
        snprintf(q.text, sizeof q.text, "%c%llu", down ? '-' : '+', (unsigned long long)a);
        q.low = q.high = down ? -(exact)a : (exact)a;
    } else if (q.kind == 5) {
        unsigned form = draw(3); /* +a..+b, -b..-a, -a..+b */
        snprintf(q.text, sizeof q.text, "%c%llu..%c%llu", form == 0 ? '+' : '-',
                 (unsigned long long)(form == 1 ? b : a), form == 1 ? '-' : '+',
                 (unsigned long long)(form == 1 ? a : b));
        q.low = form == 0 ? (exact)a : form == 1 ? -(exact)b : -(exact)a;
        q.high = form == 1 ? -(exact)a : (exact)b;
        q.kind = 4;
    } else {
        q.kind = 5;
        unsigned tenths = draw(3000);
        bool down = draw(2);
        snprintf(q.text, sizeof q.text, "%c%u.%u%s%%", down ? '-' : '+', tenths / 10, tenths % 10, draw(2) ? "" : "0");
        q.percent = down ? -(exact)tenths : (exact)tenths;
        q.unit = 1000;
        q.low = down ? -1 : 1; /* the direction, for 0 % */
    }
    return q;
}

static bool expected(const asked *q, exact now, exact old)
{
    exact difference = now - old, size = old < 0 ? -old : old;
    switch (q->kind) {
    case 0: return difference != 0;
    case 1: return difference == 0;
    case 2: return difference > 0;
    case 3: return difference < 0;
    case 4: return difference >= q->low && difference <= q->high;
    default: {
        exact share = size * (q->percent < 0 ? -q->percent : q->percent); /* to the nearest, half away from zero */
        exact rounded = (share + q->unit / 2) / q->unit;
        return difference == (q->low < 0 ? -rounded : rounded);
    }
    }
}

static void store(uint8_t *place, uint64_t bits, size_t width, bool is_big)
{
    for (size_t i = 0; i < width; i++)
        place[is_big ? width - 1 - i : i] = (uint8_t)(bits >> 8 * i);
}

/* A value near the old one, near a limit, or anywhere. */
static uint64_t draw_near(uint64_t old, const asked *q)
{
    switch (draw(5)) {
    case 0: return old;
    case 1: return old + (uint64_t)q->low + draw(3) - 1;
    case 2: return old + draw(41) - 20;
    case 3: return draw64() >> draw(64);
    default: return old + (uint64_t)(q->percent * (exact)(old & 0xffff) / 1000) + draw(3) - 1;
    }
}

#define LANES 256

START_TEST(integers_are_judged_exactly)
{
    memscan_type type = integers[_i];
    size_t width = memscan_type_width(type, 8);
    static uint8_t now[LANES * 8 + 512], old[LANES * 8 + 512];
    seed = 1000 + (unsigned)_i;
    for (int round = 0; round < 1500; round++) {
        asked q = draw_question(width);
        ms_change *change = parse(q.text);
        bool is_big = draw(4) == 0;
        memscan_layout layout = is_big ? big : little;
        bool wanted[LANES];
        for (size_t i = 0; i < LANES; i++) {
            uint64_t before = draw(3) ? draw(50) - 20ull : draw64() >> draw(64), after = draw_near(before, &q);
            store(old + i * width, before, width, is_big);
            store(now + i * width, after, width, is_big);
            wanted[i] = expected(&q, value_of(type, width, after), value_of(type, width, before));
            ck_assert_msg(ms_change_at(change, type, layout, now + i * width, old + i * width, width) == wanted[i],
                          "round %d: %s %s: %llx -> %llx", round, memscan_type_name(type), q.text,
                          (unsigned long long)before, (unsigned long long)after);
        }
        uint64_t mask[LANES / 64], spare[LANES / 64];
        if (ms_change_mark(change, type, layout, now, old, LANES / 64, spare, mask))
            for (size_t i = 0; i < LANES; i++)
                ck_assert_msg((mask[i / 64] >> i % 64 & 1) == wanted[i], "round %d: %s lane %zu", round, q.text, i);
        ms_change_destroy(change);
    }
}
END_TEST

/* Floats of k / 1024 with |k| < 2^22; written numbers have three decimals at most. The unit is 1 / 1,024,000,000. */
static exact units(int64_t k)
{
    return (exact)k * 1000000;
}

START_TEST(floats_are_judged_exactly)
{
    bool wide = _i;
    seed = 2000 + (unsigned)_i;
    for (int round = 0; round < 60000; round++) {
        char text[64];
        unsigned places = draw(4), scale = places == 0 ? 1 : places == 1 ? 10 : places == 2 ? 100 : 1000;
        unsigned written = draw(draw(2) ? 30 : 4000) + 1;
        bool down = draw(2), plain = draw(3) != 0, percent = draw(3) == 0;
        int used =
            snprintf(text, sizeof text, "%c%s%u", down ? '-' : '+', plain || percent ? "" : "=", written / scale);
        if (places)
            used += snprintf(text + used, sizeof text - (size_t)used, ".%0*u", (int)places, written % scale);
        if (percent)
            snprintf(text + used, sizeof text - (size_t)used, "%%");
        int64_t before = (int64_t)draw(1 << 22) - (1 << 21), after;
        exact amount = (exact)written * (1024000000 / scale), half = 1024000000 / scale / 2;
        int64_t size = before < 0 ? -before : before;
        int64_t about = percent ? (int64_t)(size * (int64_t)written / (int64_t)scale / 100)
                                : (int64_t)written * 1024 / (int64_t)scale;
        after = before + (down ? -about : about) + (int64_t)draw(9) - 4;
        if (!percent && !plain == 0 && draw(2)) /* right at the bounds: half a digit off */
            after += (draw(2) ? 1 : -1) * (int64_t)(half / 1000000);
        float f[2] = { (float)after / 1024, (float)before / 1024 };
        double d[2] = { (double)after / 1024, (double)before / 1024 };
        exact difference = units(down ? before - after : after - before);
        bool wanted;
        if (percent) /* both sides times 100 */
            wanted = before != 0 && difference * 100 * 1024000000 >= (amount - half) * units(size) &&
                     difference * 100 * 1024000000 < (amount + half) * units(size);
        else
            wanted = plain ? difference >= amount - half && difference < amount + half : difference == amount;
        ms_change *change = parse(text);
        bool got = wide ? ms_change_at(change, MEMSCAN_F64, little, (uint8_t *)&d[0], (uint8_t *)&d[1], 8)
                        : ms_change_at(change, MEMSCAN_F32, little, (uint8_t *)&f[0], (uint8_t *)&f[1], 4);
        ck_assert_msg(got == wanted, "round %d: %s: %lld/1024 -> %lld/1024", round, text, (long long)before,
                      (long long)after);
        ms_change_destroy(change);
    }
}
END_TEST

START_TEST(strange_floats_are_defined)
{
    static const struct {
        const char *text;
        double old, now;
        bool matches;
    } cases[] = {
        { "changed", NAN, NAN, false },
        { "unchanged", NAN, NAN, true },
        { "changed", 0.0, -0.0, true },
        { "increased", -0.0, 0.0, false },
        { "decreased", 0.0, -0.0, false },
        { "increased", NAN, 1, false },
        { "increased", 1, NAN, false },
        { "decreased", NAN, 1, false },
        { "increased", 1, INFINITY, true },
        { "decreased", 1, -INFINITY, true },
        { "increased", -INFINITY, -1e308, true },
        { "+5", INFINITY, INFINITY, false },
        { "+5", 1, INFINITY, false },
        { "+=1e0", 0x1p53, 0x1p53 + 2, false },
        { "+=2", 0x1p53, 0x1p53 + 2, true },
        { "+1e-320", 0, 1e-320, false }, /* the decimal, not the denormal next to it */
        { "+0.1..+0.2", 0, 0.15, true },
        { "+=0.1", 0, 0.1, false }, /* 0.1 is no double */
        { "+0.1", 0, 0.1, true },
        { "+10%", 0, 1, false },
        { "+100%", 1e308, INFINITY, false },
        { "-1..+1", -1e308, 1e308, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ms_change *change = parse(cases[i].text);
        ck_assert_msg(ms_change_at(change, MEMSCAN_F64, little, (const uint8_t *)&cases[i].now,
                                   (const uint8_t *)&cases[i].old, 8) == cases[i].matches,
                      "%s: %a -> %a", cases[i].text, cases[i].old, cases[i].now);
        ms_change_destroy(change);
    }
}
END_TEST

START_TEST(float_kernels_agree_with_the_plain_way)
{
    static const char *const questions[] = { "changed", "unchanged", "increased", "decreased" };
    static const uint32_t special[] = { 0, 0x80000000, 1, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00001, 0x3f800000 };
    static uint8_t now[LANES * 8 + 512], old[LANES * 8 + 512];
    seed = 3000;
    for (int round = 0; round < 400; round++) {
        memscan_type type = draw(2) ? MEMSCAN_F32 : MEMSCAN_F64;
        size_t width = type == MEMSCAN_F32 ? 4 : 8;
        ms_change *change = parse(questions[draw(4)]);
        for (size_t i = 0; i < LANES; i++) {
            uint64_t a = draw(2) ? special[draw(8)] : draw64(), b = draw(2) ? a : draw(2) ? special[draw(8)] : draw64();
            store(now + i * width, width == 8 && draw(2) ? a << 32 : a, width, false);
            store(old + i * width, width == 8 && draw(2) ? b << 32 : b, width, false);
        }
        uint64_t mask[LANES / 64], spare[LANES / 64];
        ck_assert(ms_change_mark(change, type, little, now, old, LANES / 64, spare, mask));
        for (size_t i = 0; i < LANES; i++)
            ck_assert_int_eq(mask[i / 64] >> i % 64 & 1,
                             ms_change_at(change, type, little, now + i * width, old + i * width, width));
        ms_change_destroy(change);
    }
}
END_TEST

START_TEST(what_cannot_be_meant_is_refused)
{
    static const char *const bad[] = { "+",           "-",      "+x",     "+-5",        "--5",    "+5..9", "+5..+",
                                       "+9..+5",      "-5..-9", "+5..-5", "+%",         "+1e999", "+10%%", "+0x10%",
                                       "+1.2345678%", "+inf",   "-nan",   "+1..+2..+3", "+ 5",    "grown" };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ms_change *change;
        memscan_error error;
        memscan_status status = ms_change_parse(bad[i], strlen(bad[i]), &ms_default_allocator, &change, &error);
        ck_assert_msg(status == MEMSCAN_INVALID, "%s", bad[i]);
        ck_assert_ptr_null(change);
        ck_assert(error.hint[0] != '\0');
    }
    ms_change *half = parse("+0.5"), *up = parse("increased"), *changed = parse("changed");
    ck_assert_int_eq(ms_change_fits(half, MEMSCAN_I32, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(ms_change_fits(half, MEMSCAN_F32, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_change_fits(up, MEMSCAN_TEXT, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(ms_change_fits(changed, MEMSCAN_HEX, NULL), MEMSCAN_OK);
    ms_change_destroy(half);
    ms_change_destroy(up);
    ms_change_destroy(changed);
    ck_assert(!ms_change_is_meant("=-5", 3));
    ck_assert(!ms_change_is_meant("5", 1));
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("change");
    TCase *tests = tcase_create("change");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, integers_are_judged_exactly, 0, sizeof integers / sizeof integers[0]);
    tcase_add_loop_test(tests, floats_are_judged_exactly, 0, 2);
    tcase_add_test(tests, strange_floats_are_defined);
    tcase_add_test(tests, float_kernels_agree_with_the_plain_way);
    tcase_add_test(tests, what_cannot_be_meant_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
