/* windows_threads.c - threads by Toolhelp, their names by GetThreadDescription where there is one. What a thread is
 * doing is in no documented call: its state stays '?'. */
#include "windows_target.h"

#include "../../libmemscan/base/error.h"
#include "windows_error.h"
#include "windows_text.h"
#include "windows_uses.h"

enum { NAME_UNITS = 256 };

typedef struct thread_walk {
    const windows_target *target;
    memscan_thread_fn *visit;
    void *context;
    bool stopped;
} thread_walk;

static void name_of(const windows_target *target, uint32_t id, char *name, size_t capacity)
{
    PWSTR wide = NULL;
    name[0] = '\0';
    if (!target->calls.thread_name)
        return;
    HANDLE thread = OpenThread(THREAD_QUERY_LIMITED_INFORMATION, FALSE, id);
    if (!thread)
        return;
    if (SUCCEEDED(target->calls.thread_name(thread, &wide)) && wide) {
        const uint16_t *units = (const uint16_t *)wide;
        ms_windows_utf8(units, ms_windows_length(units, NAME_UNITS), name, capacity);
        LocalFree(wide);
    }
    CloseHandle(thread);
}

static bool show_thread(uint32_t id, void *context)
{
    thread_walk *walk = context;
    char name[WINDOWS_UTF8_ROOM(NAME_UNITS)];
    name_of(walk->target, id, name, sizeof name);
    memscan_thread thread = { .id = id, .state = '?', .name = name };
    walk->stopped = walk->visit(&thread, walk->context) != 0;
    return !walk->stopped;
}

memscan_status ms_windows_threads(void *state, memscan_thread_fn *visit, void *context, memscan_error *error)
{
    windows_target *target = state;
    thread_walk walk = { target, visit, context, false };
    memscan_status status = ms_windows_alive(target, error);
    if (status)
        return status;
    if (!ms_windows_each_thread(target->pid, show_thread, &walk))
        return ms_windows_fail(error, GetLastError(), "cannot list threads");
    return walk.stopped ? ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor") : MEMSCAN_OK;
}
