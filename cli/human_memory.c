/* human_memory.c - bytes and values: the hex dump, values read and written, matches. Written as they come. */
#include "human.h"

#include <inttypes.h>
#include <string.h>

/* What stands in a hex dump where a byte is missing. */
static const char *missing(memscan_outcome outcome)
{
    return outcome == MEMSCAN_NOT_MAPPED ? "--" : "??";
}

static char letter_of(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f ? (char)byte : '.';
}

static void dump_line(human *h, uint64_t address, const uint8_t *bytes, const uint8_t *outcomes, size_t size,
                      uint64_t mark, size_t mark_length)
{
    char text[24];
    snprintf(text, sizeof text, "0x%012" PRIx64, address);
    human_say_colored(h, CYAN, text);
    human_say(h, " ");
    for (size_t i = 0; i < BYTES_PER_LINE; i++) {
        human_say(h, i == BYTES_PER_LINE / 2 ? "  " : " ");
        if (i >= size) {
            human_say(h, "  ");
        } else if (outcomes[i] != MEMSCAN_WHOLE) {
            human_say_colored(h, RED, missing(outcomes[i]));
        } else {
            bool marked = address + i - mark < mark_length;
            snprintf(text, sizeof text, "%02x", bytes[i]);
            if (marked)
                human_say_colored(h, GREEN, text);
            else if (bytes[i] == 0)
                human_say_colored(h, DIM, text);
            else
                human_say(h, "%s", text);
        }
    }
    human_say(h, "  |");
    for (size_t i = 0; i < size; i++)
        human_say(h, "%c", outcomes[i] == MEMSCAN_WHOLE ? letter_of(bytes[i]) : ' ');
    human_say(h, "|\n");
}

static bool all_whole(const uint8_t *outcomes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (outcomes[i] != MEMSCAN_WHOLE)
            return false;
    }
    return true;
}

/* A line that repeats the one before it is shown as one star, as hexdump(1) does; -v and --plain show all. */
static bool repeats(human *h, const cli_bytes *bytes, size_t at, size_t size)
{
    bool whole = size == BYTES_PER_LINE && all_whole(bytes->outcomes + at, size);
    bool last = !bytes->more && at + size == bytes->size;
    bool same = whole && !last && h->last_line_valid && memcmp(h->last_line, bytes->bytes + at, size) == 0;
    h->last_line_valid = whole;
    if (whole)
        memcpy(h->last_line, bytes->bytes + at, size);
    return same && !h->base.verbose && !h->base.plain;
}

void human_bytes(cli_printer *printer, const cli_bytes *bytes)
{
    human *h = human_of(printer);
    for (size_t at = 0; at < bytes->size; at += BYTES_PER_LINE) {
        size_t size = bytes->size - at < BYTES_PER_LINE ? bytes->size - at : BYTES_PER_LINE;
        if (!repeats(h, bytes, at, size)) {
            dump_line(h, bytes->address + at, bytes->bytes + at, bytes->outcomes + at, size, 0, 0);
            h->starred = false;
        } else if (!h->starred) {
            human_say(h, "*\n");
            h->starred = true;
        }
    }
    if (!bytes->more)
        h->last_line_valid = h->starred = false;
}

void human_value(cli_printer *printer, const cli_value_at *value)
{
    human *h = human_of(printer);
    char text[1024], address[24];
    human_address_text(value->address, address, sizeof address);
    human_say_colored(h, CYAN, address);
    human_say(h, h->base.plain ? "\t%s\t" : "  %-4s  ", memscan_type_name(value->type));
    if (value->outcome != MEMSCAN_WHOLE)
        human_say_colored(h, RED, memscan_outcome_name(value->outcome));
    else
        human_say_colored(h, BOLD,
                          human_value_text(value->type, value->layout, value->bytes, value->length, text, sizeof text));
    if (value->points_to != NULL) {
        human_say(h, h->base.plain ? "\t" : "  ");
        human_say_colored(h, DIM, human_pointer_text(value->points_to, text, sizeof text));
    }
    human_say(h, "\n");
}

void human_written(cli_printer *printer, const cli_written *written)
{
    human *h = human_of(printer);
    char address[24], old_text[512] = "?", new_text[512];
    human_address_text(written->address, address, sizeof address);
    if (written->old_bytes != NULL)
        human_value_text(written->type, written->layout, written->old_bytes, written->length, old_text,
                         sizeof old_text);
    human_value_text(written->type, written->layout, written->new_bytes, written->length, new_text, sizeof new_text);
    if (h->base.plain) {
        human_say(h, "%s\t%s\t%s\t%s\t%s\t%s\n", address, memscan_type_name(written->type), old_text, new_text,
                  written->place, written->dry_run ? "dry-run" : "written");
        return;
    }
    human_say_colored(h, CYAN, address);
    human_say(h, "  %s  %s -> ", memscan_type_name(written->type), old_text);
    human_say_colored(h, BOLD, new_text);
    human_say(h, "  ");
    human_say_colored(h, DIM, written->place);
    human_say(h, written->dry_run ? "  (dry run: nothing was written)\n" : "\n");
}

