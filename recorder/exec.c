/* exec.c - what the program starts in its place is recorded too, also with an environment of its own making: the two
 * variables are put back where they are missing. A program of another width gets none of ours, since its loader would
 * complain on the program's stderr.
 *
 * This runs in children between vfork and exec as well, in memory that is still their parent's: nothing is allocated but
 * on the stack. What the C library itself starts (system, popen) it starts with the environment as it is. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "next.h"
#include "program.h"
#include "ring.h"
#include "settings.h"

#define OURS __attribute__((visibility("default")))

static const char preload[] = "LD_PRELOAD=";
static const char variable[] = RECORDER_VARIABLE "=";

/* What stands in the way of recording the program at `path`; RECORDER_FITS too where nothing can be said. */
static int judge(int folder, const char *path)
{
    int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int verdict = fd < 0 ? RECORDER_NOT_ELF : recorder_judge_program(fd);
    if (fd >= 0)
        close(fd);
    if (verdict < 0)
        return RECORDER_FITS;
    atomic_fetch_add_explicit(&ring.header->unfollowed[verdict], 1, memory_order_relaxed);
    return verdict;
}

/* The same for a name that is looked for along PATH. */
static int judge_name(const char *name)
{
    const char *path = getenv("PATH");
    char place[PATH_MAX];
    if (strchr(name, '/') != NULL)
        return judge(AT_FDCWD, name);
    for (const char *at = path != NULL ? path : "/bin:/usr/bin"; *at != '\0';) {
        size_t length = strcspn(at, ":");
        size_t name_length = strlen(name);
        if (length + name_length + 2 <= sizeof place) {
            memcpy(place, at, length);
            place[length] = '/';
            memcpy(place + length + 1, name, name_length + 1);
            if (access(length > 0 ? place : name, X_OK) == 0)
                return judge(AT_FDCWD, length > 0 ? place : name);
        }
        at += length + (at[length] == ':');
    }
    return RECORDER_FITS;
}

/* Where the recorder stands in a list of LD_PRELOAD, or NULL. */
static char *find_in_list(char *list, const char *recorder)
{
    size_t length = strlen(recorder);
    for (char *at = list; (at = strstr(at, recorder)) != NULL; at += length) {
        bool begins = at == list || at[-1] == ':' || at[-1] == ' ';
        bool ends = at[length] == '\0' || at[length] == ':' || at[length] == ' ';
        if (begins && ends)
            return at;
    }
    return NULL;
}

static size_t count_words(char *const *words)
{
    size_t count = 0;
    while (words != NULL && words[count] != NULL)
        count++;
    return count;
}

static char *find_variable(char *const *environment, const char *name)
{
    for (; environment != NULL && *environment != NULL; environment++) {
        if (strncmp(*environment, name, strlen(name)) == 0)
            return *environment;
    }
    return NULL;
}

/* An environment in the making: its words, and the text of the one that is new. */
typedef struct environment {
    char *const *given;
    char **words;   /* room for two more than there are */
    char *new_list; /* room for a longer LD_PRELOAD */
} environment;

/* The list without the recorder, and without the separator behind it. */
static void drop_from_list(char *list, const char *recorder)
{
    char *at = find_in_list(list, recorder);
    if (at == NULL)
        return;
    char *rest = at + strlen(recorder);
    rest += *rest != '\0';
    memmove(at, rest, strlen(rest) + 1);
}

static char **make(environment *e, bool with_recorder)
{
    const char *old = find_variable(e->given, preload);
    size_t count = 0;
    strcpy(e->new_list, preload);
    if (with_recorder) {
        strcat(e->new_list, settings_recorder());
        if (old != NULL && old[sizeof preload - 1] != '\0')
            strcat(e->new_list, ":");
    }
    if (old != NULL)
        strcat(e->new_list, old + sizeof preload - 1);
    if (!with_recorder)
        drop_from_list(e->new_list + sizeof preload - 1, settings_recorder());
    if (e->new_list[sizeof preload - 1] != '\0')
        e->words[count++] = e->new_list;
    if (with_recorder)
        e->words[count++] = (char *)(uintptr_t)settings_entry();
    for (char *const *word = e->given; word != NULL && *word != NULL; word++) {
        if (strncmp(*word, preload, sizeof preload - 1) != 0 && strncmp(*word, variable, sizeof variable - 1) != 0)
            e->words[count++] = *word;
    }
    e->words[count] = NULL;
    return e->words;
}

