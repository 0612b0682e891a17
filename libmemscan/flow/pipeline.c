/* pipeline.c - workers run numbered units side by side; the caller's thread delivers them in order.
 *
 * Two bounds keep memory flat however fast the workers and however slow the caller: the works in the pool, and the
 * ring of results. Neither can block for good: a worker takes a work before it takes numbers, and what units of its batch
 * carry away is owed to it: once they are delivered, nobody else may take their works. So the unit that the caller waits
 * for always gets all it needs; and the caller gives back what it has delivered before it waits again.
 *
 * Where nothing is found a worker keeps its work, and with it a buffer that its CPU's cache still holds; only units
 * that have something to show travel, and only they wake the caller at once: where every CPU is at work, a thread that
 * is woken for each unit takes a tenth of the time. So there is a work a worker from the beginning, and the others are
 * made when results travel. What is shared is under one lock, taken three times a unit; planning, which must go in order, has a
 * lock of its own, so that results are handed in while the next unit is planned. */
#include "pipeline.h"

#include "../base/alloc.h"
#include "../base/error.h"
#include "../base/host.h"

/* The result of one unit, at its number modulo the ring's length. */
typedef struct unit_result {
    bool done;
    void *work; /* NULL: only the account is to be delivered */
    ms_account account;
    memscan_status status;
} unit_result;

/* What one worker has planned and not run yet. */
typedef struct batch {
    ms_pipeline *p;
    void *units[MS_PIPELINE_TOGETHER];
    uint64_t first; /* the number of units[0] */
    size_t count;
} batch;

struct ms_pipeline {
    ms_pipeline_units units;
    ms_pipeline_calls calls;
    const memscan_allocator *allocator;
    ms_mutex *planning; /* taken before `lock` */
    ms_mutex *lock;     /* of everything below */
    ms_signal *result;  /* the caller waits for the next result */
    ms_signal *room;    /* workers wait for a work, or for a place in the ring */
    void **pool;        /* works that nobody uses: last in, first out */
    size_t pool_room, pooled;
    size_t made, most_works; /* works there are, and may be */
    size_t owed;             /* workers whose work travelled in the middle of their batch */
    unit_result *ring;
    size_t ring_length;
    uint64_t planned, delivered;
    size_t done, urgent; /* results that wait to be delivered, and those of them that have something to show */
    bool ended;          /* all units are planned */
    bool stop;
    memscan_error failure; /* of the first unit that failed, by number */
    uint64_t failed_unit;
    ms_thread **threads;
    size_t thread_count, thread_room;
    batch *batches; /* one a thread, and one at least */
};

static bool create_locks(ms_pipeline *p)
{
    p->planning = ms_mutex_create(p->allocator);
    p->lock = ms_mutex_create(p->allocator);
    p->result = ms_signal_create(p->allocator);
    p->room = ms_signal_create(p->allocator);
    return p->planning && p->lock && p->result && p->room;
}

/* One more, or NULL: then there will be no more. */
static void *make_work(ms_pipeline *p)
{
    void *work = p->calls.create_work(p->calls.context);
    if (work)
        p->made++;
    else
        p->most_works = p->made;
    return work;
}

static size_t works_wanted(uint32_t workers)
{
    return (size_t)workers * 2 + 1;
}

/* The caller's thread is woken when half the ring is done, and takes a CPU from the workers: so the ring is long. What waits in
 * it for a slow reader was read long ago: so it is not longer. */
enum { LEAST_AHEAD = 160 };

size_t ms_pipeline_ahead(uint32_t workers)
{
    size_t ahead = works_wanted(workers) * 16;
    return ahead < LEAST_AHEAD ? LEAST_AHEAD : ahead;
}

/* A work a worker, one at least; and as many workers as works can keep busy. */
static bool create_works(ms_pipeline *p, uint32_t workers)
{
    size_t wanted = works_wanted(workers);
    p->pool_room = p->most_works = wanted;
    p->pool = ms_alloc_array(p->allocator, wanted, sizeof *p->pool);
    while (p->pool && p->made < p->most_works && (p->made < workers || p->made == 0)) {
        void *work = make_work(p);
        if (work)
            p->pool[p->pooled++] = work;
    }
    p->thread_room = workers;
    p->threads = ms_alloc_array(p->allocator, (size_t)workers + 1, sizeof *p->threads); /* never none */
    p->ring_length = ms_pipeline_ahead(workers);
    p->ring = ms_alloc_array(p->allocator, p->ring_length, sizeof *p->ring);
    return p->pooled && p->threads && p->ring;
}

