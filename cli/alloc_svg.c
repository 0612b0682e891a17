/* alloc_svg.c - see alloc_svg.h. Few allocations are drawn as dots; of many, small squares show how many are in each, so
 * that ten million make no larger a file than ten thousand. The file stands alone, and follows the reader's choice of
 * light or dark. */
#include "alloc_svg.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "draw.h"
#include "units.h"

#define WIDTH     1000
#define HEIGHT    660
#define LEFT      86
#define TOP       86
#define SQUARE    4
#define LEVELS    7
#define MOST_DOTS 3000

enum { COLUMNS = 221, ROWS = 127, RIGHT = LEFT + COLUMNS * SQUARE, BOTTOM = TOP + ROWS * SQUARE };

typedef struct scale {
    bool linear;
    double low, high; /* of what is shown */
    double from, to;  /* where on the picture */
} scale;

typedef struct drawing {
    FILE *file;
    const cli_alloc_picture *picture;
    const cli_alloc_summary *summary;
    scale x, y;
    uint64_t squares[ROWS][COLUMNS];
    uint64_t inside, fullest;
} drawing;

static void put_xml(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<': fputs("&lt;", file); break;
        case '>': fputs("&gt;", file); break;
        case '&': fputs("&amp;", file); break;
        case '"': fputs("&quot;", file); break;
        default: fputc(*text, file);
        }
    }
}

static void put_words(const drawing *d, double x, double y, const char *class_name, const char *text)
{
    fprintf(d->file, "<text x=\"%.0f\" y=\"%.0f\" class=\"%s\">", x, y, class_name);
    put_xml(d->file, text);
    fputs("</text>\n", d->file);
}

/* ---- scales ---- */

/* On a logarithmic axis nothing is smaller than one: what took no time that the clock could tell, and what has no bytes,
 * stands at its beginning. */
static double place_on(const scale *s, double value)
{
    double part;
    if (s->linear) {
        part = (value - s->low) / (s->high - s->low);
    } else {
        value = value < 1 ? 1 : value;
        part = log2(value / s->low) / log2(s->high / s->low);
    }
    return s->from + part * (s->to - s->from);
}

static bool shows(const scale *s, double value)
{
    if (!s->linear && value < 1)
        value = 1;
    return value >= s->low && value <= s->high;
}

/* The ends of what there is, with some air. */
static void fit(scale *s, const cli_axis *axis, double low, double high)
{
    s->linear = axis->linear;
    if (axis->limited) {
        s->low = axis->low;
        s->high = axis->high;
    } else if (axis->linear) {
        s->low = 0;
        s->high = high * 1.04;
    } else {
        s->low = exp2(floor(log2(low < 1 ? 1 : low)));
        s->high = exp2(ceil(log2(high < 1 ? 1 : high) + 0.05));
    }
    if (!s->linear && s->low < 1)
        s->low = 1;
    if (s->high <= s->low)
        s->high = s->linear ? s->low + 1 : s->low * 2;
}

static void fit_both(drawing *d)
{
    double low[2] = { INFINITY, INFINITY }, high[2] = { 1, 1 };
    for (size_t i = 0; i < d->summary->cloud.capacity; i++) {
        const cli_cell *cell = &d->summary->cloud.cells[i];
        const double at[2] = { cli_step_middle(cell->bytes), cli_step_middle(cell->nanoseconds) };
        for (int k = 0; k < 2 && cell->count > 0; k++) {
            low[k] = at[k] < low[k] ? at[k] : low[k];
            high[k] = at[k] > high[k] ? at[k] : high[k];
        }
    }
    d->x = (scale){ .from = LEFT, .to = RIGHT };
    d->y = (scale){ .from = BOTTOM, .to = TOP };
    fit(&d->x, &d->picture->sizes, isinf(low[0]) ? 1 : low[0], high[0]);
    fit(&d->y, &d->picture->times, isinf(low[1]) ? 1 : low[1], high[1]);
}

/* ---- axes ---- */

