/* linux_recorded.c - base/recorder.h on Linux: the program that is recorded. It is looked at before it is started, since
 * the loader would leave the recorder out without a word. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "../../recorder/program.h"
#include "linux_recorder.h"
#include "linux_sys.h"

#ifndef MEMSCAN_LIBDIR
#define MEMSCAN_LIBDIR "lib"
#endif

#define FILE_NAME     "memscan-recorder.so"
#define MOST_SCRIPTS  4 /* the kernel's own limit on interpreters of interpreters */
#define WORDS_BLOCK   (64u * 1024)
#define NAME_OF_SHELL "/bin/sh"

/* ---- the recorder's file ---- */

/* The file of which our own code is a part, be it the library or the program; up to its last slash. */
static bool own_folder(char folder[LINUX_RECORDER_PATH_MAX])
{
    char line[LINUX_RECORDER_PATH_MAX + 128];
    uintptr_t here = (uintptr_t)&own_folder;
    bool found = false;
    FILE *maps = fopen("/proc/self/maps", "re");
    while (maps && !found && fgets(line, sizeof line, maps)) {
        char *after; /* "START-END ... PATH" */
        unsigned long long start = strtoull(line, &after, 16),
                           end = *after == '-' ? strtoull(after + 1, &after, 16) : 0;
        const char *path = strchr(after, '/');
        found = here >= start && here < end && path;
        if (found)
            snprintf(folder, LINUX_RECORDER_PATH_MAX, "%s", path);
    }
    if (maps)
        fclose(maps);
    char *slash = found ? strrchr(folder, '/') : NULL;
    if (slash)
        slash[1] = '\0';
    return slash != NULL;
}

/* LD_PRELOAD is a list: a path with a separator, or with what the loader replaces, cannot stand in it. */
static memscan_status check_path(const char *path, memscan_error *error)
{
    if (strpbrk(path, " :$") == NULL)
        return MEMSCAN_OK;
    char shown[160];
    memscan_escape(path, shown, sizeof shown);
    ms_fail(error, MEMSCAN_NOT_SUPPORTED, "a recorder cannot be preloaded from %s", shown);
    ms_hint(error, "put it where the path has no space, colon or $");
    return MEMSCAN_NOT_SUPPORTED;
}

memscan_status ms_linux_recorder_find(const char *given, char *path, memscan_error *error)
{
    static const char *const places[] = { "memscan/", "../" MEMSCAN_LIBDIR "/memscan/", "../lib/memscan/", "" };
    char folder[LINUX_RECORDER_PATH_MAX], place[2 * LINUX_RECORDER_PATH_MAX];
    if (given && realpath(given, path))
        return check_path(path, error);
    for (size_t i = 0; !given && i < sizeof places / sizeof places[0] && own_folder(folder); i++) {
        snprintf(place, sizeof place, "%s%s" FILE_NAME, folder, places[i]);
        if (realpath(place, path))
            return check_path(path, error);
    }
    ms_fail(error, MEMSCAN_NOT_FOUND, "the recorder, " FILE_NAME ", is not there");
    ms_hint(error, "it belongs into the folder lib/memscan beside the folder of the program");
    return MEMSCAN_NOT_FOUND;
}

/* ---- the program's file ---- */

static memscan_status cannot_run(const char *name, int os_code, memscan_error *error)
{
    char shown[160];
    memscan_status status = os_code == ENOENT || os_code == ENOTDIR ? MEMSCAN_NOT_FOUND : MEMSCAN_DENIED;
    memscan_escape(name, shown, sizeof shown);
    return ms_fail_os(error, status, os_code, "cannot run %s: %s", shown, ms_linux_error_text(os_code));
}

static bool is_executable_file(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return false;
    if (S_ISREG(status.st_mode) && access(path, X_OK) == 0)
        return true;
    errno = EACCES;
    return false;
}

