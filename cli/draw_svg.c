/* draw_svg.c - the address space as an SVG picture: a ribbon of blocks for each stretch, wrapped like text, the gaps
 * between stretches folded; coloured by kind, shaded by protection, filled as far as it is resident. Every block tells
 * its details when pointed at; beside it what the colours mean, and the marks.
 *
 * The file stands alone (no scripts, no fonts to load), its text follows the reader's light or dark theme while the blocks
 * keep colours that both backgrounds bear, and names are escaped for terminals and for XML. The picture is laid out
 * twice: once to learn its height, once to be written. */
#include "draw.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"
#include "units.h"

#define WIDTH        1200.0
#define MARGIN       28.0
#define LEGEND_WIDTH 304.0
#define RIBBON_WIDTH (WIDTH - 3 * MARGIN - LEGEND_WIDTH)
#define LEGEND_LEFT  (2 * MARGIN + RIBBON_WIDTH)
#define LETTER       6.7 /* a letter of a label: 11 pixels high, of a font with equal widths */
#define MANY         800 /* regions of a stretch; more are drawn without names, and lower */
#define MOST_BLOCKS  100000
#define NUMBERED     40 /* marks that are listed */

typedef struct color {
    unsigned red, green, blue;
} color;

static const color colors[MEMSCAN_KIND_COUNT] = {
    [MEMSCAN_KIND_CODE] = { 209, 73, 91 },    [MEMSCAN_KIND_RODATA] = { 176, 133, 201 },
    [MEMSCAN_KIND_DATA] = { 232, 150, 62 },   [MEMSCAN_KIND_BSS] = { 205, 170, 20 },
    [MEMSCAN_KIND_HEAP] = { 47, 158, 110 },   [MEMSCAN_KIND_STACK] = { 31, 155, 179 },
    [MEMSCAN_KIND_FILE] = { 143, 111, 209 },  [MEMSCAN_KIND_SHARED] = { 63, 116, 201 },
    [MEMSCAN_KIND_ANON] = { 124, 179, 66 },   [MEMSCAN_KIND_VDSO] = { 109, 122, 134 },
    [MEMSCAN_KIND_GUARD] = { 150, 158, 166 }, [MEMSCAN_KIND_DEVICE] = { 141, 90, 59 },
};

