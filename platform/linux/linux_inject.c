/* linux_inject.c - one system call made in the target.
 *
 * A thread is seized and interrupted (ptrace(2), PTRACE_SEIZE: no signal, and it goes on by itself when its tracer ends),
 * its program counter is set to a system call instruction of the vdso, and then everything is put back. What must
 * hold whatever happens:
 *
 * - Nobody may die between the first register written and the last one restored, for the thread would go on at the wrong
 *   place. So a helper does it that is a process of its own in a session of its own: killing us does not end it. It
 *   shares our memory and descriptors (clone(2), CLONE_VM | CLONE_FILES), so what it takes over is ours.
 * - All signals of the thread are blocked meanwhile, so that no handler runs on the changed registers.
 * - Nor is the thread let go before: the helper waits for as long as the call takes, which is long only where the target is
 *   frozen meanwhile.
 * - A system call that the interruption cut short goes on. The kernel does that itself (arch_do_signal_or_restart) for a
 *   thread that leaves the stop of an interruption with its old registers; so the thread is interrupted a second time
 *   when they are back. Calls that would answer EINTR even without a handler (signal(7)) are given the code for "go on,
 *   unless a handler runs" instead.
 * - A thread in a restartable sequence (rseq(2)), under a seccomp filter (which might kill for the call) or with its
 *   system calls handed to a handler (PR_SET_SYSCALL_USER_DISPATCH, as Wine has it) is left alone. */
#define _GNU_SOURCE
#include "linux_inject.h"

#include "../../libmemscan/base/error.h"

#ifdef __x86_64__

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/host.h"
#include "linux_denied.h"
#include "linux_process.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef PTRACE_GET_RSEQ_CONFIGURATION
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f /* Linux 5.13 */
#endif
#define LINUX_PTRACE_GET_SYSCALL_USER_DISPATCH 0x4210 /* Linux 6.4 */
#define LINUX_PTRACE_EVENT_STOP                128

enum {
    STACK_SIZE = 64 * 1024,
    MOST_THREADS = 64,
    TRIES = 20,       /* another tracer may be as brief as we are, on a machine as busy */
    USER_CODE = 0x33, /* the code segment of 64-bit programs */
    ERESTARTNOHAND = 514
};
#define STOP_NS UINT64_C(1000000000) /* for a thread to stop: a busy CPU is waited for, a disk is not */
#define BACK_NS UINT64_C(2000000000) /* for the stop behind the call, when everything is put back */
#define ENDLESS UINT64_MAX /* for the call: a target that is frozen meanwhile (cgroups(7)) makes it when it thaws */

typedef enum verdict {
    VERDICT_TAKEN,    /* the call was made: `result` */
    VERDICT_GONE,     /* the thread ended */
    VERDICT_DENIED,   /* we may not trace it: `os_code` */
    VERDICT_BUSY,     /* it is stopped already */
    VERDICT_STUCK,    /* it did not stop in time */
    VERDICT_FILTERED, /* seccomp */
    VERDICT_HANDED,   /* its system calls go to a handler */
    VERDICT_32_BIT,
    VERDICT_SEQUENCE, /* in a restartable sequence: it will be out of it in a moment */
    VERDICT_UNKNOWN   /* it cannot be found out whether it may be used: `os_code` */
} verdict;

/* What the helper works on; it touches nothing else, and calls the system only. */
typedef struct injection {
    uint8_t stack[STACK_SIZE];
    const linux_target *target;
    uint64_t instruction; /* a system call instruction in the target */
    pid_t threads[MOST_THREADS];
    size_t thread_count;
    verdict verdict;
    int os_code;
    long result; /* of the call: -errno */
    int fd;      /* ours, or -1 */
    _Atomic uint32_t running;
} injection;

/* ---- a traced thread ---- */

/* Raw, as all calls of the helper: those of the C library may change the state of a thread that is another's. */
static pid_t wait_for(pid_t process, int *status, int options)
{
    return (pid_t)syscall(SYS_wait4, process, status, options | __WALL, NULL);
}

typedef struct traced {
    injection *job;
    pid_t thread;
    struct user_regs_struct registers; /* as they were */
    uint64_t signals;                  /* likewise: the blocked ones */
    int arrived;                       /* a signal that cannot be blocked came between: it goes on its way later */
} traced;

