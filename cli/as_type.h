/* as_type.h - --as TYPE: how `read` and `watch` show bytes. */
#ifndef CLI_AS_TYPE_H
#define CLI_AS_TYPE_H

#include <stdbool.h>

#include <memscan/value.h>

#include "options.h"

/* What --as says, else `otherwise`. INVALID: a type that no bytes can be shown as. */
memscan_status cli_as_type(const cli_arguments *arguments, memscan_type otherwise, memscan_type *type,
                           memscan_error *error);
/* text, utf16, hex, bits: as long as one likes. */
bool cli_is_any_length(memscan_type type);

#endif
