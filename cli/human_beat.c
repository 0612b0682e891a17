/* human_beat.c - what happens beat by beat: values held, values changed. */
#include "human.h"

#include <inttypes.h>
#include <time.h>

void human_held(cli_printer *printer, const cli_held *held)
{
    human *h = human_of(printer);
    const memscan_hold_entry *entry = held->entry;
    char address[512], value[256];
    human_shown(entry->address_text, address, sizeof address);
    human_shown(entry->value_text, value, sizeof value);
    if (h->base.plain) {
        human_say(h, "%s\t0x%" PRIx64 "\t%s\t%" PRIu64 "\t%s\n", address, entry->address, value, entry->writes,
                  memscan_status_name(entry->status));
        return;
    }
    human_say_colored(h, CYAN, address);
    human_say(h, "  ");
    human_say_colored(h, BOLD, value);
    if (entry->writes == 0)
        human_say(h, "  never had to be written");
    else
        human_say(h, "  written %" PRIu64 " time%s", entry->writes, entry->writes == 1 ? "" : "s");
    if (entry->status != MEMSCAN_OK)
        human_say_colored(h, RED, "  not held at the end");
    human_say(h, "  ");
    human_say_colored(h, DIM, held->place);
    human_say(h, "\n");
}

/* "14:03:07.250", in local time. */
static const char *clock_text(uint64_t unix_ms, char *out, size_t capacity)
{
    time_t seconds = (time_t)(unix_ms / 1000);
    struct tm *local = localtime(&seconds);
    char clock[16] = "";
    if (local != NULL)
        strftime(clock, sizeof clock, "%H:%M:%S", local);
    snprintf(out, capacity, "%s.%03u", clock, (unsigned)(unix_ms % 1000));
    return out;
}

static const char *value_text(const memscan_change *change, const uint8_t *bytes, char *out, size_t capacity)
{
    if (bytes == NULL)
        snprintf(out, capacity, "unreadable");
    else
        human_value_text(change->type, change->layout, bytes, change->length, out, capacity);
    return out;
}

void human_changed(cli_printer *printer, const cli_changed *changed)
{
    human *h = human_of(printer);
    const memscan_change *change = changed->change;
    char clock[32], address[24], before[256], now[256], written[512];
    clock_text(changed->unix_ms, clock, sizeof clock);
    human_address_text(change->address, address, sizeof address);
    value_text(change, change->before, before, sizeof before);
    value_text(change, change->now, now, sizeof now);
    human_shown(change->address_text, written, sizeof written);
    if (h->base.plain) {
        human_say(h, "%" PRIu64 ".%03u\t%s\t%s\t%s\t%s\t%s\n", changed->unix_ms / 1000,
                  (unsigned)(changed->unix_ms % 1000), address, memscan_type_name(change->type),
                  change->before != NULL ? before : "", now, written);
        return;
    }
    human_say_colored(h, DIM, clock);
    human_say(h, "  ");
    human_say_colored(h, CYAN, change->address == 0 ? written : address);
    human_say(h, "  %s  ", memscan_type_name(change->type));
    if (change->before != NULL)
        human_say(h, "%s -> ", before);
    human_say_colored(h, change->now != NULL ? BOLD : RED, now);
    human_say(h, "  ");
    human_say_colored(h, DIM, written[0] == '[' ? written : changed->place);
    human_say(h, "\n");
}
