/* linux_backing.c - the bytes of absent pages, from the file or the object behind the mapping; the target is not
 * touched.
 *
 * A name proves nothing: the target chooses it, and may put a FIFO or another file in its place. So a candidate is
 * opened with O_PATH first, which neither waits nor disturbs, and is opened for reading only when it is a regular
 * file, and the very one that the map names: the same device and inode. */
#define _GNU_SOURCE
#include "linux_absent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/host.h"
#include "linux_guarded.h"
#include "linux_maps.h"

#define FILES    64                   /* opened at once, for one target */
#define RETRY_NS UINT64_C(1000000000) /* a file that could not be opened is tried again */
#define RESOLVE_CAREFULLY                                                                                              \
    (0x02u | 0x04u | 0x20u) /* RESOLVE_NO_MAGICLINKS | _NO_SYMLINKS | _CACHED: <linux/openat2.h>, Linux 5.12 */

/* ---- finding the file ---- */

/* What the map says of it. */
typedef struct identity {
    uint64_t device_major, device_minor, inode;
} identity;

static identity identity_of(const memscan_region *region)
{
    return (identity){ region->device_major, region->device_minor, region->inode };
}

static bool is_same(const linux_stat *about, const identity *wanted)
{
    return about->inode == wanted->inode && about->device_major == wanted->device_major &&
           about->device_minor == wanted->device_minor;
}

/* "/proc/self/fd/N", without the C library's formatting: helpers use it, too. */
static void fd_path(int fd, char out[32])
{
    char digits[12];
    size_t count = 0;
    memcpy(out, "/proc/self/fd/", 15);
    do
        digits[count++] = (char)('0' + fd % 10);
    while (fd /= 10);
    char *end = out + 14;
    while (count)
        *end++ = digits[--count];
    *end = 0;
}

/* From O_PATH to reading. O_NOATIME leaves no trace, where it is permitted; O_NONBLOCK waits for no lease. */
static int reopen(const linux_sys *sys, int path_fd)
{
    char path[32];
    fd_path(path_fd, path);
    int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    int fd = sys->openat(AT_FDCWD, path, flags | O_NOATIME);
    return fd >= 0 ? fd : sys->openat(AT_FDCWD, path, flags);
}

/* ---- opening what we do not know yet: a helper does it, for it may hang ---- */

static void work_reopen(linux_guard_job *job)
{
    job->opened = reopen(job->sys, job->fd);
    job->os_code = job->opened < 0 ? errno : 0;
}

