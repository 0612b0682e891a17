/* proof.h - whether what was read was the target's: asked once for all that was read before. Of the caller's thread. */
#ifndef MS_PROOF_H
#define MS_PROOF_H

#include "../target/target.h"

typedef struct ms_proof {
    memscan_target *target;
    uint64_t until; /* ms_clock_ns: what was read before is proved */
} ms_proof;

/* Proves what was read up to `read_at` (ms_clock_ns after reading; 0: nothing), by asking if need be. GONE: nothing that is
 * not proved yet may be trusted. */
memscan_status ms_proof_reach(ms_proof *proof, uint64_t read_at, memscan_error *error);

#endif
