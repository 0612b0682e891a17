/* test_linux_kinds.c - kinds of mappings, on maps of real programs shortened to the lines that matter. Each line
 * carries the kind it must get. */
#include "check_main.h"

#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/bytes.h"
#include "platform/linux/linux_kinds.h"
#include "platform/linux/linux_maps.h"

/* What the hints answer. */
static const char *image_name;
static linux_image image_answer;
static uint64_t stack_pointer;
static bool regular, in_memory;

static bool hint_image(const memscan_region *head, linux_image *image, void *context)
{
    (void)context;
    if (!image_name || strcmp(head->name, image_name))
        return false;
    *image = image_answer;
    return true;
}

static bool hint_stack(const memscan_region *region, void *context)
{
    (void)context;
    return stack_pointer >= region->start && stack_pointer - region->start < region->size;
}

static bool hint_regular(const memscan_region *region, void *context)
{
    (void)region, (void)context;
    return regular;
}

static bool hint_memory(const memscan_region *region, void *context)
{
    (void)region, (void)context;
    return in_memory;
}

static linux_kind_hints hints(unsigned pointer_width)
{
    return (linux_kind_hints){ hint_image, hint_stack, hint_regular, hint_memory, NULL, pointer_width };
}

static void setup(void)
{
    image_name = NULL;
    stack_pointer = 0;
    regular = in_memory = false;
}

enum { LINES_MOST = 64 };

/* "KIND LINE" each; regions are built without the reader, so that it is not under test here. */
static size_t build(const char *const *lines, memscan_region *regions, const char **kinds)
{
    static char names[LINES_MOST][80];
    static char words[LINES_MOST][16];
    size_t count = 0;
    for (; lines[count]; count++) {
        linux_maps_line line;
        const char *text = strchr(lines[count], ' ') + 1;
        ck_assert_msg(ms_linux_maps_parse_line(text, strlen(text), &line), "%s", text);
        uint32_t file = line.inode || line.device_minor ? MEMSCAN_REGION_FILE : 0;
        memcpy(names[count], line.name, line.name_length);
        names[count][line.name_length] = 0;
        char *deleted = strstr(names[count], " (deleted)");
        if (deleted)
            *deleted = 0;
        regions[count] = (memscan_region){ .start = line.start,
                                           .size = line.end - line.start,
                                           .protection = line.protection,
                                           .flags = (line.shared ? MEMSCAN_REGION_SHARED : 0) | file |
                                                    (deleted ? MEMSCAN_REGION_DELETED : 0),
                                           .device_major = line.device_major,
                                           .device_minor = line.device_minor,
                                           .inode = line.inode,
                                           .file_offset = line.offset,
                                           .name = names[count] };
        memcpy(words[count], lines[count], (size_t)(text - lines[count]) - 1);
        words[count][text - lines[count] - 1] = 0;
        kinds[count] = words[count];
    }
    return count;
}

static void check_width(const char *const *lines, unsigned pointer_width)
{
    memscan_region regions[LINES_MOST];
    const char *kinds[LINES_MOST];
    size_t count = build(lines, regions, kinds);
    linux_kind_hints asked = hints(pointer_width);
    ms_linux_kinds_set(regions, count, &asked);
    static const char *const words[] = { "code", "rodata", "data", "bss",  "heap",  "stack",
                                         "file", "shared", "anon", "vdso", "guard", "device" };
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(!strcmp(words[regions[i].kind], kinds[i]), "line %zu is %s: %s", i, words[regions[i].kind],
                      lines[i]);
}

static void check(const char *const *lines)
{
    check_width(lines, 8);
}

