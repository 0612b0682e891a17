/* demo_alloc.h - the part of `memscan demo` that records allocations. */
#ifndef CLI_DEMO_ALLOC_H
#define CLI_DEMO_ALLOC_H

#include "command.h"

/* Records the bundled fountain of sparks; returns the exit code. */
int cli_demo_alloc(cli *call);

#endif
