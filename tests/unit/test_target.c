/* test_target.c - the handle: locators, access, facts, walks that may use the target, processes by name. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include <memscan/memscan.h>

#include "fake_platform.h"
#include "libmemscan/target/identity.h"
#include "libmemscan/target/process.h"

static fake_target *the_fake;
static memscan_target *target;

static void set_up(void)
{
    the_fake = fake_create();
    fake_map(the_fake, 0x10000, 0x3000, MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, MEMSCAN_KIND_HEAP)[0x123] = 42;
    fake_add_module(the_fake, 0x400000, 0x1000, "/usr/bin/game");
    fake_add_thread(the_fake, 7, 'S', "worker");
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_counts counts = fake_counted(the_fake);
    ck_assert_msg(counts.breaches == 0, "%s", counts.breach);
    ck_assert_uint_eq(counts.open_states, 0);
    fake_destroy(the_fake);
}

START_TEST(locators_that_cannot_be_meant)
{
    static const struct {
        const char *locator;
        memscan_status status;
    } cases[] = {
        { "", MEMSCAN_INVALID },
        { "1234", MEMSCAN_INVALID },
        { ":1234", MEMSCAN_INVALID },
        { "averyveryverylongscheme:1", MEMSCAN_INVALID },
        { "nothing:1", MEMSCAN_NOT_SUPPORTED },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memscan_target *opened = target;
        memscan_error error;
        ck_assert_int_eq(memscan_open(cases[i].locator, MEMSCAN_READ, NULL, &opened, &error), cases[i].status);
        ck_assert_ptr_null(opened);
        ck_assert_int_eq(error.status, cases[i].status);
        ck_assert_uint_gt(strlen(error.text), 0);
    }
    memscan_target *opened;
    ck_assert_int_eq(fake_open(the_fake, 0, NULL, &opened, NULL), MEMSCAN_INVALID);
    ck_assert_int_eq(fake_open(the_fake, 4, NULL, &opened, NULL), MEMSCAN_INVALID);
}
END_TEST

START_TEST(facts_are_cut_to_what_the_caller_knows)
{
    memscan_facts facts = MEMSCAN_FACTS_INIT;
    ck_assert_int_eq(memscan_facts_of(target, &facts, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(facts.pid, 4321);
    ck_assert_uint_eq(facts.page_size, 4096);
    ck_assert_str_eq(facts.name, "fake");
    ck_assert_uint_eq(facts.size, sizeof facts);
    memset(&facts, 0xee, sizeof facts);
    facts.size = offsetof(memscan_facts, start_time);
    ck_assert_int_eq(memscan_facts_of(target, &facts, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(facts.pid, 4321);
    ck_assert_uint_eq(facts.start_time, 0xeeeeeeeeeeeeeeeeu);
}
END_TEST

START_TEST(identities_are_told_apart)
{
    memscan_identity known, now;
    fake_identity(the_fake)->build_id_length = 4;
    ck_assert_int_eq(ms_target_identity(target, &known, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(known.pid, 4321);
    ck_assert_ptr_null(ms_identity_difference(&known, &known));
    uint64_t *const numbers[] = { &now.device,     &now.inode,        &now.pid,
                                  &now.start_time, &now.load_address, &now.stack_address };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        now = known;
        ++*numbers[i];
        ck_assert_ptr_nonnull(ms_identity_difference(&known, &now));
    }
    now = known;
    now.build_id[3] = 1;
    ck_assert_ptr_nonnull(ms_identity_difference(&known, &now));
    now = known;
    now.boot[0] = 'x';
    ck_assert_ptr_nonnull(ms_identity_difference(&known, &now));
    fake_die_at(the_fake, 1);
    ck_assert_int_eq(ms_target_identity(target, &now, NULL), MEMSCAN_GONE);
    ck_assert_uint_eq(now.pid, 0);
}
END_TEST

typedef struct sights {
    size_t count;
    uint8_t byte;
    int stop;
} sights;

static int read_inside(sights *seen)
{
    char place[MEMSCAN_PLACE_MAX];
    seen->count++;
    ck_assert_int_eq(memscan_read(target, 0x10123, &seen->byte, 1, NULL), MEMSCAN_OK);
    memscan_place(target, 0x400010, place, sizeof place); /* not mapped: takes a new snapshot */
    ck_assert_str_eq(place, "0x400010");
    return seen->stop;
}

static int on_region(const memscan_region *region, void *context)
{
    ck_assert_uint_eq(region->start, 0x10000);
    return read_inside(context);
}

static int on_module(const memscan_module *module, void *context)
{
    ck_assert_str_eq(module->name, "game");
    return read_inside(context);
}

static int on_thread(const memscan_thread *thread, void *context)
{
    ck_assert_uint_eq(thread->id, 7);
    return read_inside(context);
}

