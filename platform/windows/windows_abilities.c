/* windows_abilities.c - what can be done with a target on Windows, and what would help where something cannot. */
#include "windows_target.h"

#include "../../libmemscan/base/error.h"

static bool show(const memscan_ability *ability, memscan_ability_fn *visit, void *context)
{
    return visit(ability, context) == 0;
}

memscan_status ms_windows_abilities(void *state, memscan_ability_fn *visit, void *context, memscan_error *error)
{
    windows_target *target = state;
    bool writes = (target->access & MEMSCAN_WRITE) != 0;
    const char *to_write = writes ? "" : "open it for writing";
    const char *closed = writes ? "" : "it was opened to read only";
    const memscan_ability abilities[] = {
        { "read", 1, "", "" },
        { "write", writes, closed, to_write },
        { "write-protected", writes, writes ? "private pages and images, by VirtualProtectEx for a moment" : closed,
          to_write },
        { "residency", target->working_set_tells,
          target->working_set_tells ? "pages outside the working set are not told apart"
                                    : "this system does not answer QueryWorkingSetEx",
          "" },
        { "absent-shared", 0, "Windows shows no way to read a section without mapping it", "" },
        { "control", 0, "not in this version", "" },
    };
    memscan_status status = ms_windows_alive(target, error);
    if (status)
        return status;
    for (size_t i = 0; i < sizeof abilities / sizeof abilities[0]; i++)
        if (!show(&abilities[i], visit, context))
            return ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    return MEMSCAN_OK;
}
