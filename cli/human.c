/* human.c - words and texts of the human printer. */
#include "human.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

human *human_of(cli_printer *printer)
{
    return (human *)printer;
}

void human_hide_bar(human *h)
{
    if (h->bar_shown)
        fputs("\r\033[K", h->base.err);
    h->bar_shown = false;
}

void human_say(human *h, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    human_hide_bar(h);
    cli_out(&h->base, text, length < (int)sizeof text ? (size_t)length : sizeof text - 1);
}

void human_put(human *h, const char *text)
{
    human_hide_bar(h);
    cli_out(&h->base, text, strlen(text));
}

void human_put_fields(human *h, const char *const *fields, size_t count)
{
    char line[1024];
    size_t length = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = strlen(fields[i]), room = sizeof line - length - (count - i); /* each has its end */
        size = size < room ? size : room;
        memcpy(line + length, fields[i], size);
        length += size;
        line[length++] = i + 1 < count ? '\t' : '\n';
    }
    human_hide_bar(h);
    cli_out(&h->base, line, length);
}

void human_say_colored(human *h, const char *color, const char *text)
{
    if (h->base.color)
        human_say(h, "\033[%sm", color);
    human_put(h, text);
    if (h->base.color)
        human_put(h, "\033[0m");
}

void human_pad(human *h, size_t length, size_t width)
{
    static const char blanks[] = "                ";
    human_hide_bar(h);
    for (size_t most = sizeof blanks - 1; length < width;) {
        size_t more = width - length < most ? width - length : most;
        cli_out(&h->base, blanks, more);
        length += more;
    }
}

const char *human_shown(const char *text, char *out, size_t capacity)
{
    memscan_escape(text, out, capacity);
    return out;
}

const char *human_size_or_number(const human *h, uint64_t bytes, char *out, size_t capacity)
{
    if (h->base.plain)
        snprintf(out, capacity, "%" PRIu64, bytes);
    else
        cli_size_text(bytes, out, capacity);
    return out;
}

/* By the library's writer, which reads no format: a search may show millions of them. */
static const char *number_text(memscan_type type, uint64_t number, char *out, size_t capacity)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    memscan_value_format(type, (memscan_layout){ 8, 0 }, bytes, sizeof bytes, out, capacity);
    return out;
}

const char *human_address_text(uint64_t address, char *out, size_t capacity)
{
    return number_text(MEMSCAN_PTR, address, out, capacity);
}

const char *human_count_text(uint64_t count, char *out, size_t capacity)
{
    return number_text(MEMSCAN_U64, count, out, capacity);
}

void human_protection_text(const memscan_region *region, char out[5])
{
    out[0] = region->protection & MEMSCAN_PROT_READ ? 'r' : '-';
    out[1] = region->protection & MEMSCAN_PROT_WRITE ? 'w' : '-';
    out[2] = region->protection & MEMSCAN_PROT_EXECUTE ? 'x' : '-';
    out[3] = region->flags & MEMSCAN_REGION_SHARED ? 's' : 'p';
    out[4] = '\0';
}

const char *human_value_text(memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length, char *out,
                             size_t capacity)
{
    size_t whole = memscan_value_format(type, layout, bytes, length, out, capacity);
    if (whole >= capacity && capacity > 4)
        memcpy(out + capacity - 4, "...", 4);
    return out;
}
