/* alloc_live.c - see alloc_live.h. Calls come in the order of time but for few; a free that comes late, when its address
 * was given anew, is known by its time. */
#include "alloc_live.h"

#include <stdlib.h>

static size_t home_of(const cli_live *live, uint32_t program, uint64_t address)
{
    uint64_t hash = (address >> 4 ^ (uint64_t)program << 40) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 24) & (live->capacity - 1);
}

/* The block, or the empty place where it would be. */
static size_t find(const cli_live *live, uint32_t program, uint64_t address)
{
    size_t at = home_of(live, program, address);
    while (live->blocks[at].address != 0 &&
           (live->blocks[at].address != address || live->blocks[at].program != program))
        at = (at + 1) & (live->capacity - 1);
    return at;
}

static bool grow(cli_live *live)
{
    cli_live larger = *live;
    larger.capacity = live->capacity == 0 ? 4096 : live->capacity * 2;
    larger.blocks = calloc(larger.capacity, sizeof *larger.blocks);
    if (larger.blocks == NULL)
        return false;
    for (size_t i = 0; i < live->capacity; i++) {
        const cli_block *block = &live->blocks[i];
        if (block->address != 0)
            larger.blocks[find(&larger, block->program, block->address)] = *block;
    }
    free(live->blocks);
    *live = larger;
    return true;
}

/* Those behind it move up where they could not be found any more across the gap. */
static void remove_at(cli_live *live, size_t gap)
{
    size_t mask = live->capacity - 1;
    live->count--;
    live->bytes -= live->blocks[gap].bytes;
    for (size_t at = (gap + 1) & mask; live->blocks[at].address != 0; at = (at + 1) & mask) {
        size_t home = home_of(live, live->blocks[at].program, live->blocks[at].address);
        if (((at - home) & mask) < ((at - gap) & mask))
            continue;
        live->blocks[gap] = live->blocks[at];
        gap = at;
    }
    live->blocks[gap].address = 0;
}

static uint64_t drop(cli_live *live, uint32_t program, uint64_t address, uint64_t moment)
{
    size_t at = live->capacity == 0 ? 0 : find(live, program, address);
    if (live->capacity == 0 || live->blocks[at].address == 0 || live->blocks[at].moment > moment)
        return 0;
    uint64_t bytes = live->blocks[at].bytes;
    remove_at(live, at);
    return bytes;
}

static void take(cli_live *live, const memscan_allocation *a)
{
    if (live->count * 3 >= live->capacity * 2 && !grow(live)) {
        live->incomplete = true;
        return;
    }
    cli_block *block = &live->blocks[find(live, a->program, a->address)];
    live->count += block->address == 0;
    live->bytes += a->bytes - (block->address == 0 ? 0 : block->bytes);
    *block = (cli_block){ a->address, a->bytes, a->start_ns + a->nanoseconds, a->program };
}

uint64_t cli_live_follow(cli_live *live, const memscan_allocation *allocation)
{
    const memscan_allocation *a = allocation;
    if (a->call == MEMSCAN_CALL_FREE)
        return drop(live, a->program, a->address, a->start_ns);
    /* A realloc that fails leaves the block as it was; one to nothing frees it. */
    if (a->from != 0 && (a->address != 0 || a->bytes == 0))
        drop(live, a->program, a->from, a->start_ns);
    if (a->address != 0)
        take(live, a);
    return 0;
}

void cli_live_deinit(cli_live *live)
{
    free(live->blocks);
    *live = (cli_live){ .blocks = NULL };
}
