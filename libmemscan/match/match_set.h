/* match_set.h - all matches of one step of a session: references to blocks, ascending by address. A set never
 * changes once its step is recorded; the next step's set refers to the same blobs where nothing changed. */
#ifndef MS_MATCH_SET_H
#define MS_MATCH_SET_H

#include "../base/array.h"
#include "block.h"
#include "store.h"

/* One block of the set. With a blob of length 0 it is a ZERO RUN: every slot of its planes matches, all bytes are zero,
 * and it may be of any size: memory that was never touched when it was first scanned. */
typedef struct ms_block_ref {
    uint64_t base;
    uint64_t span;    /* bytes in which matches begin; at most MS_BLOCK_BYTES unless it is a zero run */
    uint32_t tail;    /* bytes behind them that the block also holds, or that are known to be zero as well */
    uint32_t planes;  /* of a zero run: bit p, plane p; else 0 */
    uint64_t matches; /* addresses */
    ms_blob blob;
    ms_blob left; /* which of the blob's matches are matches still, all with their bytes; length 0: all of them */
} ms_block_ref;

typedef struct ms_match_set {
    ms_array refs;    /* of ms_block_ref */
    uint64_t matches; /* the sum */
} ms_match_set;

void ms_match_set_init(ms_match_set *set, const memscan_allocator *allocator);
void ms_match_set_deinit(ms_match_set *set);

/* Encodes the block into `scratch` (ms_block_blob_bound bytes) and appends it to the store. The ref becomes one to it. */
memscan_status ms_match_set_store(ms_block_ref *ref, ms_store *store, const ms_block *block, uint8_t *scratch,
                                  memscan_error *error);
/* The same, and the ref becomes the set's last. An empty block leaves nothing behind. */
memscan_status ms_match_set_add_block(ms_match_set *set, ms_store *store, const ms_block *block, uint8_t *scratch,
                                      memscan_error *error);
/* Appends a reference as it is: a block that a step took over unchanged. */
memscan_status ms_match_set_add_ref(ms_match_set *set, const ms_block_ref *ref, memscan_error *error);
/* Appends a zero run of some planes (`mask`), with `tail` zero bytes known behind it; touching ones are joined. */
memscan_status ms_match_set_add_zero_run(ms_match_set *set, const ms_planes *planes, uint32_t mask, uint64_t base,
                                         uint64_t span, uint32_t tail, memscan_error *error);

/* How many addresses match in a zero run: in some of its planes, beginning in it and wholly inside it and its tail. */
uint64_t ms_zero_run_matches(const ms_planes *planes, uint32_t mask, uint64_t base, uint64_t span, uint32_t tail);

/* Appends to the store what is left of a ref's blob in `block` (ms_block_encode_left), and makes the ref one to it. */
memscan_status ms_match_set_leave(ms_block_ref *ref, ms_store *store, const ms_block *block, uint8_t *scratch,
                                  memscan_error *error);

/* Reads the part of a referred block that begins at `base` and is at most MS_BLOCK_BYTES long into `block`. Blobs
 * are read whole (base is the ref's); a zero run gives any part of it. `scratch`: ms_block_blob_bound bytes. */
memscan_status ms_match_set_load(const ms_block_ref *ref, ms_store *store, uint64_t base, uint64_t span,
                                 ms_block *block, uint8_t *scratch, memscan_error *error);

/* The same of a referred blob without its bytes, which stay undefined. */
memscan_status ms_match_set_load_starts(const ms_block_ref *ref, ms_store *store, ms_block *block, uint8_t *scratch,
                                        memscan_error *error);
/* Whether `bytes`, from the ref's base on, are those of its blob, of which every slot matches (ms_block_is_whole): then nothing
 * is under the ref's matches that was not. `block` is reset to its place. */
bool ms_match_set_is_unchanged(const ms_block_ref *ref, ms_store *store, const uint8_t *bytes, ms_block *block,
                               uint8_t *scratch);

/* Whether the ref's blob holds these very bytes; `checksum` is theirs where the store sums, else 0. May answer false of
 * equal ones: they are then stored twice. */
bool ms_match_set_is_blob(const ms_block_ref *ref, ms_store *store, const uint8_t *blob, size_t length,
                          uint64_t checksum);

/* Reads what the set has between base and base + span into `block`, from as many refs as it takes: matches of other
 * addresses are not there, and bytes that no ref holds are undefined. `spare` is a block of the same planes. */
memscan_status ms_match_set_gather(const ms_match_set *set, ms_store *store, uint64_t base, uint32_t span,
                                   uint32_t tail, ms_block *block, ms_block *spare, uint8_t *scratch,
                                   memscan_error *error);

/* The index of the first ref whose end lies beyond `address`; refs.count when there is none. */
size_t ms_match_set_find(const ms_match_set *set, uint64_t address);

/* A set as one blob of its own, and back. */
memscan_status ms_match_set_write(const ms_match_set *set, ms_store *store, ms_blob *blob, memscan_error *error);
memscan_status ms_match_set_read(ms_match_set *set, ms_store *store, const ms_planes *planes, const ms_blob *blob,
                                 memscan_error *error);

#endif
