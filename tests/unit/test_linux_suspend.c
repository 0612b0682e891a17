/* test_linux_suspend.c - a suspended target stands still, all of it, and goes on as if nothing had been: whoever resumes
 * it, whatever it was doing, whichever call fails on the way, and also when the one that suspended it is killed. */
#define _GNU_SOURCE
#include "check_main.h"
#include "counting_allocator.h"
#include "live_child.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memscan/memscan.h>

#include "platform/linux/linux_target.h"

enum { THREADS = 4 };

/* Shared with the child, so that its own word counts. */
typedef struct board {
    _Atomic uint64_t counts[THREADS + 1]; /* the last: threads that came and went */
    _Atomic uint64_t signals;
} board;

static board *shown;

static void *count(void *place)
{
    for (_Atomic uint64_t *mine = place;;) {
        atomic_fetch_add(mine, 1);
        sched_yield();
    }
    return NULL;
}

static void *end_at_once(void *nothing)
{
    return nothing;
}

static void *start_others(void *nothing)
{
    for (pthread_t other;;)
        if (pthread_create(&other, NULL, end_at_once, nothing) == 0) {
            pthread_join(other, NULL);
            atomic_fetch_add(&shown->counts[THREADS], 1);
        }
    return NULL;
}

static void on_signal(int number)
{
    (void)number;
    atomic_fetch_add(&shown->signals, 1);
}

static void prepare(uint64_t told[16])
{
    (void)told;
    pthread_t thread;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0); /* another child of ours suspends it, too */
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigaction(SIGRTMIN, &action, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&thread, NULL, count, &shown->counts[i]);
    pthread_create(&thread, NULL, start_others, NULL);
}

static live_child child;
static memscan_target *target;

static void begin(void)
{
    char locator[32];
    shown = mmap(NULL, sizeof *shown, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    child = live_child_start(prepare, NULL);
    snprintf(locator, sizeof locator, "pid:%d", (int)child.pid);
    ck_assert_int_eq(memscan_open(locator, MEMSCAN_READ, NULL, &target, NULL), MEMSCAN_OK);
}

/* Returns when every thread was seen at work; Check's timeout says no. */
static void sees_it_run(void)
{
    for (int i = 0; i <= THREADS; i++)
        for (uint64_t before = atomic_load(&shown->counts[i]); atomic_load(&shown->counts[i]) == before;)
            sched_yield();
}

static int is_stopped(const memscan_thread *thread, void *count)
{
    if (thread->state == 't')
        ++*(int *)count;
    return thread->state != 't' && thread->state != 'Z' && thread->state != 'X';
}

static void sees_it_stand(void)
{
    uint64_t before[THREADS + 1];
    int stopped = 0;
    for (int i = 0; i <= THREADS; i++)
        before[i] = atomic_load(&shown->counts[i]);
    ck_assert_int_eq(memscan_threads(target, is_stopped, &stopped, NULL), MEMSCAN_OK);
    ck_assert_int_ge(stopped, THREADS + 2);
    for (int i = 0; i <= THREADS; i++)
        ck_assert_uint_eq(atomic_load(&shown->counts[i]), before[i]);
}

static void end(void)
{
    memscan_close(target);
    live_child_end(&child);
    munmap(shown, sizeof *shown);
}

START_TEST(all_threads_stand_and_go_on)
{
    begin();
    for (int i = 0; i < 20; i++) {
        sees_it_run();
        ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
        sees_it_stand();
        ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK); /* counted */
        ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_OK);
        sees_it_stand();
        ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_OK);
    }
    sees_it_run();
    ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_INVALID);
    end();
}
END_TEST

START_TEST(what_stands_can_be_read)
{
    uint64_t value;
    begin();
    ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_read(target, (uintptr_t)&shown->counts[0], &value, sizeof value, NULL), MEMSCAN_OK);
    ck_assert_uint_eq(value, atomic_load(&shown->counts[0]));
    end(); /* closing lets it go */
}
END_TEST

