/* file.h - files of our own (sessions, snapshots, journals, dumps), as we ask them of the machine we run on:
 * platform/linux/file_linux.c, platform/windows/file_windows.c. Offsets are explicit, so that one file may be read
 * from several threads at once; writing is for one thread. Paths are UTF-8. Errors name the path, escaped. */
#ifndef MS_FILE_H
#define MS_FILE_H

#include <stdbool.h>

#include <memscan/base.h>

typedef struct ms_file ms_file;

typedef enum ms_file_mode {
    MS_FILE_OPEN,      /* an existing regular file, to read and write; symbolic links are followed */
    MS_FILE_OPEN_OURS, /* an existing one that MS_FILE_CREATE made: INVALID for links, and where others may open it */
    MS_FILE_READ,      /* an existing regular file, to read */
    MS_FILE_CREATE,    /* a new file, mode 0600; INVALID when there is one already */
} ms_file_mode;

/* NOT_FOUND, DENIED, INVALID (not a regular file), LIMIT (disk full), IO, NO_MEMORY. */
memscan_status ms_file_open(const memscan_allocator *allocator, const char *path, ms_file_mode mode, ms_file **file,
                            memscan_error *error);
/* A file without a name, gone when it is closed or we are killed; `folder` NULL: the system's choice. */
memscan_status ms_file_open_nameless(const memscan_allocator *allocator, const char *folder, ms_file **file,
                                     memscan_error *error);
void ms_file_close(ms_file *file); /* NULL is allowed */

/* All `size` bytes, or a failure: CORRUPT when the file ends before, IO otherwise. */
memscan_status ms_file_read_at(ms_file *file, uint64_t offset, void *buffer, size_t size, memscan_error *error);
/* All `size` bytes, or a failure: LIMIT when the disk (or a quota, or a size limit) is full, IO otherwise. */
memscan_status ms_file_write_at(ms_file *file, uint64_t offset, const void *bytes, size_t size, memscan_error *error);
memscan_status ms_file_truncate(ms_file *file, uint64_t size, memscan_error *error);
memscan_status ms_file_size(ms_file *file, uint64_t *size, memscan_error *error);
/* What was written survives a power cut. */
memscan_status ms_file_sync(ms_file *file, memscan_error *error);
/* An exclusive lock that ends with the file, or with us. BUSY: another process (or handle) holds it. */
memscan_status ms_file_lock(ms_file *file, memscan_error *error);
/* Whether the file has this name, and not another one that was put in its place. */
memscan_status ms_file_is_named(ms_file *file, const char *path, bool *named, memscan_error *error);

/* Whether a file may take the name `path`. INVALID: there is a device, a pipe or a socket, or a link to one. To be asked
 * before long work; ms_file_rename asks again. */
memscan_status ms_file_may_replace(const char *path, memscan_error *error);
/* Gives the file at `from` the name `to`, replacing what was there in one step, and makes the change of name
 * survive a power cut. What ms_file_may_replace refuses is left. */
memscan_status ms_file_rename(const char *from, const char *to, memscan_error *error);
memscan_status ms_file_remove(const char *path, memscan_error *error);
/* The folder and those above it, mode 0700; OK when it is there. */
memscan_status ms_folder_create(const char *path, memscan_error *error);
/* A name beside `path` that no other process or call of ours uses, for writing the file anew: "<path>.new-...".
 * Freed with ms_free_text. NULL when memory ran out. */
char *ms_file_name_beside(const memscan_allocator *allocator, const char *path);

#endif
