/* scan_model.c - a naive model of a stateful search, and the game that session and model play side by side: random
 * memory, random changes, random sequences of first, next, undo, redo, mark, save and open. The model is a plain
 * list of addresses with the bytes that stood there; it judges one value at a time in arithmetic of its own. */
#include "scan_model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memscan/scan.h>

#include "fake_platform.h"
#include "libmemscan/base/compat.h"
#include "random.h"

__extension__ typedef __int128 exact;

enum {
    PAGE = 4096,
    REGIONS = 4,
    MOST_MATCHES = 200000,
    STEPS = 24,
    MARKS = 3,
    RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE
};

/* --- chance, and complaints --- */

static uint64_t state;
static const scan_model_game *game;
static size_t bytes_used;
static scan_model_complain *complain;
static char history[4096];
static uint64_t spared;

/* What memory holds, and where. */
static uint32_t chance(uint32_t below)
{
    return (uint32_t)(test_random(&state) % below);
}

static bool is_over(void)
{
    return game->bytes && bytes_used >= game->size;
}

/* What is asked and done: by the bytes, while there are any. Each of them changes what memory will hold, too. */
static uint32_t draw(uint32_t below)
{
    if (!game->bytes || is_over())
        return chance(below);
    uint8_t byte = game->bytes[bytes_used++];
    state ^= (uint64_t)byte << 24;
    return byte % below;
}

/* Ends the game, with what was played so far. Plain ifs and not Check's assertions: it writes down every one that it
 * passes, which would cost more than all else here. */
MS_PRINTF(1, 2)
static void fail(const char *format, ...)
{
    char text[1024], whole[sizeof text + sizeof history + 64];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "seed %llu: %s. %s", (unsigned long long)game->seed, text, history);
    complain(whole);
    abort(); /* complain does not come back */
}

static void require(bool holds, const char *what)
{
    if (!holds)
        fail("%s", what);
}

/* --- the memory --- */

typedef struct region {
    uint64_t start;
    uint32_t pages;
    uint8_t *bytes; /* the fake's own */
    bool mapped;
    uint8_t untouched[16]; /* a page: reads as zero, and nobody may read it */
    uint8_t hole[16];      /* a page: cannot be read now */
} region;

static fake_target *fake;
static region regions[REGIONS];

static void build_memory(void)
{
    static const uint64_t starts[REGIONS] = { 0x10000, 0x14000, 0x400000, 0x7ff000000000 }; /* the first two touch */
    bool small = game->bytes; /* many short games find more than a few long ones */
    fake = fake_create();
    fake_set(fake)->best_read_size = chance(2) ? 4096 : 65536;
    fake_set(fake)->knows_many = chance(2);
    for (int r = 0; r < REGIONS; r++) {
        regions[r] = (region){ .start = starts[r], .pages = r == 0 ? 4 : 1 + chance(4), .mapped = true };
        if (small) {
            regions[r].pages = 1;
            regions[r].start = r == 1 ? starts[0] + PAGE : starts[r];
        }
        uint32_t untouched = chance(3) ? 1 : 3; /* of four pages: so that there are long stretches of zeros, too */
        regions[r].bytes = fake_map(fake, regions[r].start, regions[r].pages * PAGE, RW, MEMSCAN_KIND_ANON);
        for (uint32_t p = 0; p < regions[r].pages; p++)
            if (chance(4) < untouched) {
                regions[r].untouched[p] = 1;
                fake_pages(fake, regions[r].start + p * PAGE, PAGE, MEMSCAN_PAGE_UNTOUCHED);
            }
    }
}

/* Small numbers, quarters as floats, and noise; more of the first, so that there is something to find. */
static void write_something(region *where, uint32_t at)
{
    static const uint32_t odd[] = { 0x7fc00000, 0x7f800000, 0xff800000, 0x80000000, 1, 0x7fffffff, 0xffffffff };
    uint8_t value[8] = { 0 };
    float quarter = (float)((int)chance(80) - 40) / 4;
    double wide = quarter;
    uint64_t noise = test_random(&state);
    switch (chance(6)) {
    case 0: value[0] = (uint8_t)chance(8); break;
    case 1:
        memset(value, chance(2) ? 0xff : 0, 8);
        value[0] = (uint8_t)(0 - chance(8));
        break;
    case 2: memcpy(value, &quarter, 4); break;
    case 3: memcpy(value, &wide, 8); break;
    case 4: memcpy(value, &odd[chance(7)], 4); break;
    default: memcpy(value, &noise, 8); break;
    }
    uint32_t size = 1u << chance(4), room = where->pages * PAGE - at;
    memcpy(where->bytes + at, value, size < room ? size : room);
}

