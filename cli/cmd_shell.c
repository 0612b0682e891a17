/* cmd_shell.c - the same commands at a prompt, against one target that stays open: it is bound to one process image, so
 * a process that inherits its number is never reached by mistake. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"
#include "files.h"
#include "line_edit.h"
#include "prompt.h"
#include "session.h"
#include "shell_words.h"
#include "state.h"
#include "target.h"

static const char *const examples[] = {
    "memscan --pid 1234 shell",
    "a prompt; `help` there lists the commands, `exit` ends it",
    "memscan shell",
    "without a target: `pid N` opens one",
    "memscan --name game shell <commands",
    "a script, one command a line",
    NULL,
};

struct cli_prompt {
    cli *call;
    memscan_target *target; /* NULL: none is open */
    memscan_facts facts;
    const char *session;
    cli_lines *lines;
    char text[160]; /* the prompt itself */
    char history[CLI_SESSION_PATH];
    int code; /* of the last command */
    bool typed, ended, tracks;
};

/* ---- what the commands ask ---- */

memscan_status cli_prompt_target(cli_prompt *prompt, uint32_t access, memscan_target **target, memscan_facts *facts,
                                 memscan_error *error)
{
    *target = NULL;
    if (prompt->target == NULL)
        return cli_wrong(error, "`pid N` opens a process, `ps` lists them", "no target is open");
    if ((access & MEMSCAN_WRITE) && !prompt->facts.writable)
        return cli_fail(error, MEMSCAN_DENIED, "`info` says what would help", "this target may only be read");
    *target = prompt->target;
    *facts = prompt->facts;
    return MEMSCAN_OK;
}

bool cli_prompt_holds(const cli_prompt *prompt, const memscan_target *target)
{
    return target == prompt->target;
}

const char *cli_prompt_session(const cli_prompt *prompt)
{
    return prompt->session;
}

bool cli_prompt_tracks(const cli_prompt *prompt)
{
    return prompt->tracks;
}

/* ---- the target ---- */

static void note(const cli_prompt *p, const char *sentence)
{
    p->call->printer->form->note(p->call->printer, sentence);
}

static void close_target(cli_prompt *p)
{
    memscan_close(p->target);
    p->target = NULL;
}

static void tell_session(const cli_prompt *p)
{
    char path[CLI_SESSION_PATH], sentence[160];
    memscan_error untold;
    memscan_scan_info info = MEMSCAN_SCAN_INFO_INIT;
    cli named = *p->call;
    named.prompt = (cli_prompt *)(uintptr_t)p;
    if (cli_session_path(&named, &p->facts, path, sizeof path, &untold) != MEMSCAN_OK ||
        memscan_scan_describe(path, &info, &untold) != MEMSCAN_OK)
        return;
    snprintf(sentence, sizeof sentence, "going on with its session: %" PRIu64 " match%s; `reset` begins anew",
             info.matches, info.matches == 1 ? "" : "es");
    note(p, sentence);
}

/* Opens what the arguments name; where writing is refused, reading may do. */
static memscan_status open_target(cli_prompt *p, cli *named, memscan_error *error)
{
    memscan_target *target;
    memscan_facts facts;
    memscan_error first;
    memscan_status status = cli_target_open(named, MEMSCAN_WRITE, &target, &facts, &first);
    if (status == MEMSCAN_DENIED || status == MEMSCAN_NOT_SUPPORTED)
        status = cli_target_open(named, MEMSCAN_READ, &target, &facts, error);
    else if (status != MEMSCAN_OK)
        *error = first;
    if (status != MEMSCAN_OK)
        return status;
    close_target(p);
    p->target = target;
    p->facts = facts;
    if (!facts.writable)
        note(p, "this target may only be read; `info` says why");
    tell_session(p);
    return MEMSCAN_OK;
}

