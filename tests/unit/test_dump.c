/* test_dump.c - dumps of the fake target, read back by a small reader of core files written for this test, and compared
 * byte by byte with what the fake holds; with memory, the target and the disk failing at every step. */
#include "check_main.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifndef _WIN32
#include <sys/resource.h>
#include <sys/stat.h>
#endif

#include <memscan/memscan.h>

#include "counting_allocator.h"
#include "fake_platform.h"
#include "libmemscan/base/bytes.h"
#include "scratch_folder.h"

enum { R = MEMSCAN_PROT_READ, RW = R | MEMSCAN_PROT_WRITE, PAGE = 0x1000 };

static fake_target *the_fake;
static memscan_target *target;
static uint8_t *heap, *data;
static char folder[256], path[300];

static void set_up(void)
{
    the_fake = fake_create();
    heap = fake_map(the_fake, 0x10000, 8 * PAGE, RW, MEMSCAN_KIND_HEAP);
    data = fake_map(the_fake, 0x18000, 2 * PAGE, RW, MEMSCAN_KIND_DATA); /* touches the heap */
    uint8_t *constants = fake_map(the_fake, 0x40000, PAGE, R, MEMSCAN_KIND_RODATA);
    for (size_t i = 0; i < 8 * PAGE; i++)
        heap[i] = (uint8_t)(i * 7 + i / PAGE + 1);
    memset(data, 0x5a, 2 * PAGE);
    memset(constants, 0x77, PAGE);
    fake_describe(the_fake, 0x18000, MEMSCAN_REGION_FILE, "/usr/games/mine");
    fake_add_thread(the_fake, 4321, 'S', "main");
    fake_add_thread(the_fake, 4322, 'S', "other");
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/dump", folder);
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_counts counts = fake_counted(the_fake);
    ck_assert_msg(counts.breaches == 0, "%s", counts.breach);
    fake_destroy(the_fake);
    remove(path);
    ck_assert(scratch_folder_remove(folder));
}

