/* recorder.c - the functions that the program calls instead of its allocator's: each asks the allocator, and notes what
 * that took. It comes into the program by LD_PRELOAD and is not seen otherwise: it prints nothing, allocates nothing,
 * and leaves errno to the allocator.
 *
 * Calls from inside the C library (strdup, getline) come here too, as do operator new and what other languages build on
 * malloc. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "next.h"
#include "ring.h"

#define OURS __attribute__((visibility("default")))
#define SITE __builtin_return_address(0)

void *memalign(size_t alignment, size_t size);
void *valloc(size_t size);
void *pvalloc(size_t size);

__attribute__((constructor)) static void begin(void)
{
    next_resolve();
    if (atomic_load(&ring.state) == RING_UNTRIED)
        ring_join();
}

/* True when the call is to be noted. Before this process has joined it tries to, and counts the call where it cannot
 * yet. */
static bool is_noted_slowly(bool allocation)
{
    if (atomic_load_explicit(&ring.state, memory_order_relaxed) == RING_UNTRIED && ring_join())
        return true;
    ring_count_early(allocation);
    return false;
}

static inline bool is_noted(bool allocation)
{
    return ring_is_on() || is_noted_slowly(allocation);
}

static inline bool is_ready(void)
{
    return __builtin_expect(next.malloc != NULL, 1) || next_resolve();
}

/* Declares `start`; runs the call; notes it. */
#define NOTED(kind, call, result, size, from)                                                                          \
    bool noted = is_noted(true);                                                                                       \
    uint64_t start = noted ? ring_now() : 0;                                                                           \
    call;                                                                                                              \
    if (noted)                                                                                                         \
    ring_record(kind, start, ring_now(), result, size, from, SITE)

OURS void *malloc(size_t size)
{
    if (!is_ready())
        return next_store_take(size);
    void *block;
    NOTED(RECORDER_MALLOC, block = next.malloc(size), block, size, NULL);
    return block;
}

OURS void *calloc(size_t count, size_t size)
{
    size_t whole;
    bool overflows = __builtin_mul_overflow(count, size, &whole);
    if (!is_ready())
        return overflows ? NULL : next_store_take(whole);
    void *block;
    NOTED(RECORDER_CALLOC, block = next.calloc(count, size), block, overflows ? SIZE_MAX : whole, NULL);
    return block;
}

static void *move_from_store(void *old, size_t size)
{
    void *block = malloc(size);
    size_t held = next_store_size(old);
    if (block != NULL)
        memcpy(block, old, held < size ? held : size);
    return block;
}

OURS void *realloc(void *old, size_t size)
{
    if (__builtin_expect(next_store_has(old), 0))
        return move_from_store(old, size);
    if (!is_ready())
        return next_store_take(size); /* nothing but NULL can be given now */
    void *block;
    uintptr_t before = (uintptr_t)old; /* a number: `old` is nobody's once the call is over */
    NOTED(RECORDER_REALLOC, block = next.realloc(old, size), block, size, (const void *)before);
    return block;
}

OURS void *memalign(size_t alignment, size_t size)
{
    if (!is_ready())
        return NULL;
    void *block;
    NOTED(RECORDER_MEMALIGN, block = next.memalign(alignment, size), block, size, NULL);
    return block;
}

OURS void *aligned_alloc(size_t alignment, size_t size)
{
    if (!is_ready())
        return NULL;
    void *block;
    NOTED(RECORDER_ALIGNED_ALLOC, block = next.aligned_alloc(alignment, size), block, size, NULL);
    return block;
}

OURS int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (!is_ready())
        return ENOMEM;
    int failure;
    NOTED(RECORDER_POSIX_MEMALIGN, failure = next.posix_memalign(block, alignment, size), failure == 0 ? *block : NULL,
          size, NULL);
    return failure;
}

OURS void *valloc(size_t size)
{
    if (!is_ready())
        return NULL;
    void *block;
    NOTED(RECORDER_VALLOC, block = next.valloc(size), block, size, NULL);
    return block;
}

OURS void *pvalloc(size_t size)
{
    if (!is_ready())
        return NULL;
    void *block;
    NOTED(RECORDER_PVALLOC, block = next.pvalloc(size), block, size, NULL);
    return block;
}

/* free(NULL) frees nothing, and is not noted. */
OURS void free(void *block)
{
    if (block == NULL || __builtin_expect(next_store_has(block), 0) || !is_ready())
        return;
    bool noted = is_noted(false);
    uint64_t start = noted ? ring_now() : 0;
    uintptr_t address = (uintptr_t)block;
    next.free(block);
    if (noted)
        ring_record(RECORDER_FREE, start, ring_now(), (void *)address, 0, NULL, SITE);
}
