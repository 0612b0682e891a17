/* image.c - see image.h. */
#define _GNU_SOURCE
#include "image.h"

#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ring.h"

static bool python_uses_malloc(void)
{
    const char *chosen = getenv("PYTHONMALLOC");
    return chosen != NULL && strncmp(chosen, "malloc", 6) == 0;
}

static void tell_module(const char *name, uint64_t base, uint64_t size)
{
    uint64_t length = strlen(name);
    recorder_event event = { .took_and_kind = RECORDER_MODULE, .address = base, .size = size, .from = length };
    ring_put(&event, name, length);
}

static int visit_module(struct dl_phdr_info *info, size_t size, void *context)
{
    bool *is_first = context;
    ElfW(Addr) low = (ElfW(Addr)) - 1, high = 0;
    char own[PATH_MAX];
    (void)size;
    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD)
            continue;
        low = segment->p_vaddr < low ? segment->p_vaddr : low;
        high = segment->p_vaddr + segment->p_memsz > high ? segment->p_vaddr + segment->p_memsz : high;
    }
    const char *name = info->dlpi_name;
    if (*is_first) { /* the program itself, which the loader gives no name */
        ssize_t length = readlink("/proc/self/exe", own, sizeof own - 1);
        own[length > 0 ? length : 0] = '\0';
        name = own;
    }
    *is_first = false;
    if (high > low) {
        low &= ~(ElfW(Addr))4095;
        tell_module(name, info->dlpi_addr + low, high - low);
    }
    return 0;
}

void image_tell(uint32_t parent)
{
    bool is_first = true;
    recorder_event event = {
        .start = ring_now(),
        .took_and_kind = RECORDER_IMAGE,
        .address = parent,
        .size = python_uses_malloc() ? RECORDER_PYTHON_BY_MALLOC : 0,
        .from = (uint64_t)getpid(),
    };
    ring_put(&event, NULL, 0);
    if (parent == 0)
        dl_iterate_phdr(visit_module, &is_first);
}
