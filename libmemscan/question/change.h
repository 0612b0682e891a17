/* change.h - how a value compares with what stood there before: changed, unchanged, increased, decreased, +5, -5,
 * +5..+9, -9..-5, +10%, -10%.
 *
 * All arithmetic is exact: a value that wrapped round did not change "by" anything, and floats are compared as the
 * numbers they are. A float's difference written plainly is what rounds to it at the digits written, as for values:
 * +0.5 is 0.45 <= difference < 0.55; +=0.5 and ranges are exact. Percents are of the old value's magnitude, so that +
 * always means more: of an integer to the nearest integer (half away from zero), of a float to what rounds to it. */
#ifndef MS_CHANGE_H
#define MS_CHANGE_H

#include <stdbool.h>

#include <memscan/value.h>

typedef struct ms_change ms_change;

/* Whether a text begins as one of these does; a constant such as "5" or "=-5" does not. */
bool ms_change_is_meant(const char *text, size_t length);
/* INVALID: error.text says what is wrong, error.hint what to write. */
memscan_status ms_change_parse(const char *text, size_t length, const memscan_allocator *allocator, ms_change **change,
                               memscan_error *error);
void ms_change_destroy(ms_change *change); /* NULL is allowed */

/* OK when values of this type can be judged: bytes and text only change or do not. */
memscan_status ms_change_fits(const ms_change *change, memscan_type type, memscan_error *error);

/* Judges one value of `width` bytes, plainly: also the oracle of the fast way. */
bool ms_change_at(const ms_change *change, memscan_type type, memscan_layout layout, const uint8_t *now,
                  const uint8_t *old, size_t width);

/* Whether a value that did not change at all fits, when that is so or not so for every value. */
typedef enum ms_change_same { MS_CHANGE_SAME_DEPENDS, MS_CHANGE_SAME_NEVER, MS_CHANGE_SAME_ALWAYS } ms_change_same;
ms_change_same ms_change_of_same(const ms_change *change);

/* Judges 64 * words values that lie one behind the other: bit i of mask is value i. Reads whole words: the caller pads.
 * `spare` holds `words` words more. False: this question, type or byte order has no fast way, and nothing was done. */
bool ms_change_mark(const ms_change *change, memscan_type type, memscan_layout layout, const uint8_t *now,
                    const uint8_t *old, size_t words, uint64_t *spare, uint64_t *mask);

#endif
