/* linux_fault.h - what the map says of an address that could not be read or written.
 *
 * Asked only after a failure, of an image that may have moved on since: an answer explains, it never decides whether
 * bytes are good. One lookup belongs to one thread and one call; several may ask the same target at once. */
#ifndef MS_LINUX_FAULT_H
#define MS_LINUX_FAULT_H

#include "linux_maps.h"
#include "linux_target.h"

typedef struct linux_place {
    bool mapped;
    uint64_t last;       /* of the mapping that holds the address */
    uint32_t protection; /* MEMSCAN_PROT_ bits */
} linux_place;

typedef struct linux_lookup {
    linux_target *target;
    linux_map map; /* read once, and only where PROCMAP_QUERY is not to be had */
    uint64_t from; /* what was asked for when it was read: it says nothing of what lies below */
    bool read;
} linux_lookup;

void ms_linux_lookup_init(linux_lookup *lookup, linux_target *target);
void ms_linux_lookup_deinit(linux_lookup *lookup);
memscan_status ms_linux_lookup_place(linux_lookup *lookup, uint64_t address, linux_place *place, memscan_error *error);

#endif
