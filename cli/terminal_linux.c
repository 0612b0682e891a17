/* terminal_linux.c - terminal.h on Linux. */
#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static memscan_cancel *interrupted;
static struct sigaction old_interrupt, old_quit, old_pipe, old_size;
static bool old_are_known;

void cli_hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1)
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY); /* the lowest free number: this one */
    }
}

/* The kernel sets it in all these cases (getauxval(3), AT_SECURE). */
bool cli_has_borrowed_rights(void)
{
    return getauxval(AT_SECURE) != 0;
}

static unsigned columns_of(int fd)
{
    struct winsize size = { 0 };
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void cli_terminal_look(cli_terminal *terminal)
{
    terminal->input = isatty(STDIN_FILENO) == 1;
    terminal->output = isatty(STDOUT_FILENO) == 1;
    terminal->messages = isatty(STDERR_FILENO) == 1;
    terminal->columns = columns_of(STDOUT_FILENO);
    if (terminal->columns == 0)
        terminal->columns = columns_of(STDERR_FILENO);
    if (terminal->columns == 0)
        terminal->columns = 80;
    const char *kind = getenv("TERM");
    terminal->sequences = kind != NULL && strcmp(kind, "dumb") != 0;
    /* Only the character type: numbers keep their point. */
    setlocale(LC_CTYPE, "");
    terminal->utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool cli_system_arguments(int *count, char ***arguments)
{
    (void)count, (void)arguments;
    return true;
}

FILE *cli_create_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL && fd >= 0)
        close(fd);
    return file;
}

void cli_remove_created_file(const char *path)
{
    struct stat status;
    if (lstat(path, &status) == 0 && S_ISREG(status.st_mode))
        unlink(path);
}

size_t cli_write_bytes(FILE *file, const char *bytes, size_t length)
{
    return fwrite_unlocked(bytes, 1, length, file);
}

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    memscan_cancel_raise(interrupted);
}

void cli_interrupts_to(memscan_cancel *token)
{
    interrupted = token;
    /* Restarted calls: a write that waits for a slow reader is not torn. */
    struct sigaction action = { .sa_handler = on_interrupt, .sa_flags = (int)(SA_RESETHAND | SA_RESTART) };
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGINT, &action, old_are_known ? NULL : &old_interrupt);
    sigaction(SIGQUIT, old_are_known ? &old_quit : NULL, old_are_known ? NULL : &old_quit);
    sigaction(SIGPIPE, &ignore, old_are_known ? NULL : &old_pipe);
    sigaction(SIGXFSZ, &ignore, old_are_known ? NULL : &old_size); /* a full file is an error to report, not an end */
    old_are_known = true;
}

void cli_interrupts_ignore(void)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    sigaction(SIGINT, &ignore, NULL);
}

static void on_signal_of_others(int signal_number)
{
    (void)signal_number;
}

/* By a handler that does nothing, not by ignoring: executing a program undoes handlers, but hands on what is ignored. */
void cli_interrupts_leave(void)
{
    const struct {
        int number;
        const struct sigaction *old;
    } signals[] = {
        { SIGINT, &old_interrupt }, { SIGQUIT, &old_quit }, { SIGPIPE, &old_pipe }, { SIGXFSZ, &old_size }
    };
    struct sigaction nothing = { .sa_handler = on_signal_of_others, .sa_flags = SA_RESTART };
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i].number, signals[i].old->sa_handler == SIG_IGN ? signals[i].old : &nothing, NULL);
}

void cli_interrupts_restore(void)
{
    sigaction(SIGINT, &old_interrupt, NULL);
    sigaction(SIGQUIT, &old_quit, NULL);
    sigaction(SIGPIPE, &old_pipe, NULL);
    sigaction(SIGXFSZ, &old_size, NULL);
}

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec now = { 0 };
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t cli_clock_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

uint64_t cli_unix_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

/* In slices: a signal that comes just before the system call would be slept over. */
void cli_wait_ms(uint64_t milliseconds, const memscan_cancel *cancel)
{
    enum { SLICE_MS = 50 };
    uint64_t end = cli_clock_ms() + milliseconds;
    for (uint64_t now; !memscan_cancel_is_raised(cancel) && (now = cli_clock_ms()) < end;) {
        uint64_t left = end - now < SLICE_MS ? end - now : SLICE_MS;
        nanosleep(&(struct timespec){ 0, (long)left * 1000000 }, NULL);
    }
}

bool cli_is_broken_pipe(int os_error)
{
    return os_error == EPIPE;
}