static uint8_t *read_file(size_t *length)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length + 1);
    ck_assert_uint_eq(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

static bool file_is_there(void)
{
    size_t length;
    uint8_t *bytes = read_file(&length);
    free(bytes);
    return bytes != NULL;
}

/* ---- a reader of core files (elf(5)), strict ---- */

typedef struct segment {
    uint64_t type, flags, offset, address, saved, memory;
} segment;

typedef struct core_file {
    uint8_t *bytes;
    size_t length, count, word;
    segment *segments;
} core_file;

static uint64_t number(const core_file *core, uint64_t at, size_t width)
{
    ck_assert_uint_le(at + width, core->length);
    return ms_load_uint(core->bytes + at, width, 0);
}

static core_file read_core(void)
{
    core_file core = { 0 };
    core.bytes = read_file(&core.length);
    ck_assert_ptr_nonnull(core.bytes);
    ck_assert_mem_eq(core.bytes, "\177ELF", 4);
    bool wide = core.bytes[4] == 2;
    core.word = wide ? 8 : 4;
    ck_assert_uint_eq(number(&core, 16, 2), 4);
    uint64_t at = number(&core, wide ? 32 : 28, core.word);
    size_t each = (size_t)number(&core, wide ? 54 : 42, 2);
    ck_assert_uint_eq(each, wide ? 56 : 32);
    core.count = (size_t)number(&core, wide ? 56 : 44, 2);
    if (core.count == 0xffff) {
        uint64_t section = number(&core, wide ? 40 : 32, core.word);
        ck_assert_uint_eq(number(&core, wide ? 60 : 48, 2), 1);
        core.count = (size_t)number(&core, section + (wide ? 44 : 28), 4);
    }
    core.segments = calloc(core.count, sizeof *core.segments);
    for (size_t i = 0; i < core.count; i++, at += each) {
        segment *s = &core.segments[i];
        s->type = number(&core, at, 4);
        s->flags = number(&core, at + (wide ? 4 : 24), 4);
        s->offset = number(&core, at + (wide ? 8 : 4), core.word);
        s->address = number(&core, at + (wide ? 16 : 8), core.word);
        s->saved = number(&core, at + (wide ? 32 : 16), core.word);
        s->memory = number(&core, at + (wide ? 40 : 20), core.word);
        ck_assert_uint_le(s->offset + s->saved, core.length);
        ck_assert(s->type == 4 || s->saved <= s->memory);
        ck_assert(s->type == 4 || s->offset % PAGE == s->address % PAGE);
    }
    return core;
}

static void free_core(core_file *core)
{
    free(core->bytes);
    free(core->segments);
}

/* The saved byte at an address, or -1; -2 where no segment has it at all. */
static int byte_at(const core_file *core, uint64_t address)
{
    int found = -2;
    for (size_t i = 0; i < core->count; i++) {
        const segment *s = &core->segments[i];
        if (s->type != 1 || address < s->address || address - s->address >= s->memory)
            continue;
        ck_assert_int_eq(found, -2); /* no address twice */
        found = address - s->address < s->saved ? core->bytes[s->offset + (address - s->address)] : -1;
    }
    return found;
}

/* Where the contents of the n-th note of a type lie; 0: there is none. */
static uint64_t note_at(const core_file *core, uint64_t type, size_t nth, uint64_t *length)
{
    const segment *notes = &core->segments[0];
    ck_assert_uint_eq(notes->type, 4);
    for (uint64_t at = notes->offset; at < notes->offset + notes->saved;) {
        ck_assert_uint_eq(number(core, at, 4), 5);
        ck_assert_mem_eq(core->bytes + at + 12, "CORE", 5);
        *length = number(core, at + 4, 4);
        if (number(core, at + 8, 4) == type && nth-- == 0)
            return at + 20;
        at += 20 + (*length + 3) / 4 * 4;
    }
    return 0;
}

/* ---- core files ---- */

static void check_core(void)
{
    memscan_report report;
    uint64_t length;
    ck_assert_int_eq(memscan_dump_core(target, NULL, path, NULL, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.asked, 10 * PAGE);
    ck_assert_uint_eq(report.scanned, 6 * PAGE);
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_UNTOUCHED], 3 * PAGE);
    ck_assert_uint_eq(report.failed, PAGE);
    ck_assert_uint_eq(report.complete, 0);
    core_file core = read_core();
    for (uint64_t at = 0x10000; at < 0x1a000; at++) {
        uint64_t page = (at - 0x10000) / PAGE;
        bool left = page == 2 || page == 4 || page == 5 || page == 9;
        int expected = left ? -1 : page < 8 ? heap[at - 0x10000] : data[at - 0x18000];
        ck_assert_int_eq(byte_at(&core, at), expected);
    }
    ck_assert_int_eq(byte_at(&core, 0xffff), -2);
    ck_assert_int_eq(byte_at(&core, 0x40000), -2);
    uint64_t first = note_at(&core, 1, 0, &length), second = note_at(&core, 1, 1, &length);
    ck_assert(first && second && !note_at(&core, 1, 2, &length));
    ck_assert_uint_eq(number(&core, first + (core.word == 8 ? 32 : 24), 4), 4321);
    ck_assert_uint_eq(number(&core, second + (core.word == 8 ? 32 : 24), 4), 4322);
    uint64_t files = note_at(&core, 0x46494c45, 0, &length);
    ck_assert(files);
    ck_assert_uint_eq(number(&core, files, core.word), 1);
    ck_assert_uint_eq(number(&core, files + 2 * core.word, core.word), 0x18000);
    ck_assert_str_eq((char *)core.bytes + files + 5 * core.word, "/usr/games/mine");
    free_core(&core);
}

static void make_holes(void)
{
    fake_hole(the_fake, 0x12000, PAGE, MEMSCAN_FAULTY);
    memset(heap + 4 * PAGE, 0, 2 * PAGE);
    fake_pages(the_fake, 0x14000, 2 * PAGE, MEMSCAN_PAGE_UNTOUCHED);
    memset(data + PAGE, 0, PAGE);
    fake_pages(the_fake, 0x19000, PAGE, MEMSCAN_PAGE_UNTOUCHED);
}

START_TEST(a_core_leaves_out_what_is_absent)
{
    make_holes();
    check_core();
    ck_assert_uint_eq(fake_counted(the_fake).touched, 0);
#ifndef _WIN32
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
#endif
}
END_TEST

/* The map is taken for the whole, not for every part: taking it may cost more than reading a part. What is closed to us
 * is told by the object. */
START_TEST(a_large_absent_object_costs_no_more_maps)
{
    enum { LARGE = 24 << 20 };
    memscan_report report;
    memset(fake_map(the_fake, 0x4000000, LARGE, RW, MEMSCAN_KIND_SHARED), 0x33, LARGE);
    fake_describe(the_fake, 0x4000000, MEMSCAN_REGION_SHARED, "/memfd:pool (deleted)");
    fake_pages(the_fake, 0x4000000, LARGE, MEMSCAN_PAGE_SHARED);
    if (_i)
        fake_close_backing(the_fake, 0x4000000, LARGE, MEMSCAN_ABSENT_SHARED);
    uint64_t before = fake_counted(the_fake).calls[FAKE_REGIONS];
    ck_assert_int_eq(memscan_dump_core(target, NULL, path, NULL, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_le(fake_counted(the_fake).calls[FAKE_REGIONS] - before, 2);
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_ABSENT_SHARED], _i ? LARGE : 0);
    core_file core = read_core();
    ck_assert_int_eq(byte_at(&core, 0x4000000 + LARGE - 1), _i ? -1 : 0x33);
    free_core(&core);
    ck_assert_uint_eq(fake_counted(the_fake).touched, 0);
}
END_TEST

