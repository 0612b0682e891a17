/* match_set.c - the directory of a step: 56 or 80 bytes a block, kept sorted by construction (blocks are appended in
 * address order), checked when it is read back, since a session file is not trusted. */
#include "match_set.h"

#include "../base/alloc.h"
#include "../base/checksum.h"
#include "../base/error.h"
#include "../base/wire.h"

#define REF_BYTES 56u /* of the shortest */

#define REF_IS_LEFT 0x80000000u /* in the place of `planes`: another reference follows, to what is left of the blob */

void ms_match_set_init(ms_match_set *set, const memscan_allocator *allocator)
{
    ms_array_init(&set->refs, allocator, sizeof(ms_block_ref));
    set->matches = 0;
}

void ms_match_set_deinit(ms_match_set *set)
{
    ms_array_deinit(&set->refs);
    set->matches = 0;
}

memscan_status ms_match_set_add_ref(ms_match_set *set, const ms_block_ref *ref, memscan_error *error)
{
    ms_block_ref *place = ms_array_push(&set->refs);
    if (!place)
        return ms_fail_memory(error);
    *place = *ref;
    set->matches += ref->matches;
    return MEMSCAN_OK;
}

memscan_status ms_match_set_store(ms_block_ref *ref, ms_store *store, const ms_block *block, uint8_t *scratch,
                                  memscan_error *error)
{
    *ref = (ms_block_ref){ .base = block->base, .span = block->size, .tail = block->tail };
    ref->matches = ms_block_count(block);
    if (ms_store_sums(store)) /* of bytes that lie together */
        return ms_store_append(store, scratch, ms_block_encode(block, scratch), &ref->blob, error);
    ms_blob_parts parts = ms_block_encode_parts(block, scratch);
    return ms_store_append_parts(store, &parts, &ref->blob, error);
}

memscan_status ms_match_set_add_block(ms_match_set *set, ms_store *store, const ms_block *block, uint8_t *scratch,
                                      memscan_error *error)
{
    ms_block_ref ref;
    if (ms_block_is_empty(block))
        return MEMSCAN_OK;
    memscan_status status = ms_match_set_store(&ref, store, block, scratch, error);
    return status == MEMSCAN_OK ? ms_match_set_add_ref(set, &ref, error) : status;
}

/* Slots of one plane that begin in [base, base + span) and whose whole value lies in the run and its tail. */
static uint64_t slots_inside(const ms_plane *plane, uint64_t base, uint64_t span, uint32_t tail)
{
    uint64_t first = (plane->stride - base % plane->stride) % plane->stride;
    uint64_t fits = span + tail < plane->width ? 0 : span + tail - plane->width + 1; /* offsets at which it fits */
    uint64_t end = fits < span ? fits : span;
    return end <= first ? 0 : (end - first - 1) / plane->stride + 1;
}

/* Strides are powers of two that equal their widths, or all the same: so the finest plane has every address of the
 * others. */
uint64_t ms_zero_run_matches(const ms_planes *planes, uint32_t mask, uint64_t base, uint64_t span, uint32_t tail)
{
    uint64_t most = 0;
    for (uint32_t p = 0; p < planes->count; p++) {
        uint64_t count = mask >> p & 1 ? slots_inside(&planes->plane[p], base, span, tail) : 0;
        most = count > most ? count : most;
    }
    return most;
}

memscan_status ms_match_set_add_zero_run(ms_match_set *set, const ms_planes *planes, uint32_t mask, uint64_t base,
                                         uint64_t span, uint32_t tail, memscan_error *error)
{
    ms_block_ref *last = set->refs.count ? ms_array_at(&set->refs, set->refs.count - 1) : NULL;
    if (last && last->blob.length == 0 && last->planes == mask && last->base + last->span == base) {
        set->matches -= last->matches;
        last->span += span;
        last->tail = tail;
        last->matches = ms_zero_run_matches(planes, mask, last->base, last->span, tail);
        set->matches += last->matches;
        return MEMSCAN_OK;
    }
    ms_block_ref ref = { .base = base, .span = span, .tail = tail, .planes = mask };
    ref.matches = ms_zero_run_matches(planes, mask, base, span, tail);
    return ref.matches ? ms_match_set_add_ref(set, &ref, error) : MEMSCAN_OK;
}

bool ms_match_set_is_blob(const ms_block_ref *ref, ms_store *store, const uint8_t *blob, size_t length,
                          uint64_t checksum)
{
    if (ref->blob.length != length || ref->left.length)
        return false;
    if (ms_store_sums(store))
        return ref->blob.checksum == checksum;
    const uint8_t *held = ms_store_hold(store, &ref->blob);
    bool same = held && memcmp(held, blob, length) == 0;
    if (held)
        ms_store_give_back(store);
    return same;
}

