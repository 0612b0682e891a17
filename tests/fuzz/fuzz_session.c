/* fuzz_session.c - a session file's parts, and the whole of one, damaged. The first byte says what the others are:
 *
 *   0  a history (whose session it is, its steps)   3  squeezed bytes
 *   1  a list of blocks                             4  a session file, as it is
 *   2  a block's blob                               5  damage to a real one: pairs of where (3 bytes) and what (1)
 *
 * The parts are read where a checksum would have stopped them, since checksums find damage, not malice. Must hold: what
 * is read and written again reads the same; damage is found, or did not matter. */
#include "fuzz.h"

#include <memscan/memscan.h>

#include "fake_platform.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/match/session.h"
#include "libmemscan/match/squeeze.h"
#include "libmemscan/value/type.h"
#include "scratch_folder.h"

enum { PAGE = 4096, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, MOST_MATCHES = 4096 };

static const memscan_allocator *const heap = &ms_default_allocator;

static ms_store *store_of(const uint8_t *bytes, size_t size, ms_blob *blob)
{
    ms_store *store;
    FUZZ_CHECK(ms_store_create(heap, 1 << 20, NULL, &store, NULL) == MEMSCAN_OK);
    FUZZ_CHECK(ms_store_append(store, bytes, size, blob, NULL) == MEMSCAN_OK);
    return store;
}

static ms_planes some_planes(uint8_t choice)
{
    static const ms_planes sorts[] = {
        { 1, { { MEMSCAN_U8, 1, 1 } } },
        { 1, { { MEMSCAN_I32, 4, 4 } } },
        { 1, { { MEMSCAN_TEXT, 1, 5 } } },
        { 2, { { MEMSCAN_F32, 4, 4 }, { MEMSCAN_F64, 8, 8 } } },
        { 3, { { MEMSCAN_I16, 3, 2 }, { MEMSCAN_I32, 3, 4 }, { MEMSCAN_I64, 3, 8 } } },
        { 1, { { MEMSCAN_HEX, 1, MS_BLOCK_TAIL } } },
    };
    return sorts[choice % (sizeof sorts / sizeof sorts[0])];
}

/* ---- the parts ---- */

static ms_session *empty_session(ms_store *store)
{
    static const ms_planes planes = { 1, { { MEMSCAN_U8, 1, 1 } } };
    static const memscan_identity nobody;
    ms_session *session;
    FUZZ_CHECK(ms_session_create(heap, store, &planes, (memscan_layout){ 8, 0 }, &nobody, "", &session, NULL) ==
               MEMSCAN_OK);
    ms_free_text(heap, session->question);
    session->question = NULL;
    return session;
}

static void check_history(const uint8_t *bytes, size_t size)
{
    ms_blob blob, again;
    memscan_error error;
    ms_store *store = store_of(bytes, size, &blob);
    ms_session *session = empty_session(store);
    memscan_status status = ms_history_read(session, &blob, &error);
    if (status == MEMSCAN_OK) {
        FUZZ_CHECK(session->steps.count == 0 || session->current < session->steps.count);
        for (uint32_t p = 0; p < session->planes.count; p++) {
            const ms_plane *plane = &session->planes.plane[p];
            size_t width = memscan_type_width((memscan_type)plane->type, session->layout.pointer_width);
            FUZZ_CHECK(width ? plane->width == width : ms_type_is_bytes((memscan_type)plane->type));
        }
        FUZZ_CHECK(ms_history_write(session, &again, &error) == MEMSCAN_OK);
        uint8_t *written = malloc((size_t)again.length);
        FUZZ_CHECK(written && ms_store_read(store, &again, written, &error) == MEMSCAN_OK);
        FUZZ_CHECK(again.length == size && !memcmp(written, bytes, size));
        free(written);
    } else {
        FUZZ_CHECK(status == MEMSCAN_CORRUPT);
        FUZZ_CHECK_ERROR(error, status);
    }
    ms_session_destroy(session);
}

/* Loads what the list refers to: blobs are looked for in the list's own bytes. */
static void check_list(ms_match_set *set, ms_store *store, const ms_planes *planes)
{
    ms_block block;
    memscan_error error;
    uint8_t *scratch = malloc(ms_block_blob_bound(planes));
    FUZZ_CHECK(scratch && ms_block_init(&block, heap, planes) == MEMSCAN_OK);
    for (size_t i = 0; i < set->refs.count && i < 8; i++) {
        const ms_block_ref *ref = ms_array_at(&set->refs, i);
        uint64_t span = ref->span < MS_BLOCK_BYTES ? ref->span : MS_BLOCK_BYTES;
        memscan_status status = ms_match_set_load(ref, store, ref->base, span, &block, scratch, &error);
        FUZZ_CHECK(status == MEMSCAN_OK || status == MEMSCAN_CORRUPT);
        FUZZ_CHECK(ms_match_set_find(set, ref->base) == i);
    }
    ms_block_deinit(&block);
    free(scratch);
}

