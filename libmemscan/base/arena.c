/* arena.c - a list of blocks, each at least as long as all before it hold on average, so that a million small
 * things cost a few dozen allocations. Only the newest block is ever filled. */
#include "arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <string.h>

#include "alloc.h"

struct ms_arena_block {
    ms_arena_block *older;
    size_t used, capacity; /* of the bytes behind this header */
    alignas(max_align_t) unsigned char bytes[];
};

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

void ms_arena_init(ms_arena *arena, const memscan_allocator *allocator)
{
    *arena = (ms_arena){ .allocator = allocator };
}

void ms_arena_deinit(ms_arena *arena)
{
    while (arena->newest) {
        ms_arena_block *block = arena->newest;
        arena->newest = block->older;
        ms_free(arena->allocator, block, sizeof *block + block->capacity);
    }
}

static bool add_block(ms_arena *arena, size_t bytes)
{
    size_t capacity = FIRST_BLOCK;
    if (arena->newest && arena->newest->capacity < LARGEST_BLOCK)
        capacity = arena->newest->capacity * 2;
    else if (arena->newest)
        capacity = LARGEST_BLOCK;
    if (capacity < bytes)
        capacity = bytes;
    if (capacity > SIZE_MAX - sizeof(ms_arena_block))
        return false;
    ms_arena_block *block = ms_resize(arena->allocator, NULL, 0, sizeof *block + capacity);
    if (!block)
        return false;
    *block = (ms_arena_block){ .older = arena->newest, .capacity = capacity };
    arena->newest = block;
    return true;
}

void *ms_arena_take(ms_arena *arena, size_t bytes)
{
    size_t unit = alignof(max_align_t);
    if (bytes > SIZE_MAX - unit)
        return NULL;
    size_t rounded = (bytes + unit - 1) / unit * unit;
    if (!arena->newest || arena->newest->capacity - arena->newest->used < rounded)
        if (!add_block(arena, rounded))
            return NULL;
    void *taken = arena->newest->bytes + arena->newest->used;
    arena->newest->used += rounded;
    return taken;
}

char *ms_arena_text(ms_arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? ms_arena_take(arena, length + 1) : NULL;
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}
