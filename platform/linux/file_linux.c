/* file_linux.c - file.h on Linux. Every call is repeated after EINTR and continued after a short transfer; locks
 * are flock(2)'s, which belong to the open file and so end with us in every case. */
#define _GNU_SOURCE
#include "../../libmemscan/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"

struct ms_file {
    const memscan_allocator *allocator;
    int fd;
    char shown[160]; /* the path, escaped, for messages */
};

static memscan_status status_of(int code)
{
    switch (code) {
    case ENOENT:
    case ENOTDIR: return MEMSCAN_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS: return MEMSCAN_DENIED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return MEMSCAN_LIMIT;
    case ENOMEM: return MEMSCAN_NO_MEMORY;
    case EEXIST:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP: return MEMSCAN_INVALID;
    default: return MEMSCAN_IO;
    }
}

static memscan_status fail_path(memscan_error *error, int code, const char *what, const char *shown)
{
    return ms_fail_os(error, status_of(code), code, "cannot %s %s: %s", what, shown, strerror(code));
}

static memscan_status wrap(const memscan_allocator *allocator, int fd, const char *shown, ms_file **file,
                           memscan_error *error)
{
    ms_file *made = ms_alloc(allocator, sizeof *made);
    if (!made) {
        close(fd);
        return ms_fail_memory(error);
    }
    made->allocator = allocator;
    made->fd = fd;
    snprintf(made->shown, sizeof made->shown, "%s", shown);
    *file = made;
    return MEMSCAN_OK;
}

static memscan_status not_ours(memscan_error *error, const char *shown)
{
    return ms_fail(error, MEMSCAN_INVALID, "%s is a link, or others than this user may open it: it is not written to",
                   shown);
}

/* Made by this user for nobody else, and without a second name. One that lost its name meanwhile is no matter here. */
static bool is_ours_alone(const struct stat *status)
{
    return status->st_uid == geteuid() && status->st_nlink <= 1 && !(status->st_mode & (S_IRWXG | S_IRWXO));
}

memscan_status ms_file_open(const memscan_allocator *allocator, const char *path, ms_file_mode mode, ms_file **file,
                            memscan_error *error)
{
    static const int flags[] = {
        [MS_FILE_OPEN] = O_RDWR,
        [MS_FILE_OPEN_OURS] = O_RDWR | O_NOFOLLOW,
        [MS_FILE_READ] = O_RDONLY,
        [MS_FILE_CREATE] = O_RDWR | O_CREAT | O_EXCL,
    };
    char shown[160];
    struct stat status;
    memscan_escape(path, shown, sizeof shown);
    /* O_NONBLOCK: a FIFO under that name must not hold us up. It means nothing for a regular file. */
    int fd = open(path, flags[mode] | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
    if (fd < 0 && errno == ELOOP && mode == MS_FILE_OPEN_OURS)
        return not_ours(error, shown);
    if (fd < 0)
        return fail_path(error, errno, mode == MS_FILE_CREATE ? "create" : "open", shown);
    memscan_status wrapped;
    if (fstat(fd, &status) != 0) {
        wrapped = fail_path(error, errno, "look at", shown);
        close(fd);
    } else if (!S_ISREG(status.st_mode)) {
        wrapped = ms_fail(error, MEMSCAN_INVALID, "%s is not a regular file", shown);
        close(fd);
    } else if (mode == MS_FILE_OPEN_OURS && !is_ours_alone(&status)) {
        wrapped = not_ours(error, shown);
        close(fd);
    } else
        wrapped = wrap(allocator, fd, shown, file, error);
    if (wrapped && mode == MS_FILE_CREATE)
        unlink(path); /* just made by us */
    return wrapped;
}

memscan_status ms_file_open_nameless(const memscan_allocator *allocator, const char *folder, ms_file **file,
                                     memscan_error *error)
{
    char path[4096], shown[160];
    if (!folder)
        folder = secure_getenv("TMPDIR"); /* not the word of somebody with fewer rights than the program has */
    if (!folder || !*folder)
        folder = "/var/tmp"; /* on a disk: /tmp is often memory, which is what ran out */
    memscan_escape(folder, shown, sizeof shown);
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) { /* a file system without O_TMPFILE */
        if (snprintf(path, sizeof path, "%s/memscan-XXXXXX", folder) >= (int)sizeof path)
            return fail_path(error, ENAMETOOLONG, "create a file in", shown);
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0)
            unlink(path);
    }
    if (fd < 0)
        return fail_path(error, errno, "create a file in", shown);
    return wrap(allocator, fd, shown, file, error);
}

void ms_file_close(ms_file *file)
{
    if (!file)
        return;
    close(file->fd);
    ms_free(file->allocator, file, sizeof *file);
}

memscan_status ms_file_read_at(ms_file *file, uint64_t offset, void *buffer, size_t size, memscan_error *error)
{
    size_t done = 0;
    while (done < size) {
        ssize_t moved = pread(file->fd, (char *)buffer + done, size - done, (off_t)(offset + done));
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved < 0)
            return fail_path(error, errno, "read", file->shown);
        if (moved == 0)
            return ms_fail(error, MEMSCAN_CORRUPT, "%s ends too early", file->shown);
        done += (size_t)moved;
    }
    return MEMSCAN_OK;
}