static void check_set(const uint8_t *bytes, size_t size)
{
    if (size < 1)
        return;
    ms_blob blob, again;
    memscan_error error;
    ms_planes planes = some_planes(bytes[0]);
    ms_store *store = store_of(bytes + 1, size - 1, &blob);
    ms_match_set set;
    ms_match_set_init(&set, heap);
    if (ms_match_set_read(&set, store, &planes, &blob, &error) == MEMSCAN_OK) {
        check_list(&set, store, &planes);
        FUZZ_CHECK(ms_match_set_write(&set, store, &again, &error) == MEMSCAN_OK);
        FUZZ_CHECK(again.length == blob.length && again.checksum == blob.checksum);
    } else {
        FUZZ_CHECK_ERROR(error, MEMSCAN_CORRUPT);
    }
    ms_match_set_deinit(&set);
    ms_store_destroy(store);
}

/* The matches one by one: ascending, within the block, as many as are counted. */
static void check_matches(const ms_block *block, uint64_t counted)
{
    uint64_t seen = 0;
    uint32_t at, mask;
    for (uint32_t from = 0; ms_block_next(block, from, &at, &mask); from = at + 1, seen++)
        FUZZ_CHECK(at >= from && at < block->size && mask < 1u << block->planes->count);
    FUZZ_CHECK(seen == counted);
}

static void check_blob(const uint8_t *bytes, size_t size)
{
    if (size < 6)
        return;
    ms_planes planes = some_planes(bytes[0]);
    ms_block block, same;
    memscan_error error;
    uint32_t span = 1 + (uint32_t)(bytes[1] | bytes[2] << 8),
             tail = (uint32_t)(bytes[3] | bytes[4] << 8) % MS_BLOCK_TAIL;
    FUZZ_CHECK(ms_block_init(&block, heap, &planes) == MEMSCAN_OK && ms_block_init(&same, heap, &planes) == MEMSCAN_OK);
    ms_block_reset(&block, 0x10000 + bytes[5], span, tail);
    uint8_t *exact = fuzz_copy(bytes + 6, size - 6);
    if (ms_block_decode(&block, exact, size - 6, &error) == MEMSCAN_OK) {
        uint8_t *out = malloc(ms_block_blob_bound(&planes));
        FUZZ_CHECK(out);
        check_matches(&block, ms_block_count(&block));
        size_t length = ms_block_encode(&block, out);
        FUZZ_CHECK(length <= ms_block_blob_bound(&planes));
        ms_block_reset(&same, block.base, span, tail);
        FUZZ_CHECK(ms_block_decode(&same, out, length, &error) == MEMSCAN_OK);
        FUZZ_CHECK(ms_block_count(&same) == ms_block_count(&block));
        free(out);
    } else {
        FUZZ_CHECK_ERROR(error, MEMSCAN_CORRUPT);
        FUZZ_CHECK(ms_block_is_empty(&block));
    }
    free(exact);
    ms_block_deinit(&same);
    ms_block_deinit(&block);
}

static void check_squeezed(const uint8_t *bytes, size_t size)
{
    if (size < 2)
        return;
    size_t length = (size_t)(bytes[0] | bytes[1] << 8) % 2048;
    uint8_t *exact = fuzz_copy(bytes + 2, size - 2), *plain = malloc(length ? length : 1);
    uint8_t *again = malloc(MS_SQUEEZE_BOUND(length));
    FUZZ_CHECK(plain && again);
    if (ms_unsqueeze(exact, size - 2, plain, length)) {
        size_t squeezed = ms_squeeze(plain, length, again);
        FUZZ_CHECK(squeezed <= size - 2); /* an honest writer keeps no zeros */
        uint8_t *same = malloc(length ? length : 1);
        FUZZ_CHECK(same && ms_unsqueeze(again, squeezed, same, length) && !memcmp(same, plain, length));
        free(same);
    }
    free(again);
    free(plain);
    free(exact);
}

/* ---- the whole ---- */

static char folder[256], path[300];
static fake_target *fake;
static memscan_target *target;
static uint8_t *real;
static size_t real_size;
static uint64_t real_matches[MOST_MATCHES], real_count;

