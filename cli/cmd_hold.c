/* cmd_hold.c - keep values as they should be: looks at them at a beat and writes those that are not. Nothing is left
 * behind in the target, so however memscan ends, the target runs on. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "beat.h"
#include "command.h"
#include "complain.h"
#include "session.h"
#include "target.h"

#define DEFAULT_BEAT_MS 50
#define LONGEST_LITERAL 8192

static const char *const examples[] = {
    "memscan --pid 1234 hold 0x5581f0 i32:999",
    "keep 999 there until Ctrl-C",
    "memscan --pid 1234 hold 0x5581f0 i32:50 --min",
    "never below 50, more is fine",
    "memscan --pid 1234 hold '[[game+0x4010]+0x10]+8' i32:9 --for 10s",
    "behind pointers, which are followed anew each time",
    "memscan --pid 1234 hold game+0x40 i32:9 game+0x44 f32:1.5",
    "several at once",
    "memscan --pid 1234 hold @1 999",
    "a match of the session (`scan`, `list`)",
    NULL,
};

typedef struct holding {
    cli *call;
    memscan_target *target;
    memscan_facts facts;
    memscan_hold *hold;
    uint64_t count, unheld; /* values; those that are not as they should be */
    memscan_status *states; /* as last told, one a value */
    memscan_status worst;   /* of those that are not held at the end */
} holding;

/* ---- what is held ---- */

static bool has_type(const char *text)
{
    char name[16] = "";
    const char *rest = strncmp(text, "be:", 3) == 0 ? text + 3 : text;
    const char *colon = strchr(rest, ':');
    if (colon == NULL || (size_t)(colon - rest) >= sizeof name)
        return false;
    memcpy(name, rest, (size_t)(colon - rest));
    return memscan_type_from_name(name) != MEMSCAN_TYPE_NONE;
}

static memscan_status choose_mode(const cli_arguments *a, memscan_hold_mode *mode, memscan_error *error)
{
    bool least = cli_has(a, CLI_MIN), most = cli_has(a, CLI_MAX);
    *mode = least ? MEMSCAN_NEVER_BELOW : most ? MEMSCAN_NEVER_ABOVE : MEMSCAN_HOLD_EXACT;
    if (least && most)
        return cli_wrong(error,
                         "hold the value twice to keep it between two: two memscans, one with --min, one with --max",
                         "--min and --max: give one of them");
    return MEMSCAN_OK;
}

/* The address at `index` and the value behind it. A match (@3) brings its type along. */
static memscan_status add_pair(holding *h, size_t index, memscan_hold_mode mode, memscan_error *error)
{
    char typed[LONGEST_LITERAL];
    memscan_type fallback, of_match;
    const cli_arguments *a = &h->call->arguments;
    memscan_status status = cli_fallback_type(a, &fallback, error);
    if (status == MEMSCAN_OK)
        status = cli_session_expand(h->call, h->target, &h->facts, index, &of_match, error);
    const char *address = a->operands[index], *value = a->operands[index + 1];
    if (status == MEMSCAN_OK && fallback == MEMSCAN_TYPE_NONE)
        fallback = of_match;
    if (status == MEMSCAN_OK)
        status = cli_beat_check(h->target, address, error);
    if (status != MEMSCAN_OK)
        return status;
    if (fallback != MEMSCAN_TYPE_NONE && !has_type(value)) {
        int length = snprintf(typed, sizeof typed, "%s:%s", memscan_type_name(fallback), value);
        if (length < 0 || (size_t)length >= sizeof typed)
            return cli_fail(error, MEMSCAN_LIMIT, "", "a value of more than %d characters", LONGEST_LITERAL - 10);
        value = typed;
    }
    return memscan_hold_add(h->hold, address, value, mode, error);
}

static memscan_status add_all(holding *h, memscan_error *error)
{
    const cli_arguments *a = &h->call->arguments;
    memscan_hold_mode mode;
    memscan_status status = choose_mode(a, &mode, error);
    if (status == MEMSCAN_OK)
        status = memscan_hold_create(h->target, &h->hold, error);
    for (size_t i = 0; i + 1 < a->operand_count && status == MEMSCAN_OK; i += 2)
        status = add_pair(h, i, mode, error);
    h->count = a->operand_count / 2;
    return status;
}

/* ---- beats ---- */

typedef struct telling {
    holding *holding;
    size_t index;
} telling;

