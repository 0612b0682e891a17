/* summary.h - the address space added up: by kind, by module, and as entries of a translation buffer. */
#ifndef CLI_SUMMARY_H
#define CLI_SUMMARY_H

#include "command.h"
#include "survey.h"

/* Shows the totals of what the survey holds. Modules that cannot be told are left out. */
memscan_status cli_summarise(cli *call, memscan_target *target, const cli_survey *survey, memscan_error *error);

#endif
