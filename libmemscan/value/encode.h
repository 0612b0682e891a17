/* encode.h - text and bytes as people write them, laid out as they stand in memory. */
#ifndef MS_ENCODE_H
#define MS_ENCODE_H

#include <stdbool.h>

#include <memscan/value.h>

/* Bytes being laid out: what does not fit is counted, not written. */
typedef struct ms_sink {
    uint8_t *out;
    size_t capacity;
    size_t length;
} ms_sink;

/* How text is laid out. */
typedef enum ms_text_form { MS_TEXT_UTF8, MS_TEXT_UTF16_LE, MS_TEXT_UTF16_BE } ms_text_form;
ms_text_form ms_text_form_of(memscan_type type, bool big_endian); /* of TEXT or UTF16 */
/* Verbatim: UTF-8 goes as it is, for UTF-16 it must be valid. */
memscan_status ms_text_verbatim(const char *text, size_t length, ms_text_form form, ms_sink *sink,
                                memscan_error *error);
/* "...", quotes included, with \" \\ \n \r \t \0 \xNN (a byte; in UTF-16 below 80) and \u{NNNN} (a code point). */
memscan_status ms_text_quoted(const char *text, size_t length, ms_text_form form, ms_sink *sink, memscan_error *error);
bool ms_text_is_quoted(const char *text, size_t length);
/* Bytes without wildcards: 48 8B 05, 488B05, 0x48, 0x8B, \x48\x8B. */
memscan_status ms_bytes_literal(const char *text, size_t length, ms_sink *sink, memscan_error *error);

#endif
