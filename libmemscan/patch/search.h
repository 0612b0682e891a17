/* search.h - where the patterns of a patch are in a target: in one pass over its memory for all edits that look in the
 * same module, and each in two forms, as it is before the edit and as it is once the edit is applied. */
#ifndef MS_SEARCH_H
#define MS_SEARCH_H

#include "edits.h"

/* The places of one edit. */
typedef struct ms_edit_places {
    ms_array addresses; /* of uint64_t */
    ms_array applied;   /* of uint64_t: where it looks as if it were applied */
    uint64_t before_count, applied_count;
} ms_edit_places;

/* `rows`: for each edit its bytes (ms_edit_form). Fills `places` (one for each edit, initialised here, to be given back
 * with ms_edit_places_deinit in every case) for those that look for a pattern: in the end `addresses` holds as many as
 * the edit says. */
memscan_status ms_patch_search(memscan_target *target, const memscan_patch *patch, const ms_array *rows,
                               const memscan_patch_options *options, ms_edit_places *places, memscan_error *error);

void ms_edit_places_init(ms_edit_places *places, const memscan_allocator *allocator);
void ms_edit_places_deinit(ms_edit_places *places);

#endif
