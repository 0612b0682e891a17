/* target.h - the handle: one platform, the state it opened, and what the core knows about the target.
 *
 * Everything here belongs to the caller's thread, but for ms_target_read(_unproved) and residency.h and the constant
 * fields, which workers use too. */
#ifndef MS_TARGET_H
#define MS_TARGET_H

#include <stdbool.h>

#include <memscan/ext/platform.h>

#include "region_map.h"

typedef struct ms_module_list ms_module_list;

/* What the addresses from `first` to `last` are called: an offset from `base` behind this text. */
typedef struct ms_place_name {
    uint64_t first, last, base;
    size_t length; /* 0: they have no name */
    char text[MEMSCAN_PLACE_MAX];
} ms_place_name;

struct memscan_target {
    memscan_platform platform; /* a copy: operations that its author does not know of are NULL */
    void *state;
    const memscan_allocator *allocator;
    memscan_platform_facts facts;
    uint32_t access;
    ms_region_map *map; /* the last snapshot taken, or NULL: what is true in it may be so no longer */
    uint32_t suspended; /* how often it was, and not resumed yet */
    bool tracked;       /* its platform was asked which memory is written: it may know what nobody else can supply */
    ms_module_list *modules; /* as old as that snapshot at most, or NULL */
    ms_place_name place;     /* the last name that was given, by that snapshot and these modules; or of no length */
};

/* The last snapshot, taken now when there is none. The reference stays the target's. */
memscan_status ms_target_map(memscan_target *target, ms_region_map **map, memscan_error *error);
/* A snapshot taken now; it replaces the last one. The reference stays the target's. */
memscan_status ms_target_fresh_map(memscan_target *target, ms_region_map **map, memscan_error *error);
/* The same, for who begins with its first regions while the others are read: see region_map.h. */
memscan_status ms_target_growing_map(memscan_target *target, ms_region_map_grown_fn *grown, void *context,
                                     ms_region_map **map, memscan_error *error);
/* A snapshot taken now for who is going to read nothing but `ranges` (ascending, none twice). While writes are tracked it may
 * be wrong about what other regions make a reader wait for; then it does not become the last one, and what follows is told
 * from a new one. The reference is the caller's. */
memscan_status ms_target_map_about(memscan_target *target, const memscan_range *ranges, size_t count,
                                   ms_region_map **map, memscan_error *error);
/* Forgets the last snapshot: what follows is told from a new one. */
void ms_target_forget_map(memscan_target *target);

static inline bool ms_target_can(const memscan_target *target, uint32_t capability)
{
    return (target->facts.capabilities & capability) != 0;
}

/* The last address that fits the target's pointers. */
uint64_t ms_target_widest(const memscan_target *target);
/* The last byte of a range of at least one byte. INVALID: it wraps, or is beyond the target's width. */
memscan_status ms_target_range(const memscan_target *target, uint64_t address, uint64_t size, uint64_t *last,
                               memscan_error *error);

/* How many worker threads are to read: `wanted` (0: one a CPU), as far as the platform allows and `units` of work keep
 * them busy. One of the readers that it allows is the caller's thread, whose callbacks may read as well; 0: that thread
 * is to do everything. */
uint32_t ms_target_workers(const memscan_target *target, uint32_t wanted, uint64_t units);

static inline uint64_t ms_page_of(const memscan_target *target, uint64_t address)
{
    return address & ~(target->facts.target.page_size - 1);
}

/* The first address of those that share a page table with this one: 2 MiB of them where pages have 4 KiB. A kernel locks the
 * table for each page that is read, so that threads which read below one table wait for one another. */
static inline uint64_t ms_table_of(const memscan_target *target, uint64_t address)
{
    uint64_t page = target->facts.target.page_size;
    return address & ~(page * (page / 8) - 1);
}

static inline memscan_status ms_target_read(memscan_target *target, memscan_transfer *transfers, size_t count,
                                            memscan_error *error)
{
    return target->platform.read(target->state, transfers, count, error);
}

static inline memscan_status ms_target_read_unproved(memscan_target *target, memscan_transfer *transfers, size_t count,
                                                     memscan_error *error)
{
    return (target->platform.read_unproved ? target->platform.read_unproved
                                           : target->platform.read)(target->state, transfers, count, error);
}

#endif
