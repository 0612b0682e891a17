/* squeeze.h - bytes without their zeros: one bit a byte says which are not zero, then those bytes follow. Memory of
 * real programs is about half zeros, and this costs a fraction of what a compressor does (docs/sessions.md). */
#ifndef MS_SQUEEZE_H
#define MS_SQUEEZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most that squeezing `length` bytes can write. */
#define MS_SQUEEZE_BOUND(length) ((length) + (length) / 8 + 16)

/* Writes the squeezed form to `out` (at least MS_SQUEEZE_BOUND bytes); returns its length. */
size_t ms_squeeze(const uint8_t *bytes, size_t length, uint8_t *out);

/* The reverse: fills bytes[0..length) from exactly `squeezed_length` bytes. False when they are not the squeezed form
 * of that many bytes; `bytes` is then undefined. Never reads or writes outside. */
bool ms_unsqueeze(const uint8_t *squeezed, size_t squeezed_length, uint8_t *bytes, size_t length);

/* The same of bytes[from .. from + count) alone, of `length` that were squeezed; `from` is a multiple of 64. What lies around
 * them is not looked at, but for the masks before. */
bool ms_unsqueeze_part(const uint8_t *squeezed, size_t squeezed_length, size_t length, size_t from, uint8_t *bytes,
                       size_t count);

/* Whether they are the squeezed form of just these bytes: what ms_unsqueeze and a comparison tell, in one pass. */
bool ms_is_squeezed(const uint8_t *squeezed, size_t squeezed_length, const uint8_t *bytes, size_t length);

#endif
