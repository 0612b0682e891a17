/* plan.c - a search cut into units of work, lazily: regions and the residency of their pages are walked only a
 * little ahead of the readers, so that memory stays bounded and what was told of the pages stays young.
 *
 * Pieces of the walk go through a short queue, `ahead`. Planning takes own stretches from its front; then it looks
 * further along it, without taking, for the bytes that a match may reach into. The queue never holds more pieces
 * than one longest match can touch. */
#include "plan.h"

#include "../base/error.h"

/* Pieces to be left that one unit takes in at most, so that planning over a desert of them can be cancelled. */
enum { MOST_LEFT = 4096 };

/* Areas up to this size are asked about together: each costs more to ask about than to read. */
enum { SMALL_AREA = 256 << 10 };

typedef struct queued {
    ms_piece piece;
    const ms_area *area;
} queued;

void ms_unit_init(ms_unit *unit, const memscan_allocator *allocator)
{
    *unit = (ms_unit){ 0 };
    ms_array_init(&unit->jobs, allocator, sizeof(ms_fetch_job));
    ms_array_init(&unit->parts, allocator, sizeof(ms_part));
    ms_array_init(&unit->zeros, allocator, sizeof(ms_zero_stretch));
}

void ms_unit_deinit(ms_unit *unit)
{
    ms_array_deinit(&unit->jobs);
    ms_array_deinit(&unit->parts);
    ms_array_deinit(&unit->zeros);
}

ms_unit *ms_unit_create(const memscan_allocator *allocator)
{
    ms_unit *unit = ms_alloc(allocator, sizeof *unit);
    if (unit)
        ms_unit_init(unit, allocator);
    return unit;
}

void ms_unit_destroy(ms_unit *unit, const memscan_allocator *allocator)
{
    ms_unit_deinit(unit);
    ms_free(allocator, unit, sizeof *unit);
}

void ms_unit_take(ms_unit *unit, ms_unit *from, uint8_t *buffer)
{
    ms_unit spare = *unit;
    *unit = *from;
    *from = spare;
    size_t at = 0;
    for (size_t i = 0; i < unit->jobs.count; i++) {
        ms_fetch_job *job = ms_array_at(&unit->jobs, i);
        job->buffer = buffer + at;
        at += job->size;
    }
}

void ms_plan_init(ms_plan *plan, memscan_target *target, const ms_selection *selection, const ms_policy *policy,
                  size_t unit_bytes, size_t longest)
{
    *plan = (ms_plan){
        .target = target, .selection = selection, .policy = *policy, .unit_bytes = unit_bytes, .lookahead = longest - 1
    };
    plan->bytes_used = selection->asked < unit_bytes ? (size_t)selection->asked : unit_bytes;
    ms_array_init(&plan->ahead, target->allocator, sizeof(queued));
}

void ms_plan_deinit(ms_plan *plan)
{
    ms_array_deinit(&plan->ahead);
}

void ms_plan_keep_zeros(ms_plan *plan)
{
    plan->keep_zeros = true;
}

size_t ms_plan_buffer_bytes(const ms_plan *plan)
{
    return plan->unit_bytes + plan->lookahead;
}

static const ms_area *area_at(const ms_plan *plan, size_t index)
{
    return ms_rows_at(&plan->selection->areas, index);
}

/* Asks at once where the pages of the next areas are, as far as they are small and lie within a stride. */
static void ask_small_areas(ms_plan *plan)
{
    const ms_area *first = area_at(plan, plan->area), *before = first;
    size_t left = plan->areas - plan->area, count = 0;
    memscan_range ranges[MS_PLAN_ASKED];
    for (; count < left && count < MS_PLAN_ASKED; count++) {
        const ms_area *area = area_at(plan, plan->area + count);
        if (area->last - area->start >= SMALL_AREA || area->last - first->start >= MS_RESIDENCY_STRIDE ||
            (count && area->start - before->last > SMALL_AREA)) /* what lies between is walked, too */
            break;
        ranges[count] = (memscan_range){ area->start, area->last };
        before = area;
    }
    plan->asked_first = plan->area;
    plan->asked_end = plan->area + (count ? count : 1);
    plan->resident[0] = 0;
    ms_residency_of_many(plan->target, ranges, count, plan->resident);
}

static void begin_area(ms_plan *plan)
{
    if (plan->area >= plan->asked_end)
        ask_small_areas(plan);
    bool known = plan->resident[plan->area - plan->asked_first];
    const ms_area *area = area_at(plan, plan->area++);
    (known ? ms_pieces_begin_known : ms_pieces_begin)(&plan->pieces, plan->target, area->region, area->start,
                                                      area->last, &plan->policy);
    plan->walking = true;
}

