/* test_linux_scan.c - sessions over live targets: what changed is counted by the target itself, its memory stays as it was,
 * and neither a kill of the searcher nor a full disk nor a want of memory costs a session. */
#define _GNU_SOURCE
#include "check_main.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/memscan.h>
#include <memscan/scan.h>

#include "live_child.h"
#include "own_mounts.h"
#include "random.h"
#include "scratch_folder.h"

enum { PAGE = 4096, SEED = 4711 };

/* What the target says of itself, in memory that both see. */
typedef struct truth {
    uint64_t changed, rose, fell, stayed;
    uint64_t stayed_in_front; /* in the first half */
    uint64_t rose_twice;      /* also the time before */
} truth;

static truth *told;
static size_t words = 1 << 18; /* of the target */
static live_child child;
static memscan_target *target;
static memscan_scan *scan;
static char folder[512], path[600];

static void *map(size_t size, int flags)
{
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED)
        _exit(3);
    return mapped;
}

/* --- the target: an array of words that it changes when told to --- */

static int32_t *array;
static uint8_t *rose_before;
static uint64_t state = SEED;

/* A quarter of the words is noise; the others are small numbers. */
static void prepare(uint64_t addresses[16])
{
    array = map(words * 4, MAP_PRIVATE);
    rose_before = map(words, MAP_PRIVATE);
    for (size_t i = 0; i < words; i++) {
        uint64_t drawn = test_random(&state);
        array[i] = drawn % 4 ? (int32_t)(drawn >> 8 & 0xff) : (int32_t)(drawn >> 32);
    }
    addresses[0] = (uintptr_t)array;
}

static void mutate(void)
{
    *told = (truth){ 0 };
    for (size_t i = 0; i < words; i++) {
        uint64_t drawn = test_random(&state);
        int32_t old = array[i];
        if (drawn % 3 == 0) {
            array[i] = (int32_t)((uint32_t)old + (uint32_t)(drawn >> 8 & 3) - 1);
        } else if (drawn % 97 == 0) {
            array[i] = (int32_t)(drawn >> 32);
        }
        told->changed += array[i] != old;
        told->stayed += array[i] == old;
        told->stayed_in_front += array[i] == old && i < words / 2;
        told->rose += array[i] > old;
        told->fell += array[i] < old;
        told->rose_twice += array[i] > old && rose_before[i];
        rose_before[i] = array[i] > old;
    }
}

enum { SCATTERED = 12, PLANTED = 1294739289 };

/* A page for each, far apart. */
static int32_t *planted(size_t index)
{
    return array + index * (words / SCATTERED / 1024) * 1024 + 7;
}

/* How many of these pages are there. VmRSS would not tell of so few: the kernel counts in batches. */
static uint64_t planted_pages(void)
{
    uint64_t there = 0;
    for (size_t i = 0; i < SCATTERED; i++) {
        unsigned char present = 0;
        if (mincore(planted(i) - 7, PAGE, &present))
            _exit(3);
        there += present & 1;
    }
    return there;
}

static void obey(char letter, uint64_t addresses[16])
{
    if (letter == 'm')
        mutate();
    else if (letter == 'u')
        munmap((uint8_t *)(uintptr_t)addresses[0] + words * 2, words * 2);
    else if (letter == 'f') /* few */
        for (size_t i = 5; i < words; i += 100003)
            array[i]++;
    else if (letter == 's') /* scattered */
        for (size_t i = 0; i < SCATTERED; i++)
            *planted(i) = PLANTED;
    else if (letter == 'g') /* gives half of their pages back */
        for (size_t i = 0; i < SCATTERED; i += 2)
            madvise(planted(i) - 7, PAGE, MADV_DONTNEED);
    else if (letter == 'p')
        told->stayed = planted_pages();
}

static memscan_range range;

static memscan_scan_options options_for(uint64_t memory_limit)
{
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    options.filter.ranges = &range;
    options.filter.range_count = 1;
    options.memory_limit = memory_limit;
    return options;
}

