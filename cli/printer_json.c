/* printer_json.c - records for programs: the contract's keys, one JSON object a line. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "record_json.h"

/* ---- values ---- */

static double float_of(memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length)
{
    uint8_t straight[8];
    for (size_t i = 0; i < length; i++)
        straight[i] = layout.big_endian ? bytes[length - 1 - i] : bytes[i]; /* now least significant first */
    uint64_t bits = 0;
    for (size_t i = 0; i < length; i++)
        bits |= (uint64_t)straight[i] << (8 * i);
    float single;
    double twice;
    uint32_t low = (uint32_t)bits;
    memcpy(&single, &low, sizeof single);
    memcpy(&twice, &bits, sizeof twice);
    return type == MEMSCAN_F32 ? (double)single : twice;
}

void json_put_value(record *r, cJSON *object, memscan_type type, memscan_layout layout, const uint8_t *bytes,
                    size_t length)
{
    if (type == MEMSCAN_TEXT || type == MEMSCAN_RE) {
        json_put_text_value(r, object, bytes, length);
        return;
    }
    if (type == MEMSCAN_UTF16) {
        json_put_utf16_value(r, object, bytes, length, layout.big_endian);
        return;
    }
    if (type == MEMSCAN_HEX) {
        json_put_hex(r, object, "value", bytes, length);
        return;
    }
    char text[64];
    size_t whole = memscan_value_format(type, layout, bytes, length, text, sizeof text);
    char *all = whole < sizeof text ? NULL : malloc(whole + 1);
    if (whole >= sizeof text && all == NULL) {
        r->broken = true;
        return;
    }
    if (all != NULL)
        memscan_value_format(type, layout, bytes, length, all, whole + 1);
    bool is_float = type == MEMSCAN_F32 || type == MEMSCAN_F64;
    bool as_string = type == MEMSCAN_BITS || type == MEMSCAN_I64 || type == MEMSCAN_U64 || type == MEMSCAN_PTR ||
                     (is_float && !isfinite(float_of(type, layout, bytes, length)));
    const char *printed = all != NULL ? all : text;
    json_put(r, object, "value", as_string ? cJSON_CreateString(printed) : cJSON_CreateRaw(printed));
    free(all);
}

static void put_seconds(record *r, cJSON *object, uint64_t nanoseconds)
{
    char text[40];
    snprintf(text, sizeof text, "%" PRIu64 ".%06" PRIu64, nanoseconds / 1000000000, nanoseconds / 1000 % 1000000);
    json_put(r, object, "seconds", cJSON_CreateRaw(text));
}

/* ---- records ---- */

static void json_begin(cli_printer *printer, const cli_begin *begin)
{
    record r = json_begin_record("begin");
    json_put_number(&r, r.object, "version", 1);
    json_put_text(&r, r.object, "command", begin->command);
    if (begin->target != NULL) {
        cJSON *target = json_child(&r, r.object, "target");
        json_put_text(&r, target, "kind", "process");
        json_put_number(&r, target, "pid", begin->target->pid);
        PUT_NAMES(&r, target, { "name", begin->target->name });
        json_put_number(&r, target, "start_time", begin->target->start_time);
        json_put_number(&r, target, "bits", begin->target->layout.pointer_width * 8u);
        if (begin->target->handle != 0)
            json_put_address(&r, target, "handle", begin->target->handle);
    }
    json_end_record(printer, &r);
}

static void json_process(cli_printer *printer, const memscan_process *process, const char *path)
{
    record r = json_begin_record("process");
    json_put_number(&r, r.object, "pid", process->pid);
    json_put_number(&r, r.object, "parent", process->parent);
    if (path == NULL)
        PUT_NAMES(&r, r.object, { "name", process->name }, { "user", process->owner });
    else
        PUT_NAMES(&r, r.object, { "name", process->name }, { "user", process->owner }, { "path", path });
    json_put_number(&r, r.object, "user_id", process->owner_id);
    json_put_number(&r, r.object, "bits", process->bits);
    json_put_number(&r, r.object, "resident", process->resident_bytes);
    json_put_number(&r, r.object, "start_time", process->start_time);
    json_put_bool(&r, r.object, "may_open", process->may_open);
    json_end_record(printer, &r);
}

