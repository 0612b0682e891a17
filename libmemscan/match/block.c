/* block.c - blocks and their blobs. A blob is, for each plane, one byte that names the form of its starts and the
 * starts in that form; then one byte that names the form of the covered bytes, and those. Which bytes are covered is
 * never written down: it follows from the starts, so that both sides compute it alike.
 *
 *   starts:  see slots.h
 *   bytes:   0 all zero   1 as they are   2 squeezed (squeeze.h)
 *            3 the same again: as many as a match of the first plane has, which all others repeat (an exact value)
 * Numbers are little-endian. docs/formats.md has the same for readers of session files. */
#include "block.h"

#include <assert.h>

#include "../base/alloc.h"
#include "../base/bitmap.h"
#include "../base/error.h"
#include "../base/wire.h"
#include "slots.h"
#include "squeeze.h"

enum { BYTES_ZERO, BYTES_RAW, BYTES_SQUEEZED, BYTES_SAME };

#define HELD_BYTES    (MS_BLOCK_BYTES + MS_BLOCK_TAIL)
#define COVERED_WORDS (HELD_BYTES / 64)

memscan_status ms_block_init(ms_block *block, const memscan_allocator *allocator, const ms_planes *planes)
{
    *block = (ms_block){ .allocator = allocator, .planes = planes };
    block->bytes = ms_resize(allocator, NULL, 0, HELD_BYTES + MS_BLOCK_PADDING); /* untouched until it is used */
    block->packed = ms_resize(allocator, NULL, 0, HELD_BYTES);
    block->covered = ms_resize(allocator, NULL, 0, COVERED_WORDS * sizeof(uint64_t));
    bool whole = block->bytes && block->packed && block->covered;
    for (uint32_t p = 0; p < planes->count; p++) {
        block->starts[p] = ms_alloc_array(allocator, MS_BLOCK_WORDS, sizeof(uint64_t));
        whole = whole && block->starts[p];
    }
    if (whole)
        return MEMSCAN_OK;
    ms_block_deinit(block);
    return MEMSCAN_NO_MEMORY;
}

void ms_block_deinit(ms_block *block)
{
    if (!block->allocator)
        return;
    for (uint32_t p = 0; p < block->planes->count; p++)
        ms_free(block->allocator, block->starts[p], MS_BLOCK_WORDS * sizeof(uint64_t));
    ms_free(block->allocator, block->covered, COVERED_WORDS * sizeof(uint64_t));
    ms_free(block->allocator, block->packed, HELD_BYTES);
    ms_free(block->allocator, block->bytes, HELD_BYTES + MS_BLOCK_PADDING);
    *block = (ms_block){ 0 };
}

uint32_t ms_block_first(const ms_block *block, uint32_t plane)
{
    uint32_t stride = block->planes->plane[plane].stride;
    return (uint32_t)((stride - block->base % stride) % stride);
}

uint32_t ms_block_slots(const ms_block *block, uint32_t plane)
{
    uint32_t first = ms_block_first(block, plane), stride = block->planes->plane[plane].stride;
    return first >= block->size ? 0 : (block->size - first - 1) / stride + 1;
}

/* From now on every word of the plane may be set. */
static void use_all(ms_block *block, uint32_t p)
{
    block->used[p] = (ms_words){ 0, (uint32_t)ms_bitmap_words(ms_block_slots(block, p)) };
}

void ms_block_reset(ms_block *block, uint64_t base, uint32_t size, uint32_t tail)
{
    assert(size >= 1 && size <= MS_BLOCK_BYTES && tail <= MS_BLOCK_TAIL);
    block->base = base;
    block->size = size;
    block->tail = tail;
    for (uint32_t p = 0; p < block->planes->count; p++) {
        ms_words before = block->used[p];
        memset(block->starts[p] + before.from, 0, (before.end - before.from) * sizeof(uint64_t));
        use_all(block, p);
    }
}

void ms_block_copy_starts(ms_block *block, const ms_block *from, uint32_t p)
{
    ms_words used = block->used[p] = from->used[p];
    memcpy(block->starts[p] + used.from, from->starts[p] + used.from, (used.end - used.from) * sizeof(uint64_t));
}

