/* sieve.c - see sieve.h. Needles are sorted into tiers by how long their longest run of exact bytes is: the longer, the
 * more bytes a sample can hold, and the farther apart samples can be. Each tier is a pass of its own.
 *
 * The invariant: samples are `stride` apart, and a window holds `stride` pieces of `piece` bytes, each one byte behind
 * the other; so exactly one of the pieces lies where a sample is taken. */
#include "sieve.h"

#include "../base/alloc.h"
#include "../base/bytes.h"
#include "needle_sets.h"

enum { TIERS = 3, FEWEST = 3 /* needles that are worth a pass */, LEAST_BITS = 12, MOST_BITS = 20 };

/* One piece of one needle. */
typedef struct entry {
    uint64_t piece;
    uint32_t needle;
    uint32_t offset; /* in the needle */
} entry;

typedef struct tier {
    uint64_t mask; /* of the bytes of a piece */
    size_t piece, stride;
    unsigned bits;        /* of a hash */
    uint64_t *bitmap;     /* one bit a hash: there is a piece with it */
    uint32_t *first;      /* of each bucket: its first entry; and one more */
    unsigned bucket_bits; /* the upper bits of a hash are its bucket */
    entry *entries;
    size_t entry_count;
} tier;

struct ms_sieve {
    const memscan_allocator *allocator;
    const ms_needle *const *needles;
    tier tiers[TIERS];
};

/* Where the window of a needle begins. tier TIERS: it has none. */
typedef struct window {
    uint8_t tier;
    uint32_t at;
} window;

static const struct {
    size_t least, piece, usual_stride; /* runs of this length */
    size_t longer, longer_stride;      /* where all are at least so long */
} shapes[TIERS] = { { 11, 8, 4, 15, 8 }, { 5, 4, 2, 7, 4 }, { 4, 3, 2, 4, 2 } };

static uint64_t hash(uint64_t piece, unsigned bits)
{
    return piece * 0x9e3779b97f4a7c15u >> (64 - bits);
}

static bool is_exact(const ms_needle *needle, size_t at)
{
    return ms_needle_mask(needle, at) == 0xff;
}

static size_t longest_run(const ms_needle *needle)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < needle->length; i++) {
        run = is_exact(needle, i) ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

/* Nothing but zeros, or nothing but 0xff: memory is full of that. */
static bool is_filler(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != bytes[0])
            return false;
    return bytes[0] == 0 || bytes[0] == 0xff;
}

static uint64_t load_piece(const uint8_t *bytes, size_t length)
{
    uint8_t padded[8] = { 0 };
    memcpy(padded, bytes, length);
    return ms_load64(padded);
}

/* How often pieces occur in the needles of a tier, by their hash: what many share would stop the search often, and then
 * all of them had to be compared. */
enum { SHARED_BITS = 16 };

static void count_pieces(const ms_needle *needle, size_t piece, uint32_t *shared)
{
    for (size_t i = 0; i + piece <= needle->length; i++)
        shared[hash(load_piece(needle->bytes + i, piece), SHARED_BITS)]++;
}

/* How bad the window is that begins at `at`, by what its pieces share, then by how common its bytes are; UINT64_MAX: it
 * is none. */
static uint64_t window_cost(const ms_needle *needle, size_t at, size_t piece, size_t stride, const uint32_t *shared)
{
    uint64_t cost = 0, common = 0;
    for (size_t i = 0; i < piece + stride - 1; i++) {
        if (!is_exact(needle, at + i))
            return UINT64_MAX;
        common += ms_byte_commonness(needle->bytes[at + i]);
    }
    for (size_t i = 0; i < stride; i++) {
        if (is_filler(needle->bytes + at + i, piece))
            return UINT64_MAX;
        cost += shared[hash(load_piece(needle->bytes + at + i, piece), SHARED_BITS)];
    }
    return cost << 16 | common;
}

static bool choose_window(const ms_needle *needle, size_t piece, size_t stride, const uint32_t *shared, uint32_t *at)
{
    uint64_t best = UINT64_MAX;
    for (size_t i = 0; i + piece + stride - 1 <= needle->length; i++) {
        uint64_t cost = window_cost(needle, i, piece, stride, shared);
        if (cost < best) {
            best = cost;
            *at = (uint32_t)i;
        }
    }
    return best < UINT64_MAX;
}

/* ---- making ---- */

