/* windows_calls.c - the system's own calls. What is younger than Windows 7, or not in the import libraries, is looked
 * up here by name; both libraries are in every process, so that nothing is loaded. */
#include "windows_calls.h"

#include <string.h>

#include "windows_access.h"

/* `call` points to a function pointer, which becomes NULL where the library has no such name. */
static void look_up(const wchar_t *library, const char *name, void *call, size_t size)
{
    HMODULE module = GetModuleHandleW(library);
    FARPROC found = module ? GetProcAddress(module, name) : NULL;
    memcpy(call, &found, size);
}

void ms_windows_calls_init(windows_calls *calls)
{
    *calls = (windows_calls){
        .query = VirtualQueryEx,
        .read = ReadProcessMemory,
        .write = WriteProcessMemory,
        .protect = VirtualProtectEx,
        .flush_code = FlushInstructionCache,
        .working_set = QueryWorkingSetEx,
        .mapped_file = GetMappedFileNameW,
        .wait = WaitForSingleObject,
        .open = ms_windows_open_process,
    };
    look_up(L"kernel32.dll", "IsWow64Process2", &calls->machine_of, sizeof calls->machine_of);
    look_up(L"kernel32.dll", "GetThreadDescription", &calls->thread_name, sizeof calls->thread_name);
    if (!calls->thread_name) /* Windows 10 before 1803 has it here only */
        look_up(L"kernelbase.dll", "GetThreadDescription", &calls->thread_name, sizeof calls->thread_name);
    look_up(L"ntdll.dll", "NtQueryInformationProcess", &calls->process_information, sizeof calls->process_information);
    look_up(L"ntdll.dll", "NtQueryInformationThread", &calls->thread_information, sizeof calls->thread_information);
    look_up(L"ntdll.dll", "NtSuspendProcess", &calls->suspend, sizeof calls->suspend);
    look_up(L"ntdll.dll", "NtResumeProcess", &calls->resume, sizeof calls->resume);
    look_up(L"ntdll.dll", "NtCreateProcessStateChange", &calls->create_state_change, sizeof calls->create_state_change);
    look_up(L"ntdll.dll", "NtChangeProcessState", &calls->change_state, sizeof calls->change_state);
}
