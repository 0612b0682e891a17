/* test_linux_maps.c - the text of /proc/PID/maps: lines of real kernels, hostile ones, and a map that changes while
 * it is read (a scripted file answers in place of the kernel). */
#define _GNU_SOURCE
#include "check_main.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libmemscan/base/alloc.h"
#include "platform/linux/linux_maps.h"
#include "random.h"

static bool parse(const char *text, linux_maps_line *line)
{
    /* An exact copy without NUL, so that the address sanitizer sees every step beyond the end. */
    size_t length = strlen(text);
    char *copy = malloc(length ? length : 1);
    memcpy(copy, text, length);
    bool parsed = ms_linux_maps_parse_line(copy, length, line);
    if (parsed)
        line->name = text + (line->name - copy);
    free(copy);
    return parsed;
}

/* As the kernel's show_vma_header_prefix and seq_pad print it (fs/proc/task_mmu.c): the oracle. */
static int print_line(const linux_maps_line *line, char *out, size_t capacity)
{
    int length =
        snprintf(out, capacity, "%08" PRIx64 "-%08" PRIx64 " %c%c%c%c %08" PRIx64 " %02x:%02x %" PRIu64 " ",
                 line->start, line->end, line->protection & MEMSCAN_PROT_READ ? 'r' : '-',
                 line->protection & MEMSCAN_PROT_WRITE ? 'w' : '-', line->protection & MEMSCAN_PROT_EXECUTE ? 'x' : '-',
                 line->shared ? 's' : 'p', line->offset, line->device_major, line->device_minor, line->inode);
    if (!line->name_length)
        return length;
    return snprintf(out + length, capacity - (size_t)length, "%*s%.*s", length < 73 ? 73 - length : 0, "",
                    (int)line->name_length, line->name) +
           length;
}

START_TEST(lines_of_real_kernels)
{
    static const struct {
        const char *text;
        linux_maps_line line;
    } cases[] = {
        { "5581f0400000-5581f0401000 r--p 00000000 08:01 1311 /usr/bin/cat",
          { 0x5581f0400000, 0x5581f0401000, 1, false, 0, 8, 1, 1311, "/usr/bin/cat", 12 } },
        { "00400000-00452000 r-xp 00002000 103:02 18446744073709551615 /x",
          { 0x400000, 0x452000, 5, false, 0x2000, 0x103, 2, UINT64_MAX, "/x", 2 } },
        { "7ffc0b5e1000-7ffc0b602000 rw-p 00000000 00:00 0                          [stack]",
          { 0x7ffc0b5e1000, 0x7ffc0b602000, 3, false, 0, 0, 0, 0, "[stack]", 7 } },
        { "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]",
          { 0xffffffffff600000, 0xffffffffff601000, 4, false, 0, 0, 0, 0, "[vsyscall]", 10 } },
        { "7f0000000000-7f0000001000 rw-s fffffffffffff000 00:01 1026 /dev/zero (deleted)",
          { 0x7f0000000000, 0x7f0000001000, 3, true, 0xfffffffffffff000, 0, 1, 1026, "/dev/zero (deleted)", 19 } },
        { "f7fc1000-f7fc2000 ---p 00000000 00:00 0 ", { 0xf7fc1000, 0xf7fc2000, 0, false, 0, 0, 0, 0, "", 0 } },
        { "f7fc1000-f7fc2000 ---p 00000000 00:00 0", { 0xf7fc1000, 0xf7fc2000, 0, false, 0, 0, 0, 0, "", 0 } },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        linux_maps_line line;
        const linux_maps_line *want = &cases[i].line;
        ck_assert_msg(parse(cases[i].text, &line), "%s", cases[i].text);
        ck_assert_uint_eq(line.start, want->start);
        ck_assert_uint_eq(line.end, want->end);
        ck_assert_uint_eq(line.protection, want->protection);
        ck_assert_int_eq(line.shared, want->shared);
        ck_assert_uint_eq(line.offset, want->offset);
        ck_assert_uint_eq(line.device_major, want->device_major);
        ck_assert_uint_eq(line.device_minor, want->device_minor);
        ck_assert_uint_eq(line.inode, want->inode);
        ck_assert_uint_eq(line.name_length, want->name_length);
        ck_assert_mem_eq(line.name, want->name, want->name_length);
    }
}
END_TEST

