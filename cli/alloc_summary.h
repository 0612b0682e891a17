/* alloc_summary.h - what a run came to: how much was allocated and how long it took, by size; what was never freed; and
 * the slowest calls, with where they were made. */
#ifndef CLI_ALLOC_SUMMARY_H
#define CLI_ALLOC_SUMMARY_H

#include "alloc_cloud.h"
#include "alloc_live.h"
#include "printer.h"

#define CLI_SLOWEST      10
#define CLI_SIZE_CLASSES 12 /* from 0, 16, 64, 256 bytes ... on, every one four times the last */

typedef struct cli_size_class {
    uint64_t from; /* bytes; up to where the next class begins */
    uint64_t count, bytes;
    uint64_t median, p90, p99, longest; /* nanoseconds */
} cli_size_class;

typedef struct cli_slow {
    memscan_allocation allocation;
    char place[MEMSCAN_PLACE_MAX];
} cli_slow;

typedef struct cli_alloc_summary {
    memscan_recording_report report;
    uint64_t failed;      /* calls that gave nothing */
    uint64_t nanoseconds; /* of the whole run */
    cli_size_class classes[CLI_SIZE_CLASSES], all;
    cli_slow slowest[CLI_SLOWEST]; /* the slowest first */
    size_t slow_count;
    cli_cloud cloud;
    cli_live live;
    bool cloud_incomplete;
    bool python;           /* CPython ran, and kept its small objects to itself */
    uint64_t silent;       /* program images that allocated nothing by the C library */
    char silent_name[256]; /* the first of them */
    bool stopped;          /* recording ended before the program did */
} cli_alloc_summary;

/* Takes one call in; returns how many bytes it freed, as far as that is known. */
uint64_t cli_alloc_summary_add(cli_alloc_summary *summary, memscan_recording *recording,
                               const memscan_allocation *allocation);
/* When all calls are in. */
void cli_alloc_summary_finish(cli_alloc_summary *summary, memscan_recording *recording);
void cli_alloc_summary_deinit(cli_alloc_summary *summary);

#endif
