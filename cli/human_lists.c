/* human_lists.c - processes, regions, modules, threads: rows of a table that is written when the list is whole. */
#include "human.h"

#include <inttypes.h>

static void cell_number(human *h, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    cli_table_add(&h->table, text);
}

static void cell_size(human *h, uint64_t bytes, bool known)
{
    char text[CLI_SIZE_TEXT];
    cli_table_add(&h->table, known ? human_size_or_number(h, bytes, text, sizeof text) : "-");
}

static void cell_address(human *h, uint64_t address)
{
    char text[24];
    snprintf(text, sizeof text, "0x%012" PRIx64, address);
    cli_table_add(&h->table, text);
}

static void cell_name(human *h, const char *name)
{
    char text[512];
    cli_table_add(&h->table, human_shown(name, text, sizeof text));
}

static void begin_table(human *h, const cli_column *columns, size_t count)
{
    if (h->table.columns == columns)
        return;
    if (h->table.cell_count > 0) {
        cli_table_write(&h->table, &h->base);
        human_say(h, h->base.plain ? "" : "\n");
    }
    cli_table_begin(&h->table, columns, count);
}

#define BEGIN_TABLE(h, columns) begin_table(h, columns, sizeof(columns) / sizeof(columns)[0])

void human_process(cli_printer *printer, const memscan_process *process, const char *path)
{
    static const cli_column columns[] = {
        { "PID", true, NULL },   { "OPEN", false, GREEN },   { "BITS", true, DIM },
        { "USER", false, NULL }, { "RESIDENT", true, NULL }, { "NAME", false, BOLD }
    };
    static const cli_column with_path[] = { { "PID", true, NULL },       { "OPEN", false, GREEN },
                                            { "BITS", true, DIM },       { "USER", false, NULL },
                                            { "RESIDENT", true, NULL },  { "NAME", false, BOLD },
                                            { "EXECUTABLE", false, DIM } };
    human *h = human_of(printer);
    if (path == NULL)
        BEGIN_TABLE(h, columns);
    else
        BEGIN_TABLE(h, with_path);
    cell_number(h, process->pid);
    cli_table_add(&h->table, process->may_open ? "yes" : "-");
    if (process->bits == 0)
        cli_table_add(&h->table, "-");
    else
        cell_number(h, process->bits);
    cell_name(h, process->owner);
    cell_size(h, process->resident_bytes, process->resident_bytes != 0);
    cell_name(h, process->name);
    if (path != NULL)
        cell_name(h, path);
}

static const char *state_of(const memscan_region *region)
{
    return region->flags & MEMSCAN_REGION_FREE       ? "free"
           : region->flags & MEMSCAN_REGION_RESERVED ? "reserved"
                                                     : "committed";
}

static const char *word_or_dash(const char *word)
{
    return word == NULL ? "-" : word;
}

/* Where the system has words of its own for a region (Windows), they are shown as its own tools show them. */
static void region_of_system(human *h, const cli_region *shown_region)
{
    const memscan_region *region = shown_region->region;
    static const cli_column columns[] = { { "START", false, CYAN }, { "SIZE", true, NULL },
                                          { "STATE", false, NULL }, { "PROTECTION", false, NULL },
                                          { "TYPE", false, NULL },  { "ALLOCATION", false, DIM },
                                          { "KIND", false, GREEN }, { "RESIDENT", true, NULL },
                                          { "NAME", false, NULL } };
    bool free = (region->flags & MEMSCAN_REGION_FREE) != 0;
    BEGIN_TABLE(h, columns);
    cell_address(h, region->start);
    cell_size(h, region->size, true);
    cli_table_add(&h->table, state_of(region));
    cli_table_add(&h->table, word_or_dash(region->system_protection));
    cli_table_add(&h->table, word_or_dash(region->system_type));
    if (free)
        cli_table_add(&h->table, "-");
    else
        cell_address(h, region->allocation_base);
    cli_table_add(&h->table, free ? "-" : memscan_kind_name(region->kind));
    cell_size(h, shown_region->resident, shown_region->resident_known);
    cell_name(h, region->name);
}

