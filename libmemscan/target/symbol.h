/* symbol.h - addresses by the names of symbols. */
#ifndef MS_SYMBOL_H
#define MS_SYMBOL_H

#include "target.h"

/* The address of the symbol `name`: in the module of that name or path, or, when `module` is NULL, in any. What other files
 * see goes before what is local to one.
 *   NOT_FOUND     no module has it; the error record says so
 *   AMBIGUOUS     several places bear the name; the hint names some
 *   NOT_SUPPORTED this build, or this system, reads no symbols */
memscan_status ms_symbol_resolve(memscan_target *target, const ms_region_map *map, const char *module, const char *name,
                                 uint64_t *address, memscan_error *error);

#endif
