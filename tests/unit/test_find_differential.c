/* test_find_differential.c - find against a naive search that looks at every byte of the same memory, one at a time,
 * with a judge of its own. Memory, questions and filters are random; the seed is printed when they differ. The same
 * search with 1 to 4 workers tells the same, match by match. */
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memscan/memscan.h>

#include "fake_platform.h"

enum { PAGE = 0x1000, PAGES = 24, BASE = 0x10000, BYTES = PAGES * PAGE, MOST_QUESTIONS = 24, MOST_MATCHES = 200000 };

/* What the naive search knows of each byte. */
typedef struct world {
    fake_target *fake;
    uint8_t bytes[BYTES];
    bool readable[BYTES]; /* it was mapped, readable, and not left alone */
    bool writable[BYTES];
} world;

/* A question, as text for find and as bytes and numbers for the naive judge. */
typedef struct asked {
    char text[256];
    enum { NUMBER, BYTES_MASKED, RUN } sort;
    size_t width;
    bool is_signed, big_endian;
    int64_t low, high;
    uint8_t value[16], mask[16];
    /* RUN: least to most bytes of a class, as many as there are, and then `last`. */
    bool in_class[256];
    size_t least, most;
    uint8_t last;
} asked;

typedef struct hit {
    uint64_t address;
    size_t question;
    size_t length;
} hit;

static uint64_t state;
static uint32_t any(uint32_t below) /* splitmix64: the same everywhere, whatever the C library */
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ z >> 31) % below);
}

/* Few different bytes, so that everything is found often. */
static uint8_t any_byte(void)
{
    static const uint8_t common[] = { 0, 0, 1, 2, 'a', 'b', 0x7f, 0x80, 0xff };
    return any(16) ? common[any(sizeof common)] : (uint8_t)any(256);
}

static void make_region(world *w, size_t first, size_t pages)
{
    static const uint32_t protections[] = { 3, 3, 3, 1, 1, 5, 0 };
    uint32_t protection = protections[any(7)];
    uint64_t start = BASE + (uint64_t)first * PAGE;
    uint8_t *bytes = fake_map(w->fake, start, pages * PAGE, protection, MEMSCAN_KIND_ANON);
    for (size_t page = 0; page < pages; page++) {
        size_t at = (first + page) * PAGE;
        uint32_t fate = any(12);
        bool readable = protection != 0;
        uint64_t address = start + page * PAGE;
        if (fate == 0) {
            fake_pages(w->fake, address, PAGE, MEMSCAN_PAGE_UNTOUCHED);
            readable = false;
        } else if (fate == 1) {
            fake_hole(w->fake, address, PAGE, MEMSCAN_FAULTY);
            readable = false;
        } else if (fate == 2) {
            fake_pages(w->fake, address, PAGE, any(2) ? MEMSCAN_PAGE_FILE : MEMSCAN_PAGE_SHARED);
        } else if (fate == 3) {
            fake_pages(w->fake, address, PAGE, MEMSCAN_PAGE_SWAPPED);
        }
        for (size_t i = 0; i < PAGE; i++) {
            if (fate != 0)
                bytes[page * PAGE + i] = any(8) ? any_byte() : 0;
            w->bytes[at + i] = bytes[page * PAGE + i];
            w->readable[at + i] = readable;
            w->writable[at + i] = (protection & 2) != 0;
        }
    }
}

static void make_world(world *w)
{
    memset(w, 0, sizeof *w);
    w->fake = fake_create();
    fake_set(w->fake)->best_read_size = PAGE << any(5); /* down to units of a page */
    fake_set(w->fake)->knows_many = any(2);
    for (size_t page = 0; page < PAGES;) {
        size_t pages = 1 + any(any(4) ? 3 : 12);
        if (pages > PAGES - page)
            pages = PAGES - page;
        make_region(w, page, pages);
        page += pages + (any(2) ? any(3) : 0);
    }
}

/* A value that stands somewhere in the world, so that it is found: often across the border of two pages, where units
 * and regions meet. */
