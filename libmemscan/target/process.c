/* process.c - the processes of this machine: the list, who each is, and those that a name means.
 *
 * The short name is at hand and looked at first; path and command line are dear, and asked for only where the short
 * name does not fit. */
#include "process.h"

#include <string.h>

#include "../base/error.h"
#include "registry.h"

memscan_status memscan_processes(memscan_process_fn *visit, void *context, memscan_error *error)
{
    const memscan_platform *platform;
    memscan_status status = ms_registry_machine(&platform, error);
    return status ? status : platform->list(visit, context, error);
}

memscan_status memscan_process_describe(uint64_t pid, char *path, size_t path_capacity, char *command,
                                        size_t command_capacity, size_t *command_length, memscan_error *error)
{
    const memscan_platform *platform;
    *command_length = 0;
    if (path_capacity)
        path[0] = '\0';
    memscan_status status = ms_registry_machine(&platform, error);
    if (status)
        return status;
    if (!platform->describe)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this build cannot describe processes");
    return platform->describe(pid, path, path_capacity, command, command_capacity, command_length, error);
}

memscan_status memscan_processes_named(const char *glob, memscan_process_fn *visit, void *context, memscan_error *error)
{
    const memscan_platform *platform;
    memscan_status status = ms_registry_machine(&platform, error);
    return status ? status : ms_processes_named(platform, glob, visit, context, error);
}

/* One character further on: the continuation bytes of UTF-8 belong to the one before. */
static const char *next_character(const char *text)
{
    text++;
    while (((unsigned char)*text & 0xc0) == 0x80)
        text++;
    return text;
}

bool ms_glob_fits(const char *glob, const char *name)
{
    const char *star = NULL, *resume = NULL; /* the last star, and where its text would end next */
    while (*name) {
        if (*glob == '*') {
            star = ++glob;
            resume = name;
        } else if (*glob == '?') {
            glob++;
            name = next_character(name);
        } else if (*glob == *name) {
            glob++;
            name++;
        } else if (star) {
            glob = star;
            name = ++resume;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}

const char *ms_file_name(const char *path)
{
    const char *name = path;
    for (; *path; path++)
        if (*path == '/' || *path == '\\')
            name = path + 1;
    return name;
}

enum { LONGEST_PATH = 4096 };

typedef struct name_search {
    const memscan_platform *platform;
    const char *glob;
    uint64_t self;
    memscan_process_fn *visit;
    void *context;
} name_search;

static bool fits_by_description(const name_search *search, uint64_t pid)
{
    char path[LONGEST_PATH] = "", command[LONGEST_PATH] = "";
    size_t length = 0;
    if (!search->platform->describe)
        return false;
    if (search->platform->describe(pid, path, sizeof path, command, sizeof command - 1, &length, NULL))
        return false; /* it ended meanwhile, or does not say: then only its short name counts */
    command[length < sizeof command ? length : sizeof command - 1] = '\0';
    return (*path && ms_glob_fits(search->glob, ms_file_name(path))) ||
           (*command && ms_glob_fits(search->glob, ms_file_name(command)));
}

static int show_if_fits(const memscan_process *process, void *context)
{
    const name_search *search = context;
    if (process->pid == search->self)
        return 0;
    if (!ms_glob_fits(search->glob, process->name) && !fits_by_description(search, process->pid))
        return 0;
    return search->visit(process, search->context);
}

memscan_status ms_processes_named(const memscan_platform *platform, const char *glob, memscan_process_fn *visit,
                                  void *context, memscan_error *error)
{
    name_search search = { platform, glob, platform->self ? platform->self() : 0, visit, context };
    if (!platform->list)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this build cannot list processes");
    return platform->list(show_if_fits, &search, error);
}
