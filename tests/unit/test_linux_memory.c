/* test_linux_memory.c - the memory half of the Linux platform, on live children that tell what they hold. */
#define _GNU_SOURCE
#include "check_main.h"
#include "hung_fuse.h"
#include "kernel.h"
#include "live_child.h"
#include "own_mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/host.h"
#include "platform/linux/linux_absent.h"

#define PAGE  ((uint64_t)4096)
#define PAGES 64

/* Every byte of a page tells which page it is in, and where. */
static uint8_t pattern(uint64_t address)
{
    return (uint8_t)((address >> 12) * 37 + (address & 0xfff) * 11 + 1);
}

static void fill(uint64_t address, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        *(uint8_t *)(uintptr_t)(address + i) = pattern(address + i);
}

static bool has_pattern(const uint8_t *bytes, uint64_t address, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != pattern(address + i))
            return false;
    return true;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

static uint64_t map(size_t size, int protection, int flags, int fd)
{
    void *at = mmap(NULL, size, protection, flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
    if (at == MAP_FAILED)
        abort();
    madvise(at, size, MADV_NOHUGEPAGE);
    return (uintptr_t)at;
}

static linux_target *open_pid_through(const linux_sys *sys, pid_t pid, uint32_t access)
{
    char locator[16];
    memscan_error error;
    void *state = NULL;
    snprintf(locator, sizeof locator, "%d", (int)pid);
    memscan_platform_open request = { locator, access, &ms_default_allocator, 200 };
    memscan_status status = ms_linux_open_through(sys, &request, &state, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s", status ? error.text : "");
    return state;
}

static linux_target *open_child(const live_child *child)
{
    return open_pid_through(&ms_linux_sys, child->pid, MEMSCAN_READ | MEMSCAN_WRITE);
}

static memscan_transfer to_read(uint64_t address, void *buffer, size_t size, const memscan_region *region)
{
    return (memscan_transfer){ .address = address, .size = size, .buffer = buffer, .region = region };
}

static memscan_transfer from_behind(uint64_t address, void *buffer, size_t size, const memscan_region *region)
{
    memscan_transfer transfer = to_read(address, buffer, size, region);
    transfer.source = MEMSCAN_FROM_BACKING;
    return transfer;
}

static memscan_transfer to_write(uint64_t address, const void *bytes, size_t size)
{
    return (memscan_transfer){ .address = address, .size = size, .buffer = (void *)(uintptr_t)bytes };
}

static void read_one(linux_target *target, memscan_transfer *transfer)
{
    memscan_error error;
    memscan_status status = ms_linux_read(target, transfer, 1, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s", status ? error.text : "");
}

/* The ways of reading: fast, by mem, and by mem with the map's text. They must agree. */
#define WAYS 3
static void choose_way(linux_target *target, int way)
{
    atomic_store(&target->no_vm_readv, way >= 1);
    atomic_store(&target->no_map_query, way >= 2);
    atomic_store(&target->no_scan, way >= 2);
}

/* ---- reading ---- */

/* Pages in turns of four: ours, no access, ours, nothing. */
static void prepare_holes(uint64_t told[16])
{
    told[0] = map(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    fill(told[0], PAGES * PAGE);
    for (uint64_t page = 1; page < PAGES; page += 4) {
        mprotect((void *)(uintptr_t)(told[0] + page * PAGE), PAGE, PROT_NONE);
        munmap((void *)(uintptr_t)(told[0] + (page + 2) * PAGE), PAGE);
    }
}

static memscan_outcome truth_of_page(uint64_t page)
{
    return page % 4 == 1 ? MEMSCAN_PROTECTED : page % 4 == 3 ? MEMSCAN_NOT_MAPPED : MEMSCAN_WHOLE;
}

START_TEST(spans_end_at_the_first_byte_that_cannot_be_read)
{
    live_child child = live_child_start(prepare_holes, NULL);
    linux_target *target = open_child(&child);
    static uint8_t buffer[3000][2 * PAGE];
    static memscan_transfer spans[3000];
    choose_way(target, _i);
    srand(7);
    for (size_t i = 0; i < 3000; i++) {
        uint64_t offset = (uint64_t)rand() % ((PAGES - 2) * PAGE);
        spans[i] = to_read(child.told[0] + offset, buffer[i], 1 + (size_t)rand() % (2 * PAGE), NULL);
    }
    ck_assert_int_eq(ms_linux_read(target, spans, 3000, NULL), MEMSCAN_OK);
    for (size_t i = 0; i < 3000; i++) {
        uint64_t first = spans[i].address - child.told[0], end = first + spans[i].size, at = first;
        while (at < end && truth_of_page(at / PAGE) == MEMSCAN_WHOLE)
            at = (at / PAGE + 1) * PAGE;
        size_t done = (size_t)((at < end ? at : end) - first);
        ck_assert_uint_eq(spans[i].done, done);
        ck_assert_int_eq(spans[i].outcome, at < end ? truth_of_page(at / PAGE) : MEMSCAN_WHOLE);
        ck_assert(has_pattern(buffer[i], spans[i].address, done));
    }
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

START_TEST(addresses_at_the_ends_are_not_mapped)
{
    live_child child = live_child_start(prepare_holes, NULL);
    linux_target *target = open_child(&child);
    const uint64_t addresses[] = { 0, 1, UINT64_C(0x8000000000000000), UINT64_MAX - 7 };
    choose_way(target, _i);
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        uint8_t bytes[8];
        memscan_transfer span = to_read(addresses[i], bytes, sizeof bytes, NULL);
        read_one(target, &span);
        ck_assert_uint_eq(span.done, 0);
        ck_assert_int_eq(span.outcome, MEMSCAN_NOT_MAPPED);
    }
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

/* Two pages that the kernel itself cannot reach (memfd_secret(2), Linux 5.14, where it is switched on), and two beside. */
static void prepare_secret(uint64_t told[16])
{
    enum { CALL_MEMFD_SECRET = 447 }; /* the same on every architecture that has it */
    int fd = (int)syscall(CALL_MEMFD_SECRET, FD_CLOEXEC);
    told[1] = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    fill(told[1], 2 * PAGE);
    if (fd < 0 || ftruncate(fd, 2 * (off_t)PAGE))
        return;
    told[0] = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
    fill(told[0], 2 * PAGE);
}

START_TEST(secret_memory_fails_alike_by_every_way)
{
    live_child child = live_child_start(prepare_secret, NULL);
    linux_target *target = open_child(&child);
    uint8_t bytes[2][PAGE];
    choose_way(target, _i);
    memscan_transfer spans[2] = { to_read(child.told[0] + 8, bytes[0], PAGE, NULL),
                                  to_read(child.told[1] + 8, bytes[1], PAGE, NULL) };
    ck_assert_int_eq(ms_linux_read(target, spans, 2, NULL), MEMSCAN_OK);
    ck_assert_int_eq(spans[0].outcome, child.told[0] ? MEMSCAN_FAULTY : MEMSCAN_NOT_MAPPED);
    ck_assert_uint_eq(spans[0].done, 0);
    ck_assert_int_eq(spans[1].outcome, MEMSCAN_WHOLE);
    ck_assert(has_pattern(bytes[1], spans[1].address, PAGE));
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

static void obey_end_or_exec(char letter, uint64_t told[16])
{
    (void)told;
    if (letter == 'x')
        _exit(0);
    if (letter == 'e')
        execl("/bin/sleep", "sleep", "1000", (char *)NULL);
}

/* Exit (a zombie, for we do not reap yet) and exec. */
START_TEST(another_image_is_never_touched)
{
    live_child child = live_child_start(prepare_holes, obey_end_or_exec);
    const memscan_region *region = live_child_region(&child, child.told[0]);
    linux_target *target = open_child(&child);
    uint8_t bytes[8] = { 0 };
    memscan_extent extent;
    size_t count = 0;
    choose_way(target, _i % WAYS);
    ck_assert_int_eq(ms_linux_alive(target, NULL), MEMSCAN_OK);
    live_child_tell(&child, _i < WAYS ? 'x' : 'e');
    memscan_transfer span = to_read(child.told[0], bytes, sizeof bytes, NULL);
    ck_assert_int_eq(ms_linux_alive(target, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(ms_linux_read(target, &span, 1, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(ms_linux_write(target, &span, 1, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(
        ms_linux_residency(target, region, region->start, region->start + PAGE - 1, &extent, 1, &count, NULL),
        MEMSCAN_GONE);
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

/* ---- pid reuse, in a pid namespace of its own ---- */

static pid_t fork_as(pid_t number)
{
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
    } how = { .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1 };
    pid_t pid = (pid_t)syscall(SYS_clone3, &how, sizeof how);
    if (pid == 0)
        for (;;)
            pause();
    return pid;
}

static int reuse_a_number(int way)
{
    uint64_t secret = 0x1122334455667788, seen = 0;
    if (!own_mounts_enter() || mount("proc", "/proc", "proc", 0, NULL))
        return 1;
    if (fork_as(77) != 77)
        return 2;
    linux_target *target = open_pid_through(&ms_linux_sys, 77, MEMSCAN_READ | MEMSCAN_WRITE);
    choose_way(target, way);
    memscan_transfer span = to_read((uintptr_t)&secret, &seen, sizeof seen, NULL);
    if (ms_linux_read(target, &span, 1, NULL) != MEMSCAN_OK || seen != secret)
        return 3;
    kill(77, SIGKILL);
    if (waitpid(77, NULL, 0) != 77 || fork_as(77) != 77)
        return 4;
    bool by_number = process_vm_readv(77, &(struct iovec){ &seen, 8 }, 1, &(struct iovec){ &secret, 8 }, 1, 0) == 8;
    bool refused =
        ms_linux_read(target, &span, 1, NULL) == MEMSCAN_GONE && ms_linux_write(target, &span, 1, NULL) == MEMSCAN_GONE;
    ms_linux_close(target);
    return by_number && refused ? 0 : 5;
}

START_TEST(the_next_owner_of_the_number_is_never_touched)
{
    pid_t outside = fork(); /* for unshare is not undone */
    if (outside == 0) {
        int status = 0;
        if (unshare(CLONE_NEWPID))
            _exit(6);
        pid_t first = fork();
        if (first == 0)
            _exit(reuse_a_number(_i));
        _exit(waitpid(first, &status, 0) == first && WIFEXITED(status) ? WEXITSTATUS(status) : 7);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(outside, &status, 0), outside);
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    ck_assert(WIFEXITED(status));
}
END_TEST

/* ---- opening ---- */

START_TEST(what_is_no_process_is_not_opened)
{
    static const struct {
        const char *locator;
        memscan_status status;
    } cases[] = {
        { "999999999", MEMSCAN_NOT_FOUND },
        { "0", MEMSCAN_INVALID },
        { "", MEMSCAN_INVALID },
        { "-1", MEMSCAN_INVALID },
        { "\033[31m", MEMSCAN_INVALID },
        { "99999999999999999999", MEMSCAN_INVALID },
        { "self/", MEMSCAN_INVALID },
        { "4294967297", MEMSCAN_INVALID },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memscan_platform_open request = { cases[i].locator, MEMSCAN_READ, &ms_default_allocator, 200 };
        memscan_error error;
        void *state = NULL;
        ck_assert_int_eq(ms_linux_open(&request, &state, &error), cases[i].status);
        ck_assert_ptr_null(state);
        ck_assert_ptr_null(strchr(error.text, '\033'));
    }
}
END_TEST

START_TEST(the_facts_are_the_childs)
{
    live_child child = live_child_start(prepare_holes, NULL);
    linux_target *target = open_child(&child);
    memscan_platform_facts facts = { 0 };
    ck_assert_int_eq(ms_linux_facts(target, &facts, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(facts.target.pid, (uint64_t)child.pid);
    ck_assert_uint_eq(facts.target.page_size, (uint64_t)sysconf(_SC_PAGESIZE));
    ck_assert_uint_eq(facts.target.layout.pointer_width, sizeof(void *));
    ck_assert_str_eq(facts.target.name, "test_linux_memo"); /* 15 bytes of our own name */
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

/* ---- writing ---- */

static void prepare_protections(uint64_t told[16])
{
    char name[] = "/tmp/memscan-test-XXXXXX";
    int fd = mkstemp(name);
    if (fd < 0 || ftruncate(fd, 2 * (off_t)PAGE))
        abort();
    unlink(name);
    told[0] = map(2 * PAGE, PROT_READ, MAP_PRIVATE, -1);
    told[1] = map(2 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
    told[2] = map(2 * PAGE, PROT_READ, MAP_SHARED, fd);
    told[3] = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    munmap((void *)(uintptr_t)(told[3] + PAGE), PAGE);
    fill(told[3], PAGE);
}

START_TEST(writing_reaches_private_memory_and_is_refused_by_name_elsewhere)
{
    live_child child = live_child_start(prepare_protections, NULL);
    linux_target *target = open_child(&child);
    const uint64_t value = 0x1122334455667788;
    uint64_t seen = 0;
    choose_way(target, _i);
    for (int i = 0; i < 2; i++) {
        memscan_transfer put = to_write(child.told[i] + 8, &value, sizeof value);
        ck_assert_int_eq(ms_linux_write(target, &put, 1, NULL), MEMSCAN_OK);
        ck_assert_int_eq(put.outcome, MEMSCAN_WHOLE);
        memscan_transfer get = to_read(child.told[i] + 8, &seen, sizeof seen, NULL);
        read_one(target, &get);
        ck_assert_uint_eq(seen, value);
    }
    memscan_transfer put[3] = { to_write(child.told[2], &value, sizeof value),
                                to_write(child.told[3] + PAGE - 3, &value, sizeof value),
                                to_write(child.told[3] + PAGE, &value, sizeof value) };
    ck_assert_int_eq(ms_linux_write(target, put, 3, NULL), MEMSCAN_OK);
    ck_assert_int_eq(put[0].outcome, MEMSCAN_PROTECTED);
    ck_assert_uint_eq(put[0].done, 0);
    ck_assert_int_eq(put[1].outcome, MEMSCAN_NOT_MAPPED);
    ck_assert_uint_eq(put[1].done, 3);
    ck_assert_int_eq(put[2].outcome, MEMSCAN_NOT_MAPPED);
    ck_assert_uint_eq(put[2].done, 0);
    uint8_t shared[8];
    memscan_transfer get = to_read(child.told[2], shared, sizeof shared, NULL);
    read_one(target, &get);
    ck_assert(is_zero(shared, sizeof shared));
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

START_TEST(writing_needs_to_be_asked_for_at_opening)
{
    live_child child = live_child_start(prepare_protections, NULL);
    linux_target *target = open_pid_through(&ms_linux_sys, child.pid, MEMSCAN_READ);
    memscan_transfer put = to_write(child.told[3], "x", 1);
    ck_assert_int_eq(ms_linux_write(target, &put, 1, NULL), MEMSCAN_DENIED);
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

/* ---- residency ---- */

#define MANY 4096

static bool is_touched(uint64_t page)
{
    return (page * 2654435761u >> 7) % 3 == 0;
}

/* Far more than is touched, of as much as there is. */
#define RESERVED_GIB (sizeof(void *) > 4 ? 64 : 1)
#define SHARED_MIB   (sizeof(void *) > 4 ? 1024 : 256)

static void prepare_touched(uint64_t told[16])
{
    told[0] = map(MANY * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    for (uint64_t page = 0; page < MANY; page++)
        if (is_touched(page))
            fill(told[0] + page * PAGE, PAGE);
    told[1] = map((size_t)RESERVED_GIB << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, -1);
    told[2] = map((size_t)SHARED_MIB << 20, PROT_READ | PROT_WRITE, MAP_SHARED, -1);
    told[3] = map(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    for (uint64_t page = 0; page < PAGES; page++) /* read, never written: the zero page */
        told[15] += *(volatile uint8_t *)(uintptr_t)(told[3] + page * PAGE);
}

/* The states of a whole region, asked for with little room at a time. */
static size_t ask_states(linux_target *target, const memscan_region *region, uint64_t size, memscan_page_state *states)
{
    memscan_extent extents[7];
    uint64_t at = region->start;
    size_t asked = 0;
    while (at < region->start + size) {
        size_t count = 0;
        ck_assert_int_eq(ms_linux_residency(target, region, at, region->start + size - 1, extents, 7, &count, NULL),
                         MEMSCAN_OK);
        ck_assert_uint_ge(count, 1);
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(extents[i].start, at);
            ck_assert(i == 0 || extents[i].state != extents[i - 1].state);
            for (uint64_t page = 0; states && page < extents[i].size / PAGE; page++)
                states[(at - region->start) / PAGE + page] = extents[i].state;
            at += extents[i].size;
        }
        asked++;
    }
    ck_assert_uint_eq(at, region->start + size);
    return asked;
}

START_TEST(residency_is_what_was_touched_and_changes_nothing)
{
    live_child child = live_child_start(prepare_touched, NULL);
    linux_target *target = open_child(&child);
    choose_way(target, _i);
    uint64_t resident = live_child_status(&child, "VmRSS"), tables = live_child_status(&child, "VmPTE");
    static memscan_page_state states[MANY];
    memscan_region region = *live_child_region(&child, child.told[0]);
    region.size -= child.told[0] - region.start;
    region.start = child.told[0]; /* neighbours may have been joined with it */
    ask_states(target, &region, MANY * PAGE, states);
    for (uint64_t page = 0; page < MANY; page++)
        ck_assert_int_eq(states[page], is_touched(page) ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_UNTOUCHED);

    region.start = child.told[1];
    region.size = (uint64_t)(_i ? 1 : RESERVED_GIB) << 30;
    ck_assert_uint_eq(ask_states(target, &region, region.size, NULL), 1);
    region = *live_child_region(&child, child.told[2]);
    ck_assert_uint_eq(region.size, (uint64_t)SHARED_MIB << 20);
    memscan_extent one = { 0 };
    size_t count = 0;
    ck_assert_int_eq(
        ms_linux_residency(target, &region, region.start, region.start + region.size - 1, &one, 1, &count, NULL),
        MEMSCAN_OK);
    ck_assert_int_eq(one.state, MEMSCAN_PAGE_SHARED);
    ck_assert_uint_eq(one.size, region.size);

    ck_assert_uint_eq(live_child_status(&child, "VmRSS"), resident);
    ck_assert_uint_eq(live_child_status(&child, "VmPTE"), tables);
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

START_TEST(pages_of_the_zero_page_are_untouched)
{
    live_child child = live_child_start(prepare_touched, NULL);
    linux_target *target = open_child(&child);
    memscan_region region = *live_child_region(&child, child.told[3]);
    memscan_page_state states[PAGES];
    uint64_t start = child.told[3];
    region.size -= start - region.start;
    region.start = start;
    ask_states(target, &region, PAGES * PAGE, states);
    bool known = !atomic_load(&target->no_scan) && kernel_shares_zeros(); /* the entries of pagemap do not tell */
    for (size_t page = 0; page < PAGES; page++)
        ck_assert_int_eq(states[page], known ? MEMSCAN_PAGE_UNTOUCHED : MEMSCAN_PAGE_RESIDENT);
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

/* ---- what is behind absent pages ---- */

static char test_folder[64];
static char test_file[96];

static void make_folder(void)
{
    snprintf(test_folder, sizeof test_folder, "/tmp/memscan-test-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(test_folder));
    ck_assert_int_eq(chmod(test_folder, 0755), 0);
    snprintf(test_file, sizeof test_file, "%s/file", test_folder);
}

static void remove_folder(void)
{
    unlink(test_file);
    rmdir(test_folder);
}

#define FILE_SIZE (5 * PAGE + 100)

static int make_file(void)
{
    uint8_t bytes[FILE_SIZE];
    int fd = open(test_file, O_RDWR | O_CREAT | O_EXCL, 0644);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = pattern(i);
    if (fd < 0 || write(fd, bytes, sizeof bytes) != sizeof bytes)
        abort();
    return fd;
}

/* A file, mapped privately (page 1 written) and shared, and beyond its end. */
static void prepare_file(uint64_t told[16])
{
    int fd = make_file();
    told[0] = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
    told[1] = map(8 * PAGE, PROT_READ, MAP_SHARED, fd);
    *(volatile uint8_t *)(uintptr_t)(told[0] + PAGE) = 0xEE;
    close(fd);
}

static void obey_delete(char letter, uint64_t told[16])
{
    (void)told;
    if (letter == 'd')
        unlink(test_file);
}

START_TEST(absent_pages_of_a_file_come_from_the_file)
{
    uint8_t bytes[8 * PAGE];
    make_folder();
    live_child child = live_child_start(prepare_file, obey_delete);
    linux_target *target = open_child(&child);
    if (_i)
        live_child_tell(&child, 'd'); /* root still gets at it by map_files */
    for (int i = 0; i < 2; i++) {
        const memscan_region *region = live_child_region(&child, child.told[i]);
        memscan_page_state states[8];
        ask_states(target, region, 8 * PAGE, states);
        for (int page = 0; page < 8; page++)
            ck_assert_int_eq(states[page], i == 0 && page == 1 ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_FILE);
        uint64_t resident = live_child_status(&child, "VmRSS"), tables = live_child_status(&child, "VmPTE");
        memscan_transfer span = from_behind(child.told[i] + 10, bytes, sizeof bytes - 10, region);
        read_one(target, &span);
        ck_assert_int_eq(span.outcome, MEMSCAN_ABSENT_FILE);
        ck_assert_uint_eq(span.done, 6 * PAGE - 10); /* the page of the end is whole, with zeros */
        ck_assert(has_pattern(bytes, 10, FILE_SIZE - 10));
        ck_assert(is_zero(bytes + FILE_SIZE - 10, 6 * PAGE - FILE_SIZE));
        span = from_behind(child.told[i] + FILE_SIZE + 7, bytes, 9, region);
        read_one(target, &span);
        ck_assert_int_eq(span.outcome, MEMSCAN_WHOLE);
        ck_assert(is_zero(bytes, 9));
        span = from_behind(child.told[i] + 6 * PAGE, bytes, 9, region);
        read_one(target, &span);
        ck_assert_int_eq(span.outcome, MEMSCAN_ABSENT_FILE);
        ck_assert_uint_eq(span.done, 0);
        ck_assert_uint_eq(live_child_status(&child, "VmRSS"), resident);
        ck_assert_uint_eq(live_child_status(&child, "VmPTE"), tables);
    }
    ms_linux_close(target);
    live_child_end(&child);
    remove_folder();
}
END_TEST

/* As a user without rights map_files is closed: then the name counts, and must be the file's own. */
static void become_nobody(void)
{
    if (geteuid() == 0)
        ck_assert(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
                  setresuid(65534, 65534, 65534) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
}

START_TEST(a_name_that_stands_for_something_else_is_not_read)
{
    uint8_t bytes[16];
    become_nobody();
    make_folder();
    live_child child = live_child_start(prepare_file, obey_delete);
    const memscan_region *region = live_child_region(&child, child.told[1]);
    linux_target *target = open_child(&child);
    if (_i > 0)
        live_child_tell(&child, 'd');
    if (_i == 1)
        ck_assert_int_eq(mkfifo(test_file, 0644), 0);
    if (_i == 2)
        close(make_file());
    if (_i == 3)
        ck_assert_int_eq(symlink("/etc/passwd", test_file), 0);
    memscan_transfer span = from_behind(child.told[1], bytes, sizeof bytes, region);
    uint64_t before = ms_clock_ns();
    read_one(target, &span);
    ck_assert_uint_lt(ms_clock_ns() - before, UINT64_C(150000000));
    ck_assert_int_eq(span.outcome, _i ? MEMSCAN_ABSENT_FILE : MEMSCAN_WHOLE);
    ck_assert_uint_eq(span.done, _i ? 0 : sizeof bytes);
    ck_assert(_i || has_pattern(bytes, 0, sizeof bytes));
    ms_linux_close(target);
    live_child_end(&child);
    remove_folder();
}
END_TEST

/* Shared memory of four sorts, made here and inherited; the child never touches it. */
static uint64_t shared_at[4];

static void make_shared(void)
{
    int memory = memfd_create("needle", MFD_CLOEXEC);
    char name[64];
    snprintf(name, sizeof name, "/dev/shm/memscan-test-%d", (int)getpid());
    int shm = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    int segment = shmget(IPC_PRIVATE, PAGES * PAGE, 0600);
    if (memory < 0 || shm < 0 || segment < 0 || ftruncate(memory, PAGES * PAGE) || ftruncate(shm, PAGES * PAGE))
        abort();
    shared_at[0] = map(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, -1);
    shared_at[1] = map(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory);
    shared_at[2] = map(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, shm);
    shared_at[3] = (uintptr_t)shmat(segment, NULL, 0);
    shmctl(segment, IPC_RMID, NULL);
    if (geteuid() == 0)
        unlink(name);
}

static void prepare_shared(uint64_t told[16])
{
    memcpy(told, shared_at, sizeof shared_at);
}

START_TEST(what_another_process_wrote_into_shared_memory_is_found)
{
    static uint8_t bytes[PAGES * PAGE];
    if (_i)
        become_nobody();
    make_shared();
    live_child child = live_child_start(prepare_shared, NULL);
    linux_target *target = open_child(&child);
    uint64_t resident = live_child_status(&child, "VmRSS"), tables = live_child_status(&child, "VmPTE");
    bool right = geteuid() == 0;
    for (int i = 0; i < 4; i++) {
        uint64_t needle = shared_at[i] + 40 * PAGE;
        memset((void *)(uintptr_t)(needle + 77), 0x5A, 8);
        const memscan_region *region = live_child_region(&child, shared_at[i]);
        memscan_page_state states[PAGES];
        ask_states(target, region, PAGES * PAGE, states);
        ck_assert_int_eq(states[40], MEMSCAN_PAGE_SHARED);
        memscan_transfer span = from_behind(shared_at[i], bytes, sizeof bytes, region);
        read_one(target, &span);
        if (right || i == 1 || i == 2) { /* the memfd by the child's descriptor, the file in /dev/shm by name */
            ck_assert_int_eq(span.outcome, MEMSCAN_WHOLE);
            ck_assert(is_zero(bytes, 40 * PAGE + 77));
            ck_assert_mem_eq(bytes + 40 * PAGE + 77, "\x5A\x5A\x5A\x5A\x5A\x5A\x5A\x5A\0", 9);
        } else {
            ck_assert_int_eq(span.outcome, MEMSCAN_ABSENT_SHARED);
            ck_assert_uint_eq(span.done, 0);
        }
    }
    ck_assert_uint_eq(live_child_status(&child, "VmRSS"), resident);
    ck_assert_uint_eq(live_child_status(&child, "VmPTE"), tables);
    ms_linux_close(target);
    live_child_end(&child);
    char name[64];
    snprintf(name, sizeof name, "/dev/shm/memscan-test-%d", (int)getpid());
    unlink(name);
}
END_TEST

START_TEST(more_files_than_are_kept_open_are_read_all_the_same)
{
    static int memory[100];
    uint8_t byte;
    linux_target *target = open_pid_through(&ms_linux_sys, getpid(), MEMSCAN_READ);
    live_child self = { .pid = getpid() };
    uint64_t at[100];
    for (int i = 0; i < 100; i++) {
        memory[i] = memfd_create("many", MFD_CLOEXEC);
        ck_assert_int_eq(pwrite(memory[i], &(uint8_t){ (uint8_t)(i + 1) }, 1, 0), 1);
        at[i] = map(PAGE, PROT_READ, MAP_SHARED, memory[i]);
    }
    for (int i = 0; i < 300; i++) {
        memscan_transfer span = from_behind(at[i % 100], &byte, 1, live_child_region(&self, at[i % 100]));
        read_one(target, &span);
        ck_assert_int_eq(span.outcome, MEMSCAN_WHOLE);
        ck_assert_uint_eq(byte, i % 100 + 1);
    }
    ms_linux_close(target);
}
END_TEST

/* ---- several threads at once ---- */

typedef struct reader {
    linux_target *target;
    memscan_region region, shared;
    uint64_t base, needle;
    ms_thread *thread;
    size_t wrong;
} reader;

static void read_much(void *argument)
{
    reader *mine = argument;
    static _Thread_local uint8_t bytes[16 * PAGE];
    for (int round = 0; round < 200; round++) {
        memscan_region region = mine->region;
        bool guarded = round % 20 == 0;
        region.flags |= MEMSCAN_REGION_MAY_BLOCK;
        memscan_transfer spans[2] = { guarded ? to_read(mine->base, bytes, PAGE, &region)
                                              : to_read(mine->base, bytes, 5 * PAGE, NULL),
                                      from_behind(mine->needle, bytes + 8 * PAGE, 8, &mine->shared) };
        memscan_extent extents[4];
        size_t count = 0;
        mine->wrong += ms_linux_read(mine->target, spans, 2, NULL) != MEMSCAN_OK;
        mine->wrong += spans[0].done != PAGE || spans[0].outcome != (guarded ? MEMSCAN_WHOLE : MEMSCAN_PROTECTED);
        mine->wrong += !has_pattern(bytes, mine->base, PAGE);
        mine->wrong += spans[1].done != 8 || memcmp(bytes + 8 * PAGE, "\x5A\x5A\x5A\x5A\x5A\x5A\x5A\x5A", 8) != 0;
        mine->wrong += ms_linux_residency(mine->target, &mine->region, mine->base, mine->base + PAGE - 1, extents, 4,
                                          &count, NULL) != MEMSCAN_OK ||
                       count != 1 || extents[0].state != MEMSCAN_PAGE_RESIDENT;
    }
}

static void prepare_both(uint64_t told[16])
{
    prepare_holes(told);
    told[1] = shared_at[1];
}

START_TEST(threads_read_the_same_target_at_once)
{
    make_shared();
    live_child child = live_child_start(prepare_both, NULL);
    linux_target *target = open_child(&child);
    reader readers[4];
    uint64_t needle = child.told[1] + 9 * PAGE;
    memset((void *)(uintptr_t)needle, 0x5A, 8);
    memscan_region shared = *live_child_region(&child, needle);
    shared.name = "/memfd:needle";
    memscan_region region = *live_child_region(&child, child.told[0]);
    region.name = "";
    for (size_t i = 0; i < 4; i++) {
        readers[i] = (reader){ target, region, shared, child.told[0], needle, NULL, 0 };
        readers[i].thread = ms_thread_start(&ms_default_allocator, read_much, &readers[i]);
        ck_assert_ptr_nonnull(readers[i].thread);
    }
    for (size_t i = 0; i < 4; i++) {
        ms_thread_join(readers[i].thread);
        ck_assert_uint_eq(readers[i].wrong, 0);
    }
    ms_linux_close(target);
    live_child_end(&child);
}
END_TEST

/* ---- what may block ---- */

static volatile sig_atomic_t child_signals;

static void count_child_signal(int number)
{
    (void)number;
    child_signals++;
}

/* Pages 0 to 9 are there; the rest would come from a userfaultfd that nobody answers. */
static void prepare_userfault(uint64_t told[16])
{
    told[0] = map(1024 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, -1);
    fill(told[0], 10 * PAGE);
    int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
    struct uffdio_api api = { .api = UFFD_API };
    struct uffdio_register where = { .range = { told[0], 1024 * PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
    if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &where))
        abort();
}

START_TEST(pages_that_nobody_supplies_hold_nobody_up)
{
    static uint8_t bytes[1024 * PAGE];
    live_child child = live_child_start(prepare_userfault, NULL);
    linux_target *target = open_child(&child);
    memscan_region region = *live_child_region(&child, child.told[0]);
    region.size = 1024 * PAGE;
    region.start = child.told[0];
    region.flags |= MEMSCAN_REGION_MAY_BLOCK;
    memscan_page_state states[1024];
    struct sigaction count = { .sa_handler = count_child_signal }, before;
    sigaction(SIGCHLD, &count, &before);
    ask_states(target, &region, region.size, states);
    for (int page = 0; page < 1024; page++)
        ck_assert_int_eq(states[page], page < 10 ? MEMSCAN_PAGE_RESIDENT : MEMSCAN_PAGE_BLOCKED);

    uint64_t start = ms_clock_ns();
    memscan_transfer whole = to_read(region.start + 5, bytes, region.size - 5, &region);
    read_one(target, &whole);
    ck_assert_int_eq(whole.outcome, MEMSCAN_BLOCKED);
    ck_assert_uint_eq(whole.done, 10 * PAGE - 5);
    ck_assert(has_pattern(bytes, region.start + 5, whole.done));
    for (uint64_t page = 10; page < 1024; page++) {
        memscan_transfer one = to_read(region.start + page * PAGE, bytes, PAGE, &region);
        read_one(target, &one);
        ck_assert_int_eq(one.outcome, MEMSCAN_BLOCKED);
        ck_assert_uint_eq(one.done, 0);
    }
    memscan_transfer put = to_write(region.start + 500 * PAGE, "x", 1);
    put.region = &region;
    ck_assert_int_eq(ms_linux_write(target, &put, 1, NULL), MEMSCAN_OK);
    ck_assert_int_eq(put.outcome, MEMSCAN_BLOCKED);
    ck_assert_uint_lt(ms_clock_ns() - start, UINT64_C(50000000000)); /* a deadline each would be 200 s */

    memscan_transfer there = to_read(region.start + 9 * PAGE, bytes, PAGE, &region);
    read_one(target, &there);
    ck_assert_int_eq(there.outcome, MEMSCAN_WHOLE);
    ck_assert(has_pattern(bytes, there.address, PAGE));
    put = to_write(region.start + 9 * PAGE, "x", 1);
    put.region = &region;
    ck_assert_int_eq(ms_linux_write(target, &put, 1, NULL), MEMSCAN_OK);
    ck_assert_int_eq(put.outcome, MEMSCAN_WHOLE);

    ms_linux_close(target);
    ck_assert_int_eq(child_signals, 0);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), 0); /* only the target is left, and lives */
    sigaction(SIGCHLD, &before, NULL);
    live_child_end(&child);
    ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

static void prepare_hung_file(uint64_t told[16])
{
    int fd = open(test_file, O_RDONLY | O_CLOEXEC);
    told[0] = map(HUNG_FUSE_PAGES * PAGE, PROT_READ, MAP_SHARED, fd);
    told[1] = *(volatile uint8_t *)(uintptr_t)told[0];
    close(fd);
}

static bool is_hung_files(const uint8_t *bytes, uint64_t offset, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (uint8_t)((offset + i) / 64 + 3))
            return false;
    return true;
}

/* Reads a page of the file's mapping and tells how long it took, in milliseconds. */
static uint64_t read_page(linux_target *target, const memscan_region *region, memscan_source source, uint64_t page,
                          memscan_outcome expected)
{
    uint8_t bytes[PAGE];
    memscan_transfer one = to_read(region->start + page * PAGE, bytes, sizeof bytes, region);
    one.source = source;
    uint64_t start = ms_clock_ns();
    read_one(target, &one);
    ck_assert_int_eq(one.outcome, expected);
    ck_assert(one.outcome != MEMSCAN_WHOLE || is_hung_files(bytes, page * PAGE, PAGE));
    ck_assert_uint_eq(one.done, one.outcome == MEMSCAN_WHOLE ? PAGE : 0);
    return (ms_clock_ns() - start) / 1000000;
}

static void stop(pid_t pid)
{
    int status = 0;
    kill(pid, SIGSTOP);
    ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
    ck_assert(WIFSTOPPED(status));
}

/* The first read that hangs costs the deadline (200 ms here), the others nothing; what is there is read all the
 * while; and of the helpers that were killed the host sees nothing. The server is stopped, or it took the request
 * and does not answer: then the helper cannot even be killed before the server ends. */
START_TEST(a_hung_file_system_costs_one_deadline)
{
    struct sigaction count = { .sa_handler = count_child_signal };
    make_folder();
    ck_assert(own_mounts_enter());
    pid_t server = hung_fuse_mount(test_folder);
    live_child child = live_child_start(prepare_hung_file, NULL);
    memscan_region region = *live_child_region(&child, child.told[0]);
    region.flags |= MEMSCAN_REGION_MAY_BLOCK;
    memscan_source first = _i % 2 ? MEMSCAN_FROM_TARGET : MEMSCAN_FROM_BACKING;
    memscan_source second = _i % 2 ? MEMSCAN_FROM_BACKING : MEMSCAN_FROM_TARGET;
    linux_target *target = open_child(&child);
    read_page(target, &region, MEMSCAN_FROM_TARGET, 0, MEMSCAN_WHOLE);
    read_page(target, &region, MEMSCAN_FROM_BACKING, 1, MEMSCAN_WHOLE);
    if (_i < 2)
        stop(server);
    sigaction(SIGCHLD, &count, NULL);
    uint64_t waited = read_page(target, &region, first, 5, MEMSCAN_BLOCKED);
    ck_assert_uint_ge(waited, 200);
    ck_assert_uint_lt(waited, 2000);
    waited = read_page(target, &region, first, 6, MEMSCAN_BLOCKED);
    waited += read_page(target, &region, second, 7, MEMSCAN_BLOCKED);
    ck_assert_uint_lt(waited, 200); /* not one deadline more for the two */
    read_page(target, &region, MEMSCAN_FROM_TARGET, 0, MEMSCAN_WHOLE);
    ck_assert_int_eq(child_signals, 0);
    signal(SIGCHLD, SIG_DFL);
    live_child_end(&child); /* nothing of ours holds it up */
    kill(server, SIGKILL);
    ck_assert_int_eq(waitpid(server, NULL, 0), server);
    ms_linux_close(target);
    ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1); /* no zombie is left */
    ck_assert_int_eq(errno, ECHILD);
    umount2(test_folder, MNT_DETACH);
    remove_folder();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux memory");
    TCase *tests = tcase_create("linux memory");
    tcase_set_timeout(tests, 100);
    tcase_add_loop_test(tests, spans_end_at_the_first_byte_that_cannot_be_read, 0, WAYS);
    tcase_add_loop_test(tests, addresses_at_the_ends_are_not_mapped, 0, WAYS);
    tcase_add_loop_test(tests, secret_memory_fails_alike_by_every_way, 0, WAYS);
    tcase_add_loop_test(tests, another_image_is_never_touched, 0, 2 * WAYS);
    tcase_add_test(tests, what_is_no_process_is_not_opened);
    tcase_add_test(tests, the_facts_are_the_childs);
    tcase_add_loop_test(tests, writing_reaches_private_memory_and_is_refused_by_name_elsewhere, 0, WAYS);
    tcase_add_test(tests, writing_needs_to_be_asked_for_at_opening);
    tcase_add_loop_test(tests, residency_is_what_was_touched_and_changes_nothing, 0, WAYS);
    tcase_add_test(tests, pages_of_the_zero_page_are_untouched);
    tcase_add_loop_test(tests, absent_pages_of_a_file_come_from_the_file, 0, geteuid() == 0 ? 2 : 1);
    tcase_add_loop_test(tests, a_name_that_stands_for_something_else_is_not_read, 0, 4);
    tcase_add_loop_test(tests, what_another_process_wrote_into_shared_memory_is_found, 0, 2);
    tcase_add_test(tests, more_files_than_are_kept_open_are_read_all_the_same);
    tcase_add_test(tests, threads_read_the_same_target_at_once);
    if (geteuid() == 0) /* userfaultfd with faults of the kernel's */
        tcase_add_test(tests, pages_that_nobody_supplies_hold_nobody_up);
    const bool own_mounts = own_mounts_possible();
    if (own_mounts)
        tcase_add_loop_test(tests, the_next_owner_of_the_number_is_never_touched, 0, WAYS);
    if (own_mounts && access("/dev/fuse", R_OK | W_OK) == 0)
        tcase_add_loop_test(tests, a_hung_file_system_costs_one_deadline, 0, 4);
    suite_add_tcase(suite, tests);
    return suite;
}
