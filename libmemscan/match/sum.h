/* sum.h - the checksums of a session that has none yet. In memory its blobs carry none, since nothing but us can change
 * them there; in a file each reference has the checksum of its blob (docs/formats.md). */
#ifndef MS_SUM_H
#define MS_SUM_H

#include "session.h"

/* What the session was before. */
typedef struct ms_unsummed {
    ms_array sets;        /* of ms_blob: the steps', then the marks'; empty: nothing was to be summed */
    ms_match_set current; /* of the current step, with checksums */
} ms_unsummed;

/* Appends to the store the match sets of all steps and marks with checksums in them, and lets the session refer to those.
 * Nothing is changed when it fails. Undone by ms_session_unsum; else ended by ms_unsummed_deinit. */
memscan_status ms_session_sum(ms_session *session, ms_unsummed *before, memscan_error *error);
void ms_session_unsum(ms_session *session, ms_unsummed *before);
void ms_unsummed_deinit(ms_unsummed *before);

#endif
