/* test_linux_seam.c - the n-th system call, or the n-th allocation, fails, is cut short or is interrupted, for all n:
 * what the memory half of the Linux platform says is right or a reported failure, and nothing is left behind. */
#define _GNU_SOURCE
#include "check_main.h"
#include "counting_allocator.h"
#include "live_child.h"
#include "scratch_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "platform/linux/linux_target.h"

#define PAGE  ((size_t)4096)
#define PAGES 16

/* ---- the seam ---- */

enum { CUT_SHORT = -1 }; /* or an errno */

static long calls_before; /* the trouble; negative once it came */
static int trouble;
static bool moving; /* the call that was struck moves bytes */

static bool strikes(void)
{
    if (calls_before-- != 0)
        return false;
    if (trouble != CUT_SHORT)
        errno = trouble;
    moving = false;
    return true;
}

static bool strikes_moving(void)
{
    return strikes() && (moving = true);
}

/* About half; whole words of words, for pagemap takes nothing else (fs/proc/task_mmu.c, pagemap_read). */
static size_t part_of(size_t size)
{
    size_t part = size % 8 ? size / 2 + 1 : (size / 2 + 8) / 8 * 8;
    return part < size ? part : size;
}

static ssize_t seam_vm_readv(pid_t pid, const struct iovec *local, size_t local_count, const struct iovec *remote,
                             size_t remote_count)
{
    if (!strikes_moving())
        return ms_linux_sys.vm_readv(pid, local, local_count, remote, remote_count);
    struct iovec here = local[0], there = remote[0];
    here.iov_len = there.iov_len = part_of(here.iov_len);
    return trouble == CUT_SHORT ? ms_linux_sys.vm_readv(pid, &here, 1, &there, 1) : -1;
}

static ssize_t seam_pread(int fd, void *buffer, size_t size, uint64_t offset)
{
    if (!strikes_moving())
        return ms_linux_sys.pread(fd, buffer, size, offset);
    return trouble == CUT_SHORT ? ms_linux_sys.pread(fd, buffer, part_of(size), offset) : -1;
}

static ssize_t seam_pwrite(int fd, const void *buffer, size_t size, uint64_t offset)
{
    if (!strikes_moving())
        return ms_linux_sys.pwrite(fd, buffer, size, offset);
    return trouble == CUT_SHORT ? ms_linux_sys.pwrite(fd, buffer, part_of(size), offset) : -1;
}

static int seam_pagemap_scan(int fd, linux_pagemap_scan *scan)
{
    if (!strikes_moving())
        return ms_linux_sys.pagemap_scan(fd, scan);
    scan->vec_len = 1;
    return trouble == CUT_SHORT ? ms_linux_sys.pagemap_scan(fd, scan) : -1;
}

#define REFUSABLE(call) (strikes() && trouble != CUT_SHORT ? -1 : ms_linux_sys.call)

static long seam_page_nodes(pid_t pid, size_t count, void **pages, int *nodes)
{
    return REFUSABLE(page_nodes(pid, count, pages, nodes));
}

static int seam_map_query(int fd, linux_procmap_query *query)
{
    return REFUSABLE(map_query(fd, query));
}

static bool without_links, without_openat2, other_device; /* as for a user, in an older kernel, and on btrfs */

static int seam_openat(int directory_fd, const char *path, int flags)
{
    if (without_links && strncmp(path, "map_files/", 10) == 0) {
        errno = EPERM;
        return -1;
    }
    return REFUSABLE(openat(directory_fd, path, flags));
}

static int seam_openat2(int directory_fd, const char *path, int flags, uint64_t resolve)
{
    if (without_openat2) {
        errno = ENOSYS;
        return -1;
    }
    return REFUSABLE(openat2(directory_fd, path, flags, resolve));
}

static int seam_stat(int fd, linux_stat *result)
{
    int code = REFUSABLE(stat(fd, result));
    if (code == 0)
        result->device_minor ^= other_device;
    return code;
}

static int64_t seam_seek(int fd, int64_t offset, int whence)
{
    return REFUSABLE(seek(fd, offset, whence));
}

static int seam_ended(int pid_fd)
{
    return REFUSABLE(ended(pid_fd));
}

static const linux_sys seam = {
    .vm_readv = seam_vm_readv,
    .pread = seam_pread,
    .pwrite = seam_pwrite,
    .pagemap_scan = seam_pagemap_scan,
    .page_nodes = seam_page_nodes,
    .map_query = seam_map_query,
    .ended = seam_ended,
    .openat = seam_openat,
    .openat2 = seam_openat2,
    .stat = seam_stat,
    .seek = seam_seek,
};

static counting_allocator memory;

