/* address.h - addresses as people write them, for callers of ours that ask more than where they lead. */
#ifndef MS_ADDRESS_H
#define MS_ADDRESS_H

#include <stdbool.h>

#include <memscan/target.h>

/* memscan_resolve; *follows tells whether a pointer was followed (or would have been, where it failed), so that the
 * text may lead elsewhere when the target changes. */
memscan_status ms_resolve(memscan_target *target, const char *text, uint64_t *address, bool *follows,
                          memscan_error *error);

#endif
