/* fields_json.h - members of JSON objects that somebody else wrote: each is there once, is known, and has its type, or
 * the text is refused. Numbers of more than 32 bits stand in texts, as "0x..." or decimal. */
#ifndef MS_FIELDS_JSON_H
#define MS_FIELDS_JSON_H

#include <stdbool.h>

#include <cjson/cJSON.h>
#include <memscan/base.h>

/* The text as a tree, to be given back with cJSON_Delete. CORRUPT: it is not JSON, or goes on behind its value. */
memscan_status ms_json_parse(const char *text, size_t length, cJSON **root, memscan_error *error);

/* INVALID unless `object` is an object whose members are among `names` (ended by NULL), none twice. */
memscan_status ms_json_check(const cJSON *object, const char *what, const char *const *names, memscan_error *error);

/* The member of that name: *text NULL where it is missing. INVALID: it is no text. */
memscan_status ms_json_text(const cJSON *object, const char *name, const char **text, memscan_error *error);
/* A whole number of 0 to 2^32 - 1; *number stays as it is where it is missing. */
memscan_status ms_json_u32(const cJSON *object, const char *name, uint32_t *number, memscan_error *error);
/* A number in a text, which must be there. */
memscan_status ms_json_u64(const cJSON *object, const char *name, uint64_t *number, memscan_error *error);
/* An even number of hex digits, which must be there: *length bytes. */
memscan_status ms_json_hex(const cJSON *object, const char *name, const char **digits, size_t *length,
                           memscan_error *error);
/* The bytes of such digits. */
void ms_json_hex_bytes(const char *digits, size_t length, uint8_t *bytes);

#endif
