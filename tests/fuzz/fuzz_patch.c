/* fuzz_patch.c - any bytes as a patch file, tried on a small target.
 *
 * Must hold: a dry run writes nothing and says what a real run then does; after a patch that was refused or failed
 * every byte is as it was; the journal's text reads back to the changes that were made, turned round. */
#include "fuzz.h"

#include <memscan/memscan.h>

#include "fake_platform.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/patch/journal.h"

enum { CODE = 0x10000, DATA = 0x11000, PAGE = 4096, RW = MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE };

static fake_target *fake;
static memscan_target *target;
static uint8_t *code, *data_page, before[2 * PAGE];
static memscan_identity identity;

static void open_target(void)
{
    fake = fake_create();
    code = fake_map(fake, CODE, PAGE, MEMSCAN_PROT_READ | MEMSCAN_PROT_EXECUTE, MEMSCAN_KIND_CODE);
    data_page = fake_map(fake, DATA, PAGE, RW, MEMSCAN_KIND_DATA);
    fake_add_module(fake, CODE, 2 * PAGE, "/usr/games/mine");
    identity = (memscan_identity){ .boot = "boot", .pid = 4321, .start_time = 99, .inode = 7, .build_id_length = 3 };
    *fake_identity(fake) = identity;
    FUZZ_CHECK(fake_open(fake, MEMSCAN_WRITE, NULL, &target, NULL) == MEMSCAN_OK);
}

/* The same at every run: an instruction to find, a number, text, and bytes that differ. */
static void fill_memory(void)
{
    for (size_t i = 0; i < PAGE; i++) {
        code[i] = (uint8_t)(i * 7 >> 3);
        data_page[i] = (uint8_t)(i < 256 ? i : 0);
    }
    memcpy(code + 0x100, "\x29\x43\x10\x8b\x43\x10\x85\xc0", 8);
    memcpy(data_page + 0x20, "\x64\0\0\0gold", 8);
    memcpy(before, code, PAGE);
    memcpy(before + PAGE, data_page, PAGE);
}

static bool is_as_before(void)
{
    return !memcmp(code, before, PAGE) && !memcmp(data_page, before + PAGE, PAGE);
}

static uint64_t seen_changes;

static void count_change(const memscan_patch_change *change, void *context)
{
    (void)context;
    FUZZ_CHECK(change->length >= 1 && change->length - 1 <= UINT64_MAX - change->address);
    seen_changes++;
}

static memscan_status apply(const memscan_patch *patch, bool dry_run, memscan_patch_report *report)
{
    memscan_error error;
    memscan_patch_options options = MEMSCAN_PATCH_OPTIONS_INIT;
    options.dry_run = dry_run;
    options.visit = count_change;
    seen_changes = 0;
    memscan_status status = memscan_patch_apply(target, patch, &options, report, &error);
    if (status != MEMSCAN_OK)
        FUZZ_CHECK_ERROR(error, status);
    else
        FUZZ_CHECK(seen_changes == report->places);
    return status;
}

/* The changes of a plan as text and back. */
static void check_journal(const memscan_patch *patch)
{
    memscan_error error;
    memscan_patch_options options = MEMSCAN_PATCH_OPTIONS_INIT;
    memscan_identity told;
    ms_changes plan, back;
    ms_changes_init(&plan, &ms_default_allocator);
    ms_changes_init(&back, &ms_default_allocator);
    FUZZ_CHECK(ms_changes_plan(&plan, target, patch, &options, &error) == MEMSCAN_OK);
    char *text = ms_journal_text(&plan, &identity, target);
    FUZZ_CHECK(text && ms_journal_parse(text, strlen(text), &back, &told, &error) == MEMSCAN_OK);
    FUZZ_CHECK(told.pid == identity.pid && !strcmp(told.boot, identity.boot));
    size_t read = 0;
    for (size_t i = 0; i < plan.changes.count; i++) {
        const memscan_patch_change *made = ms_change_at(&plan, i);
        if (made->state != MEMSCAN_PLACE_WOULD_CHANGE)
            continue;
        FUZZ_CHECK(read < back.changes.count);
        const memscan_patch_change *undo = ms_change_at(&back, read++);
        FUZZ_CHECK(undo->address == made->address && undo->length == made->length);
        FUZZ_CHECK(!memcmp(undo->old_bytes, made->new_bytes, made->length));
        FUZZ_CHECK(!memcmp(undo->new_bytes, made->old_bytes, made->length));
    }
    FUZZ_CHECK(read == back.changes.count);
    ms_journal_text_free(text);
    ms_changes_deinit(&back);
    ms_changes_deinit(&plan);
}

static void check_patch(const memscan_patch *patch)
{
    memscan_patch_report dry, real, again;
    memscan_status status = apply(patch, true, &dry);
    FUZZ_CHECK(is_as_before());
    if (status == MEMSCAN_OK)
        check_journal(patch);
    FUZZ_CHECK(apply(patch, false, &real) == status);
    if (status != MEMSCAN_OK) {
        FUZZ_CHECK(is_as_before());
        return;
    }
    FUZZ_CHECK(real.places == dry.places);
    FUZZ_CHECK(real.by_state[MEMSCAN_PLACE_CHANGED] == dry.by_state[MEMSCAN_PLACE_WOULD_CHANGE]);
    FUZZ_CHECK((real.by_state[MEMSCAN_PLACE_CHANGED] == 0) == is_as_before());
    (void)apply(patch, true, &again); /* may find nothing any more: only that it comes back */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memscan_patch *patch;
    memscan_error error;
    if (!target)
        open_target();
    char *exact = fuzz_copy(data, size);
    memscan_status status = memscan_patch_parse(exact, size, NULL, &patch, &error);
    free(exact);
    FUZZ_CHECK((status == MEMSCAN_OK) == (patch != NULL));
    if (status != MEMSCAN_OK) {
        FUZZ_CHECK_ERROR(error, status);
        return 0;
    }
    fill_memory();
    check_patch(patch);
    FUZZ_CHECK(fake_counted(fake).breaches == 0);
    memscan_patch_destroy(patch);
    return 0;
}
