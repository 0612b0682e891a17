/* unwritten.h - what nobody wrote since an earlier scan, as the target's platform tells it: asked once, on the caller's
 * thread, before a scan begins; then a list that every worker may look into. */
#ifndef MS_UNWRITTEN_H
#define MS_UNWRITTEN_H

#include "../base/array.h"
#include "target.h"

typedef struct ms_unwritten {
    ms_array runs; /* of memscan_extent, ascending, never touching a byte twice */
} ms_unwritten;

void ms_unwritten_init(ms_unwritten *unwritten, const memscan_allocator *allocator);
void ms_unwritten_deinit(ms_unwritten *unwritten);

/* Asks which pages of `ranges` are as they were at *point, which becomes the moment of the answer. `swapped`: pages in
 * swap count, too. NOT_SUPPORTED: this kind of target cannot tell; and what the platform says. */
memscan_status ms_unwritten_ask(ms_unwritten *unwritten, memscan_target *target, bool lasting,
                                const memscan_track_range *ranges, size_t count, bool swapped,
                                memscan_track_point *point, memscan_error *error);
/* Takes a stretch out: nothing is known of it. Stretches are taken out ascending, `from` being where the last call
 * left off (at first 0). NO_MEMORY. */
memscan_status ms_unwritten_remove(ms_unwritten *unwritten, const memscan_extent *stretch, size_t *from,
                                   memscan_error *error);

/* The first and the last of `size` bytes from `address` on that are not known to be unwritten. False: all of them are. */
bool ms_unwritten_outside(const ms_unwritten *unwritten, uint64_t address, uint64_t size, uint64_t *first,
                          uint64_t *last);

/* How many bytes from `address` on, of `size`, are alike: all unwritten, or none for certain. */
uint64_t ms_unwritten_alike(const ms_unwritten *unwritten, uint64_t address, uint64_t size, bool *is_unwritten);

#endif
