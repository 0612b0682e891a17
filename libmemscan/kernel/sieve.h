/* sieve.h - many needles in one pass: a sample every few bytes, looked up in a table of the pieces of all needles.
 *
 * Of each needle a window of exact bytes is chosen, long enough that wherever the needle stands, one sample falls into
 * it whole. A sample that is in no window, nearly every one, costs one look at a bit. The needles must outlive the sieve;
 * it is immutable, and no byte outside hay[0..length) is ever read. */
#ifndef MS_SIEVE_H
#define MS_SIEVE_H

#include <stdbool.h>

#include <memscan/base.h>

#include "needle.h"

typedef struct ms_sieve ms_sieve;

/* taken[i] tells whether needle i is in it: short ones, those with too many wildcards, and those that would stop at
 * every zero are not, and are better searched one by one. NULL: no memory. */
ms_sieve *ms_sieve_create(const memscan_allocator *allocator, const ms_needle *const *needles, size_t count,
                          bool *taken);
void ms_sieve_destroy(ms_sieve *sieve); /* NULL is allowed */

/* Needle number `needle` stands at `at`. */
typedef void ms_sieve_visit(void *context, size_t needle, size_t at);
/* Visits, once and in no particular order, each place before start_limit where a needle that is in the sieve lies wholly
 * inside hay[0..length). */
void ms_sieve_scan(const ms_sieve *sieve, const uint8_t *hay, size_t length, size_t start_limit, ms_sieve_visit *visit,
                   void *context);

#endif
