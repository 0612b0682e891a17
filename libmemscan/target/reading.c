/* reading.c - read many places by a snapshot that is as new as it must be.
 *
 * Taking a snapshot of the regions costs up to 40 ms (60,000 regions), reading a value a microsecond. So the last
 * snapshot is used first, and only for what it cannot be wrong about: pages that the target's own page tables hold
 * and that the target itself answers for. As soon as anything else comes up (an address where nothing was mapped, a
 * page that is absent, a read that failed) everything is done again with a snapshot taken now; what fails then is
 * told apart by one more: not mapped any longer, or mapped and not readable. */
#include "reading.h"

#include "../base/error.h"

/* Each further order in one call of the platform costs 340 to 400 ns, a call of its own 1500 (measured on Linux):
 * beyond a few dozen nothing is gained. */
enum { BATCH = 64 };

typedef struct reading {
    memscan_target *target;
    const memscan_span *spans;
    const ms_policy *policy;
    const ms_region_map *map;
    bool map_is_new; /* taken in this call */
    bool doubtful;   /* something came up that an old snapshot may be wrong about */
    bool fetch_failed;
    ms_array *holes;
    ms_array fetch_holes;
    ms_fetch_job jobs[BATCH];
    size_t owners[BATCH]; /* the span of a job */
    size_t job_count;
    memscan_transfer transfers[BATCH];
    size_t transfer_jobs[BATCH];
    ms_pieces pieces;
} reading;

static memscan_status add_hole(reading *r, size_t span, uint64_t address, uint64_t size, memscan_outcome outcome,
                               memscan_error *error)
{
    size_t offset = (size_t)(address - r->spans[span].address);
    memset((char *)r->spans[span].buffer + offset, 0, (size_t)size);
    ms_hole *hole = ms_array_push(r->holes);
    if (!hole)
        return ms_fail_memory(error);
    *hole = (ms_hole){ span, offset, (size_t)size, outcome };
    return MEMSCAN_OK;
}

static memscan_status flush(reading *r, memscan_error *error)
{
    ms_fetch_room room = { r->transfers, r->transfer_jobs, BATCH, false };
    r->fetch_holes.count = 0;
    memscan_status status = ms_fetch(r->target, r->jobs, r->job_count, &room, &r->fetch_holes, error);
    for (size_t i = 0; i < r->fetch_holes.count && !status; i++) {
        const ms_hole *hole = ms_array_at(&r->fetch_holes, i);
        r->fetch_failed = r->doubtful = true;
        status = add_hole(r, r->owners[hole->job], r->jobs[hole->job].address + hole->offset, hole->size, hole->outcome,
                          error);
    }
    r->job_count = 0;
    return status;
}

static memscan_status read_piece(reading *r, size_t span, const ms_piece *piece, memscan_error *error)
{
    const memscan_span *to = &r->spans[span];
    char *buffer = (char *)to->buffer + (piece->address - to->address);
    r->doubtful |= !piece->from_target;
    if (piece->action == MS_PIECE_LEAVE)
        return add_hole(r, span, piece->address, piece->size, piece->outcome, error);
    if (piece->action == MS_PIECE_ZERO) {
        memset(buffer, 0, (size_t)piece->size);
        return MEMSCAN_OK;
    }
    r->jobs[r->job_count] = (ms_fetch_job){ .address = piece->address,
                                            .size = (size_t)piece->size,
                                            .buffer = buffer,
                                            .source = piece->source,
                                            .or_target = piece->or_target,
                                            .region = r->pieces.residency.region };
    r->owners[r->job_count++] = span;
    return r->job_count == BATCH ? flush(r, error) : MEMSCAN_OK;
}

/* True when there is no use in going on with the snapshot at hand. */
static bool wants_new_map(const reading *r)
{
    return r->doubtful && !r->map_is_new;
}

static memscan_status read_in_region(reading *r, size_t span, const memscan_region *region, uint64_t start,
                                     uint64_t last, memscan_error *error)
{
    ms_piece piece;
    memscan_status status;
    ms_pieces_begin(&r->pieces, r->target, region, start, last, r->policy);
    while (!(status = ms_pieces_next(&r->pieces, &piece, error)) && piece.size && !wants_new_map(r)) {
        status = read_piece(r, span, &piece, error);
        if (status)
            return status;
    }
    return status;
}