/* Sets every slot whose value lies inside the run's end, `end_offset` bytes from the block's base. */
static void fill_zero_block(ms_block *block, uint32_t mask, uint64_t end_offset)
{
    memset(block->bytes, 0, block->size + block->tail);
    for (uint32_t p = 0; p < block->planes->count; p++) {
        if (!(mask >> p & 1))
            continue;
        const ms_plane *plane = &block->planes->plane[p];
        uint32_t first = ms_block_first(block, p), slots = ms_block_slots(block, p);
        for (uint32_t slot = 0; slot < slots && first + (uint64_t)slot * plane->stride + plane->width <= end_offset;
             slot++)
            block->starts[p][slot / 64] |= (uint64_t)1 << slot % 64;
    }
}

/* A blob, where it lies or in `scratch`; to be ended in any case. */
static memscan_status begin_blob(const ms_blob *blob, ms_store *store, uint8_t *scratch, const uint8_t **bytes,
                                 memscan_error *error)
{
    const uint8_t *held = ms_store_hold(store, blob);
    *bytes = held ? held : scratch;
    return held ? MEMSCAN_OK : ms_store_read(store, blob, scratch, error);
}

static void end_blob(ms_store *store, const uint8_t *bytes, const uint8_t *scratch)
{
    if (bytes != scratch)
        ms_store_give_back(store);
}

memscan_status ms_match_set_leave(ms_block_ref *ref, ms_store *store, const ms_block *block, uint8_t *scratch,
                                  memscan_error *error)
{
    size_t length = ms_block_encode_left(block, scratch);
    uint64_t checksum = ms_store_sums(store) ? ms_checksum(scratch, length) : 0;
    ref->matches = ms_block_count(block);
    return ms_store_append_summed(store, scratch, length, checksum, &ref->left, error);
}

/* Takes from the block, which the ref's blob was decoded into, what is not left of it. */
static memscan_status take_left(const ms_block_ref *ref, ms_store *store, ms_block *block, uint8_t *scratch,
                                memscan_error *error)
{
    const uint8_t *left;
    if (ref->left.length == 0)
        return MEMSCAN_OK;
    memscan_status status = begin_blob(&ref->left, store, scratch, &left, error);
    if (status == MEMSCAN_OK)
        status = ms_block_decode_left(block, left, (size_t)ref->left.length, error);
    end_blob(store, left, scratch);
    return status;
}

/* All that the ref's blob says, at the place of the ref. */
static memscan_status decode_whole(const ms_block_ref *ref, ms_block *block, const uint8_t *blob, bool with_bytes,
                                   memscan_error *error)
{
    ms_block_reset(block, ref->base, (uint32_t)ref->span, ref->tail);
    return (with_bytes ? ms_block_decode : ms_block_decode_starts)(block, blob, (size_t)ref->blob.length, error);
}

static memscan_status load_blob(const ms_block_ref *ref, ms_store *store, ms_block *block, uint8_t *scratch,
                                bool with_bytes, memscan_error *error)
{
    const uint8_t *blob;
    memscan_status status = begin_blob(&ref->blob, store, scratch, &blob, error);
    if (status == MEMSCAN_OK)
        status = decode_whole(ref, block, blob, with_bytes, error);
    end_blob(store, blob, scratch);
    return status == MEMSCAN_OK ? take_left(ref, store, block, scratch, error) : status;
}

memscan_status ms_match_set_load(const ms_block_ref *ref, ms_store *store, uint64_t base, uint64_t span,
                                 ms_block *block, uint8_t *scratch, memscan_error *error)
{
    if (ref->blob.length == 0) {
        uint64_t behind = ref->base + ref->span - (base + span) + ref->tail;
        ms_block_reset(block, base, (uint32_t)span, (uint32_t)(behind < MS_BLOCK_TAIL ? behind : MS_BLOCK_TAIL));
        fill_zero_block(block, ref->planes, span + behind);
        return MEMSCAN_OK;
    }
    return load_blob(ref, store, block, scratch, true, error);
}

memscan_status ms_match_set_load_starts(const ms_block_ref *ref, ms_store *store, ms_block *block, uint8_t *scratch,
                                        memscan_error *error)
{
    return load_blob(ref, store, block, scratch, false, error);
}

