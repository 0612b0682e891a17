/* marks.c - marks, made and cleared. */
#include "marks.h"

#include "alloc.h"

ms_marks *ms_marks_create(const memscan_allocator *allocator, size_t words)
{
    ms_marks *marks = ms_alloc(allocator, sizeof *marks);
    if (!marks)
        return NULL;
    marks->words = ms_alloc_array(allocator, words, sizeof *marks->words);
    marks->used = ms_alloc_array(allocator, ms_marks_used_words(words), sizeof *marks->used);
    if (marks->words && marks->used)
        return marks;
    ms_marks_destroy(allocator, marks, words);
    return NULL;
}

void ms_marks_destroy(const memscan_allocator *allocator, ms_marks *marks, size_t words)
{
    if (!marks)
        return;
    ms_free(allocator, marks->words, words * sizeof *marks->words);
    ms_free(allocator, marks->used, ms_marks_used_words(words) * sizeof *marks->used);
    ms_free(allocator, marks, sizeof *marks);
}

void ms_marks_clear(ms_marks *marks, size_t words)
{
    for (size_t i = 0; i < ms_marks_used_words(words); i++) {
        for (uint64_t used = marks->used[i]; used; used &= used - 1)
            marks->words[i * 64 + ms_lowest_bit(used)] = 0;
        marks->used[i] = 0;
    }
}
