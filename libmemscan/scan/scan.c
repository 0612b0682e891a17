/* scan.c - the handle of a stateful search: its options, its history, its file. Judging memory is first_scan.c's and
 * next_scan.c's. */
#include "scanning.h"

#include "../base/error.h"
#include "../base/host.h"
#include "../base/options.h"
#include "../target/identity.h"

static void set_options(memscan_scan *scan, const memscan_scan_options *options)
{
    memscan_scan_options defaults = MEMSCAN_SCAN_OPTIONS_INIT;
    scan->options = defaults;
    ms_options_over(&scan->options, sizeof scan->options, options);
    scan->options.size = sizeof scan->options;
    if (scan->options.memory_limit == 0)
        scan->options.memory_limit = ms_available_memory() / 4;
}

memscan_status memscan_scan_create(memscan_target *target, const memscan_scan_options *options, memscan_scan **scan,
                                   memscan_error *error)
{
    *scan = NULL;
    memscan_scan *made = ms_alloc(target->allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->target = target;
    made->allocator = target->allocator;
    ms_match_set_init(&made->current, target->allocator);
    set_options(made, options);
    if (made->options.spill_folder) {
        made->options.spill_folder = ms_copy_text(made->allocator, made->options.spill_folder);
        if (!made->options.spill_folder) {
            memscan_scan_destroy(made);
            return ms_fail_memory(error);
        }
    }
    *scan = made;
    return MEMSCAN_OK;
}

void ms_scan_forget_block(memscan_scan *scan)
{
    if (scan->scratch) {
        ms_free(scan->allocator, scan->scratch, ms_block_blob_bound(scan->block.planes));
        ms_block_deinit(&scan->block);
    }
    scan->scratch = NULL;
}

void memscan_scan_destroy(memscan_scan *scan)
{
    if (!scan)
        return;
    ms_scan_forget_block(scan);
    ms_match_set_deinit(&scan->current);
    ms_session_destroy(scan->session);
    if (scan->options.spill_folder)
        ms_free(scan->allocator, (void *)(uintptr_t)scan->options.spill_folder, strlen(scan->options.spill_folder) + 1);
    ms_free(scan->allocator, scan, sizeof *scan);
}

memscan_status ms_scan_planes(uint32_t types, memscan_layout layout, uint64_t alignment, size_t longest,
                              ms_planes *planes, memscan_error *error)
{
    if (alignment > MS_BLOCK_BYTES)
        return ms_fail(error, MEMSCAN_INVALID, "an alignment is at most %u", MS_BLOCK_BYTES);
    *planes = (ms_planes){ 0 };
    for (uint32_t type = MEMSCAN_I8; type <= MEMSCAN_BITS; type++) {
        size_t width = memscan_type_width((memscan_type)type, layout.pointer_width);
        if (!(types & MEMSCAN_TYPE_BIT(type)))
            continue;
        if (planes->count == MS_PLANES_MAX)
            return ms_fail(error, MEMSCAN_LIMIT, "a session judges at most %u types", MS_PLANES_MAX);
        ms_plane *plane = &planes->plane[planes->count++];
        plane->type = type;
        plane->width = (uint32_t)(width ? width : longest);
        plane->stride = (uint32_t)(alignment ? alignment : width ? width : 1);
    }
    return planes->count ? MEMSCAN_OK : ms_fail(error, MEMSCAN_INVALID, "there is no type to judge");
}

size_t ms_scan_reach(const ms_planes *planes)
{
    size_t reach = 0;
    for (uint32_t p = 0; p < planes->count; p++) {
        const ms_plane *plane = &planes->plane[p];
        bool kept_inside = plane->width <= 8 && plane->stride % plane->width == 0; /* widths are powers of two */
        if (!kept_inside && plane->width - 1 > reach)
            reach = plane->width - 1;
    }
    return reach;
}

memscan_status ms_scan_load_current(memscan_scan *scan, memscan_error *error)
{
    ms_match_set set;
    ms_match_set_init(&set, scan->allocator);
    memscan_status status = ms_session_load(scan->session, ms_session_current(scan->session), &set, error);
    if (status != MEMSCAN_OK) {
        ms_match_set_deinit(&set);
        return status;
    }
    ms_scan_forget_block(scan);
    ms_match_set_deinit(&scan->current);
    scan->current = set;
    return MEMSCAN_OK;
}

static memscan_status fail_without_scan(memscan_error *error)
{
    return ms_fail(error, MEMSCAN_INVALID, "there is no first scan yet");
}

/* One step to another place in the history; goes back there when its matches cannot be loaded. */
static memscan_status move(memscan_scan *scan, memscan_status (*go)(ms_session *, memscan_error *),
                           memscan_status (*back)(ms_session *, memscan_error *), memscan_error *error)
{
    if (!scan->session)
        return fail_without_scan(error);
    memscan_status status = go(scan->session, error);
    if (status != MEMSCAN_OK)
        return status;
    status = ms_scan_load_current(scan, error);
    if (status != MEMSCAN_OK)
        (void)back(scan->session, NULL);
    return status;
}

memscan_status memscan_scan_undo(memscan_scan *scan, memscan_error *error)
{
    return move(scan, ms_session_undo, ms_session_redo, error);
}

memscan_status memscan_scan_redo(memscan_scan *scan, memscan_error *error)
{
    return move(scan, ms_session_redo, ms_session_undo, error);
}

memscan_status memscan_scan_mark(memscan_scan *scan, const char *name, memscan_error *error)
{
    return scan->session ? ms_session_mark(scan->session, name, error) : fail_without_scan(error);
}

memscan_status memscan_scan_save(memscan_scan *scan, const char *path, memscan_error *error)
{
    return scan->session ? ms_session_save(scan->session, path, &scan->current, error) : fail_without_scan(error);
}

void memscan_untrack(memscan_target *target)
{
    if (target->platform.untrack)
        target->platform.untrack(target->state);
    target->tracked = false;
}

uint64_t memscan_scan_count(const memscan_scan *scan)
{
    return scan->current.matches;
}

uint32_t memscan_scan_types(const memscan_scan *scan)
{
    uint32_t types = 0;
    for (uint32_t p = 0; scan->session && p < scan->session->planes.count; p++)
        types |= MEMSCAN_TYPE_BIT(scan->session->planes.plane[p].type);
    return types;
}

void memscan_scan_rebased(const memscan_scan *scan, uint64_t *carried, uint64_t *dropped)
{
    *carried = scan->carried;
    *dropped = scan->dropped;
}

static int show_step(const ms_step *step, bool current, const char *name, memscan_scan_step_fn *visit, void *context)
{
    memscan_scan_step shown = { step->expression, step->unix_time, step->matches, step->failed, current, name };
    return visit(&shown, context);
}

memscan_status memscan_scan_steps(const memscan_scan *scan, memscan_scan_step_fn *visit, void *context,
                                  memscan_error *error)
{
    const ms_session *session = scan->session;
    int stop = 0;
    for (size_t i = 0; session && i < session->steps.count && !stop; i++)
        stop = show_step(ms_array_at(&session->steps, i), i == session->current, NULL, visit, context);
    for (size_t i = 0; session && i < session->marks.count && !stop; i++) {
        const ms_mark *mark = ms_array_at(&session->marks, i);
        stop = show_step(&mark->step, false, mark->name, visit, context);
    }
    return stop ? ms_fail(error, MEMSCAN_STOPPED, "stopped by the caller") : MEMSCAN_OK;
}

/* The session belongs to this target, or is carried over to it. */
static memscan_status settle_identity(memscan_scan *scan, const char *path, memscan_error *error)
{
    memscan_identity identity;
    memscan_layout layout = scan->target->facts.target.layout;
    memscan_status status = ms_target_identity(scan->target, &identity, error);
    if (status != MEMSCAN_OK)
        return status;
    if (scan->session->layout.pointer_width != layout.pointer_width)
        return ms_fail(error, MEMSCAN_MISMATCH, "the session belongs to a %d-bit process",
                       8 * scan->session->layout.pointer_width);
    memscan_error why;
    status = ms_identity_compare(&scan->session->identity, &identity, &why);
    if (status == MEMSCAN_MISMATCH && scan->options.rebase) {
        status = ms_scan_rebase(scan, error);
        return status == MEMSCAN_OK ? ms_session_save(scan->session, path, &scan->current, error) : status;
    }
    if (status != MEMSCAN_OK && error)
        *error = why;
    return status;
}

memscan_status memscan_scan_open(memscan_target *target, const char *path, const memscan_scan_options *options,
                                 memscan_scan **scan, memscan_error *error)
{
    memscan_scan *made;
    memscan_status status = memscan_scan_create(target, options, &made, error);
    *scan = NULL;
    if (status != MEMSCAN_OK)
        return status;
    status = ms_session_open(made->allocator, path, &made->session, error);
    if (status == MEMSCAN_OK && !ms_session_current(made->session))
        status = ms_fail(error, MEMSCAN_CORRUPT, "the session holds no scan");
    if (status == MEMSCAN_OK)
        status = ms_scan_load_current(made, error);
    if (status == MEMSCAN_OK)
        status = settle_identity(made, path, error);
    if (status != MEMSCAN_OK) {
        memscan_scan_destroy(made);
        return status;
    }
    *scan = made;
    return MEMSCAN_OK;
}
