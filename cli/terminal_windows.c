/* terminal_windows.c - terminal.h on Windows.
 *
 * What we write is UTF-8, and lines end in a newline alone: the same bytes as on Linux, for whoever reads them. A
 * console is told so, and gets its own code page and modes back at the end: they belong to the console, not to us. */
#include "terminal.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <stdlib.h>

#include <shellapi.h>

#ifndef ENABLE_VIRTUAL_TERMINAL_PROCESSING
#define ENABLE_VIRTUAL_TERMINAL_PROCESSING 0x0004
#endif

static memscan_cancel *interrupted;
static volatile LONG interruptions;
static UINT old_code_page;

static void give_code_page_back(void)
{
    SetConsoleOutputCP(old_code_page);
}

/* A handle that is closed on entry has no number that a file of ours could take: the C runtime gives such a stream the
 * number -2, and what is written there fails. */
void cli_hold_standard_streams(void) {}

/* No file gives rights here: programs have those of whoever starts them. */
bool cli_has_borrowed_rights(void)
{
    return false;
}

/* ---- the console ---- */

static unsigned columns_of(HANDLE handle)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    return GetConsoleScreenBufferInfo(handle, &info) ? (unsigned)(info.srWindow.Right - info.srWindow.Left + 1) : 0;
}

static bool is_console(HANDLE handle)
{
    DWORD mode;
    return GetConsoleMode(handle, &mode) != 0;
}

/* Consoles before Windows 10 1511 do not know escape sequences and refuse. */
static bool understands_sequences(HANDLE handle)
{
    DWORD mode;
    return GetConsoleMode(handle, &mode) && SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
}

void cli_terminal_look(cli_terminal *terminal)
{
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE), err = GetStdHandle(STD_ERROR_HANDLE);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    terminal->input = is_console(GetStdHandle(STD_INPUT_HANDLE));
    terminal->output = is_console(out);
    terminal->messages = is_console(err);
    terminal->columns = columns_of(out);
    if (terminal->columns == 0)
        terminal->columns = columns_of(err);
    if (terminal->columns == 0)
        terminal->columns = 80;
    terminal->sequences =
        (!terminal->output || understands_sequences(out)) && (!terminal->messages || understands_sequences(err));
    terminal->utf8 = true;
    if (!terminal->output && !terminal->messages)
        return;
    old_code_page = GetConsoleOutputCP();
    if (old_code_page == CP_UTF8)
        return;
    terminal->utf8 = SetConsoleOutputCP(CP_UTF8) != 0;
    if (terminal->utf8)
        atexit(give_code_page_back);
}

/* ---- what was typed ---- */

static char *utf8_of(const wchar_t *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *copy = size > 0 ? malloc((size_t)size) : NULL;
    if (copy != NULL)
        WideCharToMultiByte(CP_UTF8, 0, text, -1, copy, size, NULL, NULL);
    return copy;
}

/* main's own arguments are in the system's old code page, where characters are lost. */
bool cli_system_arguments(int *count, char ***arguments)
{
    int wide_count = 0;
    LPWSTR *wide = CommandLineToArgvW(GetCommandLineW(), &wide_count);
    char **copies = wide != NULL ? calloc((size_t)wide_count + 1, sizeof *copies) : NULL;
    bool whole = copies != NULL;
    for (int i = 0; whole && i < wide_count; i++) {
        copies[i] = utf8_of(wide[i]);
        whole = copies[i] != NULL;
    }
    LocalFree(wide);
    if (whole) {
        *count = wide_count;
        *arguments = copies;
    }
    return whole;
}

/* From malloc; NULL and errno. */
static wchar_t *wide_of(const char *path)
{
    int units = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, NULL, 0);
    wchar_t *wide = units > 0 ? malloc((size_t)units * sizeof *wide) : NULL;
    errno = units > 0 ? ENOMEM : EINVAL;
    if (wide != NULL)
        MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, units);
    return wide;
}

FILE *cli_create_file(const char *path)
{
    wchar_t *wide = wide_of(path);
    FILE *file = wide != NULL ? _wfopen(wide, L"wb") : NULL;
    free(wide);
    return file;
}

void cli_remove_created_file(const char *path)
{
    wchar_t *wide = wide_of(path);
    DWORD attributes = wide != NULL ? GetFileAttributesW(wide) : INVALID_FILE_ATTRIBUTES;
    if (attributes != INVALID_FILE_ATTRIBUTES &&
        (attributes & (FILE_ATTRIBUTE_DEVICE | FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT)) == 0)
        DeleteFileW(wide);
    free(wide);
}

size_t cli_write_bytes(FILE *file, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, file);
}

/* ---- interruptions ---- */

/* Runs on a thread of the system's. False hands the event on: the default ends this process. */
static BOOL WINAPI on_event(DWORD event)
{
    if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT)
        return FALSE;
    memscan_cancel_raise(interrupted);
    return InterlockedIncrement(&interruptions) == 1;
}

void cli_interrupts_to(memscan_cancel *token)
{
    interrupted = token;
    interruptions = 0;
    SetConsoleCtrlHandler(NULL, FALSE);
    SetConsoleCtrlHandler(on_event, TRUE);
}

void cli_interrupts_ignore(void)
{
    SetConsoleCtrlHandler(NULL, TRUE);
}

void cli_interrupts_leave(void)
{
    SetConsoleCtrlHandler(NULL, TRUE);
}

void cli_interrupts_restore(void)
{
    SetConsoleCtrlHandler(on_event, FALSE);
}

/* The C runtime calls a pipe without a reader EPIPE or EINVAL, by which of two errors the system gave (109, 232). */
bool cli_is_broken_pipe(int os_error)
{
    return os_error == EPIPE || os_error == EINVAL;
}

uint64_t cli_clock_ms(void)
{
    return GetTickCount64();
}

/* FILETIME counts 100 ns since 1601 (MSDN, "FILETIME structure"). */
uint64_t cli_unix_ms(void)
{
    FILETIME now;
    GetSystemTimeAsFileTime(&now);
    uint64_t ticks = (uint64_t)now.dwHighDateTime << 32 | now.dwLowDateTime;
    return ticks / 10000 - UINT64_C(11644473600000);
}

void cli_wait_ms(uint64_t milliseconds, const memscan_cancel *cancel)
{
    enum { SLICE_MS = 50 };
    uint64_t end = cli_clock_ms() + milliseconds;
    for (uint64_t now; !memscan_cancel_is_raised(cancel) && (now = cli_clock_ms()) < end;)
        Sleep((DWORD)(end - now < SLICE_MS ? end - now : SLICE_MS));
}
