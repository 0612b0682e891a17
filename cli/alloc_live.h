/* alloc_live.h - the blocks that were given and not freed yet, by program image and address. */
#ifndef CLI_ALLOC_LIVE_H
#define CLI_ALLOC_LIVE_H

#include <memscan/recording.h>

#include <stdbool.h>

typedef struct cli_block {
    uint64_t address; /* 0: none */
    uint64_t bytes;
    uint64_t moment; /* when it was given */
    uint32_t program;
} cli_block;

typedef struct cli_live {
    cli_block *blocks; /* a hash table */
    size_t capacity;
    uint64_t count, bytes;
    bool incomplete; /* memory ran out: some are missing */
} cli_live;

/* All zeros is empty. Follows one call; returns how many bytes it freed, as far as that is known. */
uint64_t cli_live_follow(cli_live *live, const memscan_allocation *allocation);
void cli_live_deinit(cli_live *live);

#endif
