/* draw_svg.c - the address space as an SVG picture: a ribbon of blocks for each stretch, wrapped like text, coloured
 * by kind, filled as far as it is resident; every block tells its details when pointed at; a table of kinds beside.
 *
 * The file stands alone (no scripts, no fonts to load) and names are escaped for terminals and for XML. */
#include "draw.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "units.h"

#define GAP          (UINT64_C(1) << 24)
#define WIDTH        1200.0
#define MARGIN       28.0
#define LEGEND_WIDTH 300.0
#define RIBBON_WIDTH (WIDTH - 3 * MARGIN - LEGEND_WIDTH)
#define BLOCK_HEIGHT 26.0
#define LINE_HEIGHT  48.0 /* a ribbon line with its labels */
#define MOST_BLOCKS  6000

static const char *const colors[MEMSCAN_KIND_COUNT] = {
    [MEMSCAN_KIND_CODE] = "#d1495b", [MEMSCAN_KIND_RODATA] = "#b085c9", [MEMSCAN_KIND_DATA] = "#e8963e",
    [MEMSCAN_KIND_BSS] = "#d9b310",  [MEMSCAN_KIND_HEAP] = "#2f9e6e",   [MEMSCAN_KIND_STACK] = "#1f9bb3",
    [MEMSCAN_KIND_FILE] = "#8f6fd1", [MEMSCAN_KIND_SHARED] = "#3f74c9", [MEMSCAN_KIND_ANON] = "#7cb342",
    [MEMSCAN_KIND_VDSO] = "#6d7a86", [MEMSCAN_KIND_GUARD] = "#aab2ba",  [MEMSCAN_KIND_DEVICE] = "#8d5a3b",
};

static const char *color_of(memscan_kind kind)
{
    return colors[kind < MEMSCAN_KIND_COUNT ? kind : MEMSCAN_KIND_ANON];
}

typedef struct picture {
    FILE *file; /* NULL: only measure */
    const cli_survey *survey;
    double scale; /* of block widths: a small process is drawn larger */
    double x, y;
    double label_end; /* where the last label of this line ends */
    size_t blocks;
    char labelled[256]; /* the name that the last label gave */
} picture;

static void put_xml(picture *p, const char *text)
{
    for (; p->file != NULL && *text != '\0'; text++) {
        switch (*text) {
        case '<': fputs("&lt;", p->file); break;
        case '>': fputs("&gt;", p->file); break;
        case '&': fputs("&amp;", p->file); break;
        case '"': fputs("&quot;", p->file); break;
        default: fputc(*text, p->file);
        }
    }
}

CLI_PRINTF(2, 3)
static void put(picture *p, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (p->file != NULL)
        vfprintf(p->file, format, arguments);
    va_end(arguments);
}

static void put_words(picture *p, double x, double y, const char *class_name, const char *text)
{
    put(p, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class_name);
    put_xml(p, text);
    put(p, "</text>\n");
}

/* ---- blocks ---- */

static double block_width(const picture *p, uint64_t size)
{
    double width = p->scale * (5.0 + 4.5 * cli_log_length(size));
    return width > RIBBON_WIDTH ? RIBBON_WIDTH : width;
}

static void put_details(picture *p, const cli_surveyed *s)
{
    const memscan_region *region = &s->region;
    char name[512], size[CLI_SIZE_TEXT], resident[CLI_SIZE_TEXT];
    memscan_escape(region->name, name, sizeof name);
    put(p, "<title>0x%" PRIx64 "  %s  %s %c%c%c%c", region->start, cli_size_text(region->size, size, sizeof size),
        memscan_kind_name(region->kind), region->protection & MEMSCAN_PROT_READ ? 'r' : '-',
        region->protection & MEMSCAN_PROT_WRITE ? 'w' : '-', region->protection & MEMSCAN_PROT_EXECUTE ? 'x' : '-',
        region->flags & MEMSCAN_REGION_SHARED ? 's' : 'p');
    if (p->survey->resident_known)
        put(p, ", %s resident", cli_size_text(s->resident, resident, sizeof resident));
    put(p, "\n");
    put_xml(p, name);
    put(p, "</title>");
}

