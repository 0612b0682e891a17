/* json_where.c - what an address is, for programs. What could not be told has no key. */
#include "record_json.h"

#include <string.h>

void json_put_protection(record *r, cJSON *object, const memscan_region *region)
{
    char text[4] = { region->protection & MEMSCAN_PROT_READ ? 'r' : '-',
                     region->protection & MEMSCAN_PROT_WRITE ? 'w' : '-',
                     region->protection & MEMSCAN_PROT_EXECUTE ? 'x' : '-', '\0' };
    json_put_text(r, object, "protection", text);
}

static void put_region(record *r, cJSON *object, const memscan_region *region)
{
    json_put_address(r, object, "start", region->start);
    json_put_number(r, object, "size", region->size);
    json_put_text(r, object, "kind", memscan_kind_name(region->kind));
    json_put_protection(r, object, region);
    json_put_bool(r, object, "shared", region->flags & MEMSCAN_REGION_SHARED);
    if (region->flags & MEMSCAN_REGION_FILE)
        json_put_number(r, object, "file_offset", region->file_offset);
    PUT_NAMES(r, object, { "name", region->name });
}

static void put_segment(record *r, cJSON *object, const memscan_where *where)
{
    json_put_bool(r, object, "mapped", where->mapped);
    if (where->mapped)
        json_put_text(r, object, "segment", memscan_kind_name(where->kind));
    json_put_text(r, object, "what", where->what);
    if (where->heap != MEMSCAN_HEAP_UNKNOWN)
        json_put_text(r, object, "heap", memscan_heap_name(where->heap));
}

void json_put_pointer(record *r, cJSON *object, const memscan_where *where)
{
    json_put_bool(r, object, "null", where->address == 0);
    put_segment(r, object, where);
    json_put_text(r, object, "place", where->place);
}

static void put_access(record *r, cJSON *object, const char *key, const memscan_access *access)
{
    cJSON *item = json_child(r, object, key);
    json_put_bool(r, item, "faults", access->faults);
    if (access->words[0] != '\0')
        json_put_text(r, item, "words", access->words);
}

static void put_page(record *r, const memscan_page *page)
{
    json_put_text(r, r->object, "page", memscan_page_state_name(page->state));
    if (page->reason == NULL)
        return; /* not asked, or not to be told */
    json_put_bool(r, r->object, "huge", page->huge);
    json_put_bool(r, r->object, "zero_page", page->zero);
    if (page->size != 0)
        json_put_number(r, r->object, "mapped_page_size", page->size);
    if (page->frame_known) {
        json_put_number(r, r->object, "frame", page->frame);
        json_put_address(r, r->object, "physical", page->physical);
    } else {
        json_put_text(r, r->object, "physical_reason", page->reason);
        if (page->hint[0] != '\0')
            json_put_text(r, r->object, "hint", page->hint);
    }
}

static void put_symbol(record *r, const memscan_where *where)
{
    if (where->symbol.name[0] == '\0') {
        if (where->symbol_reason[0] != '\0')
            json_put_text(r, r->object, "symbol_reason", where->symbol_reason);
        return;
    }
    cJSON *symbol = json_child(r, r->object, "symbol");
    PUT_NAMES(r, symbol, { "name", where->symbol.name });
    json_put_address(r, symbol, "address", where->symbol.address);
    json_put_number(r, symbol, "size", where->symbol.size);
    json_put_number(r, symbol, "offset", where->address - where->symbol.address);
}

static void put_thread(record *r, const memscan_where *where)
{
    if (where->thread == 0)
        return;
    cJSON *stack = json_child(r, r->object, "stack");
    json_put_number(r, stack, "thread", where->thread);
    json_put_bool(r, stack, "alternate", where->is_alternate);
    if (where->stack_pointer == 0)
        return;
    json_put_address(r, stack, "pointer", where->stack_pointer);
    json_put_text(r, stack, "side", where->address < where->stack_pointer ? "below" : "above");
}

static void put_neighbour(record *r, const char *key, const memscan_region *region)
{
    put_region(r, json_child(r, r->object, key), region);
}

void json_where(cli_printer *printer, const cli_where *shown)
{
    const memscan_where *where = shown->where;
    record r = json_begin_record("where");
    json_put_address(&r, r.object, "address", where->address);
    json_put_text(&r, r.object, "place", where->place);
    put_segment(&r, r.object, where);
    put_symbol(&r, where);
    put_thread(&r, where);
    if (where->mapped) {
        put_page(&r, &where->page);
        put_region(&r, json_child(&r, r.object, "region"), &where->region);
    }
    put_access(&r, r.object, "read", &where->read);
    put_access(&r, r.object, "write", &where->write);
    put_access(&r, r.object, "execute", &where->execute);
    if (where->has_below)
        put_neighbour(&r, "below", &where->below);
    if (where->has_above)
        put_neighbour(&r, "above", &where->above);
    json_end_record(printer, &r);
}
