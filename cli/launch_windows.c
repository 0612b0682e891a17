/* launch_windows.c - launch.h on Windows.
 *
 * A command line is one text here: each argument is quoted so that the C runtime of the program takes it apart into
 * the same words again ("Parsing C Command-Line Arguments"). A child of ours is in a job that ends with us, so that
 * nothing stays behind when we are killed. */
#include "launch.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "terminal.h"

#define PATIENCE_MS 10000

/* ---- command lines ---- */

static bool needs_quotes(const char *argument)
{
    return argument[0] == '\0' || strpbrk(argument, " \t\"") != NULL;
}

/* `out` has room for twice the argument and three more. */
static char *quote(const char *argument, char *out)
{
    size_t slashes = 0;
    *out++ = '"';
    for (; *argument != '\0'; argument++) {
        for (; *argument == '"' && slashes > 0; slashes--)
            *out++ = '\\';
        if (*argument == '"')
            *out++ = '\\';
        slashes = *argument == '\\' ? slashes + 1 : 0;
        *out++ = *argument;
    }
    for (; slashes > 0; slashes--)
        *out++ = '\\';
    *out++ = '"';
    return out;
}

static char *join(char *const *arguments)
{
    size_t size = 1;
    for (size_t i = 0; arguments[i] != NULL; i++)
        size += 2 * strlen(arguments[i]) + 3;
    char *line = malloc(size), *end = line;
    for (size_t i = 0; line != NULL && arguments[i] != NULL; i++) {
        if (i > 0)
            *end++ = ' ';
        if (needs_quotes(arguments[i])) {
            end = quote(arguments[i], end);
        } else {
            memcpy(end, arguments[i], strlen(arguments[i]));
            end += strlen(arguments[i]);
        }
    }
    if (line != NULL)
        *end = '\0';
    return line;
}

/* The command line in UTF-16, or NULL. */
static wchar_t *command_line(char *const *arguments)
{
    char *line = join(arguments);
    int units = line != NULL ? MultiByteToWideChar(CP_UTF8, 0, line, -1, NULL, 0) : 0;
    wchar_t *wide = units > 0 ? malloc((size_t)units * sizeof *wide) : NULL;
    if (wide != NULL)
        MultiByteToWideChar(CP_UTF8, 0, line, -1, wide, units);
    free(line);
    return wide;
}

static memscan_status system_failed(memscan_error *error, const char *what, DWORD os_code)
{
    cli_fail(error, MEMSCAN_OS, "", "cannot %s (error %lu)", what, (unsigned long)os_code);
    error->os_code = (int32_t)os_code;
    return MEMSCAN_OS;
}

