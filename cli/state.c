/* state.c - as the XDG Base Directory Specification has it: a relative $XDG_STATE_HOME does not count. */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>

bool cli_state_folder(const char *name, char *out, size_t capacity)
{
    const char *base = getenv("XDG_STATE_HOME"), *below = "";
    if (base == NULL || base[0] != '/')
        base = getenv("LOCALAPPDATA");
    if (base == NULL || base[0] == '\0') {
        base = getenv("HOME");
        below = "/.local/state";
    }
    if (base == NULL || base[0] == '\0')
        return false;
    int length = snprintf(out, capacity, "%s%s/memscan/%s", base, below, name);
    return length > 0 && (size_t)length < capacity;
}
