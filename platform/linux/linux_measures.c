/* linux_measures.c - numbers of the machine and of the target, each from the one file that tells it; a file that is not
 * there leaves its number untold. */
#define _GNU_SOURCE
#include "linux_target.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "../../libmemscan/base/text.h"
#include "linux_lines.h"
#include "linux_proc.h"

/* ---- the machine ---- */

/* "address sizes	: 46 bits physical, 48 bits virtual" (x86; other processors do not tell here). */
bool ms_linux_address_sizes(const char *line, size_t length, uint64_t sizes[2])
{
    static const char key[] = "address sizes";
    const char *at = line + sizeof key - 1, *end = line + length;
    if (length < sizeof key || memcmp(line, key, sizeof key - 1))
        return false;
    for (size_t i = 0; i < 2; i++) {
        while (at < end && (*at < '0' || *at > '9'))
            at++;
        const char *first = at;
        while (at < end && *at >= '0' && *at <= '9')
            at++;
        if (!ms_parse_u64(first, (size_t)(at - first), &sizes[i]))
            return false;
    }
    return true;
}

static memscan_status take_address_sizes(const char *line, size_t length, void *context, memscan_error *error)
{
    memscan_measures *measures = context;
    uint64_t sizes[2];
    (void)error;
    if (!ms_linux_address_sizes(line, length, sizes))
        return MEMSCAN_OK;
    measures->physical_bits = sizes[0];
    measures->address_bits = sizes[1];
    return MEMSCAN_STOPPED;
}

static void ask_processor(linux_target *target, memscan_measures *measures)
{
    int fd = target->sys->openat(AT_FDCWD, "/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ms_linux_lines_each(target->sys, fd, target->allocator, take_address_sizes, measures, NULL);
    close(fd);
}

static uint64_t small_number(const linux_target *target, const char *path)
{
    char text[32];
    uint64_t number;
    ssize_t length = ms_linux_small_file(target, path, text, sizeof text);
    return length > 1 && ms_parse_u64(text, strcspn(text, "\n"), &number) ? number : MEMSCAN_NOT_TOLD;
}

/* The upper half of what the processor translates is the kernel's, and the last page below it is kept empty
 * (arch/x86/include/asm/page_64_types.h). A 32-bit program ends at IA32_PAGE_OFFSET. */
static uint64_t highest_address(const linux_target *target, uint64_t address_bits)
{
    if (address_bits == MEMSCAN_NOT_TOLD || address_bits < 2 || address_bits > 63)
        return MEMSCAN_NOT_TOLD;
    if (target->pointer_width == 4)
        return UINT64_C(0xffffdfff);
    return (UINT64_C(1) << (address_bits - 1)) - target->page_size - 1;
}

uint64_t ms_linux_huge_page_size(const linux_target *target)
{
    uint64_t size = small_number(target, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
    return size == MEMSCAN_NOT_TOLD ? 0 : size;
}

static void ask_machine(linux_target *target, memscan_measures *measures)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors > 0)
        measures->processors = (uint64_t)processors;
    if (ms_linux_huge_page_size(target))
        measures->huge_page_size = ms_linux_huge_page_size(target);
    measures->lowest_address = small_number(target, "/proc/sys/vm/mmap_min_addr");
    ask_processor(target, measures);
    measures->highest_address = highest_address(target, measures->address_bits);
}

/* ---- the target ---- */

static uint64_t kilobytes(const char *status, const char *key)
{
    uint64_t number = ms_linux_status_number(status, key, 0, 10, MEMSCAN_NOT_TOLD);
    return number == MEMSCAN_NOT_TOLD ? number : number * 1024;
}

static void ask_target(const linux_target *target, memscan_measures *measures)
{
    char text[8192];
    linux_stat_line line;
    if (ms_linux_small_file(target, "status", text, sizeof text) > 0) {
        measures->resident = kilobytes(text, "VmRSS:");
        measures->swapped = kilobytes(text, "VmSwap:");
        measures->page_tables = kilobytes(text, "VmPTE:");
    }
    ssize_t length = ms_linux_small_file(target, "stat", text, sizeof text);
    if (length > 0 && ms_linux_stat_parse(text, (size_t)length, &line)) {
        measures->minor_faults = line.minor_faults;
        measures->major_faults = line.major_faults;
        measures->faults = line.minor_faults + line.major_faults;
    }
}

memscan_status ms_linux_measures(void *state, memscan_measures *measures, memscan_error *error)
{
    linux_target *target = state;
    ask_machine(target, measures);
    ask_target(target, measures);
    return ms_linux_alive(target, error);
}
