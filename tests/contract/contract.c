/* contract.c - what every platform must do: the promises of memscan/ext/platform.h, one test each. Most call the
 * platform's own table, as the core does; the last ones go through the public headers. */
#include "contract.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memscan/memscan.h>

#include "check_main.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/base/host.h"
#include "libmemscan/target/target.h"

static const contract_truth *truth;
static memscan_target *target;
static const memscan_platform *platform;
static void *state;

static memscan_target *open_target(uint32_t access)
{
    memscan_open_options options = MEMSCAN_OPEN_OPTIONS_INIT;
    memscan_target *opened;
    memscan_error error = { .text = "" };
    options.platforms = truth->platforms;
    ck_assert_msg(memscan_open(truth->locator, access, &options, &opened, &error) == MEMSCAN_OK, "%s", error.text);
    return opened;
}

static void set_up(void)
{
    truth = contract_begin();
    target = open_target(MEMSCAN_WRITE);
    platform = &target->platform;
    state = target->state;
}

static void tear_down(void)
{
    memscan_close(target);
    contract_finish();
}

static const contract_place *writable_place(void)
{
    return &truth->places[truth->writable];
}

static uint64_t hole(void)
{
    return writable_place()->address + writable_place()->size;
}

static memscan_transfer transfer_of(uint64_t address, size_t size, void *buffer)
{
    return (memscan_transfer){ .address = address, .size = size, .buffer = buffer };
}

START_TEST(the_table_is_whole_where_it_must_be)
{
    ck_assert_ptr_nonnull(platform->name);
    ck_assert_ptr_nonnull(platform->scheme);
    ck_assert(platform->open && platform->close && platform->facts && platform->alive && platform->regions &&
              platform->read);
    ck_assert_int_eq(platform->alive(state, NULL), MEMSCAN_OK);
}
END_TEST

