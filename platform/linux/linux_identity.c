/* linux_identity.c - binds a target to a process image, and says whether that image is still there.
 *
 * The order of opening is what makes it hold. The directory /proc/PID comes first and pins one process; the pidfd is
 * taken by number, and then the directory is asked once more: while it still answers, the number cannot have changed
 * its owner, so that both mean the same process. All else is opened through the directory. */
#define _GNU_SOURCE
#include "linux_target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "linux_absent.h"
#include "linux_denied.h"
#include "linux_proc.h"
#include "linux_where.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434 /* the same on every architecture */
#endif

/* ---- what went wrong ---- */

static memscan_status no_process(uint64_t pid, memscan_error *error)
{
    return ms_fail_os(error, MEMSCAN_NOT_FOUND, ESRCH, "there is no process %llu", (unsigned long long)pid);
}

static memscan_status open_failed(const linux_target *target, const char *what, int os_code, memscan_error *error)
{
    if (os_code == ENOENT || os_code == ESRCH)
        return no_process(target->pid, error);
    if (os_code == EACCES || os_code == EPERM)
        return ms_linux_explain_denied(target->pid, os_code, error);
    return ms_fail_os(error, MEMSCAN_OS, os_code, "cannot open %s of process %llu: %s", what,
                      (unsigned long long)target->pid, ms_linux_error_text(os_code));
}

/* ---- the pieces of /proc/PID ---- */

ssize_t ms_linux_small_file(const linux_target *target, const char *name, void *out, size_t capacity)
{
    int fd = target->sys->openat(target->proc_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0 && length < capacity - 1) {
        got = target->sys->pread(fd, (char *)out + length, capacity - 1 - length, length);
        if (got > 0)
            length += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    int os_code = errno;
    close(fd);
    errno = os_code;
    ((char *)out)[length] = 0;
    return got < 0 ? -1 : (ssize_t)length;
}

/* A process that is gone has no text, or none that proc_pid_stat(5) would know. */
static memscan_status read_stat(const linux_target *target, linux_stat_line *line, memscan_error *error)
{
    char text[1024];
    ssize_t length = ms_linux_small_file(target, "stat", text, sizeof text);
    if (length < 0)
        return open_failed(target, "the state", errno, error);
    return length > 0 && ms_linux_stat_parse(text, (size_t)length, line) ? MEMSCAN_OK : no_process(target->pid, error);
}

/* The auxiliary vector is pairs of the target's own words, and always holds AT_PAGESZ, a small power of two
 * (getauxval(3)). Read as 64-bit pairs, a 32-bit vector cannot look like that. */
static uint8_t width_of(const linux_target *target, const uint64_t *pairs, ssize_t length)
{
    enum { AUXV_NULL = 0, AUXV_PAGE_SIZE = 6 };
    for (ssize_t i = 0; length > 0 && i + 1 < length / 8; i += 2) {
        if (pairs[i] == AUXV_NULL)
            break;
        if (pairs[i] == AUXV_PAGE_SIZE)
            return pairs[i + 1] == target->page_size ? 8 : 4;
        if (pairs[i] > UINT16_MAX)
            return 4;
    }
    return sizeof(void *);
}

static memscan_status read_width(linux_target *target, memscan_error *error)
{
    uint64_t pairs[128];
    ssize_t length = ms_linux_small_file(target, "auxv", pairs, sizeof pairs);
    if (length < 0)
        return open_failed(target, "the auxiliary vector", errno, error);
    target->pointer_width = width_of(target, pairs, length);
    return MEMSCAN_OK;
}

/* ---- whether the image is still there ---- */

/* Asked of the page map, which no one is held up by: of mem, an address where nothing is mapped makes the kernel look for a
 * stack that could grow down to it, and for that it locks the whole map for writing (mm/memory.c, __access_remote_vm), against
 * the target's own faults and our other readers. Both files are of the image that was opened: a living one answers with an
 * entry, or with EIO or a byte; a dead one with the end of the file (mmget_not_zero in fs/proc). */
static ssize_t ask_image(const linux_target *target, bool by_pages)
{
    uint64_t entry;
    char byte;
    ssize_t got;
    do
        got = by_pages ? target->sys->pread(target->pagemap_fd, &entry, sizeof entry, 0)
                       : target->sys->pread(target->mem_fd, &byte, sizeof byte, 0);
    while (got < 0 && errno == EINTR);
    return got;
}

/* The pidfd adds the case of an image that outlives its process in another one (vfork). */
static memscan_status is_alive(linux_target *target, bool by_pages, memscan_error *error)
{
    ssize_t got = ask_image(target, by_pages);
    if (got == 0)
        return ms_linux_fail_gone(error);
    int os_code = errno;
    if (got < 0 && (by_pages || (os_code != EIO && os_code != EFAULT)))
        return ms_fail_os(error, MEMSCAN_OS, os_code, "cannot ask the memory of process %llu: %s",
                          (unsigned long long)target->pid, ms_linux_error_text(os_code));
    if (target->pid_fd >= 0 && target->sys->ended(target->pid_fd) > 0)
        return ms_linux_fail_gone(error);
    return MEMSCAN_OK;
}

/* ---- opening ---- */

static int flags_of(int access)
{
    return access | O_CLOEXEC | O_NOFOLLOW;
}

/* The pid in the eyes of the /proc that is mounted here: another one when it belongs to another pid namespace. */
static bool same_namespace(const linux_target *target)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", target->pid_fd);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (length <= 0)
        return true;
    text[length] = 0;
    const char *line = strstr(text, "\nPid:\t");
    unsigned long long pid = 0;
    return !line || sscanf(line, "\nPid:\t%llu", &pid) != 1 || pid == target->pid;
}

