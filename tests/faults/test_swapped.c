/* test_swapped.c - pages of the target that are swapped out: left where they are on request, and counted as that; else read,
 * which brings them back, and found. Exit status 77 where there is no swap, and none can be made. */
#define _GNU_SOURCE
#include "check_main.h"
#include "commands.h"
#include "program.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { PAGE = 4096, SWAP_PAGES = 16384, NEEDLES = 84 }; /* 8 Mi words of the area, one needle in 100,003 */

static const char swap_file[] = "/var/tmp/memscan-test-swap";
static bool own_swap;

/* ---- swap for this test, of 64 MiB ---- */

/* The head of a swap area: mkswap(8), include/linux/swap.h (union swap_header). */
static bool write_swap_head(int fd)
{
    uint8_t page[PAGE] = { 0 };
    const uint32_t info[] = { 1, SWAP_PAGES - 1, 0 }; /* version, last page, bad pages */
    memcpy(page + 1024, info, sizeof info);
    memcpy(page + PAGE - 10, "SWAPSPACE2", 10);
    return pwrite(fd, page, sizeof page, 0) == sizeof page && fsync(fd) == 0;
}

static void end_swap(void)
{
    swapoff(swap_file);
    unlink(swap_file);
}

static bool make_swap(void)
{
    static uint8_t zeros[256 * PAGE]; /* a swap file may have no holes: swapon(8) */
    end_swap();                       /* of an earlier run that was killed */
    int fd = open(swap_file, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool made = fd >= 0;
    for (int i = 0; made && i < SWAP_PAGES / 256; i++)
        made = write(fd, zeros, sizeof zeros) == sizeof zeros;
    made = made && write_swap_head(fd);
    if (fd >= 0)
        close(fd);
    own_swap = made && swapon(swap_file, 0) == 0;
    if (!own_swap && fd >= 0)
        unlink(swap_file);
    return own_swap;
}

static bool have_swap(void)
{
    struct sysinfo info;
    return (sysinfo(&info) == 0 && info.freeswap * info.mem_unit > (uint64_t)64 << 20) || make_swap();
}

/* ---- the target ---- */

static steady target;

static uint64_t swapped_kib(void)
{
    char path[64], line[256];
    uint64_t kib = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)target.pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmSwap: %" SCNu64, &kib) == 1)
            break;
    fclose(file);
    return kib;
}

static void begin(void)
{
    fault_scene_begin(&target, STEADY_64, true);
    ck_assert_str_eq(steady_ask(&target, "swap"), "swapped");
    ck_assert_uint_gt(swapped_kib(), target.area_size / 2048); /* more than half of it */
}

static uint64_t number_behind(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

static void run(program *memscan, const char *line)
{
    int code = fault_run(memscan, &(fault_command){ line, 0, 0, NULL }, &target);
    ck_assert_msg(code == 0, "memscan %s: exit %d\n%s", line, code, memscan->err);
}

START_TEST(swapped_pages_stay_where_that_is_asked_and_are_read_else)
{
    program memscan;
    begin();
    uint64_t before = swapped_kib();
    run(&memscan, "find --pid PID i32:0x5ca1ab1e --range AREA:0x2000000 --swapped skip --no-match-ok --json");
    uint64_t left = number_behind(memscan.out, "\"swapped\":"), found = number_behind(memscan.out, "\"matches\":");
    ck_assert_uint_ge(swapped_kib() + 64, before); /* a page or two may be the target's own doing */
    ck_assert_uint_gt(left, target.area_size / 2);
    ck_assert_uint_eq(number_behind(memscan.out, "\"scanned\":") + left, target.area_size);
    ck_assert_uint_lt(found, NEEDLES);
    program_forget(&memscan);

    run(&memscan, "find --pid PID i32:0x5ca1ab1e --range AREA:0x2000000 --json");
    ck_assert_uint_eq(number_behind(memscan.out, "\"matches\":"), NEEDLES);
    ck_assert_uint_eq(number_behind(memscan.out, "\"scanned\":"), target.area_size);
    ck_assert_uint_lt(swapped_kib(), before / 2); /* as its help says, they are back */
    program_forget(&memscan);
    ck_assert_ptr_nonnull(strstr(steady_ask(&target, "look"), "interrupted 0, area whole"));
    fault_scene_end(&target);
}
END_TEST

Suite *test_suite(void)
{
    if (!have_swap()) {
        printf("LEFT OUT: this machine has no swap, and none can be made (root, and /var/tmp on a disk)\n");
        exit(77);
    }
    if (own_swap)
        atexit(end_swap);
    Suite *suite = suite_create("swapped");
    TCase *tests = tcase_create("swapped");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, swapped_pages_stay_where_that_is_asked_and_are_read_else);
    suite_add_tcase(suite, tests);
    return suite;
}
