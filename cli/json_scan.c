/* json_scan.c - sessions as records. */
#include <string.h>

#include "record_json.h"

void json_scan_match(cli_printer *printer, const cli_scan_match *shown)
{
    const memscan_scan_match *match = shown->match;
    record r = json_begin_record("match");
    json_put_number(&r, r.object, "number", match->number);
    json_put_address(&r, r.object, "address", match->address);
    json_put_text(&r, r.object, "value_type", memscan_type_name(match->type));
    if (match->types != MEMSCAN_TYPE_BIT(match->type))
        json_put_types(&r, r.object, "value_types", match->types);
    json_put_bool(&r, r.object, "readable", shown->now != NULL);
    if (shown->now != NULL) {
        json_put_value(&r, r.object, match->type, match->layout, shown->now, match->length);
        json_put_bool(&r, r.object, "changed", memcmp(shown->now, match->bytes, match->length) != 0);
    } else {
        json_put_text(&r, r.object, "reason", memscan_outcome_name(shown->outcome));
    }
    cJSON *last = json_child(&r, r.object, "last");
    json_put_value(&r, last, match->type, match->layout, match->bytes, match->length);
    json_put_text(&r, r.object, "place", shown->place);
    json_end_record(printer, &r);
}

void json_step(cli_printer *printer, const cli_step *shown)
{
    const memscan_scan_step *step = shown->step;
    record r = json_begin_record(step->name != NULL ? "mark" : "step");
    if (step->name != NULL)
        PUT_NAMES(&r, r.object, { "name", step->name }, { "expression", step->expression });
    else
        PUT_NAMES(&r, r.object, { "expression", step->expression });
    if (step->name == NULL) {
        json_put_number(&r, r.object, "number", shown->number);
        json_put_bool(&r, r.object, "current", step->current);
        json_put_bool(&r, r.object, "undone", shown->undone);
    }
    json_put_number(&r, r.object, "matches", step->matches);
    json_put_number(&r, r.object, "failed", step->failed);
    json_put_number(&r, r.object, "time", step->unix_time);
    json_end_record(printer, &r);
}

void json_session(cli_printer *printer, const cli_session_row *row)
{
    record r = json_begin_record("session");
    if (row->info == NULL) {
        PUT_NAMES(&r, r.object, { "name", row->name }, { "path", row->path });
        json_put_text(&r, r.object, "reason", row->why);
        json_end_record(printer, &r);
        return;
    }
    PUT_NAMES(&r, r.object, { "name", row->name }, { "path", row->path }, { "executable", row->info->executable });
    json_put_number(&r, r.object, "pid", row->info->pid);
    json_put_number(&r, r.object, "start_time", row->info->start_time);
    json_put_number(&r, r.object, "steps", row->info->steps);
    json_put_number(&r, r.object, "current", row->info->current);
    json_put_number(&r, r.object, "matches", row->info->matches);
    json_put_number(&r, r.object, "time", row->info->unix_time);
    json_put_number(&r, r.object, "age", row->age_seconds);
    json_end_record(printer, &r);
}
