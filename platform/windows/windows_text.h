/* windows_text.h - UTF-8 outside, UTF-16 inside. */
#ifndef MS_WINDOWS_TEXT_H
#define MS_WINDOWS_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Writes `length` units of UTF-16 as UTF-8 that ends in NUL; what does not fit is cut between characters. A surrogate
 * without its other half, which Windows allows in names, is written as the three bytes of its number, so that different
 * names stay different. NULs become spaces. Returns the bytes written without the NUL. `capacity` is at least 1. */
size_t ms_windows_utf8(const uint16_t *text, size_t length, char *out, size_t capacity);

/* Bytes of UTF-8 that `length` units need at most, with the NUL. */
#define WINDOWS_UTF8_ROOM(length) ((length)*3 + 1)

/* The units before the first NUL, at most `capacity`. */
size_t ms_windows_length(const uint16_t *text, size_t capacity);

/* Copies UTF-8; what does not fit is cut between characters. `capacity` is at least 1. */
void ms_windows_cut(const char *text, char *out, size_t capacity);

/* The part of a path behind its last backslash or slash. */
const char *ms_windows_file_name(const char *path);

#endif
