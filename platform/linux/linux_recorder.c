/* linux_recorder.c - base/recorder.h on Linux: the shared memory, seen from outside. The programs write what they like
 * into it, so where things lie in it, how many there are and which clock it is are remembered here and never read
 * back, a number that is read leads nowhere but within its own ring, and the memory is sealed at its size. */
#define _GNU_SOURCE
#include "linux_recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/host.h"
#include "../../recorder/clock.h"
#include "linux_sys.h"

#define RING_EVENTS 65536u
#define PAGE        4096u

/* ---- the clock ---- */

/* The counter runs at one rate whatever the CPU does, on every core alike. */
static bool counter_is_steady(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007u, &a, &b, &c, &d) != 0 && (d & (1u << 8)) != 0;
#elif defined(__aarch64__)
    return true;
#else
    return false;
#endif
}

/* Both clocks at one moment: of several tries, that which was interrupted least. */
static void read_both(uint32_t kind, uint64_t *ticks, uint64_t *nanoseconds)
{
    uint64_t narrowest = UINT64_MAX;
    for (int i = 0; i < 16; i++) {
        uint64_t before = recorder_clock(kind), now = ms_clock_ns(), after = recorder_clock(kind);
        if (after - before >= narrowest)
            continue;
        narrowest = after - before;
        *ticks = before + (after - before) / 2;
        *nanoseconds = now;
    }
}