static void touch_page(region *where, uint32_t page)
{
    if (where->untouched[page]) {
        where->untouched[page] = 0;
        fake_pages(fake, where->start + page * PAGE, PAGE, MEMSCAN_PAGE_RESIDENT);
    }
}

static void change_memory(uint32_t writes)
{
    while (writes--) {
        region *where = &regions[chance(REGIONS)];
        uint32_t at = chance(where->pages * PAGE) & ~(chance(4) ? 7u : 0u);
        if (where->untouched[at / PAGE] && chance(8)) /* most pages that were never touched stay so */
            continue;
        touch_page(where, at / PAGE);
        uint32_t last = at + 7 < where->pages * PAGE ? at + 7 : where->pages * PAGE - 1;
        touch_page(where, last / PAGE);
        write_something(where, at);
    }
}

typedef enum byte_state { BYTE_OK, BYTE_UNTOUCHED, BYTE_HOLE, BYTE_GONE } byte_state;

static byte_state look(uint64_t address, uint8_t *byte)
{
    for (int r = 0; r < REGIONS; r++) {
        const region *where = &regions[r];
        if (address < where->start || address >= where->start + where->pages * PAGE)
            continue;
        uint32_t at = (uint32_t)(address - where->start);
        *byte = where->bytes[at];
        return !where->mapped                ? BYTE_GONE
               : where->hole[at / PAGE]      ? BYTE_HOLE
               : where->untouched[at / PAGE] ? BYTE_UNTOUCHED
                                             : BYTE_OK;
    }
    return BYTE_GONE;
}

/* The worst state among `width` bytes from `address` on. */
static byte_state look_at(uint64_t address, uint32_t width, uint8_t *bytes)
{
    byte_state worst = BYTE_OK;
    for (uint32_t i = 0; i < width; i++) {
        byte_state one = look(address + i, &bytes[i]);
        worst = one > worst ? one : worst;
    }
    return worst;
}

/* --- the model --- */

typedef struct plane {
    memscan_type type;
    uint32_t width, stride;
} plane;

static plane planes[8];
static uint32_t plane_count;
static bool big_endian, aligned;

typedef struct match {
    uint64_t address;
    uint32_t planes;
    uint8_t bytes[8];
} match;

typedef struct step {
    match *matches;
    size_t count;
} step;

static step steps[STEPS];
static int step_count, current;
static step marks[MARKS];

typedef enum question_kind {
    EQUAL,
    NOT_EQUAL,
    ABOVE,
    BELOW,
    RANGE,
    CHANGED,
    UNCHANGED,
    INCREASED,
    DECREASED,
    BY,
    BY_RANGE
} question_kind;

typedef struct question {
    question_kind kind;
    int low, high;
    int mark; /* -1: the last scan; MARKS: first */
    char text[64];
} question;

static bool is_float(memscan_type type)
{
    return type == MEMSCAN_F32 || type == MEMSCAN_F64;
}

static bool is_signed(memscan_type type)
{
    return type >= MEMSCAN_I8 && type <= MEMSCAN_I64;
}

static uint64_t bits_of(const uint8_t *bytes, uint32_t width)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < width; i++)
        bits |= (uint64_t)bytes[big_endian ? width - 1 - i : i] << 8 * i;
    return bits;
}

static double float_of(const uint8_t *bytes, uint32_t width)
{
    uint64_t bits = bits_of(bytes, width);
    uint32_t narrow = (uint32_t)bits;
    float single;
    double wide;
    memcpy(&single, &narrow, 4);
    memcpy(&wide, &bits, 8);
    return width == 4 ? (double)single : wide;
}

static exact integer_of(memscan_type type, const uint8_t *bytes, uint32_t width)
{
    exact value = (exact)bits_of(bytes, width), half = (exact)1 << (8 * width - 1);
    return is_signed(type) && value >= half ? value - 2 * half : value;
}

/* A number as a sum of two, the second too small for the first to hold: exact for the difference of two doubles
 * (Knuth's two-sum). */
typedef struct sum {
    long double high, low;
} sum;

static sum subtract(double a, double b)
{
    volatile long double high = (long double)a - b, part = high - a; /* volatile: no contraction, no reordering */
    volatile long double low = (a - (high - part)) + (-(long double)b - part);
    return (sum){ high, low };
}

