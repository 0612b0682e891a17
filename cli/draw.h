/* draw.h - pictures of an address space: on the terminal, and as SVG. */
#ifndef CLI_DRAW_H
#define CLI_DRAW_H

#include "command.h"
#include "marks.h"
#include "survey.h"

/* A line of print per stretch of the address space. */
void cli_draw_map(cli *call, const cli_survey *survey, const cli_marks *marks);
/* Writes the whole file, or fails (IO). */
memscan_status cli_draw_svg(const char *path, const memscan_facts *facts, const cli_survey *survey,
                            const cli_marks *marks, memscan_error *error);

/* Stretches of the address space between gaps that are too large to draw. */
typedef struct cli_stretch {
    size_t first, count; /* regions */
    uint64_t start, size;
    uint64_t mapped, resident;
} cli_stretch;

/* The smallest gap that is worth folding: 16 MiB (enough to keep a program apart from its heap and its libraries), or
 * more where there would be too many stretches to draw. */
uint64_t cli_fold_gap(const cli_survey *survey);
/* The stretch that begins with region `first`: up to the first gap of more than `gap` bytes. */
cli_stretch cli_stretch_at(const cli_survey *survey, size_t first, uint64_t gap);
/* What the stretch is best called: the name of its first module, or of its largest region. Escaped, bounded. */
void cli_stretch_name(const cli_survey *survey, const cli_stretch *stretch, char *out, size_t capacity);

/* The part of a path behind its last separator, of either system. */
const char *cli_last_part(const char *path);

/* How long a size is drawn: the number of binary digits of its pages. */
unsigned cli_log_length(uint64_t size);

#endif
