/* registry.c - platforms by scheme: handed over in the open options, or built in. The only list there is, is the
 * one that the build supplies; nothing is ever registered at run time, so nothing here changes. */
#include "registry.h"

#include <string.h>

#include "../base/builtin.h"
#include "../base/error.h"

enum { LONGEST_SCHEME = 16 };

static const memscan_platform *find_scheme(const memscan_platform *const *list, const char *scheme, size_t length)
{
    for (; list && *list; list++)
        if (strlen((*list)->scheme) == length && memcmp((*list)->scheme, scheme, length) == 0)
            return *list;
    return NULL;
}

memscan_status ms_registry_find(const char *locator, const memscan_platform *const *more,
                                const memscan_platform **platform, const char **rest, memscan_error *error)
{
    const char *colon = strchr(locator, ':');
    if (!colon || colon == locator || colon - locator > LONGEST_SCHEME) {
        ms_fail(error, MEMSCAN_INVALID, "a target is written SCHEME:WHERE");
        ms_hint(error, "for example pid:1234, or pid:self");
        return MEMSCAN_INVALID;
    }
    size_t length = (size_t)(colon - locator);
    const memscan_platform *found = find_scheme(more, locator, length);
    if (!found)
        found = find_scheme(ms_builtin_platforms, locator, length);
    if (!found) {
        char scheme[LONGEST_SCHEME + 1] = { 0 }, shown[4 * LONGEST_SCHEME + 1];
        memcpy(scheme, locator, length);
        memscan_escape(scheme, shown, sizeof shown);
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this build knows no targets of the kind \"%s:\"", shown);
    }
    *platform = found;
    *rest = colon + 1;
    return MEMSCAN_OK;
}

memscan_status ms_registry_machine(const memscan_platform **platform, memscan_error *error)
{
    for (const memscan_platform *const *at = ms_builtin_platforms; *at; at++)
        if ((*at)->list) {
            *platform = *at;
            return MEMSCAN_OK;
        }
    return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this build cannot list processes");
}

memscan_platform ms_registry_whole(const memscan_platform *platform)
{
    memscan_platform whole = { 0 };
    memcpy(&whole, platform, platform->size < sizeof whole ? platform->size : sizeof whole);
    return whole;
}
