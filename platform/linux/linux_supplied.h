/* linux_supplied.h - memory whose absent pages somebody else supplies: ranges registered with a userfaultfd. */
#ifndef MS_LINUX_SUPPLIED_H
#define MS_LINUX_SUPPLIED_H

#include "linux_target.h"

#include "../../libmemscan/base/array.h"

typedef struct linux_supplied {
    uint64_t start;
    uint64_t end; /* not included */
} linux_supplied;

/* Reads them into an array of linux_supplied, ascending, replacing what it held. Who holds the userfaultfd makes no
 * difference: the mapping itself is marked. */
memscan_status ms_linux_supplied_read(linux_target *target, ms_array *ranges, memscan_error *error);

/* Whether one line of a text like /proc/slabinfo says that no userfaultfd is in use on this machine. */
bool ms_linux_supplied_none(const char *line, size_t length);

/* How many objects the first line of a file of /sys/kernel/slab/NAME tells of. False: it tells nothing. */
bool ms_linux_supplied_objects(const char *line, size_t length, uint64_t *objects);

/* Whether a line of smaps, "VmFlags: rd wr um", marks such memory. */
bool ms_linux_supplied_flags(const char *line, size_t length);

#endif
