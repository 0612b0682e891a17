/* file_windows.c - file.h on Windows.
 *
 * Every handle shares reading, writing and deleting, so that a file may be replaced while it is open, as on Linux; two
 * of us keep apart by ms_file_lock. Windows' locks bind: what is locked nobody else can read. So the lock lies on one
 * byte far behind any content. What we make is its owner's alone, as mode 0600 is, whatever the folder would hand down. */
#include "../../libmemscan/base/file.h"

#include "windows_system.h"

#include <sddl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "windows_text.h"

enum { SHOWN_ROOM = 160 };

struct ms_file {
    const memscan_allocator *allocator;
    HANDLE handle;
    char shown[SHOWN_ROOM]; /* the path, escaped, for messages */
};

/* ---- what went wrong ---- */

static const struct {
    DWORD code;
    memscan_status status;
    const char *text;
} failures[] = {
    { ERROR_FILE_NOT_FOUND, MEMSCAN_NOT_FOUND, "there is no such file" },
    { ERROR_PATH_NOT_FOUND, MEMSCAN_NOT_FOUND, "there is no such folder" },
    { ERROR_ACCESS_DENIED, MEMSCAN_DENIED, "access is denied" },
    { ERROR_WRITE_PROTECT, MEMSCAN_DENIED, "the medium is write-protected" },
    { ERROR_SHARING_VIOLATION, MEMSCAN_BUSY, "another program has it open" },
    { ERROR_LOCK_VIOLATION, MEMSCAN_BUSY, "another program has locked it" },
    { ERROR_DISK_FULL, MEMSCAN_LIMIT, "the disk is full" },
    { ERROR_HANDLE_DISK_FULL, MEMSCAN_LIMIT, "the disk is full" },
    { 1295, MEMSCAN_LIMIT, "the quota is used up" }, /* ERROR_DISK_QUOTA_EXCEEDED, which not every SDK names */
    { ERROR_FILE_TOO_LARGE, MEMSCAN_LIMIT, "the file would be too large" },
    { ERROR_NOT_ENOUGH_MEMORY, MEMSCAN_NO_MEMORY, "out of memory" },
    { ERROR_FILE_EXISTS, MEMSCAN_INVALID, "it is there already" },
    { ERROR_ALREADY_EXISTS, MEMSCAN_INVALID, "it is there already" },
    { ERROR_INVALID_NAME, MEMSCAN_INVALID, "that is no file name" },
    { ERROR_FILENAME_EXCED_RANGE, MEMSCAN_INVALID, "the name is too long" },
};

static memscan_status fail_path(memscan_error *error, DWORD code, const char *what, const char *shown)
{
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        if (failures[i].code == code)
            return ms_fail_os(error, failures[i].status, (int32_t)code, "cannot %s %s: %s", what, shown,
                              failures[i].text);
    return ms_fail_os(error, MEMSCAN_IO, (int32_t)code, "cannot %s %s (error %lu)", what, shown, (unsigned long)code);
}

static memscan_status fail_file(memscan_error *error, const char *what, const ms_file *file)
{
    return fail_path(error, GetLastError(), what, file->shown);
}

static memscan_status fail_named(memscan_error *error, DWORD code, const char *what, const char *path)
{
    char shown[SHOWN_ROOM];
    memscan_escape(path, shown, sizeof shown);
    return fail_path(error, code, what, shown);
}

/* ---- paths ---- */

/* A path as the system takes it: whole, and with the prefix that lifts the limit of 260 characters. NULL and
 * GetLastError(); freed with release_path. */
typedef struct wide_path {
    size_t capacity;
    wchar_t text[];
} wide_path;

static void release_path(wide_path *path)
{
    if (path)
        ms_free(&ms_default_allocator, path, sizeof *path + path->capacity * sizeof(wchar_t));
}

static wide_path *allocate_path(size_t capacity)
{
    wide_path *path = ms_alloc(&ms_default_allocator, sizeof *path + capacity * sizeof(wchar_t));
    if (path)
        path->capacity = capacity;
    else
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return path;
}

static wide_path *widen(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, NULL, 0);
    if (length <= 0) {
        SetLastError(ERROR_INVALID_NAME);
        return NULL;
    }
    wide_path *path = allocate_path((size_t)length);
    if (path)
        MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, path->text, length);
    return path;
}

