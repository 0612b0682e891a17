/* rows_session.c - searches that remember: the first scan for unknown values and what follows it, by the library with its
 * snapshot in memory, and by the command line with its session in a file; and next scans of few matches. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asked.h"
#include "command.h"
#include "rows.h"

enum { UNKNOWN, CHANGED, INCREASED, BY_NUMBER, UNCHANGED, EXACT, STEPS };

static const struct {
    const char *name, *expression;
    double reach;
} steps[STEPS] = {
    [UNKNOWN] = { "unknown", "i32:unknown", 0.5 },   [CHANGED] = { "changed", "changed", 0.6 },
    [INCREASED] = { "increased", "increased", 0.6 }, [BY_NUMBER] = { "by_number", "+5", 0.6 },
    [UNCHANGED] = { "unchanged", "unchanged", 0.6 }, [EXACT] = { "exact_after_unknown", "i32:1294739289", 0.75 },
};

/* What is measured in one round: a session in the library, or one of the command line's in a file. */
typedef struct session {
    const bench_settings *settings;
    const bench_subject *subject;
    memscan_target *target;
    memscan_scan *scan; /* NULL: by the command line */
    const char *file;
} session;

static memscan_scan *begin_scan(const session *one, memscan_range *range, memscan_track track)
{
    memscan_scan *scan;
    memscan_error error;
    memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
    options.filter.ranges = range;
    options.filter.range_count = 1;
    options.workers = one->settings->threads;
    options.memory_limit = 4 * one->subject->size; /* a file would measure the disk */
    options.track = track;
    if (memscan_scan_create(one->target, &options, &scan, &error) != MEMSCAN_OK)
        bench_die("%s", error.text);
    return scan;
}

static bench_sample step_by_library(const session *one, bool first, const char *expression, uint64_t *left)
{
    memscan_error error;
    bench_sample begin = bench_now();
    memscan_status status = first ? memscan_scan_first(one->scan, expression, NULL, NULL, &error)
                                  : memscan_scan_next(one->scan, expression, NULL, &error);
    if (status != MEMSCAN_OK)
        bench_die("%s: %s", expression, error.text);
    bench_sample taken = bench_since(begin);
    *left = memscan_scan_count(one->scan);
    return taken;
}

static void undo(const session *one)
{
    memscan_error error;
    char pid[16];
    snprintf(pid, sizeof pid, "%ld", (long)one->subject->pid);
    const char *const words[] = { one->settings->program, "--pid", pid, "undo", "--session", one->file, NULL };
    bench_output output;
    if (!one->scan)
        bench_command(words, 0, &output);
    else if (memscan_scan_undo(one->scan, &error) != MEMSCAN_OK)
        bench_die("undo: %s", error.text);
}

static bench_sample step_by_command(const session *one, bool first, const char *expression, uint64_t *left)
{
    char pid[16], range[64], jobs[16];
    snprintf(pid, sizeof pid, "%ld", (long)one->subject->pid);
    snprintf(range, sizeof range, "%#llx..%#llx", (unsigned long long)one->subject->start,
             (unsigned long long)(one->subject->start + one->subject->size));
    snprintf(jobs, sizeof jobs, "%u", one->settings->threads);
    const char *const words[] = { one->settings->program,
                                  "--pid",
                                  pid,
                                  first ? "scan" : "next",
                                  expression,
                                  "--session",
                                  one->file,
                                  "--jobs",
                                  jobs,
                                  "--json",
                                  first ? "--range" : NULL,
                                  range,
                                  NULL };
    bench_output output;
    bench_command(words, 0, &output);
    *left = output.told;
    return output.taken;
}

static void measure_step(const session *one, bench_row *row, int step, uint64_t truth)
{
    uint64_t left;
    bench_sample floor = bench_floor(one->subject, one->settings->threads);
    bench_sample taken = one->scan ? step_by_library(one, step == UNKNOWN, steps[step].expression, &left)
                                   : step_by_command(one, step == UNKNOWN, steps[step].expression, &left);
    bench_check(row->name, (bench_answer){ left, 0 }, (bench_answer){ truth, 0 });
    bench_row_add(row, floor, taken);
}

