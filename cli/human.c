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
size_t human_write_number(memscan_type type, uint64_t number, char *out, size_t capacity)
{
    const uint8_t bytes[] = { (uint8_t)number,         (uint8_t)(number >> 8),  (uint8_t)(number >> 16),
                              (uint8_t)(number >> 24), (uint8_t)(number >> 32), (uint8_t)(number >> 40),
                              (uint8_t)(number >> 48), (uint8_t)(number >> 56) };
    return memscan_value_format(type, (memscan_layout){ 8, 0 }, bytes, sizeof bytes, out, capacity);
}

const char *human_address_text(uint64_t address, char *out, size_t capacity)
{
    human_write_number(MEMSCAN_PTR, address, out, capacity);
    return out;
}

void human_protection_text(const memscan_region *region, char out[5])
{
    out[0] = region->protection & MEMSCAN_PROT_READ ? 'r' : '-';
    out[1] = region->protection & MEMSCAN_PROT_WRITE ? 'w' : '-';
    out[2] = region->protection & MEMSCAN_PROT_EXECUTE ? 'x' : '-';
    out[3] = region->flags & MEMSCAN_REGION_SHARED ? 's' : 'p';
    out[4] = '\0';
}

size_t human_write_value(memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length, char *out,
                         size_t capacity)
{
    size_t whole = memscan_value_format(type, layout, bytes, length, out, capacity);
    if (whole < capacity)
        return whole;
    if (capacity > 4)
        memcpy(out + capacity - 4, "...", 4);
    return capacity - 1;
}

const char *human_value_text(memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length, char *out,
                             size_t capacity)
{
    human_write_value(type, layout, bytes, length, out, capacity);
    return out;
}
