/* glibc_arena.h - how glibc's malloc sets memory aside for the arenas of further threads: in blocks of one size, aligned to it
 * (HEAP_MAX_SIZE in its malloc/arena.c; a tunable for huge pages makes them larger, which nobody can tell from outside). */
#ifndef MS_GLIBC_ARENA_H
#define MS_GLIBC_ARENA_H

#include <stdint.h>

static inline uint64_t ms_glibc_arena_block(unsigned pointer_width)
{
    return UINT64_C(1) << (pointer_width == 4 ? 20 : 26);
}

#endif