typedef struct picture {
    FILE *file; /* NULL: only measure */
    const cli_survey *survey;
    const cli_marks *marks;
    bool many;    /* the present stretch has a great many regions */
    double scale; /* of its block widths */
    double x, y;
    double label_end; /* where the last label of this line ends */
    double mark_end;  /* where the last number of a mark ends */
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

/* A text of at most `most` letters; a longer one keeps its end, which tells more of a path, behind two points. */
static void put_cut(picture *p, double x, double y, const char *class_name, const char *text, size_t most)
{
    size_t length = strlen(text);
    char cut[128];
    if (length <= most || most < 4 || most >= sizeof cut) {
        put_words(p, x, y, class_name, text);
        return;
    }
    const char *rest = text + (length - (most - 2));
    while ((*rest & 0xc0) == 0x80) /* not in the middle of a letter */
        rest++;
    snprintf(cut, sizeof cut, "..%s", rest);
    put_words(p, x, y, class_name, cut);
}

/* ---- measures ---- */

static double block_height(const picture *p)
{
    return p->many ? 20 : 26;
}

static double mark_room(const picture *p)
{
    return p->marks->count > 0 ? 14 : 0;
}

static double line_height(const picture *p)
{
    return block_height(p) + mark_room(p) + (p->many ? 4 : 22);
}

static double block_width(const picture *p, uint64_t size)
{
    double width = p->scale * (5.0 + 4.5 * cli_log_length(size));
    return width > RIBBON_WIDTH ? RIBBON_WIDTH : width < 1.2 ? 1.2 : width;
}

static double natural_width(const cli_survey *survey, size_t first, size_t count)
{
    double sum = 1;
    for (size_t i = first; i < first + count; i++)
        sum += 5.0 + 4.5 * cli_log_length(survey->regions[i].region.size);
    return sum;
}

/* So that the blocks of a small process fill some six lines: from their natural width to three times that. Where one
 * stretch has a great many, its blocks shrink, and only they. */
static void set_scale(picture *p, const cli_stretch *stretch)
{
    double few = 6 * RIBBON_WIDTH / natural_width(p->survey, 0, p->survey->count);
    double many = 16 * RIBBON_WIDTH / natural_width(p->survey, stretch->first, stretch->count);
    p->many = stretch->count > MANY;
    p->scale = few < 1 ? 1 : few > 3 ? 3 : few;
    if (p->many)
        p->scale = many < 0.12 ? 0.12 : many > 1 ? 1 : many;
}

/* ---- colours ---- */

/* Read-only memory is lighter, executable memory a little; what may be written and executed is darker; what may not be
 * touched is pale. */
static color shaded(memscan_kind kind, uint32_t protection)
{
    color c = colors[kind < MEMSCAN_KIND_COUNT ? kind : MEMSCAN_KIND_ANON];
    bool may_write = protection & MEMSCAN_PROT_WRITE, may_execute = protection & MEMSCAN_PROT_EXECUTE;
    double to = 255, part = 0;
    if (protection == 0)
        part = 0.5;
    else if (may_write && may_execute)
        to = 0, part = 0.4;
    else if (!may_write)
        part = may_execute ? 0.12 : 0.36;
    return (color){ (unsigned)(c.red + (to - c.red) * part), (unsigned)(c.green + (to - c.green) * part),
                    (unsigned)(c.blue + (to - c.blue) * part) };
}

static void put_rectangle(picture *p, double x, double y, double width, double height, color c, bool resident)
{
    put(p, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#%02x%02x%02x\"%s/>", x, y, width, height,
        c.red, c.green, c.blue, resident ? "" : " class=\"a\"");
}

/* ---- blocks ---- */

/* The address is exact, sizes are in bytes. */
static void put_details(picture *p, const cli_surveyed *s)
{
    const memscan_region *region = &s->region;
    char name[512], size[CLI_SIZE_TEXT];
    put(p, "<title>0x%" PRIx64 " \u2013 0x%" PRIx64 "\n%" PRIu64 " bytes (%s), %s %c%c%c%c", region->start,
        region->start + (region->size - 1), region->size, cli_size_text(region->size, size, sizeof size),
        memscan_kind_name(region->kind), region->protection & MEMSCAN_PROT_READ ? 'r' : '-',
        region->protection & MEMSCAN_PROT_WRITE ? 'w' : '-', region->protection & MEMSCAN_PROT_EXECUTE ? 'x' : '-',
        region->flags & MEMSCAN_REGION_SHARED ? 's' : 'p');
    if (p->survey->resident_known && s->resident_known)
        put(p, "\n%" PRIu64 " bytes resident", s->resident);
    if (region->name[0] != '\0') {
        put(p, "\n");
        memscan_escape(region->name, name, sizeof name);
        put_xml(p, name);
    }
    if (region->flags & MEMSCAN_REGION_FILE)
        put(p, " from offset 0x%" PRIx64, region->file_offset);
    put(p, "</title>");
}

/* A label under the first block of a run with the same name, where there is room for it. */
static void put_label(picture *p, const memscan_region *region)
{
    char name[26];
    memscan_escape(cli_last_part(region->name), name, sizeof name);
    double length = LETTER * (double)strlen(name);
    if (p->many || name[0] == '\0' || strcmp(name, p->labelled) == 0 || p->x < p->label_end ||
        p->x + length > MARGIN + RIBBON_WIDTH)
        return;
    snprintf(p->labelled, sizeof p->labelled, "%s", name);
    put_words(p, p->x, p->y + block_height(p) + 12, "label", name);
    p->label_end = p->x + length + 8;
}

static void begin_line(picture *p)
{
    p->x = MARGIN;
    p->label_end = p->mark_end = 0;
    p->labelled[0] = '\0';
}

/* A line across what is drawn at the address, its number above it where there is room. */
static void put_mark(picture *p, size_t index, double at, double top, double height)
{
    const cli_mark *mark = &p->marks->items[index];
    char number[24];
    put(p, "<g class=\"mark\"><title>0x%" PRIx64 "\n", mark->address);
    put_xml(p, mark->place);
    put(p, "</title><path d=\"M%.1f %.1fl-4 -5h8z\"/><rect x=\"%.1f\" y=\"%.1f\" width=\"1.6\" height=\"%.1f\"/></g>\n",
        at, top - 1, at - 0.8, top - 1, height + 2);
    snprintf(number, sizeof number, "%zu", index + 1);
    double length = LETTER * (double)strlen(number);
    if (index >= NUMBERED || at < p->mark_end || at + 5 + length > RIBBON_WIDTH + 2 * MARGIN)
        return;
    put_words(p, at + 5, top - 3, "number", number);
    p->mark_end = at + 8 + length;
}

static void put_marks_of(picture *p, const memscan_region *region, double width)
{
    uint64_t last = region->start + (region->size - 1);
    for (size_t i = cli_marks_seek(p->marks, region->start); i < p->marks->count; i++) {
        if (p->marks->items[i].address > last)
            break;
        double share = (double)(p->marks->items[i].address - region->start) / (double)region->size;
        put_mark(p, i, p->x + share * width, p->y, block_height(p));
    }
}

static void put_block(picture *p, const cli_surveyed *s)
{
    double height = block_height(p), width = block_width(p, s->region.size);
    double drawn = width - (width > 6 ? 1.5 : width * 0.2);
    bool known = p->survey->resident_known && s->resident_known;
    double part = known ? (double)s->resident / (double)s->region.size : 0;
    color c = shaded(s->region.kind, s->region.protection);
    if (p->x + width > MARGIN + RIBBON_WIDTH + 0.1) {
        begin_line(p);
        p->y += line_height(p);
    }
    put_label(p, &s->region);
    put(p, "<g>");
    if (p->file != NULL)
        put_details(p, s);
    put_rectangle(p, p->x, p->y, drawn, height, c, !p->survey->resident_known);
    if (part > 0) { /* one resident page of a gigabyte is seen, too */
        double filled = height * part < 1.5 ? 1.5 : height * part;
        put_rectangle(p, p->x, p->y + height - filled, drawn, filled, c, true);
    }
    put(p, "</g>\n");
    put_marks_of(p, &s->region, drawn);
    p->x += width;
    p->blocks++;
}

/* ---- stretches and the gaps between them ---- */

/* Two regions of one stretch that do not touch stand a little apart. */
static void put_small_gap(picture *p, const memscan_region *before, const memscan_region *region)
{
    if (before->start + before->size != region->start)
        p->x += p->many ? 1 : 5;
}

static void put_stretch(picture *p, const cli_stretch *stretch)
{
    char mapped[CLI_SIZE_TEXT], resident[CLI_SIZE_TEXT];
    set_scale(p, stretch);
    put(p, "<text x=\"%.1f\" y=\"%.1f\" class=\"address\">0x%" PRIx64 " \u2013 0x%" PRIx64, MARGIN, p->y,
        stretch->start, stretch->start + (stretch->size - 1));
    put(p, "<tspan class=\"label\" dx=\"14\">%s in %zu %s", cli_size_text(stretch->mapped, mapped, sizeof mapped),
        stretch->count, stretch->count == 1 ? "region" : "regions");
    if (p->survey->resident_known)
        put(p, ", %s resident", cli_size_text(stretch->resident, resident, sizeof resident));
    put(p, "</tspan></text>\n");
    p->y += 9 + mark_room(p);
    begin_line(p);
    for (size_t i = 0; i < stretch->count && p->blocks < MOST_BLOCKS; i++) {
        const cli_surveyed *s = &p->survey->regions[stretch->first + i];
        if (i > 0)
            put_small_gap(p, &s[-1].region, &s->region);
        put_block(p, s);
    }
    p->y += block_height(p) + (p->many ? 22 : 34);
}

/* Addresses without mappings, folded into one dashed line; marks among them stand on it. */
static void put_gap(picture *p, uint64_t start, uint64_t size)
{
    char text[CLI_SIZE_TEXT], words[64];
    if (size == 0)
        return;
    snprintf(words, sizeof words, "%s without mappings", cli_size_text(size, text, sizeof text));
    double width = RIBBON_WIDTH - 12 - LETTER * (double)strlen(words);
    put(p, "<path class=\"fold\" d=\"M%.1f %.1fh%.1f\"/>\n", MARGIN, p->y - 4, width);
    put(p, "<text x=\"%.1f\" y=\"%.1f\" class=\"label\" text-anchor=\"end\">%s</text>\n", MARGIN + RIBBON_WIDTH, p->y,
        words);
    begin_line(p);
    for (size_t i = cli_marks_seek(p->marks, start); i < p->marks->count; i++) {
        if (p->marks->items[i].address - start >= size)
            break;
        put_mark(p, i, MARGIN + (double)(p->marks->items[i].address - start) / (double)size * width, p->y - 8, 8);
    }
    p->y += 30;
}

static void put_stretches(picture *p, const memscan_facts *facts)
{
    uint64_t gap = cli_fold_gap(p->survey), end = 0;
    size_t at = 0;
    while (at < p->survey->count && p->blocks < MOST_BLOCKS) {
        cli_stretch stretch = cli_stretch_at(p->survey, at, gap);
        put_gap(p, end, stretch.start - end);
        put_stretch(p, &stretch);
        end = stretch.start + stretch.size;
        at += stretch.count;
    }
    if (p->blocks < p->survey->count) {
        char more[64];
        snprintf(more, sizeof more, "and %zu more regions", p->survey->count - p->blocks);
        put_words(p, MARGIN, p->y, "head", more);
        p->y += 24;
    } else if (end != 0 && end <= facts->highest_address) {
        put_gap(p, end, facts->highest_address - end + 1);
    }
}

/* ---- beside it: the kinds, the shades, the marks ---- */

typedef struct kind_sum {
    uint64_t size, resident;
    size_t count;
} kind_sum;

static uint64_t sum_kinds(const cli_survey *survey, kind_sum *sums)
{
    uint64_t largest = 1;
    for (size_t i = 0; i < survey->count; i++) {
        const cli_surveyed *s = &survey->regions[i];
        kind_sum *sum = &sums[s->region.kind < MEMSCAN_KIND_COUNT ? s->region.kind : MEMSCAN_KIND_ANON];
        sum->size += s->region.size;
        sum->resident += s->resident;
        sum->count++;
        largest = sum->size > largest ? sum->size : largest;
    }
    return largest;
}

static void put_kind(picture *p, memscan_kind kind, const kind_sum *sum, uint64_t largest, double y)
{
    char mapped[CLI_SIZE_TEXT], resident[CLI_SIZE_TEXT], words[120];
    double full = LEGEND_WIDTH * cli_log_length(sum->size) / (cli_log_length(largest) + 0.001);
    double part = p->survey->resident_known ? (double)sum->resident / (double)sum->size : 1;
    full = full < 3 ? 3 : full;
    put_rectangle(p, LEGEND_LEFT, y + 5, full, 8, colors[kind], false);
    put_rectangle(p, LEGEND_LEFT, y + 5, full * part, 8, colors[kind], true);
    put(p, "\n");
    put_words(p, LEGEND_LEFT, y, "kind", memscan_kind_name(kind));
    snprintf(words, sizeof words, "%s%s%s%s \u00b7 %zu", cli_size_text(sum->size, mapped, sizeof mapped),
             p->survey->resident_known ? ", " : "",
             p->survey->resident_known ? cli_size_text(sum->resident, resident, sizeof resident) : "",
             p->survey->resident_known ? " resident" : "", sum->count);
    put(p, "<text x=\"%.1f\" y=\"%.1f\" class=\"label\" text-anchor=\"end\">", LEGEND_LEFT + LEGEND_WIDTH, y);
    put_xml(p, words);
    put(p, "</text>\n");
}

static double put_shades(picture *p, double y)
{
    static const struct {
        const char *words;
        uint32_t protection;
    } shades[] = {
        { "none", 0 },
        { "r--", MEMSCAN_PROT_READ },
        { "r-x", MEMSCAN_PROT_READ | MEMSCAN_PROT_EXECUTE },
        { "rw-", MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE },
        { "rwx", MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE | MEMSCAN_PROT_EXECUTE },
    };
    size_t count = sizeof shades / sizeof shades[0];
    double step = LEGEND_WIDTH / (double)count;
    put_words(p, LEGEND_LEFT, y, "head", "shade: protection");
    for (size_t i = 0; i < count; i++) {
        put_rectangle(p, LEGEND_LEFT + step * (double)i, y + 8, 14, 14, shaded(MEMSCAN_KIND_HEAP, shades[i].protection),
                      true);
        put_words(p, LEGEND_LEFT + step * (double)i + 19, y + 19, "label", shades[i].words);
    }
    return y + 44;
}

static double put_mark_list(picture *p, double y)
{
    char line[64 + MEMSCAN_PLACE_MAX];
    size_t letters = (size_t)(LEGEND_WIDTH / LETTER);
    if (p->marks->count == 0)
        return y;
    put_words(p, LEGEND_LEFT, y, "head", "marks");
    for (size_t i = 0; i < p->marks->count && i < NUMBERED; i++) {
        const cli_mark *mark = &p->marks->items[i];
        bool drawn = cli_survey_find(p->survey, mark->address) != NULL;
        snprintf(line, sizeof line, "%zu  0x%" PRIx64 "%s", i + 1, mark->address, drawn ? "" : ", in no region here");
        y += 18;
        put_words(p, LEGEND_LEFT, y, "number", line);
        y += 14;
        put_cut(p, LEGEND_LEFT + 2 * LETTER, y, "label", mark->place, letters - 2);
    }
    if (p->marks->count > NUMBERED) {
        snprintf(line, sizeof line, "and %zu more", p->marks->count - NUMBERED);
        y += 18;
        put_words(p, LEGEND_LEFT, y, "label", line);
    }
    return y + 30;
}

static void put_legend(picture *p, double y)
{
    kind_sum sums[MEMSCAN_KIND_COUNT] = { { 0, 0, 0 } };
    uint64_t largest = sum_kinds(p->survey, sums);
    put_words(p, LEGEND_LEFT, y, "head", "colour: kind");
    y += 24;
    for (int kind = 0; kind < MEMSCAN_KIND_COUNT; kind++) {
        if (sums[kind].count == 0)
            continue;
        put_kind(p, kind, &sums[kind], largest, y);
        y += 36;
    }
    y = put_shades(p, y + 8);
    if (p->survey->resident_known) {
        put_words(p, LEGEND_LEFT, y, "label", "The full part of a block is resident.");
        y += 15;
    }
    put_words(p, LEGEND_LEFT, y, "label", "Lengths: the logarithm of the size.");
    put_words(p, LEGEND_LEFT, y + 15, "label", "Point at a block for exact figures.");
    y = put_mark_list(p, y + 45);
    p->y = p->y > y ? p->y : y;
}

/* ---- the whole ---- */

static void put_title(picture *p, const memscan_facts *facts)
{
    char name[200], title[300], mapped[CLI_SIZE_TEXT], resident[CLI_SIZE_TEXT];
    uint64_t sizes[2] = { 0, 0 };
    for (size_t i = 0; i < p->survey->count; i++) {
        sizes[0] += p->survey->regions[i].region.size;
        sizes[1] += p->survey->regions[i].resident;
    }
    memscan_escape(facts->name, name, 64);
    snprintf(title, sizeof title, "Address space of %s (process %" PRIu64 ")", name, facts->pid);
    put_words(p, MARGIN, 40, "title", title);
    snprintf(title, sizeof title, "%u-bit, %zu regions, %s mapped%s%s%s", facts->layout.pointer_width * 8u,
             p->survey->count, cli_size_text(sizes[0], mapped, sizeof mapped), p->survey->resident_known ? ", " : "",
             p->survey->resident_known ? cli_size_text(sizes[1], resident, sizeof resident) : "",
             p->survey->resident_known ? " resident" : "");
    put_words(p, MARGIN, 60, "label", title);
}

static void put_all(picture *p, const memscan_facts *facts)
{
    put_title(p, facts);
    p->y = 96;
    put_stretches(p, facts);
    put_legend(p, 96);
}

static void put_head(picture *p, double height)
{
    put(p,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n"
        "<style>"
        "text{font:11px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#24292f}"
        ".back{fill:#fff}.label{fill:#57606a}.title{font-size:20px;font-weight:600}"
        ".head,.kind,.address{font-size:13px}.head{font-weight:600}"
        ".number{fill:#b3004b;font-weight:600}.mark{fill:#b3004b}.a{fill-opacity:.3}"
        ".fold{stroke:#8c959f;stroke-dasharray:2 4;fill:none}"
        "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.back{fill:#14181d}.label{fill:#9aa5b1}"
        ".number,.mark{fill:#ff7eb0}.fold{stroke:#6e7681}.a{fill-opacity:.36}}"
        "</style>\n<rect class=\"back\" width=\"100%%\" height=\"100%%\"/>\n",
        WIDTH, height, WIDTH, height);
}

memscan_status cli_draw_svg(const char *path, const memscan_facts *facts, const cli_survey *survey,
                            const cli_marks *marks, memscan_error *error)
{
    char shown[200];
    memscan_escape(path, shown, sizeof shown);
    picture measured = { .survey = survey, .marks = marks };
    picture p = measured;
    put_all(&measured, facts);
    p.file = cli_create_file(path);
    if (p.file == NULL)
        return cli_fail(error, MEMSCAN_IO, "", "cannot write %s: %s", shown, strerror(errno));
    put_head(&p, measured.y + MARGIN);
    put_all(&p, facts);
    put(&p, "</svg>\n");
    bool failed = ferror(p.file) != 0;
    failed = fclose(p.file) != 0 || failed;
    if (!failed)
        return MEMSCAN_OK;
    cli_remove_created_file(path);
    return cli_fail(error, MEMSCAN_IO, "", "cannot write all of %s", shown);
}
