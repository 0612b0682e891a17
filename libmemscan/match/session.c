/* session.c - the steps of a session. Every change is made in memory first, then committed; when the commit fails the
 * change is taken back, so that session and file never disagree. */
#include "session.h"

#include <time.h>

#include "../base/alloc.h"
#include "../base/error.h"
#include "../target/identity.h"

static void free_step(const memscan_allocator *allocator, ms_step *step)
{
    ms_free_text(allocator, step->expression);
}

memscan_status ms_session_create(const memscan_allocator *allocator, ms_store *store, const ms_planes *planes,
                                 memscan_layout layout, const memscan_identity *identity, const char *question,
                                 ms_session **session, memscan_error *error)
{
    ms_session *made = ms_alloc(allocator, sizeof *made);
    if (!made) {
        ms_store_destroy(store);
        return ms_fail_memory(error);
    }
    made->allocator = allocator;
    made->store = store;
    made->planes = *planes;
    made->layout = layout;
    made->identity = *identity;
    ms_array_init(&made->modules, allocator, sizeof(ms_session_module));
    ms_array_init(&made->steps, allocator, sizeof(ms_step));
    ms_array_init(&made->marks, allocator, sizeof(ms_mark));
    ms_array_init(&made->tracked.unread, allocator, sizeof(memscan_extent));
    made->question = ms_copy_text(allocator, question);
    if (!made->question) {
        ms_session_destroy(made);
        return ms_fail_memory(error);
    }
    *session = made;
    return MEMSCAN_OK;
}

void ms_session_destroy(ms_session *session)
{
    if (!session)
        return;
    const memscan_allocator *allocator = session->allocator;
    ms_session_discard_file(session);
    for (size_t i = 0; i < session->modules.count; i++)
        ms_free_text(allocator, ((ms_session_module *)ms_array_at(&session->modules, i))->path);
    for (size_t i = 0; i < session->steps.count; i++)
        free_step(allocator, ms_array_at(&session->steps, i));
    for (size_t i = 0; i < session->marks.count; i++) {
        ms_mark *mark = ms_array_at(&session->marks, i);
        ms_free_text(allocator, mark->name);
        free_step(allocator, &mark->step);
    }
    ms_array_deinit(&session->modules);
    ms_array_deinit(&session->steps);
    ms_array_deinit(&session->marks);
    ms_array_deinit(&session->tracked.unread);
    ms_free_text(allocator, session->question);
    ms_store_destroy(session->store);
    ms_free(allocator, session, sizeof *session);
}

memscan_status ms_session_add_module(ms_session *session, const memscan_module *module, memscan_error *error)
{
    char *path = ms_copy_text(session->allocator, module->path);
    ms_session_module *place = path ? ms_array_push(&session->modules) : NULL;
    if (!place) {
        ms_free_text(session->allocator, path);
        return ms_fail_memory(error);
    }
    place->base = module->base;
    place->size = module->size;
    place->path = path;
    if (module->build_id && module->build_id_length <= sizeof place->build_id) {
        place->build_id_length = (uint32_t)module->build_id_length;
        memcpy(place->build_id, module->build_id, module->build_id_length);
    }
    return MEMSCAN_OK;
}

/* The steps up to the current one, and the new one behind them, as an array of its own; strings are shared. */
static memscan_status extend_steps(const ms_session *session, const ms_step *step, ms_array *extended)
{
    size_t kept = session->steps.count ? session->current + 1 : 0;
    ms_array_init(extended, session->allocator, sizeof(ms_step));
    if (!ms_array_reserve(extended, kept + 1))
        return MEMSCAN_NO_MEMORY;
    for (size_t i = 0; i < kept; i++)
        *(ms_step *)ms_array_push(extended) = *(const ms_step *)ms_array_at(&session->steps, i);
    *(ms_step *)ms_array_push(extended) = *step;
    return MEMSCAN_OK;
}

static memscan_status commit_steps(ms_session *session, ms_array *extended, ms_tracked *tracked, memscan_error *error)
{
    ms_array before = session->steps;
    ms_tracked tracked_before = session->tracked;
    size_t current = session->current;
    session->tracked = *tracked;
    session->steps = *extended;
    session->current = extended->count - 1;
    memscan_status status = ms_session_commit(session, error);
    if (status != MEMSCAN_OK) {
        session->steps = before;
        session->current = current;
        session->tracked = tracked_before;
        ms_array_deinit(extended);
        return status;
    }
    ms_array_deinit(&tracked_before.unread);
    ms_array_init(&tracked->unread, session->allocator, sizeof(memscan_extent));
    for (size_t i = session->current; i < before.count; i++) /* what was undone is gone now */
        free_step(session->allocator, ms_array_at(&before, i));
    ms_array_deinit(&before);
    return MEMSCAN_OK;
}

