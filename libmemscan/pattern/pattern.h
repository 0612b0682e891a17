/* pattern.h - bytes with wildcards, jumps and alternatives: parsed from any of the dialects that people paste,
 * compiled once, immutable, shared by any number of threads.
 *
 * Every pattern has a bounded longest match, so that a search knows how many bytes it must look ahead. */
#ifndef MS_PATTERN_H
#define MS_PATTERN_H

#include <stdbool.h>

#include <memscan/base.h>

#include "../kernel/needle.h"
#include "../value/encode.h"

typedef struct ms_pattern ms_pattern;

#define MS_PATTERN_LONGEST_TEXT 65536u /* bytes of source text */
#define MS_PATTERN_LONGEST_MATCH                                                                                       \
    16384u /* bytes that one match may cover, jumps included; an open jump [n-] ends there */
#define MS_PATTERN_MOST_BYTES    65536u /* bytes of the pattern, those of all alternatives together */
#define MS_PATTERN_MOST_BRANCHES 1024u  /* alternatives, those of all groups together */
#define MS_PATTERN_DEEPEST       8u     /* groups inside each other */

/* Hex in every dialect of docs/patterns.md. INVALID: error.text says what is wrong and at which column (of bytes,
 * from 1), error.hint what to write instead. LIMIT: one of the limits above. */
memscan_status ms_pattern_parse_hex(const char *text, size_t length, const memscan_allocator *allocator,
                                    ms_pattern **pattern, memscan_error *error);
/* Bits, eight digits a byte (value/bit_string.h). */
memscan_status ms_pattern_parse_bits(const char *text, size_t length, const memscan_allocator *allocator,
                                     ms_pattern **pattern, memscan_error *error);
/* Exactly these bytes (text, utf16). */
memscan_status ms_pattern_from_bytes(const uint8_t *bytes, size_t length, const memscan_allocator *allocator,
                                     ms_pattern **pattern, memscan_error *error);
/* This text in any case (fold.h). It is UTF-8; what is not valid of it stands for itself, and is refused for UTF-16. */
memscan_status ms_pattern_from_any_case(const char *text, size_t length, ms_text_form layout,
                                        const memscan_allocator *allocator, ms_pattern **pattern, memscan_error *error);
void ms_pattern_destroy(ms_pattern *pattern); /* NULL is allowed */

/* The canonical form: it parses to the same pattern again. As snprintf: the whole length, cut to capacity. */
size_t ms_pattern_describe(const ms_pattern *pattern, char *out, size_t capacity);
/* The same, of a pattern of bits. */
size_t ms_pattern_describe_bits(const ms_pattern *pattern, char *out, size_t capacity);

size_t ms_pattern_shortest(const ms_pattern *pattern); /* bytes of the shortest possible match, at least 1 */
size_t ms_pattern_longest(const ms_pattern *pattern);
/* True when the pattern is plain bytes without any wildcard; *bytes and *length are valid as long as it is. */
bool ms_pattern_is_literal(const ms_pattern *pattern, const uint8_t **bytes, size_t *length);

/* The needle whose places are the pattern's matches, or NULL: there is more to it. Valid as long as the pattern is. */
const ms_needle *ms_pattern_needle(const ms_pattern *pattern);

typedef struct ms_pattern_hit {
    size_t at, length;
} ms_pattern_hit;

/* The matches that begin in [from, start_limit) and lie wholly inside bytes[0..length), ascending, overlapping ones
 * too. Where several lengths match at one start, the shortest is told. Returns how many were filled in; fewer than
 * `capacity`: there are no more. Otherwise go on from hits[capacity - 1].at + 1. Patterns with jumps or alternatives
 * judge many starts at once: where matches are dense, a capacity of some hundred is many times faster than one. */
size_t ms_pattern_find(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t from, size_t start_limit,
                       ms_pattern_hit *hits, size_t capacity);

/* The first of these matches. False: none. */
bool ms_pattern_next(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t from, size_t start_limit,
                     size_t *at, size_t *match_length);

#endif