static int compare_costs(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

/* The median of runs of readings, so that a run which was interrupted does not count. */
static double cost_of_reading(uint32_t kind, double tick_ns)
{
    enum { RUNS = 31, READINGS = 64 };
    uint64_t costs[RUNS];
    for (int i = 0; i < RUNS; i++) {
        uint64_t begin = recorder_clock(kind), now = begin;
        for (int k = 0; k < READINGS; k++)
            now = recorder_clock(kind);
        costs[i] = now - begin;
    }
    qsort(costs, RUNS, sizeof costs[0], compare_costs);
    uint64_t median = costs[RUNS / 2];
    return (double)median * tick_ns / READINGS;
}

static void measure_clock(ms_recorder *r)
{
    uint32_t kind = r->clock;
    uint64_t ticks[2], nanoseconds[2];
    r->tick_ns = 1;
    if (kind == RECORDER_CLOCK_TICKS) {
        read_both(kind, &ticks[0], &nanoseconds[0]);
        struct timespec while_it_runs = { .tv_nsec = 10000000 };
        nanosleep(&while_it_runs, NULL);
        read_both(kind, &ticks[1], &nanoseconds[1]);
        r->tick_ns = (double)(nanoseconds[1] - nanoseconds[0]) / (double)(ticks[1] - ticks[0]);
    }
    r->clock_ns = cost_of_reading(kind, r->tick_ns);
}

static uint64_t recorder_now(const ms_recorder *recorder)
{
    return recorder_clock(recorder->clock);
}

static double recorder_tick_ns(const ms_recorder *recorder)
{
    return recorder->tick_ns;
}

static double recorder_clock_ns(const ms_recorder *recorder)
{
    return recorder->clock_ns;
}

/* ---- the memory ---- */

static recorder_slot *slot_at(const ms_recorder *r, uint32_t index)
{
    return recorder_slot_at(r->header, r->slots_at, index);
}

static uint64_t rings_at_of(uint32_t slots)
{
    return (PAGE + slots * sizeof(recorder_slot) + PAGE - 1) / PAGE * PAGE;
}

static uint64_t size_of(uint32_t slots)
{
    return rings_at_of(slots) + (uint64_t)slots * RING_EVENTS * sizeof(recorder_event);
}

/* As many as wanted, or as our address space and the limit on file sizes allow: the memory is a file, and making it
 * larger than that would end this process. */
static uint32_t slots_within_limit(uint32_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        limit.rlim_cur = RLIM_INFINITY;
    while (wanted > 0 && (size_of(wanted) > limit.rlim_cur || size_of(wanted) > SIZE_MAX / 4))
        wanted /= 2;
    return wanted;
}

static memscan_status make_memory(ms_recorder *r, const ms_recorder_options *options, memscan_error *error)
{
    uint32_t slots = slots_within_limit(options->threads);
    if (slots == 0) {
        ms_fail(error, MEMSCAN_LIMIT, "the limit on the size of files leaves no room for shared memory");
        ms_hint(error, "ulimit -f raises it: some megabytes are enough");
        return MEMSCAN_LIMIT;
    }
    r->size = size_of(slots);
    r->fd = memfd_create("memscan-alloc", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    int failed;
    do
        failed = r->fd < 0 ? -1 : ftruncate(r->fd, (off_t)r->size);
    while (failed && r->fd >= 0 && errno == EINTR);
    if (failed)
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot make shared memory: %s", ms_linux_error_text(errno));
    /* The program can open the memory too: made smaller by it, our next look would end this process. */
    if (fcntl(r->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot seal shared memory: %s", ms_linux_error_text(errno));
    void *memory = mmap(NULL, (size_t)r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
    if (memory == MAP_FAILED)
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot map shared memory: %s", ms_linux_error_text(errno));
    r->header = memory;
    r->slot_count = slots;
    r->slots_at = PAGE;
    r->rings_at = rings_at_of(slots);
    r->clock = counter_is_steady() ? RECORDER_CLOCK_TICKS : RECORDER_CLOCK_SYSTEM;
    *r->header = (recorder_header){
        .magic = RECORDER_MAGIC,
        .version = RECORDER_VERSION,
        .slot_count = r->slot_count,
        .ring_events = RING_EVENTS,
        .clock = r->clock,
        .slots_at = r->slots_at,
        .rings_at = r->rings_at,
    };
    return MEMSCAN_OK;
}

static void recorder_stop(ms_recorder *recorder)
{
    atomic_store(&recorder->header->stopped, 1);
    for (uint32_t i = 0; i < recorder->slot_count; i++) /* no owner sees itself any more, and looks why */
        atomic_store(&slot_at(recorder, i)->owner, UINT64_MAX);
}

static void recorder_destroy(ms_recorder *recorder)
{
    if (!recorder)
        return;
    if (recorder->header) {
        recorder_stop(recorder);
        munmap(recorder->header, (size_t)recorder->size);
    }
    if (recorder->fd >= 0)
        close(recorder->fd);
    if (recorder->process_fd >= 0)
        close(recorder->process_fd);
    ms_free(recorder->allocator, recorder, sizeof *recorder);
}

static memscan_status recorder_create(const memscan_allocator *allocator, const ms_recorder_options *options,
                                      ms_recorder **recorder, memscan_error *error)
{
    *recorder = NULL;
    ms_recorder *made = ms_alloc(allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->allocator = allocator;
    made->fd = made->process_fd = -1;
    memscan_status status = ms_linux_recorder_find(options->path, made->path, error);
    if (status == MEMSCAN_OK)
        status = make_memory(made, options, error);
    if (status != MEMSCAN_OK) {
        recorder_destroy(made);
        return status;
    }
    measure_clock(made);
    *recorder = made;
    return MEMSCAN_OK;
}

/* ---- events ---- */

static uint32_t recorder_slots(const ms_recorder *recorder)
{
    return recorder->slot_count;
}

static uint32_t recorder_ring_events(const ms_recorder *recorder)
{
    (void)recorder;
    return RING_EVENTS;
}

static uint32_t recorder_take(ms_recorder *recorder, uint32_t slot_index, ms_recorder_thread *who, recorder_event *out)
{
    recorder_slot *slot = slot_at(recorder, slot_index);
    const recorder_event *ring = recorder_ring_at(recorder->header, recorder->rings_at, RING_EVENTS, slot_index);
    uint64_t tail = atomic_load_explicit(&slot->tail, memory_order_relaxed);
    uint64_t count = atomic_load_explicit(&slot->head, memory_order_acquire) - tail;
    if (count == 0)
        return 0;
    count = count < RING_EVENTS ? count : RING_EVENTS;
    uint64_t at = tail % RING_EVENTS, first = count < RING_EVENTS - at ? count : RING_EVENTS - at;
    *who = (ms_recorder_thread){ slot->process, slot->thread, slot->image };
    memcpy(out, ring + at, (size_t)first * sizeof *out);
    memcpy(out + first, ring, (size_t)(count - first) * sizeof *out);
    atomic_store_explicit(&slot->tail, tail + count, memory_order_release);
    return (uint32_t)count;
}

/* ---- threads that ended ---- */

/* Gone, or dead and not yet looked after by its parent. */
static bool thread_ended(uint32_t process, uint32_t thread)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%u/task/%u/stat", process, thread);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == ESRCH;
    ssize_t length = read(fd, text, sizeof text - 1);
    bool gone = length < 0 && errno == ESRCH;
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    const char *state = strrchr(text, ')'); /* the name before it may hold anything */
    return gone || (state && (state[2] == 'Z' || state[2] == 'X'));
}

/* Another image runs in that process since, or another thread of that number. */
static bool is_superseded(const ms_recorder *r, const recorder_slot *slot, uint64_t owner)
{
    for (uint32_t i = 0; i < r->slot_count; i++) {
        const recorder_slot *other = slot_at(r, i);
        uint64_t its_owner = atomic_load_explicit(&other->owner, memory_order_acquire);
        if (its_owner <= owner || atomic_load_explicit(&other->named, memory_order_acquire) != its_owner)
            continue;
        if (other->process == slot->process && (other->thread == slot->thread || other->image > slot->image))
            return true;
    }
    return false;
}

static void recorder_reclaim(ms_recorder *recorder)
{
    uint32_t count = recorder->slot_count, used = 0;
    for (uint32_t i = 0; i < count; i++)
        used += atomic_load_explicit(&slot_at(recorder, i)->owner, memory_order_relaxed) != 0;
    uint64_t now = ms_clock_ns(), patience_ns = used > count / 2 ? 2000000 : 20000000;
    if (now - recorder->reclaimed_at < patience_ns || atomic_load(&recorder->header->stopped) != 0)
        return;
    for (uint32_t i = 0; i < count; i++) {
        recorder_slot *slot = slot_at(recorder, i);
        uint64_t owner = atomic_load_explicit(&slot->owner, memory_order_acquire);
        if (owner == 0 || atomic_load_explicit(&slot->named, memory_order_acquire) != owner)
            continue;
        if (!is_superseded(recorder, slot, owner) && !thread_ended(slot->process, slot->thread))
            continue;
        /* Only now: whatever it wrote, it wrote before it ended. */
        if (atomic_load_explicit(&slot->head, memory_order_acquire) == atomic_load(&slot->tail))
            atomic_store_explicit(&slot->owner, 0, memory_order_release);
    }
    recorder->reclaimed_at = ms_clock_ns();
}

static void recorder_losses(const ms_recorder *recorder, ms_recorder_losses *losses)
{
    const recorder_header *header = recorder->header;
    *losses = (ms_recorder_losses){
        .allocations = atomic_load(&header->lost_allocations),
        .frees = atomic_load(&header->lost_frees),
        .unheard = atomic_load(&header->unheard),
    };
    for (int i = 0; i < RECORDER_UNFOLLOWED_COUNT; i++)
        losses->unfollowed[i] = atomic_load(&header->unfollowed[i]);
    for (uint32_t i = 0; i < recorder->slot_count; i++) {
        const recorder_slot *slot = slot_at(recorder, i);
        uint64_t owner = atomic_load(&slot->owner);
        losses->allocations += atomic_load(&slot->lost_allocations);
        losses->frees += atomic_load(&slot->lost_frees);
        losses->slots_in_use += owner != 0 && owner != UINT64_MAX && !thread_ended(slot->process, slot->thread);
    }
}

static const ms_recorder_system linux_recorder = {
    .create = recorder_create,
    .destroy = recorder_destroy,
    .start = ms_linux_recorder_start,
    .process = ms_linux_recorder_process,
    .ended = ms_linux_recorder_ended,
    .wait = ms_linux_recorder_wait,
    .slots = recorder_slots,
    .ring_events = recorder_ring_events,
    .take = recorder_take,
    .reclaim = recorder_reclaim,
    .stop = recorder_stop,
    .now = recorder_now,
    .tick_ns = recorder_tick_ns,
    .clock_ns = recorder_clock_ns,
    .losses = recorder_losses,
};

const ms_recorder_system *ms_recorder_here(void)
{
    return &linux_recorder;
}