START_TEST(the_facts_hold)
{
    memscan_platform_facts facts = { .target = MEMSCAN_FACTS_INIT };
    ck_assert_int_eq(platform->facts(state, &facts, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(facts.target.page_size, truth->page_size);
    ck_assert_uint_eq(facts.target.page_size & (facts.target.page_size - 1), 0);
    ck_assert_uint_eq(facts.target.layout.pointer_width, truth->layout.pointer_width);
    ck_assert_uint_eq(facts.target.layout.big_endian, truth->layout.big_endian);
    ck_assert_uint_gt(facts.target.highest_address, facts.target.lowest_address);
    ck_assert_ptr_nonnull(memchr(facts.target.name, '\0', sizeof facts.target.name));
    ck_assert(!(facts.capabilities & MEMSCAN_CAN_WRITE) || platform->write);
    ck_assert(!(facts.capabilities & MEMSCAN_CAN_RESIDENCY) || platform->residency);
}
END_TEST

typedef struct region_walk {
    uint64_t from;
    uint64_t next; /* nothing may lie below */
    bool ended;    /* the last byte of the address space was shown */
    size_t count, stop_at;
    uint64_t first_start, first_size;
} region_walk;

static int check_region(const memscan_region *region, void *context)
{
    region_walk *walk = context;
    ck_assert_uint_gt(region->size, 0);
    ck_assert_uint_ge(UINT64_MAX - (region->size - 1), region->start);
    ck_assert(!walk->ended);
    ck_assert_uint_ge(region->start, walk->next);
    ck_assert_uint_ge(region->start + (region->size - 1), walk->from);
    ck_assert_ptr_nonnull(region->name);
    ck_assert_int_lt((int)region->kind, MEMSCAN_KIND_COUNT);
    ck_assert_uint_eq(region->protection & ~7u, 0);
    if (walk->count++ == 0) {
        walk->first_start = region->start;
        walk->first_size = region->size;
    }
    walk->next = region->start + region->size;
    walk->ended = walk->next == 0;
    return walk->count == walk->stop_at;
}

START_TEST(regions_ascend_and_never_overlap)
{
    region_walk walk = { .count = 0 };
    ck_assert_int_eq(platform->regions(state, 0, check_region, &walk, NULL), MEMSCAN_OK);
    ck_assert_uint_ge(walk.count, truth->place_count);
}
END_TEST

START_TEST(a_walk_begins_with_the_region_that_holds_its_start)
{
    for (size_t i = 0; i < truth->place_count; i++) {
        const contract_place *place = &truth->places[i];
        uint64_t inside[] = { place->address, place->address + place->size / 2, place->address + place->size - 1 };
        for (size_t k = 0; k < 3; k++) {
            region_walk walk = { .from = inside[k], .stop_at = 1 };
            ck_assert_int_eq(platform->regions(state, inside[k], check_region, &walk, NULL), MEMSCAN_STOPPED);
            ck_assert(walk.first_start <= inside[k] && inside[k] - walk.first_start < walk.first_size);
        }
    }
}
END_TEST

START_TEST(a_walk_from_a_hole_begins_behind_it)
{
    region_walk walk = { .from = hole() };
    ck_assert_int_eq(platform->regions(state, hole(), check_region, &walk, NULL), MEMSCAN_OK);
    ck_assert(walk.count == 0 || walk.first_start > hole());
    walk = (region_walk){ .from = UINT64_MAX };
    ck_assert_int_eq(platform->regions(state, UINT64_MAX, check_region, &walk, NULL), MEMSCAN_OK);
    ck_assert_uint_le(walk.count, 1);
}
END_TEST

static int take_first(const memscan_region *region, void *context)
{
    *(memscan_region *)context = *region;
    ((memscan_region *)context)->name = ""; /* the platform's is valid during the visit only */
    return 1;
}

static memscan_region region_of(uint64_t address)
{
    memscan_region region = { 0 };
    ck_assert_int_eq(platform->regions(state, address, take_first, &region, NULL), MEMSCAN_STOPPED);
    ck_assert(region.start <= address && address - region.start < region.size);
    return region;
}

/* For who is going to read the first byte of each place alone: their regions are what they are to everybody. */
START_TEST(a_map_about_some_ranges_is_right_about_them)
{
    ms_region_map *all, *about;
    memscan_range ranges[CONTRACT_MOST_PLACES];
    size_t count = 0;
    if (!platform->regions_about)
        return;
    ck_assert_int_eq(ms_region_map_take(platform, state, &ms_default_allocator, 0, UINT64_MAX, &all, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < ms_region_map_count(all); i++)
        for (size_t p = 0; p < truth->place_count; p++)
            if (ms_region_map_find(all, truth->places[p].address) == ms_region_map_at(all, i) &&
                (!count || ranges[count - 1].last < truth->places[p].address))
                ranges[count++] = (memscan_range){ truth->places[p].address, truth->places[p].address };
    ck_assert_uint_gt(count, 0);
    ck_assert_int_eq(ms_region_map_take_about(platform, state, &ms_default_allocator, ranges, count, &about, NULL),
                     MEMSCAN_OK);
    for (size_t i = 0; i < count; i++) {
        const memscan_region *one = ms_region_map_find(all, ranges[i].start);
        const memscan_region *other = ms_region_map_find(about, ranges[i].start);
        ck_assert_ptr_nonnull(other);
        ck_assert(one->start == other->start && one->size == other->size && one->flags == other->flags &&
                  one->protection == other->protection && one->kind == other->kind);
    }
    ms_region_map_release(about);
    ms_region_map_release(all);
}
END_TEST

START_TEST(regions_are_what_they_are)
{
    for (size_t i = 0; i < truth->place_count; i++) {
        const contract_place *place = &truth->places[i];
        memscan_region region = region_of(place->address);
        ck_assert_uint_ge(region.size - (place->address - region.start), place->size);
        ck_assert_uint_eq(region.protection, place->protection);
        ck_assert_int_eq(region.kind, place->kind);
        ck_assert_uint_eq(region.flags & (MEMSCAN_REGION_SHARED | MEMSCAN_REGION_FILE), place->flags);
    }
}
END_TEST

START_TEST(what_is_there_is_read)
{
    for (size_t i = 0; i < truth->place_count; i++) {
        const contract_place *place = &truth->places[i];
        uint8_t *buffer = malloc(place->size), ends[2];
        memscan_region region = region_of(place->address);
        memscan_transfer transfers[] = { transfer_of(place->address, place->size, buffer),
                                         transfer_of(place->address, 1, &ends[0]),
                                         transfer_of(place->address + place->size - 1, 1, &ends[1]) };
        transfers[0].region = i % 2 ? &region : NULL;
        ck_assert_int_eq(platform->read(state, transfers, 3, NULL), MEMSCAN_OK);
        for (size_t k = 0; k < 3; k++) {
            ck_assert_uint_eq(transfers[k].done, transfers[k].size);
            ck_assert_int_eq(transfers[k].outcome, MEMSCAN_WHOLE);
        }
        ck_assert_mem_eq(buffer, place->bytes, place->size);
        ck_assert_uint_eq(ends[0], place->bytes[0]);
        ck_assert_uint_eq(ends[1], place->bytes[place->size - 1]);
        free(buffer);
    }
}
END_TEST

START_TEST(a_transfer_ends_at_the_first_byte_that_is_not_there)
{
    const contract_place *place = writable_place();
    uint8_t buffer[4][64];
    memscan_transfer transfers[] = {
        transfer_of(hole() - 40, 64, buffer[0]),    /* runs into it */
        transfer_of(hole(), 64, buffer[1]),         /* begins in it */
        transfer_of(place->address, 64, buffer[2]), /* those behind it are moved all the same */
        transfer_of(hole() - 1, 2, buffer[3]),
    };
    static const size_t done[] = { 40, 0, 64, 1 };
    ck_assert_int_eq(platform->read(state, transfers, 4, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(transfers[i].done, done[i]);
        ck_assert_int_eq(transfers[i].outcome, i == 2 ? MEMSCAN_WHOLE : MEMSCAN_NOT_MAPPED);
    }
    ck_assert_mem_eq(buffer[0], place->bytes + place->size - 40, 40);
    ck_assert_mem_eq(buffer[2], place->bytes, 64);
    ck_assert_uint_eq(buffer[3][0], place->bytes[place->size - 1]);
}
END_TEST

START_TEST(the_ends_of_the_address_space_are_no_trap)
{
    uint8_t buffer[4][16];
    uint64_t last = truth->layout.pointer_width == 4 ? UINT32_MAX : UINT64_MAX;
    memscan_transfer transfers[] = { transfer_of(0, 16, buffer[0]), transfer_of(last - 15, 16, buffer[1]),
                                     transfer_of(last, 1, buffer[2]), transfer_of(last / 2 - 7, 16, buffer[3]) };
    ck_assert_int_eq(platform->read(state, transfers, 4, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < 4; i++)
        ck_assert(transfers[i].outcome == MEMSCAN_WHOLE ? transfers[i].done == transfers[i].size
                                                        : transfers[i].done < transfers[i].size);
}
END_TEST

START_TEST(memory_without_access_is_not_read)
{
    uint8_t byte;
    if (!truth->no_access)
        return;
    memscan_region region = region_of(truth->no_access);
    memscan_transfer transfer = transfer_of(truth->no_access, 1, &byte);
    transfer.region = &region;
    ck_assert_uint_eq(region.protection, 0);
    ck_assert_int_eq(platform->read(state, &transfer, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(transfer.done, 0);
    ck_assert_int_eq(transfer.outcome, MEMSCAN_PROTECTED);
    ck_assert_int_eq(memscan_read(target, truth->no_access, &byte, 1, NULL), MEMSCAN_UNREADABLE);
}
END_TEST

START_TEST(many_small_transfers_at_once)
{
    enum { COUNT = 3000 };
    const contract_place *place = writable_place();
    memscan_transfer *transfers = calloc(COUNT, sizeof *transfers);
    uint16_t *values = calloc(COUNT, sizeof *values);
    for (size_t i = 0; i < COUNT; i++)
        transfers[i] = transfer_of(place->address + i * 7 % (place->size - 1), 2, &values[i]);
    ck_assert_int_eq(platform->read(state, transfers, COUNT, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(transfers[i].done, 2);
        ck_assert_mem_eq(&values[i], place->bytes + i * 7 % (place->size - 1), 2);
    }
    free(transfers);
    free(values);
}
END_TEST

/* What one of several reading threads does. */
typedef struct reader_record {
    memscan_region region;
    bool right;
} reader_record;

static void read_again_and_again(void *argument)
{
    reader_record *record = argument;
    const contract_place *place = writable_place();
    uint8_t *buffer = malloc(place->size);
    record->right = true;
    for (int i = 0; i < 200 && record->right; i++) {
        memscan_extent extents[4];
        size_t count = 0;
        memscan_transfer transfer = transfer_of(place->address, place->size, buffer);
        record->right = platform->read(state, &transfer, 1, NULL) == MEMSCAN_OK && transfer.done == place->size &&
                        memcmp(buffer, place->bytes, place->size) == 0;
        if (ms_target_can(target, MEMSCAN_CAN_RESIDENCY))
            record->right &=
                platform->residency(state, &record->region, place->address, place->address + place->size - 1, extents,
                                    4, &count, NULL) == MEMSCAN_OK;
    }
    free(buffer);
}

START_TEST(several_threads_read)
{
    size_t most = target->facts.max_readers, count = most && most < 3 ? most : 3;
    reader_record records[3];
    ms_thread *threads[3];
    for (size_t i = 0; i < count; i++) {
        records[i].region = region_of(writable_place()->address);
        threads[i] = ms_thread_start(&ms_default_allocator, read_again_and_again, &records[i]);
    }
    for (size_t i = 0; i < count; i++) {
        ms_thread_join(threads[i]);
        ck_assert(records[i].right);
    }
}
END_TEST

/* The state of each of 16 pages from `start` on, asked with so much room for an answer. */
static void ask_states(uint64_t start, size_t room, memscan_page_state states[16])
{
    memscan_region region = region_of(start);
    memscan_extent extents[16];
    uint64_t next = start, last = start + 16 * truth->page_size - 1;
    while (next <= last) {
        size_t count = 0;
        ck_assert_int_eq(platform->residency(state, &region, next, last, extents, room, &count, NULL), MEMSCAN_OK);
        ck_assert(count >= 1 && count <= room);
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(extents[i].start, next); /* without gaps */
            ck_assert_uint_gt(extents[i].size, 0);
            ck_assert(i == 0 || extents[i].state != extents[i - 1].state); /* equal neighbours are joined */
            ck_assert_uint_le(extents[i].size, last + 1 - next);           /* nothing that was not asked */
            for (uint64_t at = next; at < next + extents[i].size; at += truth->page_size)
                states[(at - start) / truth->page_size] = extents[i].state;
            next += extents[i].size;
        }
    }
}

/* What looks closer at one page says of it what residency says. */
START_TEST(a_page_is_what_residency_says)
{
    if (!ms_target_can(target, MEMSCAN_CAN_RESIDENCY) || !platform->page)
        return;
    for (size_t i = 0; i < truth->place_count; i++) {
        uint64_t address = truth->places[i].address, start = address - address % truth->page_size;
        memscan_region region = region_of(address);
        memscan_page page = { .reason = NULL };
        memscan_extent extent;
        size_t count = 0;
        ck_assert_int_eq(platform->page(state, &region, address, &page, NULL), MEMSCAN_OK);
        ck_assert_int_eq(
            platform->residency(state, &region, start, start + truth->page_size - 1, &extent, 1, &count, NULL),
            MEMSCAN_OK);
        ck_assert_int_eq(page.state, extent.state);
        ck_assert(page.reason && page.hint);
        ck_assert(page.frame_known || *page.reason);
    }
}
END_TEST

/* Stacks, measures and sums, where the platform tells them: of this target, and within what is mapped. */
static int check_stack(const memscan_stack *stack, void *context)
{
    ck_assert_uint_ne(stack->thread, 0);
    ++*(size_t *)context;
    return 0;
}

static int add_usage(const memscan_usage *usage, void *context)
{
    uint64_t *end = context;
    ck_assert_uint_ge(usage->start, *end); /* ascending, without overlap */
    ck_assert_uint_le(usage->resident, usage->size);
    ck_assert_uint_eq(usage->private_bytes + usage->shared_bytes, usage->resident);
    ck_assert_uint_le(usage->huge, usage->resident);
    *end = usage->start + usage->size;
    return 0;
}

START_TEST(what_it_tells_of_the_whole)
{
    memscan_measures measures = MEMSCAN_MEASURES_INIT;
    size_t stacks = 0;
    uint64_t end = 0;
    if (platform->stacks) {
        ck_assert_int_eq(platform->stacks(state, check_stack, &stacks, NULL), MEMSCAN_OK);
        ck_assert_uint_ge(stacks, 1);
    }
    if (platform->usages && ms_target_can(target, MEMSCAN_CAN_RESIDENCY)) {
        ck_assert_int_eq(platform->usages(state, add_usage, &end, NULL), MEMSCAN_OK);
        ck_assert_uint_gt(end, truth->places[0].address);
    }
    if (platform->measures) {
        ck_assert_int_eq(memscan_measures_of(target, &measures, NULL), MEMSCAN_OK);
        ck_assert_uint_eq(measures.page_size, truth->page_size);
        ck_assert_uint_ge(measures.processors, 1);
        ck_assert_uint_gt(measures.resident, 0);
    }
}
END_TEST

START_TEST(residency_tells_what_was_touched_and_touches_nothing)
{
    if (!truth->untouched || !ms_target_can(target, MEMSCAN_CAN_RESIDENCY))
        return;
    for (size_t room = 1; room <= 8; room++) {
        memscan_page_state states[16];
        ask_states(truth->untouched, room, states);
        for (size_t i = 0; i < 16; i++)
            ck_assert_int_eq(states[i], i == 1 ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_UNTOUCHED);
    }
}
END_TEST

/* All regions of a map, which keeps them, in pieces of some pages. */
typedef struct many_ranges {
    memscan_range ranges[4096];
    const memscan_region *regions[4096];
    size_t count;
} many_ranges;

static void add_ranges(const memscan_region *region, many_ranges *many)
{
    uint64_t last = region->start + (region->size - 1), step = 3 * truth->page_size;
    for (uint64_t start = region->start; many->count < 4096 && start - region->start < 40 * step; start += step) {
        many->regions[many->count] = region;
        many->ranges[many->count++] = (memscan_range){ start, last - start < step ? last : start + (step - 1) };
        if (last - start < step)
            break;
    }
}

/* Every so many of them. */
static void thin_out(many_ranges *many, size_t every)
{
    size_t kept = 0;
    for (size_t i = 0; i < many->count; i += every, kept++) {
        many->regions[kept] = many->regions[i];
        many->ranges[kept] = many->ranges[i];
    }
    many->count = kept;
}

/* What is said of many stretches at once is what residency says of each; so it is asked before and after, for a living
 * target changes. Stretches that touch, and few of them far apart: that may be found out in another way. */
START_TEST(many_stretches_are_as_residency_says)
{
    static many_ranges many;
    static uint8_t resident[4096];
    size_t agreed = 0, told = 0;
    many.count = 0;
    ms_region_map *map;
    if (!ms_target_can(target, MEMSCAN_CAN_RESIDENCY) || !platform->resident)
        return;
    ck_assert_int_eq(ms_region_map_take(platform, state, &ms_default_allocator, 0, UINT64_MAX, &map, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < ms_region_map_count(map); i++)
        add_ranges(ms_region_map_at(map, i), &many);
    thin_out(&many, _i ? 64 : 1);
    for (size_t first = 0; first < many.count; first += 700)
        platform->resident(state, many.ranges + first, many.count - first < 700 ? many.count - first : 700,
                           resident + first);
    for (size_t i = 0; i < many.count; i++) {
        memscan_extent extents[4];
        size_t count = 0;
        const memscan_range *range = &many.ranges[i];
        ck_assert_int_eq(
            platform->residency(state, many.regions[i], range->start, range->last, extents, 4, &count, NULL),
            MEMSCAN_OK);
        bool all = count == 1 && extents[0].state == MEMSCAN_PAGE_RESIDENT;
        ck_assert_msg(!resident[i] || all, "%#llx", (unsigned long long)range->start);
        agreed += resident[i] == all;
        told += resident[i];
    }
    ck_assert_uint_gt(many.count, 0);
    /* None where the system cannot tell of many (Linux before 6.7). Else but for the zero page in a special mapping, and what
     * came meanwhile. */
    ck_assert(told == 0 || agreed + 8 >= many.count);
    ms_region_map_release(map);
}
END_TEST

START_TEST(untouched_memory_is_read_as_zero_and_stays_untouched)
{
    if (!truth->untouched || !ms_target_can(target, MEMSCAN_CAN_RESIDENCY))
        return;
    size_t size = 16 * (size_t)truth->page_size;
    memscan_page_state states[16];
    uint8_t *buffer = malloc(size);
    memset(buffer, 0xee, size);
    ck_assert_int_eq(memscan_read(target, truth->untouched, buffer, size, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < size; i++)
        ck_assert(buffer[i] == 0 || i / truth->page_size == 1);
    free(buffer);
    ask_states(truth->untouched, 16, states);
    for (size_t i = 0; i < 16; i++)
        ck_assert_int_eq(states[i], i == 1 ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_UNTOUCHED);
}
END_TEST

START_TEST(what_is_written_arrives)
{
    const contract_place *place = writable_place();
    uint8_t value[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, seen[24];
    if (!ms_target_can(target, MEMSCAN_CAN_WRITE))
        return;
    ck_assert_int_eq(memscan_write(target, place->address + 16, value, 8, place->bytes + 16, NULL), MEMSCAN_OK);
    truth->look(place->address + 8, seen, 24);
    ck_assert_mem_eq(seen, place->bytes + 8, 8);
    ck_assert_mem_eq(seen + 8, value, 8);
    ck_assert_mem_eq(seen + 16, place->bytes + 24, 8);
}
END_TEST

START_TEST(a_write_ends_at_the_first_byte_that_is_not_there)
{
    const contract_place *place = writable_place();
    uint8_t value[16] = { 0 }, seen[8];
    memscan_error error;
    if (!ms_target_can(target, MEMSCAN_CAN_WRITE))
        return;
    ck_assert_int_eq(memscan_write(target, hole() - 8, value, 16, NULL, &error), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(error.address, hole());
    truth->look(hole() - 8, seen, 8);
    ck_assert_mem_eq(seen, place->bytes + place->size - 8, 8);
    memscan_transfer transfers[] = { transfer_of(hole(), 8, value), transfer_of(place->address, 8, value) };
    ck_assert_int_eq(platform->write(state, transfers, 2, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(transfers[0].done, 0);
    ck_assert_int_eq(transfers[0].outcome, MEMSCAN_NOT_MAPPED);
    ck_assert_uint_eq(transfers[1].done, 8);
    truth->look(place->address, seen, 8);
    ck_assert_mem_eq(seen, value, 8);
}
END_TEST

START_TEST(shared_memory_that_is_mapped_read_only_is_not_written)
{
    uint8_t value[8] = { 0 }, seen[8];
    if (truth->read_only_shared == SIZE_MAX || !ms_target_can(target, MEMSCAN_CAN_WRITE))
        return;
    const contract_place *shared = &truth->places[truth->read_only_shared];
    memscan_transfer transfer = transfer_of(shared->address + 8, 8, value);
    ck_assert_int_eq(platform->write(state, &transfer, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(transfer.done, 0);
    ck_assert_int_eq(transfer.outcome, MEMSCAN_PROTECTED);
    ck_assert_int_eq(memscan_write(target, shared->address + 8, value, 8, NULL, NULL), MEMSCAN_UNWRITABLE);
    truth->look(shared->address + 8, seen, 8);
    ck_assert_mem_eq(seen, shared->bytes + 8, 8);
}
END_TEST

START_TEST(a_target_opened_to_be_read_is_not_written)
{
    memscan_target *reader = open_target(MEMSCAN_READ);
    memscan_facts facts = MEMSCAN_FACTS_INIT;
    const contract_place *place = writable_place();
    uint8_t value = (uint8_t)~place->bytes[0], seen;
    ck_assert_int_eq(memscan_facts_of(reader, &facts, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(facts.writable, 0);
    memscan_status status = memscan_write(reader, place->address, &value, 1, NULL, NULL);
    ck_assert(status == MEMSCAN_DENIED || status == MEMSCAN_NOT_SUPPORTED);
    truth->look(place->address, &seen, 1);
    ck_assert_uint_eq(seen, place->bytes[0]);
    memscan_close(reader);
}
END_TEST

typedef struct row_walk {
    size_t count, stop_at;
    uint64_t before;
} row_walk;

static int check_module(const memscan_module *module, void *context)
{
    row_walk *rows = context;
    ck_assert(module->name && module->path && module->size > 0);
    ck_assert_uint_ge(module->base, rows->before);
    ck_assert((module->build_id == NULL) == (module->build_id_length == 0));
    rows->before = module->base;
    return ++rows->count == rows->stop_at;
}

static int check_thread(const memscan_thread *thread, void *context)
{
    row_walk *rows = context;
    ck_assert(thread->name && thread->state);
    return ++rows->count == rows->stop_at;
}

static int check_ability(const memscan_ability *ability, void *context)
{
    row_walk *rows = context;
    ck_assert(ability->name && ability->reason && ability->hint);
    ck_assert(ability->available || *ability->reason); /* where something cannot: why */
    return ++rows->count == rows->stop_at;
}

START_TEST(modules_threads_and_abilities)
{
    row_walk modules = { 0 }, threads = { 0 }, abilities = { 0 }, stopped = { .stop_at = 1 };
    if (platform->modules) {
        ck_assert_int_eq(platform->modules(state, check_module, &modules, NULL), MEMSCAN_OK);
        if (modules.count)
            ck_assert_int_eq(platform->modules(state, check_module, &stopped, NULL), MEMSCAN_STOPPED);
    }
    if (platform->threads) {
        stopped.count = 0;
        ck_assert_int_eq(platform->threads(state, check_thread, &threads, NULL), MEMSCAN_OK);
        ck_assert_uint_ge(threads.count, 1);
        ck_assert_int_eq(platform->threads(state, check_thread, &stopped, NULL), MEMSCAN_STOPPED);
    }
    if (platform->abilities) {
        stopped.count = 0;
        ck_assert_int_eq(platform->abilities(state, check_ability, &abilities, NULL), MEMSCAN_OK);
        ck_assert_uint_ge(abilities.count, 1);
        ck_assert_int_eq(platform->abilities(state, check_ability, &stopped, NULL), MEMSCAN_STOPPED);
    }
}
END_TEST

typedef struct pid_walk {
    uint64_t wanted, before;
    bool found;
} pid_walk;

static int check_process(const memscan_process *process, void *context)
{
    pid_walk *walk = context;
    ck_assert(process->name && process->owner);
    ck_assert_uint_gt(process->pid, walk->before);
    walk->before = process->pid;
    walk->found |= process->pid == walk->wanted;
    return 0;
}

START_TEST(the_machine_lists_its_processes)
{
    pid_walk walk = { .wanted = target->facts.target.pid };
    char path[4096] = "", command[4096] = "";
    size_t length = 0;
    if (!platform->list || !walk.wanted)
        return;
    ck_assert_int_eq(platform->list(check_process, &walk, NULL), MEMSCAN_OK);
    ck_assert(walk.found);
    ck_assert_int_eq(platform->describe(walk.wanted, path, sizeof path, command, sizeof command, &length, NULL),
                     MEMSCAN_OK);
    ck_assert_uint_gt(strlen(path), 0);
    ck_assert_uint_le(length, sizeof command);
    length = 0;
    ck_assert_int_eq(platform->describe(0xfffffff0, path, sizeof path, command, sizeof command, &length, NULL),
                     MEMSCAN_NOT_FOUND);
    ck_assert_uint_ne(platform->self(), 0);
}
END_TEST

typedef struct match_record {
    uint64_t address;
    size_t count;
} match_record;

static int note_match(const memscan_match *match, void *context)
{
    match_record *record = context;
    record->address = match->address;
    record->count++;
    return 0;
}

START_TEST(a_search_finds_what_is_there)
{
    for (size_t i = 0; i < truth->place_count; i++) {
        const contract_place *place = &truth->places[i];
        memscan_range range = { place->address, place->address + place->size - 1 };
        memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
        match_record found = { 0 };
        memscan_report report;
        char expression[128] = "hex:";
        for (size_t k = 0; k < 16; k++) /* its last 16 bytes */
            snprintf(expression + 4 + 3 * k, 4, "%02x ", place->bytes[place->size - 16 + k]);
        options.filter.ranges = &range;
        options.filter.range_count = 1;
        ck_assert_int_eq(memscan_find(target, expression, &options, note_match, &found, &report, NULL), MEMSCAN_OK);
        ck_assert_uint_eq(found.count, 1);
        ck_assert_uint_eq(found.address, place->address + place->size - 16);
        ck_assert_uint_eq(report.scanned, place->size);
        ck_assert(report.complete);
    }
}
END_TEST

START_TEST(a_target_that_ended_is_gone_for_every_call)
{
    uint8_t buffer[8] = { 0 };
    uint64_t address = writable_place()->address;
    memscan_transfer transfer = transfer_of(address, 8, buffer);
    region_walk walk = { .count = 0 };
    match_record found = { 0 };
    memscan_error error = { .status = MEMSCAN_OK };
    memscan_report report;
    if (!truth->end)
        return;
    truth->end();
    ck_assert_int_eq(platform->alive(state, &error), MEMSCAN_GONE);
    ck_assert_int_eq(error.status, MEMSCAN_GONE);
    ck_assert_uint_gt(strlen(error.text), 0);
    ck_assert_int_eq(platform->read(state, &transfer, 1, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(platform->regions(state, 0, check_region, &walk, NULL), MEMSCAN_GONE);
    ck_assert_uint_eq(walk.count, 0);
    transfer = transfer_of(address, 8, buffer);
    if (platform->write)
        ck_assert_int_eq(platform->write(state, &transfer, 1, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(memscan_read(target, address, buffer, 8, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(memscan_write(target, address, buffer, 8, NULL, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(memscan_find(target, "i32:1", NULL, note_match, &found, &report, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_GONE);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("contract");
    TCase *tests = tcase_create("contract");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_table_is_whole_where_it_must_be);
    tcase_add_test(tests, the_facts_hold);
    tcase_add_test(tests, regions_ascend_and_never_overlap);
    tcase_add_test(tests, a_walk_begins_with_the_region_that_holds_its_start);
    tcase_add_test(tests, a_walk_from_a_hole_begins_behind_it);
    tcase_add_test(tests, regions_are_what_they_are);
    tcase_add_test(tests, a_map_about_some_ranges_is_right_about_them);
    tcase_add_test(tests, what_is_there_is_read);
    tcase_add_test(tests, a_transfer_ends_at_the_first_byte_that_is_not_there);
    tcase_add_test(tests, the_ends_of_the_address_space_are_no_trap);
    tcase_add_test(tests, memory_without_access_is_not_read);
    tcase_add_test(tests, many_small_transfers_at_once);
    tcase_add_test(tests, several_threads_read);
    tcase_add_test(tests, a_page_is_what_residency_says);
    tcase_add_test(tests, what_it_tells_of_the_whole);
    tcase_add_test(tests, residency_tells_what_was_touched_and_touches_nothing);
    tcase_add_loop_test(tests, many_stretches_are_as_residency_says, 0, 2);
    tcase_add_test(tests, untouched_memory_is_read_as_zero_and_stays_untouched);
    tcase_add_test(tests, what_is_written_arrives);
    tcase_add_test(tests, a_write_ends_at_the_first_byte_that_is_not_there);
    tcase_add_test(tests, shared_memory_that_is_mapped_read_only_is_not_written);
    tcase_add_test(tests, a_target_opened_to_be_read_is_not_written);
    tcase_add_test(tests, modules_threads_and_abilities);
    tcase_add_test(tests, the_machine_lists_its_processes);
    tcase_add_test(tests, a_search_finds_what_is_there);
    tcase_add_test(tests, a_target_that_ended_is_gone_for_every_call);
    suite_add_tcase(suite, tests);
    return suite;
}
