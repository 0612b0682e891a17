/* places.h - the addresses that a hold or a watch looks at: as text, where each led at the last beat, and what stands
 * there now. A plain address is resolved once and again only when it cannot be read; a pointer path is followed anew
 * at every beat, since the pointers on the way may change. */
#ifndef MS_PLACES_H
#define MS_PLACES_H

#include <memscan/memory.h>

#include "../base/array.h"

typedef struct ms_place {
    char *text;
    bool is_path;  /* follows pointers */
    bool resolved; /* address holds */
    uint64_t address;
    size_t length;
    uint8_t *now;          /* `length` bytes as they were read at this beat */
    memscan_status status; /* of this beat: OK when `now` holds */
    char why[256];         /* the error's text, "" when OK */
} ms_place;

typedef struct ms_places {
    memscan_target *target;
    const memscan_allocator *allocator;
    ms_array items; /* of ms_place */
    ms_array spans; /* of memscan_span: those of this beat */
    ms_array owner; /* of size_t: which place each span serves */
} ms_places;

void ms_places_init(ms_places *places, memscan_target *target, const memscan_allocator *allocator);
void ms_places_deinit(ms_places *places);
/* INVALID: the text cannot be an address. One that leads nowhere yet is added. */
memscan_status ms_places_add(ms_places *places, const char *text, size_t length, memscan_error *error);
/* Takes back the last one added. */
void ms_places_drop_last(ms_places *places);
ms_place *ms_places_at(const ms_places *places, size_t index);
/* Resolves what needs it and reads all places in few calls. A place that could not be reached says so itself; the
 * call fails only with GONE or NO_MEMORY. */
memscan_status ms_places_read(ms_places *places, memscan_error *error);

#endif
