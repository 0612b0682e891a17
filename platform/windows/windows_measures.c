/* windows_measures.c - numbers of the machine and of the target. What is in the page file, and what the page tables take,
 * no documented call tells of another process. */
#include "windows_target.h"

#include "../../libmemscan/base/error.h"

/* The system's own programs use the lower half of what the processor translates. */
static uint64_t bits_of(uint64_t highest)
{
    uint64_t bits = 0;
    for (; highest; highest >>= 1)
        bits++;
    return bits > 32 ? bits + 1 : 32;
}

memscan_status ms_windows_measures(void *state, memscan_measures *measures, memscan_error *error)
{
    windows_target *target = state;
    SYSTEM_INFO system;
    PROCESS_MEMORY_COUNTERS counters = { .cb = sizeof counters };
    GetNativeSystemInfo(&system);
    measures->processors = system.dwNumberOfProcessors;
    measures->address_bits = bits_of((uintptr_t)system.lpMaximumApplicationAddress);
    measures->lowest_address = target->lowest;
    measures->highest_address = target->highest;
    if (GetLargePageMinimum())
        measures->huge_page_size = GetLargePageMinimum();
    if (GetProcessMemoryInfo(target->process, &counters, sizeof counters)) {
        measures->resident = counters.WorkingSetSize;
        measures->faults = counters.PageFaultCount;
    }
    return ms_windows_alive(state, error);
}
