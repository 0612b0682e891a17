/* linux_platform.c - the platform "linux": the table of its functions. */
#include "linux_platform.h"

#include "linux_abilities.h"
#include "linux_process.h"
#include "linux_stacks.h"
#include "linux_target.h"
#include "linux_where.h"

const memscan_platform ms_linux_platform = {
    .size = sizeof(memscan_platform),
    .name = "linux",
    .scheme = "pid",
    .list = ms_linux_list,
    .describe = ms_linux_describe,
    .self = ms_linux_self,
    .open = ms_linux_open,
    .close = ms_linux_close,
    .facts = ms_linux_facts,
    .alive = ms_linux_alive,
    .regions = ms_linux_regions,
    .read = ms_linux_read,
    .write = ms_linux_write,
    .modules = ms_linux_modules,
    .threads = ms_linux_threads,
    .abilities = ms_linux_abilities,
    .residency = ms_linux_residency,
    .resident = ms_linux_resident,
    .read_unproved = ms_linux_read_unproved,
    .identity = ms_linux_image_identity,
    .auxiliary = ms_linux_image_auxiliary,
    .thread_place = ms_linux_image_thread_place,
    .suspend = ms_linux_suspend,
    .resume = ms_linux_resume,
    .stacks = ms_linux_stacks,
    .detail = ms_linux_detail,
    .page = ms_linux_page,
    .usages = ms_linux_usages,
    .measures = ms_linux_measures,
    .symbol_at = ms_linux_symbol_at,
    .symbols_named = ms_linux_symbols_named,
    .track = ms_linux_track,
    .untrack = ms_linux_untrack,
    .regions_about = ms_linux_regions_about,
};
