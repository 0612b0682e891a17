/* json_alloc.c - what a recorded run came to, as one record on stderr: stdout was the program's. */
#include "alloc_summary.h"
#include "record_json.h"

static void put_class(record *r, cJSON *object, const cli_size_class *class)
{
    json_put_number(r, object, "count", class->count);
    json_put_number(r, object, "bytes", class->bytes);
    json_put_number(r, object, "median_ns", class->median);
    json_put_number(r, object, "p90_ns", class->p90);
    json_put_number(r, object, "p99_ns", class->p99);
    json_put_number(r, object, "longest_ns", class->longest);
}

/* A new object at the end of the list; NULL once broken. */
static cJSON *add_object(record *r, cJSON *list)
{
    cJSON *object = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(list, object)) {
        cJSON_Delete(object);
        r->broken = true;
        return NULL;
    }
    return object;
}

static cJSON *put_list(record *r, const char *key)
{
    cJSON *list = cJSON_CreateArray();
    json_put(r, r->object, key, list);
    return r->broken ? NULL : list;
}

static void put_classes(record *r, const cli_alloc_summary *s)
{
    cJSON *list = put_list(r, "sizes");
    for (size_t i = 0; i < CLI_SIZE_CLASSES && list != NULL; i++) {
        cJSON *object = s->classes[i].count > 0 ? add_object(r, list) : NULL;
        if (object == NULL)
            continue;
        json_put_number(r, object, "from", s->classes[i].from);
        put_class(r, object, &s->classes[i]);
    }
}

static void put_slowest(record *r, const cli_alloc_summary *s)
{
    cJSON *list = put_list(r, "slowest");
    for (size_t i = 0; i < s->slow_count && list != NULL; i++) {
        cJSON *object = add_object(r, list);
        if (object == NULL)
            return;
        json_put_number(r, object, "nanoseconds", s->slowest[i].allocation.nanoseconds);
        json_put_number(r, object, "bytes", s->slowest[i].allocation.bytes);
        json_put_text(r, object, "call", memscan_call_name(s->slowest[i].allocation.call));
        json_put_text(r, object, "place", s->slowest[i].place);
    }
}

static void put_unseen(record *r, const cli_alloc_summary *s)
{
    const memscan_recording_report *report = &s->report;
    cJSON *unseen = json_child(r, r->object, "not_recorded");
    json_put_number(r, unseen, "lost_allocations", report->lost_allocations);
    json_put_number(r, unseen, "lost_frees", report->lost_frees);
    json_put_bool(r, unseen, "python_objects", s->python);
    json_put_number(r, unseen, "silent_programs", s->silent);
    json_put_number(r, unseen, "static_programs", report->not_followed_static);
    json_put_number(r, unseen, "privileged_programs", report->not_followed_privileged);
    json_put_number(r, unseen, "foreign_programs", report->not_followed_foreign);
    json_put_number(r, unseen, "not_heard", report->not_heard);
    json_put_number(r, unseen, "threads_running", report->threads_running);
}

void json_allocations(cli_printer *printer, const cli_alloc_summary *summary)
{
    const memscan_recording_report *report = &summary->report;
    record r = json_begin_record("allocations");
    json_put_number(&r, r.object, "pid", report->process);
    if (report->signal != 0)
        json_put_number(&r, r.object, "signal", (uint64_t)report->signal);
    else
        json_put_number(&r, r.object, "exit_code", (uint64_t)report->exit_code);
    json_put_bool(&r, r.object, "complete", !summary->stopped && report->lost_allocations + report->lost_frees == 0);
    json_put_number(&r, r.object, "frees", report->frees);
    json_put_number(&r, r.object, "failed", summary->failed);
    json_put_number(&r, r.object, "live", summary->live.count);
    json_put_number(&r, r.object, "live_bytes", summary->live.bytes);
    json_put_number(&r, r.object, "programs", report->programs);
    json_put(&r, r.object, "clock_ns", cJSON_CreateNumber(report->clock_ns));
    put_class(&r, r.object, &summary->all);
    put_classes(&r, summary);
    put_slowest(&r, summary);
    put_unseen(&r, summary);
    json_put(&r, r.object, "seconds", cJSON_CreateNumber((double)summary->nanoseconds / 1e9));
    json_end_record_aside(printer, &r);
}