static void write_file(const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    FUZZ_CHECK(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static uint64_t list_matches(memscan_scan *scan, uint64_t *addresses, memscan_status *status)
{
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_scan_match match;
    uint64_t count = 0, before = 0;
    for (; count < MOST_MATCHES && memscan_scan_each(scan, &cursor, &match); before = match.address) {
        FUZZ_CHECK(count == 0 || match.address > before);
        addresses[count++] = match.address;
    }
    *status = cursor.status;
    return count;
}

static void read_real(void)
{
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(file && fseek(file, 0, SEEK_END) == 0);
    real_size = (size_t)ftell(file);
    rewind(file);
    real = malloc(real_size);
    FUZZ_CHECK(real && fread(real, 1, real_size, file) == real_size && fclose(file) == 0);
}

/* Two regions, one of them never touched; a first scan, a mark, and a next one. */
static void make_real(void)
{
    memscan_scan *scan;
    memscan_status status;
    FUZZ_CHECK(scratch_folder_create(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/session", folder);
    fake = fake_create();
    uint8_t *bytes = fake_map(fake, 0x10000, PAGE, RW, MEMSCAN_KIND_HEAP);
    for (size_t i = 0; i < 600; i++)
        bytes[i] = (uint8_t)(i * 31 >> 2 & 15);
    fake_map_sparse(fake, 0x20000, 2 * PAGE, RW, MEMSCAN_KIND_ANON);
    FUZZ_CHECK(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL) == MEMSCAN_OK);
    FUZZ_CHECK(memscan_scan_create(target, NULL, &scan, NULL) == MEMSCAN_OK);
    FUZZ_CHECK(memscan_scan_first(scan, "u8:below 9", path, NULL, NULL) == MEMSCAN_OK);
    FUZZ_CHECK(memscan_scan_mark(scan, "low", NULL) == MEMSCAN_OK);
    FUZZ_CHECK(memscan_scan_next(scan, "u8:above 2", NULL, NULL) == MEMSCAN_OK);
    real_count = list_matches(scan, real_matches, &status);
    FUZZ_CHECK(status == MEMSCAN_OK && real_count > 50 && real_count < MOST_MATCHES);
    memscan_scan_destroy(scan);
    read_real();
}

/* Opens what is at `path`; true when it could be opened and listed to its end. */
static bool open_and_list(uint64_t *addresses, uint64_t *count)
{
    memscan_scan *scan;
    memscan_error error;
    memscan_scan_info info = MEMSCAN_SCAN_INFO_INIT;
    memscan_status described = memscan_scan_describe(path, &info, &error);
    FUZZ_CHECK(described == MEMSCAN_OK || described == MEMSCAN_CORRUPT || described == MEMSCAN_NOT_SUPPORTED);
    memscan_status status = memscan_scan_open(target, path, NULL, &scan, &error);
    if (status != MEMSCAN_OK) {
        FUZZ_CHECK(status == MEMSCAN_CORRUPT || status == MEMSCAN_NOT_SUPPORTED || status == MEMSCAN_MISMATCH);
        FUZZ_CHECK_ERROR(error, status);
        return false;
    }
    FUZZ_CHECK(described == MEMSCAN_OK);
    *count = list_matches(scan, addresses, &status);
    bool whole = status == MEMSCAN_OK;
    FUZZ_CHECK(whole || status == MEMSCAN_CORRUPT);
    memscan_scan_destroy(scan);
    return whole;
}

static void check_file(const uint8_t *bytes, size_t size, bool damaged)
{
    static uint64_t addresses[MOST_MATCHES];
    uint64_t count = 0;
    write_file(bytes, size);
    if (open_and_list(addresses, &count) && damaged) {
        FUZZ_CHECK(count == real_count && !memcmp(addresses, real_matches, (size_t)count * sizeof *addresses));
    }
}

static void check_damage(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = fuzz_copy(real, real_size);
    for (size_t i = 0; i + 4 <= size; i += 4)
        copy[(size_t)(bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16) % real_size] ^= bytes[i + 3];
    check_file(copy, real_size, true);
    if (size % 4) /* and cut short */
        check_file(copy, (size_t)bytes[size - 1] * 17 % real_size, true);
    free(copy);
}

static void remove_scratch(void)
{
    remove(path);
    scratch_folder_remove(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!real) {
        make_real();
        atexit(remove_scratch);
    }
    if (size < 2)
        return 0;
    switch (data[0]) {
    case 0: check_history(data + 1, size - 1); break;
    case 1: check_set(data + 1, size - 1); break;
    case 2: check_blob(data + 1, size - 1); break;
    case 3: check_squeezed(data + 1, size - 1); break;
    case 4: check_file(data + 1, size - 1, false); break;
    case 5: check_damage(data + 1, size - 1); break;
    default: break;
    }
    return 0;
}
