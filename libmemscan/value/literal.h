/* literal.h - how operands are told apart: type prefixes, and the looks of operands that carry none. Texts are given
 * by their length and end where it says; whatever an error shows of them is escaped and cut. */
#ifndef MS_LITERAL_H
#define MS_LITERAL_H

#include "type.h"

/* [be:][TYPE:] before a value. */
typedef struct ms_prefix {
    memscan_type type; /* MEMSCAN_TYPE_NONE: none was written */
    bool big_endian;
    bool ignore_case; /* text/i:, utf16/i: */
    const char *rest; /* behind the prefix, verbatim */
} ms_prefix;
ms_prefix ms_prefix_parse(const char *text);
/* INVALID: "be:" before a type that has no byte order. */
memscan_status ms_prefix_check(const ms_prefix *prefix, memscan_type type, memscan_error *error);

/* Moves past the spaces on both sides. */
void ms_trim(const char **text, size_t *length);
/* A piece of an expression as an error shows it. */
#define MS_SHOWN 64
const char *ms_show(char out[MS_SHOWN], const char *text, size_t length);

/* What an operand without a type is by its looks: I32, FLOAT, TEXT ("..."), RE (slashes), HEX (byte tokens), or NONE. */
memscan_type ms_guess_type(const char *text, size_t length);
/* The error for NONE: shows the spelling to use. */
memscan_status ms_fail_untyped(const char *text, size_t length, memscan_error *error);

#endif
