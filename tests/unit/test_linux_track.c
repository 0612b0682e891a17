/* test_linux_track.c - write tracking of live targets: a session that reads only what was written says exactly what one
 * says that reads everything, whoever wrote and however; the target is as it was afterwards, also when the searcher is
 * killed at any moment. MEMSCAN_TEST_MIB sets how much memory the target has. */
#define _GNU_SOURCE
#include "check_main.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include <unistd.h>

#include <memscan/memscan.h>
#include <memscan/scan.h>

#include "kernel.h"
#include "libmemscan/base/host.h"
#include "live_child.h"
#include "platform/linux/linux_target.h"
#include "platform/linux/linux_track.h"
#include "random.h"
#include "scratch_folder.h"

enum { PAGE = 4096, SEED = 815, WORDS_A_PAGE = PAGE / 4 };

/* What the target says of itself, in memory that both see. */
typedef struct truth {
    uint64_t changed; /* words of its array, by the last letter */
    uint64_t moved;   /* where a part of it was moved to */
    uint64_t marked;  /* pages of that part that its own userfaultfd shows as written */
    uint64_t long_at; /* a mapping of LONG_PAGES */
    atomic_ulong calls, interrupted, wrong;
    atomic_bool enough;
} truth;

static truth *told;
static size_t pages = 256;
static live_child child;
static memscan_target *target, *plain_target;
static memscan_scan *tracked, *plain;

static void *map(size_t size, int flags)
{
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        _exit(3);
    return mapped;
}

/* --- the target --- */

static uint32_t *array;
static uint8_t *moving; /* a mapping of its own that is moved to and fro */
static uint32_t *heap;
static uint8_t *mapped; /* a file's, privately; and the file */
static int file_of_mapped;
static uint64_t state = SEED;

static uint32_t *word_of(uint64_t drawn)
{
    return &array[drawn % pages * WORDS_A_PAGE + (drawn >> 32) % WORDS_A_PAGE];
}

/* The heap grown by sixteen pages; musl's sbrk grows nothing. */
static uint32_t *grow(void)
{
    void *more = sbrk(16 * PAGE);
    if (more != (void *)-1)
        return more;
    uintptr_t end = (uintptr_t)syscall(SYS_brk, 0);
    if ((uintptr_t)syscall(SYS_brk, end + 16 * PAGE) != end + 16 * PAGE)
        _exit(7);
    return (uint32_t *)end;
}

/* The kernel writes the number of the CPU into a thread's memory whenever it is moved to another one (rseq(2), which glibc
 * registers): between two searches that are to see the same. So it stays on one. */
static void stay_on_one_cpu(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0)
        _exit(8);
}

/* Its pages are read and stay the file's, but for one. */
static void map_file(void)
{
    uint8_t page[PAGE];
    char name[] = "/tmp/memscan-track-XXXXXX";
    file_of_mapped = mkstemp(name);
    memset(page, 5, PAGE);
    for (int i = 0; i < 8; i++)
        if (file_of_mapped < 0 || write(file_of_mapped, page, PAGE) != PAGE)
            _exit(8);
    unlink(name);
    mapped = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file_of_mapped, 0);
    if (mapped == MAP_FAILED)
        _exit(8);
    for (int i = 0; i < 8; i++)
        told->wrong += *(volatile uint8_t *)(mapped + i * PAGE) != 5;
    mapped[3 * PAGE]++;
}

/* Through the file, and not through the mapping: its page tables show nothing of it. */
static void write_file(void)
{
    uint32_t value = (uint32_t)test_random(&state);
    if (pwrite(file_of_mapped, &value, 4, 6 * PAGE + 4 * (long)(test_random(&state) % 64)) != 4)
        _exit(9);
}

static void prepare(uint64_t addresses[16])
{
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    stay_on_one_cpu();
    array = map(pages * PAGE, MAP_PRIVATE);
    moving = (uint8_t *)map(66 * PAGE, MAP_PRIVATE) + PAGE; /* a mapping apart from its neighbours */
    munmap(moving - PAGE, PAGE);
    munmap(moving + 64 * PAGE, PAGE);
    heap = grow();
    for (size_t i = 0; i < pages * WORDS_A_PAGE; i++)
        array[i] = (uint32_t)(test_random(&state) % 1000);
    memset(moving, 7, 64 * PAGE);
    map_file();
    for (size_t i = 0; i < 16 * WORDS_A_PAGE; i++)
        heap[i] = (uint32_t)i;
    addresses[0] = (uintptr_t)array;
    addresses[1] = pages * PAGE;
    addresses[2] = (uintptr_t)moving;
}

/* One page in a hundred. */
static void write_some(void)
{
    for (size_t i = 0; i < pages / 100 + 1; i++) {
        uint32_t *word = word_of(test_random(&state)), old = *word;
        *word = (uint32_t)(test_random(&state) % 1000);
        told->changed += *word != old;
    }
}

