/* test_edges.c - addresses where arithmetic goes wrong: 0, the ends of 32 bits, of the signed and of the unsigned 64 bits, and
 * the last mapped byte. Every command that takes an address meets them, on a target of 64 and on one of 32 bits. */
#define _GNU_SOURCE
#include "check_main.h"
#include "commands.h"
#include "kernel.h"
#include "program.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const targets[] = { STEADY_64,
#ifdef STEADY_32
                                       STEADY_32
#endif
};
static const bool narrow[] = { sizeof(void *) == 4, true };

static steady target;

/* Runs memscan with the words of `form`, in which AT stands for the address. */
static int run(program *memscan, const char *form, uint64_t address)
{
    const char *at = strstr(form, "AT");
    char words[256];
    snprintf(words, sizeof words, "%.*s0x%" PRIx64 "%s", (int)(at - form), form, address, at + 2);
    return fault_run(memscan, &(fault_command){ words, 0, 0, NULL }, &target);
}

static const char *const forms[] = {
    "read --pid PID AT:1",
    "read --pid PID AT:8",
    "read --pid PID AT:4096 --as u64",
    "read --pid PID AT --as text",
    "write --pid PID AT u8:1",
    "write --pid PID AT u64:1",
    "write --pid PID AT u64:1 --expect 0 --dry-run",
    "where --pid PID AT",
    "find --pid PID u8:0 --range AT:1",
    "find --pid PID u64:0 --range AT:8 --all",
    "find --pid PID u64:0 --range AT..0xffffffffffffffff",
    "scan --pid PID u8:unknown --range AT:8 --session FOLDER/one.scan",
    "dump --pid PID --range AT:1 -o FOLDER/out",
    "dump --pid PID --range AT:4096 --all -o FOLDER/out",
    "hold --pid PID AT u64:1 --for 1ms --every 1ms",
    "watch --pid PID AT:8 --as hex --for 1ms --every 1ms",
    "read --pid PID [AT]",
    "read --pid PID [[AT]+0x7fffffffffffffff]+0x7fffffffffffffff",
};

/* Nothing is mapped there: nothing is found, read or written, and it is said in one way or another. */
START_TEST(nothing_is_where_nothing_can_be)
{
    static const uint64_t edges[] = { 0,
                                      1,
                                      0xfff,
                                      UINT64_C(0xfffffff8),
                                      UINT64_C(0xffffffff),
                                      UINT64_C(0x100000000),
                                      UINT64_C(0x7ffffffffffffff8),
                                      UINT64_C(0x7fffffffffffffff),
                                      UINT64_C(0x8000000000000000),
                                      UINT64_C(0xfffffffffffff000),
                                      UINT64_C(0xfffffffffffffff8),
                                      UINT64_C(0xffffffffffffffff) };
    fault_scene_begin(&target, targets[_i], false);
    steady_sight before = steady_look(&target);
    for (size_t form = 0; form < sizeof forms / sizeof forms[0]; form++)
        for (size_t edge = 0; edge < sizeof edges / sizeof edges[0]; edge++) {
            program memscan;
            int code = run(&memscan, forms[form], edges[edge]);
            bool searches = strstr(forms[form], "--range") && !strstr(forms[form], "dump");
            bool empty_core = strstr(memscan.out, "core, 0 B of memory") != NULL;
            bool beyond = narrow[_i] && edges[edge] > UINT32_MAX && !strstr(forms[form], "[");
            ck_assert_msg(code == 2 || code == 3 || (code == 1 && searches) || (code == 0 && empty_core),
                          "memscan %s at 0x%" PRIx64 ": exit %d\n%s%s", forms[form], edges[edge], code, memscan.out,
                          memscan.err);
            ck_assert_msg(!beyond || code == 2 || searches,
                          "memscan %s at 0x%" PRIx64 " of a narrow target: exit %d\n%s", forms[form], edges[edge], code,
                          memscan.err);
            ck_assert_msg(memscan.err_length + memscan.out_length > 0, "memscan %s at 0x%" PRIx64 ": not a word",
                          forms[form], edges[edge]);
            program_forget(&memscan);
        }
    const char *harm = steady_harm(&target, &before, false);
    ck_assert_msg(!harm, "%s", harm);
    fault_scene_end(&target);
}
END_TEST

/* The last bytes of the highest memory that the target may read: of a narrow one close below 4 GiB. */
static uint64_t highest_end(void)
{
    char path[64], line[4400], flags[8];
    uint64_t start, end, highest = 0;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)target.pid);
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &start, &end, flags) == 3 && flags[0] == 'r' &&
            !strstr(line, "vsyscall"))
            highest = end;
    fclose(file);
    return highest;
}

START_TEST(the_last_byte_is_reached_and_none_behind_it)
{
    static const struct {
        const char *form;
        unsigned before; /* bytes before the end */
        int code;
    } cases[] = { { "read --pid PID AT:8", 8, 0 },
                  { "read --pid PID AT:1", 1, 0 },
                  { "read --pid PID AT:8", 4, 3 },
                  { "read --pid PID AT:1", 0, 3 },
                  { "dump --pid PID --range AT:8 -o FOLDER/out", 8, 0 },
                  { "dump --pid PID --range AT:8 -o FOLDER/out", 4, 3 },
                  { "find --pid PID u64:0 --range AT:8", 8, 0 },
                  { "find --pid PID u64:0 --range AT:16", 8, 0 },
                  { "find --pid PID u64:0 --range AT:8 --align 1", 7, 1 } };
    fault_scene_begin(&target, targets[_i], false);
    uint64_t end = highest_end();
    ck_assert(!narrow[_i] || (end > UINT64_C(0xff000000) && end <= UINT64_C(0x100000000)));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) { /* the stack ends in a word of zeros: execve(2) */
        program memscan;
        int code = run(&memscan, cases[i].form, end - cases[i].before);
        ck_assert_msg(code == cases[i].code, "memscan %s, %u bytes before the end: exit %d\n%s%s", cases[i].form,
                      cases[i].before, code, memscan.out, memscan.err);
        program_forget(&memscan);
    }
    fault_scene_end(&target);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("edges");
    TCase *tests = tcase_create("edges");
    int count = (int)kernel_runs(targets, sizeof targets / sizeof targets[0]);
    tcase_set_timeout(tests, 300);
    tcase_add_loop_test(tests, nothing_is_where_nothing_can_be, 0, count);
    tcase_add_loop_test(tests, the_last_byte_is_reached_and_none_behind_it, 0, count);
    suite_add_tcase(suite, tests);
    return suite;
}
