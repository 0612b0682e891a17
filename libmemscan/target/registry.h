/* registry.h - platforms by scheme. */
#ifndef MS_REGISTRY_H
#define MS_REGISTRY_H

#include <memscan/ext/platform.h>

/* The platform that `locator` names: among `more` (NULL-ended, may be NULL), then among those of this build.
 * *rest is the part of the locator behind "scheme:". INVALID, NOT_SUPPORTED as memscan_open says. */
memscan_status ms_registry_find(const char *locator, const memscan_platform *const *more,
                                const memscan_platform **platform, const char **rest, memscan_error *error);
/* The platform of this machine's own processes. NOT_SUPPORTED: this build has none. */
memscan_status ms_registry_machine(const memscan_platform **platform, memscan_error *error);
/* `platform` as a whole table: operations beyond its own size are NULL. */
memscan_platform ms_registry_whole(const memscan_platform *platform);

#endif
