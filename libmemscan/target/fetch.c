/* fetch.c - the transfer loop.
 *
 * A platform never goes on behind the first byte that it cannot move. So the loop does: each round hands over every
 * stretch that is not finished, and what ended early begins anew one page behind its hole in the next round. Where
 * nothing is amiss there is one round, and the only work in it is the platform's. A transfer always describes what
 * is left of its job, so nothing else is remembered between rounds. */
#include "fetch.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"

typedef struct fetching {
    memscan_target *target;
    const ms_fetch_job *jobs;
    const ms_fetch_room *room;
    ms_array *holes;
} fetching;

static void cut_front(memscan_transfer *transfer, size_t bytes)
{
    transfer->address += bytes;
    transfer->buffer = (char *)transfer->buffer + bytes;
    transfer->size -= bytes;
}

static bool note_hole(fetching *f, size_t job, const memscan_transfer *transfer, size_t size)
{
    ms_hole *hole = ms_array_push(f->holes);
    if (hole)
        *hole = (ms_hole){ job, (size_t)(transfer->address - f->jobs[job].address), size,
                           transfer->outcome ? transfer->outcome : MEMSCAN_FAULTY };
    return hole != NULL;
}

/* Goes on behind the first page of a transfer that could not be moved. False: no memory for the hole. */
static bool step_over(fetching *f, size_t job, memscan_transfer *transfer)
{
    cut_front(transfer, transfer->done);
    if (transfer->outcome == MEMSCAN_ABSENT_SHARED && transfer->source == MEMSCAN_FROM_BACKING &&
        f->jobs[job].or_target) {
        transfer->source = MEMSCAN_FROM_TARGET; /* the same bytes again, the other way */
        return true;
    }
    uint64_t page_size = f->target->facts.target.page_size;
    uint64_t to_next_page = page_size - (transfer->address & (page_size - 1));
    size_t hole = to_next_page < transfer->size ? (size_t)to_next_page : transfer->size;
    bool noted = note_hole(f, job, transfer, hole);
    cut_front(transfer, hole);
    return noted;
}

/* Squeezes out what is finished and moves the rest on. Returns how many are left. */
static size_t prepare_round(fetching *f, size_t count, bool *out_of_memory)
{
    memscan_transfer *transfers = f->room->transfers;
    size_t *jobs = f->room->jobs, kept = 0;
    for (size_t i = 0; i < count; i++) {
        memscan_transfer rest = transfers[i];
        if (rest.done >= rest.size)
            continue;
        if (!step_over(f, jobs[i], &rest))
            *out_of_memory = true;
        if (rest.size == 0)
            continue;
        rest.done = 0;
        rest.outcome = MEMSCAN_WHOLE;
        transfers[kept] = rest;
        jobs[kept++] = jobs[i];
    }
    return kept;
}

static memscan_status fetch_batch(fetching *f, size_t first, size_t count, memscan_error *error)
{
    size_t asked = 0;
    for (size_t i = 0; i < count; i++) {
        const ms_fetch_job *job = &f->jobs[first + i];
        if (job->zero) {
            memset(job->buffer, 0, job->size);
            continue;
        }
        f->room->jobs[asked] = first + i;
        f->room->transfers[asked++] = (memscan_transfer){ .address = job->address,
                                                          .size = job->size,
                                                          .buffer = job->buffer,
                                                          .source = job->source,
                                                          .region = job->region };
    }
    while (asked) {
        bool out_of_memory = false;
        memscan_status status =
            (f->room->unproved ? ms_target_read_unproved : ms_target_read)(f->target, f->room->transfers, asked, error);
        if (status)
            return status;
        asked = prepare_round(f, asked, &out_of_memory);
        if (out_of_memory)
            return ms_fail_memory(error);
    }
    return MEMSCAN_OK;
}

static int compare_holes(const void *left, const void *right)
{
    const ms_hole *a = left, *b = right;
    if (a->job != b->job)
        return a->job < b->job ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

void ms_holes_order(ms_array *holes, size_t first)
{
    if (holes->count == first)
        return;
    qsort(ms_array_at(holes, first), holes->count - first, sizeof(ms_hole), compare_holes);
    size_t kept = first;
    for (size_t i = first; i < holes->count; i++) {
        const ms_hole *hole = ms_array_at(holes, i);
        ms_hole *before = kept > first ? ms_array_at(holes, kept - 1) : NULL;
        if (before && before->job == hole->job && before->offset + before->size == hole->offset &&
            before->outcome == hole->outcome)
            before->size += hole->size;
        else
            *(ms_hole *)ms_array_at(holes, kept++) = *hole;
    }
    holes->count = kept;
}

memscan_status ms_fetch(memscan_target *target, const ms_fetch_job *jobs, size_t count, const ms_fetch_room *room,
                        ms_array *holes, memscan_error *error)
{
    fetching f = { target, jobs, room, holes };
    size_t old_holes = holes->count;
    for (size_t first = 0; first < count; first += room->capacity) {
        size_t batch = count - first < room->capacity ? count - first : room->capacity;
        memscan_status status = fetch_batch(&f, first, batch, error);
        if (status)
            return status;
    }
    ms_holes_order(holes, old_holes);
    return MEMSCAN_OK;
}
