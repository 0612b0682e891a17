/* summary.c - the address space added up. Each region counts once by its kind and once by its module ("none" where no
 * module holds its start), so that both tables come to the same sum. */
#include "summary.h"

#include <stdlib.h>
#include <string.h>

#include "complain.h"

typedef struct module_total {
    uint64_t base, end; /* end: excluded */
    char *name;
    cli_total total;
} module_total;

typedef struct summing {
    module_total *modules; /* ascending; the last one is "none" */
    size_t count, capacity;
} summing;

static void add(cli_total *total, const cli_survey *survey, const cli_surveyed *s)
{
    const memscan_usage *usage = &s->usage;
    bool known = survey->resident_known && s->resident_known;
    total->regions++;
    total->bytes += s->region.size;
    total->resident += s->usage_known ? usage->resident : known ? s->resident : 0;
    total->resident_known |= known || s->usage_known;
    total->usage_known |= s->usage_known;
    total->usage.private_bytes += usage->private_bytes;
    total->usage.shared_bytes += usage->shared_bytes;
    total->usage.swapped += usage->swapped;
    total->usage.huge += usage->huge;
}

/* ---- by kind ---- */

static void show_kinds(cli *call, const cli_survey *survey)
{
    cli_total totals[MEMSCAN_KIND_COUNT] = { 0 }, all = { .name = "all" };
    for (size_t i = 0; i < survey->count; i++) {
        memscan_kind kind = survey->regions[i].region.kind;
        add(&totals[kind < MEMSCAN_KIND_COUNT ? kind : 0], survey, &survey->regions[i]);
        add(&all, survey, &survey->regions[i]);
    }
    for (int kind = 0; kind < MEMSCAN_KIND_COUNT; kind++) {
        totals[kind].name = memscan_kind_name(kind);
        if (totals[kind].regions > 0)
            call->printer->form->total(call->printer, &totals[kind]);
    }
    call->printer->form->total(call->printer, &all);
}

/* ---- by module ---- */

static module_total *push(summing *s, uint64_t base, uint64_t end, const char *name)
{
    if (s->count == s->capacity) {
        size_t more = s->capacity == 0 ? 64 : s->capacity * 2;
        module_total *modules = realloc(s->modules, more * sizeof *modules);
        if (modules == NULL)
            return NULL;
        s->modules = modules;
        s->capacity = more;
    }
    size_t size = strlen(name) + 1;
    char *copy = malloc(size);
    if (copy == NULL)
        return NULL;
    memcpy(copy, name, size);
    s->modules[s->count] = (module_total){ base, end, copy, { .name = copy, .of_module = true } };
    return &s->modules[s->count++];
}

static int take_module(const memscan_module *module, void *context)
{
    return push(context, module->base, module->base + module->size, module->name) == NULL;
}

/* The module that begins last at or below the region, if the region begins in it; else "none", which is the last. */
static cli_total *module_of(summing *s, const memscan_region *region)
{
    size_t low = 0, high = s->count - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (s->modules[middle].base <= region->start)
            low = middle + 1;
        else
            high = middle;
    }
    bool inside = low > 0 && region->start < s->modules[low - 1].end;
    return &s->modules[inside ? low - 1 : s->count - 1].total;
}

static memscan_status show_modules(cli *call, memscan_target *target, const cli_survey *survey, summing *s,
                                   memscan_error *error)
{
    memscan_status status = memscan_modules(target, take_module, s, error);
    if (status == MEMSCAN_NOT_SUPPORTED)
        return MEMSCAN_OK;
    if (status == MEMSCAN_STOPPED || (status == MEMSCAN_OK && push(s, 0, 0, "none") == NULL))
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    if (status != MEMSCAN_OK)
        return status;
    for (size_t i = 0; i < survey->count; i++)
        add(module_of(s, &survey->regions[i].region), survey, &survey->regions[i]);
    for (size_t i = 0; i < s->count; i++)
        if (s->modules[i].total.regions > 0)
            call->printer->form->total(call->printer, &s->modules[i].total);
    return MEMSCAN_OK;
}

/* ---- entries ---- */

enum { SIZES_MOST = 8 };

static void count_entries(cli_entries *sizes, size_t *count, uint64_t page_size, uint64_t bytes)
{
    size_t at = 0;
    if (page_size == 0 || bytes == 0)
        return;
    while (at < *count && sizes[at].page_size != page_size)
        at++;
    if (at == SIZES_MOST)
        return;
    if (at == *count)
        sizes[(*count)++] = (cli_entries){ page_size, 0 };
    sizes[at].entries += (bytes + page_size - 1) / page_size;
}

static int by_size(const void *a, const void *b)
{
    const cli_entries *first = a, *second = b;
    return (first->page_size > second->page_size) - (first->page_size < second->page_size);
}

/* Each page that is resident needs one entry of its size. Several that touch may share one on some processors; that is
 * not counted. */
static void show_entries(cli *call, const cli_survey *survey, uint64_t page_size)
{
    cli_entries sizes[SIZES_MOST];
    size_t count = 0;
    for (size_t i = 0; i < survey->count; i++) {
        const memscan_usage *usage = &survey->regions[i].usage;
        uint64_t huge = usage->huge < usage->resident ? usage->huge : usage->resident;
        count_entries(sizes, &count, page_size, usage->resident - huge);
        count_entries(sizes, &count, usage->huge_page_size, huge);
    }
    qsort(sizes, count, sizeof sizes[0], by_size);
    for (size_t i = 0; i < count; i++)
        call->printer->form->entries(call->printer, &sizes[i]);
}

memscan_status cli_summarise(cli *call, memscan_target *target, const cli_survey *survey, memscan_error *error)
{
    summing s = { NULL, 0, 0 };
    memscan_facts facts = MEMSCAN_FACTS_INIT;
    show_kinds(call, survey);
    memscan_status status = show_modules(call, target, survey, &s, error);
    if (status == MEMSCAN_OK)
        status = memscan_facts_of(target, &facts, error);
    if (status == MEMSCAN_OK)
        show_entries(call, survey, facts.page_size);
    for (size_t i = 0; i < s.count; i++)
        free(s.modules[i].name);
    free(s.modules);
    return status;
}
