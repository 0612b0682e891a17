/* tracking.h - write tracking of one scan (memscan_scan_options.track): which memory it is asked of, what need not be read
 * again, and what the next scan is to know. */
#ifndef MS_TRACKING_H
#define MS_TRACKING_H

#include "../flow/selection.h"
#include "../target/piece.h"
#include "../target/unwritten.h"
#include "scanning.h"

typedef struct ms_tracking {
    ms_unwritten unwritten; /* since the current step: still its bytes */
    ms_tracked next;        /* of the step that this scan makes */
    bool too_many;          /* of next.unread: the step is not tracked */
} ms_tracking;

void ms_tracking_init(ms_tracking *tracking, const memscan_allocator *allocator);
void ms_tracking_deinit(ms_tracking *tracking);

/* Before anything is read. Nothing happens where it was not asked for. */
memscan_status ms_tracking_begin_first(ms_tracking *tracking, memscan_scan *scan, const ms_selection *selection,
                                       memscan_error *error);
memscan_status ms_tracking_begin_next(ms_tracking *tracking, memscan_scan *scan, const ms_region_map *map,
                                      const ms_policy *policy, memscan_error *error);

/* These matches are kept although they were not read; told ascending. */
void ms_tracking_keep(ms_tracking *tracking, uint64_t address, uint64_t size);
/* For ms_session_add_step. */
ms_tracked *ms_tracking_result(ms_tracking *tracking);

#endif