/* "\\?\C:\..." for "C:\...", "\\?\UNC\server\..." for "\\server\...". */
static wide_path *lift_limit(wide_path *path)
{
    size_t length = wcslen(path->text);
    if (length < MAX_PATH - 12 || wcsncmp(path->text, L"\\\\?\\", 4) == 0)
        return path;
    bool network = wcsncmp(path->text, L"\\\\", 2) == 0;
    wide_path *lifted = allocate_path(length + 8);
    if (lifted) {
        wcscpy(lifted->text, network ? L"\\\\?\\UNC" : L"\\\\?\\");
        wcscat(lifted->text, path->text + (network ? 1 : 0));
    }
    release_path(path);
    return lifted;
}

static wide_path *open_path(const char *text)
{
    wide_path *given = widen(text);
    if (!given)
        return NULL;
    DWORD length = GetFullPathNameW(given->text, 0, NULL, NULL);
    wide_path *whole = length ? allocate_path(length) : NULL;
    if (whole)
        GetFullPathNameW(given->text, length, whole->text, NULL);
    release_path(given);
    return whole ? lift_limit(whole) : NULL;
}

/* ---- opening ---- */

static const DWORD share_all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

static memscan_status wrap(const memscan_allocator *allocator, HANDLE handle, const char *path, ms_file **file,
                           memscan_error *error)
{
    ms_file *made = ms_alloc(allocator, sizeof *made);
    if (!made) {
        CloseHandle(handle);
        return ms_fail_memory(error);
    }
    made->allocator = allocator;
    made->handle = handle;
    memscan_escape(path, made->shown, sizeof made->shown);
    *file = made;
    return MEMSCAN_OK;
}

/* Who we are, as text: "S-1-5-21-..."; LocalFree releases it. NULL where the system does not say. */
static wchar_t *own_sid(void)
{
    union {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } answer;
    HANDLE token;
    DWORD length = 0;
    wchar_t *text = NULL;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return NULL;
    if (GetTokenInformation(token, TokenUser, &answer, sizeof answer, &length) &&
        !ConvertSidToStringSidW(answer.user.User.Sid, &text))
        text = NULL;
    CloseHandle(token);
    return text;
}

/* Rights, in the security descriptor definition language, for this user and for nobody else; what lies in a folder
 * inherits them. LocalFree releases the descriptor; without one the folder's own rules hold. */
static const wchar_t file_rights[] = L"FRFWSD", folder_rights[] = L"FA";
static SECURITY_ATTRIBUTES ours_alone(const wchar_t *rights, PSECURITY_DESCRIPTOR *descriptor)
{
    wchar_t rules[256], *sid = own_sid();
    *descriptor = NULL;
    if (sid && swprintf(rules, sizeof rules / sizeof *rules, L"D:P(A;OICI;%ls;;;%ls)", rights, sid) > 0)
        ConvertStringSecurityDescriptorToSecurityDescriptorW(rules, SDDL_REVISION_1, descriptor, NULL);
    LocalFree(sid);
    return (SECURITY_ATTRIBUTES){ .nLength = sizeof(SECURITY_ATTRIBUTES), .lpSecurityDescriptor = *descriptor };
}

static memscan_status not_regular(const char *path, memscan_error *error)
{
    char shown[SHOWN_ROOM];
    memscan_escape(path, shown, sizeof shown);
    return ms_fail(error, MEMSCAN_INVALID, "%s is not a regular file", shown);
}

static memscan_status not_ours(const char *path, memscan_error *error)
{
    char shown[SHOWN_ROOM];
    memscan_escape(path, shown, sizeof shown);
    return ms_fail(error, MEMSCAN_INVALID, "%s is a link, or has another name too: it is not written to", shown);
}

/* A symbolic link that was opened itself, or a file of several names. Whose it is, is not asked: what an administrator
 * makes belongs to the group of administrators. */
