/* windows_error.c - GetLastError's codes as statuses and words ("System Error Codes" in Microsoft's documentation).
 * The words are ours: FormatMessage speaks the system's language, and a message may be compared or searched for. */
#include "windows_error.h"

#include <stdarg.h>
#include <stdio.h>

#include "../../libmemscan/base/error.h"

static const struct {
    DWORD os_code;
    memscan_status status;
    const char *text;
} codes[] = {
    { ERROR_ACCESS_DENIED, MEMSCAN_DENIED, "access is denied" },
    { ERROR_PRIVILEGE_NOT_HELD, MEMSCAN_DENIED, "a privilege is not held" },
    { ERROR_INVALID_HANDLE, MEMSCAN_OS, "the handle is invalid" },
    { ERROR_NOT_ENOUGH_MEMORY, MEMSCAN_NO_MEMORY, "not enough memory" },
    { ERROR_OUTOFMEMORY, MEMSCAN_NO_MEMORY, "out of memory" },
    { ERROR_COMMITMENT_LIMIT, MEMSCAN_NO_MEMORY, "the paging file is too small" },
    { ERROR_NO_SYSTEM_RESOURCES, MEMSCAN_NO_MEMORY, "the system's resources are exhausted" },
    { ERROR_NOT_SUPPORTED, MEMSCAN_NOT_SUPPORTED, "not supported" },
    { ERROR_INVALID_FUNCTION, MEMSCAN_NOT_SUPPORTED, "no such function" },
    { ERROR_CALL_NOT_IMPLEMENTED, MEMSCAN_NOT_SUPPORTED, "not implemented" },
    { ERROR_PROC_NOT_FOUND, MEMSCAN_NOT_SUPPORTED, "no such call" },
    { ERROR_INVALID_PARAMETER, MEMSCAN_OS, "a parameter is not accepted" },
    { ERROR_PARTIAL_COPY, MEMSCAN_OS, "only a part could be copied" },
    { ERROR_INVALID_ADDRESS, MEMSCAN_OS, "the address is not accepted" },
    { ERROR_NOACCESS, MEMSCAN_OS, "that memory cannot be accessed" },
    { ERROR_BAD_LENGTH, MEMSCAN_OS, "the length is not accepted" },
    { ERROR_TIMEOUT, MEMSCAN_TIMEOUT, "timed out" },
};

memscan_status ms_windows_status(DWORD os_code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].os_code == os_code)
            return codes[i].status;
    return MEMSCAN_OS;
}

const char *ms_windows_error_text(DWORD os_code)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (codes[i].os_code == os_code)
            return codes[i].text;
    return "error";
}

memscan_status ms_windows_fail(memscan_error *error, DWORD os_code, const char *format, ...)
{
    char what[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return ms_fail_os(error, ms_windows_status(os_code), (int32_t)os_code, "%s: %s (error %lu)", what,
                      ms_windows_error_text(os_code), (unsigned long)os_code);
}
