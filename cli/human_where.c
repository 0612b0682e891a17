/* human_where.c - what an address is, in sentences; the same on one line; and where a pointer leads. */
#include "human.h"

#include <inttypes.h>
#include <string.h>

/* "main+0x10", or "" */
static const char *symbol_text(const memscan_where *where, char *out, size_t capacity)
{
    char name[300];
    out[0] = '\0';
    if (where->symbol.name[0] == '\0')
        return out;
    human_shown(where->symbol.name, name, sizeof name);
    uint64_t offset = where->address - where->symbol.address;
    if (offset == 0)
        snprintf(out, capacity, "%s", name);
    else
        snprintf(out, capacity, "%s+0x%" PRIx64, name, offset);
    return out;
}

/* What stands where no page of the target's is. */
static const char *state_words(memscan_page_state state)
{
    switch (state) {
    case MEMSCAN_PAGE_UNTOUCHED: return "untouched: it reads as zero";
    case MEMSCAN_PAGE_FILE: return "not touched by this program: it holds what the file holds";
    case MEMSCAN_PAGE_SHARED: return "not touched by this program: it may hold what another one wrote";
    default: return memscan_page_state_name(state);
    }
}

/* "resident, 2.0 MiB huge page, frame 0x1234, physical address 0x1234567" */
static void page_text(const memscan_page *page, char *out, size_t capacity)
{
    char size[CLI_SIZE_TEXT], kind[64] = "", place[160] = "";
    if (page->huge)
        snprintf(kind, sizeof kind, ", part of a huge page of %s", cli_size_text(page->size, size, sizeof size));
    else if (page->zero)
        snprintf(kind, sizeof kind, ", the shared page of zeros");
    if (page->frame_known)
        snprintf(place, sizeof place, ", physical address 0x%" PRIx64 " (frame 0x%" PRIx64 ")", page->physical,
                 page->frame);
    else if (page->reason != NULL && page->state == MEMSCAN_PAGE_RESIDENT)
        snprintf(place, sizeof place, "; no physical address: %s", page->reason);
    snprintf(out, capacity, "%s%s%s", page->zero ? "resident" : state_words(page->state), kind, place);
}

static void say_region(human *h, const memscan_where *where)
{
    const memscan_region *region = &where->region;
    char protection[5], size[CLI_SIZE_TEXT], name[512];
    human_protection_text(region, protection);
    human_say(h, "  in 0x%" PRIx64 "..0x%" PRIx64 " %s (%s), at +0x%" PRIx64, region->start,
              region->start + region->size, protection, cli_size_text(region->size, size, sizeof size),
              where->address - region->start);
    if (region->name[0] != '\0')
        human_say(h, ", %s", human_shown(region->name, name, sizeof name));
    if (region->flags & MEMSCAN_REGION_FILE)
        human_say(h, " at file offset 0x%" PRIx64, region->file_offset + (where->address - region->start));
    human_say(h, "\n");
}

static void say_stack(human *h, const memscan_where *where)
{
    if (where->thread == 0 || where->kind == MEMSCAN_KIND_GUARD)
        return;
    if (where->stack_pointer == 0) {
        human_say(h, "  thread %" PRIu64 " does not tell its stack pointer now\n", where->thread);
        return;
    }
    bool below = where->address < where->stack_pointer;
    uint64_t away = below ? where->stack_pointer - where->address : where->address - where->stack_pointer;
    human_say(h, "  thread %" PRIu64 "'s stack pointer is 0x%" PRIx64 ": ", where->thread, where->stack_pointer);
    if (where->stack_pointer - where->region.start >= where->region.size)
        human_say(h, "it runs on another stack now\n");
    else if (below)
        human_say(h, "0x%" PRIx64 " below it, free\n", away);
    else
        human_say(h, "0x%" PRIx64 " above it, in use\n", away);
}

/* "a write here would fault: read-only" */
static void say_access(human *h, const char *act, const memscan_access *access)
{
    if (access->faults)
        human_say(h, "  %s here would fault: %s\n", act, access->words);
    else
        human_say(h, "  %s here works%s%s\n", act, access->words[0] != '\0' ? ": it " : "", access->words);
}

static bool faults_alike(const memscan_where *where)
{
    return where->read.faults && where->write.faults && where->execute.faults &&
           strcmp(where->read.words, where->write.words) == 0 && strcmp(where->read.words, where->execute.words) == 0;
}

