/* linux_memory.c - reads of a target's memory.
 *
 * The fast way is process_vm_readv(2): many spans a call. It goes by number, so that every call is bracketed: after
 * the last transfer the image that was opened must still be there, else nothing that was moved may be trusted. (That
 * is enough: a number gets a new owner only after the old one has ended.) A search asks once for many reads. Where that
 * call is refused (seccomp, emulators), /proc/PID/mem serves. It is bound to the image, but would read what its protection forbids, too: there
 * the protection is honoured by us, so that both ways give the same answer. */
#define _GNU_SOURCE
#include "linux_target.h"

#include <errno.h>

#include "../../libmemscan/base/error.h"
#include "linux_absent.h"
#include "linux_fault.h"

#define BATCH 1024 /* UIO_MAXIOV: more is EINVAL */

/* ---- through /proc/PID/mem ---- */

/* Moves bytes of one mapping, up to `end` bytes of the transfer. */
static memscan_status read_mapped(linux_target *target, memscan_transfer *transfer, size_t end, memscan_error *error)
{
    while (transfer->done < end) {
        ssize_t got = target->sys->pread(target->mem_fd, (char *)transfer->buffer + transfer->done,
                                         end - transfer->done, transfer->address + transfer->done);
        if (got == 0)
            return ms_linux_fail_gone(error);
        if (got > 0)
            transfer->done += (size_t)got;
        else if (errno != EINTR) {
            transfer->outcome = MEMSCAN_FAULTY;
            return MEMSCAN_OK;
        }
    }
    return MEMSCAN_OK;
}

/* How far the mapping at the transfer's next byte lets it go. 0: not at all, and the outcome says why. */
static memscan_status readable_end(linux_lookup *lookup, memscan_transfer *transfer, size_t *end, memscan_error *error)
{
    linux_place place = { true, transfer->address + (transfer->size - 1), 0 };
    if (transfer->region)
        place.protection = transfer->region->protection;
    else {
        memscan_status status = ms_linux_lookup_place(lookup, transfer->address + transfer->done, &place, error);
        if (status != MEMSCAN_OK)
            return status;
    }
    *end = 0;
    if (!place.mapped || !(place.protection & MEMSCAN_PROT_READ))
        transfer->outcome = place.mapped ? MEMSCAN_PROTECTED : MEMSCAN_NOT_MAPPED;
    else if (place.last - transfer->address >= transfer->size - 1)
        *end = transfer->size;
    else
        *end = (size_t)(place.last - transfer->address) + 1;
    return MEMSCAN_OK;
}

static memscan_status read_by_mem(linux_lookup *lookup, memscan_transfer *transfer, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    while (status == MEMSCAN_OK && transfer->outcome == MEMSCAN_WHOLE && transfer->done < transfer->size) {
        size_t end = 0;
        status = readable_end(lookup, transfer, &end, error);
        if (status == MEMSCAN_OK && end)
            status = read_mapped(lookup->target, transfer, end, error);
    }
    return status;
}

/* ---- through process_vm_readv ---- */

typedef struct batch {
    linux_target *target;
    linux_lookup lookup;
    memscan_transfer *items[BATCH];
    size_t count;
} batch;

/* Counts `moved` bytes to the transfers from `first` on, in their order; returns the first that is not whole. */
static size_t take(batch *work, struct iovec *local, struct iovec *remote, size_t first, size_t moved)
{
    while (first < work->count && moved >= local[first].iov_len) {
        moved -= local[first].iov_len;
        work->items[first]->done = work->items[first]->size;
        first++;
    }
    if (moved) {
        work->items[first]->done += moved;
        local[first].iov_base = (char *)local[first].iov_base + moved;
        remote[first].iov_base = (char *)remote[first].iov_base + moved;
        local[first].iov_len = remote[first].iov_len = local[first].iov_len - moved;
    }
    return first;
}

/* A call that moves less than was asked stopped at a byte it could not move, or was cut short for a reason of its
 * own: only asked again from there does it tell. EFAULT: that first byte cannot be moved. */
