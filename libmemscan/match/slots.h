/* slots.h - which slots of a plane match, as a blob says it: in the shortest of five forms. */
#ifndef MS_SLOTS_H
#define MS_SLOTS_H

#include <stdbool.h>

#include "../base/bitmap.h"
#include "../base/wire.h"

#define MS_SLOTS_ALL 1 /* the first and only byte of what is written where every slot matches */

/* The most bytes that so many slots, at most 65,536, can take. */
#define MS_SLOTS_BOUND(slots) (3 + (size_t)(slots) / 8)

/* Writes which of `slots` slots begin a match, bit i for slot i, none outside the words `used`; returns where the next byte
 * goes. */
uint8_t *ms_slots_encode(const uint64_t *starts, ms_words used, uint32_t slots, uint8_t *out);

/* Sets the bits of those that are told, and says in which words they are; all bits were 0. False: no writer of ours has written
 * this; bits may have been set, in `used`. */
bool ms_slots_decode(ms_reader *blob, uint64_t *starts, ms_words *used, uint32_t slots);

#endif
