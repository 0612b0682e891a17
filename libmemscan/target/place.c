/* place.c - where an address is, in words.
 *
 * What is written here, memscan_resolve reads back to the same address as long as the map stays: offsets of modules
 * count from their base, those of other named memory from the first of the touching regions that share the name
 * (a heap whose protection was changed in the middle is still one heap). Nameless memory has no such way back. */
#include "place.h"

#include <string.h>

#include "../base/error.h"
#include "../base/text.h"
#include "process.h"

memscan_status ms_target_modules(memscan_target *target, ms_module_list **modules, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    if (!target->modules)
        status = ms_module_list_take(&target->platform, target->state, target->allocator, &target->modules, error);
    *modules = target->modules;
    return status;
}

size_t ms_region_map_run(const ms_region_map *map, size_t index)
{
    while (index > 0) {
        const memscan_region *here = ms_region_map_at(map, index), *before = ms_region_map_at(map, index - 1);
        if (before->name != here->name || ms_region_last(before) + 1 != here->start)
            break;
        index--;
    }
    return index;
}

const char *ms_region_short_name(const memscan_region *region)
{
    return (region->flags & MEMSCAN_REGION_FILE) ? ms_file_name(region->name) : region->name;
}

/* The region of `address` in the last snapshot, or in a new one when it is not in that. NULL: not mapped, or not to
 * be found out. */
static const memscan_region *look_up(memscan_target *target, uint64_t address, memscan_error *error,
                                     memscan_status *status)
{
    bool old = target->map != NULL;
    ms_region_map *map = NULL;
    *status = ms_target_map(target, &map, error);
    const memscan_region *region = *status ? NULL : ms_region_map_find(map, address);
    if (!region && old && !*status) {
        *status = ms_target_fresh_map(target, &map, error);
        region = *status ? NULL : ms_region_map_find(map, address);
    }
    return region;
}

memscan_status memscan_region_at(memscan_target *target, uint64_t address, memscan_region *region, memscan_error *error)
{
    memscan_status status;
    const memscan_region *found = look_up(target, address, error, &status);
    memset(region, 0, sizeof *region);
    if (status)
        return status;
    if (!found)
        return ms_fail_at(error, MEMSCAN_UNREADABLE, address, "nothing is mapped at 0x%llx",
                          (unsigned long long)address);
    *region = *found;
    return MEMSCAN_OK;
}

/* Names with spaces, signs or colons would be taken apart when read back. */
static bool needs_quotes(const char *name)
{
    return strpbrk(name, " +-:!@\"") != NULL || (*name >= '0' && *name <= '9');
}

static void write_place(const char *name, bool may_quote, uint64_t offset, char *out, size_t capacity)
{
    char shown[MEMSCAN_PLACE_MAX - 24]; /* leaves room for quotes, "+0x", 16 digits and the NUL */
    size_t room = capacity < MEMSCAN_PLACE_MAX ? (capacity > 24 ? capacity - 24 : 1) : sizeof shown;
    bool quoted = may_quote && needs_quotes(name);
    ms_text text;
    ms_text_init(&text, out, capacity);
    size_t length = memscan_escape(name, shown, room), fits = length < room ? length : strlen(shown);
    ms_text_add_bytes(&text, "\"", quoted);
    ms_text_add_bytes(&text, shown, fits);
    ms_text_add_bytes(&text, "\"", quoted);
    ms_text_add_bytes(&text, "+", 1);
    ms_text_add_hex(&text, offset);
}

void ms_place_write(const ms_region_map *map, const ms_module_list *modules, uint64_t address, char *out,
                    size_t capacity)
{
    ms_text text;
    size_t index = map ? ms_region_map_seek(map, address) : 0;
    const memscan_region *region = map && index < ms_region_map_count(map) ? ms_region_map_at(map, index) : NULL;
    ms_text_init(&text, out, capacity);
    if (!region || region->start > address) {
        ms_text_add_hex(&text, address);
        return;
    }
    const memscan_module *module = modules ? ms_module_list_find(modules, address) : NULL;
    if (module) {
        write_place(module->name, true, address - module->base, out, capacity);
        return;
    }
    const char *name = ms_region_short_name(region);
    if (!*name) {
        write_place("[anon]", false, address - region->start, out, capacity);
        return;
    }
    uint64_t start = ms_region_map_at(map, ms_region_map_run(map, index))->start;
    write_place(name, *name != '[', address - start, out, capacity);
}

void memscan_place(memscan_target *target, uint64_t address, char *out, size_t capacity)
{
    memscan_status status;
    ms_module_list *modules = NULL;
    if (look_up(target, address, NULL, &status) && ms_target_modules(target, &modules, NULL))
        modules = NULL;
    ms_place_write(target->map, modules, address, out, capacity);
}
