/* linux_suspend.c - stops all threads of a target, and lets them go again.
 *
 * By PTRACE_SEIZE and PTRACE_INTERRUPT (ptrace(2)): no signal is sent, the target's parent sees nothing, and when the
 * tracer ends, by whatever cause, the kernel lets every thread go on as if nothing had been. The tracer is a thread of our
 * own, because the system ties a stopped thread to the very thread that stopped it: so a host may suspend on one thread and
 * resume on another, and a tracer that ends is the last resort that always works.
 *
 * Whether a thread stands still is asked of ptrace itself, not of wait(2): a host that waits for any child of its own
 * would take that word away from us. */
#define _GNU_SOURCE
#include "linux_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/array.h"
#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/host.h"
#include "linux_denied.h"
#include "linux_proc.h"

#define PATIENCE_NS UINT64_C(2000000000) /* for all threads to stop: an uninterruptible sleep may be longer */
#define EVENT_STOP  128                  /* PTRACE_EVENT_STOP, which sys/ptrace.h and linux/ptrace.h define at odds */

typedef struct linux_stop {
    linux_target *target;
    ms_thread *tracer;
    ms_mutex *mutex; /* over the rest */
    ms_signal *changed;
    ms_array threads; /* of pid_t: those that are traced; the tracer's alone */
    memscan_status status;
    memscan_error error;
    bool settled; /* the tracer has told how it went */
    bool let_go;  /* it is to end */
} linux_stop;

/* ---- one thread ---- */

/* Its letter in "stat"; 0: it is no thread of this process, or no longer. */
static char state_of(const linux_target *target, pid_t thread)
{
    char name[48], text[1024];
    linux_stat_line line;
    snprintf(name, sizeof name, "task/%d/stat", (int)thread);
    ssize_t length = ms_linux_small_file(target, name, text, sizeof text);
    return length > 0 && ms_linux_stat_parse(text, (size_t)length, &line) ? line.state : 0;
}

static bool has_ended(const linux_target *target, pid_t thread)
{
    char state = state_of(target, thread);
    return !state || state == 'Z' || state == 'X';
}

static bool is_known(const linux_stop *stop, pid_t thread)
{
    for (size_t i = 0; i < stop->threads.count; i++)
        if (*(pid_t *)ms_array_at(&stop->threads, i) == thread)
            return true;
    return false;
}

static memscan_status fail_to_suspend(const linux_target *target, int os_code, memscan_error *error)
{
    return ms_fail_os(error, MEMSCAN_OS, os_code, "cannot suspend process %llu: %s", (unsigned long long)target->pid,
                      ms_linux_error_text(os_code));
}

/* Taken hold of by number, and then looked up once more in the process that is ours: a thread that is held keeps its
 * number. One that is not ours after all has not been stopped, and is let go when the tracer ends. */
static memscan_status seize(linux_stop *stop, pid_t thread, memscan_error *error)
{
    linux_target *target = stop->target;
    if (target->sys->trace(PTRACE_SEIZE, thread, 0, NULL) != 0) {
        int os_code = errno;
        if (has_ended(target, thread))
            return MEMSCAN_OK;
        if (os_code == EPERM)
            return ms_linux_explain_denied(target->pid, os_code, error);
        return fail_to_suspend(target, os_code, error);
    }
    if (!state_of(target, thread))
        return ms_linux_alive(target, error);
    pid_t *held = ms_array_push(&stop->threads);
    if (!held)
        return ms_fail_memory(error);
    *held = thread;
    if (target->sys->trace(PTRACE_INTERRUPT, thread, 0, NULL) == 0)
        return MEMSCAN_OK;
    int os_code = errno;
    return has_ended(target, thread) ? MEMSCAN_OK : fail_to_suspend(target, os_code, error);
}

/* Only of a thread that stands still can anything be asked. */
static bool stands_still(const linux_target *target, pid_t thread)
{
    unsigned long message;
    return target->sys->trace(PTRACE_GETEVENTMSG, thread, 0, &message) == 0;
}

static memscan_status wait_for(const linux_target *target, pid_t thread, uint64_t deadline_ns, memscan_error *error)
{
    struct timespec pause = { 0, 20000 };
    while (!stands_still(target, thread) && !has_ended(target, thread)) {
        if (ms_clock_ns() >= deadline_ns)
            return ms_fail(error, MEMSCAN_TIMEOUT, "thread %d of process %llu does not stop: it waits in the kernel",
                           (int)thread, (unsigned long long)target->pid);
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 2000000)
            pause.tv_nsec *= 2;
    }
    return MEMSCAN_OK;
}

/* A thread that was about to be given a signal when it was stopped is given it now. */
static void release(const linux_target *target, pid_t thread)
{
    siginfo_t held;
    uintptr_t signal = 0;
    if (target->sys->trace(PTRACE_GETSIGINFO, thread, 0, &held) == 0 && held.si_code >> 8 != EVENT_STOP)
        signal = (uintptr_t)held.si_signo;
    target->sys->trace(PTRACE_DETACH, thread, 0, (void *)signal);
}

/* ---- all of them ---- */