static void open_target(void)
{
    char locator[32];
    memscan_error error = { .text = "" };
    snprintf(locator, sizeof locator, "pid:%d", (int)child.pid);
    ck_assert_msg(!memscan_open(locator, MEMSCAN_READ, NULL, &target, &error), "%s", error.text);
}

static void begin(uint64_t memory_limit)
{
    memscan_scan_options options = options_for(memory_limit);
    told = map(PAGE, MAP_SHARED);
    child = live_child_start(prepare, obey);
    range = (memscan_range){ child.told[0], child.told[0] + words * 4 - 1 };
    open_target();
    ck_assert_int_eq(memscan_scan_create(target, &options, &scan, NULL), MEMSCAN_OK);
}

static void finish(void)
{
    memscan_scan_destroy(scan);
    memscan_close(target);
    live_child_end(&child);
}

static void first(const char *expression, const char *file)
{
    memscan_error error = { .text = "" };
    ck_assert_msg(!memscan_scan_first(scan, expression, file, NULL, &error), "%s: %s", expression, error.text);
}

static uint64_t next(const char *expression)
{
    memscan_report report;
    memscan_error error = { .text = "" };
    ck_assert_msg(!memscan_scan_next(scan, expression, &report, &error), "%s: %s", expression, error.text);
    ck_assert(report.complete);
    ck_assert_uint_eq(report.matches, memscan_scan_count(scan));
    return report.matches;
}

static uint64_t next_and_back(const char *expression)
{
    uint64_t count = next(expression);
    ck_assert_int_eq(memscan_scan_undo(scan, NULL), MEMSCAN_OK);
    return count;
}

START_TEST(what_changed_is_what_the_target_says)
{
    begin(0);
    for (int round = 0; round < 2; round++) {
        first("i32:unknown", NULL);
        ck_assert_uint_eq(memscan_scan_count(scan), words);
        live_child_tell(&child, 'm');
        ck_assert_uint_gt(told->fell, 1000);
        ck_assert_uint_eq(next_and_back("changed"), told->changed);
        ck_assert_uint_eq(next_and_back("decreased"), told->fell);
        ck_assert_uint_eq(next_and_back("unchanged"), told->stayed);
        ck_assert_uint_eq(next("increased"), told->rose);
    }
    live_child_tell(&child, 'm');
    ck_assert_uint_eq(next("increased"), told->rose_twice);
    finish();
}
END_TEST

