/* ring.h - writing events. Once a thread has its slot, an event is a few stores and no system call, so nothing here can
 * wait, fail or be forbidden by a sandbox; when the ring is full the event is counted as lost. */
#ifndef RECORDER_RING_H
#define RECORDER_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "clock.h"
#include "format.h"

enum ring_state { RING_UNTRIED, RING_JOINING, RING_ON, RING_OFF };

/* Of this process. */
typedef struct ring_process {
    _Atomic int state;
    uint32_t clock;
    uint64_t capacity;
    /* Stands in a page of its own, which the kernel empties in a child: however the process was forked, its child sees
     * that it is another one. */
    volatile uint32_t *alive;
    recorder_header *header;
    uint32_t slot_count, image;
    uint64_t slots_at, rings_at;
} ring_process;

/* Of this thread. */
typedef struct ring_thread {
    recorder_slot *slot; /* NULL: it has none */
    recorder_event *events;
    uint64_t owner, head, tail_seen;
    uint32_t patience;  /* events until it looks for a slot again */
    volatile bool busy; /* a signal handler that allocates now has come in the midst of it */
} ring_thread;

extern ring_process ring;
/* In the block that every thread has from its start: asking for more would allocate. */
extern _Thread_local ring_thread ring_self __attribute__((tls_model("initial-exec")));

/* Joins the recording, if there is one; true when this process is recorded. */
bool ring_join(void);
/* The slow part of ring_record: no slot yet, another process than before, a full ring. */
void ring_record_slowly(const recorder_event *event);
/* A call that came before this process could join. */
void ring_count_early(bool is_allocation);

static inline bool ring_is_on(void)
{
    return __builtin_expect(atomic_load_explicit(&ring.state, memory_order_relaxed) == RING_ON, 1);
}

static inline uint64_t ring_now(void)
{
    return recorder_clock(ring.clock);
}

static inline void ring_record(enum recorder_kind kind, uint64_t start, uint64_t end, void *address, size_t size,
                               const void *from, const void *site)
{
    ring_thread *self = &ring_self;
    uint64_t took_and_kind = (end > start ? end - start : 0) << 8 | kind;
    bool usual = self->slot != NULL && *ring.alive != 0 && !self->busy &&
                 atomic_load_explicit(&self->slot->owner, memory_order_relaxed) == self->owner;
    if (__builtin_expect(usual, 1)) {
        self->busy = true; /* before anything is read that a signal handler's call may change */
        atomic_signal_fence(memory_order_seq_cst);
        uint64_t head = self->head;
        usual = head - self->tail_seen < ring.capacity;
        if (__builtin_expect(usual, 1)) {
            recorder_event *event = &self->events[head & (ring.capacity - 1)];
            event->start = start; /* field by field: a copy from the stack would wait for its own stores */
            event->took_and_kind = took_and_kind;
            event->address = (uint64_t)(uintptr_t)address;
            event->size = size;
            event->from = (uint64_t)(uintptr_t)from;
            event->site = (uint64_t)(uintptr_t)site;
            self->head = head + 1;
            atomic_store_explicit(&self->slot->head, head + 1, memory_order_release);
        }
        atomic_signal_fence(memory_order_seq_cst);
        self->busy = false;
    }
    if (__builtin_expect(!usual, 0)) {
        recorder_event event = { start,
                                 took_and_kind,
                                 (uint64_t)(uintptr_t)address,
                                 size,
                                 (uint64_t)(uintptr_t)from,
                                 (uint64_t)(uintptr_t)site };
        ring_record_slowly(&event);
    }
}

#endif
