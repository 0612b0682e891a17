/* symbol.c - addresses by the names of symbols: every module is asked, and a name that means several places is refused
 * rather than guessed. */
#include "symbol.h"

#include <string.h>

#include "../base/error.h"
#include "../base/text.h"
#include "place.h"

enum { SHOWN_MOST = 3 };

/* The places found so far: of symbols that all may see, once there is one, else of local ones. */
typedef struct symbol_search {
    const char *name;
    const memscan_module *module; /* being asked */
    bool global;
    size_t count;
    uint64_t address; /* the first */
    const memscan_module *modules[SHOWN_MOST];
} symbol_search;

static int take_symbol(const memscan_symbol *symbol, void *context)
{
    symbol_search *search = context;
    bool global = !symbol->is_local;
    if (global && !search->global) {
        search->global = true;
        search->count = 0;
    }
    if (global != search->global || (search->count && symbol->address == search->address))
        return 0; /* of lesser rank, or the same place by another version of the name */
    if (search->count < SHOWN_MOST)
        search->modules[search->count] = search->module;
    if (search->count++ == 0)
        search->address = symbol->address;
    return 0;
}

static bool is_named(const memscan_module *module, const char *name)
{
    char shown[MEMSCAN_PLACE_MAX];
    if (!name || !strcmp(module->name, name) || !strcmp(module->path, name))
        return true;
    size_t length = memscan_escape(module->name, shown, sizeof shown);
    return length < sizeof shown && !strcmp(shown, name);
}

static memscan_status ask_module(memscan_target *target, const ms_region_map *map, symbol_search *search,
                                 memscan_error *error)
{
    const memscan_region *head = ms_region_map_find(map, search->module->base);
    if (!head)
        return MEMSCAN_OK;
    memscan_status status =
        target->platform.symbols_named(target->state, search->module, head, search->name, take_symbol, search, error);
    return status == MEMSCAN_NOT_FOUND ? MEMSCAN_OK : status; /* a file without symbols */
}

static memscan_status refuse(const symbol_search *search, memscan_error *error)
{
    char shown[120], hint[400];
    ms_text text;
    memscan_escape(search->name, shown, sizeof shown);
    ms_text_init(&text, hint, sizeof hint);
    ms_text_add(&text, "say which:");
    for (size_t i = 0; i < search->count && i < SHOWN_MOST; i++) {
        char module[100];
        memscan_escape(search->modules[i]->name, module, sizeof module);
        if (i == 0 || search->modules[i] != search->modules[i - 1])
            ms_text_format(&text, " %s!%s", module, shown);
    }
    ms_fail(error, MEMSCAN_AMBIGUOUS, "%zu symbols in the target are called \"%s\"", search->count, shown);
    if (search->modules[0] != search->modules[1])
        ms_hint(error, "%s", hint);
    return MEMSCAN_AMBIGUOUS;
}

memscan_status ms_symbol_resolve(memscan_target *target, const ms_region_map *map, const char *module, const char *name,
                                 uint64_t *address, memscan_error *error)
{
    ms_module_list *modules;
    symbol_search search = { .name = name };
    size_t asked = 0;
    char shown[120];
    if (!target->platform.symbols_named)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "on this system no symbols are read");
    memscan_status status = ms_target_modules(target, &modules, error);
    for (size_t i = 0; !status && i < ms_module_list_count(modules); i++) {
        search.module = ms_module_list_at(modules, i);
        if (!is_named(search.module, module))
            continue;
        asked++;
        status = ask_module(target, map, &search, error);
    }
    if (status)
        return status;
    if (search.count > 1)
        return refuse(&search, error);
    if (search.count == 1) {
        *address = search.address;
        return MEMSCAN_OK;
    }
    memscan_escape(asked || !module ? name : module, shown, sizeof shown);
    return ms_fail(error, MEMSCAN_NOT_FOUND, "no %s of the target is called \"%s\"",
                   asked || !module ? "symbol" : "module", shown);
}
