/* as_type.c - see as_type.h. */
#include "as_type.h"

#include "complain.h"

bool cli_is_any_length(memscan_type type)
{
    return type == MEMSCAN_TEXT || type == MEMSCAN_UTF16 || type == MEMSCAN_HEX || type == MEMSCAN_BITS;
}

memscan_status cli_as_type(const cli_arguments *arguments, memscan_type otherwise, memscan_type *type,
                           memscan_error *error)
{
    char shown[64];
    const char *name = cli_value(arguments, CLI_AS);
    *type = name == NULL ? otherwise : memscan_type_from_name(name);
    if (name == NULL || cli_is_any_length(*type) || memscan_type_width(*type, 8) != 0)
        return MEMSCAN_OK;
    memscan_escape(name, shown, sizeof shown);
    return cli_wrong(error, "i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 ptr text utf16 hex bits", "--as cannot show a %s",
                     shown);
}
