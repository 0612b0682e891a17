/* cmd_watch.c - print values as they change. What happens between two looks is not seen: the help says so. */
#include <stdlib.h>

#include "as_type.h"
#include "beat.h"
#include "command.h"
#include "complain.h"
#include "filter.h"
#include "session.h"
#include "target.h"

#define DEFAULT_BEAT_MS 100
#define DEFAULT_LENGTH  16 /* bytes of text, hex or bits */

static const char *const examples[] = {
    "memscan --pid 1234 watch 0x5581f0",
    "a number in 32 bits, whenever it changes",
    "memscan --pid 1234 watch 0x5581f0 game+0x40 --as f32",
    "two of another type",
    "memscan --pid 1234 watch '[game+0x4010]+8' --for 1m --json",
    "behind a pointer, for a minute, as JSON lines",
    "memscan --pid 1234 watch 0x5581f0:32 --as text --every 1s",
    "text, looked at once a second",
    NULL,
};

typedef struct watching {
    cli *call;
    memscan_target *target;
    memscan_facts facts;
    memscan_watch *watch;
    memscan_type type;
    uint64_t changes;
    uint8_t *ever_read; /* one a place */
} watching;

/* A match (@3) brings its type along. */
static memscan_status add_place(watching *w, size_t index, memscan_error *error)
{
    char address[8200];
    uint64_t length = DEFAULT_LENGTH;
    memscan_type type;
    memscan_status status = cli_session_expand(w->call, w->target, &w->facts, index, &type, error);
    if (status != MEMSCAN_OK)
        return status;
    if (type == MEMSCAN_TYPE_NONE || cli_has(&w->call->arguments, CLI_AS))
        type = w->type;
    status = cli_stretch_split(w->call->arguments.operands[index], address, sizeof address, &length, error);
    if (status == MEMSCAN_OK)
        status = cli_beat_check(w->target, address, error);
    if (status != MEMSCAN_OK)
        return status;
    if (length > SIZE_MAX)
        length = SIZE_MAX;
    return memscan_watch_add(w->watch, address, type, (size_t)length, error);
}

static memscan_status add_all(watching *w, memscan_error *error)
{
    const cli_arguments *a = &w->call->arguments;
    memscan_status status = memscan_watch_create(w->target, &w->watch, error);
    for (size_t i = 0; i < a->operand_count && status == MEMSCAN_OK; i++)
        status = add_place(w, i, error);
    return status;
}

static int show_change(const memscan_change *change, void *context)
{
    watching *w = context;
    cli_printer *printer = w->call->printer;
    char place[MEMSCAN_PLACE_MAX] = "";
    if (change->address != 0)
        memscan_place(w->target, change->address, place, sizeof place);
    w->changes++;
    if (change->now != NULL)
        w->ever_read[change->index] = 1;
    printer->form->changed(printer, &(cli_changed){ change, place, cli_unix_ms() });
    return printer->failed != 0;
}

static memscan_status beat(void *context, memscan_error *error)
{
    watching *w = context;
    return memscan_watch_beat(w->watch, show_change, w, error);
}

static int watch_on(watching *w, const cli_beat *every)
{
    memscan_error error;
    bool all_read = true;
    memscan_status status = cli_keep_beat(w->call, every, beat, w, &error);
    for (size_t i = 0; i < w->call->arguments.operand_count; i++)
        all_read = all_read && w->ever_read[i];
    cli_end_counted(w->call, status == MEMSCAN_OK && all_read, "change", "changes", w->changes);
    if (status == MEMSCAN_CANCELLED || status == MEMSCAN_STOPPED)
        return cli_exit_of(status);
    if (status != MEMSCAN_OK)
        return cli_report(w->call, &error);
    return all_read ? CLI_EXIT_DONE : CLI_EXIT_PARTIAL;
}

static int run(cli *call)
{
    memscan_error error;
    cli_beat every;
    watching w = { .call = call, .ever_read = calloc(call->arguments.operand_count, 1) };
    memscan_status status = cli_beat_parse(&every, &call->arguments, DEFAULT_BEAT_MS, &error);
    if (status == MEMSCAN_OK && w.ever_read == NULL)
        status = cli_fail(&error, MEMSCAN_NO_MEMORY, "", "out of memory");
    if (status == MEMSCAN_OK)
        status = cli_as_type(&call->arguments, MEMSCAN_I32, &w.type, &error);
    if (status == MEMSCAN_OK)
        status = cli_target_open(call, MEMSCAN_READ, &w.target, &w.facts, &error);
    if (status == MEMSCAN_OK)
        status = add_all(&w, &error);
    int code;
    if (status == MEMSCAN_OK) {
        cli_begin_target(call, &w.facts);
        code = watch_on(&w, &every);
    } else {
        code = cli_report(call, &error);
    }
    memscan_watch_destroy(w.watch);
    cli_target_close(call, w.target);
    free(w.ever_read);
    return code;
}

const cli_command cli_cmd_watch = {
    .name = "watch",
    .summary = "print values whenever they change",
    .operands = "ADDRESS[:LENGTH]...",
    .least_operands = 1,
    .most_operands = CLI_ANY_NUMBER,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS | CLI_BIT(CLI_AS) | CLI_BIT(CLI_EVERY) | CLI_BIT(CLI_FOR),
    .examples = examples,
    .details =
        "Without --as a place is a number in 32 bits; text, utf16, hex and bits are as long as LENGTH says (else 16 "
        "bytes). Each place is shown once at the beginning and then whenever it is not what it was at the last "
        "look, also when it can no longer (or can again) be read. What changes and changes back between two "
        "looks is not seen: --every 10ms looks more often.\n"
        "Exit: 130 after Ctrl-C, 0 when --for is over, 4 when the target ended; 3 when --for is over and a place "
        "could never be read.",
    .run = run,
};
