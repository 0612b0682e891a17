/* linux_process.c - processes by libproc2, threads by hand.
 *
 * libproc2 says which processes there are, whose, and how large. Names it shows with every odd byte replaced by '.',
 * so the exact one is read again from "stat", and with it the start time: a process is only shown when both readings
 * mean the same one. What libproc2 cannot open or read it leaves out in silence, or takes for zero; so it is held to what
 * /proc lists, and asked for no size. Its results are taken out of the stack's fields, not by PIDS_VAL, whose parameters differ
 * between 4.0.4 and 4.0.5 (procps NEWS). */
#define _GNU_SOURCE
#include "linux_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <libproc2/pids.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "linux_library.h"
#include "linux_names.h"
#include "linux_proc.h"
#include "linux_target.h"

uint64_t ms_linux_self(void)
{
    return (uint64_t)getpid();
}

static int open_process(uint64_t pid)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%llu", (unsigned long long)pid);
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ------------------------------------------------------------------------------------------------ the list */

#define CALLS(with) with(procps_pids_new) with(procps_pids_reap) with(procps_pids_sort) with(procps_pids_unref)

typedef struct libproc2 {
    CALLS(MS_LIBRARY_POINTER)
} libproc2;

static const linux_library library = { "cannot list the processes", "libproc2-0" };

enum { ITEM_PID, ITEM_OWNER_ID, ITEM_OWNER, ITEM_START, ITEM_COUNT };

static bool read_stat_at(int directory, const char *name, linux_stat_line *line)
{
    char text[1024];
    ptrdiff_t length = ms_linux_proc_read(directory, name, text, sizeof text);
    return length > 0 && ms_linux_stat_parse(text, (size_t)length, line);
}

/* The auxiliary vector begins with a small number as wide as a pointer (getauxval(3)): in a 64-bit one, the bytes
 * 4 to 7 are zero; in a 32-bit one they hold that entry's value, which is an address. */
static uint8_t bits_of(int directory)
{
    char head[9];
    uint32_t second;
    if (ms_linux_proc_read(directory, "auxv", head, sizeof head) < 8)
        return 0;
    memcpy(&second, head + 4, sizeof second);
    return second ? 32 : 64;
}

