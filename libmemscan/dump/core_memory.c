/* core_memory.c - memory as segments. A run of saved pages and the run of missing ones behind it are one segment; saved
 * pages behind missing ones begin another, since a segment's missing bytes are always its last. */
#include "core.h"

#include "../base/error.h"
#include "../base/host.h"
#include "../flow/vanished.h"
#include "../target/fetch.h"

enum { CHUNK = 1 << 20 };

typedef struct saving {
    ms_core *core;
    const ms_area *area;
    ms_policy policy;
    uint8_t *buffer;           /* CHUNK bytes */
    ms_array holes;            /* of ms_hole */
    memscan_transfer transfer; /* the order at hand, and its job: ms_fetch's room */
    size_t transfer_job;
    ms_vanished vanished;
    uint64_t done; /* of the bytes asked for */
    bool open;     /* the last segment is of this area */
} saving;

static ms_core_segment *last_segment(const saving *s)
{
    return s->open ? ms_array_at(&s->core->segments, s->core->segments.count - 1) : NULL;
}

/* A new segment at `address`; its place in the file is aligned as its address is (elf(5): p_align). */
static ms_core_segment *open_segment(saving *s, uint64_t address)
{
    ms_core *core = s->core;
    uint64_t page = core->target->facts.target.page_size;
    ms_core_segment *segment = ms_array_push(&core->segments);
    if (!segment)
        return NULL;
    core->end = (core->end + page - 1) / page * page + address % page;
    *segment = (ms_core_segment){ .address = address, .offset = core->end, .protection = s->area->region->protection };
    s->open = true;
    return segment;
}

static memscan_status keep(saving *s, uint64_t address, const uint8_t *bytes, size_t size, memscan_error *error)
{
    ms_core *core = s->core;
    ms_core_segment *segment = last_segment(s);
    if (!segment || segment->saved < segment->memory)
        segment = open_segment(s, address);
    if (!segment)
        return ms_fail_memory(error);
    memscan_status status = ms_dump_write(core->file, core->end, bytes, size, error);
    if (status)
        return status;
    segment->memory += size;
    segment->saved += size;
    core->end += size;
    core->account.scanned += size;
    return MEMSCAN_OK;
}

static memscan_status leave(saving *s, uint64_t address, uint64_t size, unsigned slot, memscan_error *error)
{
    ms_core_segment *segment = last_segment(s);
    if (!segment)
        segment = open_segment(s, address);
    if (!segment)
        return ms_fail_memory(error);
    segment->memory += size;
    s->core->account.slots[slot] += size;
    return MEMSCAN_OK;
}

/* A hole is looked up in a map younger than the read, for memory may have vanished; but not what belongs to an object that
 * is closed to us: of that there may be gigabytes, and taking a map costs more than reading a chunk. */
static memscan_status leave_hole(saving *s, uint64_t address, const ms_hole *hole, uint64_t read_at,
                                 memscan_error *error)
{
    if (hole->outcome == MEMSCAN_ABSENT_SHARED)
        return leave(s, address, hole->size, ms_slot_of(hole->outcome), error);
    memscan_status status = ms_vanished_look(&s->vanished, read_at, error);
    uint64_t alike = 0;
    for (uint64_t done = 0; done < hole->size && !status; done += alike) {
        bool mapped;
        alike = ms_vanished_alike(&s->vanished, address + done, hole->size - done, &mapped);
        status = leave(s, address + done, alike, ms_vanished_slot(mapped, hole->outcome), error);
    }
    return status;
}

/* Part of a piece, as the piece says where it is to be read. */
static memscan_status save_chunk(saving *s, const ms_piece *piece, uint64_t address, size_t size, memscan_error *error)
{
    ms_fetch_job job = { .address = address,
                         .size = size,
                         .buffer = s->buffer,
                         .source = piece->source,
                         .or_target = piece->or_target,
                         .region = s->area->region };
    ms_fetch_room room = { &s->transfer, &s->transfer_job, 1, false };
    s->holes.count = 0;
    memscan_status status = ms_fetch(s->core->target, &job, 1, &room, &s->holes, error);
    uint64_t read_at = ms_clock_ns();
    size_t at = 0;
    for (size_t i = 0; i < s->holes.count && !status; i++) {
        const ms_hole *hole = ms_array_at(&s->holes, i);
        if (hole->offset > at)
            status = keep(s, address + at, s->buffer + at, hole->offset - at, error);
        if (!status)
            status = leave_hole(s, address + hole->offset, hole, read_at, error);
        at = hole->offset + hole->size;
    }
    if (!status && at < size)
        status = keep(s, address + at, s->buffer + at, size - at, error);
    return status;
}

static memscan_status tick(saving *s, uint64_t size, memscan_error *error)
{
    s->done += size;
    return ms_progress_tick(&s->core->progress, s->done, s->core->asked, 0, error);
}

static memscan_status save_piece(saving *s, const ms_piece *piece, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    if (piece->action != MS_PIECE_READ) {
        unsigned slot = piece->action == MS_PIECE_ZERO ? MEMSCAN_SKIP_UNTOUCHED : piece->slot;
        status = leave(s, piece->address, piece->size, slot, error);
        return status ? status : tick(s, piece->size, error);
    }
    for (uint64_t done = 0; done < piece->size && !status;) {
        size_t size = piece->size - done < CHUNK ? (size_t)(piece->size - done) : CHUNK;
        status = save_chunk(s, piece, piece->address + done, size, error);
        if (!status)
            status = tick(s, size, error);
        done += size;
    }
    return status;
}

static memscan_status save_area(saving *s, memscan_error *error)
{
    ms_pieces walk;
    ms_piece piece;
    s->open = false;
    ms_pieces_begin(&walk, s->core->target, s->area->region, s->area->start, s->area->last, &s->policy);
    memscan_status status = ms_pieces_next(&walk, &piece, error);
    while (!status && piece.size) {
        status = save_piece(s, &piece, error);
        if (!status)
            status = ms_pieces_next(&walk, &piece, error);
    }
    return status;
}

memscan_status ms_core_save(ms_core *core, const ms_selection *selection, const memscan_filter *filter,
                            memscan_error *error)
{
    const memscan_allocator *allocator = core->target->allocator;
    saving s = { .core = core,
                 .policy = { .touch_shared = filter->all != 0,
                             .skip_swapped = filter->skip_swapped != 0,
                             .device = (filter->kinds & MEMSCAN_KIND_BIT(MEMSCAN_KIND_DEVICE)) != 0 },
                 .buffer = ms_alloc(allocator, CHUNK) };
    memscan_status status = s.buffer ? MEMSCAN_OK : ms_fail_memory(error);
    ms_array_init(&s.holes, allocator, sizeof(ms_hole));
    ms_vanished_init(&s.vanished, core->target);
    for (size_t i = 0; i < selection->areas.count && !status; i++) {
        s.area = ms_rows_at(&selection->areas, i);
        status = save_area(&s, error);
    }
    ms_vanished_deinit(&s.vanished);
    ms_array_deinit(&s.holes);
    ms_free(allocator, s.buffer, CHUNK);
    return status;
}
