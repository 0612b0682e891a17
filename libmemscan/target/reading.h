/* reading.h - read many places as a caller of ours names them, by a snapshot that is as new as it must be. */
#ifndef MS_READING_H
#define MS_READING_H

#include "fetch.h"
#include "piece.h"

/* Reads what can be read of `spans` (addresses, sizes and buffers; the answers are not set). What could not be read
 * is appended to `holes` (of ms_hole, where `job` is the span), ascending by span and offset; its bytes are zero.
 * INVALID: a span reaches beyond the target's addresses. */
memscan_status ms_read_spans(memscan_target *target, const memscan_span *spans, size_t count, const ms_policy *policy,
                             ms_array *holes, memscan_error *error);

#endif
