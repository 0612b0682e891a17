/* options.c - sorts words by one rule: what begins with a dash is an option, unless a digit (or a point and a digit)
 * follows or `--` came before; every other word is an operand, but for the first when it names a command. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"

static const cli_option options[CLI_OPTION_COUNT] = {
    [CLI_PID] = { "pid", 0, false, "N", "the live process with this number; `self` is memscan itself" },
    [CLI_NAME] = { "name", 0, false, "GLOB",
                   "the one live process whose name fits: its short name, its executable or its first argument" },
    [CLI_TYPE] = { "type", 0, false, "T", "the type of operands that name none (i32, u8, f64, int, text, hex ...)" },
    [CLI_ALIGN] = { "align", 0, false, "N",
                    "only addresses that are multiples of N (default: the type's width; 1 for text and bytes)" },
    [CLI_RANGE] = { "range", 0, true, "RANGE",
                    "only this part: START..END (END excluded), ADDRESS:LENGTH, MODULE, 0xA-0xB; several unite" },
    [CLI_PERM] = { "perm", 0, false, "rwx",
                   "three places, for r, w and x: the letter is demanded, `-` forbids it, `?` leaves it free" },
    [CLI_KIND] = { "kind", 0, false, "K,...",
                   "only these kinds: code rodata data bss heap stack file shared anon vdso guard device" },
    [CLI_ALL] = { "all", 0, false, NULL,
                  "every readable region; absent pages of shared memory are read through the target" },
    [CLI_SWAPPED] = { "swapped", 0, false, "read|skip",
                      "pages in swap: read (the default; brings them back into the target's memory) or skip" },
    [CLI_JOBS] = { "jobs", 0, false, "N", "threads that read and judge (default: one per CPU)" },
    [CLI_TIMEOUT] = { "timeout", 0, false, "T", "end after this time (500ms, 10s, 2m; a bare number is seconds)" },
    [CLI_SUSPEND] = { "suspend", 0, false, NULL,
                      "stop the target while memscan is at work, and let it go on afterwards" },
    [CLI_SHARD] = { "shard", 0, false, "K/N",
                    "only the K-th of N parts of the work: every N-th 16 MiB of addresses; the others are for other "
                    "calls" },
    [CLI_LIMIT] = { "limit", 0, false, "N", "end after N matches" },
    [CLI_CONTEXT] = { "context", 0, false, "N", "show N bytes before and after each match" },
    [CLI_EXPLAIN] = { "explain", 0, false, NULL, "say how each expression is understood, and search nothing" },
    [CLI_NO_MATCH_OK] = { "no-match-ok", 0, false, NULL, "exit 0 instead of 1 when nothing is found" },
    [CLI_FREE] = { "free", 0, false, NULL, "every address: what is free, and what is only set aside, too" },
    [CLI_SUMMARY] = { "summary", 0, false, NULL, "totals by kind and by module instead of single regions" },
    [CLI_MAP] = { "map", 0, false, NULL, "draw the address space on the terminal" },
    [CLI_SVG] = { "svg", 0, false, "FILE", "draw it into an SVG file" },
    [CLI_AS] = { "as", 0, false, "TYPE", "show values of this type instead of a hex dump" },
    [CLI_EXPECT] = { "expect", 0, false, "VALUE", "write only where this value (of the same type) stands now" },
    [CLI_DRY_RUN] = { "dry-run", 0, false, NULL, "check everything, show what would change, write nothing" },
    [CLI_MATCH] = { "match", 0, false, "PATTERN", "bytes in hex, ?? where any may stand: exactly one place must fit" },
    [CLI_REPLACE] = { "replace", 0, false, "BYTES",
                      "the new bytes: in hex, ?? where they stay as they are; or nop:N, or TYPE:VALUE" },
    [CLI_REVERT] = { "revert", 0, false, "JOURNAL", "undo the patch that this journal tells of" },
    [CLI_JOURNAL] = { "journal", 0, false, "FILE",
                      "write the journal there (default: a new file in the state folder)" },
    [CLI_SESSION] = { "session", 0, false, "NAME",
                      "the session of this name (default: one per process); a path where it holds a / or ends in "
                      ".scan" },
    [CLI_REBASE] = { "rebase", 0, false, NULL,
                     "take a session of another run: matches in modules move with them, others are dropped" },
    [CLI_MARK] = { "mark", 0, true, "NAME|ADDRESS",
                   "scan, next: name the values of this scan, for `since NAME` later (letters, digits, - and _); "
                   "regions: "
                   "point out an address in the drawing, may be repeated (@3: a match of the session, all: every "
                   "one)" },
    [CLI_MEMORY_LIMIT] = { "memory-limit", 0, false, "SIZE",
                           "the most memory that a session may take (256M, 2G; default: a quarter of what is "
                           "available)" },
    [CLI_TRACK] = { "track", 0, false, NULL,
                    "let the system note which memory is written: the next scan reads only that. Touches the target: "
                    "each page's first write costs it a microsecond more" },
    [CLI_EVERY] = { "every", 0, false, "T", "the time from one look to the next (50ms, 1s, 1m)" },
    [CLI_FOR] = { "for", 0, false, "T", "end after this time, with exit 0 (default: Ctrl-C ends it)" },
    [CLI_MIN] = { "min", 0, false, NULL, "only never below: a greater value is left alone" },
    [CLI_MAX] = { "max", 0, false, NULL, "only never above: a smaller value is left alone" },
    [CLI_FULL] = { "full", 0, false, NULL,
                   "the table: frees too, and for each its start, process, thread, call, address and realloc's old "
                   "one" },
    [CLI_AXES] = { "axes", 0, false, "SCALE", "the picture's axes: log (the default) or linear; or two: sizes,times" },
    [CLI_SIZES] = { "sizes", 0, false, "MIN..MAX", "the picture shows these sizes only (16..4K)" },
    [CLI_TIMES] = { "times", 0, false, "MIN..MAX", "the picture shows these times only (20..1500 ns, 1us..2ms)" },
    [CLI_OUTPUT] = { "output", 'o', false, "FILE", "the file to write" },
    [CLI_JSON] = { "json", 0, false, NULL, "one JSON object a line" },
    [CLI_PLAIN] = { "plain", 0, false, NULL,
                    "for scripts: no header, fields separated by one tab, exact sizes, no colour, no progress" },
    [CLI_NO_COLOR] = { "no-color", 0, false, NULL, "no colour (also: NO_COLOR in the environment)" },
    [CLI_QUIET] = { "quiet", 'q', false, NULL, "no summary, no progress, no notes" },
    [CLI_VERBOSE] = { "verbose", 'v', false, NULL, "more detail" },
};

/* Options of the contract that this version does not have. */
static const char *const later_options[] = {
    "core",
    "raw",
    "gdb",
    "on",
};

