/* memscan/recording.h - run a program and learn of every allocation that it makes: how many bytes, how long it took, when
 * and from where. Linux only; elsewhere starting one fails (NOT_SUPPORTED).
 *
 * A small shared object is preloaded into the program, and into what it starts in turn, and stands before the allocator
 * that it uses: malloc and its kin, and all that is built on them (operator new, the default allocators of Rust and
 * Node). The program is otherwise as it was: same input and output, same environment but for two variables. It is never
 * stopped, and never waits for us: what comes faster than it is taken is counted as lost.
 *
 * Nothing runs in the background: memscan_recording_drain, called again and again, does all the work.
 *
 * Not seen: programs that are statically linked, that get more rights than their caller, or are of another width; what a
 * program hands out from blocks of its own (CPython's small objects, unless PYTHONMALLOC=malloc). Times include what
 * reading the clock costs: memscan_recording_report says how much that is. */
#ifndef MEMSCAN_RECORDING_H
#define MEMSCAN_RECORDING_H

#include <memscan/target.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct memscan_recording memscan_recording;

typedef struct memscan_recording_options {
    size_t size;
    const memscan_allocator *allocator; /* NULL: malloc; must outlive the recording */
    const char *recorder;               /* path of memscan-recorder.so; NULL: where it was installed */
    uint32_t threads; /* threads at once that can be recorded; calls of others are lost. 0: 512, or 64 in 32 bits */
    uint64_t memory_limit; /* the most bytes of events that wait to be handed over. 0: 256 MiB */
} memscan_recording_options;
#define MEMSCAN_RECORDING_OPTIONS_INIT                                                                                 \
    {                                                                                                                  \
        .size = sizeof(memscan_recording_options)                                                                      \
    }

/* The function that was called. */
typedef enum memscan_call {
    MEMSCAN_CALL_MALLOC = 0,
    MEMSCAN_CALL_CALLOC = 1,
    MEMSCAN_CALL_REALLOC = 2,
    MEMSCAN_CALL_MEMALIGN = 3,
    MEMSCAN_CALL_ALIGNED_ALLOC = 4,
    MEMSCAN_CALL_POSIX_MEMALIGN = 5,
    MEMSCAN_CALL_VALLOC = 6,
    MEMSCAN_CALL_PVALLOC = 7,
    MEMSCAN_CALL_FREE = 8, /* the only one that is no allocation */
    MEMSCAN_CALL_COUNT = 9
} memscan_call;

/* "malloc", "posix_memalign"; static storage. */
MEMSCAN_API const char *memscan_call_name(memscan_call call);

/* One call. */
typedef struct memscan_allocation {
    memscan_call call;
    uint32_t program; /* the program image that made it: a number from 1, of memscan_recording_programs */
    uint64_t process; /* the process, and its thread, by their numbers */
    uint64_t thread;
    uint64_t bytes;       /* as asked for; 0 for free */
    uint64_t nanoseconds; /* how long it took */
    uint64_t start_ns;    /* when it began, since the recording did */
    uint64_t address;     /* what it gave, or what was freed; 0: it failed */
    uint64_t from;        /* realloc: the block that it was given */
    uint64_t site;        /* where the call returns to */
} memscan_allocation;

typedef int memscan_allocation_fn(const memscan_allocation *allocation, void *context); /* nonzero: STOPPED */

/* Starts a program, which becomes a child of the calling process: same directory, same standard streams, and the signals
 * that are ignored now stay so.
 *   arguments   its name, looked for along PATH, and its arguments; ended by NULL
 *   NOT_FOUND   there is no such program (or no recorder)
 *   DENIED      it cannot be executed
 *   NOT_SUPPORTED   it cannot be recorded, and was not started: error.text says why */
MEMSCAN_API memscan_status memscan_recording_start(char *const *arguments, const memscan_recording_options *options,
                                                   memscan_recording **recording, memscan_error *error);
/* Ends the recording; a program that still runs goes on unrecorded, and is the caller's to wait for. NULL is allowed. */
MEMSCAN_API void memscan_recording_close(memscan_recording *recording);

/* Hands over what has come, in the order of time (but for calls of a thread that was interrupted in the midst of one),
 * and returns after some thousand events, or half a millisecond where nothing came. Rings are small: call it again at
 * once.
 *   OK     the program runs, or there is more
 *   GONE   the program has ended, and everything was handed over */
MEMSCAN_API memscan_status memscan_recording_drain(memscan_recording *recording, memscan_allocation_fn *visit,
                                                   void *context, memscan_error *error);
/* Nothing is recorded from now on, and what was not handed over is dropped; the program runs on. Draining then only waits
 * for its end. */
MEMSCAN_API void memscan_recording_stop(memscan_recording *recording);

/* Writes where a site is into `out` (MEMSCAN_PLACE_MAX bytes are always enough): "module+0x1234", as memscan_place does,
 * also when the process has ended, but for modules that it loaded late: of those the plain address. */
MEMSCAN_API void memscan_recording_place(memscan_recording *recording, const memscan_allocation *allocation, char *out,
                                         size_t capacity);

/* A program image that was recorded: what was started, and what its children executed or forked. */
typedef struct memscan_recorded_program {
    uint32_t number;
    uint32_t parent; /* the image it was forked from; 0: it was executed */
    uint64_t process;
    const char *path; /* of its executable; "" where unknown */
    uint64_t allocations, frees;
    int is_python;        /* it is CPython, or holds it */
    int python_by_malloc; /* PYTHONMALLOC says that its small objects come from malloc */
} memscan_recorded_program;
typedef int memscan_recorded_program_fn(const memscan_recorded_program *program, void *context);
/* Visits the images in the order in which they began. */
MEMSCAN_API memscan_status memscan_recording_programs(memscan_recording *recording, memscan_recorded_program_fn *visit,
                                                      void *context, memscan_error *error);

/* How it stands. recorded + lost is what the programs did. */
typedef struct memscan_recording_report {
    size_t size;
    uint64_t process; /* the program that was started */
    int ended;        /* it has ended: by itself with exit_code, or by a signal */
    int exit_code;
    int signal;           /* 0: none */
    uint64_t allocations; /* handed over */
    uint64_t frees;
    uint64_t lost_allocations;
    uint64_t lost_frees;
    uint64_t programs;        /* images that were recorded */
    uint64_t threads_running; /* recorded threads that have not ended */
    uint64_t not_heard;       /* processes that could not take part: no room in their address space, an old kernel */
    uint64_t not_followed_static;     /* how often a program was started that is statically linked, */
    uint64_t not_followed_privileged; /* that has more rights than its caller, */
    uint64_t not_followed_foreign;    /* or that is of another width */
    double clock_ns;                  /* what one look at the clock costs: a part of every time */
} memscan_recording_report;
#define MEMSCAN_RECORDING_REPORT_INIT                                                                                  \
    {                                                                                                                  \
        .size = sizeof(memscan_recording_report)                                                                       \
    }
MEMSCAN_API void memscan_recording_report_of(memscan_recording *recording, memscan_recording_report *report);

#ifdef __cplusplus
}
#endif
#endif
