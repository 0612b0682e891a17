/* hung_fuse.h - a file system in user space with one file, whose server answers for the first pages only and then
 * leaves its readers waiting. Needs root, and a mount namespace of the caller's own. */
#ifndef HUNG_FUSE_H
#define HUNG_FUSE_H

#include <sys/types.h>

#define HUNG_FUSE_PAGES    8
#define HUNG_FUSE_ANSWERED 4 /* pages that reads are answered for; byte i of the file is (uint8_t)(i / 64 + 3) */

/* Mounts it on `folder`; the file is `folder`/file. Returns the server's process. */
pid_t hung_fuse_mount(const char *folder);

#endif
