/* files_linux.c - files.h on Linux. */
#define _GNU_SOURCE
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "complain.h"

static memscan_status failed(const char *what, const char *path, memscan_error *error)
{
    char shown[160];
    int code = errno;
    memscan_status status = code == ENOENT                    ? MEMSCAN_NOT_FOUND
                            : code == EACCES || code == EPERM ? MEMSCAN_DENIED
                            : code == ENOSPC                  ? MEMSCAN_LIMIT
                                                              : MEMSCAN_IO;
    memscan_escape(path, shown, sizeof shown);
    cli_fail(error, status, "", "cannot %s %s: %s", what, shown, strerror(code));
    error->os_code = code;
    return status;
}

memscan_status cli_folder_make(const char *path, memscan_error *error)
{
    char part[4096];
    size_t length = strlen(path);
    if (length >= sizeof part)
        return cli_fail(error, MEMSCAN_INVALID, "", "a path of %zu characters", length);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return failed("make the folder", part, error);
    }
    return MEMSCAN_OK;
}

memscan_status cli_folder_list(const char *path, cli_file_fn *visit, void *context, memscan_error *error)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return errno == ENOENT ? MEMSCAN_OK : failed("list", path, error);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] != '.')
            visit(entry->d_name, context);
    }
    closedir(folder);
    return MEMSCAN_OK;
}

memscan_status cli_file_remove(const char *path, memscan_error *error)
{
    return unlink(path) == 0 ? MEMSCAN_OK : failed("remove", path, error);
}

size_t cli_file_head(const char *path, void *bytes, size_t capacity)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t count = fd < 0 ? -1 : read(fd, bytes, capacity);
    if (fd >= 0)
        close(fd);
    return count < 0 ? 0 : (size_t)count;
}

void cli_file_end_at_line(FILE *file, uint64_t written, const char *lines, size_t length)
{
    struct stat status;
    if (fstat(fileno(file), &status) != 0 || !S_ISREG(status.st_mode) || (uint64_t)status.st_size < written)
        return;
    uint64_t kept = (uint64_t)status.st_size - written;
    kept = kept < length ? kept : length;
    while (kept > 0 && lines[kept - 1] != '\n')
        kept--;
    if (ftruncate(fileno(file), (off_t)(written + kept)) != 0)
        return; /* then the last line is cut; the failure itself is reported by whoever wrote */
}

memscan_status cli_file_make(const char *path, memscan_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed("make", path, error);
    close(fd);
    return MEMSCAN_OK;
}
