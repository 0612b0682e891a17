/* windows_target.h - what the files of this platform share: the state of an open target.
 *
 * A target is bound to a process by a handle that is held open: as long as it is, Windows neither gives the number to
 * another process nor lets the handle mean one, and a process never changes its program. The start time is what tells
 * others (a saved session) which process it was. */
#ifndef MS_WINDOWS_TARGET_H
#define MS_WINDOWS_TARGET_H

#include <stdbool.h>

#include <memscan/ext/platform.h>

#include "windows_calls.h"

typedef struct windows_target {
    const memscan_allocator *allocator;
    windows_calls calls; /* a test puts its own here */
    HANDLE process;
    uint32_t access; /* MEMSCAN_READ, MEMSCAN_WRITE */
    uint64_t pid;
    uint64_t start_time; /* FILETIME */
    uint64_t lowest, highest;
    uint32_t page_size;
    uint8_t pointer_width;
    HANDLE control;         /* while it is suspended: what it is resumed by, else NULL */
    HANDLE state_change;    /* the object that keeps it so, where this Windows has them */
    bool working_set_tells; /* QueryWorkingSetEx answers for this target */
    char name[64];          /* the .exe's name */
} windows_target;

/* windows_target.c: the vtable's open, close, facts, alive. */
memscan_status ms_windows_open(const memscan_platform_open *request, void **state, memscan_error *error);
void ms_windows_close(void *state);
memscan_status ms_windows_facts(void *state, memscan_platform_facts *facts, memscan_error *error);
memscan_status ms_windows_alive(void *state, memscan_error *error);
/* What the width of the process's pointers is, and of those of the system itself; 8 or 4. */
uint8_t ms_windows_pointer_width(const windows_calls *calls, HANDLE process);
uint8_t ms_windows_system_width(void);
/* True when all `size` bytes at `address` were read. For the system's own records, which every process has touched:
 * it asks for no region and no protection. */
bool ms_windows_peek(const windows_target *target, uint64_t address, void *buffer, size_t size);

/* The vtable's functions of these names, each in the file of its name. */
memscan_status ms_windows_regions(void *state, uint64_t from, memscan_region_fn *visit, void *context,
                                  memscan_error *error);
memscan_status ms_windows_modules(void *state, memscan_module_fn *visit, void *context, memscan_error *error);
memscan_status ms_windows_threads(void *state, memscan_thread_fn *visit, void *context, memscan_error *error);
memscan_status ms_windows_read(void *state, memscan_transfer *transfers, size_t count, memscan_error *error);
memscan_status ms_windows_write(void *state, memscan_transfer *transfers, size_t count, memscan_error *error);
memscan_status ms_windows_residency(void *state, const memscan_region *region, uint64_t start, uint64_t last,
                                    memscan_extent *extents, size_t capacity, size_t *count, memscan_error *error);
memscan_status ms_windows_suspend(void *state, memscan_error *error);
memscan_status ms_windows_resume(void *state, memscan_error *error);
memscan_status ms_windows_identity(void *state, memscan_identity *identity, memscan_error *error);
memscan_status ms_windows_abilities(void *state, memscan_ability_fn *visit, void *context, memscan_error *error);

/* windows_process.c, windows_describe.c */
memscan_status ms_windows_list(memscan_process_fn *visit, void *context, memscan_error *error);
memscan_status ms_windows_describe(uint64_t pid, char *path, size_t path_capacity, char *command,
                                   size_t command_capacity, size_t *command_length, memscan_error *error);
uint64_t ms_windows_self(void);

/* windows_uses.c, windows_page.c, windows_measures.c: the vtable's functions of these names. */
memscan_status ms_windows_stacks(void *state, memscan_stack_fn *visit, void *context, memscan_error *error);
memscan_status ms_windows_page(void *state, const memscan_region *region, uint64_t address, memscan_page *page,
                               memscan_error *error);
memscan_status ms_windows_usages(void *state, memscan_usage_fn *visit, void *context, memscan_error *error);
memscan_status ms_windows_measures(void *state, memscan_measures *measures, memscan_error *error);

#endif
