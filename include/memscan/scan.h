/* memscan/scan.h - searches that remember: scan, let the program run, scan again, until one address is left.
 *
 * A scan is a session over one target: its first scan judges memory, every next one judges what is left. Each is a
 * step; steps can be undone and redone without limit, and any later one can compare with the first or with a named
 * one. A session can live in a file, which then holds every step from the moment it is made and survives both this
 * process and a kill at any moment; a file opened later belongs to the same process image or is refused.
 *
 * Memory that was never touched counts as zero from the first scan on (`unknown` remembers it without reading it), so
 * that a page that is touched later is judged. Memory that vanished drops its matches and is counted; memory that
 * could not be read this time keeps them, and the report says so. */
#ifndef MEMSCAN_SCAN_H
#define MEMSCAN_SCAN_H

#include <memscan/find.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct memscan_scan memscan_scan;

/* Write tracking: let the system note which memory the target writes, so that a next scan need not read what nobody
 * wrote since the last one. The matches are exactly those of a scan that reads everything; what cannot be vouched for
 * (shared memory, new memory, pages that were not read last time, steps that were undone) is read.
 *
 * It is the one thing that touches the target, so it is never done unasked: the first write to a page after each scan
 * costs the target about a microsecond, and memory in huge pages may be split into small ones as it is written. On Linux
 * either the system's soft-dirty marks are used, or a userfaultfd that is set up in the target by one system call of
 * its own (docs/linux.md, "Write tracking"). memscan_untrack and memscan_close take it back, and so does the end of this
 * process, however it comes.
 *
 * Not promised: that writes are seen which no processor's page table knows of, by a device or by the system through
 * pages that were handed to it before the scan (buffers registered with io_uring, reads past the page cache under way,
 * RDMA). A target that works so is scanned without tracking. */
typedef enum memscan_track {
    MEMSCAN_TRACK_NONE = 0,
    MEMSCAN_TRACK_OPEN = 1,   /* from scan to scan while this target is open */
    MEMSCAN_TRACK_LASTING = 2 /* also from one process to the next, through the session file */
} memscan_track;

/* Used by the calls of the session they were given to, until it is destroyed; the target, the token and what the
 * filter points to must live that long. */
typedef struct memscan_scan_options {
    size_t size;              /* sizeof(memscan_scan_options) */
    memscan_filter filter;    /* of the first scan; later ones judge what is left */
    uint64_t alignment;       /* of a match's address; 0: each type's width, 1 for text and bytes */
    memscan_type fallback;    /* of expressions that name no type; TYPE_NONE: the command line's rules */
    uint64_t memory_limit;    /* bytes the session keeps in memory before it goes on in a nameless file; 0: a quarter
                                 of what is available */
    const char *spill_folder; /* where that file goes; NULL: $TMPDIR, else /var/tmp. Only read while creating */
    uint32_t workers;         /* 0: one per CPU */
    uint32_t timeout_ms;      /* of each first or next scan; 0: none */
    uint8_t rebase;           /* memscan_scan_open: carry a session of another run over, by module + offset */
    memscan_progress_fn *progress;
    void *progress_context;
    const memscan_cancel *cancel;
    uint32_t track; /* a memscan_track */
} memscan_scan_options;
#define MEMSCAN_SCAN_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(memscan_scan_options), MEMSCAN_FILTER_INIT, 0, MEMSCAN_TYPE_NONE, 0, NULL, 0, 0, 0, NULL, NULL, NULL, 0 \
    }

/* An empty session, in memory. `options` may be NULL. */
MEMSCAN_API memscan_status memscan_scan_create(memscan_target *target, const memscan_scan_options *options,
                                               memscan_scan **scan, memscan_error *error);

/* Opens the session file at `path` and goes on in it: every later step is written there as it is made.
 *   NOT_FOUND  no such file            BUSY     another memscan has it open
 *   CORRUPT    damaged or cut short    MISMATCH it belongs to another process image; error.text says what differs.
 * With options->rebase a session of another run is carried over instead: each match that lies in a module which
 * this target has too (same file name, same build-id where both have one) moves to the same offset in it; all
 * others are dropped; earlier steps and named snapshots are forgotten. The file is replaced by what was carried over;
 * memscan_scan_rebased tells the counts. */
MEMSCAN_API memscan_status memscan_scan_open(memscan_target *target, const char *path,
                                             const memscan_scan_options *options, memscan_scan **scan,
                                             memscan_error *error);
/* What rebasing did: matches carried over, and dropped. Both 0 when the session was of this very process. */
MEMSCAN_API void memscan_scan_rebased(const memscan_scan *scan, uint64_t *carried, uint64_t *dropped);

/* Frees the session; its file, if it has one, stays. NULL is allowed. */
MEMSCAN_API void memscan_scan_destroy(memscan_scan *scan);

/* Writes the session to `path` (mode 0600), replacing what is there in one step, and goes on in that file. LIMIT: the
 * disk is full; DENIED, BUSY, IO: nothing was changed. A session without a first scan cannot be saved (INVALID). */
MEMSCAN_API memscan_status memscan_scan_save(memscan_scan *scan, const char *path, memscan_error *error);

/* Forgets all steps and judges memory anew. `expression`: memscan/question.h; also "i32:unknown" (or "?"), which
 * remembers everything. With `path` not NULL the session lives in that file from the start, so that its size is
 * bounded by the disk and not by memory: the file is put in place only when the scan succeeded, replacing what is
 * there. `report` may be NULL. A failure leaves the session (and the file at `path`) as it was. */
