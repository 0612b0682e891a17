/* store.c - the bytes of a store lie in segments of 1 MiB. All of them are in memory until the limit is reached, then
 * all but the last are in a file; the last one always fills up in memory, so that small blobs cost no system call.
 * `filed` is how much of the store the file holds; a read takes what lies below it from the file and the rest from
 * the segments.
 *
 * Who appends has a place given under the lock and fills it without: what costs most is that fresh memory has to be cleared,
 * and so each thread pays for its own. Segments go into the file only when nobody fills or reads them.
 *
 * Segments are allocated in slabs that grow: fresh memory costs more than what is copied into it where the system hands it
 * out in small pages. Slabs lie on the bounds of large ones, as far as they are large enough. */
#include "store.h"

#include "../base/alloc.h"
#include "../base/array.h"
#include "../base/checksum.h"
#include "../base/error.h"
#include "../base/host.h"

#define SEGMENT_BYTES ((size_t)1 << 20)

#define LARGE_PAGE ((size_t)2 << 20) /* of most machines; where it is another one, less is gained */

/* Segments that were allocated together. */
typedef struct slab {
    uint8_t *block; /* as it was allocated: it has a large page more than its segments, where it is aligned to that */
    size_t block_bytes;
    size_t first, count; /* segments */
} slab;

enum { MOST_SLAB_SEGMENTS = 32 };

struct ms_store {
    const memscan_allocator *allocator;
    ms_mutex *mutex;
    ms_signal *settled; /* `held` or `filling` became 0, or `moving` ended */
    size_t held;        /* blobs that are read where they lie */
    size_t filling;     /* blobs whose places are being filled */
    bool moving;        /* the segments are about to go into the file: no more may be held or filled */
    ms_file *file;      /* NULL: all in memory so far */
    bool named;         /* the file is a session's */
    char *folder;       /* where the nameless file goes, or NULL */
    uint64_t memory_limit;
    uint64_t origin;   /* where the store begins in the file */
    uint64_t length;   /* of the whole store */
    uint64_t filed;    /* bytes below this are in the file */
    ms_array segments; /* of uint8_t *: the bytes from `filed` on */
    ms_array slabs;    /* of slab */
};

