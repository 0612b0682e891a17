/* search.c - see search.h. */
#include "search.h"

#include <inttypes.h>

#include "complain.h"
#include "units.h"

memscan_status cli_parse_count(const cli_arguments *arguments, cli_option_id id, uint64_t least, uint64_t most,
                               uint64_t *number, memscan_error *error)
{
    const char *text = cli_value(arguments, id);
    char shown[64];
    if (text == NULL || (cli_parse_number(text, number) && *number >= least && *number <= most))
        return MEMSCAN_OK;
    memscan_escape(text, shown, sizeof shown);
    if (most == UINT64_MAX)
        return cli_wrong(error, "", "--%s wants a number, at least %" PRIu64 ", not %s", cli_option_at(id)->name, least,
                         shown);
    return cli_wrong(error, "", "--%s wants a number from %" PRIu64 " to %" PRIu64 ", not %s", cli_option_at(id)->name,
                     least, most, shown);
}

memscan_status cli_parse_bytes(const cli_arguments *arguments, cli_option_id id, uint64_t *bytes, memscan_error *error)
{
    const char *text = cli_value(arguments, id);
    char shown[64];
    if (text == NULL || (cli_parse_size(text, bytes) && *bytes > 0))
        return MEMSCAN_OK;
    memscan_escape(text, shown, sizeof shown);
    return cli_wrong(error, "256M, 1G, 1MiB, or a number of bytes", "--%s wants a size, not %s",
                     cli_option_at(id)->name, shown);
}

memscan_status cli_parse_timeout(const cli_arguments *arguments, uint32_t *milliseconds, memscan_error *error)
{
    const char *text = cli_value(arguments, CLI_TIMEOUT);
    char shown[64];
    if (text == NULL || cli_parse_time(text, milliseconds))
        return MEMSCAN_OK;
    memscan_escape(text, shown, sizeof shown);
    return cli_wrong(error, "500ms, 10s, 2m, 1h, or bare seconds", "not a time: %s", shown);
}

int cli_search_progress(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    cli_printer *printer = context;
    printer->form->progress(printer, &(cli_progress){ done, total, matches });
    return printer->failed != 0;
}

bool cli_search_is_explained(memscan_status status)
{
    return status == MEMSCAN_OK || status == MEMSCAN_STOPPED || status == MEMSCAN_CANCELLED ||
           status == MEMSCAN_TIMEOUT;
}

int cli_search_exit(const cli *call, memscan_status status, const memscan_report *report, uint64_t matches)
{
    if (status != MEMSCAN_OK)
        return cli_exit_of(status);
    uint64_t missed = report->stopped == MEMSCAN_STOP_LIMIT ? report->failed_by[MEMSCAN_FAIL_NOT_REACHED] : 0;
    if (report->failed > missed)
        return CLI_EXIT_PARTIAL;
    bool found = matches > 0 || cli_has(&call->arguments, CLI_NO_MATCH_OK);
    return found ? CLI_EXIT_DONE : CLI_EXIT_NOTHING;
}
