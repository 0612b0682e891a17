/* fuzz_smaps.c - any bytes as the text of /proc/PID/smaps, read in pieces (their size is the first byte's), and
 * line by line as the other texts of /proc that name what a target or a neighbour chose: mountinfo, stat, status,
 * syscall, slabinfo.
 *
 * Must hold: a range that is told as supplied by somebody else is one of the mappings in the text, or everything; a
 * name is ended inside its field; a mount that is read again reads the same. */
#define _GNU_SOURCE
#include "fuzz_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "libmemscan/base/alloc.h"
#include "platform/linux/linux_maps.h"
#include "platform/linux/linux_mounts.h"
#include "platform/linux/linux_proc.h"
#include "platform/linux/linux_stacks.h"
#include "platform/linux/linux_supplied.h"

/* Something to close; there is no slabinfo. */
static int open_something(int directory_fd, const char *path, int flags)
{
    (void)flags;
    return directory_fd == AT_FDCWD || !strcmp(path, "slabinfo") ? -1 : open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A head line of the text with exactly this range. */
static bool is_told(linux_supplied range)
{
    bool told = range.start == 0 && range.end == UINT64_MAX; /* which mapping it is was not to be read */
    for (size_t at = 0; at < the_file.size && !told;) {
        const uint8_t *end = memchr(the_file.bytes + at, '\n', the_file.size - at);
        size_t length = end ? (size_t)(end - the_file.bytes) - at : the_file.size - at;
        linux_maps_line line;
        told = ms_linux_maps_parse_line((const char *)the_file.bytes + at, length, &line) &&
               line.start == range.start && line.end == range.end;
        at += length + 1;
    }
    return told;
}

static void check_whole(void)
{
    linux_sys sys = ms_linux_sys;
    sys.pread = fuzz_file_pread;
    sys.openat = open_something;
    linux_target target = { .allocator = &ms_default_allocator, .sys = &sys, .proc_fd = 0 };
    ms_array ranges, mounts;
    memscan_error error;
    ms_array_init(&ranges, &ms_default_allocator, sizeof(linux_supplied));
    memscan_status status = ms_linux_supplied_read(&target, &ranges, &error);
    if (status != MEMSCAN_OK)
        FUZZ_CHECK_ERROR(error, status);
    for (size_t i = 0; status == MEMSCAN_OK && i < ranges.count; i++)
        FUZZ_CHECK(is_told(((linux_supplied *)ranges.items)[i]));
    ms_array_deinit(&ranges);
    ms_array_init(&mounts, &ms_default_allocator, sizeof(linux_mount));
    status = ms_linux_mounts_read(&sys, 0, &mounts, &error);
    const linux_mount *items = mounts.items;
    for (size_t i = 0; status == MEMSCAN_OK && i < mounts.count; i++)
        FUZZ_CHECK(ms_linux_mount_find(&mounts, items[i].major, items[i].minor) == &items[i]);
    ms_array_deinit(&mounts);
}

static void check_stat(const char *text, size_t length)
{
    linux_stat_line line;
    if (!ms_linux_stat_parse(text, length, &line))
        return;
    const char *name_end = memchr(line.name, 0, sizeof line.name);
    FUZZ_CHECK(name_end);
    size_t name_length = (size_t)(name_end - line.name);
    const char *begin = memchr(text, '(', length);
    FUZZ_CHECK(begin && name_length <= length - (size_t)(begin + 1 - text));
    FUZZ_CHECK(!memcmp(begin + 1, line.name, name_length));
}

static void check_line(const char *text, size_t length)
{
    linux_mount mount;
    uint64_t pointer;
    if (ms_linux_mount_parse(text, length, &mount))
        FUZZ_CHECK(mount.class == LINUX_MOUNT_REMOTE || mount.class == LINUX_MOUNT_DISK ||
                   mount.class == LINUX_MOUNT_MEMORY);
    if (ms_linux_stack_parse(text, length, &pointer))
        FUZZ_CHECK(memchr(text, ' ', length));
    if (ms_linux_supplied_none(text, length))
        FUZZ_CHECK(!ms_linux_supplied_flags(text, length));
    if (ms_linux_supplied_objects(text, length, &pointer))
        FUZZ_CHECK(*text >= '0' && *text <= '9');
    check_stat(text, length);
}

static void check_status(const char *text)
{
    static const char *const keys[] = { "Uid:", "CapEff:", "TracerPid:" };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        uint64_t here = ms_linux_status_number(text, keys[i], 0, i == 1 ? 16 : 10, 77);
        FUZZ_CHECK(here == 77 || strstr(text, keys[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *rest;
    size_t rest_size;
    if (size == 0)
        return 0;
    the_file = (fuzz_file){ data + 1, size - 1, (size_t)data[0] + 1 };
    check_whole();
    for (size_t at = 0; at < the_file.size;) {
        const uint8_t *end = memchr(the_file.bytes + at, '\n', the_file.size - at);
        size_t length = end ? (size_t)(end - the_file.bytes) - at : the_file.size - at;
        char *text = fuzz_copy(the_file.bytes + at, length);
        check_line(text, length);
        free(text);
        at += length + 1;
    }
    char *text = fuzz_text(the_file.bytes, the_file.size, &rest, &rest_size);
    check_status(text);
    free(text);
    return 0;
}
