/* files_windows.c - files.h on Windows. What lies under %LOCALAPPDATA% is the user's own by its folder's permissions. */
#include "files.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdbool.h>
#include <io.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"

#define LONGEST_PATH 4096

static memscan_status failed(const char *what, const char *path, memscan_error *error)
{
    char shown[160];
    DWORD code = GetLastError();
    memscan_status status = code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND ? MEMSCAN_NOT_FOUND
                            : code == ERROR_ACCESS_DENIED                                ? MEMSCAN_DENIED
                            : code == ERROR_DISK_FULL                                    ? MEMSCAN_LIMIT
                                                                                         : MEMSCAN_IO;
    memscan_escape(path, shown, sizeof shown);
    cli_fail(error, status, "", "cannot %s %s: error %lu", what, shown, code);
    error->os_code = (int32_t)code;
    return status;
}

static bool widen(const char *text, wchar_t *out, int capacity)
{
    return MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, out, capacity) > 0;
}

memscan_status cli_folder_make(const char *path, memscan_error *error)
{
    wchar_t part[LONGEST_PATH];
    if (!widen(path, part, LONGEST_PATH))
        return failed("make the folder", path, error);
    for (size_t i = 3; i <= wcslen(part); i++) { /* behind the drive */
        wchar_t kept = part[i];
        if (kept != L'/' && kept != L'\\' && kept != L'\0')
            continue;
        part[i] = L'\0';
        if (!CreateDirectoryW(part, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)
            return failed("make the folder", path, error);
        part[i] = kept;
    }
    return MEMSCAN_OK;
}

memscan_status cli_folder_list(const char *path, cli_file_fn *visit, void *context, memscan_error *error)
{
    char pattern[LONGEST_PATH], name[1024];
    wchar_t wide[LONGEST_PATH];
    WIN32_FIND_DATAW found;
    snprintf(pattern, sizeof pattern, "%s\\*", path);
    HANDLE walk = widen(pattern, wide, LONGEST_PATH) ? FindFirstFileW(wide, &found) : INVALID_HANDLE_VALUE;
    if (walk == INVALID_HANDLE_VALUE) {
        DWORD code = GetLastError();
        bool none = code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND;
        return none ? MEMSCAN_OK : failed("list", path, error);
    }
    do {
        bool fits = WideCharToMultiByte(CP_UTF8, 0, found.cFileName, -1, name, sizeof name, NULL, NULL) > 0;
        if (fits && name[0] != '.')
            visit(name, context);
    } while (FindNextFileW(walk, &found));
    FindClose(walk);
    return MEMSCAN_OK;
}

memscan_status cli_file_remove(const char *path, memscan_error *error)
{
    wchar_t wide[LONGEST_PATH];
    bool removed = widen(path, wide, LONGEST_PATH) && DeleteFileW(wide);
    return removed ? MEMSCAN_OK : failed("remove", path, error);
}

static HANDLE open_file(const char *path, DWORD access, DWORD how)
{
    wchar_t wide[LONGEST_PATH];
    DWORD shares = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    return widen(path, wide, LONGEST_PATH) ? CreateFileW(wide, access, shares, NULL, how, FILE_ATTRIBUTE_NORMAL, NULL)
                                           : INVALID_HANDLE_VALUE;
}

size_t cli_file_head(const char *path, void *bytes, size_t capacity)
{
    DWORD count = 0;
    HANDLE file = open_file(path, GENERIC_READ, OPEN_EXISTING);
    if (file == INVALID_HANDLE_VALUE)
        return 0;
    if (!ReadFile(file, bytes, (DWORD)capacity, &count, NULL))
        count = 0;
    CloseHandle(file);
    return count;
}

void cli_file_end_at_line(FILE *file, uint64_t written, const char *lines, size_t length)
{
    int64_t size = _filelengthi64(_fileno(file));
    if (size < 0 || (uint64_t)size < written)
        return;
    uint64_t kept = (uint64_t)size - written;
    kept = kept < length ? kept : length;
    while (kept > 0 && lines[kept - 1] != '\n')
        kept--;
    _chsize_s(_fileno(file), (int64_t)(written + kept));
}

memscan_status cli_file_make(const char *path, memscan_error *error)
{
    HANDLE file = open_file(path, GENERIC_WRITE, OPEN_ALWAYS);
    if (file == INVALID_HANDLE_VALUE)
        return failed("make", path, error);
    CloseHandle(file);
    return MEMSCAN_OK;
}
