/* launch_linux.c - launch.h on Linux.
 *
 * Under Yama (ptrace_scope 1) a process may be read by its ancestors and by whoever it named with PR_SET_PTRACER. The
 * kernel ties that permission to the task, not to the program it executes, and drops it only when the task ends
 * (security/yama/yama_lsm.c: yama_task_prctl, yama_task_free); so it may be given before execve, and still holds after.
 * Children of the program do not inherit it. */
#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complain.h"
#include "terminal.h"

#define PATIENCE_MS 10000

memscan_status cli_run_program(char *const *arguments, int *code, memscan_error *error)
{
    char shown[160];
    (void)code;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* fails where there is no Yama: then nothing is needed */
    cli_interrupts_restore();
    execvp(arguments[0], arguments);
    int failure = errno;
    memscan_escape(arguments[0], shown, sizeof shown);
    memscan_status status = failure == ENOENT || failure == ENOTDIR ? MEMSCAN_NOT_FOUND : MEMSCAN_DENIED;
    cli_fail(error, status, "", "cannot run %s: %s", shown, strerror(failure));
    error->os_code = failure;
    return status;
}

uint64_t cli_own_pid(void)
{
    return (uint64_t)getpid();
}

bool cli_find_companion(const char *file, char *path, size_t capacity)
{
    static const char *const places[] = { "", "../libexec/memscan/" };
    char own[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
    if (length <= 0)
        return false;
    own[length] = '\0';
    char *slash = strrchr(own, '/');
    if (slash == NULL)
        return false;
    slash[1] = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        int whole = snprintf(path, capacity, "%s%s%s", own, places[i], file);
        if (whole > 0 && (size_t)whole < capacity && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

struct cli_child {
    pid_t pid;
    int to, from; /* pipes */
    char heard[4096];
    size_t heard_length;
};

static void become(char *const *arguments, int input, int output)
{
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    for (int fd = 3; fd < 64; fd++)
        close(fd);
    cli_interrupts_restore();
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    execv(arguments[0], arguments);
    _exit(127);
}

static memscan_status system_failed(memscan_error *error, const char *what)
{
    int failure = errno;
    cli_fail(error, MEMSCAN_OS, "", "cannot %s: %s", what, strerror(failure));
    error->os_code = failure;
    return MEMSCAN_OS;
}

static void close_all(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
}

memscan_status cli_child_start(char *const *arguments, cli_child **child, memscan_error *error)
{
    int fds[4] = { -1, -1, -1, -1 }; /* to it: read, write; from it: read, write */
    *child = calloc(1, sizeof **child);
    if (*child == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    pid_t pid = -1;
    if (pipe(fds) == 0 && pipe(fds + 2) == 0)
        pid = fork();
    if (pid == 0)
        become(arguments, fds[0], fds[3]);
    if (pid < 0) {
        system_failed(error, "start the program");
        close_all(fds, 4);
        free(*child);
        *child = NULL;
        return MEMSCAN_OS;
    }
    close(fds[0]);
    close(fds[3]);
    (*child)->pid = pid;
    (*child)->to = fds[1];
    (*child)->from = fds[2];
    return MEMSCAN_OK;
}

uint64_t cli_child_pid(const cli_child *child)
{
    return (uint64_t)child->pid;
}

memscan_status cli_child_say(cli_child *child, const char *line, memscan_error *error)
{
    char text[256];
    size_t length = (size_t)snprintf(text, sizeof text, "%s\n", line), done = 0;
    while (done < length) {
        ssize_t more = write(child->to, text + done, length - done);
        if (more < 0 && errno == EPIPE)
            return cli_fail(error, MEMSCAN_GONE, "", "the program ended");
        if (more < 0 && errno != EINTR)
            return system_failed(error, "speak to the program");
        done += more > 0 ? (size_t)more : 0;
    }
    return MEMSCAN_OK;
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

memscan_status cli_child_hear(cli_child *child, char *line, size_t capacity, memscan_error *error)
{
    while (!take_line(child, line, capacity)) {
        if (child->heard_length == sizeof child->heard)
            return cli_fail(error, MEMSCAN_LIMIT, "", "the program said too long a line");
        struct pollfd from = { .fd = child->from, .events = POLLIN };
        int ready = poll(&from, 1, PATIENCE_MS);
        if (ready == 0)
            return cli_fail(error, MEMSCAN_TIMEOUT, "", "the program said nothing for ten seconds");
        if (ready < 0)
            return errno == EINTR ? cli_fail(error, MEMSCAN_CANCELLED, "", "interrupted")
                                  : system_failed(error, "wait for the program");
        ssize_t more = read(child->from, child->heard + child->heard_length, sizeof child->heard - child->heard_length);
        if (more == 0)
            return cli_fail(error, MEMSCAN_GONE, "", "the program ended");
        if (more < 0 && errno != EINTR)
            return system_failed(error, "listen to the program");
        child->heard_length += more > 0 ? (size_t)more : 0;
    }
    return MEMSCAN_OK;
}

void cli_child_end(cli_child *child)
{
    if (child == NULL)
        return;
    close(child->to);
    close(child->from);
    kill(child->pid, SIGTERM);
    while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    free(child);
}
