/* compare.c - every numeric type is brought to an integer that orders as its values do: signed ones by flipping the
 * sign bit, floats by their key (decimal.h), so that no float arithmetic is done. */
#include "compare.h"

#include <stdbool.h>

#include "../base/bytes.h"

/* The unsigned integer that orders as the value does; false for a NaN. */
static bool order_of(memscan_type type, memscan_layout layout, const void *bytes, uint64_t *order)
{
    size_t width = memscan_type_width(type, layout.pointer_width);
    uint64_t sign = (uint64_t)1 << (8 * width - 1);
    uint64_t bits = ms_load_uint(bytes, width, layout.big_endian);
    if (type == MEMSCAN_F32 || type == MEMSCAN_F64) {
        uint64_t infinity = type == MEMSCAN_F32 ? 0x7f800000u : 0x7ff0000000000000u;
        uint64_t magnitude = bits & (sign - 1);
        *order = bits & sign ? sign - magnitude : sign + magnitude;
        return magnitude <= infinity;
    }
    bool is_signed = type == MEMSCAN_I8 || type == MEMSCAN_I16 || type == MEMSCAN_I32 || type == MEMSCAN_I64;
    *order = is_signed ? bits ^ sign : bits;
    return true;
}

ms_order ms_value_compare(memscan_type type, memscan_layout layout, const void *a, const void *b)
{
    uint64_t first, second;
    if (memscan_type_width(type, layout.pointer_width) == 0 || !order_of(type, layout, a, &first) ||
        !order_of(type, layout, b, &second))
        return MS_UNORDERED;
    return first < second ? MS_LESS : first > second ? MS_GREATER : MS_EQUAL;
}
