/* test_unharmed.c - whatever memscan does, and whenever it is killed, its target is as it was: it runs, was never stopped
 * nor interrupted, is traced by nobody, has not one page more, and the same mappings. What was asked for excepted: a value
 * that was written, a patch that was applied. */
#define _GNU_SOURCE
#include "check_main.h"
#include "commands.h"
#include "kernel.h"
#include "program.h"
#include "random.h"
#include "scratch_folder.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SEED = 20261125 };

/* Moments are drawn until enough of them met a command at work; a machine that is busy may take more than were asked for. */
enum { MOST_ROUNDS = 20 };

static const char *const targets[] = { STEADY_64,
#ifdef STEADY_32
                                       STEADY_32
#endif
};

static steady target;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

START_TEST(no_command_harms_its_target)
{
    fault_scene_begin(&target, targets[_i], false);
    steady_sight before = steady_look(&target);
    for (size_t i = 0; i < fault_command_count; i++) {
        const fault_command *command = &fault_commands[i];
        program memscan;
        fault_run(&memscan, command, &target);
        ck_assert_msg(program_code(&memscan) == fault_command_code(command, &target), "memscan %s: exit %d\n%s",
                      command->words, program_code(&memscan), memscan.err);
        const char *harm = steady_harm(&target, &before, command->flags & COMMAND_MAY_GROW);
        ck_assert_msg(!harm, "memscan %s: %s", command->words, harm);
        if (command->flags & COMMAND_MAY_GROW)
            before = steady_look(&target);
        program_forget(&memscan);
    }
    fault_scene_end(&target);
}
END_TEST

static void expect_harm(const steady_sight *before, const char *what)
{
    const char *harm = steady_harm(&target, before, false);
    ck_assert_msg(harm && strstr(harm, what), "%s was not noticed: %s", what, harm ? harm : "no harm");
}

/* The measure itself: a page made resident, a stop, and a changed protection are seen. */
START_TEST(harm_is_noticed)
{
    char byte;
    program memscan;
    fault_scene_begin(&target, STEADY_64, false);
    steady_sight before = steady_look(&target);
    struct iovec local = { &byte, 1 }, remote = { (void *)(uintptr_t)target.shared, 1 };
    ck_assert_int_eq(process_vm_readv(target.pid, &local, 1, &remote, 1, 0), 1);
    expect_harm(&before, "resident");
    before = steady_look(&target);
    steady_ask(&target, "unmap");
    expect_harm(&before, "mappings");
    before = steady_look(&target);
    ck_assert_int_eq(fault_run(&memscan, &(fault_command){ "read --pid PID CELL --suspend", 0, 0, NULL }, &target), 0);
    program_forget(&memscan);
    expect_harm(&before, "interrupted");
    kill(target.pid, SIGSTOP);
    ck_assert_int_eq(waitpid(target.pid, NULL, WUNTRACED), target.pid);
    expect_harm(&before, "stopped");
    fault_scene_end(&target);
}
END_TEST

/* Every command that the help lists is in the table, but for those that meet no target of ours. */
START_TEST(no_command_is_left_out)
{
    static const char *const others[] = { "run", "alloc", "demo", "help", "version" };
    program help;
    size_t listed = 0;
    program_run(&help, (const char *const[]){ MEMSCAN, "help", NULL }, NULL);
    ck_assert_int_eq(program_code(&help), 0);
    char *rest = NULL;
    for (char *line = strtok_r(strstr(help.out, "usage:"), "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char name[32];
        bool found = false;
        if (strncmp(line, "  ", 2) != 0 || line[2] < 'a' || line[2] > 'z' || sscanf(line, "%31s", name) != 1)
            continue;
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
            found = found || strcmp(others[i], name) == 0;
        for (size_t i = 0; i < fault_command_count; i++)
            found = found || (strncmp(fault_commands[i].words, name, strlen(name)) == 0 &&
                              strchr(" ", fault_commands[i].words[strlen(name)]));
        ck_assert_msg(found, "the command %s is not tried", name);
        listed++;
    }
    ck_assert_uint_ge(listed, 20);
    program_forget(&help);
}
END_TEST

/* ---- killed at any moment ---- */

static unsigned long how_many(void)
{
    const char *wanted = getenv("MEMSCAN_TEST_KILLS");
    return wanted ? strtoul(wanted, NULL, 10) : 8;
}

/* Our children are the target alone; where the kernel does not tell (CONFIG_PROC_CHILDREN), so it is taken. */
static bool has_one_child(void)
{
    char path[64], text[512] = "";
    int children = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "re");
    if (!file)
        return true;
    if (fgets(text, sizeof text, file))
        for (const char *at = text; (at = strchr(at, ' ')); at++)
            children++;
    fclose(file);
    return children == 1;
}