static size_t batch_count(const ms_pipeline *p)
{
    return p->thread_room ? p->thread_room : 1;
}

static bool create_batches(ms_pipeline *p)
{
    p->batches = ms_alloc_array(p->allocator, batch_count(p), sizeof *p->batches);
    bool whole = p->batches;
    for (size_t b = 0; whole && b < batch_count(p); b++) {
        p->batches[b].p = p;
        for (size_t i = 0; whole && i < MS_PIPELINE_TOGETHER; i++)
            whole = (p->batches[b].units[i] = p->units.create(p->units.context)) != NULL;
    }
    return whole;
}

static void destroy_batches(ms_pipeline *p)
{
    for (size_t b = 0; p->batches && b < batch_count(p); b++)
        for (size_t i = 0; i < MS_PIPELINE_TOGETHER; i++)
            if (p->batches[b].units[i])
                p->units.destroy(p->units.context, p->batches[b].units[i]);
    ms_free(p->allocator, p->batches, batch_count(p) * sizeof *p->batches);
}

static void destroy(ms_pipeline *p)
{
    for (size_t i = 0; i < p->ring_length && p->ring; i++)
        if (p->ring[i].work)
            p->calls.destroy_work(p->calls.context, p->ring[i].work);
    while (p->pooled)
        p->calls.destroy_work(p->calls.context, p->pool[--p->pooled]);
    destroy_batches(p);
    ms_free(p->allocator, p->pool, p->pool_room * sizeof *p->pool);
    ms_free(p->allocator, p->threads, (p->thread_room + 1) * sizeof *p->threads);
    ms_free(p->allocator, p->ring, p->ring_length * sizeof *p->ring);
    ms_mutex_destroy(p->planning);
    ms_mutex_destroy(p->lock);
    ms_signal_destroy(p->result);
    ms_signal_destroy(p->room);
    ms_free(p->allocator, p, sizeof *p);
}

static unit_result *slot_of(ms_pipeline *p, uint64_t number)
{
    return &p->ring[number % p->ring_length];
}

/* Keeps the failure of the first unit: it is the one that the caller comes to first. The lock is held. */
static void keep_failure(ms_pipeline *p, uint64_t number, const memscan_error *error)
{
    if (number < p->failed_unit) {
        p->failure = *error;
        p->failed_unit = number;
    }
}

static bool is_urgent(const unit_result *result)
{
    return result->work || result->status;
}

/* Hands in a result. The work stays the worker's (*work not NULL afterwards) unless it was kept; then another one is owed to the
 * worker if there is `more` in its batch, from this moment on: the caller may give the work back at once. */
static void hand_in(ms_pipeline *p, uint64_t number, memscan_status status, const ms_account *account, bool kept,
                    void **work, bool more, const memscan_error *error)
{
    ms_mutex_lock(p->lock);
    unit_result *slot = slot_of(p, number);
    slot->done = true;
    slot->status = status;
    slot->account = *account;
    if (kept && !status) {
        slot->work = *work;
        *work = NULL;
        p->owed += more;
    }
    if (status)
        keep_failure(p, number, error);
    p->done++;
    p->urgent += is_urgent(slot);
    if (slot_of(p, p->delivered)->done && (p->urgent || p->ended || p->done >= p->ring_length / 2))
        ms_signal_wake_all(p->result);
    ms_mutex_unlock(p->lock);
}

/* Takes a work, if one may be taken: `reserved` of those in the pool are others'. The lock is held. */
static void *take_work(ms_pipeline *p, size_t reserved)
{
    if (p->pooled > reserved)
        return p->pool[--p->pooled];
    return p->made < p->most_works ? make_work(p) : NULL;
}

static bool ring_has_room(const ms_pipeline *p)
{
    return p->planned - p->delivered < p->ring_length;
}

