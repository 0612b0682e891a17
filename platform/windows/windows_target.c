/* windows_target.c - binds a target to a process by a handle that stays open, and says whether that process is still
 * there. */
#include "windows_target.h"

#include <string.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "windows_access.h"
#include "windows_error.h"
#include "windows_path.h"
#include "windows_text.h"

static memscan_status parse_pid(const char *locator, uint64_t *pid, memscan_error *error)
{
    if (strcmp(locator, "self") == 0) {
        *pid = GetCurrentProcessId();
        return MEMSCAN_OK;
    }
    if (ms_parse_u64(locator, strlen(locator), pid) && *pid > 0 && *pid <= UINT32_MAX)
        return MEMSCAN_OK;
    char shown[64];
    memscan_escape(locator, shown, sizeof shown);
    return ms_fail(error, MEMSCAN_INVALID, "'%s' is not a process id", shown);
}

uint8_t ms_windows_system_width(void)
{
    SYSTEM_INFO system;
    GetNativeSystemInfo(&system);
    return system.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_AMD64 ||
                   system.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_ARM64
               ? 8
               : 4;
}

/* IsWow64Process2 (Windows 10 1511) names the machine that is emulated, or UNKNOWN for a process of the system's own
 * kind; IsWow64Process knows only the one emulation there was. */
uint8_t ms_windows_pointer_width(const windows_calls *calls, HANDLE process)
{
    USHORT emulated = IMAGE_FILE_MACHINE_UNKNOWN, native = IMAGE_FILE_MACHINE_UNKNOWN;
    BOOL is_wow64 = FALSE;
    if (calls->machine_of && calls->machine_of(process, &emulated, &native))
        return emulated != IMAGE_FILE_MACHINE_UNKNOWN ? 4 : ms_windows_system_width();
    if (IsWow64Process(process, &is_wow64) && is_wow64)
        return 4;
    return ms_windows_system_width();
}

static uint64_t filetime(FILETIME time)
{
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static memscan_status gone(const windows_target *target, memscan_error *error)
{
    return ms_fail(error, MEMSCAN_GONE, "process %llu ended", (unsigned long long)target->pid);
}

memscan_status ms_windows_alive(void *state, memscan_error *error)
{
    windows_target *target = state;
    DWORD answer = target->calls.wait(target->process, 0);
    if (answer == WAIT_TIMEOUT)
        return MEMSCAN_OK;
    if (answer == WAIT_OBJECT_0)
        return gone(target, error);
    return ms_windows_fail(error, GetLastError(), "cannot ask about process %llu", (unsigned long long)target->pid);
}

bool ms_windows_peek(const windows_target *target, uint64_t address, void *buffer, size_t size)
{
    SIZE_T done = 0;
    return address <= target->highest &&
           target->calls.read(target->process, (LPCVOID)(uintptr_t)address, buffer, size, &done);
}

/* A page that the question cannot be wrong about: the answer matters less than that there is one. Wine gives none for
 * another process. */
static bool working_set_tells(const windows_target *target)
{
    PSAPI_WORKING_SET_EX_INFORMATION page = { .VirtualAddress = (PVOID)(uintptr_t)target->lowest };
    return target->calls.working_set(target->process, &page, sizeof page) != 0;
}

static memscan_status learn(windows_target *target, memscan_error *error)
{
    FILETIME start, end, kernel, user;
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    target->page_size = system.dwPageSize;
    target->lowest = (uintptr_t)system.lpMinimumApplicationAddress;
    target->highest = (uintptr_t)system.lpMaximumApplicationAddress;
    target->pointer_width = ms_windows_pointer_width(&target->calls, target->process);
    if (target->pointer_width > sizeof(void *)) {
        memscan_status status = ms_fail(error, MEMSCAN_NOT_SUPPORTED, "process %llu is 64-bit, and this memscan 32-bit",
                                        (unsigned long long)target->pid);
        ms_hint(error, "use the 64-bit memscan.exe: it opens both kinds");
        return status;
    }
    if (target->pointer_width == 4 && target->highest > UINT32_MAX)
        target->highest = UINT32_MAX; /* what lies above is the 64-bit half of the emulation */
    if (!GetProcessTimes(target->process, &start, &end, &kernel, &user))
        return ms_windows_fail(error, GetLastError(), "cannot ask when process %llu began",
                               (unsigned long long)target->pid);
    target->start_time = filetime(start);
    windows_paths *paths = ms_windows_paths_create(target->allocator);
    if (!paths)
        return ms_fail_memory(error);
    ms_windows_cut(ms_windows_file_name(ms_windows_process_path(paths, target->process)), target->name,
                   sizeof target->name);
    ms_windows_paths_destroy(paths);
    target->working_set_tells = working_set_tells(target);
    /* The object of a process that has ended lives on while anybody holds a handle, and can still be opened. */
    if (ms_windows_alive(target, NULL) != MEMSCAN_OK)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "there is no process %llu: it has ended",
                       (unsigned long long)target->pid);
    return MEMSCAN_OK;
}

memscan_status ms_windows_open(const memscan_platform_open *request, void **state, memscan_error *error)
{
    uint64_t pid = 0;
    memscan_status status = parse_pid(request->locator, &pid, error);
    if (status)
        return status;
    HANDLE process = ms_windows_open_process(pid, ms_windows_rights(request->access));
    if (!process)
        return ms_windows_open_failed(pid, GetLastError(), error);
    windows_target *target = ms_alloc(request->allocator, sizeof *target);
    if (!target) {
        CloseHandle(process);
        return ms_fail_memory(error);
    }
    target->allocator = request->allocator;
    ms_windows_calls_init(&target->calls);
    target->process = process;
    target->access = request->access;
    target->pid = pid;
    status = learn(target, error);
    if (status)
        ms_windows_close(target);
    else
        *state = target;
    return status;
}

void ms_windows_close(void *state)
{
    windows_target *target = state;
    ms_windows_resume(target, NULL);
    CloseHandle(target->process);
    ms_free(target->allocator, target, sizeof *target);
}

memscan_status ms_windows_facts(void *state, memscan_platform_facts *facts, memscan_error *error)
{
    (void)error;
    windows_target *target = state;
    memscan_facts *about = &facts->target;
    about->pid = target->pid;
    about->start_time = target->start_time;
    about->lowest_address = target->lowest;
    about->highest_address = target->highest;
    about->page_size = target->page_size;
    about->layout = (memscan_layout){ target->pointer_width, 0 }; /* Windows is little-endian everywhere */
    about->writable = (target->access & MEMSCAN_WRITE) != 0;
    about->handle = (uintptr_t)target->process;
    memcpy(about->name, target->name, sizeof about->name);
    facts->capabilities = (target->access & MEMSCAN_WRITE ? MEMSCAN_CAN_WRITE : 0) |
                          (target->working_set_tells ? MEMSCAN_CAN_RESIDENCY : 0);
    facts->max_readers = 0;
    facts->best_read_size = 1024 * 1024;
    return MEMSCAN_OK;
}

uint64_t ms_windows_self(void)
{
    return GetCurrentProcessId();
}
