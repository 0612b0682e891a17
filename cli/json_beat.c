/* json_beat.c - what happens beat by beat, as records. */
#include <inttypes.h>

#include "record_json.h"

void json_held(cli_printer *printer, const cli_held *held)
{
    const memscan_hold_entry *entry = held->entry;
    record r = json_begin_record("held");
    if (entry->address != 0)
        json_put_address(&r, r.object, "address", entry->address);
    PUT_NAMES(&r, r.object, { "where", entry->address_text }, { "value", entry->value_text });
    json_put_number(&r, r.object, "writes", entry->writes);
    json_put_text(&r, r.object, "status", memscan_status_name(entry->status));
    if (entry->status != MEMSCAN_OK)
        json_put_text(&r, r.object, "reason", entry->why);
    if (held->place[0] != '\0')
        json_put_text(&r, r.object, "place", held->place);
    json_end_record(printer, &r);
}

/* The value before it changed has the same form as "value", one level down. */
static void put_before(record *r, const memscan_change *change)
{
    cJSON *before = json_child(r, r->object, "before");
    json_put_value(r, before, change->type, change->layout, change->before, change->length);
}

void json_changed(cli_printer *printer, const cli_changed *changed)
{
    const memscan_change *change = changed->change;
    char time[40];
    record r = json_begin_record("change");
    snprintf(time, sizeof time, "%" PRIu64 ".%03u", changed->unix_ms / 1000, (unsigned)(changed->unix_ms % 1000));
    json_put(&r, r.object, "time", cJSON_CreateRaw(time));
    json_put_number(&r, r.object, "index", change->index);
    if (change->address != 0)
        json_put_address(&r, r.object, "address", change->address);
    PUT_NAMES(&r, r.object, { "where", change->address_text });
    json_put_text(&r, r.object, "value_type", memscan_type_name(change->type));
    json_put_bool(&r, r.object, "readable", change->now != NULL);
    if (change->now != NULL)
        json_put_value(&r, r.object, change->type, change->layout, change->now, change->length);
    if (change->before != NULL)
        put_before(&r, change);
    if (changed->place[0] != '\0')
        json_put_text(&r, r.object, "place", changed->place);
    json_end_record(printer, &r);
}