/* Along PATH, as a shell looks; a name with a slash is a path. */
static memscan_status find_program(const char *name, char path[LINUX_RECORDER_PATH_MAX], memscan_error *error)
{
    const char *list = getenv("PATH");
    int failure = ENOENT;
    if (strchr(name, '/')) {
        bool fits = (size_t)snprintf(path, LINUX_RECORDER_PATH_MAX, "%s", name) < LINUX_RECORDER_PATH_MAX;
        return fits && is_executable_file(path) ? MEMSCAN_OK : cannot_run(name, fits ? errno : ENAMETOOLONG, error);
    }
    for (const char *at = list ? list : "/bin:/usr/bin"; name[0] != '\0'; at++) {
        int length = (int)strcspn(at, ":");
        int whole = snprintf(path, LINUX_RECORDER_PATH_MAX, "%.*s%s%s", length, at, length > 0 ? "/" : "./", name);
        if (whole < LINUX_RECORDER_PATH_MAX && is_executable_file(path))
            return MEMSCAN_OK;
        failure = errno == EACCES ? EACCES : failure;
        at += length;
        if (*at == '\0')
            break;
    }
    return cannot_run(name, failure, error);
}

/* The interpreter that a script names in its first line; false: it is none. */
static bool script_interpreter(int fd, char *path)
{
    char line[256];
    ssize_t length = recorder_read_at(fd, line, sizeof line - 1, 0);
    if (length < 3 || line[0] != '#' || line[1] != '!')
        return false;
    line[length] = '\0';
    const char *begin = line + 2 + strspn(line + 2, " \t");
    size_t name_length = strcspn(begin, " \t\r\n");
    snprintf(path, LINUX_RECORDER_PATH_MAX, "%.*s", (int)name_length, begin);
    return name_length > 0;
}

static memscan_status refuse(const char *path, int verdict, memscan_error *error)
{
    static const char *const why[] = {
        [RECORDER_STATIC] = "it is statically linked, so nothing can be put before its allocator",
        [RECORDER_PRIVILEGED] = ("it gets more rights than its caller (setuid, setgid or file capabilities), so the "
                                 "loader takes in nothing of ours"),
        [RECORDER_FOREIGN] = "it is of another width or for another machine than the recorder",
    };
    char shown[100];
    memscan_escape(path, shown, sizeof shown);
    return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "cannot record %s: %s", shown, why[verdict]);
}

/* What would be executed in the end: the program, or the interpreter of its script. */
static memscan_status check_program(const char *path, memscan_error *error)
{
    char at[LINUX_RECORDER_PATH_MAX];
    snprintf(at, sizeof at, "%s", path);
    for (int i = 0; i < MOST_SCRIPTS; i++) {
        int fd = open(at, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK); /* a FIFO has no interpreter */
        if (fd < 0)
            return MEMSCAN_OK; /* what may be executed may be unreadable; the end of the run tells */
        int verdict = recorder_judge_program(fd);
        bool goes_on = verdict == RECORDER_NOT_ELF && script_interpreter(fd, at);
        close(fd);
        if (verdict >= 0)
            return refuse(at, verdict, error);
        if (!goes_on)
            break;
    }
    return MEMSCAN_OK;
}

/* ---- its environment ---- */

typedef struct environment {
    char **words;
    size_t capacity;
    char list[2 * LINUX_RECORDER_PATH_MAX + WORDS_BLOCK]; /* LD_PRELOAD */
    char entry[2 * LINUX_RECORDER_PATH_MAX];
} environment;

static bool has_name(const char *word, const char *name)
{
    return strncmp(word, name, strlen(name)) == 0 && word[strlen(name)] == '=';
}

static memscan_status fill_environment(const ms_recorder *r, environment *e, memscan_error *error)
{
    const char *old = getenv("LD_PRELOAD");
    size_t count = 0;
    if (old && strlen(old) >= WORDS_BLOCK)
        return ms_fail(error, MEMSCAN_LIMIT, "LD_PRELOAD is too long");
    snprintf(e->list, sizeof e->list, "LD_PRELOAD=%s%s%s", r->path, old && *old ? ":" : "", old ? old : "");
    snprintf(e->entry, sizeof e->entry, RECORDER_VARIABLE "=/proc/%d/fd/%d:%s", (int)getpid(), r->fd, r->path);
    e->words[count++] = e->list;
    e->words[count++] = e->entry;
    for (char **word = environ; *word != NULL && count + 1 < e->capacity; word++) {
        if (!has_name(*word, "LD_PRELOAD") && !has_name(*word, RECORDER_VARIABLE))
            e->words[count++] = *word;
    }
    return MEMSCAN_OK;
}

