/* test_linux_patch.c - patches and dumps of a live child that executes and tells what stands there: over code and
 * constants, at page ends, across two mappings; with every system call on the target failing, cut short, or being the
 * last one before we are killed. */
#define _GNU_SOURCE
#include "check_main.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/memscan.h>

#include "live_child.h"
#include "platform/linux/linux_platform.h"
#include "platform/linux/linux_target.h"
#include "scratch_folder.h"

enum { PAGE = 4096, CODE_AT = PAGE - 8, CONSTANT_AT = 2 * PAGE - 3 };

/* Three pages: code (r-x), constants (r--), data (rw-). A routine ends with the first page, a text straddles the second
 * and the third. `said` is shared with us: there the child tells what it sees. */
static struct said {
    int32_t answer;
    char text[8];
} * said;
static const uint8_t routine[] = { 0xb8, 0x2a, 0x00, 0x00, 0x00, 0xc3 }; /* mov eax, 42; ret */
static live_child child;
static char folder[256], journal[300], json[1024], dump[300];

static void prepare(uint64_t told[16])
{
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* under Yama 1 a brother of ours may patch it, too */
    uint8_t *pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(pages, 0xcc, 3 * PAGE);
    memcpy(pages + CODE_AT, routine, sizeof routine);
    memcpy(pages + CONSTANT_AT, "sadness", 7);
    mprotect(pages, PAGE, PROT_READ | PROT_EXEC);
    mprotect(pages + PAGE, PAGE, PROT_READ);
    told[0] = (uint64_t)(uintptr_t)pages;
}

static void obey(char letter, uint64_t told[16])
{
    int32_t (*function)(void);
    uintptr_t at = (uintptr_t)told[0] + CODE_AT;
    (void)letter;
#if defined(__x86_64__) || defined(__i386__)
    memcpy(&function, &at, sizeof function);
    said->answer = function();
#else
    (void)function;
    memcpy(&said->answer, (void *)(at + 1), 4); /* no such code here: the bytes themselves */
#endif
    memcpy(said->text, (void *)(uintptr_t)(told[0] + CONSTANT_AT), 7);
}

static void set_up(void)
{
    said = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    child = live_child_start(prepare, obey);
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(journal, sizeof journal, "%s/journal.json", folder);
    snprintf(dump, sizeof dump, "%s/dump", folder);
    snprintf(json, sizeof json,
             "{\"memscan_patch\": 1, \"edits\": ["
             "{\"address\": \"0x%llx\", \"expect\": \"B8 2A 00 00 00 C3\", \"replace\": \"B8 07\"},"
             "{\"address\": \"0x%llx\", \"expect\": \"text:sadness\", \"replace\": \"text:delight\"}]}",
             (unsigned long long)(child.told[0] + CODE_AT), (unsigned long long)(child.told[0] + CONSTANT_AT));
}

static void tear_down(void)
{
    live_child_end(&child);
    remove(journal);
    remove(dump);
    ck_assert(scratch_folder_remove(folder));
    munmap(said, PAGE);
}

static void expect_told(int32_t answer, const char *text)
{
    live_child_tell(&child, 'l');
    ck_assert_int_eq(said->answer, answer);
    ck_assert_int_eq(strncmp(said->text, text, 7), 0);
}

static bool exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static memscan_patch *parse(void)
{
    memscan_patch *patch;
    memscan_error error;
    ck_assert_msg(memscan_patch_parse(json, strlen(json), NULL, &patch, &error) == MEMSCAN_OK, "%s", error.text);
    return patch;
}

static memscan_target *open_by(const char *scheme, const memscan_platform *platform)
{
    const memscan_platform *platforms[] = { platform, NULL };
    memscan_open_options options = MEMSCAN_OPEN_OPTIONS_INIT;
    char locator[32];
    memscan_target *target;
    options.platforms = platform ? platforms : NULL;
    snprintf(locator, sizeof locator, "%s:%d", scheme, (int)child.pid);
    return memscan_open(locator, MEMSCAN_WRITE, &options, &target, NULL) ? NULL : target;
}

