/* own_mounts.h - a mount namespace of this process's own, from which nothing reaches the machine's. */
#ifndef OWN_MOUNTS_H
#define OWN_MOUNTS_H

#include <stdbool.h>

/* False: the system grants none. (Not only to others than root: neither in most containers, nor below a root folder that
 * is no mount itself, where a mount could not be kept from spreading.) */
bool own_mounts_enter(void);
/* Whether it would be granted; where not, that is said on stdout. */
bool own_mounts_possible(void);

#endif
