/* piece.h - what to do with each stretch of memory that is asked for: the one place where it is decided what is
 * read, from where, and what is left alone. */
#ifndef MS_PIECE_H
#define MS_PIECE_H

#include <memscan/find.h>

#include "residency.h"

/* What a caller allows beyond the rule that nothing untouched is made resident. */
typedef struct ms_policy {
    bool touch;        /* read absent pages through the target */
    bool touch_shared; /* those of shared memory only, where the object itself cannot be read */
    bool skip_swapped; /* leave swapped-out pages in swap */
    bool device;       /* read device memory: it was named */
} ms_policy;

/* What a search's filter allows. */
ms_policy ms_policy_of(const memscan_filter *filter);

typedef enum ms_piece_action {
    MS_PIECE_READ, /* from `source` */
    MS_PIECE_ZERO, /* known to be zero without reading */
    MS_PIECE_LEAVE /* not to be read, because of `outcome` */
} ms_piece_action;

/* Where a search counts bytes that it does not judge: a memscan_skip, or MS_SLOT_FAIL + a memscan_fail. */
enum { MS_SLOT_FAIL = 16, MS_SLOT_COUNT = 32 };

typedef struct ms_piece {
    uint64_t address;
    uint64_t size; /* at least 1 */
    ms_piece_action action;
    memscan_source source;
    bool or_target;          /* where the object behind it turns out to be closed to us, read through the target */
    bool from_target;        /* the target itself answers: right even when the map it was planned with is old */
    memscan_outcome outcome; /* as a read tells it */
    unsigned slot;           /* as a search counts it, when it is not read */
} ms_piece;

/* A walk over the bytes of one region, piece by piece; neighbours that are treated alike come as one. */
typedef struct ms_pieces {
    ms_residency residency;
    ms_policy policy;
    ms_piece ahead; /* seen, but not handed on yet; size 0: none */
} ms_pieces;

/* `start` and `last` lie inside the region. */
void ms_pieces_begin(ms_pieces *walk, memscan_target *target, const memscan_region *region, uint64_t start,
                     uint64_t last, const ms_policy *policy);
/* The same of bytes that are known to be RESIDENT. */
void ms_pieces_begin_known(ms_pieces *walk, memscan_target *target, const memscan_region *region, uint64_t start,
                           uint64_t last, const ms_policy *policy);
/* Size 0: the end. */
memscan_status ms_pieces_next(ms_pieces *walk, ms_piece *piece, memscan_error *error);

/* Where a search counts bytes that a read did not obtain. */
unsigned ms_slot_of(memscan_outcome outcome);

#endif