typedef enum waited { WAITED_STOP, WAITED_END, WAITED_IN_VAIN } waited;

/* Waits for the thread's next stop, or its end. */
static waited wait_for_stop(pid_t thread, uint64_t patience_ns, int *status)
{
    uint64_t begin = ms_clock_ns();
    for (;;) {
        pid_t got = wait_for(thread, status, WNOHANG);
        if (got == thread)
            return WIFSTOPPED(*status) ? WAITED_STOP : WAITED_END;
        if (got < 0 && errno != EINTR)
            return WAITED_END;
        if (ms_clock_ns() - begin > patience_ns)
            return WAITED_IN_VAIN;
        struct timespec moment = { 0, 20000 };
        syscall(SYS_nanosleep, &moment, NULL);
    }
}

static bool is_event_stop(int status)
{
    return status >> 16 == LINUX_PTRACE_EVENT_STOP && WSTOPSIG(status) == SIGTRAP;
}

/* Interrupts the thread and lets it come to that stop; a signal that is delivered on the way goes on its way. */
static verdict interrupt(pid_t thread, uint64_t patience_ns)
{
    int status = 0;
    waited came;
    if (ms_linux_sys.trace(PTRACE_INTERRUPT, thread, 0, NULL) != 0)
        return VERDICT_GONE;
    while ((came = wait_for_stop(thread, patience_ns, &status)) == WAITED_STOP) {
        if (is_event_stop(status))
            return VERDICT_TAKEN;
        if (status >> 16 == LINUX_PTRACE_EVENT_STOP)
            return VERDICT_BUSY; /* stopped by a signal: it stays so when we let go */
        ms_linux_sys.trace(PTRACE_CONT, thread, 0, (void *)(uintptr_t)WSTOPSIG(status));
    }
    return came == WAITED_END ? VERDICT_GONE : VERDICT_STUCK;
}

static bool get_registers(pid_t thread, struct user_regs_struct *registers, size_t *length)
{
    struct iovec place = { registers, sizeof *registers };
    bool got = ms_linux_sys.trace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &place) == 0;
    *length = place.iov_len;
    return got;
}

static bool set_registers(pid_t thread, const struct user_regs_struct *registers)
{
    struct iovec place = { (void *)(uintptr_t)registers, sizeof *registers };
    return ms_linux_sys.trace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &place) == 0;
}

static bool block_signals(pid_t thread, uint64_t blocked)
{
    return ms_linux_sys.trace(PTRACE_SETSIGMASK, thread, sizeof blocked, &blocked) == 0;
}

/* ---- whether it may be used ---- */

/* The number behind a key of /proc/PID/task/TID/status; -1: not found. */
static int status_number(const linux_target *target, pid_t thread, const char *key)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "task/%d/status", (int)thread);
    int fd = target->sys->openat(target->proc_fd, path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : target->sys->pread(fd, text, sizeof text - 1, 0);
    if (fd >= 0)
        syscall(SYS_close, fd);
    text[length > 0 ? length : 0] = 0;
    const char *at = strstr(text, key);
    return at ? at[strlen(key)] - '0' : -1;
}

/* The pointer in the thread's rseq area that says that it is in a sequence (include/uapi/linux/rseq.h). */
static bool is_in_sequence(const traced *one)
{
    struct {
        uint64_t area;
        uint32_t size, signature, flags, padding;
    } about = { 0 };
    uint64_t sequence = 0;
    if (ms_linux_sys.trace(PTRACE_GET_RSEQ_CONFIGURATION, one->thread, sizeof about, &about) < 0 || about.area == 0)
        return false;
    const linux_target *target = one->job->target;
    return target->sys->pread(target->mem_fd, &sequence, sizeof sequence, about.area + 8) == sizeof sequence &&
           sequence != 0;
}

