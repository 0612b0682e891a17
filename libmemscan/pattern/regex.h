/* regex.h - regular expressions over bytes: the leftmost matches, each of a bounded length.
 *
 * The language is the regular part of what people know from Perl (docs/expressions.md), so that whether bytes match
 * depends on these bytes alone: nothing looks behind a match or beyond it. No match covers more than
 * MS_REGEX_LONGEST bytes; what could only match more is refused. An expression is immutable once parsed and shared by
 * any number of threads; what a thread needs for itself is in its scratch. */
#ifndef MS_REGEX_H
#define MS_REGEX_H

#include <stdbool.h>

#include <memscan/base.h>

typedef struct ms_regex ms_regex;
typedef struct ms_regex_scratch ms_regex_scratch;

#define MS_REGEX_LONGEST 4096u /* bytes that one match may cover */

/* INVALID: error.text says what is wrong and at which column (of bytes, from 1). LIMIT: too long, too deep, or every
 * match would be longer than MS_REGEX_LONGEST. NOT_SUPPORTED: this build has no engine. */
memscan_status ms_regex_parse(const char *text, size_t length, const memscan_allocator *allocator, ms_regex **regex,
                              memscan_error *error);
void ms_regex_destroy(ms_regex *regex); /* NULL is allowed */

size_t ms_regex_longest(const ms_regex *regex); /* bytes that one match covers at most */

ms_regex_scratch *ms_regex_scratch_create(const memscan_allocator *allocator); /* or NULL */
void ms_regex_scratch_destroy(ms_regex_scratch *scratch);                      /* NULL is allowed */

typedef enum ms_regex_answer {
    MS_REGEX_NONE,    /* no match begins before *from, as it is now */
    MS_REGEX_FOUND,   /* one does: span */
    MS_REGEX_TOO_HARD /* whether one begins in span was not found out: it would have taken too long */
} ms_regex_answer;

typedef struct ms_regex_span {
    size_t at, length;
} ms_regex_span;

/* Looks on: for the leftmost match that begins at *from or behind it, before start_limit, and lies wholly inside
 * bytes[0..length). Of the matches that begin there, the one that the expression prefers: as long as greedy
 * repetitions make it. *from is moved to where to go on, behind a match that was found; one call does a bounded
 * amount of work, so the caller goes on until *from reaches start_limit. */
ms_regex_answer ms_regex_step(const ms_regex *regex, ms_regex_scratch *scratch, const uint8_t *bytes, size_t length,
                              size_t *from, size_t start_limit, ms_regex_span *span);

#endif
