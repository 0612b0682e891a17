/* recording.c - memscan/recording.h: takes events out of the rings before anything else, so that few are lost, lets them
 * wait, and hands them over in the order of time. */
#include "recording.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <memscan/target.h>

#include "../base/alloc.h"
#include "../base/error.h"
#include "../base/options.h"
#include "images.h"
#include "merge.h"

#define DEFAULT_THREADS (sizeof(void *) == 8 ? 512u : 64u)
#define MOST_THREADS    65536u
#define DEFAULT_LIMIT   (UINT64_C(256) << 20)
#define EVENTS_A_CALL   8192u /* half a millisecond's work, in which no ring fills */

struct memscan_recording {
    const memscan_allocator *allocator;
    const ms_recorder_system *system;
    ms_recorder *recorder;
    recorder_event *taken; /* room for a ring */
    ms_images images;
    ms_merge merge;
    uint64_t memory_limit;
    uint64_t began; /* on the recorder's clock */
    double tick_ns;
    bool stopped;
    bool ended;     /* the program did */
    bool took_last; /* and what it left in the rings was taken */
    int code, signal;
    uint64_t allocations, frees;
};

const char *memscan_call_name(memscan_call call)
{
    static const char *const names[MEMSCAN_CALL_COUNT] = {
        "malloc", "calloc", "realloc", "memalign", "aligned_alloc", "posix_memalign", "valloc", "pvalloc", "free",
    };
    return call >= 0 && call < MEMSCAN_CALL_COUNT ? names[call] : "unknown";
}

/* ---- beginning and end ---- */

static memscan_status prepare(memscan_recording *r, const ms_recorder_options *options, memscan_error *error)
{
    memscan_status status = r->system->create(r->allocator, options, &r->recorder, error);
    if (status != MEMSCAN_OK)
        return status;
    r->taken = ms_alloc_array(r->allocator, r->system->ring_events(r->recorder), sizeof *r->taken);
    if (!r->taken || !ms_merge_init(&r->merge, r->allocator, r->system->slots(r->recorder)))
        return ms_fail_memory(error);
    r->tick_ns = r->system->tick_ns(r->recorder);
    r->began = r->system->now(r->recorder);
    return MEMSCAN_OK;
}

memscan_status ms_recording_start(const ms_recorder_system *system, char *const *arguments,
                                  const memscan_recording_options *options, memscan_recording **recording,
                                  memscan_error *error)
{
    memscan_recording_options o = MEMSCAN_RECORDING_OPTIONS_INIT;
    ms_options_over(&o, sizeof o, options);
    *recording = NULL;
    if (!system)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "allocations are recorded on Linux only");
    if (o.threads > MOST_THREADS)
        return ms_fail(error, MEMSCAN_INVALID, "at most %u threads can be recorded", MOST_THREADS);
    const memscan_allocator *allocator = o.allocator ? o.allocator : &ms_default_allocator;
    memscan_recording *made = ms_alloc(allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->allocator = allocator;
    made->system = system;
    made->memory_limit = o.memory_limit ? o.memory_limit : DEFAULT_LIMIT;
    ms_images_init(&made->images, allocator);
    ms_recorder_options how = { o.recorder, o.threads ? o.threads : DEFAULT_THREADS };
    memscan_status status = prepare(made, &how, error);
    if (status == MEMSCAN_OK)
        status = system->start(made->recorder, arguments, error);
    if (status != MEMSCAN_OK) {
        memscan_recording_close(made);
        return status;
    }
    *recording = made;
    return MEMSCAN_OK;
}

memscan_status memscan_recording_start(char *const *arguments, const memscan_recording_options *options,
                                       memscan_recording **recording, memscan_error *error)
{
    return ms_recording_start(ms_recorder_here(), arguments, options, recording, error);
}

void memscan_recording_close(memscan_recording *recording)
{
    if (!recording)
        return;
    if (recording->recorder)
        ms_free(recording->allocator, recording->taken,
                recording->system->ring_events(recording->recorder) * sizeof *recording->taken);
    recording->system->destroy(recording->recorder);
    ms_merge_deinit(&recording->merge);
    ms_images_deinit(&recording->images);
    ms_free(recording->allocator, recording, sizeof *recording);
}

