/* write.h - parts of a write, for those who write several places as a whole. */
#ifndef MS_WRITE_H
#define MS_WRITE_H

#include "target.h"

/* Whether this target can be written at all: NOT_SUPPORTED, DENIED. */
memscan_status ms_write_access(const memscan_target *target, memscan_error *error);

/* memscan_write; *lost: bytes that a write which was cut short had written and could not put back. */
memscan_status ms_write(memscan_target *target, uint64_t address, const void *bytes, size_t size, const void *expected,
                        size_t *lost, memscan_error *error);

/* Whether `size` bytes at `address` (at least 1) are mapped and of a kind that takes writes: what can be known without
 * writing. Fails as memscan_write does. */
memscan_status ms_write_check(memscan_target *target, uint64_t address, size_t size, memscan_error *error);

/* Puts back what stood at `address` wherever `ours` still stands; what somebody else wrote there since stays. `scratch`
 * holds `size` bytes. Returns the bytes that could not be looked at or put back. */
size_t ms_write_back(memscan_target *target, uint64_t address, const uint8_t *ours, const uint8_t *before,
                     uint8_t *scratch, size_t size);

#endif
