/* draw_map.c - the address space on the terminal: one line a stretch, one letter or block for its regions, and a
 * legend. Colour tells the kind where there is colour, letters where there is none. */
#include "draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

#define INDENT       "  "
#define MOST_COLUMNS 160u
#define GAP          (UINT64_C(1) << 24) /* 16 MiB: enough to keep a program apart from its heap and its libraries */

typedef struct look {
    char letter;       /* small: not resident */
    const char *color; /* SGR */
} look;

static const look looks[MEMSCAN_KIND_COUNT] = {
    [MEMSCAN_KIND_CODE] = { 'C', "31" }, [MEMSCAN_KIND_RODATA] = { 'R', "35" }, [MEMSCAN_KIND_DATA] = { 'D', "33" },
    [MEMSCAN_KIND_BSS] = { 'B', "93" },  [MEMSCAN_KIND_HEAP] = { 'H', "32" },   [MEMSCAN_KIND_STACK] = { 'S', "36" },
    [MEMSCAN_KIND_FILE] = { 'F', "95" }, [MEMSCAN_KIND_SHARED] = { 'M', "34" }, [MEMSCAN_KIND_ANON] = { 'A', "92" },
    [MEMSCAN_KIND_VDSO] = { 'V', "37" }, [MEMSCAN_KIND_GUARD] = { 'G', "90" },  [MEMSCAN_KIND_DEVICE] = { 'X', "91" },
};

typedef struct canvas {
    cli *call;
    char text[MOST_COLUMNS * 16]; /* a coloured cell takes up to 12 bytes */
    size_t length;
} canvas;

static void put(canvas *c, const char *text)
{
    size_t length = strlen(text);
    if (length < sizeof c->text - c->length) {
        memcpy(c->text + c->length, text, length + 1);
        c->length += length;
    }
}

static void end_line(canvas *c)
{
    c->call->printer->form->text(c->call->printer, c->text);
    c->length = 0;
    c->text[0] = '\0';
}

/* One cell of a region. `full`: the resident part of it. */
static void put_cell(canvas *c, memscan_kind kind, bool full)
{
    const look *l = &looks[kind < MEMSCAN_KIND_COUNT ? kind : MEMSCAN_KIND_ANON];
    char letter[2] = { full ? l->letter : (char)(l->letter - 'A' + 'a'), '\0' };
    if (!c->call->printer->color) {
        put(c, letter);
        return;
    }
    put(c, "\033[");
    put(c, l->color);
    put(c, "m");
    put(c, !c->call->terminal.utf8 ? letter : full ? "\u2588" : "\u2591");
    put(c, "\033[0m");
}

/* Regions become as many cells as their sizes have binary digits, divided by `scale`; at least one. */
static unsigned cells_of(uint64_t size, unsigned scale)
{
    unsigned cells = (cli_log_length(size) + scale - 1) / scale;
    return cells == 0 ? 1 : cells;
}

static unsigned cells_of_stretch(const cli_survey *survey, const cli_stretch *stretch, unsigned scale)
{
    unsigned cells = 0;
    for (size_t i = 0; i < stretch->count; i++)
        cells += cells_of(survey->regions[stretch->first + i].region.size, scale);
    return cells;
}

static void put_bar(canvas *c, const cli_survey *survey, const cli_stretch *stretch, unsigned width)
{
    unsigned scale = 1, left = width;
    while (scale < 8 && cells_of_stretch(survey, stretch, scale) > width)
        scale++;
    for (size_t i = 0; i < stretch->count; i++) {
        const cli_surveyed *s = &survey->regions[stretch->first + i];
        unsigned cells = cells_of(s->region.size, scale);
        double part = survey->resident_known ? (double)s->resident / (double)s->region.size : 1;
        unsigned full = s->resident == 0 && survey->resident_known ? 0 : (unsigned)(part * cells + 0.999);
        for (unsigned k = 0; k < cells; k++) {
            if (left == 0) {
                end_line(c);
                put(c, INDENT);
                left = width;
            }
            put_cell(c, s->region.kind, k < full);
            left--;
        }
    }
}

static void put_stretch(canvas *c, const cli_survey *survey, const cli_stretch *stretch)
{
    char head[160], mapped[CLI_SIZE_TEXT], resident[CLI_SIZE_TEXT] = "", name[64];
    unsigned columns = c->call->terminal.columns > MOST_COLUMNS ? MOST_COLUMNS : c->call->terminal.columns;
    cli_stretch_name(survey, stretch, name, sizeof name);
    if (survey->resident_known)
        cli_size_text(stretch->resident, resident, sizeof resident);
    snprintf(head, sizeof head, "0x%012" PRIx64 "  %s%s%s%s  %s", stretch->start,
             cli_size_text(stretch->mapped, mapped, sizeof mapped), resident[0] != '\0' ? ", " : "", resident,
             resident[0] != '\0' ? " resident" : "", name);
    put(c, head);
    end_line(c);
    put(c, INDENT);
    put_bar(c, survey, stretch, columns < 40 ? 40 : columns - 2);
    end_line(c);
}

static void put_legend(canvas *c, const cli_survey *survey)
{
    uint32_t present = 0;
    for (size_t i = 0; i < survey->count; i++)
        present |= MEMSCAN_KIND_BIT(survey->regions[i].region.kind);
    put(c, " ");
    for (int kind = 0; kind < MEMSCAN_KIND_COUNT; kind++) {
        if ((present & MEMSCAN_KIND_BIT(kind)) == 0)
            continue;
        put(c, " ");
        put_cell(c, kind, true);
        put(c, " ");
        put(c, memscan_kind_name(kind));
    }
    end_line(c);
    if (!survey->resident_known)
        put(c, "  what is resident is not known; lengths grow with the logarithm of the size");
    else
        put(c, c->call->printer->color && c->call->terminal.utf8
                   ? "  full: resident, light: not; lengths grow with the logarithm of the size"
                   : "  capital: resident, small: not; lengths grow with the logarithm of the size");
    end_line(c);
}

void cli_draw_map(cli *call, const cli_survey *survey)
{
    canvas c = { .call = call };
    for (size_t at = 0; at < survey->count && call->printer->failed == 0;) {
        cli_stretch stretch = cli_stretch_at(survey, at, GAP);
        put_stretch(&c, survey, &stretch);
        at += stretch.count;
    }
    if (survey->count > 0) {
        end_line(&c);
        put_legend(&c, survey);
    }
}
