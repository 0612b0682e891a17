/* test_linux_texts.c - the small texts of /proc: stat, status, mountinfo, VmFlags, slabinfo, syscall. Samples are
 * printed by real kernels, or made to mislead. */
#define _GNU_SOURCE
#include "check_main.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/linux/linux_mounts.h"
#include "platform/linux/linux_proc.h"
#include "platform/linux/linux_stacks.h"
#include "platform/linux/linux_supplied.h"
#include "platform/linux/linux_target.h"

static const char stat_tail[] = " S 41 42 43 0 -1 4194560 5 6 7 8 9 10 11 12 20 0 1 0 987654321 3 4 5\n";

START_TEST(stat_with_any_name)
{
    static const char *const names[] = { "cat", ") R 1", "a b", ") R 1\n", "((", "))", "", "\033[31m", "kworker/0:1" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char text[256];
        linux_stat_line line;
        int length = snprintf(text, sizeof text, "77 (%s)%s", names[i], stat_tail);
        ck_assert_msg(ms_linux_stat_parse(text, (size_t)length, &line), "%s", names[i]);
        ck_assert_str_eq(line.name, names[i]);
        ck_assert_int_eq(line.state, 'S');
        ck_assert_uint_eq(line.parent, 41);
        ck_assert_uint_eq(line.start_time, 987654321);
        ck_assert(!line.kernel_thread);
        for (size_t cut = 0; cut < (size_t)length - 16; cut++) { /* exact copies: a step too far is seen */
            char *exact = malloc(cut ? cut : 1);
            memcpy(exact, text, cut);
            ck_assert(!ms_linux_stat_parse(exact, cut, &line) || cut > strlen(names[i]) + 60);
            free(exact);
        }
    }
    linux_stat_line line;
    const char *kernel = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0";
    ck_assert(ms_linux_stat_parse(kernel, strlen(kernel), &line) && line.kernel_thread);
    ck_assert(!ms_linux_stat_parse(")(", 2, &line));
    ck_assert(!ms_linux_stat_parse("1 (x)", 5, &line));
}
END_TEST

START_TEST(numbers_of_status)
{
    const char *text =
        "Name:\tUid: 5\nUmask:\t0022\nTracerPid:\t0\nUid:\t1000\t1001\t1002\t1003\nCapEff:\t000001ffffffffff\n";
    ck_assert_uint_eq(ms_linux_status_number(text, "Uid:", 0, 10, 7), 1000);
    ck_assert_uint_eq(ms_linux_status_number(text, "Uid:", 3, 10, 7), 1003);
    ck_assert_uint_eq(ms_linux_status_number(text, "Uid:", 4, 10, 7), 7);
    ck_assert_uint_eq(ms_linux_status_number(text, "TracerPid:", 0, 10, 7), 0);
    ck_assert_uint_eq(ms_linux_status_number(text, "CapEff:", 0, 16, 7), 0x1ffffffffff);
    ck_assert_uint_eq(ms_linux_status_number(text, "Seccomp:", 0, 10, 7), 7);
    ck_assert_uint_eq(ms_linux_status_number("", "Uid:", 0, 10, 7), 7);
    ck_assert_uint_eq(ms_linux_status_number("Uid:\n", "Uid:", 0, 10, 7), 7);
}
END_TEST