START_TEST(a_narrow_target_gets_a_narrow_core)
{
    memscan_close(target);
    fake_set(the_fake)->layout.pointer_width = 4;
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    make_holes();
    check_core();
}
END_TEST

START_TEST(ranges_that_begin_anywhere)
{
    memscan_range ranges[] = { { 0x10123, 0x11456 }, { 0x17fff, 0x18000 } };
    memscan_filter filter = MEMSCAN_FILTER_INIT;
    filter.ranges = ranges;
    filter.range_count = 2;
    ck_assert_int_eq(memscan_dump_core(target, &filter, path, NULL, NULL, NULL), MEMSCAN_OK);
    core_file core = read_core();
    for (uint64_t at = 0x10000; at < 0x1a000; at++) {
        bool asked = (at >= 0x10123 && at <= 0x11456) || at == 0x17fff || at == 0x18000;
        ck_assert_int_eq(byte_at(&core, at), !asked ? -2 : at < 0x18000 ? heap[at - 0x10000] : data[at - 0x18000]);
    }
    free_core(&core);
}
END_TEST

/* elf(5): e_phnum holds less than 65,535. */
START_TEST(more_segments_than_a_header_counts)
{
    enum { MANY = 66000 };
    for (uint64_t i = 0; i < MANY; i++)
        fake_map_sparse(the_fake, 0x1000000 + i * 2 * PAGE, PAGE, RW, MEMSCAN_KIND_ANON);
    ck_assert_int_eq(memscan_dump_core(target, NULL, path, NULL, NULL, NULL), MEMSCAN_OK);
    core_file core = read_core();
    ck_assert_uint_eq(core.count, MANY + 3);
    ck_assert_uint_eq(core.segments[MANY + 2].address, 0x1000000 + (uint64_t)(MANY - 1) * 2 * PAGE);
    ck_assert_uint_lt(core.length, 16 * 1024 * 1024);
    free_core(&core);
}
END_TEST

/* ---- plain bytes ---- */

START_TEST(one_range_as_it_is)
{
    size_t length;
    memset(heap + 4 * PAGE, 0, 2 * PAGE);
    fake_pages(the_fake, 0x14000, 2 * PAGE, MEMSCAN_PAGE_UNTOUCHED);
    ck_assert_int_eq(memscan_dump_raw(target, (memscan_range){ 0x10007, 0x15fff }, path, NULL, NULL), MEMSCAN_OK);
    uint8_t *bytes = read_file(&length);
    ck_assert_uint_eq(length, 0x6000 - 7);
    ck_assert_mem_eq(bytes, heap + 7, length);
    ck_assert_uint_eq(fake_counted(the_fake).touched, 0);
    free(bytes);
}
END_TEST

START_TEST(a_range_with_a_hole_is_refused)
{
    memscan_error error;
    fake_hole(the_fake, 0x12000, PAGE, MEMSCAN_FAULTY);
    ck_assert_int_eq(memscan_dump_raw(target, (memscan_range){ 0x10000, 0x13fff }, path, NULL, &error),
                     MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(error.address, 0x12000);
    ck_assert(!file_is_there());
    ck_assert_int_eq(memscan_dump_raw(target, (memscan_range){ 0x1fff0, 0x20000 }, path, NULL, &error),
                     MEMSCAN_UNREADABLE);
    ck_assert_int_eq(memscan_dump_raw(target, (memscan_range){ 5, 4 }, path, NULL, &error), MEMSCAN_INVALID);
    ck_assert_int_eq(memscan_dump_raw(target, (memscan_range){ 0, UINT64_MAX }, path, NULL, &error), MEMSCAN_INVALID);
}
END_TEST

/* ---- failing ---- */

static void write_old(void)
{
    FILE *file = fopen(path, "wb");
    ck_assert_int_eq(fputs("old", file) < 0, 0);
    fclose(file);
}

static void expect_old(void)
{
    size_t length;
    uint8_t *bytes = read_file(&length);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(length, 3);
    ck_assert_mem_eq(bytes, "old", 3);
    free(bytes);
}

static memscan_status dump_either(int which)
{
    return which ? memscan_dump_core(target, NULL, path, NULL, NULL, NULL)
                 : memscan_dump_raw(target, (memscan_range){ 0x10000, 0x17fff }, path, NULL, NULL);
}

START_TEST(memory_that_runs_out_anywhere)
{
    write_old();
    for (unsigned long long n = 1;; n++) {
        counting_allocator counting;
        counting_allocator_init(&counting);
        memscan_target *plain = target;
        ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, &counting.allocator, &target, NULL), MEMSCAN_OK);
        atomic_store(&counting.fail_at, n + atomic_load(&counting.requests));
        memscan_status status = dump_either(_i);
        bool reached = atomic_load(&counting.requests) >= atomic_load(&counting.fail_at);
        memscan_close(target);
        target = plain;
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        ck_assert_uint_eq(atomic_load(&counting.wrong_sizes), 0);
        if (status == MEMSCAN_OK && !reached)
            break;
        ck_assert(status == MEMSCAN_OK || status == MEMSCAN_NO_MEMORY);
        if (status) /* what was there before still is */
            expect_old();
        write_old();
        ck_assert_uint_lt(n, 5000);
    }
}
END_TEST

