/* state.h - where memscan keeps its own files: $XDG_STATE_HOME/memscan, else ~/.local/state/memscan; on Windows
 * %LOCALAPPDATA%\memscan. The library makes the folders, mode 0700, when something is written there. */
#ifndef CLI_STATE_H
#define CLI_STATE_H

#include <stdbool.h>
#include <stddef.h>

/* The folder `name` in it. False: the environment does not tell where, or the path is too long. */
bool cli_state_folder(const char *name, char *out, size_t capacity);

#endif