/* `pid 1234`, `name game` */
static int open_another(cli_prompt *p, const cli_words *words)
{
    memscan_error error;
    cli named = { .terminal = p->call->terminal, .printer = p->call->printer, .cancel = p->call->cancel };
    char by_pid[] = "--pid", by_name[] = "--name", info[] = "info";
    char *argv[] = { words->words[0], info, words->words[1][0] == 'p' ? by_pid : by_name, words->words[2], NULL };
    memscan_status status = cli_arguments_parse(&named.arguments, 4, argv, &error);
    if (status == MEMSCAN_OK)
        status = open_target(p, &named, &error);
    cli_arguments_deinit(&named.arguments);
    return status == MEMSCAN_OK ? CLI_EXIT_DONE : cli_report(p->call, &error);
}

static void check_target(cli_prompt *p)
{
    memscan_error error;
    if (p->target == NULL || memscan_alive(p->target, &error) == MEMSCAN_OK)
        return;
    note(p, "the target ended; `pid N` opens another");
    close_target(p);
}

/* ---- lines ---- */

static bool session_begun(const cli_prompt *p)
{
    char path[CLI_SESSION_PATH], head[1];
    memscan_error untold;
    cli named = { .prompt = (cli_prompt *)(uintptr_t)p };
    return p->target != NULL && cli_session_path(&named, &p->facts, path, sizeof path, &untold) == MEMSCAN_OK &&
           cli_file_head(path, head, 1) == 1;
}

static int reset_session(cli_prompt *p)
{
    char path[CLI_SESSION_PATH];
    memscan_error error;
    memscan_facts facts;
    memscan_target *target;
    cli named = { .prompt = p };
    memscan_status status = cli_prompt_target(p, MEMSCAN_READ, &target, &facts, &error);
    if (status == MEMSCAN_OK)
        status = cli_session_path(&named, &facts, path, sizeof path, &error);
    if (status == MEMSCAN_OK)
        status = cli_session_prepare(path, &error); /* what is no session is not removed */
    if (status == MEMSCAN_OK)
        status = cli_file_remove(path, &error);
    if (status != MEMSCAN_OK && status != MEMSCAN_NOT_FOUND)
        return cli_report(p->call, &error);
    note(p, "the session is forgotten: the next search is a first one");
    return CLI_EXIT_DONE;
}

static int show_help(const cli_prompt *p)
{
    static const char *const lines[] = {
        "  100   100..200   \"text\"     search: the first time everywhere, then in what is left",
        "  > 5   < 5   != 5           greater, less, not equal",
        "  +   -   =   !=             increased, decreased, unchanged, changed since the last search",
        "  + 3   - 3                  by that much",
        "  snapshot                   remember everything, for a value that is not shown",
        "  list   set 999   set 3=999   what is left; change it",
        "  undo   redo   reset        one step back, forth; begin anew",
        "  hold @1 999   watch @1     keep a value; see it change (Ctrl-C ends it)",
        "  pid 1234   name game       open another target",
        "  exit                       or Ctrl-D",
        "",
        "All commands of memscan work here, without --pid: help COMMAND tells about one.",
        "",
    };
    cli_printer *printer = p->call->printer;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        printer->form->text(printer, lines[i]);
    for (const cli_command *const *command = cli_commands(); *command != NULL; command++) {
        char line[160];
        snprintf(line, sizeof line, "  %-10s %s", (*command)->name, (*command)->summary);
        printer->form->text(printer, line);
    }
    cli_out_flush(printer);
    return CLI_EXIT_DONE;
}

static bool is(const cli_words *words, const char *name, size_t count)
{
    return words->count == count && strcmp(words->words[1], name) == 0;
}

/* What only the shell knows; false: it is a command. */
static bool run_own(cli_prompt *p, const cli_words *words)
{
    memscan_error error;
    const char *first = words->words[1];
    if (is(words, "exit", 2) || is(words, "quit", 2))
        p->ended = true;
    else if (is(words, "reset", 2))
        p->code = reset_session(p);
    else if (is(words, "help", 2))
        p->code = show_help(p);
    else if (is(words, "pid", 3) || is(words, "name", 3))
        p->code = open_another(p, words);
    else if (strcmp(first, "shell") == 0 || strcmp(first, "run") == 0 || strcmp(first, "alloc") == 0) {
        cli_wrong(&error, "", "%s does not work at the prompt", first);
        p->code = cli_report(p->call, &error);
    } else {
        return false;
    }
    return true;
}

