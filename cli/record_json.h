/* record_json.h - a JSON object a line, built with cJSON.
 *
 * cJSON keeps numbers as doubles, so every 64-bit number enters as raw text or as a string. A line is written only
 * when all of its object could be built: a record is never missing a key for want of memory. */
#ifndef CLI_RECORD_JSON_H
#define CLI_RECORD_JSON_H

#include <cjson/cJSON.h>

#include "printer.h"

/* An object being built. Once broken (memory ran out) it stays so, and nothing of it is written. */
typedef struct record {
    cJSON *object;
    bool broken;
} record;

record json_begin_record(const char *type);
/* Writes the line, or marks the printer's output as failed; the object is released. */
void json_end_record(cli_printer *printer, record *r);

/* The same line, on stderr: it is no result. */
void json_end_record_aside(cli_printer *printer, record *r);

/* Each adds one key to `object`: the record's own, or one from json_child (which may be NULL once broken). */
void json_put(record *r, cJSON *object, const char *key, cJSON *item); /* takes the item */
cJSON *json_child(record *r, cJSON *object, const char *key);
void json_put_text(record *r, cJSON *object, const char *key, const char *text); /* valid UTF-8 */
void json_put_number(record *r, cJSON *object, const char *key, uint64_t number);
void json_put_address(record *r, cJSON *object, const char *key, uint64_t address);
void json_put_bool(record *r, cJSON *object, const char *key, bool value);
void json_put_hex(record *r, cJSON *object, const char *key, const uint8_t *bytes, size_t length);
/* A value that is text, as "value": a string where it can be one, else hex with "encoding". */
void json_put_text_value(record *r, cJSON *object, const uint8_t *bytes, size_t length);
/* The same for UTF-16. */
void json_put_utf16_value(record *r, cJSON *object, const uint8_t *bytes, size_t length, bool big_endian);

/* A value of any type, as "value". */
void json_put_value(record *r, cJSON *object, memscan_type type, memscan_layout layout, const uint8_t *bytes,
                    size_t length);

void json_put_types(record *r, cJSON *object, const char *key, uint32_t types);

/* Names of the target's: all as text, or, when one of them is not UTF-8, all as hex with "encoding". */
typedef struct json_name {
    const char *key, *text;
} json_name;
void json_put_names(record *r, cJSON *object, const json_name *names, size_t count);

/* json_where.c */
void json_put_protection(record *r, cJSON *object, const memscan_region *region); /* "r-x" */
void json_put_pointer(record *r, cJSON *object, const memscan_where *where);
void json_where(cli_printer *printer, const cli_where *where);
/* json_alloc.c */
void json_allocations(cli_printer *printer, const struct cli_alloc_summary *summary);
/* json_scan.c */
void json_scan_match(cli_printer *printer, const cli_scan_match *match);
void json_step(cli_printer *printer, const cli_step *step);
void json_session(cli_printer *printer, const cli_session_row *row);
/* json_beat.c */
void json_held(cli_printer *printer, const cli_held *held);
void json_changed(cli_printer *printer, const cli_changed *changed);

#define PUT_NAMES(r, object, ...)                                                                                      \
    json_put_names(r, object, (const json_name[]){ __VA_ARGS__ },                                                      \
                   sizeof((const json_name[]){ __VA_ARGS__ }) / sizeof((const json_name[]){ __VA_ARGS__ })[0])

#endif
