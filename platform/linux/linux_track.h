/* linux_track.h - which memory a target writes: what the ways of finding out share. linux_track.c chooses one,
 * linux_track_dirty.c uses the soft-dirty marks, linux_track_protect.c a userfaultfd. */
#ifndef MS_LINUX_TRACK_H
#define MS_LINUX_TRACK_H

#include "../../libmemscan/base/array.h"
#include "linux_target.h"

/* The first word of a point says whose it is. */
enum { LINUX_POINT_DIRTY = 1, LINUX_POINT_PROTECT = 2 };

/* A userfaultfd is asked about ranges of this many bytes and more in halves, by two threads. */
#define LINUX_TRACK_HALVED ((uint64_t)128 << 20)

typedef struct linux_track {
    ms_array told; /* of memscan_extent, ascending: what is unwritten, of one call */

    /* By a userfaultfd: */
    int uffd;               /* -1: none */
    uint64_t nonce, number; /* together they name the last point */
} linux_track;

/* Whether this machine and this target can be tracked so. */
bool ms_linux_dirty_works(linux_target *target);
/* Fills track->told with what is unwritten in `ranges` since *point, and moves the point. Failing, nothing is told. */
memscan_status ms_linux_dirty_track(linux_target *target, const memscan_track_range *ranges, size_t count,
                                    memscan_track_point *point, memscan_error *error);

/* Sets the userfaultfd up, when there is none yet. */
memscan_status ms_linux_protect_open(linux_target *target, memscan_error *error);
void ms_linux_protect_close(linux_target *target);
memscan_status ms_linux_protect_track(linux_target *target, const memscan_track_range *ranges, size_t count,
                                      memscan_track_point *point, memscan_error *error);

/* Appends a run; neighbours in the same state are joined, if they are `first` or later in the list: a run is never of two
 * ranges. False: memory ran out. */
bool ms_linux_track_add(ms_array *runs, size_t first, uint64_t start, uint64_t size, memscan_page_state state);

/* Private memory: what happens to it happens through this process's page tables. */
bool ms_linux_track_knows(const memscan_region *region);

/* linux_track_protect.c. Whether the mapping is registered with our userfaultfd now. Then no other one can take it, as long
 * as it is mapped, and no reader waits for its absent pages: ours supplies nothing. */
bool ms_linux_protect_holds(linux_target *target, const memscan_region *region);

#endif
