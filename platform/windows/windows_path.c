/* windows_path.c - the paths of programs and of mapped files.
 *
 * GetMappedFileName answers in the kernel's own names, whose devices drive letters are links to (QueryDosDevice). The
 * kernel's name stays where no letter leads there: a volume without a letter still is a place. */
#include "windows_path.h"

#include <string.h>
#include <wchar.h>

#include "../../libmemscan/base/alloc.h"
#include "windows_text.h"

void ms_windows_drives_init(windows_drives *drives)
{
    DWORD present = GetLogicalDrives();
    memset(drives, 0, sizeof *drives);
    for (unsigned i = 0; i < 26; i++) {
        wchar_t letter[] = { (wchar_t)(L'A' + i), L':', 0 };
        enum { CAPACITY = sizeof drives->devices[0] / sizeof drives->devices[0][0] };
        if (!(present >> i & 1) || !QueryDosDeviceW(letter, drives->devices[i], CAPACITY))
            drives->devices[i][0] = 0;
        drives->devices[i][CAPACITY - 1] = 0;
        drives->lengths[i] = (uint32_t)wcslen(drives->devices[i]);
    }
}

windows_paths *ms_windows_paths_create(const memscan_allocator *allocator)
{
    windows_paths *paths = ms_alloc(allocator, sizeof *paths);
    if (!paths)
        return NULL;
    paths->allocator = allocator;
    ms_windows_drives_init(&paths->drives);
    return paths;
}

void ms_windows_paths_destroy(windows_paths *paths)
{
    if (paths)
        ms_free(paths->allocator, paths, sizeof *paths);
}

static const char *tell(windows_paths *paths, const char *begin, const wchar_t *rest, size_t length)
{
    size_t used = strlen(begin);
    memcpy(paths->path, begin, used);
    ms_windows_utf8((const uint16_t *)rest, length, paths->path + used, sizeof paths->path - used);
    return paths->path;
}

/* The number of units of `path` that are `prefix`, when a backslash follows; else 0. */
static size_t behind(const wchar_t *path, const wchar_t *prefix, size_t length)
{
    return length && _wcsnicmp(path, prefix, length) == 0 && path[length] == L'\\' ? length : 0;
}

const char *ms_windows_mapped_path(windows_paths *paths, const windows_calls *calls, HANDLE process, uint64_t address)
{
    static const wchar_t network[] = L"\\Device\\Mup", link[] = L"\\??"; /* Wine answers with the link */
    size_t length =
        calls->mapped_file(process, (LPVOID)(uintptr_t)address, paths->wide, sizeof paths->wide / sizeof *paths->wide);
    paths->wide[length < WINDOWS_LONGEST_PATH ? length : WINDOWS_LONGEST_PATH] = 0;
    for (unsigned i = 0; i < 26; i++) {
        size_t device = behind(paths->wide, paths->drives.devices[i], paths->drives.lengths[i]);
        char letter[] = { (char)('A' + i), ':', 0 };
        if (device)
            return tell(paths, letter, paths->wide + device, length - device);
    }
    size_t device = behind(paths->wide, link, sizeof link / sizeof *link - 1);
    if (device)
        return tell(paths, "", paths->wide + device + 1, length - device - 1);
    device = behind(paths->wide, network, sizeof network / sizeof *network - 1);
    return tell(paths, device ? "\\" : "", paths->wide + device, length - device);
}

const char *ms_windows_process_path(windows_paths *paths, HANDLE process)
{
    DWORD length = sizeof paths->wide / sizeof *paths->wide;
    if (!QueryFullProcessImageNameW(process, 0, paths->wide, &length))
        length = 0;
    return tell(paths, "", paths->wide, length);
}
