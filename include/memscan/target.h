/* memscan/target.h - open a place where memory lives, and ask what is there: facts, regions, modules, threads,
 * and what an address is.
 *
 * A target is an identity, not a number: it is bound to the process image that was there when it was opened.
 * After that image ended (exit, or another program executed in its place), every call answers MEMSCAN_GONE; it
 * never reaches the process that may have inherited the number. Nothing here changes the target, and nothing but
 * memscan_suspend stops it. */
#ifndef MEMSCAN_TARGET_H
#define MEMSCAN_TARGET_H

#include <memscan/base.h>
#include <memscan/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct memscan_target memscan_target;
struct memscan_platform; /* memscan/ext/platform.h */

/* What the target will be used for. WRITE implies READ. */
#define MEMSCAN_READ  1u
#define MEMSCAN_WRITE 2u

typedef struct memscan_open_options {
    size_t size;                                     /* sizeof(memscan_open_options) */
    const memscan_allocator *allocator;              /* NULL: malloc. Must outlive the target */
    const struct memscan_platform *const *platforms; /* more platforms, NULL-ended, asked before the built-in
                                                         ones; NULL: none. Must outlive the target */
    uint32_t read_timeout_ms;                        /* how long one read of memory that may block (userfaultfd,
                                                         FUSE, network file systems) is waited for; 0: 1000 */
} memscan_open_options;
#define MEMSCAN_OPEN_OPTIONS_INIT                                                                                      \
    {                                                                                                                  \
        sizeof(memscan_open_options), NULL, NULL, 0                                                                    \
    }

/* Opens a target by its locator: "pid:1234", "pid:self". `options` may be NULL.
 *   NOT_FOUND       no such process, or it is a kernel thread
 *   DENIED          not permitted: error.hint names the cause and the one step that helps
 *   INVALID         not a locator; NOT_SUPPORTED: no platform of this build knows its scheme */
MEMSCAN_API memscan_status memscan_open(const char *locator, uint32_t access, const memscan_open_options *options,
                                        memscan_target **target, memscan_error *error);
/* Leaves the target as it was found. NULL is allowed. Whatever was made from the target must be destroyed
 * before. */
MEMSCAN_API void memscan_close(memscan_target *target);

/* What is true of a target for as long as it is open. Caller-owned: set size before the call (or use _INIT). */
typedef struct memscan_facts {
    size_t size;
    uint64_t pid;             /* 0 where the target is no process */
    uint64_t start_time;      /* as in memscan_process */
    uint64_t lowest_address;  /* no region lies below */
    uint64_t highest_address; /* the last address that could exist, included */
    uint64_t page_size;
    memscan_layout layout; /* pointer width and byte order */
    uint8_t writable;      /* opened for writing */
    char name[64];         /* the short name, as the target spells it */
    uint64_t handle;       /* Windows: the process handle by which this program holds the target; else 0 */
} memscan_facts;
#define MEMSCAN_FACTS_INIT                                                                                             \
    {                                                                                                                  \
        sizeof(memscan_facts), 0, 0, 0, 0, 0, { 0, 0 }, 0, { 0 }, 0                                                    \
    }

MEMSCAN_API memscan_status memscan_facts_of(memscan_target *target, memscan_facts *facts, memscan_error *error);

/* OK while the image that was opened is still there, else GONE. */
MEMSCAN_API memscan_status memscan_alive(memscan_target *target, memscan_error *error);

/* Stops every thread of the target until memscan_resume, so that what is read belongs together, and nothing comes between a
 * look and a write. Calls are counted: the last resume lets it go on, and so do memscan_close and the end of this program,
 * by whatever cause (on Windows before 11 a program that is killed owes the resume, docs/windows.md). Each may be made on any
 * thread that may use the target.
 * Not promised: that nobody notices. On Linux a thread that waits in epoll_wait, semop, sigtimedwait or a receive with a
 * timeout is woken with EINTR, as by a debugger; the program that suspends is told SIGCHLD, and wait(2) for any child may
 * show it the stopped threads. Other processes that share the memory run on. A target that this program's own output
 * depends on (its terminal) must not be waited for meanwhile.
 *   NOT_SUPPORTED  this kind of target cannot be stopped     BUSY, DENIED  a debugger holds it; not permitted
 *   INVALID        it is this program itself                 TIMEOUT       a thread did not stop; all were let go */
