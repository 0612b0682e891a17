/* linux_guarded.c - reads and writes that may wait for ever, done by a helper process with a deadline.
 *
 * A page that a userfaultfd or a hung file system should supply holds its reader in a sleep that only SIGKILL ends.
 * So a process sleeps there that nobody misses. It is made by clone(2) with CLONE_VM: nothing of the host is copied,
 * whatever its size. It has no exit signal, so that the host sees no SIGCHLD, and wait(2) without __WALL or __WCLONE
 * passes it by. It blocks all signals, so that no handler of the host's runs in it. CLONE_CHILD_CLEARTID tells when it
 * has let go of our memory: only then its block is used again. One that cannot even be killed (an uninterruptible
 * sleep: a FUSE server that took the request and never answers) keeps its block; it is looked after again at every
 * later call, and at closing.
 *
 * The helper shares errno with the thread that waits for it. Neither relies on it where the other may have written. */
#define _GNU_SOURCE
#include "linux_guarded.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/host.h"
#include "linux_absent.h"

#define STACK_SIZE (128 * 1024)
#define PENALTIES  64
#define GRACE_NS   UINT64_C(200000000)  /* for a killed helper to be gone */
#define LAST_NS    UINT64_C(1000000000) /* the same, when the target is closed */

typedef struct block {
    uint8_t stack[STACK_SIZE];
    linux_guard_job job;
    linux_guard_work *work;
    pid_t parent;
    pid_t helper;
    _Atomic uint32_t finished; /* the work came to its end */
    _Atomic uint32_t running;  /* cleared by the kernel (CLONE_CHILD_CLEARTID) */
    struct block *next;        /* in the list of those that could not be killed yet */
} block;

typedef struct penalty {
    uint64_t start, last;
    uint64_t until_ns;
} penalty;

struct linux_guard {
    ms_mutex *mutex;
    block *current;
    block *stuck;
    penalty penalties[PENALTIES];
    size_t next_penalty;
};

/* ThreadSanitizer replaces clone(2) by one that takes every child for a fork, whose memory is its own. The C library's
 * other name for it is left alone. */
#ifdef __SANITIZE_THREAD__
int __clone(int (*enter)(void *), void *stack, int flags, void *argument, ...);
#define clone __clone
#endif

/* ---- the life of a helper ---- */

static int enter_helper(void *argument)
{
    block *mine = argument;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == mine->parent) {
        mine->work(&mine->job);
        atomic_store(&mine->finished, 1);
    }
    return 0;
}

/* Aligned for every architecture's calls; the allocator promises less. */
static void *stack_top(block *mine)
{
    return mine->stack + STACK_SIZE - (uintptr_t)(mine->stack + STACK_SIZE) % 64;
}

static bool start_helper(block *mine, bool shares_files)
{
    sigset_t all, before;
    sigfillset(&all);
    mine->parent = getpid();
    atomic_store(&mine->running, 1);
    atomic_store(&mine->finished, 0);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int flags = CLONE_VM | CLONE_UNTRACED | CLONE_CHILD_CLEARTID | (shares_files ? CLONE_FILES : 0);
    mine->helper = clone(enter_helper, stack_top(mine), flags, mine, (pid_t *)NULL, (void *)NULL, &mine->running);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return mine->helper > 0;
}

static bool wait_until(block *mine, uint64_t deadline_ns)
{
    while (atomic_load(&mine->running)) {
        uint64_t now = ms_clock_ns();
        if (now >= deadline_ns)
            return false;
        uint64_t left = deadline_ns - now;
        long timeout[2] = { (long)(left / 1000000000), (long)(left % 1000000000) }; /* the kernel's old timespec */
        syscall(SYS_futex, &mine->running, FUTEX_WAIT, 1, timeout, NULL, 0);
    }
    return true;
}

/* It has left our memory and is about to be a zombie, if it is none yet. */
static void reap(block *mine)
{
    while (waitpid(mine->helper, NULL, __WALL) < 0 && errno == EINTR)
        ;
}

static void free_block(linux_target *target, block *mine)
{
    ms_free(target->allocator, mine, sizeof *mine);
}

static void look_after_stuck(linux_target *target)
{
    block **link = &target->guard->stuck;
    while (*link) {
        block *mine = *link;
        if (atomic_load(&mine->running)) {
            link = &mine->next;
            continue;
        }
        *link = mine->next;
        reap(mine);
        free_block(target, mine);
    }
}

bool ms_linux_guard_run(linux_target *target, linux_guard_work *work, bool shares_files)
{
    struct linux_guard *guard = target->guard;
    block *mine = guard->current;
    mine->work = work;
    if (!start_helper(mine, shares_files))
        return false;
    bool in_time = wait_until(mine, ms_clock_ns() + target->read_timeout_ms * UINT64_C(1000000));
    if (!in_time)
        kill(mine->helper, SIGKILL);
    if (in_time || wait_until(mine, ms_clock_ns() + GRACE_NS)) {
        reap(mine);
        return atomic_load(&mine->finished); /* somebody else may have killed it */
    }
    mine->next = guard->stuck;
    guard->stuck = mine;
    guard->current = NULL;
    return false;
}