/* What memscan started is ours once it is dead (PR_SET_CHILD_SUBREAPER), and dies with it. */
static bool only_the_target_is_left(void)
{
    bool alone = false;
    for (int tries = 0; !alone && tries < 5000; tries++) {
        pid_t ended = waitpid(-1, NULL, WNOHANG | __WALL);
        if (ended == target.pid)
            return false;
        alone = ended == 0 && has_one_child();
        if (ended == 0 && !alone)
            poll(NULL, 0, 1);
    }
    return alone;
}

static void unlink_journal(const fault_command *command)
{
    char path[600];
    snprintf(path, sizeof path, "%s/journal", fault_folder());
    if (strstr(command->words, "--journal"))
        unlink(path);
}

START_TEST(killed_at_any_moment)
{
    static uint64_t lasts_ns[128];
    uint64_t chance = SEED;
    unsigned long kills = how_many(), killed = 0;
    ck_assert_uint_lt(fault_command_count, sizeof lasts_ns / sizeof lasts_ns[0]);
    ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    fault_scene_begin(&target, STEADY_64, false);
    steady_sight before = steady_look(&target);
    for (unsigned long i = 0; i < kills || (killed < kills / 4 && i < MOST_ROUNDS * kills); i++) {
        program memscan;
        size_t chosen = test_random(&chance) % fault_command_count;
        const fault_command *command = &fault_commands[chosen];
        if (command->flags & COMMAND_MAY_GROW)
            continue;
        if (!lasts_ns[chosen]) { /* also makes what later commands use */
            uint64_t began = now_ns();
            fault_run(&memscan, command, &target);
            program_forget(&memscan);
            lasts_ns[chosen] = now_ns() - began;
        }
        unlink_journal(command); /* none is ever replaced */
        uint64_t moment = test_random(&chance) % (lasts_ns[chosen] + 1);
        struct timespec wait = { (time_t)(moment / 1000000000), (long)(moment % 1000000000) };
        fault_begin(&memscan, command, &target, NULL, -1);
        ppoll(NULL, 0, &wait, NULL); /* any moment will do */
        kill(memscan.pid, SIGKILL);
        program_finish(&memscan);
        killed += WIFSIGNALED(memscan.status);
        ck_assert_msg(only_the_target_is_left(), "kill %lu (seed %d), memscan %s: a process of memscan's lives on", i,
                      SEED, command->words);
        const char *harm = steady_harm(&target, &before, false);
        ck_assert_msg(!harm, "kill %lu (seed %d), memscan %s: %s", i, SEED, command->words, harm);
        program_forget(&memscan);
    }
    ck_assert_uint_ge(killed, kills / 4); /* the rest was quicker than last time */
    fault_scene_end(&target);
}
END_TEST

/* ---- the target ends, or becomes another, at any moment ---- */

static bool says_incomplete(const program *memscan)
{
    const char *end = memscan->out ? strstr(memscan->out, "\"type\":\"end\"") : NULL;
    return end && strstr(end, "\"complete\":false");
}

/* What a command takes while nothing happens to its target, in ns. */
static uint64_t how_long(const fault_command *command)
{
    program memscan;
    fault_scene_begin(&target, STEADY_64, false);
    uint64_t began = now_ns();
    fault_run(&memscan, command, &target);
    uint64_t took = now_ns() - began;
    program_forget(&memscan);
    fault_scene_end(&target);
    return took + 1;
}

/* It ends too, and says 4; or it was over before, and says what it always says. */
START_TEST(the_target_ends_at_any_moment)
{
    static const fault_command commands[] = {
        { "find --pid PID i32:0x5ca1ab1e --json", 0, COMMAND_ASKS_ALL, NULL },
        { "scan --pid PID i32:unknown --session all --json", 0, COMMAND_ASKS_ALL, NULL },
        { "dump --pid PID -o FOLDER/all.core --json", 0, COMMAND_ASKS_ALL, NULL },
        { "hold --pid PID CELL i32:11 --every 5ms --for 20ms --json", 0, 0, NULL },
        { "watch --pid PID CELL --every 5ms --for 20ms --json", 0, 0, NULL },
        { "read --pid PID AREA:1000000 --json", 0, 0, NULL },
        { "regions --pid PID --json", 0, 0, NULL },
    };
    enum { COMMANDS = sizeof commands / sizeof commands[0] };
    uint64_t chance = SEED, lasts_ns[COMMANDS] = { 0 };
    unsigned long ends = how_many(), met = 0;
    for (unsigned long i = 0; i < ends || (met == 0 && i < MOST_ROUNDS * ends); i++) {
        program memscan;
        const fault_command *command = &commands[i % COMMANDS];
        uint64_t *lasts = &lasts_ns[i % COMMANDS];
        if (!*lasts)
            *lasts = how_long(command);
        fault_scene_begin(&target, STEADY_64, false);
        uint64_t moment = test_random(&chance) % *lasts;
        struct timespec wait = { (time_t)(moment / 1000000000), (long)(moment % 1000000000) };
        fault_begin(&memscan, command, &target, NULL, -1);
        ppoll(NULL, 0, &wait, NULL);
        kill(target.pid, SIGKILL);
        program_finish(&memscan);
        int code = program_code(&memscan);
        bool never_there = code == 2 && strstr(memscan.err, "\"not_found\"");
        ck_assert_msg(code == 4 || code == fault_command_code(command, &target) || never_there,
                      "end %lu (seed %d), memscan %s: exit %d\n%s", i, SEED, command->words, code, memscan.err);
        ck_assert_msg(code != 4 || !strstr(memscan.out, "\"type\":\"end\"") || says_incomplete(&memscan),
                      "end %lu (seed %d), memscan %s: exit 4, and yet complete", i, SEED, command->words);
        met += code == 4;
        program_forget(&memscan);
        fault_scene_end(&target);
    }
    ck_assert_uint_gt(met, 0);
}
END_TEST