static bool below(sum value, long double limit)
{
    return value.high < limit || (value.high == limit && value.low < 0);
}

static bool above(sum value, long double limit)
{
    return value.high > limit || (value.high == limit && value.low > 0);
}

/* A whole number written plainly takes in what rounds to it: half a unit on either side, the half farther from zero not
 * included. */
static bool rounds_to(sum value, int number)
{
    if (number < 0)
        return rounds_to((sum){ -value.high, -value.low }, -number);
    return number == 0 ? above(value, -0.5L) && below(value, 0.5L)
                       : !below(value, number - 0.5L) && below(value, number + 0.5L);
}

static bool float_fits(const question *q, double now, double old)
{
    sum value = { now, 0 };
    sum by = q->low < 0 && q->kind == BY ? subtract(old, now) : subtract(now, old);
    bool finite = isfinite(now) && isfinite(old);
    switch (q->kind) {
    case EQUAL: return rounds_to(value, q->low);
    case NOT_EQUAL: return !isnan(now) && !rounds_to(value, q->low);
    case ABOVE: return now > q->low;
    case BELOW: return now < q->low;
    case RANGE: return now >= q->low && now <= q->high;
    case INCREASED: return now > old;
    case DECREASED: return now < old;
    case BY: return finite && rounds_to(by, abs(q->low));
    default: return finite && !below(by, q->low) && !above(by, q->high);
    }
}

static bool integer_fits(const question *q, exact now, exact old)
{
    switch (q->kind) {
    case EQUAL: return now == q->low;
    case NOT_EQUAL: return now != q->low;
    case ABOVE: return now > q->low;
    case BELOW: return now < q->low;
    case RANGE: return now >= q->low && now <= q->high;
    case INCREASED: return now > old;
    case DECREASED: return now < old;
    case BY: return now - old == q->low;
    default: return now - old >= q->low && now - old <= q->high;
    }
}

/* A type that cannot hold the constant drops out. */
static bool can_ask(const question *q, memscan_type type)
{
    if (is_float(type) || q->kind > RANGE || is_signed(type))
        return true;
    return q->low >= 0;
}

static bool fits(const question *q, const plane *of, const uint8_t *now, const uint8_t *old)
{
    if (q->kind == CHANGED)
        return memcmp(now, old, of->width) != 0;
    if (q->kind == UNCHANGED)
        return memcmp(now, old, of->width) == 0;
    if (!can_ask(q, of->type))
        return false;
    if (is_float(of->type))
        return float_fits(q, float_of(now, of->width), old ? float_of(old, of->width) : 0);
    return integer_fits(q, integer_of(of->type, now, of->width), old ? integer_of(of->type, old, of->width) : 0);
}

static void add_match(step *to, uint64_t address, uint32_t mask, const uint8_t *bytes)
{
    if (to->count >= MOST_MATCHES)
        fail("the model is full");
    if ((to->count & (to->count - 1)) == 0)
        to->matches = realloc(to->matches, (to->count ? 2 * to->count : 1) * sizeof(match));
    to->matches[to->count] = (match){ .address = address, .planes = mask };
    memcpy(to->matches[to->count++].bytes, bytes, 8);
}

static void model_first(step *to, const question *q) /* NULL: unknown */
{
    *to = (step){ 0 };
    for (int r = 0; r < REGIONS; r++)
        for (uint32_t at = 0; regions[r].mapped && at < regions[r].pages * PAGE; at++) {
            uint64_t address = regions[r].start + at;
            uint8_t bytes[8];
            uint32_t mask = 0;
            for (uint32_t p = 0; p < plane_count; p++) {
                if (address % planes[p].stride)
                    continue;
                byte_state got = look_at(address, planes[p].width, bytes);
                if (q ? got == BYTE_OK && fits(q, &planes[p], bytes, NULL) : got <= BYTE_UNTOUCHED)
                    mask |= 1u << p;
            }
            look_at(address, 8, bytes);
            if (mask)
                add_match(to, address, mask, bytes);
        }
}

