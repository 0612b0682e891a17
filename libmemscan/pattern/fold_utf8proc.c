/* fold_utf8proc.c - simple case folding out of utf8proc, which has the full one: where that makes one character it is the
 * simple one too; where it makes several, the simple one is the lower case, if there is any (the capital sharp s, and
 * Greek with iota). Only the dotted capital I has a lower case and no simple folding. */
#include <utf8proc.h>

#include "../base/array.h"
#include "fold.h"

#define DOTTED_CAPITAL_I 0x130u

/* A character that folds to another one. */
typedef struct pair {
    uint32_t from, to;
} pair;

struct ms_fold {
    const memscan_allocator *allocator;
    ms_array pairs;
};

/* Where there are characters with a case: planes 0 and 1, but for the writings of East Asia. */
static const struct {
    uint32_t first, last;
} stretches[] = { { 0x41, 0x2fff }, { 0xa000, 0xabff }, { 0xf900, 0x1ffff } };

static uint32_t folded(uint32_t code)
{
    utf8proc_int32_t out[4];
    int boundary = 0;
    if (utf8proc_get_property((utf8proc_int32_t)code)->casefold_seqindex == UINT16_MAX)
        return code; /* nearly every one */
    utf8proc_ssize_t count = utf8proc_decompose_char((utf8proc_int32_t)code, out, 4, UTF8PROC_CASEFOLD, &boundary);
    if (count == 1)
        return (uint32_t)out[0];
    return code == DOTTED_CAPITAL_I ? code : (uint32_t)utf8proc_tolower((utf8proc_int32_t)code);
}

ms_fold *ms_fold_create(const memscan_allocator *allocator)
{
    ms_fold *fold = ms_alloc(allocator, sizeof *fold);
    if (!fold)
        return NULL;
    fold->allocator = allocator;
    ms_array_init(&fold->pairs, allocator, sizeof(pair));
    for (size_t i = 0; i < sizeof stretches / sizeof stretches[0]; i++)
        for (uint32_t code = stretches[i].first; code <= stretches[i].last; code++) {
            uint32_t to = folded(code);
            if (to == code)
                continue;
            pair *place = ms_array_push(&fold->pairs);
            if (!place) {
                ms_fold_destroy(fold);
                return NULL;
            }
            *place = (pair){ code, to };
        }
    return fold;
}

void ms_fold_destroy(ms_fold *fold)
{
    if (!fold)
        return;
    ms_array_deinit(&fold->pairs);
    ms_free(fold->allocator, fold, sizeof *fold);
}

size_t ms_fold_same(const ms_fold *fold, uint32_t code, uint32_t same[MS_FOLD_MOST])
{
    uint32_t to = folded(code);
    size_t count = 0;
    same[count++] = to;
    for (size_t i = 0; i < fold->pairs.count && count < MS_FOLD_MOST; i++) {
        const pair *other = ms_array_at(&fold->pairs, i);
        if (other->to == to)
            same[count++] = other->from;
    }
    return count;
}
