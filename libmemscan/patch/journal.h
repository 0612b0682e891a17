/* journal.h - what undoes a patch: which process image it is about, and for every place what stood there and what was
 * written. A file of JSON (docs/formats.md) that is either empty or whole. */
#ifndef MS_JOURNAL_H
#define MS_JOURNAL_H

#include <memscan/ext/platform.h>

#include "changes.h"

/* Writes and syncs the journal of those changes of the plan that are still to be made, before they are. `path` receives
 * its name: options->journal, or one of its own in options->journal_folder. INVALID: there is such a file already. */
memscan_status ms_journal_write(const ms_changes *plan, memscan_target *target, const memscan_patch_options *options,
                                char *path, size_t capacity, memscan_error *error);

/* Reads one: its changes, with what was written as their old bytes and what stood there before as their new ones. The
 * plan is initialised by the caller. */
memscan_status ms_journal_read(const char *path, ms_changes *plan, memscan_identity *identity, memscan_error *error);

/* journal_json.c: the text, ended by NUL, to be given back with ms_journal_text_free; NULL when memory ran out. And the
 * other way round. */
char *ms_journal_text(const ms_changes *plan, const memscan_identity *identity, memscan_target *target);
void ms_journal_text_free(char *text);
memscan_status ms_journal_parse(const char *text, size_t length, ms_changes *plan, memscan_identity *identity,
                                memscan_error *error);

/* A whole file of at most 64 MiB; *text is freed with ms_free(allocator, text, *length + 1), and ends in NUL. */
memscan_status ms_patch_file_read(const char *path, const memscan_allocator *allocator, char **text, size_t *length,
                                  memscan_error *error);

#endif
