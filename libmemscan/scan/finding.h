/* finding.h - what the rooms of one stateless search share: find.c sets it up and ends it, judge.c marks the places
 * where matches begin (on workers), starts.c walks the marks, note.c writes few matches down so that their unit need not
 * travel, deliver.c shows them in order (on the caller's thread). */
#ifndef MS_FINDING_H
#define MS_FINDING_H

#include "../flow/progress.h"
#include "../flow/proof.h"
#include "../flow/reader.h"
#include "../flow/sweep.h"
#include "../flow/vanished.h"
#include "../question/question.h"

typedef struct ms_find_sieve ms_find_sieve;

/* Matches as their worker saw them, alike but for where they are and for their bytes. They follow, each as `scanned` and its
 * bytes: a million of them are some megabytes. */
typedef struct ms_noted_run {
    const memscan_region *region;
    uint64_t base; /* and `scanned` are a match's address */
    uint32_t types, question, count;
    uint16_t type, length;
} ms_noted_run;

/* What is known of a unit that did not travel: when it was read, and its matches, in order. */
typedef struct ms_find_note {
    uint64_t read_at; /* of every unit; ms_clock_ns, 0: nothing was read */
    size_t used;      /* of `room`: runs, one after the other */
    uint8_t *room;    /* `note_room` bytes */
    ms_noted_run *last;
} ms_find_note;

typedef struct ms_finding {
    memscan_target *target;
    const memscan_allocator *allocator;
    memscan_find_options options;
    const memscan_question *const *questions;
    size_t question_count;
    uint32_t *groups;     /* of each question: the memory it is about */
    size_t longest;       /* bytes of the longest match of any */
    size_t bitmap_words;  /* of marks, enough for every unit */
    bool has_regex;       /* among the questions */
    ms_find_sieve *sieve; /* of the questions that are judged together, or NULL */
    bool *sieved;         /* of each question: is it one of them? */
    ms_sweep sweep;
    ms_find_note *notes; /* of the units under way, at their number modulo `note_count` */
    size_t note_count, note_room;
    uint8_t *noted; /* their rooms */

    /* Of the caller's thread: */
    memscan_match_fn *match;
    void *match_context;
    memscan_report *report;
    ms_account account;
    ms_vanished vanished;
    ms_proof proof;
    ms_progress progress;            /* workers only ask whether it is over */
    uint64_t delivered;              /* units */
    ms_regex_scratch *regex_scratch; /* NULL without has_regex */
    uint64_t *covered;               /* of each question: where its last match ends, if it is a regular expression */
} ms_finding;

/* What one unit is read into and judged with. Word `first_words[i]` of marks belongs to the first 64 bytes of
 * stretch i. */
typedef struct ms_find_work {
    ms_unit unit;
    ms_reader reader;
    uint8_t *buffer;
    bool warm; /* its pages are there */
    ms_question_scratch *scratch;
    ms_regex_scratch *regex_scratch; /* NULL without has_regex */
    ms_array first_words;            /* of size_t, one a stretch */
    ms_marks **starts;               /* one a question: where its matches begin, or NULL where it has none */
    ms_marks **spare;                /* marks not in use, all of them 0 */
    size_t spare_count;
    size_t *marked; /* the questions that have starts, ascending */
    size_t marked_count;
    ms_marks *hard; /* where a regular expression could not be judged, or NULL: nowhere */
} ms_find_work;

void *ms_find_work_create(void *finding);
void ms_find_work_destroy(void *finding, void *work);

/* Reads a unit with `work`, which takes it, and marks its matches. */
memscan_status ms_find_judge(void *finding, void *unit, void *work, ms_account *account, bool *kept,
                             memscan_error *error);

/* The bytes that question `index` may look at from the beginning of a stretch on. */
size_t ms_find_reach(const ms_finding *finding, const ms_find_work *work, size_t stretch, size_t question);

/* Marks that are not in use and have none, or NULL: no memory. */
ms_marks *ms_find_take_marks(const ms_finding *finding, ms_find_work *work);

/* starts.c: what begins in one stretch, in order of offset and then of question. The first status that is not OK ends the
 * walk. *shown: the bytes up to the last place visited then, else all. */
typedef memscan_status ms_find_start_fn(void *context, size_t stretch, size_t offset, size_t question,
                                        memscan_error *error);
memscan_status ms_find_each_start(const ms_find_work *work, size_t stretch, ms_find_start_fn *visit, void *context,
                                  size_t *shown, memscan_error *error);
/* The match that begins there, as the caller is shown it; one of a regular expression on the caller's thread only. */
memscan_match ms_find_describe(const ms_finding *finding, const ms_find_work *work, size_t stretch, size_t offset,
                               size_t question);

/* note.c: on a worker, writes the matches of its unit down. False: they are too many, too long, or not what will be shown. */
bool ms_find_note_down(const ms_finding *finding, const ms_find_work *work, ms_find_note *note);
/* The run at *at of a note's room, which becomes the place of the next one; *first: its first match. */
const ms_noted_run *ms_find_noted_run(const ms_find_note *note, size_t *at, const uint8_t **first);
/* The match at *at of a run, which becomes the place of the next one. Returns its `scanned`: own bytes of the unit up to the one
 * that it begins at, that included. */
uint32_t ms_find_noted(const ms_noted_run *run, const uint8_t **at, memscan_match *match);

/* find_sieve.c: the questions that are judged together. *sieve: NULL when there are none. */
memscan_status ms_find_sieve_create(const ms_finding *finding, ms_find_sieve **sieve, memscan_error *error);
void ms_find_sieve_destroy(const ms_finding *finding, ms_find_sieve *sieve); /* NULL is allowed, here and below */
size_t ms_find_sieve_count(const ms_find_sieve *sieve);
void ms_find_sieve_note(const ms_find_sieve *sieve, bool *sieved);
/* Marks their matches in the unit that was read. */
memscan_status ms_find_sieve_mark(const ms_finding *finding, ms_find_work *work, bool *found, memscan_error *error);

/* find_regex.c: marks the matches of a regular expression in one stretch, as if nothing preceded it. *found: there are
 * some. */
memscan_status ms_find_mark_regex(const ms_finding *finding, ms_find_work *work, size_t stretch, size_t question,
                                  ms_marks *starts, bool *found, memscan_error *error);
/* On the caller's thread, before the stretch is shown: turns the marks into those that the matches before it leave. */
memscan_status ms_find_mend_regex(const ms_finding *finding, ms_find_work *work, size_t stretch, size_t question,
                                  memscan_error *error);
/* On the caller's thread: how long the match at this offset is. */
size_t ms_find_regex_length(const ms_finding *finding, const ms_find_work *work, size_t stretch, size_t question,
                            size_t offset);
/* How many of the first `starts` places of the stretch could not be judged. */
uint64_t ms_find_count_hard(const ms_find_work *work, size_t stretch, size_t starts);
/* Moves what could not be judged in the unit from the bytes that were scanned to those that failed, but for the `booked`
 * ones, which were before. Returns how many there are. */
uint64_t ms_find_book_hard(const ms_find_work *work, uint64_t booked, ms_account *account);

/* Shows the matches of a unit, and books its bytes. `work` may be NULL: only the account. */
memscan_status ms_find_deliver(void *finding, void *work, const ms_account *account, memscan_error *error);
/* Progress, cancelling, the deadline. */
memscan_status ms_find_tick(void *finding, memscan_error *error);

#endif
