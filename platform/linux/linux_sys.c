/* linux_sys.c - the real system calls behind linux_sys.h. Raw where the C library may lack them. */
#define _GNU_SOURCE
#include "linux_sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"

static ssize_t real_vm_readv(pid_t pid, const struct iovec *local, size_t local_count, const struct iovec *remote,
                             size_t remote_count)
{
    return process_vm_readv(pid, local, local_count, remote, remote_count, 0);
}

/* preadv and pwritev take the offset in two words on every architecture (the high one is ignored where the low one
 * holds it all). Called raw, since pread(3) is a cancellation point: it would change the state of the thread, which a
 * helper of linux_guarded.c shares with the thread that waits for it. */
static ssize_t real_pread(int fd, void *buffer, size_t size, uint64_t offset)
{
    struct iovec one = { buffer, size };
    return syscall(SYS_preadv, fd, &one, 1ul, (unsigned long)offset, (unsigned long)(offset >> 32));
}

static ssize_t real_pwrite(int fd, const void *buffer, size_t size, uint64_t offset)
{
    struct iovec one = { (void *)(uintptr_t)buffer, size };
    return syscall(SYS_pwritev, fd, &one, 1ul, (unsigned long)offset, (unsigned long)(offset >> 32));
}

static int real_pagemap_scan(int fd, linux_pagemap_scan *scan)
{
    return ioctl(fd, LINUX_PAGEMAP_SCAN, scan);
}

static long real_page_nodes(pid_t pid, size_t count, void **pages, int *nodes)
{
    return syscall(SYS_move_pages, (long)pid, (unsigned long)count, pages, NULL, nodes, 0l);
}

static int real_map_query(int fd, linux_procmap_query *query)
{
    return ioctl(fd, LINUX_PROCMAP_QUERY, query);
}

static int real_ended(int pid_fd)
{
    struct pollfd one = { .fd = pid_fd, .events = POLLIN };
    return poll(&one, 1, 0);
}

static int real_openat(int directory_fd, const char *path, int flags)
{
    return (int)syscall(SYS_openat, directory_fd, path, flags | O_LARGEFILE, 0); /* raw, as above */
}

#ifndef SYS_openat2
#define SYS_openat2 437 /* the same on every architecture */
#endif

static int real_openat2(int directory_fd, const char *path, int flags, uint64_t resolve)
{
    struct {
        uint64_t flags, mode, resolve;
    } how = { (uint64_t)(unsigned)flags, 0, resolve };
    return (int)syscall(SYS_openat2, directory_fd, path, &how, sizeof how);
}

/* AT_STATX_DONT_SYNC: what the kernel knows already, so that a hung server cannot hold us. */
static int real_stat(int fd, linux_stat *result)
{
    struct statx answer;
    if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &answer) != 0)
        return -1;
    *result = (linux_stat){ .inode = answer.stx_ino,
                            .size = answer.stx_size,
                            .device_major = answer.stx_dev_major,
                            .device_minor = answer.stx_dev_minor,
                            .mode = answer.stx_mode };
    return 0;
}

static int64_t real_seek(int fd, int64_t offset, int whence)
{
    return lseek64(fd, offset, whence);
}

/* Raw: the C library declares the request as an enum of those that it knows. */
static long real_trace(int request, pid_t thread, uintptr_t address, void *data)
{
    return syscall(SYS_ptrace, (long)request, (long)thread, address, data);
}

const linux_sys ms_linux_sys = {
    .vm_readv = real_vm_readv,
    .pread = real_pread,
    .pwrite = real_pwrite,
    .pagemap_scan = real_pagemap_scan,
    .page_nodes = real_page_nodes,
    .map_query = real_map_query,
    .ended = real_ended,
    .openat = real_openat,
    .openat2 = real_openat2,
    .stat = real_stat,
    .seek = real_seek,
    .trace = real_trace,
};

const char *ms_linux_error_text(int os_code)
{
#ifdef __GLIBC__
    const char *text = strerrordesc_np(os_code); /* strerror would follow the locale */
#else
    const char *text = strerror(os_code);
#endif
    return text ? text : "unknown error";
}

bool ms_linux_is_shortage(int os_code)
{
    return os_code == ENOMEM || os_code == EMFILE || os_code == ENFILE;
}

memscan_status ms_linux_fail_gone(memscan_error *error)
{
    return ms_fail(error, MEMSCAN_GONE, "the target ended, or executes another program now");
}
