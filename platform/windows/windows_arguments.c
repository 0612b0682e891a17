/* windows_arguments.c - a command line as arguments ("Parsing C Command-Line Arguments", and CommandLineToArgvW for
 * what that leaves open).
 *
 * The first argument, the program, knows quotes but no backslash escapes. In the others backslashes are plain text
 * unless a quote follows: 2n of them are n and the quote opens or closes, 2n+1 are n and a plain quote; and two quotes
 * inside a quoted part are one plain quote. */
#include "windows_arguments.h"

#include <stdbool.h>

typedef struct argument_text {
    char *out;
    size_t capacity, used;
} argument_text;

/* The last place is kept for the last argument's NUL. */
static void add(argument_text *text, char c)
{
    if (text->used + (c != '\0') < text->capacity)
        text->out[text->used++] = c;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static const char *split_program(const char *at, argument_text *text)
{
    for (bool quoted = false; *at && (quoted || !is_blank(*at)); at++) {
        if (*at == '"')
            quoted = !quoted;
        else
            add(text, *at);
    }
    add(text, '\0');
    return at;
}

static const char *split_one(const char *at, argument_text *text)
{
    bool quoted = false;
    while (*at && (quoted || !is_blank(*at))) {
        size_t slashes = 0;
        for (; *at == '\\'; at++)
            slashes++;
        bool before_quote = *at == '"';
        for (size_t i = before_quote ? slashes / 2 : slashes; i > 0; i--)
            add(text, '\\');
        if (!before_quote) {
            if (*at && (quoted || !is_blank(*at)))
                add(text, *at++);
        } else if (slashes % 2) {
            add(text, *at++);
        } else if (quoted && at[1] == '"') {
            add(text, '"');
            at += 2;
        } else {
            quoted = !quoted;
            at++;
        }
    }
    add(text, '\0');
    return at;
}

size_t ms_windows_split_arguments(const char *line, char *out, size_t capacity)
{
    argument_text text = { out, capacity, 0 };
    if (!*line)
        return 0;
    const char *at = split_program(line, &text);
    for (;;) {
        while (is_blank(*at))
            at++;
        if (!*at)
            break;
        at = split_one(at, &text);
    }
    return text.used;
}
