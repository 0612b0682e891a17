/* windows_path.h - the paths of programs and of mapped files, in UTF-8 and as people know them: "C:\..." and not
 * "\Device\HarddiskVolume3\...". */
#ifndef MS_WINDOWS_PATH_H
#define MS_WINDOWS_PATH_H

#include <stdint.h>

#include <memscan/base.h>

#include "windows_calls.h"

/* The longest path that the system knows, in units of UTF-16 ("Maximum Path Length Limitation"). */
enum { WINDOWS_LONGEST_PATH = 32767 };

/* Which device a drive letter means, as it was when this was filled. */
typedef struct windows_drives {
    wchar_t devices[26][96]; /* "" where there is no such drive */
    uint32_t lengths[26];
} windows_drives;
void ms_windows_drives_init(windows_drives *drives);

/* Room to ask for paths, and the last one that was asked for. */
typedef struct windows_paths {
    const memscan_allocator *allocator;
    windows_drives drives;
    wchar_t wide[WINDOWS_LONGEST_PATH + 1];
    char path[WINDOWS_LONGEST_PATH * 3 + 1]; /* the answer */
} windows_paths;
windows_paths *ms_windows_paths_create(const memscan_allocator *allocator); /* or NULL */
void ms_windows_paths_destroy(windows_paths *paths);                        /* NULL is allowed */

/* Each fills paths->path and returns it; "" where the system does not say. */
const char *ms_windows_mapped_path(windows_paths *paths, const windows_calls *calls, HANDLE process, uint64_t address);
const char *ms_windows_process_path(windows_paths *paths, HANDLE process);

#endif
