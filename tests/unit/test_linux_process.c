/* test_linux_process.c - the list of processes and threads, against children whose truth is known and against /proc
 * as the plain eye reads it. */
#define _GNU_SOURCE
#include "check_main.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libmemscan/base/alloc.h"
#include "platform/linux/linux_process.h"
#include "platform/linux/linux_target.h"

/* ---- a child that runs `body`, says so, and stays until its pipe is closed ---- */

typedef struct child {
    pid_t pid;
    int hold;
} child;

static child start(void (*body)(void *), void *argument)
{
    int ready[2], hold[2];
    ck_assert(!pipe(ready) && !pipe(hold));
    child one = { fork(), hold[1] };
    ck_assert_int_ge(one.pid, 0);
    if (!one.pid) {
        close(ready[0]);
        close(hold[1]);
        body(argument);
        if (write(ready[1], "r", 1) != 1)
            _exit(1);
        char byte;
        _exit(read(hold[0], &byte, 1) != 0);
    }
    char byte;
    close(ready[1]);
    close(hold[0]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return one;
}

static void finish(child one)
{
    int status;
    close(one.hold);
    ck_assert_int_eq(waitpid(one.pid, &status, 0), one.pid);
    ck_assert_int_eq(status, 0);
}

/* ---- what a list shows ---- */

typedef struct seen {
    uint64_t wanted, last;
    size_t count, times;
    memscan_process process;
    char name[64], owner[64];
} seen;

static int look(const memscan_process *process, void *context)
{
    seen *all = context;
    ck_assert_uint_gt(process->pid, all->last);
    all->last = process->pid;
    all->count++;
    if (process->pid != all->wanted)
        return 0;
    all->times++;
    all->process = *process;
    snprintf(all->name, sizeof all->name, "%s", process->name);
    snprintf(all->owner, sizeof all->owner, "%s", process->owner);
    return 0;
}

static seen find(pid_t pid)
{
    seen all = { .wanted = (uint64_t)pid };
    memscan_error error;
    ck_assert_int_eq(ms_linux_list(look, &all, &error), MEMSCAN_OK);
    return all;
}

static size_t slurp(const char *path, char *out, size_t capacity)
{
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(out, 1, capacity - 1, file) : 0;
    out[length] = 0;
    if (file)
        fclose(file);
    return length;
}

static void take_name(void *name)
{
    if (prctl(PR_SET_NAME, name))
        _exit(1);
}

START_TEST(hostile_names_are_shown_as_they_are)
{
    static char names[][16] = { ") R 1\n", "\033[31mred\033[0m", "(", "a b", "\xff\xfe", ") Z 1 2 3 4 5 6" };
    char *name = names[_i];
    child one = start(take_name, name);
    seen all = find(one.pid);
    ck_assert_uint_eq(all.times, 1);
    ck_assert_str_eq(all.name, name);
    ck_assert_uint_eq(all.process.parent, (uint64_t)getpid());
    ck_assert_uint_eq(all.process.owner_id, getuid());
    ck_assert_uint_eq(all.process.bits, 8 * sizeof(void *));
    ck_assert_uint_eq(all.process.may_open, 1);
    ck_assert_uint_gt(all.process.resident_bytes, 4096);
    /* The start time, by cutting the name that is known out of the line. */
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", one.pid);
    slurp(path, text, sizeof text);
    char *fields = strchr(text, '(') + strlen(name) + 2;
    unsigned long long start_time = 0;
    ck_assert_int_eq(sscanf(fields, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                            &start_time),
                     1);
    ck_assert_uint_eq(all.process.start_time, start_time);
    finish(one);
}
END_TEST

/* Everything with memory of its own is there, and nothing without but zombies. */
typedef struct listing {
    bool pids[1 << 22];
} listing;

static int mark(const memscan_process *process, void *context)
{
    listing *list = context;
    if (process->pid < 1 << 22)
        list->pids[process->pid] = true;
    return 0;
}

START_TEST(the_list_is_what_proc_holds)
{
    listing *before = calloc(1, sizeof *before), *after = calloc(1, sizeof *after);
    memscan_error error;
    ck_assert_int_eq(ms_linux_list(mark, before, &error), MEMSCAN_OK);
    DIR *proc = opendir("/proc");
    static bool users[1 << 22], kernels[1 << 22];
    char first[4096];
    bool sees_kernel = slurp("/proc/2/status", first, sizeof first) && strstr(first, "Name:\tkthreadd\n");
    for (struct dirent *entry; (entry = readdir(proc));) {
        char path[300], text[4096];
        long pid = strtol(entry->d_name, NULL, 10);
        snprintf(path, sizeof path, "/proc/%s/status", entry->d_name);
        if (pid <= 0 || pid >= 1 << 22 || !slurp(path, text, sizeof text))
            continue;
        if (strstr(text, "\nVmRSS:"))
            users[pid] = true;
        else if (sees_kernel && (pid == 2 || strstr(text, "\nPPid:\t2\n"))) /* what is ending has no memory either */
            kernels[pid] = true;
    }
    closedir(proc);
    ck_assert_int_eq(ms_linux_list(mark, after, &error), MEMSCAN_OK);
    ck_assert(before->pids[getpid()]);
    for (int pid = 0; pid < 1 << 22; pid++) {
        if (!users[pid] && !kernels[pid])
            continue;
        /* Processes come and go: one that is in neither list was there only in between. */
        ck_assert_msg(!kernels[pid] || !before->pids[pid] || !after->pids[pid], "%d has no memory", pid);
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/stat", pid);
        ck_assert_msg(!users[pid] || before->pids[pid] || after->pids[pid] || access(path, F_OK), "%d is missing", pid);
    }
    free(before);
    free(after);
}
END_TEST

/* With few descriptors left, be it for libproc2 or for us: the whole list, or a failure. */
enum { ENOUGH = 4 }; /* for /proc, a process and its file, and one to spare */

static int count_ours(const memscan_process *process, void *context)
{
    *(size_t *)context += process->pid == (uint64_t)getpid() || process->pid == (uint64_t)getppid();
    return 0;
}

static void list_with_few_descriptors(void *argument)
{
    const rlim_t *free_ones = argument;
    int next = dup(0);
    close(next);
    const struct rlimit limit = { (rlim_t)next + *free_ones, (rlim_t)next + *free_ones };
    memscan_error error;
    size_t ours = 0;
    if (next < 0 || setrlimit(RLIMIT_NOFILE, &limit))
        _exit(1);
    memscan_status status = ms_linux_list(count_ours, &ours, &error);
    bool failed = status == MEMSCAN_OS && *error.text && !ours;
    if (status ? !failed || *free_ones >= ENOUGH : ours != 2 || *free_ones == 0)
        _exit(2);
}

START_TEST(no_list_is_shortened_for_want_of_descriptors)
{
    rlim_t free_ones = (rlim_t)_i;
    finish(start(list_with_few_descriptors, &free_ones));
}
END_TEST

static void nothing(void *argument)
{
    (void)argument;
}

/* libproc2's own opens come here, as ours by path do; those below an open directory do not. */
static char refused_path[64];
static int refusals;

__attribute__((visibility("default"))) int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    if (refusals && strcmp(path, refused_path) == 0) {
        refusals--;
        errno = EMFILE;
        return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

START_TEST(what_libproc2_leaves_out_is_noticed)
{
    child one = start(nothing, NULL);
    memscan_error error;
    char named[32];
    snprintf(refused_path, sizeof refused_path, "/proc/%d/stat", (int)one.pid);
    snprintf(named, sizeof named, "process %d ", (int)one.pid);
    usleep(20000); /* it is older than a tick of the clock that start times are told by */
    refusals = 1;
    ck_assert_uint_eq(find(one.pid).times, 1);
    ck_assert_int_eq(refusals, 0);
    refusals = 100;
    seen all = { .wanted = (uint64_t)one.pid };
    ck_assert_int_eq(ms_linux_list(look, &all, &error), MEMSCAN_OS);
    refusals = 0;
    ck_assert_uint_eq(all.count, 0);
    ck_assert_msg(strstr(error.text, named) != NULL, "%s", error.text);
    finish(one);
}
END_TEST

static void become_nobody(void *argument)
{
    (void)argument;
    if (getuid() == 0 && (setgid(65534) || setuid(65534)))
        _exit(1);
    seen all = { .wanted = 1 };
    if (ms_linux_list(look, &all, NULL) || all.times != 1 || all.process.may_open || all.process.bits)
        _exit(2);
}

START_TEST(what_is_not_permitted_is_said)
{
    finish(start(become_nobody, NULL));
}
END_TEST

static int stop_at_once(const memscan_process *process, void *context)
{
    (void)process;
    ++*(int *)context;
    return 1;
}

START_TEST(a_visitor_ends_the_walk)
{
    int calls = 0;
    memscan_error error;
    ck_assert_int_eq(ms_linux_list(stop_at_once, &calls, &error), MEMSCAN_STOPPED);
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(error.status, MEMSCAN_STOPPED);
}
END_TEST

/* ---- one process ---- */

START_TEST(path_and_arguments)
{
    int hold[2];
    ck_assert(!pipe(hold));
    pid_t pid = fork();
    if (!pid) {
        close(hold[1]);
        dup2(hold[0], 0);
        int pipe_end = open("/dev/null", 1);
        dup2(pipe_end, 1);
        execl("/bin/cat", "my \033game.exe", "-", "-", (char *)NULL);
        _exit(127);
    }
    close(hold[0]);
    char path[4096] = "", command[256], link[64], want[4096];
    size_t length = 0;
    memscan_error error;
    snprintf(link, sizeof link, "/proc/%d/exe", pid);
    while (!strstr(path, "cat") || !length) /* until it has executed: the arguments appear after the path */
        ck_assert_int_eq(ms_linux_describe((uint64_t)pid, path, sizeof path, command, sizeof command, &length, &error),
                         MEMSCAN_OK);
    ms_linux_describe((uint64_t)pid, path, sizeof path, command, sizeof command, &length, &error);
    ssize_t want_length = readlink(link, want, sizeof want - 1);
    want[want_length] = 0;
    ck_assert_str_eq(path, want);
    ck_assert_uint_eq(length, 17);
    ck_assert_mem_eq(command, "my \033game.exe\0-\0-", 17);
    /* Cut: the path ends in NUL, the last argument too. */
    ck_assert_int_eq(ms_linux_describe((uint64_t)pid, path, 5, command, 4, &length, &error), MEMSCAN_OK);
    ck_assert_uint_eq(strlen(path), 4);
    ck_assert_uint_eq(length, 4);
    ck_assert_mem_eq(command, "my ", 4);
    close(hold[1]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    ck_assert_int_eq(ms_linux_describe((uint64_t)pid, path, 5, command, 4, &length, &error), MEMSCAN_NOT_FOUND);
}
END_TEST

/* ---- threads ---- */

static void *wait_for_ever(void *name)
{
    pthread_setname_np(pthread_self(), name);
    pause();
    return NULL;
}

static void three_threads(void *argument)
{
    (void)argument;
    static char names[3][16] = { "render", ") R 1\n", "\033[2J" };
    prctl(PR_SET_NAME, "main");
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, wait_for_ever, names[i]))
            _exit(1);
        char name[16] = "";
        while (strcmp(name, names[i])) /* it takes its name itself */
            if (pthread_getname_np(thread, name, sizeof name))
                _exit(1);
    }
}

