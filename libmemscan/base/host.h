/* host.h - what we ask of the machine we run on. One implementation per system: platform/linux/host_linux.c,
 * platform/windows/host_windows.c. The target's memory is not reached through here (memscan/ext/platform.h). */
#ifndef MS_HOST_H
#define MS_HOST_H

#include <stdbool.h>

#include <memscan/base.h>

/* Threads of our own. A thread must be joined. The library's threads block all signals, so that a guest's
 * handlers never run on them. */
typedef struct ms_thread ms_thread;
ms_thread *ms_thread_start(const memscan_allocator *allocator, void (*run)(void *), void *argument); /* or NULL */
void ms_thread_join(ms_thread *thread);

typedef struct ms_mutex ms_mutex;
ms_mutex *ms_mutex_create(const memscan_allocator *allocator); /* or NULL */
void ms_mutex_destroy(ms_mutex *mutex);                        /* NULL is allowed */
void ms_mutex_lock(ms_mutex *mutex);
void ms_mutex_unlock(ms_mutex *mutex);

typedef struct ms_signal ms_signal; /* a condition: wakes those who wait; may wake for nothing */
ms_signal *ms_signal_create(const memscan_allocator *allocator); /* or NULL */
void ms_signal_destroy(ms_signal *signal);                       /* NULL is allowed */
/* Waits with the mutex held; it is held again afterwards. False when `milliseconds` passed first. */
bool ms_signal_wait(ms_signal *signal, ms_mutex *mutex, uint32_t milliseconds);
void ms_signal_wake_all(ms_signal *signal);

uint64_t ms_clock_ns(void);  /* monotonic */
uint32_t ms_cpu_count(void); /* CPUs this process may use; at least 1 */
/* Says that this memory of ours will be filled soon and from end to end: large pages are worth their while, where the
 * system has them. Changes nothing else. */
void ms_prefer_large_pages(void *memory, size_t bytes);
/* Says that this memory of ours will be used soon and as a whole: its pages come at once, where the system can do that, and not
 * one by one at their first use. What is in it stays. NULL is allowed; a refusal is none of anybody's business. */
void ms_use_soon(void *memory, size_t bytes);
uint64_t ms_available_memory(void); /* bytes that could be used without hurting others; 0 where unknown */

#endif