/* Takes hold of every thread that is not held yet; *fresh: how many there were. */
static memscan_status seize_listed(linux_stop *stop, size_t *fresh, memscan_error *error)
{
    linux_target *target = stop->target;
    int fd = target->sys->openat(target->proc_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *tasks = fd < 0 ? NULL : fdopendir(fd);
    if (!tasks) {
        int os_code = errno;
        if (fd >= 0)
            close(fd);
        if (os_code == ENOENT || os_code == ESRCH)
            return ms_linux_fail_gone(error);
        return ms_fail_os(error, MEMSCAN_OS, os_code, "cannot list the threads of process %llu: %s",
                          (unsigned long long)target->pid, ms_linux_error_text(os_code));
    }
    memscan_status status = MEMSCAN_OK;
    size_t held_before = stop->threads.count;
    for (struct dirent *entry; !status && (entry = readdir(tasks));) {
        pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
        if (thread > 0 && !is_known(stop, thread))
            status = seize(stop, thread, error);
    }
    *fresh = stop->threads.count - held_before;
    closedir(tasks);
    return status;
}

/* A thread may start others until it stands still: so they are listed again until there is none that is new. */
static memscan_status stop_all(linux_stop *stop, memscan_error *error)
{
    uint64_t deadline_ns = ms_clock_ns() + PATIENCE_NS;
    memscan_status status = MEMSCAN_OK;
    for (size_t fresh = 1; fresh && !status;) {
        status = seize_listed(stop, &fresh, error);
        for (size_t i = stop->threads.count - fresh; i < stop->threads.count && !status; i++)
            status = wait_for(stop->target, *(pid_t *)ms_array_at(&stop->threads, i), deadline_ns, error);
    }
    return status ? status : ms_linux_alive(stop->target, error);
}

static void release_all(linux_stop *stop)
{
    for (size_t i = 0; i < stop->threads.count; i++)
        release(stop->target, *(pid_t *)ms_array_at(&stop->threads, i));
    stop->threads.count = 0;
}

/* ---- the tracer ---- */

static void run_tracer(void *argument)
{
    linux_stop *stop = argument;
    memscan_error error = { 0 };
    memscan_status status = stop_all(stop, &error);
    if (status)
        release_all(stop);
    ms_mutex_lock(stop->mutex);
    stop->status = status;
    stop->error = error;
    stop->settled = true;
    ms_signal_wake_all(stop->changed);
    while (!status && !stop->let_go)
        ms_signal_wait(stop->changed, stop->mutex, 1000);
    ms_mutex_unlock(stop->mutex);
    release_all(stop);
}

static memscan_status hear_tracer(linux_stop *stop, memscan_error *error)
{
    ms_mutex_lock(stop->mutex);
    while (!stop->settled)
        ms_signal_wait(stop->changed, stop->mutex, 1000);
    memscan_status status = stop->status;
    if (status && error)
        *error = stop->error;
    ms_mutex_unlock(stop->mutex);
    return status;
}

static void destroy(linux_stop *stop)
{
    const memscan_allocator *allocator = stop->target->allocator;
    ms_array_deinit(&stop->threads);
    ms_signal_destroy(stop->changed);
    ms_mutex_destroy(stop->mutex);
    ms_free(allocator, stop, sizeof *stop);
}

static void end_tracer(linux_stop *stop)
{
    ms_mutex_lock(stop->mutex);
    stop->let_go = true;
    ms_signal_wake_all(stop->changed);
    ms_mutex_unlock(stop->mutex);
    ms_thread_join(stop->tracer);
    destroy(stop);
}

static memscan_status start_tracer(linux_stop *stop, memscan_error *error)
{
    stop->mutex = ms_mutex_create(stop->target->allocator);
    stop->changed = ms_signal_create(stop->target->allocator);
    if (stop->mutex && stop->changed)
        stop->tracer = ms_thread_start(stop->target->allocator, run_tracer, stop);
    return stop->tracer ? MEMSCAN_OK : ms_fail_memory(error);
}

/* ---- the calls ---- */

memscan_status ms_linux_suspend(void *state, memscan_error *error)
{
    linux_target *target = state;
    if (target->pid == (uint64_t)getpid())
        return ms_fail(error, MEMSCAN_INVALID, "a program cannot suspend itself");
    linux_stop *stop = ms_alloc(target->allocator, sizeof *stop);
    if (!stop)
        return ms_fail_memory(error);
    stop->target = target;
    ms_array_init(&stop->threads, target->allocator, sizeof(pid_t));
    memscan_status status = start_tracer(stop, error);
    if (status) {
        destroy(stop);
        return status;
    }
    status = hear_tracer(stop, error);
    if (status)
        end_tracer(stop);
    else
        target->stop = stop;
    return status;
}

memscan_status ms_linux_resume(void *state, memscan_error *error)
{
    linux_target *target = state;
    (void)error;
    end_tracer(target->stop);
    target->stop = NULL;
    return MEMSCAN_OK;
}

void ms_linux_stop_close(linux_target *target)
{
    if (target->stop)
        end_tracer(target->stop);
}
