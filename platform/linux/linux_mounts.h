/* linux_mounts.h - what kind of file system a device number stands for: whether reading from it may wait for somebody
 * else, and whether there is a disk at all. */
#ifndef MS_LINUX_MOUNTS_H
#define MS_LINUX_MOUNTS_H

#include <stdbool.h>

#include "../../libmemscan/base/array.h"
#include "linux_sys.h"

typedef enum linux_mount_class {
    LINUX_MOUNT_REMOTE = 0, /* a server or another process answers; also every type that is not known here */
    LINUX_MOUNT_DISK,       /* the kernel itself answers from a disk of this machine */
    LINUX_MOUNT_MEMORY      /* the kernel itself answers from memory: tmpfs and its kin */
} linux_mount_class;

typedef struct linux_mount {
    uint32_t major, minor;
    linux_mount_class class;
} linux_mount;

/* One line of /proc/PID/mountinfo (proc_pid_mountinfo(5)). False: not such a line. */
bool ms_linux_mount_parse(const char *text, size_t length, linux_mount *mount);

/* Reads the mounts that a process sees into an array of linux_mount, replacing what it held. */
memscan_status ms_linux_mounts_read(const linux_sys *sys, int proc_fd, ms_array *mounts, memscan_error *error);

/* NULL: no mount of that device was seen. */
const linux_mount *ms_linux_mount_find(const ms_array *mounts, uint32_t major, uint32_t minor);

#endif
