/* next.h - what a next scan asks: a question about the present value, or how it compares with an earlier one; one for
 * each plane of the session. Immutable once parsed: shared by all workers. */
#ifndef MS_NEXT_H
#define MS_NEXT_H

#include "change.h"
#include "question.h"

#define MS_NEXT_PLANES    8u
#define MS_NEXT_NAME_SIZE 65u

typedef struct ms_next {
    const memscan_allocator *allocator;
    uint32_t planes;                            /* how many the session has */
    uint32_t asked;                             /* bit p: plane p is judged; the others drop out */
    ms_change *change;                          /* NULL: a question about the present value */
    char since[MS_NEXT_NAME_SIZE];              /* "": the last scan */
    memscan_question *question[MS_NEXT_PLANES]; /* where there is no change */
} ms_next;

/* Compiles `text` for planes of these types.
 *   INVALID  not an expression, or one that no plane can hold; error.hint says what to write */
memscan_status ms_next_parse(const char *text, const memscan_type *types, uint32_t planes, memscan_layout layout,
                             const memscan_allocator *allocator, ms_next **next, memscan_error *error);
void ms_next_destroy(ms_next *next); /* NULL is allowed */

#endif
