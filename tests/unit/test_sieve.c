/* test_sieve.c - many needles at once against looking at every place for each: the same places, each told once. Needles
 * and bytes are random, from small alphabets so that much is found and pieces are shared; the seed is printed. */
#include "check_main.h"
#include "counting_allocator.h"

#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/kernel/sieve.h"
#include "random.h"

enum { MOST_NEEDLES = 120, LONGEST = 40, HAY = 1000 };

typedef struct world {
    size_t count, length, start_limit;
    uint8_t bytes[MOST_NEEDLES][LONGEST], mask[MOST_NEEDLES][LONGEST];
    ms_needle needles[MOST_NEEDLES];
    const ms_needle *pointers[MOST_NEEDLES];
    bool taken[MOST_NEEDLES];
    uint8_t *hay; /* exactly `length` bytes, so that a sanitizer sees a step beyond */
    uint8_t visits[MOST_NEEDLES][HAY];
} world;

static world w;
static uint64_t state;

static size_t any(size_t below)
{
    return (size_t)(test_random(&state) % below);
}

static void make_hay(size_t alphabet)
{
    w.length = any(8) ? 64 + any(HAY - 64) : any(64);
    w.start_limit = any(3) ? w.length : any(w.length + 1);
    w.hay = malloc(w.length ? w.length : 1);
    ck_assert_ptr_nonnull(w.hay);
    for (size_t i = 0; i < w.length; i++)
        w.hay[i] = (uint8_t)any(alphabet);
}

/* Mostly what stands somewhere in the hay, at its ends too. */
static void make_needle(size_t index, size_t shortest, size_t longest, bool masked)
{
    size_t length = shortest + any(longest - shortest + 1);
    size_t last = w.length > length ? w.length - length : 0, from = any(4) ? any(last + 1) : any(2) ? 0 : last;
    for (size_t i = 0; i < length; i++) {
        w.bytes[index][i] = from + i < w.length && any(200) ? w.hay[from + i] : (uint8_t)any(256);
        w.mask[index][i] = masked && any(6) == 0 ? (uint8_t)(any(2) ? 0 : 0xf0) : 0xff;
        w.bytes[index][i] &= w.mask[index][i];
    }
    w.mask[index][any(length)] = 0xff;
    ms_needle_init(&w.needles[index], w.bytes[index], masked ? w.mask[index] : NULL, length);
    w.pointers[index] = &w.needles[index];
}

static void note(void *context, size_t needle, size_t at)
{
    (void)context;
    ck_assert_uint_lt(needle, w.count);
    ck_assert(w.taken[needle]);
    ck_assert_uint_lt(at, w.start_limit);
    w.visits[needle][at]++;
}

static bool stands(size_t needle, size_t at)
{
    if (at >= w.start_limit || w.needles[needle].length > w.length - at)
        return false;
    for (size_t i = 0; i < w.needles[needle].length; i++)
        if ((w.hay[at + i] ^ w.bytes[needle][i]) & (w.needles[needle].mask ? w.mask[needle][i] : 0xff))
            return false;
    return true;
}

static void check_seed(unsigned seed)
{
    static const size_t lengths[][2] = { { 1, 6 }, { 4, 10 }, { 7, 14 }, { 11, 20 }, { 15, 40 }, { 1, 40 } };
    state = seed;
    size_t alphabet = any(2) ? 3 + any(4) : 256, shape = any(6);
    bool masked = any(3) == 0;
    memset(&w, 0, sizeof w);
    make_hay(alphabet);
    w.count = any(3) ? 1 + any(20) : 1 + any(MOST_NEEDLES);
    for (size_t i = 0; i < w.count; i++)
        make_needle(i, lengths[shape][0], lengths[shape][1], masked);
    ms_sieve *sieve = ms_sieve_create(&ms_default_allocator, w.pointers, w.count, w.taken);
    ck_assert_ptr_nonnull(sieve);
    ms_sieve_scan(sieve, w.hay, w.length, w.start_limit, note, NULL);
    for (size_t i = 0; i < w.count; i++)
        for (size_t at = 0; at < w.length && w.taken[i]; at++)
            ck_assert_msg(w.visits[i][at] == stands(i, at), "seed %u: needle %zu of %zu, %zu bytes, at %zu of %zu: %u",
                          seed, i, w.count, w.needles[i].length, at, w.length, w.visits[i][at]);
    ms_sieve_destroy(sieve);
    free(w.hay);
}