/* Whether the environment must be made anew for a program of that verdict. */
static bool needs_making(char *const *given, int verdict)
{
    char *list = find_variable(given, preload);
    bool has = list != NULL && find_in_list(list + sizeof preload - 1, settings_recorder()) != NULL;
    if (verdict == RECORDER_FOREIGN)
        return has;
    return !has || find_variable(given, variable) == NULL;
}

/* Declares `name`, the environment to start a program with: the given one, or one made on the stack of the caller. */
#define ENVIRONMENT(name, given_words, judging)                                                                        \
    char *const *name = (given_words);                                                                                 \
    next_resolve();                                                                                                    \
    if (ring_is_on()) {                                                                                                \
        int verdict = (judging);                                                                                       \
        if (needs_making(name, verdict)) {                                                                             \
            const char *old = find_variable(name, preload);                                                            \
            environment made = { name, __builtin_alloca((count_words(name) + 3) * sizeof(char *)),                     \
                                 __builtin_alloca((old != NULL ? strlen(old) : 0) + strlen(settings_recorder()) +      \
                                                  sizeof preload + 1) };                                               \
            name = make(&made, verdict != RECORDER_FOREIGN);                                                           \
        }                                                                                                              \
    }

OURS int execve(const char *path, char *const arguments[], char *const given[])
{
    ENVIRONMENT(words, given, judge(AT_FDCWD, path))
    return next.execve(path, arguments, words);
}

OURS int execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, environ);
}

OURS int execvpe(const char *file, char *const arguments[], char *const given[])
{
    ENVIRONMENT(words, given, judge_name(file))
    return next.execvpe(file, arguments, words);
}

OURS int execvp(const char *file, char *const arguments[])
{
    return execvpe(file, arguments, environ);
}

OURS int fexecve(int fd, char *const arguments[], char *const given[])
{
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ENVIRONMENT(words, given, judge(AT_FDCWD, path))
    return next.fexecve(fd, arguments, words);
}

OURS int posix_spawn(pid_t *restrict pid, const char *restrict path, const posix_spawn_file_actions_t *restrict actions,
                     const posix_spawnattr_t *restrict attributes, char *const arguments[restrict],
                     char *const given[restrict])
{
    ENVIRONMENT(words, given, judge(AT_FDCWD, path))
    return next.posix_spawn(pid, path, actions, attributes, arguments, words);
}

OURS int posix_spawnp(pid_t *restrict pid, const char *restrict file,
                      const posix_spawn_file_actions_t *restrict actions, const posix_spawnattr_t *restrict attributes,
                      char *const arguments[restrict], char *const given[restrict])
{
    ENVIRONMENT(words, given, judge_name(file))
    return next.posix_spawnp(pid, file, actions, attributes, arguments, words);
}

/* ---- arguments one by one ---- */

static size_t count_arguments(va_list list)
{
    size_t count = 1;
    while (va_arg(list, char *) != NULL)
        count++;
    return count;
}

static void collect_arguments(va_list list, const char *first, size_t count, char **arguments)
{
    arguments[0] = (char *)(uintptr_t)first;
    for (size_t i = 1; i <= count; i++) /* the NULL too */
        arguments[i] = va_arg(list, char *);
}

/* Declares `arguments` from what follows `first`, and leaves `list` behind their NULL. */
#define ARGUMENTS(first)                                                                                               \
    va_list list;                                                                                                      \
    va_start(list, first);                                                                                             \
    size_t count = count_arguments(list);                                                                              \
    va_end(list);                                                                                                      \
    char **arguments = __builtin_alloca((count + 1) * sizeof(char *));                                                 \
    va_start(list, first);                                                                                             \
    collect_arguments(list, first, count, arguments);

OURS int execl(const char *path, const char *first, ...)
{
    ARGUMENTS(first)
    va_end(list);
    return execv(path, arguments);
}

OURS int execlp(const char *file, const char *first, ...)
{
    ARGUMENTS(first)
    va_end(list);
    return execvp(file, arguments);
}

OURS int execle(const char *path, const char *first, ...)
{
    ARGUMENTS(first)
    char *const *given = va_arg(list, char *const *);
    va_end(list);
    return execve(path, arguments, given);
}