static int open_descriptors(void)
{
    int count = 0;
    DIR *list = opendir("/proc/self/fd");
    while (readdir(list))
        count++;
    closedir(list);
    return count;
}

/* ---- the scenario ---- */

static uint64_t shared_at;

static uint8_t byte_at(size_t offset)
{
    return (uint8_t)(offset / PAGE * 7 + offset % PAGE * 13 + 5);
}

/* Private memory with a hole at page 5, untouched from page 10 on; shared memory that only we write; and a number. */
static void prepare(uint64_t told[16])
{
    uint8_t *bytes = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED || madvise(bytes, PAGES * PAGE, MADV_NOHUGEPAGE))
        abort();
    for (size_t i = 0; i < 10 * PAGE; i++)
        bytes[i] = byte_at(i);
    munmap(bytes + 5 * PAGE, PAGE);
    told[0] = (uintptr_t)bytes;
    told[1] = shared_at;
}

static bool is_right(const memscan_transfer *transfer, uint64_t base)
{
    const uint8_t *bytes = transfer->buffer;
    if (transfer->done > transfer->size || (transfer->outcome == MEMSCAN_WHOLE && transfer->done != transfer->size))
        return false;
    for (size_t i = 0; i < transfer->done; i++)
        if (bytes[i] != byte_at((size_t)(transfer->address - base) + i))
            return false;
    return true;
}

static uint8_t buffers[3][4 * PAGE];

static memscan_transfer span(uint64_t address, int buffer, size_t size, const memscan_region *region)
{
    memset(buffers[buffer], 0xAA, sizeof buffers[buffer]);
    return (memscan_transfer){ .address = address, .size = size, .buffer = buffers[buffer], .region = region };
}

/* The steps: 1 where they gave their full result, else 0. A wrong byte fails the test. */
static int read_private(linux_target *target, uint64_t base, const memscan_region *region)
{
    memscan_transfer spans[3] = { span(base + 100, 0, 2 * PAGE, region), span(base + 4 * PAGE + 5, 1, 2 * PAGE, NULL),
                                  span(base + 6 * PAGE, 2, 3 * PAGE, NULL) };
    if (ms_linux_read(target, spans, 3, NULL) != MEMSCAN_OK)
        return 0;
    for (int i = 0; i < 3; i++)
        ck_assert_msg(is_right(&spans[i], base), "span %d", i);
    ck_assert_int_ne(spans[1].outcome, MEMSCAN_WHOLE);
    ck_assert_uint_le(spans[1].done, PAGE - 5);
    return spans[0].outcome == MEMSCAN_WHOLE && spans[1].outcome == MEMSCAN_NOT_MAPPED && spans[1].done == PAGE - 5 &&
           spans[2].outcome == MEMSCAN_WHOLE;
}

static int ask_residency(linux_target *target, const memscan_region *region, uint64_t first_page)
{
    memscan_extent extents[8];
    size_t count = 0, pages = 0;
    bool full = true;
    uint64_t start = region->start + first_page * PAGE;
    if (ms_linux_residency(target, region, start, start + 10 * PAGE - 1, extents, 8, &count, NULL) != MEMSCAN_OK)
        return 0;
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_eq(extents[i].start, start + pages * PAGE);
        for (size_t page = 0; page < extents[i].size / PAGE; page++, pages++) {
            memscan_page_state truth = pages < 4 ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_UNTOUCHED;
            ck_assert(extents[i].state == truth || extents[i].state == MEMSCAN_PAGE_UNKNOWN);
            full = full && extents[i].state == truth;
        }
    }
    return full && pages == 10;
}

static int read_behind(linux_target *target, uint64_t base, const memscan_region *region)
{
    memscan_transfer behind = span(base + PAGE + 3, 0, 3 * PAGE, region);
    behind.source = MEMSCAN_FROM_BACKING;
    if (ms_linux_read(target, &behind, 1, NULL) != MEMSCAN_OK)
        return 0;
    ck_assert(is_right(&behind, base));
    return behind.outcome == MEMSCAN_WHOLE;
}

static int read_by_helper(linux_target *target, uint64_t base, memscan_region region)
{
    region.flags |= MEMSCAN_REGION_MAY_BLOCK;
    memscan_transfer guarded = span(base + 9, 0, 3 * PAGE, &region);
    if (ms_linux_read(target, &guarded, 1, NULL) != MEMSCAN_OK)
        return 0;
    ck_assert(is_right(&guarded, base));
    return guarded.outcome == MEMSCAN_WHOLE;
}