typedef struct threads_seen {
    size_t count;
    uint64_t main_id;
    char names[8][16];
} threads_seen;

static int look_at_thread(const memscan_thread *thread, void *context)
{
    threads_seen *all = context;
    if (all->count < 8)
        snprintf(all->names[all->count], sizeof all->names[0], "%s", thread->name);
    if (!strcmp(thread->name, "main"))
        all->main_id = thread->id;
    all->count++;
    ck_assert(strchr("RSDTtI", thread->state) != NULL);
    return 0;
}

START_TEST(threads_by_name)
{
    child one = start(three_threads, NULL);
    char locator[16];
    snprintf(locator, sizeof locator, "%d", one.pid);
    memscan_platform_open request = { locator, MEMSCAN_READ, &ms_default_allocator, 1000 };
    void *state = NULL;
    memscan_error error;
    ck_assert_int_eq(ms_linux_open(&request, &state, &error), MEMSCAN_OK);
    threads_seen all = { 0 };
    ck_assert_int_eq(ms_linux_threads(state, look_at_thread, &all, &error), MEMSCAN_OK);
    ck_assert_uint_eq(all.count, 4);
    ck_assert_uint_eq(all.main_id, (uint64_t)one.pid);
    static const char *const want[] = { "main", "render", ") R 1\n", "\033[2J" };
    for (size_t i = 0; i < 4; i++) {
        size_t found = 0;
        for (size_t j = 0; j < 4; j++)
            found += !strcmp(want[i], all.names[j]);
        ck_assert_uint_eq(found, 1);
    }
    finish(one);
    ck_assert_int_eq(ms_linux_threads(state, look_at_thread, &all, &error), MEMSCAN_GONE);
    ms_linux_close(state);
}
END_TEST

START_TEST(who_we_are)
{
    ck_assert_uint_eq(ms_linux_self(), (uint64_t)getpid());
    child one = start(nothing, NULL);
    ck_assert_uint_eq(find(one.pid).times, 1);
    finish(one);
    ck_assert_uint_eq(find(one.pid).times, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_process");
    TCase *list = tcase_create("list");
    tcase_add_loop_test(list, hostile_names_are_shown_as_they_are, 0, 6);
    tcase_add_test(list, the_list_is_what_proc_holds);
    tcase_add_loop_test(list, no_list_is_shortened_for_want_of_descriptors, 0, ENOUGH + 1);
    tcase_add_test(list, what_libproc2_leaves_out_is_noticed);
    tcase_add_test(list, what_is_not_permitted_is_said);
    tcase_add_test(list, a_visitor_ends_the_walk);
    tcase_add_test(list, path_and_arguments);
    tcase_add_test(list, threads_by_name);
    tcase_add_test(list, who_we_are);
    tcase_set_timeout(list, 30);
    suite_add_tcase(suite, list);
    return suite;
}