START_TEST(what_was_unmapped_is_dropped_and_counted)
{
    memscan_report report;
    begin(0);
    first("i32:unknown", NULL);
    live_child_tell(&child, 'm');
    live_child_tell(&child, 'u');
    ck_assert_int_eq(memscan_scan_next(scan, "unchanged", &report, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(report.matches, told->stayed_in_front);
    ck_assert_uint_eq(report.skipped_by[MEMSCAN_SKIP_VANISHED], words * 2);
    ck_assert_uint_eq(report.asked, report.scanned + report.skipped + report.failed);
    ck_assert(report.complete);
    finish();
}
END_TEST

START_TEST(the_target_has_ended)
{
    memscan_report report;
    begin(0);
    first("i32:unknown", NULL);
    live_child_end(&child);
    ck_assert_int_eq(memscan_scan_next(scan, "unchanged", &report, NULL), MEMSCAN_GONE);
    ck_assert_int_eq(report.stopped, MEMSCAN_STOP_GONE);
    ck_assert_uint_eq(memscan_scan_count(scan), words);
    memscan_scan_destroy(scan);
    memscan_close(target);
}
END_TEST

/* --- want of room --- */

static uint64_t digest(void)
{
    uint64_t mixed = 0xcbf29ce484222325u;
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_scan_match match;
    while (memscan_scan_each(scan, &cursor, &match)) {
        uint32_t value;
        memcpy(&value, match.bytes, 4);
        mixed = ((mixed ^ match.address) * 0x100000001b3u ^ value) * 0x100000001b3u; /* FNV-1a by words */
    }
    ck_assert_int_eq(cursor.status, MEMSCAN_OK);
    return mixed;
}

/* What a memscan that comes later finds in the file. */
static uint64_t digest_of_file(void)
{
    memscan_error error = { .text = "" };
    memscan_scan *ours = scan;
    memscan_status status = memscan_scan_open(target, path, NULL, &scan, &error);
    ck_assert_msg(!status, "%s", error.text);
    uint64_t found = digest();
    memscan_scan_destroy(scan);
    scan = ours;
    return found;
}

static bool is_beside(void)
{
    char fresh[700];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    return access(fresh, F_OK) == 0;
}

/* A small session is in the file; every change fails with `expected`, and nothing happens. */
static void check_no_room(memscan_status expected_first, memscan_status expected_next)
{
    memscan_error error = { .text = "" };
    uint64_t before = digest();
    ck_assert_int_eq(memscan_scan_first(scan, "i32:unknown", path, NULL, &error), expected_first);
    ck_assert_str_ne(error.text, "");
    ck_assert(!strchr(error.text, '\n'));
    ck_assert(!is_beside());
    ck_assert_int_eq(memscan_scan_next(scan, "=7", NULL, &error), expected_next);
    ck_assert(expected_next == MEMSCAN_OK || digest() == before);
    before = digest();
    memscan_scan_destroy(scan);
    scan = NULL;
    ck_assert_uint_eq(digest_of_file(), before);
}

START_TEST(the_disk_is_full)
{
    struct rlimit limit = { 0, RLIM_INFINITY };
    struct stat status;
    begin(0);
    first("i32:0..9", path);
    ck_assert_int_eq(stat(path, &status), 0);
    limit.rlim_cur = (rlim_t)status.st_size + 100;
    signal(SIGXFSZ, SIG_IGN); /* as memscan's command line would have it: setrlimit(2) */
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    check_no_room(MEMSCAN_LIMIT, MEMSCAN_LIMIT);
    finish();
    limit.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &limit);
    unlink(path);
}
END_TEST

START_TEST(a_real_disk_is_full_and_then_read_only)
{
    if (own_mounts_enter() && mount("none", folder, "tmpfs", 0, "size=1m") == 0) {
        words = 1 << 21;
        begin(0);
        first("i32:1", path);
        check_no_room(MEMSCAN_LIMIT, MEMSCAN_OK); /* a small step still fits */
        ck_assert_int_eq(mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
        memscan_scan_options options = options_for(0);
        ck_assert_int_eq(memscan_scan_create(target, &options, &scan, NULL), MEMSCAN_OK);
        ck_assert_int_eq(memscan_scan_first(scan, "i32:1", path, NULL, NULL), MEMSCAN_DENIED);
        ck_assert_uint_eq(memscan_scan_count(scan), 0);
        ck_assert(!is_beside() && access(path, F_OK) == 0);
        finish();
        ck_assert_int_eq(umount(folder), 0);
        return;
    }
    ck_assert_int_eq(chmod(folder, 0500), 0);
    begin(0);
    ck_assert_int_eq(memscan_scan_first(scan, "i32:1", path, NULL, NULL), MEMSCAN_DENIED);
    finish();
    ck_assert_int_eq(chmod(folder, 0700), 0);
}
END_TEST

/* Else a superuser's session would take /dev/null away, or /dev/stdout. */
/* Who may write into a folder where another user keeps a session can put a file of their own where it would grow. */
START_TEST(no_session_grows_in_a_file_of_others)
{
    enum { READABLE, LINKED, SYMBOLIC, FOREIGN, OURS };
    static const char head[] = "MEMSCAN\x1a";
    char fresh[sizeof path + 8], elsewhere[sizeof path + 8];
    words = 1 << 16;
    begin(0);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    snprintf(elsewhere, sizeof elsewhere, "%s.theirs", path);
    for (int kind = READABLE; kind <= OURS; kind++) {
        struct stat there;
        memscan_error error = { .text = "" };
        if (kind == FOREIGN && geteuid() != 0)
            continue; /* only root can give a file away */
        int fd = open(elsewhere, O_WRONLY | O_CREAT | O_EXCL, 0600);
        ck_assert(fd >= 0 && write(fd, head, sizeof head) == sizeof head);
        ck_assert(kind != READABLE || fchmod(fd, 0640) == 0);
        ck_assert(kind != FOREIGN || fchown(fd, 12345, (gid_t)-1) == 0);
        ck_assert(kind == LINKED     ? link(elsewhere, fresh) == 0
                  : kind == SYMBOLIC ? symlink(elsewhere, fresh) == 0
                                     : rename(elsewhere, fresh) == 0);
        memscan_status status = memscan_scan_first(scan, "i32:1", path, NULL, &error);
        ck_assert_msg(status == (kind == OURS ? MEMSCAN_OK : MEMSCAN_INVALID), "%d: %s", kind, error.text);
        ck_assert(kind == OURS || strstr(error.hint, "another name"));
        ck_assert(is_beside() == (kind != OURS));
        ck_assert(fstat(fd, &there) == 0 && (kind == OURS || there.st_size == sizeof head)); /* nothing was written */
        close(fd);
        unlink(fresh);
        unlink(elsewhere);
    }
    finish();
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

START_TEST(what_is_no_file_is_not_replaced)
{
    char pipe_path[sizeof path + 8];
    struct stat there;
    words = 1 << 16;
    begin(0);
    snprintf(pipe_path, sizeof pipe_path, "%s.pipe", path);
    ck_assert_int_eq(mkfifo(pipe_path, 0600), 0);
    const char *const targets[] = { pipe_path, "/proc/self/fd/1" };
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(symlink(targets[i], path), 0);
        ck_assert_int_eq(memscan_scan_first(scan, "i32:1", path, NULL, NULL), MEMSCAN_INVALID);
        ck_assert(lstat(path, &there) == 0 && S_ISLNK(there.st_mode));
        ck_assert_int_eq(unlink(path), 0);
    }
    ck_assert_int_eq(rename(pipe_path, path), 0);
    ck_assert_int_eq(memscan_scan_first(scan, "i32:1", path, NULL, NULL), MEMSCAN_INVALID);
    ck_assert(lstat(path, &there) == 0 && S_ISFIFO(there.st_mode));
    ck_assert(!is_beside());
    ck_assert_int_eq(unlink(path), 0);
    finish();
}
END_TEST

static uint64_t own_status(const char *field)
{
    live_child self = { .pid = getpid() };
    return live_child_status(&self, field);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they need the address space */
START_TEST(memory_runs_out)
{
    struct rlimit limit = { 0, RLIM_INFINITY };
    memscan_error error = { .text = "" };
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 64 << 10); /* else what it keeps of address space decides when memory runs out */
#endif
    words = 64 << 20;
    begin((uint64_t)1 << 40);
    first("i32:1", path);
    uint64_t before = digest();
    limit.rlim_cur = (own_status("VmSize") << 10) + (16 << 20);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    ck_assert_int_eq(memscan_scan_first(scan, "i32:unknown", NULL, NULL, &error), MEMSCAN_NO_MEMORY);
    ck_assert_str_ne(error.text, "");
    ck_assert_uint_eq(digest(), before);
    limit.rlim_cur = RLIM_INFINITY;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    memscan_scan_destroy(scan);
    scan = NULL;
    ck_assert_uint_eq(digest_of_file(), before);
    finish();
    unlink(path);
}
END_TEST
#endif

/* --- killed at any moment --- */

static pid_t start_searcher(void)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    memscan_scan_options options = options_for(0);
    if (memscan_scan_open(target, path, &options, &scan, NULL) != MEMSCAN_OK)
        _exit(1);
    for (;;) {
        if (memscan_scan_next(scan, "above 100", NULL, NULL) || memscan_scan_next(scan, "not 200", NULL, NULL) ||
            memscan_scan_undo(scan, NULL) || memscan_scan_mark(scan, "here", NULL) || memscan_scan_undo(scan, NULL) ||
            memscan_scan_next(scan, "=7", NULL, NULL) || memscan_scan_first(scan, "i32:unknown", path, NULL, NULL))
            _exit(2);
    }
}

START_TEST(killed_at_any_moment)
{
    const char *wanted = getenv("MEMSCAN_TEST_KILLS");
    unsigned long kills = wanted ? strtoul(wanted, NULL, 10) : 30;
    uint64_t moment = SEED, above, sevens, not_200;
    memscan_error error = { .text = "" };
    words = 1 << 14;
    begin(0);
    first("i32:unknown", path);
    sevens = next_and_back("=7");
    above = next("above 100");
    not_200 = next_and_back("not 200");
    ck_assert_int_eq(memscan_scan_undo(scan, NULL), MEMSCAN_OK); /* every searcher begins with all of them */
    memscan_scan_destroy(scan);
    for (unsigned long i = 0; i < kills; i++) {
        int status;
        struct timespec wait = { 0, (long)(test_random(&moment) % 40000000) };
        pid_t searcher = start_searcher();
        ppoll(NULL, 0, &wait, NULL); /* any moment will do */
        kill(searcher, SIGKILL);
        ck_assert_int_eq(waitpid(searcher, &status, 0), searcher);
        ck_assert_msg(WIFSIGNALED(status), "kill %lu (seed %d): the searcher failed: %x", i, SEED, (unsigned)status);
        ck_assert_msg(!memscan_scan_open(target, path, NULL, &scan, &error), "kill %lu (seed %d): %s", i, SEED,
                      error.text);
        uint64_t count = memscan_scan_count(scan);
        ck_assert_msg(count == words || count == sevens || count == above || count == not_200,
                      "kill %lu (seed %d): %llu matches", i, SEED, (unsigned long long)count);
        digest();
        while (memscan_scan_undo(scan, NULL) == MEMSCAN_OK)
            ;
        ck_assert_uint_eq(memscan_scan_count(scan), words);
        memscan_scan_destroy(scan);
        live_child_tell(&child, 'x'); /* it runs on */
    }
    ck_assert_int_eq(memscan_scan_open(target, path, NULL, &scan, NULL), MEMSCAN_OK);
    first("i32:unknown", path); /* takes what is left beside it */
    ck_assert(!is_beside());
    finish();
    unlink(path);
}
END_TEST

/* --- bounded memory --- */

typedef struct outcome {
    uint64_t first, changed, digest, peak_kib;
} outcome;

static uint64_t fresh_peak(void)
{
    int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, "5", 1) != 1) /* 5: the peak begins anew, proc(5) */
        _exit(4);
    close(file);
    return own_status("VmRSS");
}

