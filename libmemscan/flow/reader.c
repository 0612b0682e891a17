/* reader.c - a unit of work, read. Nothing is ever judged that is not in a stretch, and a stretch holds only bytes
 * that the platform says it moved. */
#include "reader.h"

#include "../base/error.h"
#include "../base/host.h"

memscan_status ms_reader_init(ms_reader *reader, memscan_target *target, memscan_error *error)
{
    *reader = (ms_reader){ .target = target, .room = { .capacity = MS_UNIT_PARTS } };
    ms_array_init(&reader->holes, target->allocator, sizeof(ms_hole));
    ms_array_init(&reader->stretches, target->allocator, sizeof(ms_stretch));
    ms_array_init(&reader->unread, target->allocator, sizeof(ms_unread));
    reader->room.transfers = ms_alloc_array(target->allocator, MS_UNIT_PARTS, sizeof(memscan_transfer));
    reader->room.jobs = ms_alloc_array(target->allocator, MS_UNIT_PARTS, sizeof(size_t));
    if (reader->room.transfers && reader->room.jobs)
        return MEMSCAN_OK;
    ms_reader_deinit(reader);
    return ms_fail_memory(error);
}

void ms_reader_deinit(ms_reader *reader)
{
    const memscan_allocator *allocator = reader->target->allocator;
    ms_array_deinit(&reader->holes);
    ms_array_deinit(&reader->stretches);
    ms_array_deinit(&reader->unread);
    ms_free(allocator, reader->room.transfers, MS_UNIT_PARTS * sizeof(memscan_transfer));
    ms_free(allocator, reader->room.jobs, MS_UNIT_PARTS * sizeof(size_t));
}

/* Adds obtained bytes: to the stretch before, where they only continue it. */
static bool add_stretch(ms_reader *reader, const ms_stretch *more)
{
    ms_stretch *before = reader->stretches.count ? ms_array_at(&reader->stretches, reader->stretches.count - 1) : NULL;
    if (more->size == 0)
        return true;
    if (more->own)
        reader->scanned += more->size;
    if (before && before->area == more->area && before->own == more->own &&
        before->address + before->size == more->address) {
        before->size += more->size;
        return true;
    }
    ms_stretch *stretch = ms_array_push(&reader->stretches);
    if (stretch)
        *stretch = *more;
    return stretch != NULL;
}

static bool add_unread(ms_reader *reader, uint64_t address, uint64_t size, memscan_outcome outcome)
{
    ms_unread *unread = ms_array_push(&reader->unread);
    if (unread)
        *unread = (ms_unread){ address, size, outcome };
    return unread != NULL;
}

/* The stretches of one job: what lies before, between and behind its holes. *hole is the index of the first hole
 * that is not of an earlier job. */
static bool add_job(ms_reader *reader, const ms_fetch_job *job, const ms_part *part, size_t index, size_t offset,
                    size_t *hole)
{
    size_t from = 0;
    for (; *hole < reader->holes.count; ++*hole) {
        const ms_hole *next = ms_array_at(&reader->holes, *hole);
        if (next->job != index)
            break;
        ms_stretch before = { job->address + from, offset + from, next->offset - from, part->area, part->own };
        if (!add_stretch(reader, &before))
            return false;
        memset((char *)job->buffer + next->offset, 0, next->size); /* kernels look at it, if only to pass it over */
        if (part->own && !add_unread(reader, job->address + next->offset, next->size, next->outcome))
            return false;
        from = next->offset + next->size;
    }
    ms_stretch rest = { job->address + from, offset + from, job->size - from, part->area, part->own };
    return add_stretch(reader, &rest);
}

memscan_status ms_reader_read(ms_reader *reader, const ms_unit *unit, const uint8_t *buffer, memscan_error *error)
{
    const ms_fetch_job *jobs = unit->jobs.items;
    const ms_part *parts = unit->parts.items;
    size_t hole = 0;
    reader->holes.count = reader->stretches.count = reader->unread.count = 0;
    reader->scanned = 0;
    if (unit->jobs.count) {
        memscan_status status = ms_fetch(reader->target, jobs, unit->jobs.count, &reader->room, &reader->holes, error);
        if (status)
            return status;
    }
    reader->read_at = ms_clock_ns();
    for (size_t i = 0; i < unit->jobs.count; i++)
        if (!add_job(reader, &jobs[i], &parts[i], i, (size_t)((const uint8_t *)jobs[i].buffer - buffer), &hole))
            return ms_fail_memory(error);
    return MEMSCAN_OK;
}

size_t ms_reader_beyond(const ms_reader *reader, size_t index, uint32_t groups, size_t enough)
{
    const ms_stretch *before = ms_array_at(&reader->stretches, index);
    size_t bytes = 0;
    for (size_t i = index + 1; i < reader->stretches.count && bytes < enough; i++) {
        const ms_stretch *next = ms_array_at(&reader->stretches, i);
        if (before->address + before->size != next->address || !(next->area->groups & groups))
            break;
        bytes += next->size;
        before = next;
    }
    return bytes < enough ? bytes : enough;
}
