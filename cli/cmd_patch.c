/* cmd_patch.c - change several places as one whole, by a patch file or one pattern; and undo it by the journal. */
#include <string.h>

#include "command.h"
#include "complain.h"
#include "state.h"
#include "target.h"

static const char *const examples[] = {
    "memscan --pid 1234 patch lives.json --dry-run",
    "check everything, show old and new bytes, change nothing",
    "memscan --pid 1234 patch lives.json",
    "apply it; the journal that undoes it is named at the end",
    "memscan --pid 1234 patch --match '29 43 ?? 8B' --replace 'nop:3'",
    "find one place by its bytes and put others there",
    "memscan --pid 1234 patch --revert journal.json",
    "put back what stood there",
    NULL,
};

typedef struct patching {
    cli *call;
    memscan_target *target;
    memscan_patch *patch; /* NULL: undo `revert` */
    const char *revert;
    char folder[4096];
    memscan_patch_options options;
} patching;

static void show_place(const memscan_patch_change *change, void *context)
{
    patching *p = context;
    char place[MEMSCAN_PLACE_MAX];
    memscan_place(p->target, change->address, place, sizeof place);
    p->call->printer->form->patched(p->call->printer, &(cli_patched){ change, place });
}

static int show_progress(uint64_t done, uint64_t total, uint64_t matches, void *context)
{
    cli_printer *printer = context;
    printer->form->progress(printer, &(cli_progress){ done, total, matches });
    return printer->failed != 0;
}

/* ---- what was asked for ---- */

static memscan_status from_options(patching *p, const char *match, const char *replace, memscan_error *error)
{
    memscan_edit edit = MEMSCAN_EDIT_INIT;
    edit.find = match;
    edit.replace = replace;
    memscan_status status = memscan_patch_create(NULL, &p->patch, error);
    return status == MEMSCAN_OK ? memscan_patch_add(p->patch, &edit, error) : status;
}

static memscan_status parse(patching *p, memscan_error *error)
{
    const cli_arguments *a = &p->call->arguments;
    const char *match = cli_value(a, CLI_MATCH), *replace = cli_value(a, CLI_REPLACE);
    p->revert = cli_value(a, CLI_REVERT);
    if ((match == NULL) != (replace == NULL))
        return cli_wrong(error, "", "--match and --replace belong together");
    if ((a->operand_count > 0) + (match != NULL) + (p->revert != NULL) != 1)
        return cli_wrong(error, "", "patch wants one of FILE.json, --match with --replace, or --revert JOURNAL");
    if (p->revert != NULL && cli_has(a, CLI_JOURNAL))
        return cli_wrong(error, "", "--journal does not go with --revert: undoing is noted nowhere");
    if (p->revert != NULL)
        return MEMSCAN_OK;
    return match != NULL ? from_options(p, match, replace, error)
                         : memscan_patch_load(a->operands[0], NULL, &p->patch, error);
}

static memscan_status choose_journal(patching *p, memscan_error *error)
{
    const cli_arguments *a = &p->call->arguments;
    p->options.journal = cli_value(a, CLI_JOURNAL);
    if (p->options.journal != NULL || p->revert != NULL || cli_has(a, CLI_DRY_RUN))
        return MEMSCAN_OK;
    if (!cli_state_folder("journals", p->folder, sizeof p->folder))
        return cli_wrong(error, "say where the journal goes: --journal FILE",
                         "there is no home folder for the journal");
    p->options.journal_folder = p->folder;
    return MEMSCAN_OK;
}

/* ---- the work ---- */

static int patch_target(patching *p, const memscan_facts *facts)
{
    memscan_error error;
    memscan_patch_report report;
    cli_printer *printer = p->call->printer;
    cli_begin_target(p->call, facts);
    memscan_status status = p->patch != NULL ? memscan_patch_apply(p->target, p->patch, &p->options, &report, &error)
                                             : memscan_patch_revert(p->target, p->revert, &p->options, &report, &error);
    if (report.journal[0] != '\0')
        printer->form->journal(printer, report.journal);
    cli_end_counted(p->call, status == MEMSCAN_OK, "place", "places", report.places);
    return status == MEMSCAN_OK ? CLI_EXIT_DONE : cli_report(p->call, &error);
}

static int run(cli *call)
{
    memscan_error error;
    memscan_facts facts;
    patching p = { .call = call, .options = MEMSCAN_PATCH_OPTIONS_INIT };
    bool dry_run = cli_has(&call->arguments, CLI_DRY_RUN);
    p.options.dry_run = dry_run;
    p.options.visit = show_place;
    p.options.context = &p;
    p.options.progress = show_progress;
    p.options.progress_context = call->printer;
    p.options.cancel = call->cancel;
    memscan_status status = parse(&p, &error);
    if (status == MEMSCAN_OK)
        status = choose_journal(&p, &error);
    if (status == MEMSCAN_OK)
        status = cli_target_open(call, dry_run ? MEMSCAN_READ : MEMSCAN_WRITE, &p.target, &facts, &error);
    int code = status == MEMSCAN_OK ? patch_target(&p, &facts) : cli_report(call, &error);
    cli_target_close(call, p.target);
    memscan_patch_destroy(p.patch);
    return code;
}

const cli_command cli_cmd_patch = {
    .name = "patch",
    .summary = "change several places as one whole, and undo it",
    .operands = "[FILE.json]",
    .least_operands = 0,
    .most_operands = 1,
    .options = CLI_TARGET | CLI_COMMON | CLI_BIT(CLI_MATCH) | CLI_BIT(CLI_REPLACE) | CLI_BIT(CLI_REVERT) |
               CLI_BIT(CLI_JOURNAL) | CLI_BIT(CLI_DRY_RUN) | CLI_BIT(CLI_SUSPEND),
    .examples = examples,
    .details =
        "Every pattern must be there exactly as often as its edit says, and every expected byte must stand where it "
        "should, before the first byte is written. When a write fails, all that was written is put back. What is "
        "applied already is left alone (exit 0). The journal is written first; --revert puts back what it tells of, "
        "unless other bytes stand there by now or the process is another one. The target runs on between the check "
        "and the write, unless --suspend stops it for that long. The format of patch files is in memscan's "
        "docs/formats.md.",
    .run = run,
};
