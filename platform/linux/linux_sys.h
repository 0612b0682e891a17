/* linux_sys.h - the system calls that touch a target, as a table, so that a test can make the n-th one fail, be cut
 * short or be interrupted. All behave as the calls of their names: -1 and errno on failure. */
#ifndef MS_LINUX_SYS_H
#define MS_LINUX_SYS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <memscan/base.h>

#include "linux_uapi.h"

/* What we ask of a file; from statx(2), without asking a server again. */
typedef struct linux_stat {
    uint64_t inode;
    uint64_t size;
    uint32_t device_major, device_minor;
    uint32_t mode; /* S_IFMT and permissions */
} linux_stat;

typedef struct linux_sys {
    ssize_t (*vm_readv)(pid_t pid, const struct iovec *local, size_t local_count, const struct iovec *remote,
                        size_t remote_count);
    ssize_t (*pread)(int fd, void *buffer, size_t size, uint64_t offset);
    ssize_t (*pwrite)(int fd, const void *buffer, size_t size, uint64_t offset);
    int (*pagemap_scan)(int fd, linux_pagemap_scan *scan); /* the number of regions filled */
    /* move_pages(2) without nodes: the node of each page, or an errno of less than 0. Moves nothing. */
    long (*page_nodes)(pid_t pid, size_t count, void **pages, int *nodes);
    int (*map_query)(int fd, linux_procmap_query *query); /* ioctl PROCMAP_QUERY */
    int (*ended)(int pid_fd);                             /* poll(2): 1 once the process has ended, else 0 */
    int (*openat)(int directory_fd, const char *path, int flags);
    int (*openat2)(int directory_fd, const char *path, int flags, uint64_t resolve); /* openat2(2), Linux 5.6 */
    int (*stat)(int fd, linux_stat *result);
    int64_t (*seek)(int fd, int64_t offset, int whence);
    long (*trace)(int request, pid_t thread, uintptr_t address, void *data); /* ptrace(2), for requests without PEEK */
} linux_sys;

extern const linux_sys ms_linux_sys; /* the real ones */

/* The system's words for an errno, in English whatever the locale. Static storage. */
const char *ms_linux_error_text(int os_code);

/* True for an errno that says nothing about what was asked for: memory or descriptors have run out. */
bool ms_linux_is_shortage(int os_code);

/* GONE, in the same words whichever call noticed it first. */
memscan_status ms_linux_fail_gone(memscan_error *error);

#endif
