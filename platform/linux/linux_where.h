/* linux_where.h - what is where in a target: its map with kinds and flags, and what was learnt on the way. */
#ifndef MS_LINUX_WHERE_H
#define MS_LINUX_WHERE_H

#include "linux_kinds.h"
#include "linux_maps.h"
#include "linux_target.h"

/* A mapping of a file's beginning whose first bytes were looked at. */
typedef struct linux_known_head {
    uint64_t start, inode;
    uint32_t device_major, device_minor;
    linux_image image;
} linux_known_head;

/* What stays between walks. Used by one thread at a time, as the vtable's regions and modules are. */
typedef struct linux_where {
    ms_array heads;    /* of linux_known_head, ascending */
    ms_array mounts;   /* of linux_mount */
    ms_array supplied; /* of linux_supplied, ascending */
    bool supplied_known;
    uint64_t supplied_at, supplied_cost; /* when that was read, and how long it took, in ns */
} linux_where;

/* Regions in a window: their rows fit the second cache. Its last quarter is seen again in the next one, and the
 * second half of that handed out only then: so what is judged has an eighth of a window of neighbours on both sides, as
 * many as a module has that is known by its head (linux_kinds.c). One that is known by its shape alone, and has more mappings,
 * may be cut in two. */
#define LINUX_WALK_WINDOW        8192u
#define LINUX_WALK_AGAIN(window) ((window) / 4)
#define LINUX_WALK_LATER(window) ((window) / 8)

/* One walk over the map, in windows, always from its beginning: what lies below decides kinds, too. */
typedef struct linux_walk {
    linux_target *target;
    linux_where *where;
    linux_maps_reading reading;
    linux_map map;  /* the present window */
    size_t window;  /* regions in one */
    uint64_t shown; /* everything below has been handed out */
    bool began;
    ms_array heads;             /* found by this walk */
    ms_array stacks;            /* of uint64_t: the threads' stack pointers */
    const memscan_range *about; /* what is going to be read; NULL: all, or who supplies memory is known already */
    size_t about_count;
    bool stacks_read, mounts_read;
    int root_fd;  /* of the target, once asked for; -1: not yet or not to be had */
    int shortage; /* an errno: memory or descriptors ran out, and nothing that was judged meanwhile holds */
} linux_walk;

memscan_status ms_linux_walk_begin(linux_walk *walk, linux_target *target, uint64_t from, memscan_error *error);
/* The same from 0 on, for who is going to read nothing but `ranges`: see `regions_about` in ext/platform.h. */
memscan_status ms_linux_walk_begin_about(linux_walk *walk, linux_target *target, const memscan_range *ranges,
                                         size_t count, memscan_error *error);
/* Loads the next window, with kinds and flags; *more false: there is none. Windows overlap: `walk->shown` tells what
 * is new. */
memscan_status ms_linux_walk_next(linux_walk *walk, bool *more, memscan_error *error);
void ms_linux_walk_end(linux_walk *walk);
/* OK, or what ran out. */
memscan_status ms_linux_walk_shortage(const linux_walk *walk, memscan_error *error);
linux_kind_hints ms_linux_walk_hints(linux_walk *walk);

/* Reads from `address` on, within the region, what can be had without making a page resident and without waiting.
 * Returns how many bytes. */
size_t ms_linux_peek(linux_target *target, const memscan_region *region, uint64_t address, void *buffer, size_t size);

/* The vtable's regions, with windows of another size (16 at least). */
memscan_status ms_linux_regions_by(linux_target *target, uint64_t from, size_t window, memscan_region_fn *visit,
                                   void *context, memscan_error *error);

void ms_linux_where_close(linux_target *target);

/* linux_modules.c: the vtable's function. */
memscan_status ms_linux_modules(void *state, memscan_module_fn *visit, void *context, memscan_error *error);

#endif
