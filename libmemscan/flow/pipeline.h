/* pipeline.h - workers run numbered units side by side; the caller's thread hears of them in their order.
 *
 * The pipeline knows no target and no predicate. It is told how to plan, run and deliver a unit of work. */
#ifndef MS_PIPELINE_H
#define MS_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>

#include "account.h"

/* How long the caller's thread waits at most before it ticks. */
enum { MS_PIPELINE_TICK_MS = 50 };

/* `work` is what a unit is done with: buffers and results, made once and used over and over. Every failure ends the
 * run: it is returned after everything that comes before it was delivered. */
typedef struct ms_pipeline_calls {
    void *context;
    void *(*create_work)(void *context); /* NULL: no memory */
    void (*destroy_work)(void *context, void *work);
    /* Plans the next unit into `work`. On any thread, one at a time, in order. *end: there is none. */
    memscan_status (*plan)(void *context, void *work, bool *end, memscan_error *error);
    /* Does it. On any thread, several at a time. *account: where its bytes went. *kept: the caller's thread needs
     * what is in `work`; else the account is all there is to deliver. */
    memscan_status (*run)(void *context, void *work, ms_account *account, bool *kept, memscan_error *error);
    /* On the caller's thread, in order of planning. `work` is NULL when it was not kept. */
    memscan_status (*deliver)(void *context, void *work, const ms_account *account, memscan_error *error);
    /* On the caller's thread, before each wait and each delivery. */
    memscan_status (*tick)(void *context, memscan_error *error);
} ms_pipeline_calls;

/* How many units may be under way at once: planned, and not delivered yet. Results that are kept apart by the number of
 * their unit, modulo this, are never overwritten before they were delivered. */
size_t ms_pipeline_ahead(uint32_t workers);

/* Runs until all units are delivered, or something fails. `workers`: threads that run units; where fewer can be
 * started, fewer do. With none of them, or 0 asked for, the caller's thread does everything. Holds at most
 * 2 * workers + 1 works; more than one a worker are made only while results wait. */
memscan_status ms_pipeline_run(const ms_pipeline_calls *calls, uint32_t workers, const memscan_allocator *allocator,
                               memscan_error *error);

#endif