static memscan_status open_pid_fd(linux_target *target, memscan_error *error)
{
    target->pid_fd = (int)syscall(SYS_pidfd_open, (pid_t)target->pid, 0);
    if (target->pid_fd >= 0) {
        if (same_namespace(target))
            return MEMSCAN_OK;
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "/proc shows the processes of another pid namespace");
    }
    if (errno == ESRCH)
        return no_process(target->pid, error);
    if (errno == EINVAL || errno == ENOENT)
        return ms_fail_os(error, MEMSCAN_NOT_FOUND, errno, "%llu is a thread, not a process",
                          (unsigned long long)target->pid);
    if (errno == EMFILE || errno == ENFILE)
        return open_failed(target, "a pidfd", errno, error);
    return MEMSCAN_OK; /* before Linux 5.3, or filtered away: mem_fd tells of the end as well */
}

static memscan_status open_proc(linux_target *target, memscan_error *error)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%llu", (unsigned long long)target->pid);
    target->proc_fd = target->sys->openat(AT_FDCWD, path, flags_of(O_RDONLY | O_DIRECTORY));
    if (target->proc_fd < 0)
        return open_failed(target, "/proc", errno, error);
    linux_stat_line line;
    memscan_status status = read_stat(target, &line, error);
    if (status != MEMSCAN_OK)
        return status;
    target->start_time = line.start_time;
    memcpy(target->name, line.name, sizeof target->name);
    status = open_pid_fd(target, error);
    if (status == MEMSCAN_OK)
        status = read_stat(target, &line, error);
    if (status == MEMSCAN_OK && line.start_time != target->start_time)
        return no_process(target->pid, error);
    return status;
}

static memscan_status open_image(linux_target *target, memscan_error *error)
{
    int access = target->access & MEMSCAN_WRITE ? O_RDWR : O_RDONLY;
    target->mem_fd = target->sys->openat(target->proc_fd, "mem", flags_of(access));
    if (target->mem_fd < 0)
        return open_failed(target, "the memory", errno, error);
    target->maps_fd = target->sys->openat(target->proc_fd, "maps", flags_of(O_RDONLY));
    if (target->maps_fd < 0)
        return open_failed(target, "the map", errno, error);
    /* Without it all pages would be read through the target: that is for kernels that have none or forbid it, no way out
     * when descriptors have run out. */
    target->pagemap_fd = target->sys->openat(target->proc_fd, "pagemap", flags_of(O_RDONLY));
    if (target->pagemap_fd < 0 && errno != ENOENT && errno != EACCES && errno != EPERM)
        return open_failed(target, "the page map", errno, error);
    memscan_status status = read_width(target, error);
    if (status == MEMSCAN_OK)
        status = is_alive(target, false, error); /* by mem: all that was opened later is of the same image then */
    if (status == MEMSCAN_GONE)                  /* a kernel thread has no image; or it ended just now */
        return ms_fail(error, MEMSCAN_NOT_FOUND, "process %llu has no memory: a kernel thread, or it has just ended",
                       (unsigned long long)target->pid);
    return status;
}

