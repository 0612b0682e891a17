/* steady.c - pipes to the target, and /proc about it. */
#define _GNU_SOURCE
#include "steady.h"

#include "check_quick.h"
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *hear(steady *target)
{
    static char line[256];
    size_t length = 0;
    while (length < sizeof line - 1 && read(target->from, line + length, 1) == 1 && line[length] != '\n')
        length++;
    line[length] = '\0';
    return line;
}

static void learn(steady *target, const char *line)
{
    char what[16];
    uint64_t at = 0, size = 0;
    const struct {
        const char *what;
        uint64_t *at;
    } places[] = { { "area", &target->area },     { "cell", &target->cell },   { "code", &target->code },
                   { "shared", &target->shared }, { "memfd", &target->memfd }, { "untouched", &target->untouched },
                   { "file", &target->file },     { "none", &target->none },   { "unsupplied", &target->unsupplied } };
    ck_assert_msg(sscanf(line, "%15s %" SCNx64 " %" SCNu64, what, &at, &size) == 3, "the target said: %s", line);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (strcmp(places[i].what, what) == 0)
            *places[i].at = at;
    if (strcmp(what, "area") == 0)
        target->area_size = size;
}

void steady_hear_places(steady *target)
{
    for (const char *line = hear(target); strcmp(line, "ready") != 0; line = hear(target))
        learn(target, line);
}

static void start(steady *target, const char *program, const char *argument)
{
    int there[2], back[2];
    memset(target, 0, sizeof *target);
    ck_assert_int_eq(pipe2(there, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(back, O_CLOEXEC), 0);
    target->pid = fork();
    ck_assert_int_ge(target->pid, 0);
    if (target->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(there[0], 0) == 0 && dup2(back[1], 1) == 1)
            execl(program, program, argument, (char *)NULL);
        _exit(127);
    }
    close(there[0]);
    close(back[1]);
    target->to = there[1];
    target->from = back[0];
    steady_hear_places(target);
}

void steady_start(steady *target, const char *program)
{
    start(target, program, NULL);
}

void steady_start_small(steady *target, const char *program)
{
    start(target, program, "small");
}

void steady_say(steady *target, const char *line)
{
    ck_assert_int_gt(dprintf(target->to, "%s\n", line), 0);
}

const char *steady_ask(steady *target, const char *line)
{
    steady_say(target, line);
    return hear(target);
}

void steady_end(steady *target)
{
    kill(target->pid, SIGKILL);
    close(target->to);
    close(target->from);
    ck_assert_int_eq(waitpid(target->pid, NULL, 0), target->pid);
}

/* ---- from outside ---- */

static FILE *open_proc(const steady *target, const char *name)
{
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/%.250s", (int)target->pid, name);
    return fopen(path, "re");
}

/* A field of /proc/PID/status. "": there is none. */
static const char *status_of(const steady *target, const char *task, const char *field)
{
    static char line[256];
    char name[300];
    size_t length = strlen(field);
    snprintf(name, sizeof name, "task/%s/status", task);
    FILE *file = open_proc(target, name);
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, field, length) == 0 && line[length] == ':') {
            fclose(file);
            return line + length + 1 + strspn(line + length + 1, "\t ");
        }
    if (file)
        fclose(file);
    return "";
}

static void mix(uint64_t *digest, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        *digest = (*digest ^ (uint8_t)text[i]) * 0x100000001b3u; /* FNV-1a */
}

/* /proc/PID/smaps counts page by page; the sums of /proc/PID/status are only roughly right (proc(5)). The vdso's pages are
 * the kernel's own and every process's: mapping one takes no memory. */
static steady_sight see(const steady *target)
{
    char line[4400];
    uint64_t kib;
    bool is_kernels = false;
    steady_sight sight = { .mappings = 0xcbf29ce484222325u };
    FILE *file = open_proc(target, "smaps");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "Rss: %" SCNu64, &kib) == 1 || sscanf(line, "Swap: %" SCNu64, &kib) == 1)
            sight.resident_kib += is_kernels ? 0 : kib;
        else if (strchr("0123456789abcdef", line[0])) {
            mix(&sight.mappings, line, strlen(line));
            is_kernels = strstr(line, "[vdso]") != NULL;
        }
    }
    fclose(file);
    char task[32];
    snprintf(task, sizeof task, "%d", (int)target->pid);
    sight.tables_kib = strtoull(status_of(target, task, "VmPTE"), NULL, 10);
    return sight;
}

static bool all_wait(const steady *target)
{
    char path[64];
    bool wait = true;
    snprintf(path, sizeof path, "/proc/%d/task", (int)target->pid);
    DIR *tasks = opendir(path);
    ck_assert_ptr_nonnull(tasks);
    for (const struct dirent *entry; wait && (entry = readdir(tasks));) {
        char state = entry->d_name[0] == '.' ? 'S' : *status_of(target, entry->d_name, "State");
        wait = state != 'R' && state != 'D'; /* D: in a page fault, say */
    }
    closedir(tasks);
    return wait;
}

steady_sight steady_look(steady *target)
{
    steady_ask(target, "look");
    see(target);
    steady_ask(target, "look");
    while (!all_wait(target)) /* a thread that has just begun touches memory until then */
        sched_yield();
    return see(target);
}

static const char *harm_of_task(const steady *target, const char *task)
{
    static char words[128];
    const char *state = status_of(target, task, "State");
    if (state[0] != 'S' && state[0] != 'R' && state[0] != 'D') {
        snprintf(words, sizeof words, "thread %.20s is %.60s", task, state);
        return words;
    }
    const char *tracer = status_of(target, task, "TracerPid");
    if (strtol(tracer, NULL, 10) != 0) {
        snprintf(words, sizeof words, "thread %.20s is traced by %.60s", task, tracer);
        return words;
    }
    return NULL;
}

static const char *harm_of_tasks(const steady *target)
{
    char path[64];
    const char *harm = NULL;
    snprintf(path, sizeof path, "/proc/%d/task", (int)target->pid);
    DIR *tasks = opendir(path);
    if (!tasks)
        return "it has ended";
    for (const struct dirent *entry; !harm && (entry = readdir(tasks));)
        if (entry->d_name[0] != '.')
            harm = harm_of_task(target, entry->d_name);
    closedir(tasks);
    return harm;
}

const char *steady_harm(steady *target, const steady_sight *before, bool may_grow)
{
    static char words[256];
    const char *harm = harm_of_tasks(target); /* before it is asked: one that is stopped never answers */
    if (harm)
        return harm;
    const char *answer = steady_ask(target, "look");
    if (strncmp(answer, "interrupted 0, area whole,", 26) != 0) {
        snprintf(words, sizeof words, "it says: %.200s", answer);
        return words;
    }
    steady_sight now = see(target);
    if (now.mappings != before->mappings)
        return "its mappings or their protections have changed";
    if (may_grow || (now.resident_kib <= before->resident_kib && now.tables_kib <= before->tables_kib))
        return NULL;
    snprintf(words, sizeof words, "resident %" PRIu64 " -> %" PRIu64 " KiB, page tables %" PRIu64 " -> %" PRIu64 " KiB",
             before->resident_kib, now.resident_kib, before->tables_kib, now.tables_kib);
    return words;
}
