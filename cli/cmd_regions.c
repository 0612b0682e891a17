/* cmd_regions.c - the address space: as a list, summed up by kind, or drawn. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "draw.h"
#include "filter.h"
#include "session.h"
#include "summary.h"
#include "survey.h"
#include "target.h"

static const char *const examples[] = {
    "memscan --pid 1234 regions",
    "every mapping: where, how large, what for, how much of it resident",
    "memscan --pid 1234 regions --summary",
    "totals by kind and by module, and the TLB entries that they would take",
    "memscan --pid 1234 regions --kind heap,stack",
    "some kinds only",
    "memscan --pid self regions --free",
    "every address, of memscan itself",
    "memscan --pid 1234 regions --map",
    "drawn on the terminal",
    "memscan --pid 1234 regions --svg map.svg --mark main --mark @3",
    "drawn into a file, with a symbol and a match pointed out",
    NULL,
};

static void show_list(cli *call, const cli_survey *survey)
{
    for (size_t i = 0; i < survey->count && call->printer->failed == 0; i++) {
        const cli_surveyed *s = &survey->regions[i];
        call->printer->form->region(
            call->printer, &(cli_region){ &s->region, s->resident, survey->resident_known && s->resident_known });
    }
}

/* Drops what the filter does not select. */
static void select_regions(cli_survey *survey, const memscan_filter *filter)
{
    size_t kept = 0;
    for (size_t i = 0; i < survey->count; i++) {
        if (cli_filter_selects(filter, &survey->regions[i].region)) {
            cli_surveyed s = survey->regions[kept];
            survey->regions[kept++] = survey->regions[i];
            survey->regions[i] = s;
        }
    }
    for (size_t i = kept; i < survey->count; i++)
        free((void *)(uintptr_t)survey->regions[i].region.name);
    survey->count = kept;
}

/* Where the system has a handle for the target, people who know that system look for these first. */
static void show_process(cli *call, const memscan_facts *facts)
{
    char line[256], name[128];
    if (facts->handle == 0 || call->printer->plain || call->quiet || cli_has(&call->arguments, CLI_JSON))
        return;
    memscan_escape(facts->name, name, sizeof name);
    snprintf(line, sizeof line,
             "process %" PRIu64 " %s, handle 0x%" PRIx64 ", page size %" PRIu64 ", addresses 0x%" PRIx64
             " to 0x%" PRIx64,
             facts->pid, name, facts->handle, facts->page_size, facts->lowest_address, facts->highest_address);
    call->printer->form->text(call->printer, line);
}

/* What is left of the survey, in the form that was asked for. */
static memscan_status show(cli *call, memscan_target *target, const memscan_facts *facts, const cli_survey *survey,
                           const cli_marks *marks, memscan_error *error)
{
    const cli_arguments *a = &call->arguments;
    const char *svg = cli_value(a, CLI_SVG);
    if (cli_has(a, CLI_SUMMARY)) {
        memscan_status status = cli_summarise(call, target, survey, error);
        if (status != MEMSCAN_OK)
            return status;
    }
    if (cli_has(a, CLI_MAP))
        cli_draw_map(call, survey, marks);
    if (!cli_has(a, CLI_SUMMARY) && !cli_has(a, CLI_MAP) && svg == NULL) {
        show_process(call, facts);
        show_list(call, survey);
    }
    return svg != NULL ? cli_draw_svg(svg, facts, survey, marks, error) : MEMSCAN_OK;
}

static int survey_and_show(cli *call, memscan_target *target, const memscan_facts *facts, cli_filter *filter,
                           const cli_marks *marks)
{
    memscan_error error;
    cli_survey survey = { 0 };
    cli_begin_target(call, facts);
    bool all = cli_has(&call->arguments, CLI_FREE);
    memscan_status status =
        all ? cli_survey_take_all(&survey, target, &error) : cli_survey_take(&survey, target, &error);
    if (status == MEMSCAN_OK && cli_has(&call->arguments, CLI_SUMMARY))
        status = cli_survey_add_usage(&survey, target, &error);
    select_regions(&survey, &filter->filter);
    memscan_error drawing;
    memscan_status drawn = MEMSCAN_OK;
    if (status == MEMSCAN_OK || cli_value(&call->arguments, CLI_SVG) == NULL) /* what was learnt is shown, not drawn */
        drawn = show(call, target, facts, &survey, marks, &drawing);
    uint64_t count = survey.count;
    cli_survey_deinit(&survey);
    cli_end_counted(call, status == MEMSCAN_OK && drawn == MEMSCAN_OK, "region", "regions", count);
    if (status != MEMSCAN_OK || drawn != MEMSCAN_OK)
        return cli_report(call, status != MEMSCAN_OK ? &error : &drawing);
    return count > 0 ? CLI_EXIT_DONE : CLI_EXIT_NOTHING;
}

static int run(cli *call)
{
    memscan_error error;
    memscan_target *target = NULL;
    memscan_facts facts;
    cli_filter filter;
    memscan_status status = cli_filter_parse(&filter, &call->arguments, &error);
    if (status == MEMSCAN_OK)
        status = cli_target_open(call, MEMSCAN_READ, &target, &facts, &error);
    cli_marks marks = { NULL, 0, 0 };
    if (status == MEMSCAN_OK)
        status = cli_filter_parse_ranges(&filter, &call->arguments, target, &error);
    if (status == MEMSCAN_OK)
        status = cli_marks_take(&marks, call, target, &facts, &error);
    int code = status == MEMSCAN_OK ? survey_and_show(call, target, &facts, &filter, &marks) : cli_report(call, &error);
    cli_marks_deinit(&marks);
    cli_target_close(call, target);
    cli_filter_deinit(&filter);
    return code;
}

const cli_command cli_cmd_regions = {
    .name = "regions",
    .summary = "show the address space: as a list, summed up, or drawn",
    .operands = "",
    .least_operands = 0,
    .most_operands = 0,
    .options = CLI_TARGET | CLI_COMMON | CLI_SELECTION | CLI_BIT(CLI_FREE) | CLI_BIT(CLI_SUMMARY) | CLI_BIT(CLI_MAP) |
               CLI_BIT(CLI_SVG) | CLI_BIT(CLI_MARK) | CLI_SESSION_OPTIONS,
    .examples = examples,
    .details = "PERM ends in p (private) or s (shared: writes reach others). RESIDENT is what lies in memory now; "
               "looking at it does not change it. In sums, PRIVATE and SHARED are parts of it: mapped by nobody else "
               "now, or by "
               "others too; HUGE is the part in huge pages. In the drawings, gaps are folded and lengths grow with the "
               "logarithm of the size, so that every region can be seen.",
    .run = run,
};
