/* squeeze.c - the format: ceil(length / 8) mask bytes (bit i of mask byte m: byte 8m+i is not zero; bits beyond the
 * end are 0), then the nonzero bytes in order. Whole words of 64 bytes go through kernel/pack.h; the last ones here. */
#include "squeeze.h"

#include <string.h>

#include "../kernel/pack.h"

size_t ms_squeeze(const uint8_t *bytes, size_t length, uint8_t *out)
{
    size_t words = length / 64, mask_length = (length + 7) / 8;
    uint8_t *next = out + mask_length;
    next += ms_pack()->pack(bytes, words, out, next);
    memset(out + 8 * words, 0, mask_length - 8 * words);
    for (size_t i = 64 * words; i < length; i++) {
        bool kept = bytes[i] != 0;
        out[i / 8] = (uint8_t)(out[i / 8] | kept << i % 8);
        *next = bytes[i];
        next += kept;
    }
    return (size_t)(next - out);
}

/* Whether there are as many mask bytes as so many bytes have, and no bits behind the end. */
static bool has_masks(const uint8_t *squeezed, size_t squeezed_length, size_t length)
{
    size_t mask_length = (length + 7) / 8;
    return squeezed_length >= mask_length && !(length % 8 && squeezed[mask_length - 1] >> length % 8);
}

bool ms_unsqueeze(const uint8_t *squeezed, size_t squeezed_length, uint8_t *bytes, size_t length)
{
    size_t words = length / 64, mask_length = (length + 7) / 8;
    if (!has_masks(squeezed, squeezed_length, length))
        return false;
    const uint8_t *packed = squeezed + mask_length;
    size_t left = squeezed_length - mask_length, taken = ms_pack()->unpack(squeezed, words, packed, left, bytes);
    if (taken == SIZE_MAX)
        return false;
    for (size_t i = 64 * words; i < length; i++) {
        bool kept = squeezed[i / 8] >> i % 8 & 1;
        if (kept && taken == left)
            return false;
        bytes[i] = kept ? packed[taken] : 0;
        taken += kept;
    }
    return taken == left;
}

bool ms_unsqueeze_part(const uint8_t *squeezed, size_t squeezed_length, size_t length, size_t from, uint8_t *bytes,
                       size_t count)
{
    size_t words = count / 64, mask_length = (length + 7) / 8;
    if (!has_masks(squeezed, squeezed_length, length) || from % 64 || count > length || from > length - count)
        return false;
    const uint8_t *mask = squeezed + from / 8, *packed = squeezed + mask_length;
    size_t left = squeezed_length - mask_length, before = ms_pack()->count(squeezed, from / 64);
    if (before > left)
        return false;
    packed += before;
    left -= before;
    size_t taken = ms_pack()->unpack(mask, words, packed, left, bytes);
    if (taken == SIZE_MAX)
        return false;
    for (size_t i = 64 * words; i < count; i++) {
        bool kept = mask[i / 8] >> i % 8 & 1;
        if (kept && taken == left)
            return false;
        bytes[i] = kept ? packed[taken] : 0;
        taken += kept;
    }
    return true;
}

bool ms_is_squeezed(const uint8_t *squeezed, size_t squeezed_length, const uint8_t *bytes, size_t length)
{
    size_t words = length / 64, mask_length = (length + 7) / 8;
    if (!has_masks(squeezed, squeezed_length, length))
        return false;
    const uint8_t *packed = squeezed + mask_length;
    size_t left = squeezed_length - mask_length, taken = ms_pack()->is_packed(squeezed, words, packed, left, bytes);
    if (taken == SIZE_MAX)
        return false;
    for (size_t i = 64 * words; i < length; i++) {
        bool kept = squeezed[i / 8] >> i % 8 & 1;
        if ((kept && taken == left) || bytes[i] != (kept ? packed[taken] : 0))
            return false;
        taken += kept;
    }
    return taken == left;
}