bool ms_match_set_is_unchanged(const ms_block_ref *ref, ms_store *store, const uint8_t *bytes, ms_block *block,
                               uint8_t *scratch)
{
    const uint8_t *blob;
    ms_block_reset(block, ref->base, (uint32_t)ref->span, ref->tail);
    bool unchanged = begin_blob(&ref->blob, store, scratch, &blob, NULL) == MEMSCAN_OK &&
                     ms_block_is_whole(block, blob, (size_t)ref->blob.length, bytes);
    end_blob(store, blob, scratch);
    return unchanged;
}

/* Copies the matches of `from` that begin in `block`, and the bytes under them, which are all that `from` knows. A value that
 * reaches beyond what the block holds is none of its. */
static void overlay(ms_block *block, const ms_block *from)
{
    uint32_t offset = 0, planes, held = block->size + block->tail;
    uint32_t at = block->base > from->base ? (uint32_t)(block->base - from->base) : 0;
    for (; ms_block_next(from, at, &offset, &planes); at = offset + 1) {
        if (from->base + offset - block->base >= block->size)
            return;
        uint32_t inside = (uint32_t)(from->base + offset - block->base);
        for (uint32_t p = 0; p < block->planes->count; p++) {
            const ms_plane *plane = &block->planes->plane[p];
            if (!(planes >> p & 1) || plane->width > held - inside)
                continue;
            uint32_t slot = (inside - ms_block_first(block, p)) / plane->stride;
            block->starts[p][slot / 64] |= (uint64_t)1 << slot % 64;
            memcpy(block->bytes + inside, from->bytes + offset, plane->width);
        }
    }
}

/* What the ref has at the place that `block` was reset to, which lies inside: without unpacking the rest where that is
 * possible. */
static memscan_status load_part(const ms_block_ref *ref, ms_store *store, ms_block *block, ms_block *spare,
                                uint8_t *scratch, memscan_error *error)
{
    ms_block_place whole = { ref->base, (uint32_t)ref->span, ref->tail };
    const uint8_t *blob;
    memscan_status status = begin_blob(&ref->blob, store, scratch, &blob, error);
    bool apart = status == MEMSCAN_OK && ref->left.length == 0 &&
                 ms_block_decode_part(block, &whole, blob, (size_t)ref->blob.length);
    if (status == MEMSCAN_OK && !apart)
        status = decode_whole(ref, spare, blob, true, error);
    end_blob(store, blob, scratch);
    if (status != MEMSCAN_OK || apart)
        return status;
    status = take_left(ref, store, spare, scratch, error);
    if (status == MEMSCAN_OK)
        overlay(block, spare);
    return status;
}

memscan_status ms_match_set_gather(const ms_match_set *set, ms_store *store, uint64_t base, uint32_t span,
                                   uint32_t tail, ms_block *block, ms_block *spare, uint8_t *scratch,
                                   memscan_error *error)
{
    uint64_t last = base + (span - 1);
    ms_block_reset(block, base, span, tail);
    for (size_t i = ms_match_set_find(set, base); i < set->refs.count; i++) {
        const ms_block_ref *ref = ms_array_at(&set->refs, i);
        if (ref->base > last)
            break;
        if (ref->base == base && ref->span == span && ref->blob.length) /* the usual case: the same block */
            return ms_match_set_load(ref, store, base, span, block, scratch, error);
        if (ref->blob.length && ref->base <= base && ref->base + (ref->span - 1) >= last)
            return load_part(ref, store, block, spare, scratch, error);
        uint64_t from = ref->blob.length || ref->base > base ? ref->base : base;
        uint64_t to = ref->base + (ref->span - 1) < last ? ref->base + (ref->span - 1) : last;
        memscan_status status = ms_match_set_load(ref, store, from, to - from + 1, spare, scratch, error);
        if (status != MEMSCAN_OK)
            return status;
        overlay(block, spare);
    }
    return MEMSCAN_OK;
}