/* Waits until this worker has a work, and the ring a place. False: there is nothing more to do. */
static bool wait_for_room(ms_pipeline *p, void **work)
{
    ms_mutex_lock(p->lock);
    while (!p->stop && !p->ended) {
        if (!*work)
            *work = take_work(p, p->owed);
        if (*work && ring_has_room(p))
            break;
        ms_signal_wait(p->room, p->lock, 1000);
    }
    bool go_on = !p->stop && !p->ended;
    ms_mutex_unlock(p->lock);
    return go_on;
}

/* In a batch, before this number: waits for a work, if the unit before carried it away. Once that is delivered, there is one
 * in the pool. False: there is nothing more to do. */
static bool wait_for_work(ms_pipeline *p, uint64_t number, void **work)
{
    ms_mutex_lock(p->lock);
    while (!p->stop && !*work) {
        *work = take_work(p, p->delivered >= number ? 0 : p->owed - 1);
        if (*work)
            p->owed--;
        else
            ms_signal_wait(p->room, p->lock, 1000);
    }
    bool go_on = !p->stop;
    ms_mutex_unlock(p->lock);
    return go_on;
}

/* Takes the next number and plans its unit at the end of the batch. Returns whether the next one belongs to it, too. */
static bool plan_one(ms_pipeline *p, batch *b)
{
    ms_planned planned = MS_PLANNED_END;
    memscan_error error = { .status = MEMSCAN_OK };
    memscan_status status = p->units.plan(p->units.context, b->units[b->count], &planned, &error);
    bool end = planned == MS_PLANNED_END;
    ms_mutex_lock(p->lock);
    uint64_t number = p->planned;
    p->planned += status || !end;
    p->ended = status || end;
    if (p->ended) {
        ms_signal_wake_all(p->result);
        ms_signal_wake_all(p->room);
    }
    bool more = !p->stop && ring_has_room(p);
    ms_mutex_unlock(p->lock);
    if (status)
        hand_in(p, number, status, &(ms_account){ 0 }, false, &(void *){ NULL }, false, &error);
    else if (!end && b->count++ == 0)
        b->first = number;
    return !status && planned == MS_PLANNED_NEAR && more && b->count < MS_PIPELINE_TOGETHER;
}

/* Plans the next batch. False: there is nothing more to do. */
static bool plan_batch(ms_pipeline *p, batch *b, void **work)
{
    b->count = 0;
    ms_mutex_lock(p->planning);
    bool more = wait_for_room(p, work);
    while (more)
        more = plan_one(p, b);
    ms_mutex_unlock(p->planning);
    return b->count > 0;
}

/* Runs unit `index` of the batch. */
static void run_unit(ms_pipeline *p, const batch *b, size_t index, void **work)
{
    bool kept = false;
    ms_account account = { 0 };
    memscan_error error = { .status = MEMSCAN_OK };
    memscan_status status = p->calls.run(p->calls.context, b->units[index], *work, &account, &kept, &error);
    hand_in(p, b->first + index, status, &account, kept, work, index + 1 < b->count, &error);
}

static void work_on(void *argument)
{
    batch *b = argument;
    ms_pipeline *p = b->p;
    void *work = NULL;
    while (plan_batch(p, b, &work))
        for (size_t i = 0; i < b->count && wait_for_work(p, b->first + i, &work); i++)
            run_unit(p, b, i, &work);
    ms_mutex_lock(p->lock);
    if (work)
        p->pool[p->pooled++] = work;
    ms_mutex_unlock(p->lock);
}

static void start_threads(ms_pipeline *p)
{
    size_t wanted = p->thread_room < p->pooled ? p->thread_room : p->pooled;
    while (p->thread_count < wanted) {
        ms_thread *thread = ms_thread_start(p->allocator, work_on, &p->batches[p->thread_count]);
        if (!thread)
            break;
        p->threads[p->thread_count++] = thread;
    }
}

static void join_threads(ms_pipeline *p)
{
    ms_mutex_lock(p->lock);
    p->stop = true;
    ms_signal_wake_all(p->room);
    ms_mutex_unlock(p->lock);
    while (p->thread_count)
        ms_thread_join(p->threads[--p->thread_count]);
}

