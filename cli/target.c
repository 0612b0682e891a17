/* target.c - the target that the options name: --pid by its number, --name by looking for the one that fits. */
#include "target.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "prompt.h"
#include "units.h"

typedef struct fitting {
    cli *call;
    uint64_t pid;
    size_t count;
    char names[8][120]; /* the first ones, ready to print */
} fitting;

static int add_fitting(const memscan_process *process, void *context)
{
    fitting *f = context;
    char name[80];
    f->pid = process->pid;
    if (f->count < sizeof f->names / sizeof f->names[0]) {
        memscan_escape(process->name, name, sizeof name);
        snprintf(f->names[f->count], sizeof f->names[0], "  --pid %-8" PRIu64 "%s", process->pid, name);
    }
    f->count++;
    return 0;
}

static memscan_status find_named(cli *call, const char *glob, uint64_t *pid, memscan_error *error)
{
    fitting f = { call, 0, 0, { { 0 } } };
    char shown[128];
    memscan_status status = memscan_processes_named(glob, add_fitting, &f, error);
    if (status != MEMSCAN_OK)
        return status;
    memscan_escape(glob, shown, sizeof shown);
    if (f.count == 0)
        return cli_fail(error, MEMSCAN_NOT_FOUND, "`memscan ps` lists the processes", "no process is named %s", shown);
    *pid = f.pid;
    if (f.count == 1)
        return MEMSCAN_OK;
    size_t kept = sizeof f.names / sizeof f.names[0];
    for (size_t i = 0; i < f.count && i < kept; i++)
        call->printer->form->note(call->printer, f.names[i]);
    if (f.count > kept) {
        char more[64];
        snprintf(more, sizeof more, "  and %zu more", f.count - kept);
        call->printer->form->note(call->printer, more);
    }
    return cli_fail(error, MEMSCAN_AMBIGUOUS, "choose one of them with --pid", "%zu processes are named %s", f.count,
                    shown);
}

memscan_status cli_target_pid(cli *call, uint64_t *pid, memscan_error *error)
{
    const char *number = cli_value(&call->arguments, CLI_PID), *glob = cli_value(&call->arguments, CLI_NAME);
    if (number != NULL && glob != NULL)
        return cli_wrong(error, "", "--pid and --name both name the target: give one of them");
    if (glob != NULL)
        return find_named(call, glob, pid, error);
    if (number == NULL)
        return cli_wrong(error, "--pid N or --name GLOB; `memscan ps` lists the processes", "%s wants a target",
                         call->arguments.command->name);
    *pid = 0;
    if (strcmp(number, "self") == 0)
        return MEMSCAN_OK;
    if (!cli_parse_number(number, pid) || *pid == 0) {
        char shown[64];
        memscan_escape(number, shown, sizeof shown);
        return cli_wrong(error, "`memscan ps` lists the processes; --name finds one by its name",
                         "not a process number: %s", shown);
    }
    return MEMSCAN_OK;
}

static memscan_status open_running(cli *call, uint32_t access, memscan_target **target, memscan_facts *facts,
                                   memscan_error *error)
{
    uint64_t pid;
    char locator[40] = "pid:self";
    bool named = cli_has(&call->arguments, CLI_PID) || cli_has(&call->arguments, CLI_NAME);
    if (call->prompt != NULL && !named)
        return cli_prompt_target(call->prompt, access, target, facts, error);
    memscan_status status = cli_target_pid(call, &pid, error);
    if (status != MEMSCAN_OK)
        return status;
    if (pid != 0)
        snprintf(locator, sizeof locator, "pid:%" PRIu64, pid);
    status = memscan_open(locator, access, NULL, target, error);
    if (status != MEMSCAN_OK)
        return status;
    *facts = (memscan_facts)MEMSCAN_FACTS_INIT;
    status = memscan_facts_of(*target, facts, error);
    if (status != MEMSCAN_OK) {
        memscan_close(*target);
        *target = NULL;
    }
    return status;
}

static void close_running(const cli *call, memscan_target *target)
{
    if (call->prompt == NULL || !cli_prompt_holds(call->prompt, target))
        memscan_close(target);
}

memscan_status cli_target_open(cli *call, uint32_t access, memscan_target **target, memscan_facts *facts,
                               memscan_error *error)
{
    memscan_status status = open_running(call, access, target, facts, error);
    if (status != MEMSCAN_OK || !cli_has(&call->arguments, CLI_SUSPEND))
        return status;
    status = memscan_suspend(*target, error);
    if (status != MEMSCAN_OK) {
        close_running(call, *target);
        *target = NULL;
    }
    return status;
}

void cli_target_close(cli *call, memscan_target *target)
{
    if (target != NULL && cli_has(&call->arguments, CLI_SUSPEND))
        memscan_resume(target, NULL);
    close_running(call, target);
}

void cli_begin_target(cli *call, const memscan_facts *facts)
{
    call->printer->form->begin(call->printer, &(cli_begin){ call->arguments.command->name, facts });
}

memscan_status cli_fallback_type(const cli_arguments *arguments, memscan_type *type, memscan_error *error)
{
    const char *name = cli_value(arguments, CLI_TYPE);
    char shown[64];
    *type = name == NULL ? MEMSCAN_TYPE_NONE : memscan_type_from_name(name);
    if (name == NULL || *type != MEMSCAN_TYPE_NONE)
        return MEMSCAN_OK;
    memscan_escape(name, shown, sizeof shown);
    return cli_wrong(error, "i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 int float num ptr text utf16 hex",
                     "there is no type %s", shown);
}

void cli_end_counted(cli *call, bool complete, const char *one, const char *many, uint64_t count)
{
    call->printer->form->end(call->printer, &(cli_end){ complete, many, one, count, NULL, NULL, false });
}

int cli_target_list(cli *call, cli_walk_fn *walk, const char *one, const char *many)
{
    memscan_error error;
    memscan_target *target;
    memscan_facts facts;
    cli_listing listing = { call, 0 };
    memscan_status status = cli_target_open(call, MEMSCAN_READ, &target, &facts, &error);
    if (status != MEMSCAN_OK)
        return cli_report(call, &error);
    cli_begin_target(call, &facts);
    status = walk(target, &listing, &error);
    cli_end_counted(call, status == MEMSCAN_OK, one, many, listing.count);
    cli_target_close(call, target);
    if (status != MEMSCAN_OK && status != MEMSCAN_STOPPED)
        return cli_report(call, &error);
    return listing.count > 0 ? CLI_EXIT_DONE : CLI_EXIT_NOTHING;
}
