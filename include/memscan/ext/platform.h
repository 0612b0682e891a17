/* memscan/ext/platform.h - the contract of a place where memory lives, for those who add one.
 *
 * A platform is a table of functions. The core owns everything above it: spans are cut so that they never wrap,
 * lengths are never 0, protections and absence are judged from what the platform tells, and results are put
 * together. A platform only says what is there and moves bytes.
 *
 * Preconditions of every call, stated once: pointers are not NULL but for `error`; out parameters are zeroed by the
 * caller; a range is given by its first and its LAST byte, so that it may end with the address space. Every call
 * that fails fills the error record and returns its status. `MEMSCAN_GONE` from any call means: the image that was
 * opened is no longer there, and no byte moved by this call may be trusted.
 *
 * Threads: `read`, `read_unproved`, `residency` and `resident` are called from several threads at once on the same
 * state. The others are called from one thread at a time, but may run beside reads. `alive` is called from any thread.
 *
 * Stability: this header may change between minor versions, the public ones may not. */
#ifndef MEMSCAN_EXT_PLATFORM_H
#define MEMSCAN_EXT_PLATFORM_H

#include <memscan/find.h>
#include <memscan/memory.h>
#include <memscan/process.h>
#include <memscan/target.h>
#include <memscan/where.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Capabilities: facts about a target, asked instead of the platform's name. */
#define MEMSCAN_CAN_WRITE     1u /* `write` works on this target */
#define MEMSCAN_CAN_RESIDENCY 2u /* `residency` tells; else every mapped page is read through the target */
#define MEMSCAN_CAN_BACKING   4u /* `read` serves spans from MEMSCAN_FROM_BACKING */

typedef struct memscan_platform_facts {
    memscan_facts target;
    uint32_t capabilities;
    uint32_t max_readers;  /* how many threads may be in `read` and `residency` at once; 0: any number */
    size_t best_read_size; /* bytes per read at which its throughput peaks */
} memscan_platform_facts;

/* Where the bytes of a span are taken from. */
typedef enum memscan_source {
    MEMSCAN_FROM_TARGET = 0, /* through the target; absent pages become resident */
    MEMSCAN_FROM_BACKING = 1 /* from the file or shared object behind the mapping; the target is not touched */
} memscan_source;

/* One stretch to move. The platform never goes on behind the first byte of a span that it could not move: it sets
 * `done` and `outcome` and goes on with the next span. The core comes back for the rest, one page further on. */
typedef struct memscan_transfer {
    uint64_t address;
    size_t size;                  /* at least 1 */
    void *buffer;                 /* `write` only reads it */
    memscan_source source;        /* `write`: FROM_TARGET */
    const memscan_region *region; /* the region that holds the whole span, or NULL where it is not known;
                                      never NULL FROM_BACKING */
    size_t done;
    memscan_outcome outcome; /* WHOLE when done == size */
} memscan_transfer;

/* What open is told. */
typedef struct memscan_platform_open {
    const char *locator;                /* the part behind "scheme:" */
    uint32_t access;                    /* MEMSCAN_READ, MEMSCAN_WRITE */
    const memscan_allocator *allocator; /* never NULL; outlives the state */
    uint32_t read_timeout_ms;           /* never 0 */
} memscan_platform_open;

/* What makes a process image that one and no other, also across reboots of the machine and reuse of numbers. A field
 * that the system does not know is 0 or "". Pinned layout: session files hold it. */
typedef struct memscan_identity {
    char boot[64]; /* this boot of this machine (Linux: /proc/sys/kernel/random/boot_id) */
    uint64_t pid;
    uint64_t start_time; /* as in memscan_process */
    uint64_t device;     /* of the executable file; Linux: major << 32 | minor */
    uint64_t inode;
    uint64_t load_address;    /* where the executable was loaded */
    uint64_t stack_address;   /* where the first stack begins */
    uint32_t build_id_length; /* of the executable, at most 32 */
    uint8_t build_id[32];
    char executable[256]; /* its path, cut if need be; raw */
} memscan_identity;