static memscan_status apply(memscan_target *target)
{
    memscan_patch *patch = parse();
    memscan_patch_options options = MEMSCAN_PATCH_OPTIONS_INIT;
    options.journal = journal;
    memscan_status status = memscan_patch_apply(target, patch, &options, NULL, NULL);
    memscan_patch_destroy(patch);
    return status;
}

static memscan_status revert(void)
{
    memscan_target *target = open_by("pid", NULL);
    ck_assert_ptr_nonnull(target);
    memscan_status status = memscan_patch_revert(target, journal, NULL, NULL, NULL);
    memscan_close(target);
    return status;
}

START_TEST(code_and_constants_and_back)
{
    struct stat status;
    expect_told(42, "sadness");
    memscan_target *target = open_by("pid", NULL);
    ck_assert_int_eq(apply(target), MEMSCAN_OK);
    memscan_close(target);
    expect_told(7, "delight");
    ck_assert_int_eq(stat(journal, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(revert(), MEMSCAN_OK);
    expect_told(42, "sadness");
    live_child_end(&child);
    child = live_child_start(prepare, obey); /* another process: the journal is not about it */
    ck_assert_int_eq(revert(), MEMSCAN_MISMATCH);
    expect_told(42, "sadness");
}
END_TEST

/* ---- system calls that fail ---- */

enum how { FAIL, CUT_SHORT, KILL };
static enum how how;
static atomic_ullong calls, fail_at;

/* True: this call is the one. */
static bool strikes(void)
{
    if (atomic_fetch_add(&calls, 1) + 1 != atomic_load(&fail_at))
        return false;
    if (how == KILL)
        raise(SIGKILL);
    errno = EIO;
    return true;
}

static ssize_t broken_vm_readv(pid_t pid, const struct iovec *local, size_t local_count, const struct iovec *remote,
                               size_t remote_count)
{
    if (strikes())
        return -1;
    return ms_linux_sys.vm_readv(pid, local, local_count, remote, remote_count);
}

static ssize_t broken_pread(int fd, void *buffer, size_t size, uint64_t offset)
{
    if (!strikes())
        return ms_linux_sys.pread(fd, buffer, size, offset);
    return how == CUT_SHORT && size > 1 ? ms_linux_sys.pread(fd, buffer, size / 2, offset) : -1;
}

static ssize_t broken_pwrite(int fd, const void *buffer, size_t size, uint64_t offset)
{
    if (!strikes())
        return ms_linux_sys.pwrite(fd, buffer, size, offset);
    return how == CUT_SHORT && size > 1 ? ms_linux_sys.pwrite(fd, buffer, size / 2, offset) : -1;
}

static int broken_pagemap_scan(int fd, linux_pagemap_scan *scan)
{
    return strikes() ? -1 : ms_linux_sys.pagemap_scan(fd, scan);
}

static int broken_map_query(int fd, linux_procmap_query *query)
{
    return strikes() ? -1 : ms_linux_sys.map_query(fd, query);
}

static int broken_openat(int directory_fd, const char *path, int flags)
{
    return strikes() ? -1 : ms_linux_sys.openat(directory_fd, path, flags);
}

static int broken_stat(int fd, linux_stat *result)
{
    return strikes() ? -1 : ms_linux_sys.stat(fd, result);
}

static linux_sys broken_sys;

static memscan_status open_broken(const memscan_platform_open *request, void **state, memscan_error *error)
{
    broken_sys = ms_linux_sys;
    broken_sys.vm_readv = broken_vm_readv;
    broken_sys.pread = broken_pread;
    broken_sys.pwrite = broken_pwrite;
    broken_sys.pagemap_scan = broken_pagemap_scan;
    broken_sys.map_query = broken_map_query;
    broken_sys.openat = broken_openat;
    broken_sys.stat = broken_stat;
    return ms_linux_open_through(&broken_sys, request, state, error);
}

static memscan_target *open_target_broken_at(unsigned long long n)
{
    static memscan_platform broken;
    broken = ms_linux_platform;
    broken.scheme = "broken";
    broken.open = open_broken;
    atomic_store(&calls, 0);
    atomic_store(&fail_at, n);
    return open_by("broken", &broken);
}

/* Whatever failed: all is written, or nothing, or the journal puts it back. */
START_TEST(a_system_call_that_fails_anywhere)
{
    how = (enum how)_i;
    for (unsigned long long n = 1;; n++) {
        memscan_target *target = open_target_broken_at(n);
        memscan_status status = target ? apply(target) : MEMSCAN_OS;
        memscan_close(target);
        if (status == MEMSCAN_OK)
            expect_told(7, "delight");
        if (status == MEMSCAN_OK || exists(journal))
            ck_assert_int_eq(revert(), MEMSCAN_OK);
        expect_told(42, "sadness");
        remove(journal);
        if (atomic_load(&calls) < n)
            break;
        ck_assert_uint_lt(n, 2000);
    }
}
END_TEST

/* Whenever we are killed: the journal is whole by the time the first byte changes. */
START_TEST(killed_anywhere)
{
    int status = 0;
    how = KILL;
    for (unsigned long long n = 1; !WIFEXITED(status) || n == 1; n++) {
        pid_t pid = fork();
        if (pid == 0) {
            memscan_target *target = open_target_broken_at(n);
            _exit(target && apply(target) == MEMSCAN_OK ? 0 : 1);
        }
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
        memscan_status undone = exists(journal) ? revert() : MEMSCAN_NOT_FOUND;
        ck_assert(undone == MEMSCAN_OK || (WIFSIGNALED(status) && undone != MEMSCAN_MISMATCH));
        expect_told(42, "sadness");
        remove(journal);
        ck_assert_uint_lt(n, 2000);
    }
}
END_TEST

START_TEST(a_dump_whose_system_calls_fail_anywhere)
{
    how = (enum how)_i;
    memscan_range ranges[] = { { child.told[0], child.told[0] + 3 * PAGE - 1 },
                               { child.told[0] + 16 * PAGE, child.told[0] + 17 * PAGE } };
    memscan_filter filter = MEMSCAN_FILTER_INIT;
    filter.ranges = ranges;
    filter.range_count = 2;
    filter.all = 1;
    for (unsigned long long n = 1;; n++) {
        memscan_report report = { 0 };
        memscan_target *target = open_target_broken_at(n);
        memscan_status status = target ? memscan_dump_core(target, &filter, dump, NULL, &report, NULL) : MEMSCAN_OS;
        ck_assert_uint_eq(report.asked, report.scanned + report.skipped + report.failed);
        ck_assert_int_eq(exists(dump), status == MEMSCAN_OK);
        remove(dump);
        status = target ? memscan_dump_raw(target, ranges[0], dump, NULL, NULL) : MEMSCAN_OS;
        ck_assert_int_eq(exists(dump), status == MEMSCAN_OK);
        remove(dump);
        memscan_close(target);
        if (atomic_load(&calls) < n)
            break;
        ck_assert_uint_lt(n, 2000);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_patch");
    TCase *tests = tcase_create("patch");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 300); /* hundreds of patches, one for each call */
    tcase_add_test(tests, code_and_constants_and_back);
    tcase_add_loop_test(tests, a_system_call_that_fails_anywhere, FAIL, CUT_SHORT + 1);
    tcase_add_test(tests, killed_anywhere);
    tcase_add_loop_test(tests, a_dump_whose_system_calls_fail_anywhere, FAIL, CUT_SHORT + 1);
    suite_add_tcase(suite, tests);
    return suite;
}