/* In a process of its own: unknown, then changed, under a limit. */
static outcome search_under(uint64_t memory_limit, bool limited)
{
    int there[2], back[2];
    outcome found = { 0 };
    char letter = 'x';
    ck_assert_int_eq(pipe2(there, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(back, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        memscan_scan_options options = options_for(memory_limit);
        uint64_t before = fresh_peak();
        if (memscan_scan_create(target, &options, &scan, NULL) ||
            memscan_scan_first(scan, "i32:unknown", NULL, NULL, NULL))
            _exit(1);
        found.first = memscan_scan_count(scan);
        if (write(back[1], &letter, 1) != 1 || read(there[0], &letter, 1) != 1 ||
            memscan_scan_next(scan, "changed", NULL, NULL))
            _exit(1);
        found.changed = memscan_scan_count(scan);
        found.digest = digest();
        found.peak_kib = limited ? own_status("VmHWM") : before;
        _exit(write(back[1], &found, sizeof found) != sizeof found);
    }
    close(back[1]);
    ck_assert_int_eq(read(back[0], &letter, 1), 1);
    live_child_tell(&child, 'f');
    ck_assert_int_eq(write(there[1], &letter, 1), 1);
    ck_assert_int_eq(read(back[0], &found, sizeof found), sizeof found);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    close(back[0]);
    close(there[0]);
    close(there[1]);
    return found;
}

/* MEMSCAN_TEST_MIB: how much the target holds; a quarter of it is the limit. */
START_TEST(memory_stays_below_its_limit)
{
    const char *wanted = getenv("MEMSCAN_TEST_MIB");
    uint64_t mib = wanted ? strtoull(wanted, NULL, 10) : 128;
    words = (size_t)mib << 18;
    begin(0);
    outcome limited = search_under(mib / 4 << 20, true), unlimited = search_under((uint64_t)1 << 40, false);
    ck_assert_uint_eq(limited.first, words);
    ck_assert_uint_eq(unlimited.first, words);
    ck_assert_uint_eq(limited.changed, (words - 6) / 100003 + 1);
    ck_assert_uint_eq(limited.changed, unlimited.changed);
    finish();
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they keep much memory of their own */
    ck_assert_uint_lt(limited.peak_kib, (mib / 4 + 64) << 10);
#endif
}
END_TEST

#define SPARSE ((size_t)(sizeof(void *) > 4 ? 64 : 1) << 30)

static void prepare_sparse(uint64_t addresses[16])
{
    array = map(SPARSE, MAP_PRIVATE);
    madvise(array, SPARSE, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < 64; i++)
        memset((uint8_t *)array + i * (SPARSE / 64), 1, 1 << 20);
    addresses[0] = (uintptr_t)array;
}

START_TEST(what_was_never_touched_stays_so)
{
    memscan_scan_options options = options_for(0);
    child = live_child_start(prepare_sparse, NULL);
    range = (memscan_range){ child.told[0], child.told[0] + SPARSE - 1 };
    open_target();
    uint64_t tables = live_child_status(&child, "VmPTE"), resident = live_child_status(&child, "VmRSS");
    ck_assert_int_eq(memscan_scan_create(target, &options, &scan, NULL), MEMSCAN_OK);
    first("i32:unknown", NULL);
    ck_assert_uint_eq(memscan_scan_count(scan), SPARSE / 4);
    ck_assert_uint_eq(next("unchanged"), SPARSE / 4);
    ck_assert_uint_eq(next("not 0"), 64 << 18);
    ck_assert_uint_eq(live_child_status(&child, "VmPTE"), tables);
    ck_assert_uint_eq(live_child_status(&child, "VmRSS"), resident);
    finish();
}
END_TEST

START_TEST(scattered_matches_whose_pages_were_given_back_stay_so)
{
    begin(0);
    live_child_tell(&child, 's');
    first("i32:1294739289", NULL);
    ck_assert_uint_eq(memscan_scan_count(scan), SCATTERED);
    ck_assert_uint_eq(next("unchanged"), SCATTERED);
    live_child_tell(&child, 'g');
    ck_assert_uint_eq(next("unchanged"), SCATTERED / 2);
    live_child_tell(&child, 'p');
    ck_assert_uint_eq(told->stayed, SCATTERED / 2);
    finish();
}
END_TEST

/* --- another run of the same program --- */

typedef struct program {
    pid_t pid;
    int from;
} program;

static program run_program(const char *file)
{
    program started;
    int to[2], from[2];
    char said[6];
    ck_assert_int_eq(pipe2(to, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(from, O_CLOEXEC), 0);
    started.pid = fork();
    if (started.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
        dup2(to[0], 0);
        dup2(from[1], 1);
        execl(file, file, (char *)NULL);
        _exit(127);
    }
    close(from[1]);
    close(to[0]); /* the other end stays open until we end: it waits */
    for (size_t got = 0; got < sizeof said;) {
        ssize_t one = read(from[0], said + got, sizeof said - got);
        ck_assert_int_gt(one, 0);
        got += (size_t)one;
    }
    started.from = from[0];
    child.pid = started.pid;
    open_target();
    return started;
}

static void end_program(program *ended)
{
    memscan_scan_destroy(scan);
    memscan_close(target);
    kill(ended->pid, SIGKILL);
    waitpid(ended->pid, NULL, 0);
    close(ended->from);
}

/* How many matches have the hero's name behind them (targets/told.c). */
static unsigned heroes(void)
{
    unsigned found = 0;
    memscan_cursor cursor = MEMSCAN_CURSOR_INIT;
    memscan_scan_match match;
    while (memscan_scan_each(scan, &cursor, &match)) {
        char name[6] = "";
        if (memscan_read(target, match.address + 4, name, sizeof name, NULL) == MEMSCAN_OK)
            found += memcmp(name, "Dwarf", 6) == 0;
    }
    return found;
}

static void leave_session(const char *expression)
{
    program run = run_program(TOLD);
    ck_assert_int_eq(memscan_scan_create(target, NULL, &scan, NULL), MEMSCAN_OK);
    first(expression, path);
    end_program(&run);
}

/* Carries the session in the file over to a run of `file`; returns the matches carried. */
static uint64_t carry_to(program *run, const char *file, uint64_t *dropped)
{
    uint64_t carried;
    memscan_error error = { .text = "" };
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    *run = run_program(file);
    ck_assert_int_eq(memscan_scan_open(target, path, &options, &scan, NULL), MEMSCAN_MISMATCH);
    options.rebase = 1;
    ck_assert_msg(!memscan_scan_open(target, path, &options, &scan, &error), "%s", error.text);
    memscan_scan_rebased(scan, &carried, dropped);
    ck_assert_uint_eq(memscan_scan_count(scan), carried);
    return carried;
}

START_TEST(statics_are_carried_to_another_run)
{
    program run;
    uint64_t dropped;
    leave_session("i32:42");
    ck_assert_uint_ge(carry_to(&run, TOLD, &dropped), 1);
    ck_assert_uint_eq(heroes(), 1);
    end_program(&run);
    leave_session("i32:4711"); /* on its heap */
    ck_assert_uint_eq(carry_to(&run, TOLD, &dropped), 0);
    ck_assert_uint_ge(dropped, 1);
    end_program(&run);
    leave_session("i32:42"); /* another build of it: its statics are not where they were */
    carry_to(&run, TOLD_REBUILT, &dropped);
    ck_assert_uint_ge(dropped, 1);
    ck_assert_uint_eq(heroes(), 0);
    end_program(&run);
    unlink(path);
}
END_TEST

static void set_up(void)
{
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(path, sizeof path, "%s/session", folder);
}

static void tear_down(void)
{
    ck_assert(scratch_folder_remove(folder));
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_scan");
    TCase *tests = tcase_create("linux_scan");
    tcase_set_timeout(tests, 200);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, what_changed_is_what_the_target_says);
    tcase_add_test(tests, what_was_unmapped_is_dropped_and_counted);
    tcase_add_test(tests, the_target_has_ended);
    tcase_add_test(tests, the_disk_is_full);
    if (geteuid() != 0 || own_mounts_possible()) /* no folder is closed to root */
        tcase_add_test(tests, a_real_disk_is_full_and_then_read_only);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they need the address space */
    tcase_add_test(tests, memory_runs_out);
#endif
    tcase_add_test(tests, killed_at_any_moment);
    tcase_add_test(tests, no_session_grows_in_a_file_of_others);
    tcase_add_test(tests, what_is_no_file_is_not_replaced);
    tcase_add_test(tests, memory_stays_below_its_limit);
    tcase_add_test(tests, what_was_never_touched_stays_so);
    tcase_add_test(tests, scattered_matches_whose_pages_were_given_back_stay_so);
    tcase_add_test(tests, statics_are_carried_to_another_run);
    suite_add_tcase(suite, tests);
    return suite;
}
