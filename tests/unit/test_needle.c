/* test_needle.c - the masked needle search: every set of this CPU against a naive search.
 *
 * Each hay is a heap block of exactly its length, so that AddressSanitizer sees a read beyond it. */
#include "check_main.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/kernel/needle.h"
#include "random.h"

/* The first fit from `from` on, byte by byte. */
static size_t naive_find(const uint8_t *bytes, const uint8_t *mask, size_t needle_length, const uint8_t *hay,
                         size_t length, size_t from)
{
    for (size_t at = from; at + needle_length <= length; at++) {
        size_t fits = 0;
        while (fits < needle_length && ((hay[at + fits] ^ bytes[fits]) & (mask ? mask[fits] : 0xff)) == 0)
            fits++;
        if (fits == needle_length)
            return at;
    }
    return MS_NEEDLE_NONE;
}

/* Every match from the front to the end, by every set. */
static void compare(const uint8_t *bytes, const uint8_t *mask, size_t needle_length, const uint8_t *hay, size_t length,
                    uint64_t seed)
{
    ms_needle needle;
    ms_needle_init(&needle, bytes, mask, needle_length);
    for (const ms_needle_set *const *set = ms_needle_sets(); *set; set++) {
        size_t from = 0, expected;
        do {
            expected = naive_find(bytes, mask, needle_length, hay, length, from);
            size_t found = (*set)->find(&needle, hay, length, from);
            ck_assert_msg(found == expected, "%s: seed %llu, needle of %zu in %zu from %zu: %zu, not %zu", (*set)->name,
                          (unsigned long long)seed, needle_length, length, from, found, expected);
            from = expected + 1;
        } while (expected != MS_NEEDLE_NONE);
    }
}

/* Bytes of few different values, so that candidates are dense and matches overlap. */
static uint8_t *random_block(uint64_t *state, size_t length, unsigned values)
{
    uint8_t *block = malloc(length ? length : 1);
    ck_assert_ptr_nonnull(block);
    for (size_t i = 0; i < length; i++)
        block[i] = (uint8_t)(test_random(state) % values * 37);
    return block;
}

static uint8_t random_mask(uint64_t *state)
{
    static const uint8_t masks[] = { 0xff, 0xff, 0xff, 0xf0, 0x0f, 0x00 };
    return masks[test_random(state) % sizeof masks];
}

START_TEST(every_set_agrees_with_a_naive_search)
{
    for (uint64_t seed = 1; seed <= 1500; seed++) {
        uint64_t state = seed;
        size_t needle_length = 1 + test_random(&state) % 80, length = test_random(&state) % 600;
        unsigned values = 1 + (unsigned)(test_random(&state) % 3);
        uint8_t *hay = random_block(&state, length, values);
        uint8_t *bytes = random_block(&state, needle_length, values), *mask = random_block(&state, needle_length, 1);
        for (size_t i = 0; i < needle_length; i++)
            mask[i] = random_mask(&state);
        if (length > needle_length && test_random(&state) % 2)
            memcpy(hay + test_random(&state) % (length - needle_length), bytes, needle_length);
        compare(bytes, mask, needle_length, hay, length, seed);
        compare(bytes, NULL, needle_length, hay, length, seed);
        free(mask);
        free(bytes);
        free(hay);
    }
}
END_TEST

/* One match, at every place of hays of every small length, the first and the last byte included, while every other
 * start is a false candidate: the rarest byte stands everywhere. */