size_t ms_match_set_find(const ms_match_set *set, uint64_t address)
{
    size_t low = 0, high = set->refs.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const ms_block_ref *ref = ms_array_at(&set->refs, middle);
        if (ref->base + (ref->span - 1) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void write_blob(ms_writer *writer, const ms_blob *blob)
{
    ms_write_uint(writer, blob->offset, 8);
    ms_write_uint(writer, blob->length, 8);
    ms_write_uint(writer, blob->checksum, 8);
}

memscan_status ms_match_set_write(const ms_match_set *set, ms_store *store, ms_blob *blob, memscan_error *error)
{
    ms_writer writer;
    ms_writer_init(&writer, set->refs.allocator);
    ms_write_uint(&writer, set->refs.count, 8);
    for (size_t i = 0; i < set->refs.count; i++) {
        const ms_block_ref *ref = ms_array_at(&set->refs, i);
        ms_write_uint(&writer, ref->base, 8);
        ms_write_uint(&writer, ref->span, 8);
        ms_write_uint(&writer, ref->tail, 4);
        ms_write_uint(&writer, ref->left.length ? REF_IS_LEFT : ref->planes, 4);
        ms_write_uint(&writer, ref->matches, 8);
        write_blob(&writer, &ref->blob);
        if (ref->left.length)
            write_blob(&writer, &ref->left);
    }
    memscan_status status = writer.failed ? ms_fail_memory(error)
                                          : ms_store_append(store, writer.bytes.items, writer.bytes.count, blob, error);
    ms_writer_deinit(&writer);
    return status;
}

static ms_blob read_blob(ms_reader *reader)
{
    ms_blob blob;
    blob.offset = ms_read_uint(reader, 8);
    blob.length = ms_read_uint(reader, 8);
    blob.checksum = ms_read_uint(reader, 8);
    return blob;
}

static ms_block_ref read_ref(ms_reader *reader)
{
    ms_block_ref ref = { 0 };
    ref.base = ms_read_uint(reader, 8);
    ref.span = ms_read_uint(reader, 8);
    ref.tail = (uint32_t)ms_read_uint(reader, 4);
    ref.planes = (uint32_t)ms_read_uint(reader, 4);
    ref.matches = ms_read_uint(reader, 8);
    ref.blob = read_blob(reader);
    if (ref.planes == REF_IS_LEFT) {
        ref.left = read_blob(reader);
        ref.planes = ref.left.length ? 0 : REF_IS_LEFT; /* which no sound one has */
    }
    return ref;
}

/* What an honest writer would have written: ascending, not overlapping, within every bound that loading relies on. */
static bool ref_is_sound(const ms_block_ref *ref, const ms_block_ref *before, const ms_planes *planes)
{
    bool zero_run = ref->blob.length == 0;
    if (ref->span == 0 || ref->span - 1 > UINT64_MAX - ref->base || ref->tail > MS_BLOCK_TAIL)
        return false;
    if (before && (ref->base <= before->base || ref->base - before->base < before->span))
        return false;
    if (zero_run)
        return ref->matches > 0 && ref->planes < 1u << planes->count &&
               ref->matches == ms_zero_run_matches(planes, ref->planes, ref->base, ref->span, ref->tail);
    return ref->planes == 0 && ref->span <= MS_BLOCK_BYTES && ref->blob.length <= ms_block_blob_bound(planes) &&
           ref->left.length <= ms_block_blob_bound(planes) && ref->matches > 0 && ref->matches <= ref->span;
}

static memscan_status read_refs(ms_match_set *set, const ms_planes *planes, ms_reader *reader, memscan_error *error)
{
    uint64_t count = ms_read_uint(reader, 8);
    bool sound = count <= ms_reader_left(reader) / REF_BYTES;
    for (uint64_t i = 0; sound && i < count; i++) {
        ms_block_ref ref = read_ref(reader);
        const ms_block_ref *before = i ? ms_array_at(&set->refs, (size_t)i - 1) : NULL;
        sound = !reader->failed && ref_is_sound(&ref, before, planes);
        memscan_status status = sound ? ms_match_set_add_ref(set, &ref, error) : MEMSCAN_OK;
        if (status != MEMSCAN_OK)
            return status;
    }
    sound = sound && ms_reader_left(reader) == 0;
    return sound ? MEMSCAN_OK : ms_fail(error, MEMSCAN_CORRUPT, "the session's list of matches is damaged");
}

memscan_status ms_match_set_read(ms_match_set *set, ms_store *store, const ms_planes *planes, const ms_blob *blob,
                                 memscan_error *error)
{
    const memscan_allocator *allocator = set->refs.allocator;
    if (blob->length < 8 || blob->length > ms_store_length(store))
        return ms_fail(error, MEMSCAN_CORRUPT, "the session's list of matches is damaged");
    uint8_t *bytes = ms_alloc(allocator, (size_t)blob->length);
    if (!bytes)
        return ms_fail_memory(error);
    ms_match_set_deinit(set);
    memscan_status status = ms_store_read(store, blob, bytes, error);
    if (status == MEMSCAN_OK) {
        ms_reader reader;
        ms_reader_init(&reader, bytes, (size_t)blob->length);
        status = read_refs(set, planes, &reader, error);
    }
    ms_free(allocator, bytes, (size_t)blob->length);
    if (status != MEMSCAN_OK)
        ms_match_set_deinit(set);
    return status;
}
