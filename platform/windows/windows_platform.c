/* windows_platform.c - the table of this platform's functions. */
#include "windows_platform.h"

#include "windows_target.h"

const memscan_platform ms_windows_platform = {
    .size = sizeof(memscan_platform),
    .name = "windows",
    .scheme = "pid",
    .list = ms_windows_list,
    .describe = ms_windows_describe,
    .self = ms_windows_self,
    .open = ms_windows_open,
    .close = ms_windows_close,
    .facts = ms_windows_facts,
    .alive = ms_windows_alive,
    .regions = ms_windows_regions,
    .read = ms_windows_read,
    .write = ms_windows_write,
    .modules = ms_windows_modules,
    .threads = ms_windows_threads,
    .abilities = ms_windows_abilities,
    .residency = ms_windows_residency,
    .identity = ms_windows_identity,
    .suspend = ms_windows_suspend,
    .resume = ms_windows_resume,
    .stacks = ms_windows_stacks,
    .page = ms_windows_page,
    .usages = ms_windows_usages,
    .measures = ms_windows_measures,
};
