/* cmd_demo.c - a lesson that plays itself: starts the bundled game, finds its gold by watching one number change, finds
 * its lives by the bytes that stand before them, changes both, and lets the game say what it has now.
 *
 * Nothing is staged: each step is the library call behind the command that is shown beside it, and the game is asked,
 * not believed. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "complain.h"
#include "demo_alloc.h"
#include "launch.h"

#define MOST_PLACES 100000
#define NEW_GOLD    9999
#define NEW_LIVES   99
#define CREST       "hex:C0 FF EE ?? 15 EA 5E 01"
#define CREST_SIZE  8

static const char *const examples[] = {
    "memscan demo",
    "about a second, nothing to press",
    "memscan demo alloc --svg alloc.svg",
    "record every allocation of a fountain of sparks, and draw them",
    NULL,
};

typedef struct lesson {
    cli *call;
    cli_child *game;
    memscan_target *target;
    uint64_t pid;
    int32_t gold, lives; /* what the game last said */
    uint64_t *places;    /* where the gold may be */
    size_t place_count;
    memscan_error error;
} lesson;

/* ---- talking ---- */

CLI_PRINTF(2, 3)
static void tell(lesson *l, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    l->call->printer->form->text(l->call->printer, text);
}

static void step(lesson *l, int number, const char *title)
{
    const char *bold = l->call->printer->color ? "\033[1m" : "", *off = l->call->printer->color ? "\033[0m" : "";
    tell(l, "%s", "");
    tell(l, "%s%d. %s%s", bold, number, title, off);
}

