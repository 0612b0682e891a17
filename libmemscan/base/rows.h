/* rows.h - a growable list of plain elements that never move: it grows by chunks, each twice as long as the one before. So what
 * was added may be looked at by others while more is added, once they were told how much there is. The struct is public to
 * its users: read `count` freely, change it only through these functions. */
#ifndef MS_ROWS_H
#define MS_ROWS_H

#include <memscan/base.h>

enum { MS_ROWS_FIRST_BITS = 8, MS_ROWS_CHUNKS = 64 - MS_ROWS_FIRST_BITS }; /* the first chunk has 256 elements */

typedef struct ms_rows {
    const memscan_allocator *allocator;
    size_t item_size;
    size_t count, capacity;
    void *chunks[MS_ROWS_CHUNKS];
} ms_rows;

void ms_rows_init(ms_rows *rows, const memscan_allocator *allocator, size_t item_size);
void ms_rows_deinit(ms_rows *rows);
/* A zeroed new last element, or NULL when memory ran out. */
void *ms_rows_push(ms_rows *rows);
/* The element at `index`, which is below the count. */
void *ms_rows_at(const ms_rows *rows, size_t index);

#endif