static verdict look_at(traced *one)
{
    struct {
        uint64_t mode, selector, offset, length;
    } dispatch = { 0 };
    size_t length;
    if (!get_registers(one->thread, &one->registers, &length))
        return VERDICT_GONE;
    if (length != sizeof one->registers || one->registers.cs != USER_CODE)
        return VERDICT_32_BIT;
    int filtered = status_number(one->job->target, one->thread, "\nSeccomp:\t");
    if (filtered != 0)
        return filtered < 0 ? VERDICT_UNKNOWN : VERDICT_FILTERED;
    if (ms_linux_sys.trace(LINUX_PTRACE_GET_SYSCALL_USER_DISPATCH, one->thread, sizeof dispatch, &dispatch) != 0) {
        one->job->os_code = errno;
        return VERDICT_UNKNOWN;
    }
    if (dispatch.mode != 0)
        return VERDICT_HANDED;
    return is_in_sequence(one) ? VERDICT_SEQUENCE : VERDICT_TAKEN;
}

/* ---- the call ---- */

/* The system call that the thread was in, as it goes on when it leaves the stop. Those below answer EINTR when they are
 * interrupted without a handler, for a stop, too. */
static void mend_interrupted_call(struct user_regs_struct *registers)
{
    static const long fragile[] = { SYS_epoll_wait,
                                    SYS_epoll_pwait,
                                    441 /* epoll_pwait2 */,
                                    SYS_semop,
                                    SYS_semtimedop,
                                    SYS_io_getevents,
                                    333 /* io_pgetevents */,
                                    SYS_rt_sigtimedwait,
                                    SYS_recvfrom,
                                    SYS_recvmsg,
                                    SYS_recvmmsg,
                                    SYS_sendto,
                                    SYS_sendmsg,
                                    SYS_accept,
                                    SYS_accept4 };
    if ((long)registers->rax != -EINTR)
        return;
    for (size_t i = 0; i < sizeof fragile / sizeof fragile[0]; i++)
        if ((long)registers->orig_rax == fragile[i])
            registers->rax = (unsigned long long)-ERESTARTNOHAND;
}

static bool run_to_syscall_stop(traced *one)
{
    int status = 0;
    if (ms_linux_sys.trace(PTRACE_SYSCALL, one->thread, 0, NULL) != 0 ||
        wait_for_stop(one->thread, ENDLESS, &status) != WAITED_STOP)
        return false;
    if (WSTOPSIG(status) == (SIGTRAP | 0x80))
        return true;
    one->arrived = status >> 16 ? 0 : WSTOPSIG(status);
    return false;
}

/* False: something else happened than the call; *result is not set. */
static bool call(traced *one, long number, uint64_t argument, long *result)
{
    struct user_regs_struct changed = one->registers;
    size_t length;
    changed.rip = one->job->instruction;
    changed.rax = (unsigned long long)number;
    changed.orig_rax = (unsigned long long)-1; /* no call that the kernel would make go on */
    changed.rdi = argument;
    if (!set_registers(one->thread, &changed) || !run_to_syscall_stop(one) || !run_to_syscall_stop(one) ||
        !get_registers(one->thread, &changed, &length))
        return false;
    *result = (long)changed.rax;
    return true;
}

static void put_back(traced *one)
{
    mend_interrupted_call(&one->registers);
    set_registers(one->thread, &one->registers);
    block_signals(one->thread, one->signals);
    if (ms_linux_sys.trace(PTRACE_INTERRUPT, one->thread, 0, NULL) == 0 &&
        ms_linux_sys.trace(PTRACE_CONT, one->thread, 0, (void *)(uintptr_t)one->arrived) == 0) {
        int status = 0;
        while (wait_for_stop(one->thread, BACK_NS, &status) == WAITED_STOP && status >> 16 != LINUX_PTRACE_EVENT_STOP)
            ms_linux_sys.trace(PTRACE_CONT, one->thread, 0,
                               (void *)(uintptr_t)WSTOPSIG(status)); /* a signal that waited */
    }
}

/* The userfaultfd becomes ours and leaves the target again while the thread stands still. */
static void make_userfaultfd(traced *one)
{
    injection *job = one->job;
    long closed;
    if (ms_linux_sys.trace(PTRACE_GETSIGMASK, one->thread, sizeof one->signals, &one->signals) != 0 ||
        !block_signals(one->thread, UINT64_MAX)) {
        job->verdict = VERDICT_GONE;
        return;
    }
    job->result = -EAGAIN;
    if (call(one, SYS_userfaultfd, O_CLOEXEC | LINUX_UFFD_USER_MODE_ONLY, &job->result) && job->result >= 0) {
        job->fd = (int)syscall(SYS_pidfd_getfd, job->target->pid_fd, (int)job->result, 0);
        job->os_code = job->fd < 0 ? errno : 0;
        call(one, SYS_close, (uint64_t)job->result, &closed);
    }
    put_back(one);
}