START_TEST(what_is_no_line_is_refused)
{
    static const char *const lines[] = {
        "",
        "\n",
        "-",
        "1000-",
        "1000-2000",
        "1000-2000 ",
        "1000-2000 rwxp",
        "1000-2000 rwxp ",
        "1000-2000 rwxp 0",
        "1000-2000 rwxp 0 08:01",
        "1000-2000 rwxp 0 08:01 ",
        "1000-2000 rwxp 0 0801 5 /x",
        "1000-2000 rwx 0 08:01 5 /x",
        "1000-2000 rwxq 0 08:01 5 /x",
        "1000-2000 xwrp 0 08:01 5 /x",
        "2000-1000 rwxp 0 08:01 5 /x",
        "1000-1000 rwxp 0 08:01 5 /x",
        "10000000000000000-20000000000000000 rwxp 0 08:01 5 /x",
        "1000-2000 rwxp 10000000000000000 08:01 5 /x",
        "1000-2000 rwxp 0 100000000:01 5 /x",
        "1000-2000 rwxp 0 08:01 18446744073709551616 /x",
        "1000-2000 rwxp 0 08:01 5a /x",
        "1000-2000 rwxp 0 08:01 -5 /x",
        "0x1000-0x2000 rwxp 0 08:01 5 /x",
        " 1000-2000 rwxp 0 08:01 5 /x",
        "1000 -2000 rwxp 0 08:01 5 /x",
        "Size:                  4 kB",
    };
    linux_maps_line line;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_msg(!parse(lines[i], &line), "%s", lines[i]);
    ck_assert(!ms_linux_maps_parse_line("1000-2000 rwxp 0 08:01 5 /a\0b", 29, &line));
}
END_TEST

/* Any mapping, printed as the kernel does, is read back; cut anywhere or with one byte replaced it is read as
 * something or refused, never beyond its end. */
START_TEST(printing_and_reading_agree)
{
    static const char *const names[] = { "", "/a b", "/x (deleted)", "[heap]", "/\\012", "/ r-xp 0 08:01 5 /y" };
    uint64_t seed = 20261122;
    for (int round = 0; round < 20000; round++) {
        uint64_t random[8];
        for (size_t i = 0; i < 8; i++)
            random[i] = seed = seed * 6364136223846793005u + 1442695040888963407u;
        linux_maps_line want = { .start = random[0] >> (random[4] >> 58),
                                 .protection = (uint32_t)(random[2] >> 61),
                                 .shared = random[3] >> 63,
                                 .offset = random[1] >> (random[5] >> 58) & ~(uint64_t)4095,
                                 .device_major = (uint32_t)(random[6] >> 52),
                                 .device_minor = (uint32_t)(random[6] >> 20 & 0xfffff),
                                 .inode = random[7] >> (random[2] >> 58 & 63),
                                 .name = names[random[3] % 6] };
        want.end = want.start + 1 + (random[1] >> 20);
        if (want.end <= want.start)
            continue;
        want.name_length = strlen(want.name);
        char text[256], again[256];
        int length = print_line(&want, text, sizeof text);
        linux_maps_line line;
        ck_assert_msg(parse(text, &line), "round %d: %s", round, text);
        print_line(&line, again, sizeof again);
        ck_assert_str_eq(text, again);
        text[random[4] % (uint64_t)length] = (char)(random[5] >> 56);
        text[random[6] % (uint64_t)length] = 0;
        parse(text, &line);
    }
}
END_TEST

START_TEST(only_the_kernels_escape_is_undone)
{
    static const struct {
        const char *name, *want;
    } cases[] = { { "/a\\012b", "/a\nb" },     { "/a\\011b", "/a\\011b" }, { "\\012\\012", "\n\n" },
                  { "/a\\\\012", "/a\\\n" },   { "/a\\01", "/a\\01" },     { "\\0\\012", "\\0\n" },
                  { "/\033[31m", "/\033[31m" } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[32];
        size_t length = ms_linux_maps_unescape(cases[i].name, strlen(cases[i].name), out);
        out[length] = 0;
        ck_assert_str_eq(out, cases[i].want);
    }
}
END_TEST

/* ---- a scripted map ---- */

static const char *script[16]; /* what the n-th read answers */
static size_t script_at;
static size_t cut; /* at most so many bytes a read */
static const char *alive_text;

static ssize_t scripted_pread(int fd, void *buffer, size_t size, uint64_t offset)
{
    (void)fd;
    if (offset == 0 && size == 1 && !script[script_at])
        return *alive_text ? 1 : 0;
    if (!script[script_at])
        return 0;
    size_t length = strlen(script[script_at]);
    length = length < size ? length : size;
    length = length < cut ? length : cut;
    memcpy(buffer, script[script_at], length);
    script[script_at] += length;
    if (!*script[script_at])
        script_at++;
    return (ssize_t)length;
}

