/* system_linux.c - system.h on Linux. */
#define _POSIX_C_SOURCE 200809L
#include "system.h"

#include <time.h>
#include <unistd.h>

void game_sleep_ms(unsigned milliseconds)
{
    struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000 };
    nanosleep(&time, NULL);
}

unsigned long game_process_id(void)
{
    return (unsigned long)getpid();
}

bool game_is_on_a_terminal(void)
{
    return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

void game_plain_lines(void) {}
