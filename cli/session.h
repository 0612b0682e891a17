/* session.h - the session that a command works with: where its file is, how it is opened, its matches as addresses. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "command.h"

#define CLI_SESSION_PATH 4096

/* The options of the commands that go on in a session. */
#define CLI_SESSION_OPTIONS (CLI_BIT(CLI_SESSION) | CLI_BIT(CLI_REBASE))

/* The folder of the sessions that have names. */
memscan_status cli_session_folder(char *out, size_t capacity, memscan_error *error);
/* Where the session is: --session, else the prompt's, else the default one of this process. */
memscan_status cli_session_path(const cli *call, const memscan_facts *facts, char *out, size_t capacity,
                                memscan_error *error);
/* Makes sure that a new session may be put there: the folder of named ones is made, a file that is no session is not
 * replaced. */
memscan_status cli_session_prepare(const char *path, memscan_error *error);

/* Opens it; `options` may be NULL. Failures carry the step that helps. Destroy it with memscan_scan_destroy. */
memscan_status cli_session_open(cli *call, memscan_target *target, const memscan_facts *facts,
                                const memscan_scan_options *options, memscan_scan **scan, memscan_error *error);

/* Adds the step that helps to the error of a session that could not be opened or put in place. */
void cli_session_add_hint(const cli *call, const memscan_facts *facts, memscan_error *error);

/* Replaces each @N in an operand that is an address by the address of that match. *type is the match's type where the
 * operand is nothing but @N, else NONE; it may be NULL. */
memscan_status cli_session_expand(cli *call, memscan_target *target, const memscan_facts *facts, size_t operand,
                                  memscan_type *type, memscan_error *error);

/* The same of any text. *expanded is from malloc, and the caller's; NULL where the text names no match. */
memscan_status cli_session_expand_text(cli *call, memscan_target *target, const memscan_facts *facts, const char *text,
                                       char **expanded, memscan_type *type, memscan_error *error);

/* The current step, shown by the printer. */
memscan_status cli_session_show_step(cli *call, memscan_scan *scan, memscan_error *error);
/* All steps and named snapshots. */
memscan_status cli_session_show_history(cli *call, memscan_scan *scan, memscan_error *error);

/* What was shown of a list of matches. */
typedef struct cli_shown {
    uint64_t shown, unreadable;
} cli_shown;
/* Shows up to `limit` matches (0: all) with the values as they are now. */
memscan_status cli_session_show_matches(cli *call, memscan_target *target, memscan_scan *scan, uint64_t limit,
                                        cli_shown *shown, memscan_error *error);

/* "memscan --pid 1234 --session hp " outside the shell, "" in it: what a command of advice begins with. */
const char *cli_session_advice(const cli *call, const memscan_facts *facts, char *out, size_t capacity);

#endif
