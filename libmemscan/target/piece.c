/* piece.c - what to do with each stretch of memory, from what its region is and where its pages are.
 *
 * The invariant behind "never hurts the target": FROM_TARGET is chosen only for pages that are there (or of which
 * the platform cannot tell, or which the caller wants touched). A page in none of the target's page tables is
 * answered without it:
 *   untouched        private and never written: zero
 *   file             what the file holds, read from the file
 *   shared           what the shared object holds, read from the object; another process may have written it
 *   blocked          nobody can say but the one who supplies it: left, unless touching was asked for
 * and pages without any access are left in every case: through /proc/PID/mem they would read as zeros, through
 * process_vm_readv not at all, and both are to say the same. */
#include "piece.h"

#include <string.h>

ms_policy ms_policy_of(const memscan_filter *filter)
{
    return (ms_policy){ .touch_shared = filter->all != 0,
                        .skip_swapped = filter->skip_swapped != 0,
                        .device = (filter->kinds & MEMSCAN_KIND_BIT(MEMSCAN_KIND_DEVICE)) != 0 };
}

static void leave(ms_piece *piece, memscan_outcome outcome, unsigned slot)
{
    piece->action = MS_PIECE_LEAVE;
    piece->outcome = outcome;
    piece->slot = slot;
}

static void read_target(ms_piece *piece, bool is_there)
{
    piece->action = MS_PIECE_READ;
    piece->source = MEMSCAN_FROM_TARGET;
    piece->from_target = is_there;
}

static void read_backing(ms_piece *piece, const memscan_target *target, memscan_outcome otherwise)
{
    if (ms_target_can(target, MEMSCAN_CAN_BACKING)) {
        piece->action = MS_PIECE_READ;
        piece->source = MEMSCAN_FROM_BACKING;
    } else if (piece->or_target) {
        piece->or_target = false;
        read_target(piece, false);
    } else {
        leave(piece, otherwise, ms_slot_of(otherwise));
    }
}

static void decide_absent(ms_piece *piece, const memscan_target *target, memscan_page_state state,
                          const ms_policy *policy)
{
    if (policy->touch) {
        read_target(piece, false);
        return;
    }
    switch (state) {
    case MEMSCAN_PAGE_UNTOUCHED:
        piece->action = MS_PIECE_ZERO;
        piece->slot = MEMSCAN_SKIP_UNTOUCHED;
        break;
    case MEMSCAN_PAGE_FILE: read_backing(piece, target, MEMSCAN_ABSENT_FILE); break;
    case MEMSCAN_PAGE_SHARED:
        piece->or_target = policy->touch_shared;
        read_backing(piece, target, MEMSCAN_ABSENT_SHARED);
        break;
    default: leave(piece, MEMSCAN_BLOCKED, ms_slot_of(MEMSCAN_BLOCKED)); break;
    }
}

static void decide(ms_piece *piece, const memscan_target *target, const memscan_region *region,
                   memscan_page_state state, const ms_policy *policy)
{
    if (region->protection == 0 || state == MEMSCAN_PAGE_GUARD)
        leave(piece, MEMSCAN_PROTECTED, MEMSCAN_SKIP_GUARD);
    else if (region->kind == MEMSCAN_KIND_DEVICE && !policy->device && !policy->touch)
        leave(piece, MEMSCAN_FAULTY, MEMSCAN_SKIP_DEVICE);
    else if (state == MEMSCAN_PAGE_SWAPPED && policy->skip_swapped)
        leave(piece, MEMSCAN_SWAPPED_OUT, MEMSCAN_SKIP_SWAPPED);
    else if (state == MEMSCAN_PAGE_UNKNOWN || state == MEMSCAN_PAGE_RESIDENT || state == MEMSCAN_PAGE_SWAPPED)
        read_target(piece, true);
    else
        decide_absent(piece, target, state, policy);
}

void ms_pieces_begin(ms_pieces *walk, memscan_target *target, const memscan_region *region, uint64_t start,
                     uint64_t last, const ms_policy *policy)
{
    ms_residency_begin(&walk->residency, target, region, start, last);
    walk->policy = *policy;
    walk->ahead.size = 0;
}

void ms_pieces_begin_known(ms_pieces *walk, memscan_target *target, const memscan_region *region, uint64_t start,
                           uint64_t last, const ms_policy *policy)
{
    ms_pieces_begin(walk, target, region, start, last, policy);
    ms_residency_begin_known(&walk->residency, target, region, start, last);
}

/* The piece of the next run, without looking further. */
static memscan_status next_of_run(ms_pieces *walk, ms_piece *piece, memscan_error *error)
{
    memscan_extent run;
    memset(piece, 0, sizeof *piece);
    memscan_status status = ms_residency_next(&walk->residency, &run, error);
    if (status || run.size == 0)
        return status;
    piece->address = run.start;
    piece->size = run.size;
    decide(piece, walk->residency.target, walk->residency.region, run.state, &walk->policy);
    return MEMSCAN_OK;
}

static bool treated_alike(const ms_piece *a, const ms_piece *b)
{
    return a->action == b->action && a->source == b->source && a->or_target == b->or_target &&
           a->from_target == b->from_target && a->outcome == b->outcome && a->slot == b->slot;
}

memscan_status ms_pieces_next(ms_pieces *walk, ms_piece *piece, memscan_error *error)
{
    *piece = walk->ahead;
    walk->ahead.size = 0;
    memscan_status status = piece->size ? MEMSCAN_OK : next_of_run(walk, piece, error);
    while (!status && piece->size && !walk->residency.ended) {
        /* Only what was told in one answer is joined: a reservation of many strides comes stride by stride. */
        if (walk->residency.at == walk->residency.count)
            break;
        status = next_of_run(walk, &walk->ahead, error);
        if (status || !treated_alike(piece, &walk->ahead))
            break;
        piece->size += walk->ahead.size;
        walk->ahead.size = 0;
    }
    if (status)
        piece->size = walk->ahead.size = 0;
    return status;
}

unsigned ms_slot_of(memscan_outcome outcome)
{
    switch (outcome) {
    case MEMSCAN_NOT_MAPPED: return MEMSCAN_SKIP_VANISHED;
    case MEMSCAN_PROTECTED: return MS_SLOT_FAIL + MEMSCAN_FAIL_PROTECTED;
    case MEMSCAN_ABSENT_SHARED: return MEMSCAN_SKIP_ABSENT_SHARED;
    case MEMSCAN_ABSENT_FILE: return MS_SLOT_FAIL + MEMSCAN_FAIL_FILE;
    case MEMSCAN_BLOCKED: return MS_SLOT_FAIL + MEMSCAN_FAIL_BLOCKED;
    case MEMSCAN_SWAPPED_OUT: return MEMSCAN_SKIP_SWAPPED;
    case MEMSCAN_NOT_SAVED: return MS_SLOT_FAIL + MEMSCAN_FAIL_NOT_SAVED;
    default: return MS_SLOT_FAIL + MEMSCAN_FAIL_FAULTY;
    }
}
