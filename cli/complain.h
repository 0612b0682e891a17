/* complain.h - error records of the command line's own, and text that a terminal may see. */
#ifndef CLI_COMPLAIN_H
#define CLI_COMPLAIN_H

#include <stddef.h>

#include <memscan/base.h>

#if defined(__MINGW32__) && !defined(__clang__)
#define CLI_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#elif defined(__GNUC__) || defined(__clang__)
#define CLI_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CLI_PRINTF(text, first)
#endif

/* Fills the record and returns the status. `hint` may be "". Whatever was typed or came from a target goes through
 * cli_show first. */
memscan_status cli_fail(memscan_error *error, memscan_status status, const char *hint, const char *format, ...)
    CLI_PRINTF(4, 5);
/* The same for what was typed wrong: INVALID. */
memscan_status cli_wrong(memscan_error *error, const char *hint, const char *format, ...) CLI_PRINTF(3, 4);

/* memscan_escape for text of a given length; returns `out`. */
const char *cli_show(const char *text, size_t length, char *out, size_t capacity);

#endif