/* A number with its unit, of so many digits: "1.25 KiB", "20 \u00b5s". */
static const char *label(double value, double step, const char *const *units, int digits, char *out, size_t capacity)
{
    for (; value >= step * 0.9995 && units[1] != NULL; units++) /* which three digits would make a thousand of */
        value /= step;
    snprintf(out, capacity, "%.*g %s", digits, value, *units);
    return out;
}

static const char *size_label(double bytes, char *out, size_t capacity)
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", NULL };
    return label(bytes, 1024, units, 6, out, capacity);
}

static const char *time_label(double nanoseconds, int digits, char *out, size_t capacity)
{
    static const char *const units[] = { "ns", "\u00b5s", "ms", "s", NULL };
    return label(nanoseconds, 1000, units, digits, out, capacity);
}

static void put_tick(const drawing *d, bool is_x, double value)
{
    char text[CLI_SIZE_TEXT];
    double at = place_on(is_x ? &d->x : &d->y, value);
    if (is_x) {
        fprintf(d->file, "<path class=\"grid\" d=\"M%.1f %dV%d\"/>", at, TOP, BOTTOM);
        fprintf(d->file, "<text x=\"%.1f\" y=\"%d\" class=\"tick\" text-anchor=\"middle\">%s</text>\n", at, BOTTOM + 20,
                size_label(value, text, sizeof text));
    } else {
        fprintf(d->file, "<path class=\"grid\" d=\"M%d %.1fH%d\"/>", LEFT, at, RIGHT);
        fprintf(d->file, "<text x=\"%d\" y=\"%.1f\" class=\"tick\" text-anchor=\"end\">%s</text>\n", LEFT - 8, at + 4,
                time_label(value, 6, text, sizeof text));
    }
}

/* Times are counted in one, two and five times a power of ten. */
static double round_time(unsigned index)
{
    static const double parts[] = { 1, 2, 5 };
    unsigned tens = index / 3;
    return parts[index % 3] * pow(10, tens);
}

/* Bytes by powers of two: such a step that there are nine of them at most. */
static double even_step(double range, bool is_x)
{
    unsigned index = 0;
    while (range / (is_x ? exp2(index) : round_time(index)) > 9)
        index++;
    return is_x ? exp2(index) : round_time(index);
}

static void put_linear_ticks(const drawing *d, bool is_x, const scale *s)
{
    double step = even_step(s->high - s->low, is_x);
    int64_t last = (int64_t)floor(s->high / step);
    for (int64_t i = (int64_t)ceil(s->low / step); i <= last; i++)
        put_tick(d, is_x, (double)i * step);
}

static void put_log_ticks(const drawing *d, bool is_x, const scale *s)
{
    double octaves = log2(s->high / s->low), decades = log10(s->high / s->low);
    unsigned step = is_x ? (octaves > 18 ? 4 : octaves > 9 ? 2 : 1) : decades > 4 ? 3 : 1;
    for (unsigned index = 0; index < 64; index += step) {
        double value = is_x ? exp2(index) : round_time(index);
        if (value >= s->low && value <= s->high)
            put_tick(d, is_x, value);
    }
}

static void put_axes(const drawing *d)
{
    for (int is_x = 0; is_x < 2; is_x++) {
        const scale *s = is_x ? &d->x : &d->y;
        if (s->linear)
            put_linear_ticks(d, is_x, s);
        else
            put_log_ticks(d, is_x, s);
    }
    fprintf(d->file, "<path class=\"frame\" d=\"M%d %dV%dH%d\"/>\n", LEFT, TOP, BOTTOM, RIGHT);
    fprintf(d->file, "<text x=\"%d\" y=\"%d\" class=\"axis\" text-anchor=\"middle\">size of the allocation%s</text>\n",
            (LEFT + RIGHT) / 2, HEIGHT - 16, d->x.linear ? "" : " (logarithmic)");
    fprintf(d->file,
            "<text transform=\"translate(18 %d) rotate(-90)\" class=\"axis\" text-anchor=\"middle\">time it took%s"
            "</text>\n",
            (TOP + BOTTOM) / 2, d->y.linear ? "" : " (logarithmic)");
}

