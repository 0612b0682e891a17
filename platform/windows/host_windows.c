/* host_windows.c - host.h on Windows: threads of the C runtime, slim locks, condition variables, the performance
 * counter. A slim lock and a condition variable hold no handle, so nothing of the system's is left behind. */
#include "windows_system.h"

#include <process.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/host.h"

struct ms_thread {
    const memscan_allocator *allocator;
    HANDLE handle;
    void (*run)(void *);
    void *argument;
};

static unsigned __stdcall enter_thread(void *argument)
{
    ms_thread *thread = argument;
    thread->run(thread->argument);
    return 0;
}

/* _beginthreadex and not CreateThread: the C runtime keeps state for each thread. */
ms_thread *ms_thread_start(const memscan_allocator *allocator, void (*run)(void *), void *argument)
{
    ms_thread *thread = ms_alloc(allocator, sizeof *thread);
    if (!thread)
        return NULL;
    thread->allocator = allocator;
    thread->run = run;
    thread->argument = argument;
    thread->handle = (HANDLE)_beginthreadex(NULL, 0, enter_thread, thread, 0, NULL);
    if (thread->handle)
        return thread;
    ms_free(allocator, thread, sizeof *thread);
    return NULL;
}

void ms_thread_join(ms_thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
    ms_free(thread->allocator, thread, sizeof *thread);
}

struct ms_mutex {
    const memscan_allocator *allocator;
    SRWLOCK lock;
};

ms_mutex *ms_mutex_create(const memscan_allocator *allocator)
{
    ms_mutex *mutex = ms_alloc(allocator, sizeof *mutex);
    if (!mutex)
        return NULL;
    mutex->allocator = allocator;
    InitializeSRWLock(&mutex->lock);
    return mutex;
}

void ms_mutex_destroy(ms_mutex *mutex)
{
    if (mutex)
        ms_free(mutex->allocator, mutex, sizeof *mutex);
}

void ms_mutex_lock(ms_mutex *mutex)
{
    AcquireSRWLockExclusive(&mutex->lock);
}

void ms_mutex_unlock(ms_mutex *mutex)
{
    ReleaseSRWLockExclusive(&mutex->lock);
}

struct ms_signal {
    const memscan_allocator *allocator;
    CONDITION_VARIABLE condition;
};

ms_signal *ms_signal_create(const memscan_allocator *allocator)
{
    ms_signal *signal = ms_alloc(allocator, sizeof *signal);
    if (!signal)
        return NULL;
    signal->allocator = allocator;
    InitializeConditionVariable(&signal->condition);
    return signal;
}

void ms_signal_destroy(ms_signal *signal)
{
    if (signal)
        ms_free(signal->allocator, signal, sizeof *signal);
}

bool ms_signal_wait(ms_signal *signal, ms_mutex *mutex, uint32_t milliseconds)
{
    return SleepConditionVariableSRW(&signal->condition, &mutex->lock, milliseconds, 0) ||
           GetLastError() != ERROR_TIMEOUT;
}

void ms_signal_wake_all(ms_signal *signal)
{
    WakeAllConditionVariable(&signal->condition);
}

/* Whole seconds apart from the rest: a counter of 10 MHz would wrap within half an hour if it were multiplied by
 * 10^9 first. */
uint64_t ms_clock_ns(void)
{
    LARGE_INTEGER now, frequency;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    uint64_t ticks = (uint64_t)now.QuadPart, per_second = (uint64_t)frequency.QuadPart;
    return ticks / per_second * 1000000000u + ticks % per_second * 1000000000u / per_second;
}

static uint32_t count_bits(uint64_t word)
{
    uint32_t count = 0;
    for (; word; word &= word - 1)
        count++;
    return count;
}

/* The affinity mask speaks of one group of 64 processors; it is 0 for a process that runs in several groups. */
uint32_t ms_cpu_count(void)
{
    DWORD_PTR ours = 0, all = 0;
    if (GetProcessAffinityMask(GetCurrentProcess(), &ours, &all) && ours)
        return count_bits(ours);
    DWORD active = GetActiveProcessorCount(ALL_PROCESSOR_GROUPS);
    return active > 0 ? active : 1;
}

/* Large pages have to be asked for when memory is reserved here, and are a privilege. */
void ms_prefer_large_pages(void *memory, size_t bytes)
{
    (void)memory, (void)bytes;
}

void ms_use_soon(void *memory, size_t bytes)
{
    (void)memory, (void)bytes;
}

uint64_t ms_available_memory(void)
{
    MEMORYSTATUSEX status = { .dwLength = sizeof status };
    return GlobalMemoryStatusEx(&status) ? status.ullAvailPhys : 0;
}