static environment *make_environment(const ms_recorder *r, memscan_error *error)
{
    environment *e = ms_alloc(r->allocator, sizeof *e);
    size_t count = 3;
    for (char **word = environ; *word != NULL; word++)
        count++;
    if (e) {
        e->capacity = count;
        e->words = ms_alloc_array(r->allocator, count, sizeof *e->words);
    }
    if (e && e->words && fill_environment(r, e, error) == MEMSCAN_OK)
        return e;
    if (!e || !e->words)
        ms_fail_memory(error);
    if (e) {
        ms_free(r->allocator, e->words, count * sizeof *e->words);
        ms_free(r->allocator, e, sizeof *e);
    }
    return NULL;
}

static void free_environment(const ms_recorder *r, environment *e)
{
    ms_free(r->allocator, e->words, e->capacity * sizeof *e->words);
    ms_free(r->allocator, e, sizeof *e);
}

/* ---- its life ---- */

/* What is neither a program nor a script with a first line is the shell's, as execvp has it. */
static int spawn_by_shell(ms_recorder *r, const char *path, char *const *arguments, char *const *words)
{
    size_t count = 0;
    while (arguments[count] != NULL)
        count++;
    char **more = ms_alloc_array(r->allocator, count + 2, sizeof *more);
    if (!more)
        return ENOMEM;
    more[0] = (char[]){ NAME_OF_SHELL };
    more[1] = (char *)(uintptr_t)path;
    for (size_t i = 1; i <= count; i++)
        more[i + 1] = arguments[i];
    int failure = posix_spawn(&r->process, NAME_OF_SHELL, NULL, NULL, more, words);
    ms_free(r->allocator, more, (count + 2) * sizeof *more);
    return failure;
}

memscan_status ms_linux_recorder_start(ms_recorder *recorder, char *const *arguments, memscan_error *error)
{
    char path[LINUX_RECORDER_PATH_MAX];
    memscan_status status = find_program(arguments[0], path, error);
    if (status == MEMSCAN_OK)
        status = check_program(path, error);
    if (status != MEMSCAN_OK)
        return status;
    environment *e = make_environment(recorder, error);
    if (!e)
        return error ? error->status : MEMSCAN_NO_MEMORY;
    int failure = posix_spawn(&recorder->process, path, NULL, NULL, arguments, e->words);
    if (failure == ENOEXEC)
        failure = spawn_by_shell(recorder, path, arguments, e->words);
    free_environment(recorder, e);
    if (failure != 0) {
        recorder->process = 0;
        return cannot_run(arguments[0], failure, error);
    }
    recorder->started = recorder->process;
    recorder->process_fd = (int)syscall(SYS_pidfd_open, recorder->process, 0);
    return MEMSCAN_OK;
}

uint64_t ms_linux_recorder_process(const ms_recorder *recorder)
{
    return (uint64_t)recorder->started;
}

bool ms_linux_recorder_ended(ms_recorder *recorder, int *code, int *signal_number)
{
    int status = 0;
    pid_t ended = recorder->process > 0 ? waitpid(recorder->process, &status, WNOHANG) : 0;
    if (ended > 0) {
        recorder->code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        recorder->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    }
    if (ended > 0 || (ended < 0 && errno == ECHILD)) /* the caller's own affair, where he waited for it himself */
        recorder->process = 0;
    *code = recorder->code;
    *signal_number = recorder->signal;
    return recorder->process == 0;
}

void ms_linux_recorder_wait(ms_recorder *recorder)
{
    struct pollfd end = { .fd = recorder->process_fd, .events = POLLIN };
    struct timespec half_a_millisecond = { .tv_nsec = 500000 };
    if (ppoll(&end, 1, &half_a_millisecond, NULL) > 0 && recorder->process == 0)
        nanosleep(&half_a_millisecond, NULL);
}
