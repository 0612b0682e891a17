/* memscan/process.h - list the processes of this machine and say who each is. */
#ifndef MEMSCAN_PROCESS_H
#define MEMSCAN_PROCESS_H

#include <memscan/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One process, as it was when the list came by it; the number may be another's by now. Shown during the visit
 * only. */
typedef struct memscan_process {
    uint64_t pid;
    uint64_t parent;
    uint64_t start_time;     /* with pid, tells one process from the next of the same number. Linux: clock ticks
                                since boot (proc_pid_stat(5)). Windows: FILETIME */
    uint64_t resident_bytes; /* 0 where unknown */
    uint64_t owner_id;       /* Linux: the real user id */
    uint8_t bits;            /* 32 or 64; 0 where unknown */
    uint8_t may_open;        /* 1: reading it is permitted to us now; 0: it is not */
    const char *name;        /* the short name: comm on Linux (15 bytes at most), the .exe's name on Windows */
    const char *owner;       /* user name, or its number as text */
} memscan_process;

/* Nonzero ends the walk, which then returns MEMSCAN_STOPPED. */
typedef int memscan_process_fn(const memscan_process *process, void *context);

/* Visits every process this user can see, ascending by pid. Kernel threads are left out: they have no memory of
 * their own. Processes that start or end meanwhile may or may not appear. */
MEMSCAN_API memscan_status memscan_processes(memscan_process_fn *visit, void *context, memscan_error *error);

/* What a list does not carry because it is dear: the executable's path and the command line.
 *   path     receives the path, cut at `path_capacity`; "" where it is not permitted.
 *   command  receives the arguments, each ended by NUL; *command_length counts them with their NULs.
 * NOT_FOUND: no such process. */
MEMSCAN_API memscan_status memscan_process_describe(uint64_t pid, char *path, size_t path_capacity, char *command,
                                                    size_t command_capacity, size_t *command_length,
                                                    memscan_error *error);

/* The processes whose name fits `glob` (`*` and `?`): the short name, the executable's file name, or the file
 * name of its first argument, so that "MM6.exe" finds a Windows program under Wine. The same visit as above;
 * this process itself is left out. */
MEMSCAN_API memscan_status memscan_processes_named(const char *glob, memscan_process_fn *visit, void *context,
                                                   memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
