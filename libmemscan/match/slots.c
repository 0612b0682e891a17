/* slots.c - the forms in which a blob says which slots match:
 *
 *   0 none   1 every slot   2 list: u16 count - 1, then ascending u16 slots   3 bitmap, one bit a slot
 *   4 gaps: u16 count - 1, then how many slots lie between each and the one before: 255 means 255 and more to come
 *
 * Numbers are little-endian. docs/formats.md has the same for readers of session files. */
#include "slots.h"

enum { SLOTS_NONE, SLOTS_LIST = 2, SLOTS_BITMAP, SLOTS_GAPS };

#define LONGEST_GAP 255u /* in one byte of a gap: another byte goes on with it */

static uint8_t *encode_list(const uint64_t *starts, ms_words used, uint32_t slots, uint64_t matches, uint8_t *out)
{
    ms_store_uint(out, matches - 1, 2, 0);
    out += 2;
    for (uint32_t slot = ms_bitmap_next_in(starts, used, 0, slots); slot < slots;
         slot = ms_bitmap_next_in(starts, used, slot + 1, slots)) {
        ms_store_uint(out, slot, 2, 0);
        out += 2;
    }
    return out;
}

/* The bytes that the gaps take. */
static size_t size_of_gaps(const uint64_t *starts, ms_words used, uint32_t slots)
{
    size_t size = 0;
    for (uint32_t from = 0, slot; (slot = ms_bitmap_next_in(starts, used, from, slots)) < slots; from = slot + 1)
        size += (slot - from) / LONGEST_GAP + 1;
    return size;
}

static uint8_t *encode_gaps(const uint64_t *starts, ms_words used, uint32_t slots, uint64_t matches, uint8_t *out)
{
    ms_store_uint(out, matches - 1, 2, 0);
    out += 2;
    for (uint32_t from = 0, slot; (slot = ms_bitmap_next_in(starts, used, from, slots)) < slots; from = slot + 1) {
        uint32_t gap = slot - from;
        for (; gap >= LONGEST_GAP; gap -= LONGEST_GAP)
            *out++ = LONGEST_GAP;
        *out++ = (uint8_t)gap;
    }
    return out;
}

uint8_t *ms_slots_encode(const uint64_t *starts, ms_words used, uint32_t slots, uint8_t *out)
{
    uint64_t matches = ms_bitmap_count_in(starts, used);
    size_t bitmap_bytes = (slots + 7) / 8;
    if (matches == 0) {
        *out = SLOTS_NONE;
        return out + 1;
    }
    if (matches == slots) {
        *out = MS_SLOTS_ALL;
        return out + 1;
    }
    size_t list = (size_t)(2 * matches),
           gaps = matches < bitmap_bytes ? size_of_gaps(starts, used, slots) : bitmap_bytes;
    if (2 + gaps < bitmap_bytes && gaps < list) {
        *out = SLOTS_GAPS;
        return encode_gaps(starts, used, slots, matches, out + 1);
    }
    if (2 + list < bitmap_bytes) {
        *out = SLOTS_LIST;
        return encode_list(starts, used, slots, matches, out + 1);
    }
    *out = SLOTS_BITMAP;
    for (size_t b = 0; b + 8 <= bitmap_bytes; b += 8)
        ms_store_little64(out + 1 + b, starts[b / 8]);
    for (size_t b = bitmap_bytes / 8 * 8; b < bitmap_bytes; b++)
        out[1 + b] = (uint8_t)(starts[b / 8] >> b % 8 * 8);
    return out + 1 + bitmap_bytes;
}

static bool decode_list(ms_reader *blob, uint64_t *starts, ms_words *used, uint32_t slots)
{
    const uint8_t *count = ms_read_bytes(blob, 2);
    if (!count)
        return false;
    size_t matches = (size_t)ms_load_uint(count, 2, 0) + 1;
    const uint8_t *list = ms_read_bytes(blob, 2 * matches);
    if (!list)
        return false;
    for (size_t i = 0; i < matches; i++) {
        uint32_t slot = (uint32_t)ms_load_uint(list + 2 * i, 2, 0);
        if (slot >= slots || (i > 0 && slot <= ms_load_uint(list + 2 * i - 2, 2, 0)))
            return false;
        ms_bitmap_push(starts, used, slot);
    }
    return true;
}

/* The writer's form of a gap is the only one: no byte of a last gap is missing, and none goes beyond the slots. */
static bool decode_gaps(ms_reader *blob, uint64_t *starts, ms_words *used, uint32_t slots)
{
    const uint8_t *count = ms_read_bytes(blob, 2);
    uint32_t slot = 0;
    for (size_t left = count ? (size_t)ms_load_uint(count, 2, 0) + 1 : 0; left; left--) {
        const uint8_t *gap;
        do {
            gap = ms_read_bytes(blob, 1);
            if (!gap || *gap >= slots - slot)
                return false;
            slot += *gap;
        } while (*gap == LONGEST_GAP);
        ms_bitmap_push(starts, used, slot++);
    }
    return count != NULL;
}

static bool decode_bitmap(ms_reader *blob, uint64_t *starts, uint32_t slots)
{
    size_t length = (slots + 7) / 8;
    const uint8_t *bitmap = ms_read_bytes(blob, length);
    if (!bitmap || (slots % 8 && bitmap[length - 1] >> slots % 8))
        return false;
    for (size_t b = 0; b < length; b++)
        starts[b / 8] |= (uint64_t)bitmap[b] << b % 8 * 8;
    return true;
}

bool ms_slots_decode(ms_reader *blob, uint64_t *starts, ms_words *used, uint32_t slots)
{
    const uint8_t *form = ms_read_bytes(blob, 1);
    bool anywhere = form && (*form == MS_SLOTS_ALL || *form == SLOTS_BITMAP);
    *used = (ms_words){ 0, anywhere ? (uint32_t)ms_bitmap_words(slots) : 0 };
    if (!form)
        return false;
    switch (*form) {
    case SLOTS_NONE: return true;
    case MS_SLOTS_ALL: ms_bitmap_set(starts, 0, slots); return slots > 0;
    case SLOTS_LIST: return decode_list(blob, starts, used, slots);
    case SLOTS_BITMAP: return decode_bitmap(blob, starts, slots);
    case SLOTS_GAPS: return slots > 0 && decode_gaps(blob, starts, used, slots);
    default: return false;
    }
}
