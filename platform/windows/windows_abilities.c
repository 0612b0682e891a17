/* windows_abilities.c - what can be done with a target on Windows, and what would help where something cannot. */
#include "windows_target.h"

#include "../../libmemscan/base/error.h"
#include "windows_access.h"

/* Opening it for writing is the permission check; nothing is written. The number is the target's own: its handle is
 * held, so nobody else has it. */
static bool may_write(const windows_target *target, memscan_error *why)
{
    if (target->access & MEMSCAN_WRITE)
        return true;
    HANDLE process = ms_windows_open_process(target->pid, ms_windows_rights(MEMSCAN_WRITE));
    if (process)
        CloseHandle(process);
    else
        ms_windows_open_failed(target->pid, GetLastError(), why);
    return process != NULL;
}

memscan_status ms_windows_abilities(void *state, memscan_ability_fn *visit, void *context, memscan_error *error)
{
    windows_target *target = state;
    memscan_error why = { .text = "" };
    memscan_status status = ms_windows_alive(target, error);
    if (status)
        return status;
    bool writes = may_write(target, &why);
    bool stops = target->calls.suspend && target->calls.resume;
    bool holds_only = target->calls.create_state_change && target->calls.change_state;
    const memscan_ability abilities[] = {
        { "read", 1, "by ReadProcessMemory", "" },
        { "write", writes, writes ? "by WriteProcessMemory" : why.text, why.hint },
        { "write-protected", writes, writes ? "private pages and images, by VirtualProtectEx for a moment" : why.text,
          why.hint },
        { "residency", target->working_set_tells,
          target->working_set_tells ? "pages outside the working set are not told apart"
                                    : "this system does not answer QueryWorkingSetEx",
          "" },
        { "absent-shared", 0, "Windows shows no way to read a section without mapping it", "" },
        { "control", stops,
          !stops ? "this Windows has no call that suspends a process"
          : holds_only
              ? "its threads can be stopped, where --suspend asks for it"
              : "its threads can be stopped, where --suspend asks for it; a memscan that is killed then leaves "
                "them so",
          "" },
    };
    for (size_t i = 0; i < sizeof abilities / sizeof abilities[0]; i++)
        if (visit(&abilities[i], context))
            return ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    return MEMSCAN_OK;
}