/* A label under the first block of a run with the same name, where there is room for it. */
static void put_label(picture *p, const memscan_region *region)
{
    char name[26];
    memscan_escape(cli_last_part(region->name), name, sizeof name);
    double length = 6.1 * (double)strlen(name);
    if (name[0] == '\0' || strcmp(name, p->labelled) == 0 || p->x < p->label_end ||
        p->x + length > 2 * MARGIN + RIBBON_WIDTH)
        return;
    snprintf(p->labelled, sizeof p->labelled, "%s", name);
    put_words(p, p->x, p->y + BLOCK_HEIGHT + 12, "label", name);
    p->label_end = p->x + length + 8;
}

static void next_line(picture *p)
{
    p->x = MARGIN;
    p->y += LINE_HEIGHT;
    p->label_end = 0;
    p->labelled[0] = '\0';
}

static void put_block(picture *p, const cli_surveyed *s)
{
    double width = block_width(p, s->region.size);
    double part = p->survey->resident_known ? (double)s->resident / (double)s->region.size : 0;
    if (p->x + width > MARGIN + RIBBON_WIDTH)
        next_line(p);
    put_label(p, &s->region);
    put(p, "<g>");
    if (p->file != NULL)
        put_details(p, s);
    put(p, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.0f\" fill=\"%s\" fill-opacity=\"0.28\"/>", p->x, p->y,
        width - 1.5, BLOCK_HEIGHT, color_of(s->region.kind));
    if (part > 0)
        put(p, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>", p->x,
            p->y + BLOCK_HEIGHT * (1 - part), width - 1.5, BLOCK_HEIGHT * part, color_of(s->region.kind));
    put(p, "</g>\n");
    p->x += width;
    p->blocks++;
}

static void put_stretch(picture *p, const cli_stretch *stretch)
{
    char mapped[CLI_SIZE_TEXT], resident[CLI_SIZE_TEXT];
    put(p, "<text x=\"%.1f\" y=\"%.1f\" class=\"address\">0x%" PRIx64 " \u2013 0x%" PRIx64, MARGIN, p->y,
        stretch->start, stretch->start + (stretch->size - 1));
    put(p, "<tspan class=\"label\" dx=\"14\">%s in %zu %s", cli_size_text(stretch->mapped, mapped, sizeof mapped),
        stretch->count, stretch->count == 1 ? "region" : "regions");
    if (p->survey->resident_known)
        put(p, ", %s resident", cli_size_text(stretch->resident, resident, sizeof resident));
    put(p, "</tspan></text>\n");
    p->y += 10;
    p->x = MARGIN;
    p->label_end = 0;
    p->labelled[0] = '\0';
    for (size_t i = 0; i < stretch->count && p->blocks < MOST_BLOCKS; i++)
        put_block(p, &p->survey->regions[stretch->first + i]);
    p->y += LINE_HEIGHT + 16;
}

static void put_stretches(picture *p)
{
    size_t at = 0;
    while (at < p->survey->count && p->blocks < MOST_BLOCKS) {
        cli_stretch stretch = cli_stretch_at(p->survey, at, GAP);
        put_stretch(p, &stretch);
        at += stretch.count;
    }
    if (p->blocks < p->survey->count) {
        char more[64];
        snprintf(more, sizeof more, "and %zu more regions", p->survey->count - p->blocks);
        put_words(p, MARGIN, p->y, "head", more);
        p->y += 24;
    }
}

/* ---- the table of kinds ---- */

typedef struct total {
    uint64_t size, resident;
    size_t count;
} total;

