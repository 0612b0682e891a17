/* view.c - the address space as it was at one moment.
 *
 * The map is taken last: whatever the platform told before (stacks, modules) is judged by it, and an address that it does
 * not hold was not mapped at that moment. */
#include "view.h"

#include "../base/error.h"

/* How far from a stack pointer memory that is no stack's region still counts as the stack that the thread runs on:
 * more than the signal stacks that programs make (SIGSTKSZ is 8 KiB), less than what else a heap holds. */
#define NEAR_POINTER (UINT64_C(64) << 10)
/* How far a stack may reach above a stack pointer whose thread tells nothing else. */
#define USED_MOST (UINT64_C(8) << 20)
/* How much a thread library keeps above the place at which its thread is at home. */
#define HOME_ROOM (UINT64_C(8) << 10)

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

/* A thread library keeps what it knows of a thread at the upper end of its stack, so that of several stacks in one region
 * an address belongs to the first home above it; what lies above all of them is another mapping that the system joined
 * with this one. */
static const memscan_stack *by_home(const memscan_view *view, const memscan_region *region, uint64_t address)
{
    const memscan_stack *best = NULL;
    for (size_t i = 0; i < view->stacks.count; i++) {
        const memscan_stack *stack = ms_array_at(&view->stacks, i);
        if (holds(region, stack->home) && (address <= stack->home || address - stack->home < HOME_ROOM) &&
            (!best || stack->home < best->home))
            best = stack;
    }
    return best;
}

/* A thread that tells nothing but its stack pointer is at home around it; one that is at home elsewhere has a smaller
 * stack here; of one that is at home here, by_home knows more. */
static bool is_near(const memscan_stack *stack, const memscan_region *region, uint64_t address)
{
    if (holds(region, stack->home))
        return false;
    if (region->kind == MEMSCAN_KIND_STACK && address < stack->pointer)
        return true;
    bool alone = region->kind == MEMSCAN_KIND_STACK && !stack->home;
    return distance(stack->pointer, address) <= (alone ? USED_MOST : NEAR_POINTER);
}

static const memscan_stack *by_pointer(const memscan_view *view, const memscan_region *region, uint64_t address)
{
    const memscan_stack *best = NULL;
    for (size_t i = 0; i < view->stacks.count; i++) {
        const memscan_stack *stack = ms_array_at(&view->stacks, i);
        if (holds(region, stack->pointer) && is_near(stack, region, address) &&
            (!best || distance(stack->pointer, address) < distance(best->pointer, address)))
            best = stack;
    }
    return best;
}

/* The home of a thread may lie in memory that is no stack, so it counts in stacks alone. A pointer goes first where it is
 * on an alternate stack right there: that may have been joined with a stack above it. */
const memscan_stack *ms_view_stack_of(const memscan_view *view, const memscan_region *region, uint64_t address)
{
    const memscan_stack *home = region->kind == MEMSCAN_KIND_STACK ? by_home(view, region, address) : NULL;
    const memscan_stack *pointer = by_pointer(view, region, address);
    bool alternate = pointer && ms_view_is_alternate(pointer, region);
    return home && !alternate ? home : pointer;
}
