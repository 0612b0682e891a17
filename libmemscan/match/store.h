/* store.h - an append-only sequence of bytes that holds the blobs of a session: in memory up to a limit, then in a
 * nameless file; or in a session file from the start. What was appended never changes, so a step of the session
 * stays readable however many follow.
 *
 * Threads: any of them may read and append, all at the same time. Whatever else is done to a store is done while nobody
 * appends. */
#ifndef MS_STORE_H
#define MS_STORE_H

#include <stdbool.h>

#include <memscan/base.h>

#include "../base/file.h"
#include "blob.h"

typedef struct ms_store ms_store;

/* A store of its own. `memory_limit`: bytes kept in memory before it moves to a nameless file in `folder` (NULL:
 * the system's choice). */
memscan_status ms_store_create(const memscan_allocator *allocator, uint64_t memory_limit, const char *folder,
                               ms_store **store, memscan_error *error);
/* A store in a file, where it begins at `origin` and holds `length` bytes already; the store owns the file from now
 * on (also when this fails). */
memscan_status ms_store_open(const memscan_allocator *allocator, ms_file *file, uint64_t origin, uint64_t length,
                             ms_store **store, memscan_error *error);
void ms_store_destroy(ms_store *store); /* NULL is allowed */

/* Appends: at the end that it has at this moment, so that several threads' blobs lie in no order. Whoever holds a blob must
 * give it back first. LIMIT: memory and disk are full; the store is as before. */
memscan_status ms_store_append(ms_store *store, const void *bytes, size_t length, ms_blob *blob, memscan_error *error);
/* Whether its blobs carry their checksum: those of a session file, which a disk may damage. What never leaves this process
 * is summed when it is saved (sum.h), and not checked at each read. */
bool ms_store_sums(const ms_store *store);
/* The same with a checksum that is known already, a worker's work and not the appending thread's; 0 where blobs carry
 * none. */
memscan_status ms_store_append_summed(ms_store *store, const void *bytes, size_t length, uint64_t checksum,
                                      ms_blob *blob, memscan_error *error);
/* The same of a blob in two places, where blobs carry no checksum. */
memscan_status ms_store_append_parts(ms_store *store, const ms_blob_parts *parts, ms_blob *blob, memscan_error *error);
/* Reads a whole blob into `buffer`. CORRUPT: it is not what was appended. */
memscan_status ms_store_read(ms_store *store, const ms_blob *blob, void *buffer, memscan_error *error);

/* A blob where it lies in memory, or NULL: it is elsewhere, or not in one piece, or has to be checked. Until it is given
 * back nothing that was appended moves. */
const uint8_t *ms_store_hold(ms_store *store, const ms_blob *blob);
void ms_store_give_back(ms_store *store);

uint64_t ms_store_length(const ms_store *store);
/* Forgets what was appended beyond `length`. */
void ms_store_shorten(ms_store *store, uint64_t length);
/* Everything appended is in the file and survives a power cut. Nothing to do for a store without a session file. */
memscan_status ms_store_flush(ms_store *store, bool sync, memscan_error *error);

/* Writes the whole store to a file from `origin` on. */
memscan_status ms_store_copy(ms_store *store, ms_file *to, uint64_t origin, memscan_error *error);

/* The session file below, or NULL. */
ms_file *ms_store_file(ms_store *store);

#endif