/* Where a thread's stack is, as far as it can be told without stopping anybody. */
typedef struct memscan_stack {
    uint64_t thread;
    uint64_t pointer; /* its stack pointer; 0: not told */
    uint64_t home;    /* an address on the stack that the thread was started on; 0: not told */
} memscan_stack;
typedef int memscan_stack_fn(const memscan_stack *stack, void *context);

/* What an address is, where its region's kind is too coarse. The caller sets both to what the region tells. */
typedef struct memscan_detail {
    memscan_kind kind;
    memscan_heap heap;
} memscan_detail;

typedef int memscan_symbol_fn(const memscan_symbol *symbol, void *context);
/* Write tracking: a moment since which writes are told. Opaque to the core, kept by it; all zero: none. */
typedef struct memscan_track_point {
    uint64_t word[4];
} memscan_track_point;

/* Whole pages inside one region. */
typedef struct memscan_track_range {
    const memscan_region *region;
    uint64_t start, last;
} memscan_track_range;

typedef struct memscan_platform {
    size_t size;        /* sizeof(memscan_platform): operations are added at the end */
    const char *name;   /* "linux", for people */
    const char *scheme; /* "pid", in locators */

    /* Of the machine, without a target. All three may be NULL (not a platform of processes). */
    memscan_status (*list)(memscan_process_fn *visit, void *context, memscan_error *error);
    memscan_status (*describe)(uint64_t pid, char *path, size_t path_capacity, char *command, size_t command_capacity,
                               size_t *command_length, memscan_error *error);
    uint64_t (*self)(void); /* the pid of this process */

    /* Level 1: scanning works. */
    memscan_status (*open)(const memscan_platform_open *request, void **state, memscan_error *error);
    void (*close)(void *state);
    memscan_status (*facts)(void *state, memscan_platform_facts *facts, memscan_error *error);
    memscan_status (*alive)(void *state, memscan_error *error);
    /* Ascending, from the first region that ends beyond `from`. Addresses that are set aside without memory may be
     * shown too, as MEMSCAN_REGION_RESERVED. */
    memscan_status (*regions)(void *state, uint64_t from, memscan_region_fn *visit, void *context,
                              memscan_error *error);
    memscan_status (*read)(void *state, memscan_transfer *transfers, size_t count, memscan_error *error);

    /* Level 2: editing, and names for addresses. May be NULL. */
    memscan_status (*write)(void *state, memscan_transfer *transfers, size_t count, memscan_error *error);
    memscan_status (*modules)(void *state, memscan_module_fn *visit, void *context, memscan_error *error);
    memscan_status (*threads)(void *state, memscan_thread_fn *visit, void *context, memscan_error *error);
    memscan_status (*abilities)(void *state, memscan_ability_fn *visit, void *context, memscan_error *error);

    /* Level 3: fast, and harmless. May be NULL. Fills up to `capacity` runs of the pages of `region` between
     * `start` and `last` (page-aligned start, inside the region), ascending, without gaps, equal neighbours
     * joined; *count is at least 1. Fewer than the range needs: the caller asks again behind the last run. */
    memscan_status (*residency)(void *state, const memscan_region *region, uint64_t start, uint64_t last,
                                memscan_extent *extents, size_t capacity, size_t *count, memscan_error *error);

    /* What outlives us (sessions, journals) names a process image by this. May be NULL: nothing that is kept can be
     * tied to such a target. */
    memscan_status (*identity)(void *state, memscan_identity *identity, memscan_error *error);

    /* For core files. Both may be NULL. The auxiliary vector as the target holds it, pairs of its own words, cut at
     * `capacity`; and where a thread is, without stopping it: 0 for what cannot be told. */
    memscan_status (*auxiliary)(void *state, void *vector, size_t capacity, size_t *length, memscan_error *error);
    memscan_status (*thread_place)(void *state, uint64_t thread, uint64_t *stack_pointer, uint64_t *instruction,
                                   memscan_error *error);

    /* Stops every thread of the target, and lets them go again. Never called twice without the other between; `close`
     * resumes. Each may be called on any thread. May be NULL. */
    memscan_status (*suspend)(void *state, memscan_error *error);
    memscan_status (*resume)(void *state, memscan_error *error);

    /* For looking (memscan/where.h). All may be NULL. `head` is the first region of the module that holds the address,
     * or NULL where none does. */
    memscan_status (*stacks)(void *state, memscan_stack_fn *visit, void *context, memscan_error *error);
    memscan_status (*detail)(void *state, const memscan_region *region, const memscan_region *head, uint64_t address,
                             memscan_detail *detail, memscan_error *error);
    memscan_status (*page)(void *state, const memscan_region *region, uint64_t address, memscan_page *page,
                           memscan_error *error);
    memscan_status (*usages)(void *state, memscan_usage_fn *visit, void *context, memscan_error *error);
    memscan_status (*measures)(void *state, memscan_measures *measures, memscan_error *error);
    /* The symbol that covers an address of a module; and all symbols of a module that bear a name. Both fail with
     * NOT_SUPPORTED where this build reads no symbols; a file without symbols is no failure. */
    memscan_status (*symbol_at)(void *state, const memscan_module *module, const memscan_region *head, uint64_t address,
                                memscan_symbol *symbol, memscan_error *error);
    memscan_status (*symbols_named)(void *state, const memscan_module *module, const memscan_region *head,
                                    const char *name, memscan_symbol_fn *visit, void *context, memscan_error *error);
    /* Write tracking, only ever called where a user asked for it: the one operation that may change the target, and
     * `untrack` (and close) takes back what it set up. Both may be NULL: NOT_SUPPORTED.
     * Visits, ascending and as RESIDENT or SWAPPED, the pages of `ranges` (ascending, none twice) whose bytes are at some
     * moment of this call what they were at every moment since `point`, whoever may have written. Silence about a
     * page means "perhaps written", and never needs a reason; about memory that other processes share, and when `point`
     * is none or no longer known, it is the only right answer. Then *point becomes that moment: what is written
     * later is not told as unwritten by the call that is handed the new point.
     * `lasting`: the point must still hold in another process. A platform sets up what it needs at the first call, and
     * fails (NOT_SUPPORTED, DENIED, BUSY) where it cannot be had; it never fails for single ranges. A visitor's
     * nonzero answer ends the call: STOPPED. After a failure *point is none. */
    memscan_status (*track)(void *state, uint8_t lasting, const memscan_track_range *ranges, size_t count,
                            memscan_track_point *point, memscan_extent_fn *visit, void *context, memscan_error *error);
    void (*untrack)(void *state);

    /* `residency` for many stretches at once. May be NULL, and so may its answer: resident[i] = 1 only where all pages that
     * range i touches are RESIDENT at this moment, whatever regions they are of; 0 says nothing, and `residency` is asked.
     * Starts and ends ascend; ranges may overlap. Called from several threads at once. */
    void (*resident)(void *state, const memscan_range *ranges, size_t count, uint8_t *resident);

    /* `read` without the proof that the image was still there, for who trusts nothing of many reads before `alive`, asked
     * after the last of them, says so. May be NULL. */
    memscan_status (*read_unproved)(void *state, memscan_transfer *transfers, size_t count, memscan_error *error);

    /* `regions` from 0, for who is going to read nothing but `ranges` (ascending, none twice): where it is dear to know
     * what may make a reader wait, other regions may be shown as MEMSCAN_REGION_MAY_BLOCK without being so. May be NULL. */
    memscan_status (*regions_about)(void *state, const memscan_range *ranges, size_t count, memscan_region_fn *visit,
                                    void *context, memscan_error *error);
} memscan_platform;

#ifdef __cplusplus
}
#endif
#endif
