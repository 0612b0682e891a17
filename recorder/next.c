/* next.c - see next.h. The search itself may allocate (dlsym keeps its error text on the heap), so that a call of ours
 * can come while another one is looking for what to call. */
#define _GNU_SOURCE
#include "next.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdint.h>

recorder_next next;
static _Atomic int resolving;

static _Alignas(16) char store[16384];
static _Atomic size_t store_used;

static void *find(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* ISO C has no conversion from an object pointer to a function pointer; POSIX demands that this one works. */
#define FIND(field) (*(void **)(void *)&next.field = find(#field))

bool next_resolve(void)
{
    if (next.malloc != NULL)
        return true;
    if (atomic_exchange(&resolving, 1) != 0)
        return false;
    FIND(calloc);
    FIND(realloc);
    FIND(memalign);
    FIND(aligned_alloc);
    FIND(posix_memalign);
    FIND(valloc);
    FIND(pvalloc);
    FIND(free);
    FIND(execve);
    FIND(execvpe);
    FIND(fexecve);
    FIND(posix_spawn);
    FIND(posix_spawnp);
    FIND(malloc); /* the last: it says that all are there */
    atomic_store(&resolving, 0);
    return true;
}

/* Every block has its size in the 16 bytes before it. */
void *next_store_take(size_t size)
{
    size_t whole = 16 + ((size + 15) & ~(size_t)15);
    if (size > sizeof store)
        return NULL;
    size_t at = atomic_fetch_add(&store_used, whole);
    if (at + whole > sizeof store)
        return NULL;
    *(size_t *)(void *)(store + at) = size;
    return store + at + 16;
}

bool next_store_has(const void *block)
{
    return (uintptr_t)block - (uintptr_t)store < sizeof store;
}

size_t next_store_size(const void *block)
{
    return *(const size_t *)(const void *)((const char *)block - 16);
}