/* The next piece of the walk; size 0: the end of the selection. */
static memscan_status walk_on(ms_plan *plan, queued *next, memscan_error *error)
{
    for (;;) {
        if (!plan->walking) {
            if (plan->area == plan->areas)
                plan->areas = ms_selection_count(plan->selection, plan->area);
            if (plan->area == plan->areas) {
                next->piece.size = 0;
                return MEMSCAN_OK;
            }
            begin_area(plan);
        }
        memscan_status status = ms_pieces_next(&plan->pieces, &next->piece, error);
        if (status)
            return status;
        next->area = area_at(plan, plan->area - 1);
        if (next->piece.size)
            return MEMSCAN_OK;
        plan->walking = false;
    }
}

/* The piece at `index` of the queue, walked to when it is not there yet; NULL: the end. */
static memscan_status look(ms_plan *plan, size_t index, queued **found, memscan_error *error)
{
    *found = NULL;
    while (plan->ahead_at + index >= plan->ahead.count) {
        queued next;
        memscan_status status = walk_on(plan, &next, error);
        if (status || next.piece.size == 0)
            return status;
        ms_array_drop(&plan->ahead, plan->ahead_at); /* what was taken makes room */
        plan->ahead_at = 0;
        queued *slot = ms_array_push(&plan->ahead);
        if (!slot)
            return ms_fail_memory(error);
        *slot = next;
    }
    *found = ms_array_at(&plan->ahead, plan->ahead_at + index);
    return MEMSCAN_OK;
}

/* Takes `bytes` from the front of the queue. */
static void take(ms_plan *plan, uint64_t bytes)
{
    queued *front = ms_array_at(&plan->ahead, plan->ahead_at);
    front->piece.address += bytes;
    front->piece.size -= bytes;
    if (front->piece.size == 0)
        plan->ahead_at++;
}

static memscan_status add_part(ms_unit *unit, const queued *from, size_t size, bool own, memscan_error *error)
{
    ms_part *part = ms_array_push(&unit->parts);
    ms_fetch_job *job = part ? ms_array_push(&unit->jobs) : NULL;
    if (!job)
        return ms_fail_memory(error);
    *part = (ms_part){ from->area, own };
    *job = (ms_fetch_job){ .address = from->piece.address,
                           .size = size,
                           .source = from->piece.source,
                           .or_target = from->piece.or_target,
                           .zero = from->piece.action == MS_PIECE_ZERO,
                           .region = from->area->region };
    unit->bytes += size;
    return MEMSCAN_OK;
}

/* A unit of fewer bytes than this part of what it may have goes on behind the end of a page table, unless that cuts through
 * memory for more than one unit. */
enum { LEAST_PART = 4 };

static bool ends_with_table(const ms_plan *plan, const ms_unit *unit, const ms_piece *taken_from, uint64_t end)
{
    return end == ms_table_of(plan->target, end) &&
           (unit->bytes >= plan->unit_bytes / LEAST_PART || taken_from->size >= plan->unit_bytes);
}

/* How much of a piece goes into what room the unit has: all of it, or up to the border of a page table, or of a page, where
 * there is one. */
static size_t fitting(const ms_plan *plan, const ms_unit *unit, const ms_piece *piece)
{
    size_t room = plan->unit_bytes - unit->bytes;
    uint64_t size = piece->size < room ? piece->size : room;
    uint64_t table = ms_table_of(plan->target, piece->address + (size - 1));
    bool large = piece->size >= plan->unit_bytes;
    if (table > piece->address && (large || unit->bytes + (table - piece->address) >= plan->unit_bytes / LEAST_PART))
        return (size_t)(table - piece->address);
    if (piece->size <= room)
        return (size_t)size;
    uint64_t border = ms_page_of(plan->target, piece->address + room);
    return border > piece->address ? (size_t)(border - piece->address) : room;
}

static bool is_stretch(const ms_plan *plan, const ms_piece *piece)
{
    return piece->action == MS_PIECE_READ || (piece->action == MS_PIECE_ZERO && plan->keep_zeros);
}

/* How much of the piece of zeros in front is remembered as one stretch, without a buffer; 0: what is in front is to be
 * laid out as bytes. A match can only reach over its borders where there is a lookahead: then its first page and its
 * last one are laid out. */
static uint64_t zeros_in_front(const ms_plan *plan, const ms_piece *piece)
{
    uint64_t page = plan->target->facts.target.page_size;
    if (plan->lookahead == 0)
        return piece->size;
    return plan->zeros_begun && piece->size > page ? piece->size - page : 0;
}

