/* linux_write.c - writes, through /proc/PID/mem only.
 *
 * That descriptor is bound to the image that was opened: a write can never land in another program, whatever became
 * of the process's number. It also writes where the protection forbids the target itself to (proc_pid_mem(5)), into
 * a private copy of the page; not in shared mappings, and not where proc_mem.force_override is off. */
#define _GNU_SOURCE
#include "linux_target.h"

#include <errno.h>

#include "../../libmemscan/base/error.h"
#include "linux_absent.h"
#include "linux_fault.h"

static bool may_block(const memscan_transfer *transfer)
{
    return transfer->region && transfer->region->flags & MEMSCAN_REGION_MAY_BLOCK;
}

/* EIO says only "not here": the map knows whether anything is. */
static memscan_status explain(linux_lookup *lookup, memscan_transfer *transfer, memscan_error *error)
{
    linux_place place;
    memscan_status status = ms_linux_lookup_place(lookup, transfer->address + transfer->done, &place, error);
    if (status != MEMSCAN_OK)
        return status;
    if (!place.mapped)
        transfer->outcome = MEMSCAN_NOT_MAPPED;
    else if (!(place.protection & MEMSCAN_PROT_WRITE))
        transfer->outcome = MEMSCAN_PROTECTED;
    else
        transfer->outcome = may_block(transfer) ? MEMSCAN_BLOCKED : MEMSCAN_FAULTY;
    return MEMSCAN_OK;
}

static memscan_status write_one(linux_lookup *lookup, memscan_transfer *transfer, memscan_error *error)
{
    transfer->done = 0;
    transfer->outcome = MEMSCAN_WHOLE;
    if (may_block(transfer)) {
        memscan_status status = ms_linux_write_guarded(lookup->target, transfer, error);
        return status == MEMSCAN_OK && transfer->outcome == MEMSCAN_FAULTY ? explain(lookup, transfer, error) : status;
    }
    while (transfer->done < transfer->size) {
        ssize_t put =
            lookup->target->sys->pwrite(lookup->target->mem_fd, (const char *)transfer->buffer + transfer->done,
                                        transfer->size - transfer->done, transfer->address + transfer->done);
        if (put == 0)
            return ms_linux_fail_gone(error);
        if (put > 0)
            transfer->done += (size_t)put;
        else if (errno != EINTR)
            return explain(lookup, transfer, error);
    }
    return MEMSCAN_OK;
}

memscan_status ms_linux_write(void *state, memscan_transfer *transfers, size_t count, memscan_error *error)
{
    linux_target *target = state;
    if (!(target->access & MEMSCAN_WRITE))
        return ms_fail(error, MEMSCAN_DENIED, "the target was not opened for writing");
    linux_lookup lookup;
    ms_linux_lookup_init(&lookup, target);
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < count && status == MEMSCAN_OK; i++)
        status = write_one(&lookup, &transfers[i], error);
    ms_linux_lookup_deinit(&lookup);
    return status == MEMSCAN_OK ? ms_linux_alive(target, error) : status;
}
