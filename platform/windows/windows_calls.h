/* windows_calls.h - the system calls that touch a target, as a table. Two reasons: a test puts its own there and shows
 * what no Wine shows (guard pages, read-only writes, working sets), and calls that not every Windows has are NULL
 * where they are missing. All behave as the calls of their names; a table of one's own says why by SetLastError. */
#ifndef MS_WINDOWS_CALLS_H
#define MS_WINDOWS_CALLS_H

#include <stdint.h>

#include "windows_system.h"

typedef struct windows_calls {
    /* Always there. */
    SIZE_T(WINAPI *query)(HANDLE process, LPCVOID address, MEMORY_BASIC_INFORMATION *answer, SIZE_T size);
    BOOL(WINAPI *read)(HANDLE process, LPCVOID address, LPVOID buffer, SIZE_T size, SIZE_T *done);
    BOOL(WINAPI *write)(HANDLE process, LPVOID address, LPCVOID buffer, SIZE_T size, SIZE_T *done);
    BOOL(WINAPI *protect)(HANDLE process, LPVOID address, SIZE_T size, DWORD protection, DWORD *before);
    BOOL(WINAPI *flush_code)(HANDLE process, LPCVOID address, SIZE_T size);
    BOOL(WINAPI *working_set)(HANDLE process, PVOID pages, DWORD size); /* QueryWorkingSetEx */
    DWORD(WINAPI *mapped_file)(HANDLE process, LPVOID address, LPWSTR name, DWORD capacity);
    DWORD(WINAPI *wait)(HANDLE process, DWORD milliseconds);
    HANDLE (*open)(uint64_t pid, DWORD rights); /* ms_windows_open_process */

    /* NULL where this Windows has no such call. */
    BOOL(WINAPI *machine_of)(HANDLE process, USHORT *process_machine, USHORT *native_machine); /* IsWow64Process2 */
    LONG(WINAPI *process_information)(HANDLE process, int what, PVOID answer, ULONG size, ULONG *length);
    LONG(WINAPI *thread_information)(HANDLE thread, int what, PVOID answer, ULONG size, ULONG *length);
    HRESULT(WINAPI *thread_name)(HANDLE thread, PWSTR *name); /* GetThreadDescription */
    LONG(WINAPI *suspend)(HANDLE process);                    /* NtSuspendProcess */
    LONG(WINAPI *resume)(HANDLE process);                     /* NtResumeProcess */
    LONG(WINAPI *create_state_change)(HANDLE *change, DWORD access, PVOID attributes, HANDLE process, ULONG64 reserved);
    LONG(WINAPI *change_state)(HANDLE change, HANDLE process, int type, PVOID more, SIZE_T more_size, ULONG64 reserved);
} windows_calls;

/* The system's own. */
void ms_windows_calls_init(windows_calls *calls);

#endif
