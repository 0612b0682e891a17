/* nexting.h - what the rooms of a next scan share: next_scan.c sets it up and ends it; next_plan.c cuts what is left into
 * units; next_stretch.c finds which stretches of a unit's blocks are to be read; next_read.c reads them; next_judge.c judges
 * one block; next_deliver.c records the results in order. */
#ifndef MS_NEXTING_H
#define MS_NEXTING_H

#include "../flow/pipeline.h"
#include "../target/fetch.h"
#include "../flow/progress.h"
#include "../flow/proof.h"
#include "../flow/vanished.h"
#include "../question/next.h"
#include "kept.h"
#include "scanning.h"
#include "tracking.h"

/* A block that nobody wrote since the last scan. */
typedef enum ms_still {
    MS_STILL_JUDGED,  /* by its old bytes */
    MS_STILL_DROPPED, /* none of its matches stays, whatever it holds */
    MS_STILL_KEPT     /* all stay */
} ms_still;

typedef struct ms_nexting {
    memscan_scan *scan;
    memscan_target *target;
    const memscan_allocator *allocator;
    const ms_next *next;
    const ms_planes *planes;
    size_t reach; /* ms_scan_reach */
    ms_policy policy;
    ms_region_map *map;        /* where memory was when the scan began */
    const ms_match_set *since; /* the step compared with; NULL: the last one */
    ms_match_set since_set;
    uint32_t zero_planes; /* planes that keep a value that was zero and still is */
    ms_tracking tracking;
    ms_still still; /* what becomes of a value that nobody wrote */
    ms_keeping keeping;

    /* Of planning: */
    uint64_t units;
    size_t ref;   /* the next one in scan->current */
    uint64_t at;  /* offset in it, when it is a zero run that was begun */
    bool walking; /* `pieces` is inside it */
    ms_pieces pieces;
    ms_piece piece; /* what is left of the piece handed out last; size 0: nothing */

    /* Of the caller's thread: */
    ms_match_set set; /* what is left */
    ms_account account;
    uint64_t planned_total; /* bytes in all blocks of the current step */
    uint64_t read_total;    /* about those that are read of them */
    uint64_t planned_done;
    uint64_t spared; /* see ms_next_work */
    ms_progress progress;
    ms_vanished vanished;
    ms_proof proof;
} ms_nexting;

typedef enum ms_item_kind {
    MS_ITEM_BLOCK,      /* to be read and judged */
    MS_ITEM_STILL_ZERO, /* of a zero run: still untouched */
    MS_ITEM_KEPT        /* of a zero run: cannot be read this time */
} ms_item_kind;

/* One ref of the current step, or a part of it. */
typedef struct ms_next_item {
    const ms_block_ref *ref;
    ms_item_kind kind;
    uint64_t base, span;
    uint32_t tail;
    bool sparse;                         /* few matches: only what lies under them is read, one behind the other */
    size_t offset, room;                 /* of its bytes in the buffer, and the most that they may take */
    size_t first_stretch, stretch_count; /* in `stretches` */
    size_t first_job, job_count;         /* in `jobs` */
    size_t first_gap, gap_count;         /* in `gaps` */
    bool still;                          /* all of it is unwritten */
    size_t first_old, old_count;         /* in `unwritten`, where a part is */
} ms_next_item;

/* Bytes of an item that are to be read, all of one region; or, without a region, that are mapped no more. */
typedef struct ms_next_stretch {
    const memscan_region *region;
    uint64_t start, last;
    bool known; /* all of it is in memory */
} ms_next_stretch;

/* Bytes of an item that were not obtained. */
typedef struct ms_next_gap {
    uint32_t offset, size; /* from the item's base */
    bool gone;             /* no longer mapped: its matches go; else they stay as they were */
    bool open;             /* the platform could not read it: whether it is mapped is to be found out */
    memscan_outcome outcome;
} ms_next_gap;

/* Bytes of an item that are those of the last scan. */
typedef struct ms_next_old {
    uint32_t offset, size; /* from the item's base */
} ms_next_old;

/* Bytes of one unit, how many items it may have, and how many blocks may be looked at for them. */
enum { MS_NEXT_BYTES = 704 << 10, MS_NEXT_ITEMS = 512, MS_NEXT_JOBS = 1024, MS_NEXT_LOOKED = 2048 };