/* ---- points ---- */

static void put_dots(drawing *d)
{
    fputs("<path class=\"dots\" d=\"", d->file);
    for (size_t i = 0; i < d->summary->cloud.capacity; i++) {
        const cli_cell *cell = &d->summary->cloud.cells[i];
        double bytes = cli_step_middle(cell->bytes), nanoseconds = cli_step_middle(cell->nanoseconds);
        if (cell->count == 0 || !shows(&d->x, bytes) || !shows(&d->y, nanoseconds))
            continue;
        fprintf(d->file, "M%.1f %.1fh0", place_on(&d->x, bytes), place_on(&d->y, nanoseconds));
        d->inside += cell->count;
    }
    fputs("\"/>\n", d->file);
}

static unsigned index_of(double offset, unsigned count)
{
    double index = offset / SQUARE;
    return index < 0 ? 0 : index >= count ? count - 1 : (unsigned)index;
}

static void count_squares(drawing *d)
{
    for (size_t i = 0; i < d->summary->cloud.capacity; i++) {
        const cli_cell *cell = &d->summary->cloud.cells[i];
        double bytes = cli_step_middle(cell->bytes), nanoseconds = cli_step_middle(cell->nanoseconds);
        if (cell->count == 0 || !shows(&d->x, bytes) || !shows(&d->y, nanoseconds))
            continue;
        unsigned row = index_of(place_on(&d->y, nanoseconds) - TOP, ROWS);
        uint64_t *square = &d->squares[row][index_of(place_on(&d->x, bytes) - LEFT, COLUMNS)];
        *square += cell->count;
        d->inside += cell->count;
        d->fullest = *square > d->fullest ? *square : d->fullest;
    }
}

/* By the logarithm: one allocation can be seen beside a million. -1: none. */
static int level_of(const drawing *d, uint64_t count)
{
    if (count == 0)
        return -1;
    int level = (int)(log2((double)count) / (log2((double)d->fullest) + 1e-9) * LEVELS);
    return level < LEVELS ? level : LEVELS - 1;
}

/* Squares of a level that touch sideways are one piece. */
static void put_level(const drawing *d, int level)
{
    fprintf(d->file, "<path class=\"c%d\" d=\"", level);
    for (unsigned row = 0; row < ROWS; row++) {
        for (unsigned column = 0; column < COLUMNS;) {
            unsigned first = column;
            while (column < COLUMNS && level_of(d, d->squares[row][column]) == level)
                column++;
            if (column > first)
                fprintf(d->file, "M%u %uh%uv%dh-%uz", LEFT + first * SQUARE, TOP + row * SQUARE,
                        (column - first) * SQUARE, SQUARE, (column - first) * SQUARE);
            else
                column++;
        }
    }
    fputs("\"/>\n", d->file);
}

static void put_legend(const drawing *d)
{
    enum { BOX = 22 };
    double x = RIGHT - LEVELS * BOX;
    char most[32];
    put_words(d, x, TOP - 30, "tick", "allocations in a square");
    for (int level = 0; level < LEVELS; level++)
        fprintf(d->file, "<path class=\"c%d\" d=\"M%.0f %dh%dv8h-%dz\"/>", level, x + level * BOX, TOP - 24, BOX, BOX);
    fputc('\n', d->file);
    put_words(d, x, TOP - 4, "tick", "1");
    fprintf(d->file, "<text x=\"%.0f\" y=\"%d\" class=\"tick\" text-anchor=\"end\">%s</text>\n", x + LEVELS * BOX,
            TOP - 4, cli_count_text(d->fullest, most, sizeof most));
}

static void put_points(drawing *d)
{
    if (d->summary->cloud.total <= MOST_DOTS) {
        put_dots(d);
        return;
    }
    count_squares(d);
    for (int level = 0; level < LEVELS; level++)
        put_level(d, level);
    put_legend(d);
}

/* ---- words ---- */