static int write_and_read(linux_target *target, uint64_t base)
{
    uint8_t bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = byte_at(7 * PAGE + i); /* what stands there: a write that half succeeds changes nothing */
    memscan_transfer put = { .address = base + 7 * PAGE, .size = sizeof bytes, .buffer = bytes };
    if (ms_linux_write(target, &put, 1, NULL) != MEMSCAN_OK)
        return 0;
    ck_assert_uint_le(put.done, put.size);
    ck_assert_int_eq(put.outcome == MEMSCAN_WHOLE, put.done == put.size);
    return put.outcome == MEMSCAN_WHOLE;
}

static live_child child;
static memscan_region before_hole, behind_hole, shared;

enum { ALL_STEPS = 0x3f, BEHIND = 2 };

/* System V and shared anonymous memory can be had by root only. */
static int all_steps(void)
{
    return geteuid() == 0 ? ALL_STEPS : ALL_STEPS & ~(1 << BEHIND);
}

static bool in_vain; /* the allocation that failed was made for a step that gives nothing here anyway */

/* A bit for each step that gave its full result. */
static int run(int way)
{
    char locator[16];
    void *state = NULL;
    snprintf(locator, sizeof locator, "%d", (int)child.pid);
    memscan_platform_open request = { locator, MEMSCAN_READ | MEMSCAN_WRITE, &memory.allocator, 5000 };
    if (ms_linux_open_through(&seam, &request, &state, NULL) != MEMSCAN_OK) {
        ck_assert_ptr_null(state);
        return 0;
    }
    linux_target *target = state;
    atomic_store(&target->no_vm_readv, way >= 1);
    atomic_store(&target->no_map_query, way >= 1);
    atomic_store(&target->no_scan, way >= 1);
    int steps = read_private(target, child.told[0], &before_hole);
    steps |= ask_residency(target, &behind_hole, (child.told[0] + 6 * PAGE - behind_hole.start) / PAGE) << 1;
    unsigned long long before = memory.requests;
    steps |= read_behind(target, child.told[1], &shared) << BEHIND;
    in_vain = !(all_steps() >> BEHIND & 1) && memory.fail_at > before && memory.fail_at <= memory.requests;
    steps |= read_by_helper(target, child.told[0], before_hole) << 3;
    steps |= write_and_read(target, child.told[0]) << 4;
    steps |= (ms_linux_alive(target, NULL) == MEMSCAN_OK) << 5;
    ms_linux_close(target);
    return steps;
}

static void begin(void)
{
    uint8_t *bytes = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(bytes, MAP_FAILED);
    for (size_t i = 0; i < PAGES * PAGE; i++)
        bytes[i] = byte_at(i);
    shared_at = (uintptr_t)bytes;
    counting_allocator_init(&memory);
    child = live_child_start(prepare, NULL);
    before_hole = *live_child_region(&child, child.told[0]);
    behind_hole = *live_child_region(&child, child.told[0] + 6 * PAGE);
    before_hole.name = behind_hole.name = "";
    shared = *live_child_region(&child, child.told[1]);
}

static const int troubles[] = { CUT_SHORT, EINTR, EIO, EPERM, ENOMEM, EMFILE, ENOSYS, EFAULT, ESRCH };

START_TEST(any_system_call_may_fail)
{
    begin();
    int way = _i % 2;
    trouble = troubles[_i / 2];
    int descriptors = 0, full = 0;
    bool struck = true;
    for (long n = 0; struck; n++) {
        calls_before = n;
        int steps = run(way);
        struck = calls_before < 0;
        full = steps;
        if (trouble == CUT_SHORT || (trouble == EINTR && moving))
            ck_assert_msg(steps == all_steps(), "call %ld cut short or interrupted: steps %x", n, steps);
        ck_assert_msg(!memory.blocks && !memory.wrong_sizes, "call %ld: blocks are left", n);
        if (!descriptors)
            descriptors = open_descriptors();
        ck_assert_msg(descriptors == open_descriptors(), "call %ld: descriptors are left", n);
    }
    ck_assert_int_eq(full, all_steps());
    live_child_end(&child);
}
END_TEST

START_TEST(any_allocation_may_fail)
{
    begin();
    calls_before = -1;
    int descriptors = open_descriptors(), full = 0;
    bool struck = true;
    long n = 1;
    for (; struck; n++) {
        memory.requests = 0;
        memory.fail_at = (unsigned long long)n;
        in_vain = false;
        full = run(_i);
        struck = memory.requests >= memory.fail_at;
        ck_assert_msg(!memory.blocks && !memory.wrong_sizes, "allocation %ld: blocks are left", n);
        ck_assert_msg(descriptors == open_descriptors(), "allocation %ld: descriptors are left", n);
        ck_assert_msg((full == all_steps()) == (!struck || in_vain), "allocation %ld: steps %x", n, full);
    }
    ck_assert_int_eq(full, all_steps());
    ck_assert_int_gt(n, 6);
    live_child_end(&child);
}
END_TEST

