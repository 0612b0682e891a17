/* fuzz_journal.c - any bytes as a journal: what undoes a patch, read back after who knows what happened to the
 * file.
 *
 * Must hold: a journal that is read is whole: every change has bytes that stand within the address space, old and
 * new of one length; an identity's texts end. Anything else is CORRUPT, never half read as something smaller. */
#include "fuzz.h"

#include "libmemscan/base/alloc.h"
#include "libmemscan/patch/journal.h"

static void check_change(const memscan_patch_change *change)
{
    bool same = true;
    FUZZ_CHECK(change->length >= 1 && change->length - 1 <= UINT64_MAX - change->address && change->name);
    for (size_t i = 0; i < change->length; i++)
        same = same && change->old_bytes[i] == change->new_bytes[i];
    FUZZ_CHECK(change->state == (same ? MEMSCAN_PLACE_ALREADY : MEMSCAN_PLACE_WOULD_CHANGE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    memscan_error error;
    memscan_identity identity;
    ms_changes plan;
    ms_changes_init(&plan, &ms_default_allocator);
    char *exact = fuzz_copy(data, size);
    memscan_status status = ms_journal_parse(exact, size, &plan, &identity, &error);
    if (status == MEMSCAN_OK) {
        for (size_t i = 0; i < plan.changes.count; i++)
            check_change(ms_change_at(&plan, i));
        FUZZ_CHECK(memchr(identity.boot, 0, sizeof identity.boot));
        FUZZ_CHECK(identity.build_id_length <= sizeof identity.build_id);
    } else {
        FUZZ_CHECK(status == MEMSCAN_CORRUPT);
        FUZZ_CHECK_ERROR(error, status);
    }
    free(exact);
    ms_changes_deinit(&plan);
    return 0;
}