START_TEST(closing_lets_it_go)
{
    begin();
    ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
    memscan_close(target);
    sees_it_run();
    target = NULL;
    end();
}
END_TEST

static void *resume_elsewhere(void *nothing)
{
    ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_OK);
    return nothing;
}

START_TEST(another_thread_may_resume)
{
    pthread_t other;
    begin();
    ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(pthread_create(&other, NULL, resume_elsewhere, NULL), 0);
    pthread_join(other, NULL);
    sees_it_run();
    end();
}
END_TEST

START_TEST(no_signal_is_lost)
{
    enum { SIGNALS = 400 };
    begin();
    uint64_t sent = 0;
    while (sent < SIGNALS) {
        sent += sigqueue(child.pid, SIGRTMIN, (union sigval){ 0 }) == 0;
        ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
        sent += sigqueue(child.pid, SIGRTMIN, (union sigval){ 0 }) == 0;
        ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_OK);
    }
    while (atomic_load(&shown->signals) < sent) /* Check's timeout: one was lost */
        sched_yield();
    ck_assert_uint_eq(atomic_load(&shown->signals), sent);
    end();
}
END_TEST

/* A target that its own user had stopped stays so. */
START_TEST(what_was_stopped_stays_stopped)
{
    int status;
    begin();
    kill(child.pid, SIGSTOP);
    ck_assert_int_eq(waitpid(child.pid, &status, WUNTRACED), child.pid);
    ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_OK);
    uint64_t before = atomic_load(&shown->counts[0]);
    siginfo_t continued = { 0 };
    ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &continued, WCONTINUED | WNOHANG), 0);
    ck_assert_int_eq(continued.si_pid, 0);
    ck_assert_uint_eq(atomic_load(&shown->counts[0]), before);
    kill(child.pid, SIGCONT);
    sees_it_run();
    end();
}
END_TEST