static void work_open_path(linux_guard_job *job)
{
    job->opened = job->sys->openat(job->directory_fd, job->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    job->os_code = job->opened < 0 ? errno : 0;
}

/* -1 and errno, as open(2). */
static int open_by_helper(linux_target *target, linux_guard_work *work, int directory_fd, int fd, const char *path)
{
    int opened = -1, os_code = ENAMETOOLONG;
    linux_guard_job *job = ms_linux_guard_begin(target);
    if (!job) {
        errno = ENOMEM; /* which a caller's allocator does not tell */
        return -1;
    }
    job->directory_fd = directory_fd;
    job->fd = fd;
    size_t length = strlen(path);
    if (length < sizeof job->path) {
        memcpy(job->path, path, length + 1);
        bool ended = ms_linux_guard_run(target, work, true);
        os_code = ended ? job->os_code : errno; /* of no helper, or of the deadline */
        opened = ended ? job->opened : -1;
    }
    ms_linux_guard_end(target);
    errno = os_code;
    return opened;
}

/* btrfs and overlayfs tell stat(2) of another device than they tell the map of. So the map is asked: ours, with a
 * page of the candidate in it. */
static bool is_mapped_as(linux_target *target, int fd, const identity *wanted)
{
    void *page = mmap(NULL, target->page_size, PROT_NONE, MAP_PRIVATE, fd, 0);
    if (page == MAP_FAILED)
        return false;
    linux_map map;
    ms_linux_map_init(&map, target->allocator);
    linux_maps_source own = { .sys = target->sys,
                              .fd = target->sys->openat(AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC),
                              .allocator = target->allocator };
    bool same = false;
    memscan_status status = own.fd >= 0 ? ms_linux_maps_read(&own, (uintptr_t)page, 1, &map, NULL) : MEMSCAN_OS;
    if (status == MEMSCAN_OK && map.regions.count) {
        identity found = identity_of(map.regions.items);
        same = found.inode == wanted->inode && found.device_major == wanted->device_major &&
               found.device_minor == wanted->device_minor;
    }
    if (own.fd >= 0)
        close(own.fd);
    ms_linux_map_deinit(&map);
    munmap(page, target->page_size);
    if (status == MEMSCAN_NO_MEMORY)
        errno = ENOMEM; /* which a caller's allocator does not tell */
    return same;
}

/* ---- candidates ---- */

/* Takes `path_fd` (O_PATH, or -1) and gives a descriptor for reading, if it is the wanted file. */
static int accept(linux_target *target, int path_fd, const identity *wanted, bool ask_the_map)
{
    linux_stat about;
    int fd = -1;
    if (path_fd < 0)
        return -1;
    if (target->sys->stat(path_fd, &about) == 0 && S_ISREG(about.mode)) {
        if (is_same(&about, wanted))
            fd = reopen(target->sys, path_fd);
        else if (ask_the_map) {
            fd = open_by_helper(target, work_reopen, -1, path_fd, "");
            if (fd >= 0 && !is_mapped_as(target, fd, wanted)) {
                close(fd);
                fd = -1;
            }
        }
    }
    close(path_fd);
    return fd;
}

/* The mapping's own link, which needs CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN (proc_pid_map_files(5)). */
static void map_files_path(const memscan_region *region, char *out, size_t capacity)
{
    snprintf(out, capacity, "map_files/%llx-%llx", (unsigned long long)region->start,
             (unsigned long long)(region->start + region->size));
}

static int open_link(const linux_target *target, const char *link)
{
    return target->sys->openat(target->proc_fd, link, O_PATH | O_CLOEXEC);
}

/* By its name, as the target sees it. The names on the way to a mapped file are in the kernel's memory, so that no
 * file system need be asked; where one would have to be, something else stands there, and may hang. */
static int open_path(linux_target *target, const char *name)
{
    if (name[0] != '/')
        return -1;
    while (*name == '/')
        name++;
    int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
    int root = target->sys->openat(target->proc_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return -1;
    int fd = target->sys->openat2(root, name, flags, RESOLVE_CAREFULLY);
    if (fd < 0 && (errno == EAGAIN || errno == ENOSYS || errno == EINVAL || errno == EPERM))
        fd = open_by_helper(target, work_open_path, root, -1, name);
    close(root);
    return fd;
}

/* A descriptor of the target's own: for memory objects, and for files without a name. */
static int open_descriptor(linux_target *target, const identity *wanted)
{
    int found = -1;
    int list_fd = target->sys->openat(target->proc_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = list_fd < 0 ? NULL : fdopendir(list_fd);
    if (!list) {
        if (list_fd >= 0)
            close(list_fd);
        return -1;
    }
    for (struct dirent *entry; found < 0 && (entry = readdir(list));) {
        char link[sizeof entry->d_name + 4];
        snprintf(link, sizeof link, "fd/%s", entry->d_name);
        if (entry->d_name[0] != '.')
            found = accept(target, open_link(target, link), wanted, false);
    }
    closedir(list);
    return found;
}

/* One place after the other. Where something ran out at any of them, errno says so at the end: then the file may well be
 * there. */
static int open_behind(linux_target *target, const memscan_region *region)
{
    identity wanted = identity_of(region);
    char link[64];
    int fd = -1, shortage = 0;
    bool deleted = (region->flags & MEMSCAN_REGION_DELETED) != 0;
    map_files_path(region, link, sizeof link);
    for (int place = 0; fd < 0 && place < 4; place++) {
        errno = 0;
        if (place == 0)
            fd = accept(target, open_link(target, link), &wanted, true);
        else if (place == 1 && !deleted)
            fd = accept(target, open_path(target, region->name), &wanted, true);
        else if (place == 2)
            fd = accept(target, open_link(target, "exe"), &wanted, deleted);
        else if (place == 3 && (deleted || ms_linux_is_memory_object(region)))
            fd = open_descriptor(target, &wanted);
        shortage = ms_linux_is_shortage(errno) ? errno : shortage;
    }
    errno = shortage;
    return fd;
}

/* ---- opened files, kept ---- */

/* One file; `fd` is -1 where it could not be opened, until `retry_ns`. */
typedef struct backing_file {
    identity identity;
    int fd;
    uint64_t retry_ns;
    uint64_t used; /* the clock of the list when it was last asked for */
    unsigned users;
} backing_file;

struct linux_backing {
    ms_mutex *mutex;
    backing_file files[FILES];
    size_t count;
    uint64_t clock;
};

static backing_file *find_file(struct linux_backing *list, const identity *wanted)
{
    for (size_t i = 0; i < list->count; i++) {
        const identity *have = &list->files[i].identity;
        if (have->inode == wanted->inode && have->device_major == wanted->device_major &&
            have->device_minor == wanted->device_minor)
            return &list->files[i];
    }
    return NULL;
}

/* A free place, or that of the file which nobody uses and was not asked for the longest. NULL: all are in use. */
static backing_file *place_for_file(struct linux_backing *list)
{
    if (list->count < FILES) {
        list->files[list->count].fd = -1;
        return &list->files[list->count++];
    }
    backing_file *oldest = NULL;
    for (size_t i = 0; i < FILES; i++)
        if (!list->files[i].users && (!oldest || list->files[i].used < oldest->used))
            oldest = &list->files[i];
    if (oldest && oldest->fd >= 0)
        close(oldest->fd);
    return oldest;
}

/* The file behind a region, opened; NULL when it cannot be had. Given back with release_file. */
static backing_file *borrow_file(linux_target *target, const memscan_region *region)
{
    struct linux_backing *list = target->backing;
    identity wanted = identity_of(region);
    ms_mutex_lock(list->mutex);
    backing_file *file = find_file(list, &wanted);
    bool tried = file && (file->fd >= 0 || ms_clock_ns() < file->retry_ns);
    if (!tried) {
        int fd = open_behind(target, region);
        bool ran_short =
            fd < 0 && ms_linux_is_shortage(errno); /* which may be over, and is not to be taken for the file's own */
        if (!file)
            file = place_for_file(list);
        if (file)
            *file =
                (backing_file){ .identity = wanted, .fd = fd, .retry_ns = ran_short ? 0 : ms_clock_ns() + RETRY_NS };
        else if (fd >= 0)
            close(fd);
    }
    if (file && file->fd >= 0) {
        file->users++;
        file->used = ++list->clock;
    } else
        file = NULL;
    ms_mutex_unlock(list->mutex);
    return file;
}

static void release_file(linux_target *target, backing_file *file)
{
    ms_mutex_lock(target->backing->mutex);
    file->users--;
    ms_mutex_unlock(target->backing->mutex);
}

int ms_linux_backing_file(linux_target *target, const memscan_region *region)
{
    if (region->flags & MEMSCAN_REGION_MAY_BLOCK || !(region->flags & MEMSCAN_REGION_FILE))
        return -1;
    backing_file *file = borrow_file(target, region);
    int fd = file ? fcntl(file->fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (file)
        release_file(target, file);
    return fd;
}

memscan_status ms_linux_backing_open(linux_target *target, memscan_error *error)
{
    struct linux_backing *list = ms_alloc(target->allocator, sizeof *list);
    if (list && !(list->mutex = ms_mutex_create(target->allocator))) {
        ms_free(target->allocator, list, sizeof *list);
        list = NULL;
    }
    target->backing = list;
    return list ? MEMSCAN_OK : ms_fail_memory(error);
}

void ms_linux_backing_close(linux_target *target)
{
    struct linux_backing *list = target->backing;
    if (!list)
        return;
    for (size_t i = 0; i < list->count; i++)
        if (list->files[i].fd >= 0)
            close(list->files[i].fd);
    ms_mutex_destroy(list->mutex);
    ms_free(target->allocator, list, sizeof *list);
    target->backing = NULL;
}

/* ---- reading ---- */

static memscan_outcome unavailable(const memscan_region *region)
{
    return ms_linux_is_memory_object(region) ? MEMSCAN_ABSENT_SHARED : MEMSCAN_ABSENT_FILE;
}

static uint64_t file_offset(const memscan_transfer *transfer)
{
    return transfer->region->file_offset + (transfer->address - transfer->region->start) + transfer->done;
}

/* The page that holds a file's end is mapped whole, and zero behind the end (mmap(2)); pages beyond it are not to be
 * had. `end` is where the reading of the file ended. */
static void finish_behind_end(const linux_target *target, int fd, memscan_transfer *transfer)
{
    linux_stat about;
    uint64_t offset = file_offset(transfer);
    uint64_t page = target->page_size;
    transfer->outcome = MEMSCAN_ABSENT_FILE;
    if (target->sys->stat(fd, &about) != 0 || about.size > offset || !about.size ||
        offset / page != (about.size - 1) / page)
        return;
    size_t zeros = (size_t)(page - offset % page);
    if (zeros >= transfer->size - transfer->done) {
        zeros = transfer->size - transfer->done;
        transfer->outcome = MEMSCAN_WHOLE;
    }
    memset((char *)transfer->buffer + transfer->done, 0, zeros);
    transfer->done += zeros;
}

/* A hole of an object that a userfaultfd watches is not zero: what stands there is its owner's to say. How far the
 * data goes from here, or 0. */
static uint64_t data_ahead(const linux_target *target, int fd, uint64_t offset)
{
    if (target->sys->seek(fd, (int64_t)offset, SEEK_DATA) != (int64_t)offset)
        return 0;
    int64_t hole = target->sys->seek(fd, (int64_t)offset, SEEK_HOLE);
    return hole > (int64_t)offset ? (uint64_t)hole - offset : 0;
}

static void read_file(const linux_target *target, int fd, memscan_transfer *transfer)
{
    bool watched = (transfer->region->flags & MEMSCAN_REGION_MAY_BLOCK) != 0;
    while (transfer->outcome == MEMSCAN_WHOLE && transfer->done < transfer->size) {
        size_t wanted = transfer->size - transfer->done;
        uint64_t ahead = watched ? data_ahead(target, fd, file_offset(transfer)) : wanted;
        if (!ahead) {
            transfer->outcome = MEMSCAN_BLOCKED;
            break;
        }
        ssize_t got = target->sys->pread(fd, (char *)transfer->buffer + transfer->done,
                                         ahead < wanted ? (size_t)ahead : wanted, file_offset(transfer));
        if (got > 0)
            transfer->done += (size_t)got;
        else if (got == 0)
            finish_behind_end(target, fd, transfer);
        else if (errno != EINTR)
            transfer->outcome = MEMSCAN_FAULTY;
    }
}

/* ---- reading what may hang: all of it in a helper, also the opening ---- */

static void work_read_file(linux_guard_job *job)
{
    linux_stat about;
    identity wanted = { job->device_major, job->device_minor, job->inode };
    job->os_code = EACCES;
    int path_fd = job->sys->openat(job->directory_fd, job->path, O_PATH | O_CLOEXEC);
    if (path_fd < 0 || job->sys->stat(path_fd, &about) != 0 || !S_ISREG(about.mode) || !is_same(&about, &wanted))
        return;
    int fd = reopen(job->sys, path_fd);
    if (fd < 0)
        return;
    job->os_code = 0;
    size_t done = 0;
    ssize_t got = 1;
    while (done < job->size && got > 0) {
        got = job->sys->pread(fd, job->buffer + done, job->size - done, job->address + done);
        if (got > 0)
            atomic_store(&job->done, done += (size_t)got);
    }
    if (got < 0)
        job->os_code = EIO;
}

/* One block's worth by one name of the file. False: not to be had so. */
static bool read_some_guarded(linux_target *target, linux_guard_job *job, memscan_transfer *transfer)
{
    const memscan_region *region = transfer->region;
    size_t left = transfer->size - transfer->done;
    job->directory_fd = target->proc_fd;
    job->device_major = region->device_major;
    job->device_minor = region->device_minor;
    job->inode = region->inode;
    job->address = file_offset(transfer);
    job->size = left < LINUX_GUARD_BUFFER ? left : LINUX_GUARD_BUFFER;
    bool in_time = ms_linux_guard_run(target, work_read_file, false);
    size_t done = atomic_load(&job->done);
    memcpy((char *)transfer->buffer + transfer->done, job->buffer, done);
    transfer->done += done;
    if (!in_time) {
        transfer->outcome = MEMSCAN_BLOCKED;
        ms_linux_guard_penalise(target, region);
        return true;
    }
    if (job->os_code == EACCES)
        return false;
    if (job->os_code)
        transfer->outcome = MEMSCAN_FAULTY;
    else if (done < job->size)
        transfer->outcome = MEMSCAN_ABSENT_FILE; /* its end */
    return true;
}

static memscan_status read_guarded(linux_target *target, memscan_transfer *transfer, memscan_error *error)
{
    linux_guard_job *job = ms_linux_guard_begin(target);
    if (!job)
        return ms_fail_memory(error);
    if (ms_linux_guard_is_penalised(target, transfer->region))
        transfer->outcome = MEMSCAN_BLOCKED;
    else {
        map_files_path(transfer->region, job->path, sizeof job->path);
        if (!read_some_guarded(target, job, transfer)) {
            snprintf(job->path, sizeof job->path, "root%s", transfer->region->name);
            if (!read_some_guarded(target, job, transfer))
                transfer->outcome = MEMSCAN_ABSENT_FILE;
        }
    }
    ms_linux_guard_end(target);
    return MEMSCAN_OK;
}

memscan_status ms_linux_read_backing(linux_target *target, memscan_transfer *transfer, memscan_error *error)
{
    const memscan_region *region = transfer->region;
    if (region->flags & MEMSCAN_REGION_MAY_BLOCK && !ms_linux_is_memory_object(region)) {
        memscan_status status = MEMSCAN_OK;
        while (status == MEMSCAN_OK && transfer->outcome == MEMSCAN_WHOLE && transfer->done < transfer->size)
            status = read_guarded(target, transfer, error);
        return status;
    }
    backing_file *file = borrow_file(target, region);
    if (!file) {
        transfer->outcome = unavailable(region);
        return MEMSCAN_OK;
    }
    read_file(target, file->fd, transfer);
    release_file(target, file);
    return MEMSCAN_OK;
}
