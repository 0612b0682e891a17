/* test_linux_answers.c - what is made of answers of the kernel that cannot be had at will: entries of a page map for every
 * kind of mapping, and a process that ended while its memory still answers. The system calls are scripted. */
#define _GNU_SOURCE
#include "check_main.h"

#include <errno.h>
#include <string.h>

#include "platform/linux/linux_target.h"

enum { PAGE = 4096, MOST_PAGES = 8, PAGE_MAP = 3, MEMORY = 4, PROCESS = 5 };

static uint64_t entries[MOST_PAGES];
static size_t entry_count;
static int has_ended;

/* The page map tells the entries. Memory has no page at 0, and says so to whoever asks: the image lives. */
static ssize_t answer_read(int fd, void *buffer, size_t size, uint64_t offset)
{
    if (fd != PAGE_MAP) {
        errno = EIO;
        return -1;
    }
    size_t first = (size_t)offset / 8, left = first < entry_count ? entry_count - first : 0;
    size_t count = size / 8 < left ? size / 8 : left;
    memcpy(buffer, entries + first, count * 8);
    return (ssize_t)(count * 8);
}

static int answer_ended(int pid_fd)
{
    (void)pid_fd;
    return has_ended;
}

static memscan_page_state state_of(memscan_region region, uint64_t entry)
{
    linux_sys sys = { .pread = answer_read };
    linux_target target = { .sys = &sys, .page_size = PAGE, .pagemap_fd = PAGE_MAP, .mem_fd = MEMORY, .pid_fd = -1 };
    memscan_extent extent;
    size_t count = 0;
    target.no_scan = true;
    entries[0] = entry;
    entry_count = 1;
    region.size = PAGE;
    region.name = region.name ? region.name : "";
    ck_assert_int_eq(ms_linux_residency(&target, &region, 0, PAGE - 1, &extent, 1, &count, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(count, 1);
    ck_assert_uint_eq(extent.size, PAGE);
    return extent.state;
}

START_TEST(a_page_map_entry_means_what_the_mapping_makes_of_it)
{
    const memscan_region private = { .kind = MEMSCAN_KIND_ANON };
    const memscan_region watched = { .kind = MEMSCAN_KIND_ANON, .flags = MEMSCAN_REGION_MAY_BLOCK };
    const memscan_region shared = { .kind = MEMSCAN_KIND_SHARED, .flags = MEMSCAN_REGION_SHARED, .inode = 5 };
    const memscan_region file = {
        .kind = MEMSCAN_KIND_FILE, .flags = MEMSCAN_REGION_FILE, .inode = 6, .name = "/usr/lib/x"
    };
    ck_assert_int_eq(state_of(private, LINUX_PAGEMAP_PRESENT), MEMSCAN_PAGE_RESIDENT);
    ck_assert_int_eq(state_of(private, LINUX_PAGEMAP_SWAPPED), MEMSCAN_PAGE_SWAPPED);
    ck_assert_int_eq(state_of(private, LINUX_PAGEMAP_GUARD), MEMSCAN_PAGE_GUARD);
    ck_assert_int_eq(state_of(private, 0), MEMSCAN_PAGE_UNTOUCHED);
    ck_assert_int_eq(state_of(watched, 0), MEMSCAN_PAGE_BLOCKED);
    ck_assert_int_eq(state_of(shared, LINUX_PAGEMAP_PRESENT), MEMSCAN_PAGE_RESIDENT);
    ck_assert_int_eq(state_of(shared, LINUX_PAGEMAP_SWAPPED), MEMSCAN_PAGE_SHARED); /* no place in swap: a mark */
    ck_assert_int_eq(state_of(shared, 0), MEMSCAN_PAGE_SHARED);
    ck_assert_int_eq(state_of(file, 0), MEMSCAN_PAGE_FILE);
    ck_assert_int_eq(state_of(file, LINUX_PAGEMAP_SWAPPED),
                     MEMSCAN_PAGE_SWAPPED); /* a private page of it, written to */
}
END_TEST

START_TEST(a_process_that_ended_is_gone_while_its_memory_still_answers)
{
    linux_sys sys = { .pread = answer_read, .ended = answer_ended };
    linux_target target = {
        .sys = &sys, .page_size = PAGE, .pid = 77, .mem_fd = MEMORY, .pid_fd = PROCESS, .pagemap_fd = -1
    };
    has_ended = 0;
    ck_assert_int_eq(ms_linux_alive(&target, NULL), MEMSCAN_OK);
    has_ended = 1;
    ck_assert_int_eq(ms_linux_alive(&target, NULL), MEMSCAN_GONE);
    target.pid_fd = -1; /* a kernel without pidfds: memory is all that tells */
    ck_assert_int_eq(ms_linux_alive(&target, NULL), MEMSCAN_OK);
}
END_TEST

static ssize_t answer_by_pages_only(int fd, void *buffer, size_t size, uint64_t offset)
{
    ck_assert_int_eq(fd, PAGE_MAP); /* an unmapped byte of mem would lock the target's map */
    return answer_read(fd, buffer, size, offset);
}

START_TEST(life_is_asked_of_the_page_map)
{
    linux_sys sys = { .pread = answer_by_pages_only };
    linux_target target = { .sys = &sys, .page_size = PAGE, .pagemap_fd = PAGE_MAP, .mem_fd = MEMORY, .pid_fd = -1 };
    entry_count = 1;
    ck_assert_int_eq(ms_linux_alive(&target, NULL), MEMSCAN_OK);
    entry_count = 0; /* what a dead image has */
    ck_assert_int_eq(ms_linux_alive(&target, NULL), MEMSCAN_GONE);
}
END_TEST

/* ---- where the pages of a list are ---- */

#define HAS_LIST (UINTPTR_MAX == UINT64_MAX) /* a 32-bit program has none of a 64-bit target's addresses */

static size_t lists_asked;
static long list_answer;

/* Every seventh page is the zero page, and every fifth is not there. */
static long answer_nodes(pid_t pid, size_t count, void **pages, int *nodes)
{
    ck_assert_int_eq(pid, 77);
    lists_asked++;
    for (size_t i = 0; i < count; i++) {
        uint64_t page = (uintptr_t)pages[i] / PAGE;
        ck_assert_uint_eq((uintptr_t)pages[i] % PAGE, 0);
        nodes[i] = page % 7 == 0 ? -EFAULT : page % 5 == 0 ? -ENOENT : (int)(page % 2);
    }
    return list_answer;
}

enum { SCATTERED = 700 };

static memscan_range scattered[SCATTERED];
static uint8_t resident[SCATTERED];

/* Asks about stretches of up to three pages, a hundred apart, whose ends are anywhere in their pages. */
static void ask_scattered(long answer, int turns)
{
    linux_sys sys = { .page_nodes = answer_nodes };
    linux_target target = { .sys = &sys, .page_size = PAGE, .pid = 77, .pagemap_fd = PAGE_MAP };
    for (uint64_t i = 0; i < SCATTERED; i++)
        scattered[i] =
            (memscan_range){ (1 + 101 * i) * PAGE + i % PAGE, (1 + 101 * i + i % 3) * PAGE + (i % 3 ? 0 : PAGE - 1) };
    lists_asked = 0;
    list_answer = answer;
    while (turns--) {
        memset(resident, 0, sizeof resident);
        ms_linux_resident(&target, scattered, SCATTERED, resident);
    }
}

START_TEST(scattered_stretches_are_there_when_all_their_pages_are)
{
    ask_scattered(0, 1);
    for (size_t i = 0; i < SCATTERED; i++) {
        bool there = HAS_LIST;
        for (uint64_t page = scattered[i].start / PAGE; page <= scattered[i].last / PAGE; page++)
            there = there && page % 7 && page % 5;
        ck_assert_msg(resident[i] == there, "%zu", i);
    }
}
END_TEST

START_TEST(a_list_that_is_refused_says_nothing_and_is_not_tried_again)
{
    ask_scattered(-1, 2);
    ck_assert_uint_eq(lists_asked, HAS_LIST);
    for (size_t i = 0; i < SCATTERED; i++)
        ck_assert_uint_eq(resident[i], 0);
}
END_TEST

/* Everything is there. */
static int answer_scan(int fd, linux_pagemap_scan *ask)
{
    ck_assert_int_eq(fd, PAGE_MAP);
    *(linux_page_region *)(uintptr_t)ask->vec = (linux_page_region){ ask->start, ask->end, LINUX_PAGE_IS_PRESENT };
    ask->walk_end = ask->end;
    return 1;
}

START_TEST(where_a_list_is_refused_what_lies_not_too_far_apart_is_walked)
{
    linux_sys sys = { .page_nodes = answer_nodes, .pagemap_scan = answer_scan };
    linux_target target = { .sys = &sys, .page_size = PAGE, .pid = 77, .pagemap_fd = PAGE_MAP };
    const uint64_t apart = _i ? 60 : 30;
    for (uint64_t i = 0; i < SCATTERED; i++)
        scattered[i] = (memscan_range){ (1 + apart * i) * PAGE, (1 + apart * i) * PAGE + 7 };
    lists_asked = 0;
    list_answer = -1;
    memset(resident, 0, sizeof resident);
    for (int turn = 0; turn < 2; turn++) {
        ms_linux_resident(&target, scattered, SCATTERED, resident);
        ck_assert_uint_eq(lists_asked, HAS_LIST);
    }
    for (size_t i = 0; i < SCATTERED; i++)
        ck_assert_uint_eq(resident[i], _i == 0);
}
END_TEST

static int trouble;

static int no_file(int directory_fd, const char *path, int flags)
{
    (void)directory_fd, (void)path, (void)flags;
    errno = trouble;
    return -1;
}

static int visit_none(const memscan_usage *usage, void *context)
{
    (void)usage, (void)context;
    ck_abort_msg("nothing can be told");
    return 1;
}

/* "Cannot be told here" is passed over by who asks; want of descriptors or memory, or a failure, must not look like it. */
START_TEST(usage_is_untold_only_where_the_system_tells_none)
{
    static const struct {
        int trouble;
        memscan_status status;
    } cases[] = { { ENOENT, MEMSCAN_NOT_SUPPORTED },
                  { EACCES, MEMSCAN_NOT_SUPPORTED },
                  { EPERM, MEMSCAN_NOT_SUPPORTED },
                  { EMFILE, MEMSCAN_OS },
                  { ENFILE, MEMSCAN_OS },
                  { ENOMEM, MEMSCAN_OS },
                  { EIO, MEMSCAN_OS } };
    linux_sys sys = { .pread = answer_read, .openat = no_file };
    linux_target target = { .sys = &sys, .page_size = PAGE, .pagemap_fd = PAGE_MAP, .mem_fd = MEMORY, .pid_fd = -1 };
    memscan_error error;
    entry_count = 1; /* it lives */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        trouble = cases[i].trouble;
        ck_assert_int_eq(ms_linux_usages(&target, visit_none, NULL, &error), cases[i].status);
        ck_assert_int_eq(error.os_code, trouble);
    }
    entry_count = 0;
    trouble = ENOENT; /* as for any file of a process that has ended */
    ck_assert_int_eq(ms_linux_usages(&target, visit_none, NULL, &error), MEMSCAN_GONE);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux answers");
    TCase *tests = tcase_create("linux answers");
    tcase_add_test(tests, a_page_map_entry_means_what_the_mapping_makes_of_it);
    tcase_add_test(tests, a_process_that_ended_is_gone_while_its_memory_still_answers);
    tcase_add_test(tests, life_is_asked_of_the_page_map);
    tcase_add_test(tests, scattered_stretches_are_there_when_all_their_pages_are);
    tcase_add_loop_test(tests, where_a_list_is_refused_what_lies_not_too_far_apart_is_walked, 0, 2);
    tcase_add_test(tests, a_list_that_is_refused_says_nothing_and_is_not_tried_again);
    tcase_add_test(tests, usage_is_untold_only_where_the_system_tells_none);
    suite_add_tcase(suite, tests);
    return suite;
}
