/* places.c - see places.h. All places of a beat are read in one batch, so that a hundred held values cost a few system
 * calls and are of nearly the same moment. */
#include "places.h"

#include <stdio.h>

#include "../base/error.h"
#include "../target/address.h"
#include "../target/target.h"

void ms_places_init(ms_places *places, memscan_target *target, const memscan_allocator *allocator)
{
    places->target = target;
    places->allocator = allocator;
    ms_array_init(&places->items, allocator, sizeof(ms_place));
    ms_array_init(&places->spans, allocator, sizeof(memscan_span));
    ms_array_init(&places->owner, allocator, sizeof(size_t));
}

static void free_place(const memscan_allocator *allocator, ms_place *place)
{
    ms_free_text(allocator, place->text);
    ms_free(allocator, place->now, place->length);
}

void ms_places_deinit(ms_places *places)
{
    for (size_t i = 0; i < places->items.count; i++)
        free_place(places->allocator, ms_places_at(places, i));
    ms_array_deinit(&places->items);
    ms_array_deinit(&places->spans);
    ms_array_deinit(&places->owner);
}

ms_place *ms_places_at(const ms_places *places, size_t index)
{
    return ms_array_at(&places->items, index);
}

void ms_places_drop_last(ms_places *places)
{
    places->items.count--;
    free_place(places->allocator, ms_places_at(places, places->items.count));
}

static memscan_status tell(const memscan_error *why, memscan_error *error)
{
    if (error)
        *error = *why;
    return why->status;
}

/* A place that is not there now may be there at a later beat; anything else cannot become one. */
static bool may_come(memscan_status status)
{
    return status == MEMSCAN_OK || status == MEMSCAN_NOT_FOUND || status == MEMSCAN_UNREADABLE ||
           status == MEMSCAN_AMBIGUOUS;
}

memscan_status ms_places_add(ms_places *places, const char *text, size_t length, memscan_error *error)
{
    uint64_t address = 0;
    bool is_path = false;
    memscan_error why = { 0 };
    memscan_status status = ms_resolve(places->target, text, &address, &is_path, &why);
    if (!may_come(status))
        return tell(&why, error);
    uint64_t last;
    if (status == MEMSCAN_OK && !is_path && ms_target_range(places->target, address, length, &last, error))
        return MEMSCAN_INVALID;
    places->spans.count = places->owner.count = 0; /* those of the last beat: what is reserved is room for all */
    if (!ms_array_reserve(&places->spans, places->items.count + 1) ||
        !ms_array_reserve(&places->owner, places->items.count + 1))
        return ms_fail_memory(error);
    ms_place *place = ms_array_push(&places->items);
    if (!place)
        return ms_fail_memory(error);
    place->length = length;
    place->is_path = is_path;
    place->resolved = status == MEMSCAN_OK;
    place->address = address;
    place->text = ms_copy_text(places->allocator, text);
    place->now = ms_alloc(places->allocator, length);
    if (!place->text || !place->now) {
        ms_places_drop_last(places);
        return ms_fail_memory(error);
    }
    return MEMSCAN_OK;
}

static void note(ms_place *place, memscan_status status, const memscan_error *why)
{
    place->status = status;
    snprintf(place->why, sizeof place->why, "%s", status == MEMSCAN_OK ? "" : why->text);
}

/* Finds out where a place is at this beat; what keeps it from being found is its own to tell, but for what ends the
 * whole beat. */
static memscan_status resolve(ms_places *places, ms_place *place, memscan_error *error)
{
    uint64_t last;
    bool follows;
    memscan_error why;
    if (place->resolved && !place->is_path)
        return MEMSCAN_OK;
    memscan_status status = ms_resolve(places->target, place->text, &place->address, &follows, &why);
    place->is_path |= follows;
    if (status == MEMSCAN_OK)
        status = ms_target_range(places->target, place->address, place->length, &last, &why);
    place->resolved = status == MEMSCAN_OK;
    note(place, status, &why);
    return status == MEMSCAN_GONE || status == MEMSCAN_NO_MEMORY ? tell(&why, error) : MEMSCAN_OK;
}

/* Resolves every place and lists the spans of those that lead somewhere. */
static memscan_status list_spans(ms_places *places, memscan_error *error)
{
    places->spans.count = places->owner.count = 0;
    for (size_t i = 0; i < places->items.count; i++) {
        ms_place *place = ms_places_at(places, i);
        memscan_status status = resolve(places, place, error);
        if (status != MEMSCAN_OK)
            return status;
        if (!place->resolved)
            continue;
        /* Room was made when the place was added. */
        *(memscan_span *)ms_array_push(&places->spans) =
            (memscan_span){ .address = place->address, .size = place->length, .buffer = place->now };
        *(size_t *)ms_array_push(&places->owner) = i;
    }
    return MEMSCAN_OK;
}

static void take_answers(ms_places *places)
{
    for (size_t s = 0; s < places->spans.count; s++) {
        const memscan_span *span = ms_array_at(&places->spans, s);
        ms_place *place = ms_places_at(places, *(const size_t *)ms_array_at(&places->owner, s));
        memscan_error why;
        if (span->done == span->size) {
            note(place, MEMSCAN_OK, NULL);
            continue;
        }
        uint64_t at = span->address + span->done;
        ms_fail(&why, MEMSCAN_UNREADABLE, "cannot read 0x%llx: %s", (unsigned long long)at,
                memscan_outcome_name(span->outcome));
        note(place, MEMSCAN_UNREADABLE, &why);
        place->resolved = false; /* a module may have moved: ask again at the next beat */
    }
}

memscan_status ms_places_read(ms_places *places, memscan_error *error)
{
    memscan_status status = list_spans(places, error);
    if (status != MEMSCAN_OK)
        return status;
    if (places->spans.count == 0)
        return memscan_alive(places->target, error);
    status = memscan_read_spans(places->target, places->spans.items, places->spans.count, 0, error);
    if (status == MEMSCAN_OK)
        take_answers(places);
    return status;
}