START_TEST(an_ordinary_program)
{
    static const char *const lines[] = {
        "rodata 555555554000-555555556000 r--p 00000000 08:01 100 /usr/bin/game",
        "code 555555556000-55555555a000 r-xp 00002000 08:01 100 /usr/bin/game",
        "rodata 55555555a000-55555555c000 r--p 00006000 08:01 100 /usr/bin/game",
        "rodata 55555555c000-55555555d000 r--p 00007000 08:01 100 /usr/bin/game",
        "data 55555555d000-55555555e000 rw-p 00008000 08:01 100 /usr/bin/game",
        "bss 55555555e000-555555560000 rw-p 00000000 00:00 0 ",
        "heap 555555560000-555555581000 rw-p 00000000 00:00 0 [heap]",
        "anon 7ffff0000000-7ffff0021000 r--p 00000000 00:00 0 ",
        "anon 7ffff7d00000-7ffff7d03000 rw-p 00000000 00:00 0 ",
        "rodata 7ffff7d03000-7ffff7d29000 r--p 00000000 08:01 200 /lib/libc.so.6",
        "code 7ffff7d29000-7ffff7e7e000 r-xp 00026000 08:01 200 /lib/libc.so.6",
        "guard 7ffff7e7e000-7ffff7e80000 ---p 0017b000 08:01 200 /lib/libc.so.6",
        "rodata 7ffff7ed1000-7ffff7ed5000 r--p 001ce000 08:01 200 /lib/libc.so.6",
        "data 7ffff7ed5000-7ffff7ed7000 rw-p 001d2000 08:01 200 /lib/libc.so.6",
        "bss 7ffff7ed7000-7ffff7ee4000 rw-p 00000000 00:00 0 ",
        "file 7ffff7f00000-7ffff7f40000 r--p 00000000 08:01 300 /usr/share/fonts/a.ttf",
        "anon 7ffff7f40000-7ffff7f50000 rw-p 00000000 00:00 0 ",
        "device 7ffff7fbe000-7ffff7fc2000 r--p 00000000 00:00 0 [vvar]",
        "device 7ffff7fc2000-7ffff7fc3000 r--p 00000000 00:00 0 [vvar_vclock]",
        "vdso 7ffff7fc3000-7ffff7fc5000 r-xp 00000000 00:00 0 [vdso]",
        "stack 7ffffffde000-7ffffffff000 rw-p 00000000 00:00 0 [stack]",
        "device ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]",
        NULL,
    };
    check(lines);
}
END_TEST

START_TEST(memory_without_a_disk)
{
    static const char *const lines[] = {
        "shared 1000-2000 rw-s 00000000 00:01 10 /memfd:buffer (deleted)",
        "shared 3000-4000 r-xs 00000000 00:01 11 /memfd:doublemapper (deleted)",
        "shared 5000-6000 rw-s 00000000 00:01 0 /SYSV00000000 (deleted)",
        "shared 7000-8000 rw-s 00000000 00:01 12 /dev/zero (deleted)",
        "anon 9000-a000 rw-p 00000000 00:05 13 /dev/zero",
        "shared b000-c000 rw-s 00000000 00:16 14 /dev/shm/x",
        "shared d000-e000 rw-s 00000000 00:00 0 [anon_shmem:x]",
        "file f000-10000 rw-s 00000000 08:01 15 /memfd:impostor",
        "shared 11000-12000 rw-s 00000000 00:16 16 /dev/shm/y (deleted)",
        NULL,
    };
    check(lines);
    in_memory = true;
    static const char *const on_tmpfs[] = { "shared 1000-2000 rw-s 00000000 00:20 10 /tmp/x",
                                            "file 3000-4000 rw-p 00000000 00:20 10 /tmp/x", NULL };
    check(on_tmpfs);
}
END_TEST

START_TEST(devices)
{
    static const char *const lines[] = {
        "device 1000-2000 rw-s 00000000 00:05 10 /dev/dri/card0",
        "device 3000-4000 rw-s 00000000 00:0e 11 anon_inode:[perf_event]",
        "device 5000-6000 rw-s 00000000 00:17 12 /sys/devices/pci0000:00/0000:00:02.0/resource0",
        "guard 7000-8000 ---p 00000000 00:05 10 /dev/dri/card0",
        NULL,
    };
    check(lines);
    regular = true;
    static const char *const plain[] = { "file 1000-2000 rw-s 00000000 00:05 10 /dev/data.bin", NULL };
    check(plain);
}
END_TEST

START_TEST(arenas)
{
    static const char *const lines[] = {
        "heap 7ffff0000000-7ffff0021000 rw-p 00000000 00:00 0 ",
        "guard 7ffff0021000-7ffff4000000 ---p 00000000 00:00 0 ",
        "heap 7ffff4000000-7ffff4121000 rw-p 00000000 00:00 0 ", /* the tail is joined with the guard behind */
        "guard 7ffff4121000-7ffff8001000 ---p 00000000 00:00 0 ",
        "anon 7ffff9000000-7ffff9021000 rw-p 00000000 00:00 0 ", /* not aligned */
        "guard 7ffff9021000-7ffffd000000 ---p 00000000 00:00 0 ",
        "anon 7ffffe000000-7ffffe021000 rw-p 00000000 00:00 0 ", /* the rest does not follow */
        "guard 7ffffe021000-7ffffe022000 ---p 00000000 00:00 0 ",
        NULL,
    };
    static const char *const narrow[] = { "heap f5500000-f5521000 rw-p 00000000 00:00 0 ",
                                          "guard f5521000-f5600000 ---p 00000000 00:00 0 ", NULL };
    check(lines);
    check_width(narrow, 4);
}
END_TEST

