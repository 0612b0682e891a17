/* line_edit_libedit.c - lines edited with libedit (editline(3)). Ctrl-C at the prompt drops the line: the terminal's own
 * interrupt character is turned off while a line is edited, and only then. A script's lines are read plainly. */
#define _POSIX_C_SOURCE 200809L
#include "line_edit.h"

#include <histedit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_LINES 1000

struct cli_lines {
    EditLine *edit; /* NULL: not a terminal */
    History *history;
    const char *history_path, *prompt;
    cli_complete_fn *complete;
    void *context;
    char *text; /* the line that was handed out */
    size_t capacity;
};

/* ---- keys ---- */

static cli_lines *lines_of(EditLine *edit)
{
    void *lines = NULL;
    el_get(edit, EL_CLIENTDATA, &lines);
    return lines;
}

static const char *prompt_of(EditLine *edit)
{
    return lines_of(edit)->prompt;
}

static unsigned char drop_line(EditLine *edit, int key)
{
    (void)key;
    const LineInfo *line = el_line(edit);
    el_cursor(edit, (int)(line->lastchar - line->cursor));
    el_deletestr(edit, (int)(line->lastchar - line->buffer));
    fputs("^C\n", stdout);
    fflush(stdout);
    return CC_REDISPLAY;
}

/* What the words that fit have in common, and how many there are. */
typedef struct offers {
    const char *word;
    size_t length;
    char common[256];
    size_t count;
    bool listing;
} offers;

static void take_offer(const char *word, void *context)
{
    offers *o = context;
    size_t same = 0;
    if (strncmp(word, o->word, o->length) != 0 || strlen(word) >= sizeof o->common)
        return;
    if (o->listing)
        printf("%s%s", o->count == 0 ? "\n" : "  ", word);
    if (o->count++ == 0) {
        strcpy(o->common, word);
        return;
    }
    while (o->common[same] != '\0' && o->common[same] == word[same])
        same++;
    o->common[same] = '\0';
}

static unsigned char complete_word(EditLine *edit, int key)
{
    (void)key;
    cli_lines *lines = lines_of(edit);
    const LineInfo *info = el_line(edit);
    size_t length = (size_t)(info->cursor - info->buffer), word = length;
    char *line = calloc(length + 1, 1);
    if (line == NULL)
        return CC_ERROR;
    memcpy(line, info->buffer, length);
    while (word > 0 && line[word - 1] != ' ')
        word--;
    offers o = { .word = line + word, .length = length - word };
    lines->complete(line, word, take_offer, &o, lines->context);
    size_t more = o.count == 0 ? 0 : strlen(o.common) - o.length;
    unsigned char answer = CC_REFRESH;
    if (more > 0 || o.count == 1) {
        el_insertstr(edit, o.common + o.length);
        size_t last = strlen(o.common);
        bool goes_on = last > 0 && (o.common[last - 1] == ':' || o.common[last - 1] == '=');
        if (o.count == 1 && !goes_on)
            el_insertstr(edit, " ");
    } else if (o.count > 1) {
        o.count = 0;
        o.listing = true;
        lines->complete(line, word, take_offer, &o, lines->context);
        putchar('\n');
        fflush(stdout);
        answer = CC_REDISPLAY;
    } else {
        answer = CC_REFRESH_BEEP;
    }
    free(line);
    return answer;
}

/* ---- opening ---- */

static bool begin_editing(cli_lines *lines)
{
    HistEvent event;
    lines->edit = el_init("memscan", stdin, stdout, stderr);
    lines->history = history_init();
    if (lines->edit == NULL || lines->history == NULL)
        return false;
    history(lines->history, &event, H_SETSIZE, KEPT_LINES);
    history(lines->history, &event, H_SETUNIQUE, 1);
    if (lines->history_path != NULL)
        history(lines->history, &event, H_LOAD, lines->history_path);
    el_set(lines->edit, EL_CLIENTDATA, lines);
    el_set(lines->edit, EL_PROMPT, prompt_of);
    el_set(lines->edit, EL_EDITOR, "emacs");
    el_set(lines->edit, EL_HIST, history, lines->history);
    el_set(lines->edit, EL_ADDFN, "memscan-complete", "Complete the word", complete_word);
    el_set(lines->edit, EL_ADDFN, "memscan-drop", "Drop the line", drop_line);
    el_source(lines->edit, NULL); /* ~/.editrc: the user's own keys */
    el_set(lines->edit, EL_BIND, "^I", "memscan-complete", NULL);
    el_set(lines->edit, EL_BIND, "^C", "memscan-drop", NULL);
    el_set(lines->edit, EL_SETTY, "-d", "-isig", NULL);
    return true;
}

cli_lines *cli_lines_open(bool typed, const char *history_path, cli_complete_fn *complete, void *context)
{
    cli_lines *lines = calloc(1, sizeof *lines);
    if (lines == NULL)
        return NULL;
    lines->history_path = history_path;
    lines->complete = complete;
    lines->context = context;
    lines->text = calloc(1, lines->capacity = 256);
    if (lines->text == NULL || (typed && !begin_editing(lines))) {
        cli_lines_close(lines);
        return NULL;
    }
    return lines;
}

void cli_lines_close(cli_lines *lines)
{
    if (lines == NULL)
        return;
    if (lines->history != NULL)
        history_end(lines->history);
    if (lines->edit != NULL)
        el_end(lines->edit);
    free(lines->text);
    free(lines);
}

/* ---- lines ---- */

static bool keep(cli_lines *lines, const char *text, size_t length)
{
    if (length >= lines->capacity) {
        char *more = realloc(lines->text, length + 1);
        if (more == NULL)
            return false;
        lines->text = more;
        lines->capacity = length + 1;
    }
    memcpy(lines->text, text, length);
    lines->text[length] = '\0';
    return true;
}

static const char *edited_line(cli_lines *lines, const char *prompt)
{
    int count = 0;
    HistEvent event;
    lines->prompt = prompt;
    const char *text = el_gets(lines->edit, &count);
    if (text == NULL || count <= 0)
        return NULL;
    size_t length = (size_t)count;
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    if (!keep(lines, text, length))
        return NULL;
    if (length > 0 && lines->text[0] != ' ') {
        history(lines->history, &event, H_ENTER, lines->text);
        if (lines->history_path != NULL)
            history(lines->history, &event, H_SAVE, lines->history_path);
    }
    return lines->text;
}

const char *cli_lines_next(cli_lines *lines, const char *prompt)
{
    if (lines->edit != NULL)
        return edited_line(lines, prompt);
    ssize_t length = getline(&lines->text, &lines->capacity, stdin);
    if (length < 0)
        return NULL;
    if (length > 0 && lines->text[length - 1] == '\n')
        lines->text[length - 1] = '\0';
    return lines->text;
}
