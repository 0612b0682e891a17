/* line_edit_plain.c - lines as they come. */
#include "line_edit.h"

#include <stdio.h>
#include <stdlib.h>

struct cli_lines {
    char *text;
    size_t capacity;
    bool typed;
};

cli_lines *cli_lines_open(bool typed, const char *history, cli_complete_fn *complete, void *context)
{
    (void)history;
    (void)complete;
    (void)context;
    cli_lines *lines = calloc(1, sizeof *lines);
    if (lines != NULL)
        lines->text = calloc(1, lines->capacity = 256);
    if (lines == NULL || lines->text == NULL) {
        free(lines);
        return NULL;
    }
    lines->typed = typed;
    return lines;
}

void cli_lines_close(cli_lines *lines)
{
    if (lines != NULL)
        free(lines->text);
    free(lines);
}

static bool grow(cli_lines *lines)
{
    char *text = realloc(lines->text, lines->capacity * 2);
    if (text == NULL)
        return false;
    lines->text = text;
    lines->capacity *= 2;
    return true;
}

const char *cli_lines_next(cli_lines *lines, const char *prompt)
{
    size_t length = 0;
    int letter;
    if (lines->typed) {
        fputs(prompt, stdout);
        fflush(stdout);
    }
    while ((letter = getchar()) != EOF && letter != '\n') {
        if (length + 2 > lines->capacity && !grow(lines))
            return NULL;
        lines->text[length++] = (char)letter;
    }
    lines->text[length] = '\0';
    return letter == EOF && length == 0 ? NULL : lines->text;
}
