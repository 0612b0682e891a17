/* target.h - the target that the options name. */
#ifndef CLI_TARGET_H
#define CLI_TARGET_H

#include "command.h"

/* The number of the one process that --pid or --name means. Several that fit --name are listed on stderr. */
memscan_status cli_target_pid(cli *call, uint64_t *pid, memscan_error *error);

/* Opens the target and asks its facts; at the prompt, where none is named, it is the one that is open there. Close it with
 * cli_target_close. */
memscan_status cli_target_open(cli *call, uint32_t access, memscan_target **target, memscan_facts *facts,
                               memscan_error *error);

/* NULL is allowed. */
void cli_target_close(cli *call, memscan_target *target);

/* The first record of a command that has a target. */
void cli_begin_target(cli *call, const memscan_facts *facts);

/* --type, or NONE when it was not given. */
memscan_status cli_fallback_type(const cli_arguments *arguments, memscan_type *type, memscan_error *error);

/* The last record: counted things, and whether all of them could be told. */
void cli_end_counted(cli *call, bool complete, const char *one, const char *many, uint64_t count);

/* A walk over things of a target that are shown one by one and counted. */
typedef struct cli_listing {
    cli *call;
    uint64_t count;
} cli_listing;
typedef memscan_status cli_walk_fn(memscan_target *target, cli_listing *listing, memscan_error *error);

/* A whole command that lists: opens the target, walks, ends. Returns the exit code. */
int cli_target_list(cli *call, cli_walk_fn *walk, const char *one, const char *many);

#endif
