/* kept.c - what units of a session's scan leave. Each slot has an array of its own that grows to what units need, and is
 * filled by one worker at a time: the pipeline hands slots over with its results. */
#include "kept.h"

#include "../base/error.h"
#include "../flow/pipeline.h"

memscan_status ms_keeping_init(ms_keeping *keeping, const memscan_allocator *allocator, uint32_t workers,
                               memscan_error *error)
{
    size_t count = ms_pipeline_ahead(workers);
    *keeping = (ms_keeping){ .allocator = allocator };
    keeping->units = ms_alloc_array(allocator, count, sizeof *keeping->units);
    if (!keeping->units)
        return ms_fail_memory(error);
    keeping->count = count;
    for (size_t i = 0; i < count; i++)
        ms_array_init(&keeping->units[i].refs, allocator, sizeof(ms_block_ref));
    return MEMSCAN_OK;
}

void ms_keeping_deinit(ms_keeping *keeping)
{
    for (size_t i = 0; i < keeping->count; i++)
        ms_array_deinit(&keeping->units[i].refs);
    if (keeping->units)
        ms_free(keeping->allocator, keeping->units, keeping->count * sizeof *keeping->units);
    *keeping = (ms_keeping){ 0 };
}

ms_kept *ms_kept_begin(const ms_keeping *keeping, uint64_t number)
{
    ms_kept *kept = &keeping->units[number % keeping->count];
    kept->refs.count = 0;
    kept->read_at = kept->planned = kept->spared = 0;
    return kept;
}

memscan_status ms_kept_add_ref(ms_kept *kept, const ms_block_ref *ref, memscan_error *error)
{
    ms_block_ref *place = ms_array_push(&kept->refs);
    if (!place)
        return ms_fail_memory(error);
    *place = *ref;
    return MEMSCAN_OK;
}

memscan_status ms_kept_add_blob(ms_kept *kept, ms_store *store, const ms_block *block, const uint8_t *blob,
                                size_t length, uint64_t checksum, memscan_error *error)
{
    ms_block_ref ref = { .base = block->base, .span = block->size, .tail = block->tail };
    ref.matches = ms_block_count(block);
    memscan_status status = ms_store_append_summed(store, blob, length, checksum, &ref.blob, error);
    return status == MEMSCAN_OK ? ms_kept_add_ref(kept, &ref, error) : status;
}

memscan_status ms_kept_add_block(ms_kept *kept, ms_store *store, const ms_block *block, uint8_t *scratch,
                                 memscan_error *error)
{
    ms_block_ref ref;
    memscan_status status = ms_match_set_store(&ref, store, block, scratch, error);
    return status == MEMSCAN_OK ? ms_kept_add_ref(kept, &ref, error) : status;
}

memscan_status ms_kept_add_left(ms_kept *kept, ms_store *store, const ms_block *block, const ms_block_ref *ref,
                                uint8_t *scratch, memscan_error *error)
{
    ms_block_ref left = *ref;
    memscan_status status = ms_match_set_leave(&left, store, block, scratch, error);
    return status == MEMSCAN_OK ? ms_kept_add_ref(kept, &left, error) : status;
}

memscan_status ms_kept_add_zero_run(ms_kept *kept, uint32_t planes, uint64_t base, uint64_t span, uint32_t tail,
                                    memscan_error *error)
{
    ms_block_ref run = { .base = base, .span = span, .tail = tail, .planes = planes };
    return planes ? ms_kept_add_ref(kept, &run, error) : MEMSCAN_OK;
}

const ms_kept *ms_kept_next(ms_keeping *keeping)
{
    return &keeping->units[keeping->recorded++ % keeping->count];
}

memscan_status ms_kept_record(const ms_kept *kept, const ms_planes *planes, ms_match_set *set, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < kept->refs.count && status == MEMSCAN_OK; i++) {
        const ms_block_ref *ref = ms_array_at(&kept->refs, i);
        status = ref->blob.length
                     ? ms_match_set_add_ref(set, ref, error)
                     : ms_match_set_add_zero_run(set, planes, ref->planes, ref->base, ref->span, ref->tail, error);
    }
    return status;
}
