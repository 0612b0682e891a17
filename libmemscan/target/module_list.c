/* module_list.c - the modules as they were at one moment, ascending by base. Modules may overlap (a loader that
 * maps one into another's hole); an address belongs to the one that begins last before it. */
#include "module_list.h"

#include "../base/arena.h"
#include "../base/array.h"
#include "../base/error.h"

struct ms_module_list {
    const memscan_allocator *allocator;
    ms_array modules; /* memscan_module */
    ms_arena texts;
    bool out_of_memory;
};

static const char *copy_text(ms_module_list *list, const char *text)
{
    return ms_arena_text(&list->texts, text, strlen(text));
}

static int keep_module(const memscan_module *shown, void *context)
{
    ms_module_list *list = context;
    memscan_module module = *shown;
    module.name = copy_text(list, shown->name);
    module.path = copy_text(list, shown->path);
    module.build_id = NULL;
    if (shown->build_id)
        module.build_id =
            (const uint8_t *)ms_arena_text(&list->texts, (const char *)shown->build_id, shown->build_id_length);
    bool copied = module.name && module.path && (!shown->build_id || module.build_id);
    memscan_module *row = copied ? ms_array_push(&list->modules) : NULL;
    if (!row) {
        list->out_of_memory = true;
        return 1;
    }
    *row = module;
    return 0;
}

memscan_status ms_module_list_take(const memscan_platform *platform, void *state, const memscan_allocator *allocator,
                                   ms_module_list **list, memscan_error *error)
{
    if (!platform->modules)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target knows no modules");
    ms_module_list *fresh = ms_alloc(allocator, sizeof *fresh);
    if (!fresh)
        return ms_fail_memory(error);
    fresh->allocator = allocator;
    ms_array_init(&fresh->modules, allocator, sizeof(memscan_module));
    ms_arena_init(&fresh->texts, allocator);
    memscan_status status = platform->modules(state, keep_module, fresh, error);
    if (fresh->out_of_memory)
        status = ms_fail_memory(error);
    if (status) {
        ms_module_list_destroy(fresh);
        return status;
    }
    *list = fresh;
    return MEMSCAN_OK;
}

void ms_module_list_destroy(ms_module_list *list)
{
    if (!list)
        return;
    ms_array_deinit(&list->modules);
    ms_arena_deinit(&list->texts);
    ms_free(list->allocator, list, sizeof *list);
}

size_t ms_module_list_count(const ms_module_list *list)
{
    return list->modules.count;
}

const memscan_module *ms_module_list_at(const ms_module_list *list, size_t index)
{
    return ms_array_at(&list->modules, index);
}

/* A platform may show one that reaches beyond all addresses. */
static uint64_t last_of(const memscan_module *module)
{
    uint64_t most = UINT64_MAX - module->base;
    return module->base + (module->size - 1 < most ? module->size - 1 : most);
}

static void narrow(uint64_t *first, uint64_t *last, uint64_t to_first, uint64_t to_last)
{
    *first = to_first > *first ? to_first : *first;
    *last = to_last < *last ? to_last : *last;
}

const memscan_module *ms_module_list_find_about(const ms_module_list *list, uint64_t address, uint64_t *first,
                                                uint64_t *last)
{
    for (size_t i = list->modules.count; i-- > 0;) {
        const memscan_module *module = ms_module_list_at(list, i);
        if (address < module->base) {
            narrow(first, last, 0, module->base - 1);
        } else if (address - module->base >= module->size) {
            narrow(first, last, module->base + module->size, UINT64_MAX);
        } else {
            narrow(first, last, module->base, last_of(module));
            return module;
        }
    }
    return NULL;
}

const memscan_module *ms_module_list_find(const ms_module_list *list, uint64_t address)
{
    uint64_t first = 0, last = UINT64_MAX;
    return ms_module_list_find_about(list, address, &first, &last);
}
