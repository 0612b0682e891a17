/* pack.h - the inner loop of squeezing (match/squeeze.h): 64 bytes at a time, the bytes that are not zero are moved
 * together, and one bit a byte says where they were.
 *
 * `words` counts 64 bytes each. No alignment is required. */
#ifndef MS_PACK_H
#define MS_PACK_H

#include <stddef.h>
#include <stdint.h>

/* Writes 8 mask bytes a word to `mask` (bit i of byte m: byte 8m+i is not zero) and the bytes to `out`, which has room for
 * all of them; returns how many. May write anything to the rest of that room. */
typedef size_t ms_pack_fn(const uint8_t *bytes, size_t words, uint8_t *mask, uint8_t *out);
/* The reverse: fills `words` * 64 bytes from packed[0..length) and returns how many of those it took, or SIZE_MAX where
 * the masks call for more. Reads nothing beyond `length`. */
typedef size_t ms_unpack_fn(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length, uint8_t *bytes);

/* What unpacking would return, without writing it anywhere: or SIZE_MAX also where it would not give bytes[0..words * 64).
 * That is told sooner than by unpacking and comparing: what is packed is read once, and nothing is written. */
typedef size_t ms_is_packed_fn(const uint8_t *mask, size_t words, const uint8_t *packed, size_t length,
                               const uint8_t *bytes);

/* How many packed bytes the masks of so many words call for. */
typedef size_t ms_packed_count_fn(const uint8_t *mask, size_t words);

typedef struct ms_pack_set {
    const char *name; /* "scalar", "avx2", "avx512" */
    ms_pack_fn *pack;
    ms_unpack_fn *unpack;
    ms_is_packed_fn *is_packed;
    ms_packed_count_fn *count;
} ms_pack_set;

/* The best set for this CPU. */
const ms_pack_set *ms_pack(void);
/* The sets of this build that this CPU can run, best first, NULL-ended: for tests. */
const ms_pack_set *const *ms_pack_sets(void);

extern const ms_pack_set ms_pack_scalar, ms_pack_avx2, ms_pack_avx512;

#endif