const cli_option *cli_option_at(cli_option_id id)
{
    return &options[id];
}

static bool names_later_option(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof later_options / sizeof later_options[0]; i++) {
        if (strlen(later_options[i]) == length && memcmp(later_options[i], name, length) == 0)
            return true;
    }
    return false;
}

static cli_option_id option_named(const char *name, size_t length)
{
    cli_option_id id = 0;
    while (id < CLI_OPTION_COUNT && (strlen(options[id].name) != length || memcmp(options[id].name, name, length) != 0))
        id++;
    return id;
}

static cli_option_id option_lettered(char letter)
{
    cli_option_id id = 0;
    while (id < CLI_OPTION_COUNT && options[id].letter != letter)
        id++;
    return id;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && !is_digit(word[1]) && !(word[1] == '.' && is_digit(word[2]));
}

/* The words as they are walked. */
typedef struct parser {
    cli_arguments *arguments;
    char **words;
    int count, next;
    memscan_error *error;
} parser;

static memscan_status add_option(parser *p, cli_option_id id, const char *spelling, const char *attached)
{
    const cli_option *option = &options[id];
    const char *value = attached;
    if (option->argument == NULL && attached != NULL)
        return cli_wrong(p->error, "", "--%s takes no value", option->name);
    if (option->argument != NULL && attached == NULL) {
        if (p->next == p->count)
            return cli_wrong(p->error, "", "%s wants a value: %s %s", spelling, spelling, option->argument);
        value = p->words[p->next++];
    }
    if (option->argument != NULL && !option->repeats && cli_has(p->arguments, id))
        return cli_wrong(p->error, "", "--%s is given twice", option->name);
    p->arguments->given[p->arguments->given_count++] = (cli_given){ id, value };
    return MEMSCAN_OK;
}