/* Sorts the needles into tiers by their longest runs of exact bytes. */
static void sort_into_tiers(ms_sieve *sieve, size_t count, window *windows)
{
    size_t shortest[TIERS] = { SIZE_MAX, SIZE_MAX, SIZE_MAX };
    for (size_t i = 0; i < count; i++) {
        size_t run = longest_run(sieve->needles[i]);
        uint8_t t = 0;
        while (t < TIERS && run < shapes[t].least)
            t++;
        windows[i].tier = t;
        if (t < TIERS && run < shortest[t])
            shortest[t] = run;
    }
    for (size_t t = 0; t < TIERS; t++) {
        sieve->tiers[t].piece = shapes[t].piece;
        sieve->tiers[t].stride = shortest[t] >= shapes[t].longer ? shapes[t].longer_stride : shapes[t].usual_stride;
    }
}

/* Chooses the windows of the needles of one tier; those that find none try the next one,
 * too few drop out. */
static void choose_windows(ms_sieve *sieve, uint8_t number, size_t count, window *windows, uint32_t *shared)
{
    tier *t = &sieve->tiers[number];
    size_t members = 0;
    memset(shared, 0, sizeof *shared << SHARED_BITS);
    for (size_t i = 0; i < count; i++)
        if (windows[i].tier == number)
            count_pieces(sieve->needles[i], t->piece, shared);
    for (size_t i = 0; i < count; i++) {
        window *w = &windows[i];
        if (w->tier != number)
            continue;
        if (choose_window(sieve->needles[i], t->piece, t->stride, shared, &w->at))
            members++;
        else
            w->tier++; /* a smaller window may do */
    }
    for (size_t i = 0; i < count && members < FEWEST; i++)
        if (windows[i].tier == number)
            windows[i].tier = TIERS;
    t->entry_count = members < FEWEST ? 0 : members * t->stride;
}

static unsigned bits_for(size_t count)
{
    unsigned bits = LEAST_BITS;
    while (bits < MOST_BITS && ((size_t)1 << bits) < count)
        bits++;
    return bits;
}

static bool make_room(const ms_sieve *sieve, tier *t)
{
    uint8_t bytes[8] = { 0 };
    memset(bytes, 0xff, t->piece);
    t->mask = ms_load64(bytes);
    t->bits = bits_for(t->entry_count * 64);
    t->bucket_bits = bits_for(t->entry_count);
    t->bitmap = ms_alloc_array(sieve->allocator, ((size_t)1 << t->bits) / 64, sizeof *t->bitmap);
    t->first = ms_alloc_array(sieve->allocator, ((size_t)1 << t->bucket_bits) + 1, sizeof *t->first);
    t->entries = ms_alloc_array(sieve->allocator, t->entry_count, sizeof *t->entries);
    return t->bitmap && t->first && t->entries;
}

static size_t bucket_of(const tier *t, uint64_t hashed)
{
    return (size_t)(hashed >> (t->bits - t->bucket_bits));
}

/* Counts the entries of each bucket, then lays them there: `first` moves to where each bucket ends, and back. */
static void fill(const ms_sieve *sieve, tier *t, uint8_t number, const window *windows, size_t count)
{
    size_t buckets = (size_t)1 << t->bucket_bits;
    for (int laying = 0; laying < 2; laying++) {
        for (size_t i = 0; i < count; i++)
            for (size_t k = 0; windows[i].tier == number && k < t->stride; k++) {
                uint32_t offset = windows[i].at + (uint32_t)k;
                uint64_t piece = load_piece(sieve->needles[i]->bytes + offset, t->piece), hashed = hash(piece, t->bits);
                size_t bucket = bucket_of(t, hashed);
                t->bitmap[hashed / 64] |= UINT64_C(1) << hashed % 64;
                if (laying)
                    t->entries[--t->first[bucket]] = (entry){ piece, (uint32_t)i, offset };
                else
                    t->first[bucket]++;
            }
        for (size_t b = 1; b <= buckets && !laying; b++)
            t->first[b] += t->first[b - 1]; /* now where each ends; laying moves it to the beginning */
    }
}

ms_sieve *ms_sieve_create(const memscan_allocator *allocator, const ms_needle *const *needles, size_t count,
                          bool *taken)
{
    ms_sieve *sieve = ms_alloc(allocator, sizeof *sieve);
    window *windows = ms_alloc_array(allocator, count, sizeof *windows);
    uint32_t *shared = ms_alloc_array(allocator, (size_t)1 << SHARED_BITS, sizeof *shared);
    bool whole = sieve && windows && shared;
    if (sieve)
        sieve->allocator = allocator;
    if (whole) {
        sieve->needles = needles;
        sort_into_tiers(sieve, count, windows);
    }
    for (uint8_t t = 0; t < TIERS && whole; t++) {
        choose_windows(sieve, t, count, windows, shared);
        if (sieve->tiers[t].entry_count == 0)
            continue;
        whole = make_room(sieve, &sieve->tiers[t]);
        if (whole)
            fill(sieve, &sieve->tiers[t], t, windows, count);
    }
    for (size_t i = 0; i < count && whole; i++)
        taken[i] = windows[i].tier < TIERS;
    ms_free(allocator, shared, sizeof *shared << SHARED_BITS);
    ms_free(allocator, windows, count * sizeof *windows);
    if (whole)
        return sieve;
    ms_sieve_destroy(sieve);
    return NULL;
}

