/* command.c - spawn, read to the end, wait; what was said is looked at afterwards, so that only the program's work is measured. */
#define _GNU_SOURCE
#include "command.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pid_t spawn(const char *const *words, int out)
{
    pid_t pid;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environ) != 0)
        bench_die("cannot run %s", words[0]);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void take_line(const char *line, uint64_t start, bench_output *output)
{
    static const char told[] = "\"matches\":";
    const char *found = strstr(line, told);
    if (!strncmp(line, "0x", 2)) {
        output->matches.count++;
        output->matches.sum += strtoull(line, NULL, 16) - start;
    }
    if (found)
        output->told = strtoull(found + sizeof told - 1, NULL, 10);
}

static void take_lines(char *text, size_t length, uint64_t start, bench_output *output)
{
    char *line = text, *end;
    while ((end = memchr(line, '\n', length - (size_t)(line - text)))) {
        *end = 0;
        take_line(line, start, output);
        line = end + 1;
    }
}

/* All that was said so far. It stays for the next command: fresh memory would be measured with it. */
typedef struct said {
    char *text;
    size_t length, capacity;
} said;

/* False: there is no more. */
static bool hear(said *all, int fd)
{
    enum { LEAST = 1 << 20 };
    if (all->capacity - all->length < LEAST) {
        all->capacity = 2 * (all->capacity + LEAST);
        all->text = realloc(all->text, all->capacity);
        if (!all->text)
            bench_die("no memory for what a command says");
        memset(all->text + all->length, 0, all->capacity - all->length);
    }
    ssize_t got = read(fd, all->text + all->length, all->capacity - all->length);
    all->length += got > 0 ? (size_t)got : 0;
    return got > 0;
}

void bench_command(const char *const *words, uint64_t start, bench_output *output)
{
    static said all;
    int ends[2], status;
    if (pipe2(ends, O_CLOEXEC) != 0)
        bench_die("no pipe");
    *output = (bench_output){ 0 };
    all.length = 0;
    bench_sample begin = bench_now();
    pid_t pid = spawn(words, ends[1]);
    close(ends[1]);
    while (hear(&all, ends[0]))
        if (output->first_seconds <= 0)
            output->first_seconds = bench_since(begin).wall;
    close(ends[0]);
    waitpid(pid, &status, 0);
    output->taken = bench_since(begin);
    if (output->first_seconds <= 0)
        output->first_seconds = output->taken.wall;
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
        bench_die("%s ended with status %d", words[0], WEXITSTATUS(status));
    take_lines(all.text, all.length, start, output);
}