/* A second command is wrong, unless one of the two is `help`: then the other is what help is wanted about. */
static memscan_status choose(parser *p, const cli_command *command)
{
    cli_arguments *a = p->arguments;
    if (a->command == NULL) {
        a->command = command;
    } else if (cli_command_is_help(command) && !cli_command_is_help(a->command)) {
        a->about = a->command;
        a->command = command;
    } else if (cli_command_is_help(a->command) && a->about == NULL) {
        a->about = command;
    } else {
        return cli_wrong(p->error, "", "two commands: %s and %s", a->command->name, command->name);
    }
    return MEMSCAN_OK;
}

static void add_operand(parser *p, const char *word)
{
    p->arguments->operands[p->arguments->operand_count++] = word;
}

static memscan_status parse_long(parser *p, const char *word)
{
    const char *name = word + 2;
    const char *equals = strchr(name, '=');
    size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
    const char *attached = equals == NULL ? NULL : equals + 1;
    cli_option_id id = option_named(name, length);
    if (id < CLI_OPTION_COUNT) {
        char spelling[64] = "--";
        strcat(spelling, options[id].name);
        return add_option(p, id, spelling, attached);
    }
    const cli_command *command = cli_command_named(name, length);
    if (command != NULL) {
        if (attached != NULL)
            add_operand(p, attached);
        return choose(p, command);
    }
    char shown[96];
    cli_show(name, length, shown, sizeof shown);
    if (names_later_option(name, length) || cli_command_comes_later(name, length))
        return cli_wrong(p->error, "`memscan help` lists what there is", "--%s is not in this version", shown);
    return cli_wrong(p->error, "`memscan help` lists what there is", "there is no option --%s", shown);
}

static memscan_status parse_letters(parser *p, const char *word)
{
    for (const char *letter = word + 1; *letter != '\0'; letter++) {
        if (*letter == 'h' && word[2] == '\0')
            return choose(p, cli_command_named("help", 4));
        cli_option_id id = option_lettered(*letter);
        if (id == CLI_OPTION_COUNT) {
            char shown[96];
            cli_show(word, strlen(word), shown, sizeof shown);
            return cli_wrong(p->error, "`memscan help` lists what there is", "there is no option %s", shown);
        }
        memscan_status status = add_option(p, id, word, NULL);
        if (status != MEMSCAN_OK)
            return status;
    }
    return MEMSCAN_OK;
}

static memscan_status parse_words(parser *p)
{
    bool ended = false, first_word = true;
    while (p->next < p->count) {
        const char *word = p->words[p->next++];
        memscan_status status = MEMSCAN_OK;
        if (!ended && strcmp(word, "--") == 0) {
            ended = true;
        } else if (!ended && is_option(word)) {
            status = word[1] == '-' ? parse_long(p, word) : parse_letters(p, word);
        } else {
            const cli_command *command = ended || !first_word ? NULL : cli_command_named(word, strlen(word));
            if (command == NULL)
                add_operand(p, word);
            else
                status = choose(p, command);
            first_word = false;
        }
        if (status != MEMSCAN_OK)
            return status;
    }
    return MEMSCAN_OK;
}

static memscan_status explain_missing_command(const cli_arguments *a, memscan_error *error)
{
    if (a->operand_count == 0)
        return cli_wrong(error, "`memscan help` lists the commands", "no command");
    const char *word = a->operands[0];
    char shown[96];
    cli_show(word, strlen(word), shown, sizeof shown);
    if (cli_command_comes_later(word, strlen(word)))
        return cli_wrong(error, "`memscan help` lists what there is", "%s is not in this version", shown);
    return cli_wrong(error, "`memscan help` lists the commands", "there is no command %s", shown);
}