static void begin_to_hold(program *memscan)
{
    static const fault_command hold = { "hold --pid PID CELL i32:4711 --every 2ms", 4, 0, NULL };
    fault_begin(memscan, &hold, &target, NULL, -1);
    while (!strstr(steady_ask(&target, "look"), "cell 4711"))
        poll(NULL, 0, 1);
}

/* The number stays, the image does not: what was held in the old one is never written into the new one. */
START_TEST(the_target_becomes_another_image)
{
    program memscan;
    fault_scene_begin(&target, STEADY_64, false);
    begin_to_hold(&memscan);
    steady again = target;
    steady_say(&target, "exec");
    program_finish(&memscan);
    ck_assert_int_eq(program_code(&memscan), 4);
    program_forget(&memscan);
    steady_hear_places(&again);
    ck_assert_ptr_nonnull(strstr(steady_ask(&again, "look"), "area whole, cell 100"));
    fault_scene_end(&target);
}
END_TEST

/* What memscan was doing to memory that is unmapped meanwhile goes on with the rest. */
START_TEST(the_target_unmaps_what_is_searched)
{
    static const fault_command next = { "next --pid PID unchanged --session all --json", 0, 0, NULL };
    static const fault_command scan = { "scan --pid PID i32:0x5ca1ab1e --session all --range AREA:0x2000000", 0, 0,
                                        NULL };
    program memscan;
    fault_scene_begin(&target, STEADY_64, false);
    fault_run(&memscan, &scan, &target);
    ck_assert_int_eq(program_code(&memscan), 0);
    program_forget(&memscan);
    ck_assert_str_eq(steady_ask(&target, "unmap"), "unmapped 0");
    fault_run(&memscan, &next, &target);
    ck_assert_int_eq(program_code(&memscan), 0);
    ck_assert_ptr_nonnull(strstr(memscan.out, "\"vanished\":"));
    ck_assert_ptr_nonnull(strstr(memscan.out, "\"matches\":42,")); /* 100003 i + 17 below 4 Mi words */
    program_forget(&memscan);
    fault_scene_end(&target);
}
END_TEST

/* ---- rights that its user does not have ---- */

START_TEST(a_setuid_copy_refuses)
{
    char folder[512], copy[600];
    program memscan, rm;
    ck_assert(scratch_folder_create(folder, sizeof folder));
    snprintf(copy, sizeof copy, "%s/memscan", folder);
    ck_assert_int_eq(chmod(folder, 0755), 0);
    program_run(&memscan, (const char *const[]){ "/bin/cp", MEMSCAN, copy, NULL }, NULL);
    ck_assert_int_eq(program_code(&memscan), 0);
    program_forget(&memscan);
    for (int set = 1; set >= 0; set--) {
        const char *const words[] = {
            "/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copy, "version", "--json", NULL
        };
        ck_assert_int_eq(chmod(copy, set ? 04755 : 0755), 0);
        program_run(&memscan, words, NULL);
        ck_assert_int_eq(program_code(&memscan), set ? 5 : 0);
        ck_assert(!set == !strstr(memscan.err, "\"code\":\"denied\""));
        ck_assert(!set == !!memscan.out_length);
        program_forget(&memscan);
    }
    program_run(&rm, (const char *const[]){ "/bin/rm", "-rf", folder, NULL }, NULL);
    program_forget(&rm);
}
END_TEST

static bool setuid_counts(void)
{
    struct statvfs where;
    return geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0 &&
           statvfs(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", &where) == 0 && !(where.f_flag & ST_NOSUID);
}

Suite *test_suite(void)
{
    Suite *suite = suite_create("unharmed");
    TCase *tests = tcase_create("unharmed");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, no_command_harms_its_target, 0,
                        (int)kernel_runs(targets, sizeof targets / sizeof targets[0]));
    tcase_add_test(tests, harm_is_noticed);
    tcase_add_test(tests, no_command_is_left_out);
    tcase_add_test(tests, killed_at_any_moment);
    tcase_add_test(tests, the_target_ends_at_any_moment);
    tcase_add_test(tests, the_target_becomes_another_image);
    tcase_add_test(tests, the_target_unmaps_what_is_searched);
    if (setuid_counts())
        tcase_add_test(tests, a_setuid_copy_refuses);
    suite_add_tcase(suite, tests);
    return suite;
}
