/* test_patch.c - patches against the fake target: what is refused before the first byte, what is written, what is put
 * back, and what the journal undoes; and with memory, or the target, failing at every step of it. */
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memscan/memscan.h>

#include "counting_allocator.h"
#include "fake_platform.h"
#include "scratch_folder.h"

enum { R = MEMSCAN_PROT_READ, RW = R | MEMSCAN_PROT_WRITE, RX = R | MEMSCAN_PROT_EXECUTE, PAGE = 0x1000 };
enum { CODE = 0x10000, DATA = 0x11000, FAR = 0x20000 }; /* code and data touch */

static fake_target *the_fake;
static memscan_target *target;
static uint8_t *code, *data, *far_bytes;
static char folder[256], journal[300];
static const uint8_t routine[8] = { 0x29, 0x43, 0x10, 0x8b, 0x43, 0x10, 0x85, 0xc0 };

static void map_it(void)
{
    the_fake = fake_create();
    code = fake_map(the_fake, CODE, PAGE, RX, MEMSCAN_KIND_CODE);
    data = fake_map(the_fake, DATA, PAGE, RW, MEMSCAN_KIND_DATA);
    far_bytes = fake_map(the_fake, FAR, PAGE, RW, MEMSCAN_KIND_HEAP);
    memset(code, 0x11, PAGE);
    memset(data, 0x22, PAGE);
    memset(far_bytes, 0x33, PAGE);
    memcpy(code + 0x100, routine, sizeof routine);
    memcpy(data + 0x20, &(int32_t){ 100 }, 4);
    fake_add_module(the_fake, CODE, 2 * PAGE, "/usr/games/mine");
    *fake_identity(the_fake) = (memscan_identity){
        .boot = "boot", .pid = 4321, .start_time = 99, .inode = 7, .build_id_length = 3, .build_id = { 1, 2, 3 }
    };
}

static void set_up(void)
{
    map_it();
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(journal, sizeof journal, "%s/journal.json", folder);
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_WRITE, NULL, &target, NULL), MEMSCAN_OK);
}

static void tear_down(void)
{
    memscan_close(target);
    fake_counts counts = fake_counted(the_fake);
    ck_assert_msg(counts.breaches == 0, "%s", counts.breach);
    fake_destroy(the_fake);
    remove(journal);
    ck_assert(scratch_folder_remove(folder));
}

/* ---- patches, and what became of them ---- */

static const char two_edits[] = "{\"memscan_patch\": 1, \"edits\": ["
                                "{\"name\": \"no damage\", \"find\": \"29 4? 10 8B\", \"in\": \"mine\", "
                                "\"replace\": \"90 90 90\"},"
                                "{\"name\": \"gold\", \"address\": \"mine+0x1020\", \"expect\": \"i32:100\", "
                                "\"replace\": \"i32:999\"}]}";

