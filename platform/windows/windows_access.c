/* windows_access.c - opening a process, and what would help where Windows refuses.
 *
 * Windows grants access by the process's security descriptor, or, to who holds SeDebugPrivilege, without looking at
 * it ("Process Security and Access Rights"). Administrators hold that privilege disabled; the privilege is enabled in
 * a copy of our token that this thread alone wears, and taken off again. Processes that Windows itself protects stay
 * closed to everybody. */
#include "windows_access.h"

#include "../../libmemscan/base/error.h"
#include "windows_error.h"

static bool enable_debug(HANDLE token)
{
    TOKEN_PRIVILEGES wanted = { .PrivilegeCount = 1 };
    wanted.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    if (!LookupPrivilegeValueW(NULL, SE_DEBUG_NAME, &wanted.Privileges[0].Luid))
        return false;
    /* It succeeds also when nothing was enabled, and then says so by the last error. */
    return AdjustTokenPrivileges(token, FALSE, &wanted, 0, NULL, NULL) && GetLastError() == ERROR_SUCCESS;
}

/* A thread that wears another's token already keeps it: taking it off would not put that one back on. */
void ms_windows_debug_borrow(windows_debug *debug)
{
    HANDLE token = NULL;
    debug->borrowed = false;
    if (OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token)) {
        CloseHandle(token);
        return;
    }
    if (!ImpersonateSelf(SecurityImpersonation))
        return;
    if (OpenThreadToken(GetCurrentThread(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, TRUE, &token)) {
        debug->borrowed = enable_debug(token);
        CloseHandle(token);
    }
    if (!debug->borrowed)
        RevertToSelf();
}

void ms_windows_debug_return(windows_debug *debug)
{
    if (debug->borrowed)
        RevertToSelf();
    debug->borrowed = false;
}

/* VirtualQueryEx, EnumProcessModulesEx and QueryWorkingSetEx need QUERY_INFORMATION, waiting for the end SYNCHRONIZE,
 * VirtualProtectEx and WriteProcessMemory VM_OPERATION. */
DWORD ms_windows_rights(uint32_t access)
{
    DWORD rights = PROCESS_QUERY_INFORMATION | PROCESS_VM_READ | SYNCHRONIZE;
    return access & 2u ? rights | PROCESS_VM_WRITE | PROCESS_VM_OPERATION : rights;
}

HANDLE ms_windows_open_process(uint64_t pid, DWORD rights)
{
    HANDLE process = OpenProcess(rights, FALSE, (DWORD)pid);
    if (process || GetLastError() != ERROR_ACCESS_DENIED)
        return process;
    windows_debug debug;
    ms_windows_debug_borrow(&debug);
    if (debug.borrowed)
        process = OpenProcess(rights, FALSE, (DWORD)pid);
    ms_windows_debug_return(&debug);
    if (!process)
        SetLastError(ERROR_ACCESS_DENIED);
    return process;
}

static bool may_debug(void)
{
    windows_debug debug;
    ms_windows_debug_borrow(&debug);
    bool may = debug.borrowed;
    ms_windows_debug_return(&debug);
    return may;
}

/* OpenProcess says "invalid parameter" for a number that no process has, and for the idle process. */
memscan_status ms_windows_open_failed(uint64_t pid, DWORD os_code, memscan_error *error)
{
    if (os_code == ERROR_INVALID_PARAMETER)
        return ms_fail_os(error, MEMSCAN_NOT_FOUND, (int32_t)os_code, "there is no process %llu",
                          (unsigned long long)pid);
    memscan_status status = ms_windows_fail(error, os_code, "cannot open process %llu", (unsigned long long)pid);
    if (status != MEMSCAN_DENIED)
        return status;
    if (may_debug())
        ms_hint(error, "Windows protects this process: no program may read it, administrators' neither");
    else
        ms_hint(error, "run memscan as administrator (an elevated prompt): that brings SeDebugPrivilege");
    return status;
}