memscan_status ms_session_add_step(ms_session *session, const ms_match_set *set, const char *expression,
                                   uint64_t failed, uint64_t before, ms_tracked *tracked, memscan_error *error)
{
    ms_array extended;
    ms_tracked none = { .point = { { 0 } } };
    ms_array_init(&none.unread, session->allocator, sizeof(memscan_extent));
    tracked = tracked ? tracked : &none;
    ms_step step = { .unix_time = (uint64_t)time(NULL), .matches = set->matches, .failed = failed };
    step.expression = ms_copy_text(session->allocator, expression);
    memscan_status status =
        step.expression ? ms_match_set_write(set, session->store, &step.set, error) : ms_fail_memory(error);
    if (status == MEMSCAN_OK && extend_steps(session, &step, &extended) != MEMSCAN_OK)
        status = ms_fail_memory(error);
    tracked->step = step.set;
    if (status == MEMSCAN_OK)
        status = commit_steps(session, &extended, tracked, error);
    if (status != MEMSCAN_OK) {
        free_step(session->allocator, &step);
        ms_session_take_back(session, before);
    }
    return status;
}

bool ms_track_point_is_none(const memscan_track_point *point)
{
    return (point->word[0] | point->word[1] | point->word[2] | point->word[3]) == 0;
}

const ms_tracked *ms_session_tracked(const ms_session *session)
{
    const ms_step *current = ms_session_current(session);
    const ms_blob *step = &session->tracked.step;
    return current && current->set.offset == step->offset && current->set.length == step->length &&
                   !ms_track_point_is_none(&session->tracked.point)
               ? &session->tracked
               : NULL;
}

void ms_session_take_back(ms_session *session, uint64_t before)
{
    ms_store_shorten(session->store, before > session->committed ? before : session->committed);
}

static memscan_status move_to(ms_session *session, size_t step, memscan_error *error)
{
    size_t before = session->current;
    session->current = step;
    memscan_status status = ms_session_commit(session, error);
    if (status != MEMSCAN_OK)
        session->current = before;
    return status;
}

memscan_status ms_session_undo(ms_session *session, memscan_error *error)
{
    if (session->steps.count == 0 || session->current == 0)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "nothing to undo: this is the first scan");
    return move_to(session, session->current - 1, error);
}

memscan_status ms_session_redo(ms_session *session, memscan_error *error)
{
    if (session->current + 1 >= session->steps.count)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "nothing to redo: this is the latest scan");
    return move_to(session, session->current + 1, error);
}

const ms_step *ms_session_current(const ms_session *session)
{
    return session->steps.count ? ms_array_at(&session->steps, session->current) : NULL;
}

static ms_mark *find_mark(const ms_session *session, const char *name)
{
    for (size_t i = 0; i < session->marks.count; i++) {
        ms_mark *mark = ms_array_at(&session->marks, i);
        if (strcmp(mark->name, name) == 0)
            return mark;
    }
    return NULL;
}

const ms_step *ms_session_since(const ms_session *session, const char *name)
{
    if (strcmp(name, "first") == 0)
        return session->steps.count ? ms_array_at(&session->steps, 0) : NULL;
    const ms_mark *mark = find_mark(session, name);
    return mark ? &mark->step : NULL;
}

static memscan_status check_name(const char *name, memscan_error *error)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    if (length == 0 || length > 64 || name[length] || strcmp(name, "first") == 0)
        return ms_fail(error, MEMSCAN_INVALID,
                       "a snapshot's name is 1 to 64 letters, digits, - and _, and not \"first\"");
    return MEMSCAN_OK;
}

/* Adds the mark and commits; the replaced one, if any, goes when that succeeded. */
static memscan_status commit_mark(ms_session *session, ms_mark mark, memscan_error *error)
{
    ms_mark *place = find_mark(session, mark.name);
    bool replaces = place != NULL;
    if (!place && !(place = ms_array_push(&session->marks)))
        return ms_fail_memory(error);
    ms_mark before = *place;
    *place = mark;
    memscan_status status = ms_session_commit(session, error);
    if (status != MEMSCAN_OK) {
        *place = before;
        session->marks.count -= !replaces;
    } else if (replaces) {
        ms_free_text(session->allocator, before.name);
        free_step(session->allocator, &before.step);
    }
    return status;
}

memscan_status ms_session_mark(ms_session *session, const char *name, memscan_error *error)
{
    const ms_step *current = ms_session_current(session);
    memscan_status status = check_name(name, error);
    if (status != MEMSCAN_OK)
        return status;
    if (!current)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "there is no scan yet to give a name to");
    ms_mark mark = { .step = *current };
    mark.name = ms_copy_text(session->allocator, name);
    mark.step.expression = ms_copy_text(session->allocator, current->expression);
    status = mark.name && mark.step.expression ? commit_mark(session, mark, error) : ms_fail_memory(error);
    if (status != MEMSCAN_OK) {
        ms_free_text(session->allocator, mark.name);
        ms_free_text(session->allocator, mark.step.expression);
    }
    return status;
}

memscan_status ms_session_load(ms_session *session, const ms_step *step, ms_match_set *set, memscan_error *error)
{
    memscan_status status = ms_match_set_read(set, session->store, &session->planes, &step->set, error);
    if (status == MEMSCAN_OK && set->matches != step->matches)
        status = ms_fail(error, MEMSCAN_CORRUPT, "the session's list of matches is damaged");
    return status;
}

memscan_status ms_identity_compare(const memscan_identity *session, const memscan_identity *target,
                                   memscan_error *error)
{
    const char *difference = ms_identity_difference(session, target);
    if (!difference)
        return MEMSCAN_OK;
    ms_fail(error, MEMSCAN_MISMATCH, "the session belongs to another process image: %s", difference);
    ms_hint(error, "start a new scan, or carry the matches over with --rebase");
    return MEMSCAN_MISMATCH;
}