static uint32_t next_start(const ms_block *block, uint32_t p, uint32_t from)
{
    return ms_bitmap_next_in(block->starts[p], block->used[p], from, ms_block_slots(block, p));
}

/* One word of the bitmap, none of whose bits is off the plane's addresses. */
static void take_word(ms_block *block, uint32_t plane, uint64_t bits, uint32_t word)
{
    uint32_t first = ms_block_first(block, plane), stride = block->planes->plane[plane].stride;
    uint64_t *starts = block->starts[plane];
    if (first == 0 && (stride == 1 || stride == 2 || stride == 4 || stride == 8)) {
        uint32_t slot = word * 64 / stride;
        starts[slot / 64] |= ms_gather_bits(bits, stride) << slot % 64;
        return;
    }
    for (; bits; bits &= bits - 1) {
        uint32_t slot = (word * 64 + ms_lowest_bit(bits) - first) / stride;
        starts[slot / 64] |= (uint64_t)1 << slot % 64;
    }
}

bool ms_block_take_bitmap(ms_block *block, uint32_t plane, const uint64_t *bitmap)
{
    bool any = false;
    size_t words = ms_bitmap_words(block->size);
    use_all(block, plane);
    for (size_t word = 0; (word = ms_next_word(bitmap, word, words)) < words; word++) {
        take_word(block, plane, bitmap[word], (uint32_t)word);
        any = true;
    }
    return any;
}

bool ms_block_is_empty(const ms_block *block)
{
    for (uint32_t p = 0; p < block->planes->count; p++)
        if (next_start(block, p, 0) < ms_block_slots(block, p))
            return false;
    return true;
}

bool ms_block_next(const ms_block *block, uint32_t from, uint32_t *offset, uint32_t *planes)
{
    *offset = UINT32_MAX;
    *planes = 0;
    for (uint32_t p = 0; p < block->planes->count; p++) {
        uint32_t first = ms_block_first(block, p), stride = block->planes->plane[p].stride;
        uint32_t slots = ms_block_slots(block, p);
        uint32_t slot = from <= first ? 0 : (from - first + stride - 1) / stride;
        slot = next_start(block, p, slot);
        if (slot >= slots)
            continue;
        uint32_t at = first + slot * stride;
        if (at < *offset) {
            *offset = at;
            *planes = 0;
        }
        if (at == *offset)
            *planes |= 1u << p;
    }
    return *planes != 0;
}

/* Marks, one bit a byte, `width` bytes from each match on; all of the block's planes, or the first byte of each match
 * alone. False when a match reaches beyond what the block holds. */
static bool mark_matches(const ms_block *block, bool first_byte_only, uint64_t *marks)
{
    uint32_t held = block->size + block->tail;
    memset(marks, 0, ms_bitmap_words(held) * sizeof(uint64_t));
    for (uint32_t p = 0; p < block->planes->count; p++) {
        uint32_t first = ms_block_first(block, p), slots = ms_block_slots(block, p);
        uint32_t stride = block->planes->plane[p].stride;
        uint32_t width = first_byte_only ? 1 : block->planes->plane[p].width;
        uint32_t slot = next_start(block, p, 0);
        while (slot < slots) {
            uint32_t run_end = width < stride ? slot + 1 : ms_bitmap_next(block->starts[p], slot, slots, false);
            uint32_t begin = first + slot * stride, end = first + (run_end - 1) * stride + width;
            if (end > held)
                return false;
            ms_bitmap_set(marks, begin, end);
            slot = next_start(block, p, run_end);
        }
    }
    return true;
}

/* The offset behind the last byte of the plane's last match; 0: it has none. */
static uint32_t end_of_matches(const ms_block *block, uint32_t p)
{
    const ms_plane *plane = &block->planes->plane[p];
    const uint64_t *used = block->starts[p] + block->used[p].from;
    size_t word = ms_words_used(used, block->used[p].end - block->used[p].from);
    if (!word)
        return 0;
    uint32_t slot = (uint32_t)(64 * (block->used[p].from + word - 1)) + ms_highest_bit(used[word - 1]);
    return ms_block_first(block, p) + slot * plane->stride + plane->width;
}