/* The shell's own --json, --plain ... hold for every command that takes them. */
static memscan_status hand_down(const cli_prompt *p, cli_words *words, memscan_error *error)
{
    const char *first = words->words[1];
    const cli_command *command = cli_command_named(first, strlen(first));
    memscan_status status = MEMSCAN_OK;
    size_t at = 0;
    for (cli_option_id id = 0; id < CLI_OPTION_COUNT && command != NULL && status == MEMSCAN_OK; id++) {
        char option[32];
        if (!(CLI_COMMON & CLI_BIT(id) & command->options) || !cli_has(&p->call->arguments, id))
            continue;
        snprintf(option, sizeof option, "--%s", cli_option_at(id)->name);
        status = cli_words_insert(words, 2 + at++, option, error);
    }
    return status;
}

static void run_words(cli_prompt *p, cli_words *words)
{
    memscan_error error;
    cli line = { .terminal = p->call->terminal, .cancel = p->call->cancel, .prompt = p };
    memscan_status status = cli_words_spell_out(words, session_begun(p), &error);
    if (status == MEMSCAN_OK)
        status = hand_down(p, words, &error);
    if (status != MEMSCAN_OK) {
        p->code = cli_report(p->call, &error);
        return;
    }
    memscan_cancel_lower(p->call->cancel);
    cli_interrupts_to(p->call->cancel);
    p->code = cli_run(&line, (int)words->count, words->words);
    memscan_cancel_lower(p->call->cancel);
    if (p->code == CLI_EXIT_INTERRUPTED && p->typed)
        note(p, ""); /* the prompt stands on a line of its own, behind the ^C */
    bool stops = p->code == CLI_EXIT_BROKEN_PIPE || (p->code == CLI_EXIT_INTERRUPTED && !p->typed);
    p->ended = stops;
}

static void run_line(cli_prompt *p, const char *text)
{
    memscan_error error;
    cli_words words = { 0 };
    memscan_status status = cli_words_split(&words, text, &error);
    if (status != MEMSCAN_OK)
        p->code = cli_report(p->call, &error);
    else if (words.count > 1 && !run_own(p, &words))
        run_words(p, &words);
    cli_words_deinit(&words);
}

/* ---- completion ---- */

typedef struct offering {
    cli_offer_fn *offer;
    void *offers;
} offering;

static int offer_module(const memscan_module *module, void *context)
{
    offering *o = context;
    char name[256];
    memscan_escape(module->name, name, sizeof name);
    o->offer(name, o->offers);
    return 0;
}

static void offer_options(const cli_command *command, const offering *o)
{
    for (cli_option_id id = 0; id < CLI_OPTION_COUNT && command != NULL; id++) {
        char option[32];
        if (!(command->options & CLI_BIT(id)))
            continue;
        snprintf(option, sizeof option, "--%s", cli_option_at(id)->name);
        o->offer(option, o->offers);
    }
}

static void complete(const char *line, size_t word, cli_offer_fn *offer, void *offers, void *context)
{
    static const char *const own[] = { "snapshot", "reset", "pid", "name", "exit" };
    const cli_prompt *p = context;
    offering o = { offer, offers };
    memscan_error untold;
    size_t first = strspn(line, " ");
    bool help = strncmp(line + first, "help ", 5) == 0;
    if (first == word || help) {
        for (const cli_command *const *command = cli_commands(); *command != NULL; command++)
            offer((*command)->name, offers);
        for (size_t i = 0; i < sizeof own / sizeof own[0] && !help; i++)
            offer(own[i], offers);
        return;
    }
    if (line[word] == '-') {
        offer_options(cli_command_named(line + first, strcspn(line + first, " ")), &o);
        return;
    }
    for (int type = MEMSCAN_I8; type <= MEMSCAN_BITS; type++) {
        char name[16];
        snprintf(name, sizeof name, "%s:", memscan_type_name(type));
        offer(name, offers);
    }
    if (p->target != NULL)
        memscan_modules(p->target, offer_module, &o, &untold);
}