/* Tells when a value cannot be held, and when it can again. */
static int tell_change(const memscan_hold_entry *entry, void *context)
{
    telling *t = context;
    memscan_status *state = &t->holding->states[t->index++];
    cli_printer *printer = t->holding->call->printer;
    char sentence[640], address[256];
    if (*state == entry->status)
        return 0;
    memscan_escape(entry->address_text, address, sizeof address);
    if (entry->status == MEMSCAN_OK)
        snprintf(sentence, sizeof sentence, "%s is held again", address);
    else
        snprintf(sentence, sizeof sentence, "%s cannot be held for now: %s", address, entry->why);
    *state = entry->status;
    printer->form->note(printer, sentence);
    return 0;
}

static memscan_status beat(void *context, memscan_error *error)
{
    holding *h = context;
    telling t = { h, 0 };
    memscan_status status = memscan_hold_beat(h->hold, error);
    return status == MEMSCAN_OK ? memscan_hold_entries(h->hold, tell_change, &t, error) : status;
}

static int show_entry(const memscan_hold_entry *entry, void *context)
{
    holding *h = context;
    char place[MEMSCAN_PLACE_MAX] = "";
    if (entry->address != 0)
        memscan_place(h->target, entry->address, place, sizeof place);
    if (entry->status != MEMSCAN_OK) {
        h->unheld++;
        h->worst = entry->status;
    }
    h->call->printer->form->held(h->call->printer, &(cli_held){ entry, place });
    return 0;
}

static void tell_begin(holding *h, const cli_beat *every)
{
    char sentence[160], end[40] = "Ctrl-C ends it";
    if (every->for_ms != 0)
        snprintf(end, sizeof end, "for %.3g s", every->for_ms / 1000.0);
    snprintf(sentence, sizeof sentence, "holding %" PRIu64 " value%s, looking every %" PRIu32 " ms; %s", h->count,
             h->count == 1 ? "" : "s", every->every_ms, end);
    h->call->printer->form->note(h->call->printer, sentence);
}

static int hold_on(holding *h, const cli_beat *every)
{
    memscan_error error, untold;
    tell_begin(h, every);
    memscan_status status = cli_keep_beat(h->call, every, beat, h, &error);
    memscan_hold_entries(h->hold, show_entry, h, &untold);
    cli_end_counted(h->call, status == MEMSCAN_OK && h->unheld == 0, "value", "values", h->count);
    if (status == MEMSCAN_CANCELLED || status == MEMSCAN_STOPPED)
        return cli_exit_of(status);
    if (status != MEMSCAN_OK)
        return cli_report(h->call, &error);
    return h->unheld == 0 ? CLI_EXIT_DONE : cli_exit_of(h->worst);
}

static int run(cli *call)
{
    memscan_error error;
    cli_beat every;
    holding h = { .call = call };
    const cli_arguments *a = &call->arguments;
    memscan_status status = cli_beat_parse(&every, a, DEFAULT_BEAT_MS, &error);
    if (status == MEMSCAN_OK && a->operand_count % 2 != 0)
        status = cli_wrong(&error, "ADDRESS VALUE, ADDRESS VALUE ...", "an address without a value: hold wants pairs");
    if (status == MEMSCAN_OK)
        status = cli_target_open(call, MEMSCAN_WRITE, &h.target, &h.facts, &error);
    if (status == MEMSCAN_OK)
        status = add_all(&h, &error);
    h.states = calloc(a->operand_count + 1, sizeof *h.states);
    if (status == MEMSCAN_OK && h.states == NULL)
        status = cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
    int code;
    if (status == MEMSCAN_OK) {
        cli_begin_target(call, &h.facts);
        code = hold_on(&h, &every);
    } else {
        code = cli_report(call, &error);
    }
    memscan_hold_destroy(h.hold);
    cli_target_close(call, h.target);
    free(h.states);
    return code;
}

const cli_command cli_cmd_hold = {
    .name = "hold",
    .alias = "freeze",
    .summary = "keep values as they should be (also: freeze)",
    .operands = "ADDRESS TYPE:VALUE...",
    .least_operands = 2,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS | CLI_BIT(CLI_TYPE) | CLI_BIT(CLI_EVERY) |
               CLI_BIT(CLI_FOR) | CLI_BIT(CLI_MIN) | CLI_BIT(CLI_MAX),
    .examples = examples,
    .details =
        "Every 50 ms the values are read, and those that are not as they should be are written: a value that is right "
        "costs the target nothing. A pointer path is followed anew each time; a place that is not there yet (or no "
        "longer) is said once and tried again each time. Nothing is stopped and nothing stays behind: when memscan "
        "ends, by whatever cause, the target runs on with the values it has.\n"
        "At the end each value is listed with how often it had to be written.\n"
        "Exit: 130 after Ctrl-C, 0 when --for is over, 4 when the target ended; 3 or 5 when --for is over and a value "
        "could not be read or written.",
    .run = run,
};
