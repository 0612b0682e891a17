/* human_target.c - who a target is, how large, and what can be done with it. */
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

static void size_line(human *h, const char *label, uint64_t bytes)
{
    char size[CLI_SIZE_TEXT];
    if (bytes != MEMSCAN_NOT_TOLD)
        info_line(h, label, "%s", human_size_or_number(h, bytes, size, sizeof size));
}

static void faults_line(human *h, const memscan_measures *measures)
{
    if (measures->major_faults != MEMSCAN_NOT_TOLD)
        info_line(h, "faults", "%" PRIu64 " minor, %" PRIu64 " major (which waited for a disk)", measures->minor_faults,
                  measures->major_faults);
    else if (measures->faults != MEMSCAN_NOT_TOLD)
        info_line(h, "faults", "%" PRIu64, measures->faults);
}

static void machine_lines(human *h, const memscan_measures *measures)
{
    size_line(h, "page", measures->page_size);
    size_line(h, "huge page", measures->huge_page_size);
    if (measures->lowest_address != MEMSCAN_NOT_TOLD)
        info_line(h, "lowest", "0x%" PRIx64, measures->lowest_address);
    if (measures->highest_address != MEMSCAN_NOT_TOLD)
        info_line(h, "highest", "0x%" PRIx64, measures->highest_address);
    if (measures->physical_bits != MEMSCAN_NOT_TOLD)
        info_line(h, "address bits", "%" PRIu64 " virtual, %" PRIu64 " physical", measures->address_bits,
                  measures->physical_bits);
    else if (measures->address_bits != MEMSCAN_NOT_TOLD)
        info_line(h, "address bits", "%" PRIu64 " virtual", measures->address_bits);
    if (measures->processors != MEMSCAN_NOT_TOLD)
        info_line(h, "processors", "%" PRIu64, measures->processors);
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
    info_line(h, "regions", "%" PRIu64, info->regions);
    info_line(h, "mapped", "%s", human_size_or_number(h, info->mapped, size, sizeof size));
    size_line(h, "resident", info->measures->resident);
    size_line(h, "swapped", info->measures->swapped);
    size_line(h, "page tables", info->measures->page_tables);
    faults_line(h, info->measures);
    machine_lines(h, info->measures);
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
