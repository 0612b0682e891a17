/* type.c - the table of types. Indexed by the pinned numbers of memscan_type. */
#include "type.h"

#include <string.h>

#define BIT(type)     MEMSCAN_TYPE_BIT(type)
#define INTEGERS      (BIT(MEMSCAN_I8) | BIT(MEMSCAN_I16) | BIT(MEMSCAN_I32) | BIT(MEMSCAN_I64))
#define FLOATS        (BIT(MEMSCAN_F32) | BIT(MEMSCAN_F64))
#define SIGNED_TYPE   true
#define UNSIGNED_TYPE false

static const ms_type_facts types[] = {
    [MEMSCAN_I8] = { "i8", MS_CLASS_INTEGER, 1, SIGNED_TYPE, BIT(MEMSCAN_I8) },
    [MEMSCAN_I16] = { "i16", MS_CLASS_INTEGER, 2, SIGNED_TYPE, BIT(MEMSCAN_I16) },
    [MEMSCAN_I32] = { "i32", MS_CLASS_INTEGER, 4, SIGNED_TYPE, BIT(MEMSCAN_I32) },
    [MEMSCAN_I64] = { "i64", MS_CLASS_INTEGER, 8, SIGNED_TYPE, BIT(MEMSCAN_I64) },
    [MEMSCAN_U8] = { "u8", MS_CLASS_INTEGER, 1, UNSIGNED_TYPE, BIT(MEMSCAN_U8) },
    [MEMSCAN_U16] = { "u16", MS_CLASS_INTEGER, 2, UNSIGNED_TYPE, BIT(MEMSCAN_U16) },
    [MEMSCAN_U32] = { "u32", MS_CLASS_INTEGER, 4, UNSIGNED_TYPE, BIT(MEMSCAN_U32) },
    [MEMSCAN_U64] = { "u64", MS_CLASS_INTEGER, 8, UNSIGNED_TYPE, BIT(MEMSCAN_U64) },
    [MEMSCAN_F32] = { "f32", MS_CLASS_REAL, 4, SIGNED_TYPE, BIT(MEMSCAN_F32) },
    [MEMSCAN_F64] = { "f64", MS_CLASS_REAL, 8, SIGNED_TYPE, BIT(MEMSCAN_F64) },
    [MEMSCAN_PTR] = { "ptr", MS_CLASS_INTEGER, 0, UNSIGNED_TYPE, BIT(MEMSCAN_PTR) },
    [MEMSCAN_INT] = { "int", MS_CLASS_SET, 0, SIGNED_TYPE, INTEGERS },
    [MEMSCAN_FLOAT] = { "float", MS_CLASS_SET, 0, SIGNED_TYPE, FLOATS },
    [MEMSCAN_NUM] = { "num", MS_CLASS_SET, 0, SIGNED_TYPE, INTEGERS | FLOATS },
    [MEMSCAN_TEXT] = { "text", MS_CLASS_BYTES, 0, UNSIGNED_TYPE, 0 },
    [MEMSCAN_UTF16] = { "utf16", MS_CLASS_BYTES, 0, UNSIGNED_TYPE, 0 },
    [MEMSCAN_HEX] = { "hex", MS_CLASS_BYTES, 0, UNSIGNED_TYPE, 0 },
    [MEMSCAN_RE] = { "re", MS_CLASS_BYTES, 0, UNSIGNED_TYPE, 0 },
    [MEMSCAN_BITS] = { "bits", MS_CLASS_BYTES, 0, UNSIGNED_TYPE, 0 },
};
#define TYPE_COUNT (sizeof types / sizeof types[0])

const ms_type_facts *ms_type(memscan_type type)
{
    size_t index = (size_t)type;
    return index < TYPE_COUNT && types[index].name ? &types[index] : NULL;
}

bool ms_type_is_bytes(memscan_type type)
{
    const ms_type_facts *facts = ms_type(type);
    return facts && facts->class == MS_CLASS_BYTES && type != MEMSCAN_RE;
}

ms_lane ms_lane_of_width(size_t width)
{
    return width == 1 ? MS_LANE_I8 : width == 2 ? MS_LANE_I16 : width == 4 ? MS_LANE_I32 : MS_LANE_I64;
}

const char *memscan_type_name(memscan_type type)
{
    const ms_type_facts *facts = ms_type(type);
    return facts ? facts->name : "?";
}

memscan_type memscan_type_from_name(const char *name)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (types[i].name && strcmp(types[i].name, name) == 0)
            return (memscan_type)i;
    return MEMSCAN_TYPE_NONE;
}

size_t memscan_type_width(memscan_type type, unsigned pointer_width)
{
    const ms_type_facts *facts = ms_type(type);
    return facts ? ms_type_width(facts, pointer_width) : 0;
}
