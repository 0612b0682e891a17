/* settings.c - see settings.h. */
#define _GNU_SOURCE
#include "settings.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "format.h"

static char entry[2 * PATH_MAX + 64]; /* "NAME=PATH:RECORDER" */
static char memory_path[64];
static const char *recorder_path;

bool settings_are_there(void)
{
    return environ != NULL;
}

const char *settings_read(void)
{
    static const char name[] = RECORDER_VARIABLE "=";
    const char *found = NULL;
    for (char **variable = environ; *variable != NULL && found == NULL; variable++)
        found = strncmp(*variable, name, sizeof name - 1) == 0 ? *variable : NULL;
    if (found == NULL || strlen(found) >= sizeof entry)
        return NULL;
    strcpy(entry, found);
    const char *path = entry + sizeof name - 1, *colon = strchr(path, ':');
    if (colon == NULL || (size_t)(colon - path) >= sizeof memory_path)
        return NULL;
    memcpy(memory_path, path, (size_t)(colon - path));
    recorder_path = colon + 1;
    return memory_path;
}

const char *settings_entry(void)
{
    return entry;
}

const char *settings_recorder(void)
{
    return recorder_path;
}
