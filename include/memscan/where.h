/* memscan/where.h - seeing memory: what an address is, what an access there would do, where its page lies; how much of
 * a target lies where; and the machine's and the target's measures.
 *
 * Nothing here stops the target, changes it or makes a page of it resident. What cannot be found out is left out, never
 * guessed: a thread that runs right now does not tell its stack pointer, a stack that no thread runs on is memory like
 * any other. */
#ifndef MEMSCAN_WHERE_H
#define MEMSCAN_WHERE_H

#include <memscan/memory.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- one address ---- */

/* The page that an address lies in. Caller-owned. */
typedef struct memscan_page {
    memscan_page_state state;
    uint64_t size;       /* of the page as the processor's tables hold it: larger than the base page where it is huge;
                            0: not told */
    uint8_t huge;        /* larger than the base page */
    uint8_t zero;        /* the shared page of zeros is mapped here */
    uint8_t shared;      /* backed by a file or by shared memory, not by memory of the target's own */
    uint8_t frame_known; /* `frame` is set */
    uint64_t frame;      /* number of the physical frame that the address lies in, in base pages */
    uint64_t physical;   /* the physical address */
    const char *reason;  /* why there is no frame, or "". Static storage */
    const char *hint;    /* the one step that would help, or "". Static storage */
} memscan_page;

/* Who keeps memory of kind HEAP, or memory that is a heap's although its region does not tell. Pinned numbers. */
typedef enum memscan_heap {
    MEMSCAN_HEAP_UNKNOWN = 0,
    MEMSCAN_HEAP_BREAK = 1, /* the heap that the system grows by brk(2) */
    MEMSCAN_HEAP_ARENA = 2, /* an arena that malloc mapped for further threads */
    MEMSCAN_HEAP_BLOCK = 3  /* a large block that malloc mapped by itself */
} memscan_heap;

/* What one access to an address would do. */
typedef struct memscan_access {
    uint8_t faults;  /* the program would get a fault (on most systems: it would end) */
    char words[120]; /* why it faults, or what it does besides; may be "" */
} memscan_access;

#define MEMSCAN_SYMBOL_MAX 256

/* The symbol that covers an address. */
typedef struct memscan_symbol {
    uint64_t address;              /* where it begins */
    uint64_t size;                 /* 0: not told */
    uint8_t is_local;              /* seen in its own file only */
    char name[MEMSCAN_SYMBOL_MAX]; /* raw, cut if need be; "" where there is none */
} memscan_symbol;

/* What an address is. Caller-owned: set size before the call (or use _INIT). */
typedef struct memscan_where {
    size_t size;
    uint64_t address;
    uint8_t mapped;    /* `region` and `kind` are set */
    memscan_kind kind; /* as textbooks name the segment: finer than the region's where one mapping holds more than one
                              thing (initialised data and the beginning of bss; a large block of malloc's; a guard page
                              inside a region) */
    memscan_region region; /* its texts are the view's */
    uint8_t has_below, has_above;
    memscan_region below, above; /* the nearest regions on both sides */
    char what[120]; /* in words: "stack of thread 1234", "guard page of thread 1234's stack", "null page" */
    char place[MEMSCAN_PLACE_MAX];
    memscan_heap heap;
    memscan_access read, write, execute;

    uint64_t thread;        /* whose stack, or whose stack's guard; 0: no thread's, or not known */
    uint8_t is_alternate;   /* a stack that the thread runs on besides its own (a signal stack, a coroutine's) */
    uint64_t stack_pointer; /* of that thread; 0: it runs now, and does not tell */

    memscan_page page;       /* with MEMSCAN_WHERE_PAGE */
    memscan_symbol symbol;   /* with MEMSCAN_WHERE_SYMBOL, and only in modules */
    char symbol_reason[120]; /* why there is none although it was asked for, or "" */
} memscan_where;
#define MEMSCAN_WHERE_INIT                                                                                             \
    {                                                                                                                  \
        .size = sizeof(memscan_where)                                                                                  \
    }

/* Asked for besides, because each costs a question to the system, or the reading of a file. */
#define MEMSCAN_WHERE_PAGE   1u
#define MEMSCAN_WHERE_SYMBOL 2u

/* The address space as it was at one moment. All addresses that are asked of one view are answered from the same map, so
 * that a million of them cost one look at it; pages and symbols are asked when they are wanted. */
typedef struct memscan_view memscan_view;

/* Looks now. Destroy it before the target is closed. */
MEMSCAN_API memscan_status memscan_view_create(memscan_target *target, memscan_view **view, memscan_error *error);
MEMSCAN_API void memscan_view_destroy(memscan_view *view); /* NULL is allowed */

/* Says what `address` is. Any address may be asked; where nothing is mapped, the answer says so (OK, mapped 0).
 * `wanted`: MEMSCAN_WHERE_ bits; what they ask for and cannot be told stays empty.
 *   GONE, NO_MEMORY      no other failures */
MEMSCAN_API memscan_status memscan_view_at(memscan_view *view, uint64_t address, uint32_t wanted, memscan_where *where,
                                           memscan_error *error);

/* "heap", "arena", "block", or "" where it is not known; static storage. */
MEMSCAN_API const char *memscan_heap_name(memscan_heap heap);

/* ---- how much lies where ---- */

/* Of one region, in bytes. Caller-owned. */
typedef struct memscan_usage {
    uint64_t start, size;
    uint64_t resident;
    uint64_t private_bytes;  /* resident, and mapped by nobody else now */
    uint64_t shared_bytes;   /* resident, and mapped by others too */
    uint64_t swapped;        /* in swap; 0 where the platform does not tell */
    uint64_t huge;           /* resident in pages larger than the base page */
    uint64_t huge_page_size; /* of those; 0: none */
} memscan_usage;
typedef int memscan_usage_fn(const memscan_usage *usage, void *context);

/* Visits the usage of every region, ascending. Dearer than memscan_regions: the system walks all page tables.
 * NOT_SUPPORTED where the platform cannot tell. */
MEMSCAN_API memscan_status memscan_usages(memscan_target *target, memscan_usage_fn *visit, void *context,
                                          memscan_error *error);

/* ---- measures ---- */

/* What is known of the machine and, now, of the target. Caller-owned: set size before the call (or use _INIT). A number
 * that the system does not tell is MEMSCAN_NOT_TOLD. */
#define MEMSCAN_NOT_TOLD UINT64_MAX
typedef struct memscan_measures {
    size_t size;
    uint64_t page_size;
    uint64_t huge_page_size;  /* of the huge pages that ordinary memory may get */
    uint64_t lowest_address;  /* the lowest that a program like the target may use */
    uint64_t highest_address; /* the highest, included */
    uint64_t address_bits;    /* that the processor translates */
    uint64_t physical_bits;   /* of a physical address */
    uint64_t processors;      /* at work now */
    uint64_t resident;        /* bytes of the target in memory */
    uint64_t swapped;         /* bytes of it in swap */
    uint64_t page_tables;     /* bytes of memory that its page tables take */
    uint64_t minor_faults;    /* page faults served without waiting, since it began */
    uint64_t major_faults;    /* those that waited for a disk */
    uint64_t faults;          /* both */
} memscan_measures;
#define MEMSCAN_MEASURES_INIT                                                                                          \
    {                                                                                                                  \
        .size = sizeof(memscan_measures)                                                                               \
    }

/* NOT_SUPPORTED where the platform tells nothing of it. */
MEMSCAN_API memscan_status memscan_measures_of(memscan_target *target, memscan_measures *measures,
                                               memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
