/* journal.c - the journal as a file. Its name is taken first, by an empty file that must be new; then the text is
 * written beside it, synced, and put in its place in one step. So under that name there is nothing, or the whole
 * journal, and no earlier journal is ever replaced. Its last member is a checksum of all text before it: a digit that
 * went wrong would have other bytes put back than stood there. */
#include "journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../base/checksum.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../target/identity.h"

/* What comes behind the text that it is a checksum of; in the form of cJSON_Print. */
#define SEAL        ",\n\t\"checksum\":\t\"%016" PRIx64 "\"\n}"
#define SEAL_LENGTH (sizeof ",\n\t\"checksum\":\t\"0123456789abcdef\"\n}" - 1)

enum { LARGEST_FILE = 64 * 1024 * 1024, MOST_NAMES = 1000 };

static memscan_status take_name(const memscan_allocator *allocator, const char *path, memscan_error *error)
{
    ms_file *file;
    memscan_status status = ms_file_open(allocator, path, MS_FILE_CREATE, &file, error);
    if (!status)
        ms_file_close(file);
    return status;
}

static memscan_status make_folder_of(const char *path, memscan_error *error)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    if (!slash || slash == path || (size_t)(slash - path) >= sizeof folder)
        return MEMSCAN_OK;
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    return ms_folder_create(folder, error);
}

static bool exists(const memscan_allocator *allocator, const char *path)
{
    ms_file *file;
    bool there = ms_file_open(allocator, path, MS_FILE_READ, &file, NULL) == MEMSCAN_OK;
    if (there)
        ms_file_close(file);
    return there;
}

/* A name of its own: the target's number and the time, and a number where there is such a one. */
static memscan_status take_own_name(const memscan_target *target, const char *folder, char *path, size_t capacity,
                                    memscan_error *error)
{
    memscan_status status = ms_folder_create(folder, error);
    long long now = (long long)time(NULL);
    for (unsigned i = 0; i < MOST_NAMES && !status; i++) {
        int length = snprintf(path, capacity, "%s/patch-%llu-%lld-%u.json", folder,
                              (unsigned long long)target->facts.target.pid, now, i);
        if (length < 0 || (size_t)length >= capacity)
            return ms_fail(error, MEMSCAN_INVALID, "the journal's path is too long");
        status = take_name(target->allocator, path, error);
        if (status != MEMSCAN_INVALID || !exists(target->allocator, path))
            return status;
        status = MEMSCAN_OK;
    }
    return status ? status : ms_fail(error, MEMSCAN_IO, "there is no free name for the journal");
}

static memscan_status choose_path(const memscan_target *target, const memscan_patch_options *options, char *path,
                                  size_t capacity, memscan_error *error)
{
    if (!options->journal)
        return take_own_name(target, options->journal_folder, path, capacity, error);
    int length = snprintf(path, capacity, "%s", options->journal);
    if (length < 0 || (size_t)length >= capacity)
        return ms_fail(error, MEMSCAN_INVALID, "the journal's path is too long");
    memscan_status status = make_folder_of(path, error);
    return status ? status : take_name(target->allocator, path, error);
}

static void make_seal(const char *text, size_t length, char seal[SEAL_LENGTH + 1])
{
    snprintf(seal, SEAL_LENGTH + 1, SEAL, ms_checksum(text, length));
}

static memscan_status check_seal(const char *text, size_t length, memscan_error *error)
{
    char seal[SEAL_LENGTH + 1];
    if (length > SEAL_LENGTH) {
        make_seal(text, length - SEAL_LENGTH, seal);
        if (memcmp(text + length - SEAL_LENGTH, seal, SEAL_LENGTH) == 0)
            return MEMSCAN_OK;
    }
    return ms_fail(error, MEMSCAN_CORRUPT, "the journal is damaged: its checksum is not that of its text");
}

static memscan_status write_beside(const memscan_allocator *allocator, const char *beside, const char *text,
                                   memscan_error *error)
{
    ms_file *file;
    memscan_status status = ms_file_open(allocator, beside, MS_FILE_CREATE, &file, error);
    if (status)
        return status;
    char seal[SEAL_LENGTH + 1];
    size_t length = strlen(text) - 2; /* without the newline and the brace at its end, which the seal brings */
    make_seal(text, length, seal);
    status = ms_file_write_at(file, 0, text, length, error);
    if (!status)
        status = ms_file_write_at(file, length, seal, SEAL_LENGTH, error);
    if (!status)
        status = ms_file_sync(file, error);
    ms_file_close(file);
    if (status)
        ms_file_remove(beside, NULL);
    return status;
}

static memscan_status fill(const memscan_allocator *allocator, const char *path, const char *text, memscan_error *error)
{
    char *beside = ms_file_name_beside(allocator, path);
    if (!beside)
        return ms_fail_memory(error);
    memscan_status status = write_beside(allocator, beside, text, error);
    if (!status) {
        status = ms_file_rename(beside, path, error);
        if (status)
            ms_file_remove(beside, NULL);
    }
    ms_free_text(allocator, beside);
    return status;
}

memscan_status ms_journal_write(const ms_changes *plan, memscan_target *target, const memscan_patch_options *options,
                                char *path, size_t capacity, memscan_error *error)
{
    memscan_identity identity;
    memscan_status status = ms_target_identity(target, &identity, error);
    if (status)
        return status;
    char *text = ms_journal_text(plan, &identity, target);
    if (!text)
        return ms_fail_memory(error);
    status = choose_path(target, options, path, capacity, error);
    if (!status) {
        status = fill(target->allocator, path, text, error);
        if (status)
            ms_file_remove(path, NULL);
    }
    if (status)
        path[0] = 0;
    ms_journal_text_free(text);
    return status;
}

memscan_status ms_patch_file_read(const char *path, const memscan_allocator *allocator, char **text, size_t *length,
                                  memscan_error *error)
{
    ms_file *file;
    uint64_t size;
    *text = NULL;
    memscan_status status = ms_file_open(allocator, path, MS_FILE_READ, &file, error);
    if (status)
        return status;
    status = ms_file_size(file, &size, error);
    if (!status && size > LARGEST_FILE)
        status = ms_fail(error, MEMSCAN_LIMIT, "the file is larger than 64 MiB");
    if (!status) {
        *length = (size_t)size;
        *text = ms_alloc(allocator, *length + 1);
        status = *text ? ms_file_read_at(file, 0, *text, *length, error) : ms_fail_memory(error);
        if (status) {
            ms_free(allocator, *text, *length + 1);
            *text = NULL;
        }
    }
    ms_file_close(file);
    return status;
}

memscan_status ms_journal_read(const char *path, ms_changes *plan, memscan_identity *identity, memscan_error *error)
{
    char *text;
    size_t length;
    memscan_status status = ms_patch_file_read(path, plan->allocator, &text, &length, error);
    if (status)
        return status;
    status = length
                 ? ms_journal_parse(text, length, plan, identity, error)
                 : ms_fail(error, MEMSCAN_CORRUPT, "the journal is empty: nothing had been written when it was begun");
    if (!status)
        status = check_seal(text, length, error);
    ms_free(plan->allocator, text, length + 1);
    return status;
}
