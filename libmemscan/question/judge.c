/* judge.c - applies a question to bytes. One test is judged by its kernel at every byte phase that holds an aligned
 * place, 64 lanes a mask word; the rare word that is not 0 is spread out to one bit a byte. Lanes that reach beyond the
 * bytes are cut off after they were judged, so that there is no tail code: hence the padding.
 *
 * Invariant of spreading: lane 64 * w of a phase lies `phase` bytes (fewer than a width) behind byte 64 * width * w, so
 * that the spread of a mask word fills exactly `width` words of `starts`, each shifted by `phase`. */
#include "question_parts.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/bits.h"
#include "../base/bytes.h"

/* Mask words a kernel call: large enough to forget the call, small enough to stay in the first cache. */
#define BLOCK_WORDS 64

/* Bytes that are judged by all tests before the next ones are: a whole number of words of every width. */
#define CHUNK_BYTES ((size_t)16384)

struct ms_question_scratch {
    const memscan_allocator *allocator;
    uint64_t mask[BLOCK_WORDS];
    uint8_t swapped[BLOCK_WORDS * 64 * 8];
};

ms_question_scratch *ms_question_scratch_create(const memscan_allocator *allocator)
{
    ms_question_scratch *scratch = ms_alloc(allocator, sizeof *scratch);
    if (scratch)
        scratch->allocator = allocator;
    return scratch;
}

void ms_question_scratch_destroy(ms_question_scratch *scratch)
{
    if (scratch)
        ms_free(scratch->allocator, scratch, sizeof *scratch);
}

/* What is judged, handed down. */
typedef struct marking {
    const uint8_t *bytes;
    size_t length, start_limit;
    uint64_t address, alignment;
    ms_marks *marks; /* NULL: into `starts` */
    size_t first;    /* word of the marks */
    uint64_t *starts;
    bool marked;
    bool all_aligned; /* of a test: the alignment divides its width */
} marking;

/* Marks the starts of one word of them, which are not none. */
static void mark_word(marking *job, size_t word, uint64_t starts)
{
    job->marked = true;
    if (job->marks)
        ms_marks_add(job->marks, job->first + word, starts);
    else
        job->starts[word] |= starts;
}

static bool is_aligned(uint64_t address, uint64_t alignment)
{
    return alignment <= 1 || address % alignment == 0;
}

static void copy_swapped(uint8_t *to, const uint8_t *from, size_t lanes, size_t width)
{
    for (size_t i = 0; i < lanes; i++) {
        if (width == 2) {
            uint16_t lane = ms_swap16(ms_load16(from + 2 * i));
            memcpy(to + 2 * i, &lane, sizeof lane);
        } else if (width == 4) {
            uint32_t lane = ms_swap32(ms_load32(from + 4 * i));
            memcpy(to + 4 * i, &lane, sizeof lane);
        } else {
            uint64_t lane = ms_swap64(ms_load64(from + 8 * i));
            memcpy(to + 8 * i, &lane, sizeof lane);
        }
    }
}

static uint64_t keep_aligned(uint64_t starts, uint64_t address, uint64_t alignment)
{
    uint64_t kept = 0;
    for (; starts; starts &= starts - 1) {
        unsigned bit = ms_lowest_bit(starts);
        if (is_aligned(address + bit, alignment))
            kept |= UINT64_C(1) << bit;
    }
    return kept;
}

/* One mask word, none of them 0, into its `width` words of starts. */
static void spread(marking *job, const ms_test *test, uint64_t mask, size_t phase, size_t word)
{
    size_t width = test->width, lanes = (size_t)64 >> ms_lowest_bit(width);
    for (size_t i = 0; i < width; i++) {
        size_t at = word * width + i;
        uint64_t starts = ms_expand_bits(mask >> i * lanes, width) << phase;
        if (!job->all_aligned)
            starts = keep_aligned(starts, job->address + 64 * at, job->alignment);
        if (starts)
            mark_word(job, at, starts);
    }
}

/* Returns all of them or-ed together, as a kernel does. */
static uint64_t invert(uint64_t *mask, size_t count)
{
    uint64_t any = 0;
    for (size_t i = 0; i < count; i++)
        any |= mask[i] = ~mask[i];
    return any;
}