static memscan_status create(char *const *arguments, STARTUPINFOW *how, DWORD flags, PROCESS_INFORMATION *made,
                             memscan_error *error)
{
    char shown[160];
    wchar_t *line = command_line(arguments);
    if (line == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    BOOL started = CreateProcessW(NULL, line, NULL, NULL, TRUE, flags, NULL, NULL, how, made);
    DWORD os_code = GetLastError();
    free(line);
    if (started)
        return MEMSCAN_OK;
    memscan_escape(arguments[0], shown, sizeof shown);
    bool missing = os_code == ERROR_FILE_NOT_FOUND || os_code == ERROR_PATH_NOT_FOUND;
    memscan_status status = missing ? MEMSCAN_NOT_FOUND : MEMSCAN_DENIED;
    if (missing)
        cli_fail(error, status, "", "cannot run %s: there is no such program", shown);
    else
        cli_fail(error, status, "", "cannot run %s (error %lu)", shown, (unsigned long)os_code);
    error->os_code = (int32_t)os_code;
    return status;
}

/* ---- a program in our place ---- */

/* Ctrl-C is the program's own affair while it runs. */
static BOOL WINAPI leave_to_program(DWORD event)
{
    return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
}

memscan_status cli_run_program(char *const *arguments, int *code, memscan_error *error)
{
    STARTUPINFOW how = { .cb = sizeof how };
    PROCESS_INFORMATION made;
    DWORD exit_code = 0;
    cli_interrupts_restore();
    SetConsoleCtrlHandler(leave_to_program, TRUE);
    memscan_status status = create(arguments, &how, 0, &made, error);
    if (status != MEMSCAN_OK)
        return status;
    CloseHandle(made.hThread);
    WaitForSingleObject(made.hProcess, INFINITE);
    GetExitCodeProcess(made.hProcess, &exit_code);
    CloseHandle(made.hProcess);
    *code = (int)exit_code;
    return MEMSCAN_OK;
}

uint64_t cli_own_pid(void)
{
    return GetCurrentProcessId();
}

bool cli_find_companion(const char *file, char *path, size_t capacity)
{
    static const char *const places[] = { "", "..\\libexec\\memscan\\" };
    wchar_t wide[MAX_PATH];
    char own[MAX_PATH * 3];
    DWORD length = GetModuleFileNameW(NULL, wide, MAX_PATH);
    if (length == 0 || length == MAX_PATH || !WideCharToMultiByte(CP_UTF8, 0, wide, -1, own, sizeof own, NULL, NULL))
        return false;
    char *slash = strrchr(own, '\\');
    if (slash == NULL)
        return false;
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int whole = snprintf(path, capacity, "%s%s%s.exe", own, places[i], file);
        if (whole > 0 && (size_t)whole < capacity && MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH) &&
            GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES)
            return true;
    }
    return false;
}

/* ---- a program of ours ---- */

struct cli_child {
    HANDLE job, process;
    DWORD pid;
    HANDLE to, from; /* our ends of its pipes; `from` is read with a deadline */
    HANDLE arrived;  /* an event */
    char heard[4096];
    size_t heard_length;
};

/* Anonymous pipes cannot be waited for, so this one has a name that nobody else can take: only one instance, of our
 * own number. */
static bool open_pipe_from(cli_child *child, HANDLE *theirs)
{
    SECURITY_ATTRIBUTES inherited = { .nLength = sizeof inherited, .bInheritHandle = TRUE };
    char name[64];
    snprintf(name, sizeof name, "\\\\.\\pipe\\memscan-%lu", (unsigned long)GetCurrentProcessId());
    child->arrived = CreateEventW(NULL, TRUE, FALSE, NULL);
    child->from = CreateNamedPipeA(name, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                   PIPE_TYPE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, 4096, 4096, 0, NULL);
    *theirs = child->from != INVALID_HANDLE_VALUE
                  ? CreateFileA(name, GENERIC_WRITE, 0, &inherited, OPEN_EXISTING, 0, NULL)
                  : INVALID_HANDLE_VALUE;
    return child->arrived != NULL && *theirs != INVALID_HANDLE_VALUE;
}

static bool open_pipe_to(cli_child *child, HANDLE *theirs)
{
    SECURITY_ATTRIBUTES inherited = { .nLength = sizeof inherited, .bInheritHandle = TRUE };
    return CreatePipe(theirs, &child->to, &inherited, 0) && SetHandleInformation(child->to, HANDLE_FLAG_INHERIT, 0);
}

