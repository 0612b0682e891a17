/* test_store.c - a store to which several threads append and from which they read, all at once: in memory, over the memory
 * limit into a file, in a session file, and where the file or the memory fails. What a blob holds follows from its number, so
 * no model has to be shared. */
#include "check_main.h"
#include "counting_allocator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/host.h"
#include "libmemscan/match/store.h"
#include "scratch_folder.h"

enum { THREADS = 4, BLOBS = 160, MOST_BYTES = 60000, LARGE_BYTES = 1300000, LARGE_EVERY = 40 };

static const memscan_allocator *const heap = &ms_default_allocator;
static char folder[256], path[288], copy_path[288];

typedef struct crowd {
    ms_store *store;
    ms_mutex *mutex;                /* of what follows */
    ms_blob blobs[THREADS * BLOBS]; /* as they were appended, by whomever */
    unsigned numbers[THREADS * BLOBS];
    size_t count;
    size_t refused;
    memscan_status refusal;
} crowd;

typedef struct member {
    crowd *all;
    unsigned index;
    uint64_t seed;
    uint8_t *bytes, *back; /* LARGE_BYTES each */
    const char *wrong;     /* what went wrong, or NULL: Check is not for threads */
} member;

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*seed >> 33) % below);
}

/* The bytes of the blob of this number: more than a segment of the store in some. Returns how many. */
static size_t make_blob(unsigned number, uint8_t *bytes)
{
    uint64_t seed = 7000 + number;
    size_t size =
        number % LARGE_EVERY == LARGE_EVERY - 1 ? LARGE_BYTES - draw(&seed, 1000) : 1 + draw(&seed, MOST_BYTES);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(number + i * 7 + (i >> 8));
    return size;
}

/* Compares a blob with what it should be, where it lies or read. */
static const char *check_blob(member *one, const ms_blob *blob, unsigned number)
{
    size_t size = make_blob(number, one->bytes);
    if (blob->length != size)
        return "a blob has another length";
    const uint8_t *held = ms_store_hold(one->all->store, blob);
    bool same;
    if (held) {
        same = memcmp(held, one->bytes, size) == 0;
        ms_store_give_back(one->all->store);
    } else {
        if (ms_store_read(one->all->store, blob, one->back, NULL) != MEMSCAN_OK)
            return "a blob cannot be read";
        same = memcmp(one->back, one->bytes, size) == 0;
    }
    return same ? NULL : "a blob holds other bytes";
}

static void publish(crowd *all, const ms_blob *blob, unsigned number)
{
    ms_mutex_lock(all->mutex);
    all->blobs[all->count] = *blob;
    all->numbers[all->count++] = number;
    ms_mutex_unlock(all->mutex);
}

/* One that somebody appended, as the threads happen to be. */
static bool choose(member *one, ms_blob *blob, unsigned *number)
{
    crowd *all = one->all;
    ms_mutex_lock(all->mutex);
    bool any = all->count > 0;
    size_t index = any ? draw(&one->seed, (uint32_t)all->count) : 0;
    *blob = all->blobs[index];
    *number = all->numbers[index];
    ms_mutex_unlock(all->mutex);
    return any;
}

static void append_and_read(void *argument)
{
    member *one = argument;
    crowd *all = one->all;
    for (unsigned i = 0; i < BLOBS && !one->wrong; i++) {
        unsigned number = one->index * BLOBS + i;
        ms_blob blob;
        size_t size = make_blob(number, one->bytes);
        memscan_status status = ms_store_append(all->store, one->bytes, size, &blob, NULL);
        if (status == MEMSCAN_OK) {
            publish(all, &blob, number);
        } else {
            ms_mutex_lock(all->mutex);
            all->refused++;
            all->refusal = status;
            ms_mutex_unlock(all->mutex);
        }
        if (choose(one, &blob, &number))
            one->wrong = check_blob(one, &blob, number);
    }
}

static void begin(crowd *all, ms_store *store)
{
    *all = (crowd){ .store = store, .mutex = ms_mutex_create(heap) };
    ck_assert_ptr_nonnull(all->mutex);
}

