/* files.h - memscan's own files, as the command line looks after them: folders, lists, removal. One implementation per
 * system: files_linux.c, files_windows.c. Paths are UTF-8. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include <stdint.h>
#include <stdio.h>

#include <memscan/base.h>

/* Makes the folder and those above it, open to nobody else; OK when it is there. */
memscan_status cli_folder_make(const char *path, memscan_error *error);

/* Visits the names of a folder's files, in no order. A folder that is not there has none. */
typedef void cli_file_fn(const char *name, void *context);
memscan_status cli_folder_list(const char *path, cli_file_fn *visit, void *context, memscan_error *error);

/* NOT_FOUND: there is none. */
memscan_status cli_file_remove(const char *path, memscan_error *error);

/* The first bytes of a file; returns how many there are, 0 also where it cannot be read. */
size_t cli_file_head(const char *path, void *bytes, size_t capacity);

/* After `length` bytes of whole lines could not all be written behind the first `written` bytes of a file: cuts off what is
 * not a whole line, where the file can be cut. */
void cli_file_end_at_line(FILE *file, uint64_t written, const char *lines, size_t length);

/* Makes an empty file that nobody else may read, if there is none. */
memscan_status cli_file_make(const char *path, memscan_error *error);

#endif