START_TEST(one_match_among_false_candidates)
{
    for (size_t needle_length = 1; needle_length <= 80; needle_length += needle_length < 5 ? 1 : 15) {
        uint8_t *bytes = malloc(needle_length);
        ck_assert_ptr_nonnull(bytes);
        memset(bytes, 0xa2, needle_length);
        bytes[needle_length / 2] = 0x00;
        for (size_t length = needle_length; length < needle_length + 140; length++) {
            uint8_t *hay = malloc(length);
            ck_assert_ptr_nonnull(hay);
            for (size_t at = 0; at + needle_length <= length; at++) {
                memset(hay, 0xa2, length);
                memcpy(hay + at, bytes, needle_length);
                ms_needle needle;
                ms_needle_init(&needle, bytes, NULL, needle_length);
                for (const ms_needle_set *const *set = ms_needle_sets(); *set; set++) {
                    ck_assert_uint_eq((*set)->find(&needle, hay, length, 0), at);
                    ck_assert_uint_eq((*set)->find(&needle, hay, length, at), at);
                    ck_assert_uint_eq((*set)->find(&needle, hay, length, at + 1), MS_NEEDLE_NONE);
                }
            }
            free(hay);
        }
        free(bytes);
    }
}
END_TEST

START_TEST(every_alignment_of_hay_and_start)
{
    static const uint8_t bytes[] = { 0x48, 0x80, 0x05, 0x11 }, mask[] = { 0xff, 0xf0, 0x00, 0xff };
    for (size_t shift = 0; shift < 64; shift++) {
        size_t length = 200;
        uint8_t *block = calloc(1, shift + length);
        ck_assert_ptr_nonnull(block);
        for (size_t at = 0; at + sizeof bytes <= length; at += 7) {
            memcpy(block + shift + at, bytes, sizeof bytes);
            block[shift + at + 1] |= (uint8_t)(at % 16);
            block[shift + at + 2] = (uint8_t)at;
        }
        compare(bytes, mask, sizeof bytes, block + shift, length, shift);
        free(block);
    }
}
END_TEST

START_TEST(what_cannot_fit_is_not_found)
{
    static const uint8_t hay[] = { 1, 2, 3 }, bytes[] = { 1, 2, 3, 4 };
    ms_needle needle;
    ms_needle_init(&needle, bytes, NULL, 4);
    for (const ms_needle_set *const *set = ms_needle_sets(); *set; set++) {
        ck_assert_uint_eq((*set)->find(&needle, hay, 3, 0), MS_NEEDLE_NONE);
        ck_assert_uint_eq((*set)->find(&needle, hay, 0, 0), MS_NEEDLE_NONE);
        ck_assert_uint_eq((*set)->find(&needle, hay, 3, SIZE_MAX), MS_NEEDLE_NONE);
    }
}
END_TEST

START_TEST(the_two_rarest_bytes_are_chosen)
{
    static const uint8_t bytes[] = { 0x00, 0x48, 0xa2, 0x00, 0xb2, 0xff };
    static const uint8_t mask[] = { 0xff, 0xff, 0x0f, 0xff, 0xff, 0x00 };
    ms_needle needle;
    ms_needle_init(&needle, bytes, NULL, 6);
    ck_assert_uint_eq(needle.first, 2);
    ck_assert_uint_eq(needle.second, 4);
    ms_needle_init(&needle, bytes, mask, 6); /* a nibble is common, a wildcard is useless */
    ck_assert_uint_eq(needle.first, 4);
    ck_assert_uint_eq(needle.second, 1);
    ms_needle_init(&needle, bytes, NULL, 1);
    ck_assert_uint_eq(needle.first, 0);
    ck_assert_uint_eq(needle.second, 0);
}
END_TEST

START_TEST(commonness_ranks_every_byte_once)
{
    bool seen[256] = { false };
    for (unsigned byte = 0; byte < 256; byte++) {
        unsigned rank = ms_byte_commonness((uint8_t)byte);
        ck_assert_uint_lt(rank, 256);
        ck_assert(!seen[rank]);
        seen[rank] = true;
    }
    ck_assert_uint_eq(ms_byte_commonness(0x00), 255);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("needle");
    TCase *tests = tcase_create("needle");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_set_agrees_with_a_naive_search);
    tcase_add_test(tests, one_match_among_false_candidates);
    tcase_add_test(tests, every_alignment_of_hay_and_start);
    tcase_add_test(tests, what_cannot_fit_is_not_found);
    tcase_add_test(tests, the_two_rarest_bytes_are_chosen);
    tcase_add_test(tests, commonness_ranks_every_byte_once);
    suite_add_tcase(suite, tests);
    return suite;
}
