/* memscan/memory.h - read and write the memory of a target.
 *
 * Reading leaves the target as it is: pages that it never touched are not made resident. They are answered
 * without asking it: untouched private memory is zero; untouched pages of a mapped file hold what the file
 * holds; untouched pages of shared memory are read from the shared object where that is permitted. What cannot
 * be answered so is reported as not read, with its reason; MEMSCAN_READ_TOUCH reads it through the target. */
#ifndef MEMSCAN_MEMORY_H
#define MEMSCAN_MEMORY_H

#include <memscan/target.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Why bytes were not read (or not written). Pinned numbers. */
typedef enum memscan_outcome {
    MEMSCAN_WHOLE = 0,         /* all of it was read, or written */
    MEMSCAN_NOT_MAPPED = 1,    /* nothing is there */
    MEMSCAN_PROTECTED = 2,     /* mapped, but its protection or the system refuses */
    MEMSCAN_ABSENT_SHARED = 3, /* an untouched page of shared memory that we may not look into */
    MEMSCAN_ABSENT_FILE = 4,   /* an untouched page of a mapped file that could not be opened safely, or beyond
                                   its end */
    MEMSCAN_BLOCKED = 5,       /* somebody else would have to supply it (userfaultfd, FUSE), and did not in time */
    MEMSCAN_SWAPPED_OUT = 6,   /* in swap, and MEMSCAN_READ_SKIP_SWAPPED was asked for */
    MEMSCAN_FAULTY = 7,        /* mapped and readable, yet the system could not read it (I/O error, device) */
    MEMSCAN_NOT_SAVED = 8,     /* the dump does not hold it */
    MEMSCAN_OUTCOME_COUNT = 9
} memscan_outcome;

MEMSCAN_API const char *memscan_outcome_name(memscan_outcome outcome); /* "not mapped"; static storage */

#define MEMSCAN_READ_TOUCH        1u /* read absent pages through the target: makes them resident there */
#define MEMSCAN_READ_SKIP_SWAPPED 2u /* leave swapped-out pages where they are */

/* Reads `size` bytes at `address`, all or nothing. UNREADABLE: some byte could not be read; error.address is the
 * first, error.text says why, and `buffer` is undefined. */
MEMSCAN_API memscan_status memscan_read(memscan_target *target, uint64_t address, void *buffer, size_t size,
                                        memscan_error *error);

/* A stretch of bytes that a read did not obtain. */
typedef struct memscan_gap {
    uint64_t address;
    uint64_t size;
    memscan_outcome outcome; /* never WHOLE */
} memscan_gap;
typedef int memscan_gap_fn(const memscan_gap *gap, void *context); /* nonzero: STOPPED */

/* Reads what can be read of `size` bytes at `address`. Bytes that could not be read are zero in `buffer` and told
 * as gaps, ascending, on this thread, before the call returns. OK also when nothing at all could be read: the
 * gaps say so. `read_flags`: MEMSCAN_READ_ bits. */
MEMSCAN_API memscan_status memscan_read_partial(memscan_target *target, uint64_t address, void *buffer, size_t size,
                                                uint32_t read_flags, memscan_gap_fn *gaps, void *context,
                                                memscan_error *error);

/* One of many places to read. */
typedef struct memscan_span {
    uint64_t address;
    size_t size;
    void *buffer;
    size_t done;             /* answer: bytes obtained from the start of the span */
    memscan_outcome outcome; /* answer: WHOLE, or why it ended after `done` */
} memscan_span;

/* Reads many places in few system calls. Each span is read up to its first byte that cannot be: an unreadable
 * span is an answer, not a failure of the call. */
MEMSCAN_API memscan_status memscan_read_spans(memscan_target *target, memscan_span *spans, size_t count,
                                              uint32_t read_flags, memscan_error *error);

/* Writes `size` bytes at `address` and reads them back.
 *   expected   NULL, or `size` bytes that must stand there now: else MISMATCH and nothing is written.
 * An aligned value of up to 8 bytes is written in one piece: the target sees the old or the new value. Between
 * the check, the write and the reading back the target runs on: checking and writing is not atomic, unless it is suspended
 * meanwhile (memscan_suspend).
 * Private memory is written also where its protection forbids the target itself to write (code, constants), if
 * the system permits; the page becomes the target's own copy. Writing to an untouched page makes it resident.
 *   UNREADABLE      nothing is mapped at error.address; nothing was written
 *   UNWRITABLE      the system refuses (error.text says why); nothing was written
 *   CHANGED_SINCE   written, but the target wrote too before it was read back
 *   DENIED          the target was not opened with MEMSCAN_WRITE
 * When a write is cut short by a change of the map under it, or fails half way for any other reason, the bytes already
 * written are put back as they were wherever they still hold what we wrote. */
MEMSCAN_API memscan_status memscan_write(memscan_target *target, uint64_t address, const void *bytes, size_t size,
                                         const void *expected, memscan_error *error);

/* Where the bytes of a stretch of pages are. Pinned numbers. */
typedef enum memscan_page_state {
    MEMSCAN_PAGE_UNKNOWN = 0, /* this platform cannot tell: read it through the target */
    MEMSCAN_PAGE_RESIDENT = 1,
    MEMSCAN_PAGE_SWAPPED = 2,
    MEMSCAN_PAGE_UNTOUCHED = 3, /* private and never written: reads as zero */
    MEMSCAN_PAGE_FILE = 4,      /* not in this target's page tables; holds what the file holds */
    MEMSCAN_PAGE_SHARED = 5,    /* not in this target's page tables; another process may have written it */
    MEMSCAN_PAGE_GUARD = 6,     /* a guard page inside a region: no access (Linux 6.13, MADV_GUARD_INSTALL) */
    MEMSCAN_PAGE_BLOCKED = 7    /* absent, and somebody else would supply it (userfaultfd): neither zero nor to be
                                   read through the target, which would ask for it and might wait */
} memscan_page_state;

MEMSCAN_API const char *memscan_page_state_name(memscan_page_state state);

/* A run of pages in the same state, inside one region. */
typedef struct memscan_extent {
    uint64_t start;
    uint64_t size;
    memscan_page_state state;
} memscan_extent;
typedef int memscan_extent_fn(const memscan_extent *extent, void *context);

/* Visits the mapped pages between `start` and `last` (included), as runs, ascending; gaps between regions are
 * left out. Looking does not change what is seen. NOT_SUPPORTED where the platform cannot tell. */
MEMSCAN_API memscan_status memscan_residency(memscan_target *target, uint64_t start, uint64_t last,
                                             memscan_extent_fn *visit, void *context, memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
