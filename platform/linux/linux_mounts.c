/* linux_mounts.c - mountinfo. Only what is known to answer by itself counts as local: a type that is missing in the
 * list is read with a deadline, which is slower and never wrong. (An overlay of remote file systems counts as local.) */
#define _GNU_SOURCE
#include "linux_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/text.h"
#include "linux_lines.h"

static const char *const disk_types[] = {
    "ext2",   "ext3",     "ext4",    "xfs",   "btrfs",  "f2fs",    "bcachefs", "zfs",     "jfs",  "reiserfs",
    "nilfs2", "squashfs", "erofs",   "romfs", "cramfs", "ubifs",   "jffs2",    "overlay", "vfat", "exfat",
    "msdos",  "ntfs3",    "iso9660", "udf",   "hfs",    "hfsplus", "minix",    "ufs",     "aufs", "ecryptfs",
};
static const char *const memory_types[] = { "tmpfs", "ramfs", "rootfs", "devtmpfs", "hugetlbfs" };

static bool is_among(const char *word, size_t length, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(words[i]) == length && !memcmp(words[i], word, length))
            return true;
    return false;
}

#define IS_AMONG(word, length, words) is_among(word, length, words, sizeof(words) / sizeof(words)[0])

/* The next word and the blank behind it; false at the end. */
static bool take_word(const char **at, const char *end, const char **word, size_t *length)
{
    const char *blank = memchr(*at, ' ', (size_t)(end - *at));
    if (!blank)
        return false;
    *word = *at;
    *length = (size_t)(blank - *at);
    *at = blank + 1;
    return true;
}

static bool parse_device(const char *word, size_t length, linux_mount *mount)
{
    const char *colon = memchr(word, ':', length);
    uint64_t major, minor;
    if (!colon || !ms_parse_u64(word, (size_t)(colon - word), &major) ||
        !ms_parse_u64(colon + 1, length - (size_t)(colon - word) - 1, &minor) || major > UINT32_MAX ||
        minor > UINT32_MAX)
        return false;
    mount->major = (uint32_t)major;
    mount->minor = (uint32_t)minor;
    return true;
}

/* Blanks within fields are escaped, so that a lone "-" can only be the mark before the type. */
bool ms_linux_mount_parse(const char *text, size_t length, linux_mount *mount)
{
    const char *at = text, *end = text + length, *word = NULL;
    size_t word_length = 0;
    for (int field = 1; field <= 3; field++)
        if (!take_word(&at, end, &word, &word_length))
            return false;
    if (!parse_device(word, word_length, mount))
        return false;
    while (take_word(&at, end, &word, &word_length))
        if (word_length == 1 && *word == '-')
            break;
    if (word_length != 1 || *word != '-' || !take_word(&at, end, &word, &word_length))
        return false;
    mount->class = IS_AMONG(word, word_length, disk_types)     ? LINUX_MOUNT_DISK
                   : IS_AMONG(word, word_length, memory_types) ? LINUX_MOUNT_MEMORY
                                                               : LINUX_MOUNT_REMOTE;
    return true;
}

const linux_mount *ms_linux_mount_find(const ms_array *mounts, uint32_t major, uint32_t minor)
{
    const linux_mount *items = mounts->items;
    for (size_t i = 0; i < mounts->count; i++)
        if (items[i].major == major && items[i].minor == minor)
            return &items[i];
    return NULL;
}

static memscan_status add_mount(const char *line, size_t length, void *context, memscan_error *error)
{
    ms_array *mounts = context;
    linux_mount mount;
    if (!ms_linux_mount_parse(line, length, &mount) || ms_linux_mount_find(mounts, mount.major, mount.minor))
        return MEMSCAN_OK;
    linux_mount *added = ms_array_push(mounts);
    if (!added)
        return ms_fail_memory(error);
    *added = mount;
    return MEMSCAN_OK;
}

memscan_status ms_linux_mounts_read(const linux_sys *sys, int proc_fd, ms_array *mounts, memscan_error *error)
{
    int fd = sys->openat(proc_fd, "mountinfo", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ms_fail_os(error, errno == ENOENT || errno == ESRCH ? MEMSCAN_GONE : MEMSCAN_OS, errno,
                          "cannot read the target's mounts: %s", ms_linux_error_text(errno));
    mounts->count = 0;
    memscan_status status = ms_linux_lines_each(sys, fd, mounts->allocator, add_mount, mounts, error);
    close(fd);
    return status;
}
