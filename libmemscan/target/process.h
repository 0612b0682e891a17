/* process.h - finding processes by name, on a platform that is given (so that tests can give one). */
#ifndef MS_PROCESS_H
#define MS_PROCESS_H

#include <stdbool.h>

#include <memscan/ext/platform.h>

memscan_status ms_processes_named(const memscan_platform *platform, const char *glob, memscan_process_fn *visit,
                                  void *context, memscan_error *error);

/* True when all of `name` fits `glob`: `*` is any text, `?` any one character (of UTF-8; a byte that is not UTF-8 is
 * a character too). Takes time in proportion to the product of the lengths at most. */
bool ms_glob_fits(const char *glob, const char *name);
/* The part behind the last slash, or behind the last backslash: programs of Wine are named by Windows paths. */
const char *ms_file_name(const char *path);

#endif