static void put_title(const drawing *d)
{
    char command[160] = "Allocations of", word[120];
    for (const char *const *at = d->picture->command; *at != NULL; at++) {
        memscan_escape(at == d->picture->command ? cli_last_part(*at) : *at, word, sizeof word);
        size_t length = strlen(command);
        if (length + strlen(word) + 8 > 78) {
            snprintf(command + length, sizeof command - length, " \u2026");
            break;
        }
        snprintf(command + length, sizeof command - length, " %s", word);
    }
    put_words(d, LEFT, 34, "title", command);
}

static void put_numbers(const drawing *d)
{
    const cli_alloc_summary *s = d->summary;
    char text[240], count[32], outside[32], bytes[CLI_SIZE_TEXT], median[CLI_SIZE_TEXT], p99[CLI_SIZE_TEXT];
    uint64_t left_out = s->cloud.total - d->inside;
    snprintf(text, sizeof text, "%s allocation%s of %s \u00b7 median %s, 99 %% within %s",
             cli_count_text(s->cloud.total, count, sizeof count), s->cloud.total == 1 ? "" : "s",
             cli_size_text(s->all.bytes, bytes, sizeof bytes),
             time_label((double)s->all.median, 3, median, sizeof median),
             time_label((double)s->all.p99, 3, p99, sizeof p99));
    put_words(d, LEFT, 56, "numbers", text);
    if (left_out == 0)
        return;
    snprintf(text, sizeof text, "%s lie outside these axes", cli_count_text(left_out, outside, sizeof outside));
    put_words(d, LEFT, 74, "numbers", text);
}

static void put_style(const drawing *d)
{
    static const char *const light[LEVELS] = { "#a6c8e6", "#7fb2da", "#5a9bcd", "#3a82be",
                                               "#2168a9", "#134a86", "#08306b" };
    static const char *const dark[LEVELS] = { "#2a4f78", "#31659a", "#3a7cb8", "#5697d0",
                                              "#83b8e3", "#b6d8f2", "#f2f9ff" };
    fprintf(d->file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
            "<style>svg{color-scheme:light dark}text{font-family:system-ui,'DejaVu Sans',sans-serif;fill:#24292f}"
            ".paper{fill:#fff}.title{font-size:19px;font-weight:600}.numbers{font-size:13px;fill:#57606a}"
            ".tick{font-size:12px;fill:#57606a}.axis{font-size:13px}.grid{stroke:#d0d7de;stroke-opacity:.7}"
            ".frame{stroke:#57606a;fill:none}"
            ".dots{stroke:#1f63a8;stroke-width:5;stroke-linecap:round;stroke-opacity:.55}",
            WIDTH, HEIGHT, WIDTH, HEIGHT);
    for (int level = 0; level < LEVELS; level++)
        fprintf(d->file, ".c%d{fill:%s}", level, light[level]);
    fputs("\n@media (prefers-color-scheme:dark){text{fill:#e6edf3}.paper{fill:#0d1117}.numbers,.tick{fill:#9da7b3}"
          ".grid{stroke:#30363d}.frame{stroke:#8b949e}.dots{stroke:#7ab3df}",
          d->file);
    for (int level = 0; level < LEVELS; level++)
        fprintf(d->file, ".c%d{fill:%s}", level, dark[level]);
    fputs("}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n", d->file);
}

memscan_status cli_alloc_draw(FILE *file, const char *path, const cli_alloc_picture *picture,
                              const cli_alloc_summary *summary, memscan_error *error)
{
    char shown[200];
    memscan_escape(path, shown, sizeof shown);
    drawing *d = calloc(1, sizeof *d);
    if (d == NULL) {
        fclose(file);
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    }
    d->file = file;
    d->picture = picture;
    d->summary = summary;
    fit_both(d);
    put_style(d);
    put_title(d);
    put_axes(d);
    put_points(d);
    put_numbers(d);
    fputs("</svg>\n", file);
    free(d);
    bool failed = ferror(file) != 0;
    failed = fclose(file) != 0 || failed;
    return failed ? cli_fail(error, MEMSCAN_IO, "", "cannot write all of %s", shown) : MEMSCAN_OK;
}
