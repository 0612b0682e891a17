/* view.h - the address space as it was at one moment, with what can be asked about it: regions, modules, stacks. */
#ifndef MS_VIEW_H
#define MS_VIEW_H

#include <memscan/where.h>

#include "../base/array.h"
#include "module_list.h"
#include "target.h"

struct memscan_view {
    memscan_target *target;
    ms_region_map *map;
    ms_module_list *modules; /* NULL: the platform knows none */
    ms_array stacks;         /* of memscan_stack, as the platform told them */
    memscan_measures measures;
};

/* On whose stack an address of `region` lies. NULL: on nobody's that is known, which is no surprise but in regions of the
 * kind STACK. */
const memscan_stack *ms_view_stack_of(const memscan_view *view, const memscan_region *region, uint64_t address);
/* Whether the thread runs on another stack here than on the one that it was started on. */
bool ms_view_is_alternate(const memscan_stack *stack, const memscan_region *region);

/* Of what only adds to an answer, two failures are the answer's own. */
static inline memscan_status ms_view_forgive(memscan_status status)
{
    return status == MEMSCAN_GONE || status == MEMSCAN_NO_MEMORY ? status : MEMSCAN_OK;
}

#endif
