/* record_json.c - JSON objects and their lines. Text that is not valid UTF-8 becomes hex, and the object says so; code
 * points that could steer a terminal leave as \u escapes. */
#include "record_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void json_put(record *r, cJSON *object, const char *key, cJSON *item)
{
    if (item == NULL || object == NULL || !cJSON_AddItemToObject(object, key, item)) {
        cJSON_Delete(item);
        r->broken = true;
    }
}

record json_begin_record(const char *type)
{
    record r = { cJSON_CreateObject(), false };
    json_put(&r, r.object, "type", cJSON_CreateString(type));
    return r;
}

cJSON *json_child(record *r, cJSON *object, const char *key)
{
    cJSON *item = cJSON_CreateObject();
    json_put(r, object, key, item);
    return r->broken ? NULL : item;
}

void json_put_text(record *r, cJSON *object, const char *key, const char *text)
{
    json_put(r, object, key, cJSON_CreateString(text));
}

void json_put_number(record *r, cJSON *object, const char *key, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    json_put(r, object, key, cJSON_CreateRaw(text));
}

void json_put_address(record *r, cJSON *object, const char *key, uint64_t address)
{
    char text[24];
    snprintf(text, sizeof text, "0x%" PRIx64, address);
    json_put_text(r, object, key, text);
}

void json_put_bool(record *r, cJSON *object, const char *key, bool value)
{
    json_put(r, object, key, cJSON_CreateBool(value));
}

void json_put_hex(record *r, cJSON *object, const char *key, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(length * 2 + 1);
    if (text == NULL) {
        r->broken = true;
        return;
    }
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * length] = '\0';
    json_put_text(r, object, key, text);
    free(text);
}

/* ---- text ---- */

/* The length of the UTF-8 sequence that begins here and its code point; 0: not valid UTF-8. */
static size_t sequence_at(const uint8_t *text, size_t length, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    uint8_t first = text[0];
    size_t size = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
    if (size == 0 || size > length)
        return 0;
    *code = size == 1 ? first : first & (0x7fu >> size);
    for (size_t i = 1; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (text[i] & 0x3fu);
    }
    bool surrogate = *code >= 0xd800 && *code < 0xe000;
    return *code < least[size] || *code > 0x10ffff || surrogate ? 0 : size;
}

static bool is_utf8(const uint8_t *text, size_t length)
{
    uint32_t code;
    for (size_t at = 0, size; at < length; at += size) {
        size = sequence_at(text + at, length - at, &code);
        if (size == 0 || code == 0)
            return false;
    }
    return true;
}

void json_put_text_value(record *r, cJSON *object, const uint8_t *bytes, size_t length)
{
    char *text = is_utf8(bytes, length) ? malloc(length + 1) : NULL;
    if (text == NULL) {
        json_put_hex(r, object, "value", bytes, length);
        json_put_text(r, object, "encoding", "hex");
        return;
    }
    memcpy(text, bytes, length);
    text[length] = '\0';
    json_put_text(r, object, "value", text);
    free(text);
}

/* The code point at `bytes`, and how many bytes it takes; 0: a surrogate without its other half, or a NUL. */
static size_t utf16_at(const uint8_t *bytes, size_t length, bool big_endian, uint32_t *code)
{
    uint32_t units[2] = { 0, 0 };
    for (size_t i = 0; i < 2 && 2 * i + 1 < length; i++)
        units[i] = (uint32_t)bytes[2 * i + !big_endian] << 8 | bytes[2 * i + big_endian];
    *code = units[0];
    if (units[0] < 0xd800 || units[0] > 0xdfff)
        return length < 2 || units[0] == 0 ? 0 : 2;
    *code = 0x10000 + ((units[0] & 0x3ff) << 10 | (units[1] & 0x3ff));
    return units[0] < 0xdc00 && units[1] >> 10 == 0x37 ? 4 : 0;
}

static size_t put_utf8(char *out, uint32_t code)
{
    static const uint8_t heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(heads[size] | code);
    return size;
}

void json_put_utf16_value(record *r, cJSON *object, const uint8_t *bytes, size_t length, bool big_endian)
{
    char *text = malloc(length * 2 + 1);
    size_t at = 0, written = 0, size = 0;
    uint32_t code;
    for (; text != NULL && at < length && (size = utf16_at(bytes + at, length - at, big_endian, &code)) > 0; at += size)
        written += put_utf8(text + written, code);
    if (text == NULL || at < length) {
        json_put_hex(r, object, "value", bytes, length);
        json_put_text(r, object, "encoding", "hex");
    } else {
        text[written] = '\0';
        json_put_text(r, object, "value", text);
    }
    free(text);
}

void json_put_names(record *r, cJSON *object, const json_name *names, size_t count)
{
    bool valid = true;
    for (size_t i = 0; i < count; i++)
        valid = valid && is_utf8((const uint8_t *)names[i].text, strlen(names[i].text));
    for (size_t i = 0; i < count; i++) {
        if (valid)
            json_put_text(r, object, names[i].key, names[i].text);
        else
            json_put_hex(r, object, names[i].key, (const uint8_t *)names[i].text, strlen(names[i].text));
    }
    if (!valid)
        json_put_text(r, object, "encoding", "hex");
}

/* ---- lines ---- */

/* JSON's own syntax is ASCII: whatever is not stands inside a string and may become \uXXXX there. */
static void write_line(cli_printer *printer, const char *line)
{
    const uint8_t *at = (const uint8_t *)line;
    size_t left = strlen(line);
    while (left > 0) {
        size_t plain = 0;
        while (plain < left && at[plain] < 0x7f)
            plain++;
        cli_out(printer, (const char *)at, plain);
        at += plain;
        left -= plain;
        if (left == 0)
            break;
        uint32_t code = 0;
        size_t size = sequence_at(at, left, &code);
        size = size == 0 ? 1 : size; /* cannot be: all text was checked */
        char one[8] = "", shown[16];
        memcpy(one, at, size);
        memscan_escape(one, shown, sizeof shown);
        if (strcmp(one, shown) == 0) {
            cli_out(printer, one, size);
        } else {
            char escaped[16];
            uint32_t high = 0xd800 + ((code - 0x10000) >> 10), low = 0xdc00 + ((code - 0x10000) & 0x3ff);
            if (code < 0x10000)
                snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)code);
            else
                snprintf(escaped, sizeof escaped, "\\u%04x\\u%04x", (unsigned)high, (unsigned)low);
            cli_out(printer, escaped, strlen(escaped));
        }
        at += size;
        left -= size;
    }
    cli_out(printer, "\n", 1);
}

void json_end_record(cli_printer *printer, record *r)
{
    char *line = r->broken ? NULL : cJSON_PrintUnformatted(r->object);
    cJSON_Delete(r->object);
    if (line != NULL)
        write_line(printer, line);
    else if (printer->failed == 0)
        printer->failed = ENOMEM;
    cJSON_free(line);
}

void json_end_record_aside(cli_printer *printer, record *r)
{
    cli_printer to_stderr = *printer;
    to_stderr.out = printer->err;
    to_stderr.failed = 0;
    json_end_record(&to_stderr, r);
    cli_out_flush(&to_stderr);
}