/* The system writes for it. */
static void read_some(void)
{
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < 10; i++) {
        uint32_t *word = word_of(test_random(&state)), old = *word;
        if (pread(file, word, 4, i * 4) != 4)
            _exit(4);
        told->changed += *word != old;
    }
    close(file);
}

/* Pages are given back; some are read, and are the zero page then; some written with what was there: no change. */
static void give_back_some(void)
{
    for (int i = 0; i < 12; i++) {
        uint8_t *page = (uint8_t *)array + test_random(&state) % pages * PAGE;
        uint32_t before[WORDS_A_PAGE];
        memcpy(before, page, PAGE);
        madvise(page, PAGE, MADV_DONTNEED);
        if (i % 3 == 0)
            told->wrong += *(volatile uint32_t *)page;
        if (i % 3 == 1)
            memcpy(page, before, PAGE);
        for (size_t w = 0; w < WORDS_A_PAGE && i % 3 != 1; w++)
            told->changed += before[w] != 0;
    }
}

static void move_one(void)
{
    moving = mremap(moving, 64 * PAGE, 64 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map(64 * PAGE, MAP_PRIVATE));
    moving[5 * PAGE] ^= 1;
    told->moved = (uintptr_t)moving;
}

/* Memory anew where the moved mapping was. */
static void renew_one(void)
{
    mmap(moving, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(moving + 8 * PAGE, 9, 8 * PAGE);
}

static void grow_heap(void)
{
    memset(grow(), 3, 16 * PAGE);
    heap[17]++;
}

/* Both write after a fork: each gets copies. */
static void fork_and_write(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        memset(array, 0xee, pages / 50 * PAGE);
        _exit(0);
    }
    write_some();
    waitpid(pid, NULL, 0);
    write_some();
}

/* Calls that a stop would end with EINTR, by signal(7), and others that go on by themselves. */
static void wait_in_many_ways(void)
{
    struct timespec moment = { 0, 20000000 };
    struct timeval patience = { 0, 20000 };
    struct epoll_event event;
    struct sembuf down = { 0, -1, 0 };
    struct pollfd none = { .fd = -1 };
    sigset_t usr1;
    char byte;
    int epoll = epoll_create1(EPOLL_CLOEXEC), semaphore = semget(IPC_PRIVATE, 1, 0600), pair[2];
    if (epoll < 0 || semaphore < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        _exit(5);
    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    for (; !told->enough; told->calls++) {
        told->interrupted += epoll_wait(epoll, &event, 1, 20) < 0 && errno == EINTR;
        told->interrupted += semtimedop(semaphore, &down, 1, &moment) < 0 && errno == EINTR;
        told->interrupted += recv(pair[0], &byte, 1, 0) < 0 && errno == EINTR;
        told->interrupted += sigtimedwait(&usr1, NULL, &moment) < 0 && errno == EINTR;
        told->interrupted += poll(&none, 1, 20) < 0;
        told->interrupted += nanosleep(&moment, NULL) < 0;
    }
    semctl(semaphore, 0, IPC_RMID);
}

static void filter_calls(void)
{
    struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = { 1, &allow };
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(6);
}

/* A userfaultfd of its own over the mapping that is moved. */
static void watch_itself(void)
{
    struct uffdio_api api = { .api = UFFD_API };
    struct uffdio_register whole = { .range = { (uintptr_t)moving, 64 * PAGE }, .mode = UFFDIO_REGISTER_MODE_MISSING };
    int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    if (uffd >= 0 && ioctl(uffd, UFFDIO_API, &api) == 0)
        ioctl(uffd, UFFDIO_REGISTER, &whole);
}

/* As the kernel marks them as written; they are protected again if that is asked for. */
static uint64_t written_pages(uint64_t flags)
{
    linux_page_region found[64];
    linux_pagemap_scan scan = { .size = sizeof scan,
                                .flags = flags,
                                .start = (uintptr_t)moving,
                                .end = (uintptr_t)moving + 64 * PAGE,
                                .vec = (uintptr_t)found,
                                .vec_len = 64,
                                .category_mask = LINUX_PAGE_IS_WRITTEN,
                                .category_anyof_mask = LINUX_PAGE_IS_PRESENT,
                                .return_mask = LINUX_PAGE_IS_WRITTEN };
    int file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), count = ioctl(file, LINUX_PAGEMAP_SCAN, &scan);
    uint64_t marked = 0;
    close(file);
    for (int i = 0; i < count; i++)
        marked += (found[i].end - found[i].start) / PAGE;
    return marked;
}

/* The same, tracking writes as memscan does, and one write. */
static void watch_and_track_itself(void)
{
    struct uffdio_api api = { .api = UFFD_API, .features = 1u << 13 | 1u << 15 }; /* WP_UNPOPULATED, WP_ASYNC */
    struct uffdio_register whole = { .range = { (uintptr_t)moving, 64 * PAGE },
                                     .mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP };
    int uffd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
    if (uffd >= 0 && ioctl(uffd, UFFDIO_API, &api) == 0)
        ioctl(uffd, UFFDIO_REGISTER, &whole);
    written_pages(LINUX_SCAN_PROTECT_MATCHING);
    moving[5 * PAGE]++;
}