void memscan_recording_stop(memscan_recording *recording)
{
    recording->system->stop(recording->recorder);
    recording->stopped = true;
    ms_merge_clear(&recording->merge);
}

/* ---- taking ---- */

/* Out of what was taken: what concerns images is learned at once, calls wait. */
static bool sort_out(memscan_recording *r, uint32_t slot, const ms_recorder_thread *who, uint32_t count)
{
    ms_waiting *waiting = ms_merge_reserve(&r->merge, slot, count);
    size_t calls = 0;
    if (!waiting)
        return false;
    for (uint32_t i = 0; i < count;) {
        if ((r->taken[i].took_and_kind & 255) > RECORDER_FREE) {
            i += ms_images_learn(&r->images, who, r->taken + i, count - i);
            continue;
        }
        waiting[calls++] = (ms_waiting){ r->taken[i++], *who };
    }
    ms_merge_added(&r->merge, slot, calls);
    return true;
}

static bool is_full(const memscan_recording *r)
{
    return r->merge.waiting >= r->memory_limit / sizeof(ms_waiting);
}

static memscan_status take_all(memscan_recording *r, memscan_error *error)
{
    for (uint32_t slot = 0; slot < r->merge.queue_count && !is_full(r); slot++) {
        ms_recorder_thread who;
        uint32_t count = r->system->take(r->recorder, slot, &who, r->taken);
        if (count > 0 && !sort_out(r, slot, &who, count))
            return ms_fail_memory(error);
    }
    r->system->reclaim(r->recorder);
    return MEMSCAN_OK;
}

/* ---- handing over ---- */

typedef struct handing {
    memscan_recording *recording;
    memscan_allocation_fn *visit;
    void *context;
} handing;

static uint64_t to_ns(const memscan_recording *r, uint64_t ticks)
{
    double nanoseconds = (double)ticks * r->tick_ns + 0.5; /* of ticks that may be anything */
    return nanoseconds < 1.8446744073709550e19 ? (uint64_t)nanoseconds : UINT64_MAX;
}

static int hand_over(const ms_waiting *waiting, void *context)
{
    const handing *h = context;
    memscan_recording *r = h->recording;
    const recorder_event *event = &waiting->event;
    memscan_allocation allocation = {
        .call = (memscan_call)(event->took_and_kind & 255),
        .program = waiting->who.image,
        .process = waiting->who.process,
        .thread = waiting->who.thread,
        .bytes = event->size,
        .nanoseconds = to_ns(r, event->took_and_kind >> 8),
        .start_ns = event->start > r->began ? to_ns(r, event->start - r->began) : 0,
        .address = event->address,
        .from = event->from,
        .site = event->site,
    };
    ms_image *image = ms_images_at(&r->images, waiting->who.image);
    bool is_free = allocation.call == MEMSCAN_CALL_FREE;
    *(is_free ? &r->frees : &r->allocations) += 1;
    if (image)
        *(is_free ? &image->frees : &image->allocations) += 1;
    return h->visit(&allocation, h->context);
}

memscan_status memscan_recording_drain(memscan_recording *recording, memscan_allocation_fn *visit, void *context,
                                       memscan_error *error)
{
    memscan_recording *r = recording;
    handing h = { r, visit, context };
    int answer = 0;
    size_t handed = 0;
    uint64_t until = r->system->now(r->recorder); /* what happens from now on may not be there yet */
    if (!r->ended)
        r->ended = r->system->ended(r->recorder, &r->code, &r->signal);
    if (!r->stopped) {
        bool last = r->ended && !r->took_last;
        memscan_status status = r->took_last ? MEMSCAN_OK : take_all(r, error);
        if (status != MEMSCAN_OK)
            return status;
        r->took_last = r->took_last || (last && !is_full(r));
        handed = ms_merge_visit(&r->merge, r->ended ? UINT64_MAX : until, EVENTS_A_CALL, hand_over, &h, &answer);
    }
    if (answer != 0)
        return ms_fail(error, MEMSCAN_STOPPED, "the visitor stopped");
    if (handed > 0)
        return MEMSCAN_OK;
    if (r->ended && (r->took_last || r->stopped))
        return ms_fail(error, MEMSCAN_GONE, "the program has ended");
    r->system->wait(r->recorder);
    return MEMSCAN_OK;
}