/* Between "mem" and "maps" the process may have executed another program: then mem is silent, which open_image's
 * last look finds. */
static memscan_status open_all(linux_target *target, memscan_error *error)
{
    memscan_status status = open_proc(target, error);
    if (status == MEMSCAN_OK)
        status = open_image(target, error);
    if (status == MEMSCAN_OK)
        status = ms_linux_guard_open(target, error);
    if (status == MEMSCAN_OK)
        status = ms_linux_backing_open(target, error);
    return status;
}

static memscan_status parse_pid(const char *locator, uint64_t *pid, memscan_error *error)
{
    if (strcmp(locator, "self") == 0) {
        *pid = (uint64_t)getpid();
        return MEMSCAN_OK;
    }
    if (ms_parse_u64(locator, strlen(locator), pid) && *pid > 0 && *pid <= INT32_MAX)
        return MEMSCAN_OK;
    char shown[64];
    memscan_escape(locator, shown, sizeof shown);
    return ms_fail(error, MEMSCAN_INVALID, "'%s' is not a process id", shown);
}

memscan_status ms_linux_open_through(const linux_sys *sys, const memscan_platform_open *request, void **state,
                                     memscan_error *error)
{
    uint64_t pid = 0;
    memscan_status status = parse_pid(request->locator, &pid, error);
    if (status != MEMSCAN_OK)
        return status;
    linux_target *target = ms_alloc(request->allocator, sizeof *target);
    if (!target)
        return ms_fail_memory(error);
    *target = (linux_target){
        .allocator = request->allocator,
        .sys = sys,
        .pid = pid,
        .access = request->access,
        .read_timeout_ms = request->read_timeout_ms,
        .page_size = (uint32_t)sysconf(_SC_PAGESIZE),
        .proc_fd = -1,
        .pid_fd = -1,
        .maps_fd = -1,
        .mem_fd = -1,
        .pagemap_fd = -1,
    };
    status = open_all(target, error);
    if (status != MEMSCAN_OK)
        ms_linux_close(target);
    else
        *state = target;
    return status;
}

memscan_status ms_linux_open(const memscan_platform_open *request, void **state, memscan_error *error)
{
    return ms_linux_open_through(&ms_linux_sys, request, state, error);
}

void ms_linux_close(void *state)
{
    linux_target *target = state;
    ms_linux_stop_close(target);
    ms_linux_symbols_close(target);
    ms_linux_untrack(target);
    ms_linux_backing_close(target);
    ms_linux_guard_close(target);
    int fds[] = { target->pagemap_fd, target->mem_fd, target->maps_fd, target->pid_fd, target->proc_fd };
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    ms_linux_where_close(target);
    ms_free(target->allocator, target, sizeof *target);
}

/* ---- what is true of it ---- */

memscan_status ms_linux_facts(void *state, memscan_platform_facts *facts, memscan_error *error)
{
    (void)error;
    linux_target *target = state;
    const uint16_t one = 1;
    memscan_facts *about = &facts->target;
    about->pid = target->pid;
    about->start_time = target->start_time;
    about->lowest_address = 0;
    about->highest_address = target->pointer_width == 4 ? UINT32_MAX : UINT64_MAX;
    about->page_size = target->page_size;
    about->layout = (memscan_layout){ target->pointer_width, *(const uint8_t *)&one == 0 };
    about->writable = (target->access & MEMSCAN_WRITE) != 0;
    memcpy(about->name, target->name, sizeof about->name);
    facts->capabilities = (target->access & MEMSCAN_WRITE ? MEMSCAN_CAN_WRITE : 0) |
                          (target->pagemap_fd >= 0 ? MEMSCAN_CAN_RESIDENCY : 0) | MEMSCAN_CAN_BACKING;
    facts->max_readers = 0;
    /* A fifth of what a page table maps: that and what it is copied from lie in the second cache together. With huge pages
     * the copy itself takes 15% longer for a third. */
    facts->best_read_size = 410 * 1024;
    return MEMSCAN_OK;
}

memscan_status ms_linux_alive(void *state, memscan_error *error)
{
    linux_target *target = state;
    return is_alive(target, target->pagemap_fd >= 0, error);
}
