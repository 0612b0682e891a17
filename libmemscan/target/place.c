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

static void spell(const char *name, bool may_quote, size_t capacity, ms_place_name *place)
{
    char shown[MEMSCAN_PLACE_MAX - 24]; /* leaves room for quotes, "+0x", 16 digits and the NUL */
    size_t room = capacity < MEMSCAN_PLACE_MAX ? (capacity > 24 ? capacity - 24 : 1) : sizeof shown;
    bool quoted = may_quote && needs_quotes(name);
    ms_text text;
    ms_text_init(&text, place->text, sizeof place->text);
    size_t length = memscan_escape(name, shown, room), fits = length < room ? length : strlen(shown);
    ms_text_add_bytes(&text, "\"", quoted);
    ms_text_add_bytes(&text, shown, fits);
    ms_text_add_bytes(&text, "\"", quoted);
    ms_text_add_bytes(&text, "+", 1);
    place->length = text.length;
}

/* The name of `address`, short enough for `capacity`, and which addresses share it. */
static void give_name(const ms_region_map *map, const ms_module_list *modules, uint64_t address, size_t capacity,
                      ms_place_name *place)
{
    size_t index = map ? ms_region_map_seek(map, address) : 0;
    const memscan_region *region = map && index < ms_region_map_count(map) ? ms_region_map_at(map, index) : NULL;
    place->base = 0;
    place->length = 0;
    if (!region || region->start > address)
        return;
    place->first = region->start;
    place->last = ms_region_last(region);
    const memscan_module *module =
        modules ? ms_module_list_find_about(modules, address, &place->first, &place->last) : NULL;
    const char *name = module ? module->name : ms_region_short_name(region);
    if (module) {
        place->base = module->base;
        spell(name, true, capacity, place);
    } else if (!*name) {
        place->base = region->start;
        spell("[anon]", false, capacity, place);
    } else {
        place->base = ms_region_map_at(map, ms_region_map_run(map, index))->start;
        spell(name, *name != '[', capacity, place);
    }
}

static void write_place(const ms_place_name *place, uint64_t address, char *out, size_t capacity)
{
    ms_text text;
    ms_text_init(&text, out, capacity);
    ms_text_add_bytes(&text, place->text, place->length);
    ms_text_add_hex(&text, address - place->base);
}

void ms_place_write(const ms_region_map *map, const ms_module_list *modules, uint64_t address, char *out,
                    size_t capacity)
{
    ms_place_name place;
    give_name(map, modules, address, capacity, &place);
    write_place(&place, address, out, capacity);
}

static bool has_name(const ms_place_name *place, uint64_t address)
{
    return place->length && address - place->first <= place->last - place->first;
}

/* A search shows thousands of matches of one region in a row, so the last name is kept; but not one that is short for lack of
 * room, or of modules that could not be asked for. */
void memscan_place(memscan_target *target, uint64_t address, char *out, size_t capacity)
{
    bool is_full = capacity >= MEMSCAN_PLACE_MAX;
    if (is_full && has_name(&target->place, address)) {
        write_place(&target->place, address, out, capacity);
        return;
    }
    memscan_status status, listed = MEMSCAN_OK;
    ms_module_list *modules = NULL;
    ms_place_name place;
    if (look_up(target, address, NULL, &status) && (listed = ms_target_modules(target, &modules, NULL)) != MEMSCAN_OK)
        modules = NULL;
    give_name(target->map, modules, address, capacity, &place);
    if (is_full && place.length && (listed == MEMSCAN_OK || listed == MEMSCAN_NOT_SUPPORTED))
        target->place = place;
    write_place(&place, address, out, capacity);
}
