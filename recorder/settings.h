/* settings.h - what memscan told the recorder in the environment, kept: the program may change its environment, and what
 * it starts in turn is to be recorded too. */
#ifndef RECORDER_SETTINGS_H
#define RECORDER_SETTINGS_H

#include <stdbool.h>

/* False: so early that there is no environment yet. */
bool settings_are_there(void);
/* The path of the shared memory; NULL: this program is not to be recorded. */
const char *settings_read(void);

/* "NAME=VALUE", and the recorder's own path; after settings_read gave a path. */
const char *settings_entry(void);
const char *settings_recorder(void);

#endif
