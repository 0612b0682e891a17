/* test_pack.c - every instruction set's packing of bytes, against the plainest loop. Buffers are exactly as long as is
 * promised, so that a sanitizer sees whoever reads or writes beyond. */
#include "check_main.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/kernel/pack.h"
#include "random.h"

enum { MOST_WORDS = 40 };

typedef struct packed {
    uint8_t *bytes, *mask, *kept;
    size_t words, count;
} packed;

/* Bytes of which about `percent` are zero, in runs of up to `run`. */
static packed make(uint64_t *state, size_t words, unsigned percent, size_t run)
{
    packed made = { malloc(64 * words + 1), malloc(8 * words + 1), malloc(64 * words + 1), words, 0 };
    ck_assert(made.bytes && made.mask && made.kept);
    for (size_t i = 0, left = 0; i<64 * words; i++, left -= left> 0) {
        static bool zero;
        if (left == 0) {
            zero = test_random(state) % 100 < percent;
            left = 1 + test_random(state) % run;
        }
        made.bytes[i] = zero ? 0 : (uint8_t)(1 + test_random(state) % 255);
    }
    memset(made.mask, 0, 8 * words + 1);
    for (size_t i = 0; i < 64 * words; i++)
        if (made.bytes[i]) {
            made.mask[i / 8] = (uint8_t)(made.mask[i / 8] | 1u << i % 8);
            made.kept[made.count++] = made.bytes[i];
        }
    return made;
}

static void destroy(packed *made)
{
    free(made->bytes);
    free(made->mask);
    free(made->kept);
}

static void check_pack(const ms_pack_set *set, const packed *made)
{
    uint8_t *mask = malloc(8 * made->words + 1), *kept = malloc(64 * made->words + 1);
    ck_assert(mask && kept);
    ck_assert_uint_eq(set->pack(made->bytes, made->words, mask, kept), made->count);
    ck_assert_msg(!memcmp(mask, made->mask, 8 * made->words), "%s: the masks differ", set->name);
    ck_assert_msg(!memcmp(kept, made->kept, made->count), "%s: the bytes differ", set->name);
    free(mask);
    free(kept);
}

static void check_unpack(const ms_pack_set *set, const packed *made)
{
    uint8_t *exact = malloc(made->count + !made->count), *back = malloc(64 * made->words + 1);
    ck_assert(exact && back);
    memcpy(exact, made->kept, made->count);
    ck_assert_uint_eq(set->unpack(made->mask, made->words, exact, made->count, back), made->count);
    ck_assert_msg(!memcmp(back, made->bytes, 64 * made->words), "%s: what comes back differs", set->name);
    if (made->count) { /* too few bytes are no bytes */
        uint8_t *fewer = malloc(made->count);
        ck_assert_ptr_nonnull(fewer);
        memcpy(fewer, made->kept, made->count - 1);
        ck_assert_uint_eq(set->unpack(made->mask, made->words, fewer, made->count - 1, back), SIZE_MAX);
        free(fewer);
    }
    free(exact);
    free(back);
}

/* The bytes as they are, and with any one of them another. */
static void check_is_packed(const ms_pack_set *set, const packed *made, uint64_t *state)
{
    uint8_t *exact = malloc(made->count + !made->count), *bytes = malloc(64 * made->words + !made->words);
    ck_assert(exact && bytes);
    memcpy(exact, made->kept, made->count);
    memcpy(bytes, made->bytes, 64 * made->words);
    ck_assert_uint_eq(set->is_packed(made->mask, made->words, exact, made->count, bytes), made->count);
    if (made->count)
        ck_assert_uint_eq(set->is_packed(made->mask, made->words, exact, made->count - 1, bytes), SIZE_MAX);
    for (unsigned i = 0; i < 8 && made->words; i++) {
        size_t at = i ? test_random(state) % (64 * made->words) : 64 * made->words - 1;
        bytes[at] = (uint8_t)(bytes[at] ^ 1u << test_random(state) % 8);
        ck_assert_msg(set->is_packed(made->mask, made->words, exact, made->count, bytes) == SIZE_MAX,
                      "%s: byte %zu is another", set->name, at);
        bytes[at] = made->bytes[at];
    }
    free(exact);
    free(bytes);
}

START_TEST(every_set_packs_like_the_plain_loop)
{
    uint64_t state = 5;
    unsigned sets = 0;
    for (const ms_pack_set *const *set = ms_pack_sets(); *set; set++, sets++)
        for (unsigned round = 0; round < 1500; round++) {
            packed made = make(&state, test_random(&state) % MOST_WORDS, (unsigned)(test_random(&state) % 101),
                               1 + test_random(&state) % (round % 3 ? 3 : 200));
            check_pack(*set, &made);
            check_unpack(*set, &made);
            check_is_packed(*set, &made, &state);
            destroy(&made);
        }
    ck_assert_uint_ge(sets, 1);
}
END_TEST

/* Every mask of eight bits, alone in its word: the tables hold no mistake. */
START_TEST(every_mask_goes_there_and_back)
{
    for (const ms_pack_set *const *set = ms_pack_sets(); *set; set++)
        for (unsigned bits = 0; bits < 256; bits++)
            for (unsigned place = 0; place < 8; place++) {
                uint8_t bytes[64] = { 0 }, mask[8] = { 0 }, kept[64], back[64];
                size_t count = 0;
                for (unsigned i = 0; i < 8; i++)
                    if (bits >> i & 1) {
                        bytes[8 * place + i] = (uint8_t)(0x10 + i);
                        count++;
                    }
                ck_assert_uint_eq((*set)->pack(bytes, 1, mask, kept), count);
                ck_assert_uint_eq(mask[place], bits);
                ck_assert_uint_eq((*set)->unpack(mask, 1, kept, count, back), count);
                ck_assert(!memcmp(bytes, back, 64));
            }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("pack");
    TCase *tests = tcase_create("pack");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, every_set_packs_like_the_plain_loop);
    tcase_add_test(tests, every_mask_goes_there_and_back);
    suite_add_tcase(suite, tests);
    return suite;
}
