/* printer.h - the records that a command can say, and the printers that write them.
 *
 * A command never prints: it fills a record and hands it over. Results go to stdout, everything else (errors, notes,
 * progress, the closing summary) to stderr. Texts in records are as the target spells them; a printer escapes them.
 * When stdout fails, cli_printer_failed says so and commands end. */
#ifndef CLI_PRINTER_H
#define CLI_PRINTER_H

#include <stdbool.h>
#include <stdio.h>

#include <memscan/memscan.h>

#include "terminal.h"

/* The beginning of a command's records. */
typedef struct cli_begin {
    const char *command;
    const memscan_facts *target; /* NULL: the command has none */
} cli_begin;

typedef struct cli_region {
    const memscan_region *region;
    uint64_t resident; /* bytes */
    bool resident_known;
} cli_region;

/* Regions added up, by kind or by module. */
typedef struct cli_total {
    const char *name; /* the kind, the module, "none" (in no module), "all" */
    bool of_module;
    uint64_t regions, bytes, resident;
    bool resident_known;
    memscan_usage usage; /* what stands in it besides */
    bool usage_known;
} cli_total;

/* How many entries of a processor's translation buffer hold all that is resident. */
typedef struct cli_entries {
    uint64_t page_size, entries;
} cli_entries;

/* What one address is. */
typedef struct cli_where {
    const memscan_where *where;
    bool brief; /* one line */
} cli_where;

/* A stretch of memory, some of whose bytes may be missing. */
typedef struct cli_bytes {
    uint64_t address;
    const uint8_t *bytes;
    const uint8_t *outcomes; /* a memscan_outcome per byte */
    size_t size;
    bool more; /* another stretch follows, continuing this one */
} cli_bytes;

typedef struct cli_value_at {
    uint64_t address;
    memscan_type type;
    memscan_layout layout;
    const uint8_t *bytes;
    size_t length;
    memscan_outcome outcome;        /* not WHOLE: there is no value */
    const memscan_where *points_to; /* of a pointer; NULL: it is none */
} cli_value_at;

typedef struct cli_written {
    uint64_t address;
    const char *place;
    memscan_type type;
    memscan_layout layout;
    const uint8_t *old_bytes; /* NULL where they are not known */
    const uint8_t *new_bytes;
    size_t length;
    bool dry_run;
} cli_written;

/* What became of a place that a patch changes. */
typedef struct cli_patched {
    const memscan_patch_change *change;
    const char *place;
} cli_patched;

typedef struct cli_dumped {
    const char *path;
    const char *form; /* "raw", "core" */
    uint64_t bytes;   /* of the target's memory that it holds */
} cli_dumped;

typedef struct cli_match {
    const memscan_match *match;
    const char *place;
    size_t questions;         /* how many were asked: one alone needs no number */
    const cli_bytes *context; /* NULL: none was asked for */
} cli_match;

typedef struct cli_explained {
    size_t question;
    const char *canonical;
    uint32_t types;
} cli_explained;

typedef struct cli_info {
    const memscan_facts *facts;
    const char *path;
    const char *command; /* arguments, each ended by NUL */
    size_t command_length;
    const char *owner;
    const memscan_measures *measures;
    uint64_t regions, mapped;
} cli_info;

/* A match of a session. */
typedef struct cli_scan_match {
    const memscan_scan_match *match; /* with the value at the last scan */
    const uint8_t *now;              /* NULL: it cannot be read */
    memscan_outcome outcome;         /* why not */
    const char *place;
} cli_scan_match;

/* A step of a session, or a named snapshot. */
typedef struct cli_step {
    const memscan_scan_step *step;
    uint64_t number; /* from 1; of no meaning for a snapshot */
    bool undone;
    bool alone; /* the current one, shown for what is left: not the whole history */
} cli_step;

/* A session file. */
typedef struct cli_session_row {
    const char *name, *path;
    const memscan_scan_info *info; /* NULL: it cannot be told, and `why` says why */
    const char *why;
    uint64_t age_seconds;
} cli_session_row;

/* How a held value fared. */
typedef struct cli_held {
    const memscan_hold_entry *entry;
    const char *place;
} cli_held;