/* ---- the block ---- */

linux_guard_job *ms_linux_guard_begin(linux_target *target)
{
    struct linux_guard *guard = target->guard;
    ms_mutex_lock(guard->mutex);
    look_after_stuck(target);
    if (!guard->current)
        guard->current = ms_alloc(target->allocator, sizeof *guard->current);
    if (!guard->current) {
        ms_mutex_unlock(guard->mutex);
        return NULL;
    }
    linux_guard_job *job = &guard->current->job;
    job->sys = target->sys;
    job->pid = (pid_t)target->pid;
    job->page_size = target->page_size;
    job->os_code = 0;
    job->opened = -1;
    atomic_store(&job->done, 0);
    return job;
}

void ms_linux_guard_end(linux_target *target)
{
    ms_mutex_unlock(target->guard->mutex);
}

void ms_linux_guard_penalise(linux_target *target, const memscan_region *region)
{
    struct linux_guard *guard = target->guard;
    uint64_t until = ms_clock_ns() + target->read_timeout_ms * UINT64_C(10000000); /* ten times as long */
    guard->penalties[guard->next_penalty++ % PENALTIES] =
        (penalty){ region->start, region->start + (region->size - 1), until };
}

bool ms_linux_guard_is_penalised(linux_target *target, const memscan_region *region)
{
    const struct linux_guard *guard = target->guard;
    uint64_t now = ms_clock_ns(), last = region->start + (region->size - 1);
    for (size_t i = 0; i < PENALTIES; i++)
        if (guard->penalties[i].until_ns > now && guard->penalties[i].start <= last &&
            guard->penalties[i].last >= region->start)
            return true;
    return false;
}

memscan_status ms_linux_guard_open(linux_target *target, memscan_error *error)
{
    struct linux_guard *guard = ms_alloc(target->allocator, sizeof *guard);
    if (guard && !(guard->mutex = ms_mutex_create(target->allocator))) {
        ms_free(target->allocator, guard, sizeof *guard);
        guard = NULL;
    }
    target->guard = guard;
    return guard ? MEMSCAN_OK : ms_fail_memory(error);
}

/* The block of a helper that still sleeps is lost, for the kernel may yet write to it; and nobody will be there to
 * reap the helper when it ends, before this process ends. */
void ms_linux_guard_close(linux_target *target)
{
    struct linux_guard *guard = target->guard;
    if (!guard)
        return;
    uint64_t deadline = ms_clock_ns() + LAST_NS;
    for (block *mine = guard->stuck; mine; mine = mine->next)
        wait_until(mine, deadline);
    look_after_stuck(target);
    if (guard->current)
        free_block(target, guard->current);
    ms_mutex_destroy(guard->mutex);
    ms_free(target->allocator, guard, sizeof *guard);
    target->guard = NULL;
}

/* ---- the work: page by page, so that what came before the page that hangs is kept ---- */

static size_t to_page_end(const linux_guard_job *job, size_t done)
{
    size_t in_page = (size_t)((job->address + done) % job->page_size);
    size_t left = job->size - done;
    return left < job->page_size - in_page ? left : job->page_size - in_page;
}

static ssize_t read_by_number(linux_guard_job *job, size_t done, size_t size)
{
    struct iovec local = { job->buffer + done, size };
    struct iovec remote = { (void *)(uintptr_t)(job->address + done), size };
    return job->sys->vm_readv(job->pid, &local, 1, &remote, 1);
}

static ssize_t read_by_mem(linux_guard_job *job, size_t done, size_t size)
{
    return job->sys->pread(job->fd, job->buffer + done, size, job->address + done);
}

static ssize_t write_by_mem(linux_guard_job *job, size_t done, size_t size)
{
    return job->sys->pwrite(job->fd, job->buffer + done, size, job->address + done);
}

/* errno may be our waiting thread's: an interruption is tried again, a few times. */
static void move_pages(linux_guard_job *job, ssize_t (*move)(linux_guard_job *, size_t, size_t))
{
    unsigned tries = 0;
    size_t done = 0;
    while (done < job->size) {
        ssize_t moved = move(job, done, to_page_end(job, done));
        int os_code = errno;
        if (moved == 0)
            break;
        if (moved > 0)
            atomic_store(&job->done, done += (size_t)moved);
        else if ((os_code != EINTR && os_code != EAGAIN && os_code != ETIMEDOUT) || ++tries == 100) {
            job->os_code = os_code == EPERM || os_code == ENOSYS || os_code == ESRCH ? EPERM : EIO;
            break;
        }
    }
}

static void work_read_by_number(linux_guard_job *job)
{
    move_pages(job, read_by_number);
}

static void work_read_by_mem(linux_guard_job *job)
{
    move_pages(job, read_by_mem);
}

