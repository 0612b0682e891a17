/* contract.h - what every platform must do, written once (contract.c). A platform's own file supplies a live target
 * and the truth about it. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include "../support/check_quick.h"

#include <memscan/ext/platform.h>

enum { CONTRACT_MOST_PLACES = 8 };

/* A stretch of memory that lies in one region, and what is in it. */
typedef struct contract_place {
    uint64_t address;
    size_t size; /* at least 64 */
    const uint8_t *bytes;
    uint32_t protection;
    memscan_kind kind;
    uint32_t flags; /* of MEMSCAN_REGION_SHARED and _FILE those that it has */
} contract_place;

typedef struct contract_truth {
    const char *locator;
    const memscan_platform *const *platforms; /* for the open options, or NULL */
    uint64_t page_size;
    memscan_layout layout;
    contract_place places[CONTRACT_MOST_PLACES];
    size_t place_count;
    size_t writable;         /* index of a writable place behind which an unmapped page begins */
    size_t read_only_shared; /* index of a shared place that is mapped read-only; SIZE_MAX: none */
    uint64_t no_access;      /* a mapped page without any access; 0: none */
    uint64_t untouched;      /* the first of 16 private pages of which only the second was ever touched; 0: none */
    /* What really stands in the target, asked of the target itself, not of memscan; 64 bytes at most. */
    void (*look)(uint64_t address, uint8_t *bytes, size_t size);
    void (*end)(void); /* the target ends, and this returns after it did; NULL: it cannot */
} contract_truth;

/* Fills a place so that no few bytes of it stand in it, or in another one, twice. */
static inline void contract_fill(uint8_t *bytes, size_t size, size_t index)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)((uint32_t)(i / 4 + index * size + 1) * 2654435761u >> 8 * (i % 4));
}

/* Brings a target to life, and takes it away. Called around each test. */
const contract_truth *contract_begin(void);
void contract_finish(void);

#endif