/* Takes what lies behind the bytes from the last of the words, before anything hangs on it. Returns as above. */
static uint64_t cut(uint64_t *mask, size_t count, uint64_t last_valid)
{
    uint64_t any = 0;
    mask[count - 1] &= last_valid;
    for (size_t i = 0; i < count; i++)
        any |= mask[i];
    return any;
}

/* Bit i: mask[i] is not 0. Without a branch: where one word in ten has a match, each of them would be guessed wrong. */
static uint64_t words_marked(const uint64_t mask[BLOCK_WORDS], size_t count)
{
    uint64_t marked = 0;
    for (size_t i = 0; i < count; i++)
        marked |= (uint64_t)(mask[i] != 0) << i;
    return marked;
}

/* The lanes of one chunk that begin `phase` bytes in, `width` apart. */
static void mark_phase(marking *job, const ms_test *test, ms_kernel_fn *kernel, size_t chunk, size_t phase,
                       ms_question_scratch *scratch)
{
    size_t width = test->width;
    unsigned shift = ms_lowest_bit(width); /* divisions would take a third of the time */
    size_t chunk_words = CHUNK_BYTES / 64 >> shift;
    if (phase >= job->start_limit || width > job->length - phase)
        return;
    size_t inside = (job->length - phase) >> shift, asked = (job->start_limit - phase + width - 1) >> shift;
    size_t lanes = inside < asked ? inside : asked, words = (lanes + 63) / 64;
    size_t end = words < (chunk + 1) * chunk_words ? words : (chunk + 1) * chunk_words;
    uint64_t last_valid = UINT64_MAX >> (64 * words - lanes);
    for (size_t first = chunk * chunk_words; first < end; first += BLOCK_WORDS) {
        size_t count = end - first < BLOCK_WORDS ? end - first : BLOCK_WORDS;
        const uint8_t *block = job->bytes + phase + first * 64 * width;
        if (test->swap) {
            copy_swapped(scratch->swapped, block, count * 64, width);
            block = scratch->swapped;
        }
        uint64_t any = kernel(block, block, count, &test->operands, scratch->mask);
        if (test->invert)
            any = invert(scratch->mask, count);
        if (first + count == words)
            any = cut(scratch->mask, count, last_valid);
        if (!any)
            continue;
        for (uint64_t marked = words_marked(scratch->mask, count); marked; marked &= marked - 1)
            spread(job, test, scratch->mask[ms_lowest_bit(marked)], phase, first + ms_lowest_bit(marked));
    }
}

/* One test in one chunk. Of the phases only those that a multiple of the alignment can fall on. Widths are powers of two:
 * the largest one that divides both is the lowest bit set in either. */
static void mark_test(marking *job, const ms_kernel_set *kernels, const ms_test *test, size_t chunk,
                      ms_question_scratch *scratch)
{
    marking aligned = *job;
    if (aligned.alignment == 0)
        aligned.alignment = test->width;
    aligned.all_aligned = test->width % aligned.alignment == 0;
    uint64_t either = aligned.alignment | test->width, step = either & (0 - either);
    for (size_t phase = 0; phase < test->width; phase++)
        if (((aligned.address + phase) & (step - 1)) == 0)
            mark_phase(&aligned, test, kernels->row[test->lane][test->form], chunk, phase, scratch);
    job->marked = aligned.marked;
}

/* Chunk by chunk, so that all tests and phases after the first find their bytes in the first cache; backwards, from the bytes
 * that were copied last and that the second cache still holds. */
static void mark_tests(const memscan_question *question, uint32_t types, marking *job, ms_question_scratch *scratch)
{
    for (size_t chunk = (job->start_limit + CHUNK_BYTES - 1) / CHUNK_BYTES; chunk-- > 0;)
        for (size_t i = 0; i < question->test_count; i++)
            if (MEMSCAN_TYPE_BIT(question->tests[i].type) & types)
                mark_test(job, question->kernels, &question->tests[i], chunk, scratch);
}

#define PATTERN_HITS 256 /* asked for at once: a pattern judges many starts together */

static void mark_pattern(marking *job, const ms_pattern *pattern)
{
    ms_pattern_hit hits[PATTERN_HITS];
    size_t from = 0, count;
    do {
        count = ms_pattern_find(pattern, job->bytes, job->length, from, job->start_limit, hits, PATTERN_HITS);
        for (size_t i = 0; i < count; i++)
            if (is_aligned(job->address + hits[i].at, job->alignment))
                mark_word(job, hits[i].at / 64, UINT64_C(1) << hits[i].at % 64);
        from = count ? hits[count - 1].at + 1 : 0;
    } while (count == PATTERN_HITS);
}