static verdict use_thread(injection *job, pid_t thread)
{
    traced one = { .job = job, .thread = thread };
    if (ms_linux_sys.trace(PTRACE_SEIZE, thread, 0, (void *)PTRACE_O_TRACESYSGOOD) != 0) {
        job->os_code = errno;
        return errno == ESRCH ? VERDICT_GONE : VERDICT_DENIED;
    }
    verdict told = interrupt(thread, STOP_NS);
    if (told == VERDICT_TAKEN)
        told = look_at(&one);
    if (told == VERDICT_TAKEN) {
        job->verdict = VERDICT_TAKEN;
        make_userfaultfd(&one);
        told = job->verdict;
    } else if (told != VERDICT_BUSY && told != VERDICT_STUCK && told != VERDICT_GONE && told != VERDICT_32_BIT) {
        mend_interrupted_call(&one.registers); /* it is not used, but was interrupted */
        set_registers(thread, &one.registers);
    }
    ms_linux_sys.trace(PTRACE_DETACH, thread, 0, NULL); /* one that is stuck is let go when the helper ends */
    return told;
}

/* ---- the helper ---- */

static void pause_shortly(void)
{
    struct timespec pause = { 0, 5000000 };
    syscall(SYS_nanosleep, &pause, NULL);
}

static int enter_helper(void *argument)
{
    injection *job = argument;
    setsid();
    job->verdict = VERDICT_GONE;
    for (int tries = 0; tries < TRIES; tries++) {
        if (tries)
            pause_shortly();
        for (size_t i = 0; i < job->thread_count; i++) {
            job->verdict = use_thread(job, job->threads[i]);
            if (job->verdict != VERDICT_GONE && job->verdict != VERDICT_BUSY && job->verdict != VERDICT_SEQUENCE &&
                job->verdict != VERDICT_DENIED)
                return 0;
        }
    }
    return 0;
}

/* ThreadSanitizer replaces clone(2) by one that takes every child for a fork, whose memory is its own. The C library's
 * other name for it is left alone. */
#ifdef __SANITIZE_THREAD__
int __clone(int (*enter)(void *), void *stack, int flags, void *argument, ...);
#define clone __clone
#endif

static bool run_helper(injection *job)
{
    sigset_t all, before;
    sigfillset(&all);
    atomic_store(&job->running, 1);
    uint8_t *top = job->stack + STACK_SIZE - (uintptr_t)(job->stack + STACK_SIZE) % 64;
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int flags = CLONE_VM | CLONE_FILES | CLONE_UNTRACED | CLONE_CHILD_CLEARTID;
    pid_t helper = clone(enter_helper, top, flags, job, (pid_t *)NULL, (void *)NULL, &job->running);
    int os_code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (helper < 0) {
        job->os_code = os_code;
        return false;
    }
    while (atomic_load(&job->running))
        syscall(SYS_futex, &job->running, FUTEX_WAIT, 1, NULL, NULL, 0);
    while (waitpid(helper, NULL, __WALL) < 0 && errno == EINTR)
        ;
    return true;
}

/* ---- the call, from our side ---- */

/* Ready ones only: a thread that is stopped stays so, and one that waits for a disk cannot be stopped. Those that sleep
 * come first, for they are in no restartable sequence. */
static int add_thread(const memscan_thread *thread, void *context)
{
    injection *job = context;
    if (job->thread_count == MOST_THREADS)
        return 1;
    if (thread->state != 'S' && thread->state != 'R')
        return 0;
    size_t place = thread->state == 'S' ? 0 : job->thread_count;
    job->threads[job->thread_count++] = job->threads[place];
    job->threads[place] = (pid_t)thread->id;
    return 0;
}

/* Some, or none where all stay as they are: what another tracer holds is let go in a moment. */
static memscan_status list_threads(injection *job, linux_target *target, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (int tries = 0; tries < TRIES && status == MEMSCAN_OK && !job->thread_count; tries++) {
        if (tries)
            pause_shortly();
        status = ms_linux_threads(target, add_thread, job, error);
    }
    return status == MEMSCAN_STOPPED ? MEMSCAN_OK : status;
}

