/* test_plan.c - units cover every byte asked about exactly once, look ahead as far as a match may reach, and are
 * planned without asking the target much. */
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_platform.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/flow/plan.h"
#include "libmemscan/target/target.h"

enum { RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, PAGE = 0x1000 };

typedef struct planning {
    fake_target *fake;
    memscan_target *target;
    ms_selection selection;
    ms_plan plan;
    ms_unit unit, planned;
    bool near; /* the next one is near to it */
    uint8_t *buffer;
} planning;

static void begin(planning *p, fake_target *fake, const memscan_filter *filter, size_t unit_bytes, size_t longest)
{
    static const memscan_filter everything = { .protection_given = 1 };
    ms_policy policy = { 0 };
    ms_region_map *map;
    p->fake = fake;
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &p->target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_target_fresh_map(p->target, &map, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_selection_init(&p->selection, map, filter ? filter : &everything, MS_GROUP_BYTES,
                                       &ms_default_allocator, NULL),
                     MEMSCAN_OK);
    ms_plan_init(&p->plan, p->target, &p->selection, &policy, unit_bytes, longest);
    ms_unit_init(&p->unit, &ms_default_allocator);
    ms_unit_init(&p->planned, &ms_default_allocator);
    p->buffer = malloc(ms_plan_buffer_bytes(&p->plan));
}

static bool next(planning *p)
{
    ms_planned planned;
    ck_assert_int_eq(ms_plan_next(&p->plan, &p->planned, &planned, NULL), MEMSCAN_OK);
    ms_unit_take(&p->unit, &p->planned, p->buffer);
    p->near = planned == MS_PLANNED_NEAR;
    return planned != MS_PLANNED_END;
}

static void finish(planning *p)
{
    free(p->buffer);
    ms_unit_deinit(&p->unit);
    ms_unit_deinit(&p->planned);
    ms_plan_deinit(&p->plan);
    ms_selection_deinit(&p->selection);
    memscan_close(p->target);
    fake_counts counts = fake_counted(p->fake);
    ck_assert_msg(counts.breaches == 0, "%s", counts.breach);
    fake_destroy(p->fake);
}

static const ms_fetch_job *job(const planning *p, size_t index)
{
    return ms_array_at(&p->unit.jobs, index);
}

static const ms_part *part(const planning *p, size_t index)
{
    return ms_array_at(&p->unit.parts, index);
}

/* The stretches of a unit, as "address+size" with * behind those read ahead. */
static const char *shape(const planning *p)
{
    static char text[1024];
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < p->unit.jobs.count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%llx+%zx%s", i ? " " : "",
                                   (unsigned long long)job(p, i)->address, job(p, i)->size, part(p, i)->own ? "" : "*");
    return text;
}

START_TEST(a_region_is_cut_with_lookahead)
{
    planning p;
    fake_target *fake = fake_create();
    fake_map(fake, 0x10000, 0x5000, RW, MEMSCAN_KIND_ANON);
    begin(&p, fake, NULL, 0x2000, 9);
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "10000+2000 12000+8*");
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "12000+2000 14000+8*");
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "14000+1000");
    ck_assert(!next(&p));
    finish(&p);
}
END_TEST

START_TEST(lookahead_crosses_touching_regions_and_stops_at_gaps)
{
    planning p;
    fake_target *fake = fake_create();
    fake_map(fake, 0x10000, PAGE, RW, MEMSCAN_KIND_ANON);
    fake_map(fake, 0x11000, PAGE, RW, MEMSCAN_KIND_HEAP);
    fake_map(fake, 0x12000, PAGE, RW, MEMSCAN_KIND_DATA);
    fake_map(fake, 0x14000, PAGE, RW, MEMSCAN_KIND_DATA); /* behind a gap */
    begin(&p, fake, NULL, PAGE, 2 * PAGE);
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "10000+1000 11000+1000* 12000+fff*");
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "11000+1000 12000+1000*");
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "12000+1000");
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "14000+1000");
    ck_assert(!next(&p));
    finish(&p);
}
END_TEST

/* Two workers below one page table wait for one another: a page table of 512 entries of 4 KiB ends every 200000. */
START_TEST(units_end_where_page_tables_do)
{
    planning p;
    fake_target *fake = fake_create();
    fake_map(fake, 0x3f0000, 0x490000, RW, MEMSCAN_KIND_ANON);
    fake_map(fake, 0x9fe000, 0x4000, RW, MEMSCAN_KIND_HEAP);
    fake_map(fake, 0xa03000, 0x1000, RW, MEMSCAN_KIND_DATA);
    begin(&p, fake, NULL, 0x100000, 1);
    static const struct {
        const char *shape;
        bool near;
    } expected[] = { { "3f0000+10000", false },           { "400000+100000", true },
                     { "500000+100000", false },          { "600000+100000", true },
                     { "700000+100000", false },          { "800000+80000 9fe000+2000", false },
                     { "a00000+2000 a03000+1000", false } };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        ck_assert(next(&p));
        ck_assert_str_eq(shape(&p), expected[i].shape);
        ck_assert_int_eq(p.near, expected[i].near);
    }
    ck_assert(!next(&p));
    finish(&p);
}
END_TEST

