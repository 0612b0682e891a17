/* rows.c - see rows.h. Element i is number i + FIRST of a list that the chunks divide at powers of two. */
#include "rows.h"

#include <string.h>

#include "alloc.h"
#include "bits.h"
#include "host.h"

/* Pages of so many elements come at once, where there are many. */
enum { FIRST = 1 << MS_ROWS_FIRST_BITS, TOGETHER = 4 * FIRST };

static unsigned chunk_of(size_t index)
{
    return ms_highest_bit((uint64_t)index + FIRST) - MS_ROWS_FIRST_BITS;
}

static size_t chunk_length(unsigned chunk)
{
    return (size_t)FIRST << chunk;
}

void ms_rows_init(ms_rows *rows, const memscan_allocator *allocator, size_t item_size)
{
    *rows = (ms_rows){ .allocator = allocator, .item_size = item_size };
}

void ms_rows_deinit(ms_rows *rows)
{
    for (unsigned chunk = 0; chunk < MS_ROWS_CHUNKS && rows->chunks[chunk]; chunk++)
        ms_free(rows->allocator, rows->chunks[chunk], chunk_length(chunk) * rows->item_size);
    ms_rows_init(rows, rows->allocator, rows->item_size);
}

void *ms_rows_at(const ms_rows *rows, size_t index)
{
    unsigned chunk = chunk_of(index);
    return (char *)rows->chunks[chunk] + (index + FIRST - chunk_length(chunk)) * rows->item_size;
}

static bool grow(ms_rows *rows)
{
    unsigned chunk = chunk_of(rows->count);
    size_t length = chunk_length(chunk);
    if (length > SIZE_MAX / 4 / rows->item_size)
        return false;
    rows->chunks[chunk] = ms_resize(rows->allocator, NULL, 0, length * rows->item_size); /* untouched until used */
    rows->capacity += rows->chunks[chunk] ? length : 0;
    return rows->chunks[chunk] != NULL;
}

void *ms_rows_push(ms_rows *rows)
{
    if (rows->count == rows->capacity && !grow(rows))
        return NULL;
    void *item = ms_rows_at(rows, rows->count);
    size_t left = rows->capacity - rows->count;
    if (left >= TOGETHER && left % TOGETHER == 0)
        ms_use_soon(item, TOGETHER * rows->item_size);
    rows->count++;
    return memset(item, 0, rows->item_size);
}
