/* alloc.c - every allocation of the library passes here, so that a caller's allocator sees them all and a test
 * can fail the n-th. */
#include "alloc.h"

#include <stdlib.h>
#include <string.h>

static void *default_allocate(void *context, size_t bytes)
{
    (void)context;
    return malloc(bytes);
}

static void *default_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    return realloc(block, new_bytes);
}

static void default_release(void *context, void *block, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(block);
}

const memscan_allocator ms_default_allocator = {
    .size = sizeof(memscan_allocator),
    .allocate = default_allocate,
    .resize = default_resize,
    .release = default_release,
};

void *ms_alloc(const memscan_allocator *allocator, size_t bytes)
{
    void *block = allocator->allocate(allocator->context, bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void *ms_alloc_array(const memscan_allocator *allocator, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return ms_alloc(allocator, count * size);
}

void *ms_resize(const memscan_allocator *allocator, void *block, size_t old_bytes, size_t new_bytes)
{
    if (!block)
        return allocator->allocate(allocator->context, new_bytes);
    return allocator->resize(allocator->context, block, old_bytes, new_bytes);
}

void ms_free(const memscan_allocator *allocator, void *block, size_t bytes)
{
    if (block)
        allocator->release(allocator->context, block, bytes);
}

char *ms_copy_text(const memscan_allocator *allocator, const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = ms_alloc(allocator, bytes);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}

void ms_free_text(const memscan_allocator *allocator, char *text)
{
    if (text)
        ms_free(allocator, text, strlen(text) + 1);
}