/* Of what is not read, nothing is cut: the first page of every 2 MiB was touched, and they share a unit. */
START_TEST(what_is_left_ends_no_unit)
{
    planning p;
    fake_target *fake = fake_create();
    fake_map_sparse(fake, 0x40000000, 64 << 21, RW, MEMSCAN_KIND_ANON);
    for (uint64_t i = 0; i < 64; i++)
        fake_pages(fake, 0x40000000 + (i << 21), PAGE, MEMSCAN_PAGE_RESIDENT);
    begin(&p, fake, NULL, 0x100000, 1);
    ck_assert(next(&p));
    ck_assert_uint_eq(p.unit.jobs.count, 64);
    ck_assert_uint_eq(p.unit.bytes, 64 * PAGE);
    ck_assert(!next(&p));
    finish(&p);
}
END_TEST

START_TEST(small_regions_share_a_unit)
{
    planning p;
    fake_target *fake = fake_create();
    for (uint64_t i = 0; i < 3000; i++)
        fake_map(fake, 0x100000 + i * 0x2000, PAGE, RW, MEMSCAN_KIND_ANON);
    begin(&p, fake, NULL, 64 << 20, 4);
    size_t units = 0, parts = 0;
    for (; next(&p); units++) {
        ck_assert_uint_le(p.unit.jobs.count, MS_UNIT_PARTS);
        parts += p.unit.jobs.count;
    }
    ck_assert_uint_eq(units, 3);
    ck_assert_uint_eq(parts, 3000);
    finish(&p);
}
END_TEST

START_TEST(sixty_four_gib_of_untouched_memory_cost_few_questions)
{
    planning p;
    fake_target *fake = fake_create();
    uint64_t size = (uint64_t)64 << 30;
    fake_map_sparse(fake, 0x100000000, size, RW, MEMSCAN_KIND_ANON);
    for (uint64_t i = 0; i < 256; i++) /* 256 MiB of it touched, in clusters of 1 MiB */
        fake_pages(fake, 0x100000000 + i * (size / 256), 1 << 20, MEMSCAN_PAGE_RESIDENT);
    begin(&p, fake, NULL, 1 << 20, 4);
    ms_account left = { 0 };
    uint64_t own = 0;
    while (next(&p)) {
        ms_account_add(&left, &p.unit.left);
        for (size_t i = 0; i < p.unit.jobs.count; i++)
            own += part(&p, i)->own ? job(&p, i)->size : 0;
    }
    ck_assert_uint_eq(own, (uint64_t)256 << 20);
    ck_assert_uint_eq(left.slots[MEMSCAN_SKIP_UNTOUCHED], size - ((uint64_t)256 << 20));
    ck_assert_uint_eq(ms_account_total(&left), left.slots[MEMSCAN_SKIP_UNTOUCHED]);
    ck_assert_uint_le(fake_counted(fake).calls[FAKE_RESIDENCY], 64);
    ck_assert_uint_eq(fake_counted(fake).calls[FAKE_READ], 0);
    finish(&p);
}
END_TEST

/* A match may begin in zeros and end in what follows: the last page of them is laid out before it, and the first one behind
 * what came before. */
START_TEST(zeros_that_are_kept_are_laid_out_at_their_borders)
{
    enum { START = 0x100000, PAGES = 6 }; /* bytes, four pages of zeros, bytes */
    char laid_out[PAGES + 1] = "------";
    planning p;
    fake_target *fake = fake_create();
    fake_map(fake, START, PAGES * PAGE, RW, MEMSCAN_KIND_HEAP);
    fake_pages(fake, START + PAGE, 4 * PAGE, MEMSCAN_PAGE_UNTOUCHED);
    begin(&p, fake, NULL, 64 * PAGE, 8);
    ms_plan_keep_zeros(&p.plan);
    while (next(&p)) {
        for (size_t i = 0; i < p.unit.jobs.count; i++)
            if (((ms_part *)ms_array_at(&p.unit.parts, i))->own)
                for (uint64_t at = job(&p, i)->address; at < job(&p, i)->address + job(&p, i)->size; at += PAGE)
                    laid_out[(at - START) / PAGE] = job(&p, i)->zero ? '0' : 'x';
        for (size_t i = 0; i < p.unit.zeros.count; i++) {
            const ms_zero_stretch *zeros = ms_array_at(&p.unit.zeros, i);
            ck_assert_uint_eq(zeros->address, START + 2 * PAGE);
            ck_assert_uint_eq(zeros->size, 2 * PAGE);
        }
    }
    ck_assert_str_eq(laid_out, "x0--0x");
    finish(&p);
}
END_TEST

