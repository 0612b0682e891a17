/* windows_describe.c - the path and the command line of a process: asked of the system with the least right there is,
 * because the process may have written something else into its own copy. */
#include "windows_target.h"

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "windows_access.h"
#include "windows_arguments.h"
#include "windows_error.h"
#include "windows_path.h"
#include "windows_text.h"
#include "windows_uses.h"

/* What NtQueryInformationProcess(ProcessCommandLineInformation) answers, Windows 8.1 and later: a UNICODE_STRING, and
 * behind it the text that it points to. */
enum { PROCESS_COMMAND_LINE = 60, COMMAND_LINE_MOST = 32767 };
typedef struct command_answer {
    USHORT length; /* in bytes */
    USHORT capacity;
    const uint16_t *text;
    uint16_t room[COMMAND_LINE_MOST + 1];
} command_answer;

static bool ask_system(const windows_calls *calls, HANDLE process, command_answer *answer)
{
    ULONG length = 0;
    return calls->process_information &&
           calls->process_information(process, PROCESS_COMMAND_LINE, answer, sizeof *answer, &length) >= 0 &&
           answer->text;
}

/* Where the system does not say (Wine 8): as the process was given it, in its own memory. */
static bool ask_process(const windows_calls *calls, uint64_t pid, command_answer *answer)
{
    windows_target target = { .calls = *calls, .pid = pid, .highest = UINTPTR_MAX };
    uint64_t text = 0, length = 0;
    target.process = ms_windows_open_process(pid, ms_windows_rights(MEMSCAN_READ));
    if (!target.process)
        return false;
    target.pointer_width = ms_windows_pointer_width(calls, target.process);
    bool found = ms_windows_command_line_at(&target, &text, &length) && length <= sizeof answer->room &&
                 ms_windows_peek(&target, text, answer->room, (size_t)length);
    CloseHandle(target.process);
    answer->text = answer->room;
    answer->length = (USHORT)length;
    return found;
}

/* Into `line`, which has room for any; "" where it cannot be had. */
static void command_line(const windows_calls *calls, uint64_t pid, HANDLE process, char *line, size_t capacity)
{
    command_answer *answer = ms_alloc(&ms_default_allocator, sizeof *answer);
    line[0] = '\0';
    if (answer && (ask_system(calls, process, answer) || ask_process(calls, pid, answer)))
        ms_windows_utf8(answer->text, answer->length / sizeof *answer->text, line, capacity);
    ms_free(&ms_default_allocator, answer, sizeof *answer);
}

memscan_status ms_windows_describe(uint64_t pid, char *path, size_t path_capacity, char *command,
                                   size_t command_capacity, size_t *command_length, memscan_error *error)
{
    windows_calls calls;
    HANDLE process = ms_windows_open_process(pid, PROCESS_QUERY_LIMITED_INFORMATION);
    if (!process)
        return ms_windows_open_failed(pid, GetLastError(), error);
    windows_paths *paths = ms_windows_paths_create(&ms_default_allocator);
    if (!paths) {
        CloseHandle(process);
        return ms_fail_memory(error);
    }
    ms_windows_calls_init(&calls);
    if (path_capacity)
        ms_windows_cut(ms_windows_process_path(paths, process), path, path_capacity);
    command_line(&calls, pid, process, paths->path, sizeof paths->path);
    *command_length = ms_windows_split_arguments(paths->path, command, command_capacity);
    ms_windows_paths_destroy(paths);
    CloseHandle(process);
    return MEMSCAN_OK;
}