START_TEST(it_tells_what_looking_everywhere_tells)
{
    for (unsigned seed = 1; seed <= 200; seed++)
        check_seed(seed);
}
END_TEST

START_TEST(who_is_taken)
{
    static const struct {
        const char *bytes, *mask;
        size_t length;
        bool taken;
    } cases[] = {
        { "abc", "\xff\xff\xff", 3, false },
        { "abcd", "\xff\xff\xff\xff", 4, true },
        { "abcdefghij", "\xff\xff\xff\0\xff\xff\xff\0\xff\xff", 10, false }, /* no four in a row */
        { "abcdefghij", "\xff\xff\xff\0\xff\xff\xff\xff\xff\xff", 10, true },
        { "\0\0\0\0\0\0\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff", 8, false }, /* it would stop at every zero */
        { "\0\0\0\0\0\0\0\0\0\1\2\3\4\5\0\0", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16,
          true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ms_needle needle;
        const ms_needle *same[3] = { &needle, &needle, &needle };
        bool taken[3];
        ms_needle_init(&needle, (const uint8_t *)cases[i].bytes, (const uint8_t *)cases[i].mask, cases[i].length);
        ms_sieve *sieve = ms_sieve_create(&ms_default_allocator, same, 3, taken);
        ck_assert_ptr_nonnull(sieve);
        ck_assert_msg(taken[0] == cases[i].taken && taken[2] == cases[i].taken, "case %zu", i);
        ms_sieve_destroy(sieve);
        sieve = ms_sieve_create(&ms_default_allocator, same, 2, taken); /* so few are not worth a pass */
        ck_assert(!taken[0] && !taken[1]);
        ms_sieve_destroy(sieve);
    }
}
END_TEST

/* Needles of all three tiers, so that memory runs out in the second and the third one, too, when the first has its tables. */
START_TEST(every_failing_allocation_is_returned)
{
    static const char *const texts[] = { "a needle of the first tier",
                                         "another one, as long as that",
                                         "the third of the long ones",
                                         "second",
                                         "middle",
                                         "neither",
                                         "four",
                                         "last",
                                         "tiny" };
    enum { COUNT = sizeof texts / sizeof texts[0], TIERS = 3, OF_EACH_TIER = 3, OF_ITSELF = 3 };
    ms_needle needles[COUNT];
    const ms_needle *pointers[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        ms_needle_init(&needles[i], (const uint8_t *)texts[i], NULL, strlen(texts[i]));
        pointers[i] = &needles[i];
    }
    bool struck = true;
    unsigned count = 0;
    for (unsigned n = 1; struck; n++) {
        counting_allocator counting;
        bool taken[COUNT] = { false };
        counting_allocator_init(&counting);
        counting.fail_at = n;
        ms_sieve *sieve = ms_sieve_create(&counting.allocator, pointers, COUNT, taken);
        struck = counting.requests >= n;
        count += struck;
        ck_assert_msg((sieve == NULL) == struck, "allocation %u", n);
        for (size_t i = 0; i < COUNT; i++)
            ck_assert_msg(struck || taken[i], "needle %zu", i);
        ms_sieve_destroy(sieve);
        ck_assert_msg(!counting.blocks && !counting.wrong_sizes, "allocation %u: blocks are left", n);
    }
    ck_assert_uint_ge(count, OF_ITSELF + TIERS * OF_EACH_TIER);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("sieve");
    TCase *tests = tcase_create("sieve");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, it_tells_what_looking_everywhere_tells);
    tcase_add_test(tests, who_is_taken);
    tcase_add_test(tests, every_failing_allocation_is_returned);
    suite_add_tcase(suite, tests);
    return suite;
}
