/* array.h - a growable array of plain elements. The struct is public to its users: read `items` and `count`
 * freely, change them only through these functions. */
#ifndef MS_ARRAY_H
#define MS_ARRAY_H

#include <stdbool.h>
#include <string.h>

#include "alloc.h"

typedef struct ms_array {
    const memscan_allocator *allocator;
    void *items;
    size_t count;
    size_t capacity;
    size_t item_size;
} ms_array;

static inline void ms_array_init(ms_array *array, const memscan_allocator *allocator, size_t item_size)
{
    *array = (ms_array){ .allocator = allocator, .item_size = item_size };
}

static inline void ms_array_deinit(ms_array *array)
{
    ms_free(array->allocator, array->items, array->capacity * array->item_size);
    array->items = NULL;
    array->count = array->capacity = 0;
}

/* Room for `more` further elements. False when memory ran out; the array is as before. */
static inline bool ms_array_reserve(ms_array *array, size_t more)
{
    if (more <= array->capacity - array->count)
        return true;
    size_t limit = SIZE_MAX / 2 / array->item_size;
    if (more > limit || array->count > limit - more)
        return false;
    size_t capacity = array->capacity ? array->capacity : 16;
    while (capacity < array->count + more)
        capacity *= 2;
    void *items =
        ms_resize(array->allocator, array->items, array->capacity * array->item_size, capacity * array->item_size);
    if (!items)
        return false;
    array->items = items;
    array->capacity = capacity;
    return true;
}

/* A zeroed new last element, or NULL when memory ran out. */
static inline void *ms_array_push(ms_array *array)
{
    if (!ms_array_reserve(array, 1))
        return NULL;
    void *item = (char *)array->items + array->count++ * array->item_size;
    memset(item, 0, array->item_size);
    return item;
}

/* Removes the first `dropped` elements. */
static inline void ms_array_drop(ms_array *array, size_t dropped)
{
    if (dropped == 0)
        return;
    array->count -= dropped;
    memmove(array->items, (char *)array->items + dropped * array->item_size, array->count * array->item_size);
}

/* The element; of an empty array NULL, for walks that end before they begin. */
static inline void *ms_array_at(const ms_array *array, size_t index)
{
    return array->items ? (char *)array->items + index * array->item_size : NULL;
}

#endif
