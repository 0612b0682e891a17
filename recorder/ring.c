/* ring.c - joining a recording, claiming a slot, and what else does not happen at every event.
 *
 * This runs inside somebody else's malloc: it allocates nothing, takes no lock, and leaves errno as it was. */
#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image.h"
#include "settings.h"

#define PATIENCE 256u

ring_process ring;
_Thread_local ring_thread ring_self __attribute__((tls_model("initial-exec")));

static _Atomic uint64_t early_allocations, early_frees;

static bool is_allocation(uint64_t took_and_kind)
{
    return (took_and_kind & 255) < RECORDER_FREE;
}

static void count(_Atomic uint64_t *allocations, _Atomic uint64_t *frees, bool allocation)
{
    atomic_fetch_add_explicit(allocation ? allocations : frees, 1, memory_order_relaxed);
}

/* Into counters that this thread alone moves. */
static void count_own(recorder_slot *slot, bool allocation)
{
    _Atomic uint64_t *lost = allocation ? &slot->lost_allocations : &slot->lost_frees;
    atomic_store_explicit(lost, atomic_load_explicit(lost, memory_order_relaxed) + 1, memory_order_relaxed);
}

void ring_count_early(bool allocation)
{
    if (atomic_load_explicit(&ring.state, memory_order_relaxed) != RING_OFF)
        count(&early_allocations, &early_frees, allocation);
}

/* ---- slots ---- */

static bool take_slot(ring_thread *self)
{
    uint64_t claim = atomic_fetch_add(&ring.header->claims, 1) + 1;
    for (uint32_t i = 0; i < ring.slot_count; i++) {
        recorder_slot *slot = recorder_slot_at(ring.header, ring.slots_at, i);
        uint64_t none = 0;
        if (atomic_load_explicit(&slot->owner, memory_order_relaxed) != 0 ||
            !atomic_compare_exchange_strong(&slot->owner, &none, claim))
            continue;
        slot->process = (uint32_t)getpid();
        slot->thread = (uint32_t)syscall(SYS_gettid);
        slot->image = ring.image;
        atomic_store_explicit(&slot->named, claim, memory_order_release);
        self->head = atomic_load(&slot->head);
        self->tail_seen = atomic_load(&slot->tail);
        self->events = recorder_ring_at(ring.header, ring.rings_at, (uint32_t)ring.capacity, i);
        self->owner = claim;
        self->slot = slot;
        return true;
    }
    return false;
}

/* Room for `events` in the thread's ring. */
static bool has_room(ring_thread *self, uint64_t events)
{
    if (self->head - self->tail_seen + events > ring.capacity)
        self->tail_seen = atomic_load_explicit(&self->slot->tail, memory_order_acquire);
    return self->head - self->tail_seen + events <= ring.capacity;
}

bool ring_put(const recorder_event *event, const char *name, uint64_t name_length)
{
    ring_thread *self = &ring_self;
    uint64_t more = recorder_name_events(name_length), mask = ring.capacity - 1;
    if (!has_room(self, 1 + more))
        return false;
    self->events[self->head & mask] = *event;
    for (uint64_t i = 0; i < more; i++) {
        size_t at = (size_t)i * sizeof *event, left = (size_t)name_length - at;
        memcpy(&self->events[(self->head + 1 + i) & mask], name + at, left < sizeof *event ? left : sizeof *event);
    }
    self->head += 1 + more;
    atomic_store_explicit(&self->slot->head, self->head, memory_order_release);
    return true;
}

/* ---- joining ---- */

static bool is_usable(const recorder_header *header, uint64_t size)
{
    return size >= sizeof *header && header->magic == RECORDER_MAGIC && header->version == RECORDER_VERSION &&
           header->ring_events != 0 && (header->ring_events & (header->ring_events - 1)) == 0 &&
           header->rings_at + (uint64_t)header->slot_count * header->ring_events * sizeof(recorder_event) <= size;
}

