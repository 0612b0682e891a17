/* memscan/find.h - search a target for several expressions in one pass, and account for every byte. */
#ifndef MEMSCAN_FIND_H
#define MEMSCAN_FIND_H

#include <memscan/memory.h>
#include <memscan/question.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct memscan_range {
    uint64_t start;
    uint64_t last; /* included: so that a range can reach the end of the address space */
} memscan_range;

/* Which memory is asked about. All filters intersect. By default (all zero): numbers are looked for in writable
 * memory, bytes and text in all readable memory; device memory and the kernel's own pages are left out. */
typedef struct memscan_filter {
    size_t size;
    const memscan_range *ranges; /* unite; NULL: everywhere */
    size_t range_count;
    uint32_t kinds;                /* MEMSCAN_KIND_BITs; 0: all but device and the kernel's data pages */
    uint32_t protection_demanded;  /* MEMSCAN_PROT_ bits a region must have */
    uint32_t protection_forbidden; /* MEMSCAN_PROT_ bits a region must not have */
    uint8_t all;                   /* every readable region, devices excepted unless `kinds` names them; absent shared
                                      pages are read through the target */
    uint8_t protection_given;      /* the two masks above replace the default choice */
    uint8_t skip_swapped;          /* leave swapped-out pages in swap and count them as skipped */
} memscan_filter;
#define MEMSCAN_FILTER_INIT                                                                                            \
    {                                                                                                                  \
        sizeof(memscan_filter), NULL, 0, 0, 0, 0, 0, 0, 0                                                              \
    }

/* Bytes that are outside the question: not judged, not failed. Pinned numbers. */
typedef enum memscan_skip {
    MEMSCAN_SKIP_UNTOUCHED = 0,     /* private pages never written: they are zero */
    MEMSCAN_SKIP_ABSENT_SHARED = 1, /* untouched pages of shared memory that we may not look into */
    MEMSCAN_SKIP_SWAPPED = 2,       /* swapped out, and skipping was asked for */
    MEMSCAN_SKIP_DEVICE = 3,        /* device memory, vvar and the like */
    MEMSCAN_SKIP_VANISHED = 4,      /* unmapped by the target before we came to it */
    MEMSCAN_SKIP_GUARD = 5,         /* pages without any access */
    MEMSCAN_SKIP_COUNT = 6
} memscan_skip;
/* Bytes that were asked for and not obtained. Pinned numbers. */
typedef enum memscan_fail {
    MEMSCAN_FAIL_PROTECTED = 0,   /* the system refused */
    MEMSCAN_FAIL_FILE = 1,        /* untouched pages of a mapped file that could not be opened safely */
    MEMSCAN_FAIL_BLOCKED = 2,     /* userfaultfd, a hung file system: not supplied in time */
    MEMSCAN_FAIL_FAULTY = 3,      /* the system could not read it */
    MEMSCAN_FAIL_NOT_REACHED = 4, /* the search ended before it came there: limit, time, cancel, end of the target */
    MEMSCAN_FAIL_NOT_SAVED = 5,   /* the dump does not hold it */
    MEMSCAN_FAIL_TOO_HARD = 6,    /* read, but a regular expression could not be judged there in bounded time */
    MEMSCAN_FAIL_COUNT = 7
} memscan_fail;
MEMSCAN_API const char *memscan_skip_name(memscan_skip skip); /* "untouched", as in JSON */
MEMSCAN_API const char *memscan_fail_name(memscan_fail fail);

/* Why a search ended before its end. Pinned numbers. */
typedef enum memscan_stop {
    MEMSCAN_STOP_NONE = 0,
    MEMSCAN_STOP_LIMIT = 1, /* `limit` matches were delivered */
    MEMSCAN_STOP_TIMEOUT = 2,
    MEMSCAN_STOP_CANCELLED = 3, /* the token, or the progress callback */
    MEMSCAN_STOP_CALLER = 4,    /* the match callback */
    MEMSCAN_STOP_GONE = 5,      /* the target ended */
    MEMSCAN_STOP_ERROR = 6      /* any other failure: the returned error says which */
} memscan_stop;
MEMSCAN_API const char *memscan_stop_name(memscan_stop stop);