/* How many bytes are covered, when they are the first ones without a gap: then they need no packing. That is so where all
 * slots of a plane match and touch, and nothing else reaches further: unknown values. 0: not so. */
static uint32_t covered_from_start(const ms_block *block)
{
    uint32_t covered = 0, furthest = 0;
    for (uint32_t p = 0; p < block->planes->count; p++) {
        const ms_plane *plane = &block->planes->plane[p];
        uint32_t slots = ms_block_slots(block, p), end = end_of_matches(block, p);
        furthest = end > furthest ? end : furthest;
        if (slots && plane->width >= plane->stride && ms_block_first(block, p) == 0 && end > covered &&
            ms_bitmap_next(block->starts[p], 0, slots, false) == slots)
            covered = end;
    }
    return covered == furthest && covered <= block->size + block->tail ? covered : 0;
}

/* Where all matches of a word touch, their bytes are compared at once. */
static bool plane_has_bytes_of(const ms_block *block, const ms_block *other, uint32_t p)
{
    const ms_plane *plane = &block->planes->plane[p];
    uint32_t first = ms_block_first(block, p);
    size_t end = block->used[p].end;
    for (size_t word = block->used[p].from; (word = ms_next_word(block->starts[p], word, end)) < end; word++) {
        uint64_t bits = block->starts[p][word];
        bool touching = bits == UINT64_MAX && plane->width >= plane->stride;
        size_t size = plane->width + (touching ? 63 * (size_t)plane->stride : 0);
        for (; bits; bits = touching ? 0 : bits & (bits - 1)) {
            size_t at = first + (64 * word + ms_lowest_bit(bits)) * plane->stride;
            if (memcmp(block->bytes + at, other->bytes + at, size) != 0)
                return false;
        }
    }
    return true;
}

bool ms_block_has_bytes_of(const ms_block *block, const ms_block *other)
{
    for (uint32_t p = 0; p < block->planes->count; p++)
        if (!plane_has_bytes_of(block, other, p))
            return false;
    return true;
}

bool ms_block_has_starts_of(const ms_block *block, const ms_block *other)
{
    for (uint32_t p = 0; p < block->planes->count; p++) {
        ms_words a = block->used[p], b = other->used[p];
        uint32_t from = a.from < b.from ? a.from : b.from, end = a.end > b.end ? a.end : b.end;
        if (memcmp(block->starts[p] + from, other->starts[p] + from, (end - from) * sizeof(uint64_t)) != 0)
            return false;
    }
    return true;
}

uint64_t ms_block_count(const ms_block *block)
{
    if (block->planes->count == 1)
        return ms_bitmap_count_in(block->starts[0], block->used[0]);
    mark_matches(block, true, block->covered);
    return ms_bitmap_count(block->covered, ms_bitmap_words(block->size + block->tail));
}

size_t ms_block_blob_bound(const ms_planes *planes)
{
    return planes->count * MS_SLOTS_BOUND(MS_BLOCK_BYTES) + 1 + MS_SQUEEZE_BOUND(HELD_BYTES);
}

/* Copies the covered bytes together, or (scatter) back to their places. Returns how many they are. */
static size_t move_covered(const ms_block *block, bool scatter)
{
    uint32_t held = block->size + block->tail;
    size_t packed = 0;
    for (uint32_t at = ms_bitmap_next(block->covered, 0, held, true); at < held;) {
        uint32_t end = ms_bitmap_next(block->covered, at, held, false);
        if (scatter)
            memcpy(block->bytes + at, block->packed + packed, end - at);
        else
            memcpy(block->packed + packed, block->bytes + at, end - at);
        packed += end - at;
        at = ms_bitmap_next(block->covered, end, held, true);
    }
    return packed;
}

/* Whether the matches are those of one plane and never overlap, as an exact value's: then the covered bytes follow from
 * them one by one. */
static bool is_separate(const ms_block *block)
{
    return block->planes->count == 1 && block->planes->plane[0].stride >= block->planes->plane[0].width;
}

