/* hold.c - keep values written. A beat reads every place and writes those that are not as they should be: a value that
 * is right costs the target nothing. */
#include <memscan/hold.h>

#include "../base/error.h"
#include "../target/target.h"
#include "../value/compare.h"
#include "../value/literal.h"
#include "places.h"

#define LONGEST_VALUE 4096u

typedef struct held {
    char *value_text;
    memscan_hold_mode mode;
    memscan_type type;
    memscan_layout layout; /* of the value: "be:" turns it round */
    uint8_t *value;        /* `length` bytes, as long as the place of the same index */
    size_t length;
    uint64_t writes;
} held;

struct memscan_hold {
    memscan_target *target;
    const memscan_allocator *allocator;
    ms_places places;
    ms_array values; /* of held, beside the places */
};

memscan_status memscan_hold_create(memscan_target *target, memscan_hold **hold, memscan_error *error)
{
    *hold = NULL;
    if (!(target->access & MEMSCAN_WRITE))
        return ms_fail(error, MEMSCAN_DENIED, "the target was opened for reading only");
    memscan_hold *made = ms_alloc(target->allocator, sizeof *made);
    if (!made)
        return ms_fail_memory(error);
    made->target = target;
    made->allocator = target->allocator;
    ms_places_init(&made->places, target, target->allocator);
    ms_array_init(&made->values, target->allocator, sizeof(held));
    *hold = made;
    return MEMSCAN_OK;
}

static void free_held(const memscan_allocator *allocator, held *value)
{
    ms_free_text(allocator, value->value_text);
    ms_free(allocator, value->value, value->length);
}

void memscan_hold_destroy(memscan_hold *hold)
{
    if (!hold)
        return;
    for (size_t i = 0; i < hold->values.count; i++)
        free_held(hold->allocator, ms_array_at(&hold->values, i));
    ms_array_deinit(&hold->values);
    ms_places_deinit(&hold->places);
    ms_free(hold->allocator, hold, sizeof *hold);
}

static memscan_status copy_value(const memscan_hold *hold, const char *text, const uint8_t *bytes, held *value,
                                 memscan_error *error)
{
    value->value_text = ms_copy_text(hold->allocator, text);
    value->value = ms_alloc(hold->allocator, value->length);
    if (!value->value_text || !value->value) {
        free_held(hold->allocator, value);
        return ms_fail_memory(error);
    }
    memcpy(value->value, bytes, value->length);
    return MEMSCAN_OK;
}

memscan_status memscan_hold_add(memscan_hold *hold, const char *address, const char *value, memscan_hold_mode mode,
                                memscan_error *error)
{
    uint8_t bytes[LONGEST_VALUE];
    held made = { .mode = mode, .layout = hold->target->facts.target.layout };
    memscan_status status = memscan_value_parse(value, MEMSCAN_TYPE_NONE, made.layout, bytes, sizeof bytes,
                                                &made.length, &made.type, error);
    if (status != MEMSCAN_OK)
        return status;
    made.layout.big_endian |= ms_prefix_parse(value).big_endian;
    /* Neither text nor a NaN is ordered, not even beside itself. */
    if (mode != MEMSCAN_HOLD_EXACT && ms_value_compare(made.type, made.layout, bytes, bytes) == MS_UNORDERED)
        return ms_fail(error, MEMSCAN_INVALID, "only a number can be held from below or above");
    status = copy_value(hold, value, bytes, &made, error);
    if (status != MEMSCAN_OK)
        return status;
    status = ms_array_reserve(&hold->values, 1) ? ms_places_add(&hold->places, address, made.length, error)
                                                : ms_fail_memory(error);
    if (status != MEMSCAN_OK) {
        free_held(hold->allocator, &made);
        return status;
    }
    *(held *)ms_array_push(&hold->values) = made; /* there is room */
    return MEMSCAN_OK;
}

static bool is_as_held(const held *value, const uint8_t *now)
{
    if (value->mode == MEMSCAN_HOLD_EXACT)
        return memcmp(now, value->value, value->length) == 0;
    ms_order order = ms_value_compare(value->type, value->layout, now, value->value);
    return order != (value->mode == MEMSCAN_NEVER_BELOW ? MS_LESS : MS_GREATER);
}

/* Writes one value; what keeps it from being held is the place's to tell, but for the end of the target. */
static memscan_status correct(memscan_hold *hold, ms_place *place, held *value, memscan_error *error)
{
    memscan_error why = { 0 };
    memscan_status status = memscan_write(hold->target, place->address, value->value, value->length, NULL, &why);
    if (status == MEMSCAN_GONE || status == MEMSCAN_NO_MEMORY) {
        if (error)
            *error = why;
        return status;
    }
    if (status == MEMSCAN_OK || status == MEMSCAN_CHANGED_SINCE) { /* overwritten again at once: the next beat's */
        value->writes++;
        return MEMSCAN_OK;
    }
    place->status = status;
    memcpy(place->why, why.text, sizeof place->why);
    return MEMSCAN_OK;
}

memscan_status memscan_hold_beat(memscan_hold *hold, memscan_error *error)
{
    memscan_status status = ms_places_read(&hold->places, error);
    for (size_t i = 0; i < hold->values.count && status == MEMSCAN_OK; i++) {
        ms_place *place = ms_places_at(&hold->places, i);
        held *value = ms_array_at(&hold->values, i);
        if (place->status == MEMSCAN_OK && !is_as_held(value, place->now))
            status = correct(hold, place, value, error);
    }
    return status;
}

memscan_status memscan_hold_entries(memscan_hold *hold, memscan_hold_fn *visit, void *context, memscan_error *error)
{
    for (size_t i = 0; i < hold->values.count; i++) {
        const ms_place *place = ms_places_at(&hold->places, i);
        const held *value = ms_array_at(&hold->values, i);
        memscan_hold_entry entry = { place->text,   value->value_text, place->address,
                                     value->writes, place->status,     place->why };
        if (visit(&entry, context))
            return ms_fail(error, MEMSCAN_STOPPED, "stopped by the caller");
    }
    return MEMSCAN_OK;
}
