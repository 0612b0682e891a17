/* store.c - the bytes of a store lie in segments of 1 MiB. All of them are in memory until the limit is reached, then
 * all but the last are in a file; the last one always fills up in memory, so that small blobs cost no system call.
 * `filed` is how much of the store the file holds; a read takes what lies below it from the file and the rest from
 * the segments. */
#include "store.h"

#include "../base/alloc.h"
#include "../base/array.h"
#include "../base/checksum.h"
#include "../base/error.h"
#include "../base/host.h"

#define SEGMENT_BYTES ((size_t)1 << 20)

struct ms_store {
    const memscan_allocator *allocator;
    ms_mutex *mutex;
    ms_file *file; /* NULL: all in memory so far */
    bool named;    /* the file is a session's */
    char *folder;  /* where the nameless file goes, or NULL */
    uint64_t memory_limit;
    uint64_t origin;   /* where the store begins in the file */
    uint64_t length;   /* of the whole store */
    uint64_t filed;    /* bytes below this are in the file */
    ms_array segments; /* of uint8_t *: the bytes from `filed` on */
};

static memscan_status create(const memscan_allocator *allocator, ms_store **store)
{
    ms_store *made = ms_alloc(allocator, sizeof *made);
    if (!made)
        return MEMSCAN_NO_MEMORY;
    made->allocator = allocator;
    ms_array_init(&made->segments, allocator, sizeof(uint8_t *));
    made->mutex = ms_mutex_create(allocator);
    if (!made->mutex) {
        ms_free(allocator, made, sizeof *made);
        return MEMSCAN_NO_MEMORY;
    }
    *store = made;
    return MEMSCAN_OK;
}

memscan_status ms_store_create(const memscan_allocator *allocator, uint64_t memory_limit, const char *folder,
                               ms_store **store, memscan_error *error)
{
    ms_store *made;
    if (create(allocator, &made) != MEMSCAN_OK)
        return ms_fail_memory(error);
    made->memory_limit = memory_limit;
    if (folder && !(made->folder = ms_copy_text(allocator, folder))) {
        ms_store_destroy(made);
        return ms_fail_memory(error);
    }
    *store = made;
    return MEMSCAN_OK;
}

memscan_status ms_store_open(const memscan_allocator *allocator, ms_file *file, uint64_t origin, uint64_t length,
                             ms_store **store, memscan_error *error)
{
    ms_store *made;
    if (create(allocator, &made) != MEMSCAN_OK) {
        ms_file_close(file);
        return ms_fail_memory(error);
    }
    made->file = file;
    made->named = true;
    made->origin = origin;
    made->length = made->filed = length;
    *store = made;
    return MEMSCAN_OK;
}

static void drop_segments(ms_store *store, size_t keep)
{
    while (store->segments.count > keep) {
        store->segments.count--;
        ms_free(store->allocator, *(uint8_t **)ms_array_at(&store->segments, store->segments.count), SEGMENT_BYTES);
    }
}

void ms_store_destroy(ms_store *store)
{
    if (!store)
        return;
    drop_segments(store, 0);
    ms_array_deinit(&store->segments);
    ms_file_close(store->file);
    ms_mutex_destroy(store->mutex);
    ms_free_text(store->allocator, store->folder);
    ms_free(store->allocator, store, sizeof *store);
}

uint64_t ms_store_length(const ms_store *store)
{
    return store->length;
}

ms_file *ms_store_file(ms_store *store)
{
    return store->named ? store->file : NULL;
}

static uint8_t *segment_at(const ms_store *store, uint64_t offset)
{
    return *(uint8_t **)ms_array_at(&store->segments, (size_t)((offset - store->filed) / SEGMENT_BYTES));
}

/* Moves the segments to the file; the mutex is held. */
static memscan_status write_segments(ms_store *store, memscan_error *error)
{
    uint64_t at = store->filed;
    for (size_t s = 0; s < store->segments.count && at < store->length; s++) {
        size_t size = store->length - at < SEGMENT_BYTES ? (size_t)(store->length - at) : SEGMENT_BYTES;
        memscan_status status = ms_file_write_at(store->file, store->origin + at,
                                                 *(uint8_t **)ms_array_at(&store->segments, s), size, error);
        if (status != MEMSCAN_OK)
            return status;
        at += size;
    }
    store->filed = store->length;
    drop_segments(store, 1); /* one stays, to be filled again */
    return MEMSCAN_OK;
}

/* Makes sure that a segment for the byte at `length` is there; the mutex is held. */
static memscan_status make_room(ms_store *store, memscan_error *error)
{
    uint64_t held = store->length - store->filed;
    if (held < store->segments.count * (uint64_t)SEGMENT_BYTES)
        return MEMSCAN_OK;
    if (store->file && held > 0)
        return write_segments(store, error);
    if (!store->file && held + SEGMENT_BYTES > store->memory_limit) {
        memscan_status status = ms_file_open_nameless(store->allocator, store->folder, &store->file, error);
        if (status != MEMSCAN_OK)
            return status;
        if (held > 0)
            return write_segments(store, error);
    }
    uint8_t *segment = ms_resize(store->allocator, NULL, 0, SEGMENT_BYTES); /* not zeroed: filled before it is read */
    uint8_t **place = segment ? ms_array_push(&store->segments) : NULL;
    if (!place) {
        ms_free(store->allocator, segment, SEGMENT_BYTES);
        return ms_fail_memory(error);
    }
    *place = segment;
    return MEMSCAN_OK;
}