MEMSCAN_API memscan_status memscan_suspend(memscan_target *target, memscan_error *error);
/* INVALID: it is not suspended. */
MEMSCAN_API memscan_status memscan_resume(memscan_target *target, memscan_error *error);

/* Protections of a region, as bits. */
#define MEMSCAN_PROT_READ    1u
#define MEMSCAN_PROT_WRITE   2u
#define MEMSCAN_PROT_EXECUTE 4u

/* What a region is for. The numbers are pinned; the names are the command line's KINDS. */
typedef enum memscan_kind {
    MEMSCAN_KIND_CODE = 0,    /* executable memory of a module */
    MEMSCAN_KIND_RODATA = 1,  /* read-only memory of a module */
    MEMSCAN_KIND_DATA = 2,    /* writable memory of a module that its file initialises */
    MEMSCAN_KIND_BSS = 3,     /* writable memory of a module that begins as zero */
    MEMSCAN_KIND_HEAP = 4,    /* the heap of malloc or of the system */
    MEMSCAN_KIND_STACK = 5,   /* a thread's stack */
    MEMSCAN_KIND_FILE = 6,    /* a mapped file that is no module */
    MEMSCAN_KIND_SHARED = 7,  /* memory shared with other processes, without a file on a disk */
    MEMSCAN_KIND_ANON = 8,    /* private memory of no known use */
    MEMSCAN_KIND_VDSO = 9,    /* code and data that the kernel maps into every process */
    MEMSCAN_KIND_GUARD = 10,  /* deliberately inaccessible */
    MEMSCAN_KIND_DEVICE = 11, /* a device's memory: reading it may have effects */
    MEMSCAN_KIND_COUNT = 12
} memscan_kind;
#define MEMSCAN_KIND_BIT(kind) (1u << (kind)) /* for sets of kinds */

MEMSCAN_API const char *memscan_kind_name(memscan_kind kind); /* "heap"; "?" for an unknown number */
/* False (0) when there is no kind of that name. */
MEMSCAN_API int memscan_kind_from_name(const char *name, memscan_kind *kind);

/* Region flags. */
#define MEMSCAN_REGION_SHARED     1u /* writes reach other processes that map it, or its file */
#define MEMSCAN_REGION_GROWS_DOWN 2u /* a stack that the system extends */
#define MEMSCAN_REGION_FILE       4u /* mapped from a file (file_offset, device, inode are set) */
#define MEMSCAN_REGION_DELETED    8u /* that file's name is gone */
#define MEMSCAN_REGION_MAY_BLOCK                                                                                       \
    16u /* reading absent pages of it may wait for somebody else: userfaultfd, FUSE,
                                         a network file system */

/* Shown only where free and reserved addresses are asked for (memscan_address_space). */
#define MEMSCAN_REGION_RESERVED 32u /* Windows: addresses set aside without memory */
#define MEMSCAN_REGION_FREE     64u /* nothing is there */

/* One mapping of the address space. Regions never overlap and come in ascending order; two may touch. */
typedef struct memscan_region {
    uint64_t start;
    uint64_t size;       /* more than 0; start + size - 1 never wraps */
    uint32_t protection; /* MEMSCAN_PROT_ bits */
    memscan_kind kind;
    uint32_t flags; /* MEMSCAN_REGION_ bits */
    uint32_t device_major, device_minor;
    uint64_t inode;
    uint64_t file_offset; /* what `start` corresponds to in the file */
    const char *name;     /* the path, "[heap]", "[anon:...]", or ""; raw: escape before printing */
    /* As the system itself puts it, where it has more to say than is said above. Static storage, or NULL. */
    const char *system_protection; /* Windows: "PAGE_READWRITE", "PAGE_READWRITE | PAGE_GUARD" */
    const char *system_type;       /* Windows: "MEM_PRIVATE", "MEM_MAPPED", "MEM_IMAGE" */
    uint64_t allocation_base;      /* Windows: where the allocation that it is part of begins; else 0 */
} memscan_region;

/* Nonzero ends the walk, which then returns MEMSCAN_STOPPED. The thing shown is valid during the visit. The
 * visitor may read the same target. */
