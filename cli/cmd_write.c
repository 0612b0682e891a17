/* cmd_write.c - put one literal value at one address, read it back, and say what stood there before. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "complain.h"
#include "session.h"
#include "target.h"

#define LONGEST 4096 /* bytes of one value */

static const char *const examples[] = {
    "memscan --pid 1234 write 0x5581f0 i32:999",
    "put the number 999 there",
    "memscan --pid 1234 write 0x5581f0 i32:999 --expect 100",
    "only where 100 stands now",
    "memscan --pid 1234 write game+0x10 'hex:90 90'",
    "bytes",
    "memscan --pid 1234 write 0x5581f0 f32:1.5 --dry-run",
    "show what would change",
    NULL,
};

typedef struct writing {
    cli *call;
    memscan_target *target;
    memscan_layout layout;
    uint64_t address;
    memscan_type type;
    size_t length;
    uint8_t bytes[LONGEST], expected[LONGEST], old[LONGEST];
    bool has_expected, old_known;
} writing;

static memscan_status parse_expected(writing *w, const char *text, memscan_error *error)
{
    size_t length;
    memscan_type type;
    memscan_status status =
        memscan_value_parse(text, w->type, w->layout, w->expected, sizeof w->expected, &length, &type, error);
    if (status != MEMSCAN_OK)
        return status;
    if (type != w->type || length != w->length)
        return cli_wrong(error, "", "--expect wants a value like the new one: %s of %zu bytes",
                         memscan_type_name(w->type), w->length);
    w->has_expected = true;
    return MEMSCAN_OK;
}

static memscan_status parse_value(writing *w, memscan_error *error)
{
    const cli_arguments *a = &w->call->arguments;
    const char *expected = cli_value(a, CLI_EXPECT);
    memscan_type fallback;
    memscan_status status = cli_fallback_type(a, &fallback, error);
    if (status == MEMSCAN_OK)
        status = memscan_value_parse(a->operands[1], fallback, w->layout, w->bytes, sizeof w->bytes, &w->length,
                                     &w->type, error);
    if (status == MEMSCAN_OK && expected != NULL)
        status = parse_expected(w, expected, error);
    return status;
}

static memscan_status check_end(const writing *w, const memscan_facts *facts, memscan_error *error)
{
    if (w->address <= facts->highest_address && w->length - 1 <= facts->highest_address - w->address)
        return MEMSCAN_OK;
    return cli_wrong(error, "", "0x%" PRIx64 " and %zu bytes reach beyond the target's address space", w->address,
                     w->length);
}

static bool differs(const writing *w)
{
    return w->has_expected && w->old_known && memcmp(w->old, w->expected, w->length) != 0;
}

/* What stands there instead is asked for with `read`: errors end up in logs, and memory does not belong there. */
static memscan_status mismatch(const writing *w, memscan_error *error)
{
    char expected[96];
    memscan_value_format(w->type, w->layout, w->expected, w->length, expected, sizeof expected);
    return cli_fail(error, MEMSCAN_MISMATCH, "`memscan read` shows what stands there",
                    "0x%" PRIx64 " does not hold %s: nothing was written", w->address, expected);
}

static memscan_status change(writing *w, memscan_error *error)
{
    memscan_error unread; /* a place that cannot be read may still be written: then there is no old value to show */
    bool dry = cli_has(&w->call->arguments, CLI_DRY_RUN);
    memscan_status status = memscan_read(w->target, w->address, w->old, w->length, &unread);
    w->old_known = status == MEMSCAN_OK;
    if (!w->old_known && status != MEMSCAN_UNREADABLE && status != MEMSCAN_DENIED) {
        *error = unread;
        return status;
    }
    if (differs(w))
        return mismatch(w, error);
    if (dry) {
        *error = unread;
        return status;
    }
    return memscan_write(w->target, w->address, w->bytes, w->length, w->has_expected ? w->expected : NULL, error);
}

static int write_target(writing *w, const memscan_facts *facts)
{
    memscan_error error;
    char place[MEMSCAN_PLACE_MAX];
    w->layout = facts->layout;
    memscan_status status = parse_value(w, &error);
    if (status == MEMSCAN_OK)
        status = cli_session_expand(w->call, w->target, facts, 0, NULL, &error);
    if (status == MEMSCAN_OK)
        status = memscan_resolve(w->target, w->call->arguments.operands[0], &w->address, &error);
    if (status == MEMSCAN_OK)
        status = check_end(w, facts, &error);
    if (status != MEMSCAN_OK)
        return cli_report(w->call, &error);
    cli_begin_target(w->call, facts);
    status = change(w, &error);
    bool written = status == MEMSCAN_OK || status == MEMSCAN_CHANGED_SINCE;
    if (written) {
        memscan_place(w->target, w->address, place, sizeof place);
        cli_written record = { w->address,
                               place,
                               w->type,
                               w->layout,
                               w->old_known ? w->old : NULL,
                               w->bytes,
                               w->length,
                               cli_has(&w->call->arguments, CLI_DRY_RUN) };
        w->call->printer->form->written(w->call->printer, &record);
    }
    cli_end_counted(w->call, status == MEMSCAN_OK, "value", "values", written);
    return status == MEMSCAN_OK ? CLI_EXIT_DONE : cli_report(w->call, &error);
}

static int run(cli *call)
{
    memscan_error error;
    memscan_facts facts;
    writing w = { .call = call, .layout = { 8, 0 } };
    /* Once without the target, so that nothing is opened for a value that cannot be meant. */
    memscan_status status = parse_value(&w, &error);
    w.has_expected = false;
    uint32_t access = cli_has(&call->arguments, CLI_DRY_RUN) ? MEMSCAN_READ : MEMSCAN_WRITE;
    if (status == MEMSCAN_OK)
        status = cli_target_open(call, access, &w.target, &facts, &error);
    int code = status == MEMSCAN_OK ? write_target(&w, &facts) : cli_report(call, &error);
    cli_target_close(call, w.target);
    return code;
}

const cli_command cli_cmd_write = {
    .name = "write",
    .summary = "put one value at one address, and read it back",
    .operands = "ADDRESS TYPE:VALUE",
    .least_operands = 2,
    .most_operands = 2,
    .options = CLI_TARGET | CLI_COMMON | CLI_SESSION_OPTIONS | CLI_BIT(CLI_TYPE) | CLI_BIT(CLI_EXPECT) |
               CLI_BIT(CLI_DRY_RUN) | CLI_BIT(CLI_SUSPEND),
    .examples = examples,
    .details =
        "With --expect nothing is written unless that value stands there now. The target runs on between the check, "
        "the "
        "write and the reading back, unless --suspend stops it for that long; when it overwrote the value meanwhile, "
        "memscan says so (exit 2). Exit 3 when nothing is mapped there, 5 when the system refuses.",
    .run = run,
};