START_TEST(what_is_left_is_booked)
{
    planning p;
    fake_target *fake = fake_create();
    fake_map(fake, 0x10000, 8 * PAGE, RW, MEMSCAN_KIND_ANON);
    fake_map(fake, 0x20000, 2 * PAGE, 0, MEMSCAN_KIND_GUARD);
    fake_pages(fake, 0x11000, PAGE, MEMSCAN_PAGE_UNTOUCHED);
    fake_pages(fake, 0x12000, PAGE, MEMSCAN_PAGE_GUARD);
    fake_pages(fake, 0x13000, PAGE, MEMSCAN_PAGE_BLOCKED);
    fake_pages(fake, 0x14000, PAGE, MEMSCAN_PAGE_FILE);
    begin(&p, fake, NULL, 1 << 20, 4);
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "10000+1000 14000+1000 15000+3000");
    ck_assert_int_eq(job(&p, 1)->source, MEMSCAN_FROM_BACKING);
    ck_assert_uint_eq(p.unit.left.slots[MEMSCAN_SKIP_UNTOUCHED], PAGE);
    ck_assert_uint_eq(p.unit.left.slots[MEMSCAN_SKIP_GUARD], 3 * PAGE);
    ck_assert_uint_eq(p.unit.left.slots[MS_SLOT_FAIL + MEMSCAN_FAIL_BLOCKED], PAGE);
    ck_assert(!next(&p));
    finish(&p);
}
END_TEST

START_TEST(the_last_byte_of_the_address_space)
{
    planning p;
    fake_target *fake = fake_create();
    fake_map(fake, 0, PAGE, RW, MEMSCAN_KIND_ANON);
    fake_map(fake, UINT64_MAX - (2 * PAGE - 1), 2 * PAGE, RW, MEMSCAN_KIND_ANON);
    begin(&p, fake, NULL, PAGE, 64);
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "0+1000");
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "ffffffffffffe000+1000 fffffffffffff000+3f*");
    ck_assert(next(&p));
    ck_assert_str_eq(shape(&p), "fffffffffffff000+1000");
    ck_assert(!next(&p));
    finish(&p);
}
END_TEST

/* Random maps and filters: every byte that is asked about is own exactly once or booked, in ascending order; stretches
 * lie one behind the other in the buffer; the lookahead is as long as it can be. */
static void check_random(unsigned seed)
{
    planning p;
    fake_target *fake = fake_create();
    memscan_range ranges[3];
    memscan_filter filter = { .protection_given = 1, .ranges = ranges, .range_count = 3 };
    static uint8_t states[512]; /* of each page from 0x10000 on; 0xff: not mapped */
    size_t longest = 1 + (size_t)rand() % (rand() % 4 ? 40 : 3 * PAGE);
    memset(states, 0xff, sizeof states);
    for (size_t page = 0; page < 500;) {
        size_t pages = 1 + (size_t)rand() % 9;
        fake_map(fake, 0x10000 + page * PAGE, pages * PAGE, RW, MEMSCAN_KIND_ANON);
        for (size_t i = page; i < page + pages; i++) {
            states[i] = (uint8_t)(rand() % 3 ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_RESIDENT + rand() % 4);
            fake_pages(fake, 0x10000 + i * PAGE, PAGE, (memscan_page_state)states[i]);
        }
        page += pages + (rand() % 3 ? 0 : (size_t)rand() % 4);
    }
    for (size_t i = 0; i < 3; i++) {
        ranges[i].start = 0x10000 + (uint64_t)rand() % (512 * PAGE);
        ranges[i].last = ranges[i].start + (uint64_t)rand() % (300 * PAGE);
    }
    begin(&p, fake, &filter, (1 + (size_t)rand() % 20) * PAGE, longest);
    ms_account total = { 0 };
    uint64_t reached = 0;
    while (next(&p)) {
        size_t offset = 0, own_jobs = 0;
        uint64_t end = 0;
        for (size_t i = 0; i < p.unit.jobs.count; i++, own_jobs += part(&p, i - 1)->own) {
            ck_assert_uint_eq((size_t)((uint8_t *)job(&p, i)->buffer - p.buffer), offset);
            offset += job(&p, i)->size;
            ck_assert_uint_ge(job(&p, i)->address, end);
            end = job(&p, i)->address + job(&p, i)->size;
            if (part(&p, i)->own) {
                ck_assert_uint_eq(own_jobs, i); /* own ones come first */
                ck_assert_uint_ge(job(&p, i)->address, reached);
                reached = end;
                total.scanned += job(&p, i)->size;
            } else {
                ck_assert_uint_eq(job(&p, i)->address, job(&p, i - 1)->address + job(&p, i - 1)->size);
            }
        }
        ms_account_add(&total, &p.unit.left);
        if (own_jobs &&
            end - reached < longest - 1) { /* it stopped for a reason: the next byte is not asked, or left */
            bool asked = false;
            for (size_t i = 0; i < 3; i++)
                asked |= end >= ranges[i].start && end <= ranges[i].last;
            uint8_t state = states[(end - 0x10000) / PAGE];
            ck_assert_msg(!asked || state == 0xff || state == MEMSCAN_PAGE_UNTOUCHED, "seed %u at %llx: %d", seed,
                          (unsigned long long)end, state);
        }
    }
    ck_assert_msg(ms_account_total(&total) == p.selection.asked, "seed %u: %llu of %llu", seed,
                  (unsigned long long)ms_account_total(&total), (unsigned long long)p.selection.asked);
    finish(&p);
}