/* What one would type for the step that follows. */
CLI_PRINTF(2, 3)
static void show_command(lesson *l, const char *format, ...)
{
    char command[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    const char *cyan = l->call->printer->color ? "\033[36m" : "", *off = l->call->printer->color ? "\033[0m" : "";
    tell(l, "   %s$ memscan --pid %" PRIu64 " %s%s", cyan, l->pid, command, off);
}

/* The game's next line; its numbers are what the game itself shows its player. */
static bool hear(lesson *l)
{
    char line[256], shown[300];
    if (cli_child_hear(l->game, line, sizeof line, &l->error) != MEMSCAN_OK)
        return false;
    const char *gold = strstr(line, "gold "), *lives = strstr(line, "lives ");
    if (gold != NULL && lives != NULL) {
        l->gold = (int32_t)strtol(gold + 5, NULL, 10);
        l->lives = (int32_t)strtol(lives + 6, NULL, 10);
    }
    memscan_escape(line, shown, sizeof shown);
    const char *green = l->call->printer->color ? "\033[32m" : "", *off = l->call->printer->color ? "\033[0m" : "";
    tell(l, "   %sgame> %s%s", green, shown, off);
    return true;
}

static bool press(lesson *l, const char *key)
{
    return cli_child_say(l->game, key, &l->error) == MEMSCAN_OK && hear(l);
}

/* ---- searching ---- */

typedef struct collecting {
    lesson *lesson;
    uint64_t *found;
    size_t count;
} collecting;

static int collect(const memscan_match *match, void *context)
{
    collecting *c = context;
    if (c->count == MOST_PLACES)
        return 1;
    c->found[c->count++] = match->address;
    return 0;
}

/* All places that hold the expression now. */
static bool find(lesson *l, const char *expression, collecting *c)
{
    *c = (collecting){ l, malloc(MOST_PLACES * sizeof *c->found), 0 };
    if (c->found == NULL)
        return cli_fail(&l->error, MEMSCAN_NO_MEMORY, "", "out of memory") == MEMSCAN_OK;
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    options.cancel = l->call->cancel;
    memscan_status status = memscan_find(l->target, expression, &options, collect, c, NULL, &l->error);
    if (status == MEMSCAN_OK)
        return true;
    free(c->found);
    c->found = NULL;
    return false;
}

/* Keeps the places that are in both lists; both ascend. */
static void keep_common(lesson *l, const collecting *c)
{
    size_t kept = 0;
    for (size_t i = 0, k = 0; i < l->place_count && k < c->count;) {
        if (l->places[i] == c->found[k])
            l->places[kept++] = l->places[i];
        uint64_t place = l->places[i], found = c->found[k];
        i += place <= found;
        k += found <= place;
    }
    l->place_count = kept;
}

/* ---- the lesson ---- */

static bool start_game(lesson *l)
{
    char path[1024];
    if (!cli_find_companion("memscan-game", path, sizeof path))
        return cli_fail(&l->error, MEMSCAN_NOT_FOUND, "it belongs beside memscan, or at ../libexec/memscan/ from it",
                        "memscan-game is not there") == MEMSCAN_OK;
    char *arguments[] = { path, NULL };
    if (cli_child_start(arguments, &l->game, &l->error) != MEMSCAN_OK)
        return false;
    l->pid = cli_child_pid(l->game);
    step(l, 1, "A game is running.");
    tell(l, "   Another program, started just now as process %" PRIu64 ". It knows nothing of memscan.", l->pid);
    if (!hear(l) || !hear(l))
        return false;
    char locator[40];
    snprintf(locator, sizeof locator, "pid:%" PRIu64, l->pid);
    return memscan_open(locator, MEMSCAN_WRITE, NULL, &l->target, &l->error) == MEMSCAN_OK;
}

static bool first_search(lesson *l)
{
    char expression[32];
    collecting c;
    step(l, 2, "Where does it keep its gold?");
    tell(l, "   It shows gold %" PRId32 ". Somewhere in its memory stands that number. Search for it:", l->gold);
    snprintf(expression, sizeof expression, "i32:%" PRId32, l->gold);
    show_command(l, "find %s", expression);
    if (!find(l, expression, &c))
        return false;
    l->places = c.found;
    l->place_count = c.count;
    tell(l, "   %zu places hold %" PRId32 ". Many numbers are alike; only one of them is the gold.", c.count, l->gold);
    return true;
}

static bool narrow(lesson *l)
{
    step(l, 3, "Let it change, and search again.");
    tell(l,
         "   The gold is the place that always holds what the game shows. So we dig, and keep the places that follow:");
    for (int round = 0; round < 8 && l->place_count > 1; round++) {
        char expression[32];
        collecting c;
        if (!press(l, "d"))
            return false;
        snprintf(expression, sizeof expression, "i32:%" PRId32, l->gold);
        show_command(l, "find %s", expression);
        if (!find(l, expression, &c))
            return false;
        keep_common(l, &c);
        tell(l, "   %zu hold%s %" PRId32 " now; %zu of them held the old gold too.", c.count, c.count == 1 ? "s" : "",
             l->gold, l->place_count);
        free(c.found);
    }
    if (l->place_count == 1)
        return true;
    return cli_fail(&l->error, MEMSCAN_NOT_FOUND, "", "%zu places are left, where one was expected", l->place_count) ==
           MEMSCAN_OK;
}

static bool encode(lesson *l, int32_t number, uint8_t bytes[4])
{
    memscan_facts facts = MEMSCAN_FACTS_INIT;
    size_t length;
    memscan_type type;
    char text[32];
    snprintf(text, sizeof text, "i32:%" PRId32, number);
    return memscan_facts_of(l->target, &facts, &l->error) == MEMSCAN_OK &&
           memscan_value_parse(text, MEMSCAN_TYPE_NONE, facts.layout, bytes, 4, &length, &type, &l->error) ==
               MEMSCAN_OK;
}

/* Writes where the expected number stands now. */
static bool write_number(lesson *l, uint64_t address, int32_t number, int32_t expected)
{
    uint8_t bytes[4], old[4];
    return encode(l, number, bytes) && encode(l, expected, old) &&
           memscan_write(l->target, address, bytes, sizeof bytes, old, &l->error) == MEMSCAN_OK;
}

static bool change_gold(lesson *l)
{
    char place[MEMSCAN_PLACE_MAX];
    memscan_place(l->target, l->places[0], place, sizeof place);
    step(l, 4, "Change it.");
    tell(l, "   One place is left: 0x%" PRIx64 ", which is %s. Write there,", l->places[0], place);
    tell(l, "   but only if the gold still stands there, so that nothing else can be hit:");
    show_command(l, "write 0x%" PRIx64 " i32:%d --expect %" PRId32, l->places[0], NEW_GOLD, l->gold);
    if (!write_number(l, l->places[0], NEW_GOLD, l->gold))
        return false;
    tell(l, "   And what does the game say?");
    return press(l, "l");
}

static bool find_lives(lesson *l, uint64_t *lives)
{
    collecting c;
    step(l, 5, "Find the lives by what stands beside them.");
    tell(l, "   Most programs keep things that belong together side by side. This game's hero always begins with the");
    tell(l, "   same bytes (one of them, ??, differs from run to run), and its lives stand right behind, 8 bytes on:");
    show_command(l, "find '%s'", CREST);
    if (!find(l, CREST, &c))
        return false;
    bool one = c.count == 1;
    *lives = one ? c.found[0] + CREST_SIZE : 0;
    size_t count = c.count;
    free(c.found);
    if (one)
        tell(l, "   One place: 0x%" PRIx64 ". So the lives are at 0x%" PRIx64 ".", *lives - CREST_SIZE, *lives);
    return one || cli_fail(&l->error, MEMSCAN_NOT_FOUND, "", "the hero was found %zu times, where one was expected",
                           count) == MEMSCAN_OK;
}

static bool show_dump(lesson *l, uint64_t address)
{
    uint8_t bytes[16], outcomes[16] = { 0 }; /* all WHOLE */
    if (memscan_read(l->target, address, bytes, sizeof bytes, &l->error) != MEMSCAN_OK)
        return false;
    show_command(l, "read 0x%" PRIx64 ":16", address);
    l->call->printer->form->bytes(l->call->printer, &(cli_bytes){ address, bytes, outcomes, sizeof bytes, false });
    tell(l, "   The ninth byte is %02x: the %" PRId32 " lives that the game shows.", bytes[CREST_SIZE], l->lives);
    return true;
}

static bool change_lives(lesson *l)
{
    uint64_t lives;
    if (!find_lives(l, &lives) || !show_dump(l, lives - CREST_SIZE))
        return false;
    show_command(l, "write 0x%" PRIx64 " i32:%d --expect %" PRId32, lives, NEW_LIVES, l->lives);
    return write_number(l, lives, NEW_LIVES, l->lives);
}

static bool prove(lesson *l)
{
    step(l, 6, "The game plays on, with what it was given.");
    if (!press(l, "l"))
        return false;
    if (l->gold != NEW_GOLD || l->lives != NEW_LIVES)
        return cli_fail(&l->error, MEMSCAN_MISMATCH, "", "the game shows other values than were written") == MEMSCAN_OK;
    if (!press(l, "f") || !press(l, "d"))
        return false;
    tell(l, "%s", "");
    tell(l, "   That is all there is to it: search, let it change, search again, write.");
    tell(l, "   Now on a program of your own: `memscan ps` lists them, `memscan help find` shows what can be sought.");
    return true;
}

static int play_lesson(cli *call)
{
    lesson l = { .call = call };
    bool done = start_game(&l) && first_search(&l) && narrow(&l) && change_gold(&l) && change_lives(&l) && prove(&l);
    int code = done ? CLI_EXIT_DONE : cli_report(call, &l.error);
    memscan_close(l.target);
    cli_child_end(l.game);
    free(l.places);
    return code;
}

static int run(cli *call)
{
    const cli_arguments *a = &call->arguments;
    memscan_error error;
    bool is_alloc = a->operand_count > 0 && strcmp(a->operands[0], "alloc") == 0;
    if (is_alloc)
        return cli_demo_alloc(call);
    if (a->operand_count == 0 && !cli_has(a, CLI_OUTPUT) && !cli_has(a, CLI_SVG))
        return play_lesson(call);
    cli_wrong(&error, "memscan demo, or memscan demo alloc [-o FILE] [--svg FILE]",
              a->operand_count > 0 ? "there is no such demo" : "files are written by demo alloc only");
    return cli_report(call, &error);
}

const cli_command cli_cmd_demo = {
    .name = "demo",
    .summary = "watch memscan find and change the gold of a small game",
    .operands = "[alloc]",
    .least_operands = 0,
    .most_operands = 1,
    .options = CLI_APPEARANCE | CLI_BIT(CLI_OUTPUT) | CLI_BIT(CLI_SVG),
    .examples = examples,
    .details = "Starts memscan-game, a small program that comes with memscan, searches for its gold while it changes, "
               "then for its lives by the bytes beside them, writes both, and lets the game show what it has now. To "
               "play and practise yourself, start memscan-game in another terminal.\n"
               "`demo alloc` records another one, memscan-particles, with `memscan alloc`: a table with -o, a picture "
               "with --svg. Linux only.",
    .run = run,
};