/* move_covered for such matches, without marking each byte; where all of a word match and touch, at once. */
static size_t move_separate(const ms_block *block, bool scatter)
{
    const ms_plane *plane = &block->planes->plane[0];
    uint32_t first = ms_block_first(block, 0);
    size_t packed = 0, end = block->used[0].end;
    for (size_t word = block->used[0].from; (word = ms_next_word(block->starts[0], word, end)) < end; word++) {
        uint64_t bits = block->starts[0][word];
        bool touching = bits == UINT64_MAX && plane->width == plane->stride;
        size_t size = touching ? 64 * (size_t)plane->width : plane->width;
        for (; bits; bits = touching ? 0 : bits & (bits - 1)) {
            uint8_t *there = block->bytes + first + (64 * word + ms_lowest_bit(bits)) * plane->stride;
            uint8_t *here = block->packed + packed;
            memcpy(scatter ? there : here, scatter ? here : there, size);
            packed += size;
        }
    }
    return packed;
}

size_t ms_block_encode_left(const ms_block *block, uint8_t *out)
{
    uint8_t *at = out;
    for (uint32_t p = 0; p < block->planes->count; p++)
        at = ms_slots_encode(block->starts[p], block->used[p], ms_block_slots(block, p), at);
    return (size_t)(at - out);
}

/* Whether bytes are repeated every `width` bytes: so all of them are zero when the first of them are. */
static bool repeats(const uint8_t *bytes, size_t count, size_t width)
{
    return count > width && memcmp(bytes, bytes + width, count - width) == 0;
}

static bool is_zero(const uint8_t *bytes, size_t count)
{
    return bytes[0] == 0 && (count == 1 || repeats(bytes, count, 1));
}

/* Whether squeezing is worth its time: judged by samples, since whole blocks hold nothing that it could take away. */
static bool pays(const uint8_t *bytes, size_t count)
{
    enum { SAMPLES = 16, SAMPLE_BYTES = 64 };
    uint8_t sample[SAMPLES * SAMPLE_BYTES], squeezed[MS_SQUEEZE_BOUND(SAMPLES * SAMPLE_BYTES)];
    if (count < 16 * sizeof sample)
        return true;
    for (size_t i = 0; i < SAMPLES; i++)
        memcpy(sample + i * SAMPLE_BYTES, bytes + i * (count / SAMPLES), SAMPLE_BYTES);
    return ms_squeeze(sample, sizeof sample, squeezed) < sizeof sample;
}

/* The covered bytes one behind the other: where they are, or moved together. */
static const uint8_t *covered_bytes(const ms_block *block, size_t *count)
{
    *count = covered_from_start(block);
    if (*count)
        return block->bytes;
    if (is_separate(block)) {
        assert(end_of_matches(block, 0) <= block->size + block->tail);
        *count = move_separate(block, false);
        return block->packed;
    }
    bool held = mark_matches(block, false, block->covered);
    assert(held); /* a match beyond what was read is a mistake of ours */
    (void)held;
    *count = move_covered(block, false);
    return block->packed;
}

ms_blob_parts ms_block_encode_parts(const ms_block *block, uint8_t *out)
{
    uint8_t *form = out + ms_block_encode_left(block, out), *at = form + 1;
    size_t packed, width = block->planes->plane[0].width;
    const uint8_t *bytes = covered_bytes(block, &packed);
    ms_blob_parts blob = { .head = out, .head_length = (size_t)(at - out) };
    if (packed && is_zero(bytes, packed)) {
        *form = BYTES_ZERO;
        return blob;
    }
    if (packed > 2 * width && repeats(bytes, packed, width)) {
        *form = BYTES_SAME;
        memcpy(at, bytes, width);
        blob.head_length += width;
        return blob;
    }
    size_t squeezed = pays(bytes, packed) ? ms_squeeze(bytes, packed, at) : packed;
    if (squeezed < packed) {
        *form = BYTES_SQUEEZED;
        blob.head_length += squeezed;
        return blob;
    }
    *form = BYTES_RAW;
    blob.body = bytes;
    blob.body_length = packed;
    return blob;
}

