/* view.c - the address space as it was at one moment.
 *
 * The map is taken last: whatever the platform told before (stacks, modules) is judged by it, and an address that it does
 * not hold was not mapped at that moment. */
#include "view.h"

#include "../base/error.h"

/* How far from a stack pointer memory that is no stack's region still counts as the stack that the thread runs on:
 * more than the signal stacks that programs make (SIGSTKSZ is 8 KiB), less than what else a heap holds. */
#define NEAR_POINTER (UINT64_C(64) << 10)

typedef struct stack_walk {
    ms_array *stacks;
    bool out_of_memory;
} stack_walk;

static int keep_stack(const memscan_stack *stack, void *context)
{
    stack_walk *walk = context;
    memscan_stack *kept = ms_array_push(walk->stacks);
    walk->out_of_memory = kept == NULL;
    if (kept)
        *kept = *stack;
    return kept == NULL;
}

static memscan_status take_stacks(memscan_view *view, memscan_error *error)
{
    const memscan_platform *platform = &view->target->platform;
    stack_walk walk = { &view->stacks, false };
    if (!platform->stacks)
        return MEMSCAN_OK;
    memscan_status status = platform->stacks(view->target->state, keep_stack, &walk, error);
    return walk.out_of_memory ? ms_fail_memory(error) : ms_view_forgive(status);
}

static memscan_status take_all(memscan_view *view, memscan_error *error)
{
    memscan_target *target = view->target;
    memscan_status status = take_stacks(view, error);
    view->measures = (memscan_measures)MEMSCAN_MEASURES_INIT;
    if (!status)
        status = ms_view_forgive(memscan_measures_of(target, &view->measures, error));
    if (!status)
        status = ms_view_forgive(
            ms_module_list_take(&target->platform, target->state, target->allocator, &view->modules, error));
    ms_region_map *map = NULL;
    if (!status)
        status = ms_target_fresh_map(target, &map, error);
    if (!status)
        view->map = ms_region_map_share(map);
    return status;
}

memscan_status memscan_view_create(memscan_target *target, memscan_view **view, memscan_error *error)
{
    *view = NULL;
    memscan_view *taken = ms_alloc(target->allocator, sizeof *taken);
    if (!taken)
        return ms_fail_memory(error);
    *taken = (memscan_view){ .target = target };
    ms_array_init(&taken->stacks, target->allocator, sizeof(memscan_stack));
    memscan_status status = take_all(taken, error);
    if (status)
        memscan_view_destroy(taken);
    else
        *view = taken;
    return status;
}

void memscan_view_destroy(memscan_view *view)
{
    if (!view)
        return;
    ms_region_map_release(view->map);
    ms_module_list_destroy(view->modules);
    ms_array_deinit(&view->stacks);
    ms_free(view->target->allocator, view, sizeof *view);
}

/* ---- stacks ---- */

static bool holds(const memscan_region *region, uint64_t address)
{
    return address && address >= region->start && address <= ms_region_last(region);
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

bool ms_view_is_alternate(const memscan_stack *stack, const memscan_region *region)
{
    return stack->home && !holds(region, stack->home);
}

/* A thread library keeps what it knows of a thread at the upper end of its stack, so that in memory which holds several
 * stacks an address belongs to the first home above it. */
static const memscan_stack *by_home(const memscan_view *view, const memscan_region *region, uint64_t address)
{
    const memscan_stack *best = NULL;
    for (size_t i = 0; i < view->stacks.count; i++) {
        const memscan_stack *stack = ms_array_at(&view->stacks, i);
        if (!holds(region, stack->home))
            continue;
        bool above = stack->home >= address, best_above = best && best->home >= address;
        if (!best || (above && !best_above) ||
            (above == best_above && distance(stack->home, address) < distance(best->home, address)))
            best = stack;
    }
    return best;
}

static const memscan_stack *by_pointer(const memscan_view *view, const memscan_region *region, uint64_t address)
{
    const memscan_stack *best = NULL;
    bool all = region->kind == MEMSCAN_KIND_STACK;
    for (size_t i = 0; i < view->stacks.count; i++) {
        const memscan_stack *stack = ms_array_at(&view->stacks, i);
        if (!holds(region, stack->pointer) || (!all && distance(stack->pointer, address) > NEAR_POINTER))
            continue;
        if (!best || distance(stack->pointer, address) < distance(best->pointer, address))
            best = stack;
    }
    return best;
}

/* The home of a thread may lie in memory that is no stack (the first thread's, before it is known better), so it counts
 * in stacks alone. */
const memscan_stack *ms_view_stack_of(const memscan_view *view, const memscan_region *region, uint64_t address)
{
    const memscan_stack *stack = region->kind == MEMSCAN_KIND_STACK ? by_home(view, region, address) : NULL;
    return stack ? stack : by_pointer(view, region, address);
}
