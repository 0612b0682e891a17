/* shell_words.c - see shell_words.h. */
#include "shell_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"

/* ---- a list of words ---- */

static memscan_status insert(cli_words *w, size_t at, const char *text, size_t length, memscan_error *error)
{
    if (w->count + 2 > w->capacity) {
        size_t capacity = w->capacity == 0 ? 16 : w->capacity * 2;
        char **words = realloc(w->words, capacity * sizeof *words);
        if (words == NULL)
            return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
        w->words = words;
        w->capacity = capacity;
    }
    char *copy = calloc(length + 1, 1);
    if (copy == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    memcpy(copy, text, length);
    memmove(w->words + at + 1, w->words + at, (w->count - at) * sizeof *w->words);
    w->words[at] = copy;
    w->words[++w->count] = NULL;
    return MEMSCAN_OK;
}

memscan_status cli_words_insert(cli_words *words, size_t at, const char *word, memscan_error *error)
{
    return insert(words, at, word, strlen(word), error);
}

memscan_status cli_words_add(cli_words *words, const char *word, memscan_error *error)
{
    return insert(words, words->count, word, strlen(word), error);
}

static void drop(cli_words *w, size_t at)
{
    free(w->words[at]);
    memmove(w->words + at, w->words + at + 1, (w->count - at) * sizeof *w->words);
    w->count--;
}

static memscan_status replace(cli_words *w, size_t at, const char *text, memscan_error *error)
{
    memscan_status status = insert(w, at, text, strlen(text), error);
    if (status == MEMSCAN_OK)
        drop(w, at + 1);
    return status;
}

void cli_words_deinit(cli_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->words[i]);
    free(words->words);
    *words = (cli_words){ 0 };
}

/* ---- splitting ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Copies one word into `out` and returns what is behind it; NULL: a quote is not closed. */
static const char *take_word(const char *at, char *out, size_t *length)
{
    char quote = '\0';
    for (*length = 0; *at != '\0' && (quote != '\0' || !is_blank(*at)); at++) {
        bool ends = quote != '\0' && *at == quote, begins = quote == '\0' && (*at == '\'' || *at == '"');
        bool escaped = quote == '"' && *at == '\\' && at[1] != '\0';
        if (escaped)
            out[(*length)++] = *at++;
        if ((!ends && !begins) || *at == '"' || escaped)
            out[(*length)++] = *at;
        if (!escaped)
            quote = begins ? *at : ends ? '\0' : quote;
    }
    return quote == '\0' ? at : NULL;
}

memscan_status cli_words_split(cli_words *words, const char *line, memscan_error *error)
{
    char *word = malloc(strlen(line) + 1);
    memscan_status status = MEMSCAN_OK;
    if (word == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    while (is_blank(*line))
        line++;
    bool comment = *line == '#';
    if (*line != '\0' && !comment)
        status = cli_words_add(words, "memscan", error);
    while (*line != '\0' && !comment && status == MEMSCAN_OK) {
        size_t length;
        line = take_word(line, word, &length);
        if (line == NULL) {
            status = cli_wrong(error, "", "a quote is not closed");
            break;
        }
        status = insert(words, words->count, word, length, error);
        while (is_blank(*line))
            line++;
    }
    free(word);
    if (words->count == 2 && strcmp(words->words[1], "memscan") == 0)
        drop(words, 1);
    return status;
}

/* ---- short forms ---- */

static const struct {
    const char *sign, *alone; /* alone: what it means with nothing behind it */
} signs[] = {
    { ">", "increased" }, { "<", "decreased" }, { "+", "increased" }, { "-", "decreased" },
    { "=", "unchanged" }, { "!=", "changed" },  { ">=", NULL },       { "<=", NULL },
};

static const char *const expression_words[] = {
    "not", "above", "below", "at", "unknown", "changed", "unchanged", "increased", "decreased",
};

static bool is_type_prefix(const char *word)
{
    char name[16] = "";
    const char *rest = strncmp(word, "be:", 3) == 0 ? word + 3 : word;
    size_t length = strcspn(rest, ":/");
    if (rest[length] == '\0' || length >= sizeof name)
        return false;
    memcpy(name, rest, length);
    return memscan_type_from_name(name) != MEMSCAN_TYPE_NONE;
}

static bool looks_like_expression(const char *word)
{
    for (size_t i = 0; i < sizeof expression_words / sizeof expression_words[0]; i++) {
        if (strcmp(word, expression_words[i]) == 0)
            return true;
    }
    bool begins = strchr("0123456789\"/+<>=!?.{", word[0]) != NULL;
    bool negative = word[0] == '-' && ((word[1] >= '0' && word[1] <= '9') || word[1] == '.');
    return (word[0] != '\0' && begins) || negative || is_type_prefix(word);
}

/* Whether it compares with an earlier scan: then it is never a first one. */
static bool is_relative(const char *word)
{
    return word[0] == '+' || strcmp(word, "changed") == 0 || strcmp(word, "unchanged") == 0 ||
           strcmp(word, "increased") == 0 || strcmp(word, "decreased") == 0;
}

/* `> 5` becomes `>5`, `+` becomes `increased`. *relative: it was `- 3`, which is not the number -3. */
static memscan_status join_sign(cli_words *w, bool *relative, memscan_error *error)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        char joined[1024];
        if (strcmp(w->words[1], signs[i].sign) != 0)
            continue;
        *relative = signs[i].sign[0] == '-' || signs[i].sign[0] == '+';
        if (w->count == 2)
            return signs[i].alone != NULL ? replace(w, 1, signs[i].alone, error) : MEMSCAN_OK;
        int length = snprintf(joined, sizeof joined, "%s%s", w->words[1], w->words[2]);
        if (length < 0 || (size_t)length >= sizeof joined)
            return MEMSCAN_OK; /* too long for a number: the library says what it thinks of it */
        drop(w, 1);
        return replace(w, 1, joined, error);
    }
    return MEMSCAN_OK;
}

/* `set 3=999` becomes `set @3 999`. */
static memscan_status split_set(cli_words *w, memscan_error *error)
{
    char number[32];
    const char *word = w->words[2], *digits = word[0] == '@' ? word + 1 : word;
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || length > 20 || digits[length] != '=')
        return MEMSCAN_OK;
    snprintf(number, sizeof number, "@%.*s", (int)length, digits);
    memscan_status status = insert(w, 3, digits + length + 1, strlen(digits + length + 1), error);
    return status == MEMSCAN_OK ? replace(w, 2, number, error) : status;
}

memscan_status cli_words_spell_out(cli_words *words, bool session_begun, memscan_error *error)
{
    bool relative = false;
    memscan_status status = join_sign(words, &relative, error);
    if (status != MEMSCAN_OK)
        return status;
    const char *first = words->words[1];
    if (strcmp(first, "set") == 0 && words->count > 2)
        return split_set(words, error);
    if (strcmp(first, "snapshot") == 0) {
        status = replace(words, 1, "unknown", error);
        return status == MEMSCAN_OK ? insert(words, 1, "scan", 4, error) : status;
    }
    if (cli_command_named(first, strlen(first)) != NULL || !looks_like_expression(first))
        return MEMSCAN_OK;
    bool next = session_begun || relative || is_relative(first);
    return insert(words, 1, next ? "next" : "scan", 4, error);
}
