/* test_scan_faults.c - what a session is after a call that failed: the one it was before, in memory and in its file, and
 * nothing else is left behind. Every call of memscan/scan.h is made with its n-th allocation failing, with the n-th call
 * of the platform failing, and with the target ending at that call, for every n until it is not reached: without write
 * tracking, and with it. A call that succeeds all the same, since tracking is given up, has made what it always makes. */
#include "check_main.h"

#include <stdio.h>
#include <string.h>

#include <memscan/scan.h>

#include "counting_allocator.h"
#include "fake_platform.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/base/file.h"
#include "scratch_folder.h"

enum { PAGE = 4096, PAGES = 20, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE, NOT_EVER = 2000 };
#define HEAP   0x100000u
#define MODULE 0x400000u
#define MOVED  0x7f0000400000u

static char folder[512], path[600], other[600];
static bool tracking;

/* One world: a target that a session was played on. */
typedef struct scene {
    fake_target *fake;
    memscan_target *target;
    memscan_scan *scan;
    uint8_t *heap, *data;
} scene;

typedef enum fault { ALLOCATION, PLATFORM_CALL, TARGET_ENDS } fault;

static fake_target *build_fake(uint64_t module, scene *of)
{
    fake_target *fake = fake_create();
    uint8_t *heap = fake_map(fake, HEAP, PAGES * PAGE, RW, MEMSCAN_KIND_ANON);
    fake_pages(fake, HEAP + 4 * PAGE, 3 * PAGE, MEMSCAN_PAGE_UNTOUCHED);
    uint8_t *data = fake_map(fake, module, 2 * PAGE, RW, MEMSCAN_KIND_DATA);
    fake_add_module(fake, module, 2 * PAGE, "/games/hack");
    if (of) {
        of->heap = heap;
        of->data = data;
    }
    return fake;
}

/* Words of the heap and of the module's data rise, each at its own pace. */
static void pass_time(scene *of)
{
    for (uint32_t i = 0; i < PAGE / 4; i++) {
        of->heap[4 * i] = (uint8_t)(of->heap[4 * i] + i % 3);
        of->data[4 * i] = (uint8_t)(of->data[4 * i] + i % 5);
    }
}

static memscan_scan_options plain_options(void)
{
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    options.workers = 1; /* so that the n-th request is the same one each time */
    options.memory_limit = 64 << 20;
    options.track = tracking ? MEMSCAN_TRACK_OPEN : MEMSCAN_TRACK_NONE;
    return options;
}