typedef int memscan_region_fn(const memscan_region *region, void *context);

/* Visits the regions that end beyond `from`, ascending. The map may change under the walk: it still goes
 * forward, and shows each place once at most. */
MEMSCAN_API memscan_status memscan_regions(memscan_target *target, uint64_t from, memscan_region_fn *visit,
                                           void *context, memscan_error *error);

/* Visits every address from the lowest to the highest, ascending and without gaps: the regions, and between them what
 * is set aside without memory (MEMSCAN_REGION_RESERVED) and what is free (MEMSCAN_REGION_FREE). Neither of these has a
 * protection, and their kind says nothing. */
MEMSCAN_API memscan_status memscan_address_space(memscan_target *target, memscan_region_fn *visit, void *context,
                                                 memscan_error *error);

/* An executable file or library in memory. */
typedef struct memscan_module {
    uint64_t base;           /* where it begins; place offsets count from here */
    uint64_t size;           /* from base to the end of its last mapping */
    const char *name;        /* the file name without its folder; raw */
    const char *path;        /* raw */
    const uint8_t *build_id; /* the linker's unique id, or NULL */
    size_t build_id_length;
} memscan_module;

typedef int memscan_module_fn(const memscan_module *module, void *context);
/* Visits the modules, ascending by base. */
MEMSCAN_API memscan_status memscan_modules(memscan_target *target, memscan_module_fn *visit, void *context,
                                           memscan_error *error);

typedef struct memscan_thread {
    uint64_t id;
    char state;       /* as in /proc/PID/stat: R running, S sleeping, D waiting, T stopped, t traced, Z ended;
                           '?' unknown */
    const char *name; /* raw */
} memscan_thread;

typedef int memscan_thread_fn(const memscan_thread *thread, void *context);
MEMSCAN_API memscan_status memscan_threads(memscan_target *target, memscan_thread_fn *visit, void *context,
                                           memscan_error *error);

/* What can be done with this target, one ability at a time; where something cannot, why, and what helps. */
typedef struct memscan_ability {
    const char *name; /* "read", "write", "write-protected", "residency", "absent-shared", "control" */
    uint8_t available;
    const char *reason; /* why not, or how; may be "" */
    const char *hint;   /* the one step that would help, or "" */
} memscan_ability;
typedef int memscan_ability_fn(const memscan_ability *ability, void *context);
MEMSCAN_API memscan_status memscan_abilities(memscan_target *target, memscan_ability_fn *visit, void *context,
                                             memscan_error *error);

/* Enough for any place that memscan_place writes. */
#define MEMSCAN_PLACE_MAX 192

/* Says where an address is: "game+0x41f0", "[heap]+0x10", "[anon]+0x20" (offset from the region's start), and
 * the bare "0x7ffd1234" where nothing is mapped. Escaped, never overflows, cut names end in "...". It never
 * fails: what cannot be found out is left out. The map it looks in is taken at the first call and again when
 * the address is not in it. */
MEMSCAN_API void memscan_place(memscan_target *target, uint64_t address, char *out, size_t capacity);

/* The region that holds `address`, looked up as memscan_place does; *region is valid until the next call with
 * this target. UNREADABLE: nothing is mapped there. */
MEMSCAN_API memscan_status memscan_region_at(memscan_target *target, uint64_t address, memscan_region *region,
                                             memscan_error *error);

/* Reads an address as people write it: 0x7ffd1234 (hex needs 0x; plain digits are decimal), MODULE+0x1234,
 * MODULE-8, "my game.exe"+0x10, [heap]+8, [stack], [vdso]; other brackets follow a pointer, as wide as the target's:
 * [[game+0x1000]+0x10]+0x8; a symbol (main, main+0x10), or that of one module (game!main), where the platform reads
 * symbols. A module is named by its file name, or by its whole path; modules and regions go before symbols.
 *   INVALID     not an address, or beyond the target's width      LIMIT       more than 64 pointers in a row
 *   NOT_FOUND   no such module, region or symbol                  AMBIGUOUS   several of that name
 *   UNREADABLE  a pointer on the way cannot be read (error.address says where it should be) or leads beyond all
 *               addresses */
MEMSCAN_API memscan_status memscan_resolve(memscan_target *target, const char *text, uint64_t *address,
                                           memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
