/* write.c - check, write, read back, put back.
 *
 * Everything that can be known to fail is found out before the first byte is written: whether the target was opened
 * for it, whether all bytes are mapped and can be made to take a write, whether the expected bytes stand there, and
 * what stands there now. So a write that fails half way (the map changed under it) can be undone. */
#include "../base/error.h"
#include "reading.h"
#include "write.h"

typedef struct writing {
    memscan_target *target;
    uint64_t address, last;
    const uint8_t *bytes;
    size_t size;
    ms_region_map *map; /* of the range, taken for this write */
    uint8_t *before;    /* what stood there */
    uint8_t *after;     /* what was read back */
    size_t lost;        /* bytes of a write that was cut short which could not be put back */
    ms_array transfers; /* memscan_transfer: one per mapping */
} writing;

memscan_status ms_write_access(const memscan_target *target, memscan_error *error)
{
    if (!target->platform.write)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target cannot be written");
    if (!(target->access & MEMSCAN_WRITE))
        return ms_fail(error, MEMSCAN_DENIED, "the target was not opened for writing");
    if (!ms_target_can(target, MEMSCAN_CAN_WRITE))
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this target cannot be written");
    return MEMSCAN_OK;
}

/* Private memory takes a write whatever its protection is, if the system permits: only the system can tell.
 * Shared memory that is mapped read-only never does (proc_pid_mem(5): EIO), nor do guards and devices here. */
static bool may_take_a_write(const memscan_region *region)
{
    if (region->kind == MEMSCAN_KIND_DEVICE || region->protection == 0)
        return false;
    return (region->protection & MEMSCAN_PROT_WRITE) || !(region->flags & MEMSCAN_REGION_SHARED);
}

static memscan_status order_write(writing *w, const memscan_region *region, uint64_t start, uint64_t last,
                                  memscan_error *error)
{
    if (!may_take_a_write(region))
        return ms_fail_at(error, MEMSCAN_UNWRITABLE, start, "cannot write 0x%llx: its mapping takes no writes",
                          (unsigned long long)start);
    if (!w->bytes) /* only asked whether it could be */
        return MEMSCAN_OK;
    memscan_transfer *transfer = ms_array_push(&w->transfers);
    if (!transfer)
        return ms_fail_memory(error);
    transfer->address = start;
    transfer->size = (size_t)(last - start + 1);
    transfer->buffer = (void *)(uintptr_t)(w->bytes + (start - w->address));
    transfer->source = MEMSCAN_FROM_TARGET;
    transfer->region = region;
    return MEMSCAN_OK;
}

/* Cuts the write at the borders of mappings; fails when a byte is in none. */
static memscan_status order_writes(writing *w, memscan_error *error)
{
    uint64_t at = w->address;
    for (size_t i = ms_region_map_seek(w->map, at);; i++) {
        const memscan_region *region = i < ms_region_map_count(w->map) ? ms_region_map_at(w->map, i) : NULL;
        if (!region || region->start > at)
            return ms_fail_at(error, MEMSCAN_UNREADABLE, at, "cannot write 0x%llx: not mapped", (unsigned long long)at);
        uint64_t part_last = ms_region_last(region) < w->last ? ms_region_last(region) : w->last;
        memscan_status status = order_write(w, region, at, part_last, error);
        if (status || part_last == w->last)
            return status;
        at = part_last + 1;
    }
}

/* Reads the whole range; *hole tells of the first byte that could not be read, size 0: none. */
static memscan_status read_range(const writing *w, void *buffer, bool touch, ms_hole *hole, memscan_error *error)
{
    memscan_span span = { .address = w->address, .size = w->size, .buffer = buffer };
    ms_policy policy = { .touch = touch };
    ms_array holes;
    ms_array_init(&holes, w->target->allocator, sizeof(ms_hole));
    memscan_status status = ms_read_spans(w->target, &span, 1, &policy, &holes, error);
    *hole = holes.count ? *(ms_hole *)ms_array_at(&holes, 0) : (ms_hole){ 0 };
    ms_array_deinit(&holes);
    return status;
}

/* What stands there now. The pages will be the target's own by the write, so where nothing else tells what they
 * hold, they are touched now. */
static memscan_status read_before(const writing *w, memscan_error *error)
{
    ms_hole hole;
    memscan_status status = read_range(w, w->before, false, &hole, error);
    if (!status && hole.size)
        status = read_range(w, w->before, true, &hole, error);
    if (status || !hole.size)
        return status;
    uint64_t at = w->address + hole.offset;
    return ms_fail_at(error, MEMSCAN_UNREADABLE, at, "cannot read what stands at 0x%llx: %s", (unsigned long long)at,
                      memscan_outcome_name(hole.outcome));
}

/* The offset of the first byte in which they differ; `size` when they are equal. */
static size_t first_difference(const uint8_t *a, const uint8_t *b, size_t size)
{
    size_t i = 0;
    while (i < size && a[i] == b[i])
        i++;
    return i;
}

/* What stands there instead is not said: errors end up in logs, and memory does not belong there. */
static memscan_status check_expected(const writing *w, const uint8_t *expected, memscan_error *error)
{
    size_t offset = expected ? first_difference(w->before, expected, w->size) : w->size;
    if (offset == w->size)
        return MEMSCAN_OK;
    return ms_fail_at(error, MEMSCAN_MISMATCH, w->address + offset,
                      "0x%llx does not hold %02x, as was expected; nothing was written",
                      (unsigned long long)(w->address + offset), expected[offset]);
}

