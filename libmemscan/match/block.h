/* block.h - a block: the matches that begin in one stretch of up to 64 KiB of the target, and the bytes that stood
 * there. In memory it is bitmaps and plain bytes, ready for kernels; in a store it is a short blob.
 *
 * A session judges a value type a plane: `num` has six. A plane has a stride (the alignment of its addresses) and a
 * width (the bytes of a match). Slot i of a plane is the address base + first + i * stride, where `first` makes it
 * aligned. A byte is COVERED when some match of some plane lies on it: covered bytes are all that a blob keeps. */
#ifndef MS_BLOCK_H
#define MS_BLOCK_H

#include <stdbool.h>

#include <memscan/base.h>

#include "../base/bitmap.h"
#include "blob.h"

#define MS_BLOCK_BYTES   65536u /* most bytes in which matches of a block begin */
#define MS_BLOCK_TAIL    16384u /* most bytes that a match may reach beyond them: the longest pattern */
#define MS_BLOCK_PADDING 512u   /* readable bytes behind `bytes`, for kernels */
#define MS_PLANES_MAX    8u

typedef struct ms_plane {
    uint32_t type;   /* a memscan_type */
    uint32_t stride; /* at least 1 */
    uint32_t width;  /* 1 .. MS_BLOCK_TAIL */
} ms_plane;

typedef struct ms_planes {
    uint32_t count;
    ms_plane plane[MS_PLANES_MAX];
} ms_planes;

typedef struct ms_block {
    const memscan_allocator *allocator;
    const ms_planes *planes;         /* of the session; outlives the block */
    uint64_t base;                   /* address of bytes[0] */
    uint32_t size;                   /* 1 .. MS_BLOCK_BYTES: matches begin before it */
    uint32_t tail;                   /* bytes behind `size` that `bytes` also holds, 0 .. MS_BLOCK_TAIL */
    uint64_t *starts[MS_PLANES_MAX]; /* bit i: slot i is a match; MS_BLOCK_WORDS words each, */
    ms_words used[MS_PLANES_MAX];    /* of which those outside these are 0 */
    uint8_t *bytes;                  /* size + tail bytes; those that are not covered are undefined */
    uint64_t *covered;               /* scratch: one bit a byte */
    uint8_t *packed;                 /* scratch: the covered bytes, one behind the other */
} ms_block;

#define MS_BLOCK_WORDS (MS_BLOCK_BYTES / 64)

/* Room for one block of any size; reused for one after another. NO_MEMORY. */
memscan_status ms_block_init(ms_block *block, const memscan_allocator *allocator, const ms_planes *planes);
void ms_block_deinit(ms_block *block);
/* Empties it: this place, no matches. All words of `starts` may be set then. */
void ms_block_reset(ms_block *block, uint64_t base, uint32_t size, uint32_t tail);

/* The matches of a plane of `from`, which is at the same place, for a block that was reset. */
void ms_block_copy_starts(ms_block *block, const ms_block *from, uint32_t plane);

/* Offset of the plane's slot 0 from `base`, and how many slots begin before `size`. */
uint32_t ms_block_first(const ms_block *block, uint32_t plane);
uint32_t ms_block_slots(const ms_block *block, uint32_t plane);

/* Takes the starts of a plane from a bitmap of one bit a byte of the block (base on). False: there is none. */
bool ms_block_take_bitmap(ms_block *block, uint32_t plane, const uint64_t *bitmap);

/* How many addresses match (in one plane or several), and how many matches the planes hold together. */
uint64_t ms_block_count(const ms_block *block);
bool ms_block_is_empty(const ms_block *block);

/* Of a block at the place of another: whether it has that one's bytes under each of its matches; whether it has the same
 * matches. */
bool ms_block_has_bytes_of(const ms_block *block, const ms_block *other);
bool ms_block_has_starts_of(const ms_block *block, const ms_block *other);

/* The first matching offset at or after `from`, and the set of its planes (bit p: plane p). False: none. */
bool ms_block_next(const ms_block *block, uint32_t from, uint32_t *offset, uint32_t *planes);

/* The most bytes that a blob of a block of these planes can take. */
size_t ms_block_blob_bound(const ms_planes *planes);

/* Writes the block as a blob of `out` (at least ms_block_blob_bound bytes); returns its length. */
size_t ms_block_encode(const ms_block *block, uint8_t *out);
/* The same, but bytes that are kept as they are stay where they are: in the block, as the blob's body. */
ms_blob_parts ms_block_encode_parts(const ms_block *block, uint8_t *out);

/* Reads a blob into a block that was reset to the place it was encoded at. CORRUPT: it is no blob of such a block;
 * the block is then empty. */
memscan_status ms_block_decode(ms_block *block, const uint8_t *blob, size_t length, memscan_error *error);
/* The same without the bytes, which stay undefined: for who asks only where the matches are. */
memscan_status ms_block_decode_starts(ms_block *block, const uint8_t *blob, size_t length, memscan_error *error);

/* What is left of a block that lost matches and has the bytes that it had under all others: where these are, without their
 * bytes. `out` has room for ms_block_blob_bound; returns the length. */
size_t ms_block_encode_left(const ms_block *block, uint8_t *out);
/* Takes from a decoded block the matches that are not left. CORRUPT: that is not told, or a match is left that the block
 * never had; the block is then empty. */
memscan_status ms_block_decode_left(ms_block *block, const uint8_t *left, size_t length, memscan_error *error);

/* The place of a block: ms_block_reset. */
typedef struct ms_block_place {
    uint64_t base;
    uint32_t size, tail;
} ms_block_place;

/* Reads what the blob of a block at `whole` has at the place that `block` was reset to, which lies inside: its matches that fit
 * into it, and their bytes. Done where every slot of the whole matches and the place begins a multiple of 64 bytes behind it;
 * what is not needed is neither unpacked nor checked. False: not so, and the blob is to be decoded. */
bool ms_block_decode_part(ms_block *block, const ms_block_place *whole, const uint8_t *blob, size_t length);

/* Whether the blob says of the place that `block` was reset to that every slot matches, and has just these bytes under them:
 * told in one pass, without decoding. False says nothing. */
bool ms_block_is_whole(const ms_block *block, const uint8_t *blob, size_t length, const uint8_t *bytes);

#endif