START_TEST(a_target_that_fails_or_ends_anywhere)
{
    for (int ends = 0; ends < 2; ends++)
        for (uint64_t n = 1;; n++) {
            tear_down();
            set_up();
            uint64_t before = fake_counted(the_fake).total;
            if (ends)
                fake_die_at(the_fake, n);
            else
                fake_fail_at(the_fake, n, MEMSCAN_OS);
            memscan_status status = dump_either(_i);
            bool reached = fake_counted(the_fake).total - before >= n;
            ck_assert(status == MEMSCAN_OK || !file_is_there());
            ck_assert(!ends || !reached || status == MEMSCAN_GONE || status == MEMSCAN_OK);
            if (!reached) {
                ck_assert_int_eq(status, MEMSCAN_OK);
                break;
            }
            ck_assert_uint_lt(n, 1000);
        }
}
END_TEST

static int stop_at_once(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    ck_assert_uint_le(done, total);
    ck_assert_uint_eq(matches, 0);
    ++*(int *)context;
    return 1;
}

START_TEST(a_dump_that_is_cancelled)
{
    memscan_dump_options options = MEMSCAN_DUMP_OPTIONS_INIT;
    memscan_report report;
    memscan_cancel *cancel = memscan_cancel_create();
    memscan_cancel_raise(cancel);
    options.cancel = cancel;
    ck_assert_int_eq(memscan_dump_core(target, NULL, path, &options, &report, NULL), MEMSCAN_CANCELLED);
    ck_assert_uint_eq(report.asked, report.scanned + report.skipped + report.failed);
    ck_assert_int_eq(memscan_dump_raw(target, (memscan_range){ 0x10000, 0x17fff }, path, &options, NULL),
                     MEMSCAN_CANCELLED);
    ck_assert(!file_is_there());
    memscan_cancel_destroy(cancel);
    int told = 0;
    options = (memscan_dump_options)MEMSCAN_DUMP_OPTIONS_INIT;
    options.progress = stop_at_once;
    options.progress_context = &told;
    memscan_status status = memscan_dump_core(target, NULL, path, &options, &report, NULL);
    ck_assert(status == (told ? MEMSCAN_STOPPED : MEMSCAN_OK));
}
END_TEST

#ifndef _WIN32
/* A limit on the size of files stands for a full disk: the write fails in the same place. */
START_TEST(a_full_disk_leaves_no_half_file)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    for (rlim_t most = 0; most < 0x9000; most += 0x800) {
        limit.rlim_cur = most;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        ck_assert_int_eq(dump_either(_i), most < 0x8000 || _i ? MEMSCAN_LIMIT : MEMSCAN_OK);
        limit.rlim_cur = limit.rlim_max;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
        ck_assert_int_eq(file_is_there(), most >= 0x8000 && !_i);
    }
}
END_TEST
#endif

Suite *test_suite(void)
{
    Suite *suite = suite_create("dump");
    TCase *tests = tcase_create("dump");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, a_core_leaves_out_what_is_absent);
    tcase_add_loop_test(tests, a_large_absent_object_costs_no_more_maps, 0, 2);
    tcase_add_test(tests, a_narrow_target_gets_a_narrow_core);
    tcase_add_test(tests, ranges_that_begin_anywhere);
    tcase_add_test(tests, more_segments_than_a_header_counts);
    tcase_add_test(tests, one_range_as_it_is);
    tcase_add_test(tests, a_range_with_a_hole_is_refused);
    tcase_add_loop_test(tests, memory_that_runs_out_anywhere, 0, 2);
    tcase_add_loop_test(tests, a_target_that_fails_or_ends_anywhere, 0, 2);
    tcase_add_test(tests, a_dump_that_is_cancelled);
#ifndef _WIN32
    tcase_add_loop_test(tests, a_full_disk_leaves_no_half_file, 0, 2);
#endif
    suite_add_tcase(suite, tests);
    return suite;
}
