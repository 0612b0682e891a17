/* prompt.h - what the shell keeps from one line to the next: the open target, the session's name. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "command.h"

typedef struct cli_prompt cli_prompt;

/* The target that is open at the prompt, still the process it was. INVALID: none is open. */
memscan_status cli_prompt_target(cli_prompt *prompt, uint32_t access, memscan_target **target, memscan_facts *facts,
                                 memscan_error *error);
/* True when the target is the prompt's, not the command's to close. */
bool cli_prompt_holds(const cli_prompt *prompt, const memscan_target *target);
/* --session of the shell, or NULL. */
const char *cli_prompt_session(const cli_prompt *prompt);
/* --track of the shell: every search at the prompt is tracked. */
bool cli_prompt_tracks(const cli_prompt *prompt);

#endif
