/* linux_names.h - names of files as the kernel prints them, asked of the file system without ever waiting for it. */
#ifndef MS_LINUX_NAMES_H
#define MS_LINUX_NAMES_H

#include <stdbool.h>

#include "linux_sys.h"

/* Looks a path up below a process's root directory, only among what the kernel has in memory (RESOLVE_CACHED, Linux
 * 5.12): a mapped file's name always is, and a hung server is not asked. False: not found so. */
bool ms_linux_name_stat(const linux_sys *sys, int root_fd, const char *path, linux_stat *found);

/* The root directory of the process behind an open /proc/PID, or -1. */
int ms_linux_root_open(const linux_sys *sys, int proc_fd);

#endif