static bool is_link(HANDLE handle)
{
    BY_HANDLE_FILE_INFORMATION facts;
    return !GetFileInformationByHandle(handle, &facts) || facts.nNumberOfLinks > 1 ||
           (facts.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
}

static bool is_folder(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);
    return attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* INVALID_HANDLE_VALUE and GetLastError(). */
static HANDLE open_or_make(const wide_path *path, ms_file_mode mode)
{
    PSECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES ours = ours_alone(file_rights, &descriptor);
    DWORD access = mode == MS_FILE_READ ? GENERIC_READ : GENERIC_READ | GENERIC_WRITE;
    DWORD how = mode == MS_FILE_CREATE ? CREATE_NEW : OPEN_EXISTING;
    DWORD flags = FILE_ATTRIBUTE_NORMAL | (mode == MS_FILE_OPEN_OURS ? FILE_FLAG_OPEN_REPARSE_POINT : 0);
    HANDLE handle = CreateFileW(path->text, access, share_all, &ours, how, flags, NULL);
    DWORD code = GetLastError();
    LocalFree(descriptor);
    SetLastError(code);
    return handle;
}

/* A folder does not open as a file: "access denied" would mislead. */
static memscan_status open_failed(const wide_path *wide, const char *path, ms_file_mode mode, memscan_error *error)
{
    DWORD code = GetLastError();
    if (is_folder(wide->text))
        return not_regular(path, error);
    return fail_named(error, code, mode == MS_FILE_CREATE ? "create" : "open", path);
}

static memscan_status open_at(const memscan_allocator *allocator, const wide_path *wide, const char *path,
                              ms_file_mode mode, ms_file **file, memscan_error *error)
{
    HANDLE handle = open_or_make(wide, mode);
    if (handle == INVALID_HANDLE_VALUE)
        return open_failed(wide, path, mode, error);
    if (GetFileType(handle) != FILE_TYPE_DISK) {
        CloseHandle(handle);
        return not_regular(path, error);
    }
    if (mode == MS_FILE_OPEN_OURS && is_link(handle)) {
        CloseHandle(handle);
        return not_ours(path, error);
    }
    memscan_status status = wrap(allocator, handle, path, file, error);
    if (status && mode == MS_FILE_CREATE)
        DeleteFileW(wide->text); /* just made by us */
    return status;
}

memscan_status ms_file_open(const memscan_allocator *allocator, const char *path, ms_file_mode mode, ms_file **file,
                            memscan_error *error)
{
    wide_path *wide = open_path(path);
    if (!wide)
        return fail_named(error, GetLastError(), mode == MS_FILE_CREATE ? "create" : "open", path);
    memscan_status status = open_at(allocator, wide, path, mode, file, error);
    release_path(wide);
    return status;
}

static unsigned next_number(void)
{
    static atomic_uint counter; /* only tells our own calls apart; no state that anything depends on */
    return atomic_fetch_add(&counter, 1) + 1;
}

/* The system's folder for temporary files, in UTF-8. */
static bool temporary_folder(char *out, size_t capacity)
{
    WCHAR wide[MAX_PATH + 1];
    DWORD length = GetTempPathW(MAX_PATH + 1, wide);
    if (length == 0 || length > MAX_PATH)
        return false;
    ms_windows_utf8((const uint16_t *)wide, length, out, capacity);
    return true;
}

/* Nobody can open it by its name while we have it, and the system deletes it when our handle ends, however that
 * comes about. */
memscan_status ms_file_open_nameless(const memscan_allocator *allocator, const char *folder, ms_file **file,
                                     memscan_error *error)
{
    char path[4096], temporary[WINDOWS_UTF8_ROOM(MAX_PATH)];
    if (!folder && temporary_folder(temporary, sizeof temporary))
        folder = temporary;
    if (!folder)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "the system names no folder for temporary files");
    if (snprintf(path, sizeof path, "%s\\memscan-%lu-%u.tmp", folder, (unsigned long)GetCurrentProcessId(),
                 next_number()) >= (int)sizeof path)
        return ms_fail(error, MEMSCAN_INVALID, "the path is too long");
    wide_path *wide = open_path(path);
    if (!wide)
        return fail_named(error, GetLastError(), "create a file in", folder);
    PSECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES ours = ours_alone(file_rights, &descriptor);
    HANDLE handle = CreateFileW(wide->text, GENERIC_READ | GENERIC_WRITE | DELETE, 0, &ours, CREATE_NEW,
                                FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    DWORD code = GetLastError();
    LocalFree(descriptor);
    release_path(wide);
    if (handle == INVALID_HANDLE_VALUE)
        return fail_named(error, code, "create a file in", folder);
    return wrap(allocator, handle, folder, file, error);
}

void ms_file_close(ms_file *file)
{
    if (!file)
        return;
    CloseHandle(file->handle);
    ms_free(file->allocator, file, sizeof *file);
}

/* ---- bytes ---- */

enum { MOST_AT_ONCE = 1 << 30 }; /* a transfer's size has 32 bits */

static OVERLAPPED at_offset(uint64_t offset)
{
    OVERLAPPED place = { 0 };
    place.Offset = (DWORD)offset;
    place.OffsetHigh = (DWORD)(offset >> 32);
    return place;
}

memscan_status ms_file_read_at(ms_file *file, uint64_t offset, void *buffer, size_t size, memscan_error *error)
{
    for (size_t done = 0; done < size;) {
        OVERLAPPED place = at_offset(offset + done);
        DWORD moved = 0, wanted = (DWORD)(size - done < MOST_AT_ONCE ? size - done : MOST_AT_ONCE);
        if (!ReadFile(file->handle, (char *)buffer + done, wanted, &moved, &place) &&
            GetLastError() != ERROR_HANDLE_EOF)
            return fail_file(error, "read", file);
        if (moved == 0)
            return ms_fail(error, MEMSCAN_CORRUPT, "%s ends too early", file->shown);
        done += moved;
    }
    return MEMSCAN_OK;
}

memscan_status ms_file_write_at(ms_file *file, uint64_t offset, const void *bytes, size_t size, memscan_error *error)
{
    for (size_t done = 0; done < size;) {
        OVERLAPPED place = at_offset(offset + done);
        DWORD moved = 0, wanted = (DWORD)(size - done < MOST_AT_ONCE ? size - done : MOST_AT_ONCE);
        if (!WriteFile(file->handle, (const char *)bytes + done, wanted, &moved, &place))
            return fail_file(error, "write", file);
        if (moved == 0)
            return fail_path(error, ERROR_DISK_FULL, "write", file->shown);
        done += moved;
    }
    return MEMSCAN_OK;
}

memscan_status ms_file_truncate(ms_file *file, uint64_t size, memscan_error *error)
{
    FILE_END_OF_FILE_INFO end = { .EndOfFile.QuadPart = (LONGLONG)size };
    if (!SetFileInformationByHandle(file->handle, FileEndOfFileInfo, &end, sizeof end))
        return fail_file(error, "shorten", file);
    return MEMSCAN_OK;
}

memscan_status ms_file_size(ms_file *file, uint64_t *size, memscan_error *error)
{
    LARGE_INTEGER answer;
    if (!GetFileSizeEx(file->handle, &answer))
        return fail_file(error, "look at", file);
    *size = (uint64_t)answer.QuadPart;
    return MEMSCAN_OK;
}

memscan_status ms_file_sync(ms_file *file, memscan_error *error)
{
    return FlushFileBuffers(file->handle) ? MEMSCAN_OK : fail_file(error, "write", file);
}

memscan_status ms_file_lock(ms_file *file, memscan_error *error)
{
    OVERLAPPED place = at_offset((uint64_t)1 << 62);
    if (LockFileEx(file->handle, LOCKFILE_EXCLUSIVE_LOCK | LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &place))
        return MEMSCAN_OK;
    if (GetLastError() == ERROR_LOCK_VIOLATION || GetLastError() == ERROR_IO_PENDING)
        return ms_fail(error, MEMSCAN_BUSY, "%s is in use by another memscan", file->shown);
    return fail_file(error, "lock", file);
}

/* ---- names ---- */

/* Wine tells no volume (0) of a file that was renamed while open. */
static bool same_volume(DWORD here, DWORD there)
{
    return here == there || here == 0 || there == 0;
}

memscan_status ms_file_is_named(ms_file *file, const char *path, bool *named, memscan_error *error)
{
    BY_HANDLE_FILE_INFORMATION here, there;
    wide_path *wide = open_path(path);
    *named = false;
    if (!wide)
        return fail_named(error, GetLastError(), "look at", path);
    if (!GetFileInformationByHandle(file->handle, &here)) {
        memscan_status status = fail_file(error, "look at", file);
        release_path(wide);
        return status;
    }
    HANDLE other =
        CreateFileW(wide->text, FILE_READ_ATTRIBUTES, share_all, NULL, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, NULL);
    release_path(wide);
    if (other == INVALID_HANDLE_VALUE)
        return MEMSCAN_OK; /* it is gone, or is about to be */
    bool known = GetFileInformationByHandle(other, &there);
    DWORD code = GetLastError();
    CloseHandle(other);
    if (!known)
        return fail_named(error, code, "look at", path);
    *named = same_volume(here.dwVolumeSerialNumber, there.dwVolumeSerialNumber) &&
             here.nFileIndexHigh == there.nFileIndexHigh && here.nFileIndexLow == there.nFileIndexLow;
    return MEMSCAN_OK;
}

/* FILE_RENAME_INFO as Windows 10 1607 extends it: with flags in the place of ReplaceIfExists. */
typedef struct rename_order {
    DWORD flags;
    HANDLE root;
    DWORD length; /* in bytes */
    WCHAR name[1];
} rename_order;
enum { RENAME_EX = 22, REPLACE = 1, POSIX_SEMANTICS = 2 };

/* Replaces a file that is open, which MoveFileEx does not. False: this system or file system cannot. */
static bool rename_over(const wchar_t *from, const wchar_t *to)
{
    size_t length = wcslen(to) * sizeof(wchar_t), size = sizeof(rename_order) + length;
    HANDLE handle = CreateFileW(from, DELETE | SYNCHRONIZE, share_all, NULL, OPEN_EXISTING, 0, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return false;
    rename_order *order = ms_alloc(&ms_default_allocator, size);
    bool done = false;
    if (order) {
        order->flags = REPLACE | POSIX_SEMANTICS;
        order->length = (DWORD)length;
        memcpy(order->name, to, length);
        done = SetFileInformationByHandle(handle, (FILE_INFO_BY_HANDLE_CLASS)RENAME_EX, order, (DWORD)size);
    }
    ms_free(&ms_default_allocator, order, size);
    CloseHandle(handle);
    return done;
}

/* The same in three steps, where the system cannot do it in one (before Windows 10 1709, FAT, Wine 8): a file that is
 * open can be renamed, though not replaced. Its last handle's end deletes it. */
static bool rename_around(const wchar_t *from, const char *to, const wchar_t *wide_to)
{
    char *aside = ms_file_name_beside(&ms_default_allocator, to);
    wide_path *wide_aside = aside ? open_path(aside) : NULL;
    bool done = wide_aside && MoveFileExW(wide_to, wide_aside->text, 0);
    if (done) {
        done = MoveFileExW(from, wide_to, MOVEFILE_WRITE_THROUGH) != 0;
        DWORD code = GetLastError();
        if (done)
            DeleteFileW(wide_aside->text);
        else
            MoveFileExW(wide_aside->text, wide_to, 0);
        SetLastError(code);
    }
    release_path(wide_aside);
    ms_free_text(&ms_default_allocator, aside);
    return done;
}

/* Devices have no entry in a folder that a rename could replace. */
memscan_status ms_file_may_replace(const char *path, memscan_error *error)
{
    (void)path, (void)error;
    return MEMSCAN_OK;
}

/* The disk's own journal keeps the change of name (NTFS); what was in the file was synced by whoever wrote it. */
memscan_status ms_file_rename(const char *from, const char *to, memscan_error *error)
{
    wide_path *wide_from = open_path(from), *wide_to = open_path(to);
    bool done = wide_from && wide_to &&
                (rename_over(wide_from->text, wide_to->text) ||
                 MoveFileExW(wide_from->text, wide_to->text, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH) ||
                 rename_around(wide_from->text, to, wide_to->text));
    DWORD code = GetLastError();
    release_path(wide_from);
    release_path(wide_to);
    return done ? MEMSCAN_OK : fail_named(error, code, "replace", to);
}

memscan_status ms_file_remove(const char *path, memscan_error *error)
{
    wide_path *wide = open_path(path);
    bool done = wide && DeleteFileW(wide->text);
    DWORD code = GetLastError();
    release_path(wide);
    return done ? MEMSCAN_OK : fail_named(error, code, "remove", path);
}

static memscan_status create_one(const char *path, memscan_error *error)
{
    wide_path *wide = open_path(path);
    PSECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES ours = ours_alone(folder_rights, &descriptor);
    bool done = wide && (CreateDirectoryW(wide->text, &ours) || is_folder(wide->text));
    DWORD code = GetLastError();
    LocalFree(descriptor);
    release_path(wide);
    return done ? MEMSCAN_OK : fail_named(error, code, "create", path);
}

memscan_status ms_folder_create(const char *path, memscan_error *error)
{
    char part[4096];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return ms_fail(error, MEMSCAN_INVALID, "the folder's path is empty or too long");
    for (size_t i = 1; i <= length; i++) {
        bool at_end = path[i] == '\0' || path[i] == '\\' || path[i] == '/';
        if (!at_end || path[i - 1] == ':' || path[i - 1] == '\\' || path[i - 1] == '/')
            continue; /* the root of a drive is there, and has no name of its own */
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        memscan_status status = create_one(part, error);
        if (status)
            return status;
    }
    return MEMSCAN_OK;
}

char *ms_file_name_beside(const memscan_allocator *allocator, const char *path)
{
    char suffix[48];
    snprintf(suffix, sizeof suffix, ".new-%lu-%u", (unsigned long)GetCurrentProcessId(), next_number());
    size_t length = strlen(path) + strlen(suffix) + 1;
    char *name = ms_alloc(allocator, length);
    if (name)
        snprintf(name, length, "%s%s", path, suffix);
    return name;
}
