/* alloc_cloud.c - see alloc_cloud.h. */
#include "alloc_cloud.h"

#include <stdlib.h>

#define EXACT      512u /* numbers below this are steps of their own */
#define PER_OCTAVE 256u

uint32_t cli_step_of(uint64_t number)
{
    uint32_t shift = 0;
    for (; number >> shift >= EXACT; shift++) {
    }
    return shift == 0 ? (uint32_t)number : EXACT + (shift - 1) * PER_OCTAVE + (uint32_t)(number >> shift) - PER_OCTAVE;
}

double cli_step_middle(uint32_t step)
{
    if (step < EXACT)
        return step;
    uint32_t shift = (step - EXACT) / PER_OCTAVE + 1;
    uint64_t low = (uint64_t)((step - EXACT) % PER_OCTAVE + PER_OCTAVE) << shift;
    return (double)low + (double)((UINT64_C(1) << shift) - 1) / 2;
}

static cli_cell *find(cli_cell *cells, size_t capacity, uint32_t bytes, uint32_t nanoseconds)
{
    uint32_t hash = (bytes << 16 ^ nanoseconds) * 2654435769u;
    size_t at = (hash ^ hash >> 15) & (capacity - 1);
    while (cells[at].count != 0 && (cells[at].bytes != bytes || cells[at].nanoseconds != nanoseconds))
        at = (at + 1) & (capacity - 1);
    return &cells[at];
}

static bool grow(cli_cloud *cloud)
{
    size_t capacity = cloud->capacity == 0 ? 1024 : cloud->capacity * 2;
    cli_cell *cells = calloc(capacity, sizeof *cells);
    if (cells == NULL)
        return false;
    for (size_t i = 0; i < cloud->capacity; i++) {
        const cli_cell *cell = &cloud->cells[i];
        if (cell->count != 0)
            *find(cells, capacity, cell->bytes, cell->nanoseconds) = *cell;
    }
    free(cloud->cells);
    cloud->cells = cells;
    cloud->capacity = capacity;
    return true;
}

bool cli_cloud_add(cli_cloud *cloud, uint64_t bytes, uint64_t nanoseconds)
{
    if (cloud->used * 3 >= cloud->capacity * 2 && !grow(cloud))
        return false;
    uint32_t bytes_step = cli_step_of(bytes), ns_step = cli_step_of(nanoseconds);
    cli_cell *cell = find(cloud->cells, cloud->capacity, bytes_step, ns_step);
    cloud->used += cell->count == 0;
    cell->bytes = (uint16_t)bytes_step;
    cell->nanoseconds = (uint16_t)ns_step;
    cell->count++;
    cloud->total++;
    return true;
}

void cli_cloud_deinit(cli_cloud *cloud)
{
    free(cloud->cells);
    *cloud = (cli_cloud){ .cells = NULL };
}
