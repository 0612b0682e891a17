/* linux_names.c - cached look-ups. Symbolic links are not followed: the kernel prints the names of mapped files
 * without any, so that one on the way means another file. */
#define _GNU_SOURCE
#include "linux_names.h"

#include <fcntl.h>
#include <unistd.h>

#ifndef RESOLVE_NO_SYMLINKS
#define RESOLVE_NO_SYMLINKS 0x04
#endif
#ifndef RESOLVE_IN_ROOT
#define RESOLVE_IN_ROOT 0x10
#endif
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

bool ms_linux_name_stat(const linux_sys *sys, int root_fd, const char *path, linux_stat *found)
{
    if (root_fd < 0 || *path != '/')
        return false;
    int fd = sys->openat2(root_fd, path, O_PATH | O_CLOEXEC | O_NOFOLLOW,
                          RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_CACHED);
    if (fd < 0)
        return false;
    bool known = sys->stat(fd, found) == 0;
    close(fd);
    return known;
}

int ms_linux_root_open(const linux_sys *sys, int proc_fd)
{
    return sys->openat(proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
}