START_TEST(random_maps)
{
    for (unsigned seed = 1; seed <= 200; seed++) {
        srand(seed);
        check_random(seed);
    }
}
END_TEST

/* The shapes of all units over mappings of a page or two, of which every seventh was never touched. */
static void plan_small_mappings(bool knows_many, char *told, size_t room, fake_counts *counts)
{
    planning p;
    fake_target *fake = fake_create();
    size_t length = 0;
    fake_set(fake)->knows_many = knows_many;
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t start = 0x100000 + i * 3 * PAGE + i / 1000 * 0x40000000u, size = (i % 3 ? 1 : 2) * PAGE;
        if (i % 5 == 4) /* a gap */
            continue;
        fake_map(fake, start, size, RW, MEMSCAN_KIND_ANON);
        if (i % 7 == 0)
            fake_pages(fake, start + size - PAGE, PAGE, MEMSCAN_PAGE_UNTOUCHED);
    }
    begin(&p, fake, NULL, 1 << 20, 4);
    while (next(&p))
        for (size_t i = 0; i < p.unit.jobs.count; i++)
            length +=
                (size_t)snprintf(told + length, room - length, "%llx+%zx%s ", (unsigned long long)job(&p, i)->address,
                                 job(&p, i)->size, part(&p, i)->own ? "" : "*");
    ck_assert_uint_lt(length, room - 1);
    *counts = fake_counted(fake);
    finish(&p);
}

START_TEST(small_mappings_are_asked_about_together)
{
    static char one_by_one[200000], together[200000];
    fake_counts counts;
    plan_small_mappings(false, one_by_one, sizeof one_by_one, &counts);
    ck_assert_uint_eq(counts.calls[FAKE_RESIDENCY], 2400);
    plan_small_mappings(true, together, sizeof together, &counts);
    ck_assert_str_eq(one_by_one, together);
    ck_assert_uint_le(counts.calls[FAKE_RESIDENCY], 2400 / 7 + 1);
    ck_assert_uint_le(counts.asked_many, 2400 / MS_PLAN_ASKED + 4);
}
END_TEST

START_TEST(a_failure_is_returned)
{
    planning p;
    ms_planned planned;
    memscan_error error;
    fake_target *fake = fake_create();
    fake_map(fake, 0x10000, PAGE, RW, MEMSCAN_KIND_ANON);
    begin(&p, fake, NULL, 1 << 20, 4);
    fake_die_at(fake, 1);
    ck_assert_int_eq(ms_plan_next(&p.plan, &p.planned, &planned, &error), MEMSCAN_GONE);
    finish(&p);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("plan");
    TCase *tests = tcase_create("plan");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_region_is_cut_with_lookahead);
    tcase_add_test(tests, lookahead_crosses_touching_regions_and_stops_at_gaps);
    tcase_add_test(tests, units_end_where_page_tables_do);
    tcase_add_test(tests, what_is_left_ends_no_unit);
    tcase_add_test(tests, small_regions_share_a_unit);
    tcase_add_test(tests, sixty_four_gib_of_untouched_memory_cost_few_questions);
    tcase_add_test(tests, zeros_that_are_kept_are_laid_out_at_their_borders);
    tcase_add_test(tests, what_is_left_is_booked);
    tcase_add_test(tests, the_last_byte_of_the_address_space);
    tcase_add_test(tests, random_maps);
    tcase_add_test(tests, small_mappings_are_asked_about_together);
    tcase_add_test(tests, a_failure_is_returned);
    suite_add_tcase(suite, tests);
    return suite;
}