size_t ms_block_encode(const ms_block *block, uint8_t *out)
{
    ms_blob_parts blob = ms_block_encode_parts(block, out);
    if (blob.body_length)
        memcpy(out + blob.head_length, blob.body, blob.body_length);
    return blob.head_length + blob.body_length;
}

/* `count` covered bytes in the form that the blob gives them. */
static bool decode_covered(uint8_t form, const ms_reader *blob, size_t width, uint8_t *bytes, size_t count)
{
    size_t left = ms_reader_left(blob);
    if (form == BYTES_ZERO && left == 0)
        memset(bytes, 0, count);
    else if (form == BYTES_RAW && left == count)
        memcpy(bytes, blob->at, count);
    else if (form == BYTES_SAME && left == width)
        for (size_t i = 0; i < count; i += width)
            memcpy(bytes + i, blob->at, count - i < width ? count - i : width);
    else
        return form == BYTES_SQUEEZED && ms_unsqueeze(blob->at, left, bytes, count);
    return true;
}

static bool decode_bytes(ms_block *block, ms_reader *blob)
{
    const uint8_t *form = ms_read_bytes(blob, 1);
    size_t covered = covered_from_start(block), width = block->planes->plane[0].width;
    if (form && covered)
        return decode_covered(*form, blob, width, block->bytes, covered);
    if (form && is_separate(block)) {
        size_t matches = (size_t)ms_bitmap_count_in(block->starts[0], block->used[0]);
        if (end_of_matches(block, 0) > block->size + block->tail ||
            !decode_covered(*form, blob, width, block->packed, matches * width))
            return false;
        move_separate(block, true);
        return true;
    }
    if (!form || !mark_matches(block, false, block->covered))
        return false;
    covered = (size_t)ms_bitmap_count(block->covered, ms_bitmap_words(block->size + block->tail));
    if (!decode_covered(*form, blob, width, block->packed, covered))
        return false;
    move_covered(block, true);
    return true;
}

/* Only what lies inside the block is a match of it. */
static bool matches_inside(const ms_block *block)
{
    for (uint32_t p = 0; p < block->planes->count; p++)
        if (end_of_matches(block, p) > block->size + block->tail)
            return false;
    return true;
}

static memscan_status refuse(ms_block *block, memscan_error *error)
{
    ms_block_reset(block, block->base, block->size, block->tail);
    return ms_fail_at(error, MEMSCAN_CORRUPT, block->base, "a block of matches is damaged");
}

static memscan_status decode(ms_block *block, const uint8_t *blob, size_t length, bool with_bytes, memscan_error *error)
{
    ms_reader rest;
    ms_reader_init(&rest, blob, length);
    bool sound = true;
    for (uint32_t p = 0; sound && p < block->planes->count; p++)
        sound = ms_slots_decode(&rest, block->starts[p], &block->used[p], ms_block_slots(block, p));
    if (sound && (with_bytes ? decode_bytes(block, &rest) : matches_inside(block)))
        return MEMSCAN_OK;
    return refuse(block, error);
}

memscan_status ms_block_decode(ms_block *block, const uint8_t *blob, size_t length, memscan_error *error)
{
    return decode(block, blob, length, true, error);
}

memscan_status ms_block_decode_starts(ms_block *block, const uint8_t *blob, size_t length, memscan_error *error)
{
    return decode(block, blob, length, false, error);
}

/* One plane of what is left, which is some of its matches. */
static bool decode_left_plane(ms_block *block, uint32_t p, ms_reader *left)
{
    uint32_t slots = ms_block_slots(block, p);
    size_t words = ms_bitmap_words(slots);
    uint64_t *told = block->covered;
    ms_words told_in;
    memset(told, 0, words * sizeof *told);
    if (!ms_slots_decode(left, told, &told_in, slots))
        return false;
    for (size_t w = 0; w < words; w++) {
        if (told[w] & ~block->starts[p][w])
            return false;
        block->starts[p][w] = told[w];
    }
    return true;
}

