/* linux_maps.h - the text of /proc/PID/maps, parsed by hand (it is faster than PROCMAP_QUERY and there before
 * Linux 6.11). Everything in it that a target can choose (names) is untrusted. */
#ifndef MS_LINUX_MAPS_H
#define MS_LINUX_MAPS_H

#include <stdbool.h>

#include <memscan/target.h>

#include "../../libmemscan/base/array.h"
#include "linux_lines.h"
#include "linux_sys.h"

/* One line as the kernel wrote it (proc_pid_maps(5)); `name` points into the text and is still escaped. */
typedef struct linux_maps_line {
    uint64_t start;
    uint64_t end;        /* not included; more than start */
    uint32_t protection; /* MEMSCAN_PROT_ bits */
    bool shared;
    uint64_t offset;
    uint32_t device_major, device_minor;
    uint64_t inode;
    const char *name;
    size_t name_length;
} linux_maps_line;

/* Reads one line without its newline. False: not a line of maps; *line is then undefined. */
bool ms_linux_maps_parse_line(const char *text, size_t length, linux_maps_line *line);

/* The name as it is: undoes the one escape that the kernel makes, \012 for a newline, nothing else. Writes at most
 * `length` bytes to `out`, which may be `name` itself; returns how many. (A file whose name holds those four
 * characters reads the same: the text cannot tell them apart.) */
size_t ms_linux_maps_unescape(const char *name, size_t length, char *out);

/* Mappings of one target, ascending, or a window of them. Kinds are not set (ANON), flags are SHARED, FILE and
 * DELETED. region.name points into `names`. */
typedef struct linux_map {
    ms_array regions; /* of memscan_region */
    ms_array names;   /* of char: NUL-ended names, one after the other; neighbours of one file share one */
    ms_array offsets; /* of size_t: where in `names` each region's name begins */
    bool more;        /* the window was full: mappings follow it */
} linux_map;

/* Asks whether a file of exactly this name (with " (deleted)" at its end) and inode exists. */
typedef bool linux_maps_exists_fn(const char *path, uint64_t inode, void *context);

/* How to read a map. The file may be read at other offsets by nobody else during a reading: it continues where the last
 * read ended, and a seek makes the kernel walk again from the start. */
typedef struct linux_maps_source {
    const linux_sys *sys;
    int fd; /* of /proc/PID/maps: stays bound to the image it was opened on */
    const memscan_allocator *allocator;
    linux_maps_exists_fn *exists; /* NULL: a name that ends in " (deleted)" is always a deleted file's */
    void *context;
} linux_maps_source;

void ms_linux_map_init(linux_map *map, const memscan_allocator *allocator);
void ms_linux_map_deinit(linux_map *map);

/* One reading of the text, from its start to its end, in windows. */
typedef struct linux_maps_reading {
    linux_maps_source source;
    linux_lines lines;
    uint64_t from;
    uint64_t shown;   /* the end of the last mapping taken */
    size_t last_name; /* where the name added last begins in the window's `names` */
    uint64_t asked;   /* the inode that source.exists was asked about last, and its answer */
    bool asked_exists;
    bool has_next; /* the line that did not fit the last window, in the lines' buffer */
    linux_maps_line next;
} linux_maps_reading;

/* Begins a reading of the mappings that end beyond `from`; the first may begin below it. */
void ms_linux_maps_begin(linux_maps_reading *reading, const linux_maps_source *source, uint64_t from);
/* Reads on until `map` holds `window` mappings: the last `kept` of those it holds, fewer than `window`, and what follows
 * them. What the kernel shows twice because the map changed while it was read is clipped: regions ascend and never overlap.
 * GONE: the image ended. After a failure the reading can only be ended. */
memscan_status ms_linux_maps_next(linux_maps_reading *reading, size_t kept, size_t window, linux_map *map,
                                  memscan_error *error);
void ms_linux_maps_end(linux_maps_reading *reading);

/* More mappings than vm.max_map_count allows by default: a window of all of them. */
#define LINUX_MAPS_ALL 65536u

/* A reading of one window, replacing what `map` held. */
memscan_status ms_linux_maps_read(const linux_maps_source *source, uint64_t from, size_t window, linux_map *map,
                                  memscan_error *error);

#endif
