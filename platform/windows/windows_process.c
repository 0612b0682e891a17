/* windows_process.c - the processes of this machine, by Toolhelp; who owns them by their tokens.
 *
 * The list is taken whole and sorted before anybody is shown a row, and the privilege that looking may need is borrowed
 * once for all of it and given back before: no visitor ever runs with more rights than its program has. */
#include "windows_target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../libmemscan/base/array.h"
#include "../../libmemscan/base/error.h"
#include "windows_access.h"
#include "windows_error.h"
#include "windows_path.h"
#include "windows_text.h"

enum { OWNERS_MOST = 32, NAME_ROOM = WINDOWS_UTF8_ROOM(MAX_PATH), OWNER_ROOM = 256 };

typedef struct process_row {
    memscan_process about;
    char name[NAME_ROOM];
    char owner[OWNER_ROOM];
} process_row;

/* Looking up an account's name may ask a server: each is asked once. */
typedef struct owner_name {
    DWORD sid_length;
    BYTE sid[SECURITY_MAX_SID_SIZE];
    char name[OWNER_ROOM];
} owner_name;
typedef struct owner_names {
    owner_name items[OWNERS_MOST];
    size_t count;
} owner_names;

static void look_up_name(PSID sid, char *name, size_t capacity)
{
    WCHAR account[256], domain[256];
    DWORD account_length = 256, domain_length = 256;
    SID_NAME_USE use;
    name[0] = '\0';
    if (LookupAccountSidW(NULL, sid, account, &account_length, domain, &domain_length, &use))
        ms_windows_utf8((const uint16_t *)account, account_length, name, capacity);
    else
        snprintf(name, capacity, "%lu", (unsigned long)*GetSidSubAuthority(sid, *GetSidSubAuthorityCount(sid) - 1));
}

static void name_owner(owner_names *names, PSID sid, char *name)
{
    DWORD length = GetLengthSid(sid);
    for (size_t i = 0; i < names->count; i++)
        if (names->items[i].sid_length == length && !memcmp(names->items[i].sid, sid, length)) {
            memcpy(name, names->items[i].name, OWNER_ROOM);
            return;
        }
    look_up_name(sid, name, OWNER_ROOM);
    if (names->count == OWNERS_MOST || length > SECURITY_MAX_SID_SIZE)
        return;
    owner_name *fresh = &names->items[names->count++];
    fresh->sid_length = length;
    memcpy(fresh->sid, sid, length);
    memcpy(fresh->name, name, OWNER_ROOM);
}

/* The last part of a security identifier is what tells the users of one machine apart. */
static void learn_owner(HANDLE process, owner_names *names, process_row *row)
{
    union {
        TOKEN_USER user;
        BYTE room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } answer;
    HANDLE token;
    DWORD length = 0;
    if (!OpenProcessToken(process, TOKEN_QUERY, &token))
        return;
    if (GetTokenInformation(token, TokenUser, &answer, sizeof answer, &length)) {
        PSID sid = answer.user.User.Sid;
        UCHAR parts = *GetSidSubAuthorityCount(sid);
        row->about.owner_id = parts ? *GetSidSubAuthority(sid, parts - 1u) : 0;
        if (parts)
            name_owner(names, sid, row->owner);
    }
    CloseHandle(token);
}

static void learn_more(const windows_calls *calls, HANDLE process, owner_names *names, process_row *row)
{
    FILETIME start, end, kernel, user;
    PROCESS_MEMORY_COUNTERS memory;
    if (GetProcessTimes(process, &start, &end, &kernel, &user))
        row->about.start_time = (uint64_t)start.dwHighDateTime << 32 | start.dwLowDateTime;
    if (GetProcessMemoryInfo(process, &memory, sizeof memory))
        row->about.resident_bytes = memory.WorkingSetSize;
    row->about.bits = (uint8_t)(ms_windows_pointer_width(calls, process) * 8);
    learn_owner(process, names, row);
}

/* A 32-bit program cannot look into a 64-bit process. */
static bool may_open(const process_row *row)
{
    HANDLE process = OpenProcess(ms_windows_rights(MEMSCAN_READ), FALSE, (DWORD)row->about.pid);
    if (!process)
        return false;
    CloseHandle(process);
    return row->about.bits <= 8 * sizeof(void *);
}

static void fill_row(const windows_calls *calls, const PROCESSENTRY32W *entry, owner_names *names, process_row *row)
{
    const uint16_t *name = (const uint16_t *)entry->szExeFile;
    row->about.pid = entry->th32ProcessID;
    row->about.parent = entry->th32ParentProcessID;
    ms_windows_utf8(name, ms_windows_length(name, MAX_PATH), row->name, sizeof row->name);
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, entry->th32ProcessID);
    if (!process)
        return;
    learn_more(calls, process, names, row);
    CloseHandle(process);
    row->about.may_open = may_open(row);
}

/* The idle process (0) and the system (4) have no memory of their own. */
static bool is_program(const PROCESSENTRY32W *entry)
{
    return entry->th32ProcessID != 0 && entry->th32ProcessID != 4;
}

static memscan_status collect(ms_array *rows, memscan_error *error)
{
    static const memscan_allocator *const allocator = &ms_default_allocator;
    PROCESSENTRY32W entry = { .dwSize = sizeof entry };
    windows_calls calls;
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (list == INVALID_HANDLE_VALUE)
        return ms_windows_fail(error, GetLastError(), "cannot list processes");
    owner_names *names = ms_alloc(allocator, sizeof *names);
    bool enough = names != NULL;
    ms_windows_calls_init(&calls);
    for (BOOL more = Process32FirstW(list, &entry); more && enough; more = Process32NextW(list, &entry)) {
        process_row *row = is_program(&entry) ? ms_array_push(rows) : NULL;
        if (row)
            fill_row(&calls, &entry, names, row);
        else
            enough = !is_program(&entry);
    }
    ms_free(allocator, names, sizeof *names);
    CloseHandle(list);
    return enough ? MEMSCAN_OK : ms_fail_memory(error);
}

static int by_pid(const void *a, const void *b)
{
    uint64_t left = ((const process_row *)a)->about.pid, right = ((const process_row *)b)->about.pid;
    return left < right ? -1 : left > right;
}

static memscan_status show_rows(const ms_array *rows, memscan_process_fn *visit, void *context, memscan_error *error)
{
    for (size_t i = 0; i < rows->count; i++) {
        process_row *row = ms_array_at(rows, i);
        row->about.name = row->name;
        row->about.owner = row->owner;
        if (visit(&row->about, context))
            return ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    }
    return MEMSCAN_OK;
}

memscan_status ms_windows_list(memscan_process_fn *visit, void *context, memscan_error *error)
{
    ms_array rows;
    windows_debug debug;
    ms_array_init(&rows, &ms_default_allocator, sizeof(process_row));
    ms_windows_debug_borrow(&debug);
    memscan_status status = collect(&rows, error);
    ms_windows_debug_return(&debug);
    if (!status) {
        qsort(rows.items, rows.count, sizeof(process_row), by_pid);
        status = show_rows(&rows, visit, context, error);
    }
    ms_array_deinit(&rows);
    return status;
}