/* The job may be refused inside another job (before Windows 8): then the child is merely ended by cli_child_end. */
static void bind_to_us(cli_child *child)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = { 0 };
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
    child->job = CreateJobObjectW(NULL, NULL);
    if (child->job != NULL &&
        SetInformationJobObject(child->job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        AssignProcessToJobObject(child->job, child->process);
}

static memscan_status start(cli_child *child, char *const *arguments, HANDLE input, HANDLE output, memscan_error *error)
{
    PROCESS_INFORMATION made;
    STARTUPINFOW how = { .cb = sizeof how,
                         .dwFlags = STARTF_USESTDHANDLES,
                         .hStdInput = input,
                         .hStdOutput = output,
                         .hStdError = GetStdHandle(STD_ERROR_HANDLE) };
    memscan_status status = create(arguments, &how, CREATE_SUSPENDED, &made, error);
    if (status != MEMSCAN_OK)
        return status;
    child->process = made.hProcess;
    child->pid = made.dwProcessId;
    bind_to_us(child);
    ResumeThread(made.hThread);
    CloseHandle(made.hThread);
    return MEMSCAN_OK;
}

static void close_handle(HANDLE handle)
{
    if (handle != NULL && handle != INVALID_HANDLE_VALUE)
        CloseHandle(handle);
}

memscan_status cli_child_start(char *const *arguments, cli_child **child, memscan_error *error)
{
    HANDLE input = NULL, output = NULL;
    cli_child *made = calloc(1, sizeof *made);
    *child = NULL;
    if (made == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    memscan_status status = open_pipe_to(made, &input) && open_pipe_from(made, &output)
                                ? start(made, arguments, input, output, error)
                                : system_failed(error, "open a pipe to the program", GetLastError());
    close_handle(input);
    close_handle(output);
    if (status != MEMSCAN_OK)
        cli_child_end(made);
    else
        *child = made;
    return status;
}

uint64_t cli_child_pid(const cli_child *child)
{
    return child->pid;
}

memscan_status cli_child_say(cli_child *child, const char *line, memscan_error *error)
{
    char text[256];
    DWORD written = 0;
    int length = snprintf(text, sizeof text, "%s\n", line);
    if (WriteFile(child->to, text, (DWORD)length, &written, NULL) && written == (DWORD)length)
        return MEMSCAN_OK;
    return cli_fail(error, MEMSCAN_GONE, "", "the program ended");
}

/* Moves the first line out of what was heard. */
static bool take_line(cli_child *child, char *line, size_t capacity)
{
    char *newline = memchr(child->heard, '\n', child->heard_length);
    if (newline == NULL)
        return false;
    size_t length = (size_t)(newline - child->heard);
    size_t kept = length < capacity ? length : capacity - 1;
    memcpy(line, child->heard, kept);
    line[kept] = '\0';
    child->heard_length -= length + 1;
    memmove(child->heard, newline + 1, child->heard_length);
    return true;
}

static memscan_status hear_more(cli_child *child, memscan_error *error)
{
    OVERLAPPED order = { .hEvent = child->arrived };
    DWORD more = 0;
    ResetEvent(child->arrived);
    bool begun = ReadFile(child->from, child->heard + child->heard_length,
                          (DWORD)(sizeof child->heard - child->heard_length), NULL, &order) ||
                 GetLastError() == ERROR_IO_PENDING;
    if (begun && WaitForSingleObject(child->arrived, PATIENCE_MS) == WAIT_TIMEOUT) {
        CancelIo(child->from);
        GetOverlappedResult(child->from, &order, &more, TRUE); /* the buffer is ours again only after this */
        return cli_fail(error, MEMSCAN_TIMEOUT, "", "the program said nothing for ten seconds");
    }
    if (!begun || !GetOverlappedResult(child->from, &order, &more, TRUE) || more == 0)
        return cli_fail(error, MEMSCAN_GONE, "", "the program ended");
    child->heard_length += more;
    return MEMSCAN_OK;
}

memscan_status cli_child_hear(cli_child *child, char *line, size_t capacity, memscan_error *error)
{
    while (!take_line(child, line, capacity)) {
        if (child->heard_length == sizeof child->heard)
            return cli_fail(error, MEMSCAN_LIMIT, "", "the program said too long a line");
        memscan_status status = hear_more(child, error);
        if (status != MEMSCAN_OK)
            return status;
    }
    return MEMSCAN_OK;
}

void cli_child_end(cli_child *child)
{
    if (child == NULL)
        return;
    close_handle(child->to);
    close_handle(child->from);
    close_handle(child->arrived);
    if (child->process != NULL) {
        TerminateProcess(child->process, 0);
        WaitForSingleObject(child->process, INFINITE);
        CloseHandle(child->process);
    }
    close_handle(child->job);
    free(child);
}
