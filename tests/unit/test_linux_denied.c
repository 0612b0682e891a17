/* test_linux_denied.c - every row of advice, decided from facts alone; and live: a user without rights before a
 * process of root's. */
#define _GNU_SOURCE
#include "check_main.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libmemscan/base/alloc.h"
#include "platform/linux/linux_denied.h"
#include "platform/linux/linux_target.h"

typedef struct row {
    linux_denial facts;
    memscan_status status;
    const char *text; /* a piece of it */
    const char *hint;
} row;

#define ORDINARY(scope) .pid = 42, .exists = true, .ptrace_scope = scope

static const row rows[] = {
    { { ORDINARY(-1), .os_code = EACCES, .other_user = true, .owner = "root" },
      MEMSCAN_DENIED,
      "another user (root)",
      "sudo" },
    { { ORDINARY(-1), .os_code = EACCES, .undumpable = true }, MEMSCAN_DENIED, "asked not to be read", "sudo" },
    { { ORDINARY(1), .os_code = EACCES }, MEMSCAN_DENIED, "ptrace_scope is 1", "memscan run --" },
    { { ORDINARY(1), .os_code = EACCES, .descendant = true }, MEMSCAN_DENIED, "security module", "journalctl" },
    { { ORDINARY(2), .os_code = EACCES }, MEMSCAN_DENIED, "ptrace_scope is 2", "sudo" },
    { { ORDINARY(2), .os_code = EACCES, .descendant = true }, MEMSCAN_DENIED, "ptrace_scope is 2", "sudo" },
    { { ORDINARY(3), .os_code = EACCES }, MEMSCAN_DENIED, "ptrace_scope is 3", "start the machine anew" },
    /* Root meets 3, too: sudo would not help. */
    { { ORDINARY(3), .os_code = EACCES, .superuser = true, .cap_ptrace = true, .cap_override = true,
        .other_user = true },
      MEMSCAN_DENIED,
      "ptrace_scope is 3",
      "start the machine anew" },
    { { ORDINARY(-1), .os_code = EACCES, .other_user = true, .superuser = true, .contained = true,
        .cap_override = true },
      MEMSCAN_DENIED,
      "container",
      "SYS_PTRACE" },
    { { ORDINARY(-1), .os_code = EACCES, .other_user = true, .superuser = true, .cap_override = true },
      MEMSCAN_DENIED,
      "container",
      "SYS_PTRACE" },
    { { ORDINARY(-1), .os_code = EACCES, .other_user = true, .contained = true },
      MEMSCAN_DENIED,
      "container",
      "on the host" },
    /* A container whose superuser may: sudo is the nearer step. */
    { { ORDINARY(-1), .os_code = EACCES, .other_user = true, .contained = true, .root_may = true, .owner = "root" },
      MEMSCAN_DENIED,
      "another user (root)",
      "sudo" },
    { { ORDINARY(-1), .os_code = EACCES, .contained = true }, MEMSCAN_DENIED, "container", "on the host" },
    { { ORDINARY(1), .os_code = EACCES, .contained = true }, MEMSCAN_DENIED, "ptrace_scope is 1", "memscan run --" },
    { { ORDINARY(-1), .os_code = EACCES, .other_user = true, .cap_ptrace = true },
      MEMSCAN_DENIED,
      "CAP_SYS_PTRACE alone",
      "sudo" },
    { { ORDINARY(-1), .os_code = EPERM, .filtered = true }, MEMSCAN_DENIED, "seccomp", "outside the sandbox" },
    { { ORDINARY(-1), .os_code = EPERM, .tracer = 77 }, MEMSCAN_BUSY, "traced", "(process 77)" },
    { { ORDINARY(-1), .os_code = EACCES }, MEMSCAN_DENIED, "security module", "journalctl" },
    { { .pid = 42, .os_code = EACCES, .ptrace_scope = 3 }, MEMSCAN_NOT_FOUND, "no process 42", "" },
    { { ORDINARY(-1), .os_code = ENOENT }, MEMSCAN_NOT_FOUND, "no process 42", "" },
    { { .pid = 42, .os_code = ENOENT, .hidden = true }, MEMSCAN_DENIED, "hidden", "sudo" },
    { { ORDINARY(-1), .os_code = ESRCH, .kernel_thread = true, .other_user = true }, MEMSCAN_NOT_FOUND, "kernel", "" },
    { { ORDINARY(-1), .os_code = EACCES, .ended = true }, MEMSCAN_NOT_FOUND, "ended", "" },
    { { ORDINARY(-1), .os_code = ESRCH }, MEMSCAN_NOT_FOUND, "ended", "" },
};

