/* fuzz_value.c - any text as a literal value, and any bytes as a value that is written out. The bytes behind the text's
 * NUL are the value; the first of them chooses the layout and the type.
 *
 * Must hold: what is read is written out and read back to the same bytes; any bytes of any type are; decimal numbers
 * become the very floats that the C library makes of them. */
#include "fuzz.h"

#include <memscan/value.h>

enum { CAPACITY = 4096 };

static memscan_layout layout;

static void check_read_back(memscan_type type, const uint8_t *bytes, size_t length)
{
    uint8_t again[CAPACITY];
    size_t again_length;
    memscan_type again_type;
    memscan_error error;
    size_t needed = memscan_value_format(type, layout, bytes, length, NULL, 0);
    char *text = malloc(needed + 1);
    FUZZ_CHECK(text && memscan_value_format(type, layout, bytes, length, text, needed + 1) == needed);
    FUZZ_CHECK(strlen(text) == needed);
    memscan_status status =
        memscan_value_parse(text, type, layout, again, sizeof again, &again_length, &again_type, &error);
    if (status != MEMSCAN_OK)
        fprintf(stderr, "%s: %s\n", text, error.text);
    FUZZ_CHECK(status == MEMSCAN_OK && again_length == length && !memcmp(again, bytes, length));
    free(text);
}

/* Digits, a point, an exponent: strtod and strtof round correctly and know the same numbers. */
static void check_float(const char *text, memscan_type type, const uint8_t *bytes)
{
    const char *number = strrchr(text, ':');
    number = number ? number + 1 : text;
    char *end;
    if (!*number || number[strspn(number, "0123456789.eE+-")] || layout.big_endian || strstr(text, "be:"))
        return;
    float narrow = strtof(number, &end);
    if (*end)
        return;
    double wide = strtod(number, &end);
    if (type == MEMSCAN_F32)
        FUZZ_CHECK(memcmp(bytes, &narrow, 4) == 0);
    if (type == MEMSCAN_F64)
        FUZZ_CHECK(memcmp(bytes, &wide, 8) == 0);
}

static void check_text(const char *text, memscan_type fallback)
{
    uint8_t bytes[CAPACITY], cut[8];
    size_t length = 1, cut_length;
    memscan_type type = MEMSCAN_TYPE_NONE, cut_type;
    memscan_error error;
    memscan_status status = memscan_value_parse(text, fallback, layout, bytes, sizeof bytes, &length, &type, &error);
    if (status != MEMSCAN_OK) {
        FUZZ_CHECK(status == MEMSCAN_INVALID || status == MEMSCAN_LIMIT || status == MEMSCAN_NOT_SUPPORTED);
        FUZZ_CHECK_ERROR(error, status);
        return;
    }
    FUZZ_CHECK(length >= 1 && length <= sizeof bytes && type != MEMSCAN_TYPE_NONE);
    if (memscan_type_width(type, layout.pointer_width))
        FUZZ_CHECK(length == memscan_type_width(type, layout.pointer_width));
    status = memscan_value_parse(text, fallback, layout, cut, sizeof cut, &cut_length, &cut_type, &error);
    FUZZ_CHECK(length <= sizeof cut ? status == MEMSCAN_OK && cut_length == length && !memcmp(cut, bytes, length)
                                    : status == MEMSCAN_LIMIT);
    check_float(text, type, bytes);
    if (!strstr(text, "be:") && length <= CAPACITY / 8)
        check_read_back(type, bytes, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *rest;
    size_t rest_size;
    char *text = fuzz_text(data, size, &rest, &rest_size);
    uint8_t choice = rest_size ? rest[0] : 0;
    memscan_type type = (memscan_type)(choice >> 2 & 31);
    layout = (memscan_layout){ .pointer_width = choice & 1 ? 4 : 8, .big_endian = choice >> 1 & 1 };
    if (type > MEMSCAN_HEX || type == MEMSCAN_INT || type == MEMSCAN_FLOAT || type == MEMSCAN_NUM)
        type = MEMSCAN_TYPE_NONE;
    check_text(text, type);
    if (type != MEMSCAN_TYPE_NONE && rest_size > 1) {
        size_t width = memscan_type_width(type, layout.pointer_width), length = rest_size - 1;
        length = width ? width : length < 256 ? length : 256;
        length -= type == MEMSCAN_UTF16 ? length % 2 : 0; /* half a unit is written as hex, which is another text */
        if (length && length <= rest_size - 1)
            check_read_back(type, rest + 1, length);
    }
    free(text);
    return 0;
}