static const uint8_t *some_place(const world *w)
{
    if (any(4))
        return &w->bytes[(1 + any(PAGES - 2)) * PAGE - (any(2) ? 1 : any(8))];
    return &w->bytes[any(BYTES - 16)];
}

static uint64_t load(const uint8_t *bytes, size_t width, bool big_endian)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)bytes[i] << 8 * (big_endian ? width - 1 - i : i);
    return value;
}

static int64_t as_signed(uint64_t value, size_t width)
{
    unsigned shift = (unsigned)(64 - 8 * width);
    return (int64_t)(value << shift) >> shift;
}

/* The widest unsigned type left out, so that every value fits an int64_t. */
static void ask_number(const world *w, asked *q)
{
    static const struct {
        const char *name;
        size_t width;
        bool is_signed;
    } types[] = { { "i8", 1, true },  { "i16", 2, true },  { "i32", 4, true }, { "i64", 8, true },
                  { "u8", 1, false }, { "u16", 2, false }, { "u32", 4, false } };
    size_t type = any(7);
    q->sort = NUMBER;
    q->width = types[type].width;
    q->is_signed = types[type].is_signed;
    q->big_endian = any(3) == 0;
    uint64_t raw = load(some_place(w), q->width, q->big_endian);
    q->low = q->high = q->is_signed ? as_signed(raw, q->width) : (int64_t)raw;
    if (any(3) == 0 && q->high < INT64_MAX - 300) {
        int64_t most = q->is_signed ? as_signed((UINT64_MAX >> (64 - 8 * q->width)) >> 1, q->width)
                                    : (int64_t)(UINT64_MAX >> (64 - 8 * q->width));
        int64_t further = q->high + any(300);
        q->high = further < most ? further : most;
    }
    if (q->low == q->high)
        snprintf(q->text, sizeof q->text, "%s%s:%lld", q->big_endian ? "be:" : "", types[type].name, (long long)q->low);
    else
        snprintf(q->text, sizeof q->text, "%s%s:%lld..%lld", q->big_endian ? "be:" : "", types[type].name,
                 (long long)q->low, (long long)q->high);
}

static void ask_bytes(const world *w, asked *q)
{
    const uint8_t *place = some_place(w);
    size_t length = (size_t)snprintf(q->text, sizeof q->text, "hex:");
    q->sort = BYTES_MASKED;
    q->width = 1 + any(9);
    for (size_t i = 0; i < q->width; i++) {
        q->value[i] = place[i];
        q->mask[i] = i && any(4) == 0 ? 0 : 0xff;
        length += q->mask[i]
                      ? (size_t)snprintf(q->text + length, sizeof q->text - length, "%s%02X", i ? " " : "", q->value[i])
                      : (size_t)snprintf(q->text + length, sizeof q->text - length, " ??");
    }
    if (!q->mask[q->width - 1]) { /* patterns end in a byte that is asked for */
        q->mask[q->width - 1] = 0xff;
        snprintf(q->text + length - 2, sizeof q->text - length + 2, "%02X", q->value[q->width - 1]);
    }
}

/* Up to four bytes of bits, some of which are open. */
static void ask_bits(const world *w, asked *q)
{
    const uint8_t *place = some_place(w);
    size_t length = (size_t)snprintf(q->text, sizeof q->text, "bits:");
    q->sort = BYTES_MASKED;
    q->width = 1 + any(4);
    for (size_t i = 0; i < 8 * q->width; i++) {
        uint8_t bit = (uint8_t)(0x80 >> i % 8);
        bool open = i % 8 && any(4) == 0;
        q->value[i / 8] = place[i / 8];
        q->mask[i / 8] |= open ? 0 : bit;
        length += (size_t)snprintf(q->text + length, sizeof q->text - length, "%s%c", any(9) ? "" : "_",
                                   open                 ? '?'
                                   : place[i / 8] & bit ? '1'
                                                        : '0');
    }
}