MEMSCAN_API memscan_status memscan_scan_first(memscan_scan *scan, const char *expression, const char *path,
                                              memscan_report *report, memscan_error *error);

/* Judges the matches that are left. Besides what a first scan takes: changed, unchanged, increased, decreased, +5, -5,
 * +5..+9, -9..-5, +10%, -10%, each also with "since first" or "since NAME". An expression without a type is
 * judged as the session's types. A value with a sign is written =-5. Failures leave the session as it was.
 *   INVALID    not an expression, or not one for this session's types; a text or pattern that is longer than that of the
 *              first scan, of which no more bytes are remembered; also before the first scan
 *   NOT_FOUND  no snapshot of that name */
MEMSCAN_API memscan_status memscan_scan_next(memscan_scan *scan, const char *expression, memscan_report *report,
                                             memscan_error *error);

/* One step back or forth. NOT_FOUND: there is none. A next scan after an undo replaces what was undone. */
MEMSCAN_API memscan_status memscan_scan_undo(memscan_scan *scan, memscan_error *error);
MEMSCAN_API memscan_status memscan_scan_redo(memscan_scan *scan, memscan_error *error);

/* Gives the values of the current step a name, for "since NAME": 1 to 64 letters, digits, - and _. A name given again
 * moves. It stays when its step is undone or replaced. */
MEMSCAN_API memscan_status memscan_scan_mark(memscan_scan *scan, const char *name, memscan_error *error);

/* Ends write tracking in the target, now instead of at memscan_close. Later scans read everything, or begin it anew where
 * their options ask for it. */
MEMSCAN_API void memscan_untrack(memscan_target *target);

/* How many addresses are left; 0 before the first scan. */
MEMSCAN_API uint64_t memscan_scan_count(const memscan_scan *scan);

/* One match of the current step. `bytes` are what stood there at the last scan that could read it. */
typedef struct memscan_scan_match {
    uint64_t number; /* from 1, ascending by address; changes from step to step */
    uint64_t address;
    memscan_type type; /* the widest type that still fits, floats last */
    uint32_t types;    /* all that fit, MEMSCAN_TYPE_BITs */
    memscan_layout layout;
    const uint8_t *bytes; /* valid until the next call with this session */
    size_t length;
} memscan_scan_match;

/* A walk over the matches, ascending. Begin with _INIT; memscan_scan_each answers 0 at the end, or when it fails, and
 * then `status` says which. Any change of the session ends the walk's meaning. */
typedef struct memscan_cursor {
    uint64_t next;         /* number of the match to come; set it to begin elsewhere */
    memscan_status status; /* OK at the end */
    uint32_t reserved[5];
} memscan_cursor;
#define MEMSCAN_CURSOR_INIT                                                                                            \
    {                                                                                                                  \
        1, MEMSCAN_OK,                                                                                                 \
        {                                                                                                              \
            0, 0, 0, 0, 0                                                                                              \
        }                                                                                                              \
    }

MEMSCAN_API int memscan_scan_each(memscan_scan *scan, memscan_cursor *cursor, memscan_scan_match *match);
/* The match of this number, as in "@3". NOT_FOUND: there are fewer. */
MEMSCAN_API memscan_status memscan_scan_at(memscan_scan *scan, uint64_t number, memscan_scan_match *match,
                                           memscan_error *error);

/* One step, for people: what was asked and what was left. Shown during the visit. */
typedef struct memscan_scan_step {
    const char *expression;
    uint64_t unix_time; /* seconds */
    uint64_t matches;
    uint64_t failed;  /* bytes that could not be judged then */
    uint8_t current;  /* the step that stands; those after it were undone */
    const char *name; /* of a named snapshot shown behind the steps, else NULL */
} memscan_scan_step;
typedef int memscan_scan_step_fn(const memscan_scan_step *step, void *context);
/* Visits the steps, oldest first, then the named snapshots. */
MEMSCAN_API memscan_status memscan_scan_steps(const memscan_scan *scan, memscan_scan_step_fn *visit, void *context,
                                              memscan_error *error);

/* The types the session judges, MEMSCAN_TYPE_BITs; 0 before the first scan. */
MEMSCAN_API uint32_t memscan_scan_types(const memscan_scan *scan);

/* What a session file tells without its target. Caller-owned: set size before the call (or use _INIT). */
typedef struct memscan_scan_info {
    size_t size;
    uint64_t pid;         /* whose session it is */
    uint64_t start_time;  /* as in memscan_process */
    uint64_t steps;       /* undone ones included */
    uint64_t current;     /* the step that stands, from 1 */
    uint64_t matches;     /* of that step */
    uint64_t unix_time;   /* when it was made, in seconds */
    char executable[256]; /* as the target spells it: escape before printing */
} memscan_scan_info;
#define MEMSCAN_SCAN_INFO_INIT                                                                                         \
    {                                                                                                                  \
        sizeof(memscan_scan_info), 0, 0, 0, 0, 0, 0,                                                                   \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }

/* Reads the session file at `path`. NOT_FOUND, BUSY (a memscan is at work in it), CORRUPT as for memscan_scan_open. */
MEMSCAN_API memscan_status memscan_scan_describe(const char *path, memscan_scan_info *info, memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
