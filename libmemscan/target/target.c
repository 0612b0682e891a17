/* target.c - the handle: it checks what a caller asks, forwards it to the platform, and keeps the last snapshots.
 *
 * A caller's visitor may use the same target. A platform's walk is therefore always finished, and what it showed
 * copied, before the first visit: no platform is ever called again from inside its own walk. */
#include "target.h"

#include "../base/alloc.h"
#include "../base/error.h"
#include "../base/host.h"
#include "../base/options.h"
#include "module_list.h"
#include "registry.h"

enum { DEFAULT_READ_TIMEOUT_MS = 1000 };

static memscan_status open_state(memscan_target *target, const memscan_platform_open *request, memscan_error *error)
{
    memscan_status status = target->platform.open(request, &target->state, error);
    if (status)
        return status;
    target->facts.target.size = sizeof target->facts.target;
    status = target->platform.facts(target->state, &target->facts, error);
    if (status)
        target->platform.close(target->state);
    else if (!target->platform.residency)
        target->facts.capabilities &= ~MEMSCAN_CAN_RESIDENCY;
    return status;
}

memscan_status memscan_open(const char *locator, uint32_t access, const memscan_open_options *options,
                            memscan_target **target, memscan_error *error)
{
    memscan_open_options given = MEMSCAN_OPEN_OPTIONS_INIT;
    ms_options_over(&given, sizeof given, options);
    *target = NULL;
    if (!access || (access & ~(MEMSCAN_READ | MEMSCAN_WRITE)))
        return ms_fail(error, MEMSCAN_INVALID, "a target is opened to read or to write it");
    const memscan_platform *platform;
    memscan_platform_open request = { .access = access | MEMSCAN_READ,
                                      .allocator = given.allocator ? given.allocator : &ms_default_allocator,
                                      .read_timeout_ms =
                                          given.read_timeout_ms ? given.read_timeout_ms : DEFAULT_READ_TIMEOUT_MS };
    memscan_status status = ms_registry_find(locator, given.platforms, &platform, &request.locator, error);
    if (status)
        return status;
    memscan_target *opened = ms_alloc(request.allocator, sizeof *opened);
    if (!opened)
        return ms_fail_memory(error);
    opened->platform = ms_registry_whole(platform);
    opened->allocator = request.allocator;
    opened->access = request.access;
    status = open_state(opened, &request, error);
    if (status)
        ms_free(request.allocator, opened, sizeof *opened);
    else
        *target = opened;
    return status;
}

void memscan_close(memscan_target *target)
{
    if (!target)
        return;
    ms_target_forget_map(target);
    target->platform.close(target->state);
    ms_free(target->allocator, target, sizeof *target);
}

memscan_status memscan_facts_of(memscan_target *target, memscan_facts *facts, memscan_error *error)
{
    (void)error;
    memscan_facts whole = target->facts.target;
    size_t room = facts->size < sizeof whole ? facts->size : sizeof whole;
    whole.size = facts->size;
    memcpy(facts, &whole, room);
    return MEMSCAN_OK;
}

memscan_status memscan_alive(memscan_target *target, memscan_error *error)
{
    return target->platform.alive(target->state, error);
}

memscan_status memscan_suspend(memscan_target *target, memscan_error *error)
{
    if (!target->platform.suspend || !target->platform.resume)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target cannot be suspended");
    memscan_status status = target->suspended ? MEMSCAN_OK : target->platform.suspend(target->state, error);
    target->suspended += !status;
    return status;
}

memscan_status memscan_resume(memscan_target *target, memscan_error *error)
{
    if (!target->suspended)
        return ms_fail(error, MEMSCAN_INVALID, "the target is not suspended");
    return --target->suspended ? MEMSCAN_OK : target->platform.resume(target->state, error);
}

void ms_target_forget_map(memscan_target *target)
{
    ms_region_map_release(target->map);
    ms_module_list_destroy(target->modules);
    target->map = NULL;
    target->modules = NULL;
    target->place.length = 0;
}

memscan_status ms_target_fresh_map(memscan_target *target, ms_region_map **map, memscan_error *error)
{
    return ms_target_growing_map(target, NULL, NULL, map, error);
}

memscan_status ms_target_growing_map(memscan_target *target, ms_region_map_grown_fn *grown, void *context,
                                     ms_region_map **map, memscan_error *error)
{
    ms_region_map *fresh;
    memscan_status status =
        ms_region_map_take_growing(&target->platform, target->state, target->allocator, grown, context, &fresh, error);
    if (status)
        return status;
    ms_target_forget_map(target);
    *map = target->map = fresh;
    return MEMSCAN_OK;
}

memscan_status ms_target_map_about(memscan_target *target, const memscan_range *ranges, size_t count,
                                   ms_region_map **map, memscan_error *error)
{
    memscan_status status;
    if (!target->tracked || !target->platform.regions_about || !count) {
        status = ms_target_fresh_map(target, map, error);
        if (!status)
            ms_region_map_share(*map);
        return status;
    }
    status = ms_region_map_take_about(&target->platform, target->state, target->allocator, ranges, count, map, error);
    if (!status)
        ms_target_forget_map(target);
    return status;
}

memscan_status ms_target_map(memscan_target *target, ms_region_map **map, memscan_error *error)
{
    if (!target->map)
        return ms_target_fresh_map(target, map, error);
    *map = target->map;
    return MEMSCAN_OK;
}

uint64_t ms_target_widest(const memscan_target *target)
{
    return target->facts.target.layout.pointer_width == 4 ? UINT32_MAX : UINT64_MAX;
}

memscan_status ms_target_range(const memscan_target *target, uint64_t address, uint64_t size, uint64_t *last,
                               memscan_error *error)
{
    uint64_t widest = ms_target_widest(target);
    if (address > widest || size - 1 > widest - address)
        return ms_fail_at(error, MEMSCAN_INVALID, address, "%llu bytes at 0x%llx reach beyond the target's addresses",
                          (unsigned long long)size, (unsigned long long)address);
    *last = address + (size - 1);
    return MEMSCAN_OK;
}

memscan_status memscan_regions(memscan_target *target, uint64_t from, memscan_region_fn *visit, void *context,
                               memscan_error *error)
{
    ms_region_map *map;
    memscan_status status =
        ms_region_map_take(&target->platform, target->state, target->allocator, from, UINT64_MAX, &map, error);
    if (status)
        return status;
    for (size_t i = ms_region_map_seek(map, from); i < ms_region_map_count(map) && !status; i++)
        if (visit(ms_region_map_at(map, i), context))
            status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    ms_region_map_release(map);
    return status;
}

memscan_status memscan_modules(memscan_target *target, memscan_module_fn *visit, void *context, memscan_error *error)
{
    ms_module_list *list;
    memscan_status status = ms_module_list_take(&target->platform, target->state, target->allocator, &list, error);
    if (status)
        return status;
    for (size_t i = 0; i < ms_module_list_count(list) && !status; i++)
        if (visit(ms_module_list_at(list, i), context))
            status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    ms_module_list_destroy(list);
    return status;
}

uint32_t ms_target_workers(const memscan_target *target, uint32_t wanted, uint64_t units)
{
    /* Fewer threads than this saturate any memory; and each holds two buffers. */
    enum { MOST_WORKERS = 64 };
    uint32_t most = target->facts.max_readers ? target->facts.max_readers - 1 : MOST_WORKERS;
    uint32_t workers = wanted ? wanted : ms_cpu_count();
    if (most > MOST_WORKERS)
        most = MOST_WORKERS;
    if (units && units < workers)
        workers = (uint32_t)units;
    return workers < most ? workers : most;
}
