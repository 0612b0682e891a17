/* measures.c - what the platform counts of the machine and of a target: what it does not know stays untold. */
#include <string.h>

#include <memscan/where.h>

#include "../base/array.h"
#include "../base/error.h"
#include "target.h"

memscan_status memscan_measures_of(memscan_target *target, memscan_measures *measures, memscan_error *error)
{
    const uint64_t untold = MEMSCAN_NOT_TOLD;
    memscan_measures whole = { .size = measures->size,
                               .page_size = target->facts.target.page_size,
                               .huge_page_size = untold,
                               .lowest_address = untold,
                               .highest_address = untold,
                               .address_bits = untold,
                               .physical_bits = untold,
                               .processors = untold,
                               .resident = untold,
                               .swapped = untold,
                               .page_tables = untold,
                               .minor_faults = untold,
                               .major_faults = untold,
                               .faults = untold };
    memscan_status status = target->platform.measures
                                ? target->platform.measures(target->state, &whole, error)
                                : ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target has no measures");
    memcpy(measures, &whole, measures->size < sizeof whole ? measures->size : sizeof whole);
    return status;
}

typedef struct usage_walk {
    ms_array rows; /* of memscan_usage */
    bool out_of_memory;
} usage_walk;

static int keep_usage(const memscan_usage *usage, void *context)
{
    usage_walk *walk = context;
    memscan_usage *kept = ms_array_push(&walk->rows);
    walk->out_of_memory = kept == NULL;
    if (kept)
        *kept = *usage;
    return kept == NULL;
}

memscan_status memscan_usages(memscan_target *target, memscan_usage_fn *visit, void *context, memscan_error *error)
{
    if (!target->platform.usages)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target does not tell how its memory is used");
    usage_walk walk = { .out_of_memory = false };
    ms_array_init(&walk.rows, target->allocator, sizeof(memscan_usage));
    memscan_status status = target->platform.usages(target->state, keep_usage, &walk, error);
    if (walk.out_of_memory)
        status = ms_fail_memory(error);
    for (size_t i = 0; i < walk.rows.count && !status; i++)
        if (visit(ms_array_at(&walk.rows, i), context))
            status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    ms_array_deinit(&walk.rows);
    return status;
}