static void split_in_two(void)
{
    memset(moving, 1, 64 * PAGE);
    madvise(moving + 32 * PAGE, 32 * PAGE, MADV_DONTFORK);
}

/* More than one thread looks through at once. It is in memory here and there, and as a whole about its middle. */
enum { LONG_PAGES = (LINUX_TRACK_HALVED + (12 << 20)) / PAGE + 3 };

static bool is_there(size_t page)
{
    return page % 256 == 0 || (page > LONG_PAGES / 2 - 1024 && page < LONG_PAGES / 2 + 1024);
}

static bool is_rewritten(size_t page)
{
    return is_there(page) && page % 5 == 0;
}

static void write_pages(bool (*which)(size_t))
{
    for (size_t i = 0; i < LONG_PAGES; i++)
        if (which(i))
            ((volatile uint8_t *)(uintptr_t)told->long_at)[i * PAGE]++;
}

static void map_long(void)
{
    void *mapping = map((size_t)LONG_PAGES * PAGE, MAP_PRIVATE | MAP_NORESERVE);
    madvise(mapping, (size_t)LONG_PAGES * PAGE, MADV_NOHUGEPAGE);
    told->long_at = (uintptr_t)mapping;
    write_pages(is_there);
}

static void huge_pages(void)
{
    madvise(array, pages * PAGE, MADV_HUGEPAGE);
}

static void obey(char letter, uint64_t addresses[16])
{
    (void)addresses;
    told->changed = 0;
    switch (letter) {
    case 'w': write_some(); break;
    case 'r': read_some(); break;
    case 'd': give_back_some(); break;
    case 'm': move_one(); break;
    case 'n': renew_one(); break;
    case 'b': grow_heap(); break;
    case 'f': fork_and_write(); break;
    case 'h': huge_pages(); break;
    case 'e': wait_in_many_ways(); break;
    case 's': filter_calls(); break;
    case 'o': watch_itself(); break;
    case 'O': watch_and_track_itself(); break;
    case 'p': write_file(); break;
    case '2': split_in_two(); break;
    case 'l': map_long(); break;
    case 'L': write_pages(is_rewritten); break;
    case 'v': told->marked = written_pages(0); break;
    default: break;
    }
}

/* --- two sessions over it --- */

/* Done, and waiting for the next letter: nothing of it moves. */
static void tell(char letter)
{
    char name[64], text[64];
    live_child_tell(&child, letter);
    snprintf(name, sizeof name, "/proc/%d/syscall", (int)child.pid);
    do {
        int file = open(name, O_RDONLY | O_CLOEXEC);
        ssize_t length = read(file, text, sizeof text - 1);
        text[length > 0 ? length : 0] = 0;
        close(file);
        sched_yield();
    } while (strtol(text, NULL, 10) != SYS_read || text[0] == 'r' /* running */);
}

static memscan_target *open_target(void)
{
    char locator[32];
    memscan_target *opened;
    memscan_error error = { .text = "" };
    snprintf(locator, sizeof locator, "pid:%d", (int)child.pid);
    ck_assert_msg(!memscan_open(locator, MEMSCAN_READ | MEMSCAN_WRITE, NULL, &opened, &error), "%s", error.text);
    return opened;
}

static memscan_scan *create(memscan_target *of, uint32_t track)
{
    memscan_scan *made;
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    options.track = track;
    ck_assert_int_eq(memscan_scan_create(of, &options, &made, NULL), MEMSCAN_OK);
    return made;
}

static void begin(uint32_t track)
{
    const char *mib = getenv("MEMSCAN_TEST_MIB");
    if (mib)
        pages = strtoul(mib, NULL, 10) << 8;
    told = map(PAGE, MAP_SHARED);
    child = live_child_start(prepare, obey);
    target = open_target();
    plain_target = open_target();
    tracked = create(target, track);
    plain = create(plain_target, MEMSCAN_TRACK_NONE);
    tell('x');
}

static void finish(void)
{
    memscan_scan_destroy(plain);
    memscan_scan_destroy(tracked);
    memscan_close(plain_target);
    memscan_close(target);
    live_child_end(&child);
}

