/* host_linux.c - host.h on Linux: pthreads, CLOCK_MONOTONIC, the CPU affinity mask. */
#define _GNU_SOURCE
#include "../../libmemscan/base/host.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../libmemscan/base/alloc.h"

struct ms_thread {
    const memscan_allocator *allocator;
    pthread_t thread;
    void (*run)(void *);
    void *argument;
};

static void *enter_thread(void *argument)
{
    ms_thread *thread = argument;
    thread->run(thread->argument);
    return NULL;
}

ms_thread *ms_thread_start(const memscan_allocator *allocator, void (*run)(void *), void *argument)
{
    ms_thread *thread = ms_alloc(allocator, sizeof *thread);
    if (!thread)
        return NULL;
    thread->allocator = allocator;
    thread->run = run;
    thread->argument = argument;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread->thread, NULL, enter_thread, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!failed)
        return thread;
    ms_free(allocator, thread, sizeof *thread);
    return NULL;
}

void ms_thread_join(ms_thread *thread)
{
    pthread_join(thread->thread, NULL);
    ms_free(thread->allocator, thread, sizeof *thread);
}

struct ms_mutex {
    const memscan_allocator *allocator;
    pthread_mutex_t mutex;
};

ms_mutex *ms_mutex_create(const memscan_allocator *allocator)
{
    ms_mutex *mutex = ms_alloc(allocator, sizeof *mutex);
    if (!mutex)
        return NULL;
    mutex->allocator = allocator;
    pthread_mutex_init(&mutex->mutex, NULL);
    return mutex;
}

void ms_mutex_destroy(ms_mutex *mutex)
{
    if (!mutex)
        return;
    pthread_mutex_destroy(&mutex->mutex);
    ms_free(mutex->allocator, mutex, sizeof *mutex);
}

void ms_mutex_lock(ms_mutex *mutex)
{
    pthread_mutex_lock(&mutex->mutex);
}

void ms_mutex_unlock(ms_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->mutex);
}

struct ms_signal {
    const memscan_allocator *allocator;
    pthread_cond_t condition;
};

ms_signal *ms_signal_create(const memscan_allocator *allocator)
{
    ms_signal *signal = ms_alloc(allocator, sizeof *signal);
    if (!signal)
        return NULL;
    signal->allocator = allocator;
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&signal->condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return signal;
}

void ms_signal_destroy(ms_signal *signal)
{
    if (!signal)
        return;
    pthread_cond_destroy(&signal->condition);
    ms_free(signal->allocator, signal, sizeof *signal);
}

bool ms_signal_wait(ms_signal *signal, ms_mutex *mutex, uint32_t milliseconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += milliseconds / 1000;
    until.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    return pthread_cond_timedwait(&signal->condition, &mutex->mutex, &until) != ETIMEDOUT;
}

void ms_signal_wake_all(ms_signal *signal)
{
    pthread_cond_broadcast(&signal->condition);
}

uint64_t ms_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint32_t ms_cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (uint32_t)CPU_COUNT(&set);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

/* Only what lies wholly inside: the pages at both ends are shared with others. A refusal costs nothing. */
static void advise(void *memory, size_t bytes, int advice)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), start = ((uintptr_t)memory + page - 1) / page * page;
    uintptr_t end = ((uintptr_t)memory + bytes) / page * page;
    int before = errno;
    if (start < end)
        (void)madvise((char *)memory + (start - (uintptr_t)memory), end - start, advice);
    errno = before;
}

void ms_prefer_large_pages(void *memory, size_t bytes)
{
    advise(memory, bytes, MADV_HUGEPAGE);
}

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

void ms_use_soon(void *memory, size_t bytes)
{
    if (memory)
        advise(memory, bytes, MADV_POPULATE_WRITE);
}

uint64_t ms_available_memory(void)
{
    unsigned long long kilobytes = 0;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %llu kB", &kilobytes) == 1)
            break;
    fclose(file);
    return (uint64_t)kilobytes * 1024;
}