/* ---- files that could not be opened ---- */

static char folder[256], file_path[288];
static int file_fd;
static bool keeps_descriptor;

/* Pages of a file that the target never looked at. */
static void map_file(uint64_t told[16])
{
    void *bytes = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_PRIVATE, file_fd, 0);
    if (bytes == MAP_FAILED)
        abort();
    told[0] = (uintptr_t)bytes;
    if (!keeps_descriptor)
        close(file_fd);
}

static void begin_with_file(bool deleted)
{
    keeps_descriptor = deleted;
    static uint8_t bytes[PAGES * PAGE];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = byte_at(i);
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(file_path, sizeof file_path, "%s/mapped", folder);
    file_fd = open(file_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_int_ge(file_fd, 0);
    ck_assert_int_eq(write(file_fd, bytes, sizeof bytes), sizeof bytes);
    counting_allocator_init(&memory);
    child = live_child_start(map_file, NULL);
    close(file_fd);
    if (deleted)
        unlink(file_path);
    shared = *live_child_region(&child, child.told[0]);
    ck_assert(!(shared.flags & MEMSCAN_REGION_DELETED) == !deleted);
}

static void end_with_file(void)
{
    live_child_end(&child);
    unlink(file_path);
    ck_assert(scratch_folder_remove(folder));
}

static linux_target *open_child(void)
{
    calls_before = -1;
    char locator[16];
    void *state = NULL;
    snprintf(locator, sizeof locator, "%d", (int)child.pid);
    memscan_platform_open request = { locator, MEMSCAN_READ, &memory.allocator, 5000 };
    ck_assert_int_eq(ms_linux_open_through(&seam, &request, &state, NULL), MEMSCAN_OK);
    return state;
}

/* The ways to a file: the mapping's link, its name, its name by a helper, our own map where stat(2) tells of another device,
 * and, where it was deleted, a descriptor of the target's. */
typedef enum way { LINK, NAME, NAME_BY_HELPER, OWN_MAP, DESCRIPTOR, WAYS } way;

static void begin_way(way by)
{
    begin_with_file(by == DESCRIPTOR);
    without_links = by != LINK;
    without_openat2 = by == NAME_BY_HELPER;
    other_device = by == OWN_MAP;
}

static void end_way(void)
{
    without_links = without_openat2 = other_device = false;
    end_with_file();
}

/* The file may not be had while something ran out; it is there as soon as that is over, for it was not the file's fault. */
static bool is_had_at_last(linux_target *target, bool *struck, bool allocations, long n)
{
    memory.requests = 0;
    memory.fail_at = allocations ? (unsigned long long)n + 1 : 0;
    calls_before = allocations ? -1 : n;
    bool whole = read_behind(target, child.told[0], &shared);
    *struck = allocations ? memory.requests >= memory.fail_at : calls_before < 0;
    memory.fail_at = 0;
    calls_before = -1;
    ck_assert_msg(*struck || whole, "nothing failed");
    ck_assert_msg(read_behind(target, child.told[0], &shared), "%ld: it is remembered", n);
    return whole;
}

static long count_refusals(bool allocations)
{
    long refused = 0;
    bool struck = true;
    for (long n = 0; struck; n++) {
        linux_target *target = open_child();
        refused += !is_had_at_last(target, &struck, allocations, n);
        ms_linux_close(target);
        ck_assert(!memory.blocks && !memory.wrong_sizes);
    }
    return refused;
}

START_TEST(a_shortage_is_not_remembered)
{
    static const int shortages[] = { ENOMEM, EMFILE, ENFILE };
    trouble = shortages[_i / WAYS];
    begin_way((way)(_i % WAYS));
    ck_assert_int_gt(count_refusals(false), 0);
    end_way();
}
END_TEST

/* A caller's allocator has no errno. */
START_TEST(a_shortage_of_the_callers_is_not_remembered)
{
    static const way ways[] = { NAME_BY_HELPER, OWN_MAP };
    begin_way(ways[_i]);
    ck_assert_int_gt(count_refusals(true), 0);
    end_way();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux seam");
    TCase *tests = tcase_create("linux seam");
    tcase_set_timeout(tests, 100);
    tcase_add_loop_test(tests, any_system_call_may_fail, 0, 2 * (int)(sizeof troubles / sizeof troubles[0]));
    tcase_add_loop_test(tests, any_allocation_may_fail, 0, 2);
    tcase_add_loop_test(tests, a_shortage_is_not_remembered, 0, WAYS * 3);
    tcase_add_loop_test(tests, a_shortage_of_the_callers_is_not_remembered, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