memscan_status ms_store_append_summed(ms_store *store, const void *bytes, size_t length, uint64_t checksum,
                                      ms_blob *blob, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    uint64_t start = store->length;
    ms_mutex_lock(store->mutex);
    for (size_t done = 0; done < length && status == MEMSCAN_OK;) {
        status = make_room(store, error);
        if (status != MEMSCAN_OK)
            break;
        size_t inside = (size_t)((store->length - store->filed) % SEGMENT_BYTES);
        size_t piece = length - done < SEGMENT_BYTES - inside ? length - done : SEGMENT_BYTES - inside;
        memcpy(segment_at(store, store->length) + inside, (const uint8_t *)bytes + done, piece);
        store->length += piece;
        done += piece;
    }
    ms_mutex_unlock(store->mutex);
    if (status != MEMSCAN_OK) {
        ms_store_shorten(store, start);
        return status;
    }
    *blob = (ms_blob){ start, length, checksum };
    return MEMSCAN_OK;
}

memscan_status ms_store_append(ms_store *store, const void *bytes, size_t length, ms_blob *blob, memscan_error *error)
{
    return ms_store_append_summed(store, bytes, length, ms_checksum(bytes, length), blob, error);
}

/* The part of [offset, offset + size) that is in memory; the mutex is held. Returns how many bytes at the front are
 * not, and so are in the file. */
static size_t read_segments(const ms_store *store, uint64_t offset, uint8_t *buffer, size_t size)
{
    size_t in_file = offset >= store->filed ? 0 : store->filed - offset < size ? (size_t)(store->filed - offset) : size;
    for (size_t done = in_file; done < size;) {
        size_t inside = (size_t)((offset + done - store->filed) % SEGMENT_BYTES);
        size_t piece = size - done < SEGMENT_BYTES - inside ? size - done : SEGMENT_BYTES - inside;
        memcpy(buffer + done, segment_at(store, offset + done) + inside, piece);
        done += piece;
    }
    return in_file;
}

memscan_status ms_store_read(ms_store *store, const ms_blob *blob, void *buffer, memscan_error *error)
{
    ms_mutex_lock(store->mutex);
    bool held = blob->offset <= store->length && blob->length <= store->length - blob->offset;
    size_t in_file = held ? read_segments(store, blob->offset, buffer, (size_t)blob->length) : 0;
    ms_file *file = store->file;
    ms_mutex_unlock(store->mutex);
    if (!held)
        return ms_fail(error, MEMSCAN_CORRUPT, "the session refers to data that it does not hold");
    if (in_file > 0) {
        memscan_status status = ms_file_read_at(file, store->origin + blob->offset, buffer, in_file, error);
        if (status != MEMSCAN_OK)
            return status;
    }
    if (ms_checksum(buffer, (size_t)blob->length) != blob->checksum)
        return ms_fail(error, MEMSCAN_CORRUPT, "the session's data at byte %llu is damaged (checksum)",
                       (unsigned long long)blob->offset);
    return MEMSCAN_OK;
}

void ms_store_shorten(ms_store *store, uint64_t length)
{
    ms_mutex_lock(store->mutex);
    if (length < store->length)
        store->length = length;
    if (store->filed > store->length)
        store->filed = store->length;
    if (store->file && store->filed == length)
        (void)ms_file_truncate(store->file, store->origin + length,
                               NULL); /* bytes beyond the length mean nothing, if it fails */
    size_t used = (size_t)((store->length - store->filed + SEGMENT_BYTES - 1) / SEGMENT_BYTES);
    drop_segments(store, used > 1 ? used : 1);
    ms_mutex_unlock(store->mutex);
}

memscan_status ms_store_flush(ms_store *store, bool sync, memscan_error *error)
{
    if (!store->named)
        return MEMSCAN_OK;
    ms_mutex_lock(store->mutex);
    memscan_status status = write_segments(store, error);
    ms_mutex_unlock(store->mutex);
    return status == MEMSCAN_OK && sync ? ms_file_sync(store->file, error) : status;
}

memscan_status ms_store_copy(ms_store *store, ms_file *to, uint64_t origin, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    uint8_t *buffer = ms_alloc(store->allocator, SEGMENT_BYTES);
    if (!buffer)
        return ms_fail_memory(error);
    for (uint64_t at = 0; at < store->length && status == MEMSCAN_OK;) {
        size_t size = store->length - at < SEGMENT_BYTES ? (size_t)(store->length - at) : SEGMENT_BYTES;
        size_t in_file = read_segments(store, at, buffer, size);
        if (in_file > 0)
            status = ms_file_read_at(store->file, store->origin + at, buffer, in_file, error);
        if (status == MEMSCAN_OK)
            status = ms_file_write_at(to, origin + at, buffer, size, error);
        at += size;
    }
    ms_free(store->allocator, buffer, SEGMENT_BYTES);
    return status;
}
