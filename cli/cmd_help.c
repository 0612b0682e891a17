/* cmd_help.c - help, made from the commands' own tables: examples first. */
#include "command.h"

#include <stdio.h>
#include <string.h>

#include "complain.h"

static const char *const examples[] = {
    "memscan help", "the commands", "memscan help find", "one of them", NULL,
};

/* What a newcomer wants to see first. */
static const char *const first_steps[] = {
    "memscan demo",
    "see it at work on a bundled game",
    "memscan ps",
    "list processes",
    "memscan --pid 1234 --find i32:100",
    "where does that process hold the number 100?",
    "memscan --name game find '\"Player One\"'",
    "where does it hold this text?",
    "memscan --pid 1234 find 'hex:48 8B ?? 05'",
    "bytes, some of them unknown",
    "memscan --pid 1234 scan 100",
    "remember every place that holds 100; then let it change, and:",
    "memscan --pid 1234 next decreased",
    "keep those that are less now, until one is left",
    "memscan --pid 1234 write 0x5581f0 i32:999",
    "put 999 there",
    NULL,
};

static void line(cli *call, const char *text)
{
    call->printer->form->text(call->printer, text);
}

/* How much of the text fits on a line of `room`: up to a blank, if there is one. */
static size_t fitting_length(const char *text, size_t room)
{
    size_t length = strlen(text);
    if (length <= room)
        return length;
    for (length = room; length > 0 && text[length] != ' ';)
        length--;
    return length > 0 ? length : room;
}

/* "  label   text", the text folded at the width of the terminal. */
static void folded(cli *call, const char *label, size_t column, const char *text)
{
    size_t width = call->terminal.columns < 60 ? 60 : call->terminal.columns > 100 ? 100 : call->terminal.columns;
    char row[256];
    if (label[0] != '\0' && strlen(label) >= column) {
        line(call, label);
        label = "";
    }
    do {
        size_t length = fitting_length(text, width - column);
        snprintf(row, sizeof row, "%-*s%.*s", (int)column, label, (int)length, text);
        line(call, row);
        label = "";
        text += length;
        text += strspn(text, " ");
    } while (*text != '\0');
}

/* Paragraphs, each one line of `text`, with an empty line behind each. */
static void show_paragraphs(cli *call, const char *text)
{
    while (*text != '\0') {
        char paragraph[1024];
        size_t length = strcspn(text, "\n");
        snprintf(paragraph, sizeof paragraph, "%.*s", (int)length, text);
        folded(call, "", 0, paragraph);
        line(call, "");
        text += length + (text[length] == '\n');
    }
}

static void show_examples(cli *call, const char *const *pairs)
{
    for (size_t i = 0; pairs[i] != NULL; i += 2) {
        char label[160];
        snprintf(label, sizeof label, "  %s", pairs[i]);
        folded(call, label, 48, pairs[i + 1]);
    }
}

static void show_overview(cli *call)
{
    line(call, "memscan finds and changes values in the memory of running programs.");
    line(call, "");
    show_examples(call, first_steps);
    line(call, "");
    line(call, "usage: memscan COMMAND [TARGET] [OPTIONS] [OPERANDS]");
    line(call, "A command may also be written as a flag: `memscan --pid 1234 --find i32:100`.");
    line(call, "");
}

static void show_commands(cli *call)
{
    const cli_command *const *commands = cli_commands();
    for (size_t i = 0; commands[i] != NULL; i++) {
        char label[160];
        snprintf(label, sizeof label, "  %s %s", commands[i]->name, commands[i]->operands);
        folded(call, label, 36, commands[i]->summary);
    }
    line(call, "");
    line(call, "`memscan help COMMAND` tells more. The manual: memscan(1).");
}

static void show_option(cli *call, cli_option_id id)
{
    const cli_option *option = cli_option_at(id);
    char label[80], letter[8] = "";
    if (option->letter != 0)
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    snprintf(label, sizeof label, "  %s--%s%s%s", letter, option->name, option->argument != NULL ? " " : "",
             option->argument != NULL ? option->argument : "");
    folded(call, label, 26, option->help);
}

static void show_command(cli *call, const cli_command *command)
{
    char usage[160];
    cli_command_usage(command, usage, sizeof usage);
    char heading[200];
    snprintf(heading, sizeof heading, "memscan %s: %s", command->name, command->summary);
    line(call, heading);
    line(call, "");
    show_examples(call, command->examples);
    line(call, "");
    line(call, usage);
    line(call, "");
    show_paragraphs(call, command->details);
    for (cli_option_id id = 0; id < CLI_OPTION_COUNT; id++) {
        if (command->options & CLI_BIT(id))
            show_option(call, id);
    }
}

static int unknown_topic(cli *call, const char *topic)
{
    memscan_error error;
    char shown[96];
    memscan_escape(topic, shown, sizeof shown);
    if (cli_command_comes_later(topic, strlen(topic)))
        cli_wrong(&error, "`memscan help` lists what there is", "%s is not in this version", shown);
    else
        cli_wrong(&error, "`memscan help` lists the commands", "there is no command %s", shown);
    return cli_report(call, &error);
}

/* Also runs without any words at all: then it is short, and exit 2 says that nothing was done. */
static int run(cli *call)
{
    const cli_arguments *a = &call->arguments;
    const cli_command *about = a->about;
    if (about == NULL && a->operand_count > 0) {
        about = cli_command_named(a->operands[0], strlen(a->operands[0]));
        if (about == NULL)
            return unknown_topic(call, a->operands[0]);
    }
    if (about != NULL) {
        show_command(call, about);
        return CLI_EXIT_DONE;
    }
    if (a->command == NULL)
        call->printer->out = stderr; /* nobody asked for it: it is no result */
    show_overview(call);
    if (a->command == NULL) {
        line(call, "`memscan help` lists the commands.");
        return CLI_EXIT_WRONG;
    }
    show_commands(call);
    return CLI_EXIT_DONE;
}

const cli_command cli_cmd_help = {
    .name = "help",
    .summary = "this list, or help for one command",
    .operands = "[COMMAND]",
    .least_operands = 0,
    .most_operands = 1,
    .options = CLI_COMMON,
    .examples = examples,
    .details = "",
    .run = run,
};
