/* scanning.h - what the rooms of a stateful search share: scan.c is the handle and its history, first_scan.c judges all of
 * memory, next_scan.c what is left (next_judge.c one block of it), rebase.c carries a session over to another run,
 * scan_cursor.c walks the matches. */
#ifndef MS_SCANNING_H
#define MS_SCANNING_H

#include <memscan/scan.h>

#include "../match/session.h"
#include "../target/target.h"

struct memscan_scan {
    memscan_target *target;
    const memscan_allocator *allocator;
    memscan_scan_options options; /* spill_folder is ours */
    ms_session *session;          /* NULL before the first scan */
    ms_match_set current;         /* of the step that stands */
    uint64_t carried, dropped;    /* by rebasing */

    /* Of the walk over matches: the block that was decoded last. */
    ms_block block;
    uint8_t *scratch;       /* ms_block_blob_bound bytes; NULL: the three below do not hold */
    size_t block_ref;       /* index in `current` */
    uint64_t number_before; /* matches before the block */
    uint64_t block_matches; /* in it */
    uint64_t walked_number; /* the match handed out last in this block, from 1; 0: none */
    uint32_t walked_offset; /* and where it is */
};

/* Forgets the decoded block: the current step is another one now. */
void ms_scan_forget_block(memscan_scan *scan);

/* The planes of a session: one a type, ascending by memscan_type; `alignment` 0: each type's own. `longest` is the
 * width of text and bytes. */
memscan_status ms_scan_planes(uint32_t types, memscan_layout layout, uint64_t alignment, size_t longest,
                              ms_planes *planes, memscan_error *error);
/* Bytes behind a stretch that a match may reach into: 0 where strides keep every match inside its page. */
size_t ms_scan_reach(const ms_planes *planes);

/* Reads the matches of the session's current step into scan->current. */
memscan_status ms_scan_load_current(memscan_scan *scan, memscan_error *error);

/* Turns an opened session of another run into one of this target (options.rebase). */
memscan_status ms_scan_rebase(memscan_scan *scan, memscan_error *error);

#endif
