/* line_edit.h - lines from a person or a script: line_edit_libedit.c edits, remembers and completes them,
 * line_edit_plain.c only reads. */
#ifndef CLI_LINE_EDIT_H
#define CLI_LINE_EDIT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct cli_lines cli_lines;

/* Offers one way to complete the word at hand; those that do not begin with it are passed over. */
typedef void cli_offer_fn(const char *word, void *offers);
/* Offers words for the one that begins at `word` in the line. */
typedef void cli_complete_fn(const char *line, size_t word, cli_offer_fn *offer, void *offers, void *context);

/* `typed`: the lines come from a terminal. `history`: a file, or NULL for none. Returns NULL when memory ran out. */
cli_lines *cli_lines_open(bool typed, const char *history, cli_complete_fn *complete, void *context);
void cli_lines_close(cli_lines *lines); /* NULL is allowed */

/* The next line without its newline, valid until the next call; NULL at the end. The prompt is shown to people only. */
const char *cli_lines_next(cli_lines *lines, const char *prompt);

#endif
