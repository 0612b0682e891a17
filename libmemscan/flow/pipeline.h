/* pipeline.h - workers run numbered units side by side; the caller's thread hears of them in their order.
 *
 * The pipeline knows no target and no predicate. It is told how to plan, run and deliver a unit of work, and which units
 * are better run by one worker, one after the other. */
#ifndef MS_PIPELINE_H
#define MS_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "account.h"

/* How long the caller's thread waits at most before it ticks. */
enum { MS_PIPELINE_TICK_MS = 50 };

/* Units that one worker plans at once at most. */
enum { MS_PIPELINE_TOGETHER = 8 };

/* What planning came to. */
typedef enum ms_planned {
    MS_PLANNED_END,  /* no unit: there are no more */
    MS_PLANNED_LAST, /* a unit */
    MS_PLANNED_NEAR  /* a unit; the next one is best run by the same worker, too */
} ms_planned;

/* What units are made of, and how they are planned. */
typedef struct ms_pipeline_units {
    void *context;
    void *(*create)(void *context); /* NULL: no memory */
    void (*destroy)(void *context, void *unit);
    /* Plans the next unit into `unit`. On any thread, one at a time, in order. */
    memscan_status (*plan)(void *context, void *unit, ms_planned *planned, memscan_error *error);
} ms_pipeline_units;

/* `unit` is what is to be done, a small thing; `work` is what it is done with: buffers and results, made once and used over
 * and over. Every failure ends the run: it is returned after everything that comes before it was delivered. */
typedef struct ms_pipeline_calls {
    void *context;
    void *(*create_work)(void *context); /* NULL: no memory */
    void (*destroy_work)(void *context, void *work);
    /* Does it. On any thread, several at a time. What is in `unit` may be taken away. *account: where its bytes went. *kept:
     * the caller's thread needs what is in `work`; else the account is all there is to deliver. */
    memscan_status (*run)(void *context, void *unit, void *work, ms_account *account, bool *kept, memscan_error *error);
    /* On the caller's thread, in order of planning. `work` is NULL when it was not kept. */
    memscan_status (*deliver)(void *context, void *work, const ms_account *account, memscan_error *error);
    /* On the caller's thread, before each wait and each delivery. */
    memscan_status (*tick)(void *context, memscan_error *error);
} ms_pipeline_calls;

/* How many units may be under way at once: planned, and not delivered yet. Results that are kept apart by the number of
 * their unit, modulo this, are never overwritten before they were delivered. */
size_t ms_pipeline_ahead(uint32_t workers);

typedef struct ms_pipeline ms_pipeline;

/* Starts `workers` threads that run units; where fewer can be started, fewer do. With none of them, or 0 asked for, the caller's
 * thread does everything, when it waits for the end. Holds at most 2 * workers + 1 works; more than one a worker are made
 * only while results wait. NULL: no memory. */
ms_pipeline *ms_pipeline_begin(const ms_pipeline_units *units, const ms_pipeline_calls *calls, uint32_t workers,
                               const memscan_allocator *allocator);
/* Delivers until all units are, or something fails, and ends the pipeline. A `status` that is not OK: delivers nothing more, and
 * returns it. */
memscan_status ms_pipeline_end(ms_pipeline *pipeline, memscan_status status, memscan_error *error);
/* Both. */
memscan_status ms_pipeline_run(const ms_pipeline_units *units, const ms_pipeline_calls *calls, uint32_t workers,
                               const memscan_allocator *allocator, memscan_error *error);

#endif