static void work_write_by_mem(linux_guard_job *job)
{
    move_pages(job, write_by_mem);
}

/* ---- transfers ----
 *
 * The two ways of reading wait differently (mm/gup.c). process_vm_readv lets go of the target's mmap_lock while it
 * waits, and can be killed; /proc/PID/mem can do neither, so that it would hold up the target itself where a file
 * system hangs. But it does not wait for a userfaultfd, nor tell its owner: it fails at once. So a file's pages are
 * read by the first, memory's by the second. Where the first is refused to a helper (Yama lets only the target's
 * ancestors), only pages that are there are read. */

static bool is_of_file(const memscan_region *region)
{
    return region->flags & MEMSCAN_REGION_FILE && !ms_linux_is_memory_object(region);
}

static size_t run_piece(linux_target *target, linux_guard_job *job, linux_guard_work *work, size_t size, bool *in_time)
{
    job->fd = target->mem_fd;
    job->size = size;
    job->os_code = 0;
    atomic_store(&job->done, 0);
    *in_time = ms_linux_guard_run(target, work, true);
    return atomic_load(&job->done);
}

/* Reads up to `size` bytes at job->address. */
static size_t read_piece(linux_target *target, linux_guard_job *job, const memscan_region *region, size_t size,
                         bool *in_time)
{
    if (!is_of_file(region))
        return run_piece(target, job, work_read_by_mem, size, in_time);
    size_t done = run_piece(target, job, work_read_by_number, size, in_time);
    if (done || !*in_time || job->os_code != EPERM)
        return done;
    if (!ms_linux_is_present(target, job->address)) {
        *in_time = false;
        return 0;
    }
    job->size = size;
    return run_piece(target, job, work_read_by_mem, to_page_end(job, 0), in_time);
}

/* Writes within one page. A file's page is read before, so that writing finds it there. */
static size_t write_piece(linux_target *target, linux_guard_job *job, const memscan_transfer *transfer, bool *in_time)
{
    size_t size = transfer->size - transfer->done;
    job->size = size < LINUX_GUARD_BUFFER ? size : LINUX_GUARD_BUFFER;
    size = to_page_end(job, 0);
    *in_time = true;
    if (is_of_file(transfer->region) && !read_piece(target, job, transfer->region, 1, in_time))
        return 0;
    memcpy(job->buffer, (const char *)transfer->buffer + transfer->done, size);
    return run_piece(target, job, work_write_by_mem, size, in_time);
}

/* One block's worth. False: the transfer has come to its end, and its outcome says which; or *gone. */
static bool move_some(linux_target *target, linux_guard_job *job, memscan_transfer *transfer, bool writing, bool *gone)
{
    bool in_time;
    size_t left = transfer->size - transfer->done, done;
    job->address = transfer->address + transfer->done;
    if (writing)
        done = write_piece(target, job, transfer, &in_time);
    else {
        done =
            read_piece(target, job, transfer->region, left < LINUX_GUARD_BUFFER ? left : LINUX_GUARD_BUFFER, &in_time);
        memcpy((char *)transfer->buffer + transfer->done, job->buffer, done);
    }
    transfer->done += done;
    if (!in_time) {
        transfer->outcome = MEMSCAN_BLOCKED;
        ms_linux_guard_penalise(target, transfer->region);
    } else if (job->os_code)
        transfer->outcome = MEMSCAN_FAULTY;
    else
        *gone = done == 0;
    return in_time && !job->os_code && done;
}

/* A page that is there does not block, whatever its neighbours did. */
static bool hopeless(linux_target *target, const memscan_transfer *transfer)
{
    return ms_linux_guard_is_penalised(target, transfer->region) &&
           !ms_linux_is_present(target, transfer->address + transfer->done);
}

static memscan_status move_guarded(linux_target *target, memscan_transfer *transfer, bool writing, memscan_error *error)
{
    bool more = true, gone = false;
    while (more && transfer->done < transfer->size) {
        linux_guard_job *job = ms_linux_guard_begin(target);
        if (!job)
            return ms_fail_memory(error);
        if (hopeless(target, transfer)) {
            transfer->outcome = MEMSCAN_BLOCKED;
            more = false;
        } else
            more = move_some(target, job, transfer, writing, &gone);
        ms_linux_guard_end(target);
    }
    if (gone)
        transfer->outcome = MEMSCAN_FAULTY;
    return gone ? ms_linux_alive(target, error) : MEMSCAN_OK;
}

memscan_status ms_linux_read_guarded(linux_target *target, memscan_transfer *transfer, memscan_error *error)
{
    if (transfer->region->protection & MEMSCAN_PROT_READ)
        return move_guarded(target, transfer, false, error);
    transfer->outcome = MEMSCAN_PROTECTED; /* mem would read it */
    return MEMSCAN_OK;
}

memscan_status ms_linux_write_guarded(linux_target *target, memscan_transfer *transfer, memscan_error *error)
{
    return move_guarded(target, transfer, true, error);
}