static void say_accesses(human *h, const memscan_where *where)
{
    if (faults_alike(where)) {
        human_say(h, "  a read, a write or a jump here would fault: %s\n", where->read.words);
        return;
    }
    say_access(h, "a read", &where->read);
    say_access(h, "a write", &where->write);
    say_access(h, "a jump", &where->execute);
}

/* The nearest region on one side; `away` is the gap between it and the address. */
static void say_neighbour(human *h, const char *side, bool known, const memscan_region *region, uint64_t away)
{
    char size[CLI_SIZE_TEXT], name[512], protection[5];
    if (!known) {
        human_say(h, "  nearest %s: none\n", side);
        return;
    }
    human_protection_text(region, protection);
    human_say(h, "  nearest %s: 0x%" PRIx64 "..0x%" PRIx64 " %s %s%s%s, %s away\n", side, region->start,
              region->start + region->size, protection, memscan_kind_name(region->kind),
              region->name[0] != '\0' ? ", " : "", human_shown(region->name, name, sizeof name),
              cli_size_text(away, size, sizeof size));
}

static void say_neighbours(human *h, const memscan_where *where)
{
    uint64_t last = where->has_below ? where->below.start + (where->below.size - 1) : 0;
    say_neighbour(h, "below", where->has_below, &where->below, where->address - last);
    say_neighbour(h, "above", where->has_above, &where->above,
                  where->has_above ? where->above.start - where->address : 0);
}

static void say_plain(human *h, const memscan_where *where)
{
    const memscan_region *region = &where->region;
    char protection[5] = "----", address[24], name[512], symbol[340];
    const memscan_access *accesses[] = { &where->read, &where->write, &where->execute };
    if (where->mapped)
        human_protection_text(region, protection);
    human_say(h, "%s\t%s\t%s\t%s\t%s\t0x%" PRIx64 "\t%" PRIu64 "\t%s",
              human_address_text(where->address, address, sizeof address), where->place,
              where->mapped ? memscan_kind_name(where->kind) : "none", protection,
              where->mapped ? memscan_page_state_name(where->page.state) : "none", region->start, region->size,
              where->mapped ? human_shown(region->name, name, sizeof name) : "");
    human_say(h, "\t%s\t%s\t", where->what, symbol_text(where, symbol, sizeof symbol));
    if (where->page.frame_known)
        human_say(h, "0x%" PRIx64, where->page.physical);
    for (size_t i = 0; i < 3; i++)
        human_say(h, "\t%s", accesses[i]->faults ? accesses[i]->words : "works");
    human_say(h, "\n");
}

static void say_head(human *h, const memscan_where *where, const char *symbol)
{
    char address[24];
    human_say_colored(h, CYAN, human_address_text(where->address, address, sizeof address));
    if (where->mapped) {
        human_say(h, "  ");
        human_say_colored(h, BOLD, where->place);
    }
    if (symbol[0] != '\0') {
        human_say(h, "  ");
        human_say_colored(h, GREEN, symbol);
    }
}

void human_where(cli_printer *printer, const cli_where *shown)
{
    human *h = human_of(printer);
    const memscan_where *where = shown->where;
    char symbol[340], page[400];
    if (h->base.plain) {
        say_plain(h, where);
        return;
    }
    say_head(h, where, symbol_text(where, symbol, sizeof symbol));
    human_say(h, shown->brief ? "  %s\n" : "\n  %s\n", where->what);
    if (shown->brief)
        return;
    if (!where->mapped) {
        say_accesses(h, where);
        say_neighbours(h, where);
        return;
    }
    say_region(h, where);
    page_text(&where->page, page, sizeof page);
    human_say(h, "  page %s\n", page);
    if (where->page.hint != NULL && where->page.hint[0] != '\0' && h->base.verbose)
        human_say(h, "  hint: %s\n", where->page.hint);
    say_stack(h, where);
    say_accesses(h, where);
    if (where->symbol_reason[0] != '\0' && (h->base.verbose || strstr(where->symbol_reason, "this build") != NULL))
        human_say(h, "  no symbol: %s\n", where->symbol_reason);
}

const char *human_pointer_text(const memscan_where *where, char *out, size_t capacity)
{
    char symbol[340];
    if (where->address == 0)
        snprintf(out, capacity, "null");
    else if (!where->mapped)
        snprintf(out, capacity, "dangling (mapped nowhere)");
    else if (symbol_text(where, symbol, sizeof symbol)[0] != '\0')
        snprintf(out, capacity, "%s, %s, %s", memscan_kind_name(where->kind), where->place, symbol);
    else
        snprintf(out, capacity, "%s, %s", memscan_kind_name(where->kind), where->place);
    return out;
}
