/* progress.c - see progress.h. */
#include "progress.h"

#include "../base/error.h"
#include "../base/host.h"

static const uint64_t TELL_NS = 100000000;

void ms_progress_begin(ms_progress *progress, memscan_progress_fn *tell, void *context, const memscan_cancel *cancel,
                       uint32_t timeout_ms)
{
    *progress = (ms_progress){ .tell = tell, .context = context, .cancel = cancel, .timeout_ms = timeout_ms };
    progress->started_at = progress->told_at = ms_clock_ns();
}

uint64_t ms_progress_elapsed(const ms_progress *progress)
{
    return ms_clock_ns() - progress->started_at;
}

bool ms_progress_is_over(const ms_progress *progress)
{
    return (progress->cancel && memscan_cancel_is_raised(progress->cancel)) ||
           (progress->timeout_ms && ms_progress_elapsed(progress) >= (uint64_t)progress->timeout_ms * 1000000);
}

memscan_status ms_progress_tick(ms_progress *progress, uint64_t done, uint64_t total, uint64_t matches,
                                memscan_error *error)
{
    uint64_t now = ms_clock_ns();
    if (progress->cancel && memscan_cancel_is_raised(progress->cancel)) {
        progress->stopped = MEMSCAN_STOP_CANCELLED;
        return ms_fail(error, MEMSCAN_CANCELLED, "cancelled");
    }
    if (progress->timeout_ms && now - progress->started_at >= (uint64_t)progress->timeout_ms * 1000000) {
        progress->stopped = MEMSCAN_STOP_TIMEOUT;
        return ms_fail(error, MEMSCAN_TIMEOUT, "not finished after %u ms", (unsigned)progress->timeout_ms);
    }
    if (!progress->tell || now - progress->told_at < TELL_NS)
        return MEMSCAN_OK;
    progress->told_at = now;
    if (!progress->tell(done, total, matches, progress->context))
        return MEMSCAN_OK;
    progress->stopped = MEMSCAN_STOP_CANCELLED;
    return ms_fail(error, MEMSCAN_STOPPED, "stopped by the progress callback");
}
