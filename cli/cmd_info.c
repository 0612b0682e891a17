/* cmd_info.c - who a target is, what can be done with it, and where something cannot: why, and the step that helps. */
#include <string.h>

#include "command.h"
#include "target.h"

static const char *const examples[] = {
    "memscan --pid 1234 info",
    "who it is, its measures and the machine's, and what can be done with it",
    NULL,
};

typedef struct looking {
    uint64_t pid, regions, mapped;
    char owner[64];
} looking;

static int take_process(const memscan_process *process, void *context)
{
    looking *l = context;
    if (process->pid != l->pid)
        return 0;
    memscan_escape(process->owner, l->owner, sizeof l->owner);
    return 1;
}

static int add_region(const memscan_region *region, void *context)
{
    looking *l = context;
    l->regions++;
    l->mapped += region->size;
    return 0;
}

static int show_ability(const memscan_ability *ability, void *context)
{
    cli *call = context;
    call->printer->form->ability(call->printer, ability);
    return call->printer->failed;
}

/* What adorns the answer may stay untold, where the system does not tell or a process of others is in the way; not because
 * something ran out. */
static memscan_status unless_ran_out(memscan_status status, const memscan_error *why, memscan_error *error)
{
    bool ran_out = status == MEMSCAN_NO_MEMORY || (status == MEMSCAN_OS && why->os_code);
    if (ran_out)
        *error = *why;
    return ran_out ? status : MEMSCAN_OK;
}

static memscan_status show(cli *call, memscan_target *target, const memscan_facts *facts, memscan_error *error)
{
    char path[4096] = "", command[1024] = "";
    size_t length = 0;
    looking l = { .pid = facts->pid };
    memscan_error why = { .status = MEMSCAN_OK };
    memscan_measures measures = MEMSCAN_MEASURES_INIT;
    memscan_status status =
        memscan_process_describe(facts->pid, path, sizeof path, command, sizeof command, &length, &why);
    status = unless_ran_out(status, &why, error);
    if (status == MEMSCAN_OK)
        status = unless_ran_out(memscan_processes(take_process, &l, &why), &why, error);
    if (status == MEMSCAN_OK)
        status = memscan_regions(target, 0, add_region, &l, error);
    if (status == MEMSCAN_OK)
        status = unless_ran_out(memscan_measures_of(target, &measures, &why), &why, error);
    if (status != MEMSCAN_OK)
        return status;
    cli_info info = { facts, path, command, length, l.owner, &measures, l.regions, l.mapped };
    call->printer->form->info(call->printer, &info);
    return memscan_abilities(target, show_ability, call, error);
}

static int run(cli *call)
{
    memscan_error error;
    memscan_target *target;
    memscan_facts facts;
    memscan_status status = cli_target_open(call, MEMSCAN_READ, &target, &facts, &error);
    if (status != MEMSCAN_OK)
        return cli_report(call, &error);
    cli_begin_target(call, &facts);
    status = show(call, target, &facts, &error);
    cli_end_counted(call, status == MEMSCAN_OK, NULL, NULL, 0);
    cli_target_close(call, target);
    return status == MEMSCAN_OK || status == MEMSCAN_STOPPED ? CLI_EXIT_DONE : cli_report(call, &error);
}

const cli_command cli_cmd_info = {
    .name = "info",
    .summary = "say who a target is, how large, and what can be done with it",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON,
    .examples = examples,
    .details =
        "Lowest and highest are the first and the last address that a program like the target may use. Minor faults "
        "were served at once, major ones waited for a disk. Where something cannot be done, a hint says what would "
        "help.",
    .run = run,
};
