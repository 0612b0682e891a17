/* hung_fuse.c - the few answers of <linux/fuse.h> that a mapped file needs. */
#define _GNU_SOURCE
#include "hung_fuse.h"

#include "check_quick.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096u

static void answer(int fd, uint64_t unique, int32_t error, const void *body, size_t size)
{
    struct fuse_out_header head = { (uint32_t)(sizeof head + size), error, unique };
    struct iovec parts[2] = { { &head, sizeof head }, { (void *)(uintptr_t)body, size } };
    if (writev(fd, parts, 2) < 0 && errno != ENOENT) /* ENOENT: the asker was killed */
        _exit(1);
}

static struct fuse_attr attributes(uint64_t node)
{
    return (struct fuse_attr){ .ino = node,
                               .size = node == 1 ? 0 : HUNG_FUSE_PAGES * PAGE,
                               .mode = node == 1 ? S_IFDIR | 0755 : S_IFREG | 0644,
                               .nlink = 1 };
}

static void answer_read(int fd, uint64_t unique, const struct fuse_read_in *wanted)
{
    static uint8_t bytes[HUNG_FUSE_PAGES * PAGE];
    if (wanted->offset + wanted->size > HUNG_FUSE_ANSWERED * PAGE)
        return; /* for ever */
    for (size_t i = 0; i < wanted->size; i++)
        bytes[i] = (uint8_t)((wanted->offset + i) / 64 + 3);
    answer(fd, unique, 0, bytes, wanted->size);
}

static void serve(int fd, const struct fuse_in_header *head, const void *body)
{
    struct fuse_init_out init = { .major = 7, .minor = 31, .max_write = PAGE };
    struct fuse_entry_out entry = { .nodeid = 2, .entry_valid = 1000, .attr_valid = 1000, .attr = attributes(2) };
    struct fuse_attr_out about = { .attr_valid = 1000, .attr = attributes(head->nodeid) };
    struct fuse_open_out opened = { .open_flags = FOPEN_KEEP_CACHE };
    switch (head->opcode) {
    case FUSE_INIT: answer(fd, head->unique, 0, &init, sizeof init); break;
    case FUSE_LOOKUP: answer(fd, head->unique, 0, &entry, sizeof entry); break;
    case FUSE_GETATTR: answer(fd, head->unique, 0, &about, sizeof about); break;
    case FUSE_OPEN: answer(fd, head->unique, 0, &opened, sizeof opened); break;
    case FUSE_READ: answer_read(fd, head->unique, body); break;
    case FUSE_FORGET:
    case FUSE_BATCH_FORGET:
    case FUSE_INTERRUPT: break;
    case FUSE_RELEASE: answer(fd, head->unique, 0, NULL, 0); break;
    default: answer(fd, head->unique, -ENOSYS, NULL, 0); break;
    }
}

pid_t hung_fuse_mount(const char *folder)
{
    char options[128];
    int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other", fd);
    ck_assert_int_eq(mount("memscan-test", folder, "fuse", MS_NOSUID | MS_NODEV, options), 0);
    pid_t server = fork();
    if (server == 0) {
        static _Alignas(16) uint8_t request[65536 + 8192];
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (read(fd, request, sizeof request) > 0)
            serve(fd, (const struct fuse_in_header *)request, request + sizeof(struct fuse_in_header));
        _exit(0);
    }
    close(fd);
    ck_assert_int_gt(server, 0);
    return server;
}
