/* windows_error.h - GetLastError's codes as statuses and words. */
#ifndef MS_WINDOWS_ERROR_H
#define MS_WINDOWS_ERROR_H

#include <memscan/base.h>

#include "../../libmemscan/base/compat.h"
#include "windows_system.h"

memscan_status ms_windows_status(DWORD os_code);
/* In English whatever the system's language. Static storage; "error" for a code without words here. */
const char *ms_windows_error_text(DWORD os_code);
/* Fills the record: "WHAT: the system's words (error N)", and the hint where the code calls for one. */
memscan_status ms_windows_fail(memscan_error *error, DWORD os_code, const char *format, ...) MS_PRINTF(3, 4);

#endif
