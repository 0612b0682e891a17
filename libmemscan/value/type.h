/* type.h - the table of types: what each one is called, how wide it is and which kernel lane judges it. */
#ifndef MS_TYPE_H
#define MS_TYPE_H

#include <stdbool.h>

#include <memscan/value.h>

#include "../kernel/kernel.h"

typedef enum ms_class {
    MS_CLASS_INTEGER, /* one width, whole numbers */
    MS_CLASS_REAL,    /* one width, IEEE 754 */
    MS_CLASS_SET,     /* several of the above at once */
    MS_CLASS_BYTES    /* text and bytes */
} ms_class;

typedef struct ms_type_facts {
    const char *name;
    ms_class class;
    uint8_t width; /* bytes; 0: none, or the target's pointer width */
    bool is_signed;
    uint32_t single; /* the single types it stands for: itself, or a set's members; 0 for bytes */
} ms_type_facts;

/* NULL for an unknown number and MEMSCAN_TYPE_NONE. */
const ms_type_facts *ms_type(memscan_type type);

/* The width of one value; 0: the type has none. */
static inline size_t ms_type_width(const ms_type_facts *facts, unsigned pointer_width)
{
    return facts->single == MEMSCAN_TYPE_BIT(MEMSCAN_PTR) ? pointer_width : facts->width;
}

/* Bytes that stand for themselves: text, utf16, hex and bits, not a regular expression. */
bool ms_type_is_bytes(memscan_type type);

/* The integer lane of this width. */
ms_lane ms_lane_of_width(size_t width);

#endif
