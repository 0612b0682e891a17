/* linux_track.c - which memory a target writes: chooses the way of finding out, by trying.
 *
 * Soft-dirty marks come first: they cost the target less and need no system call in it. Where the kernel has none, a
 * userfaultfd is set up in the target; its points end with it. What is told as unwritten must be so whoever wrote: only
 * pages of private memory that are the process's own are ever told, for all others can change without a trace in its
 * page tables (docs/linux.md, "Write tracking"). */
#include "linux_track.h"

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"

bool ms_linux_track_knows(const memscan_region *region)
{
    if (region->flags & (MEMSCAN_REGION_SHARED | MEMSCAN_REGION_MAY_BLOCK))
        return false;
    switch (region->kind) {
    case MEMSCAN_KIND_DEVICE:
    case MEMSCAN_KIND_VDSO:
    case MEMSCAN_KIND_SHARED:
    case MEMSCAN_KIND_GUARD: return false;
    default: return true;
    }
}

bool ms_linux_track_add(ms_array *runs, size_t first, uint64_t start, uint64_t size, memscan_page_state state)
{
    memscan_extent *last = runs->count > first ? ms_array_at(runs, runs->count - 1) : NULL;
    if (last && last->state == state && last->start + last->size == start) {
        last->size += size;
        return true;
    }
    memscan_extent *run = ms_array_push(runs);
    if (run)
        *run = (memscan_extent){ start, size, state };
    return run != NULL;
}

static memscan_status begin(linux_target *target, memscan_error *error)
{
    if (target->pagemap_fd < 0)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "writes cannot be tracked: the target's page map may not be read");
    if (target->track)
        return MEMSCAN_OK;
    linux_track *track = ms_alloc(target->allocator, sizeof *track);
    if (!track)
        return ms_fail_memory(error);
    track->uffd = -1;
    ms_array_init(&track->told, target->allocator, sizeof(memscan_extent));
    target->track = track;
    return MEMSCAN_OK;
}

void ms_linux_untrack(void *state)
{
    linux_target *target = state;
    if (!target->track)
        return;
    ms_linux_protect_close(target);
    ms_array_deinit(&target->track->told);
    ms_free(target->allocator, target->track, sizeof *target->track);
    target->track = NULL;
}

static memscan_status ask(linux_target *target, bool lasting, const memscan_track_range *ranges, size_t count,
                          memscan_track_point *point, memscan_error *error)
{
    if (target->track->uffd < 0 && ms_linux_dirty_works(target)) {
        memscan_status status = ms_linux_dirty_track(target, ranges, count, point, error);
        if (status != MEMSCAN_NOT_SUPPORTED || lasting)
            return status;
    }
    if (lasting) {
        ms_fail(error, MEMSCAN_NOT_SUPPORTED,
                "on this system writes are tracked only while one memscan has the target "
                "open");
        ms_hint(error, "use `memscan shell --track`: there one memscan makes all the scans");
        return MEMSCAN_NOT_SUPPORTED;
    }
    memscan_status status = ms_linux_protect_open(target, error);
    return status == MEMSCAN_OK ? ms_linux_protect_track(target, ranges, count, point, error) : status;
}

memscan_status ms_linux_track(void *state, uint8_t lasting, const memscan_track_range *ranges, size_t count,
                              memscan_track_point *point, memscan_extent_fn *visit, void *context, memscan_error *error)
{
    linux_target *target = state;
    memscan_track_point moved = *point;
    *point = (memscan_track_point){ { 0 } };
    memscan_status status = begin(target, error);
    if (status != MEMSCAN_OK)
        return status;
    ms_array *told = &target->track->told;
    told->count = 0;
    status = ask(target, lasting != 0, ranges, count, &moved, error);
    if (status == MEMSCAN_OK)
        status = ms_linux_alive(target, error); /* the page tables of a dead image say nothing */
    if (status != MEMSCAN_OK)
        return status;
    for (size_t i = 0; i < told->count; i++)
        if (visit(ms_array_at(told, i), context))
            return ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    *point = moved;
    return MEMSCAN_OK;
}
