/* session_file.c - a session as a file: one header page, then the store (docs/formats.md).
 *
 * The header's two slots take turns; the one with the higher generation is the session. Whatever a slot names was
 * written and synced before the slot itself, and a slot lies within one disk sector. So a power cut or a kill leaves
 * the old session or the new one. Bytes behind what the slot speaks of were never committed and are ignored. */
#include "session.h"

#include <stdio.h>

#include "../base/alloc.h"
#include "../base/checksum.h"
#include "../base/error.h"
#include "../base/wire.h"
#include "../value/type.h"
#include "sum.h"

#define HEADER_BYTES   4096u
#define SLOT_BYTES     48u
#define FORMAT_VERSION 1u

static const uint8_t magic[8] = { 'M', 'E', 'M', 'S', 'C', 'A', 'N', 0x1a };
static const uint32_t slot_offset[2] = { 512, 1024 };

typedef struct slot {
    uint64_t generation;
    uint64_t length; /* of the store */
    ms_blob history;
} slot;

static void encode_slot(const slot *from, uint8_t *bytes)
{
    ms_store_uint(bytes, from->generation, 8, 0);
    ms_store_uint(bytes + 8, from->length, 8, 0);
    ms_store_uint(bytes + 16, from->history.offset, 8, 0);
    ms_store_uint(bytes + 24, from->history.length, 8, 0);
    ms_store_uint(bytes + 32, from->history.checksum, 8, 0);
    ms_store_uint(bytes + 40, ms_checksum(bytes, 40), 8, 0);
}

static bool decode_slot(const uint8_t *bytes, slot *to)
{
    to->generation = ms_load_uint(bytes, 8, 0);
    to->length = ms_load_uint(bytes + 8, 8, 0);
    to->history.offset = ms_load_uint(bytes + 16, 8, 0);
    to->history.length = ms_load_uint(bytes + 24, 8, 0);
    to->history.checksum = ms_load_uint(bytes + 32, 8, 0);
    return ms_load_uint(bytes + 40, 8, 0) == ms_checksum(bytes, 40);
}

/* The header without its slots: all of it is known, so that any damage shows. */
static void encode_header(uint8_t header[HEADER_BYTES])
{
    memset(header, 0, HEADER_BYTES);
    memcpy(header, magic, sizeof magic);
    ms_store_uint(header + 8, FORMAT_VERSION, 4, 0);
    ms_store_uint(header + 12, HEADER_BYTES, 4, 0);
}

static void write_identity(ms_writer *writer, const memscan_identity *identity)
{
    ms_write_counted(writer, identity->boot, strlen(identity->boot));
    ms_write_uint(writer, identity->pid, 8);
    ms_write_uint(writer, identity->start_time, 8);
    ms_write_uint(writer, identity->device, 8);
    ms_write_uint(writer, identity->inode, 8);
    ms_write_uint(writer, identity->load_address, 8);
    ms_write_uint(writer, identity->stack_address, 8);
    ms_write_counted(writer, identity->build_id, identity->build_id_length);
    ms_write_counted(writer, identity->executable, strlen(identity->executable));
}

static void write_step(ms_writer *writer, const ms_step *step)
{
    ms_write_counted(writer, step->expression, strlen(step->expression));
    ms_write_uint(writer, step->unix_time, 8);
    ms_write_uint(writer, step->matches, 8);
    ms_write_uint(writer, step->failed, 8);
    ms_write_uint(writer, step->set.offset, 8);
    ms_write_uint(writer, step->set.length, 8);
    ms_write_uint(writer, step->set.checksum, 8);
}

static void write_lists(ms_writer *writer, const ms_session *session)
{
    ms_write_uint(writer, session->modules.count, 4);
    for (size_t i = 0; i < session->modules.count; i++) {
        const ms_session_module *module = ms_array_at(&session->modules, i);
        ms_write_uint(writer, module->base, 8);
        ms_write_uint(writer, module->size, 8);
        ms_write_counted(writer, module->path, strlen(module->path));
        ms_write_counted(writer, module->build_id, module->build_id_length);
    }
    ms_write_uint(writer, session->steps.count, 4);
    ms_write_uint(writer, session->current, 4);
    for (size_t i = 0; i < session->steps.count; i++)
        write_step(writer, ms_array_at(&session->steps, i));
    ms_write_uint(writer, session->marks.count, 4);
    for (size_t i = 0; i < session->marks.count; i++) {
        const ms_mark *mark = ms_array_at(&session->marks, i);
        ms_write_counted(writer, mark->name, strlen(mark->name));
        write_step(writer, &mark->step);
    }
}