/* One round: everything is remembered, one page in a hundred changes, and each next scan is asked and undone. */
static void one_round(const session *one, bench_row *rows)
{
    uint64_t slots = one->subject->size / 4;
    unsigned pages = (unsigned)(one->subject->size / 4096 / 100);
    measure_step(one, &rows[UNKNOWN], UNKNOWN, slots);
    uint64_t grown = bench_subject_change(one->subject, pages).count;
    uint64_t exact = bench_subject_count(one->subject, bench_all_asked[2].fits, 4).count;
    const uint64_t truth[STEPS] = { slots, 2 * grown, grown, grown, slots - 2 * grown, exact };
    for (int step = CHANGED; step < STEPS; step++) {
        measure_step(one, &rows[step], step, truth[step]);
        undo(one);
    }
}

static void name_rows(bench_row *rows, char (*names)[64], const char *how, bool judged)
{
    for (int step = 0; step < STEPS; step++) {
        snprintf(names[step], 64, "%s.%s", how, steps[step].name);
        rows[step] = (bench_row){ .name = names[step], .reach = judged ? steps[step].reach : 0 };
    }
}

static bool any_wanted(const bench_settings *settings, const bench_row *rows)
{
    for (int step = 0; step < STEPS; step++)
        if (bench_wanted(settings, rows[step].name))
            return true;
    return false;
}

static void tell_all(const session *one, const bench_row *rows)
{
    for (int step = 0; step < STEPS; step++)
        bench_row_tell(one->settings, one->subject, &rows[step], "");
}

static void measure_by_library(session one)
{
    bench_row rows[STEPS];
    char names[STEPS][64];
    memscan_range range = bench_range(one.subject);
    name_rows(rows, names, "session", true);
    if (!any_wanted(one.settings, rows))
        return;
    for (unsigned round = 0; round < one.settings->rounds; round++) {
        one.scan = begin_scan(&one, &range, MEMSCAN_TRACK_NONE);
        one_round(&one, rows);
        memscan_scan_destroy(one.scan);
    }
    tell_all(&one, rows);
}

static void measure_by_command(session one)
{
    bench_row rows[STEPS];
    char names[STEPS][64], file[] = "/var/tmp/memscan-bench-XXXXXX.scan";
    int fd = mkstemps(file, 5);
    if (fd < 0)
        bench_die("no place for a session in /var/tmp");
    close(fd);
    unlink(file);
    one.file = file;
    name_rows(rows, names, "command_session", false);
    if (any_wanted(one.settings, rows) && one.settings->program) {
        for (unsigned round = 0; round < one.settings->rounds; round++) {
            one_round(&one, rows);
            unlink(file);
        }
        tell_all(&one, rows);
    }
    unlink(file);
}

static void step_few(const session *one, bench_row *row, bench_sample floor, uint64_t planted)
{
    uint64_t left;
    bench_sample taken = step_by_library(one, false, "unchanged", &left);
    bench_check(row->name, (bench_answer){ left, 0 }, (bench_answer){ planted, 0 });
    bench_row_add(row, floor, taken);
}

/* 1,000 planted numbers are left, and looked at again: behind a bare copy of everything, which leaves nothing of them in the
 * caches; and once more, at once behind that. */
