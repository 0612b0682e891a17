/* counting_allocator.c - each block carries its size in front of it. */
#include "counting_allocator.h"

#include <stdalign.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct block_head {
    alignas(max_align_t) size_t bytes;
} block_head;

static int refuse(counting_allocator *counting)
{
    unsigned long long request = atomic_fetch_add(&counting->requests, 1) + 1;
    unsigned long long from = atomic_load(&counting->fail_from);
    return request == atomic_load(&counting->fail_at) || (from && request >= from);
}

static void count_bytes(counting_allocator *counting, long long more)
{
    long long now = atomic_fetch_add(&counting->bytes, more) + more;
    long long peak = atomic_load(&counting->peak_bytes);
    while (now > peak && !atomic_compare_exchange_weak(&counting->peak_bytes, &peak, now)) {
    }
}

static void *allocate(void *context, size_t bytes)
{
    counting_allocator *counting = context;
    if (bytes == 0)
        atomic_fetch_add(&counting->wrong_sizes, 1);
    if (refuse(counting))
        return NULL;
    block_head *head = malloc(sizeof *head + bytes);
    head->bytes = bytes;
    memset(head + 1, 0xa5, bytes); /* nobody may count on zeros */
    atomic_fetch_add(&counting->blocks, 1);
    count_bytes(counting, (long long)bytes);
    return head + 1;
}

static void *resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    counting_allocator *counting = context;
    block_head *head = (block_head *)block - 1;
    if (head->bytes != old_bytes)
        atomic_fetch_add(&counting->wrong_sizes, 1);
    if (refuse(counting))
        return NULL;
    head = realloc(head, sizeof *head + new_bytes);
    head->bytes = new_bytes;
    count_bytes(counting, (long long)new_bytes - (long long)old_bytes);
    return head + 1;
}

static void release(void *context, void *block, size_t bytes)
{
    counting_allocator *counting = context;
    if (!block)
        return;
    block_head *head = (block_head *)block - 1;
    if (head->bytes != bytes)
        atomic_fetch_add(&counting->wrong_sizes, 1);
    atomic_fetch_sub(&counting->blocks, 1);
    count_bytes(counting, -(long long)head->bytes);
    free(head);
}

void counting_allocator_init(counting_allocator *counting)
{
    memset(counting, 0, sizeof *counting);
    counting->allocator = (memscan_allocator){ sizeof(memscan_allocator), counting, allocate, resize, release };
}
