/* human_summary.c - the sentence that closes a command: what was found, and what became of every byte. */
#include "human.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

typedef struct sentence {
    char text[1024];
    size_t length;
} sentence;

CLI_PRINTF(2, 3)
static void append(sentence *s, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(s->text + s->length, sizeof s->text - s->length, format, arguments);
    va_end(arguments);
    s->length += (size_t)length < sizeof s->text - s->length ? (size_t)length : sizeof s->text - s->length - 1;
}

/* ", skipped 63.8 GiB untouched and 8.0 KiB device" */
static void append_skipped(sentence *s, const memscan_report *report)
{
    const char *joint = ", skipped";
    for (int i = 0; i < MEMSCAN_SKIP_COUNT; i++) {
        char size[CLI_SIZE_TEXT];
        if (report->skipped_by[i] == 0)
            continue;
        append(s, "%s %s %s", joint, cli_size_text(report->skipped_by[i], size, sizeof size), memscan_skip_name(i));
        joint = " +";
    }
}

static void append_failed(sentence *s, const memscan_report *report)
{
    uint64_t missed = report->failed_by[MEMSCAN_FAIL_NOT_REACHED], hard = report->failed_by[MEMSCAN_FAIL_TOO_HARD];
    uint64_t failed = report->failed - missed - hard;
    char size[CLI_SIZE_TEXT];
    if (failed > 0) {
        const char *joint = " (";
        append(s, "; %s could not be read", cli_size_text(failed, size, sizeof size));
        for (int i = 0; i < MEMSCAN_FAIL_COUNT; i++) {
            if (i == MEMSCAN_FAIL_NOT_REACHED || i == MEMSCAN_FAIL_TOO_HARD || report->failed_by[i] == 0)
                continue;
            append(s, "%s%s", joint, memscan_fail_name(i));
            joint = ", ";
        }
        append(s, ")");
    }
    if (hard > 0)
        append(s, "; %s too hard to judge", cli_size_text(hard, size, sizeof size));
    if (missed > 0)
        append(s, "; %s not reached", cli_size_text(missed, size, sizeof size));
}

static const char *why_stopped(memscan_stop stop)
{
    switch (stop) {
    case MEMSCAN_STOP_LIMIT: return "stopped at the limit";
    case MEMSCAN_STOP_TIMEOUT: return "stopped: the time is up";
    case MEMSCAN_STOP_CANCELLED: return "interrupted";
    case MEMSCAN_STOP_CALLER: return "stopped";
    case MEMSCAN_STOP_GONE: return "the target ended";
    case MEMSCAN_STOP_ERROR: return "stopped by an error";
    default: return NULL;
    }
}

static void append_speed(sentence *s, const memscan_report *report)
{
    double seconds = (double)report->nanoseconds / 1e9;
    char size[CLI_SIZE_TEXT];
    append(s, "; %.2f s", seconds);
    if (seconds > 0.05)
        append(s, " (%s/s)", cli_size_text((uint64_t)((double)report->scanned / seconds), size, sizeof size));
}

void human_summarise(human *h, const cli_end *end)
{
    sentence s = { .length = 0 };
    char size[CLI_SIZE_TEXT];
    bool counts = end->counted != NULL && !end->count_is_shown;
    if (end->report != NULL && end->report->stopped == MEMSCAN_STOP_ERROR && end->report->asked == 0)
        return; /* refused before it began: the error says why */
    if (counts)
        append(&s, "%" PRIu64 " %s", end->count, end->count == 1 ? end->counted_one : end->counted);
    if (end->report != NULL) {
        append(&s, "%sscanned %s", counts ? "; " : "", cli_size_text(end->report->scanned, size, sizeof size));
        if (end->report->unwritten != 0)
            append(&s, " (%s of it as last time: nobody wrote there)",
                   cli_size_text(end->report->unwritten, size, sizeof size));
        append_skipped(&s, end->report);
        append_failed(&s, end->report);
        append_speed(&s, end->report);
        if (why_stopped(end->report->stopped) != NULL)
            append(&s, "; %s", why_stopped(end->report->stopped));
    }
    if (s.length == 0)
        return;
    bool color = h->base.terminal.messages && h->base.color;
    fprintf(h->base.err, "%s%s%s\n", color ? "\033[" DIM "m" : "", s.text, color ? "\033[0m" : "");
}