static void mark_types(const memscan_question *question, uint32_t types, marking *job, ms_question_scratch *scratch)
{
    if (question->pattern && (question->types & types))
        mark_pattern(job, question->pattern);
    mark_tests(question, types, job, scratch);
}

bool ms_question_mark(const memscan_question *question, const uint8_t *bytes, size_t length, size_t start_limit,
                      uint64_t address, uint64_t alignment, ms_question_scratch *scratch, ms_marks *starts,
                      size_t first)
{
    marking job = { bytes, length, start_limit, address, alignment, starts, first, NULL, false, false };
    mark_types(question, UINT32_MAX, &job, scratch);
    return job.marked;
}

void ms_question_mark_type(const memscan_question *question, memscan_type type, const uint8_t *bytes, size_t length,
                           size_t start_limit, uint64_t address, uint64_t alignment, ms_question_scratch *scratch,
                           uint64_t *starts)
{
    marking job = { bytes, length, start_limit, address, alignment, NULL, 0, starts, false, false };
    memset(starts, 0, (start_limit + 63) / 64 * sizeof starts[0]);
    mark_types(question, MEMSCAN_TYPE_BIT(type), &job, scratch);
}

/* A number that orders as the test's type does. */
static uint64_t ordered(const ms_test *test, uint64_t bits)
{
    return test->is_unsigned ? bits : bits ^ UINT64_C(1) << (8 * test->width - 1);
}

static bool holds(const ms_test *test, const uint8_t *bytes)
{
    uint64_t value = ms_load_uint(bytes, test->width, ms_host_is_big_endian());
    if (test->swap)
        value = ms_swap_uint(value, test->width);
    uint64_t now = ordered(test, value), low = ordered(test, test->low), high = ordered(test, test->high);
    bool answer = test->form == MS_FORM_EQ   ? now == low
                  : test->form == MS_FORM_GT ? now > low
                  : test->form == MS_FORM_GE ? now >= low
                                             : low <= now && now <= high;
    return answer != test->invert;
}

uint32_t ms_question_at(const memscan_question *question, const uint8_t *bytes, size_t available, uint64_t address,
                        uint64_t alignment, size_t *length)
{
    uint32_t types = 0;
    size_t at;
    *length = 0;
    if (question->pattern)
        return is_aligned(address, alignment) && available > 0 &&
                       ms_pattern_next(question->pattern, bytes, available, 0, 1, &at, length)
                   ? question->types
                   : 0;
    for (size_t i = 0; i < question->test_count; i++) {
        const ms_test *test = &question->tests[i];
        if (test->width <= available && is_aligned(address, alignment ? alignment : test->width) && holds(test, bytes))
            types |= MEMSCAN_TYPE_BIT(test->type);
    }
    if (types)
        *length = memscan_type_width(ms_question_best_type(types), question->layout.pointer_width);
    return types;
}

uint32_t ms_question_only(const memscan_question *question, size_t *length)
{
    if (question->pattern || question->test_count != 1)
        return 0;
    memscan_type type = question->tests[0].type;
    *length = memscan_type_width(type, question->layout.pointer_width);
    return MEMSCAN_TYPE_BIT(type);
}

memscan_type ms_question_best_type(uint32_t types)
{
    static const memscan_type best_first[] = { MEMSCAN_I64,  MEMSCAN_U64,   MEMSCAN_PTR,  MEMSCAN_I32,
                                               MEMSCAN_U32,  MEMSCAN_I16,   MEMSCAN_U16,  MEMSCAN_I8,
                                               MEMSCAN_U8,   MEMSCAN_F64,   MEMSCAN_F32,  MEMSCAN_HEX,
                                               MEMSCAN_TEXT, MEMSCAN_UTF16, MEMSCAN_BITS, MEMSCAN_RE };
    for (size_t i = 0; i < sizeof best_first / sizeof best_first[0]; i++)
        if (types & MEMSCAN_TYPE_BIT(best_first[i]))
            return best_first[i];
    return MEMSCAN_TYPE_NONE;
}
