/* human.h - what the parts of the human printer share. Every text of the target's passes memscan_escape before it is
 * written, so nothing here can move a cursor. */
#ifndef CLI_HUMAN_H
#define CLI_HUMAN_H

#include "complain.h"
#include "printer.h"
#include "table.h"
#include "units.h"

/* SGR parameters. */
#define DIM    "2"
#define BOLD   "1"
#define GREEN  "32"
#define RED    "31"
#define YELLOW "33"
#define CYAN   "36"

#define BYTES_PER_LINE 16

typedef struct human {
    cli_printer base;
    cli_table table;
    bool system_words; /* the target's system has words of its own for regions */
    bool bar_shown;    /* a progress bar stands on stderr's current line */
    /* the hex dump under way */
    uint8_t last_line[BYTES_PER_LINE];
    bool last_line_valid, starred;
} human;

human *human_of(cli_printer *printer);

/* Words: to stdout, the progress bar taken away first. */
void human_hide_bar(human *h);
void human_say(human *h, const char *format, ...) CLI_PRINTF(2, 3); /* up to 1023 bytes */
void human_put(human *h, const char *text);                         /* of any length */
void human_say_colored(human *h, const char *color, const char *text);
/* Blanks up to a column, after `length` characters were written. */
void human_pad(human *h, size_t length, size_t width);

/* Texts. */
const char *human_shown(const char *text, char *out, size_t capacity);                        /* escaped */
const char *human_size_or_number(const human *h, uint64_t bytes, char *out, size_t capacity); /* exact when plain */
const char *human_address_text(uint64_t address, char *out, size_t capacity);
void human_protection_text(const memscan_region *region, char out[5]);
/* A value; cut, with three points, where it would fill the screen. */
enum { HUMAN_VALUE_TEXT = 120 }; /* room for as much of one as a line of matches shows */
const char *human_value_text(memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length, char *out,
                             size_t capacity);
/* The same, returning how many characters stand there; and an integer of 64 bits as a value of this type, returning how many
 * it has. There is room for one at least. */
size_t human_write_value(memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length, char *out,
                         size_t capacity);
size_t human_write_number(memscan_type type, uint64_t number, char *out, size_t capacity);

/* human_line.c: one line, for what a search may show millions of. What finds no room is cut. */
typedef struct human_line {
    size_t length; /* 0 at first */
    char text[1024];
} human_line;
void human_line_add(human_line *line, const char *text);
/* Then blanks, up to `width` characters. */
void human_line_aligned(human_line *line, const char *text, size_t width);
/* The same in a colour, where colours are shown. */
void human_line_cell(human_line *line, const human *h, const char *color, const char *text, size_t width);
/* For --plain: a field, behind a tab when it is not the first. */
void human_line_field(human_line *line, const char *text);
void human_line_number(human_line *line, memscan_type type, uint64_t number); /* an integer of 64 bits */
void human_line_value(human_line *line, memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length);
void human_line_put(human_line *line, human *h);

/* human_lists.c */
void human_process(cli_printer *printer, const memscan_process *process, const char *path);
void human_region(cli_printer *printer, const cli_region *region);
void human_total(cli_printer *printer, const cli_total *total);
void human_entries(cli_printer *printer, const cli_entries *entries);
void human_module(cli_printer *printer, const memscan_module *module);
void human_thread(cli_printer *printer, const memscan_thread *thread);
/* human_target.c */
void human_info(cli_printer *printer, const cli_info *info);
void human_ability(cli_printer *printer, const memscan_ability *ability);
/* human_where.c */
void human_where(cli_printer *printer, const cli_where *where);
/* Where a pointer leads: "null", "heap, [heap]+0x10", "dangling: nothing is mapped there". */
const char *human_pointer_text(const memscan_where *where, char *out, size_t capacity);
/* human_memory.c */
void human_bytes(cli_printer *printer, const cli_bytes *bytes);
void human_value(cli_printer *printer, const cli_value_at *value);
void human_written(cli_printer *printer, const cli_written *written);
void human_patched(cli_printer *printer, const cli_patched *patched);
void human_journal(cli_printer *printer, const char *path);
void human_dumped(cli_printer *printer, const cli_dumped *dumped);
void human_match(cli_printer *printer, const cli_match *found);
/* human_scan.c */
void human_scan_match(cli_printer *printer, const cli_scan_match *match);
void human_step(cli_printer *printer, const cli_step *step);
void human_session(cli_printer *printer, const cli_session_row *row);
/* human_beat.c */
void human_held(cli_printer *printer, const cli_held *held);
void human_changed(cli_printer *printer, const cli_changed *changed);
/* human_alloc.c */
void human_allocations(cli_printer *printer, const struct cli_alloc_summary *summary);
/* human_summary.c: the sentence that closes a command */
void human_summarise(human *h, const cli_end *end);

#endif
