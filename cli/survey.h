/* survey.h - the address space of a target at one moment: its regions, and how much of each is resident. */
#ifndef CLI_SURVEY_H
#define CLI_SURVEY_H

#include <stdbool.h>

#include <memscan/memscan.h>

typedef struct cli_surveyed {
    memscan_region region; /* its name is owned by the survey */
    uint64_t resident;     /* bytes that are known to be */
    bool resident_known;   /* of all of it */
    memscan_usage usage;   /* once asked for */
    bool usage_known;
} cli_surveyed;

typedef struct cli_survey {
    cli_surveyed *regions; /* ascending */
    size_t count, capacity;
    bool resident_known; /* of some of it: else nothing is known of any */
} cli_survey;

/* Looks, without touching: the target stays as it is. Release with cli_survey_deinit also after a failure, when the
 * regions seen until then are in it. */
memscan_status cli_survey_take(cli_survey *survey, memscan_target *target, memscan_error *error);
/* Every address: what is free or set aside, too. Residency is not asked. */
memscan_status cli_survey_take_all(cli_survey *survey, memscan_target *target, memscan_error *error);
/* Adds how the memory of each region is used, as far as the system tells. */
memscan_status cli_survey_add_usage(cli_survey *survey, memscan_target *target, memscan_error *error);
/* The region that holds an address, or NULL. */
const cli_surveyed *cli_survey_find(const cli_survey *survey, uint64_t address);
void cli_survey_deinit(cli_survey *survey);

#endif