/* The account of a search: asked = scanned + skipped + failed, always, also when the call failed half way. Its
 * layout never changes; needs no initialisation. */
typedef struct memscan_report {
    uint64_t asked;          /* bytes in the regions that the filter selects; of those known, where the map broke off */
    uint64_t scanned;        /* bytes that were read and judged */
    uint64_t skipped;        /* the sum of skipped_by */
    uint64_t failed;         /* the sum of failed_by */
    uint64_t skipped_by[16]; /* by memscan_skip */
    uint64_t failed_by[16];  /* by memscan_fail */
    uint64_t matches;        /* delivered */
    uint64_t nanoseconds;    /* wall time */
    memscan_stop stopped;
    uint32_t complete;  /* nonzero: nothing failed and nothing stopped it; every byte asked for is judged or
                               lawfully skipped */
    uint64_t unwritten; /* of `scanned`: not read again, since nobody wrote there (memscan_scan_options.track) */
    uint64_t reserved[15];
} memscan_report;

/* One match. Valid during the callback. */
typedef struct memscan_match {
    uint64_t address;
    size_t question;              /* index of the expression */
    memscan_type type;            /* the widest type that fits, floats last */
    uint32_t types;               /* all types that fit here, MEMSCAN_TYPE_BITs */
    memscan_layout layout;        /* how its bytes lie: for memscan_value_format */
    const uint8_t *bytes;         /* the bytes that matched, as they were read */
    size_t length;                /* how many: the type's width, or the pattern's match */
    const memscan_region *region; /* where it begins */
} memscan_match;

/* Nonzero ends the search: MEMSCAN_STOPPED. */
typedef int memscan_match_fn(const memscan_match *match, void *context);

typedef struct memscan_find_options {
    size_t size;
    memscan_filter filter;
    uint64_t alignment;  /* of a match's address; 0: the type's width, 1 for text and bytes */
    uint64_t limit;      /* matches to deliver; 0: no limit */
    uint32_t workers;    /* threads that read and judge; 0: one per CPU */
    uint32_t timeout_ms; /* 0: none */
    memscan_progress_fn *progress;
    void *progress_context;
    const memscan_cancel *cancel;
    /* The work shared out, among machines or calls: this one does the `shard`-th (from 1) of `shards` parts. A part is
     * every `shards`-th stretch of 16 MiB of addresses, and a match belongs to that in which it begins: whatever the map,
     * each address is in exactly one. 0 and 0: all of it. INVALID: no such part. */
    uint32_t shard, shards;
} memscan_find_options;
#define MEMSCAN_FIND_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(memscan_find_options), MEMSCAN_FILTER_INIT, 0, 0, 0, 0, NULL, NULL, NULL, 0, 0                          \
    }

/* Searches for all `questions` in one pass. Matches come ascending by address (then by question) on the calling
 * thread, while worker threads read ahead; memory stays bounded however many there are. Overlapping matches are
 * all reported, but for those of one regular expression, which do not overlap (docs/expressions.md). A match may cross regions that touch; it never covers a byte that was not read.
 *   options   NULL: the defaults
 *   report    NULL, or filled in every case, also on failure
 * OK also when some bytes could not be read: look at report->complete. Errors: GONE (the target ended), CANCELLED,
 * STOPPED, TIMEOUT, NO_MEMORY; matches delivered before that stand. A limit reached is OK with stopped = LIMIT. */
MEMSCAN_API memscan_status memscan_find_all(memscan_target *target, const memscan_question *const *questions,
                                            size_t question_count, const memscan_find_options *options,
                                            memscan_match_fn *match, void *context, memscan_report *report,
                                            memscan_error *error);

/* The same for one expression as text. */
MEMSCAN_API memscan_status memscan_find(memscan_target *target, const char *expression,
                                        const memscan_find_options *options, memscan_match_fn *match, void *context,
                                        memscan_report *report, memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