static void json_region(cli_printer *printer, const cli_region *shown)
{
    const memscan_region *region = shown->region;
    record r = json_begin_record("region");
    json_put_address(&r, r.object, "start", region->start);
    json_put_number(&r, r.object, "size", region->size);
    json_put_protection(&r, r.object, region);
    json_put_bool(&r, r.object, "shared", region->flags & MEMSCAN_REGION_SHARED);
    if (region->flags & (MEMSCAN_REGION_FREE | MEMSCAN_REGION_RESERVED))
        json_put_text(&r, r.object, "state", region->flags & MEMSCAN_REGION_FREE ? "free" : "reserved");
    else
        json_put_text(&r, r.object, "kind", memscan_kind_name(region->kind));
    if (region->system_protection != NULL)
        json_put_text(&r, r.object, "system_protection", region->system_protection);
    if (region->system_type != NULL) {
        json_put_text(&r, r.object, "system_type", region->system_type);
        json_put_address(&r, r.object, "allocation_base", region->allocation_base);
    }
    if (shown->resident_known)
        json_put_number(&r, r.object, "resident", shown->resident);
    if (region->flags & MEMSCAN_REGION_FILE)
        json_put_number(&r, r.object, "file_offset", region->file_offset);
    PUT_NAMES(&r, r.object, { "name", region->name });
    json_end_record(printer, &r);
}

static void json_total(cli_printer *printer, const cli_total *total)
{
    record r = json_begin_record(total->of_module ? "module_total" : "kind");
    if (total->of_module)
        PUT_NAMES(&r, r.object, { "module", total->name });
    else
        json_put_text(&r, r.object, "kind", total->name);
    json_put_number(&r, r.object, "regions", total->regions);
    json_put_number(&r, r.object, "size", total->bytes);
    if (total->resident_known)
        json_put_number(&r, r.object, "resident", total->resident);
    if (total->usage_known) {
        json_put_number(&r, r.object, "private", total->usage.private_bytes);
        json_put_number(&r, r.object, "shared", total->usage.shared_bytes);
        json_put_number(&r, r.object, "swapped", total->usage.swapped);
        json_put_number(&r, r.object, "huge", total->usage.huge);
    }
    json_end_record(printer, &r);
}

static void json_entries(cli_printer *printer, const cli_entries *entries)
{
    record r = json_begin_record("tlb");
    json_put_number(&r, r.object, "page_size", entries->page_size);
    json_put_number(&r, r.object, "entries", entries->entries);
    json_end_record(printer, &r);
}

static void json_module(cli_printer *printer, const memscan_module *module)
{
    record r = json_begin_record("module");
    json_put_address(&r, r.object, "base", module->base);
    json_put_number(&r, r.object, "size", module->size);
    PUT_NAMES(&r, r.object, { "name", module->name }, { "path", module->path });
    if (module->build_id != NULL)
        json_put_hex(&r, r.object, "build_id", module->build_id, module->build_id_length);
    json_end_record(printer, &r);
}

static void json_thread(cli_printer *printer, const memscan_thread *thread)
{
    char state[2] = { thread->state, '\0' };
    record r = json_begin_record("thread");
    json_put_number(&r, r.object, "id", thread->id);
    json_put_text(&r, r.object, "state", state);
    PUT_NAMES(&r, r.object, { "name", thread->name });
    json_end_record(printer, &r);
}

/* What is not told is left out. */
static void put_measure(record *r, const char *key, uint64_t number)
{
    if (number != MEMSCAN_NOT_TOLD)
        json_put_number(r, r->object, key, number);
}

static void put_measures(record *r, const memscan_measures *measures)
{
    put_measure(r, "resident", measures->resident);
    put_measure(r, "swapped", measures->swapped);
    put_measure(r, "page_tables", measures->page_tables);
    put_measure(r, "minor_faults", measures->minor_faults);
    put_measure(r, "major_faults", measures->major_faults);
    put_measure(r, "faults", measures->faults);
    put_measure(r, "huge_page_size", measures->huge_page_size);
    put_measure(r, "address_bits", measures->address_bits);
    put_measure(r, "physical_bits", measures->physical_bits);
    put_measure(r, "processors", measures->processors);
    if (measures->lowest_address != MEMSCAN_NOT_TOLD)
        json_put_address(r, r->object, "lowest_application_address", measures->lowest_address);
    if (measures->highest_address != MEMSCAN_NOT_TOLD)
        json_put_address(r, r->object, "highest_application_address", measures->highest_address);
}