void human_region(cli_printer *printer, const cli_region *shown_region)
{
    static const cli_column columns[] = {
        { "START", false, CYAN }, { "SIZE", true, NULL },     { "PERM", false, NULL },
        { "KIND", false, GREEN }, { "RESIDENT", true, NULL }, { "NAME", false, NULL }
    };
    human *h = human_of(printer);
    const memscan_region *region = shown_region->region;
    char protection[5];
    if (h->system_words) {
        region_of_system(h, shown_region);
        return;
    }
    human_protection_text(region, protection);
    BEGIN_TABLE(h, columns);
    cell_address(h, region->start);
    cell_size(h, region->size, true);
    cli_table_add(&h->table, protection);
    cli_table_add(&h->table, region->flags & MEMSCAN_REGION_FREE ? "free" : memscan_kind_name(region->kind));
    cell_size(h, shown_region->resident, shown_region->resident_known);
    cell_name(h, region->name);
}

static void cells_of_usage(human *h, const cli_total *total)
{
    const memscan_usage *usage = &total->usage;
    cell_size(h, total->resident, total->resident_known);
    cell_size(h, usage->private_bytes, total->usage_known);
    cell_size(h, usage->shared_bytes, total->usage_known);
    cell_size(h, usage->swapped, total->usage_known);
    cell_size(h, usage->huge, total->usage_known);
}

void human_total(cli_printer *printer, const cli_total *total)
{
    static const cli_column by_kind[] = { { "KIND", false, GREEN },  { "REGIONS", true, NULL },
                                          { "SIZE", true, NULL },    { "RESIDENT", true, NULL },
                                          { "PRIVATE", true, NULL }, { "SHARED", true, NULL },
                                          { "SWAPPED", true, NULL }, { "HUGE", true, NULL } };
    static const cli_column by_module[] = { { "MODULE", false, GREEN }, { "REGIONS", true, NULL },
                                            { "SIZE", true, NULL },     { "RESIDENT", true, NULL },
                                            { "PRIVATE", true, NULL },  { "SHARED", true, NULL },
                                            { "SWAPPED", true, NULL },  { "HUGE", true, NULL } };
    human *h = human_of(printer);
    if (total->of_module)
        BEGIN_TABLE(h, by_module);
    else
        BEGIN_TABLE(h, by_kind);
    cell_name(h, total->name);
    cell_number(h, total->regions);
    cell_size(h, total->bytes, true);
    cells_of_usage(h, total);
}

void human_entries(cli_printer *printer, const cli_entries *entries)
{
    static const cli_column columns[] = { { "PAGES OF", true, GREEN },
                                          { "TLB ENTRIES FOR ALL THAT IS RESIDENT", true, NULL } };
    human *h = human_of(printer);
    BEGIN_TABLE(h, columns);
    cell_size(h, entries->page_size, true);
    cell_number(h, entries->entries);
}

void human_module(cli_printer *printer, const memscan_module *module)
{
    static const cli_column columns[] = {
        { "BASE", false, CYAN }, { "SIZE", true, NULL }, { "NAME", false, BOLD }, { "PATH", false, DIM }
    };
    human *h = human_of(printer);
    BEGIN_TABLE(h, columns);
    cell_address(h, module->base);
    cell_size(h, module->size, true);
    cell_name(h, module->name);
    cell_name(h, module->path);
}

static const char *thread_state(char state)
{
    switch (state) {
    case 'R': return "running";
    case 'S': return "sleeping";
    case 'D': return "waiting";
    case 'T': return "stopped";
    case 't': return "traced";
    case 'Z':
    case 'X': return "ended";
    case 'I': return "idle";
    default: return "?";
    }
}

void human_thread(cli_printer *printer, const memscan_thread *thread)
{
    static const cli_column columns[] = { { "THREAD", true, NULL },
                                          { "STATE", false, GREEN },
                                          { "NAME", false, BOLD } };
    human *h = human_of(printer);
    BEGIN_TABLE(h, columns);
    cell_number(h, thread->id);
    cli_table_add(&h->table, thread_state(thread->state));
    cell_name(h, thread->name);
}