/* Opening it is the permission check itself (ptrace(2), "Ptrace access mode checking"), and harmless. */
static bool may_open(int directory, char state)
{
    int fd = state == 'Z' || state == 'X' ? -1 : openat(directory, "mem", O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool has_ended(int os_code)
{
    return os_code == ENOENT || os_code == ESRCH;
}

/* Whether a process that could not be read is rightly left out: it ended, or is hidden from us (proc(5), "hidepid"). */
static bool is_out_of_sight(int os_code)
{
    return os_code == 0 || has_ended(os_code) || os_code == EACCES || os_code == EPERM;
}

/* Fills what is read by hand. False: the process is gone, another one by now, or a thread of the kernel's. */
static bool look_closer(int directory, linux_stat_line *line, memscan_process *process)
{
    if (directory < 0 || !read_stat_at(directory, "stat", line))
        return false;
    if (line->kernel_thread || line->start_time != process->start_time) {
        errno = 0; /* a read that was made again may have left another */
        return false;
    }
    process->parent = line->parent;
    process->name = line->name;
    process->resident_bytes = line->resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
    process->may_open = may_open(directory, line->state);
    process->bits = process->may_open ? bits_of(directory) : 0;
    return true;
}

/* libproc2 has no owner where it could not read one, and no id then either. The folder is its effective user's (proc(5)). */
static bool find_owner(int directory, memscan_process *process, char *text, size_t capacity)
{
    struct stat folder;
    if (process->owner)
        return true;
    if (fstat(directory, &folder) != 0)
        return false;
    process->owner_id = folder.st_uid;
    snprintf(text, capacity, "%u", (unsigned)folder.st_uid);
    process->owner = text;
    return true;
}

static memscan_status list_failed(int os_code, memscan_error *error)
{
    if (os_code == ENOMEM)
        return ms_fail_memory(error);
    return ms_fail_os(error, MEMSCAN_OS, os_code, "cannot list the processes: %s", ms_linux_error_text(os_code));
}

static memscan_status show_process(const struct pids_stack *stack, memscan_process_fn *visit, void *context,
                                   memscan_error *error)
{
    const struct pids_result *items = stack->head;
    memscan_process process = { .pid = (uint64_t)items[ITEM_PID].result.s_int,
                                .start_time = items[ITEM_START].result.ull_int,
                                .owner_id = items[ITEM_OWNER_ID].result.u_int,
                                .owner = items[ITEM_OWNER].result.str };
    linux_stat_line line;
    char owner[16];
    errno = 0;
    int directory = open_process(process.pid);
    bool shown = look_closer(directory, &line, &process) && find_owner(directory, &process, owner, sizeof owner);
    int os_code = errno;
    if (directory >= 0)
        close(directory);
    if (ms_linux_is_shortage(os_code) || (!shown && !is_out_of_sight(os_code)))
        return list_failed(os_code, error);
    if (shown && visit(&process, context))
        return ms_fail(error, MEMSCAN_STOPPED, "the walk was ended by its visitor");
    return MEMSCAN_OK;
}

/* Now, as start times are told. */
static uint64_t ticks_now(void)
{
    struct timespec now;
    uint64_t a_second = (uint64_t)sysconf(_SC_CLK_TCK);
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * a_second + (uint64_t)now.tv_nsec * a_second / 1000000000;
}

static int compare_pid(const void *pid, const void *stack)
{
    uint64_t wanted = *(const uint64_t *)pid,
             listed = (uint64_t)(*(struct pids_stack *const *)stack)->head->result.s_int;
    return (wanted > listed) - (wanted < listed);
}

typedef struct listed {
    struct pids_stack **stacks; /* in ascending order of their processes */
    size_t count;
    uint64_t begun;    /* when the walk that found them began */
    uint64_t left_out; /* a process that they lack; 0: none */
} listed;

/* One that libproc2 did not list: rightly, where it cannot be read or began no earlier than the walk. */
static memscan_status check_unlisted(int proc, uint64_t pid, listed *all, memscan_error *error)
{
    char path[32];
    linux_stat_line line;
    snprintf(path, sizeof path, "%llu/stat", (unsigned long long)pid);
    errno = 0;
    if (!read_stat_at(proc, path, &line))
        return is_out_of_sight(errno) ? MEMSCAN_OK : list_failed(errno, error);
    if (line.start_time < all->begun)
        all->left_out = pid;
    return MEMSCAN_OK;
}

static memscan_status check_complete(listed *all, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    DIR *proc = opendir("/proc");
    if (!proc)
        return list_failed(errno, error);
    errno = 0;
    for (struct dirent *entry; status == MEMSCAN_OK && (entry = readdir(proc)); errno = 0) {
        uint64_t pid;
        if (ms_parse_u64(entry->d_name, strlen(entry->d_name), &pid) &&
            !bsearch(&pid, all->stacks, all->count, sizeof(struct pids_stack *), compare_pid))
            status = check_unlisted(dirfd(proc), pid, all, error);
    }
    if (status == MEMSCAN_OK && errno)
        status = list_failed(errno, error);
    closedir(proc);
    return status;
}

static memscan_status walk(const libproc2 *proc2, struct pids_info *info, listed *all, memscan_error *error)
{
    *all = (listed){ .begun = ticks_now() };
    errno = 0;
    struct pids_fetch *fetched = proc2->procps_pids_reap(info, PIDS_FETCH_TASKS_ONLY);
    if (!fetched)
        return list_failed(errno, error);
    all->count = (size_t)fetched->counts->total;
    all->stacks = proc2->procps_pids_sort(info, fetched->stacks, fetched->counts->total, PIDS_ID_PID, PIDS_SORT_ASCEND);
    return all->stacks ? check_complete(all, error) : list_failed(errno, error);
}

static memscan_status show_all(const libproc2 *proc2, struct pids_info *info, memscan_process_fn *visit, void *context,
                               memscan_error *error)
{
    enum { WALKS = 3 }; /* what stood in the way once need not do so again */
    listed all = { .left_out = 1 };
    memscan_status status = MEMSCAN_OK;
    for (int i = 0; i < WALKS && status == MEMSCAN_OK && all.left_out; i++)
        status = walk(proc2, info, &all, error);
    if (status == MEMSCAN_OK && all.left_out)
        return ms_fail(error, MEMSCAN_OS, "cannot list the processes: process %llu could not be read",
                       (unsigned long long)all.left_out);
    for (size_t i = 0; i < all.count && status == MEMSCAN_OK; i++)
        status = show_process(all.stacks[i], visit, context, error);
    return status;
}

memscan_status ms_linux_list(memscan_process_fn *visit, void *context, memscan_error *error)
{
    /* Few items: each kind of them is another file per process. */
    enum pids_item items[ITEM_COUNT] = { PIDS_ID_PID, PIDS_ID_RUID, PIDS_ID_RUSER, PIDS_TICS_BEGAN };
    struct pids_info *info = NULL;
    libproc2 proc2;
    memscan_status status = MS_LIBRARY_FILL(&library, CALLS, &proc2, error);
    if (status)
        return status;
    int failed = proc2.procps_pids_new(&info, items, ITEM_COUNT);
    if (failed < 0)
        return list_failed(-failed, error);
    status = show_all(&proc2, info, visit, context, error);
    proc2.procps_pids_unref(&info);
    return status;
}

/* ------------------------------------------------------------------------------------------------ one process */

/* The kernel ends the name of an executable that was unlinked with " (deleted)", as a file may be named, too. */
static void drop_deleted(int directory, char *path)
{
    static const char suffix[] = " (deleted)";
    size_t length = strlen(path);
    linux_stat found;
    if (length < sizeof suffix || strcmp(path + length - (sizeof suffix - 1), suffix))
        return;
    int root = ms_linux_root_open(&ms_linux_sys, directory);
    if (!ms_linux_name_stat(&ms_linux_sys, root, path, &found))
        path[length - (sizeof suffix - 1)] = 0;
    if (root >= 0)
        close(root);
}

static void read_path(int directory, char *path, size_t capacity)
{
    char whole[4096];
    ssize_t length = readlinkat(directory, "exe", whole, sizeof whole - 1);
    whole[length > 0 ? length : 0] = 0;
    drop_deleted(directory, whole);
    ms_text text;
    ms_text_init(&text, path, capacity);
    ms_text_add(&text, whole);
}

/* A process may overwrite its arguments, so the last may lack its NUL; so does one that is cut. */
static size_t read_command(int directory, char *command, size_t capacity)
{
    if (!capacity)
        return 0;
    ptrdiff_t length = ms_linux_proc_read(directory, "cmdline", command, capacity);
    if (length <= 0)
        return 0;
    return (size_t)length + (command[length - 1] != 0);
}

memscan_status ms_linux_describe(uint64_t pid, char *path, size_t path_capacity, char *command, size_t command_capacity,
                                 size_t *command_length, memscan_error *error)
{
    int directory = open_process(pid);
    if (directory < 0 && has_ended(errno))
        return ms_fail_os(error, MEMSCAN_NOT_FOUND, errno, "there is no process %llu", (unsigned long long)pid);
    if (directory < 0)
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot open /proc of process %llu: %s", (unsigned long long)pid,
                          ms_linux_error_text(errno));
    read_path(directory, path, path_capacity);
    *command_length = read_command(directory, command, command_capacity);
    close(directory);
    return MEMSCAN_OK;
}

/* ------------------------------------------------------------------------------------------------ threads */

static memscan_status threads_failed(int os_code, memscan_error *error)
{
    if (os_code == ENOMEM)
        return ms_fail_memory(error);
    if (has_ended(os_code))
        return ms_fail_os(error, MEMSCAN_GONE, os_code, "the target's threads are gone: %s",
                          ms_linux_error_text(os_code));
    return ms_fail_os(error, MEMSCAN_OS, os_code, "cannot list the target's threads: %s", ms_linux_error_text(os_code));
}

static memscan_status show_thread(int tasks, const char *number, memscan_thread_fn *visit, void *context,
                                  memscan_error *error)
{
    char path[64];
    linux_stat_line line;
    memscan_thread thread = { .name = line.name };
    if (!ms_parse_u64(number, strlen(number), &thread.id))
        return MEMSCAN_OK;
    snprintf(path, sizeof path, "%llu/stat", (unsigned long long)thread.id);
    errno = 0;
    if (!read_stat_at(tasks, path, &line)) /* ended meanwhile */
        return errno == 0 || has_ended(errno) ? MEMSCAN_OK : threads_failed(errno, error);
    thread.state = line.state;
    return visit(&thread, context) ? ms_fail(error, MEMSCAN_STOPPED, "the walk was ended by its visitor") : MEMSCAN_OK;
}

memscan_status ms_linux_threads(void *state, memscan_thread_fn *visit, void *context, memscan_error *error)
{
    linux_target *target = state;
    memscan_status status = ms_linux_alive(target, error);
    if (status)
        return status;
    int fd = openat(target->proc_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
    if (!tasks) {
        int os_code = errno;
        if (fd >= 0)
            close(fd);
        return threads_failed(os_code, error);
    }
    for (struct dirent *entry; !status && (entry = readdir(tasks));)
        status = show_thread(fd, entry->d_name, visit, context, error);
    closedir(tasks);
    return status;
}