static memscan_status read_script(const char *const *texts, uint64_t from, size_t window, linux_maps_exists_fn *exists,
                                  linux_map *map)
{
    linux_sys sys = ms_linux_sys;
    sys.pread = scripted_pread;
    memset(script, 0, sizeof script);
    for (size_t i = 0; texts[i]; i++)
        script[i] = texts[i];
    script_at = 0;
    alive_text = "alive";
    linux_maps_source source = { &sys, -1, &ms_default_allocator, exists, NULL };
    ms_linux_map_init(map, &ms_default_allocator);
    memscan_error error;
    return ms_linux_maps_read(&source, from, window, map, &error);
}

static const memscan_region *at(const linux_map *map, size_t index)
{
    ck_assert_uint_lt(index, map->regions.count);
    return ms_array_at(&map->regions, index);
}

START_TEST(a_map_that_changes_shows_each_place_once)
{
    /* Between the two reads the second mapping grew downwards over the first, and a third appeared below. */
    static const char *const texts[] = { "1000-2000 rw-p 0 00:00 0 \n2000-3000 rw-p 5000 08:01 7 /f\n",
                                         "1000-4000 rw-p 4000 08:01 7 /f\n500-600 r--p 0 00:00 0 \n"
                                         "5000-6000 r--p 0 00:00 0 \n",
                                         NULL };
    for (cut = 1; cut < 200; cut += 7) {
        linux_map map;
        ck_assert_int_eq(read_script(texts, 0, 100, NULL, &map), MEMSCAN_OK);
        ck_assert_uint_eq(map.regions.count, 4);
        ck_assert_uint_eq(at(&map, 2)->start, 0x3000);
        ck_assert_uint_eq(at(&map, 2)->size, 0x1000);
        ck_assert_uint_eq(at(&map, 2)->file_offset, 0x6000);
        ck_assert_uint_eq(at(&map, 3)->start, 0x5000);
        ms_linux_map_deinit(&map);
    }
}
END_TEST

START_TEST(from_and_window_cut_the_map)
{
    static const char *const texts[] = { "1000-2000 rw-p 0 00:00 0 \n2000-3000 rw-p 0 00:00 0 \n"
                                         "3000-4000 rw-p 0 00:00 0 \n4000-5000 rw-p 0 00:00 0 \n",
                                         NULL };
    linux_map map;
    cut = 4096;
    ck_assert_int_eq(read_script(texts, 0x2800, 2, NULL, &map), MEMSCAN_OK);
    ck_assert_uint_eq(map.regions.count, 2);
    ck_assert_uint_eq(at(&map, 0)->start, 0x2000);
    ck_assert_uint_eq(at(&map, 1)->start, 0x3000);
    ck_assert(map.more);
    ms_linux_map_deinit(&map);
    ck_assert_int_eq(read_script(texts, 0x3000, 2, NULL, &map), MEMSCAN_OK);
    ck_assert_uint_eq(map.regions.count, 2);
    ck_assert(!map.more);
    ms_linux_map_deinit(&map);
}
END_TEST

static bool only_seven_exists(const char *path, uint64_t inode, void *context)
{
    (void)context;
    ck_assert_msg(strstr(path, " (deleted)") != NULL, "%s", path);
    return inode == 7;
}

START_TEST(names_of_deleted_files)
{
    static const char *const texts[] = {
        "1000-2000 rw-p 0 08:01 7 /a (deleted)\n2000-3000 rw-p 0 08:01 8 /a (deleted)\n"
        "3000-4000 rw-p 0 08:01 8 /a\\012b (deleted)\n"
        "4000-5000 rw-s 0 00:01 0 /SYSV0000 (deleted)\n"
        "5000-6000 rw-p 0 00:00 0 [anon:x (deleted)\n",
        NULL
    };
    linux_map map;
    cut = 4096;
    ck_assert_int_eq(read_script(texts, 0, 100, only_seven_exists, &map), MEMSCAN_OK);
    ck_assert_str_eq(at(&map, 0)->name, "/a (deleted)");
    ck_assert_uint_eq(at(&map, 0)->flags, MEMSCAN_REGION_FILE);
    ck_assert_str_eq(at(&map, 1)->name, "/a");
    ck_assert_uint_eq(at(&map, 1)->flags, MEMSCAN_REGION_FILE | MEMSCAN_REGION_DELETED);
    ck_assert_str_eq(at(&map, 2)->name, "/a\nb");
    ck_assert_str_eq(at(&map, 3)->name, "/SYSV0000");
    ck_assert_uint_eq(at(&map, 3)->flags, MEMSCAN_REGION_FILE | MEMSCAN_REGION_DELETED | MEMSCAN_REGION_SHARED);
    ck_assert_str_eq(at(&map, 4)->name, "[anon:x (deleted)");
    ck_assert_uint_eq(at(&map, 4)->flags, 0);
    ms_linux_map_deinit(&map);
}
END_TEST

