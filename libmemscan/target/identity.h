/* identity.h - which process image a target is: what sessions and journals are tied to. */
#ifndef MS_IDENTITY_H
#define MS_IDENTITY_H

#include "target.h"

/* NOT_SUPPORTED: this kind of target has none that outlives the handle. */
memscan_status ms_target_identity(memscan_target *target, memscan_identity *identity, memscan_error *error);

/* What tells `now` from `known`, in words: "the process id is another"; NULL: they are the same process image. */
const char *ms_identity_difference(const memscan_identity *known, const memscan_identity *now);

#endif
