/* human_alloc.c - what a recorded run came to, in sentences and two tables. All of it on stderr: stdout was the
 * program's. */
#include <inttypes.h>
#include <stdarg.h>

#include "alloc_summary.h"
#include "human.h"

typedef struct saying {
    human *h;
    FILE *to;
} saying;

static void put_color(const saying *s, const char *color)
{
    if (s->h->base.terminal.messages && s->h->base.color)
        fprintf(s->to, "\033[%sm", color);
}

/* A sentence of its own that says what the numbers do not: what was not seen, and what would help. */
CLI_PRINTF(2, 3)
static void warn(const saying *s, const char *format, ...)
{
    va_list arguments;
    put_color(s, YELLOW);
    va_start(arguments, format);
    vfprintf(s->to, format, arguments);
    va_end(arguments);
    put_color(s, "0");
    fputc('\n', s->to);
}

static const char *size_text(const saying *s, uint64_t bytes, char out[CLI_SIZE_TEXT])
{
    return human_size_or_number(s->h, bytes, out, CLI_SIZE_TEXT);
}

static const char *duration_text(const saying *s, uint64_t nanoseconds, char out[CLI_SIZE_TEXT])
{
    if (!s->h->base.plain)
        return cli_duration_text((double)nanoseconds, out, CLI_SIZE_TEXT);
    snprintf(out, CLI_SIZE_TEXT, "%" PRIu64, nanoseconds);
    return out;
}

static void say_totals(const saying *s, const cli_alloc_summary *a)
{
    const memscan_recording_report *r = &a->report;
    char count[32], frees[32], live[32], bytes[CLI_SIZE_TEXT], live_bytes[CLI_SIZE_TEXT];
    put_color(s, BOLD);
    fprintf(s->to, "%s allocation%s of %s", cli_count_text(r->allocations, count, sizeof count),
            r->allocations == 1 ? "" : "s", cli_size_text(a->all.bytes, bytes, sizeof bytes));
    put_color(s, "0");
    fprintf(s->to, "; %s freed; %s live at exit (%s)", cli_count_text(r->frees, frees, sizeof frees),
            cli_count_text(a->live.count, live, sizeof live),
            cli_size_text(a->live.bytes, live_bytes, sizeof live_bytes));
    if (a->failed > 0)
        fprintf(s->to, "; %" PRIu64 " failed", a->failed);
    if (r->programs > 1)
        fprintf(s->to, "; %" PRIu64 " program images", r->programs);
    fprintf(s->to, "; %.2f s\n", (double)a->nanoseconds / 1e9);
}

static void say_classes(const saying *s, const cli_alloc_summary *a)
{
    bool plain = s->h->base.plain;
    if (!plain)
        fprintf(s->to, "\n%10s %12s %10s %9s %9s %9s %9s\n", "from", "count", "bytes", "median", "p90", "p99",
                "longest");
    for (size_t i = 0; i <= CLI_SIZE_CLASSES; i++) {
        const cli_size_class *class = i < CLI_SIZE_CLASSES ? &a->classes[i] : &a->all;
        char from[CLI_SIZE_TEXT], bytes[CLI_SIZE_TEXT], times[4][CLI_SIZE_TEXT];
        const uint64_t nanoseconds[4] = { class->median, class->p90, class->p99, class->longest };
        if (class->count == 0)
            continue;
        for (int k = 0; k < 4; k++)
            duration_text(s, nanoseconds[k], times[k]);
        fprintf(s->to,
                plain ? "class\t%s\t%" PRIu64 "\t%s\t%s\t%s\t%s\t%s\n" : "%10s %12" PRIu64 " %10s %9s %9s %9s %9s\n",
                i < CLI_SIZE_CLASSES ? size_text(s, class->from, from) : "all", class->count,
                size_text(s, class->bytes, bytes), times[0], times[1], times[2], times[3]);
    }
}

static void say_slowest(const saying *s, const cli_alloc_summary *a)
{
    bool plain = s->h->base.plain;
    if (!plain)
        fprintf(s->to, "\nThe slowest:\n");
    for (size_t i = 0; i < a->slow_count; i++) {
        const cli_slow *slow = &a->slowest[i];
        char took[CLI_SIZE_TEXT], size[CLI_SIZE_TEXT];
        fprintf(s->to, plain ? "slow\t%s\t%s\t%s\t%s\n" : "%10s %10s  %-14s %s\n",
                duration_text(s, slow->allocation.nanoseconds, took), size_text(s, slow->allocation.bytes, size),
                memscan_call_name(slow->allocation.call), slow->place);
    }
    if (!plain)
        fprintf(s->to, "Times hold one look at the clock, %.0f ns. A place is where the call returns to.\n",
                a->report.clock_ns);
}

static void warn_of_losses(const saying *s, const cli_alloc_summary *a)
{
    const memscan_recording_report *r = &a->report;
    if (r->lost_allocations + r->lost_frees > 0)
        warn(s,
             "%" PRIu64 " allocations and %" PRIu64 " frees are not in it: they came faster than they could be taken",
             r->lost_allocations, r->lost_frees);
    if (a->stopped)
        warn(s, "The recording was stopped before the program ended");
    if (a->live.incomplete || a->cloud_incomplete)
        warn(s, "Memory ran out: not every number above holds all of them");
    if (r->threads_running > 0)
        warn(s,
             "%" PRIu64 " thread%s that the program left behind still run%s: what is allocated there is not recorded",
             r->threads_running, r->threads_running == 1 ? "" : "s", r->threads_running == 1 ? "s" : "");
}

static void warn_of_unfollowed(const saying *s, uint64_t count, const char *why)
{
    if (count > 0)
        warn(s, "Programs that were started and not recorded: %" PRIu64 ", %s", count, why);
}

static void warn_of_programs(const saying *s, const cli_alloc_summary *a)
{
    const memscan_recording_report *r = &a->report;
    if (a->python)
        warn(s,
             "CPython keeps its small objects in blocks of its own: PYTHONMALLOC=malloc in the environment shows them");
    if (r->programs == 0)
        warn(s, "The recorder was not let into the program: its loader left it out, or it is not the C library's own");
    if (a->silent > 0)
        warn(s, "%s%s allocated nothing by the C library: it allocates nothing, or has an allocator of its own",
             a->silent_name, a->silent > 1 ? " and others" : "");
    warn_of_unfollowed(s, r->not_followed_static, "statically linked");
    warn_of_unfollowed(s, r->not_followed_privileged, "with more rights than their caller");
    warn_of_unfollowed(s, r->not_followed_foreign, "of another width");
    if (r->not_heard > 0)
        warn(s,
             "Processes that could not take part: %" PRIu64
             " (no room in their address space, or a kernel before 4.14)",
             r->not_heard);
}

void human_allocations(cli_printer *printer, const cli_alloc_summary *summary)
{
    saying s = { human_of(printer), printer->err };
    if (printer->quiet)
        return;
    human_hide_bar(s.h);
    cli_out_flush(printer);
    say_totals(&s, summary);
    if (summary->all.count > 0) {
        say_classes(&s, summary);
        say_slowest(&s, summary);
    }
    warn_of_losses(&s, summary);
    warn_of_programs(&s, summary);
}
