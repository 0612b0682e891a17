/* changes.h - what a patch, or a journal, comes down to in one target: runs of bytes, each with what stands there and what
 * shall stand there. Making a plan changes nothing; carrying it out is apply.c's. */
#ifndef MS_CHANGES_H
#define MS_CHANGES_H

#include "edits.h"

typedef struct ms_changes {
    const memscan_allocator *allocator;
    ms_array changes; /* of memscan_patch_change */
    ms_arena bytes;   /* what they point to */
} ms_changes;

void ms_changes_init(ms_changes *plan, const memscan_allocator *allocator);
void ms_changes_deinit(ms_changes *plan);

static inline memscan_patch_change *ms_change_at(const ms_changes *plan, size_t index)
{
    return ms_array_at(&plan->changes, index);
}

/* Adds a change with room for its bytes, copied from `old_bytes` and `new_bytes`; its state is ALREADY where they are
 * equal, else WOULD_CHANGE. */
memscan_status ms_changes_add(ms_changes *plan, size_t edit, const char *name, uint64_t address,
                              const uint8_t *old_bytes, const uint8_t *new_bytes, size_t length, memscan_error *error);

/* Finds the places of all edits and looks at what stands there. Fails as memscan_patch_apply does. */
memscan_status ms_changes_plan(ms_changes *plan, memscan_target *target, const memscan_patch *patch,
                               const memscan_patch_options *options, memscan_error *error);

/* INVALID: two changes overlap. UNREADABLE, UNWRITABLE: a place that is to be changed takes no writes. */
memscan_status ms_changes_check(const ms_changes *plan, memscan_target *target, memscan_error *error);

/* Reads a place of a plan, all or nothing; `touch` where it is going to be written anyway. */
memscan_status ms_changes_read(memscan_target *target, uint64_t address, uint8_t *bytes, size_t length, bool touch,
                               memscan_error *error);

#endif