static void put_legend(picture *p, double top)
{
    total totals[MEMSCAN_KIND_COUNT] = { { 0, 0, 0 } };
    uint64_t largest = 1;
    double x = 2 * MARGIN + RIBBON_WIDTH, y = top;
    for (size_t i = 0; i < p->survey->count; i++) {
        const cli_surveyed *s = &p->survey->regions[i];
        total *t = &totals[s->region.kind < MEMSCAN_KIND_COUNT ? s->region.kind : MEMSCAN_KIND_ANON];
        t->size += s->region.size;
        t->resident += s->resident;
        t->count++;
        largest = t->size > largest ? t->size : largest;
    }
    put_words(p, x, y, "head", "kinds");
    y += 12;
    for (int kind = 0; kind < MEMSCAN_KIND_COUNT; kind++) {
        const total *t = &totals[kind];
        char mapped[CLI_SIZE_TEXT], resident[CLI_SIZE_TEXT], words[120];
        if (t->count == 0)
            continue;
        double full = (LEGEND_WIDTH - 4) * cli_log_length(t->size) / (cli_log_length(largest) + 0.001);
        double part = p->survey->resident_known ? (double)t->resident / (double)t->size : 0;
        full = full < 3 ? 3 : full;
        put(p, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"8\" fill=\"%s\" fill-opacity=\"0.28\"/>", x, y + 18,
            full, color_of(kind));
        put(p, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"8\" fill=\"%s\"/>\n", x, y + 18, full * part,
            color_of(kind));
        put_words(p, x, y + 13, "kind", memscan_kind_name(kind));
        snprintf(words, sizeof words, "%s%s%s%s \u00b7 %zu", cli_size_text(t->size, mapped, sizeof mapped),
                 p->survey->resident_known ? ", " : "",
                 p->survey->resident_known ? cli_size_text(t->resident, resident, sizeof resident) : "",
                 p->survey->resident_known ? " resident" : "", t->count);
        put(p, "<text x=\"%.1f\" y=\"%.1f\" class=\"label\" text-anchor=\"end\">", x + LEGEND_WIDTH - 4, y + 13);
        put_xml(p, words);
        put(p, "</text>\n");
        y += 36;
    }
    put_words(p, x, y + 14, "label", "The full part of a block is resident.");
    put_words(p, x, y + 28, "label", "Lengths grow with the logarithm of the size.");
    p->y = p->y > y + 48 ? p->y : y + 48;
}

/* ---- the whole ---- */

static void put_all(picture *p, const memscan_facts *facts)
{
    char name[200], title[280];
    memscan_escape(facts->name, name, sizeof name);
    snprintf(title, sizeof title, "Address space of %s (process %" PRIu64 ")", name, facts->pid);
    put_words(p, MARGIN, 38, "title", title);
    p->y = 72;
    put_stretches(p);
    put_legend(p, 72);
}

/* So that the blocks fill some six lines, but stay between their natural width and three times that. */
static double scale_of(const cli_survey *survey)
{
    picture natural = { .scale = 1 };
    double sum = 1;
    for (size_t i = 0; i < survey->count; i++)
        sum += block_width(&natural, survey->regions[i].region.size);
    double scale = 6 * RIBBON_WIDTH / sum;
    return scale < 1 ? 1 : scale > 3 ? 3 : scale;
}

memscan_status cli_draw_svg(const char *path, const memscan_facts *facts, const cli_survey *survey,
                            memscan_error *error)
{
    char shown[200];
    memscan_escape(path, shown, sizeof shown);
    picture measured = { .survey = survey, .scale = scale_of(survey) };
    put_all(&measured, facts);
    picture p = { .survey = survey, .scale = measured.scale, .file = cli_create_file(path) };
    if (p.file == NULL)
        return cli_fail(error, MEMSCAN_IO, "", "cannot write %s: %s", shown, strerror(errno));
    put(&p,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n"
        "<style>text{font-family:system-ui,'DejaVu Sans',sans-serif;fill:#24292f}"
        ".title{font-size:20px;font-weight:600}.head{font-size:13px;font-weight:600}"
        ".address{font-size:13px;font-family:ui-monospace,'DejaVu Sans "
        "Mono',monospace}.kind{font-size:13px}.label{font-size:11px;fill:#57606a;font-family:system-ui,'DejaVu "
        "Sans',sans-serif}</style>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#ffffff\"/>\n",
        WIDTH, measured.y + MARGIN, WIDTH, measured.y + MARGIN);
    put_all(&p, facts);
    put(&p, "</svg>\n");
    bool failed = ferror(p.file) != 0;
    failed = fclose(p.file) != 0 || failed;
    return failed ? cli_fail(error, MEMSCAN_IO, "", "cannot write all of %s", shown) : MEMSCAN_OK;
}
