/* progress.h - what a long call owes its caller while it runs: to tell how far it has come, and to end when it is
 * cancelled or its time is over. On the caller's thread only, but for
 * ms_progress_is_over. */
#ifndef MS_PROGRESS_H
#define MS_PROGRESS_H

#include <stdbool.h>

#include <memscan/find.h>

typedef struct ms_progress {
    memscan_progress_fn *tell; /* NULL: nobody asks */
    void *context;
    const memscan_cancel *cancel; /* NULL: cannot be cancelled */
    uint32_t timeout_ms;          /* 0: none */
    uint64_t started_at, told_at; /* ms_clock_ns */
    memscan_stop stopped;         /* why a tick failed, or NONE */
} ms_progress;

void ms_progress_begin(ms_progress *progress, memscan_progress_fn *tell, void *context, const memscan_cancel *cancel,
                       uint32_t timeout_ms);
/* Called often; tells ten times a second. CANCELLED, TIMEOUT, or STOPPED by the one who was told. */
memscan_status ms_progress_tick(ms_progress *progress, uint64_t done, uint64_t total, uint64_t matches,
                                memscan_error *error);
uint64_t ms_progress_elapsed(const ms_progress *progress); /* nanoseconds */
/* Was it cancelled, or is its time over? On any thread: the next tick will tell, what a worker still does is wasted. */
bool ms_progress_is_over(const ms_progress *progress);

#endif