START_TEST(memory_of_huge_pages)
{
    static const char *const lines[] = {
        "anon 7f0000000000-7f0000400000 rw-p 00000000 00:0f 40961 /anon_hugepage (deleted)",
        "shared 7f0000400000-7f0000800000 rw-s 00000000 00:0f 40962 /anon_hugepage (deleted)",
        NULL,
    };
    check(lines);
}
END_TEST

START_TEST(stacks_of_threads)
{
    static const char *const lines[] = {
        "guard 7fff00000000-7fff00001000 ---p 00000000 00:00 0 ",
        "stack 7fff00001000-7fff00801000 rw-p 00000000 00:00 0 ",
        "guard 7fff00801000-7fff00802000 ---p 00000000 00:00 0 ",
        "anon 7fff00802000-7fff01002000 rw-p 00000000 00:00 0 ",
        NULL,
    };
    stack_pointer = 0x7fff00800f00;
    check(lines);
    /* In a 32-bit program, whose arenas are small: it begins where one might. */
    static const char *const narrow[] = {
        "guard f6cff000-f6d00000 ---p 00000000 00:00 0 ",
        "stack f6d00000-f7500000 rw-p 00000000 00:00 0 ",
        "guard f7500000-f7501000 ---p 00000000 00:00 0 ",
        NULL,
    };
    stack_pointer = 0xf74fff00;
    check_width(narrow, 4);
    stack_pointer = 0x7fff00800f00;
    static const char *const no_guard[] = { "anon 7fff00001000-7fff00801000 rw-p 00000000 00:00 0 ", NULL };
    check(no_guard);
}
END_TEST

START_TEST(names_given_by_libraries)
{
    static const char *const lines[] = {
        "heap 1000-2000 rw-p 00000000 00:00 0 [anon: glibc: malloc arena]",
        "stack 3000-4000 rw-p 00000000 00:00 0 [anon: glibc: pthread stack: 17]",
        "anon 5000-6000 rw-p 00000000 00:00 0 [anon:cache]",
        "heap 7000-8000 rw-p 00000000 00:00 0 [anon:libc_malloc]",
        "file 9000-a000 rw-p 00000000 08:01 5 [heap]", /* no file is the heap */
        NULL,
    };
    check(lines);
}
END_TEST

/* As under Wine: sections are anonymous copies, with pieces of the file between them. */
START_TEST(windows_images)
{
    static const char *const lines[] = {
        "rodata 140000000-140001000 r--p 00000000 08:01 50 /games/MM6.exe",
        "code 140001000-140009000 r-xp 00000000 00:00 0 ",
        "data 140009000-14000a000 rw-p 00000000 00:00 0 ",
        "rodata 14000a000-14000b000 r--p 00008e00 08:01 50 /games/MM6.exe",
        "rodata 14000b000-14000c000 r--p 00000000 00:00 0 ",
        "anon 14000c000-14000f000 rw-p 00000000 00:00 0 ",
        NULL,
    };
    image_name = "/games/MM6.exe";
    image_answer = (linux_image){ .format = LINUX_IMAGE_PE, .size = 0xc000 };
    check(lines);
    memscan_region regions[LINES_MOST];
    const char *kinds[LINES_MOST];
    size_t count = build(lines, regions, kinds);
    linux_kind_hints asked = hints(8);
    linux_module_run run;
    ck_assert(ms_linux_module_at(regions, count, 0, &asked, &run));
    ck_assert_uint_eq(run.count, 5);
    ck_assert_uint_eq(run.end, 0x14000c000);
    ms_linux_kinds_set(regions, count, &asked);
    for (size_t i = 0; i < count; i++) /* the copies carry the module's name too */
        ck_assert_str_eq(regions[i].name, i < 5 ? image_name : "");
}
END_TEST