static memscan_status remember_zeros(ms_unit *unit, uint64_t address, uint64_t size, memscan_error *error)
{
    ms_zero_stretch *zeros = ms_array_push(&unit->zeros);
    if (!zeros)
        return ms_fail_memory(error);
    *zeros = (ms_zero_stretch){ address, size };
    unit->left.scanned += size;
    return MEMSCAN_OK;
}

/* Plans what is in front of the queue, or as much of it as fits: *taken bytes. */
static memscan_status plan_front(ms_plan *plan, const queued *front, ms_unit *unit, uint64_t *taken,
                                 memscan_error *error)
{
    queued part = *front;
    uint64_t page = plan->target->facts.target.page_size;
    *taken = front->piece.size;
    if (!is_stretch(plan, &front->piece)) {
        unit->left.slots[front->piece.slot] += *taken;
        return MEMSCAN_OK;
    }
    if (front->piece.action == MS_PIECE_ZERO) {
        *taken = zeros_in_front(plan, &front->piece);
        if (*taken)
            return remember_zeros(unit, front->piece.address, *taken, error);
        if (part.piece.size > 2 * page) /* its first page; when it does not fit whole, there is another first page */
            part.piece.size = page;
    }
    *taken = fitting(plan, unit, &part.piece);
    plan->zeros_begun = front->piece.action == MS_PIECE_ZERO && *taken == page && front->piece.size > 2 * page;
    return add_part(unit, front, (size_t)*taken, true, error);
}

static memscan_status plan_own(ms_plan *plan, ms_unit *unit, memscan_error *error)
{
    size_t left = 0;
    bool full = false;
    while (unit->bytes < plan->unit_bytes && !full && unit->parts.count < MS_UNIT_PARTS && left < MOST_LEFT) {
        queued *front;
        uint64_t taken;
        size_t parts = unit->parts.count;
        memscan_status status = look(plan, 0, &front, error);
        if (status || !front)
            return status;
        if (front->area->beyond) { /* the unit before it looks ahead into it; then it is done with */
            if (unit->jobs.count)
                return MEMSCAN_OK;
            take(plan, front->piece.size);
            continue;
        }
        status = plan_front(plan, front, unit, &taken, error);
        if (status)
            return status;
        full = unit->parts.count > parts && ends_with_table(plan, unit, &front->piece, front->piece.address + taken);
        left += unit->parts.count == parts;
        take(plan, taken);
    }
    return MEMSCAN_OK;
}

static memscan_status plan_lookahead(ms_plan *plan, ms_unit *unit, memscan_error *error)
{
    if (unit->jobs.count == 0)
        return MEMSCAN_OK;
    const ms_fetch_job *last = ms_array_at(&unit->jobs, unit->jobs.count - 1);
    uint64_t at = last->address + last->size;
    size_t wanted = plan->lookahead;
    for (size_t i = 0; wanted && at; i++) { /* at 0: the last stretch ends with the address space */
        queued *next;
        memscan_status status = look(plan, i, &next, error);
        if (status || !next || !is_stretch(plan, &next->piece) || next->piece.address != at)
            return status;
        size_t size = next->piece.size < wanted ? (size_t)next->piece.size : wanted;
        status = add_part(unit, next, size, false, error);
        if (status)
            return status;
        at += size;
        wanted -= size;
    }
    return MEMSCAN_OK;
}

/* Whether what is in front of the queue, as far as that is known, shares a page table with the end of the unit. */
static bool is_near(const ms_plan *plan, const ms_unit *unit)
{
    if (unit->jobs.count == 0 || plan->ahead_at == plan->ahead.count)
        return false;
    const queued *front = ms_array_at(&plan->ahead, plan->ahead_at);
    const ms_fetch_job *last = ms_array_at(&unit->jobs, unit->jobs.count - 1);
    uint64_t table = ms_table_of(plan->target, front->piece.address);
    return is_stretch(plan, &front->piece) && ms_table_of(plan->target, last->address + (last->size - 1)) >= table;
}

memscan_status ms_plan_next(ms_plan *plan, ms_unit *unit, ms_planned *planned, memscan_error *error)
{
    unit->jobs.count = unit->parts.count = unit->zeros.count = unit->bytes = 0;
    unit->left = (ms_account){ 0 };
    unit->number = plan->units;
    memscan_status status = plan_own(plan, unit, error);
    bool near = is_near(plan, unit);
    if (!status)
        status = plan_lookahead(plan, unit, error);
    bool end = !status && unit->jobs.count == 0 && ms_account_total(&unit->left) == 0;
    plan->units += !end;
    *planned = end ? MS_PLANNED_END : near ? MS_PLANNED_NEAR : MS_PLANNED_LAST;
    return status;
}