/* ---- the loop ---- */

static const char *prompt_text(cli_prompt *p)
{
    char name[80];
    memscan_escape(p->target != NULL ? p->facts.name : "", name, sizeof name);
    if (p->target != NULL)
        snprintf(p->text, sizeof p->text, "%s %" PRIu64 "> ", name, p->facts.pid);
    else
        snprintf(p->text, sizeof p->text, "memscan> ");
    return p->text;
}

static void read_lines(cli_prompt *p)
{
    while (!p->ended) {
        check_target(p);
        if (p->typed)
            cli_interrupts_ignore();
        else
            cli_interrupts_restore();
        const char *text = cli_lines_next(p->lines, prompt_text(p));
        if (text == NULL)
            break;
        run_line(p, text);
    }
}

static const char *history_file(cli_prompt *p)
{
    memscan_error untold; /* without a history the shell is as good */
    char folder[CLI_SESSION_PATH];
    if (!p->typed || !cli_state_folder("", folder, sizeof folder) ||
        !cli_state_folder("history", p->history, sizeof p->history) || cli_folder_make(folder, &untold) != MEMSCAN_OK ||
        cli_file_make(p->history, &untold) != MEMSCAN_OK)
        return NULL;
    return p->history;
}

static void greet(const cli_prompt *p)
{
    if (p->typed)
        note(p, "`help` lists the commands, Ctrl-C ends a search and not the shell, Ctrl-D ends the shell");
}

static int run(cli *call)
{
    memscan_error error;
    const cli_arguments *a = &call->arguments;
    cli_prompt *p = calloc(1, sizeof *p);
    memscan_status status = MEMSCAN_OK;
    if (p == NULL) {
        cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
        return cli_report(call, &error);
    }
    p->call = call;
    p->session = cli_value(a, CLI_SESSION);
    p->tracks = cli_has(a, CLI_TRACK);
    p->typed = call->terminal.input;
    if (cli_has(a, CLI_PID) || cli_has(a, CLI_NAME))
        status = open_target(p, call, &error);
    if (status == MEMSCAN_OK) {
        p->lines = cli_lines_open(p->typed, history_file(p), complete, p);
        if (p->lines == NULL)
            status = cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
    }
    if (status == MEMSCAN_OK) {
        greet(p);
        read_lines(p);
    }
    int code = status != MEMSCAN_OK ? cli_report(call, &error) : p->typed ? CLI_EXIT_DONE : p->code;
    cli_lines_close(p->lines);
    close_target(p);
    free(p);
    return code;
}

const cli_command cli_cmd_shell = {
    .name = "shell",
    .summary = "the same commands at a prompt, against one target",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON | CLI_BIT(CLI_SESSION) | CLI_BIT(CLI_TRACK),
    .examples = examples,
    .details =
        "Every command works there without --pid, and so do scanmem's short forms: 100, > 5, < 5, != 5, + 3, - 3, "
        "+, -, =, !=, snapshot, list, set 999, set 3=999, reset, undo. A bare expression is the first search, or the "
        "next one where a session has begun. Between '...' everything is verbatim; \"...\" is text.\n"
        "Ctrl-C ends the command, not the shell. When the target ends, the shell says so; `pid N` opens another.\n"
        "Where lines can be edited, Tab completes commands, options, types and modules, and lines are remembered in "
        "$XDG_STATE_HOME/memscan/history.\n"
        "--track: every search there reads only what was written since the last one (`memscan help scan`).\n"
        "Exit: 0 from a terminal; from a script that of its last command.",
    .run = run,
};
