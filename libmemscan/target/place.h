/* place.h - names for addresses, and addresses for names: what place.c writes, address.c reads. */
#ifndef MS_PLACE_H
#define MS_PLACE_H

#include "module_list.h"
#include "target.h"

/* The modules as known at the last snapshot of the regions; taken now when they are not. */
memscan_status ms_target_modules(memscan_target *target, ms_module_list **modules, memscan_error *error);

/* What memscan_place writes, from snapshots that are at hand. Both may be NULL. */
void ms_place_write(const ms_region_map *map, const ms_module_list *modules, uint64_t address, char *out,
                    size_t capacity);

/* The index of the first of the touching regions that bear the same name as the one at `index`: what an offset
 * behind a region's name counts from. */
size_t ms_region_map_run(const ms_region_map *map, size_t index);

/* The name under which a region is known: its own in brackets, or the file's without its folder. */
const char *ms_region_short_name(const memscan_region *region);

#endif
