/* linux_inject.h - one system call made in the target, for what can only be had from inside. */
#ifndef MS_LINUX_INJECT_H
#define MS_LINUX_INJECT_H

#include "linux_target.h"

/* Lets a thread of the target make a userfaultfd (userfaultfd(2)) and hands it to us: *fd is ours, the target keeps
 * none. That thread is stopped for some tenths of a millisecond; its registers, its signal mask and the system call it
 * was in are as before.
 *   NOT_SUPPORTED  no such call here, a 32-bit target, a seccomp filter or the like in the target
 *   BUSY           no thread can be used now: stopped, or traced by somebody else
 *   DENIED         we may not trace it */
memscan_status ms_linux_inject_userfaultfd(linux_target *target, int *fd, memscan_error *error);

#endif
