/* memory.c - reading as callers see it: all or nothing, what can be had, many places at once. */
#include "../base/error.h"
#include "reading.h"

static ms_policy policy_of(uint32_t read_flags)
{
    return (ms_policy){ .touch = (read_flags & MEMSCAN_READ_TOUCH) != 0,
                        .skip_swapped = (read_flags & MEMSCAN_READ_SKIP_SWAPPED) != 0 };
}

memscan_status memscan_read(memscan_target *target, uint64_t address, void *buffer, size_t size, memscan_error *error)
{
    memscan_span span = { .address = address, .size = size, .buffer = buffer };
    ms_policy policy = policy_of(0);
    ms_array holes;
    ms_array_init(&holes, target->allocator, sizeof(ms_hole));
    memscan_status status = ms_read_spans(target, &span, 1, &policy, &holes, error);
    if (!status && holes.count) {
        const ms_hole *first = ms_array_at(&holes, 0);
        uint64_t at = address + first->offset;
        status = ms_fail_at(error, MEMSCAN_UNREADABLE, at, "cannot read 0x%llx: %s", (unsigned long long)at,
                            memscan_outcome_name(first->outcome));
    }
    ms_array_deinit(&holes);
    return status;
}

static memscan_status tell_gaps(const ms_array *holes, uint64_t address, memscan_gap_fn *tell, void *context,
                                memscan_error *error)
{
    for (size_t i = 0; tell && i < holes->count; i++) {
        const ms_hole *hole = ms_array_at(holes, i);
        memscan_gap gap = { address + hole->offset, hole->size, hole->outcome };
        if (tell(&gap, context))
            return ms_fail(error, MEMSCAN_STOPPED, "stopped by the caller");
    }
    return MEMSCAN_OK;
}

memscan_status memscan_read_partial(memscan_target *target, uint64_t address, void *buffer, size_t size,
                                    uint32_t read_flags, memscan_gap_fn *gaps, void *context, memscan_error *error)
{
    memscan_span span = { .address = address, .size = size, .buffer = buffer };
    ms_policy policy = policy_of(read_flags);
    ms_array holes;
    ms_array_init(&holes, target->allocator, sizeof(ms_hole));
    memscan_status status = ms_read_spans(target, &span, 1, &policy, &holes, error);
    if (!status)
        status = tell_gaps(&holes, address, gaps, context, error);
    ms_array_deinit(&holes);
    return status;
}

memscan_status memscan_read_spans(memscan_target *target, memscan_span *spans, size_t count, uint32_t read_flags,
                                  memscan_error *error)
{
    ms_policy policy = policy_of(read_flags);
    ms_array holes;
    ms_array_init(&holes, target->allocator, sizeof(ms_hole));
    memscan_status status = ms_read_spans(target, spans, count, &policy, &holes, error);
    for (size_t i = 0; i < count; i++) {
        spans[i].done = status ? 0 : spans[i].size;
        spans[i].outcome = MEMSCAN_WHOLE;
    }
    for (size_t i = status ? 0 : holes.count; i-- > 0;) { /* backwards: the first hole of a span has the last word */
        const ms_hole *hole = ms_array_at(&holes, i);
        spans[hole->job].done = hole->offset;
        spans[hole->job].outcome = hole->outcome;
    }
    ms_array_deinit(&holes);
    return status;
}
