/* windows_suspend.c - stops every thread of the target, and lets them go on.
 *
 * Windows 11 has an object for it, a process state change: the process stands still as long as somebody holds it, so a
 * memscan that is killed lets go (NtCreateProcessStateChange, NtChangeProcessState; neither is documented by Microsoft).
 * Before, there is NtSuspendProcess, which counts up every thread and leaves it so: then only a resume helps, and one
 * that died owes it. Both need PROCESS_SUSPEND_RESUME, asked for when it is wanted and not before. */
#include "windows_target.h"

#include "../../libmemscan/base/error.h"
#include "windows_access.h"

enum { STOP = 0, GO_ON = 1 }; /* PROCESS_STATE_CHANGE_TYPE */

#define CHANGE_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | 1)

static memscan_status fail_call(const windows_target *target, LONG answer, memscan_error *error)
{
    return ms_fail_os(error, MEMSCAN_OS, (int32_t)answer, "Windows does not stop or resume process %llu (0x%08lx)",
                      (unsigned long long)target->pid, (unsigned long)answer);
}

static void let_go(windows_target *target)
{
    if (target->state_change)
        CloseHandle(target->state_change);
    if (target->control)
        CloseHandle(target->control);
    target->state_change = target->control = NULL;
}

/* False: this Windows has no such object, or does not give it. */
static bool stop_while_held(windows_target *target)
{
    const windows_calls *calls = &target->calls;
    if (!calls->create_state_change || !calls->change_state)
        return false;
    if (calls->create_state_change(&target->state_change, CHANGE_ALL_ACCESS, NULL, target->control, 0) < 0) {
        target->state_change = NULL;
        return false;
    }
    if (calls->change_state(target->state_change, target->control, STOP, NULL, 0, 0) >= 0)
        return true;
    CloseHandle(target->state_change);
    target->state_change = NULL;
    return false;
}

memscan_status ms_windows_suspend(void *state, memscan_error *error)
{
    windows_target *target = state;
    if (target->pid == GetCurrentProcessId())
        return ms_fail(error, MEMSCAN_INVALID, "a program cannot suspend itself");
    memscan_status status = ms_windows_alive(target, error);
    if (status)
        return status;
    if (!target->calls.suspend || !target->calls.resume)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this Windows has no call that suspends a process");
    target->control = target->calls.open(target->pid, PROCESS_SUSPEND_RESUME | PROCESS_QUERY_LIMITED_INFORMATION);
    if (!target->control)
        return ms_windows_open_failed(target->pid, GetLastError(), error);
    if (stop_while_held(target))
        return MEMSCAN_OK;
    LONG answer = target->calls.suspend(target->control);
    if (answer >= 0)
        return MEMSCAN_OK;
    let_go(target);
    return fail_call(target, answer, error);
}

memscan_status ms_windows_resume(void *state, memscan_error *error)
{
    windows_target *target = state;
    if (!target->control)
        return MEMSCAN_OK;
    LONG answer = target->state_change
                      ? target->calls.change_state(target->state_change, target->control, GO_ON, NULL, 0, 0)
                      : target->calls.resume(target->control);
    let_go(target);
    if (answer >= 0 || ms_windows_alive(target, NULL) != MEMSCAN_OK) /* what has ended needs no leave */
        return MEMSCAN_OK;
    return fail_call(target, answer, error);
}