memscan_status ms_file_write_at(ms_file *file, uint64_t offset, const void *bytes, size_t size, memscan_error *error)
{
    size_t done = 0;
    while (done < size) {
        ssize_t moved = pwrite(file->fd, (const char *)bytes + done, size - done, (off_t)(offset + done));
        if (moved < 0 && errno == EINTR)
            continue;
        if (moved <= 0)
            return fail_path(error, moved < 0 ? errno : ENOSPC, "write", file->shown);
        done += (size_t)moved;
    }
    return MEMSCAN_OK;
}

memscan_status ms_file_truncate(ms_file *file, uint64_t size, memscan_error *error)
{
    while (ftruncate(file->fd, (off_t)size) != 0)
        if (errno != EINTR)
            return fail_path(error, errno, "shorten", file->shown);
    return MEMSCAN_OK;
}

memscan_status ms_file_size(ms_file *file, uint64_t *size, memscan_error *error)
{
    struct stat status;
    if (fstat(file->fd, &status) != 0)
        return fail_path(error, errno, "look at", file->shown);
    *size = (uint64_t)status.st_size;
    return MEMSCAN_OK;
}

memscan_status ms_file_sync(ms_file *file, memscan_error *error)
{
    while (fdatasync(file->fd) != 0)
        if (errno != EINTR)
            return fail_path(error, errno, "write", file->shown);
    return MEMSCAN_OK;
}

memscan_status ms_file_lock(ms_file *file, memscan_error *error)
{
    while (flock(file->fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return ms_fail(error, MEMSCAN_BUSY, "%s is in use by another memscan", file->shown);
        if (errno != EINTR)
            return fail_path(error, errno, "lock", file->shown);
    }
    return MEMSCAN_OK;
}

memscan_status ms_file_is_named(ms_file *file, const char *path, bool *named, memscan_error *error)
{
    struct stat here, there;
    *named = false;
    if (fstat(file->fd, &here) != 0)
        return fail_path(error, errno, "look at", file->shown);
    if (stat(path, &there) != 0)
        return errno == ENOENT || errno == ENOTDIR ? MEMSCAN_OK : fail_path(error, errno, "look at", file->shown);
    *named = here.st_dev == there.st_dev && here.st_ino == there.st_ino;
    return MEMSCAN_OK;
}

/* Syncs the folder that holds `path`: a rename is an entry in it (fsync(2), rename(2)). */
static memscan_status sync_folder_of(const char *path, memscan_error *error)
{
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (length >= sizeof folder)
        return ms_fail(error, MEMSCAN_INVALID, "the path is too long");
    snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    int fd = open(slash ? (length ? folder : "/") : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return MEMSCAN_OK; /* a folder that may be written but not read: nothing more can be done */
    fsync(fd);
    close(fd);
    return MEMSCAN_OK;
}

/* /dev/stdout and its like are links into /proc, whatever is behind. */
static bool leads_into_proc(const char *path)
{
    static const char proc[] = "/proc/";
    char there[sizeof proc - 1];
    return readlink(path, there, sizeof there) == (ssize_t)sizeof there && !memcmp(there, proc, sizeof there);
}

/* A superuser's rename would take /dev/null or /dev/stdout away from the whole machine. */
memscan_status ms_file_may_replace(const char *path, memscan_error *error)
{
    struct stat there;
    char shown[160];
    bool special = stat(path, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode);
    if (!special && !leads_into_proc(path))
        return MEMSCAN_OK;
    memscan_escape(path, shown, sizeof shown);
    return ms_fail(error, MEMSCAN_INVALID, "%s is a device, a pipe or a socket, or leads to one: it is not replaced",
                   shown);
}

memscan_status ms_file_rename(const char *from, const char *to, memscan_error *error)
{
    char shown[160];
    memscan_status status = ms_file_may_replace(to, error);
    if (status != MEMSCAN_OK)
        return status;
    if (rename(from, to) != 0) {
        int code = errno;
        memscan_escape(to, shown, sizeof shown);
        return fail_path(error, code, "replace", shown);
    }
    return sync_folder_of(to, error);
}

memscan_status ms_file_remove(const char *path, memscan_error *error)
{
    char shown[160];
    if (unlink(path) == 0)
        return MEMSCAN_OK;
    int code = errno;
    memscan_escape(path, shown, sizeof shown);
    return fail_path(error, code, "remove", shown);
}

memscan_status ms_folder_create(const char *path, memscan_error *error)
{
    char part[4096], shown[160];
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof part)
        return ms_fail(error, MEMSCAN_INVALID, "the folder's path is empty or too long");
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (mkdir(part, 0700) != 0 && errno != EEXIST && errno != EISDIR) {
            int code = errno;
            memscan_escape(part, shown, sizeof shown);
            return fail_path(error, code, "create", shown);
        }
    }
    return MEMSCAN_OK;
}

char *ms_file_name_beside(const memscan_allocator *allocator, const char *path)
{
    static atomic_uint counter; /* only tells our own calls apart; no state that anything depends on */
    char suffix[48];
    snprintf(suffix, sizeof suffix, ".new-%ld-%u", (long)getpid(), atomic_fetch_add(&counter, 1) + 1);
    size_t length = strlen(path) + strlen(suffix) + 1;
    char *name = ms_alloc(allocator, length);
    if (name)
        snprintf(name, length, "%s%s", path, suffix);
    return name;
}