START_TEST(it_goes_on_when_we_are_killed)
{
    int word[2], status;
    begin();
    ck_assert_int_eq(pipe(word), 0);
    pid_t other = fork();
    if (other == 0) {
        char done = (char)(memscan_suspend(target, NULL) == MEMSCAN_OK);
        if (write(word[1], &done, 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    char done = 0;
    ck_assert_int_eq(read(word[0], &done, 1), 1);
    ck_assert_int_eq(done, 1);
    sees_it_stand();
    kill(other, SIGKILL);
    ck_assert_int_eq(waitpid(other, &status, 0), other);
    sees_it_run();
    close(word[0]);
    close(word[1]);
    end();
}
END_TEST

/* Only one may hold a thread: that is said, and nothing of the target was stopped. */
START_TEST(a_debugger_keeps_it)
{
    memscan_error error;
    begin();
    ck_assert_int_eq(ptrace(PTRACE_SEIZE, child.pid, 0, 0), 0);
    ck_assert_int_eq(memscan_suspend(target, &error), MEMSCAN_BUSY);
    ck_assert_ptr_nonnull(strstr(error.text, "traced"));
    ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_INVALID);
    sees_it_run();
    end();
}
END_TEST

START_TEST(one_does_not_suspend_oneself)
{
    memscan_target *self;
    ck_assert_int_eq(memscan_open("pid:self", MEMSCAN_READ, NULL, &self, NULL), MEMSCAN_OK);
    ck_assert_int_eq(memscan_suspend(self, NULL), MEMSCAN_INVALID);
    memscan_close(self);
}
END_TEST

START_TEST(what_ended_is_gone)
{
    begin();
    kill(child.pid, SIGKILL);
    waitid(P_PID, (id_t)child.pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
    ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_GONE);
    end();
}
END_TEST

/* It dies while it is held. */
START_TEST(it_may_be_killed_meanwhile)
{
    int status;
    begin();
    ck_assert_int_eq(memscan_suspend(target, NULL), MEMSCAN_OK);
    kill(child.pid, SIGKILL);
    ck_assert_int_eq(memscan_resume(target, NULL), MEMSCAN_OK);
    ck_assert_int_eq(waitpid(child.pid, &status, 0), child.pid);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(memscan_alive(target, NULL), MEMSCAN_GONE);
    memscan_close(target);
}
END_TEST

/* ---- the n-th call fails ---- */

static _Atomic long calls_before; /* negative once it came */
static int trouble;

static long seam_trace(int request, pid_t thread, uintptr_t address, void *data)
{
    if (atomic_fetch_sub(&calls_before, 1) != 0)
        return ms_linux_sys.trace(request, thread, address, data);
    errno = trouble;
    return -1;
}

static counting_allocator memory;

/* Whether all went well. In any case the child runs afterwards, and nothing is left. */
static bool suspend_and_resume(void)
{
    char locator[16];
    void *state = NULL;
    linux_sys seam = ms_linux_sys;
    seam.trace = seam_trace;
    snprintf(locator, sizeof locator, "%d", (int)child.pid);
    memscan_platform_open request = { locator, MEMSCAN_READ, &memory.allocator, 1000 };
    memscan_status status = ms_linux_open_through(&seam, &request, &state, NULL);
    if (state) {
        status = ms_linux_suspend(state, NULL);
        if (status == MEMSCAN_OK) {
            sees_it_stand();
            ck_assert_int_eq(ms_linux_resume(state, NULL), MEMSCAN_OK);
        }
        sees_it_run();
        ms_linux_close(state);
    }
    ck_assert_int_eq(memory.blocks, 0);
    ck_assert_uint_eq(memory.wrong_sizes, 0);
    return status == MEMSCAN_OK;
}

START_TEST(any_call_may_fail)
{
    static const int troubles[] = { EPERM, ESRCH, EIO };
    trouble = troubles[_i];
    counting_allocator_init(&memory);
    begin();
    bool struck = true;
    long n = 0;
    for (; struck; n++) {
        atomic_store(&calls_before, n);
        bool well = suspend_and_resume();
        struck = atomic_load(&calls_before) < 0;
        ck_assert(struck || well);
    }
    ck_assert_int_gt(n, 5 * (THREADS + 2)); /* each is seized, interrupted, asked twice and let go */
    end();
}
END_TEST

START_TEST(any_allocation_may_fail)
{
    counting_allocator_init(&memory);
    begin();
    atomic_store(&calls_before, -1);
    bool struck = true;
    unsigned long long n = 1;
    for (; struck; n++) {
        memory.requests = 0;
        memory.fail_at = n;
        bool well = suspend_and_resume();
        struck = memory.requests >= n;
        ck_assert(struck != well);
    }
    ck_assert_uint_gt(n, 8);
    end();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("linux suspend");
    TCase *tests = tcase_create("linux suspend");
    tcase_set_timeout(tests, 100);
    tcase_add_test(tests, all_threads_stand_and_go_on);
    tcase_add_test(tests, what_stands_can_be_read);
    tcase_add_test(tests, closing_lets_it_go);
    tcase_add_test(tests, another_thread_may_resume);
    tcase_add_test(tests, no_signal_is_lost);
    tcase_add_test(tests, what_was_stopped_stays_stopped);
    tcase_add_test(tests, it_goes_on_when_we_are_killed);
    tcase_add_test(tests, a_debugger_keeps_it);
    tcase_add_test(tests, one_does_not_suspend_oneself);
    tcase_add_test(tests, what_ended_is_gone);
    tcase_add_test(tests, it_may_be_killed_meanwhile);
    tcase_add_loop_test(tests, any_call_may_fail, 0, 3);
    tcase_add_test(tests, any_allocation_may_fail);
    suite_add_tcase(suite, tests);
    return suite;
}
