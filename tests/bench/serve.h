/* serve.h - a target to be looked at by other programs than memscan. */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include "rows.h"

/* Starts a heap (layout "4k" or "huge") or a sparse reservation ("sparse"), prints one line "PID START SIZE I32 TEXT"
 * (start in hex; how often the planted number and text are in it), and for each line on stdin changes one page in a hundred
 * and prints how many 32-bit numbers that changed. Ends with stdin. */
int bench_serve(const bench_settings *settings, const char *layout);

#endif
