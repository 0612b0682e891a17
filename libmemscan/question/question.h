/* question.h - what a search asks of a question: which places of a stretch of bytes match.
 *
 * A question is immutable, so that any number of workers judge with the same one; what a worker needs for itself is
 * in its scratch. Judging cannot fail and allocates nothing. No float arithmetic is done: a value is judged as the
 * integer that orders it, so that a guest's rounding mode, flushed denormals or trapped NaNs change no answer. */
#ifndef MS_QUESTION_H
#define MS_QUESTION_H

#include <stdbool.h>

#include <memscan/question.h>

#include "../base/marks.h"
#include "../kernel/needle.h"
#include "../pattern/regex.h"

/* Bytes that must be readable (and initialised) behind those to judge: kernels take whole words of 64 lanes. They
 * never count. */
#define MS_QUESTION_PADDING 512u

/* What one worker judges with; one at a time. */
typedef struct ms_question_scratch ms_question_scratch;
ms_question_scratch *ms_question_scratch_create(const memscan_allocator *allocator); /* or NULL */
void ms_question_scratch_destroy(ms_question_scratch *scratch);                      /* NULL is allowed */

/* How many bytes one match may cover at most. */
size_t ms_question_longest(const memscan_question *question);
/* The alignment that 0 stands for: a numeric type's width, 1 for text and bytes. A question of several widths tells
 * the smallest, but judges each width at its own. */
uint64_t ms_question_alignment(const memscan_question *question);
/* Numbers are looked for in writable memory, anything else in all readable memory. */
bool ms_question_is_numeric(const memscan_question *question);
/* How its values lie: the target's layout, unless "be:" said otherwise. */
memscan_layout ms_question_layout(const memscan_question *question);

/* The regular expression that the question is, or NULL. Its matches do not overlap, so that where one begins depends on
 * what was found before: none of the functions below judges it, ms_regex_step does. */
const ms_regex *ms_question_regex(const memscan_question *question);

/* The needle that is all there is to the question (text, or bytes without jumps, groups and ~), or NULL. */
const ms_needle *ms_question_needle(const memscan_question *question);

/* Judges bytes[0..length), which lie at `address`: marks offset i, as bit i from word `first` of `starts` on, where a match
 * begins there and lies wholly inside `length`; i is below start_limit, which is at most `length`. What is marked already
 * stays. Returns whether anything was found. Addresses of matches are multiples of `alignment` (0: the default), whatever
 * the alignment of `bytes`. */
bool ms_question_mark(const memscan_question *question, const uint8_t *bytes, size_t length, size_t start_limit,
                      uint64_t address, uint64_t alignment, ms_question_scratch *scratch, ms_marks *starts,
                      size_t first);

/* The same for one of the question's types alone, into words that are written whole. */
void ms_question_mark_type(const memscan_question *question, memscan_type type, const uint8_t *bytes, size_t length,
                           size_t start_limit, uint64_t address, uint64_t alignment, ms_question_scratch *scratch,
                           uint64_t *starts);

/* Judges one place, plainly: the types that match at bytes[0..available), which lie at `address`, as a set of
 * MEMSCAN_TYPE_BITs; 0: none. *length becomes the length of the match: the width of ms_question_best_type, or the
 * shortest match of a pattern. */
uint32_t ms_question_at(const memscan_question *question, const uint8_t *bytes, size_t available, uint64_t address,
                        uint64_t alignment, size_t *length);

/* What every match of the question is, and how long, where it is one test and a mark says it all; else 0. */
uint32_t ms_question_only(const memscan_question *question, size_t *length);

/* The type to show of a set: integers before floats, the wider before the narrower. */
memscan_type ms_question_best_type(uint32_t types);

#endif