/* Only where there is something to tell: a session that is not tracked is as it was before there was tracking. */
static void write_tracked(ms_writer *writer, const ms_tracked *tracked)
{
    if (ms_track_point_is_none(&tracked->point))
        return;
    for (int i = 0; i < 4; i++)
        ms_write_uint(writer, tracked->point.word[i], 8);
    ms_write_uint(writer, tracked->step.offset, 8);
    ms_write_uint(writer, tracked->step.length, 8);
    ms_write_uint(writer, tracked->unread.count, 4);
    for (size_t i = 0; i < tracked->unread.count; i++) {
        const memscan_extent *unread = ms_array_at(&tracked->unread, i);
        ms_write_uint(writer, unread->start, 8);
        ms_write_uint(writer, unread->size, 8);
    }
}

memscan_status ms_history_write(const ms_session *session, ms_blob *blob, memscan_error *error)
{
    ms_writer writer;
    ms_writer_init(&writer, session->allocator);
    ms_write_uint(&writer, session->layout.pointer_width, 1);
    ms_write_uint(&writer, session->layout.big_endian, 1);
    ms_write_uint(&writer, session->planes.count, 4);
    for (uint32_t p = 0; p < session->planes.count; p++) {
        ms_write_uint(&writer, session->planes.plane[p].type, 4);
        ms_write_uint(&writer, session->planes.plane[p].stride, 4);
        ms_write_uint(&writer, session->planes.plane[p].width, 4);
    }
    write_identity(&writer, &session->identity);
    ms_write_counted(&writer, session->question, strlen(session->question));
    write_lists(&writer, session);
    write_tracked(&writer, &session->tracked);
    memscan_status status = writer.failed
                                ? ms_fail_memory(error)
                                : ms_store_append(session->store, writer.bytes.items, writer.bytes.count, blob, error);
    ms_writer_deinit(&writer);
    return status;
}

/* Text that must be free of NULs and fits its place; false otherwise. */
static bool read_text_into(ms_reader *reader, char *out, size_t capacity)
{
    size_t length;
    const uint8_t *text = ms_read_counted(reader, &length);
    if (!text || length >= capacity || memchr(text, 0, length))
        return false;
    memcpy(out, text, length);
    out[length] = '\0';
    return true;
}

