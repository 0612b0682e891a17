/* printer_human.c - records for people: aligned tables, readable sizes, sentences; and, with --plain, the same
 * records as bare fields. Matches and memory are written as they come; lists are held until their columns can be
 * aligned, and written when they end. */
#include "human.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void human_begin(cli_printer *printer, const cli_begin *begin)
{
    human_of(printer)->system_words = begin->target != NULL && begin->target->handle != 0 && !printer->plain;
}

static void human_explained(cli_printer *printer, const cli_explained *explained)
{
    human *h = human_of(printer);
    if (h->base.plain)
        human_say(h, "%zu\t%s\n", explained->question, explained->canonical);
    else
        human_say(h, "%s\n", explained->canonical);
}

static void human_version(cli_printer *printer, const char *version, const char *built_with)
{
    human_say(human_of(printer), "memscan %s\nbuilt with: %s\n", version,
              *built_with ? built_with : "no optional library");
}

static void human_text(cli_printer *printer, const char *line)
{
    human *h = human_of(printer);
    human_put(h, line);
    human_put(h, "\n");
}

static void human_end(cli_printer *printer, const cli_end *end)
{
    human *h = human_of(printer);
    human_hide_bar(h);
    cli_table_write(&h->table, printer);
    cli_out_flush(printer);
    bool tells_more = end->report != NULL || printer->verbose;
    if (!printer->quiet && tells_more && printer->failed == 0)
        human_summarise(h, end);
}

static void human_progress(cli_printer *printer, const cli_progress *progress)
{
    human *h = human_of(printer);
    cli_out_flush(printer);
    if (printer->quiet || printer->plain || !printer->terminal.messages)
        return;
    enum { WIDTH = 24 };
    char bar[WIDTH * 3 + 1] = "", done[CLI_SIZE_TEXT], total[CLI_SIZE_TEXT];
    double part = progress->total == 0 ? 0 : (double)progress->done / (double)progress->total;
    unsigned filled = part >= 1 ? WIDTH : (unsigned)(part * WIDTH);
    for (unsigned i = 0; i < WIDTH; i++)
        strcat(bar, i < filled ? (printer->terminal.utf8 ? "\u2588" : "#") : (printer->terminal.utf8 ? "\u2591" : "."));
    if (printer->terminal.columns < 60)
        bar[0] = '\0';
    fprintf(printer->err, "\r%s %3.0f %%  %s of %s  %" PRIu64 " found\033[K", bar, part * 100,
            cli_size_text(progress->done, done, sizeof done), cli_size_text(progress->total, total, sizeof total),
            progress->matches);
    fflush(printer->err);
    h->bar_shown = true;
}

static void human_note(cli_printer *printer, const char *sentence_text)
{
    if (printer->quiet)
        return;
    human_hide_bar(human_of(printer));
    cli_out_flush(printer);
    fprintf(printer->err, "%s\n", sentence_text);
}

static void human_error(cli_printer *printer, const memscan_error *error)
{
    bool color = printer->terminal.messages && printer->color;
    human_hide_bar(human_of(printer));
    cli_out_flush(printer);
    fprintf(printer->err, "%smemscan:%s %s\n", color ? "\033[1;" RED "m" : "", color ? "\033[0m" : "", error->text);
    if (error->hint[0] != '\0')
        fprintf(printer->err, "%shint:%s %s\n", color ? "\033[" YELLOW "m" : "", color ? "\033[0m" : "", error->hint);
}

static void human_destroy(cli_printer *printer)
{
    cli_table_deinit(&human_of(printer)->table);
    free(printer);
}

static const cli_printer_form form = {
    .begin = human_begin,
    .process = human_process,
    .region = human_region,
    .total = human_total,
    .entries = human_entries,
    .module = human_module,
    .thread = human_thread,
    .info = human_info,
    .ability = human_ability,
    .where = human_where,
    .bytes = human_bytes,
    .value = human_value,
    .written = human_written,
    .patched = human_patched,
    .journal = human_journal,
    .dumped = human_dumped,
    .match = human_match,
    .scan_match = human_scan_match,
    .step = human_step,
    .session = human_session,
    .held = human_held,
    .changed = human_changed,
    .allocations = human_allocations,
    .explained = human_explained,
    .version = human_version,
    .text = human_text,
    .end = human_end,
    .progress = human_progress,
    .note = human_note,
    .error = human_error,
    .destroy = human_destroy,
};

cli_printer *cli_printer_human(const cli_printer *settings)
{
    human *h = calloc(1, sizeof *h);
    if (h == NULL)
        return NULL;
    h->base = *settings;
    h->base.form = &form;
    return &h->base;
}
