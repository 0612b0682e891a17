/* alloc_cloud.h - all allocations of a run by size and time, counted: what the picture and the percentiles are made of.
 *
 * Numbers are kept exactly below 512 and to one part in 256 above, so that ten million allocations fill some thousand
 * cells, and no picture or percentile is off by more than one can see. */
#ifndef CLI_ALLOC_CLOUD_H
#define CLI_ALLOC_CLOUD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers in steps: 512 single ones, then 256 to every doubling. */
#define CLI_STEP_COUNT (512u + 55u * 256u)
uint32_t cli_step_of(uint64_t number);
/* The middle of what a step stands for. */
double cli_step_middle(uint32_t step);

typedef struct cli_cell {
    uint16_t bytes, nanoseconds; /* steps */
    uint64_t count;              /* 0: no cell */
} cli_cell;

typedef struct cli_cloud {
    cli_cell *cells; /* a hash table; look at those with a count */
    size_t capacity, used;
    uint64_t total;
} cli_cloud;

/* All zeros is an empty cloud. False: memory ran out, and this one is not in it. */
bool cli_cloud_add(cli_cloud *cloud, uint64_t bytes, uint64_t nanoseconds);
void cli_cloud_deinit(cli_cloud *cloud);

#endif