memscan_status ms_block_decode_left(ms_block *block, const uint8_t *left, size_t length, memscan_error *error)
{
    ms_reader rest;
    ms_reader_init(&rest, left, length);
    bool sound = true;
    for (uint32_t p = 0; sound && p < block->planes->count; p++)
        sound = decode_left_plane(block, p, &rest);
    if (sound && ms_reader_left(&rest) == 0)
        return MEMSCAN_OK;
    return refuse(block, error);
}

/* How many bytes every slot together covers, where they are the first ones without a gap: covered_from_start of a block
 * that is not there. */
static uint32_t covered_by_all(const ms_block *block)
{
    uint32_t covered = 0, furthest = 0;
    for (uint32_t p = 0; p < block->planes->count; p++) {
        const ms_plane *plane = &block->planes->plane[p];
        uint32_t first = ms_block_first(block, p), slots = ms_block_slots(block, p);
        uint32_t end = slots ? first + (slots - 1) * plane->stride + plane->width : 0;
        furthest = end > furthest ? end : furthest;
        if (plane->width >= plane->stride && first == 0 && end > covered)
            covered = end;
    }
    return covered == furthest && covered <= block->size + block->tail ? covered : 0;
}

/* The same of a blob that says that all of them match; 0: it does not. */
static uint32_t covered_by_blob(const ms_block *block, const uint8_t *blob, size_t length)
{
    size_t planes = block->planes->count;
    uint32_t covered = length > planes ? covered_by_all(block) : 0;
    for (size_t p = 0; covered && p < planes; p++)
        covered = blob[p] == MS_SLOTS_ALL ? covered : 0;
    return covered;
}

/* `count` of the covered bytes from `from` on, of `covered` in all. */
static bool decode_covered_part(uint8_t form, const uint8_t *held, size_t left, size_t width, size_t covered,
                                size_t from, uint8_t *bytes, size_t count)
{
    if (form == BYTES_ZERO && left == 0)
        memset(bytes, 0, count);
    else if (form == BYTES_RAW && left == covered)
        memcpy(bytes, held + from, count);
    else if (form == BYTES_SAME && left == width)
        for (size_t i = 0; i < count; i++)
            bytes[i] = held[(from + i) % width];
    else
        return form == BYTES_SQUEEZED && ms_unsqueeze_part(held, left, covered, from, bytes, count);
    return true;
}

/* Every slot of the block whose value ends before `end`. */
static void set_slots_before(ms_block *block, uint32_t end)
{
    for (uint32_t p = 0; p < block->planes->count; p++) {
        const ms_plane *plane = &block->planes->plane[p];
        uint32_t first = ms_block_first(block, p), slots = ms_block_slots(block, p);
        uint32_t fit = end < first + plane->width ? 0 : (end - first - plane->width) / plane->stride + 1;
        ms_bitmap_set(block->starts[p], 0, fit < slots ? fit : slots);
    }
}

bool ms_block_decode_part(ms_block *block, const ms_block_place *whole, const uint8_t *blob, size_t length)
{
    ms_block all = *block;
    all.base = whole->base;
    all.size = whole->size;
    all.tail = whole->tail;
    size_t planes = block->planes->count;
    uint32_t covered = covered_by_blob(&all, blob, length), from = (uint32_t)(block->base - whole->base);
    if (from >= covered || from % 64)
        return false;
    uint32_t held = block->size + block->tail, count = held < covered - from ? held : covered - from;
    if (!decode_covered_part(blob[planes], blob + planes + 1, length - planes - 1, block->planes->plane[0].width,
                             covered, from, block->bytes, count))
        return false;
    set_slots_before(block, count);
    return true;
}

bool ms_block_is_whole(const ms_block *block, const uint8_t *blob, size_t length, const uint8_t *bytes)
{
    size_t planes = block->planes->count, covered = covered_by_blob(block, blob, length);
    if (!covered)
        return false;
    const uint8_t *held = blob + planes + 1;
    size_t left = length - planes - 1;
    switch (blob[planes]) {
    case BYTES_ZERO: return left == 0 && is_zero(bytes, covered);
    case BYTES_RAW: return left == covered && memcmp(held, bytes, covered) == 0;
    case BYTES_SQUEEZED: return ms_is_squeezed(held, left, bytes, covered);
    default: return false;
    }
}
