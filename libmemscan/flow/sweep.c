/* sweep.c - see sweep.h. */
#include "sweep.h"

#include "../base/error.h"

static void *create_unit(void *context)
{
    return ms_unit_create(((const ms_sweep *)context)->target->allocator);
}

static void destroy_unit(void *context, void *unit)
{
    ms_unit_destroy(unit, ((const ms_sweep *)context)->target->allocator);
}

static memscan_status plan_unit(void *context, void *unit, ms_planned *planned, memscan_error *error)
{
    ms_sweep *sweep = context;
    return ms_plan_next(&sweep->plan, unit, planned, error);
}

/* As many as what is selected so far keeps busy. */
static uint32_t workers_for(const ms_sweep *sweep)
{
    return ms_target_workers(sweep->target, sweep->workers, sweep->selection.asked / sweep->unit_bytes + 1);
}

static memscan_status begin(ms_sweep *sweep, memscan_error *error)
{
    ms_pipeline_units made = { sweep, create_unit, destroy_unit, plan_unit };
    ms_policy policy = ms_policy_of(sweep->filter);
    ms_plan_init(&sweep->plan, sweep->target, &sweep->selection, &policy, sweep->unit_bytes, sweep->longest);
    if (sweep->keep_zeros)
        ms_plan_keep_zeros(&sweep->plan);
    uint32_t workers = workers_for(sweep);
    memscan_status status = sweep->prepare(sweep->calls.context, workers, error);
    if (status)
        return status;
    sweep->pipeline = ms_pipeline_begin(&made, &sweep->calls, workers, sweep->target->allocator);
    return sweep->pipeline ? MEMSCAN_OK : ms_fail_memory(error);
}

/* While the map is read, once what is known of it is work for all workers. */
static memscan_status begin_early(ms_region_map *map, void *context, memscan_error *error)
{
    ms_sweep *sweep = context;
    uint32_t most = ms_target_workers(sweep->target, sweep->workers, UINT64_MAX);
    memscan_status status = ms_selection_take(&sweep->selection, map, error);
    if (!status && !sweep->pipeline && most && workers_for(sweep) == most)
        status = ms_selection_grow(&sweep->selection) ? begin(sweep, error) : ms_fail_memory(error);
    ms_selection_show(&sweep->selection, false);
    return status;
}

static memscan_status select_memory(ms_sweep *sweep, memscan_error *error)
{
    ms_region_map *map;
    bool early = !sweep->needs_selection && !sweep->shards;
    memscan_status status = ms_target_growing_map(sweep->target, early ? begin_early : NULL, sweep, &map, error);
    if (!status)
        status = ms_selection_take(&sweep->selection, map, error);
    if (!status && sweep->shards)
        status = ms_selection_shard(&sweep->selection, sweep->shard, sweep->shards, sweep->longest - 1, error);
    return status;
}

memscan_status ms_sweep_run(ms_sweep *sweep, memscan_error *error)
{
    ms_selection *selection = &sweep->selection;
    memscan_status status =
        ms_selection_begin(selection, sweep->filter, sweep->groups, sweep->target->allocator, error);
    if (!status)
        status = select_memory(sweep, error);
    if (!status && !sweep->pipeline)
        status = begin(sweep, error);
    ms_selection_show(selection, true);
    if (sweep->pipeline)
        status = ms_pipeline_end(sweep->pipeline, status, error);
    sweep->pipeline = NULL;
    return status;
}

void ms_sweep_deinit(ms_sweep *sweep)
{
    ms_plan_deinit(&sweep->plan);
    ms_selection_deinit(&sweep->selection);
}
