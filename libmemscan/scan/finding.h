/* finding.h - what the rooms of one stateless search share: find.c sets it up and ends it, judge.c marks the places
 * where matches begin (on workers), deliver.c shows them in order (on the caller's thread). */
#ifndef MS_FINDING_H
#define MS_FINDING_H

#include "../flow/pipeline.h"
#include "../flow/plan.h"
#include "../flow/progress.h"
#include "../flow/reader.h"
#include "../flow/vanished.h"
#include "../question/question.h"

typedef struct ms_finding {
    memscan_target *target;
    const memscan_allocator *allocator;
    memscan_find_options options;
    const memscan_question *const *questions;
    size_t question_count;
    uint32_t *groups;    /* of each question: the memory it is about */
    size_t longest;      /* bytes of the longest match of any */
    size_t bitmap_words; /* enough for every unit */
    ms_selection selection;
    ms_plan plan;

    /* Of the caller's thread: */
    memscan_match_fn *match;
    void *match_context;
    memscan_report *report;
    ms_account account;
    ms_vanished vanished;
    ms_progress progress;
} ms_finding;

/* What one unit is read into and judged with. Word `first_word[i]` of a bitmap belongs to the first 64 bytes of
 * stretch i. */
typedef struct ms_find_work {
    ms_unit unit;
    ms_reader reader;
    uint8_t *buffer;
    ms_question_scratch *scratch;
    ms_array first_words; /* of size_t, one a stretch */
    uint64_t **bitmaps;   /* one a question: where its matches begin, or NULL where it has none */
    uint64_t **spare;     /* bitmaps not in use */
    size_t spare_count;
} ms_find_work;

void *ms_find_work_create(void *finding);
void ms_find_work_destroy(void *finding, void *work);

/* Reads the unit of `work` and marks its matches. */
memscan_status ms_find_judge(void *finding, void *work, ms_account *account, bool *kept, memscan_error *error);

/* The bytes that question `index` may look at from the beginning of a stretch on. */
size_t ms_find_reach(const ms_finding *finding, const ms_find_work *work, size_t stretch, size_t question);

/* Shows the matches of a unit, and books its bytes. `work` may be NULL: only the account. */
memscan_status ms_find_deliver(void *finding, void *work, const ms_account *account, memscan_error *error);
/* Progress, cancelling, the deadline. */
memscan_status ms_find_tick(void *finding, memscan_error *error);

#endif