/* Lets them loose on the store, and waits for them all. */
static void run(crowd *all)
{
    member members[THREADS];
    ms_thread *threads[THREADS];
    for (unsigned t = 0; t < THREADS; t++) {
        members[t] = (member){ all, t, 900 + t, malloc(LARGE_BYTES), malloc(LARGE_BYTES), NULL };
        ck_assert(members[t].bytes && members[t].back);
    }
    for (unsigned t = 0; t < THREADS; t++) {
        threads[t] = ms_thread_start(heap, append_and_read, &members[t]);
        ck_assert_ptr_nonnull(threads[t]);
    }
    for (unsigned t = 0; t < THREADS; t++)
        ms_thread_join(threads[t]);
    for (unsigned t = 0; t < THREADS; t++) {
        ck_assert_msg(!members[t].wrong, "%s", members[t].wrong);
        free(members[t].bytes);
        free(members[t].back);
    }
}

static int by_offset(const void *left, const void *right)
{
    const ms_blob *a = left, *b = right;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

static void read_all(crowd *all)
{
    member one = { all, 0, 0, malloc(LARGE_BYTES), malloc(LARGE_BYTES), NULL };
    ck_assert(one.bytes && one.back);
    for (size_t i = 0; i < all->count; i++)
        ck_assert_ptr_null(check_blob(&one, &all->blobs[i], all->numbers[i]));
    free(one.bytes);
    free(one.back);
}

/* Every blob is there, and the store holds nothing but them: none lies on another, and there is nothing between them. */
static void check_all(crowd *all)
{
    static ms_blob sorted[THREADS * BLOBS];
    uint64_t end = 0;
    read_all(all);
    memcpy(sorted, all->blobs, all->count * sizeof *sorted);
    qsort(sorted, all->count, sizeof *sorted, by_offset);
    for (size_t i = 0; i < all->count; i++) {
        ck_assert_uint_eq(sorted[i].offset, end);
        end += sorted[i].length;
    }
    ck_assert_uint_eq(ms_store_length(all->store), end);
}

static void end(crowd *all)
{
    ms_mutex_destroy(all->mutex);
    ms_store_destroy(all->store);
}

static void exercise(ms_store *store)
{
    static crowd all, first;
    begin(&all, store);
    run(&all);
    ck_assert_uint_eq(all.refused, 0);
    ck_assert_uint_eq(all.count, THREADS * BLOBS);
    check_all(&all);
    first = all;
    uint64_t length = ms_store_length(store);
    for (int taken_back = 1; taken_back >= 0; taken_back--) {
        all.count = 0;
        run(&all);
        ck_assert_uint_eq(ms_store_length(store), 2 * length);
        if (taken_back)
            ms_store_shorten(store, length);
    }
    read_all(&all);
    read_all(&first);
    end(&all);
}

START_TEST(several_threads_append_and_read)
{
    static const uint64_t limits[] = { 0, 1 << 20, 5 << 20, UINT64_MAX };
    ms_store *store;
    ck_assert_int_eq(ms_store_create(heap, limits[_i], folder, &store, NULL), MEMSCAN_OK);
    exercise(store);
}
END_TEST

START_TEST(several_threads_append_and_read_in_a_session_file)
{
    ms_file *file;
    ms_store *store;
    ck_assert_int_eq(ms_file_open(heap, path, MS_FILE_CREATE, &file, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_store_open(heap, file, 4096, 0, &store, NULL), MEMSCAN_OK);
    exercise(store);
}
END_TEST

/* There is no folder for the file that the store needs at its limit: whoever comes then is told so, whatever was appended
 * stays, and nothing else is there. */
START_TEST(a_limit_that_cannot_be_passed_is_told_to_every_thread)
{
    static crowd all;
    ms_store *store;
    ck_assert_int_eq(ms_store_create(heap, 5 << 20, path, &store, NULL), MEMSCAN_OK);
    begin(&all, store);
    run(&all);
    ck_assert_uint_gt(all.refused, 0);
    ck_assert_uint_gt(all.count, 0);
    ck_assert_uint_eq(all.count + all.refused, THREADS * BLOBS);
    ck_assert_int_eq(all.refusal, MEMSCAN_NOT_FOUND);
    check_all(&all);
    end(&all);
}
END_TEST

/* The file was opened for reading only, so that not a byte can be written: what does not stay in memory is refused. */
START_TEST(a_file_that_fails_is_told_to_every_thread)
{
    static crowd all;
    ms_file *file;
    ms_store *store;
    ck_assert_int_eq(ms_file_open(heap, path, MS_FILE_CREATE, &file, NULL), MEMSCAN_OK);
    ms_file_close(file);
    ck_assert_int_eq(ms_file_open(heap, path, MS_FILE_READ, &file, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_store_open(heap, file, 4096, 0, &store, NULL), MEMSCAN_OK);
    begin(&all, store);
    run(&all);
    ck_assert_uint_gt(all.refused, 0);
    ck_assert_uint_gt(all.count, 0); /* the first megabyte is in memory */
    ck_assert_uint_eq(all.count + all.refused, THREADS * BLOBS);
    check_all(&all);
    end(&all);
}
END_TEST

/* What is larger than all that a store in a file keeps in memory goes straight into the file, or nowhere. */
START_TEST(a_large_blob_that_cannot_be_written_is_refused)
{
    static uint8_t bytes[LARGE_BYTES];
    ms_file *file;
    ms_store *store;
    ms_blob blob;
    ck_assert_int_eq(ms_file_open(heap, path, MS_FILE_CREATE, &file, NULL), MEMSCAN_OK);
    ms_file_close(file);
    ck_assert_int_eq(ms_file_open(heap, path, MS_FILE_READ, &file, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_store_open(heap, file, 4096, 0, &store, NULL), MEMSCAN_OK);
    ck_assert_int_lt(ms_store_append(store, bytes, sizeof bytes, &blob, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(ms_store_length(store), 0);
    ms_store_destroy(store);
}
END_TEST

/* Of its own, or in a session file; had the second time, where it is refused the first. */
static ms_store *store_through(const memscan_allocator *allocator, bool in_session_file, unsigned *refused)
{
    ms_store *store = NULL;
    ms_file *file;
    for (int attempt = 0; attempt < 2; attempt++) {
        memscan_error error = { 0 };
        memscan_status status;
        if (in_session_file) {
            remove(path);
            ck_assert_int_eq(ms_file_open(heap, path, MS_FILE_CREATE, &file, NULL), MEMSCAN_OK);
            status = ms_store_open(allocator, file, 4096, 0, &store, &error);
        } else
            status = ms_store_create(allocator, 5 << 20, folder, &store, &error);
        ck_assert_int_eq(error.status, status);
        if (status == MEMSCAN_OK)
            break;
        ck_assert_int_eq(status, MEMSCAN_NO_MEMORY);
        ++*refused;
    }
    return store;
}

/* Appends a blob; where it is refused the store is as before, and takes it the next time. */
static void append_at_last(crowd *all, unsigned number, uint8_t *bytes, unsigned *refused)
{
    ms_blob blob;
    memscan_error error = { 0 };
    size_t size = make_blob(number, bytes);
    uint64_t length = ms_store_length(all->store);
    memscan_status status = ms_store_append(all->store, bytes, size, &blob, &error);
    ck_assert_int_eq(error.status, status);
    if (status != MEMSCAN_OK) {
        ck_assert_int_eq(status, MEMSCAN_NO_MEMORY);
        ck_assert_uint_eq(ms_store_length(all->store), length);
        read_all(all);
        ++*refused;
        ck_assert_int_eq(ms_store_append(all->store, bytes, size, &blob, NULL), MEMSCAN_OK);
    }
    publish(all, &blob, number);
}

/* The copy is whole, also where the first attempt at it was refused. */
static void copy_at_last(crowd *all, unsigned *refused)
{
    ms_file *file;
    ms_store *store = all->store, *copy;
    memscan_error error = { 0 };
    uint64_t length = ms_store_length(store);
    ck_assert_int_eq(ms_file_open(heap, copy_path, MS_FILE_CREATE, &file, NULL), MEMSCAN_OK);
    memscan_status status = ms_store_copy(store, file, 512, &error);
    ck_assert_int_eq(error.status, status);
    if (status != MEMSCAN_OK) {
        ck_assert_int_eq(status, MEMSCAN_NO_MEMORY);
        ++*refused;
        ck_assert_int_eq(ms_store_copy(store, file, 512, NULL), MEMSCAN_OK);
    }
    ck_assert_int_eq(ms_store_open(heap, file, 512, length, &copy, NULL), MEMSCAN_OK);
    all->store = copy;
    read_all(all);
    ms_store_destroy(copy);
    all->store = store;
    remove(copy_path);
}

/* Small blobs and large ones, past the memory limit and past what a store in a file keeps in memory. Where memory for several
 * segments is refused, one is tried: then nobody notices. */
START_TEST(every_failing_allocation_is_returned)
{
    static crowd all;
    static uint8_t bytes[LARGE_BYTES];
    bool in_session_file = _i, struck = true;
    unsigned told = 0, eased = 0;
    for (unsigned n = 1; struck; n++) {
        counting_allocator counting;
        unsigned refused = 0;
        counting_allocator_init(&counting);
        counting.fail_at = n;
        begin(&all, store_through(&counting.allocator, in_session_file, &refused));
        for (unsigned i = 0; i < 12; i++)
            append_at_last(&all, i % 2 ? i * LARGE_EVERY + LARGE_EVERY - 1 : i, bytes, &refused);
        check_all(&all);
        copy_at_last(&all, &refused);
        end(&all);
        remove(path);
        struck = counting.requests >= n;
        ck_assert_uint_le(refused, struck);
        told += refused;
        eased += struck && !refused;
        ck_assert_msg(!counting.blocks && !counting.wrong_sizes, "allocation %u: blocks are left", n);
    }
    ck_assert_uint_ge(told, in_session_file ? 6 : 8);
    ck_assert((eased > 0) == !in_session_file);
}
END_TEST

static void append_past_the_limit(void *argument)
{
    ms_store *store = argument;
    static uint8_t bytes[1 << 20];
    ms_blob blob;
    for (int i = 0; i < 6; i++)
        (void)ms_store_append(store, bytes, sizeof bytes, &blob, NULL);
}

/* Another thread's append takes the store into its file: it waits until the blob is given back, since it lies in memory that
 * goes then. That it has begun is told by a second blob, which is no longer handed out. */
START_TEST(a_blob_that_is_held_stays_where_it_is)
{
    static uint8_t bytes[MOST_BYTES];
    ms_store *store;
    ms_blob held, other, blob;
    ck_assert_int_eq(ms_store_create(heap, 5 << 20, folder, &store, NULL), MEMSCAN_OK);
    for (int i = 0; i < 20; i++) /* beyond the first segment, which stays */
        ck_assert_int_eq(ms_store_append(store, bytes, sizeof bytes, &blob, NULL), MEMSCAN_OK);
    memset(bytes, 0x5a, sizeof bytes);
    ck_assert_int_eq(ms_store_append(store, bytes, sizeof bytes, &held, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_store_append(store, bytes, sizeof bytes, &other, NULL), MEMSCAN_OK);
    const uint8_t *lies = ms_store_hold(store, &held);
    ck_assert_ptr_nonnull(lies);
    ms_thread *thread = ms_thread_start(heap, append_past_the_limit, store);
    ck_assert_ptr_nonnull(thread);
    while (ms_store_hold(store, &other))
        ms_store_give_back(store);
    ck_assert_mem_eq(lies, bytes, sizeof bytes);
    ms_store_give_back(store);
    ms_thread_join(thread);
    static uint8_t back[MOST_BYTES];
    ck_assert_int_eq(ms_store_read(store, &held, back, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(back, bytes, sizeof bytes);
    ms_store_destroy(store);
}
END_TEST

static void make_folder(void)
{
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/session", folder);
    snprintf(copy_path, sizeof copy_path, "%s/copy", folder);
}

static void remove_folder(void)
{
    remove(path);
    ck_assert(scratch_folder_remove(folder)); /* nothing else was left behind */
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("store");
    TCase *tests = tcase_create("store");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, several_threads_append_and_read, 0, 4);
    tcase_add_test(tests, several_threads_append_and_read_in_a_session_file);
    tcase_add_test(tests, a_blob_that_is_held_stays_where_it_is);
    tcase_add_test(tests, a_limit_that_cannot_be_passed_is_told_to_every_thread);
    tcase_add_test(tests, a_file_that_fails_is_told_to_every_thread);
    tcase_add_test(tests, a_large_blob_that_cannot_be_written_is_refused);
    tcase_add_loop_test(tests, every_failing_allocation_is_returned, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