/* The states as people are told them, by memscan_place_state. */
static const char *state_words(memscan_place_state state)
{
    static const char *const words[] = {
        "would be changed", "changed",  "already applied",       "changed since",
        "not written",      "put back", "could not be put back",
    };
    return (size_t)state < sizeof words / sizeof words[0] ? words[state] : "?";
}

void human_patched(cli_printer *printer, const cli_patched *patched)
{
    human *h = human_of(printer);
    const memscan_patch_change *change = patched->change;
    char address[24], old_text[512], new_text[512], name[160];
    const memscan_layout layout = { 8, 0 }; /* of no matter for bytes */
    bool wrong = change->state >= MEMSCAN_PLACE_CHANGED_SINCE;
    human_address_text(change->address, address, sizeof address);
    human_value_text(MEMSCAN_HEX, layout, change->old_bytes, change->length, old_text, sizeof old_text);
    human_value_text(MEMSCAN_HEX, layout, change->new_bytes, change->length, new_text, sizeof new_text);
    human_shown(change->name, name, sizeof name);
    if (h->base.plain) {
        human_say(h, "%s\t%s\t%s\t%s\t%s\t%zu\t%s\n", address, old_text, new_text, patched->place,
                  memscan_place_state_name(change->state), change->edit + 1, name);
        return;
    }
    human_say_colored(h, CYAN, address);
    human_say(h, "  %s -> ", old_text);
    human_say_colored(h, BOLD, new_text);
    human_say(h, "  ");
    human_say_colored(h, DIM, patched->place);
    human_say(h, "  ");
    human_say_colored(h, wrong ? RED : GREEN, state_words(change->state));
    if (name[0] != '\0')
        human_say(h, "  (%s)", name);
    human_say(h, "\n");
}

void human_journal(cli_printer *printer, const char *path)
{
    human *h = human_of(printer);
    char shown[4 * 4096];
    human_say(h, h->base.plain ? "journal\t" : "journal: ");
    human_put(h, human_shown(path, shown, sizeof shown));
    human_say(h, "\n");
}

void human_dumped(cli_printer *printer, const cli_dumped *dumped)
{
    human *h = human_of(printer);
    char shown[4 * 4096], size[CLI_SIZE_TEXT];
    human_put(h, human_shown(dumped->path, shown, sizeof shown));
    human_size_or_number(h, dumped->bytes, size, sizeof size);
    human_say(h, h->base.plain ? "\t%s\t%s\n" : ": %s, %s of memory\n", dumped->form, size);
}

static void match_context(human *h, const cli_bytes *context, const memscan_match *match)
{
    for (size_t at = 0; at < context->size; at += BYTES_PER_LINE) {
        size_t size = context->size - at < BYTES_PER_LINE ? context->size - at : BYTES_PER_LINE;
        if (!h->base.plain)
            human_say(h, "    ");
        dump_line(h, context->address + at, context->bytes + at, context->outcomes + at, size, match->address,
                  match->length);
    }
}

static void plain_match(human_line *line, const cli_match *found)
{
    const memscan_match *match = found->match;
    human_line_number(line, MEMSCAN_PTR, match->address);
    human_line_field(line, memscan_type_name(match->type));
    human_line_value(line, match->type, match->layout, match->bytes, match->length);
    human_line_field(line, found->place);
    human_line_number(line, MEMSCAN_U64, match->question);
}

static void aligned_match(human_line *line, const human *h, const cli_match *found)
{
    const memscan_match *match = found->match;
    char address[24], number[24], value[HUMAN_VALUE_TEXT];
    human_address_text(match->address, address, sizeof address);
    human_value_text(match->type, match->layout, match->bytes, match->length, value, sizeof value);
    human_line_cell(line, h, CYAN, address, 14);
    if (found->questions > 1) {
        snprintf(number, sizeof number, "  #%zu", match->question + 1);
        human_line_cell(line, h, YELLOW, number, 0);
    }
    human_line_add(line, "  ");
    human_line_aligned(line, memscan_type_name(match->type), 5);
    human_line_add(line, " ");
    human_line_cell(line, h, BOLD, value, 12);
    human_line_add(line, "  ");
    human_line_cell(line, h, DIM, found->place, 0);
}

void human_match(cli_printer *printer, const cli_match *found)
{
    human *h = human_of(printer);
    human_line line;
    line.length = 0;
    if (h->base.plain)
        plain_match(&line, found);
    else
        aligned_match(&line, h, found);
    human_line_put(&line, h);
    if (found->context != NULL)
        match_context(h, found->context, found->match);
}
