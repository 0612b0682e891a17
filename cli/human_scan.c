/* human_scan.c - sessions for people: matches, steps, files. */
#include "human.h"

#include <inttypes.h>
#include <string.h>

/* "i32", or all that fit: "i8 i16 i32". */
static const char *types_text(const memscan_scan_match *match, char *out, size_t capacity)
{
    size_t length = 0;
    out[0] = '\0';
    for (int type = MEMSCAN_I8; type <= MEMSCAN_BITS && length < capacity; type++) {
        if (match->types & MEMSCAN_TYPE_BIT(type))
            length += (size_t)snprintf(out + length, capacity - length, "%s%s", length > 0 ? " " : "",
                                       memscan_type_name((memscan_type)type));
    }
    return out;
}

static bool is_changed(const cli_scan_match *shown)
{
    return shown->now != NULL && memcmp(shown->now, shown->match->bytes, shown->match->length) != 0;
}

static void plain_scan_match(human_line *line, const char *number, const char *types, const cli_scan_match *shown)
{
    const memscan_scan_match *match = shown->match;
    human_line_field(line, number);
    human_line_number(line, MEMSCAN_PTR, match->address);
    human_line_field(line, types);
    if (shown->now != NULL)
        human_line_value(line, match->type, match->layout, shown->now, match->length);
    else
        human_line_field(line, "");
    human_line_value(line, match->type, match->layout, match->bytes, match->length);
    human_line_field(line, shown->now == NULL ? "unreadable" : is_changed(shown) ? "changed" : "same");
    human_line_field(line, shown->place);
}

static void aligned_scan_match(human_line *line, const human *h, const char *number, const char *types,
                               const cli_scan_match *shown)
{
    const memscan_scan_match *match = shown->match;
    char address[24], last[HUMAN_VALUE_TEXT], now[HUMAN_VALUE_TEXT];
    human_address_text(match->address, address, sizeof address);
    human_line_cell(line, h, YELLOW, number, 5);
    human_line_cell(line, h, CYAN, address, 14);
    human_line_add(line, "  ");
    human_line_aligned(line, types, 5);
    human_line_add(line, " ");
    if (shown->now == NULL)
        human_line_cell(line, h, RED, memscan_outcome_name(shown->outcome), 12);
    else
        human_line_cell(line, h, BOLD,
                        human_value_text(match->type, match->layout, shown->now, match->length, now, sizeof now), 12);
    if (is_changed(shown) || shown->now == NULL) {
        human_line_add(line, "  (was ");
        human_line_add(line,
                       human_value_text(match->type, match->layout, match->bytes, match->length, last, sizeof last));
        human_line_add(line, ")");
    }
    human_line_add(line, "  ");
    human_line_cell(line, h, DIM, shown->place, 0);
}

void human_scan_match(cli_printer *printer, const cli_scan_match *shown)
{
    human *h = human_of(printer);
    char number[24] = "@", types[128];
    human_line line;
    human_write_number(MEMSCAN_U64, shown->match->number, number + 1, sizeof number - 1);
    types_text(shown->match, types, sizeof types);
    line.length = 0;
    if (h->base.plain)
        plain_scan_match(&line, number, types, shown);
    else
        aligned_scan_match(&line, h, number, types, shown);
    human_line_put(&line, h);
}

/* "24 matches"; in a history "> 2  +5   24 matches". */
void human_step(cli_printer *printer, const cli_step *shown)
{
    human *h = human_of(printer);
    const memscan_scan_step *step = shown->step;
    const char *noun = step->matches == 1 ? "match" : "matches";
    char asked[400], name[80], count[64];
    human_shown(step->expression, asked, sizeof asked);
    human_shown(step->name != NULL ? step->name : "", name, sizeof name);
    snprintf(count, sizeof count, "%" PRIu64 " %s", step->matches, noun);
    if (h->base.plain) {
        human_say(h, "%s\t%" PRIu64 "\t%s\t%" PRIu64 "\t%s\n",
                  step->name != NULL ? "mark"
                  : shown->undone    ? "undone"
                  : step->current    ? "current"
                                     : "done",
                  step->name != NULL ? 0 : shown->number, step->name != NULL ? name : asked, step->matches,
                  step->name != NULL ? asked : "");
    } else if (shown->alone) {
        human_say_colored(h, BOLD, count);
        human_say(h, "\n");
    } else if (step->name != NULL) {
        human_say(h, "      since %s: %s, %s\n", name, asked, count);
    } else {
        char row[512];
        snprintf(row, sizeof row, "%c %3" PRIu64 "  %-24s %s%s", step->current ? '>' : ' ', shown->number, asked, count,
                 shown->undone ? " (undone)" : "");
        human_say_colored(h, step->current ? BOLD : DIM, row);
        human_say(h, "\n");
    }
}

/* "5 min", "3 days" */
static const char *age_text(uint64_t seconds, char *out, size_t capacity)
{
    static const struct {
        uint64_t seconds;
        const char *name;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    size_t unit = 0;
    while (unit < 3 && seconds < units[unit].seconds)
        unit++;
    snprintf(out, capacity, "%" PRIu64 " %s", seconds / units[unit].seconds, units[unit].name);
    return out;
}

static void cell(human *h, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    cli_table_add(&h->table, text);
}

void human_session(cli_printer *printer, const cli_session_row *row)
{
    static const cli_column columns[] = {
        { "SESSION", false, BOLD }, { "PID", true, NULL }, { "STEPS", true, NULL },
        { "MATCHES", true, NULL },  { "AGE", true, DIM },  { "PROGRAM", false, DIM }
    };
    human *h = human_of(printer);
    char text[512];
    if (h->table.columns != columns)
        cli_table_begin(&h->table, columns, sizeof columns / sizeof columns[0]);
    cli_table_add(&h->table, human_shown(row->name, text, sizeof text));
    if (row->info == NULL) {
        for (int i = 0; i < 4; i++)
            cli_table_add(&h->table, "-");
        cli_table_add(&h->table, row->why);
        return;
    }
    cell(h, row->info->pid);
    cell(h, row->info->steps);
    cell(h, row->info->matches);
    if (h->base.plain)
        cell(h, row->age_seconds);
    else
        cli_table_add(&h->table, age_text(row->age_seconds, text, sizeof text));
    cli_table_add(&h->table, human_shown(row->info->executable, text, sizeof text));
}