static void first(memscan_scan *scan, const char *expression)
{
    memscan_error error = { .text = "" };
    memscan_status status = memscan_scan_first(scan, expression, NULL, NULL, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s: %s", expression, error.text);
}

static memscan_report next(memscan_scan *scan, const char *expression)
{
    memscan_report report;
    memscan_error error = { .text = "" };
    memscan_status status = memscan_scan_next(scan, expression, &report, &error);
    ck_assert_msg(status == MEMSCAN_OK, "%s: %s", expression, error.text);
    ck_assert_uint_eq(report.asked, report.scanned + report.skipped + report.failed);
    return report;
}

static void compare_match(const char *when, const memscan_scan_match *a, const memscan_scan_match *b)
{
    if (a->address != b->address || a->types != b->types || memcmp(a->bytes, b->bytes, a->length) != 0)
        ck_abort_msg("%s: 0x%llx differs from 0x%llx", when, (unsigned long long)a->address,
                     (unsigned long long)b->address);
}

/* The same matches with the same bytes; of very many, some. */
static void compare(const char *when)
{
    memscan_cursor left = MEMSCAN_CURSOR_INIT, right = MEMSCAN_CURSOR_INIT;
    memscan_scan_match a, b;
    uint64_t count = memscan_scan_count(plain);
    ck_assert_msg(memscan_scan_count(tracked) == count, "%s: %llu matches, not %llu", when,
                  (unsigned long long)memscan_scan_count(tracked), (unsigned long long)count);
    for (int i = 0; count > 4000000 && i < 2000; i++) {
        uint64_t number = 1 + test_random(&state) % count;
        ck_assert(!memscan_scan_at(tracked, number, &a, NULL) && !memscan_scan_at(plain, number, &b, NULL));
        compare_match(when, &a, &b);
    }
    while (count <= 4000000 && memscan_scan_each(tracked, &left, &a) && memscan_scan_each(plain, &right, &b))
        compare_match(when, &a, &b);
}

/* Both sessions scan; the target stands still meanwhile. Returns the bytes that one of them did not read. */
static uint64_t next_both(const char *expression)
{
    memscan_report spared = next(tracked, expression);
    memscan_report read = next(plain, expression);
    ck_assert_uint_eq(read.unwritten, 0);
    compare(expression);
    return spared.unwritten;
}

static void undo_both(void)
{
    ck_assert_int_eq(memscan_scan_undo(tracked, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_scan_undo(plain, NULL), MEMSCAN_OK);
}

/* Everything is remembered anew from time to time, for what changed is few. */
static void first_both(void)
{
    first(tracked, "i32:unknown");
    first(plain, "i32:unknown");
    compare("unknown");
}

static void write_from_outside(void)
{
    uint32_t value = 123456;
    ck_assert_int_eq(memscan_write(target, child.told[0] + 3 * PAGE + 8, &value, 4, NULL, NULL), MEMSCAN_OK);
    struct iovec local = { &value, 4 }, remote = { (void *)(uintptr_t)(child.told[0] + 4 * PAGE + 8), 4 };
    ck_assert_int_eq(process_vm_writev(child.pid, &local, 1, &remote, 1, 0), 4);
}

START_TEST(whoever_writes_is_seen)
{
    static const char letters[] = "wprdmwnbpfhdw";
    begin(MEMSCAN_TRACK_OPEN);
    uint64_t spared = 0;
    first_both();
    for (size_t i = 0; letters[i]; i++) {
        tell(letters[i]);
        if (i % 4 == 3)
            write_from_outside();
        spared += next_both("unchanged");
        undo_both();
        tell('x');
        next_both("changed"); /* after an undo: everything is read */
        undo_both();
        next_both("at least 0"); /* most stay, and are tracked from here on */
    }
    ck_assert_uint_gt(spared, pages * PAGE);
    finish();
}
END_TEST

START_TEST(what_changed_is_what_the_target_says)
{
    memscan_range range;
    begin(MEMSCAN_TRACK_OPEN);
    memscan_scan_destroy(tracked);
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    range = (memscan_range){ child.told[0], child.told[0] + child.told[1] - 1 };
    options.filter.ranges = &range;
    options.filter.range_count = 1;
    options.track = MEMSCAN_TRACK_OPEN;
    ck_assert_int_eq(memscan_scan_create(target, &options, &tracked, NULL), MEMSCAN_OK);
    for (int round = 0; round < 3; round++) {
        static const char letters[] = "wrd";
        first(tracked, "i32:unknown");
        tell(letters[round]);
        ck_assert_uint_gt(told->changed, 0);
        memscan_report report = next(tracked, "changed");
        ck_assert_uint_eq(report.matches, told->changed);
        ck_assert_uint_gt(report.unwritten, pages * PAGE / 10 * 9);
    }
    finish();
}
END_TEST

/* --- the target is as it was --- */

/* Whether the system has marks that serve from process to process; else a userfaultfd serves while we have it open. */
static bool has_marks(void)
{
    memscan_error error = { .text = "" };
    memscan_scan *lasting = create(plain_target, MEMSCAN_TRACK_LASTING);
    memscan_status status = memscan_scan_first(lasting, "i32:unknown", NULL, NULL, &error);
    ck_assert_msg(status == MEMSCAN_OK || status == MEMSCAN_NOT_SUPPORTED, "%s", error.text);
    ck_assert(status == MEMSCAN_OK || strstr(error.hint, "memscan shell --track"));
    memscan_scan_destroy(lasting);
    return status == MEMSCAN_OK;
}

/* Of /proc/PID/NAME: how many lines hold `text`. */
static unsigned lines_with(const char *name, const char *text)
{
    char line[1024];
    unsigned count = 0;
    snprintf(line, sizeof line, "/proc/%d/%s", (int)child.pid, name);
    FILE *file = fopen(line, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file))
        count += strstr(line, text) != NULL;
    fclose(file);
    return count;
}

static unsigned count_files(void)
{
    char name[64];
    unsigned count = 0;
    snprintf(name, sizeof name, "/proc/%d/fd", (int)child.pid);
    DIR *folder = opendir(name);
    ck_assert_ptr_nonnull(folder);
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

START_TEST(it_is_undone)
{
    begin(MEMSCAN_TRACK_OPEN);
    unsigned files = count_files();
    bool marks = has_marks();
    first_both();
    ck_assert_uint_eq(count_files(), files);
    ck_assert_uint_eq(lines_with("status", "TracerPid:\t0"), 1);
    ck_assert(marks || lines_with("smaps", " uw ") > 0);
    memscan_untrack(target);
    ck_assert_uint_eq(lines_with("smaps", " uw "), 0);
    tell('w');
    ck_assert_uint_ge(next(tracked, "changed").matches, told->changed); /* its stack, too */
    ck_assert(marks || lines_with("smaps", " uw ") > 0);
    finish();
}
END_TEST

START_TEST(no_call_of_the_target_is_cut_short)
{
    char letter = 'e';
    begin(MEMSCAN_TRACK_OPEN);
    ck_assert_int_eq(write(child.to, &letter, 1), 1);
    for (int i = 0; i < 20; i++) {
        first(tracked, "i32:unknown");
        memscan_untrack(target);
    }
    told->enough = true;
    ck_assert_int_eq(read(child.from, &letter, 1), 1);
    ck_assert_uint_gt(told->calls, 0);
    ck_assert_uint_eq(told->interrupted, 0);
    finish();
}
END_TEST

static void expect_refusal(bool marks, memscan_status expected)
{
    memscan_error error = { .text = "" };
    memscan_status status = memscan_scan_first(tracked, "i32:unknown", NULL, NULL, &error);
    ck_assert_msg(status == (marks ? MEMSCAN_OK : expected), "%d: %s", status, error.text);
    ck_assert(marks || strlen(error.text) > 10);
}

START_TEST(what_cannot_be_tracked_is_refused)
{
    int status;
    begin(MEMSCAN_TRACK_OPEN);
    bool marks = has_marks();
    kill(child.pid, SIGSTOP);
    ck_assert_int_eq(waitpid(child.pid, &status, WUNTRACED), child.pid);
    expect_refusal(marks, MEMSCAN_BUSY);
    ck_assert_uint_eq(lines_with("status", "State:\tT"), 1);
    kill(child.pid, SIGCONT);
    ck_assert_int_eq(ptrace(PTRACE_SEIZE, child.pid, NULL, NULL), 0);
    expect_refusal(marks, MEMSCAN_BUSY);
    ck_assert_int_eq(ptrace(PTRACE_INTERRUPT, child.pid, NULL, NULL), 0);
    ck_assert_int_eq(waitpid(child.pid, &status, __WALL), child.pid);
    ck_assert_int_eq(ptrace(PTRACE_DETACH, child.pid, NULL, NULL), 0);
    tell('s');
    expect_refusal(marks, MEMSCAN_NOT_SUPPORTED);
    tell('w');
    finish();
}
END_TEST

START_TEST(memory_that_somebody_else_watches_is_read)
{
    begin(MEMSCAN_TRACK_OPEN);
    tell('o');
    first_both();
    for (int i = 0; i < 3; i++) {
        tell('w');
        ck_assert_uint_gt(next_both("unchanged"), 0);
    }
    finish();
}
END_TEST

/* --- who may supply memory is asked only where it can be somebody else --- */

static unsigned smaps_read;

static int count_smaps(int directory_fd, const char *path, int flags)
{
    smaps_read += strcmp(path, "smaps") == 0;
    return ms_linux_sys.openat(directory_fd, path, flags);
}

typedef struct sighting {
    memscan_range range;
    memscan_region array, other; /* of the range; any one that it does not touch */
} sighting;

static int take_region(const memscan_region *region, void *context)
{
    sighting *seen = context;
    bool touches = region->start <= seen->range.last && seen->range.start <= region->start + (region->size - 1);
    *(touches ? &seen->array : &seen->other) = *region;
    return 0;
}

static int ignore_run(const memscan_extent *run, void *context)
{
    (void)run;
    (void)context;
    return 0;
}

static linux_target *open_through(const linux_sys *sys)
{
    void *opened = NULL;
    char locator[16];
    snprintf(locator, sizeof locator, "%d", (int)child.pid);
    memscan_platform_open request = { locator, MEMSCAN_READ, &ms_default_allocator, 1000 };
    ck_assert_int_eq(ms_linux_open_through(sys, &request, &opened, NULL), MEMSCAN_OK);
    return opened;
}

/* The map as somebody sees it who reads nothing but `size` bytes at `start`; how often smaps was read for it. */
static unsigned look(linux_target *of, uint64_t start, uint64_t size, sighting *seen)
{
    memscan_error error = { .text = "" };
    *seen = (sighting){ .range = { start, start + size - 1 } };
    smaps_read = 0;
    ck_assert_msg(!ms_linux_regions_about(of, &seen->range, 1, take_region, seen, &error), "%s", error.text);
    return smaps_read;
}

static bool may_block(const memscan_region *region)
{
    return region->flags & MEMSCAN_REGION_MAY_BLOCK;
}

static void track(linux_target *of, const sighting *seen)
{
    memscan_error error = { .text = "" };
    memscan_track_point point = { { 0 } };
    memscan_track_range range = { &seen->array, seen->array.start, seen->array.start + seen->array.size - 1 };
    ck_assert_msg(!ms_linux_track(of, 0, &range, 1, &point, ignore_run, NULL, &error), "%s", error.text);
}

START_TEST(what_nobody_else_can_supply_is_not_asked_about)
{
    enum { MOVED = 64 * PAGE };
    sighting seen;
    linux_sys counting = ms_linux_sys;
    counting.openat = count_smaps;
    begin(MEMSCAN_TRACK_OPEN);
    uint64_t start = child.told[0], size = child.told[1], moved = child.told[2];
    linux_target *of = open_through(&counting);
    look(of, start, size, &seen);
    ck_assert(!may_block(&seen.array));
    track(of, &seen);
    if (of->track->uffd >= 0) { /* not by marks */
        ck_assert_uint_eq(look(of, start, size, &seen), 0);
        ck_assert(!may_block(&seen.array) && may_block(&seen.other));
        ck_assert_uint_eq(look(of, start + PAGE, 1, &seen), 0);
        ck_assert_uint_eq(look(of, moved, MOVED, &seen), 1); /* not registered */
        ck_assert(!may_block(&seen.array) && !may_block(&seen.other));
        ck_assert_uint_eq(lines_with("smaps", " uw "), 1); /* and asking has not registered it */
        track(of, &seen);
        ck_assert_uint_eq(look(of, moved, MOVED, &seen), 0);
        tell('n'); /* mapped anew: nobody's */
        ck_assert_uint_eq(look(of, moved, MOVED, &seen), 1);
        tell('o'); /* and then another's */
        ck_assert_uint_eq(look(of, moved, MOVED, &seen), 1);
        ck_assert(may_block(&seen.array) && !may_block(&seen.other));
        ck_assert_uint_eq(look(of, start, size, &seen), 0);
    }
    ms_linux_close(of);
    finish();
}
END_TEST

/* A userfaultfd of the same sort as ours, that supplies the memory too, by who it is held. */
START_TEST(another_userfaultfd_of_the_same_sort_is_not_ours)
{
    sighting seen;
    linux_sys counting = ms_linux_sys;
    counting.openat = count_smaps;
    begin(MEMSCAN_TRACK_OPEN);
    linux_target *of = open_through(&counting);
    look(of, child.told[0], child.told[1], &seen);
    track(of, &seen);
    tell('O');
    if (of->track->uffd >= 0) {
        ck_assert_uint_eq(look(of, child.told[2], 64 * PAGE, &seen), 1);
        ck_assert(may_block(&seen.array));
        seen.array.flags &= ~(uint32_t)MEMSCAN_REGION_MAY_BLOCK; /* as if the map were older than it is */
        track(of, &seen);
        tell('v');
        ck_assert_uint_eq(told->marked, 1);
    }
    ms_linux_close(of);
    finish();
}
END_TEST

static uint64_t stuck_at;

/* As it is with a part of a large page of hugetlbfs: nothing of it is protected, and the walk ends where it began. */
static int get_stuck(int fd, linux_pagemap_scan *scan)
{
    int count = ms_linux_sys.pagemap_scan(fd, scan);
    if (count < 0 || scan->start != stuck_at || !(scan->flags & LINUX_SCAN_PROTECT_MATCHING))
        return count;
    scan->walk_end = scan->start;
    return 0;
}

/* A target opened through one call of the test's own, for one test at a time. */
static linux_target *begin_through(int (*pagemap_scan)(int fd, linux_pagemap_scan *scan))
{
    static linux_sys sys;
    sys = ms_linux_sys;
    sys.pagemap_scan = pagemap_scan;
    stuck_at = 0;
    begin(MEMSCAN_TRACK_OPEN);
    return open_through(&sys);
}

typedef struct neighbours {
    uint64_t border;
    size_t below, above; /* bytes told of */
} neighbours;

/* No run is of both. */
static int take_run_of_one(const memscan_extent *run, void *context)
{
    neighbours *n = context;
    ck_assert(run->start >= n->border || run->start + run->size <= n->border);
    *(run->start < n->border ? &n->below : &n->above) += run->size;
    return 0;
}

/* Two mappings side by side, both told of; then one in which the kernel gets stuck, of which nothing is told. */
START_TEST(each_range_is_told_of_by_itself)
{
    sighting seen;
    memscan_error error = { .text = "" };
    linux_target *of = begin_through(get_stuck);
    uint64_t start = child.told[2], half = 32 * PAGE;
    tell('2');
    look(of, start, half, &seen);
    memscan_region lower = seen.array, upper;
    look(of, start + half, half, &seen);
    upper = seen.array;
    ck_assert_uint_eq(lower.start + lower.size, start + half);
    ck_assert_uint_eq(upper.start, start + half);
    memscan_track_range ranges[] = { { &lower, start, start + half - 1 },
                                     { &upper, start + half, start + 2 * half - 1 } };
    memscan_track_point point = { { 0 } };
    for (int round = 0; round < 4; round++) {
        neighbours n = { .border = start + half };
        stuck_at = round < 2 ? 0 : start + half;
        ck_assert_msg(!ms_linux_track(of, 0, ranges, 2, &point, take_run_of_one, &n, &error), "%s", error.text);
        if (of->track->uffd < 0)
            break;
        ck_assert_uint_eq(n.below, round > 0 ? half : 0);
        ck_assert_uint_eq(n.above, round == 1 ? half : 0);
    }
    ms_linux_close(of);
    finish();
}
END_TEST

static _Atomic uint64_t walks,
    other_begin; /* how many there were, and where one began that did not where the first does */

static int note_walk(int fd, linux_pagemap_scan *scan)
{
    if (scan->flags & LINUX_SCAN_PROTECT_MATCHING) {
        walks++;
        if (scan->start != told->long_at)
            other_begin = scan->start;
    }
    return get_stuck(fd, scan);
}

/* Ascending, and a page that is told of is there. */
static int take_ascending(const memscan_extent *run, void *context)
{
    memscan_range *sum = context; /* bytes, and the last one */
    ck_assert_uint_gt(run->start, sum->last);
    ck_assert(is_there((size_t)((run->start - told->long_at) / PAGE)));
    sum->start += run->size;
    sum->last = run->start + (run->size - 1);
    return 0;
}

static size_t pages_that(bool (*which)(size_t))
{
    size_t count = 0;
    for (size_t i = 0; i < LONG_PAGES; i++)
        count += which(i);
    return count;
}

/* Of one mapping, told of by two threads; and when one of them gets stuck, of which nothing is told then. */
START_TEST(a_long_range_is_told_of_in_halves)
{
    sighting seen;
    memscan_error error = { .text = "" };
    linux_target *of = begin_through(note_walk);
    tell('l');
    look(of, told->long_at, (uint64_t)LONG_PAGES * PAGE, &seen);
    memscan_track_range range = { &seen.array, told->long_at, told->long_at + (uint64_t)LONG_PAGES * PAGE - 1 };
    memscan_track_point point = { { 0 } };
    const size_t all = pages_that(is_there), rewritten = pages_that(is_rewritten);
    const size_t expected[] = { 0, all, all - rewritten, all, 0 };
    const int rounds = ms_cpu_count() < 2 ? 4 : 5;
    for (int round = 0; round < rounds; round++) {
        memscan_range sum = { 0, 0 };
        walks = 0;
        if (round == 2)
            tell('L');
        if (round == 4)
            stuck_at = other_begin;
        ck_assert_msg(!ms_linux_track(of, 0, &range, 1, &point, take_ascending, &sum, &error), "%s", error.text);
        if (of->track->uffd < 0)
            break;
        ck_assert_uint_eq(sum.start, expected[round] * PAGE);
        ck_assert(ms_cpu_count() < 2 || walks >= 2);
    }
    ck_assert(of->track->uffd < 0 || ms_cpu_count() < 2 || other_begin % (2 << 20) == 0);
    ms_linux_close(of);
    finish();
}
END_TEST

static void search_for_ever(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        memscan_target *opened = open_target();
        memscan_scan *scan = create(opened, MEMSCAN_TRACK_OPEN);
        memscan_error error = { .text = "" };
        if (memscan_scan_first(scan, "i32:unknown", NULL, NULL, &error) ||
            memscan_scan_next(scan, "unchanged", NULL, &error)) {
            fprintf(stderr, "%s\n", error.text);
            _exit(1);
        }
        memscan_scan_destroy(scan);
        memscan_close(opened);
    }
}

/* A helper may be at work still when its searcher is dead; it ends by itself. The kernel takes the tracer away before it wakes
 * the thread (__ptrace_unlink), so both are waited for; Check's timeout says no. */
static void wait_until_let_go(void)
{
    while (!lines_with("status", "TracerPid:\t0") || lines_with("status", "State:\tt"))
        sched_yield();
    ck_assert_uint_eq(lines_with("status", "State:\tT"), 0);
}

START_TEST(killed_at_any_moment)
{
    const char *wanted = getenv("MEMSCAN_TEST_KILLS");
    unsigned long kills = wanted ? strtoul(wanted, NULL, 10) : 30;
    uint64_t moment = SEED;
    begin(MEMSCAN_TRACK_OPEN);
    unsigned files = count_files();
    for (unsigned long i = 0; i < kills; i++) {
        int status;
        struct timespec wait = { 0, (long)(test_random(&moment) % 30000000) };
        pid_t searcher = fork();
        if (searcher == 0)
            search_for_ever();
        ppoll(NULL, 0, &wait, NULL); /* any moment will do */
        kill(searcher, SIGKILL);
        ck_assert_int_eq(waitpid(searcher, &status, 0), searcher);
        ck_assert_msg(WIFSIGNALED(status), "kill %lu: the searcher failed: %x", i, (unsigned)status);
        wait_until_let_go();
        tell('w'); /* it runs on */
    }
    first_both(); /* and can be tracked again */
    ck_assert_uint_eq(count_files(), files);
    memscan_untrack(target);
    ck_assert_uint_eq(lines_with("smaps", " uw "), 0);
    finish();
}
END_TEST

/* --- from process to process --- */

static void use_marks(void)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/%d/clear_refs", (int)child.pid);
    int file = open(name, O_WRONLY | O_CLOEXEC);
    ck_assert_int_eq(write(file, "4", 1), 1);
    close(file);
}

