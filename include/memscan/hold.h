/* memscan/hold.h - keep values as they should be, and watch values change: both look at their places once a beat, and
 * the caller decides when a beat is. Nothing runs in the background, nothing is stopped. */
#ifndef MEMSCAN_HOLD_H
#define MEMSCAN_HOLD_H

#include <memscan/target.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct memscan_hold memscan_hold;

typedef enum memscan_hold_mode {
    MEMSCAN_HOLD_EXACT = 0,  /* whatever else stands there is overwritten */
    MEMSCAN_NEVER_BELOW = 1, /* numbers only: less is overwritten; a NaN is left alone */
    MEMSCAN_NEVER_ABOVE = 2  /* numbers only: more is overwritten */
} memscan_hold_mode;

/* Nothing held yet. The target must have been opened with MEMSCAN_WRITE, and outlive the hold. */
MEMSCAN_API memscan_status memscan_hold_create(memscan_target *target, memscan_hold **hold, memscan_error *error);
/* Ends the holding: values stay as they were written last, the target runs on. NULL is allowed. */
MEMSCAN_API void memscan_hold_destroy(memscan_hold *hold);

/* Holds one more value.
 *   address  as memscan_resolve takes it; a pointer path is followed anew at every beat
 *   value    a literal, as memscan_value_parse takes it
 * INVALID: either of them cannot be meant, or a direction without a number. An address that does not lead anywhere
 * yet is no failure: it is tried at every beat. */
MEMSCAN_API memscan_status memscan_hold_add(memscan_hold *hold, const char *address, const char *value,
                                            memscan_hold_mode mode, memscan_error *error);

/* One beat: reads every held place, writes those that are not as they should be. OK also when some could not be
 * reached: memscan_hold_entries tells which. GONE: the target ended. */
MEMSCAN_API memscan_status memscan_hold_beat(memscan_hold *hold, memscan_error *error);

/* How one held value fares. */
typedef struct memscan_hold_entry {
    const char *address_text;
    const char *value_text;
    uint64_t address;      /* where it was at the last beat; 0 before the first */
    uint64_t writes;       /* how often it had to be written */
    memscan_status status; /* of the last beat: OK, or why it could not be held */
    const char *why;       /* the error's text, "" when OK */
} memscan_hold_entry;
typedef int memscan_hold_fn(const memscan_hold_entry *entry, void *context);
/* Visits the held values in the order they were added. */
MEMSCAN_API memscan_status memscan_hold_entries(memscan_hold *hold, memscan_hold_fn *visit, void *context,
                                                memscan_error *error);

typedef struct memscan_watch memscan_watch;

MEMSCAN_API memscan_status memscan_watch_create(memscan_target *target, memscan_watch **watch, memscan_error *error);
MEMSCAN_API void memscan_watch_destroy(memscan_watch *watch); /* NULL is allowed */

/* Watches one more place: a value of a single type, or `length` bytes of text, hex or bits (0 for a type with a width). */
MEMSCAN_API memscan_status memscan_watch_add(memscan_watch *watch, const char *address, memscan_type type,
                                             size_t length, memscan_error *error);

/* A watched place whose bytes are not what they were at the last beat, or that could no longer (or can again) be
 * read. The first beat shows every place once. */
typedef struct memscan_change {
    size_t index; /* of the place, in the order they were added */
    const char *address_text;
    uint64_t address;
    memscan_type type;
    memscan_layout layout;
    size_t length;
    const uint8_t *before; /* NULL: nothing was read before */
    const uint8_t *now;    /* NULL: it cannot be read now */
} memscan_change;
typedef int memscan_change_fn(const memscan_change *change, void *context); /* nonzero: STOPPED */

/* One beat. GONE: the target ended. */
MEMSCAN_API memscan_status memscan_watch_beat(memscan_watch *watch, memscan_change_fn *visit, void *context,
                                              memscan_error *error);

#ifdef __cplusplus
}
#endif
#endif
