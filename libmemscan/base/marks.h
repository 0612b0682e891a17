/* marks.h - a bitmap of which most words are 0, and which of them are not: so that clearing it and walking over it cost
 * what is marked, not what there is. Bits are or-ed in through ms_marks_add; they may be taken back in the words. */
#ifndef MS_MARKS_H
#define MS_MARKS_H

#include <memscan/base.h>

#include "bits.h"

typedef struct ms_marks {
    uint64_t *words;
    uint64_t *used; /* bit i: word i may be something else than 0 */
} ms_marks;

/* Words of `used` for so many words. */
static inline size_t ms_marks_used_words(size_t words)
{
    return (words + 63) / 64;
}

/* All 0, or NULL: no memory. */
ms_marks *ms_marks_create(const memscan_allocator *allocator, size_t words);
void ms_marks_destroy(const memscan_allocator *allocator, ms_marks *marks, size_t words); /* NULL is allowed */

/* All 0 again. */
void ms_marks_clear(ms_marks *marks, size_t words);

static inline void ms_marks_add(ms_marks *marks, size_t word, uint64_t bits)
{
    marks->words[word] |= bits;
    marks->used[word / 64] |= UINT64_C(1) << word % 64;
}

static inline void ms_marks_add_at(ms_marks *marks, size_t bit)
{
    ms_marks_add(marks, bit / 64, UINT64_C(1) << bit % 64);
}

/* The first word from `word` on and before `end` that may be something else than 0, or `end`. */
static inline size_t ms_marks_next(const ms_marks *marks, size_t word, size_t end)
{
    while (word < end) {
        uint64_t used = marks->used[word / 64] >> word % 64;
        if (used) {
            word += ms_lowest_bit(used);
            return word < end ? word : end;
        }
        word = (word / 64 + 1) * 64;
    }
    return end;
}

#endif
