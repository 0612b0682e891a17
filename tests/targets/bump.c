/* bump.c - an allocator that only ever gives: so simple that a signal handler may call it in the midst of itself. Preloaded,
 * or linked into a program as its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <malloc.h>
#include <stdlib.h>

static _Alignas(4096) char space[256u << 20];
static _Atomic size_t used;

/* Its size stands before every block. */
static void *give(size_t alignment, size_t size)
{
    size_t at = atomic_fetch_add(&used, size + alignment + 32);
    if (size > sizeof space || at > sizeof space - size - alignment - 32)
        return NULL;
    char *block = space + (at + 16 + alignment - 1) / alignment * alignment;
    memcpy(block - sizeof size, &size, sizeof size);
    return block;
}

void *malloc(size_t size)
{
    return give(16, size);
}

void *calloc(size_t count, size_t size)
{
    size_t whole;
    return __builtin_mul_overflow(count, size, &whole) ? NULL : give(16, whole);
}

void *realloc(void *old, size_t size)
{
    size_t held = 0;
    char *block = give(16, size);
    if (old != NULL)
        memcpy(&held, (char *)old - sizeof held, sizeof held);
    if (block != NULL && old != NULL)
        memcpy(block, old, held < size ? held : size);
    return block;
}

void *memalign(size_t alignment, size_t size)
{
    return give(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return give(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size)
{
    *block = give(alignment, size);
    return *block == NULL ? ENOMEM : 0;
}

void free(void *block)
{
    (void)block;
}
