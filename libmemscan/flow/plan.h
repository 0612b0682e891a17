/* plan.h - a search cut into units of work: which stretches to read together, in the order of their addresses. */
#ifndef MS_PLAN_H
#define MS_PLAN_H

#include "../target/fetch.h"
#include "account.h"
#include "pipeline.h"
#include "selection.h"

/* Own stretches of one unit. More gain nothing (1,024 is what one system call takes), and bound what a unit of
 * scattered pages costs. */
enum { MS_UNIT_PARTS = 1024 };

/* One stretch of a unit. `own` ones are judged by this unit; the others are read only so that a match which begins
 * in the last own one can end. */
typedef struct ms_part {
    const ms_area *area;
    bool own;
} ms_part;

/* A unit of work. Its stretches ascend and will lie one behind the other in a buffer, so that those whose addresses
 * touch also touch there. */
typedef struct ms_unit {
    uint64_t number; /* from 0 */
    ms_array jobs;   /* of ms_fetch_job */
    ms_array parts;  /* of ms_part, one a job */
    size_t bytes;    /* of a buffer that the stretches take */
    ms_account left; /* what was left on the way to these stretches, or behind the last ones */
    ms_array zeros;  /* of ms_zero_stretch, ascending: remembered without a buffer */
} ms_unit;

/* Memory that was never touched, when zeros are remembered. */
typedef struct ms_zero_stretch {
    uint64_t address;
    uint64_t size;
} ms_zero_stretch;

void ms_unit_init(ms_unit *unit, const memscan_allocator *allocator);
void ms_unit_deinit(ms_unit *unit);
ms_unit *ms_unit_create(const memscan_allocator *allocator); /* NULL: no memory */
void ms_unit_destroy(ms_unit *unit, const memscan_allocator *allocator);
/* Takes what was planned into `from`, which gets what `unit` was, and lays its stretches into `buffer`, ms_plan_buffer_bytes
 * long. */
void ms_unit_take(ms_unit *unit, ms_unit *from, uint8_t *buffer);

/* Areas whose residency is asked at once, where they are small. */
enum { MS_PLAN_ASKED = 256 };

typedef struct ms_plan {
    memscan_target *target;
    const ms_selection *selection;
    ms_policy policy;
    size_t unit_bytes;             /* own bytes of a unit at most */
    size_t lookahead;              /* bytes behind the last own stretch that a match may reach into */
    size_t bytes_used;             /* of a buffer, by some unit, as far as the selection told at first */
    size_t areas;                  /* of the selection, as far as is known */
    size_t area;                   /* the index of the next area to walk */
    bool walking;                  /* `pieces` is in the area before it */
    size_t asked_first, asked_end; /* the areas that `resident` tells of */
    uint8_t resident[MS_PLAN_ASKED];
    bool keep_zeros;  /* untouched memory belongs to the units, as zeros */
    bool zeros_begun; /* the first page of the piece in front was planned already */
    ms_pieces pieces;
    ms_array ahead; /* pieces seen and not planned yet: see plan.c */
    size_t ahead_at;
    uint64_t units;
} ms_plan;

/* The selection and the target outlive the plan. `longest`: bytes of the longest match, at least 1. */
void ms_plan_init(ms_plan *plan, memscan_target *target, const ms_selection *selection, const ms_policy *policy,
                  size_t unit_bytes, size_t longest);
void ms_plan_deinit(ms_plan *plan);
/* Before the first unit: untouched memory is no longer left, but counts as scanned: in `zeros`, and where a match could
 * reach over its borders, its first and last page as own stretches of zeros. */
void ms_plan_keep_zeros(ms_plan *plan);

/* Bytes of buffer that any unit of this plan needs. */
size_t ms_plan_buffer_bytes(const ms_plan *plan);

/* Plans the next unit. The units of a plan cover every byte of the selection exactly once: as an own stretch, or in `left`. A
 * unit may have no stretches. Units are near that share a page table: so they end where one does, but for small ones. */
memscan_status ms_plan_next(ms_plan *plan, ms_unit *unit, ms_planned *planned, memscan_error *error);

#endif
