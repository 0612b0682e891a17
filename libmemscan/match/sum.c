/* sum.c - every blob is read once more for each step that refers to it: saving copies them all anyway. */
#include "sum.h"

#include "../base/checksum.h"
#include "../base/error.h"

static memscan_status sum_blob(ms_store *store, ms_blob *blob, uint8_t *scratch, memscan_error *error)
{
    const uint8_t *held = ms_store_hold(store, blob);
    if (held) {
        blob->checksum = ms_checksum(held, (size_t)blob->length);
        ms_store_give_back(store);
        return MEMSCAN_OK;
    }
    memscan_status status = ms_store_read(store, blob, scratch, error);
    if (status == MEMSCAN_OK)
        blob->checksum = ms_checksum(scratch, (size_t)blob->length);
    return status;
}

/* Reads the set of a step, sums its blobs, and appends it as the step's new set. */
static memscan_status sum_set(ms_session *session, ms_blob *blob, ms_match_set *set, uint8_t *scratch,
                              memscan_error *error)
{
    memscan_status status = ms_match_set_read(set, session->store, &session->planes, blob, error);
    for (size_t i = 0; i < set->refs.count && status == MEMSCAN_OK; i++) {
        ms_block_ref *ref = ms_array_at(&set->refs, i);
        if (ref->blob.length)
            status = sum_blob(session->store, &ref->blob, scratch, error);
        if (ref->left.length && status == MEMSCAN_OK)
            status = sum_blob(session->store, &ref->left, scratch, error);
    }
    return status == MEMSCAN_OK ? ms_match_set_write(set, session->store, blob, error) : status;
}

static ms_step *step_at(const ms_session *session, size_t index)
{
    if (index < session->steps.count)
        return ms_array_at(&session->steps, index);
    return &((ms_mark *)ms_array_at(&session->marks, index - session->steps.count))->step;
}

/* The set of one step; *set is what the current step keeps. */
static memscan_status sum_step(ms_session *session, size_t index, ms_match_set *current, uint8_t *scratch,
                               memscan_error *error)
{
    ms_match_set set;
    ms_match_set_init(&set, session->allocator);
    memscan_status status = sum_set(session, &step_at(session, index)->set, &set, scratch, error);
    if (status == MEMSCAN_OK && index == session->current && index < session->steps.count)
        *current = set;
    else
        ms_match_set_deinit(&set);
    return status;
}

static memscan_status remember(const ms_session *session, size_t count, ms_unsummed *before)
{
    for (size_t i = 0; i < count; i++) {
        ms_blob *place = ms_array_push(&before->sets);
        if (!place)
            return MEMSCAN_NO_MEMORY;
        *place = step_at(session, i)->set;
    }
    return MEMSCAN_OK;
}

memscan_status ms_session_sum(ms_session *session, ms_unsummed *before, memscan_error *error)
{
    size_t count = ms_store_sums(session->store) ? 0 : session->steps.count + session->marks.count;
    size_t room = ms_block_blob_bound(&session->planes);
    ms_array_init(&before->sets, session->allocator, sizeof(ms_blob));
    ms_match_set_init(&before->current, session->allocator);
    if (!count)
        return MEMSCAN_OK;
    uint8_t *scratch = ms_alloc(session->allocator, room);
    if (!scratch || remember(session, count, before) != MEMSCAN_OK) {
        ms_free(session->allocator, scratch, room);
        ms_unsummed_deinit(before);
        return ms_fail_memory(error);
    }
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < count && status == MEMSCAN_OK; i++)
        status = sum_step(session, i, &before->current, scratch, error);
    ms_free(session->allocator, scratch, room);
    if (status != MEMSCAN_OK)
        ms_session_unsum(session, before);
    return status;
}

void ms_session_unsum(ms_session *session, ms_unsummed *before)
{
    for (size_t i = 0; i < before->sets.count; i++)
        step_at(session, i)->set = *(ms_blob *)ms_array_at(&before->sets, i);
    ms_unsummed_deinit(before);
}

void ms_unsummed_deinit(ms_unsummed *before)
{
    ms_array_deinit(&before->sets);
    ms_match_set_deinit(&before->current);
}
