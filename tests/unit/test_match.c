/* test_match.c - what a session remembers: squeezed bytes, blocks, the store, match sets, steps and the session file.
 * Judged by plain models: byte arrays and lists that never squeeze anything. */
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/bytes.h"
#include "libmemscan/base/checksum.h"
#include "libmemscan/match/session.h"
#include "libmemscan/match/squeeze.h"
#include "scratch_folder.h"

static const memscan_allocator *const heap = &ms_default_allocator;

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

/* Bytes of which about `percent` are zero, in runs and singly. */
static void fill(uint8_t *bytes, size_t length, uint32_t percent)
{
    for (size_t i = 0; i < length;) {
        size_t run = 1 + draw(20);
        bool zero = draw(100) < percent;
        for (; run-- && i < length; i++)
            bytes[i] = zero ? 0 : (uint8_t)draw(256);
    }
}

START_TEST(checksums_are_xxh64)
{
    /* from xxhsum -H64 */
    static const struct {
        const char *text;
        uint64_t sum;
    } known[] = {
        { "", 0xef46db3751d8e999u },
        { "a", 0xd24ec4f1a98c6e5bu },
        { "abc", 0x44bc2cf5ad770999u },
        { "Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1u },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        ck_assert_uint_eq(ms_checksum(known[i].text, strlen(known[i].text)), known[i].sum);
}
END_TEST

START_TEST(squeezing_loses_nothing_and_stays_in_bounds)
{
    static uint8_t bytes[3000], squeezed[MS_SQUEEZE_BOUND(3000)], back[3001];
    seed = 11;
    for (int round = 0; round < 2000; round++) {
        size_t length = draw(round < 200 ? 40 : 3000);
        fill(bytes, length, draw(101));
        size_t size = ms_squeeze(bytes, length, squeezed);
        ck_assert_uint_le(size, MS_SQUEEZE_BOUND(length));
        back[length] = 0xa5;
        ck_assert_msg(ms_unsqueeze(squeezed, size, back, length), "round %d length %zu", round, length);
        ck_assert_msg(memcmp(bytes, back, length) == 0, "round %d length %zu", round, length);
        ck_assert_uint_eq(back[length], 0xa5);
        if (size > 0)
            ck_assert(!ms_unsqueeze(squeezed, size - 1, back, length) || length == 0);
    }
}
END_TEST

/* Bytes are recognised by their squeezed form, and so is any that is another. */
START_TEST(squeezed_bytes_are_recognised)
{
    static uint8_t bytes[3000], squeezed[MS_SQUEEZE_BOUND(3000)];
    seed = 12;
    for (int round = 0; round < 2000; round++) {
        size_t length = 1 + draw(round < 200 ? 40 : 2999);
        fill(bytes, length, draw(101));
        size_t size = ms_squeeze(bytes, length, squeezed);
        ck_assert_msg(ms_is_squeezed(squeezed, size, bytes, length), "round %d length %zu", round, length);
        ck_assert(!ms_is_squeezed(squeezed, size - 1, bytes, length));
        ck_assert(!ms_is_squeezed(squeezed, size + 1, bytes, length));
        size_t at = draw(4) ? draw((uint32_t)length) : length - 1;
        bytes[at] ^= (uint8_t)(1u << draw(8));
        ck_assert_msg(!ms_is_squeezed(squeezed, size, bytes, length), "round %d byte %zu of %zu", round, at, length);
    }
}
END_TEST

/* A part needs the packed bytes before it and its own, and not one more. */
START_TEST(a_part_of_what_was_squeezed_comes_back)
{
    static uint8_t bytes[3000], squeezed[MS_SQUEEZE_BOUND(3000)], back[3001];
    seed = 13;
    for (int round = 0; round < 2000; round++) {
        size_t length = 1 + draw(round < 200 ? 140 : 2999), from = draw((uint32_t)length / 64 + 1) * 64;
        size_t count = draw((uint32_t)(length - from) + 1), needed = (length + 7) / 8, own = 0;
        fill(bytes, length, draw(101));
        size_t size = ms_squeeze(bytes, length, squeezed);
        for (size_t i = 0; i < from + count; i++) {
            needed += bytes[i] != 0;
            own += i >= from && bytes[i] != 0;
        }
        uint8_t *exact = malloc(needed);
        memcpy(exact, squeezed, needed);
        back[count] = 0xa5;
        ck_assert_msg(ms_unsqueeze_part(squeezed, size, length, from, back, count), "round %d", round);
        ck_assert_msg(ms_unsqueeze_part(exact, needed, length, from, back, count), "round %d", round);
        ck_assert_mem_eq(back, bytes + from, count);
        ck_assert_uint_eq(back[count], 0xa5);
        if (own)
            ck_assert(!ms_unsqueeze_part(exact, needed - 1, length, from, back, count));
        ck_assert(!ms_unsqueeze_part(squeezed, size, length, from + 8, back, count));
        ck_assert(!ms_unsqueeze_part(squeezed, size, length, from, back, length - from + 1));
        free(exact);
    }
}
END_TEST

static const ms_planes plane_sets[] = {
    { 1, { { MEMSCAN_I32, 4, 4 } } },
    { 1, { { MEMSCAN_U8, 1, 1 } } },
    { 1, { { MEMSCAN_I32, 1, 4 } } },
    { 1, { { MEMSCAN_HEX, 1, 37 } } },
    { 1, { { MEMSCAN_I16, 8, 2 } } },
    { 1, { { MEMSCAN_HEX, 1, 3 } } },
    { 6,
      { { MEMSCAN_I8, 1, 1 },
        { MEMSCAN_I16, 2, 2 },
        { MEMSCAN_I32, 4, 4 },
        { MEMSCAN_I64, 8, 8 },
        { MEMSCAN_F32, 4, 4 },
        { MEMSCAN_F64, 8, 8 } } },
};
#define PLANE_SETS (sizeof plane_sets / sizeof plane_sets[0])

/* Random matches that lie within what the block holds: all, many, few, or hardly any. */
static void draw_matches(ms_block *block)
{
    for (uint32_t p = 0; p < block->planes->count; p++) {
        const ms_plane *plane = &block->planes->plane[p];
        uint32_t first = ms_block_first(block, p), slots = ms_block_slots(block, p);
        static const uint32_t of_30000[] = { 30000, 15000, 600, 3 };
        uint32_t density = of_30000[draw(4)];
        for (uint32_t slot = 0; slot < slots; slot++)
            if (draw(30000) < density && first + slot * plane->stride + plane->width <= block->size + block->tail)
                block->starts[p][slot / 64] |= (uint64_t)1 << slot % 64;
    }
}

/* The matches of two blocks and the bytes under them are the same; walks them one by one. */
static void assert_same(const ms_block *a, const ms_block *b)
{
    uint64_t count = 0;
    for (uint32_t from = 0;; count++) {
        uint32_t at_a, at_b, planes_a, planes_b;
        bool more_a = ms_block_next(a, from, &at_a, &planes_a), more_b = ms_block_next(b, from, &at_b, &planes_b);
        ck_assert_int_eq(more_a, more_b);
        if (!more_a)
            break;
        ck_assert_uint_eq(at_a, at_b);
        ck_assert_uint_eq(planes_a, planes_b);
        for (uint32_t p = 0; p < a->planes->count; p++)
            if (planes_a >> p & 1)
                ck_assert_mem_eq(a->bytes + at_a, b->bytes + at_a, a->planes->plane[p].width);
        from = at_a + 1;
    }
    ck_assert_uint_eq(ms_block_count(a), count);
    ck_assert_uint_eq(ms_block_count(b), count);
}

START_TEST(blocks_come_back_as_they_were)
{
    const ms_planes *planes = &plane_sets[_i];
    ms_block block, back;
    ck_assert_int_eq(ms_block_init(&block, heap, planes), MEMSCAN_OK);
    ck_assert_int_eq(ms_block_init(&back, heap, planes), MEMSCAN_OK);
    uint8_t *blob = malloc(ms_block_blob_bound(planes));
    seed = 100 + (unsigned)_i;
    for (int round = 0; round < 25; round++) {
        uint64_t base = 0x7f0000000000u + draw(1 << 20);
        uint32_t size = 1 + draw(draw(2) ? MS_BLOCK_BYTES : 300), tail = draw(2) ? draw(64) : 0;
        ms_block_reset(&block, base, size, tail);
        ms_block_reset(&back, base, size, tail);
        fill(block.bytes, size + tail, draw(101));
        draw_matches(&block);
        size_t length = ms_block_encode(&block, blob);
        ck_assert_uint_le(length, ms_block_blob_bound(planes));
        ck_assert_int_eq(ms_block_decode(&back, blob, length, NULL), MEMSCAN_OK);
        assert_same(&block, &back);
        ms_block_reset(&back, base, size, tail);
        ck_assert_int_eq(ms_block_decode_starts(&back, blob, length, NULL), MEMSCAN_OK);
        memcpy(back.bytes, block.bytes, size + tail);
        assert_same(&block, &back); /* where they are, without their bytes */
        ms_block_reset(&back, base, size, tail);
        ck_assert(ms_block_is_empty(&back)); /* nothing is left of what was decoded, wherever it was */
        if (length > 1) {
            ms_block_reset(&back, base, size, tail);
            ck_assert_int_eq(ms_block_decode(&back, blob, length - 1, NULL), MEMSCAN_CORRUPT);
            ck_assert(ms_block_is_empty(&back));
        }
    }
    free(blob);
    ms_block_deinit(&block);
    ms_block_deinit(&back);
}
END_TEST

/* Takes one match in `one_in` away. Returns how many are gone, of all planes. */
static uint32_t drop_matches(ms_block *block, uint32_t one_in)
{
    uint32_t gone = 0;
    for (uint32_t p = 0; p < block->planes->count; p++)
        for (uint32_t slot = 0; slot < ms_block_slots(block, p); slot++) {
            uint64_t bit = (uint64_t)1 << slot % 64;
            if (block->starts[p][slot / 64] & bit && draw(one_in) == 0) {
                block->starts[p][slot / 64] &= ~bit;
                gone++;
            }
        }
    return gone;
}

/* Some byte under the first match of the block. */
static uint8_t *byte_of_a_match(const ms_block *block)
{
    uint32_t offset, planes, p = 0;
    ck_assert(ms_block_next(block, 0, &offset, &planes));
    while (!(planes >> p & 1))
        p++;
    return &block->bytes[offset + draw(block->planes->plane[p].width)];
}

START_TEST(what_is_left_of_a_block_has_its_bytes)
{
    const ms_planes *planes = &plane_sets[_i];
    ms_block block, back;
    uint32_t gone = 0;
    ck_assert_int_eq(ms_block_init(&block, heap, planes), MEMSCAN_OK);
    ck_assert_int_eq(ms_block_init(&back, heap, planes), MEMSCAN_OK);
    uint8_t *blob = malloc(ms_block_blob_bound(planes)), *left = malloc(ms_block_blob_bound(planes));
    seed = 170 + (unsigned)_i;
    for (int round = 0; round < 50; round++) {
        uint32_t size = 1 + draw(draw(2) ? MS_BLOCK_BYTES : 300), tail = draw(2) ? draw(64) : 0;
        ms_block_reset(&block, 0x7f0000000000u + draw(1 << 20), size, tail);
        fill(block.bytes, size + tail, draw(101));
        draw_matches(&block);
        size_t length = ms_block_encode(&block, blob);
        ms_block_reset(&back, block.base, size, tail);
        ck_assert_int_eq(ms_block_decode(&back, blob, length, NULL), MEMSCAN_OK);
        ck_assert(ms_block_has_bytes_of(&back, &block) && ms_block_has_starts_of(&back, &block));
        uint32_t dropped = drop_matches(&block, 1 + draw(5));
        ck_assert(ms_block_has_bytes_of(&block, &back));
        ck_assert_int_eq(ms_block_has_starts_of(&block, &back), dropped == 0);
        size_t left_length = ms_block_encode_left(&block, left);
        ck_assert_int_eq(ms_block_decode_left(&back, left, left_length, NULL), MEMSCAN_OK);
        assert_same(&block, &back);
        ck_assert_int_eq(ms_block_decode_left(&back, left, left_length - 1, NULL), MEMSCAN_CORRUPT);
        ck_assert(ms_block_is_empty(&back));
        if (!ms_block_is_empty(&block)) /* what the block never had cannot be left of it */
            ck_assert_int_eq(ms_block_decode_left(&back, left, left_length, NULL), MEMSCAN_CORRUPT);
        ck_assert_int_eq(ms_block_decode(&back, blob, length, NULL), MEMSCAN_OK);
        left[left_length] = 0;
        ck_assert_int_eq(ms_block_decode_left(&back, left, left_length + 1, NULL), MEMSCAN_CORRUPT);
        ck_assert_int_eq(ms_block_decode(&back, blob, length, NULL), MEMSCAN_OK);
        if (!ms_block_is_empty(&block)) {
            *byte_of_a_match(&block) ^= (uint8_t)(1u << draw(8));
            ck_assert(!ms_block_has_bytes_of(&block, &back));
        }
        gone += dropped;
    }
    ck_assert_uint_gt(gone, 1000);
    free(left);
    free(blob);
    ms_block_deinit(&block);
    ms_block_deinit(&back);
}
END_TEST

/* Bytes of every sort in which every slot matches: their blob is known again, and that of any others is not. */
START_TEST(a_whole_block_is_recognised)
{
    enum { ZEROS, NOISE, MIXED, SORTS };
    const ms_planes *planes = &plane_sets[_i];
    ms_block block, shape;
    ck_assert_int_eq(ms_block_init(&block, heap, planes), MEMSCAN_OK);
    ck_assert_int_eq(ms_block_init(&shape, heap, planes), MEMSCAN_OK);
    uint8_t *blob = malloc(ms_block_blob_bound(planes));
    unsigned recognised = 0;
    seed = 150 + (unsigned)_i;
    for (int round = 0; round < 60; round++) {
        uint32_t tail = 64, size = 64 * (1 + draw(round % 2 ? 1024 : 8));
        ms_block_reset(&block, 0x7f0000000000u, size, tail);
        ms_block_reset(&shape, block.base, size, tail);
        fill(block.bytes, size + tail, round % SORTS == NOISE ? 0 : 50);
        if (round % SORTS == ZEROS)
            memset(block.bytes, 0, size + tail);
        for (uint32_t p = 0; p < planes->count; p++)
            for (uint32_t slot = 0; slot < ms_block_slots(&block, p); slot++)
                block.starts[p][slot / 64] |= (uint64_t)1 << slot % 64;
        size_t length = ms_block_encode(&block, blob);
        bool known = ms_block_is_whole(&shape, blob, length, block.bytes);
        recognised += known;
        uint8_t *changed = &block.bytes[draw(size)]; /* every byte before the end is some match's where all touch */
        *changed ^= (uint8_t)(1u << draw(8));
        ck_assert(!ms_block_is_whole(&shape, blob, length, block.bytes));
        *changed ^= 0xff;
        block.starts[0][0] &= ~(uint64_t)2; /* the second slot is none: the blob is no longer one of all */
        if (ms_block_slots(&block, 0) > 1)
            ck_assert(!ms_block_is_whole(&shape, blob, ms_block_encode(&block, blob), block.bytes));
    }
    bool touching = true;
    for (uint32_t p = 0; p < planes->count; p++)
        touching = touching && planes->plane[p].width >= planes->plane[p].stride;
    ck_assert_uint_eq(recognised, touching ? 60 : 0);
    free(blob);
    ms_block_deinit(&block);
    ms_block_deinit(&shape);
}
END_TEST

static void take_every_slot(ms_block *block)
{
    for (uint32_t p = 0; p < block->planes->count; p++) {
        const ms_plane *plane = &block->planes->plane[p];
        uint32_t first = ms_block_first(block, p);
        for (uint32_t slot = 0; slot < ms_block_slots(block, p); slot++)
            if (first + slot * plane->stride + plane->width <= block->size + block->tail)
                block->starts[p][slot / 64] |= (uint64_t)1 << slot % 64;
    }
}

/* What the part holds is what the whole holds there, match by match. Returns how many. */
static uint64_t assert_is_part(const ms_block *part, const ms_block *whole)
{
    uint32_t offset, planes, begin = (uint32_t)(part->base - whole->base), held = part->size + part->tail;
    uint64_t count = 0;
    for (uint32_t at = begin; ms_block_next(whole, at, &offset, &planes) && offset < begin + part->size;
         at = offset + 1) {
        uint32_t inside = offset - begin, told = 0, told_planes = 0, expected = 0;
        for (uint32_t p = 0; p < whole->planes->count; p++)
            if (planes >> p & 1 && inside + whole->planes->plane[p].width <= held)
                expected |= 1u << p;
        if (!expected)
            continue;
        ck_assert(ms_block_next(part, inside, &told, &told_planes));
        ck_assert_uint_eq(told, inside);
        ck_assert_uint_eq(told_planes, expected);
        for (uint32_t p = 0; p < whole->planes->count; p++)
            if (expected >> p & 1)
                ck_assert_mem_eq(part->bytes + inside, whole->bytes + offset, whole->planes->plane[p].width);
        count++;
    }
    ck_assert_uint_eq(ms_block_count(part), count);
    return count;
}

START_TEST(a_part_of_a_block_has_what_lies_inside)
{
    enum { ZEROS, NOISE, MIXED, SAME, SORTS };
    const ms_planes *planes = &plane_sets[_i];
    ms_block whole, part;
    ck_assert_int_eq(ms_block_init(&whole, heap, planes), MEMSCAN_OK);
    ck_assert_int_eq(ms_block_init(&part, heap, planes), MEMSCAN_OK);
    uint8_t *blob = malloc(ms_block_blob_bound(planes));
    uint64_t found = 0;
    seed = 400 + (unsigned)_i;
    for (int round = 0; round < 200; round++) {
        uint32_t size = 1 + draw(round % 2 ? MS_BLOCK_BYTES : 300), tail = 64, width = planes->plane[0].width;
        ms_block_reset(&whole, 0x7f0000000000u, size, tail);
        fill(whole.bytes, size + tail, round % SORTS == NOISE ? 0 : round % SORTS == ZEROS ? 100 : 50);
        for (uint32_t i = width; round % SORTS == SAME && i < size + tail; i++)
            whole.bytes[i] = whole.bytes[i - width];
        take_every_slot(&whole);
        size_t length = ms_block_encode(&whole, blob);
        ms_block_place place = { whole.base, size, tail };
        uint32_t begin = draw((size - 1) / 64 + 1) * 64,
                 span = 1 + draw(draw(2) && size - begin > 20 ? 20 : size - begin);
        uint32_t behind = size + tail - begin - span;
        ms_block_reset(&part, whole.base + begin, span, draw((behind < MS_BLOCK_TAIL ? behind : MS_BLOCK_TAIL) + 1));
        if (ms_block_decode_part(&part, &place, blob, length))
            found += assert_is_part(&part, &whole);
        ms_block_reset(&part, whole.base + begin, span, 0);
        whole.starts[0][0] &= ~(uint64_t)1; /* one slot is none: the rest does not follow from it */
        if (ms_block_decode_part(&part, &place, blob, ms_block_encode(&whole, blob)))
            ck_assert_uint_eq(ms_block_slots(&whole, 0), 0);
    }
    ck_assert(found > 0 || planes->plane[0].width < planes->plane[0].stride);
    free(blob);
    ms_block_deinit(&whole);
    ms_block_deinit(&part);
}
END_TEST

/* One value everywhere, at distances of every size: about a byte a match, and the value once. */
START_TEST(an_exact_value_is_kept_once)
{
    static const uint32_t furthest[] = { 1, 2, 90, 255, 256, 700, 5000, 16383 };
    const ms_planes *planes = &plane_sets[0];
    const int32_t value = 1234567;
    ms_block block, back;
    ck_assert_int_eq(ms_block_init(&block, heap, planes), MEMSCAN_OK);
    ck_assert_int_eq(ms_block_init(&back, heap, planes), MEMSCAN_OK);
    uint8_t *blob = malloc(ms_block_blob_bound(planes));
    seed = 300 + (unsigned)_i;
    ms_block_reset(&block, 0x10000, MS_BLOCK_BYTES, 0);
    ms_block_reset(&back, 0x10000, MS_BLOCK_BYTES, 0);
    fill(block.bytes, MS_BLOCK_BYTES, 30);
    size_t count = 0;
    for (uint32_t slot = draw(furthest[_i]); slot < MS_BLOCK_BYTES / 4; slot += 1 + draw(furthest[_i])) {
        block.starts[0][slot / 64] |= (uint64_t)1 << slot % 64;
        memcpy(block.bytes + 4 * slot, &value, sizeof value);
        count++;
    }
    size_t length = ms_block_encode(&block, blob);
    ck_assert_uint_le(length, 8 + sizeof value + (count < 2048 ? 2 * count : 2048));
    if (furthest[_i] == 90)
        ck_assert_uint_le(length, 8 + sizeof value + count);
    ck_assert_int_eq(ms_block_decode(&back, blob, length, NULL), MEMSCAN_OK);
    assert_same(&block, &back);
    ck_assert_int_eq(ms_block_decode(&back, blob, length - 1, NULL), MEMSCAN_CORRUPT);
    free(blob);
    ms_block_deinit(&block);
    ms_block_deinit(&back);
}
END_TEST

START_TEST(damaged_blobs_are_refused_or_harmless)
{
    const ms_planes *planes = &plane_sets[_i];
    ms_block block;
    ck_assert_int_eq(ms_block_init(&block, heap, planes), MEMSCAN_OK);
    seed = 200 + (unsigned)_i;
    for (int round = 0; round < 3000; round++) {
        uint8_t noise[400];
        size_t length = draw(sizeof noise);
        for (size_t i = 0; i < length; i++)
            noise[i] = draw(3) ? (uint8_t)draw(5) : (uint8_t)draw(256);
        uint8_t *exact = malloc(length + 1); /* so that the sanitizer sees a read beyond the end */
        memcpy(exact, noise, length);
        ms_block_reset(&block, 0x1000 + draw(8), 1 + draw(600), draw(40));
        (void)ms_block_decode(&block, exact, length, NULL);
        free(exact);
    }
    ms_block_deinit(&block);
}
END_TEST

/* Appends the bytes as they are, or in two parts. */
static void append_some(ms_store *store, const uint8_t *bytes, size_t size, ms_blob *blob)
{
    size_t head = draw((uint32_t)size + 1);
    ms_blob_parts parts = { .head = bytes, .head_length = head, .body = bytes + head, .body_length = size - head };
    if (ms_store_sums(store) || draw(2))
        ck_assert_int_eq(ms_store_append(store, bytes, size, blob, NULL), MEMSCAN_OK);
    else
        ck_assert_int_eq(ms_store_append_parts(store, &parts, blob, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(blob->length, size);
}

/* A store is compared with one flat array of what was appended. */
static void exercise_store(ms_store *store)
{
    enum { BLOBS = 120 };
    static uint8_t model[BLOBS * 40000], piece[40000], back[40000];
    static ms_blob blobs[BLOBS];
    size_t length = 0;
    for (int i = 0; i < BLOBS; i++) {
        size_t size = draw(40000);
        for (size_t b = 0; b < size; b++)
            piece[b] = (uint8_t)draw(256);
        append_some(store, piece, size, &blobs[i]);
        ck_assert_uint_eq(blobs[i].offset, length);
        memcpy(model + length, piece, size);
        length += size;
        if (draw(10) == 0) { /* an append that is taken back */
            ms_blob lost;
            ck_assert_int_eq(ms_store_append(store, piece, size, &lost, NULL), MEMSCAN_OK);
            ms_store_shorten(store, length);
        }
        const ms_blob *any = &blobs[draw((uint32_t)i + 1)];
        ck_assert_int_eq(ms_store_read(store, any, back, NULL), MEMSCAN_OK);
        ck_assert_mem_eq(back, model + any->offset, any->length);
    }
    ck_assert_uint_eq(ms_store_length(store), length);
    ms_blob beyond = { length - 1, 2, 0 };
    ck_assert_int_eq(ms_store_read(store, &beyond, back, NULL), MEMSCAN_CORRUPT);
}

/* More than a store in a file keeps in memory, in two parts. */
static void append_large(ms_store *store)
{
    static uint8_t bytes[3 << 20], back[sizeof bytes];
    ms_blob blob;
    for (size_t b = 0; b < sizeof bytes; b++)
        bytes[b] = (uint8_t)draw(256);
    ms_blob_parts parts = { .head = bytes, .head_length = 7, .body = bytes + 7, .body_length = sizeof bytes - 7 };
    ck_assert_int_eq(ms_store_append_parts(store, &parts, &blob, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_store_read(store, &blob, back, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(back, bytes, sizeof bytes);
}

START_TEST(a_store_keeps_what_is_appended)
{
    static const uint64_t limits[] = { 0, 1 << 20, 3 << 20, UINT64_MAX };
    seed = 300 + (unsigned)_i;
    ms_store *store;
    ck_assert_int_eq(ms_store_create(heap, limits[_i], NULL, &store, NULL), MEMSCAN_OK);
    exercise_store(store);
    append_large(store);
    ms_store_destroy(store);
}
END_TEST

START_TEST(zero_runs_count_what_lies_inside)
{
    seed = 500 + (unsigned)_i;
    const ms_planes *planes = &plane_sets[_i];
    for (int round = 0; round < 500; round++) {
        uint64_t base = draw(40), span = 1 + draw(200), counted = 0;
        uint32_t mask = 1 + draw((1u << planes->count) - 1);
        uint32_t tail = draw(2) ? draw(50) : 0;
        for (uint64_t at = base; at < base + span; at++) { /* one address at a time */
            bool matches = false;
            for (uint32_t p = 0; p < planes->count; p++)
                matches = matches || ((mask >> p & 1) && at % planes->plane[p].stride == 0 &&
                                      at + planes->plane[p].width <= base + span + tail);
            counted += matches;
        }
        ck_assert_uint_eq(ms_zero_run_matches(planes, mask, base, span, tail), counted);
    }
}
END_TEST

static const ms_planes unaligned = { 1, { { MEMSCAN_I32, 1, 4 } } };

typedef struct gathering {
    ms_store *store;
    ms_match_set set;
    ms_block block, spare;
    uint8_t *scratch;
} gathering;

static void begin_gathering(gathering *g)
{
    ck_assert_int_eq(ms_store_create(heap, UINT64_MAX, NULL, &g->store, NULL), MEMSCAN_OK);
    ms_match_set_init(&g->set, heap);
    ck_assert_int_eq(ms_block_init(&g->block, heap, &unaligned), MEMSCAN_OK);
    ck_assert_int_eq(ms_block_init(&g->spare, heap, &unaligned), MEMSCAN_OK);
    g->scratch = malloc(ms_block_blob_bound(&unaligned));
}

static void end_gathering(gathering *g)
{
    free(g->scratch);
    ms_block_deinit(&g->spare);
    ms_block_deinit(&g->block);
    ms_match_set_deinit(&g->set);
    ms_store_destroy(g->store);
}

static void gather(gathering *g, uint64_t base, uint32_t span, uint32_t tail)
{
    ck_assert_int_eq(ms_match_set_gather(&g->set, g->store, base, span, tail, &g->block, &g->spare, g->scratch, NULL),
                     MEMSCAN_OK);
}

START_TEST(a_part_of_a_zero_run_has_what_lies_inside)
{
    gathering g;
    begin_gathering(&g);
    ck_assert_int_eq(ms_match_set_add_zero_run(&g.set, &unaligned, 1, 0x10000, 0x30000, 3, NULL), MEMSCAN_OK);
    gather(&g, 0x20000, MS_BLOCK_BYTES, 3);
    ck_assert_uint_eq(ms_block_count(&g.block), MS_BLOCK_BYTES);
    gather(&g, 0x20000, MS_BLOCK_BYTES, 0);
    ck_assert_uint_eq(ms_block_count(&g.block), MS_BLOCK_BYTES - 3);
    size_t length = ms_block_encode(&g.block, g.scratch); /* which no match may reach out of */
    ms_block_reset(&g.spare, 0x20000, MS_BLOCK_BYTES, 0);
    ck_assert_int_eq(ms_block_decode(&g.spare, g.scratch, length, NULL), MEMSCAN_OK);
    end_gathering(&g);
}
END_TEST

/* The block behind knows nothing of its own first bytes. */
START_TEST(a_value_over_a_border_keeps_its_bytes)
{
    gathering g;
    begin_gathering(&g);
    ms_block_reset(&g.block, 0x10000, 64, 3);
    g.block.starts[0][0] = UINT64_C(1) << 62;
    memcpy(g.block.bytes + 62, "\1\2\3\4", 4);
    ck_assert_int_eq(ms_match_set_add_block(&g.set, g.store, &g.block, g.scratch, NULL), MEMSCAN_OK);
    ms_block_reset(&g.block, 0x10040, 64, 0);
    g.block.starts[0][0] = 1 << 8;
    memcpy(g.block.bytes + 8, "\5\6\7\10", 4);
    ck_assert_int_eq(ms_match_set_add_block(&g.set, g.store, &g.block, g.scratch, NULL), MEMSCAN_OK);
    memset(g.spare.bytes, 0xff, 128);
    memset(g.block.bytes, 0xff, 128);
    gather(&g, 0x10000, 128, 0);
    ck_assert_uint_eq(ms_block_count(&g.block), 2);
    ck_assert_mem_eq(g.block.bytes + 62, "\1\2\3\4", 4);
    ck_assert_mem_eq(g.block.bytes + 72, "\5\6\7\10", 4);
    end_gathering(&g);
}
END_TEST

static char folder[256], path[288];

static void make_folder(void)
{
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/session", folder);
}

static void remove_folder(void)
{
    remove(path);
    ck_assert(scratch_folder_remove(folder)); /* nothing else was left behind */
}

START_TEST(a_store_in_a_file_keeps_what_is_appended)
{
    seed = 400;
    ms_file *file;
    ms_store *store;
    ck_assert_int_eq(ms_file_open(heap, path, MS_FILE_CREATE, &file, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_store_open(heap, file, 4096, 0, &store, NULL), MEMSCAN_OK);
    exercise_store(store);
    ck_assert_int_eq(ms_store_flush(store, true, NULL), MEMSCAN_OK);
    ms_store_destroy(store);
}
END_TEST

static const memscan_identity somebody = { .boot = "boot-1",
                                           .pid = 77,
                                           .start_time = 5,
                                           .device = 1,
                                           .inode = 2,
                                           .load_address = 0x400000,
                                           .stack_address = 0x7fff0000,
                                           .build_id_length = 3,
                                           .build_id = { 1, 2, 3 },
                                           .executable = "/bin/game" };

static ms_session *new_session(void)
{
    ms_store *store;
    ms_session *session;
    ck_assert_int_eq(ms_store_create(heap, 1 << 20, NULL, &store, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_session_create(heap, store, &plane_sets[0], (memscan_layout){ 8, 0 }, &somebody, "i32:unknown",
                                       &session, NULL),
                     MEMSCAN_OK);
    memscan_module module = { 0x400000, 0x2000, "game", "/bin/game", (const uint8_t *)"\1\2\3", 3 };
    ck_assert_int_eq(ms_session_add_module(session, &module, NULL), MEMSCAN_OK);
    return session;
}

/* A step of `count` matches with the value `value` each, and a zero run. */
static void add_step(ms_session *session, uint32_t count, uint8_t value, memscan_status expected)
{
    static uint8_t scratch[1 << 19];
    ms_match_set set;
    ms_block block;
    uint64_t before = ms_store_length(session->store);
    ms_match_set_init(&set, heap);
    ck_assert_int_eq(ms_block_init(&block, heap, &session->planes), MEMSCAN_OK);
    ms_block_reset(&block, 0x10000, 4096, 0);
    memset(block.bytes, value, 4096);
    for (uint32_t i = 0; i < count; i++)
        block.starts[0][i / 64] |= (uint64_t)1 << i % 64;
    ck_assert_int_eq(ms_match_set_add_block(&set, session->store, &block, scratch, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_match_set_add_zero_run(&set, &session->planes, 1, 0x20000, 4096, 0, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_match_set_add_zero_run(&set, &session->planes, 1, 0x21000, 1 << 20, 0, NULL), MEMSCAN_OK);
    char expression[32];
    snprintf(expression, sizeof expression, "step of %u", count);
    ck_assert_int_eq(ms_session_add_step(session, &set, expression, 0, before, NULL, NULL), expected);
    ms_block_deinit(&block);
    ms_match_set_deinit(&set);
}

/* The current step has `count` matches of `value` before the zero run, whose matches are all zero. */
static void assert_step(ms_session *session, const ms_step *step, uint32_t count, uint8_t value)
{
    static uint8_t scratch[1 << 19];
    ms_match_set set;
    ms_block block;
    ms_match_set_init(&set, heap);
    ck_assert_ptr_nonnull(step);
    ck_assert_uint_eq(step->matches, count + 1024 + (1 << 18));
    ck_assert_int_eq(ms_session_load(session, step, &set, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(set.refs.count, 2);
    ck_assert_int_eq(ms_block_init(&block, heap, &session->planes), MEMSCAN_OK);
    const ms_block_ref *ref = ms_array_at(&set.refs, 0);
    ck_assert_int_eq(ms_match_set_load(ref, session->store, ref->base, ref->span, &block, scratch, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(ms_block_count(&block), count);
    ck_assert_uint_eq(block.bytes[4 * (count - 1)], value);
    ref = ms_array_at(&set.refs, 1);
    ck_assert_int_eq(ms_match_set_load(ref, session->store, 0x30000, 5000, &block, scratch, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(ms_block_count(&block), 1250);
    ck_assert_uint_eq(ms_match_set_find(&set, 0x10fff), 0);
    ck_assert_uint_eq(ms_match_set_find(&set, 0x11000), 1);
    ck_assert_uint_eq(ms_match_set_find(&set, 0x121000), 2);
    ms_block_deinit(&block);
    ms_match_set_deinit(&set);
}

START_TEST(steps_go_back_and_forth_also_from_the_file)
{
    ms_session *session = new_session();
    add_step(session, 1000, 1, MEMSCAN_OK);
    ck_assert_int_eq(ms_session_undo(session, NULL), MEMSCAN_NOT_FOUND);
    ck_assert_int_eq(ms_session_mark(session, "start", NULL), MEMSCAN_OK);
    if (_i == 1) /* saved from the start, or at the end */
        ck_assert_int_eq(ms_session_save(session, path, NULL, NULL), MEMSCAN_OK);
    add_step(session, 500, 2, MEMSCAN_OK);
    add_step(session, 20, 3, MEMSCAN_OK);
    ck_assert_int_eq(ms_session_undo(session, NULL), MEMSCAN_OK);
    add_step(session, 30, 4, MEMSCAN_OK); /* the step of 20 is gone */
    ck_assert_int_eq(ms_session_redo(session, NULL), MEMSCAN_NOT_FOUND);
    ck_assert_int_eq(ms_session_mark(session, "late", NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_session_mark(session, "first", NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(ms_session_undo(session, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_session_save(session, path, NULL, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_session_save(session, path, NULL, NULL), MEMSCAN_OK);
    ms_session *other;
    ck_assert_int_eq(ms_session_open(heap, path, &other, NULL), MEMSCAN_BUSY);
    ms_session_destroy(session);

    ck_assert_int_eq(ms_session_open(heap, path, &session, NULL), MEMSCAN_OK);
    assert_step(session, ms_session_current(session), 500, 2);
    ck_assert_int_eq(ms_session_redo(session, NULL), MEMSCAN_OK);
    assert_step(session, ms_session_current(session), 30, 4);
    assert_step(session, ms_session_since(session, "start"), 1000, 1);
    assert_step(session, ms_session_since(session, "first"), 1000, 1);
    assert_step(session, ms_session_since(session, "late"), 30, 4);
    ck_assert_ptr_null(ms_session_since(session, "never"));
    ck_assert_int_eq(ms_identity_compare(&session->identity, &somebody, NULL), MEMSCAN_OK);
    ck_assert_str_eq(session->question, "i32:unknown");
    add_step(session, 7, 9, MEMSCAN_OK);
    ms_session_destroy(session);
    ck_assert_int_eq(ms_session_open(heap, path, &session, NULL), MEMSCAN_OK);
    assert_step(session, ms_session_current(session), 7, 9);
    ms_session_destroy(session);
}
END_TEST

/* What is left of a block that is stored elsewhere: from the store, as a list of its own, and from a saved session. */
START_TEST(what_is_left_is_read_with_the_bytes_of_its_blob)
{
    static uint8_t scratch[1 << 19];
    ms_session *session = new_session();
    const ms_planes planes = session->planes; /* the blocks outlive this session */
    ms_block block, back, part, spare;
    ms_match_set set;
    memscan_error error;
    ms_match_set_init(&set, heap);
    ms_block *const blocks[] = { &block, &back, &part, &spare };
    for (size_t i = 0; i < 4; i++)
        ck_assert_int_eq(ms_block_init(blocks[i], heap, &planes), MEMSCAN_OK);
    seed = 900;
    ms_block_reset(&block, 0x10000, MS_BLOCK_BYTES, 0);
    fill(block.bytes, MS_BLOCK_BYTES, _i ? 100 : 40);
    memset(block.starts[0], 0xff, MS_BLOCK_BYTES / 4 / 8);
    ck_assert_int_eq(ms_match_set_add_block(&set, session->store, &block, scratch, NULL), MEMSCAN_OK);
    ms_block_ref ref = *(ms_block_ref *)ms_array_at(&set.refs, 0);
    for (int round = 0; round < 2; round++) { /* the second time, of what was left the first time */
        memset(&block.starts[0][3 + round], 0, 5 * sizeof(uint64_t));
        drop_matches(&block, 50);
        ck_assert_int_eq(ms_match_set_leave(&ref, session->store, &block, scratch, NULL), MEMSCAN_OK);
    }
    ck_assert_uint_eq(ref.matches, ms_block_count(&block));
    ms_match_set_deinit(&set);
    ck_assert_int_eq(ms_match_set_add_ref(&set, &ref, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_match_set_add_zero_run(&set, &session->planes, 1, 0x90000, 4096, 0, NULL), MEMSCAN_OK);
    uint64_t matches = set.matches;
    ck_assert_int_eq(ms_session_add_step(session, &set, "unchanged", 0, ms_store_length(session->store), NULL, NULL),
                     MEMSCAN_OK);
    ck_assert_int_eq(ms_session_save(session, path, NULL, NULL), MEMSCAN_OK);
    ms_session_destroy(session);
    ck_assert_int_eq(ms_session_open(heap, path, &session, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_session_load(session, ms_session_current(session), &set, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(set.matches, matches);
    const ms_block_ref *held = ms_array_at(&set.refs, 0);
    ck_assert_uint_eq(held->left.length, ref.left.length);
    ck_assert_int_eq(ms_match_set_load(held, session->store, held->base, held->span, &back, scratch, NULL), MEMSCAN_OK);
    assert_same(&block, &back);
    ck_assert_int_eq(ms_match_set_load_starts(held, session->store, &back, scratch, NULL), MEMSCAN_OK);
    memcpy(back.bytes, block.bytes, MS_BLOCK_BYTES);
    assert_same(&block, &back);
    ck_assert_int_eq(ms_match_set_gather(&set, session->store, block.base + 128, 4096, 0, &part, &spare, scratch, NULL),
                     MEMSCAN_OK);
    ck_assert_uint_gt(assert_is_part(&part, &block), 0);
    ck_assert(ms_match_set_is_unchanged(held, session->store, block.bytes, &back, scratch));
    ck_assert(!ms_match_set_is_blob(held, session->store, NULL, (size_t)held->blob.length, held->blob.checksum));
    ms_block_ref swapped = *held; /* a whole blob tells of more than what is left */
    swapped.left = swapped.blob;
    ck_assert_int_eq(ms_match_set_load(&swapped, session->store, held->base, held->span, &back, scratch, &error),
                     MEMSCAN_CORRUPT);
    for (size_t i = 0; i < 4; i++)
        ms_block_deinit(blocks[i]);
    ms_match_set_deinit(&set);
    ms_session_destroy(session);
    remove(path);
}
END_TEST

START_TEST(a_session_of_another_process_is_told_apart)
{
    memscan_error error;
    memscan_identity other = somebody;
    ck_assert_int_eq(ms_identity_compare(&somebody, &other, &error), MEMSCAN_OK);
    other.start_time++;
    ck_assert_int_eq(ms_identity_compare(&somebody, &other, &error), MEMSCAN_MISMATCH);
    other = somebody;
    other.build_id[1] ^= 1;
    ck_assert_int_eq(ms_identity_compare(&somebody, &other, &error), MEMSCAN_MISMATCH);
    other = somebody;
    other.load_address += 4096;
    ck_assert_int_eq(ms_identity_compare(&somebody, &other, &error), MEMSCAN_MISMATCH);
    ck_assert_ptr_nonnull(strstr(error.hint, "--rebase"));
}
END_TEST

static uint8_t *read_whole(size_t *length)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length);
    ck_assert_uint_eq(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

static void write_file(const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

/* Opens the session and loads all of its current step. */
static memscan_status load_all(uint64_t *matches)
{
    ms_session *session;
    ms_match_set set;
    ms_block block;
    static uint8_t scratch[1 << 19];
    memscan_status status = ms_session_open(heap, path, &session, NULL);
    if (status != MEMSCAN_OK)
        return status;
    ms_match_set_init(&set, heap);
    ck_assert_int_eq(ms_block_init(&block, heap, &session->planes), MEMSCAN_OK);
    status = ms_session_load(session, ms_session_current(session), &set, NULL);
    *matches = set.matches;
    for (size_t i = 0; i < set.refs.count && status == MEMSCAN_OK; i++) {
        const ms_block_ref *ref = ms_array_at(&set.refs, i);
        uint64_t span = ref->span < MS_BLOCK_BYTES ? ref->span : MS_BLOCK_BYTES;
        status = ms_match_set_load(ref, session->store, ref->base, span, &block, scratch, NULL);
    }
    ms_block_deinit(&block);
    ms_match_set_deinit(&set);
    ms_session_destroy(session);
    return status;
}

START_TEST(a_damaged_or_shortened_file_is_refused)
{
    ms_session *session = new_session();
    uint64_t matches;
    add_step(session, 40, 1, MEMSCAN_OK);
    ck_assert_int_eq(ms_session_save(session, path, NULL, NULL), MEMSCAN_OK);
    add_step(session, 20, 2, MEMSCAN_OK);
    ms_session_destroy(session);
    size_t length;
    uint8_t *whole = read_whole(&length);
    /* Every byte but for some of the header's empty ones. Bytes of the first step are not reached: nothing may differ. */
    for (size_t i = 0; i<length; i += i> 1100 && i < 4000 ? 61 : 1) {
        whole[i] ^= 0x10;
        write_file(whole, length);
        memscan_status status = load_all(&matches);
        whole[i] ^= 0x10;
        ck_assert_msg(status != MEMSCAN_OK || (i >= 4096 && matches == 20 + 1024 + (1 << 18)), "byte %zu", i);
    }
    for (size_t cut = 0; cut < length; cut += cut < 4096 ? 97 : 1) {
        write_file(whole, cut);
        ck_assert_msg(load_all(&matches) == MEMSCAN_CORRUPT, "cut at %zu", cut);
    }
    write_file(whole, length);
    ck_assert_int_eq(load_all(&matches), MEMSCAN_OK);
    free(whole);
}
END_TEST

/* Whether the session can be opened as its file tells of it; it is destroyed. */
static memscan_status save_and_open(ms_session *session)
{
    ck_assert_int_eq(ms_session_save(session, path, NULL, NULL), MEMSCAN_OK);
    ms_session_destroy(session);
    memscan_status status = ms_session_open(heap, path, &session, NULL);
    if (status == MEMSCAN_OK)
        ms_session_destroy(session);
    remove(path);
    return status;
}

/* Whether a session of such planes, which no honest memscan need have written, can be opened. */
static memscan_status open_with_planes(const ms_planes *planes, uint8_t pointer_width)
{
    ms_session *session = new_session();
    session->planes = *planes;
    session->layout.pointer_width = pointer_width;
    return save_and_open(session);
}

START_TEST(planes_that_belie_their_types_are_damage)
{
    static const uint32_t no_plane[] = { MEMSCAN_TYPE_NONE, MEMSCAN_INT, MEMSCAN_FLOAT, MEMSCAN_NUM,
                                         MEMSCAN_RE,        20,          1u << 31,      UINT32_MAX };
    ms_planes planes = { 1, { { MEMSCAN_I64, 1, 8 } } };
    for (size_t i = 0; i < PLANE_SETS; i++)
        ck_assert_int_eq(open_with_planes(&plane_sets[i], 8), MEMSCAN_OK);
    for (uint32_t width = 0; width <= 16; width++) {
        planes.plane[0] = (ms_plane){ MEMSCAN_I64, 1, width };
        ck_assert_int_eq(open_with_planes(&planes, 8), width == 8 ? MEMSCAN_OK : MEMSCAN_CORRUPT);
        planes.plane[0] = (ms_plane){ MEMSCAN_PTR, 1, width };
        ck_assert_int_eq(open_with_planes(&planes, 8), width == 8 ? MEMSCAN_OK : MEMSCAN_CORRUPT);
        ck_assert_int_eq(open_with_planes(&planes, 4), width == 4 ? MEMSCAN_OK : MEMSCAN_CORRUPT);
        planes.plane[0] = (ms_plane){ MEMSCAN_BITS, 1, width };
        ck_assert_int_eq(open_with_planes(&planes, 8), width ? MEMSCAN_OK : MEMSCAN_CORRUPT);
    }
    for (size_t i = 0; i < sizeof no_plane / sizeof no_plane[0]; i++) {
        planes.plane[0] = (ms_plane){ no_plane[i], 1, 1 };
        ck_assert_msg(open_with_planes(&planes, 8) == MEMSCAN_CORRUPT, "type %u", no_plane[i]);
    }
    planes.plane[0] = (ms_plane){ MEMSCAN_TEXT, 1, MS_BLOCK_TAIL + 1 };
    ck_assert_int_eq(open_with_planes(&planes, 8), MEMSCAN_CORRUPT);
    planes.plane[0] = (ms_plane){ MEMSCAN_U8, 0, 1 };
    ck_assert_int_eq(open_with_planes(&planes, 8), MEMSCAN_CORRUPT);
    planes.plane[0].stride = MS_BLOCK_BYTES + 1;
    ck_assert_int_eq(open_with_planes(&planes, 8), MEMSCAN_CORRUPT);
}
END_TEST

/* Two stretches that a tracked scan kept without reading them, each of an address and a size, as a file tells them. */
static memscan_status open_with_unread(const uint64_t stretches[4])
{
    ms_session *session = new_session();
    session->tracked.point.word[0] = 1;
    for (int i = 0; i < 2; i++) {
        memscan_extent *unread = ms_array_push(&session->tracked.unread);
        ck_assert_ptr_nonnull(unread);
        unread->start = stretches[2 * i];
        unread->size = stretches[2 * i + 1];
    }
    return save_and_open(session);
}

START_TEST(unread_stretches_that_do_not_ascend_are_damage)
{
    static const uint64_t last = UINT64_MAX - 0xfff;
    ck_assert_int_eq(open_with_unread((uint64_t[]){ 0x1000, 0x1000, 0x2000, 0x1000 }), MEMSCAN_OK);
    ck_assert_int_eq(open_with_unread((uint64_t[]){ 0x2000, 0x1000, 0x1000, 0x1000 }), MEMSCAN_CORRUPT);
    ck_assert_int_eq(open_with_unread((uint64_t[]){ 0x1000, 0x1000, last, 0x1000 }), MEMSCAN_OK);
    ck_assert_int_eq(open_with_unread((uint64_t[]){ last, 0x1000, 0x1000, 0x1000 }),
                     MEMSCAN_CORRUPT); /* it ends at 0 */
    ck_assert_int_eq(open_with_unread((uint64_t[]){ 0x1000, 0x1000, last, 0x1001 }), MEMSCAN_CORRUPT);
}
END_TEST

START_TEST(a_commit_that_was_cut_short_leaves_the_old_session)
{
    /* What a kill can leave: the old file with any part of the new store behind it, the slot not yet written. */
    ms_session *session = new_session();
    uint64_t matches;
    add_step(session, 40, 1, MEMSCAN_OK);
    ck_assert_int_eq(ms_session_save(session, path, NULL, NULL), MEMSCAN_OK);
    size_t old_length, new_length;
    uint8_t *old = read_whole(&old_length);
    add_step(session, 20, 2, MEMSCAN_OK);
    ms_session_destroy(session);
    uint8_t *fresh = read_whole(&new_length);
    memcpy(fresh, old, 4096);
    for (size_t reached = old_length; reached <= new_length; reached += reached + 60 < new_length ? 7 : 1) {
        write_file(fresh, reached);
        ck_assert_int_eq(load_all(&matches), MEMSCAN_OK);
        ck_assert_uint_eq(matches, 40 + 1024 + (1 << 18));
    }
    free(old);
    free(fresh);
}
END_TEST

START_TEST(a_list_of_starts_that_does_not_ascend_is_damage)
{
    static const uint8_t ascending[] = { 2, 1, 0, 2, 0, 5, 0, 0 }, turned[] = { 2, 1, 0, 5, 0, 2, 0, 0 },
                         twice[] = { 2, 1, 0, 5, 0, 5, 0, 0 };
    const ms_planes planes = { 1, { { MEMSCAN_U8, 1, 1 } } };
    ms_block block;
    ck_assert_int_eq(ms_block_init(&block, &ms_default_allocator, &planes), MEMSCAN_OK);
    ms_block_reset(&block, 0x1000, 64, 0);
    ck_assert_int_eq(ms_block_decode(&block, ascending, sizeof ascending, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(ms_block_count(&block), 2);
    ms_block_reset(&block, 0x1000, 64, 0);
    ck_assert_int_eq(ms_block_decode(&block, turned, sizeof turned, NULL), MEMSCAN_CORRUPT);
    ck_assert_int_eq(ms_block_decode(&block, twice, sizeof twice, NULL), MEMSCAN_CORRUPT);
    ms_block_deinit(&block);
}
END_TEST

/* A list of two stretches of zeros, the second of which begins at `second`. */
static memscan_status read_two_stretches(uint64_t second)
{
    const ms_planes planes = { 1, { { MEMSCAN_U8, 1, 1 } } };
    uint8_t list[8 + 2 * 56] = { 2 };
    const uint64_t bases[2] = { 0x1000, second };
    ms_store *store;
    ms_blob blob;
    ms_match_set set;
    for (size_t i = 0; i < 2; i++) { /* base, span, tail, planes, matches; no blob */
        uint8_t *ref = list + 8 + 56 * i;
        ms_store_uint(ref, bases[i], 8, 0);
        ms_store_uint(ref + 8, 0x100, 8, 0);
        ms_store_uint(ref + 20, 1, 4, 0);
        ms_store_uint(ref + 24, 0x100, 8, 0);
    }
    ck_assert_int_eq(ms_store_create(&ms_default_allocator, 1 << 20, NULL, &store, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_store_append(store, list, sizeof list, &blob, NULL), MEMSCAN_OK);
    ms_match_set_init(&set, &ms_default_allocator);
    memscan_status status = ms_match_set_read(&set, store, &planes, &blob, NULL);
    ms_match_set_deinit(&set);
    ms_store_destroy(store);
    return status;
}

START_TEST(blocks_that_overlap_are_damage)
{
    ck_assert_int_eq(read_two_stretches(0x1100), MEMSCAN_OK);
    ck_assert_int_eq(read_two_stretches(0x10ff), MEMSCAN_CORRUPT);
    ck_assert_int_eq(read_two_stretches(0x1000), MEMSCAN_CORRUPT);
    ck_assert_int_eq(read_two_stretches(0x0800), MEMSCAN_CORRUPT);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("match");
    TCase *tests = tcase_create("match");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, checksums_are_xxh64);
    tcase_add_test(tests, a_list_of_starts_that_does_not_ascend_is_damage);
    tcase_add_test(tests, blocks_that_overlap_are_damage);
    tcase_add_test(tests, squeezing_loses_nothing_and_stays_in_bounds);
    tcase_add_loop_test(tests, blocks_come_back_as_they_were, 0, PLANE_SETS);
    tcase_add_test(tests, a_part_of_what_was_squeezed_comes_back);
    tcase_add_loop_test(tests, a_part_of_a_block_has_what_lies_inside, 0, PLANE_SETS);
    tcase_add_test(tests, squeezed_bytes_are_recognised);
    tcase_add_loop_test(tests, what_is_left_of_a_block_has_its_bytes, 0, PLANE_SETS);
    tcase_add_loop_test(tests, a_whole_block_is_recognised, 0, PLANE_SETS);
    tcase_add_loop_test(tests, an_exact_value_is_kept_once, 0, 8);
    tcase_add_loop_test(tests, damaged_blobs_are_refused_or_harmless, 0, PLANE_SETS);
    tcase_add_loop_test(tests, zero_runs_count_what_lies_inside, 0, PLANE_SETS);
    tcase_add_test(tests, a_part_of_a_zero_run_has_what_lies_inside);
    tcase_add_test(tests, a_value_over_a_border_keeps_its_bytes);
    tcase_add_loop_test(tests, a_store_keeps_what_is_appended, 0, 4);
    tcase_add_test(tests, a_session_of_another_process_is_told_apart);
    suite_add_tcase(suite, tests);
    TCase *files = tcase_create("files");
    tcase_add_checked_fixture(files, make_folder, remove_folder);
    tcase_set_timeout(files, 120);
    tcase_add_test(files, a_store_in_a_file_keeps_what_is_appended);
    tcase_add_loop_test(files, steps_go_back_and_forth_also_from_the_file, 0, 2);
    tcase_add_loop_test(files, what_is_left_is_read_with_the_bytes_of_its_blob, 0, 2);
    tcase_add_test(files, a_damaged_or_shortened_file_is_refused);
    tcase_add_test(files, planes_that_belie_their_types_are_damage);
    tcase_add_test(files, unread_stretches_that_do_not_ascend_are_damage);
    tcase_add_test(files, a_commit_that_was_cut_short_leaves_the_old_session);
    suite_add_tcase(suite, files);
    return suite;
}