static memscan_status create(const memscan_allocator *allocator, ms_store **store)
{
    ms_store *made = ms_alloc(allocator, sizeof *made);
    if (!made)
        return MEMSCAN_NO_MEMORY;
    made->allocator = allocator;
    ms_array_init(&made->segments, allocator, sizeof(uint8_t *));
    ms_array_init(&made->slabs, allocator, sizeof(slab));
    made->mutex = ms_mutex_create(allocator);
    made->settled = ms_signal_create(allocator);
    if (!made->mutex || !made->settled) {
        ms_signal_destroy(made->settled);
        ms_mutex_destroy(made->mutex);
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

/* Frees the slabs behind the first `keep` segments. */
static void drop_segments(ms_store *store, size_t keep)
{
    while (store->slabs.count) {
        slab *last = ms_array_at(&store->slabs, store->slabs.count - 1);
        if (last->first < keep)
            break;
        ms_free(store->allocator, last->block, last->block_bytes);
        store->segments.count = last->first;
        store->slabs.count--;
    }
}

/* Adds a slab of `count` segments. */
static bool add_slab(ms_store *store, size_t count)
{
    size_t size = count * SEGMENT_BYTES, spare = size < LARGE_PAGE ? 0 : LARGE_PAGE;
    if (!ms_array_reserve(&store->segments, count) || !ms_array_reserve(&store->slabs, 1))
        return false;
    uint8_t *block = ms_resize(store->allocator, NULL, 0, size + spare); /* filled before it is read */
    if (!block)
        return false;
    uint8_t *bytes = block;
    if (spare) {
        bytes += (LARGE_PAGE - (uintptr_t)block % LARGE_PAGE) % LARGE_PAGE;
        ms_prefer_large_pages(bytes, size);
    }
    *(slab *)ms_array_push(&store->slabs) = (slab){ block, size + spare, store->segments.count, count };
    for (size_t i = 0; i < count; i++)
        *(uint8_t **)ms_array_push(&store->segments) = bytes + i * SEGMENT_BYTES;
    return true;
}

void ms_store_destroy(ms_store *store)
{
    if (!store)
        return;
    drop_segments(store, 0);
    ms_array_deinit(&store->segments);
    ms_array_deinit(&store->slabs);
    ms_file_close(store->file);
    ms_signal_destroy(store->settled);
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

/* The segments are in the file; the mutex is held. */
static memscan_status file_segments(ms_store *store, memscan_error *error)
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

/* Waits until nobody holds or fills a blob where it lies, and moves the segments to the file; the mutex is held, but while
 * it waits. Whoever holds or fills one waits for nobody while it does. */
static memscan_status write_segments(ms_store *store, memscan_error *error)
{
    store->moving = true;
    while (store->held || store->filling)
        ms_signal_wait(store->settled, store->mutex, 1000);
    store->moving = false;
    ms_signal_wake_all(store->settled);
    return file_segments(store, error);
}

static uint64_t capacity_of(const ms_store *store)
{
    return store->segments.count * (uint64_t)SEGMENT_BYTES;
}

/* Whether the next `length` bytes have a place in the segments. */
static bool has_room(const ms_store *store, uint64_t length)
{
    return capacity_of(store) - (store->length - store->filed) >= length;
}

/* One more slab; of one segment where the store is in a file. */
static memscan_status grow(ms_store *store, memscan_error *error)
{
    uint64_t allowed = store->file ? 1 : (store->memory_limit - capacity_of(store)) / SEGMENT_BYTES;
    size_t count = store->segments.count ? 2 * store->segments.count : 1;
    if (count > MOST_SLAB_SEGMENTS)
        count = MOST_SLAB_SEGMENTS;
    if (count > allowed)
        count = (size_t)allowed;
    return add_slab(store, count) || (count > 1 && add_slab(store, 1)) ? MEMSCAN_OK : ms_fail_memory(error);
}

/* Makes room for `length` bytes in the segments; or, where they are more than a store in a file keeps in memory, sees to it
 * that nothing else is there. The mutex is held, but while it waits for others. */
static memscan_status make_room(ms_store *store, uint64_t length, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    while (status == MEMSCAN_OK && !has_room(store, length)) {
        if (store->moving)
            ms_signal_wait(store->settled, store->mutex, 1000);
        else if (!store->file && capacity_of(store) + SEGMENT_BYTES > store->memory_limit)
            status = ms_file_open_nameless(store->allocator, store->folder, &store->file, error);
        else if (store->file && store->length > store->filed)
            status = write_segments(store, error);
        else if (store->file && store->segments.count)
            break;
        else
            status = grow(store, error);
    }
    return status;
}

/* Fills a place at `offset`; the mutex is held, but not while bytes are copied. A large page is cleared with the
 * lock held, by the first who reaches it: of two threads that clear the same one, one does it for nothing. */
static void fill(ms_store *store, uint64_t offset, const uint8_t *bytes, size_t length)
{
    for (size_t done = 0, piece; done < length; done += piece) {
        size_t inside = (size_t)((offset + done - store->filed) % SEGMENT_BYTES);
        uint8_t *place = segment_at(store, offset + done) + inside;
        piece = length - done < SEGMENT_BYTES - inside ? length - done : SEGMENT_BYTES - inside;
        if ((uintptr_t)place % LARGE_PAGE == 0)
            *place = bytes[done];
        ms_mutex_unlock(store->mutex);
        memcpy(place, bytes + done, piece); /* nobody reads there yet, and it is nobody else's */
        ms_mutex_lock(store->mutex);
    }
}

/* Nothing moves until all of the blob is there. */
static void fill_parts(ms_store *store, uint64_t offset, const ms_blob_parts *parts)
{
    store->filling++;
    fill(store, offset, parts->head, parts->head_length);
    fill(store, offset + parts->head_length, parts->body, parts->body_length);
    if (--store->filling == 0 && store->moving)
        ms_signal_wake_all(store->settled);
}

/* Bytes beyond what a store in a file keeps in memory. */
static memscan_status write_past_segments(ms_store *store, const ms_blob_parts *parts, memscan_error *error)
{
    uint64_t at = store->origin + store->length;
    memscan_status status = ms_file_write_at(store->file, at, parts->head, parts->head_length, error);
    if (status == MEMSCAN_OK && parts->body_length)
        status = ms_file_write_at(store->file, at + parts->head_length, parts->body, parts->body_length, error);
    return status;
}

static memscan_status append(ms_store *store, const ms_blob_parts *parts, uint64_t checksum, ms_blob *blob,
                             memscan_error *error)
{
    uint64_t length = (uint64_t)parts->head_length + parts->body_length;
    ms_mutex_lock(store->mutex);
    memscan_status status = make_room(store, length, error);
    uint64_t offset = store->length;
    bool past_segments = status == MEMSCAN_OK && !has_room(store, length);
    if (past_segments)
        status = write_past_segments(store, parts, error);
    if (status == MEMSCAN_OK) {
        *blob = (ms_blob){ offset, length, checksum };
        store->length += length;
        if (past_segments)
            store->filed = store->length;
        else
            fill_parts(store, offset, parts);
    }
    ms_mutex_unlock(store->mutex);
    return status;
}

memscan_status ms_store_append_summed(ms_store *store, const void *bytes, size_t length, uint64_t checksum,
                                      ms_blob *blob, memscan_error *error)
{
    return append(store, &(ms_blob_parts){ .head = bytes, .head_length = length }, checksum, blob, error);
}

memscan_status ms_store_append_parts(ms_store *store, const ms_blob_parts *parts, ms_blob *blob, memscan_error *error)
{
    return append(store, parts, 0, blob, error);
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
    if (store->named && ms_checksum(buffer, (size_t)blob->length) != blob->checksum)
        return ms_fail(error, MEMSCAN_CORRUPT, "the session's data at byte %llu is damaged (checksum)",
                       (unsigned long long)blob->offset);
    return MEMSCAN_OK;
}

bool ms_store_sums(const ms_store *store)
{
    return store->named;
}

/* Where the blob lies in one piece, or NULL; the mutex is held. */
static const uint8_t *find_whole(const ms_store *store, const ms_blob *blob)
{
    if (blob->length == 0 || blob->offset < store->filed || blob->offset > store->length ||
        blob->length > store->length - blob->offset)
        return NULL;
    size_t first = (size_t)((blob->offset - store->filed) / SEGMENT_BYTES);
    size_t last = (size_t)((blob->offset + blob->length - 1 - store->filed) / SEGMENT_BYTES);
    const uint8_t *const *segments = (const uint8_t *const *)store->segments.items;
    for (size_t s = first; s < last; s++)
        if (segments[s] + SEGMENT_BYTES != segments[s + 1])
            return NULL;
    return segments[first] + (blob->offset - store->filed) % SEGMENT_BYTES;
}

const uint8_t *ms_store_hold(ms_store *store, const ms_blob *blob)
{
    if (store->named)
        return NULL;
    ms_mutex_lock(store->mutex);
    const uint8_t *bytes = store->moving ? NULL : find_whole(store, blob);
    store->held += bytes != NULL;
    ms_mutex_unlock(store->mutex);
    return bytes;
}

void ms_store_give_back(ms_store *store)
{
    ms_mutex_lock(store->mutex);
    if (--store->held == 0 && store->moving)
        ms_signal_wake_all(store->settled);
    ms_mutex_unlock(store->mutex);
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
