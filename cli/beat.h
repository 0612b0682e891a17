/* beat.h - commands that look again and again: --every, --for, and what ends them. */
#ifndef CLI_BEAT_H
#define CLI_BEAT_H

#include "command.h"

typedef struct cli_beat {
    uint32_t every_ms;
    uint32_t for_ms; /* 0: no end */
} cli_beat;

/* --every (else `every_ms`) and --for. */
memscan_status cli_beat_parse(cli_beat *beat, const cli_arguments *arguments, uint32_t every_ms, memscan_error *error);

/* Whether an address can be looked at again and again: what is unreadable now may come, but a name that the target does
 * not know is more likely mistyped than early. */
memscan_status cli_beat_check(memscan_target *target, const char *address, memscan_error *error);

/* Calls `act` at once and then at every beat: until --for is over (OK), Ctrl-C (CANCELLED), stdout fails (STOPPED), or
 * it fails. A beat that took too long delays the next; none are made up for. */
typedef memscan_status cli_beat_fn(void *context, memscan_error *error);
memscan_status cli_keep_beat(cli *call, const cli_beat *beat, cli_beat_fn *act, void *context, memscan_error *error);

#endif
