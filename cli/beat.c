/* beat.c - see beat.h. */
#include "beat.h"

#include "complain.h"
#include "units.h"

static memscan_status parse_time(const cli_arguments *arguments, cli_option_id id, uint32_t *milliseconds,
                                 memscan_error *error)
{
    const char *text = cli_value(arguments, id);
    char shown[64];
    if (text == NULL || cli_parse_time(text, milliseconds))
        return MEMSCAN_OK;
    memscan_escape(text, shown, sizeof shown);
    return cli_wrong(error, "50ms, 10s, 2m, 1h, or bare seconds", "--%s wants a time, not %s", cli_option_at(id)->name,
                     shown);
}

memscan_status cli_beat_parse(cli_beat *beat, const cli_arguments *arguments, uint32_t every_ms, memscan_error *error)
{
    *beat = (cli_beat){ every_ms, 0 };
    memscan_status status = parse_time(arguments, CLI_EVERY, &beat->every_ms, error);
    return status == MEMSCAN_OK ? parse_time(arguments, CLI_FOR, &beat->for_ms, error) : status;
}

memscan_status cli_beat_check(memscan_target *target, const char *address, memscan_error *error)
{
    uint64_t where;
    memscan_status status = memscan_resolve(target, address, &where, error);
    return status == MEMSCAN_UNREADABLE ? MEMSCAN_OK : status;
}

memscan_status cli_keep_beat(cli *call, const cli_beat *beat, cli_beat_fn *act, void *context, memscan_error *error)
{
    uint64_t begun = cli_clock_ms(), next = begun;
    while (!memscan_cancel_is_raised(call->cancel)) {
        memscan_status status = act(context, error);
        if (status != MEMSCAN_OK)
            return status;
        cli_out_flush(call->printer); /* what happened is read as it happens */
        if (call->printer->failed != 0)
            return cli_fail(error, MEMSCAN_STOPPED, "", "nobody reads the results");
        uint64_t now = cli_clock_ms(), end = begun + beat->for_ms;
        next = next + beat->every_ms > now ? next + beat->every_ms : now + beat->every_ms;
        if (beat->for_ms != 0 && now >= end)
            return MEMSCAN_OK;
        uint64_t until = beat->for_ms != 0 && end < next ? end : next;
        cli_wait_ms(until - now, call->cancel);
    }
    return cli_fail(error, MEMSCAN_CANCELLED, "", "interrupted");
}
