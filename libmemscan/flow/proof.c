/* proof.c - one question for many reads. */
#include "proof.h"

#include "../base/host.h"

memscan_status ms_proof_reach(ms_proof *proof, uint64_t read_at, memscan_error *error)
{
    if (read_at <= proof->until)
        return MEMSCAN_OK;
    uint64_t now = ms_clock_ns();
    memscan_status status = memscan_alive(proof->target, error);
    if (status == MEMSCAN_OK)
        proof->until = now;
    return status;
}
