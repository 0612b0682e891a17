/* rows_find.c - first searches, by the library and by the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asked.h"
#include "command.h"
#include "rows.h"

enum { MOST_QUESTIONS = 1000 };

typedef struct found_here {
    uint64_t start;
    bench_answer answer;
} found_here;

static int count_match(const memscan_match *match, void *context)
{
    found_here *so_far = context;
    so_far->answer.count++;
    so_far->answer.sum += match->address - so_far->start;
    return 0;
}

/* The questions of a row. False: this build cannot judge it, and says so. */
static bool parse(const bench_asked *asked, memscan_question **questions, unsigned *count)
{
    memscan_layout layout = { 8, 0 };
    memscan_error error;
    char pattern[64];
    *count = asked->expression ? 1 : asked->patterns;
    for (unsigned i = 0; i < *count; i++) {
        bench_pattern(i, pattern);
        const char *text = asked->expression ? asked->expression : pattern;
        memscan_status status = memscan_question_parse(text, MEMSCAN_TYPE_NONE, layout, NULL, &questions[i], &error);
        if (status == MEMSCAN_NOT_SUPPORTED)
            return false;
        if (status != MEMSCAN_OK)
            bench_die("%s: %s", text, error.text);
    }
    return true;
}

static bench_sample time_find(memscan_target *target, const bench_subject *subject, const bench_settings *settings,
                              const bench_asked *asked, memscan_question *const *questions, unsigned count,
                              bench_answer truth)
{
    memscan_range range = bench_range(subject);
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    memscan_report report;
    memscan_error error;
    found_here so_far = { .start = subject->start };
    options.filter.ranges = &range;
    options.filter.range_count = 1;
    options.workers = settings->threads;
    options.alignment = asked->alignment;
    bench_sample begin = bench_now();
    if (memscan_find_all(target, (const memscan_question *const *)questions, count, &options, count_match, &so_far,
                         &report, &error) != MEMSCAN_OK)
        bench_die("%s: %s", asked->row, error.text);
    bench_sample taken = bench_since(begin);
    if (report.scanned != subject->held)
        bench_die("%s: WRONG ANSWER: not everything was judged", asked->row);
    bench_check(asked->row, so_far.answer, truth);
    return taken;
}

static void measure_library(const bench_settings *settings, const bench_subject *subject, memscan_target *target,
                            const bench_asked *asked, double reach, bench_answer truth)
{
    char name[64];
    unsigned count;
    memscan_question *questions[MOST_QUESTIONS] = { NULL };
    snprintf(name, sizeof name, "find.%s", asked->row);
    bench_row row = { .name = name, .reach = reach };
    if (parse(asked, questions, &count)) {
        for (unsigned round = 0; round <= settings->rounds; round++) { /* the first is thrown away */
            bench_sample floor = bench_floor(subject, settings->threads);
            bench_sample taken = time_find(target, subject, settings, asked, questions, count, truth);
            if (round)
                bench_row_add(&row, floor, taken);
        }
        bench_row_tell(settings, subject, &row, "");
    } else {
        printf("{\"row\":\"%s\",\"absent\":\"not in this build\"}\n", name);
    }
    for (unsigned i = 0; i < count; i++)
        memscan_question_destroy(questions[i]);
}

static void measure_command(const bench_settings *settings, const bench_subject *subject, const bench_asked *asked,
                            double reach, bench_answer truth)
{
    char name[64], pid[16], range[64], jobs[16];
    snprintf(name, sizeof name, "command.%s", asked->row);
    snprintf(pid, sizeof pid, "%ld", (long)subject->pid);
    snprintf(range, sizeof range, "%#llx..%#llx", (unsigned long long)subject->start,
             (unsigned long long)(subject->start + subject->size));
    snprintf(jobs, sizeof jobs, "%u", settings->threads);
    const char *const words[] = { settings->program, "--pid",  pid,  "find", asked->expression, "--range", range,
                                  "--plain",         "--jobs", jobs, NULL };
    bench_row row = { .name = name, .reach = reach };
    for (unsigned round = 0; round <= settings->rounds; round++) {
        bench_sample floor = bench_floor(subject, settings->threads);
        bench_output output;
        bench_command(words, subject->start, &output);
        bench_check(name, output.matches, truth);
        if (round)
            bench_row_add(&row, floor, output.taken);
    }
    bench_row_tell(settings, subject, &row, "");
}

/* The questions whose row is in `rows` (NULL: all of them). With huge pages the floor is twice as fast: 0.05 less. */
static void measure(const bench_settings *settings, bench_contents contents, bench_layout layout,
                    const char *const *rows)
{
    bench_subject subject = bench_subject_start(contents, layout, settings->bytes, 0);
    memscan_target *target = bench_open(&subject);
    for (unsigned i = 0; i < bench_asked_count; i++) {
        const bench_asked *asked = &bench_all_asked[i];
        double reach = layout == BENCH_HUGE_PAGES ? asked->reach - 0.05 : asked->reach;
        char find[64], command[64];
        bool listed = !rows;
        for (unsigned k = 0; rows && rows[k]; k++)
            listed |= strcmp(rows[k], asked->row) == 0;
        snprintf(find, sizeof find, "find.%s", asked->row);
        snprintf(command, sizeof command, "command.%s", asked->row);
        bool by_library = listed && bench_wanted(settings, find);
        bool by_command = listed && asked->by_command && settings->program && bench_wanted(settings, command);
        if (!by_library && !by_command)
            continue;
        bench_answer truth = bench_subject_count(&subject, asked->fits, asked->step);
        if (by_library)
            measure_library(settings, &subject, target, asked, reach, truth);
        if (by_command)
            measure_command(settings, &subject, asked, reach, truth);
    }
    memscan_close(target);
    bench_subject_stop(&subject);
}

void bench_find_rows(const bench_settings *settings)
{
    static const char *const on_huge_pages[] = { "i32", "i64", "f64", "any_byte", "range", "text", NULL };
    measure(settings, BENCH_HEAP, BENCH_SMALL_PAGES, NULL);
    measure(settings, BENCH_HEAP, BENCH_HUGE_PAGES, on_huge_pages);
}

void bench_contents_rows(const bench_settings *settings)
{
    static const bench_contents others[] = { BENCH_RANDOM, BENCH_ZEROS, BENCH_COUNTERS };
    static const char *const rows[] = { "i32", "any_byte", "text", NULL };
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++)
        measure(settings, others[i], BENCH_SMALL_PAGES, rows);
}