void ms_sieve_destroy(ms_sieve *sieve)
{
    if (!sieve)
        return;
    for (size_t i = 0; i < TIERS; i++) {
        tier *t = &sieve->tiers[i];
        ms_free(sieve->allocator, t->bitmap, t->bitmap ? ((size_t)1 << t->bits) / 64 * sizeof *t->bitmap : 0);
        ms_free(sieve->allocator, t->first, t->first ? (((size_t)1 << t->bucket_bits) + 1) * sizeof *t->first : 0);
        ms_free(sieve->allocator, t->entries, t->entry_count * sizeof *t->entries);
    }
    ms_free(sieve->allocator, sieve, sizeof *sieve);
}

/* ---- searching ---- */

/* One pass, handed down. */
typedef struct pass {
    const ms_sieve *sieve;
    const tier *t;
    const uint8_t *hay;
    size_t length, start_limit;
    ms_sieve_visit *visit;
    void *context;
} pass;

/* A sample whose bit is set. */
static void look_up(const pass *p, uint64_t piece, size_t at)
{
    size_t bucket = bucket_of(p->t, hash(piece, p->t->bits));
    for (uint32_t i = p->t->first[bucket]; i < p->t->first[bucket + 1]; i++) {
        const entry *e = &p->t->entries[i];
        const ms_needle *needle = p->sieve->needles[e->needle];
        if (e->piece != piece || at < e->offset || at - e->offset >= p->start_limit)
            continue;
        size_t start = at - e->offset;
        if (needle->length <= p->length - start && ms_needle_fits(needle, p->hay + start))
            p->visit(p->context, e->needle, start);
    }
}

static MS_FORCE_INLINE uint64_t bit_of(const tier *t, uint64_t piece)
{
    uint64_t hashed = hash(piece, t->bits);
    return t->bitmap[hashed / 64] >> hashed % 64;
}

/* Four samples at a time, as long as each may read eight bytes. `stride` is a constant of the caller. */
static MS_FORCE_INLINE size_t scan_four(const pass *p, size_t stride)
{
    const tier t = *p->t;
    size_t at = 0;
    for (; p->length >= 3 * stride + 8 && at <= p->length - (3 * stride + 8); at += 4 * stride) {
        const uint8_t *hay = p->hay + at;
        uint64_t a = ms_load64(hay) & t.mask, b = ms_load64(hay + stride) & t.mask;
        uint64_t c = ms_load64(hay + 2 * stride) & t.mask, d = ms_load64(hay + 3 * stride) & t.mask;
        uint64_t in_a = bit_of(&t, a), in_b = bit_of(&t, b), in_c = bit_of(&t, c), in_d = bit_of(&t, d);
        if (!((in_a | in_b | in_c | in_d) & 1))
            continue;
        if (in_a & 1)
            look_up(p, a, at);
        if (in_b & 1)
            look_up(p, b, at + stride);
        if (in_c & 1)
            look_up(p, c, at + 2 * stride);
        if (in_d & 1)
            look_up(p, d, at + 3 * stride);
    }
    return at;
}

static void scan_tier(const pass *p)
{
    size_t stride = p->t->stride;
    size_t at = stride == 8 ? scan_four(p, 8) : stride == 4 ? scan_four(p, 4) : scan_four(p, 2);
    for (; p->length >= p->t->piece && at <= p->length - p->t->piece; at += stride) {
        uint64_t piece = load_piece(p->hay + at, p->t->piece);
        if (bit_of(p->t, piece) & 1)
            look_up(p, piece, at);
    }
}

void ms_sieve_scan(const ms_sieve *sieve, const uint8_t *hay, size_t length, size_t start_limit, ms_sieve_visit *visit,
                   void *context)
{
    for (size_t i = 0; i < TIERS; i++)
        if (sieve->tiers[i].entry_count)
            scan_tier(&(pass){ sieve, &sieve->tiers[i], hay, length, start_limit, visit, context });
}
