/* counting_allocator.h - an allocator that counts, checks that blocks are returned with the size they were taken
 * with, and fails the n-th request. Thread-safe. */
#ifndef COUNTING_ALLOCATOR_H
#define COUNTING_ALLOCATOR_H

#include <stdatomic.h>

#include <memscan/base.h>

typedef struct counting_allocator {
    memscan_allocator allocator;
    atomic_ullong requests;  /* allocations and resizes, from 1 */
    atomic_ullong fail_at;   /* the request that fails; 0: none */
    atomic_ullong fail_from; /* that and all later ones fail; 0: none */
    atomic_llong blocks;     /* live */
    atomic_llong bytes;      /* live */
    atomic_llong peak_bytes;
    atomic_ullong wrong_sizes; /* blocks returned or resized with another size than their own */
} counting_allocator;

void counting_allocator_init(counting_allocator *counting);

#endif
