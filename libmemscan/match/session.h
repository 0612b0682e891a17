/* session.h - the memory of a stateful search: its steps, where undo and redo stand, named snapshots, whose process it
 * is about; kept in a store, and in a session file once it was saved (docs/formats.md).
 *
 * The file is a header page and an append-only store. A change appends what is new, then one of the two slots in the
 * header is written: it names the history blob from which everything else is reached. So at any moment the file is
 * the old session or the new one, and a failed change leaves nothing behind. */
#ifndef MS_SESSION_H
#define MS_SESSION_H

#include <memscan/ext/platform.h>

#include "match_set.h"

/* One scan: what was asked, and what was left. */
typedef struct ms_step {
    char *expression;
    uint64_t unix_time; /* seconds */
    uint64_t matches;
    uint64_t failed; /* bytes that could not be judged */
    ms_blob set;
} ms_step;

/* A step's values under a name, for `since NAME`; stays when its step is gone. */
typedef struct ms_mark {
    char *name;
    ms_step step;
} ms_mark;

/* Since when writes are tracked (memscan/ext/platform.h), and of which step: what was not written since then still holds
 * the bytes of that step, but for what lies in `unread`. */
typedef struct ms_tracked {
    memscan_track_point point; /* none: writes are not tracked */
    ms_blob step;              /* the step's `set`; no two steps have the same */
    ms_array unread;           /* of memscan_extent, ascending: kept in that step without having been read */
} ms_tracked;

bool ms_track_point_is_none(const memscan_track_point *point);

enum { MS_TRACKED_UNREAD = 4096 }; /* more pieces of unread memory are not remembered: the step is not tracked */

/* A module as it lay when the session began, to carry matches over to another run. */
typedef struct ms_session_module {
    uint64_t base, size;
    char *path;
    uint8_t build_id[32];
    uint32_t build_id_length;
} ms_session_module;

typedef struct ms_session {
    const memscan_allocator *allocator;
    ms_store *store;
    ms_planes planes;
    memscan_layout layout;
    memscan_identity identity;
    char *question;      /* the first scan's expression in canonical form */
    ms_array modules;    /* of ms_session_module */
    ms_array steps;      /* of ms_step */
    size_t current;      /* index of the step that stands; valid when there are steps */
    ms_array marks;      /* of ms_mark */
    ms_tracked tracked;  /* the last scan's */
    uint64_t generation; /* of the last slot written */
    uint64_t committed;  /* bytes of the store that it speaks of, or that a slot whose writing failed may speak of */
    char *fresh;         /* where the file grows that has no place yet, or NULL */
} ms_session;

/* An empty session over a store of its own, which it takes (also when this fails). */
memscan_status ms_session_create(const memscan_allocator *allocator, ms_store *store, const ms_planes *planes,
                                 memscan_layout layout, const memscan_identity *identity, const char *question,
                                 ms_session **session, memscan_error *error);
void ms_session_destroy(ms_session *session); /* NULL is allowed */

memscan_status ms_session_add_module(ms_session *session, const memscan_module *module, memscan_error *error);

/* Records a step behind the current one; steps that were undone are gone. Written to the file, where there is one. A
 * failure leaves the session as it was before the step's blocks were appended (`before`: the store's length then).
 * `tracked`: since when writes are tracked, its list is taken on success; NULL: they are not. */
memscan_status ms_session_add_step(ms_session *session, const ms_match_set *set, const char *expression,
                                   uint64_t failed, uint64_t before, ms_tracked *tracked, memscan_error *error);
/* What is tracked, when it belongs to the current step; else NULL. */
const ms_tracked *ms_session_tracked(const ms_session *session);
/* Forgets what was appended to the store beyond `before`, but nothing that the file may speak of. */
void ms_session_take_back(ms_session *session, uint64_t before);
/* NOT_FOUND: no step to go back or forth to. */
memscan_status ms_session_undo(ms_session *session, memscan_error *error);
memscan_status ms_session_redo(ms_session *session, memscan_error *error);
/* Gives the current step's values a name (letters, digits, - and _; not "first"); a mark of that name is replaced. */
memscan_status ms_session_mark(ms_session *session, const char *name, memscan_error *error);
/* The step of `since NAME`: "first" or a mark. NULL: there is none. */
const ms_step *ms_session_since(const ms_session *session, const char *name);
const ms_step *ms_session_current(const ms_session *session); /* NULL before the first scan */

/* Reads the matches of a step. */
memscan_status ms_session_load(ms_session *session, const ms_step *step, ms_match_set *set, memscan_error *error);

/* Writes the session to `path`, replacing what is there in one step, and goes on in that file. `current` is the set of the
 * current step as it was loaded before (NULL: nobody has it): it is then the one in the file. */
memscan_status ms_session_save(ms_session *session, const char *path, ms_match_set *current, memscan_error *error);
/* Lets a session without steps grow in a file from the start: beside `path`, until it is put in place there. A session that
 * is destroyed before leaves nothing behind. BUSY: another memscan scans or uses that session. */
memscan_status ms_session_begin_file(ms_session *session, const char *path, memscan_error *error);
/* After its first step. `before`: a session of ours that may be in the file at `path`, or NULL. */
memscan_status ms_session_put_in_place(ms_session *session, const char *path, ms_session *before, memscan_error *error);
void ms_session_discard_file(ms_session *session);

/* Opens a session file and locks it. BUSY: another memscan has it; CORRUPT: damaged, cut short, or none. */
memscan_status ms_session_open(const memscan_allocator *allocator, const char *path, ms_session **session,
                               memscan_error *error);

/* OK when both are the same process image, else MISMATCH: error.text says what differs. */
memscan_status ms_identity_compare(const memscan_identity *session, const memscan_identity *target,
                                   memscan_error *error);

/* The changes that go into the file, where there is one: for session.c. Session and store go back to what was committed
 * before when it fails. */
memscan_status ms_session_commit(ms_session *session, memscan_error *error);
/* Everything but the blobs, as bytes and back: for session_file.c. */
memscan_status ms_history_write(const ms_session *session, ms_blob *blob, memscan_error *error);
memscan_status ms_history_read(ms_session *session, const ms_blob *blob, memscan_error *error);

#endif