static void json_info(cli_printer *printer, const cli_info *info)
{
    record r = json_begin_record("info");
    json_put_number(&r, r.object, "pid", info->facts->pid);
    PUT_NAMES(&r, r.object, { "name", info->facts->name }, { "path", info->path }, { "user", info->owner });
    json_put_number(&r, r.object, "start_time", info->facts->start_time);
    json_put_number(&r, r.object, "bits", info->facts->layout.pointer_width * 8u);
    json_put_text(&r, r.object, "byte_order", info->facts->layout.big_endian ? "big" : "little");
    json_put_number(&r, r.object, "page_size", info->facts->page_size);
    json_put_address(&r, r.object, "lowest_address", info->facts->lowest_address);
    json_put_address(&r, r.object, "highest_address", info->facts->highest_address);
    json_put_number(&r, r.object, "regions", info->regions);
    json_put_number(&r, r.object, "mapped", info->mapped);
    put_measures(&r, info->measures);
    json_end_record(printer, &r);
}

static void json_ability(cli_printer *printer, const memscan_ability *ability)
{
    record r = json_begin_record("ability");
    json_put_text(&r, r.object, "name", ability->name);
    json_put_bool(&r, r.object, "available", ability->available);
    if (ability->reason[0] != '\0')
        json_put_text(&r, r.object, "reason", ability->reason);
    if (ability->hint[0] != '\0')
        json_put_text(&r, r.object, "hint", ability->hint);
    json_end_record(printer, &r);
}

static void put_gap(record *r, cJSON *object, uint64_t address, uint64_t size, memscan_outcome outcome)
{
    json_put_address(r, object, "address", address);
    json_put_number(r, object, "size", size);
    json_put_text(r, object, "reason", memscan_outcome_name(outcome));
}

/* The length of the run of equal outcomes at `at`. */
static size_t run_at(const cli_bytes *bytes, size_t at)
{
    size_t end = at;
    while (end < bytes->size && bytes->outcomes[end] == bytes->outcomes[at])
        end++;
    return end - at;
}

static void json_bytes(cli_printer *printer, const cli_bytes *bytes)
{
    for (size_t at = 0, run; at < bytes->size; at += run) {
        run = run_at(bytes, at);
        bool whole = bytes->outcomes[at] == MEMSCAN_WHOLE;
        record r = json_begin_record(whole ? "bytes" : "gap");
        if (whole) {
            json_put_address(&r, r.object, "address", bytes->address + at);
            json_put_hex(&r, r.object, "bytes", bytes->bytes + at, run);
        } else {
            put_gap(&r, r.object, bytes->address + at, run, bytes->outcomes[at]);
        }
        json_end_record(printer, &r);
    }
}

static void json_value(cli_printer *printer, const cli_value_at *value)
{
    bool whole = value->outcome == MEMSCAN_WHOLE;
    record r = json_begin_record(whole ? "value" : "gap");
    if (whole) {
        json_put_address(&r, r.object, "address", value->address);
        json_put_text(&r, r.object, "value_type", memscan_type_name(value->type));
        json_put_value(&r, r.object, value->type, value->layout, value->bytes, value->length);
        if (value->points_to != NULL)
            json_put_pointer(&r, json_child(&r, r.object, "points_to"), value->points_to);
    } else {
        put_gap(&r, r.object, value->address, value->length, value->outcome);
    }
    json_end_record(printer, &r);
}

static void json_written(cli_printer *printer, const cli_written *written)
{
    record r = json_begin_record("written");
    json_put_address(&r, r.object, "address", written->address);
    json_put_text(&r, r.object, "value_type", memscan_type_name(written->type));
    json_put_value(&r, r.object, written->type, written->layout, written->new_bytes, written->length);
    if (written->old_bytes != NULL)
        json_put_hex(&r, r.object, "old_bytes", written->old_bytes, written->length);
    json_put_hex(&r, r.object, "new_bytes", written->new_bytes, written->length);
    json_put_text(&r, r.object, "place", written->place);
    json_put_bool(&r, r.object, "dry_run", written->dry_run);
    json_end_record(printer, &r);
}

