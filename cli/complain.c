/* complain.c - error records of the command line's own. */
#include "complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

CLI_PRINTF(4, 0)
static memscan_status fill(memscan_error *error, memscan_status status, const char *hint, const char *format,
                           va_list arguments)
{
    memset(error, 0, sizeof *error);
    error->status = status;
    vsnprintf(error->text, sizeof error->text, format, arguments);
    snprintf(error->hint, sizeof error->hint, "%s", hint);
    return status;
}

memscan_status cli_fail(memscan_error *error, memscan_status status, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, hint, format, arguments);
    va_end(arguments);
    return status;
}

memscan_status cli_wrong(memscan_error *error, const char *hint, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, MEMSCAN_INVALID, hint, format, arguments);
    va_end(arguments);
    return MEMSCAN_INVALID;
}

const char *cli_show(const char *text, size_t length, char *out, size_t capacity)
{
    char copy[512];
    size_t kept = length < sizeof copy - 1 ? length : sizeof copy - 1;
    memcpy(copy, text, kept);
    copy[kept] = '\0';
    memscan_escape(copy, out, capacity);
    return out;
}