/* ---- telling ---- */

/* Modules that were loaded late are not among those that the recorder told of: the process itself is asked, if it is
 * still there and executes nothing else by now. */
static bool place_in_process(memscan_recording *r, const memscan_allocation *allocation, char *out, size_t capacity)
{
    char locator[40];
    memscan_target *target;
    memscan_open_options options = MEMSCAN_OPEN_OPTIONS_INIT;
    options.allocator = r->allocator;
    if (!ms_images_look_up(&r->images, allocation->program))
        return false;
    for (size_t i = 0; i < r->images.list.count; i++) {
        const ms_image *image = ms_array_at(&r->images.list, i);
        if (image->number > allocation->program && image->process == allocation->process)
            return false;
    }
    snprintf(locator, sizeof locator, "pid:%" PRIu64, allocation->process);
    if (memscan_open(locator, MEMSCAN_READ, &options, &target, NULL) != MEMSCAN_OK)
        return false;
    memscan_place(target, allocation->site, out, capacity);
    memscan_close(target);
    return true;
}

void memscan_recording_place(memscan_recording *recording, const memscan_allocation *allocation, char *out,
                             size_t capacity)
{
    const ms_image_module *module = ms_images_find(&recording->images, allocation->program, allocation->site);
    char name[MEMSCAN_PLACE_MAX];
    if (!module) {
        if (!place_in_process(recording, allocation, out, capacity))
            snprintf(out, capacity, "0x%" PRIx64, allocation->site);
        return;
    }
    const char *slash = strrchr(module->path, '/');
    memscan_escape(slash ? slash + 1 : module->path, name, sizeof name);
    snprintf(out, capacity, "%s+0x%" PRIx64, name, allocation->site - module->base);
}

memscan_status memscan_recording_programs(memscan_recording *recording, memscan_recorded_program_fn *visit,
                                          void *context, memscan_error *error)
{
    for (uint32_t number = 1; number <= ms_images_last(&recording->images); number++) {
        const ms_image *image = ms_images_look_up(&recording->images, number);
        if (!image || !image->is_known)
            continue;
        memscan_recorded_program program = {
            .number = number,
            .parent = image->parent,
            .process = image->process,
            .path = ms_image_path(&recording->images, number),
            .allocations = image->allocations,
            .frees = image->frees,
            .is_python = ms_image_is_python(&recording->images, number),
            .python_by_malloc = (image->flags & RECORDER_PYTHON_BY_MALLOC) != 0,
        };
        if (visit(&program, context) != 0)
            return ms_fail(error, MEMSCAN_STOPPED, "the visitor stopped");
    }
    return MEMSCAN_OK;
}

void memscan_recording_report_of(memscan_recording *recording, memscan_recording_report *report)
{
    memscan_recording *r = recording;
    ms_recorder_losses losses;
    r->system->losses(r->recorder, &losses);
    memscan_recording_report whole = {
        .size = report->size,
        .process = r->system->process(r->recorder),
        .ended = r->ended,
        .exit_code = r->code,
        .signal = r->signal,
        .allocations = r->allocations,
        .frees = r->frees,
        .lost_allocations = losses.allocations,
        .lost_frees = losses.frees,
        .programs = r->images.list.count,
        .threads_running = losses.slots_in_use,
        .not_heard = losses.unheard,
        .not_followed_static = losses.unfollowed[RECORDER_STATIC],
        .not_followed_privileged = losses.unfollowed[RECORDER_PRIVILEGED],
        .not_followed_foreign = losses.unfollowed[RECORDER_FOREIGN],
        .clock_ns = r->system->clock_ns(r->recorder),
    };
    memcpy(report, &whole, report->size < sizeof whole ? report->size : sizeof whole);
}
