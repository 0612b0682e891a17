/* test_hold.c - values held and watched on a scripted target: what is written and what is left alone, places that come
 * and go, pointer paths, the end of the target, memory that runs out. */
#include "check_main.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <memscan/memscan.h>

#include "counting_allocator.h"
#include "fake_platform.h"

enum { RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, PAGE = 0x1000 };
#define HEAP  0x10000u
#define HEAP2 0x20000u

static fake_target *the_fake;
static memscan_target *target;
static uint8_t *heap;
static memscan_hold *hold;
static memscan_watch *watch;

static void set_up(void)
{
    the_fake = fake_create();
    heap = fake_map(the_fake, HEAP, PAGE, RW, MEMSCAN_KIND_HEAP);
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_WRITE, NULL, &target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_hold_create(target, &hold, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_watch_create(target, &watch, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_hold_destroy(hold);
    memscan_watch_destroy(watch);
    memscan_close(target);
    fake_counts counts = fake_counted(the_fake);
    ck_assert_msg(counts.breaches == 0, "%s", counts.breach);
    fake_destroy(the_fake);
}

static void put32(uint32_t offset, int32_t value)
{
    memcpy(heap + offset, &value, sizeof value);
}

static int32_t get32(uint32_t offset)
{
    int32_t value;
    memcpy(&value, heap + offset, sizeof value);
    return value;
}

static void put64(uint8_t *bytes, uint64_t value)
{
    memcpy(bytes, &value, sizeof value);
}

static void add(const char *address, const char *value, memscan_hold_mode mode)
{
    memscan_error error = { .text = "" };
    memscan_status status = memscan_hold_add(hold, address, value, mode, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s %s: %s", address, value, error.text);
}

static void beat(void)
{
    ck_assert_int_eq(memscan_hold_beat(hold, NULL), MEMSCAN_OK);
}

typedef struct taken {
    size_t skip;
    memscan_hold_entry entry;
    char why[256];
} taken;

static int take_entry(const memscan_hold_entry *entry, void *context)
{
    taken *t = context;
    if (t->skip-- > 0)
        return 0;
    t->entry = *entry;
    snprintf(t->why, sizeof t->why, "%s", entry->why);
    return 1;
}

static taken entry_at(size_t index)
{
    taken t = { .skip = index };
    ck_assert_int_eq(memscan_hold_entries(hold, take_entry, &t, NULL), MEMSCAN_STOPPED);
    return t;
}

/* ---- hold ---- */

START_TEST(whatever_else_stands_there_is_overwritten)
{
    put32(0x100, 7);
    add("0x10100", "i32:100", MEMSCAN_HOLD_EXACT);
    ck_assert_int_eq(get32(0x100), 7); /* adding touches nothing */
    ck_assert_uint_eq(entry_at(0).entry.address, HEAP + 0x100);
    beat();
    ck_assert_int_eq(get32(0x100), 100);
    beat();
    ck_assert_uint_eq(entry_at(0).entry.writes, 1); /* it was right: nothing written */
    put32(0x100, 101);
    beat();
    ck_assert_int_eq(get32(0x100), 100);
    ck_assert_uint_eq(entry_at(0).entry.writes, 2);
    ck_assert_int_eq(entry_at(0).entry.status, MEMSCAN_OK);
    ck_assert_str_eq(entry_at(0).why, "");
    ck_assert_str_eq(entry_at(0).entry.address_text, "0x10100");
    ck_assert_str_eq(entry_at(0).entry.value_text, "i32:100");
    ck_assert_uint_eq(fake_writes(the_fake, NULL, 0), 2);
}
END_TEST

START_TEST(never_below_and_never_above)
{
    add("0x10100", "i32:-5", MEMSCAN_NEVER_BELOW);
    add("0x10104", "i32:100", MEMSCAN_NEVER_ABOVE);
    static const int32_t cases[][4] = {
        { -6, -5, 101, 100 },
        { -5, -5, 100, 100 },
        { 7, 7, 99, 99 },
        { INT32_MIN, -5, INT32_MAX, 100 },
        { INT32_MAX, INT32_MAX, INT32_MIN, INT32_MIN },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put32(0x100, cases[i][0]);
        put32(0x104, cases[i][2]);
        beat();
        ck_assert_int_eq(get32(0x100), cases[i][1]);
        ck_assert_int_eq(get32(0x104), cases[i][3]);
    }
    ck_assert_uint_eq(entry_at(0).entry.writes, 2);
    ck_assert_uint_eq(entry_at(1).entry.writes, 2);
}
END_TEST

START_TEST(a_nan_is_left_alone_by_directions_and_not_by_exactness)
{
    float nan = nanf(""), below = 1.0f, now;
    memcpy(heap + 0x100, &nan, 4);
    memcpy(heap + 0x104, &nan, 4);
    memcpy(heap + 0x108, &below, 4);
    add("0x10100", "f32:1.5", MEMSCAN_NEVER_BELOW);
    add("0x10104", "f32:1.5", MEMSCAN_HOLD_EXACT);
    add("0x10108", "f32:1.5", MEMSCAN_NEVER_BELOW);
    beat();
    memcpy(&now, heap + 0x100, 4);
    ck_assert(isnan(now));
    memcpy(&now, heap + 0x104, 4);
    ck_assert(now == 1.5f);
    memcpy(&now, heap + 0x108, 4);
    ck_assert(now == 1.5f);
}
END_TEST

START_TEST(big_endian_values_are_laid_and_compared_as_such)
{
    static const uint8_t hundred[4] = { 0, 0, 0, 100 }, hundred_and_one[4] = { 0, 0, 0, 101 },
                         ninety[4] = { 0, 0, 0, 90 };
    add("0x10100", "be:i32:100", MEMSCAN_HOLD_EXACT);
    add("0x10104", "be:i32:100", MEMSCAN_NEVER_BELOW);
    memcpy(heap + 0x104, hundred_and_one, 4);
    beat();
    ck_assert_mem_eq(heap + 0x100, hundred, 4);
    ck_assert_mem_eq(heap + 0x104, hundred_and_one, 4);
    memcpy(heap + 0x104, ninety, 4);
    beat();
    ck_assert_mem_eq(heap + 0x104, hundred, 4);
}
END_TEST

START_TEST(text_and_bytes_are_held_exactly)
{
    add("0x10200", "text:hero", MEMSCAN_HOLD_EXACT);
    add("0x10210", "hex:90 90 C3", MEMSCAN_HOLD_EXACT);
    memcpy(heap + 0x200, "zero!", 5);
    beat();
    ck_assert_mem_eq(heap + 0x200, "hero!", 5);
    ck_assert_mem_eq(heap + 0x210, "\x90\x90\xc3\x00", 4);
    ck_assert_int_eq(memscan_hold_add(hold, "0x10200", "text:a", MEMSCAN_NEVER_BELOW, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_hold_add(hold, "0x10200", "hex:90", MEMSCAN_NEVER_ABOVE, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_hold_add(hold, "0x10200", "f32:nan", MEMSCAN_NEVER_ABOVE, NULL), MEMSCAN_INVALID);
}
END_TEST

START_TEST(what_cannot_be_meant_is_refused)
{
    static const char *const wrong[][2] = {
        { "0x10100", "i32:1..2" }, { "0x10100", "int:5" }, { "0x10100", "i8:200" },
        { "0x10100", "" },         { "", "i32:1" },        { "0xffffffffffffffff", "i32:1" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_eq(memscan_hold_add(hold, wrong[i][0], wrong[i][1], MEMSCAN_HOLD_EXACT, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_hold_add(hold, "@3", "i32:1", MEMSCAN_HOLD_EXACT, NULL), MEMSCAN_NOT_SUPPORTED);
    memscan_target *reader;
    memscan_hold *none = hold;
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &reader, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_hold_create(reader, &none, NULL), MEMSCAN_DENIED);
    ck_assert_ptr_null(none);
    memscan_close(reader);
}
END_TEST

START_TEST(many_at_once_are_read_in_few_calls)
{
    enum { MANY = 500 };
    for (int i = 0; i < MANY; i++) {
        char address[24], value[24];
        snprintf(address, sizeof address, "0x%x", HEAP + 8 * (unsigned)i);
        snprintf(value, sizeof value, "i32:%d", i);
        add(address, value, MEMSCAN_HOLD_EXACT);
    }
    beat();
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(get32(8 * (uint32_t)i), i);
    fake_forget_counts(the_fake);
    beat(); /* all is right: nothing but reading */
    fake_counts counts = fake_counted(the_fake);
    ck_assert_uint_eq(counts.calls[FAKE_WRITE], 0);
    ck_assert_uint_le(counts.calls[FAKE_READ], 16);
    put32(8 * 77, -1);
    put32(8 * 499, -1);
    beat();
    ck_assert_uint_eq(fake_counted(the_fake).calls[FAKE_WRITE], 2);
    ck_assert_int_eq(get32(8 * 77), 77);
    ck_assert_int_eq(get32(8 * 499), 499);
    ck_assert_uint_eq(entry_at(0).entry.writes, 0); /* it was 0 before */
    ck_assert_uint_eq(entry_at(77).entry.writes, 2);
}
END_TEST

START_TEST(a_pointer_path_is_followed_anew_at_every_beat)
{
    put64(heap + 0x10, HEAP + 0x100);
    put64(heap + 0x108, HEAP + 0x200);
    add("[[0x10010]+0x8]+0x4", "i32:9", MEMSCAN_HOLD_EXACT);
    beat();
    ck_assert_int_eq(get32(0x204), 9);
    put64(heap + 0x10, HEAP + 0x400); /* the object moved */
    put64(heap + 0x408, HEAP + 0x500);
    put32(0x204, 1);
    beat();
    ck_assert_int_eq(get32(0x204), 1);
    ck_assert_int_eq(get32(0x504), 9);
    ck_assert_uint_eq(entry_at(0).entry.address, HEAP + 0x504);
    ck_assert_uint_eq(entry_at(0).entry.writes, 2);
}
END_TEST

START_TEST(a_path_that_leads_nowhere_is_tried_again)
{
    static const uint64_t nowhere[] = { 0, 0x999000, UINT64_MAX, UINT64_MAX - 2 };
    add("[0x10010]+0x4", "i32:9", MEMSCAN_HOLD_EXACT); /* NULL as yet */
    for (size_t i = 0; i < sizeof nowhere / sizeof nowhere[0]; i++) {
        put64(heap + 0x10, nowhere[i]);
        beat();
        ck_assert_int_eq(entry_at(0).entry.status, MEMSCAN_UNREADABLE);
        ck_assert_str_ne(entry_at(0).why, "");
    }
    put64(heap + 0x10, HEAP + 0x100);
    beat();
    ck_assert_int_eq(entry_at(0).entry.status, MEMSCAN_OK);
    ck_assert_int_eq(get32(0x104), 9);
    put64(heap + 0x10, UINT64_MAX); /* one that leads beyond all addresses does not spoil the others */
    add("0x10300", "i32:5", MEMSCAN_HOLD_EXACT);
    beat();
    ck_assert_int_eq(get32(0x300), 5);
    ck_assert_int_eq(memscan_hold_add(hold, "[0x10010]+0x4", "i32:1", MEMSCAN_HOLD_EXACT, NULL), MEMSCAN_OK);
}
END_TEST

START_TEST(memory_that_comes_later_is_held_from_then_on)
{
    add("0x20100", "i32:5", MEMSCAN_HOLD_EXACT);
    add("game+0x10", "i32:6", MEMSCAN_HOLD_EXACT);
    add("0x10100", "i32:7", MEMSCAN_HOLD_EXACT);
    beat();
    ck_assert_int_eq(entry_at(0).entry.status, MEMSCAN_UNREADABLE);
    ck_assert_str_eq(entry_at(0).why, "cannot read 0x20100: not mapped");
    ck_assert_int_eq(entry_at(1).entry.status, MEMSCAN_NOT_FOUND);
    ck_assert_int_eq(get32(0x100), 7);
    uint8_t *second = fake_map(the_fake, HEAP2, PAGE, RW, MEMSCAN_KIND_HEAP);
    uint8_t *data = fake_map(the_fake, 0x400000, PAGE, RW, MEMSCAN_KIND_DATA);
    fake_describe(the_fake, 0x400000, MEMSCAN_REGION_FILE, "/usr/games/game");
    fake_add_module(the_fake, 0x400000, PAGE, "/usr/games/game");
    beat();
    beat();
    ck_assert_uint_eq(second[0x100], 5);
    ck_assert_uint_eq(data[0x10], 6);
    ck_assert_int_eq(entry_at(1).entry.status, MEMSCAN_OK);
    fake_unmap(the_fake, HEAP2);
    beat();
    ck_assert_int_eq(entry_at(0).entry.status, MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(entry_at(0).entry.writes, 1);
}
END_TEST

START_TEST(what_cannot_be_written_says_why)
{
    add("0x10100", "i32:5", MEMSCAN_HOLD_EXACT);
    add("0x20100", "i32:6", MEMSCAN_HOLD_EXACT);
    uint8_t *second = fake_map(the_fake, HEAP2, PAGE, RW, MEMSCAN_KIND_HEAP);
    fake_refuse_writes(the_fake, HEAP, PAGE, MEMSCAN_PROTECTED);
    beat();
    ck_assert_int_eq(entry_at(0).entry.status, MEMSCAN_UNWRITABLE);
    ck_assert_str_ne(entry_at(0).why, "");
    ck_assert_uint_eq(entry_at(0).entry.writes, 0);
    ck_assert_uint_eq(second[0x100], 6);
    fake_refuse_writes(the_fake, HEAP, PAGE, MEMSCAN_WHOLE);
    beat();
    ck_assert_int_eq(entry_at(0).entry.status, MEMSCAN_OK);
    ck_assert_int_eq(get32(0x100), 5);
}
END_TEST

/* The target writes, too, before the value is read back. */
static void fight_back(fake_target *fake, fake_operation operation, uint64_t nth, void *context)
{
    (void)nth;
    (void)context;
    if (operation == FAKE_READ && fake_counted(fake).calls[FAKE_WRITE] > 0)
        put32(0x100, 1);
}

START_TEST(a_target_that_overwrites_at_once_is_counted)
{
    add("0x10100", "i32:5", MEMSCAN_HOLD_EXACT);
    fake_on_call(the_fake, fight_back, NULL);
    beat();
    beat();
    ck_assert_uint_eq(entry_at(0).entry.writes, 2);
    ck_assert_int_eq(entry_at(0).entry.status, MEMSCAN_OK);
}
END_TEST

START_TEST(death_at_every_call_ends_the_holding)
{
    bool struck = true;
    uint64_t nth = 1;
    for (; struck; nth++) { /* the last one: it lives */
        fake_target *fake = fake_create();
        memscan_target *opened = NULL;
        memscan_hold *held = NULL;
        memscan_error error;
        fake_map(fake, HEAP, PAGE, RW, MEMSCAN_KIND_ANON);
        ck_assert_int_eq(fake_open(fake, MEMSCAN_WRITE, NULL, &opened, NULL), MEMSCAN_OK);
        ck_assert_int_eq(memscan_hold_create(opened, &held, NULL), MEMSCAN_OK);
        ck_assert_int_eq(memscan_hold_add(held, "0x10100", "i32:5", MEMSCAN_HOLD_EXACT, NULL), MEMSCAN_OK);
        ck_assert_int_eq(memscan_hold_add(held, "[0x10000]+8", "i32:5", MEMSCAN_HOLD_EXACT, NULL), MEMSCAN_OK);
        uint64_t before = fake_counted(fake).total;
        fake_die_at(fake, nth);
        memscan_status status = memscan_hold_beat(held, &error);
        struck = fake_counted(fake).total - before >= nth;
        ck_assert_msg(status == (struck ? MEMSCAN_GONE : MEMSCAN_OK), "call %d: %d", (int)nth, status);
        ck_assert(status == MEMSCAN_OK || error.status == MEMSCAN_GONE);
        ck_assert(nth < 40);
        memscan_hold_destroy(held);
        memscan_close(opened);
        fake_destroy(fake);
    }
    ck_assert_uint_gt(nth, 12);
}
END_TEST

START_TEST(with_nothing_readable_the_end_is_still_noticed)
{
    add("0x20100", "i32:5", MEMSCAN_HOLD_EXACT);
    beat();
    fake_die_at(the_fake, 1);
    ck_assert_int_eq(memscan_hold_beat(hold, NULL), MEMSCAN_GONE);
    fake_die_at(the_fake, 0);
}
END_TEST

/* ---- watch ---- */

typedef struct seen_change {
    size_t index;
    uint64_t address;
    bool had_before, has_now;
    int32_t before, now;
} seen_change;

typedef struct seen_changes {
    seen_change items[8];
    size_t count, stop_at;
} seen_changes;

static int see(const memscan_change *change, void *context)
{
    seen_changes *all = context;
    seen_change *c = &all->items[all->count++];
    *c = (seen_change){ .index = change->index,
                        .address = change->address,
                        .had_before = change->before != NULL,
                        .has_now = change->now != NULL };
    size_t kept = change->length < 4 ? change->length : 4;
    if (change->before)
        memcpy(&c->before, change->before, kept);
    if (change->now)
        memcpy(&c->now, change->now, kept);
    return all->count == all->stop_at;
}

static seen_changes look(void)
{
    seen_changes all = { .count = 0 };
    ck_assert_int_eq(memscan_watch_beat(watch, see, &all, NULL), MEMSCAN_OK);
    return all;
}

START_TEST(only_changes_are_shown_and_everything_once)
{
    put32(0x100, 5);
    put32(0x104, 6);
    ck_assert_int_eq(memscan_watch_add(watch, "0x10100", MEMSCAN_I32, 0, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_watch_add(watch, "0x10104", MEMSCAN_I32, 0, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_watch_add(watch, "0x20100", MEMSCAN_I32, 0, NULL), MEMSCAN_OK);
    seen_changes all = look();
    ck_assert_uint_eq(all.count, 3);
    ck_assert(!all.items[0].had_before && all.items[0].now == 5);
    ck_assert(!all.items[2].has_now);
    ck_assert_uint_eq(look().count, 0);
    put32(0x104, 7);
    all = look();
    ck_assert_uint_eq(all.count, 1);
    ck_assert_uint_eq(all.items[0].index, 1);
    ck_assert_int_eq(all.items[0].before, 6);
    ck_assert_int_eq(all.items[0].now, 7);
    fake_map(the_fake, HEAP2, PAGE, RW, MEMSCAN_KIND_HEAP);
    all = look();
    ck_assert_uint_eq(all.count, 1);
    ck_assert(all.items[0].index == 2 && !all.items[0].had_before && all.items[0].has_now);
    fake_unmap(the_fake, HEAP2);
    all = look();
    ck_assert_uint_eq(all.count, 1);
    ck_assert(all.items[0].index == 2 && all.items[0].had_before && !all.items[0].has_now);
    ck_assert_uint_eq(fake_writes(the_fake, NULL, 0), 0);
}
END_TEST

START_TEST(text_paths_and_wrong_lengths)
{
    memcpy(heap + 0x100, "hero", 4);
    put64(heap + 0x10, HEAP + 0x100);
    ck_assert_int_eq(memscan_watch_add(watch, "[0x10010]", MEMSCAN_TEXT, 4, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(look().count, 1);
    memcpy(heap + 0x103, "e", 1);
    ck_assert_uint_eq(look().count, 1);
    memcpy(heap + 0x200, "here", 4);
    put64(heap + 0x10, HEAP + 0x200); /* moved: the value is the same */
    ck_assert_uint_eq(look().count, 0);
    ck_assert_int_eq(memscan_watch_add(watch, "0x10100", MEMSCAN_TEXT, 0, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_watch_add(watch, "0x10100", MEMSCAN_HEX, 70000, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_watch_add(watch, "0x10100", MEMSCAN_INT, 4, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_watch_add(watch, "", MEMSCAN_I32, 4, NULL), MEMSCAN_INVALID);
}
END_TEST

START_TEST(a_watcher_can_stop_and_goes_on_where_it_was)
{
    for (unsigned i = 0; i < 3; i++) {
        char address[24];
        snprintf(address, sizeof address, "0x%x", HEAP + 4 * i);
        ck_assert_int_eq(memscan_watch_add(watch, address, MEMSCAN_I32, 0, NULL), MEMSCAN_OK);
    }
    seen_changes all = { .stop_at = 1 };
    ck_assert_int_eq(memscan_watch_beat(watch, see, &all, NULL), MEMSCAN_STOPPED);
    ck_assert_uint_eq(all.count, 1);
    all = look();
    ck_assert_uint_eq(all.count, 2);
    ck_assert_uint_eq(all.items[0].index, 1);
    fake_die_at(the_fake, 1);
    ck_assert_int_eq(memscan_watch_beat(watch, see, &all, NULL), MEMSCAN_GONE);
    fake_die_at(the_fake, 0);
}
END_TEST

/* ---- memory that runs out ---- */

static memscan_status hold_and_watch(fake_target *fake, const memscan_allocator *allocator)
{
    memscan_target *opened = NULL;
    memscan_hold *held = NULL;
    memscan_watch *watched = NULL;
    seen_changes all = { .count = 0 };
    memscan_status status = fake_open(fake, MEMSCAN_WRITE, allocator, &opened, NULL);
    if (status == MEMSCAN_OK)
        status = memscan_hold_create(opened, &held, NULL);
    if (status == MEMSCAN_OK)
        status = memscan_hold_add(held, "0x10100", "i32:5", MEMSCAN_HOLD_EXACT, NULL);
    if (status == MEMSCAN_OK)
        status = memscan_hold_add(held, "[0x10010]+8", "text:hero", MEMSCAN_HOLD_EXACT, NULL);
    if (status == MEMSCAN_OK)
        status = memscan_hold_beat(held, NULL);
    if (status == MEMSCAN_OK)
        status = memscan_watch_create(opened, &watched, NULL);
    if (status == MEMSCAN_OK)
        status = memscan_watch_add(watched, "0x10100", MEMSCAN_I32, 0, NULL);
    if (status == MEMSCAN_OK)
        status = memscan_watch_beat(watched, see, &all, NULL);
    memscan_watch_destroy(watched);
    memscan_hold_destroy(held);
    memscan_close(opened);
    return status;
}

START_TEST(the_nth_allocation_fails)
{
    bool struck = true;
    unsigned nth = 1;
    for (; struck; nth++) { /* the last one: nothing fails any more */
        counting_allocator counting;
        counting_allocator_init(&counting);
        counting.fail_at = nth;
        put64(heap + 0x10, HEAP + 0x200);
        memscan_status status = hold_and_watch(the_fake, &counting.allocator);
        struck = counting.requests >= nth;
        ck_assert_msg(status == (struck ? MEMSCAN_NO_MEMORY : MEMSCAN_OK), "request %u: %d", nth, status);
        ck_assert_int_eq(counting.blocks, 0);
        ck_assert_uint_eq(counting.wrong_sizes, 0);
        ck_assert_uint_lt(nth, 300);
    }
    ck_assert_uint_gt(nth, 24); /* what both need themselves, beside their target */
    ck_assert_int_eq(get32(0x100), 5);
    ck_assert_mem_eq(heap + 0x208, "hero", 4);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("hold");
    TCase *tests = tcase_create("hold");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, whatever_else_stands_there_is_overwritten);
    tcase_add_test(tests, never_below_and_never_above);
    tcase_add_test(tests, a_nan_is_left_alone_by_directions_and_not_by_exactness);
    tcase_add_test(tests, big_endian_values_are_laid_and_compared_as_such);
    tcase_add_test(tests, text_and_bytes_are_held_exactly);
    tcase_add_test(tests, what_cannot_be_meant_is_refused);
    tcase_add_test(tests, many_at_once_are_read_in_few_calls);
    tcase_add_test(tests, a_pointer_path_is_followed_anew_at_every_beat);
    tcase_add_test(tests, a_path_that_leads_nowhere_is_tried_again);
    tcase_add_test(tests, memory_that_comes_later_is_held_from_then_on);
    tcase_add_test(tests, what_cannot_be_written_says_why);
    tcase_add_test(tests, a_target_that_overwrites_at_once_is_counted);
    tcase_add_test(tests, death_at_every_call_ends_the_holding);
    tcase_add_test(tests, with_nothing_readable_the_end_is_still_noticed);
    tcase_add_test(tests, only_changes_are_shown_and_everything_once);
    tcase_add_test(tests, text_paths_and_wrong_lengths);
    tcase_add_test(tests, a_watcher_can_stop_and_goes_on_where_it_was);
    tcase_add_test(tests, the_nth_allocation_fails);
    suite_add_tcase(suite, tests);
    return suite;
}