/* Text as a new string. *sound becomes false when it is none; NULL with *sound unchanged: memory ran out. */
static char *read_text(const memscan_allocator *allocator, ms_reader *reader, bool *sound)
{
    size_t length;
    const uint8_t *text = ms_read_counted(reader, &length);
    if (!text || memchr(text, 0, length)) {
        *sound = false;
        return NULL;
    }
    char *copy = ms_alloc(allocator, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

static bool read_build_id(ms_reader *reader, uint8_t out[32], uint32_t *length_out)
{
    size_t length;
    const uint8_t *id = ms_read_counted(reader, &length);
    if (!id || length > 32)
        return false;
    memcpy(out, id, length);
    *length_out = (uint32_t)length;
    return true;
}

static bool read_identity(ms_reader *reader, memscan_identity *identity)
{
    if (!read_text_into(reader, identity->boot, sizeof identity->boot))
        return false;
    identity->pid = ms_read_uint(reader, 8);
    identity->start_time = ms_read_uint(reader, 8);
    identity->device = ms_read_uint(reader, 8);
    identity->inode = ms_read_uint(reader, 8);
    identity->load_address = ms_read_uint(reader, 8);
    identity->stack_address = ms_read_uint(reader, 8);
    return read_build_id(reader, identity->build_id, &identity->build_id_length) &&
           read_text_into(reader, identity->executable, sizeof identity->executable);
}

/* Values are judged by their type's width where it has one: a plane that says another would have bytes read that are
 * not there. */
static bool is_plane(const ms_plane *plane, unsigned pointer_width)
{
    memscan_type type = (memscan_type)plane->type;
    const ms_type_facts *facts = ms_type(type);
    if (!facts || facts->class == MS_CLASS_SET || (facts->class == MS_CLASS_BYTES && !ms_type_is_bytes(type)))
        return false;
    size_t width = memscan_type_width(type, pointer_width);
    return plane->stride >= 1 && plane->stride <= MS_BLOCK_BYTES &&
           (width ? plane->width == width : plane->width >= 1 && plane->width <= MS_BLOCK_TAIL);
}

static bool read_planes(ms_reader *reader, ms_session *session)
{
    session->layout.pointer_width = (uint8_t)ms_read_uint(reader, 1);
    session->layout.big_endian = (uint8_t)ms_read_uint(reader, 1);
    session->planes.count = (uint32_t)ms_read_uint(reader, 4);
    bool sound = (session->layout.pointer_width == 4 || session->layout.pointer_width == 8) &&
                 session->planes.count >= 1 && session->planes.count <= MS_PLANES_MAX;
    for (uint32_t p = 0; sound && p < session->planes.count; p++) {
        ms_plane *plane = &session->planes.plane[p];
        plane->type = (uint32_t)ms_read_uint(reader, 4);
        plane->stride = (uint32_t)ms_read_uint(reader, 4);
        plane->width = (uint32_t)ms_read_uint(reader, 4);
        sound = is_plane(plane, session->layout.pointer_width);
    }
    return sound && !reader->failed;
}

/* A step into `step`. False with *sound true: memory ran out. */
static bool read_step(const memscan_allocator *allocator, ms_reader *reader, ms_step *step, bool *sound)
{
    step->expression = read_text(allocator, reader, sound);
    if (!step->expression)
        return false;
    step->unix_time = ms_read_uint(reader, 8);
    step->matches = ms_read_uint(reader, 8);
    step->failed = ms_read_uint(reader, 8);
    step->set.offset = ms_read_uint(reader, 8);
    step->set.length = ms_read_uint(reader, 8);
    step->set.checksum = ms_read_uint(reader, 8);
    *sound = *sound && !reader->failed;
    return *sound;
}

static bool read_modules(ms_session *session, ms_reader *reader, bool *sound)
{
    uint64_t count = ms_read_uint(reader, 4);
    for (uint64_t i = 0; i < count; i++) {
        ms_session_module *module = ms_array_push(&session->modules);
        if (!module)
            return false;
        module->base = ms_read_uint(reader, 8);
        module->size = ms_read_uint(reader, 8);
        module->path = read_text(session->allocator, reader, sound);
        if (!module->path)
            return false;
        *sound = *sound && read_build_id(reader, module->build_id, &module->build_id_length);
        if (!*sound)
            return false;
    }
    return true;
}

static bool read_steps(ms_session *session, ms_reader *reader, bool *sound)
{
    uint64_t count = ms_read_uint(reader, 4);
    session->current = (size_t)ms_read_uint(reader, 4);
    for (uint64_t i = 0; i < count; i++) {
        ms_step *step = ms_array_push(&session->steps);
        if (!step || !read_step(session->allocator, reader, step, sound))
            return false;
    }
    *sound = *sound && (count == 0 ? session->current == 0 : session->current < count);
    return *sound;
}

static bool read_marks(ms_session *session, ms_reader *reader, bool *sound)
{
    uint64_t count = ms_read_uint(reader, 4);
    for (uint64_t i = 0; i < count; i++) {
        ms_mark *mark = ms_array_push(&session->marks);
        if (!mark)
            return false;
        mark->name = read_text(session->allocator, reader, sound);
        if (!mark->name || !read_step(session->allocator, reader, &mark->step, sound))
            return false;
    }
    *sound = *sound && !reader->failed;
    return *sound;
}

static bool read_tracked(ms_session *session, ms_reader *reader, bool *sound)
{
    ms_tracked *tracked = &session->tracked;
    uint64_t end = 0; /* of the one before; 0 again: that one reaches the end of all addresses */
    if (ms_reader_left(reader) == 0)
        return true;
    for (int i = 0; i < 4; i++)
        tracked->point.word[i] = ms_read_uint(reader, 8);
    tracked->step.offset = ms_read_uint(reader, 8);
    tracked->step.length = ms_read_uint(reader, 8);
    uint64_t count = ms_read_uint(reader, 4);
    *sound = !ms_track_point_is_none(&tracked->point) && count <= MS_TRACKED_UNREAD &&
             ms_reader_left(reader) == 16 * count && !reader->failed;
    for (uint64_t i = 0; *sound && i < count; i++) {
        memscan_extent *unread = ms_array_push(&tracked->unread);
        if (!unread)
            return false;
        unread->start = ms_read_uint(reader, 8);
        unread->size = ms_read_uint(reader, 8);
        *sound = unread->size && (i == 0 || end) && unread->start >= end &&
                 unread->start + (unread->size - 1) >= unread->start;
        end = unread->start + unread->size;
    }
    return *sound;
}

static bool read_history(ms_session *session, ms_reader *reader, bool *sound)
{
    *sound = read_planes(reader, session) && read_identity(reader, &session->identity);
    if (!*sound)
        return false;
    session->question = read_text(session->allocator, reader, sound);
    return session->question && read_modules(session, reader, sound) && read_steps(session, reader, sound) &&
           read_marks(session, reader, sound) && read_tracked(session, reader, sound);
}

memscan_status ms_history_read(ms_session *session, const ms_blob *blob, memscan_error *error)
{
    if (blob->length == 0 || blob->length > ms_store_length(session->store))
        return ms_fail(error, MEMSCAN_CORRUPT, "the session's history is damaged");
    uint8_t *bytes = ms_alloc(session->allocator, (size_t)blob->length);
    if (!bytes)
        return ms_fail_memory(error);
    memscan_status status = ms_store_read(session->store, blob, bytes, error);
    if (status == MEMSCAN_OK) {
        bool sound = true;
        ms_reader reader;
        ms_reader_init(&reader, bytes, (size_t)blob->length);
        if (!read_history(session, &reader, &sound))
            status =
                sound ? ms_fail_memory(error) : ms_fail(error, MEMSCAN_CORRUPT, "the session's history is damaged");
    }
    ms_free(session->allocator, bytes, (size_t)blob->length);
    return status;
}

static memscan_status write_slot(ms_session *session, ms_file *file, const ms_blob *history, memscan_error *error)
{
    uint8_t bytes[SLOT_BYTES];
    slot next = { session->generation + 1, ms_store_length(session->store), *history };
    encode_slot(&next, bytes);
    memscan_status status = ms_file_write_at(file, slot_offset[next.generation % 2], bytes, SLOT_BYTES, error);
    return status == MEMSCAN_OK ? ms_file_sync(file, error) : status;
}

memscan_status ms_session_commit(ms_session *session, memscan_error *error)
{
    ms_blob history;
    ms_file *file = ms_store_file(session->store);
    if (!file) {
        session->committed = ms_store_length(session->store);
        return MEMSCAN_OK;
    }
    memscan_status status = ms_history_write(session, &history, error);
    if (status == MEMSCAN_OK)
        status = ms_store_flush(session->store, true, error);
    if (status != MEMSCAN_OK) {
        ms_store_shorten(session->store, session->committed);
        return status;
    }
    /* From here on nothing is cut off again: the slot may have reached the disk although the call failed. The next
     * commit writes the same slot. */
    session->committed = ms_store_length(session->store);
    status = write_slot(session, file, &history, error);
    session->generation += status == MEMSCAN_OK;
    return status;
}

/* BUSY: another memscan has the file, or had it and has put it in its place meanwhile. */
static memscan_status lock_named(ms_file *file, const char *name, memscan_error *error)
{
    bool named;
    memscan_status status = ms_file_lock(file, error);
    if (status == MEMSCAN_OK)
        status = ms_file_is_named(file, name, &named, error);
    if (status == MEMSCAN_OK && !named)
        return ms_fail(error, MEMSCAN_BUSY, "another memscan is saving the same session");
    return status;
}

/* A file that was there may be emptied: no other memscan has it, and it is what a killed memscan left behind, not
 * something else that happens to be called so. */
static memscan_status claim_leftover(ms_file *file, const char *name, memscan_error *error)
{
    uint64_t size;
    uint8_t begin[sizeof magic];
    memscan_status status = lock_named(file, name, error);
    if (status == MEMSCAN_OK)
        status = ms_file_size(file, &size, error);
    if (status == MEMSCAN_OK && size > 0 &&
        (ms_file_read_at(file, 0, begin, sizeof begin, error) != MEMSCAN_OK || memcmp(begin, magic, sizeof magic) != 0))
        return ms_fail(
            error, MEMSCAN_INVALID,
            "beside the session there is a file with \".new\" behind its name, and it is no session: move it");
    return status == MEMSCAN_OK ? ms_file_truncate(file, 0, error) : status;
}

static memscan_status create_locked(const memscan_allocator *allocator, const char *name, ms_file **file,
                                    memscan_error *error)
{
    memscan_status status = ms_file_open(allocator, name, MS_FILE_CREATE, file, error);
    if (status != MEMSCAN_OK)
        return status;
    status = lock_named(*file, name, error);
    if (status != MEMSCAN_OK && status != MEMSCAN_BUSY) /* busy: who took it over before it was locked keeps it */
        (void)ms_file_remove(name, NULL);
    if (status != MEMSCAN_OK)
        ms_file_close(*file);
    return status;
}

/* The file in which a new session grows before it takes the name `path`: "<path>.new", locked. One that a killed memscan
 * of the same user left behind is taken over. BUSY: another memscan is at it. */
static memscan_status open_fresh(const memscan_allocator *allocator, const char *path, char **fresh, ms_file **file,
                                 memscan_error *error)
{
    size_t length = strlen(path) + sizeof ".new";
    memscan_status status = ms_file_may_replace(path, error);
    *fresh = NULL;
    if (status != MEMSCAN_OK)
        return status;
    *fresh = ms_alloc(allocator, length);
    if (!*fresh)
        return ms_fail_memory(error);
    snprintf(*fresh, length, "%s.new", path);
    memscan_error why;
    status = ms_file_open(allocator, *fresh, MS_FILE_OPEN_OURS, file, &why);
    if (status == MEMSCAN_NOT_FOUND) {
        status = create_locked(allocator, *fresh, file, error);
    } else if (status == MEMSCAN_OK) {
        status = claim_leftover(*file, *fresh, error);
        if (status != MEMSCAN_OK)
            ms_file_close(*file);
    } else if (error) {
        *error = why;
        if (status == MEMSCAN_INVALID || status == MEMSCAN_DENIED)
            ms_hint(error, "a session is written under that name before it takes its own: remove what is there, or "
                           "give the session another name");
    }
    if (status != MEMSCAN_OK) {
        ms_free_text(allocator, *fresh);
        *fresh = NULL;
    }
    return status;
}

/* Gives the file at `from` the name `path`. A session that another memscan uses there keeps it: BUSY; so does what
 * cannot be opened, since nothing tells whether it is in use. `ours` is the session that we have open there ourselves,
 * or NULL. */
static memscan_status replace_file(const memscan_allocator *allocator, const char *from, const char *path,
                                   ms_session *ours, memscan_error *error)
{
    ms_file *old, *our_file = ours ? ms_store_file(ours->store) : NULL;
    memscan_error why;
    bool is_ours = false;
    memscan_status status = our_file ? ms_file_is_named(our_file, path, &is_ours, error) : MEMSCAN_OK;
    if (status != MEMSCAN_OK)
        return status;
    if (is_ours)
        return ms_file_rename(from, path, error);
    status = ms_file_open(allocator, path, MS_FILE_OPEN, &old, &why);
    if (status == MEMSCAN_NOT_FOUND)
        return ms_file_rename(from, path, error);
    if (status != MEMSCAN_OK) {
        if (error)
            *error = why;
        return status;
    }
    status = ms_file_lock(old, error);
    if (status == MEMSCAN_OK)
        status = ms_file_rename(from, path, error);
    ms_file_close(old);
    return status;
}

/* Header, store and both slots into a new file. */
static memscan_status write_whole(ms_session *session, ms_file *file, memscan_error *error)
{
    uint8_t header[HEADER_BYTES];
    slot first = { .generation = 1 };
    memscan_status status = ms_history_write(session, &first.history, error);
    if (status != MEMSCAN_OK)
        return status;
    first.length = ms_store_length(session->store);
    encode_header(header);
    encode_slot(&first, header + slot_offset[1]);
    first.generation = 0;
    encode_slot(&first, header + slot_offset[0]);
    status = ms_file_write_at(file, 0, header, HEADER_BYTES, error);
    if (status == MEMSCAN_OK)
        status = ms_store_copy(session->store, file, HEADER_BYTES, error);
    return status == MEMSCAN_OK ? ms_file_sync(file, error) : status;
}

memscan_status ms_session_save(ms_session *session, const char *path, ms_match_set *current, memscan_error *error)
{
    char *fresh;
    ms_unsummed unsummed;
    ms_store *store = NULL;
    ms_file *file = ms_store_file(session->store);
    bool named = false;
    memscan_status status = file ? ms_file_is_named(file, path, &named, error) : MEMSCAN_OK;
    if (status != MEMSCAN_OK || named)
        return status; /* every change was committed there as it was made */
    uint64_t before = ms_store_length(session->store);
    status = open_fresh(session->allocator, path, &fresh, &file, error);
    if (status != MEMSCAN_OK)
        return status;
    status = ms_session_sum(session, &unsummed, error);
    bool summed = status == MEMSCAN_OK;
    if (summed)
        status = write_whole(session, file, error);
    uint64_t length = ms_store_length(session->store);
    if (status == MEMSCAN_OK) {
        status = ms_store_open(session->allocator, file, HEADER_BYTES, length, &store, error);
        file = NULL; /* the store's, also when that failed */
    }
    if (status == MEMSCAN_OK)
        status = replace_file(session->allocator, fresh, path, NULL, error);
    if (status != MEMSCAN_OK) {
        (void)ms_file_remove(fresh, NULL); /* while it is locked: later the name may be another memscan's */
        ms_store_destroy(store);
        ms_file_close(file);
        if (summed)
            ms_session_unsum(session, &unsummed);
        ms_store_shorten(session->store, before);
    } else {
        if (unsummed.sets.count && current) {
            ms_match_set_deinit(current);
            *current = unsummed.current;
            ms_match_set_init(&unsummed.current, session->allocator);
        }
        ms_unsummed_deinit(&unsummed);
        ms_store_destroy(session->store);
        session->store = store;
        session->committed = length;
        session->generation = 1;
    }
    ms_free_text(session->allocator, fresh);
    return status;
}

memscan_status ms_session_begin_file(ms_session *session, const char *path, memscan_error *error)
{
    uint8_t header[HEADER_BYTES];
    static const slot nothing = { 0 };
    ms_store *store = NULL;
    ms_file *file;
    memscan_status status = open_fresh(session->allocator, path, &session->fresh, &file, error);
    if (status != MEMSCAN_OK)
        return status;
    encode_header(header);
    encode_slot(&nothing, header + slot_offset[0]);
    encode_slot(&nothing, header + slot_offset[1]);
    status = ms_file_write_at(file, 0, header, HEADER_BYTES, error);
    if (status != MEMSCAN_OK) {
        ms_session_discard_file(session);
        ms_file_close(file);
        return status;
    }
    status = ms_store_open(session->allocator, file, HEADER_BYTES, 0, &store, error);
    if (status != MEMSCAN_OK)
        return status;
    ms_store_destroy(session->store);
    session->store = store;
    return MEMSCAN_OK;
}

memscan_status ms_session_put_in_place(ms_session *session, const char *path, ms_session *before, memscan_error *error)
{
    memscan_status status = replace_file(session->allocator, session->fresh, path, before, error);
    if (status == MEMSCAN_OK) {
        ms_free_text(session->allocator, session->fresh);
        session->fresh = NULL;
    }
    return status;
}

void ms_session_discard_file(ms_session *session)
{
    if (session->fresh)
        (void)ms_file_remove(session->fresh, NULL);
    ms_free_text(session->allocator, session->fresh);
    session->fresh = NULL;
}

/* The slot that stands. CORRUPT: not a session, or damaged. */
static memscan_status read_header(ms_file *file, slot *chosen, memscan_error *error)
{
    uint8_t header[HEADER_BYTES], expected[HEADER_BYTES];
    slot slots[2];
    if (ms_file_read_at(file, 0, header, HEADER_BYTES, error) != MEMSCAN_OK || memcmp(header, magic, sizeof magic) != 0)
        return ms_fail(error, MEMSCAN_CORRUPT, "this is not a memscan session file");
    if (ms_load_uint(header + 8, 4, 0) != FORMAT_VERSION)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "the session file has format version %u; this memscan reads %u",
                       (unsigned)ms_load_uint(header + 8, 4, 0), FORMAT_VERSION);
    bool sound = decode_slot(header + slot_offset[0], &slots[0]) && decode_slot(header + slot_offset[1], &slots[1]);
    encode_header(expected);
    for (int i = 0; i < 2; i++)
        memcpy(expected + slot_offset[i], header + slot_offset[i], SLOT_BYTES);
    if (!sound || memcmp(header, expected, HEADER_BYTES) != 0)
        return ms_fail(error, MEMSCAN_CORRUPT, "the session file's header is damaged");
    *chosen = slots[slots[1].generation > slots[0].generation];
    uint64_t size;
    memscan_status status = ms_file_size(file, &size, error);
    if (status == MEMSCAN_OK && (size < HEADER_BYTES || chosen->length > size - HEADER_BYTES))
        status = ms_fail(error, MEMSCAN_CORRUPT, "the session file was cut short");
    return status;
}

static memscan_status open_locked(const memscan_allocator *allocator, const char *path, ms_file **file,
                                  memscan_error *error)
{
    for (;;) {
        memscan_status status = ms_file_open(allocator, path, MS_FILE_OPEN, file, error);
        if (status != MEMSCAN_OK)
            return status;
        bool named = false;
        status = ms_file_lock(*file, error);
        if (status == MEMSCAN_OK)
            status = ms_file_is_named(*file, path, &named, error);
        if (named)
            return MEMSCAN_OK;
        ms_file_close(*file);
        if (status != MEMSCAN_OK)
            return status; /* else another memscan put a new session in its place: open that one */
    }
}

static memscan_status open_session(ms_session *session, ms_file *file, memscan_error *error)
{
    slot chosen = { 0 };
    memscan_status status = read_header(file, &chosen, error);
    if (status != MEMSCAN_OK) {
        ms_file_close(file);
        return status;
    }
    status = ms_store_open(session->allocator, file, HEADER_BYTES, chosen.length, &session->store, error);
    if (status != MEMSCAN_OK)
        return status;
    session->generation = chosen.generation;
    session->committed = chosen.length;
    return ms_history_read(session, &chosen.history, error);
}

memscan_status ms_session_open(const memscan_allocator *allocator, const char *path, ms_session **session,
                               memscan_error *error)
{
    ms_file *file;
    memscan_status status = open_locked(allocator, path, &file, error);
    if (status != MEMSCAN_OK)
        return status;
    ms_session *made = ms_alloc(allocator, sizeof *made);
    if (!made) {
        ms_file_close(file);
        return ms_fail_memory(error);
    }
    made->allocator = allocator;
    ms_array_init(&made->modules, allocator, sizeof(ms_session_module));
    ms_array_init(&made->steps, allocator, sizeof(ms_step));
    ms_array_init(&made->marks, allocator, sizeof(ms_mark));
    ms_array_init(&made->tracked.unread, allocator, sizeof(memscan_extent));
    status = open_session(made, file, error);
    if (status != MEMSCAN_OK) {
        ms_session_destroy(made);
        return status;
    }
    *session = made;
    return MEMSCAN_OK;
}