/* A scan has one name, a drawing many marks. */
static bool is_second_mark(const cli_arguments *a, size_t at)
{
    bool marks = (a->command->options & CLI_BIT(CLI_SVG)) != 0;
    for (size_t i = 0; i < at && !marks && a->given[at].id == CLI_MARK; i++)
        if (a->given[i].id == CLI_MARK)
            return true;
    return false;
}

static memscan_status check_options(const cli_arguments *a, memscan_error *error)
{
    for (size_t i = 0; i < a->given_count; i++) {
        cli_option_id id = a->given[i].id;
        if ((a->command->options & CLI_BIT(id)) == 0)
            return cli_wrong(error, "", "--%s does not go with %s", options[id].name, a->command->name);
        if (is_second_mark(a, i))
            return cli_wrong(error, "", "--%s is given twice", options[id].name);
    }
    return MEMSCAN_OK;
}

static memscan_status check_operands(const cli_arguments *a, memscan_error *error)
{
    const cli_command *command = a->command;
    char usage[160];
    cli_command_usage(command, usage, sizeof usage);
    if (a->operand_count < command->least_operands)
        return cli_wrong(error, usage, "%s wants %s", command->name, command->operands);
    if (command->most_operands != CLI_ANY_NUMBER && a->operand_count > command->most_operands) {
        char shown[96];
        const char *surplus = a->operands[command->most_operands];
        cli_show(surplus, strlen(surplus), shown, sizeof shown);
        return cli_wrong(error, usage, "one word too many for %s: %s", command->name, shown);
    }
    return MEMSCAN_OK;
}

/* Where there is no memory for the words: the command that is most likely meant, so that the status is one of its own. */
static const cli_command *guess_command(int count, char **words)
{
    const cli_command *command = NULL;
    for (int i = 1; i < count && command == NULL && strcmp(words[i], "--") != 0; i++)
        command = cli_command_named(words[i], strlen(words[i]));
    return command;
}

memscan_status cli_arguments_parse(cli_arguments *arguments, int argc, char **argv, memscan_error *error)
{
    size_t most = argc < 1 ? 1 : (size_t)argc * 2 + 1; /* `--find=X` and `-qv` hold two; a NULL ends them */
    for (int i = 1; i < argc; i++)
        most += argv[i][0] == '-' && argv[i][1] != '-' ? strlen(argv[i]) : 0;
    memset(arguments, 0, sizeof *arguments);
    arguments->given = calloc(most, sizeof *arguments->given);
    arguments->operands = calloc(most, sizeof *arguments->operands);
    if (arguments->given == NULL || arguments->operands == NULL) {
        arguments->command = guess_command(argc, argv);
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    }

    parser p = { arguments, argv, argc, 1, error };
    memscan_status status = parse_words(&p);
    if (status != MEMSCAN_OK || argc <= 1)
        return status;
    if (arguments->command == NULL)
        return explain_missing_command(arguments, error);
    if (cli_command_is_help(arguments->command))
        return MEMSCAN_OK;
    status = check_options(arguments, error);
    return status == MEMSCAN_OK ? check_operands(arguments, error) : status;
}

void cli_arguments_deinit(cli_arguments *arguments)
{
    for (size_t i = 0; i < arguments->operand_count && arguments->owned != NULL; i++)
        free(arguments->owned[i]);
    free(arguments->owned);
    free(arguments->given);
    free(arguments->operands);
}

bool cli_arguments_own(cli_arguments *arguments, size_t operand, char *text)
{
    if (arguments->owned == NULL)
        arguments->owned = calloc(arguments->operand_count, sizeof *arguments->owned);
    if (arguments->owned == NULL)
        return false;
    free(arguments->owned[operand]);
    arguments->owned[operand] = text;
    arguments->operands[operand] = text;
    return true;
}

bool cli_arguments_want_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

const char *cli_value(const cli_arguments *arguments, cli_option_id id)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (arguments->given[i].id == id)
            return arguments->given[i].value;
    }
    return NULL;
}

bool cli_has(const cli_arguments *arguments, cli_option_id id)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (arguments->given[i].id == id)
            return true;
    }
    return false;
}
