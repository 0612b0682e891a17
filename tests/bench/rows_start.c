/* rows_start.c - how soon the command line tells its first result about a small process, beside a program that does
 * nothing. */
#include <stdio.h>

#include "asked.h"
#include "command.h"
#include "rows.h"

void bench_start_rows(const bench_settings *settings)
{
    const char *const nothing[] = { settings->empty, NULL };
    char pid[16];
    bench_row row = { .name = "start.first_result" };
    double more[BENCH_MOST_ROUNDS];
    unsigned rounds = 4 * settings->rounds + 1;
    if (!settings->program || !settings->empty || !bench_wanted(settings, row.name))
        return;
    bench_subject subject = bench_subject_start(BENCH_HEAP, BENCH_SMALL_PAGES, UINT64_C(10) << 20, 0);
    bench_answer truth = bench_subject_count(&subject, bench_all_asked[2].fits, 4);
    snprintf(pid, sizeof pid, "%ld", (long)subject.pid);
    const char *const find[] = { settings->program, "--pid", pid, "--find", "i32:1294739289", "--plain", NULL };
    for (unsigned round = 0; round < rounds && round < BENCH_MOST_ROUNDS; round++) {
        bench_output empty, found;
        bench_command(nothing, 0, &empty);
        bench_command(find, subject.start, &found);
        if (found.matches.count < truth.count)
            bench_die("%s: WRONG ANSWER: %llu matches of %llu", row.name, (unsigned long long)found.matches.count,
                      (unsigned long long)truth.count);
        found.taken.wall = found.first_seconds;
        more[round] = found.first_seconds - empty.taken.wall;
        bench_row_add(&row, empty.taken, found.taken);
    }
    bench_tell_amount(settings, row.name, "heap, 10 MiB", bench_median(more, row.rounds) * 1000,
                      "ms more than an empty program", 15);
    bench_subject_stop(&subject);
}
