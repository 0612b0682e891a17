/* alloc_svg.h - the picture of a run: every allocation by its size and the time it took. */
#ifndef CLI_ALLOC_SVG_H
#define CLI_ALLOC_SVG_H

#include "alloc_summary.h"

#include <stdio.h>

typedef struct cli_axis {
    bool linear;  /* else logarithmic */
    bool limited; /* from `low` to `high`; else as far as there is something */
    double low, high;
} cli_axis;

typedef struct cli_alloc_picture {
    cli_axis sizes, times;
    const char *const *command; /* its words, ended by NULL */
} cli_alloc_picture;

/* Writes it and closes the file, also when it fails (IO). `path` is for the message. */
memscan_status cli_alloc_draw(FILE *file, const char *path, const cli_alloc_picture *picture,
                              const cli_alloc_summary *summary, memscan_error *error);

#endif
