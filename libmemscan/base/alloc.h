/* alloc.h - every allocation of the library passes here. */
#ifndef MS_ALLOC_H
#define MS_ALLOC_H

#include <memscan/base.h>

/* malloc, realloc, free. */
extern const memscan_allocator ms_default_allocator;

/* Zeroed memory, or NULL. ms_alloc_array is NULL also when count * size would overflow; neither is ever asked
 * for 0 bytes. */
void *ms_alloc(const memscan_allocator *allocator, size_t bytes);
void *ms_alloc_array(const memscan_allocator *allocator, size_t count, size_t size);
/* Grows or shrinks; new bytes are not zeroed. On NULL the old block stays. `block` may be NULL with old_bytes 0. */
void *ms_resize(const memscan_allocator *allocator, void *block, size_t old_bytes, size_t new_bytes);
/* `block` may be NULL; `bytes` is what it was allocated (or last resized) with. */
void ms_free(const memscan_allocator *allocator, void *block, size_t bytes);
/* A copy of `text` with its NUL; freed with ms_free_text. */
char *ms_copy_text(const memscan_allocator *allocator, const char *text);
void ms_free_text(const memscan_allocator *allocator, char *text);

#endif