START_TEST(the_end_of_the_image_is_no_empty_map)
{
    static const char *const texts[] = { "1000-2000 rw-p 0 00:00 0 \n", NULL };
    linux_map map;
    cut = 4096;
    ck_assert_int_eq(read_script(texts + 1, 0, 100, NULL, &map), MEMSCAN_OK);
    ms_linux_map_deinit(&map);
    linux_sys sys = ms_linux_sys;
    sys.pread = scripted_pread;
    alive_text = "";
    script[0] = texts[0], script[1] = NULL;
    script_at = 0;
    linux_maps_source source = { &sys, -1, &ms_default_allocator, NULL, NULL };
    ms_linux_map_init(&map, &ms_default_allocator);
    memscan_error error;
    ck_assert_int_eq(ms_linux_maps_read(&source, 0, 100, &map, &error), MEMSCAN_GONE);
    ck_assert_int_eq(error.status, MEMSCAN_GONE);
    ck_assert_uint_eq(map.regions.count, 0);
    ms_linux_map_deinit(&map);
}
END_TEST

START_TEST(a_name_longer_than_any_buffer)
{
    char *text = malloc(200100);
    size_t length = (size_t)sprintf(text, "1000-2000 rw-p 0 08:01 7 /");
    memset(text + length, 'n', 200000);
    strcpy(text + length + 200000, "\n");
    const char *const texts[] = { text, NULL };
    linux_map map;
    cut = 4096;
    ck_assert_int_eq(read_script(texts, 0, 100, NULL, &map), MEMSCAN_OK);
    ck_assert_uint_eq(strlen(at(&map, 0)->name), 200001);
    ms_linux_map_deinit(&map);
    free(text);
}
END_TEST

/* The text of so many mappings, some names long, some repeated; made anew from a seed. */
static void write_script(char *text, size_t size, size_t mappings, uint64_t seed)
{
    size_t length = 0;
    uint64_t address = 0x1000;
    for (size_t i = 0; i < mappings; i++) {
        uint64_t bits = test_random(&seed);
        uint64_t end = address + 0x1000 * (1 + bits % 3);
        int name = (int)(bits >> 8 & 3);
        length += (size_t)snprintf(text + length, size - length, "%" PRIx64 "-%" PRIx64 " r%cxp 0 08:01 %d /f%0*d\n",
                                   address, end, bits & 0x10 ? 'w' : '-', name, name * 100 + 1, name);
        address = end + 0x1000 * (bits >> 16 & 1);
    }
    ck_assert_uint_lt(length, size - 1);
}

START_TEST(windows_show_what_one_reading_shows)
{
    enum { MAPPINGS = 300 };
    static char text[MAPPINGS * 400];
    const uint64_t seed = 20261129;
    write_script(text, sizeof text, MAPPINGS, seed);
    const char *const texts[] = { text, NULL };
    linux_map whole;
    cut = 4096;
    ck_assert_int_eq(read_script(texts, 0x2000, LINUX_MAPS_ALL, NULL, &whole), MEMSCAN_OK);
    for (size_t window = 1; window <= MAPPINGS + 1; window = window * 2 + 1)
        for (size_t kept = 0; kept < window; kept = kept * 3 + 1) {
            linux_maps_reading reading;
            linux_map map;
            memscan_error error;
            linux_sys sys = ms_linux_sys;
            sys.pread = scripted_pread;
            script[0] = text;
            script[1] = NULL;
            script_at = 0;
            linux_maps_source source = { &sys, -1, &ms_default_allocator, NULL, NULL };
            ms_linux_map_init(&map, &ms_default_allocator);
            ms_linux_maps_begin(&reading, &source, 0x2000);
            size_t first = 0; /* of the window, in the whole */
            do {
                size_t again = map.regions.count < kept ? map.regions.count : kept;
                first += map.regions.count - again;
                ck_assert_int_eq(ms_linux_maps_next(&reading, kept, window, &map, &error), MEMSCAN_OK);
                ck_assert(!map.more || map.regions.count == window);
                for (size_t i = 0; i < map.regions.count; i++) {
                    memscan_region seen = *at(&map, i), expected = *at(&whole, first + i);
                    ck_assert_msg(!strcmp(seen.name, expected.name), "seed %d, window %d, kept %d, region %d",
                                  (int)seed, (int)window, (int)kept, (int)i);
                    seen.name = expected.name = NULL;
                    ck_assert_mem_eq(&seen, &expected, sizeof seen);
                }
            } while (map.more);
            ck_assert_uint_eq(first + map.regions.count, whole.regions.count);
            ms_linux_maps_end(&reading);
            ms_linux_map_deinit(&map);
        }
    ms_linux_map_deinit(&whole);
}
END_TEST