/* Waits for the result of the next unit, ticking. *slot NULL: all are delivered. The lock is not held. */
static memscan_status wait_for_result(ms_pipeline *p, unit_result **found, memscan_error *error)
{
    memscan_status status = p->calls.tick(p->calls.context, error);
    *found = NULL;
    while (!status) {
        ms_mutex_lock(p->lock);
        unit_result *next = slot_of(p, p->delivered);
        bool all = p->ended && p->delivered == p->planned;
        if (!next->done && !all)
            ms_signal_wait(p->result, p->lock, MS_PIPELINE_TICK_MS);
        bool done = next->done;
        all = p->ended && p->delivered == p->planned;
        ms_mutex_unlock(p->lock);
        if (all)
            return MEMSCAN_OK;
        if (done) {
            *found = next;
            return MEMSCAN_OK;
        }
        status = p->calls.tick(p->calls.context, error);
    }
    return status;
}

static memscan_status deliver_next(ms_pipeline *p, unit_result *slot, memscan_error *error)
{
    if (slot->status) {
        if (error)
            *error = p->failure;
        return slot->status;
    }
    memscan_status status = p->calls.deliver(p->calls.context, slot->work, &slot->account, error);
    ms_mutex_lock(p->lock);
    p->done--;
    p->urgent -= is_urgent(slot);
    bool returned = slot->work;
    if (returned)
        p->pool[p->pooled++] = slot->work;
    slot->work = NULL;
    slot->done = false;
    p->delivered++;
    if (returned || p->planned - p->delivered <= p->ring_length / 2) /* not for one place in a ring that was full */
        ms_signal_wake_all(p->room);
    ms_mutex_unlock(p->lock);
    return status;
}

static memscan_status deliver_all(ms_pipeline *p, memscan_error *error)
{
    for (;;) {
        unit_result *next;
        memscan_status status = wait_for_result(p, &next, error);
        if (!status && next)
            status = deliver_next(p, next, error);
        if (status || !next)
            return status;
    }
}

/* Everything on the caller's thread. */
static memscan_status run_alone(ms_pipeline *p, memscan_error *error)
{
    const ms_pipeline_calls *calls = &p->calls;
    void *work = p->pool[p->pooled - 1], *unit = p->batches[0].units[0];
    for (;;) {
        bool kept = false;
        ms_planned planned = MS_PLANNED_END;
        ms_account account = { 0 };
        memscan_status status = calls->tick(calls->context, error);
        if (!status)
            status = p->units.plan(p->units.context, unit, &planned, error);
        if (status || planned == MS_PLANNED_END)
            return status;
        status = calls->run(calls->context, unit, work, &account, &kept, error);
        if (!status)
            status = calls->deliver(calls->context, kept ? work : NULL, &account, error);
        if (status)
            return status;
    }
}

ms_pipeline *ms_pipeline_begin(const ms_pipeline_units *units, const ms_pipeline_calls *calls, uint32_t workers,
                               const memscan_allocator *allocator)
{
    ms_pipeline *p = ms_alloc(allocator, sizeof *p);
    if (!p)
        return NULL;
    p->units = *units;
    p->calls = *calls;
    p->allocator = allocator;
    p->failed_unit = UINT64_MAX;
    if (!create_locks(p) || !create_works(p, workers) || !create_batches(p)) {
        destroy(p);
        return NULL;
    }
    start_threads(p);
    return p;
}

memscan_status ms_pipeline_end(ms_pipeline *p, memscan_status status, memscan_error *error)
{
    if (!status)
        status = p->thread_count ? deliver_all(p, error) : run_alone(p, error);
    join_threads(p);
    destroy(p);
    return status;
}

memscan_status ms_pipeline_run(const ms_pipeline_units *units, const ms_pipeline_calls *calls, uint32_t workers,
                               const memscan_allocator *allocator, memscan_error *error)
{
    ms_pipeline *p = ms_pipeline_begin(units, calls, workers, allocator);
    return p ? ms_pipeline_end(p, MEMSCAN_OK, error) : ms_fail_memory(error);
}
