/* format.h - what the recorder, inside the program, and memscan, outside, say to each other: a piece of shared memory
 * with a header, a table of slots, and a ring of fixed-size events for every slot. Both sides include this file; it has
 * one writer for every word that is not atomic.
 *
 * A thread claims a free slot by putting its claim into `owner`, writes who it is, and from then on alone moves `head`.
 * memscan alone moves `tail`, and frees the slot when its thread has ended and all of its events were taken. Where
 * memscan was wrong about that end, the thread sees another owner than itself, and claims anew.
 *
 * The memory is a file without a name, held open by memscan: the program reaches it by the path that the variable
 * RECORDER_VARIABLE names, /proc/PID/fd/N, so nothing stays behind however either of them ends. */
#ifndef RECORDER_FORMAT_H
#define RECORDER_FORMAT_H

#include <stdatomic.h>
#include <stdint.h>

/* "PATH:RECORDER": where the shared memory is, and the file of the recorder itself. */
#define RECORDER_VARIABLE "MEMSCAN_ALLOC"

#define RECORDER_MAGIC   UINT64_C(0x31726f6365726d6d)
#define RECORDER_VERSION 1u

enum recorder_kind {
    RECORDER_MALLOC = 0,
    RECORDER_CALLOC,
    RECORDER_REALLOC, /* `from`: the block it was given */
    RECORDER_MEMALIGN,
    RECORDER_ALIGNED_ALLOC,
    RECORDER_POSIX_MEMALIGN,
    RECORDER_VALLOC,
    RECORDER_PVALLOC,
    RECORDER_FREE, /* the first that is no allocation */
    /* A program image begins: `address` is the image it was forked from (0: none), `from` its process, `size` a set of
     * recorder_flags. */
    RECORDER_IMAGE,
    /* A module of it: `address`, `size`, and a name of `from` bytes in the events that follow. */
    RECORDER_MODULE
};

enum recorder_flags { RECORDER_PYTHON_BY_MALLOC = 1 };

typedef struct recorder_event {
    uint64_t start;         /* of the call, on the recorder's clock */
    uint64_t took_and_kind; /* the time it took times 256, and a recorder_kind */
    uint64_t address;
    uint64_t size; /* as it was asked for */
    uint64_t from;
    uint64_t site; /* where the call returns to */
} recorder_event;

typedef struct recorder_slot {
    /* written by the thread, but for `owner`, which memscan clears */
    _Alignas(64) _Atomic uint64_t owner; /* 0: free */
    _Atomic uint64_t head;
    _Atomic uint64_t lost_allocations, lost_frees; /* since the beginning, over all owners */
    _Atomic uint64_t named;                        /* equals `owner` once the three below are those of this owner */
    uint32_t process, thread, image;
    /* written by memscan */
    _Alignas(64) _Atomic uint64_t tail;
} recorder_slot;

enum recorder_clock_kind { RECORDER_CLOCK_SYSTEM = 0, RECORDER_CLOCK_TICKS = 1 };

/* Why a program that was started could not be followed. */
enum recorder_unfollowed { RECORDER_STATIC, RECORDER_PRIVILEGED, RECORDER_FOREIGN, RECORDER_UNFOLLOWED_COUNT };

typedef struct recorder_header {
    uint64_t magic;
    uint32_t version, slot_count, ring_events; /* ring_events is a power of two */
    uint32_t clock;                            /* a recorder_clock_kind */
    uint64_t slots_at, rings_at;
    _Atomic uint32_t stopped;                      /* nothing is to be recorded any more */
    _Atomic uint32_t images;                       /* how many there were */
    _Atomic uint64_t claims;                       /* how many there were */
    _Atomic uint64_t lost_allocations, lost_frees; /* of threads that had no slot, or not yet */
    _Atomic uint64_t unheard;                      /* processes that could not join */
    _Atomic uint64_t unfollowed[RECORDER_UNFOLLOWED_COUNT];
} recorder_header;

static inline recorder_slot *recorder_slot_at(void *memory, uint64_t slots_at, uint32_t index)
{
    return (recorder_slot *)(void *)((char *)memory + slots_at) + index;
}

static inline recorder_event *recorder_ring_at(void *memory, uint64_t rings_at, uint32_t ring_events, uint32_t index)
{
    return (recorder_event *)(void *)((char *)memory + rings_at) + (uint64_t)ring_events * index;
}

/* How many events a name of that length fills. */
static inline uint64_t recorder_name_events(uint64_t length)
{
    return (length + sizeof(recorder_event) - 1) / sizeof(recorder_event);
}

#endif
