/* sweep.h - one pass over the memory that a filter selects: the map is taken, what is selected in it planned in units, and these
 * are run by workers and delivered in order. Of a long map, whose reading takes a while, the first units are run while the
 * rest of it is read. */
#ifndef MS_SWEEP_H
#define MS_SWEEP_H

#include "pipeline.h"
#include "plan.h"
#include "selection.h"

typedef struct ms_sweep {
    /* Set by who runs it: */
    memscan_target *target;
    const memscan_filter *filter; /* outlives the sweep */
    uint32_t groups;              /* of the questions */
    size_t unit_bytes, longest;   /* see ms_plan_init */
    bool keep_zeros;              /* see ms_plan_keep_zeros */
    bool needs_selection;         /* all of it, before anything is planned */
    uint32_t shard, shards;       /* 0: everything */
    uint32_t workers;             /* wanted; 0: one a CPU */
    ms_pipeline_calls calls;
    /* On the caller's thread, before any other call: what depends on the plan and on how many workers there are. The platform is
     * asked nothing here, or in create_work, unless all of the selection is needed: its walk over the map may not be over. */
    memscan_status (*prepare)(void *context, uint32_t workers, memscan_error *error);

    ms_selection selection; /* belongs to the caller's thread, but for what the plan asks of it */
    ms_plan plan;
    ms_pipeline *pipeline; /* NULL: not begun */
} ms_sweep;

/* Everything above that is set must be; the rest is 0. Whatever comes of it, the selection tells how far it came, until
 * ms_sweep_deinit. */
memscan_status ms_sweep_run(ms_sweep *sweep, memscan_error *error);
void ms_sweep_deinit(ms_sweep *sweep);

#endif
