/* fields_json.c - nothing in a file is taken for what it is not: a name that is misspelt is refused, not passed over. */
#include "fields_json.h"

#include <string.h>

#include "../base/error.h"
#include "../base/text.h"

static const char *show(const char *name, char *out, size_t capacity)
{
    memscan_escape(name ? name : "", out, capacity);
    return out;
}

/* Only blanks may follow: cJSON_ParseWithLengthOpts would demand a NUL behind the value, which ends the text early. */
memscan_status ms_json_parse(const char *text, size_t length, cJSON **root, memscan_error *error)
{
    const char *end = NULL;
    *root = cJSON_ParseWithLengthOpts(text, length, &end, 0);
    if (!*root)
        return ms_fail(error, MEMSCAN_CORRUPT, "this is not JSON, from byte %zu on",
                       end && end >= text ? (size_t)(end - text) : (size_t)0);
    while (end < text + length && (*end == ' ' || *end == '\n' || *end == '\r' || *end == '\t'))
        end++;
    if (end == text + length)
        return MEMSCAN_OK;
    cJSON_Delete(*root);
    *root = NULL;
    return ms_fail(error, MEMSCAN_CORRUPT, "something follows the JSON value, at byte %zu", (size_t)(end - text));
}

static bool is_among(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

memscan_status ms_json_check(const cJSON *object, const char *what, const char *const *names, memscan_error *error)
{
    char shown[64];
    if (!cJSON_IsObject(object))
        return ms_fail(error, MEMSCAN_INVALID, "%s must be an object", what);
    for (const cJSON *member = object->child; member; member = member->next) {
        if (!is_among(member->string, names))
            return ms_fail(error, MEMSCAN_INVALID, "%s has no member \"%s\"", what,
                           show(member->string, shown, sizeof shown));
        if (cJSON_GetObjectItemCaseSensitive(object, member->string) != member)
            return ms_fail(error, MEMSCAN_INVALID, "%s has \"%s\" twice", what,
                           show(member->string, shown, sizeof shown));
    }
    return MEMSCAN_OK;
}

memscan_status ms_json_text(const cJSON *object, const char *name, const char **text, memscan_error *error)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    *text = member && cJSON_IsString(member) ? member->valuestring : NULL;
    return member && !*text ? ms_fail(error, MEMSCAN_INVALID, "\"%s\" must be a text", name) : MEMSCAN_OK;
}

memscan_status ms_json_u32(const cJSON *object, const char *name, uint32_t *number, memscan_error *error)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, name);
    if (!member)
        return MEMSCAN_OK;
    double value = cJSON_IsNumber(member) ? member->valuedouble : -1;
    if (!(value >= 0 && value <= UINT32_MAX) || value != (double)(uint32_t)value)
        return ms_fail(error, MEMSCAN_INVALID, "\"%s\" must be a whole number", name);
    *number = (uint32_t)value;
    return MEMSCAN_OK;
}

memscan_status ms_json_u64(const cJSON *object, const char *name, uint64_t *number, memscan_error *error)
{
    const char *text;
    memscan_status status = ms_json_text(object, name, &text, error);
    if (!status && (!text || !ms_parse_u64(text, strlen(text), number)))
        status = ms_fail(error, MEMSCAN_INVALID, "\"%s\" must be a number in a text", name);
    return status;
}

static bool are_hex_digits(const char *text, size_t length)
{
    return strspn(text, "0123456789abcdefABCDEF") == length;
}

memscan_status ms_json_hex(const cJSON *object, const char *name, const char **digits, size_t *length,
                           memscan_error *error)
{
    memscan_status status = ms_json_text(object, name, digits, error);
    if (status)
        return status;
    size_t count = *digits ? strlen(*digits) : 1;
    if (count % 2 || !are_hex_digits(*digits, count))
        return ms_fail(error, MEMSCAN_INVALID, "\"%s\" must be bytes in hex", name);
    *length = count / 2;
    return MEMSCAN_OK;
}

void ms_json_hex_bytes(const char *digits, size_t length, uint8_t *bytes)
{
    for (size_t i = 0; i < length; i++) {
        uint64_t byte = 0;
        ms_parse_hex(digits + 2 * i, 2, &byte);
        bytes[i] = (uint8_t)byte;
    }
}
