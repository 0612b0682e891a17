/* edits.h - a patch as it was given: texts, not yet tied to a target, whose byte order and pointers decide what some of
 * them mean. */
#ifndef MS_EDITS_H
#define MS_EDITS_H

#include <memscan/patch.h>

#include "../base/arena.h"
#include "../base/array.h"
#include "../pattern/pattern_form.h"

enum { MS_MOST_EDITS = 4096, MS_LONGEST_EDIT = MS_PATTERN_LONGEST_MATCH };

struct memscan_patch {
    const memscan_allocator *allocator;
    ms_arena texts;
    ms_array edits; /* of memscan_edit, their texts in the arena; `name` is never NULL, `matches` never 0 */
};

static inline const memscan_edit *ms_edit_at(const memscan_patch *patch, size_t index)
{
    return ms_array_at(&patch->edits, index);
}

/* One byte of an edit: what it must be for the edit to be applied, and what it becomes. */
typedef struct ms_edit_byte {
    ms_pattern_byte before;
    bool written;
    uint8_t after; /* where it is written */
} ms_edit_byte;

/* The bytes of an edit from its place on, laid out for a target; `bytes` is initialised in every case. */
memscan_status ms_edit_form(const memscan_edit *edit, memscan_layout layout, ms_array *bytes, memscan_error *error);

/* What a byte fits while the edit is not applied, and once it is. */
static inline bool ms_edit_byte_fits(const ms_edit_byte *byte, uint8_t x, bool applied)
{
    return applied && byte->written ? x == byte->after : ms_pattern_byte_fits(byte->before, x);
}

/* Puts "edit 3 (no damage): " before the text of an error; returns its status. */
memscan_status ms_edit_blame(memscan_error *error, memscan_status status, size_t index, const char *name);

#endif