START_TEST(a_map_is_read_into_again_after_a_failure)
{
    static const char *const good[] = { "1000-2000 rw-p 0 08:01 7 /first\n2000-3000 rw-p 0 08:01 8 /second_long_name\n",
                                        NULL },
                             *const bad[] = {
                                 "1000-2000 rw-p 0 08:01 7 /once\n2000-3000 rw-p 0 08:01 8 /more\nbroken\n", NULL
                             };
    linux_sys sys = ms_linux_sys;
    sys.pread = scripted_pread;
    linux_maps_source source = { &sys, -1, &ms_default_allocator, NULL, NULL };
    linux_map map;
    memscan_error error;
    cut = 4096;
    ck_assert_int_eq(read_script(good, 0, LINUX_MAPS_ALL, NULL, &map), MEMSCAN_OK);
    script[0] = bad[0];
    script_at = 0;
    ck_assert_int_eq(ms_linux_maps_read(&source, 0, LINUX_MAPS_ALL, &map, &error), MEMSCAN_OS);
    ck_assert_uint_eq(map.regions.count, 0);
    script[0] = good[0];
    script_at = 0;
    ck_assert_int_eq(ms_linux_maps_read(&source, 0, LINUX_MAPS_ALL, &map, &error), MEMSCAN_OK);
    ck_assert_uint_eq(map.regions.count, 2);
    ck_assert_str_eq(at(&map, 0)->name, "/first");
    ck_assert_str_eq(at(&map, 1)->name, "/second_long_name");
    ms_linux_map_deinit(&map);
}
END_TEST

/* The map of a child that stands still, as the C library's line reader sees it. */
START_TEST(a_live_map)
{
    int hold[2];
    char path[64], line[8192];
    ck_assert(!pipe(hold));
    pid_t pid = fork();
    if (!pid) {
        close(hold[1]);
        _exit((int)read(hold[0], line, 1));
    }
    close(hold[0]);
    snprintf(path, sizeof path, "/proc/%d/maps", pid);
    linux_map map;
    memscan_error error;
    linux_maps_source source = { &ms_linux_sys, open(path, O_RDONLY | O_CLOEXEC), &ms_default_allocator, NULL, NULL };
    ms_linux_map_init(&map, &ms_default_allocator);
    ck_assert_int_eq(ms_linux_maps_read(&source, 0, LINUX_MAPS_ALL, &map, &error), MEMSCAN_OK);
    FILE *file = fopen(path, "r");
    size_t count = 0;
    for (; fgets(line, sizeof line, file); count++) {
        uint64_t start, end;
        ck_assert_int_eq(sscanf(line, "%" SCNx64 "-%" SCNx64, &start, &end), 2);
        ck_assert_uint_eq(at(&map, count)->start, start);
        ck_assert_uint_eq(at(&map, count)->size, end - start);
        ck_assert(strstr(line, at(&map, count)->name) != NULL);
    }
    ck_assert_uint_eq(count, map.regions.count);
    fclose(file);
    ms_linux_map_deinit(&map);
    close(source.fd);
    close(hold[1]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_maps");
    TCase *lines = tcase_create("lines");
    tcase_add_test(lines, lines_of_real_kernels);
    tcase_add_test(lines, what_is_no_line_is_refused);
    tcase_add_test(lines, printing_and_reading_agree);
    tcase_add_test(lines, only_the_kernels_escape_is_undone);
    suite_add_tcase(suite, lines);
    TCase *maps = tcase_create("maps");
    tcase_add_test(maps, a_map_that_changes_shows_each_place_once);
    tcase_add_test(maps, from_and_window_cut_the_map);
    tcase_add_test(maps, names_of_deleted_files);
    tcase_add_test(maps, the_end_of_the_image_is_no_empty_map);
    tcase_add_test(maps, a_name_longer_than_any_buffer);
    tcase_add_test(maps, a_live_map);
    tcase_add_test(maps, a_map_is_read_into_again_after_a_failure);
    tcase_add_test(maps, windows_show_what_one_reading_shows);
    suite_add_tcase(suite, maps);
    return suite;
}