START_TEST(mounts)
{
    static const struct {
        const char *text;
        bool valid;
        linux_mount mount;
    } cases[] = {
        { "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue",
          true,
          { 98, 0, LINUX_MOUNT_DISK } },
        { "26 1 0:24 / / rw,relatime - overlay overlay rw", true, { 0, 24, LINUX_MOUNT_DISK } },
        { "26 1 0:25 / /dev/shm rw shared:2 master:3 propagate_from:4 - tmpfs tmpfs rw",
          true,
          { 0, 25, LINUX_MOUNT_MEMORY } },
        { "26 1 0:26 / /a\\040-\\040b rw - nfs4 host:/x rw", true, { 0, 26, LINUX_MOUNT_REMOTE } },
        { "26 1 0:27 / /x rw - fuse.sshfs host: rw", true, { 0, 27, LINUX_MOUNT_REMOTE } },
        { "26 1 8:17 / /x rw - fuseblk /dev/sdb1 rw", true, { 8, 17, LINUX_MOUNT_REMOTE } },
        { "26 1 0:28 / /x rw - ext40 y rw", true, { 0, 28, LINUX_MOUNT_REMOTE } },
        { "26 1 0:28 / /x rw - ", false, { 0, 0, 0 } },
        { "26 1 0:28 / /x rw ext4 y rw", false, { 0, 0, 0 } },
        { "26 1 028 / /x rw - ext4 y rw", false, { 0, 0, 0 } },
        { "26 1 4294967296:1 / /x rw - ext4 y rw", false, { 0, 0, 0 } },
        { "26 1", false, { 0, 0, 0 } },
        { "", false, { 0, 0, 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = strlen(cases[i].text);
        char *exact = malloc(length ? length : 1);
        memcpy(exact, cases[i].text, length);
        linux_mount mount;
        ck_assert_msg(ms_linux_mount_parse(exact, length, &mount) == cases[i].valid, "%s", cases[i].text);
        free(exact);
        if (!cases[i].valid)
            continue;
        ck_assert_uint_eq(mount.major, cases[i].mount.major);
        ck_assert_uint_eq(mount.minor, cases[i].mount.minor);
        ck_assert_msg(mount.class == cases[i].mount.class, "%s", cases[i].text);
    }
}
END_TEST

START_TEST(flags_of_supplied_memory)
{
    static const char *const marked[] = { "VmFlags: rd wr mr mw me ac um ", "VmFlags: um", "VmFlags: rd ui" };
    static const char *const plain[] = { "VmFlags: rd wr mr mw me ac sd ",
                                         "VmFlags:",
                                         "VmFlags: umx",
                                         "VmFlags: xum",
                                         "VmFlags: rd uw sd",
                                         "Size: um",
                                         "",
                                         "VmFlags: u" };
    for (size_t i = 0; i < sizeof marked / sizeof marked[0]; i++)
        ck_assert_msg(ms_linux_supplied_flags(marked[i], strlen(marked[i])), "%s", marked[i]);
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++)
        ck_assert_msg(!ms_linux_supplied_flags(plain[i], strlen(plain[i])), "%s", plain[i]);
}
END_TEST

START_TEST(slabs_of_userfaultfd)
{
    static const char none[] = "userfaultfd_ctx_cache      0     42    192   21    1 : tunables    0    0    0";
    static const char *const open_question[] = {
        "userfaultfd_ctx_cache     21     21    192   21    1 : tunables    0    0    0",
        "userfaultfd_ctx_cache      0 200000    192   21    1 : tunables",
        "userfaultfd_ctx_cache      0",
        "userfaultfd_ctx_cache ",
        "userfaultfd_ctx_cache2     0      0    192",
        "dentry                     0      0    192",
        "",
    };
    ck_assert(ms_linux_supplied_none(none, strlen(none)));
    for (size_t i = 0; i < sizeof open_question / sizeof open_question[0]; i++)
        ck_assert_msg(!ms_linux_supplied_none(open_question[i], strlen(open_question[i])), "%s", open_question[i]);
}
END_TEST

START_TEST(objects_of_one_slab)
{
    static const char *const nothing[] = { "", " ", "N0=21", "-1", "21x N0=21", "18446744073709551616" };
    uint64_t objects = 7;
    ck_assert(ms_linux_supplied_objects("0", 1, &objects) && objects == 0);
    ck_assert(ms_linux_supplied_objects("21 N0=21", 8, &objects) && objects == 21);
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        ck_assert_msg(!ms_linux_supplied_objects(nothing[i], strlen(nothing[i]), &objects), "%s", nothing[i]);
}
END_TEST

START_TEST(stack_pointers)
{
    uint64_t pointer = 0;
    const char *blocked = "0 0x3 0x7ffd1 0x1 0x0 0x0 0x0 0x7ffc61d8e4c8 0x7f7a4f5d0bd2\n";
    ck_assert(ms_linux_stack_parse(blocked, strlen(blocked), &pointer));
    ck_assert_uint_eq(pointer, 0x7ffc61d8e4c8);
    ck_assert(ms_linux_stack_parse("-1 0x7ffc0 0x7f7a4", 18, &pointer));
    ck_assert_uint_eq(pointer, 0x7ffc0);
    ck_assert(!ms_linux_stack_parse("running\n", 8, &pointer));
    ck_assert(!ms_linux_stack_parse("0x1 0x2", 7, &pointer));
    ck_assert(!ms_linux_stack_parse(" \n", 2, &pointer));
    ck_assert(!ms_linux_stack_parse("", 0, &pointer));
}
END_TEST

START_TEST(sizes_of_addresses)
{
    uint64_t sizes[2];
    const char *good = "address sizes\t: 46 bits physical, 57 bits virtual";
    ck_assert(ms_linux_address_sizes(good, strlen(good), sizes));
    ck_assert_uint_eq(sizes[0], 46);
    ck_assert_uint_eq(sizes[1], 57);
    static const char *const wrong[] = { "", "address sizes", "address sizes\t: 46 bits physical",
                                         "cache_alignment\t: 64",
                                         "address sizes\t: 99999999999999999999999 bits, 48 bits" };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert(!ms_linux_address_sizes(wrong[i], strlen(wrong[i]), sizes));
}
END_TEST

START_TEST(faults_of_stat)
{
    linux_stat_line line;
    char text[256];
    int length = snprintf(text, sizeof text, "77 (cat)%s", stat_tail);
    ck_assert(ms_linux_stat_parse(text, (size_t)length, &line));
    ck_assert_uint_eq(line.minor_faults, 5);
    ck_assert_uint_eq(line.major_faults, 7);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_texts");
    TCase *texts = tcase_create("texts");
    tcase_add_test(texts, stat_with_any_name);
    tcase_add_test(texts, numbers_of_status);
    tcase_add_test(texts, mounts);
    tcase_add_test(texts, flags_of_supplied_memory);
    tcase_add_test(texts, slabs_of_userfaultfd);
    tcase_add_test(texts, objects_of_one_slab);
    tcase_add_test(texts, stack_pointers);
    tcase_add_test(texts, sizes_of_addresses);
    tcase_add_test(texts, faults_of_stat);
    suite_add_tcase(suite, texts);
    return suite;
}
