/* arena.h - small things that die together: text and rows, taken from growing blocks and never given back one by
 * one. */
#ifndef MS_ARENA_H
#define MS_ARENA_H

#include <memscan/base.h>

typedef struct ms_arena_block ms_arena_block;

typedef struct ms_arena {
    const memscan_allocator *allocator;
    ms_arena_block *newest;
} ms_arena;

void ms_arena_init(ms_arena *arena, const memscan_allocator *allocator);
void ms_arena_deinit(ms_arena *arena);

/* Uninitialised memory, aligned for anything; NULL when memory ran out. */
void *ms_arena_take(ms_arena *arena, size_t bytes);
/* A copy of `length` bytes of text, and a NUL behind it. */
char *ms_arena_text(ms_arena *arena, const char *text, size_t length);

#endif
