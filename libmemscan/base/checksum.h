/* checksum.h - XXH64 with seed 0 (the published algorithm of xxHash): fast enough to vanish beside the disk, and
 * any tool can check our files with it. Finds damage, not malice. */
#ifndef MS_CHECKSUM_H
#define MS_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

uint64_t ms_checksum(const void *bytes, size_t length);

#endif
