/* test_linux_track.c - write tracking of live targets: a session that reads only what was written says exactly what one
 * says that reads everything, whoever wrote and however; the target is as it was afterwards, also when the searcher is
 * killed at any moment. MEMSCAN_TEST_MIB sets how much memory the target has. */
#define _GNU_SOURCE
#include "check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/memscan.h>
#include <memscan/scan.h>

#include "live_child.h"
#include "random.h"

enum { PAGE = 4096, SEED = 815, WORDS_A_PAGE = PAGE / 4 };

/* What the target says of itself, in memory that both see. */
typedef struct truth {
    uint64_t changed; /* words of its array, by the last letter */
    uint64_t moved;   /* where a part of it was moved to */
    atomic_ulong spins, interrupted, wrong;
} truth;

static truth *told;
static size_t pages = 1024;
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
static uint64_t state = SEED;

static uint32_t *word_of(uint64_t drawn)
{
    return &array[drawn % pages * WORDS_A_PAGE + (drawn >> 32) % WORDS_A_PAGE];
}

static void prepare(uint64_t addresses[16])
{
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    array = map(pages * PAGE, MAP_PRIVATE);
    moving = map(64 * PAGE, MAP_PRIVATE);
    heap = sbrk(16 * PAGE);
    for (size_t i = 0; i < pages * WORDS_A_PAGE; i++)
        array[i] = (uint32_t)(test_random(&state) % 1000);
    memset(moving, 7, 64 * PAGE);
    for (size_t i = 0; i < 16 * WORDS_A_PAGE; i++)
        heap[i] = (uint32_t)i;
    addresses[0] = (uintptr_t)array;
    addresses[1] = pages * PAGE;
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
    uint32_t *more = sbrk(16 * PAGE);
    memset(more, 3, 16 * PAGE);
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

static void *write_for_ever(void *unused)
{
    (void)unused;
    for (;; told->spins++)
        (*word_of(test_random(&state)))++;
    return NULL;
}

static void start_writer(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, write_for_ever, NULL);
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
    case 't': start_writer(); break;
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
    static const char letters[] = "wrdwmwnbwfdwhwrf";
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

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_track");
    TCase *tests = tcase_create("linux_track");
    tcase_set_timeout(tests, 300);
    tcase_add_test(tests, whoever_writes_is_seen);
    tcase_add_test(tests, what_changed_is_what_the_target_says);
    suite_add_tcase(suite, tests);
    return suite;
}
