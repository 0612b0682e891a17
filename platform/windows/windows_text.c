/* windows_text.c - UTF-16 to UTF-8, bounded. */
#include "windows_text.h"

#include <stdbool.h>
#include <string.h>

static bool is_high(uint32_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

static size_t encode(uint32_t code, char bytes[4])
{
    if (code < 0x80) {
        bytes[0] = (char)(code ? code : ' ');
        return 1;
    }
    size_t count = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = count - 1; i > 0; i--) {
        bytes[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    bytes[0] = (char)(lead[count] | code);
    return count;
}

size_t ms_windows_utf8(const uint16_t *text, size_t length, char *out, size_t capacity)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        uint32_t code = text[i];
        if (is_high(code) && i + 1 < length && is_low(text[i + 1]))
            code = 0x10000 + ((code - 0xd800) << 10) + (text[++i] - 0xdc00u);
        char bytes[4];
        size_t count = encode(code, bytes);
        if (count >= capacity - used)
            break;
        for (size_t j = 0; j < count; j++)
            out[used++] = bytes[j];
    }
    out[used] = '\0';
    return used;
}

size_t ms_windows_length(const uint16_t *text, size_t capacity)
{
    size_t length = 0;
    while (length < capacity && text[length])
        length++;
    return length;
}

void ms_windows_cut(const char *text, char *out, size_t capacity)
{
    size_t length = strlen(text);
    if (length >= capacity)
        for (length = capacity - 1; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    memcpy(out, text, length);
    out[length] = '\0';
}

const char *ms_windows_file_name(const char *path)
{
    const char *name = path;
    for (; *path; path++)
        if (*path == '\\' || *path == '/')
            name = path + 1;
    return name;
}
