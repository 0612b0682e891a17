/* builtin.h - the list of platforms that the build supplies (platform/builtin.c). */
#ifndef MS_BUILTIN_H
#define MS_BUILTIN_H

#include <memscan/ext/platform.h>

/* NULL-ended; the first one with a `list` is the machine's own processes. */
extern const memscan_platform *const ms_builtin_platforms[];

#endif
