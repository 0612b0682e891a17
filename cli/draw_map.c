/* draw_map.c - the address space on the terminal: for each stretch a line of words and its regions as cells, the gaps
 * between stretches as a line of their own, and a legend. Colour tells the kind where there is colour, letters where
 * there is none. */
#include "draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "units.h"

#define INDENT       "  "
#define MOST_COLUMNS 160u

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

typedef enum cell {
    CELL_ABSENT,    /* not resident, or without any access */
    CELL_READ_ONLY, /* resident */
    CELL_WRITABLE,
    CELL_MARK
} cell;

/* One cell of a region. */
static void put_cell(canvas *c, memscan_kind kind, cell what)
{
    static const char *const blocks[] = { "\u2591", "\u2593", "\u2588", "\u25c6" };
    const look *l = &looks[kind < MEMSCAN_KIND_COUNT ? kind : MEMSCAN_KIND_ANON];
    char letter[2] = { what != CELL_ABSENT ? l->letter : (char)(l->letter - 'A' + 'a'), '\0' };
    if (what == CELL_MARK)
        letter[0] = '*';
    if (!c->call->printer->color) {
        put(c, letter);
        return;
    }
    put(c, what == CELL_MARK ? "\033[1;7;" : "\033[");
    put(c, l->color);
    put(c, "m");
    put(c, c->call->terminal.utf8 ? blocks[what] : letter);
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

typedef struct drawing {
    canvas *canvas;
    const cli_survey *survey;
    const cli_marks *marks;
    unsigned width, left; /* cells of a line, and left in this one */
} drawing;

/* Whether a mark lies in cell `k` of the `cells` that the region became. */
static bool is_marked(const drawing *d, const memscan_region *region, unsigned k, unsigned cells)
{
    uint64_t share = region->size / cells, from = region->start + share * k;
    uint64_t last = k + 1 == cells ? region->start + (region->size - 1) : from + (share - 1);
    size_t at = cli_marks_seek(d->marks, from);
    return at < d->marks->count && d->marks->items[at].address <= last;
}

static void put_region(drawing *d, const cli_surveyed *s, unsigned cells)
{
    bool known = d->survey->resident_known;
    double part = known ? (double)s->resident / (double)s->region.size : 1;
    unsigned full = s->resident == 0 && known ? 0 : (unsigned)(part * cells + 0.999);
    cell resident = s->region.protection & MEMSCAN_PROT_WRITE ? CELL_WRITABLE : CELL_READ_ONLY;
    for (unsigned k = 0; k < cells; k++, d->left--) {
        if (d->left == 0) {
            end_line(d->canvas);
            put(d->canvas, INDENT);
            d->left = d->width;
        }
        bool absent = k >= full || s->region.protection == 0;
        put_cell(d->canvas, s->region.kind,
                 is_marked(d, &s->region, k, cells) ? CELL_MARK
                 : absent                           ? CELL_ABSENT
                                                    : resident);
    }
}

static void put_bar(drawing *d, const cli_stretch *stretch)
{
    unsigned scale = 1;
    d->left = d->width;
    while (scale < 8 && cells_of_stretch(d->survey, stretch, scale) > d->width)
        scale++;
    for (size_t i = 0; i < stretch->count; i++) {
        const cli_surveyed *s = &d->survey->regions[stretch->first + i];
        put_region(d, s, cells_of(s->region.size, scale));
    }
}

static void put_stretch(drawing *d, const cli_stretch *stretch)
{
    char head[160], mapped[CLI_SIZE_TEXT], resident[CLI_SIZE_TEXT] = "", name[64];
    cli_stretch_name(d->survey, stretch, name, sizeof name);
    if (d->survey->resident_known)
        cli_size_text(stretch->resident, resident, sizeof resident);
    snprintf(head, sizeof head, "0x%012" PRIx64 "  %s%s%s%s  %s", stretch->start,
             cli_size_text(stretch->mapped, mapped, sizeof mapped), resident[0] != '\0' ? ", " : "", resident,
             resident[0] != '\0' ? " resident" : "", name);
    put(d->canvas, head);
    end_line(d->canvas);
    put(d->canvas, INDENT);
    put_bar(d, stretch);
    end_line(d->canvas);
}

/* The addresses between two stretches, folded into a line. */
static void put_gap(canvas *c, uint64_t size)
{
    char line[80], text[CLI_SIZE_TEXT];
    snprintf(line, sizeof line, "%s%s %s without mappings", INDENT, c->call->terminal.utf8 ? "\u22ee" : ":",
             cli_size_text(size, text, sizeof text));
    put(c, line);
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
        put_cell(c, kind, CELL_WRITABLE);
        put(c, " ");
        put(c, memscan_kind_name(kind));
    }
    end_line(c);
    if (c->call->printer->color && c->call->terminal.utf8)
        put(c, survey->resident_known
                   ? "  \u2588 resident, writable  \u2593 resident, not writable  \u2591 not resident"
                   : "  \u2588 writable  \u2593 not writable; what is resident is not known");
    else
        put(c, survey->resident_known ? "  capital: resident, small: not" : "  what is resident is not known");
    put(c, "; lengths grow with the logarithm of the size");
    end_line(c);
}

/* Where the marks are, each on a line. */
static void put_marks(canvas *c, const cli_survey *survey, const cli_marks *marks)
{
    enum { NAMED_MOST = 32 };
    char line[64 + MEMSCAN_PLACE_MAX];
    for (size_t i = 0; i < marks->count && i < NAMED_MOST; i++) {
        const cli_mark *mark = &marks->items[i];
        const char *sign = c->call->printer->color && c->call->terminal.utf8 ? "\u25c6" : "*";
        bool drawn = cli_survey_find(survey, mark->address) != NULL;
        snprintf(line, sizeof line, "  %s 0x%" PRIx64 "  %s%s", sign, mark->address, mark->place,
                 drawn ? "" : "  (in none of these regions)");
        put(c, line);
        end_line(c);
    }
    if (marks->count > NAMED_MOST) {
        snprintf(line, sizeof line, "  and %zu more marks", marks->count - NAMED_MOST);
        put(c, line);
        end_line(c);
    }
}

void cli_draw_map(cli *call, const cli_survey *survey, const cli_marks *marks)
{
    canvas c = { .call = call };
    unsigned columns = call->terminal.columns > MOST_COLUMNS ? MOST_COLUMNS : call->terminal.columns;
    drawing d = { &c, survey, marks, columns < 40 ? 40 : columns - 2, 0 };
    uint64_t gap = cli_fold_gap(survey), end = 0;
    for (size_t at = 0; at < survey->count && call->printer->failed == 0;) {
        cli_stretch stretch = cli_stretch_at(survey, at, gap);
        if (stretch.start > end)
            put_gap(&c, stretch.start - end);
        put_stretch(&d, &stretch);
        end = stretch.start + stretch.size;
        at += stretch.count;
    }
    if (survey->count == 0)
        return;
    end_line(&c);
    put_legend(&c, survey);
    put_marks(&c, survey, marks);
}