/* As another process would: another target, another session, the same file. */
static memscan_report next_elsewhere(const char *path, const char *expression)
{
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    memscan_error error = { .text = "" };
    options.track = MEMSCAN_TRACK_LASTING;
    memscan_scan_destroy(tracked);
    memscan_close(target);
    target = open_target();
    ck_assert_msg(!memscan_scan_open(target, path, &options, &tracked, &error), "%s", error.text);
    return next(tracked, expression);
}

START_TEST(marks_last_until_somebody_takes_them)
{
    char folder[256], path[300];
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/session", folder);
    begin(MEMSCAN_TRACK_LASTING);
    if (has_marks()) { /* each taking of marks is somebody else's to the other session */
        ck_assert_int_eq(memscan_scan_first(tracked, "i32:unknown", path, NULL, NULL), MEMSCAN_OK);
        first(plain, "i32:unknown");
        tell('w');
        ck_assert_uint_gt(next_elsewhere(path, "unchanged").unwritten, 0);
        next(plain, "unchanged");
        compare("by marks");
        tell('w');
        use_marks();
        ck_assert_uint_eq(next_elsewhere(path, "unchanged").unwritten, 0);
        next(plain, "unchanged");
        compare("when the marks were taken away");
        tell('w');
        has_marks();
        ck_assert_uint_eq(next_elsewhere(path, "unchanged").unwritten, 0);
        next(plain, "unchanged");
        compare("when another session took them");
    }
    finish();
    unlink(path);
    ck_assert(scratch_folder_remove(folder));
}
END_TEST