static memscan_patch *parse(const char *json)
{
    memscan_patch *patch;
    memscan_error error;
    memscan_status status = memscan_patch_parse(json, strlen(json), NULL, &patch, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s", error.text);
    return patch;
}

static memscan_patch *one_edit(const char *find, const char *replace, uint32_t matches)
{
    memscan_patch *patch;
    memscan_edit edit = MEMSCAN_EDIT_INIT;
    edit.find = find;
    edit.replace = replace;
    edit.matches = matches;
    ck_assert_int_eq(memscan_patch_create(NULL, &patch, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_patch_add(patch, &edit, NULL), MEMSCAN_OK);
    return patch;
}

static memscan_patch *at_address(const char *address, const char *expect, const char *replace)
{
    memscan_patch *patch;
    memscan_edit edit = MEMSCAN_EDIT_INIT;
    memscan_error error;
    edit.address = address;
    edit.expect = expect;
    edit.replace = replace;
    ck_assert_int_eq(memscan_patch_create(NULL, &patch, NULL), MEMSCAN_OK);
    memscan_status status = memscan_patch_add(patch, &edit, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s", error.text);
    return patch;
}

typedef struct told {
    size_t count;
    memscan_place_state states[16];
    uint64_t addresses[16];
    uint8_t old_first[16], new_first[16];
    size_t lengths[16];
} told;

static void on_change(const memscan_patch_change *change, void *context)
{
    told *all = context;
    ck_assert_uint_lt(all->count, 16);
    all->states[all->count] = change->state;
    all->addresses[all->count] = change->address;
    all->lengths[all->count] = change->length;
    all->old_first[all->count] = change->old_bytes[0];
    all->new_first[all->count++] = change->new_bytes[0];
}

static memscan_status apply_with(const memscan_patch *patch, const char *path, bool dry_run, told *all,
                                 memscan_patch_report *report, memscan_error *error)
{
    memscan_patch_options options = MEMSCAN_PATCH_OPTIONS_INIT;
    *all = (told){ 0 };
    options.dry_run = dry_run;
    options.journal = path;
    options.visit = on_change;
    options.context = all;
    return memscan_patch_apply(target, patch, &options, report, error);
}

static void apply_and_destroy(memscan_patch *patch, memscan_status status)
{
    told all;
    memscan_error error = { 0 };
    memscan_status answer = apply_with(patch, NULL, false, &all, NULL, &error);
    ck_assert_msg(answer == status, "%d: %s", answer, error.text);
    memscan_patch_destroy(patch);
}

static void expect_untouched(void)
{
    ck_assert_mem_eq(code + 0x100, routine, sizeof routine);
    ck_assert_mem_eq(data + 0x20, &(int32_t){ 100 }, 4);
    for (size_t i = 0; i < PAGE; i++) {
        ck_assert(code[i] == 0x11 || (i >= 0x100 && i < 0x108));
        ck_assert(data[i] == 0x22 || (i >= 0x20 && i < 0x24));
        ck_assert(far_bytes[i] == 0x33);
    }
}

static bool journal_is_there(void)
{
    FILE *file = fopen(journal, "rb");
    if (file)
        fclose(file);
    return file != NULL;
}

START_TEST(several_edits_as_one_whole_and_back)
{
    told all;
    memscan_patch_report report;
    memscan_patch *patch = parse(two_edits);
    ck_assert_int_eq(apply_with(patch, journal, true, &all, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(all.count, 2);
    ck_assert_int_eq(all.states[0], MEMSCAN_PLACE_WOULD_CHANGE);
    ck_assert_uint_eq(all.old_first[0], 0x29);
    ck_assert_uint_eq(all.new_first[0], 0x90);
    ck_assert(!journal_is_there());
    expect_untouched();

    ck_assert_int_eq(apply_with(patch, journal, false, &all, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(all.addresses[0], CODE + 0x100);
    ck_assert_uint_eq(all.lengths[0], 3);
    ck_assert_uint_eq(all.addresses[1], DATA + 0x20);
    ck_assert_uint_eq(report.by_state[MEMSCAN_PLACE_CHANGED], 2);
    ck_assert_str_eq(report.journal, journal);
    ck_assert_mem_eq(code + 0x100, "\x90\x90\x90\x8b\x43\x10\x85\xc0", 8);
    ck_assert_mem_eq(data + 0x20, &(int32_t){ 999 }, 4);

    ck_assert_int_eq(apply_with(patch, journal, false, &all, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.by_state[MEMSCAN_PLACE_ALREADY], 2);
    ck_assert_str_eq(report.journal, "");

    ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.by_state[MEMSCAN_PLACE_CHANGED], 2);
    expect_untouched();
    ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.by_state[MEMSCAN_PLACE_ALREADY], 2);
    memscan_patch_destroy(patch);
}
END_TEST

START_TEST(a_pattern_matches_as_often_as_it_says)
{
    memcpy(data + 0x200, routine, sizeof routine);
    apply_and_destroy(one_edit("29 43 10 8B", "90 90 90", 1), MEMSCAN_AMBIGUOUS);
    apply_and_destroy(one_edit("29 43 10 8B", "90 90 90", 3), MEMSCAN_AMBIGUOUS);
    apply_and_destroy(one_edit("29 43 10 8C", "90 90 90", 1), MEMSCAN_NOT_FOUND);
    ck_assert_uint_eq(fake_counted(the_fake).calls[FAKE_WRITE], 0);
    apply_and_destroy(one_edit("29 43 10 8B", "90 ?? 91", 2), MEMSCAN_OK);
    ck_assert_mem_eq(code + 0x100, "\x90\x43\x91\x8b", 4);
    ck_assert_mem_eq(data + 0x200, "\x90\x43\x91\x8b", 4);
}
END_TEST

/* One of two places is patched already, by hand. */
START_TEST(what_is_applied_already_is_left_alone)
{
    told all;
    memcpy(data + 0x200, routine, sizeof routine);
    data[0x200] = 0x90;
    memscan_patch *patch = one_edit("29 43 10 8B", "90", 2);
    ck_assert_int_eq(apply_with(patch, NULL, false, &all, NULL, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(all.count, 2);
    ck_assert_int_eq(all.states[0], MEMSCAN_PLACE_CHANGED);
    ck_assert_int_eq(all.states[1], MEMSCAN_PLACE_ALREADY);
    ck_assert_uint_eq(all.addresses[1], DATA + 0x200);
    memscan_patch_destroy(patch);
}
END_TEST

/* The new form stands at more places than were patched: which of them are ours, nothing tells. */
START_TEST(what_cannot_be_told_from_applied_is_said)
{
    memscan_error error;
    memcpy(code + 0x100, "\x90\x90\x90\x8b", 4);
    memcpy(data + 0x200, "\x90\x90\x90\x8b", 4);
    memscan_patch *patch = one_edit("29 43 10 8B", "90 90 90", 1);
    ck_assert_int_eq(memscan_patch_apply(target, patch, NULL, NULL, &error), MEMSCAN_AMBIGUOUS);
    ck_assert_str_eq(error.text,
                     "edit 1: the pattern is not there, and its new form is there 2 times, not 1: whether it "
                     "was applied, cannot be told");
    ck_assert_uint_eq(fake_counted(the_fake).calls[FAKE_WRITE], 0);
    memscan_patch_destroy(patch);
}
END_TEST

START_TEST(other_bytes_than_expected_refuse_everything)
{
    static const char json[] = "{\"memscan_patch\": 1, \"edits\": ["
                               "{\"find\": \"29 43 10 8B\", \"replace\": \"90\"},"
                               "{\"address\": \"0x20010\", \"expect\": \"34 34\", \"replace\": \"00 00\"}]}";
    told all;
    memscan_error error;
    memscan_patch *patch = parse(json);
    ck_assert_int_eq(apply_with(patch, journal, false, &all, NULL, &error), MEMSCAN_MISMATCH);
    ck_assert_uint_eq(error.address, FAR + 0x10);
    ck_assert_ptr_nonnull(strstr(error.text, "edit 2"));
    ck_assert_uint_eq(all.count, 0);
    ck_assert(!journal_is_there());
    expect_untouched();
    memscan_patch_destroy(patch);
}
END_TEST

START_TEST(overlapping_edits_are_refused)
{
    static const char json[] = "{\"memscan_patch\": 1, \"edits\": ["
                               "{\"address\": \"0x20010\", \"expect\": \"33 33\", \"replace\": \"00 00\"},"
                               "{\"address\": \"0x20011\", \"expect\": \"33\", \"replace\": \"01\"}]}";
    apply_and_destroy(parse(json), MEMSCAN_INVALID);
    expect_untouched();
}
END_TEST

START_TEST(page_ends_and_two_mappings)
{
    apply_and_destroy(at_address("0x10ffc", "11 11 11 11 22 22", "01 02 03 04 05 06"), MEMSCAN_OK);
    ck_assert_mem_eq(code + 0xffc, "\1\2\3\4", 4);
    ck_assert_mem_eq(data, "\5\6\x22", 3);
    apply_and_destroy(at_address("0x11ffe", "22 22", "07 08"), MEMSCAN_OK);
    ck_assert_mem_eq(data + 0xffe, "\7\x8", 2);
    apply_and_destroy(at_address("0x11fff", "08 ??", "09 09"), MEMSCAN_UNREADABLE);
    apply_and_destroy(at_address("0x11fff", "08", "09 09"), MEMSCAN_UNREADABLE);
    ck_assert_uint_eq(data[0xfff], 8);
    apply_and_destroy(at_address("0xffffffffffffffff", "08", "09 09"), MEMSCAN_INVALID);
}
END_TEST

START_TEST(places_that_take_no_writes_are_found_first)
{
    fake_map(the_fake, 0x40000, PAGE, R, MEMSCAN_KIND_SHARED);
    fake_describe(the_fake, 0x40000, MEMSCAN_REGION_SHARED, "shared");
    static const char json[] = "{\"memscan_patch\": 1, \"edits\": ["
                               "{\"find\": \"29 43 10 8B\", \"replace\": \"90\"},"
                               "{\"address\": \"0x40010\", \"expect\": \"00\", \"replace\": \"01\"}]}";
    apply_and_destroy(parse(json), MEMSCAN_UNWRITABLE);
    ck_assert_uint_eq(fake_counted(the_fake).calls[FAKE_WRITE], 0);
    expect_untouched();
}
END_TEST

/* Only the system knows that the second place is refused: the first is written by then. */
START_TEST(a_write_that_is_refused_takes_the_others_back)
{
    told all;
    memscan_patch_report report;
    memscan_error error;
    memscan_patch *patch = parse(two_edits);
    fake_refuse_writes(the_fake, DATA, PAGE, MEMSCAN_PROTECTED);
    ck_assert_int_eq(apply_with(patch, journal, false, &all, &report, &error), MEMSCAN_UNWRITABLE);
    ck_assert_int_eq(all.states[0], MEMSCAN_PLACE_RESTORED);
    ck_assert_int_eq(all.states[1], MEMSCAN_PLACE_NOT_WRITTEN);
    ck_assert_ptr_nonnull(strstr(error.text, "edit 2 (gold)"));
    ck_assert_str_eq(report.journal, "");
    ck_assert(!journal_is_there());
    expect_untouched();
    memscan_patch_destroy(patch);
}
END_TEST

/* A write across two mappings, the second of which refuses. */
START_TEST(a_write_cut_short_in_the_middle_is_put_back)
{
    memscan_patch *patch = at_address("0x10ffe", "11 11 22 22", "01 02 03 04");
    fake_refuse_writes(the_fake, DATA, PAGE, MEMSCAN_PROTECTED);
    apply_and_destroy(patch, MEMSCAN_UNWRITABLE);
    expect_untouched();
}
END_TEST

typedef struct meddler {
    uint64_t at_write; /* which write */
    uint8_t *byte;
    uint8_t value;
    uint64_t reads_after;
    bool armed;
} meddler;

/* The target writes right after our n-th write: at the next read. */
static void meddle(fake_target *fake, fake_operation operation, uint64_t nth, void *context)
{
    meddler *m = context;
    (void)fake;
    if (operation == FAKE_WRITE && nth == m->at_write)
        m->armed = true;
    else if (operation == FAKE_READ && m->armed) {
        m->armed = false;
        *m->byte = m->value;
    }
}

START_TEST(what_the_target_wrote_meanwhile_is_told)
{
    told all;
    memscan_patch_report report;
    memscan_error error;
    memscan_patch *patch = parse(two_edits);
    meddler m = { 1, code + 0x101, 0x77, 0, false };
    fake_on_call(the_fake, meddle, &m);
    ck_assert_int_eq(apply_with(patch, journal, false, &all, &report, &error), MEMSCAN_CHANGED_SINCE);
    ck_assert_int_eq(all.states[0], MEMSCAN_PLACE_CHANGED_SINCE);
    ck_assert_int_eq(all.states[1], MEMSCAN_PLACE_CHANGED);
    ck_assert_uint_eq(error.address, CODE + 0x101);
    ck_assert_str_eq(report.journal, journal);
    /* The journal refuses what is not ours, as a whole. */
    ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, &report, &error), MEMSCAN_MISMATCH);
    ck_assert_mem_eq(data + 0x20, &(int32_t){ 999 }, 4);
    memscan_patch_destroy(patch);
}
END_TEST

/* Taking back leaves alone what the target wrote over ours. */
START_TEST(only_what_is_still_ours_is_taken_back)
{
    told all;
    memscan_patch *patch = parse(two_edits);
    meddler m = { 1, code + 0x101, 0x77, 0, false };
    fake_on_call(the_fake, meddle, &m);
    fake_refuse_writes(the_fake, DATA, PAGE, MEMSCAN_PROTECTED);
    ck_assert_int_eq(apply_with(patch, NULL, false, &all, NULL, NULL), MEMSCAN_UNWRITABLE);
    ck_assert_mem_eq(code + 0x100, "\x29\x77\x10\x8b", 4);
    memscan_patch_destroy(patch);
}
END_TEST

START_TEST(an_untouched_page_is_written)
{
    fake_map(the_fake, 0x50000, 4 * PAGE, RW, MEMSCAN_KIND_ANON);
    fake_pages(the_fake, 0x50000, 4 * PAGE, MEMSCAN_PAGE_UNTOUCHED);
    apply_and_destroy(at_address("0x51000", "00 00", "05 06"), MEMSCAN_OK);
    uint8_t now[2];
    ck_assert_int_eq(memscan_read(target, 0x51000, now, 2, NULL), MEMSCAN_OK);
    ck_assert_mem_eq(now, "\5\6", 2);
}
END_TEST

START_TEST(a_read_only_target_and_a_dry_run)
{
    told all;
    memscan_target *writable = target;
    memscan_patch *patch = parse(two_edits);
    ck_assert_int_eq(fake_open(the_fake, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(apply_with(patch, NULL, false, &all, NULL, NULL), MEMSCAN_DENIED);
    ck_assert_int_eq(apply_with(patch, NULL, true, &all, NULL, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(all.count, 2);
    memscan_close(target);
    target = writable;
    memscan_patch_destroy(patch);
    expect_untouched();
}
END_TEST

/* ---- what cannot be meant ---- */

START_TEST(files_that_are_no_patches)
{
    static const struct {
        const char *json;
        memscan_status status;
    } cases[] = {
        { "", MEMSCAN_CORRUPT },
        { "{", MEMSCAN_CORRUPT },
        { "{\"memscan_patch\": 1, \"edits\": []} x", MEMSCAN_CORRUPT },
        { "[]", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 2, \"edits\": [{}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": []}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": {}}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edit\": [{}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"91\", \"find\": \"92\"}]}",
          MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replase\": \"91\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": 90, \"replace\": \"91\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"expect\": \"90\", \"replace\": \"91\"}]}",
          MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"address\": \"0x1000\", \"replace\": \"91\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90 [2-4] 91\", \"replace\": \"91\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90 (91 | 92)\", \"replace\": \"91\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"9?\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"nop:0\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"nop:99999\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"i8:300\"}]}", MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"91\", \"matches\": 0}]}",
          MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"91\", \"offset\": -1}]}",
          MEMSCAN_INVALID },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"91\", \"offset\": 16384}]}",
          MEMSCAN_LIMIT },
        { "{\"memscan_patch\": 1, \"edits\": [{\"find\": \"90\", \"replace\": \"91\", \"offset\": 1.5}]}",
          MEMSCAN_INVALID },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memscan_patch *patch = (memscan_patch *)folder;
        memscan_error error = { 0 };
        memscan_status status = memscan_patch_parse(cases[i].json, strlen(cases[i].json), NULL, &patch, &error);
        ck_assert_msg(status == cases[i].status, "%s: %d %s", cases[i].json, status, error.text);
        ck_assert_ptr_null(patch);
        ck_assert_uint_gt(strlen(error.text), 0);
    }
}
END_TEST

START_TEST(bytes_are_written_in_many_ways)
{
    static const struct {
        const char *text;
        uint8_t bytes[8];
        size_t length;
    } cases[] = {
        { "0102", { 1, 2 }, 2 },
        { "hex:01 02", { 1, 2 }, 2 },
        { "10", { 0x10 }, 1 },
#if defined(__aarch64__)
        { "nop:4", { 0x1f, 0x20, 0x03, 0xd5 }, 4 },
#else
        { "nop:2", { 0x90, 0x90 }, 2 },
#endif
        { "u8:10", { 10 }, 1 },
        { "be:u16:0x102", { 1, 2 }, 2 },
        { "\"hi\"", { 'h', 'i' }, 2 },
        { "text:a:b", { 'a', ':', 'b' }, 3 },
        { "f32:1", { 0, 0, 0x80, 0x3f }, 4 },
        { "ptr:0x102030405060708", { 8, 7, 6, 5, 4, 3, 2, 1 }, 8 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memset(far_bytes, 0x33, PAGE);
        apply_and_destroy(at_address("0x20100", "33", cases[i].text), MEMSCAN_OK);
        ck_assert_mem_eq(far_bytes + 0x100, cases[i].bytes, cases[i].length);
        ck_assert_uint_eq(far_bytes[0x100 + cases[i].length], 0x33);
    }
}
END_TEST

/* ---- journals ---- */

static void write_journal(const char *text)
{
    FILE *file = fopen(journal, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

static char *read_journal(void)
{
    static char text[16384];
    FILE *file = fopen(journal, "rb");
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    return text;
}

static void apply_with_journal(void)
{
    told all;
    memscan_patch *patch = parse(two_edits);
    ck_assert_int_eq(apply_with(patch, journal, false, &all, NULL, NULL), MEMSCAN_OK);
    memscan_patch_destroy(patch);
}

START_TEST(another_image_is_refused)
{
    apply_with_journal();
    memscan_identity *identity = fake_identity(the_fake), known = *identity;
    memscan_error error;
    for (int i = 0; i < 8; i++) {
        *identity = known;
        switch (i) {
        case 0: identity->boot[0] = 'B'; break;
        case 1: identity->pid++; break;
        case 2: identity->start_time++; break;
        case 3: identity->device++; break;
        case 4: identity->inode++; break;
        case 5: identity->build_id[2]++; break;
        case 6: identity->load_address++; break;
        default: identity->stack_address++; break;
        }
        ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, NULL, &error), MEMSCAN_MISMATCH);
        ck_assert_mem_eq(data + 0x20, &(int32_t){ 999 }, 4);
    }
    *identity = known;
    ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, NULL, &error), MEMSCAN_OK);
    expect_untouched();
}
END_TEST

/* Whoever was killed in the middle of writing left both kinds of bytes. */
START_TEST(a_half_written_patch_is_undone)
{
    apply_with_journal();
    code[0x101] = routine[1];
    memcpy(data + 0x20, &(int32_t){ 100 }, 4);
    ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, NULL, NULL), MEMSCAN_OK);
    expect_untouched();
}
END_TEST

START_TEST(bytes_that_are_no_longer_ours_refuse_everything)
{
    told all = { 0 };
    memscan_error error;
    apply_with_journal();
    data[0x22] = 0x55;
    ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, NULL, &error), MEMSCAN_MISMATCH);
    ck_assert_uint_eq(error.address, DATA + 0x22);
    ck_assert_uint_eq(code[0x100], 0x90);
    ck_assert_uint_eq(all.count, 0);
}
END_TEST

START_TEST(an_earlier_journal_is_never_replaced)
{
    told all;
    memscan_patch *patch = parse(two_edits);
    write_journal("mine");
    ck_assert_int_eq(apply_with(patch, journal, false, &all, NULL, NULL), MEMSCAN_INVALID);
    ck_assert_str_eq(read_journal(), "mine");
    expect_untouched();
    memscan_patch_destroy(patch);
}
END_TEST

START_TEST(journals_get_names_of_their_own)
{
    memscan_patch_options options = MEMSCAN_PATCH_OPTIONS_INIT;
    memscan_patch_report first, second;
    options.journal_folder = folder;
    memscan_patch *patch = parse(two_edits);
    ck_assert_int_eq(memscan_patch_apply(target, patch, &options, &first, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_patch_revert(target, first.journal, NULL, NULL, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_patch_apply(target, patch, &options, &second, NULL), MEMSCAN_OK);
    ck_assert_str_ne(first.journal, second.journal);
    ck_assert_ptr_eq(strstr(second.journal, folder), second.journal);
    ck_assert_int_eq(remove(first.journal), 0);
    ck_assert_int_eq(remove(second.journal), 0);
    memscan_patch_destroy(patch);
}
END_TEST

/* Every journal cut short, and every byte of it damaged, is refused or undoes what it should. */
START_TEST(damaged_journals)
{
    apply_with_journal();
    char whole[16384], damaged[16384];
    strcpy(whole, read_journal());
    size_t length = strlen(whole);
    memscan_patch_options options = MEMSCAN_PATCH_OPTIONS_INIT;
    options.dry_run = 1;
    for (size_t i = 0; i < length; i++) { /* cut at every byte, and every byte flipped */
        snprintf(damaged, sizeof damaged, "%.*s", (int)i, whole);
        write_journal(damaged);
        ck_assert_int_eq(memscan_patch_revert(target, journal, &options, NULL, NULL), MEMSCAN_CORRUPT);
        strcpy(damaged, whole);
        damaged[i] ^= 0x15;
        write_journal(damaged);
        ck_assert_int_eq(memscan_patch_revert(target, journal, &options, NULL, NULL), MEMSCAN_CORRUPT);
    }
    write_journal(whole);
    ck_assert_int_eq(memscan_patch_revert(target, journal, &options, NULL, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(code[0x100], 0x90);
}
END_TEST

START_TEST(journals_that_cannot_be)
{
    static const char *const cases[] = {
        "{\"memscan_journal\": 1}",
        "{\"memscan_journal\": 1, \"process\": {}, \"changes\": []}",
        "[[[[[[[[[[[[[[[[[[[[",
        "null",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_journal(cases[i]);
        ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, NULL, NULL), MEMSCAN_CORRUPT);
    }
    remove(journal);
    ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, NULL, NULL), MEMSCAN_NOT_FOUND);
}
END_TEST

/* ---- failing at every step ---- */

static bool is_patched(void)
{
    return code[0x100] == 0x90 && data[0x20] == (uint8_t)999;
}

/* Memory fails at the n-th request: nothing was done, or everything. */
START_TEST(memory_that_runs_out_anywhere)
{
    for (unsigned long long n = 1;; n++) {
        counting_allocator counting;
        counting_allocator_init(&counting);
        memscan_target *plain = target;
        ck_assert_int_eq(fake_open(the_fake, MEMSCAN_WRITE, &counting.allocator, &target, NULL), MEMSCAN_OK);
        memscan_patch *patch;
        told all;
        atomic_store(&counting.fail_at, n + atomic_load(&counting.requests));
        memscan_status status = memscan_patch_parse(two_edits, strlen(two_edits), &counting.allocator, &patch, NULL);
        if (!status)
            status = apply_with(patch, journal, false, &all, NULL, NULL);
        ck_assert(status == MEMSCAN_OK || status == MEMSCAN_NO_MEMORY);
        if (status == MEMSCAN_NO_MEMORY) {
            expect_untouched();
            ck_assert(!journal_is_there());
        } else {
            ck_assert(is_patched());
            status = memscan_patch_revert(target, journal, NULL, NULL, NULL);
            if (status)
                ck_assert_int_eq(memscan_patch_revert(plain, journal, NULL, NULL, NULL), MEMSCAN_OK);
        }
        expect_untouched();
        remove(journal);
        memscan_patch_destroy(patch);
        memscan_close(target);
        target = plain;
        ck_assert_int_eq(atomic_load(&counting.blocks), 0);
        ck_assert_uint_eq(atomic_load(&counting.wrong_sizes), 0);
        if (status == MEMSCAN_OK && atomic_load(&counting.requests) < atomic_load(&counting.fail_at))
            break;
        ck_assert_uint_lt(n, 5000);
    }
}
END_TEST

/* The n-th operation of the target fails, or finds it gone. */
START_TEST(a_target_that_fails_anywhere)
{
    static const memscan_status failures[] = { MEMSCAN_OS, MEMSCAN_NO_MEMORY, MEMSCAN_DENIED };
    memscan_patch *patch = parse(two_edits);
    for (uint64_t n = 1;; n++) {
        told all;
        uint64_t before = fake_counted(the_fake).total;
        fake_fail_at(the_fake, n, failures[n % 3]);
        memscan_status status = apply_with(patch, journal, false, &all, NULL, NULL);
        bool reached = fake_counted(the_fake).total - before >= n;
        fake_fail_at(the_fake, 0, MEMSCAN_OK);
        if (status == MEMSCAN_OK) {
            ck_assert(is_patched());
            ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, NULL, NULL), MEMSCAN_OK);
        } else if (journal_is_there())
            ck_assert_int_eq(memscan_patch_revert(target, journal, NULL, NULL, NULL), MEMSCAN_OK);
        expect_untouched();
        remove(journal);
        if (!reached)
            break;
        ck_assert_uint_lt(n, 5000);
    }
    memscan_patch_destroy(patch);
}
END_TEST

START_TEST(a_target_that_ends_anywhere)
{
    memscan_patch *patch = parse(two_edits);
    for (uint64_t n = 1;; n++) {
        told all;
        tear_down();
        set_up();
        uint64_t before = fake_counted(the_fake).total;
        fake_die_at(the_fake, n);
        memscan_status status = apply_with(patch, journal, false, &all, NULL, NULL);
        if (fake_counted(the_fake).total - before < n) {
            ck_assert_int_eq(status, MEMSCAN_OK);
            break;
        }
        ck_assert(status == MEMSCAN_GONE || status == MEMSCAN_CHANGED_SINCE);
        ck_assert(status != MEMSCAN_GONE || !journal_is_there());
        ck_assert_uint_lt(n, 5000);
    }
    memscan_patch_destroy(patch);
}
END_TEST

START_TEST(a_raised_token_stops_before_the_first_byte)
{
    memscan_patch_options options = MEMSCAN_PATCH_OPTIONS_INIT;
    memscan_cancel *cancel = memscan_cancel_create();
    memscan_patch *patch = at_address("0x20100", "33", "34");
    memscan_cancel_raise(cancel);
    options.cancel = cancel;
    ck_assert_int_eq(memscan_patch_apply(target, patch, &options, NULL, NULL), MEMSCAN_CANCELLED);
    expect_untouched();
    memscan_patch_destroy(patch);
    memscan_cancel_destroy(cancel);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("patch");
    TCase *tests = tcase_create("patch");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, several_edits_as_one_whole_and_back);
    tcase_add_test(tests, a_pattern_matches_as_often_as_it_says);
    tcase_add_test(tests, what_is_applied_already_is_left_alone);
    tcase_add_test(tests, what_cannot_be_told_from_applied_is_said);
    tcase_add_test(tests, other_bytes_than_expected_refuse_everything);
    tcase_add_test(tests, overlapping_edits_are_refused);
    tcase_add_test(tests, page_ends_and_two_mappings);
    tcase_add_test(tests, places_that_take_no_writes_are_found_first);
    tcase_add_test(tests, a_write_that_is_refused_takes_the_others_back);
    tcase_add_test(tests, a_write_cut_short_in_the_middle_is_put_back);
    tcase_add_test(tests, what_the_target_wrote_meanwhile_is_told);
    tcase_add_test(tests, only_what_is_still_ours_is_taken_back);
    tcase_add_test(tests, an_untouched_page_is_written);
    tcase_add_test(tests, a_read_only_target_and_a_dry_run);
    tcase_add_test(tests, files_that_are_no_patches);
    tcase_add_test(tests, bytes_are_written_in_many_ways);
    tcase_add_test(tests, another_image_is_refused);
    tcase_add_test(tests, a_half_written_patch_is_undone);
    tcase_add_test(tests, bytes_that_are_no_longer_ours_refuse_everything);
    tcase_add_test(tests, an_earlier_journal_is_never_replaced);
    tcase_add_test(tests, journals_get_names_of_their_own);
    tcase_add_test(tests, damaged_journals);
    tcase_add_test(tests, journals_that_cannot_be);
    tcase_add_test(tests, memory_that_runs_out_anywhere);
    tcase_add_test(tests, a_target_that_fails_anywhere);
    tcase_add_test(tests, a_target_that_ends_anywhere);
    tcase_add_test(tests, a_raised_token_stops_before_the_first_byte);
    suite_add_tcase(suite, tests);
    return suite;
}
