/* watch.c - report what changed from one beat to the next. */
#include <memscan/hold.h>

#include "../base/error.h"
#include "../target/target.h"
#include "../value/type.h"
#include "places.h"

#define LONGEST_WATCHED 65536u

typedef struct seen {
    memscan_type type;
    uint8_t *before; /* as long as the place of the same index */
    bool was_read;   /* `before` holds */
    bool shown;      /* the caller knows of it */
} seen;

struct memscan_watch {
    memscan_target *target;
    const memscan_allocator *allocator;
    ms_places places;
    ms_array seen; /* of seen, beside the places */
};

memscan_status memscan_watch_create(memscan_target *target, memscan_watch **watch, memscan_error *error)
{
    *watch = NULL;
    memscan_watch *made = ms_alloc(target->allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->target = target;
    made->allocator = target->allocator;
    ms_places_init(&made->places, target, target->allocator);
    ms_array_init(&made->seen, target->allocator, sizeof(seen));
    *watch = made;
    return MEMSCAN_OK;
}

void memscan_watch_destroy(memscan_watch *watch)
{
    if (!watch)
        return;
    for (size_t i = 0; i < watch->seen.count; i++)
        ms_free(watch->allocator, ((seen *)ms_array_at(&watch->seen, i))->before,
                ms_places_at(&watch->places, i)->length);
    ms_array_deinit(&watch->seen);
    ms_places_deinit(&watch->places);
    ms_free(watch->allocator, watch, sizeof *watch);
}

memscan_status memscan_watch_add(memscan_watch *watch, const char *address, memscan_type type, size_t length,
                                 memscan_error *error)
{
    size_t width = memscan_type_width(type, watch->target->facts.target.layout.pointer_width);
    if (width)
        length = width;
    else if (!ms_type_is_bytes(type))
        return ms_fail(error, MEMSCAN_INVALID, "%s has no single width to watch", memscan_type_name(type));
    if (length == 0 || length > LONGEST_WATCHED)
        return ms_fail(error, MEMSCAN_INVALID, "a watched length is 1 to %u bytes", LONGEST_WATCHED);
    memscan_status status = ms_places_add(&watch->places, address, length, error);
    if (status != MEMSCAN_OK)
        return status;
    uint8_t *before = ms_alloc(watch->allocator, length);
    seen *place = before ? ms_array_push(&watch->seen) : NULL;
    if (!place) {
        ms_free(watch->allocator, before, length);
        ms_places_drop_last(&watch->places);
        return ms_fail_memory(error);
    }
    place->type = type;
    place->before = before;
    return MEMSCAN_OK;
}

static bool differs(const seen *last, const ms_place *place)
{
    bool is_read = place->status == MEMSCAN_OK;
    if (!last->shown || last->was_read != is_read)
        return true;
    return is_read && memcmp(last->before, place->now, place->length) != 0;
}

static int show(const memscan_watch *watch, size_t index, const seen *last, const ms_place *place,
                memscan_change_fn *visit, void *context)
{
    memscan_change change = { .index = index,
                              .address_text = place->text,
                              .address = place->address,
                              .type = last->type,
                              .layout = watch->target->facts.target.layout,
                              .length = place->length };
    change.before = last->was_read ? last->before : NULL;
    change.now = place->status == MEMSCAN_OK ? place->now : NULL;
    return visit(&change, context);
}

memscan_status memscan_watch_beat(memscan_watch *watch, memscan_change_fn *visit, void *context, memscan_error *error)
{
    int stop = 0;
    memscan_status status = ms_places_read(&watch->places, error);
    for (size_t i = 0; i < watch->seen.count && status == MEMSCAN_OK && !stop; i++) {
        seen *last = ms_array_at(&watch->seen, i);
        const ms_place *place = ms_places_at(&watch->places, i);
        if (!differs(last, place))
            continue;
        stop = show(watch, i, last, place, visit, context);
        last->shown = true;
        last->was_read = place->status == MEMSCAN_OK;
        if (last->was_read)
            memcpy(last->before, place->now, place->length);
    }
    return stop ? ms_fail(error, MEMSCAN_STOPPED, "stopped by the caller") : status;
}
