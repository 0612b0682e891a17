/* human_target.c - who a target is, what can be done with it, and what an address of it is. */
#include "human.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

CLI_PRINTF(3, 4)
static void info_line(human *h, const char *label, const char *format, ...)
{
    char text[768];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (h->base.plain) {
        human_say(h, "%s\t%s\n", label, text);
        return;
    }
    human_say_colored(h, DIM, label);
    human_pad(h, strlen(label), 14);
    human_say(h, "%s\n", text);
}

/* The arguments, joined by spaces. */
static void join_command(const cli_info *info, char *out, size_t capacity)
{
    size_t length = info->command_length < capacity ? info->command_length : capacity - 1;
    memcpy(out, info->command, length);
    while (length > 0 && out[length - 1] == '\0')
        length--;
    for (size_t i = 0; i < length; i++)
        out[i] = out[i] == '\0' ? ' ' : out[i];
    out[length] = '\0';
}

void human_info(cli_printer *printer, const cli_info *info)
{
    human *h = human_of(printer);
    const memscan_facts *facts = info->facts;
    char name[256], size[CLI_SIZE_TEXT], command[512], text[700];
    info_line(h, "process", "%" PRIu64 " %s", facts->pid, human_shown(facts->name, name, sizeof name));
    if (info->path[0] != '\0')
        info_line(h, "executable", "%s", human_shown(info->path, text, sizeof text));
    join_command(info, command, sizeof command);
    if (command[0] != '\0')
        info_line(h, "command", "%s", human_shown(command, text, sizeof text));
    if (info->owner[0] != '\0')
        info_line(h, "user", "%s", human_shown(info->owner, name, sizeof name));
    info_line(h, "pointers", "%u bits, %s", facts->layout.pointer_width * 8u,
              facts->layout.big_endian ? "most significant byte first" : "least significant byte first");
    info_line(h, "page", "%s", human_size_or_number(h, facts->page_size, size, sizeof size));
    info_line(h, "regions", "%" PRIu64, info->regions);
    info_line(h, "mapped", "%s", human_size_or_number(h, info->mapped, size, sizeof size));
    if (info->resident != 0)
        info_line(h, "resident", "%s", human_size_or_number(h, info->resident, size, sizeof size));
}

void human_ability(cli_printer *printer, const memscan_ability *ability)
{
    human *h = human_of(printer);
    char reason[512], hint[512];
    human_shown(ability->reason, reason, sizeof reason);
    human_shown(ability->hint, hint, sizeof hint);
    if (h->base.plain) {
        human_say(h, "%s\t%s\t%s\t%s\n", ability->name, ability->available ? "yes" : "no", reason, hint);
        return;
    }
    human_say(h, "  ");
    human_say_colored(h, ability->available ? GREEN : RED, ability->available ? "yes" : "no ");
    human_pad(h, ability->available ? 3 : 3, 5);
    human_say(h, "%s", ability->name);
    if (reason[0] != '\0') {
        human_pad(h, strlen(ability->name), 17);
        human_say(h, "%s", reason);
    }
    human_say(h, "\n");
    if (hint[0] != '\0') {
        human_say(h, "       ");
        human_say_colored(h, YELLOW, "hint: ");
        human_say(h, "%s\n", hint);
    }
}

void human_where(cli_printer *printer, const cli_where *where)
{
    human *h = human_of(printer);
    const memscan_region *region = where->region;
    char protection[5], address[24], size[CLI_SIZE_TEXT], name[512];
    human_protection_text(region, protection);
    human_address_text(where->address, address, sizeof address);
    if (h->base.plain) {
        human_say(h, "%s\t%s\t%s\t%s\t%s\t0x%" PRIx64 "\t%" PRIu64 "\t%s\n", address, where->place,
                  memscan_kind_name(region->kind), protection, memscan_page_state_name(where->page), region->start,
                  region->size, human_shown(region->name, name, sizeof name));
        return;
    }
    human_say_colored(h, CYAN, address);
    human_say(h, "  ");
    human_say_colored(h, BOLD, where->place);
    human_say(h, "\n  %s %s, page %s\n", memscan_kind_name(region->kind), protection,
              memscan_page_state_name(where->page));
    human_say(h, "  in 0x%" PRIx64 "..0x%" PRIx64 " (%s), at +0x%" PRIx64, region->start, region->start + region->size,
              cli_size_text(region->size, size, sizeof size), where->address - region->start);
    if (region->name[0] != '\0')
        human_say(h, ", %s", human_shown(region->name, name, sizeof name));
    if (region->flags & MEMSCAN_REGION_FILE)
        human_say(h, " at file offset 0x%" PRIx64, region->file_offset + (where->address - region->start));
    human_say(h, "\n");
}