START_TEST(every_row_names_its_cause_and_step)
{
    const row *one = &rows[_i];
    memscan_error error;
    ck_assert_int_eq(ms_linux_denial_explain(&one->facts, &error), one->status);
    ck_assert_int_eq(error.status, one->status);
    ck_assert_int_eq(error.os_code, one->facts.os_code);
    ck_assert_msg(strstr(error.text, one->text) != NULL, "%s", error.text);
    ck_assert_msg(*one->hint ? strstr(error.hint, one->hint) != NULL : !*error.hint, "%s", error.hint);
    ck_assert(!strchr(error.text, '%') && !strchr(error.text, '\n'));
    ck_assert_int_eq(ms_linux_denial_explain(&one->facts, NULL), one->status);
}
END_TEST

/* Whatever the facts: there is an answer, it never advises file capabilities, and never sudo to the superuser. */
START_TEST(any_facts_get_an_answer)
{
    static const int codes[] = { EACCES, EPERM, ESRCH, ENOENT };
    for (unsigned bits = 0; bits < 1u << 18; bits++) {
        linux_denial d = { .pid = 1,
                           .os_code = codes[bits & 3],
                           .exists = bits >> 2 & 1,
                           .hidden = bits >> 3 & 1 && !(bits >> 2 & 1),
                           .ended = bits >> 4 & 1,
                           .kernel_thread = bits >> 5 & 1,
                           .other_user = bits >> 6 & 1,
                           .undumpable = bits >> 7 & 1,
                           .tracer = bits >> 8 & 1,
                           .descendant = bits >> 9 & 1,
                           .superuser = bits >> 10 & 1,
                           .cap_ptrace = bits >> 11 & 1,
                           .cap_override = bits >> 12 & 1,
                           .contained = bits >> 13 & 1,
                           .filtered = bits >> 14 & 1,
                           .ptrace_scope = (int)(bits >> 15 & 3),
                           .root_may = bits >> 17 & 1 };
        memscan_error error;
        memscan_status status = ms_linux_denial_explain(&d, &error);
        ck_assert(status == MEMSCAN_DENIED || status == MEMSCAN_NOT_FOUND || status == MEMSCAN_BUSY);
        ck_assert(*error.text && !strstr(error.hint, "setcap"));
        ck_assert(status != MEMSCAN_DENIED || *error.hint);
        bool whole = d.superuser && d.cap_ptrace && d.cap_override && !d.hidden;
        ck_assert_msg(!whole || !strstr(error.hint, "sudo"), "%x: %s", bits, error.hint);
    }
}
END_TEST

/* What is gathered of real processes. */
START_TEST(facts_of_live_processes)
{
    int hold[2], ready[2];
    ck_assert(!pipe(hold) && !pipe(ready));
    pid_t pid = fork();
    if (!pid) {
        char byte;
        close(hold[1]);
        prctl(PR_SET_DUMPABLE, 0);
        if (write(ready[1], "r", 1) != 1)
            _exit(1);
        _exit((int)read(hold[0], &byte, 1));
    }
    char byte;
    close(hold[0]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    linux_denial d;
    ms_linux_denial_gather((uint64_t)pid, EACCES, &d);
    ck_assert(d.exists && !d.ended && !d.kernel_thread && !d.other_user && d.descendant && !d.tracer && !d.hidden);
    ck_assert_int_eq(d.undumpable, getuid() != 0); /* root's own looks the same either way */
    ck_assert_int_eq(d.superuser, geteuid() == 0);
    close(hold[1]);
    siginfo_t info;
    ck_assert(!waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
    ms_linux_denial_gather((uint64_t)pid, EACCES, &d);
    ck_assert(d.exists && d.ended);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    memscan_error error;
    ck_assert_int_eq(ms_linux_explain_denied((uint64_t)pid, EACCES, &error), MEMSCAN_NOT_FOUND);
}
END_TEST

/* Process 1 belongs to root: a user without rights is told so, or that it is in a container. */
START_TEST(a_user_before_root)
{
    pid_t pid = fork();
    if (!pid) {
        if (getuid() == 0 && (setgid(65534) || setuid(65534)))
            _exit(1);
        linux_denial d;
        ms_linux_denial_gather(1, EACCES, &d);
        memscan_error error;
        memscan_platform_open request = { "1", MEMSCAN_READ, &ms_default_allocator, 1000 };
        void *state = NULL;
        if (ms_linux_open(&request, &state, &error) != MEMSCAN_DENIED || !*error.hint || state)
            _exit(3);
        bool right = d.exists && d.other_user && !strcmp(d.owner, "root") && !d.cap_ptrace && !d.superuser &&
                     ms_linux_denial_explain(&d, &error) == MEMSCAN_DENIED && *error.hint;
        _exit(right ? 0 : 2);
    }
    int status;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux_denied");
    TCase *denied = tcase_create("denied");
    tcase_add_loop_test(denied, every_row_names_its_cause_and_step, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(denied, any_facts_get_an_answer);
    tcase_add_test(denied, facts_of_live_processes);
    tcase_add_test(denied, a_user_before_root);
    suite_add_tcase(suite, denied);
    return suite;
}
