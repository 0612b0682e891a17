/* fuzz_words.c - any text as a line of the shell: split into words, short forms spelt out.
 *
 * Must hold: words end in NUL and their list in NULL, nothing comes of a line but what stands in it and what short
 * forms mean; words in single quotes come back as they were. */
#include "fuzz.h"

#include "cli/command.h"
#include "cli/shell_words.h"

/* In the command line the table of commands answers; here some names do. */
const cli_command *cli_command_named(const char *name, size_t length)
{
    static const cli_command some;
    static const char *const names[] = { "scan", "next", "set", "list", "help" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i]) == length && !memcmp(names[i], name, length))
            return &some;
    return NULL;
}

static size_t check_list(const cli_words *words)
{
    size_t length = 0;
    FUZZ_CHECK(words->count == 0 || (words->count < words->capacity && !words->words[words->count]));
    for (size_t i = 0; i < words->count; i++)
        length += strlen(words->words[i]);
    FUZZ_CHECK(words->count == 0 || !strcmp(words->words[0], "memscan"));
    return length;
}

/* The words again, each between single quotes; those that hold one cannot be. */
static void check_quoted(const cli_words *words, size_t length)
{
    char *line = calloc(length + 4 * words->count + 1, 1), *at = line;
    cli_words again = { 0 };
    memscan_error error;
    bool possible = words->count > 1;
    FUZZ_CHECK(line);
    for (size_t i = 1; i < words->count; i++) {
        possible = possible && !strchr(words->words[i], '\'');
        at += sprintf(at, "'%s' ", words->words[i]);
    }
    if (possible) {
        FUZZ_CHECK(cli_words_split(&again, line, &error) == MEMSCAN_OK);
        bool name_alone = words->count == 2 && !strcmp(words->words[1], "memscan");
        FUZZ_CHECK(again.count == words->count || name_alone);
        for (size_t i = 0; i < again.count; i++)
            FUZZ_CHECK(!strcmp(again.words[i], words->words[i]));
        cli_words_deinit(&again);
    }
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *rest;
    size_t rest_size;
    char *text = fuzz_text(data, size, &rest, &rest_size);
    cli_words words = { 0 };
    memscan_error error;
    memscan_status status = cli_words_split(&words, text, &error);
    if (status == MEMSCAN_OK) {
        size_t length = check_list(&words);
        FUZZ_CHECK(length <= strlen(text) + strlen("memscan"));
        check_quoted(&words, length);
        if (words.count > 1) {
            FUZZ_CHECK(cli_words_spell_out(&words, rest_size && rest[0] & 1, &error) == MEMSCAN_OK);
            FUZZ_CHECK(check_list(&words) <= length + 16 && words.count > 1);
        }
    } else {
        FUZZ_CHECK(status == MEMSCAN_INVALID && strpbrk(text, "'\""));
        FUZZ_CHECK_ERROR(error, status);
    }
    cli_words_deinit(&words);
    free(text);
    return 0;
}
