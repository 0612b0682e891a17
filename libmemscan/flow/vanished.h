/* vanished.h - tell memory that could not be read from memory that is no longer there. Looked up only on the caller's
 * thread, in a snapshot younger than the read: it is the only thread that may ask for the regions, and one snapshot
 * serves all that was read before it was taken. */
#ifndef MS_VANISHED_H
#define MS_VANISHED_H

#include "reader.h"

typedef struct ms_vanished {
    memscan_target *target;
    ms_region_map *map; /* NULL: none was needed yet */
    uint64_t taken_at;  /* ms_clock_ns before it was taken */
} ms_vanished;

void ms_vanished_init(ms_vanished *vanished, memscan_target *target);
void ms_vanished_deinit(ms_vanished *vanished);

/* Makes the snapshot younger than `moment` (ms_clock_ns). */
memscan_status ms_vanished_look(ms_vanished *vanished, uint64_t moment, memscan_error *error);
/* Of a hole: how many of its first bytes are alike, and whether they are still mapped. After a look. */
uint64_t ms_vanished_alike(const ms_vanished *vanished, uint64_t address, uint64_t size, bool *mapped);
/* Where such bytes are counted. */
unsigned ms_vanished_slot(bool mapped, memscan_outcome outcome);

/* Books the holes of a unit that was read: what is not mapped any longer has vanished; what still is could not be read. */
memscan_status ms_vanished_book(ms_vanished *vanished, const ms_reader *reader, ms_account *account,
                                memscan_error *error);

#endif