/* A regular expression that can be judged by counting. */
static void ask_run(const world *w, asked *q)
{
    const uint8_t *place = some_place(w);
    bool anything = any(4) == 0;
    size_t length = (size_t)snprintf(q->text, sizeof q->text, "re:[");
    q->sort = RUN;
    for (size_t i = 0; i < 4; i++) {
        q->in_class[place[i]] = true;
        length += (size_t)snprintf(q->text + length, sizeof q->text - length, "\\x%02x", place[i]);
    }
    if (anything) {
        memset(q->in_class, true, sizeof q->in_class);
        length += (size_t)snprintf(q->text + length, sizeof q->text - length, "\\x00-\\xff");
    }
    q->least = any(4);
    q->most = q->least + any(anything ? 2500 : 20);
    q->last = place[4];
    snprintf(q->text + length, sizeof q->text - length, "]{%zu,%zu}\\x%02x", q->least, q->most, q->last);
}

static void (*const kinds[])(const world *,
                             asked *) = { ask_number, ask_number, ask_bytes, ask_bits, ask_run, ask_run };
#ifdef MEMSCAN_WITH_PCRE2
enum { KINDS = sizeof kinds / sizeof kinds[0] };
#else
enum { KINDS = sizeof kinds / sizeof kinds[0] - 2 }; /* regular expressions are not in this build */
#endif

static bool fits(const asked *q, const uint8_t *bytes)
{
    if (q->sort == BYTES_MASKED) {
        for (size_t i = 0; i < q->width; i++)
            if ((bytes[i] ^ q->value[i]) & q->mask[i])
                return false;
        return true;
    }
    uint64_t raw = load(bytes, q->width, q->big_endian);
    int64_t value = q->is_signed ? as_signed(raw, q->width) : (int64_t)raw;
    return value >= q->low && value <= q->high;
}

/* Whether a byte is asked about by the question. */
static bool concerns(const world *w, const asked *q, const memscan_filter *filter, size_t at)
{
    bool in_range = filter->ranges == NULL;
    for (size_t i = 0; i < filter->range_count && filter->ranges; i++)
        in_range |= BASE + at >= filter->ranges[i].start && BASE + at <= filter->ranges[i].last;
    return in_range && w->readable[at] && (filter->all || q->sort != NUMBER || w->writable[at]);
}

/* The length of the match at `at`, or 0. */
static size_t run_length(const world *w, const asked *q, const memscan_filter *filter, size_t at)
{
    size_t found = 0;
    for (size_t i = 0; i <= q->most && at + i < BYTES && concerns(w, q, filter, at + i); i++) {
        if (i >= q->least && w->bytes[at + i] == q->last)
            found = i + 1;
        if (!q->in_class[w->bytes[at + i]])
            break;
    }
    return found;
}

static size_t search_naively(const world *w, const asked *questions, size_t count, const memscan_find_options *options,
                             hit *hits)
{
    size_t found = 0, covered[MOST_QUESTIONS] = { 0 };
    for (size_t at = 0; at < BYTES; at++)
        for (size_t i = 0; i < count; i++) {
            const asked *q = &questions[i];
            if (q->sort == RUN) { /* matches do not overlap */
                bool free = at >= covered[i] && (options->alignment == 0 || (BASE + at) % options->alignment == 0);
                size_t length = free ? run_length(w, q, &options->filter, at) : 0;
                if (length) {
                    ck_assert_uint_lt(found, MOST_MATCHES);
                    hits[found++] = (hit){ BASE + at, i, length };
                    covered[i] = at + length;
                }
                continue;
            }
            uint64_t usual = q->sort == NUMBER ? q->width : 1;
            uint64_t alignment = options->alignment ? options->alignment : usual;
            bool whole = at + q->width <= BYTES && (BASE + at) % alignment == 0;
            for (size_t k = 0; k < q->width && whole; k++)
                whole = concerns(w, q, &options->filter, at + k);
            if (whole && fits(q, &w->bytes[at])) {
                ck_assert_uint_lt(found, MOST_MATCHES);
                hits[found++] = (hit){ BASE + at, i, q->width };
            }
        }
    return found;
}

typedef struct found_list {
    const world *world;
    hit *hits;
    size_t count;
} found_list;