static int find_vdso(const memscan_region *region, void *context)
{
    if (strcmp(region->name, "[vdso]") != 0)
        return 0;
    ((uint64_t *)context)[0] = region->start;
    ((uint64_t *)context)[1] = region->size;
    return 1;
}

/* The two bytes of the instruction are one wherever they stand. */
static memscan_status find_instruction(linux_target *target, uint64_t *address, memscan_error *error)
{
    static const uint8_t instruction[2] = { 0x0f, 0x05 };
    uint8_t code[32 * 1024];
    uint64_t vdso[2] = { 0, 0 };
    memscan_status status = ms_linux_regions(target, 0, find_vdso, vdso, error);
    if (status != MEMSCAN_OK && status != MEMSCAN_STOPPED)
        return status;
    ssize_t got =
        vdso[1] ? target->sys->pread(target->mem_fd, code, vdso[1] < sizeof code ? vdso[1] : sizeof code, vdso[0]) : 0;
    const uint8_t *found = got > 0 ? memmem(code, (size_t)got, instruction, sizeof instruction) : NULL;
    if (!found)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "the target has no system call instruction where one is expected");
    *address = vdso[0] + (uint64_t)(found - code);
    return MEMSCAN_OK;
}

static memscan_status explain(const injection *job, memscan_error *error)
{
    switch (job->verdict) {
    case VERDICT_DENIED: return ms_linux_explain_denied(job->target->pid, job->os_code, error);
    case VERDICT_FILTERED:
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED,
                       "writes cannot be tracked: the target's system calls are filtered (seccomp)");
    case VERDICT_HANDED:
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED,
                       "writes cannot be tracked: the target handles its own system calls, as Wine does");
    case VERDICT_32_BIT:
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "writes of 32-bit programs cannot be tracked here");
    case VERDICT_UNKNOWN:
        return ms_fail_os(error, MEMSCAN_NOT_SUPPORTED, job->os_code,
                          "writes cannot be tracked: the system does not tell how the target makes system calls");
    case VERDICT_TAKEN:
        return ms_fail_os(error, MEMSCAN_NOT_SUPPORTED, job->result < 0 ? (int)-job->result : job->os_code,
                          "writes cannot be tracked: the target got no userfaultfd: %s",
                          ms_linux_error_text(job->result < 0 ? (int)-job->result : job->os_code));
    default:
        ms_fail(error, MEMSCAN_BUSY, "writes cannot be tracked now: no thread of the target can be asked");
        ms_hint(error, "let the target run: it is stopped, or waits for a disk");
        return MEMSCAN_BUSY;
    }
}

static memscan_status inject(injection *job, linux_target *target, int *fd, memscan_error *error)
{
    memscan_status status = find_instruction(target, &job->instruction, error);
    if (status == MEMSCAN_OK)
        status = list_threads(job, target, error);
    if (status != MEMSCAN_OK)
        return status;
    if (!run_helper(job))
        return ms_fail_os(error, MEMSCAN_OS, job->os_code, "no helper process can be made: %s",
                          ms_linux_error_text(job->os_code));
    *fd = job->fd;
    if (job->fd >= 0)
        return MEMSCAN_OK;
    status = ms_linux_alive(target, error);
    return status == MEMSCAN_OK ? explain(job, error) : status;
}

memscan_status ms_linux_inject_userfaultfd(linux_target *target, int *fd, memscan_error *error)
{
    *fd = -1;
    if (target->pid_fd < 0)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "writes cannot be tracked before Linux 6.7");
    if (target->pointer_width != 8)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "writes of 32-bit programs cannot be tracked here");
    injection *job = ms_alloc(target->allocator, sizeof *job);
    if (!job)
        return ms_fail_memory(error);
    job->target = target;
    job->fd = -1;
    memscan_status status = inject(job, target, fd, error);
    ms_free(target->allocator, job, sizeof *job);
    return status;
}

#else

memscan_status ms_linux_inject_userfaultfd(linux_target *target, int *fd, memscan_error *error)
{
    (void)target;
    *fd = -1;
    return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "on this processor writes cannot be tracked by a userfaultfd");
}

#endif
