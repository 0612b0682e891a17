/* clock.h - the recorder's clock: the CPU's own counter where memscan found it steady, since it is read in half the time
 * of the system's, else CLOCK_MONOTONIC. */
#ifndef RECORDER_CLOCK_H
#define RECORDER_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "format.h"

static inline uint64_t recorder_clock(uint32_t kind)
{
#if defined(__x86_64__)
    if (__builtin_expect(kind == RECORDER_CLOCK_TICKS, 1))
        return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
    if (__builtin_expect(kind == RECORDER_CLOCK_TICKS, 1)) {
        uint64_t ticks;
        __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
        return ticks;
    }
#endif
    (void)kind;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
