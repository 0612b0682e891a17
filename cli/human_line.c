/* human_line.c - a line of fields: no field is written elsewhere first and copied then. */
#include "human.h"

#include <string.h>

enum { LONGEST_VALUE = 120 };

/* How long a field may be, with the tab behind it. */
static size_t room(const human_line *line)
{
    return sizeof line->text - line->length;
}

/* The next field is there: this many bytes, and as many as there was room for. */
static void end_field(human_line *line, size_t length)
{
    size_t most = room(line) - 1;
    line->length += length < most ? length : most;
    if (room(line) > 1)
        line->text[line->length++] = '\t';
}

void human_line_text(human_line *line, const char *field)
{
    size_t length = strlen(field), most = room(line) - 1;
    memcpy(line->text + line->length, field, length < most ? length : most);
    end_field(line, length);
}

void human_line_number(human_line *line, memscan_type type, uint64_t number)
{
    end_field(line, human_number_text(type, number, line->text + line->length, room(line)));
}

void human_line_value(human_line *line, memscan_type type, memscan_layout layout, const uint8_t *bytes, size_t length)
{
    size_t most = room(line) < LONGEST_VALUE ? room(line) : LONGEST_VALUE;
    end_field(line, strlen(human_value_text(type, layout, bytes, length, line->text + line->length, most)));
}

void human_line_put(human *h, human_line *line)
{
    line->text[line->length - 1] = '\n'; /* in place of the last field's tab, or of its end */
    human_hide_bar(h);
    cli_out(&h->base, line->text, line->length);
}
