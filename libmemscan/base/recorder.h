/* recorder.h - running a program under the recorder (recorder/format.h), as we ask it of the machine we run on: a table of functions, so that a
 * test can play a program (platform/linux/linux_recorder.c; on Windows there is none). */
#ifndef MS_RECORDER_H
#define MS_RECORDER_H

#include <stdbool.h>

#include <memscan/base.h>

struct recorder_event;

typedef struct ms_recorder ms_recorder;

typedef struct ms_recorder_options {
    const char *path; /* the recorder's file; NULL: where it belongs */
    uint32_t threads; /* slots */
} ms_recorder_options;

/* Whose events a slot's are. */
typedef struct ms_recorder_thread {
    uint32_t process, thread, image;
} ms_recorder_thread;

typedef struct ms_recorder_losses {
    uint64_t allocations, frees; /* that no ring had room for */
    uint64_t unheard;            /* processes that could not join */
    uint64_t unfollowed[3];      /* by recorder_unfollowed */
    uint64_t slots_in_use;       /* of threads that have not ended */
} ms_recorder_losses;

typedef struct ms_recorder_system {
    /* The shared memory, and the clock's measure. NOT_FOUND: no recorder. */
    memscan_status (*create)(const memscan_allocator *allocator, const ms_recorder_options *options,
                             ms_recorder **recorder, memscan_error *error);
    /* Tells the recorders to stop, and leaves everything to the programs. NULL is allowed. */
    void (*destroy)(ms_recorder *recorder);

    /* Starts the program; once. NOT_FOUND, DENIED: as a shell would say. NOT_SUPPORTED: it cannot be recorded. */
    memscan_status (*start)(ms_recorder *recorder, char *const *arguments, memscan_error *error);
    uint64_t (*process)(const ms_recorder *recorder);
    /* Whether the program has ended: then its status, as waitpid tells it apart, is in *code and *signal. */
    bool (*ended)(ms_recorder *recorder, int *code, int *signal);
    /* Waits half a millisecond, or until the program ends. */
    void (*wait)(ms_recorder *recorder);

    uint32_t (*slots)(const ms_recorder *recorder);
    uint32_t (*ring_events)(const ms_recorder *recorder);
    /* Takes all events of a slot; `out` has room for a whole ring. Returns how many there were. */
    uint32_t (*take)(ms_recorder *recorder, uint32_t slot, ms_recorder_thread *who, struct recorder_event *out);
    /* Gives back the slots of threads that have ended, once everything of theirs was taken; looks for them every few
     * milliseconds only. */
    void (*reclaim)(ms_recorder *recorder);
    /* Nothing is recorded any more; the program runs on. */
    void (*stop)(ms_recorder *recorder);

    /* The recorder's clock: now, the nanoseconds of a tick, and what reading it costs. */
    uint64_t (*now)(const ms_recorder *recorder);
    double (*tick_ns)(const ms_recorder *recorder);
    double (*clock_ns)(const ms_recorder *recorder);

    void (*losses)(const ms_recorder *recorder, ms_recorder_losses *losses);
} ms_recorder_system;

/* NULL: this system has no recorder. */
const ms_recorder_system *ms_recorder_here(void);

#endif