/* The head of an ELF image tells bss from what the kernel joined with it, also where the lines alone do not. */
START_TEST(elf_images)
{
    static const char *const lines[] = {
        "code 10000-11000 r-xp 00000000 08:01 50 /bin/tiny", /* lld: two segments of the first page */
        "data 11000-12000 rw-p 00000000 08:01 50 /bin/tiny",   "bss 12000-90000 rw-p 00000000 00:00 0 ",
        "rodata a0000-a1000 r--p 00000000 08:01 51 /bin/tiny", /* another file of that name */
        "code a1000-a2000 r-xp 00001000 08:01 51 /bin/tiny",   NULL,
    };
    image_name = "/bin/tiny";
    image_answer = (linux_image){ .format = LINUX_IMAGE_ELF, .size = 0x3000 };
    check(lines);
    memscan_region regions[LINES_MOST];
    const char *kinds[LINES_MOST];
    size_t count = build(lines, regions, kinds);
    linux_kind_hints asked = hints(8);
    linux_module_run run;
    ck_assert(ms_linux_module_at(regions, count, 0, &asked, &run));
    ck_assert_uint_eq(run.count, 3);
    ck_assert_uint_eq(run.end, 0x13000);
}
END_TEST

/* Heads that claim the whole address space, again and again: the work stays linear. */
START_TEST(lying_heads)
{
    enum { MANY = 60000 };
    memscan_region *regions = calloc(MANY, sizeof *regions);
    for (size_t i = 0; i < MANY; i++)
        regions[i] = (memscan_region){ .start = 0x10000 + i * 0x1000,
                                       .size = 0x1000,
                                       .protection = MEMSCAN_PROT_READ,
                                       .flags = MEMSCAN_REGION_FILE,
                                       .inode = 5,
                                       .device_minor = 1,
                                       .name = "/liar" };
    image_name = "/liar";
    image_answer = (linux_image){ .format = LINUX_IMAGE_PE, .size = (uint64_t)1 << 32 };
    linux_kind_hints asked = hints(8);
    ms_linux_kinds_set(regions, MANY, &asked);
    for (size_t i = 0; i < MANY; i++)
        ck_assert_int_eq(regions[i].kind, MEMSCAN_KIND_FILE);
    free(regions);
}
END_TEST

/* Whatever stands in a map, every mapping gets a kind, and runs go forward. */
START_TEST(any_map_is_judged)
{
    static const char *const names[] = { "",         "/a",        "/b", "[heap]", "[stack]",   "[vdso]",
                                         "/memfd:x", "/dev/zero", "[",  "/",      "/dev/null", "[anon:x]" };
    srand(7);
    for (int round = 0; round < 2000; round++) {
        memscan_region regions[40];
        uint64_t address = 0;
        for (size_t i = 0; i < 40; i++) {
            address += (uint64_t)(rand() % 2) << (rand() % 52);
            regions[i] = (memscan_region){ .start = address,
                                           .size = (uint64_t)1 << (rand() % 54),
                                           .protection = (uint32_t)rand() % 8,
                                           .kind = (memscan_kind)99,
                                           .flags = (uint32_t)rand() % 32,
                                           .inode = (uint64_t)rand() % 3,
                                           .file_offset = (uint64_t)(rand() % 3) << 12,
                                           .name = names[rand() % 12] };
            address += regions[i].size;
        }
        image_name = "/a";
        image_answer = (linux_image){ .format = LINUX_IMAGE_PE, .size = (uint64_t)1 << (rand() % 64) };
        linux_kind_hints asked = hints(rand() % 2 ? 4 : 8);
        ms_linux_kinds_set(regions, 40, &asked);
        for (size_t i = 0; i < 40; i++)
            ck_assert_msg(regions[i].kind < MEMSCAN_KIND_COUNT, "round %d, region %zu", round, i);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_kinds");
    TCase *kinds = tcase_create("kinds");
    tcase_add_checked_fixture(kinds, setup, NULL);
    tcase_add_test(kinds, an_ordinary_program);
    tcase_add_test(kinds, memory_without_a_disk);
    tcase_add_test(kinds, devices);
    tcase_add_test(kinds, arenas);
    tcase_add_test(kinds, memory_of_huge_pages);
    tcase_add_test(kinds, stacks_of_threads);
    tcase_add_test(kinds, names_given_by_libraries);
    tcase_add_test(kinds, windows_images);
    tcase_add_test(kinds, elf_images);
    tcase_add_test(kinds, lying_heads);
    tcase_add_test(kinds, any_map_is_judged);
    suite_add_tcase(suite, kinds);
    return suite;
}