static void measure_few(session one)
{
    memscan_range range = bench_range(one.subject);
    uint64_t left, planted = bench_subject_count(one.subject, bench_all_asked[2].fits, 4).count;
    double allowed = 0.0002 + 0.0000005 * (double)(planted ? planted : 1);
    bench_row row = { .name = "session.few_matches", .allowed_seconds = allowed };
    bench_row again = { .name = "session.few_matches_again", .allowed_seconds = allowed };
    if (!bench_wanted(one.settings, row.name) && !bench_wanted(one.settings, again.name))
        return;
    one.scan = begin_scan(&one, &range, MEMSCAN_TRACK_NONE);
    step_by_library(&one, true, "i32:1294739289", &left);
    for (unsigned round = 0; round < 4 * one.settings->rounds && round < BENCH_MOST_ROUNDS; round++) {
        bench_sample floor = bench_floor(one.subject, one.settings->threads);
        step_few(&one, &row, floor, planted);
        step_few(&one, &again, floor, planted);
    }
    memscan_scan_destroy(one.scan);
    bench_row_tell(one.settings, one.subject, &row, "");
    bench_row_tell(one.settings, one.subject, &again, "");
}

/* A userfaultfd that was used is counted as if it existed until the kernel looks again, and while one may exist, memscan reads
 * smaps before each search (docs/performance.md): the rows behind are to be measured as those before. */
static void forget_userfaultfd(void)
{
    int fd = open("/sys/kernel/slab/userfaultfd_ctx_cache/shrink", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "1", 1) != 1)
        fprintf(stderr, "what follows is measured with a userfaultfd in the kernel's books\n");
    if (fd >= 0)
        close(fd);
}

/* What changed when one page in a hundred was written: with write tracking, against the same scan without. */
static void measure_tracked(session one)
{
    memscan_range range = bench_range(one.subject);
    bench_row row = { .name = "session.changed_tracked", .reach = 10 };
    unsigned pages = (unsigned)(one.subject->size / 4096 / 100);
    uint64_t left;
    if (!bench_wanted(one.settings, row.name))
        return;
    for (unsigned round = 0; round < one.settings->rounds; round++) {
        memscan_scan *plain = begin_scan(&one, &range, MEMSCAN_TRACK_NONE);
        memscan_scan *tracked = begin_scan(&one, &range, MEMSCAN_TRACK_OPEN);
        one.scan = plain;
        step_by_library(&one, true, "i32:unknown", &left);
        one.scan = tracked;
        step_by_library(&one, true, "i32:unknown", &left);
        bench_answer truth = { 2 * bench_subject_change(one.subject, pages).count, 0 };
        one.scan = plain;
        bench_sample full = step_by_library(&one, false, "changed", &left);
        bench_check(row.name, (bench_answer){ left, 0 }, truth);
        one.scan = tracked;
        bench_sample taken = step_by_library(&one, false, "changed", &left);
        bench_check(row.name, (bench_answer){ left, 0 }, truth);
        bench_row_add(&row, full, taken);
        memscan_scan_destroy(tracked);
        memscan_scan_destroy(plain);
    }
    memscan_untrack(one.target);
    forget_userfaultfd();
    bench_row_tell(one.settings, one.subject, &row, "");
}

static void measure(const bench_settings *settings, bench_contents contents, bench_layout layout, bool all)
{
    bench_subject subject = bench_subject_start(contents, layout, settings->bytes, 0);
    session one = { .settings = settings, .subject = &subject, .target = bench_open(&subject) };
    if (all)
        measure_few(one);
    measure_by_library(one);
    if (all)
        measure_by_command(one);
    if (contents == BENCH_HEAP) /* last, since protecting single pages splits huge ones for good */
        measure_tracked(one);
    memscan_close(one.target);
    bench_subject_stop(&subject);
}

void bench_session_rows(const bench_settings *settings)
{
    if (settings->only && strncmp(settings->only, "session", 7) && strncmp(settings->only, "command_session", 15) &&
        settings->only[0] != '*')
        return;
    measure(settings, BENCH_HEAP, BENCH_SMALL_PAGES, true);
    measure(settings, BENCH_HEAP, BENCH_HUGE_PAGES, false);
    measure(settings, BENCH_RANDOM, BENCH_SMALL_PAGES, false);
    measure(settings, BENCH_ZEROS, BENCH_SMALL_PAGES, false);
    measure(settings, BENCH_COUNTERS, BENCH_SMALL_PAGES, false);
}