static int note(const memscan_match *match, void *context)
{
    found_list *found = context;
    if (found->count < MOST_MATCHES)
        found->hits[found->count] = (hit){ match->address, match->question, match->length };
    found->count++;
    ck_assert_mem_eq(match->bytes, &found->world->bytes[match->address - BASE], match->length);
    ck_assert(match->address >= match->region->start && match->address - match->region->start < match->region->size);
    return 0;
}

static void compare(unsigned seed, uint32_t workers, const asked *questions, const hit *expected, size_t count,
                    const found_list *found)
{
    for (size_t i = 0; i < count || i < found->count; i++) {
        bool same = i < count && i < found->count && expected[i].address == found->hits[i].address &&
                    expected[i].question == found->hits[i].question && expected[i].length == found->hits[i].length;
        ck_assert_msg(same, "seed %u, %u workers: match %zu of %zu naive and %zu found: naive %llx %s, found %llx %s",
                      seed, workers, i, count, found->count, (unsigned long long)(i < count ? expected[i].address : 0),
                      i < count ? questions[expected[i].question].text : "",
                      (unsigned long long)(i < found->count ? found->hits[i].address : 0),
                      i < found->count ? questions[found->hits[i].question].text : "");
    }
}

static void check_seed(unsigned seed)
{
    static world w;
    static hit expected[MOST_MATCHES], hits[MOST_MATCHES];
    asked questions[MOST_QUESTIONS];
    memscan_question *compiled[MOST_QUESTIONS];
    memscan_range ranges[2];
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    state = seed;
    make_world(&w);
    size_t count = 1 + any(any(6) ? 4 : MOST_QUESTIONS); /* many at once are judged together */
    for (size_t i = 0; i < count; i++) {
        memscan_error error = { .text = "" };
        memset(&questions[i], 0, sizeof questions[i]);
        kinds[any(KINDS)](&w, &questions[i]);
        ck_assert_msg(!memscan_question_parse(questions[i].text, MEMSCAN_TYPE_NONE, (memscan_layout){ 8, 0 }, NULL,
                                              &compiled[i], &error),
                      "seed %u: %s: %s", seed, questions[i].text, error.text);
    }
    options.alignment = any(2) ? 0 : 1u << any(3);
    options.filter.all = any(4) == 0;
    for (size_t i = 0; i < 2; i++) {
        ranges[i].start = BASE + any(BYTES);
        ranges[i].last = ranges[i].start + any(BYTES / 2);
    }
    if (any(4) == 0) {
        options.filter.ranges = ranges;
        options.filter.range_count = 2;
    }
    size_t naive = search_naively(&w, questions, count, &options, expected);
    for (uint32_t workers = 1; workers <= 4; workers++) {
        memscan_target *target;
        memscan_report report;
        found_list found = { &w, hits, 0 };
        /* Swapped pages come back by being read, so each search sees what the one before left. */
        ck_assert_int_eq(fake_open(w.fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
        options.workers = workers;
        ck_assert_int_eq(memscan_find_all(target, (const memscan_question *const *)compiled, count, &options, note,
                                          &found, &report, NULL),
                         MEMSCAN_OK);
        ck_assert_uint_eq(report.asked, report.scanned + report.skipped + report.failed);
        ck_assert_uint_eq(report.matches, found.count);
        compare(seed, workers, questions, expected, naive, &found);
        memscan_close(target);
    }
    for (size_t i = 0; i < count; i++)
        memscan_question_destroy(compiled[i]);
    fake_counts counts = fake_counted(w.fake);
    ck_assert_msg(counts.breaches == 0, "seed %u: %s", seed, counts.breach);
    ck_assert_uint_eq(counts.touched, 0);
    fake_destroy(w.fake);
}

START_TEST(find_tells_what_a_naive_search_tells)
{
    const char *given = getenv("MEMSCAN_TEST_SEEDS"); /* more of them in a long run */
    unsigned last = given ? (unsigned)atoi(given) : 50;
    for (unsigned seed = 1; seed <= last; seed++)
        check_seed(seed);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("find_differential");
    TCase *tests = tcase_create("find_differential");
    tcase_set_timeout(tests, 600);
    tcase_add_test(tests, find_tells_what_a_naive_search_tells);
    suite_add_tcase(suite, tests);
    return suite;
}
