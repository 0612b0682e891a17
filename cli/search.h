/* search.h - what the commands that search have in common: their options, their progress, their exit code. */
#ifndef CLI_SEARCH_H
#define CLI_SEARCH_H

#include "command.h"

/* The number that an option gives; *number stays when it was not given. */
memscan_status cli_parse_count(const cli_arguments *arguments, cli_option_id id, uint64_t least, uint64_t most,
                               uint64_t *number, memscan_error *error);
/* The same for a size in bytes. */
memscan_status cli_parse_bytes(const cli_arguments *arguments, cli_option_id id, uint64_t *bytes, memscan_error *error);
/* --timeout */
memscan_status cli_parse_timeout(const cli_arguments *arguments, uint32_t *milliseconds, memscan_error *error);

/* A memscan_progress_fn; the context is the printer. */
int cli_search_progress(uint64_t done, uint64_t total, uint64_t matches, void *context);

/* True when the end record says all that is to be said about it. */
bool cli_search_is_explained(memscan_status status);
/* What ended the search early outranks what could not be read, and that outranks what was found. */
int cli_search_exit(const cli *call, memscan_status status, const memscan_report *report, uint64_t matches);

#endif