static void json_patched(cli_printer *printer, const cli_patched *patched)
{
    const memscan_patch_change *change = patched->change;
    record r = json_begin_record("patched");
    json_put_number(&r, r.object, "edit", change->edit + 1);
    PUT_NAMES(&r, r.object, { "name", change->name });
    json_put_address(&r, r.object, "address", change->address);
    json_put_hex(&r, r.object, "old_bytes", change->old_bytes, change->length);
    json_put_hex(&r, r.object, "new_bytes", change->new_bytes, change->length);
    json_put_text(&r, r.object, "place", patched->place);
    json_put_text(&r, r.object, "state", memscan_place_state_name(change->state));
    json_end_record(printer, &r);
}

static void json_journal(cli_printer *printer, const char *path)
{
    record r = json_begin_record("journal");
    PUT_NAMES(&r, r.object, { "path", path });
    json_end_record(printer, &r);
}

static void json_dumped(cli_printer *printer, const cli_dumped *dumped)
{
    record r = json_begin_record("dumped");
    PUT_NAMES(&r, r.object, { "path", dumped->path });
    json_put_text(&r, r.object, "form", dumped->form);
    json_put_number(&r, r.object, "bytes", dumped->bytes);
    json_end_record(printer, &r);
}

void json_put_types(record *r, cJSON *object, const char *key, uint32_t types)
{
    cJSON *list = cJSON_CreateArray();
    for (int type = MEMSCAN_I8; type <= MEMSCAN_BITS && list != NULL; type++) {
        cJSON *item = types & MEMSCAN_TYPE_BIT(type) ? cJSON_CreateString(memscan_type_name(type)) : NULL;
        if (types & MEMSCAN_TYPE_BIT(type) && !cJSON_AddItemToArray(list, item))
            r->broken = true;
    }
    json_put(r, object, key, list);
}

static void put_context(record *r, cJSON *object, const cli_bytes *context)
{
    cJSON *item = json_child(r, object, "context");
    cJSON *gaps = cJSON_CreateArray();
    json_put_address(r, item, "address", context->address);
    json_put_hex(r, item, "bytes", context->bytes, context->size);
    json_put(r, item, "gaps", gaps);
    for (size_t at = 0, run; at < context->size && !r->broken; at += run) {
        run = run_at(context, at);
        if (context->outcomes[at] == MEMSCAN_WHOLE)
            continue;
        cJSON *gap = cJSON_CreateObject();
        if (!cJSON_AddItemToArray(gaps, gap))
            r->broken = true;
        else
            put_gap(r, gap, context->address + at, run, context->outcomes[at]);
    }
}

static void json_match(cli_printer *printer, const cli_match *found)
{
    const memscan_match *match = found->match;
    record r = json_begin_record("match");
    json_put_address(&r, r.object, "address", match->address);
    json_put_text(&r, r.object, "value_type", memscan_type_name(match->type));
    json_put_value(&r, r.object, match->type, match->layout, match->bytes, match->length);
    if (match->types != MEMSCAN_TYPE_BIT(match->type))
        json_put_types(&r, r.object, "value_types", match->types);
    json_put_text(&r, r.object, "place", found->place);
    cJSON *region = json_child(&r, r.object, "region");
    json_put_text(&r, region, "kind", memscan_kind_name(match->region->kind));
    json_put_protection(&r, region, match->region);
    json_put_number(&r, r.object, "pattern", match->question);
    if (found->context != NULL)
        put_context(&r, r.object, found->context);
    json_end_record(printer, &r);
}

static void json_explained(cli_printer *printer, const cli_explained *explained)
{
    record r = json_begin_record("expression");
    json_put_number(&r, r.object, "pattern", explained->question);
    json_put_text(&r, r.object, "canonical", explained->canonical);
    json_put_types(&r, r.object, "value_types", explained->types);
    json_end_record(printer, &r);
}

static void json_version(cli_printer *printer, const char *version, const char *built_with)
{
    record r = json_begin_record("version");
    json_put_text(&r, r.object, "version", version);
    json_put_text(&r, r.object, "built_with", built_with);
    json_end_record(printer, &r);
}

static void json_text(cli_printer *printer, const char *line)
{
    record r = json_begin_record("text");
    json_put_text(&r, r.object, "text", line);
    json_end_record(printer, &r);
}