static int on_ability(const memscan_ability *ability, void *context)
{
    ck_assert_ptr_nonnull(ability->name);
    return read_inside(context);
}

START_TEST(a_visitor_may_use_the_target)
{
    sights seen = { 0 };
    ck_assert_int_eq(memscan_regions(target, 0, on_region, &seen, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_modules(target, on_module, &seen, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_threads(target, on_thread, &seen, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_abilities(target, on_ability, &seen, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(seen.count, 5);
    ck_assert_uint_eq(seen.byte, 42);
}
END_TEST

START_TEST(a_visitor_may_stop_the_walk)
{
    sights seen = { .stop = 1 };
    ck_assert_int_eq(memscan_regions(target, 0, on_region, &seen, NULL), MEMSCAN_STOPPED);
    ck_assert_int_eq(memscan_modules(target, on_module, &seen, NULL), MEMSCAN_STOPPED);
    ck_assert_int_eq(memscan_threads(target, on_thread, &seen, NULL), MEMSCAN_STOPPED);
    ck_assert_int_eq(memscan_abilities(target, on_ability, &seen, NULL), MEMSCAN_STOPPED);
    ck_assert_uint_eq(seen.count, 4);
}
END_TEST

START_TEST(a_target_that_ended_is_gone)
{
    memscan_error error;
    sights seen = { 0 };
    ck_assert_int_eq(memscan_alive(target, NULL), MEMSCAN_OK);
    fake_die_at(the_fake, 1);
    ck_assert_int_eq(memscan_alive(target, &error), MEMSCAN_GONE);
    ck_assert_int_eq(memscan_read(target, 0x10000, &seen.byte, 1, &error), MEMSCAN_GONE);
    ck_assert_int_eq(memscan_regions(target, 0, on_region, &seen, &error), MEMSCAN_GONE);
    ck_assert_uint_eq(seen.count, 0);
}
END_TEST

START_TEST(an_older_platform_has_fewer_operations)
{
    memscan_platform small = fake_platform;
    small.size = offsetof(memscan_platform, write);
    small.scheme = "small";
    const memscan_platform *const platforms[] = { &small, NULL };
    memscan_open_options options = MEMSCAN_OPEN_OPTIONS_INIT;
    options.platforms = platforms;
    char locator[64];
    snprintf(locator, sizeof locator, "small:%llx", (unsigned long long)(uintptr_t)the_fake);
    memscan_target *opened;
    sights seen = { 0 };
    uint8_t byte = 1;
    ck_assert_int_eq(memscan_open(locator, MEMSCAN_WRITE, &options, &opened, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_write(opened, 0x10000, &byte, 1, NULL, NULL), MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(memscan_modules(opened, on_module, &seen, NULL), MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(memscan_threads(opened, on_thread, &seen, NULL), MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(memscan_abilities(opened, on_ability, &seen, NULL), MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(memscan_residency(opened, 0, 1, NULL, NULL, NULL), MEMSCAN_NOT_SUPPORTED);
    ck_assert_int_eq(memscan_read(opened, 0x10123, &byte, 1, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(byte, 42);
    memscan_close(opened);
}
END_TEST

static int collect_extent(const memscan_extent *extent, void *context)
{
    memscan_extent **next = context;
    *(*next)++ = *extent;
    return 0;
}

START_TEST(residency_is_told_in_runs_clipped_to_the_range)
{
    fake_pages(the_fake, 0x11000, 0x1000, MEMSCAN_PAGE_UNTOUCHED);
    fake_map(the_fake, 0x20000, 0x1000, MEMSCAN_PROT_READ, MEMSCAN_KIND_ANON);
    memscan_extent extents[8], *next = extents;
    ck_assert_int_eq(memscan_residency(target, 0x10800, 0x200ff, collect_extent, &next, NULL), MEMSCAN_OK);
    static const memscan_extent expected[] = {
        { 0x10800, 0x800, MEMSCAN_PAGE_RESIDENT },
        { 0x11000, 0x1000, MEMSCAN_PAGE_UNTOUCHED },
        { 0x12000, 0x1000, MEMSCAN_PAGE_RESIDENT },
        { 0x20000, 0x100, MEMSCAN_PAGE_RESIDENT },
    };
    ck_assert_int_eq(next - extents, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_uint_eq(extents[i].start, expected[i].start);
        ck_assert_uint_eq(extents[i].size, expected[i].size);
        ck_assert_int_eq(extents[i].state, expected[i].state);
    }
    ck_assert_int_eq(memscan_residency(target, 2, 1, collect_extent, &next, NULL), MEMSCAN_INVALID);
}
END_TEST

START_TEST(globs)
{
    static const struct {
        const char *glob, *name;
        bool fits;
    } cases[] = {
        { "game", "game", true },
        { "game", "games", false },
        { "", "", true },
        { "", "a", false },
        { "*", "", true },
        { "*", "anything", true },
        { "g*e", "ge", true },
        { "g*e", "gamee", true },
        { "g*e", "gamef", false },
        { "*a*b*c", "xxaxxbxxabc", true },
        { "*a*b*c", "xxaxxbxxab", false },
        { "?", "\xc3\xa9", true }, /* one character of two bytes */
        { "?", "", false },
        { "g?me", "g\xc3\xa9me", true },
        { "??", "\xff\xfe", true }, /* two bytes that are not UTF-8 */
        { "MM6.*", "MM6.exe", true },
        { "mm6.exe", "MM6.exe", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_msg(ms_glob_fits(cases[i].glob, cases[i].name) == cases[i].fits, "%s %s", cases[i].glob,
                      cases[i].name);
}
END_TEST

START_TEST(a_hostile_glob_takes_no_time)
{
    char name[20001];
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert(!ms_glob_fits("*a*a*a*a*a*a*a*a*a*a*a*a*a*b", name));
}
END_TEST

static int collect_pid(const memscan_process *process, void *context)
{
    uint64_t **next = context;
    *(*next)++ = process->pid;
    return 0;
}

START_TEST(processes_by_any_of_their_names)
{
    static const fake_process processes[] = {
        { { .pid = 1, .name = "init", .owner = "root" }, "/sbin/init", "init" },
        { { .pid = 2, .name = "verylongprogram", .owner = "me" }, "/usr/bin/verylongprogramname", "x" },
        { { .pid = 3, .name = "wine64", .owner = "me" }, "/usr/lib/wine/wine64", "C:\\Games\\MM6.exe" },
        { { .pid = 4, .name = "MM6.exe", .owner = "me" }, "", "" },
        { { .pid = 5, .name = "MM6.exe", .owner = "me" }, "", "" }, /* this is us */
    };
    fake_set_processes(processes, 5, 5);
    static const struct {
        const char *glob;
        size_t count;
        uint64_t pids[2];
    } cases[] = {
        { "init", 1, { 1 } },    { "verylongprogramname", 1, { 2 } },
        { "very*", 1, { 2 } },   { "MM6.exe", 2, { 3, 4 } },
        { "nothing", 0, { 0 } }, { "C:*", 0, { 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t pids[8], *next = pids;
        ck_assert_int_eq(ms_processes_named(&fake_platform, cases[i].glob, collect_pid, &next, NULL), MEMSCAN_OK);
        ck_assert_msg((size_t)(next - pids) == cases[i].count, "%s", cases[i].glob);
        for (size_t k = 0; k < cases[i].count; k++)
            ck_assert_uint_eq(pids[k], cases[i].pids[k]);
    }
}
END_TEST

START_TEST(what_cannot_be_suspended_says_so)
{
    memscan_error error;
    ck_assert_int_eq(memscan_suspend(target, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_uint_gt(strlen(error.text), 0);
    ck_assert_int_eq(memscan_resume(target, &error), MEMSCAN_INVALID);
}
END_TEST

START_TEST(words_for_pinned_numbers)
{
    memscan_kind kind;
    for (int i = 0; i < MEMSCAN_KIND_COUNT; i++) {
        ck_assert(memscan_kind_from_name(memscan_kind_name((memscan_kind)i), &kind));
        ck_assert_int_eq(kind, i);
    }
    ck_assert(!memscan_kind_from_name("?", &kind));
    ck_assert_str_eq(memscan_kind_name((memscan_kind)99), "?");
    ck_assert_str_eq(memscan_kind_name((memscan_kind)-1), "?");
    ck_assert_str_eq(memscan_outcome_name(MEMSCAN_NOT_MAPPED), "not mapped");
    ck_assert_str_eq(memscan_page_state_name(MEMSCAN_PAGE_BLOCKED), "blocked");
    ck_assert_str_eq(memscan_page_state_name((memscan_page_state)8), "?");
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("target");
    TCase *tests = tcase_create("target");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, locators_that_cannot_be_meant);
    tcase_add_test(tests, identities_are_told_apart);
    tcase_add_test(tests, facts_are_cut_to_what_the_caller_knows);
    tcase_add_test(tests, a_visitor_may_use_the_target);
    tcase_add_test(tests, a_visitor_may_stop_the_walk);
    tcase_add_test(tests, a_target_that_ended_is_gone);
    tcase_add_test(tests, an_older_platform_has_fewer_operations);
    tcase_add_test(tests, residency_is_told_in_runs_clipped_to_the_range);
    tcase_add_test(tests, globs);
    tcase_add_test(tests, a_hostile_glob_takes_no_time);
    tcase_add_test(tests, processes_by_any_of_their_names);
    tcase_add_test(tests, what_cannot_be_suspended_says_so);
    tcase_add_test(tests, words_for_pinned_numbers);
    suite_add_tcase(suite, tests);
    return suite;
}