static memscan_status read_by_number(batch *work, size_t *next, memscan_error *error)
{
    struct iovec local[BATCH], remote[BATCH];
    linux_target *target = work->target;
    for (size_t i = 0; i < work->count; i++) {
        memscan_transfer *transfer = work->items[i];
        local[i] = (struct iovec){ transfer->buffer, transfer->size };
        remote[i] = (struct iovec){ (void *)(uintptr_t)transfer->address, transfer->size };
    }
    size_t first = *next;
    while (first < work->count) {
        ssize_t moved = target->sys->vm_readv((pid_t)target->pid, local + first, work->count - first, remote + first,
                                              work->count - first);
        if (moved > 0)
            first = take(work, local, remote, first, (size_t)moved);
        else if (moved < 0 && errno == EFAULT)
            work->items[first++]->outcome = MEMSCAN_FAULTY;
        else if (moved < 0 && errno == ENOMEM)
            return ms_fail_os(error, MEMSCAN_NO_MEMORY, ENOMEM, "the system has no memory for reading");
        else if (moved == 0 || errno != EINTR) {
            /* EPERM, ENOSYS: refused; ESRCH: ended, or only its first thread did, which the number stands for. */
            atomic_store_explicit(&target->no_vm_readv, true, memory_order_relaxed);
            break;
        }
    }
    *next = first;
    return MEMSCAN_OK;
}

static bool number_serves(const linux_target *target)
{
    return UINTPTR_MAX == UINT64_MAX && !atomic_load_explicit(&target->no_vm_readv, memory_order_relaxed);
}

static memscan_status flush(batch *work, memscan_error *error)
{
    size_t next = 0;
    memscan_status status = MEMSCAN_OK;
    if (work->count && number_serves(work->target))
        status = read_by_number(work, &next, error);
    for (; status == MEMSCAN_OK && next < work->count; next++)
        status = read_by_mem(&work->lookup, work->items[next], error);
    work->count = 0;
    return status;
}

/* ---- the call ---- */

static bool may_block(const memscan_transfer *transfer)
{
    return transfer->region && transfer->region->flags & MEMSCAN_REGION_MAY_BLOCK;
}

static memscan_status move(batch *work, memscan_transfer *transfer, memscan_error *error)
{
    transfer->done = 0;
    transfer->outcome = MEMSCAN_WHOLE;
    if (transfer->source == MEMSCAN_FROM_BACKING)
        return ms_linux_read_backing(work->target, transfer, error);
    if (may_block(transfer))
        return ms_linux_read_guarded(work->target, transfer, error);
    work->items[work->count++] = transfer;
    return work->count == BATCH ? flush(work, error) : MEMSCAN_OK;
}

/* The system only says that a byte could not be moved. Why, the map knows: nothing there, no right to read, or
 * (readable, and yet not to be had) a fault of what is behind it, or a guard page. */
static memscan_status explain(linux_lookup *lookup, memscan_transfer *transfer, memscan_error *error)
{
    uint64_t address = transfer->address + transfer->done;
    linux_place place;
    memscan_status status = ms_linux_lookup_place(lookup, address, &place, error);
    if (status != MEMSCAN_OK)
        return status;
    if (!place.mapped)
        transfer->outcome = MEMSCAN_NOT_MAPPED;
    else if (!(place.protection & MEMSCAN_PROT_READ) || ms_linux_is_guard(lookup->target, address))
        transfer->outcome = MEMSCAN_PROTECTED;
    else if (may_block(transfer) && !ms_linux_is_present(lookup->target, address))
        transfer->outcome = MEMSCAN_BLOCKED; /* mem does not wait for a userfaultfd: it fails at once */
    return MEMSCAN_OK;
}

static memscan_status move_all(batch *work, memscan_transfer *transfers, size_t count, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < count && status == MEMSCAN_OK; i++)
        status = move(work, &transfers[i], error);
    if (status == MEMSCAN_OK)
        status = flush(work, error);
    for (size_t i = 0; i < count && status == MEMSCAN_OK; i++)
        if (transfers[i].outcome == MEMSCAN_FAULTY && transfers[i].source == MEMSCAN_FROM_TARGET)
            status = explain(&work->lookup, &transfers[i], error);
    return status;
}

memscan_status ms_linux_read_unproved(void *state, memscan_transfer *transfers, size_t count, memscan_error *error)
{
    batch work;
    work.target = state;
    work.count = 0;
    ms_linux_lookup_init(&work.lookup, state);
    memscan_status status = move_all(&work, transfers, count, error);
    ms_linux_lookup_deinit(&work.lookup);
    return status;
}

/* The last look decides: an image that is gone has an empty map, and nothing that was said of it holds. */
memscan_status ms_linux_read(void *state, memscan_transfer *transfers, size_t count, memscan_error *error)
{
    memscan_status status = ms_linux_read_unproved(state, transfers, count, error);
    return status == MEMSCAN_OK ? ms_linux_alive(state, error) : status;
}
