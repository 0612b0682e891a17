/* filter.h - --range, --perm, --kind, --all and --swapped, as the library's filter. */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include "options.h"

#include <memscan/memscan.h>

typedef struct cli_filter {
    memscan_filter filter; /* points into `ranges` */
    memscan_range *ranges;
} cli_filter;

/* Everything but the ranges: what is wrong with it shows before any target is opened. Release with
 * cli_filter_deinit in either case. */
memscan_status cli_filter_parse(cli_filter *filter, const cli_arguments *arguments, memscan_error *error);
/* Ranges name modules and places, so they need the target. */
memscan_status cli_filter_parse_ranges(cli_filter *filter, const cli_arguments *arguments, memscan_target *target,
                                       memscan_error *error);
void cli_filter_deinit(cli_filter *filter);

/* Whether a region passes --perm, --kind and (in part) --range. */
bool cli_filter_selects(const memscan_filter *filter, const memscan_region *region);

/* Whether a LENGTH stands in it, be it a good one. */
bool cli_stretch_has_length(const char *text);
/* ADDRESS:LENGTH, split at the last single colon before a number; without one, `fallback` is the length. INVALID: no
 * length, length 0, or a stretch that leaves the address space. */
memscan_status cli_stretch_parse(memscan_target *target, const char *text, uint64_t fallback, memscan_range *range,
                                 memscan_error *error);

/* The two parts of ADDRESS:LENGTH, the address not resolved. Without a LENGTH *length stays. LIMIT: the address does not
 * fit. */
memscan_status cli_stretch_split(const char *text, char *address, size_t capacity, uint64_t *length,
                                 memscan_error *error);

#endif
