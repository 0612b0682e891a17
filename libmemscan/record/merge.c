/* merge.c - see merge.h.
 *
 * An allocation happened when it was over, a free when it began: then a block is always seen to be given before it is
 * freed, and freed before it is given again, whichever threads do so. */
#include "merge.h"

#include <string.h>

#define KEPT_EMPTY 131072u /* events of room that a queue keeps when it is empty */

bool ms_merge_init(ms_merge *merge, const memscan_allocator *allocator, uint32_t queues)
{
    *merge = (ms_merge){ .allocator = allocator, .queue_count = queues };
    merge->queues = ms_alloc_array(allocator, queues, sizeof *merge->queues);
    return merge->queues != NULL;
}

static void release(ms_merge *merge, ms_merge_queue *queue)
{
    merge->waiting -= queue->count;
    ms_free(merge->allocator, queue->items, queue->capacity * sizeof *queue->items);
    *queue = (ms_merge_queue){ .items = NULL };
}

void ms_merge_clear(ms_merge *merge)
{
    for (uint32_t i = 0; merge->queues && i < merge->queue_count; i++)
        release(merge, &merge->queues[i]);
}

void ms_merge_deinit(ms_merge *merge)
{
    ms_merge_clear(merge);
    ms_free(merge->allocator, merge->queues, merge->queue_count * sizeof *merge->queues);
    merge->queues = NULL;
}

/* What was handed over makes room first. */
static void close_up(ms_merge_queue *queue)
{
    if (queue->first > 0)
        memmove(queue->items, queue->items + queue->first, queue->count * sizeof *queue->items);
    queue->first = 0;
}

ms_waiting *ms_merge_reserve(ms_merge *merge, uint32_t index, size_t more)
{
    ms_merge_queue *queue = &merge->queues[index];
    if (queue->first + queue->count + more <= queue->capacity)
        return queue->items + queue->first + queue->count;
    close_up(queue);
    if (queue->count + more > queue->capacity) {
        size_t old = queue->capacity * sizeof *queue->items, capacity = (queue->count + more) * 3 / 2;
        ms_waiting *items = ms_resize(merge->allocator, queue->items, old, capacity * sizeof *items);
        if (!items)
            return NULL;
        queue->items = items;
        queue->capacity = capacity;
    }
    return queue->items + queue->count;
}

void ms_merge_added(ms_merge *merge, uint32_t queue, size_t count)
{
    merge->queues[queue].count += count;
    merge->waiting += count;
}

static uint64_t moment(const ms_waiting *waiting)
{
    const recorder_event *event = &waiting->event;
    return event->start + ((event->took_and_kind & 255) == RECORDER_FREE ? 0 : event->took_and_kind >> 8);
}

/* The queue whose first event is the earliest, if that is not after `until`; and when the next one comes into play. */
static ms_merge_queue *earliest(const ms_merge *merge, uint64_t until, uint64_t *next)
{
    ms_merge_queue *best = NULL;
    uint64_t best_moment = 0;
    *next = until;
    for (uint32_t i = 0; i < merge->queue_count; i++) {
        ms_merge_queue *queue = &merge->queues[i];
        uint64_t its_moment = queue->count > 0 ? moment(queue->items + queue->first) : UINT64_MAX;
        if (queue->count == 0 || its_moment > until)
            continue;
        if (!best || its_moment < best_moment) {
            *next = best ? best_moment : *next;
            best = queue;
            best_moment = its_moment;
        } else if (its_moment < *next) {
            *next = its_moment;
        }
    }
    return best;
}

size_t ms_merge_visit(ms_merge *merge, uint64_t until, size_t most, ms_merge_fn *visit, void *context, int *answer)
{
    size_t visited = 0;
    uint64_t next;
    *answer = 0;
    for (ms_merge_queue *queue; visited < most && *answer == 0 && (queue = earliest(merge, until, &next)) != NULL;) {
        do {
            const ms_waiting *waiting = queue->items + queue->first++;
            queue->count--;
            merge->waiting--;
            visited++;
            *answer = visit(waiting, context);
        } while (queue->count > 0 && visited < most && *answer == 0 && moment(queue->items + queue->first) <= next);
        queue->first = queue->count > 0 ? queue->first : 0;
        if (queue->count == 0 && queue->capacity > KEPT_EMPTY)
            release(merge, queue);
    }
    return visited;
}
