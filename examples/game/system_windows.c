/* system_windows.c - system.h on Windows. */
#include "system.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>

void game_sleep_ms(unsigned milliseconds)
{
    Sleep(milliseconds);
}

unsigned long game_process_id(void)
{
    return GetCurrentProcessId();
}

bool game_is_on_a_terminal(void)
{
    DWORD mode;
    return GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode) &&
           GetConsoleMode(GetStdHandle(STD_OUTPUT_HANDLE), &mode);
}

void game_plain_lines(void)
{
    _setmode(_fileno(stdout), _O_BINARY);
}
