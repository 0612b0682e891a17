/* merge.h - events that were taken from the rings and wait to be handed over: a queue for every slot, each in the order
 * of time, and the walk through all of them in that order. */
#ifndef MS_MERGE_H
#define MS_MERGE_H

#include "../../recorder/format.h"
#include "../base/array.h"
#include "../base/recorder.h"

typedef struct ms_waiting {
    recorder_event event;
    ms_recorder_thread who;
} ms_waiting;

typedef struct ms_merge_queue {
    ms_waiting *items; /* `count` wait, from `first` on */
    size_t first, count, capacity;
} ms_merge_queue;

typedef struct ms_merge {
    const memscan_allocator *allocator;
    ms_merge_queue *queues;
    uint32_t queue_count;
    uint64_t waiting; /* in all queues */
} ms_merge;

bool ms_merge_init(ms_merge *merge, const memscan_allocator *allocator, uint32_t queues);
void ms_merge_deinit(ms_merge *merge);

/* Room for `more` events at the end of a queue, to be filled and then counted by ms_merge_added; NULL: no memory. */
ms_waiting *ms_merge_reserve(ms_merge *merge, uint32_t queue, size_t more);
void ms_merge_added(ms_merge *merge, uint32_t queue, size_t count);

/* Hands over, in order, at most `most` events that happened up to `until`. Returns how many; a nonzero answer of the
 * visitor's ends it after that event, and is returned in *answer. */
typedef int ms_merge_fn(const ms_waiting *waiting, void *context);
size_t ms_merge_visit(ms_merge *merge, uint64_t until, size_t most, ms_merge_fn *visit, void *context, int *answer);
/* Forgets all that waits. */
void ms_merge_clear(ms_merge *merge);

#endif
