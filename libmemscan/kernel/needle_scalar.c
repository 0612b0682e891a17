/* needle_scalar.c - one start after the other; the reference that the others are tested against, and their search in
 * what is too short for them. */
#include "needle_sets.h"

static size_t find(const ms_needle *needle, const uint8_t *hay, size_t length, size_t from)
{
    if (length < needle->length)
        return MS_NEEDLE_NONE;
    uint8_t mask = ms_needle_mask(needle, needle->first);
    uint8_t byte = needle->bytes[needle->first] & mask;
    for (size_t at = from; at <= length - needle->length; at++)
        if ((hay[at + needle->first] & mask) == byte && ms_needle_fits(needle, hay + at))
            return at;
    return MS_NEEDLE_NONE;
}

const ms_needle_set ms_needle_scalar = { "scalar", find };