/* A session of three steps, the last one undone, and a snapshot. */
static void begin(scene *of, bool in_file, const memscan_allocator *allocator)
{
    memscan_scan_options options = plain_options();
    of->fake = build_fake(MODULE, of);
    ck_assert_int_eq(fake_open(of->fake, MEMSCAN_READ, allocator, &of->target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_create(of->target, &options, &of->scan, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_first(of->scan, "i32:unknown", in_file ? path : NULL, NULL, NULL), MEMSCAN_OK);
    pass_time(of);
    ck_assert_int_eq(memscan_scan_next(of->scan, "changed", NULL, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_mark(of->scan, "then", NULL), MEMSCAN_OK);
    pass_time(of);
    ck_assert_int_eq(memscan_scan_next(of->scan, "+2", NULL, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_undo(of->scan, NULL), MEMSCAN_OK);
}

static void end(scene *of)
{
    memscan_scan_destroy(of->scan);
    memscan_close(of->target);
    ck_assert_uint_eq(fake_counted(of->fake).breaches, 0);
    fake_destroy(of->fake);
}

static void mix(uint64_t *digest, const void *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        *digest = (*digest ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3u; /* FNV-1a */
}

static int mix_step(const memscan_scan_step *step, void *context)
{
    mix(context, step->expression, strlen(step->expression) + 1);
    mix(context, &step->matches, sizeof step->matches);
    mix(context, &step->current, sizeof step->current);
    if (step->name)
        mix(context, step->name, strlen(step->name));
    return 0;
}

/* All that can be seen of a session. */
static uint64_t digest_of(memscan_scan *scan)
{
    uint64_t digest = 0xcbf29ce484222325u;
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_scan_match match;
    while (memscan_scan_each(scan, &cursor, &match)) {
        mix(&digest, &match.address, sizeof match.address);
        mix(&digest, &match.types, sizeof match.types);
        mix(&digest, match.bytes, match.length);
    }
    ck_assert_int_eq(cursor.status, MEMSCAN_OK);
    ck_assert_uint_eq(cursor.next, memscan_scan_count(scan) + 1);
    ck_assert_int_eq(memscan_scan_steps(scan, mix_step, &digest, NULL), MEMSCAN_OK);
    return digest;
}

/* What another memscan finds in the file, about the same process. */
static uint64_t digest_of_file(const char *file)
{
    memscan_target *target;
    memscan_scan *scan;
    memscan_error error = { .text = "" };
    fake_target *fake = build_fake(MODULE, NULL);
    ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    memscan_status status = memscan_scan_open(target, file, NULL, &scan, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s", error.text);
    uint64_t digest = digest_of(scan);
    memscan_scan_destroy(scan);
    memscan_close(target);
    fake_destroy(fake);
    return digest;
}

static bool is_there(const char *name)
{
    ms_file *file;
    bool there = ms_file_open(&ms_default_allocator, name, MS_FILE_READ, &file, NULL) == MEMSCAN_OK;
    if (there)
        ms_file_close(file);
    return there;
}

static bool something_is_beside(const char *name)
{
    char fresh[700];
    snprintf(fresh, sizeof fresh, "%s.new", name);
    return is_there(fresh);
}

/* --- the calls --- */

typedef memscan_status act(scene *of, memscan_error *error);

static memscan_status act_first(scene *of, memscan_error *error)
{
    return memscan_scan_first(of->scan, "num:1", NULL, NULL, error);
}

static memscan_status act_first_unknown(scene *of, memscan_error *error)
{
    return memscan_scan_first(of->scan, "f32:unknown", NULL, NULL, error);
}

static memscan_status act_first_in_file(scene *of, memscan_error *error)
{
    return memscan_scan_first(of->scan, "i16:unknown", path, NULL, error);
}

static memscan_status act_next(scene *of, memscan_error *error)
{
    return memscan_scan_next(of->scan, "increased", NULL, error);
}

static memscan_status act_next_since(scene *of, memscan_error *error)
{
    return memscan_scan_next(of->scan, "+2..+8 since then", NULL, error);
}

static memscan_status act_undo(scene *of, memscan_error *error)
{
    return memscan_scan_undo(of->scan, error);
}

static memscan_status act_redo(scene *of, memscan_error *error)
{
    return memscan_scan_redo(of->scan, error);
}

static memscan_status act_mark(scene *of, memscan_error *error)
{
    return memscan_scan_mark(of->scan, "now", error);
}

static memscan_status act_mark_again(scene *of, memscan_error *error)
{
    return memscan_scan_mark(of->scan, "then", error);
}

static memscan_status act_save(scene *of, memscan_error *error)
{
    return memscan_scan_save(of->scan, other, error);
}

static memscan_status act_walk(scene *of, memscan_error *error)
{
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_scan_match match;
    while (memscan_scan_each(of->scan, &cursor, &match))
        ;
    if (cursor.status != MEMSCAN_OK && error)
        error->status = cursor.status;
    return cursor.status;
}

static memscan_status act_create(scene *of, memscan_error *error)
{
    memscan_scan *scan;
    memscan_scan_options options = plain_options();
    options.spill_folder = folder;
    memscan_status status = memscan_scan_create(of->target, &options, &scan, error);
    ck_assert(status == MEMSCAN_OK || !scan);
    memscan_scan_destroy(scan);
    return status;
}

/* Arms a fault, or with 0 none, and tells how many there were of what it counts. */
static uint64_t inject(scene *of, counting_allocator *counting, fault kind, uint64_t nth)
{
    uint64_t requests = atomic_load(&counting->requests);
    if (kind == ALLOCATION)
        atomic_store(&counting->fail_at, nth ? requests + nth : 0);
    else if (kind == PLATFORM_CALL)
        fake_fail_at(of->fake, nth, MEMSCAN_IO);
    else
        fake_die_at(of->fake, nth);
    return kind == ALLOCATION ? requests : fake_counted(of->fake).total;
}

/* One call with one fault; 0: with none, which tells what it makes. False: the fault was not reached. */
static bool try_call(act *call, const char *name, bool in_file, fault kind, uint64_t nth)
{
    static uint64_t made;
    static const memscan_status expected[] = { MEMSCAN_NO_MEMORY, MEMSCAN_IO, MEMSCAN_GONE };
    scene of;
    counting_allocator counting;
    memscan_error error = { .status = MEMSCAN_OK };
    counting_allocator_init(&counting);
    begin(&of, in_file, &counting.allocator);
    pass_time(&of);
    uint64_t before = digest_of(of.scan);
    memscan_scan_match first;
    memscan_scan_at(of.scan, 1, &first, NULL);
    uint64_t begun = inject(&of, &counting, kind, nth);
    memscan_status status = call(&of, &error);
    bool reached = nth && inject(&of, &counting, kind, 0) >= begun + nth;
    ck_assert_msg(status == MEMSCAN_OK || (reached && status == expected[kind]), "%s, fault %d at %d: %d", name, kind,
                  (int)nth, status);
    ck_assert_int_eq(error.status, status);
    uint64_t after = digest_of(of.scan);
    if (!nth)
        made = after;
    ck_assert_msg(after == (status == MEMSCAN_OK ? made : before), "%s, fault %d at %d: another session", name, kind,
                  (int)nth);
    ck_assert_msg(!something_is_beside(path) && !something_is_beside(other), "%s, fault %d at %d: left behind", name,
                  kind, (int)nth);
    ck_assert(status == MEMSCAN_OK || !is_there(other));
    end(&of);
    if (in_file) /* what the file says is what the handle said, unless the call left the file for another place */
        ck_assert_msg(digest_of_file(path) == (call == act_first || call == act_first_unknown ? before : after),
                      "%s, fault %d at %d: another file", name, kind, (int)nth);
    ck_assert_int_eq(atomic_load(&counting.blocks), 0);
    ck_assert_uint_eq(atomic_load(&counting.wrong_sizes), 0);
    (void)ms_file_remove(path, NULL);
    (void)ms_file_remove(other, NULL);
    return reached;
}

static const struct {
    act *call;
    const char *name;
    int writes; /* what a session in a file does to the file */
} calls[] = { { act_create, "create", 0 },
              { act_first, "first", 1 },
              { act_first_unknown, "first, unknown", 0 },
              { act_first_in_file, "first, in a file", 1 },
              { act_next, "next", 1 },
              { act_next_since, "next since", 0 },
              { act_undo, "undo", 1 },
              { act_redo, "redo", 1 },
              { act_mark, "mark", 1 },
              { act_mark_again, "mark again", 1 },
              { act_save, "save", 1 },
              { act_walk, "walk", 0 } };

static void try_all(fault kind)
{
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        for (int in_file = 0; in_file <= calls[i].writes; in_file++) {
            uint64_t nth = 0;
            try_call(calls[i].call, calls[i].name, in_file, kind, nth);
            while (try_call(calls[i].call, calls[i].name, in_file, kind, ++nth))
                ck_assert_uint_lt(nth, NOT_EVER);
        }
}

START_TEST(any_allocation_may_fail)
{
    tracking = _i;
    try_all(ALLOCATION);
}
END_TEST

START_TEST(any_call_of_the_platform_may_fail)
{
    tracking = _i;
    try_all(PLATFORM_CALL);
}
END_TEST

START_TEST(the_target_may_end_at_any_call)
{
    tracking = _i;
    try_all(TARGET_ENDS);
}
END_TEST

/* --- opening, and carrying over --- */

static void leave_a_file(void)
{
    scene of;
    begin(&of, true, NULL);
    end(&of);
}

/* Opens the file with a fault; `moved`: for another run, in which the module lies elsewhere. False: the fault was not
 * reached. */
static bool try_open(bool moved, fault kind, uint64_t nth)
{
    static const memscan_status expected[] = { MEMSCAN_NO_MEMORY, MEMSCAN_IO, MEMSCAN_GONE };
    counting_allocator counting;
    memscan_scan *scan;
    scene of = { 0 };
    uint64_t carried, dropped;
    memscan_scan_options options = plain_options();
    options.rebase = moved;
    leave_a_file();
    uint64_t before = digest_of_file(path);
    counting_allocator_init(&counting);
    of.fake = build_fake(moved ? MOVED : MODULE, &of);
    fake_identity(of.fake)->start_time += moved;
    ck_assert_int_eq(fake_open(of.fake, MEMSCAN_READ, &counting.allocator, &of.target, NULL), MEMSCAN_OK);
    uint64_t begun = inject(&of, &counting, kind, nth);
    memscan_status status = memscan_scan_open(of.target, path, &options, &scan, NULL);
    bool reached = inject(&of, &counting, kind, 0) >= begun + nth;
    ck_assert_msg(reached ? status == expected[kind] : status == MEMSCAN_OK, "fault %d at %d: %d", kind, (int)nth,
                  status);
    ck_assert(!something_is_beside(path));
    ck_assert(status == MEMSCAN_OK || !scan);
    if (status == MEMSCAN_OK && moved) { /* of the module's 1,024 words each fifth stayed, of the heap's each third */
        memscan_scan_rebased(scan, &carried, &dropped);
        ck_assert_uint_eq(carried, 1024 - 205);
        ck_assert_uint_eq(dropped, 1024 - 342);
        ck_assert_uint_eq(memscan_scan_count(scan), carried);
    }
    if (status != MEMSCAN_OK || !moved) {
        memscan_scan_destroy(scan);
        ck_assert_uint_eq(digest_of_file(path), before);
    } else {
        memscan_scan_destroy(scan);
    }
    memscan_close(of.target);
    fake_destroy(of.fake);
    ck_assert_int_eq(atomic_load(&counting.blocks), 0);
    ck_assert_uint_eq(atomic_load(&counting.wrong_sizes), 0);
    (void)ms_file_remove(path, NULL);
    return reached;
}

START_TEST(opening_may_fail_anywhere)
{
    for (int moved = 0; moved < 2; moved++)
        for (fault kind = ALLOCATION; kind <= TARGET_ENDS; kind++) {
            uint64_t nth = 1;
            while (try_open(moved, kind, nth))
                ck_assert_uint_lt(++nth, NOT_EVER);
        }
}
END_TEST

/* --- carrying over: which module is which --- */

typedef struct run {
    uint64_t base;
    const char *path;
} run;

/* A session over modules at `from`, carried over to `to`; returns the addresses that were carried. */
static uint64_t carry(const run *from, size_t from_count, const run *to, size_t to_count, uint64_t *addresses)
{
    uint64_t carried = 0, dropped = 0;
    for (int moved = 0; moved < 2; moved++) {
        const run *runs = moved ? to : from;
        size_t count = moved ? to_count : from_count;
        memscan_target *target;
        memscan_scan *scan;
        memscan_error error = { .text = "" };
        memscan_scan_options options = plain_options();
        fake_target *fake = fake_create();
        options.rebase = 1;
        for (size_t i = 0; i < count; i++) {
            fake_map(fake, runs[i].base, PAGE, RW, MEMSCAN_KIND_DATA)[64 * (i + 1)] = 77;
            fake_add_module(fake, runs[i].base, PAGE, runs[i].path);
        }
        fake_identity(fake)->start_time += moved;
        ck_assert_int_eq(fake_open(fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
        if (moved) {
            memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
            memscan_scan_match match;
            memscan_status status = memscan_scan_open(target, path, &options, &scan, &error);
            ck_assert_msg(status == MEMSCAN_OK, "%s", error.text);
            memscan_scan_rebased(scan, &carried, &dropped);
            ck_assert_uint_eq(carried + dropped, from_count);
            for (size_t i = 0; memscan_scan_each(scan, &cursor, &match); i++)
                addresses[i] = match.address;
            memscan_scan_destroy(scan);
            ck_assert_int_eq(memscan_scan_open(target, path, NULL, &scan, &error), MEMSCAN_OK); /* it is sound */
            ck_assert_uint_eq(memscan_scan_count(scan), carried);
        } else {
            ck_assert_int_eq(memscan_scan_create(target, &options, &scan, NULL), MEMSCAN_OK);
            ck_assert_int_eq(memscan_scan_first(scan, "i32:77", path, NULL, NULL), MEMSCAN_OK);
            ck_assert_uint_eq(memscan_scan_count(scan), from_count);
        }
        memscan_scan_destroy(scan);
        memscan_close(target);
        fake_destroy(fake);
    }
    (void)ms_file_remove(path, NULL);
    return carried;
}

START_TEST(modules_may_change_their_order)
{
    static const run from[] = { { 0x10000, "/a/one" }, { 0x20000, "/a/two" } };
    static const run to[] = { { 0x30000, "/b/two" }, { 0x50000, "/b/one" } };
    uint64_t at[2];
    ck_assert_uint_eq(carry(from, 2, to, 2, at), 2);
    ck_assert_uint_eq(at[0], 0x30000 + 128);
    ck_assert_uint_eq(at[1], 0x50000 + 64);
}
END_TEST

START_TEST(modules_of_one_name_are_not_confused)
{
    static const run from[] = { { 0x10000, "/a/same" }, { 0x20000, "/b/same" } };
    static const run swapped[] = { { 0x30000, "/b/same" }, { 0x50000, "/a/same" } };
    static const run strangers[] = { { 0x30000, "/c/same" }, { 0x50000, "/d/same" } };
    static const run alone[] = { { 0x30000, "/c/same" } };
    uint64_t at[2];
    ck_assert_uint_eq(carry(from, 2, swapped, 2, at), 2);
    ck_assert_uint_eq(at[0], 0x30000 + 128);
    ck_assert_uint_eq(at[1], 0x50000 + 64);
    ck_assert_uint_eq(carry(from, 2, strangers, 2, at), 0);
    ck_assert_uint_eq(carry(from, 2, alone, 1, at), 1);
}
END_TEST

/* --- the file beside the session --- */

static memscan_status save_beside(const char *leftover, size_t length)
{
    char fresh[700];
    ms_file *file;
    scene of;
    snprintf(fresh, sizeof fresh, "%s.new", other);
    begin(&of, false, NULL);
    ck_assert_int_eq(ms_file_open(&ms_default_allocator, fresh, MS_FILE_CREATE, &file, NULL), MEMSCAN_OK);
    ck_assert_int_eq(ms_file_write_at(file, 0, leftover, length, NULL), MEMSCAN_OK);
    ms_file_close(file);
    memscan_status status = memscan_scan_save(of.scan, other, NULL);
    ck_assert_int_eq(is_there(fresh), status != MEMSCAN_OK);
    ck_assert_int_eq(is_there(other), status == MEMSCAN_OK);
    end(&of);
    (void)ms_file_remove(fresh, NULL);
    (void)ms_file_remove(other, NULL);
    return status;
}

START_TEST(only_what_a_killed_memscan_left_is_taken_over)
{
    ck_assert_int_eq(save_beside("", 0), MEMSCAN_OK);
    ck_assert_int_eq(save_beside("MEMSCAN\x1a half a head", 19), MEMSCAN_OK);
    ck_assert_int_eq(save_beside("a letter to mother", 18), MEMSCAN_INVALID);
}
END_TEST

/* Whatever fails: while another memscan has a session open, nothing takes its place. */
START_TEST(a_session_in_use_is_never_replaced)
{
    scene owner;
    begin(&owner, true, NULL);
    for (uint64_t nth = 1;; nth++) {
        scene of;
        counting_allocator counting;
        counting_allocator_init(&counting);
        begin(&of, false, &counting.allocator);
        uint64_t begun = inject(&of, &counting, ALLOCATION, nth);
        memscan_status status = memscan_scan_save(of.scan, path, NULL);
        bool reached = inject(&of, &counting, ALLOCATION, 0) >= begun + nth;
        end(&of);
        ck_assert_msg(status == (reached ? MEMSCAN_NO_MEMORY : MEMSCAN_BUSY), "at %d: %d", (int)nth, status);
        ck_assert(!something_is_beside(path));
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        if (!reached)
            break;
        ck_assert_uint_lt(nth, NOT_EVER);
    }
    uint64_t before = digest_of(owner.scan);
    end(&owner);
    ck_assert_uint_eq(digest_of_file(path), before);
    (void)ms_file_remove(path, NULL);
}
END_TEST

/* An allocator in which another memscan is at work: it takes the file over that was just made and is not locked yet. */
typedef struct rival {
    memscan_allocator allocator;
    bool done;     /* it has put the file in its place by then, and is through */
    ms_file *file; /* that it has */
} rival;

static void *allocate_late(void *context, size_t bytes)
{
    rival *other_one = context;
    char fresh[700];
    snprintf(fresh, sizeof fresh, "%s.new", other);
    if (!other_one->file && something_is_beside(other)) {
        ck_assert_int_eq(ms_file_open(&ms_default_allocator, fresh, MS_FILE_OPEN_OURS, &other_one->file, NULL),
                         MEMSCAN_OK);
        if (other_one->done)
            ck_assert_int_eq(ms_file_rename(fresh, other, NULL), MEMSCAN_OK);
        else
            ck_assert_int_eq(ms_file_lock(other_one->file, NULL), MEMSCAN_OK);
    }
    return ms_alloc(&ms_default_allocator, bytes);
}

static void *resize_late(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    return ms_default_allocator.resize(ms_default_allocator.context, block, old_bytes, new_bytes);
}

static void release_late(void *context, void *block, size_t bytes)
{
    (void)context;
    ms_free(&ms_default_allocator, block, bytes);
}

START_TEST(who_saves_first_keeps_the_file)
{
    uint64_t size;
    scene of;
    rival late = { .allocator = { sizeof late.allocator, &late, allocate_late, resize_late, release_late },
                   .done = _i == 1 };
    begin(&of, false, &late.allocator);
    ck_assert_int_eq(memscan_scan_save(of.scan, other, NULL), MEMSCAN_BUSY);
    ck_assert_ptr_nonnull(late.file);
    ck_assert(something_is_beside(other) != late.done);
    ck_assert(is_there(other) == late.done);
    ck_assert_int_eq(ms_file_size(late.file, &size, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(size, 0); /* nobody wrote into it */
    ms_file_close(late.file);
    ck_assert_int_eq(memscan_scan_save(of.scan, other, NULL), MEMSCAN_OK); /* what it left is taken over, or replaced */
    end(&of);
    ck_assert(!something_is_beside(other));
    (void)ms_file_remove(other, NULL);
}
END_TEST

static void set_up(void)
{
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/session", folder);
    snprintf(other, sizeof other, "%s/other", folder);
}

static void tear_down(void)
{
    ck_assert(scratch_folder_remove(folder));
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("scan_faults");
    TCase *tests = tcase_create("scan_faults");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, any_allocation_may_fail, 0, 2);
    tcase_add_loop_test(tests, any_call_of_the_platform_may_fail, 0, 2);
    tcase_add_loop_test(tests, the_target_may_end_at_any_call, 0, 2);
    tcase_add_test(tests, opening_may_fail_anywhere);
    tcase_add_test(tests, modules_may_change_their_order);
    tcase_add_test(tests, modules_of_one_name_are_not_confused);
    tcase_add_test(tests, only_what_a_killed_memscan_left_is_taken_over);
    tcase_add_test(tests, a_session_in_use_is_never_replaced);
    tcase_add_loop_test(tests, who_saves_first_keeps_the_file, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
