/* cmd_alloc.h - recording a program's allocations, as more than one command does it. */
#ifndef CLI_CMD_ALLOC_H
#define CLI_CMD_ALLOC_H

#include "command.h"

/* Runs the program with its words, ended by NULL; writes what the options of this call ask for, and the summary. Returns
 * the program's exit code (128 + signal), or 125, 126, 127. */
int cli_alloc_run(cli *call, const char *const *words);

#endif
