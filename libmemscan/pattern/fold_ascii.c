/* fold_ascii.c - a build without utf8proc: the letters of ASCII. */
#include <stdbool.h>

#include "../base/alloc.h"
#include "fold.h"

struct ms_fold {
    const memscan_allocator *allocator;
};

ms_fold *ms_fold_create(const memscan_allocator *allocator)
{
    ms_fold *fold = ms_alloc(allocator, sizeof *fold);
    if (fold)
        fold->allocator = allocator;
    return fold;
}

void ms_fold_destroy(ms_fold *fold)
{
    if (fold)
        ms_free(fold->allocator, fold, sizeof *fold);
}

size_t ms_fold_same(const ms_fold *fold, uint32_t code, uint32_t same[MS_FOLD_MOST])
{
    bool letter = (code >= 'A' && code <= 'Z') || (code >= 'a' && code <= 'z');
    (void)fold;
    same[0] = code;
    if (letter)
        same[1] = code ^ 0x20;
    return letter ? 2 : 1;
}
