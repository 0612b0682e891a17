/* human_line.c - one line, put together where it is written from. */
#include "human.h"

#include <string.h>

/* What still fits, before the line's end. */
static size_t room(const human_line *line)
{
    return sizeof line->text - 1 - line->length;
}

static char *end_of(human_line *line)
{
    return line->text + line->length;
}

/* So much was written there, or cut because it found no room. */
static void grow(human_line *line, size_t length)
{
    line->length += length < room(line) ? length : room(line);
}

void human_line_add(human_line *line, const char *text)
{
    size_t length = strlen(text), most = room(line);
    memcpy(end_of(line), text, length < most ? length : most);
    grow(line, length);
}

static void pad(human_line *line, size_t length, size_t width)
{
    for (; length < width; length++)
        human_line_add(line, " ");
}

void human_line_aligned(human_line *line, const char *text, size_t width)
{
    human_line_add(line, text);
    pad(line, strlen(text), width);
}

void human_line_cell(human_line *line, const human *h, const char *color, const char *text, size_t width)
{
    if (h->base.color) {
        human_line_add(line, "\033[");
        human_line_add(line, color);
        human_line_add(line, "m");
    }
    human_line_add(line, text);
    if (h->base.color)
        human_line_add(line, "\033[0m");
    pad(line, strlen(text), width);
}

static void begin_field(human_line *line)
{
    if (line->length > 0)
        human_line_add(line, "\t");
}

void human_line_field(human_line *line, const char *text)
{
    begin_field(line);
    human_line_add(line, text);
}

void human_line_number(human_line *line, memscan_type type, uint64_t number)
{
    begin_field(line);
    grow(line, human_write_number(type, number, end_of(line), room(line) + 1));
}

void human_line_value(human_line *line, memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length)
{
    begin_field(line);
    size_t most = room(line) + 1 < HUMAN_VALUE_TEXT ? room(line) + 1 : HUMAN_VALUE_TEXT;
    grow(line, human_write_value(type, layout, bytes, length, end_of(line), most));
}

void human_line_put(human_line *line, human *h)
{
    line->text[line->length++] = '\n';
    human_hide_bar(h);
    cli_out(&h->base, line->text, line->length);
}
