/* windows_child.c - a child with pipes at its standard input and output. */
#include "windows_child.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static bool start(windows_child *child, const char *path, HANDLE input, HANDLE output)
{
    char line[1024];
    PROCESS_INFORMATION made;
    STARTUPINFOA how = { .cb = sizeof how,
                         .dwFlags = STARTF_USESTDHANDLES,
                         .hStdInput = input,
                         .hStdOutput = output,
                         .hStdError = GetStdHandle(STD_ERROR_HANDLE) };
    snprintf(line, sizeof line, "\"%s\"", path);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &made)) {
        printf("cannot start %s: error %lu\n", path, (unsigned long)GetLastError());
        return false;
    }
    child->process = made.hProcess;
    child->pid = made.dwProcessId;
    CloseHandle(made.hThread);
    return true;
}

/* A line of its, without the newline. False: it ended. */
static bool hear(windows_child *child, char *line, size_t capacity)
{
    size_t length = 0;
    DWORD got = 0;
    char c;
    while (ReadFile(child->from, &c, 1, &got, NULL) && got == 1 && c != '\n')
        if (length + 1 < capacity)
            line[length++] = c;
    line[length] = '\0';
    return got == 1;
}

bool windows_child_start(windows_child *child, const char *path)
{
    SECURITY_ATTRIBUTES inherited = { .nLength = sizeof inherited, .bInheritHandle = TRUE };
    HANDLE input, output;
    char line[256];
    memset(child, 0, sizeof *child);
    if (!CreatePipe(&input, &child->to, &inherited, 0) || !CreatePipe(&child->from, &output, &inherited, 0))
        return false;
    SetHandleInformation(child->to, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(child->from, HANDLE_FLAG_INHERIT, 0);
    bool started = start(child, path, input, output);
    CloseHandle(input);
    CloseHandle(output);
    while (started && hear(child, line, sizeof line)) {
        if (strcmp(line, "ready") == 0)
            return true;
        if (strlen(child->said) + strlen(line) + 2 < sizeof child->said)
            strcat(strcat(child->said, line), "\n");
    }
    DWORD code = 0;
    if (started && WaitForSingleObject(child->process, INFINITE) == WAIT_OBJECT_0 &&
        GetExitCodeProcess(child->process, &code))
        printf("%s ended with %lu before it was ready; it said: %s\n", path, (unsigned long)code, child->said);
    return false;
}

uint64_t windows_child_told(const windows_child *child, const char *what)
{
    size_t length = strlen(what);
    for (const char *line = child->said; *line; line = strchr(line, '\n') + 1)
        if (strncmp(line, what, length) == 0 && line[length] == ' ')
            return strtoull(line + length + 1, NULL, 16);
    return 0;
}

void windows_child_ask(windows_child *child, const char *line, char *answer, size_t capacity)
{
    DWORD written = 0;
    answer[0] = '\0';
    if (WriteFile(child->to, line, (DWORD)strlen(line), &written, NULL) &&
        WriteFile(child->to, "\n", 1, &written, NULL))
        hear(child, answer, capacity);
}

void windows_child_kill(windows_child *child)
{
    TerminateProcess(child->process, 1);
    WaitForSingleObject(child->process, INFINITE);
}

void windows_child_close(windows_child *child)
{
    windows_child_kill(child);
    CloseHandle(child->to);
    CloseHandle(child->from);
    CloseHandle(child->process);
}
