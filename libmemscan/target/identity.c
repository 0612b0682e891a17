/* identity.c - which process image a target is. Differences are told in the order of what people can do about them: the
 * program first, then the machine, then the run of the program. */
#include "identity.h"

#include <string.h>

#include "../base/error.h"

memscan_status ms_target_identity(memscan_target *target, memscan_identity *identity, memscan_error *error)
{
    *identity = (memscan_identity){ 0 };
    if (!target->platform.identity)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target has no identity that could be kept");
    memscan_status status = target->platform.identity(target->state, identity, error);
    if (status)
        *identity = (memscan_identity){ 0 };
    return status;
}

/* The id stands in the target's memory, which cannot always be read: one that is not known tells nothing. */
static bool build_ids_differ(const memscan_identity *known, const memscan_identity *now)
{
    return known->build_id_length && now->build_id_length &&
           (known->build_id_length != now->build_id_length ||
            memcmp(known->build_id, now->build_id, known->build_id_length) != 0);
}

const char *ms_identity_difference(const memscan_identity *known, const memscan_identity *now)
{
    if (known->device != now->device || known->inode != now->inode)
        return "the executable is another file";
    if (build_ids_differ(known, now))
        return "the executable was built anew";
    if (strcmp(known->boot, now->boot) != 0)
        return "the machine was restarted since";
    if (known->pid != now->pid)
        return "the process id is another";
    if (known->start_time != now->start_time)
        return "the process of this id was started later";
    if (known->load_address != now->load_address || known->stack_address != now->stack_address)
        return "the process executed the program again";
    return NULL;
}