/* A watched value that is not what it was. */
typedef struct cli_changed {
    const memscan_change *change;
    const char *place;
    uint64_t unix_ms;
} cli_changed;

/* What became of the bytes that `read` was asked for: asked = obtained + the missing ones + not reached. */
typedef struct cli_read_account {
    uint64_t asked, obtained, not_reached;
    const uint64_t *missing; /* by memscan_outcome */
    memscan_stop stopped;
} cli_read_account;

/* The end of a command's records. */
typedef struct cli_end {
    bool complete;
    const char *counted;     /* "matches", "regions" ...; NULL: nothing was counted */
    const char *counted_one; /* the same for one: "match" */
    uint64_t count;
    const memscan_report *report; /* the byte accounting of a search; NULL where there is none */
    const cli_read_account *read; /* the same of a read */
    bool count_is_shown;          /* people have read it already */
} cli_end;

typedef struct cli_progress {
    uint64_t done, total, matches;
} cli_progress;

/* What a run came to whose allocations were recorded (alloc_summary.h). */
struct cli_alloc_summary;

typedef struct cli_printer cli_printer;

typedef struct cli_printer_form {
    void (*begin)(cli_printer *printer, const cli_begin *begin);
    void (*process)(cli_printer *printer, const memscan_process *process, const char *path);
    void (*region)(cli_printer *printer, const cli_region *region);
    void (*total)(cli_printer *printer, const cli_total *total);
    void (*entries)(cli_printer *printer, const cli_entries *entries);
    void (*module)(cli_printer *printer, const memscan_module *module);
    void (*thread)(cli_printer *printer, const memscan_thread *thread);
    void (*info)(cli_printer *printer, const cli_info *info);
    void (*ability)(cli_printer *printer, const memscan_ability *ability);
    void (*where)(cli_printer *printer, const cli_where *where);
    void (*bytes)(cli_printer *printer, const cli_bytes *bytes);
    void (*value)(cli_printer *printer, const cli_value_at *value);
    void (*written)(cli_printer *printer, const cli_written *written);
    void (*patched)(cli_printer *printer, const cli_patched *patched);
    void (*journal)(cli_printer *printer, const char *path); /* the file that undoes it */
    void (*dumped)(cli_printer *printer, const cli_dumped *dumped);
    void (*match)(cli_printer *printer, const cli_match *match);
    void (*scan_match)(cli_printer *printer, const cli_scan_match *match);
    void (*step)(cli_printer *printer, const cli_step *step);
    void (*session)(cli_printer *printer, const cli_session_row *row);
    void (*held)(cli_printer *printer, const cli_held *held);
    void (*changed)(cli_printer *printer, const cli_changed *changed);
    /* On stderr, also as JSON: stdout was the program's. */
    void (*allocations)(cli_printer *printer, const struct cli_alloc_summary *summary);
    void (*explained)(cli_printer *printer, const cli_explained *explained);
    void (*version)(cli_printer *printer, const char *version, const char *built_with);
    void (*text)(cli_printer *printer, const char *line); /* a line of help or of a drawing, already fit to print */
    void (*end)(cli_printer *printer, const cli_end *end);
    void (*progress)(cli_printer *printer, const cli_progress *progress);
    void (*note)(cli_printer *printer, const char *sentence); /* for people: stderr, not with -q */
    void (*error)(cli_printer *printer, const memscan_error *error);
    void (*destroy)(cli_printer *printer);
} cli_printer_form;

/* What the printers have in common. */
struct cli_printer {
    const cli_printer_form *form;
    FILE *out, *err;
    cli_terminal terminal;
    bool plain, color, quiet, verbose;
    int failed; /* errno of the first write to stdout that failed; 0: none */
};

cli_printer *cli_printer_human(const cli_printer *settings); /* or NULL when memory ran out */
cli_printer *cli_printer_json(const cli_printer *settings);

/* Writes to stdout and remembers the first failure. */
void cli_out(cli_printer *printer, const char *text, size_t length);
void cli_out_flush(cli_printer *printer);

#endif
