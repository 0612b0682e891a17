/* fake_platform.h - a scripted target: regions with bytes, holes, page states and protections, and things that
 * happen at the n-th call. It is a platform like any other, of the scheme "fake", and watches that the core keeps
 * the platform contract: every breach is counted in `breaches`. */
#ifndef FAKE_PLATFORM_H
#define FAKE_PLATFORM_H

#include <stdbool.h>

#include <memscan/ext/platform.h>

typedef struct fake_target fake_target;

typedef enum fake_operation {
    FAKE_OPEN,
    FAKE_FACTS,
    FAKE_ALIVE,
    FAKE_REGIONS,
    FAKE_READ,
    FAKE_WRITE,
    FAKE_MODULES,
    FAKE_THREADS,
    FAKE_ABILITIES,
    FAKE_RESIDENCY,
    FAKE_IDENTITY,
    FAKE_TRACK,
    FAKE_OPERATION_COUNT
} fake_operation;

/* Called at the beginning of each operation, on the thread that calls it, with no lock held: it may change the
 * fake, or wait for another thread. `nth` counts the calls of that operation from 1. */
typedef void fake_hook(fake_target *fake, fake_operation operation, uint64_t nth, void *context);

/* What a test may set before the target is opened. */
typedef struct fake_settings {
    uint64_t page_size;
    memscan_layout layout;
    uint32_t capabilities;
    uint32_t max_readers;
    size_t best_read_size;
    uint32_t track_silence; /* `track` is silent about one unwritten page in so many; 0: about none */
    bool knows_many;        /* `resident` answers */
    bool no_lasting;        /* `track` refuses points that outlive the process */
    bool refuse_force; /* writes to private memory that is not writable are refused, as with proc_mem.force_override */
} fake_settings;

/* What a test may look at afterwards. */
typedef struct fake_counts {
    uint64_t calls[FAKE_OPERATION_COUNT];
    uint64_t total;        /* of all operations, but for close */
    uint64_t touched;      /* pages that a read through the target made resident */
    uint64_t swapped_in;   /* pages that it brought back from swap */
    uint64_t transfers;    /* stretches handed to read */
    uint64_t bytes;        /* bytes that read moved */
    uint64_t open_states;  /* opened and not closed */
    uint64_t unwritten;    /* pages told as unwritten */
    uint64_t untracked;    /* calls of untrack */
    uint64_t asked_many;   /* calls of resident */
    uint32_t peak_readers; /* most threads in read or residency at once */
    uint64_t breaches;     /* of the contract */
    char breach[128];      /* the first one */
} fake_counts;

/* What read_unproved moves once the target is gone. */
enum { FAKE_NOBODYS = 0x5a };

extern const memscan_platform fake_platform;

fake_target *fake_create(void); /* 4 KiB pages, 8-byte little-endian pointers, all capabilities, reads of 64 KiB */
void fake_destroy(fake_target *fake);
fake_settings *fake_set(fake_target *fake);
fake_counts fake_counted(fake_target *fake);
void fake_forget_counts(fake_target *fake);

/* Opens it. `allocator` may be NULL. */
memscan_status fake_open(fake_target *fake, uint32_t access, const memscan_allocator *allocator,
                         memscan_target **target, memscan_error *error);

/* Maps a region of resident pages and returns its bytes (zeroed), valid until the fake is destroyed, even if the
 * region is unmapped. Regions may be added in any order. */
uint8_t *fake_map(fake_target *fake, uint64_t start, uint64_t size, uint32_t protection, memscan_kind kind);
/* The same without bytes: everything in it is zero but what fake_plant puts there; its pages are untouched. */
void fake_map_sparse(fake_target *fake, uint64_t start, uint64_t size, uint32_t protection, memscan_kind kind);
void fake_plant(fake_target *fake, uint64_t address, const void *bytes, size_t size);
void fake_unmap(fake_target *fake, uint64_t start);
/* Changes the flags and the name (not copied) of the region that begins at `start`. */
void fake_describe(fake_target *fake, uint64_t start, uint32_t flags, const char *name);

/* For whole pages of mapped regions: */
void fake_pages(fake_target *fake, uint64_t start, uint64_t size, memscan_page_state state);
/* What reading through the target ends with there; WHOLE: it works again. */
void fake_hole(fake_target *fake, uint64_t start, uint64_t size, memscan_outcome outcome);
/* What reading from the backing ends with there. */
void fake_close_backing(fake_target *fake, uint64_t start, uint64_t size, memscan_outcome outcome);
/* What writing ends with there. */
void fake_refuse_writes(fake_target *fake, uint64_t start, uint64_t size, memscan_outcome outcome);

/* Forgets since when writes are tracked, as a system does whose marks somebody else used. */
void fake_lose_track(fake_target *fake);

void fake_add_module(fake_target *fake, uint64_t base, uint64_t size, const char *path); /* not copied */
/* Which process image it says it is; all zero but for pid and start time until set. */
memscan_identity *fake_identity(fake_target *fake);
void fake_add_thread(fake_target *fake, uint64_t id, char state, const char *name); /* not copied */

/* The n-th operation from now on (of any kind, from 1), and all after it, find the target gone. 0: never. */
void fake_die_at(fake_target *fake, uint64_t nth);
/* The n-th operation from now on answers this status, once. 0: never. */
void fake_fail_at(fake_target *fake, uint64_t nth, memscan_status status);
void fake_on_call(fake_target *fake, fake_hook *hook, void *context);

/* What was written, in order. */
typedef struct fake_write {
    uint64_t address;
    size_t size;
} fake_write;
size_t fake_writes(fake_target *fake, fake_write *writes, size_t capacity);

/* The processes that the platform's list and describe tell of; `path` and `command` (one argument) as describe
 * gives them. One set for all fakes. */
typedef struct fake_process {
    memscan_process process;
    const char *path;
    const char *command;
} fake_process;
void fake_set_processes(const fake_process *processes, size_t count, uint64_t self);

#endif
