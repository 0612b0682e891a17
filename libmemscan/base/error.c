/* error.c - statuses as words, and the filling of error records. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *memscan_status_name(memscan_status status)
{
    switch (status) {
    case MEMSCAN_OK: return "ok";
    case MEMSCAN_NO_MEMORY: return "no_memory";
    case MEMSCAN_INVALID: return "invalid";
    case MEMSCAN_NOT_FOUND: return "not_found";
    case MEMSCAN_DENIED: return "denied";
    case MEMSCAN_GONE: return "gone";
    case MEMSCAN_NOT_SUPPORTED: return "not_supported";
    case MEMSCAN_BUSY: return "busy";
    case MEMSCAN_CANCELLED: return "cancelled";
    case MEMSCAN_STOPPED: return "stopped";
    case MEMSCAN_CORRUPT: return "corrupt";
    case MEMSCAN_LIMIT: return "limit";
    case MEMSCAN_IO: return "io";
    case MEMSCAN_TIMEOUT: return "timeout";
    case MEMSCAN_OS: return "os";
    case MEMSCAN_MISMATCH: return "mismatch";
    case MEMSCAN_UNREADABLE: return "unreadable";
    case MEMSCAN_UNWRITABLE: return "unwritable";
    case MEMSCAN_AMBIGUOUS: return "ambiguous";
    case MEMSCAN_CHANGED_SINCE: return "changed_since";
    }
    return "unknown";
}

MS_PRINTF(5, 0)
static memscan_status fill(memscan_error *error, memscan_status status, int32_t os_code, uint64_t address,
                           const char *format, va_list arguments)
{
    if (error) {
        memset(error, 0, sizeof *error);
        error->status = status;
        error->os_code = os_code;
        error->address = address;
        vsnprintf(error->text, sizeof error->text, format, arguments);
    }
    return status;
}

memscan_status ms_fail(memscan_error *error, memscan_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, 0, 0, format, arguments);
    va_end(arguments);
    return status;
}

memscan_status ms_fail_at(memscan_error *error, memscan_status status, uint64_t address, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, 0, address, format, arguments);
    va_end(arguments);
    return status;
}

memscan_status ms_fail_os(memscan_error *error, memscan_status status, int32_t os_code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, os_code, 0, format, arguments);
    va_end(arguments);
    return status;
}

memscan_status ms_fail_memory(memscan_error *error)
{
    return ms_fail(error, MEMSCAN_NO_MEMORY, "out of memory");
}

void ms_hint(memscan_error *error, const char *format, ...)
{
    if (!error)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->hint, sizeof error->hint, format, arguments);
    va_end(arguments);
}