static void put_report(record *r, const memscan_report *report)
{
    cJSON *bytes = json_child(r, r->object, "bytes");
    json_put_number(r, bytes, "asked", report->asked);
    json_put_number(r, bytes, "scanned", report->scanned);
    if (report->unwritten != 0)
        json_put_number(r, bytes, "unwritten", report->unwritten);
    cJSON *skipped = json_child(r, bytes, "skipped");
    for (int i = 0; i < MEMSCAN_SKIP_COUNT; i++) {
        if (report->skipped_by[i] != 0)
            json_put_number(r, skipped, memscan_skip_name(i), report->skipped_by[i]);
    }
    cJSON *failed = json_child(r, bytes, "failed");
    for (int i = 0; i < MEMSCAN_FAIL_COUNT; i++) {
        if (report->failed_by[i] != 0)
            json_put_number(r, failed, memscan_fail_name(i), report->failed_by[i]);
    }
    if (report->stopped != MEMSCAN_STOP_NONE)
        json_put_text(r, r->object, "stopped", memscan_stop_name(report->stopped));
    put_seconds(r, r->object, report->nanoseconds);
}

static void put_read_account(record *r, const cli_read_account *account)
{
    cJSON *bytes = json_child(r, r->object, "bytes");
    json_put_number(r, bytes, "asked", account->asked);
    json_put_number(r, bytes, "scanned", account->obtained);
    json_child(r, bytes, "skipped");
    cJSON *failed = json_child(r, bytes, "failed");
    for (int i = 1; i < MEMSCAN_OUTCOME_COUNT; i++) {
        char key[40];
        snprintf(key, sizeof key, "%s", memscan_outcome_name(i));
        for (char *blank; (blank = strchr(key, ' ')) != NULL;)
            *blank = '_';
        if (account->missing[i] != 0)
            json_put_number(r, failed, key, account->missing[i]);
    }
    if (account->not_reached != 0)
        json_put_number(r, failed, memscan_fail_name(MEMSCAN_FAIL_NOT_REACHED), account->not_reached);
    if (account->stopped != MEMSCAN_STOP_NONE)
        json_put_text(r, r->object, "stopped", memscan_stop_name(account->stopped));
}

static void json_end(cli_printer *printer, const cli_end *end)
{
    record r = json_begin_record("end");
    json_put_bool(&r, r.object, "complete", end->complete);
    if (end->counted != NULL)
        json_put_number(&r, r.object, end->counted, end->count);
    if (end->report != NULL)
        put_report(&r, end->report);
    if (end->read != NULL)
        put_read_account(&r, end->read);
    json_end_record(printer, &r);
    cli_out_flush(printer);
}

static void json_progress(cli_printer *printer, const cli_progress *progress)
{
    (void)progress;
    cli_out_flush(printer); /* so that a reader need not wait for a full buffer */
}

static void json_note(cli_printer *printer, const char *sentence)
{
    (void)printer;
    (void)sentence;
}

static void json_error(cli_printer *printer, const memscan_error *error)
{
    cli_out_flush(printer);
    record r = json_begin_record("error");
    json_put_text(&r, r.object, "code", memscan_status_name(error->status));
    json_put_text(&r, r.object, "message", error->text);
    if (error->hint[0] != '\0')
        json_put_text(&r, r.object, "hint", error->hint);
    if (error->address != 0)
        json_put_address(&r, r.object, "address", error->address);
    json_end_record_aside(printer, &r);
}

static void json_destroy(cli_printer *printer)
{
    free(printer);
}

static const cli_printer_form form = {
    .begin = json_begin,
    .process = json_process,
    .region = json_region,
    .total = json_total,
    .entries = json_entries,
    .module = json_module,
    .thread = json_thread,
    .info = json_info,
    .ability = json_ability,
    .where = json_where,
    .bytes = json_bytes,
    .value = json_value,
    .written = json_written,
    .patched = json_patched,
    .journal = json_journal,
    .dumped = json_dumped,
    .match = json_match,
    .scan_match = json_scan_match,
    .step = json_step,
    .session = json_session,
    .held = json_held,
    .changed = json_changed,
    .allocations = json_allocations,
    .explained = json_explained,
    .version = json_version,
    .text = json_text,
    .end = json_end,
    .progress = json_progress,
    .note = json_note,
    .error = json_error,
    .destroy = json_destroy,
};

cli_printer *cli_printer_json(const cli_printer *settings)
{
    cli_printer *printer = malloc(sizeof *printer);
    if (printer == NULL)
        return NULL;
    *printer = *settings;
    printer->form = &form;
    return printer;
}