/* All of it, or as much as the program's limits allow: fewer slots, then. */
static void *map_memory(int fd, uint64_t size)
{
    recorder_header *header = mmap(NULL, sizeof *header, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (header == MAP_FAILED)
        return NULL;
    void *memory = MAP_FAILED;
    bool usable = is_usable(header, size);
    for (uint32_t slots = header->slot_count; usable && slots > 0 && memory == MAP_FAILED; slots /= 2) {
        uint64_t ring_bytes = header->ring_events * sizeof(recorder_event);
        uint64_t bytes = header->rings_at + slots * ring_bytes;
        if (bytes <= SIZE_MAX / 2)
            memory = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        ring.slot_count = slots;
    }
    if (usable && memory == MAP_FAILED)
        atomic_fetch_add(&header->unheard, 1);
    munmap(header, sizeof *header);
    return memory == MAP_FAILED ? NULL : memory;
}

static void *open_memory(const char *path)
{
    struct stat status;
    void *memory = NULL;
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0)
        memory = map_memory(fd, (uint64_t)status.st_size);
    if (fd >= 0)
        close(fd);
    return memory;
}

/* The page that says whether we are still the process that joined. */
static bool make_alive(void)
{
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    if (madvise(page, 4096, MADV_WIPEONFORK) != 0) {
        munmap(page, 4096);
        return false;
    }
    ring.alive = page;
    *ring.alive = 1;
    return true;
}

static bool join(void)
{
    const char *path = settings_read();
    recorder_header *header = path != NULL ? open_memory(path) : NULL;
    if (header == NULL || atomic_load(&header->stopped) != 0)
        return false;
    if (!make_alive()) {
        atomic_fetch_add(&header->unheard, 1);
        return false;
    }
    ring.header = header;
    ring.capacity = header->ring_events;
    ring.clock = header->clock;
    ring.slots_at = header->slots_at;
    ring.rings_at = header->rings_at;
    ring.image = atomic_fetch_add(&header->images, 1) + 1;
    atomic_fetch_add(&header->lost_allocations, atomic_exchange(&early_allocations, 0));
    atomic_fetch_add(&header->lost_frees, atomic_exchange(&early_frees, 0));
    ring_self.busy = true;
    if (take_slot(&ring_self))
        image_tell(0);
    ring_self.busy = false;
    return true;
}

bool ring_join(void)
{
    int untried = RING_UNTRIED;
    if (!settings_are_there() || !atomic_compare_exchange_strong(&ring.state, &untried, RING_JOINING))
        return ring_is_on();
    int saved = errno;
    atomic_store(&ring.state, join() ? RING_ON : RING_OFF);
    errno = saved;
    return ring_is_on();
}

/* ---- events that are not like the others ---- */

/* A child: only the thread that forked is here. */
static void begin_child(void)
{
    uint32_t parent = ring.image;
    *ring.alive = 1;
    ring.image = atomic_fetch_add(&ring.header->images, 1) + 1;
    ring_self.slot = NULL;
    ring_self.patience = 0;
    if (take_slot(&ring_self))
        image_tell(parent);
}

static bool has_slot(ring_thread *self)
{
    if (self->slot != NULL && atomic_load_explicit(&self->slot->owner, memory_order_relaxed) == self->owner)
        return true;
    self->slot = NULL;
    if (self->patience > 0) {
        self->patience--;
        return false;
    }
    self->patience = PATIENCE;
    return take_slot(self);
}

static void record(ring_thread *self, const recorder_event *event)
{
    recorder_header *header = ring.header;
    if (atomic_load_explicit(&header->stopped, memory_order_relaxed) != 0) {
        atomic_store(&ring.state, RING_OFF);
        return;
    }
    if (*ring.alive == 0)
        begin_child();
    if (!has_slot(self))
        count(&header->lost_allocations, &header->lost_frees, is_allocation(event->took_and_kind));
    else if (!ring_put(event, NULL, 0))
        count_own(self->slot, is_allocation(event->took_and_kind));
}

void ring_record_slowly(const recorder_event *event)
{
    ring_thread *self = &ring_self;
    if (self->busy && *ring.alive != 0) {
        count(&ring.header->lost_allocations, &ring.header->lost_frees, is_allocation(event->took_and_kind));
        return;
    }
    int saved = errno;
    self->busy = true;
    atomic_signal_fence(memory_order_seq_cst);
    record(self, event);
    atomic_signal_fence(memory_order_seq_cst);
    self->busy = false;
    errno = saved;
}
