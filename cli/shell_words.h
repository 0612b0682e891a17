/* shell_words.h - a line of the shell becomes the words of a memscan command: quotes, and the short forms that scanmem
 * users' fingers know. */
#ifndef CLI_SHELL_WORDS_H
#define CLI_SHELL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include <memscan/base.h>

/* words[0] is "memscan"; ended by NULL. No words: count 0. */
typedef struct cli_words {
    char **words;
    size_t count, capacity;
} cli_words;

/* Splits at blanks. Between '...' everything is verbatim; "..." stays as it is, quotes and all, for expressions have a
 * use for them. `#` at the beginning: a comment. INVALID: a quote is not closed. */
memscan_status cli_words_split(cli_words *words, const char *line, memscan_error *error);
/* Spells a short form out: `100`, `> 5`, `+ 3`, `+`, `snapshot`, `set 3=999`. A bare expression is a first scan, or the
 * next one where a session has begun. */
memscan_status cli_words_spell_out(cli_words *words, bool session_begun, memscan_error *error);
/* Puts a word before the one at `at`. */
memscan_status cli_words_insert(cli_words *words, size_t at, const char *word, memscan_error *error);
memscan_status cli_words_add(cli_words *words, const char *word, memscan_error *error);
void cli_words_deinit(cli_words *words);

#endif
