/* printer.c - what the printers have in common: stdout, and its first failure. */
#include "printer.h"

#include <errno.h>

void cli_out(cli_printer *printer, const char *text, size_t length)
{
    errno = 0;
    if (printer->failed == 0 && cli_write_bytes(printer->out, text, length) != length)
        printer->failed = errno != 0 ? errno : EIO;
}

void cli_out_flush(cli_printer *printer)
{
    errno = 0;
    if (printer->failed == 0 && fflush(printer->out) != 0)
        printer->failed = errno != 0 ? errno : EIO;
}