static const match *find_match(const step *in, uint64_t address)
{
    size_t low = 0, high = in->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (in->matches[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < in->count && in->matches[low].address == address ? &in->matches[low] : NULL;
}

static void model_next(step *to, const step *from, const question *q)
{
    const step *since = q->mark < 0 ? NULL : q->mark == MARKS ? &steps[0] : &marks[q->mark];
    *to = (step){ 0 };
    for (size_t i = 0; i < from->count; i++) {
        const match *old = &from->matches[i], *then = since ? find_match(since, old->address) : old;
        uint8_t now[8], kept[8];
        uint32_t mask = 0;
        memcpy(kept, old->bytes, 8);
        for (uint32_t p = 0; p < plane_count; p++) {
            if (!(old->planes >> p & 1))
                continue;
            byte_state got = look_at(old->address, planes[p].width, now);
            if (got == BYTE_GONE)
                continue;
            if (got == BYTE_HOLE) {
                mask |= 1u << p; /* as it was */
                continue;
            }
            if (then && (then->planes >> p & 1) && fits(q, &planes[p], now, then->bytes)) {
                mask |= 1u << p;
                memcpy(kept, now, planes[p].width);
            }
        }
        if (mask)
            add_match(to, old->address, mask, kept);
    }
}

static void free_step(step *which)
{
    free(which->matches);
    *which = (step){ 0 };
}

static void copy_step(step *to, const step *from)
{
    free_step(to);
    for (size_t i = 0; i < from->count; i++)
        add_match(to, from->matches[i].address, from->matches[i].planes, from->matches[i].bytes);
}

/* --- the questions --- */

static void choose_types(char *prefix, size_t size)
{
    static const struct {
        const char *name;
        memscan_type types[6];
    } sorts[] = {
        { "i8", { MEMSCAN_I8 } },
        { "u8", { MEMSCAN_U8 } },
        { "i16", { MEMSCAN_I16 } },
        { "u16", { MEMSCAN_U16 } },
        { "i32", { MEMSCAN_I32 } },
        { "u32", { MEMSCAN_U32 } },
        { "i64", { MEMSCAN_I64 } },
        { "u64", { MEMSCAN_U64 } },
        { "f32", { MEMSCAN_F32 } },
        { "f64", { MEMSCAN_F64 } },
        { "ptr", { MEMSCAN_PTR } },
        { "int", { MEMSCAN_I8, MEMSCAN_I16, MEMSCAN_I32, MEMSCAN_I64 } },
        { "float", { MEMSCAN_F32, MEMSCAN_F64 } },
        { "num", { MEMSCAN_I8, MEMSCAN_I16, MEMSCAN_I32, MEMSCAN_I64, MEMSCAN_F32, MEMSCAN_F64 } },
    };
    uint32_t sort = draw(sizeof sorts / sizeof sorts[0]);
    static const uint32_t alignments[] = { 1, 2, 4, 8, 3 };
    uint32_t alignment = draw(2) ? 0 : alignments[draw(5)];
    aligned = alignment == 0;
    big_endian = draw(5) == 0;
    plane_count = 0;
    for (int t = 0; t < 6 && sorts[sort].types[t]; t++) {
        uint32_t width = (uint32_t)memscan_type_width(sorts[sort].types[t], 8);
        planes[plane_count++] = (plane){ sorts[sort].types[t], width, alignment ? alignment : width };
    }
    snprintf(prefix, size, "%s%s:", big_endian ? "be:" : "", sorts[sort].name);
}

static bool has_unsigned(void)
{
    return !is_signed(planes[0].type) && !is_float(planes[0].type);
}

static void ask_value(question *q)
{
    static const char *const forms[] = { "", "not ", "above ", "below " };
    q->kind = (question_kind)draw(5);
    q->low = (int)draw(12) - (has_unsigned() ? 0 : 6);
    q->high = q->low + (int)draw(4);
    q->mark = -1;
    if (q->kind == RANGE)
        snprintf(q->text, sizeof q->text, "%d..%d", q->low, q->high);
    else
        snprintf(q->text, sizeof q->text, "%s%d", forms[q->kind], q->low);
}

/* In a next scan a value with a sign needs "=", which makes floats exact: then another question is asked. */
static void ask_next(question *q)
{
    static const char *const words[] = { "changed", "unchanged", "increased", "decreased" };
    if (draw(3) == 0) {
        do
            ask_value(q);
        while ((q->kind == EQUAL || q->kind == RANGE) && q->low < 0);
        return;
    }
    q->kind = CHANGED + draw(6);
    q->low = (int)draw(9) - 4;
    q->high = q->low + (int)draw(4);
    q->mark = draw(4) ? -1 : (int)draw(MARKS + 1);
    if (q->mark >= 0 && q->mark < MARKS && marks[q->mark].count == 0)
        q->mark = MARKS;
    int used = q->kind == BY         ? snprintf(q->text, sizeof q->text, "%+d", q->low)
               : q->kind == BY_RANGE ? snprintf(q->text, sizeof q->text, "%+d..%+d", q->low, q->high)
                                     : snprintf(q->text, sizeof q->text, "%s", words[q->kind - CHANGED]);
    if (q->kind == BY && q->low == 0)
        q->kind = BY; /* "+0": differences that round to nothing, from zero up to half */
    if (q->mark == MARKS)
        snprintf(q->text + used, sizeof q->text - (size_t)used, " since first");
    else if (q->mark >= 0)
        snprintf(q->text + used, sizeof q->text - (size_t)used, " since m%d", q->mark);
}

/* --- playing --- */

static char path[288];
static memscan_target *target;
static memscan_scan *scan;
static memscan_scan_options options;
static bool attached; /* the session is in the file */
static void note(const char *what)
{
    size_t length = strlen(history);
    snprintf(history + length, sizeof history - length, "%s; ", what);
}

static uint32_t types_of(uint32_t mask)
{
    uint32_t types = 0;
    for (uint32_t p = 0; p < plane_count; p++)
        if (mask >> p & 1)
            types |= MEMSCAN_TYPE_BIT(planes[p].type);
    return types;
}

static void compare_match(size_t i, const memscan_scan_match *got)
{
    const step *wanted = &steps[current];
    const match *one = i < wanted->count ? &wanted->matches[i] : NULL;
    if (!one || got->address != one->address)
        fail("match %zu is %#llx, not %#llx", i, (unsigned long long)got->address,
             one ? (unsigned long long)one->address : 0);
    if (got->types != types_of(one->planes))
        fail("types at %#llx: %x, not %x", (unsigned long long)got->address, got->types, types_of(one->planes));
    if (memcmp(got->bytes, one->bytes, got->length) != 0 || got->number != i + 1)
        fail("bytes or number at %#llx", (unsigned long long)got->address);
}

static void compare(void)
{
    const step *wanted = &steps[current];
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_scan_match got;
    size_t i = 0;
    for (; memscan_scan_each(scan, &cursor, &got); i++)
        compare_match(i, &got);
    require(cursor.status == MEMSCAN_OK, "the list ends with a failure");
    if (i != wanted->count || memscan_scan_count(scan) != i)
        fail("%zu matches, not %zu", i, wanted->count);
    if (i) {
        uint64_t number = 1 + chance((uint32_t)i);
        require(memscan_scan_at(scan, number, &got, NULL) == MEMSCAN_OK, "a match has no number");
        require(got.address == wanted->matches[number - 1].address, "a number is another match's");
    }
    require(memscan_scan_at(scan, i + 1, &got, NULL) == MEMSCAN_NOT_FOUND, "there is a match behind the last");
}

static void play_first(const char *prefix)
{
    question q;
    char text[96];
    memscan_report report;
    memscan_error error = { .text = "" };
    bool unknown = draw(2);
    ask_value(&q);
    if (unknown)
        snprintf(text, sizeof text, "%sunknown", prefix);
    else
        snprintf(text, sizeof text, "%s%s", prefix, q.text);
    note(text);
    attached = draw(3) == 0;
    memscan_status status = memscan_scan_first(scan, text, attached ? path : NULL, &report, &error);
    if (status != MEMSCAN_OK)
        fail("%s: %s", text, error.text);
    require(report.asked == report.scanned + report.skipped + report.failed, "the report does not add up");
    model_first(&steps[0], unknown ? NULL : &q);
    step_count = 1;
    current = 0;
}

static void play_next(void)
{
    question q;
    memscan_report report;
    memscan_error error = { .text = "" };
    ask_next(&q);
    note(q.text);
    step next;
    model_next(&next, &steps[current], &q);
    memscan_status status = memscan_scan_next(scan, q.text, &report, &error);
    if (status != MEMSCAN_OK)
        fail("%s: %s", q.text, error.text);
    require(report.asked == report.scanned + report.skipped + report.failed, "the report does not add up");
    require(report.unwritten <= report.scanned, "more is spared than scanned");
    spared += report.unwritten;
    for (int i = current + 1; i < step_count; i++)
        free_step(&steps[i]);
    steps[++current] = next;
    step_count = current + 1;
}

static void play_mark(void)
{
    char name[8];
    int which = (int)draw(MARKS);
    snprintf(name, sizeof name, "m%d", which);
    note(name);
    require(memscan_scan_mark(scan, name, NULL) == MEMSCAN_OK, "a mark fails");
    copy_step(&marks[which], &steps[current]);
}

static void play_reopen(void)
{
    memscan_error error = { .text = "" };
    note("reopen");
    if (memscan_scan_save(scan, path, &error) != MEMSCAN_OK)
        fail("save: %s", error.text);
    memscan_scan_destroy(scan);
    if (memscan_scan_open(target, path, &options, &scan, &error) != MEMSCAN_OK)
        fail("open: %s", error.text);
    attached = true;
}

/* Pages that cannot be read come and go; a region may vanish for good. Where values straddle pages, a hole would keep
 * one value and judge its neighbour, which share bytes: the model has a copy for each, so it is not asked. */
static void play_trouble(void)
{
    for (int r = 0; r < REGIONS; r++)
        for (uint32_t p = 0; aligned && p < regions[r].pages; p++) {
            bool hole = draw(8) == 0;
            if (hole != regions[r].hole[p] && regions[r].mapped && !regions[r].untouched[p]) {
                regions[r].hole[p] = hole;
                fake_hole(fake, regions[r].start + p * PAGE, PAGE, hole ? MEMSCAN_FAULTY : MEMSCAN_WHOLE);
            }
        }
    if (draw(6) == 0) {
        region *where = &regions[1 + draw(REGIONS - 1)];
        if (where->mapped)
            fake_unmap(fake, where->start);
        where->mapped = false;
        note("unmap");
    }
}

static void play_move(bool back)
{
    bool possible = back ? current > 0 : current + 1 < step_count;
    memscan_status status = back ? memscan_scan_undo(scan, NULL) : memscan_scan_redo(scan, NULL);
    require(status == (possible ? MEMSCAN_OK : MEMSCAN_NOT_FOUND), "undo or redo");
    if (possible)
        current += back ? -1 : 1;
    note(back ? "undo" : "redo");
}

/* Writes are tracked no more, or from here on only. */
static void play_lost(void)
{
    if (draw(2))
        fake_lose_track(fake);
    else
        memscan_untrack(target);
    note("lost track");
}

static void play_round(void)
{
    if (draw(5) == 0)
        play_trouble();
    change_memory(draw(3) == 0 ? draw(4) : draw(2) ? 20 : 600); /* few: then most pages are unwritten */
    switch (draw(10)) {
    case 0: play_move(true); break;
    case 1: play_move(false); break;
    case 2: play_mark(); break;
    case 3: play_reopen(); break;
    case 4: play_lost(); break;
    default: play_next(); break;
    }
    compare();
}

static void begin(void)
{
    char prefix[16];
    build_memory();
    change_memory(1500);
    choose_types(prefix, sizeof prefix);
    options = (memscan_scan_options)MEMSCAN_SCAN_OPTIONS_INIT;
    options.alignment = aligned ? 0 : planes[0].stride;
    options.workers = 1 + draw(3);
    options.memory_limit = draw(2) ? 1 : 64 << 20;
    options.track = draw(2) ? MEMSCAN_TRACK_OPEN : MEMSCAN_TRACK_NONE;
    fake_set(fake)->track_silence = draw(2) ? 0 : 2 + draw(4);
    require(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL) == MEMSCAN_OK, "the fake does not open");
    require(memscan_scan_create(target, &options, &scan, NULL) == MEMSCAN_OK, "no session");
    play_first(prefix);
    compare();
}

static void end(void)
{
    memscan_scan_destroy(scan);
    memscan_close(target);
    require(fake_counted(fake).touched == 0, "pages were touched");
    if (fake_counted(fake).breaches)
        fail("%s", fake_counted(fake).breach);
    fake_destroy(fake);
    for (int i = 0; i < step_count; i++)
        free_step(&steps[i]);
    for (int i = 0; i < MARKS; i++)
        free_step(&marks[i]);
    remove(path);
}

uint64_t scan_model_spared(void)
{
    return spared;
}

void scan_model_play(const scan_model_game *what, scan_model_complain *complain_to)
{
    game = what;
    complain = complain_to;
    bytes_used = 0;
    state = what->seed;
    history[0] = '\0';
    snprintf(path, sizeof path, "%s/session", what->folder);
    begin();
    for (int round = 0; round < STEPS - 2 && steps[current].count && !is_over(); round++)
        play_round();
    end();
}
