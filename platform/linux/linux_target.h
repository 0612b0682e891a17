/* linux_target.h - what the files of this platform share: the state of an open target.
 *
 * A target is bound to a process image, not to a number. Everything is opened relative to one /proc/PID directory;
 * mem, maps and pagemap hold the image (the kernel's mm) itself, so that they fall silent when it ends or another
 * program is executed, and never speak for the next owner of the number (proc(5); fs/proc/base.c, proc_mem_open). */
#ifndef MS_LINUX_TARGET_H
#define MS_LINUX_TARGET_H

#include <stdatomic.h>
#include <stdbool.h>

#include <memscan/ext/platform.h>

#include "linux_sys.h"

struct linux_backing;
struct linux_guard;
struct linux_stop;
struct linux_symbols;
struct linux_track;
struct linux_where;

typedef struct linux_target {
    const memscan_allocator *allocator;
    const linux_sys *sys; /* the system calls; a test puts its own here */
    uint64_t pid;
    uint64_t start_time; /* field 22 of proc_pid_stat(5) */
    uint32_t access;     /* MEMSCAN_READ, MEMSCAN_WRITE */
    uint32_t read_timeout_ms;
    uint32_t page_size;
    uint8_t pointer_width;
    char name[64]; /* comm, raw */

    /* Descriptors, close-on-exec; -1: could not be had (only pid_fd and pagemap_fd may be). */
    int proc_fd; /* the directory /proc/PID: for openat */
    int pid_fd;  /* Linux 5.3; readable once the process has ended */
    int maps_fd;
    int mem_fd;
    int pagemap_fd;

    /* What was learnt under way; every thread may set these, once, to true. */
    atomic_bool no_vm_readv;   /* process_vm_readv is refused: read through mem_fd */
    atomic_bool no_map_query;  /* no PROCMAP_QUERY: read the map's text */
    atomic_bool no_scan;       /* no PAGEMAP_SCAN: read pagemap's entries */
    atomic_bool no_scan_guard; /* PAGEMAP_SCAN does not know guard pages */
    atomic_bool no_page_nodes; /* move_pages does not tell where pages are */

    struct linux_backing *backing; /* opened files and objects behind mappings (linux_backing.c) */
    struct linux_guard *guard;     /* helpers that read what may block (linux_guarded.c) */
    struct linux_track *track;     /* which memory is written (linux_track.c); NULL: it is not tracked */
    struct linux_where *where;     /* what walks over the map have learnt (linux_where.c) */
    struct linux_stop *stop;       /* who holds its threads, or NULL (linux_suspend.c) */
    struct linux_symbols *symbols; /* of modules whose symbols were asked for (linux_symbols.c) */
} linux_target;

/* linux_identity.c: the vtable's open, close, facts, alive. `ms_linux_open_through` is open with system calls of
 * one's own. */
memscan_status ms_linux_open(const memscan_platform_open *request, void **state, memscan_error *error);
memscan_status ms_linux_open_through(const linux_sys *sys, const memscan_platform_open *request, void **state,
                                     memscan_error *error);
void ms_linux_close(void *state);
memscan_status ms_linux_facts(void *state, memscan_platform_facts *facts, memscan_error *error);
memscan_status ms_linux_alive(void *state, memscan_error *error);
/* The whole of a small file of /proc/PID (or of an absolute path) into `out`, NUL-ended, cut at `capacity`. Returns its
 * length, or -1 and errno. */
ssize_t ms_linux_small_file(const linux_target *target, const char *name, void *out, size_t capacity);

/* linux_image.c: the vtable's identity, auxiliary, thread_place. */
memscan_status ms_linux_image_identity(void *state, memscan_identity *identity, memscan_error *error);
memscan_status ms_linux_image_auxiliary(void *state, void *vector, size_t capacity, size_t *length,
                                        memscan_error *error);
memscan_status ms_linux_image_thread_place(void *state, uint64_t thread, uint64_t *stack_pointer, uint64_t *instruction,
                                           memscan_error *error);

/* linux_where.c: the vtable's regions and regions_about. One thread at a time. */
memscan_status ms_linux_regions(void *state, uint64_t from, memscan_region_fn *visit, void *context,
                                memscan_error *error);

memscan_status ms_linux_regions_about(void *state, const memscan_range *ranges, size_t count, memscan_region_fn *visit,
                                      void *context, memscan_error *error);

/* linux_memory.c, linux_write.c, linux_residency.c, linux_resident.c: the vtable's functions of these names. */
memscan_status ms_linux_read(void *state, memscan_transfer *transfers, size_t count, memscan_error *error);
memscan_status ms_linux_read_unproved(void *state, memscan_transfer *transfers, size_t count, memscan_error *error);
memscan_status ms_linux_write(void *state, memscan_transfer *transfers, size_t count, memscan_error *error);
memscan_status ms_linux_residency(void *state, const memscan_region *region, uint64_t start, uint64_t last,
                                  memscan_extent *extents, size_t capacity, size_t *count, memscan_error *error);
void ms_linux_resident(void *state, const memscan_range *ranges, size_t count, uint8_t *resident);

/* linux_suspend.c: the vtable's suspend, resume; what close does about it. */
memscan_status ms_linux_suspend(void *state, memscan_error *error);
memscan_status ms_linux_resume(void *state, memscan_error *error);
void ms_linux_stop_close(linux_target *target);
/* linux_detail.c, linux_page.c, linux_usages.c, linux_measures.c, linux_symbols.c (or linux_symbols_absent.c): the
 * vtable's functions of these names. */
memscan_status ms_linux_detail(void *state, const memscan_region *region, const memscan_region *head, uint64_t address,
                               memscan_detail *detail, memscan_error *error);
memscan_status ms_linux_page(void *state, const memscan_region *region, uint64_t address, memscan_page *page,
                             memscan_error *error);
memscan_status ms_linux_usages(void *state, memscan_usage_fn *visit, void *context, memscan_error *error);
memscan_status ms_linux_measures(void *state, memscan_measures *measures, memscan_error *error);
memscan_status ms_linux_symbol_at(void *state, const memscan_module *module, const memscan_region *head,
                                  uint64_t address, memscan_symbol *symbol, memscan_error *error);
memscan_status ms_linux_symbols_named(void *state, const memscan_module *module, const memscan_region *head,
                                      const char *name, memscan_symbol_fn *visit, void *context, memscan_error *error);
/* linux_symbols.c: files that are kept open between questions. */
void ms_linux_symbols_close(linux_target *target);

/* linux_measures.c. Of the huge pages that ordinary memory may get; 0 where there are none. */
uint64_t ms_linux_huge_page_size(const linux_target *target);
/* "address sizes" of /proc/cpuinfo: bits of a physical address, then of a virtual one. False: not that line. */
bool ms_linux_address_sizes(const char *line, size_t length, uint64_t sizes[2]);
/* linux_track.c: the vtable's functions. */
memscan_status ms_linux_track(void *state, uint8_t lasting, const memscan_track_range *ranges, size_t count,
                              memscan_track_point *point, memscan_extent_fn *visit, void *context,
                              memscan_error *error);
void ms_linux_untrack(void *state);

#endif
