/* error.h - fill an error record. Every function returns the status it was given, so that a failing path reads
 * `return ms_fail(error, MEMSCAN_INVALID, "...")`. `error` may be NULL everywhere. Out-of-memory never allocates.
 *
 * Text that comes from a target is passed through memscan_escape before it goes in. */
#ifndef MS_ERROR_H
#define MS_ERROR_H

#include <memscan/base.h>

#include "compat.h"

/* A new error: clears the hint, the address and the OS code. */
memscan_status ms_fail(memscan_error *error, memscan_status status, const char *format, ...) MS_PRINTF(3, 4);
memscan_status ms_fail_at(memscan_error *error, memscan_status status, uint64_t address, const char *format, ...)
    MS_PRINTF(4, 5);
/* With the system's code: `text` says what was tried; the system's own words are the platform's to add. */
memscan_status ms_fail_os(memscan_error *error, memscan_status status, int32_t os_code, const char *format, ...)
    MS_PRINTF(4, 5);
memscan_status ms_fail_memory(memscan_error *error);
/* Adds the one step that would help to an error already filled. */
void ms_hint(memscan_error *error, const char *format, ...) MS_PRINTF(2, 3);

#endif
