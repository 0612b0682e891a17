/* linux_abilities.h - the vtable's abilities (linux_abilities.c). */
#ifndef MS_LINUX_ABILITIES_H
#define MS_LINUX_ABILITIES_H

#include <memscan/ext/platform.h>

memscan_status ms_linux_abilities(void *state, memscan_ability_fn *visit, void *context, memscan_error *error);

#endif