static memscan_status read_span(reading *r, size_t span, memscan_error *error)
{
    uint64_t at = r->spans[span].address, last = at + (r->spans[span].size - 1);
    for (size_t i = ms_region_map_seek(r->map, at); !wants_new_map(r); i++) {
        const memscan_region *region = i < ms_region_map_count(r->map) ? ms_region_map_at(r->map, i) : NULL;
        memscan_status status = MEMSCAN_OK;
        if (!region || region->start > at) {
            uint64_t gap_last = region && region->start - 1 < last ? region->start - 1 : last;
            r->doubtful = true;
            status = add_hole(r, span, at, gap_last - at + 1, MEMSCAN_NOT_MAPPED, error);
            if (status || gap_last == last)
                return status;
            at = gap_last + 1;
        }
        uint64_t part_last = ms_region_last(region) < last ? ms_region_last(region) : last;
        status = read_in_region(r, span, region, at, part_last, error);
        if (status || part_last == last)
            return status;
        at = part_last + 1;
    }
    return MEMSCAN_OK;
}

static memscan_status read_all(reading *r, size_t count, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    r->doubtful = r->fetch_failed = false;
    r->job_count = 0;
    for (size_t i = 0; i < count && !status && !wants_new_map(r); i++)
        if (r->spans[i].size)
            status = read_span(r, i, error);
    if (!status && r->job_count && !wants_new_map(r))
        status = flush(r, error);
    return status;
}

/* Tells the holes of failed reads apart by a snapshot taken after them. */
static memscan_status classify(reading *r, size_t first, memscan_error *error)
{
    ms_region_map *map = NULL;
    memscan_status status = ms_target_fresh_map(r->target, &map, error);
    r->map = map;
    for (size_t i = first; i < r->holes->count && !status; i++) {
        ms_hole *hole = ms_array_at(r->holes, i);
        uint64_t address = r->spans[hole->job].address + hole->offset;
        bool mapped;
        size_t alike = (size_t)ms_region_map_alike(map, address, hole->size, &mapped);
        size_t rest = hole->size - alike;
        memscan_outcome outcome = hole->outcome;
        hole->size = alike;
        if (!mapped)
            hole->outcome = MEMSCAN_NOT_MAPPED;
        else if (outcome == MEMSCAN_NOT_MAPPED)
            hole->outcome = MEMSCAN_FAULTY;
        if (rest)
            status = add_hole(r, hole->job, address + alike, rest, outcome, error);
    }
    return status;
}

static memscan_status check_spans(const memscan_target *target, const memscan_span *spans, size_t count,
                                  memscan_error *error)
{
    uint64_t last;
    for (size_t i = 0; i < count; i++)
        if (spans[i].size) {
            memscan_status status = ms_target_range(target, spans[i].address, spans[i].size, &last, error);
            if (status)
                return status;
        }
    return MEMSCAN_OK;
}

memscan_status ms_read_spans(memscan_target *target, const memscan_span *spans, size_t count, const ms_policy *policy,
                             ms_array *holes, memscan_error *error)
{
    reading r;
    size_t old_holes = holes->count;
    r.target = target;
    r.spans = spans;
    r.policy = policy;
    r.holes = holes;
    r.map_is_new = !target->map;
    ms_array_init(&r.fetch_holes, target->allocator, sizeof(ms_hole));
    ms_region_map *map = NULL;
    memscan_status status = check_spans(target, spans, count, error);
    if (!status)
        status = ms_target_map(target, &map, error);
    r.map = map;
    if (!status)
        status = read_all(&r, count, error);
    if (!status && wants_new_map(&r)) {
        holes->count = old_holes;
        r.map_is_new = true;
        status = ms_target_fresh_map(target, &map, error);
        r.map = map;
        if (!status)
            status = read_all(&r, count, error);
    }
    if (!status && r.fetch_failed)
        status = classify(&r, old_holes, error);
    ms_holes_order(holes, old_holes);
    ms_array_deinit(&r.fetch_holes);
    return status;
}