/* What is read and judged together. */
typedef struct ms_next_unit {
    uint64_t number;    /* from 0 */
    ms_array items;     /* of ms_next_item, ascending */
    size_t buffer_used; /* bytes of a buffer that they take */
    uint64_t planned;   /* bytes of the blocks they are of */
    uint64_t spared;    /* bytes of these blocks that no item has, since nothing unwritten stays */
    ms_account account;
} ms_next_unit;

/* Where there are fewer matches than one in MS_NEXT_DENSE bytes, only what lies under them is read; and a read of one more
 * stretch costs about what 700 bytes of reading on cost (docs: an iovec 350 ns, a page 480 ns), so stretches closer than
 * MS_NEXT_NEAR are read as one. */
enum { MS_NEXT_DENSE = 1024, MS_NEXT_NEAR = 768 };

typedef struct ms_next_work {
    ms_next_unit unit;
    ms_kept *kept;      /* what it leaves */
    ms_array stretches; /* of ms_next_stretch, by item and address */
    ms_array asked;     /* of memscan_range: those that were asked about together, */
    ms_array told;      /* and of uint8_t: what was answered */
    ms_array gaps;      /* of ms_next_gap, by item and offset */
    ms_array unwritten; /* of ms_next_old, by item and offset */
    ms_array jobs;      /* of ms_fetch_job */
    ms_array owners;    /* of size_t: the item of each job */
    ms_array holes;     /* of ms_hole */
    ms_fetch_room room;
    uint8_t *buffer; /* the bytes as they are now */
    ms_block old, since, spare;
    ms_block fresh;       /* its bytes are in the buffer, but for those of a sparse item; */
    uint8_t *fresh_bytes; /* its own are here until it is destroyed */
    uint8_t *scratch;     /* ms_block_blob_bound bytes */
    ms_question_scratch *question;
    uint64_t *bitmap, *mask, *spare_mask; /* MS_BLOCK_WORDS words each */
    uint64_t spared;                      /* bytes of the unit that count as scanned and were not read */
    uint64_t read_at;                     /* ms_clock_ns after reading */
    bool late;                            /* gaps are open: the caller's thread judges */
} ms_next_work;

/* Where the bytes of a piece are counted that are left unread and keep their matches: a search skips what nobody may read, but
 * a scan that keeps what it could not look at is not complete. Only what its user chose to leave is skipped. */
static inline unsigned ms_next_slot(const ms_piece *piece)
{
    bool chosen = piece->slot != MEMSCAN_SKIP_GUARD && piece->slot != MEMSCAN_SKIP_DEVICE;
    return chosen ? piece->slot : ms_slot_of(piece->outcome);
}

/* Whether only what lies under the matches of a block is read, and how many bytes that are at most: as many as `matches` says,
 * which a session file may say wrongly. A match is no wider than the reach and a byte, or 8 bytes: fewer than 64 of these are
 * within the stretch that the first one does not need before it. */
bool ms_next_is_sparse(const ms_block_ref *ref);
size_t ms_next_sparse_bytes(const ms_nexting *nexting, const ms_block_ref *ref);

/* Plans the next unit. */
memscan_status ms_next_plan(void *nexting, void *unit, ms_planned *planned, memscan_error *error);

/* Finds the stretches of a unit's items that are to be read, and those that are as they were; asks which are in memory. */
memscan_status ms_next_find_stretches(const ms_nexting *nexting, ms_next_work *work, memscan_error *error);
memscan_status ms_next_read(const ms_nexting *nexting, ms_next_work *work, memscan_error *error);
/* Judges the items of a unit, in order; their gaps are settled. What is left goes into the store and into work->kept. */
memscan_status ms_next_judge(const ms_nexting *nexting, ms_next_work *work, memscan_error *error);

/* Judges `count` values at `now` against `old` alone: whether a value of this plane stays. */
bool ms_next_holds(const ms_nexting *nexting, uint32_t plane, const uint8_t *now, size_t available, const uint8_t *old,
                   uint64_t address);

memscan_status ms_next_deliver(void *nexting, void *work, const ms_account *account, memscan_error *error);

#endif
