/* linux_guarded.h - work that may wait for ever, done by a helper process that can be killed. */
#ifndef MS_LINUX_GUARDED_H
#define MS_LINUX_GUARDED_H

#include "linux_target.h"

#define LINUX_GUARD_BUFFER (256 * 1024)
#define LINUX_GUARD_PATH   4160 /* PATH_MAX, and "root" before it */

/* What a helper works on. It shares our memory, but its work may go on when we have given up waiting: it touches
 * nothing but this block and descriptors, and calls the system only (no locks, no allocation, nothing that keeps
 * state in the thread). */
typedef struct linux_guard_job {
    const linux_sys *sys;
    pid_t pid;
    int directory_fd, fd;
    uint32_t page_size;
    uint64_t address; /* or offset in a file */
    uint64_t device_major, device_minor, inode;
    size_t size;
    _Atomic size_t done; /* bytes of `buffer` that are good, also when the helper was killed */
    int os_code;         /* 0: ran to its end; `done` short of `size` then means an end of file */
    int opened;          /* a descriptor in our own table, or -1 */
    char path[LINUX_GUARD_PATH];
    uint8_t buffer[LINUX_GUARD_BUFFER];
} linux_guard_job;

typedef void linux_guard_work(linux_guard_job *job);

/* The block, locked for the caller, with its answers cleared; NULL when memory ran out. */
linux_guard_job *ms_linux_guard_begin(linux_target *target);
void ms_linux_guard_end(linux_target *target);
/* Runs it. False: not done in time (or no helper could be made). `shares_files`: descriptors it opens are ours;
 * else it has a table of its own, which ends with it. */
bool ms_linux_guard_run(linux_target *target, linux_guard_work *work, bool shares_files);

/* What was too late once will be again: for a while, no one waits for it. */
void ms_linux_guard_penalise(linux_target *target, const memscan_region *region);
bool ms_linux_guard_is_penalised(linux_target *target, const memscan_region *region);

#endif
