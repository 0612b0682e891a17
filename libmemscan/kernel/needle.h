/* needle.h - find a short string of bytes, some of them masked, in a long one: the two rarest bytes are compared
 * sixteen to sixty-four at a time, candidates are verified.
 *
 * No byte outside hay[0..length) is ever read. A needle is immutable once it is initialised. */
#ifndef MS_NEEDLE_H
#define MS_NEEDLE_H

#include <stddef.h>
#include <stdint.h>

typedef struct ms_needle ms_needle;
typedef size_t ms_needle_find_fn(const ms_needle *needle, const uint8_t *hay, size_t length, size_t from);

/* One instruction set's search. */
typedef struct ms_needle_set {
    const char *name; /* "scalar", "sse2", "avx2", "neon" */
    ms_needle_find_fn *find;
} ms_needle_set;

struct ms_needle {
    const uint8_t *bytes; /* not owned */
    const uint8_t
        *mask; /* not owned; 0xff: the byte must be equal, 0x00: any byte, else the bits set must be; NULL: all 0xff */
    size_t length;           /* at least 1 */
    size_t first, second;    /* offsets of the two rarest bytes (equal where there is only one) */
    ms_needle_find_fn *find; /* the best one for this CPU */
};

/* Chooses the two bytes, and the instruction set. */
void ms_needle_init(ms_needle *needle, const uint8_t *bytes, const uint8_t *mask, size_t length);

#define MS_NEEDLE_NONE SIZE_MAX
/* The first offset from `from` on at which the needle lies wholly inside hay[0..length), or MS_NEEDLE_NONE. */
size_t ms_needle_find(const ms_needle *needle, const uint8_t *hay, size_t length, size_t from);

/* How rare the two rarest of these bytes are together: the higher, the better a needle they make; 0: no byte is given. */
unsigned ms_needle_rarity(const uint8_t *bytes, const uint8_t *mask, size_t length);

/* How common a byte is in the memory of programs: 0 the rarest value, 255 the commonest. */
unsigned ms_byte_commonness(uint8_t byte);

/* The sets of this build that this CPU can run, best first, NULL-ended: for tests and benchmarks. */
const ms_needle_set *const *ms_needle_sets(void);

#endif