size_t ms_write_back(memscan_target *target, uint64_t address, const uint8_t *ours, const uint8_t *before,
                     uint8_t *scratch, size_t size)
{
    size_t lost = 0;
    memscan_transfer look = { .address = address, .size = size, .buffer = scratch };
    if (ms_target_read(target, &look, 1, NULL))
        return size;
    for (size_t from = 0; from < look.done;) {
        size_t to = from;
        while (to < look.done && scratch[to] == ours[to])
            to++;
        if (to > from) {
            memscan_transfer back = { .address = address + from,
                                      .size = to - from,
                                      .buffer = (void *)(uintptr_t)(before + from) };
            if (target->platform.write(target->state, &back, 1, NULL))
                return lost + (size - from);
            lost += back.size - back.done;
        }
        from = to == from ? from + 1 : to;
    }
    return lost + (size - look.done);
}

/* All that was written of it so far; once. Returns whether there was anything. */
static bool take_back(writing *w)
{
    bool written = false;
    for (size_t i = 0; i < w->transfers.count; i++) {
        memscan_transfer *transfer = ms_array_at(&w->transfers, i);
        size_t offset = (size_t)(transfer->address - w->address);
        written |= transfer->done > 0;
        if (transfer->done)
            w->lost += ms_write_back(w->target, transfer->address, w->bytes + offset, w->before + offset,
                                     w->after + offset, transfer->done);
        transfer->done = 0;
    }
    return written;
}

static memscan_status fail_cut_short(writing *w, const memscan_transfer *cut, memscan_error *error)
{
    uint64_t at = cut->address + cut->done;
    bool written = take_back(w);
    const char *rest = w->lost   ? "; not all bytes already written could be put back"
                       : written ? "; the bytes already written were put back"
                                 : "; nothing was written";
    memscan_status status = cut->outcome == MEMSCAN_NOT_MAPPED ? MEMSCAN_UNREADABLE : MEMSCAN_UNWRITABLE;
    const char *why = cut->outcome == MEMSCAN_PROTECTED ? "the system refuses" : memscan_outcome_name(cut->outcome);
    return ms_fail_at(error, status, at, "cannot write 0x%llx: %s%s", (unsigned long long)at, why, rest);
}

/* One mapping after the other, so that nothing behind a failure is written. */
static memscan_status write_now(writing *w, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < w->transfers.count && !status; i++) {
        memscan_transfer *transfer = ms_array_at(&w->transfers, i);
        status = w->target->platform.write(w->target->state, transfer, 1, error);
        if (!status && transfer->done < transfer->size)
            return fail_cut_short(w, transfer, error);
    }
    return status;
}

static memscan_status verify(const writing *w, memscan_error *error)
{
    ms_hole hole;
    memscan_status status = read_range(w, w->after, false, &hole, error);
    if (status)
        return status;
    size_t readable = hole.size ? hole.offset : w->size;
    size_t offset = first_difference(w->after, w->bytes, readable);
    uint64_t at = w->address + offset;
    if (offset < readable)
        return ms_fail_at(error, MEMSCAN_CHANGED_SINCE, at,
                          "written, but the target changed 0x%llx to %02x before it was read back",
                          (unsigned long long)at, w->after[offset]);
    if (hole.size)
        return ms_fail_at(error, MEMSCAN_CHANGED_SINCE, at, "written, but 0x%llx could not be read back: %s",
                          (unsigned long long)at, memscan_outcome_name(hole.outcome));
    return MEMSCAN_OK;
}

memscan_status ms_write_check(memscan_target *target, uint64_t address, size_t size, memscan_error *error)
{
    writing w = { .target = target, .address = address, .size = size };
    memscan_status status = ms_target_range(target, address, size, &w.last, error);
    if (status)
        return status;
    ms_array_init(&w.transfers, target->allocator, sizeof(memscan_transfer));
    status = ms_region_map_take(&target->platform, target->state, target->allocator, address, w.last, &w.map, error);
    if (!status)
        status = order_writes(&w, error);
    ms_array_deinit(&w.transfers);
    ms_region_map_release(w.map);
    return status;
}

static memscan_status run_write(writing *w, const uint8_t *expected, memscan_error *error)
{
    memscan_status status = ms_region_map_take(&w->target->platform, w->target->state, w->target->allocator, w->address,
                                               w->last, &w->map, error);
    if (!status)
        status = order_writes(w, error);
    if (!status)
        status = read_before(w, error);
    if (!status)
        status = check_expected(w, expected, error);
    if (!status)
        status = write_now(w, error);
    if (!status)
        status = verify(w, error);
    if (status && status != MEMSCAN_CHANGED_SINCE)
        take_back(w);
    return status;
}

memscan_status memscan_write(memscan_target *target, uint64_t address, const void *bytes, size_t size,
                             const void *expected, memscan_error *error)
{
    size_t lost;
    return ms_write(target, address, bytes, size, expected, &lost, error);
}

memscan_status ms_write(memscan_target *target, uint64_t address, const void *bytes, size_t size, const void *expected,
                        size_t *lost, memscan_error *error)
{
    *lost = 0;
    writing w = { .target = target, .address = address, .bytes = bytes, .size = size };
    memscan_status status = ms_write_access(target, error);
    if (status || size == 0)
        return status;
    status = ms_target_range(target, address, size, &w.last, error);
    if (status)
        return status;
    ms_array_init(&w.transfers, target->allocator, sizeof(memscan_transfer));
    w.before = ms_alloc(target->allocator, size);
    w.after = ms_alloc(target->allocator, size);
    status = w.before && w.after ? run_write(&w, expected, error) : ms_fail_memory(error);
    ms_free(target->allocator, w.before, size);
    ms_free(target->allocator, w.after, size);
    ms_array_deinit(&w.transfers);
    ms_region_map_release(w.map);
    *lost = w.lost;
    return status;
}