START_TEST(where_nothing_can_track_that_is_said)
{
    memscan_error error = { .text = "" };
    begin(MEMSCAN_TRACK_OPEN);
    ck_assert_int_eq(memscan_scan_first(tracked, "i32:unknown", NULL, NULL, &error), MEMSCAN_NOT_SUPPORTED);
    ck_assert_str_eq(error.text, "on this processor writes cannot be tracked by a userfaultfd");
    finish();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_track");
    TCase *tests = tcase_create("linux_track");
    tcase_set_timeout(tests, 300);
    suite_add_tcase(suite, tests);
    bool by_userfaultfd = sizeof(void *) == 8; /* it comes by a call that is injected into 64-bit programs */
    if (!by_userfaultfd && !kernel_marks_writes()) {
        tcase_add_test(tests, where_nothing_can_track_that_is_said);
        return suite;
    }
    tcase_add_test(tests, whoever_writes_is_seen);
    tcase_add_test(tests, what_changed_is_what_the_target_says);
    tcase_add_test(tests, it_is_undone);
    tcase_add_test(tests, no_call_of_the_target_is_cut_short);
    tcase_add_test(tests, what_cannot_be_tracked_is_refused);
    tcase_add_test(tests, memory_that_somebody_else_watches_is_read);
    tcase_add_test(tests, what_nobody_else_can_supply_is_not_asked_about);
    tcase_add_test(tests, another_userfaultfd_of_the_same_sort_is_not_ours);
    tcase_add_test(tests, each_range_is_told_of_by_itself);
    tcase_add_test(tests, a_long_range_is_told_of_in_halves);
    tcase_add_test(tests, killed_at_any_moment);
    tcase_add_test(tests, marks_last_until_somebody_takes_them);
    return suite;
}
