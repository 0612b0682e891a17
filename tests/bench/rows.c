/* rows.c - what rows have in common: rounds, JSON, the comparison with the truth. */
#include "rows.h"

#include <fnmatch.h>
#include <stdio.h>

bool bench_wanted(const bench_settings *settings, const char *row)
{
    return !settings->only || fnmatch(settings->only, row, 0) == 0;
}

void bench_row_add(bench_row *row, bench_sample floor, bench_sample taken)
{
    if (row->rounds == BENCH_MOST_ROUNDS)
        bench_die("too many rounds");
    row->floor[row->rounds] = floor;
    row->taken[row->rounds++] = taken;
}

static double pick(const bench_sample *samples, unsigned rounds, bool cpu, double (*choose)(double *, unsigned))
{
    double values[BENCH_MOST_ROUNDS];
    for (unsigned i = 0; i < rounds; i++)
        values[i] = cpu ? samples[i].cpu : samples[i].wall;
    return choose(values, rounds);
}

void bench_row_tell(const bench_settings *settings, const bench_subject *subject, const bench_row *row,
                    const char *more)
{
    if (!row->rounds)
        return;
    double floor = pick(row->floor, row->rounds, false, bench_median);
    double taken = pick(row->taken, row->rounds, false, bench_median);
    double ratio = row->allowed_seconds > 0 ? row->allowed_seconds / taken : floor / taken;
    double reach = row->allowed_seconds > 0 ? 1 : row->reach;
    printf("{\"row\":\"%s\",\"subject\":\"%s\",\"pages\":\"%s\",\"bytes\":%llu,\"threads\":%u,\"rounds\":%u,"
           "\"floor_seconds\":%.6f,\"seconds\":%.6f,\"best_floor\":%.6f,\"best\":%.6f,\"ratio\":%.3f,"
           "\"best_ratio\":%.3f,\"cpu_ratio\":%.3f",
           row->name, bench_contents_name(subject->contents), bench_layout_name(subject->layout),
           (unsigned long long)subject->held, settings->threads, row->rounds, floor, taken,
           pick(row->floor, row->rounds, false, bench_best), pick(row->taken, row->rounds, false, bench_best), ratio,
           pick(row->floor, row->rounds, false, bench_best) / pick(row->taken, row->rounds, false, bench_best),
           pick(row->floor, row->rounds, true, bench_median) / pick(row->taken, row->rounds, true, bench_median));
    if (row->allowed_seconds > 0)
        printf(",\"allowed_seconds\":%.6f", row->allowed_seconds);
    if (reach > 0)
        printf(",\"reach\":%.2f,\"held\":%s", reach, ratio >= reach ? "true" : "false");
    printf("%s}\n", more);
    fflush(stdout);
}

void bench_tell_amount(const bench_settings *settings, const char *row, const char *subject, double amount,
                       const char *unit, double allowed)
{
    printf("{\"row\":\"%s\",\"subject\":\"%s\",\"threads\":%u,\"amount\":%.3f,\"unit\":\"%s\",\"allowed\":%.3f,"
           "\"held\":%s}\n",
           row, subject, settings->threads, amount, unit, allowed, amount <= allowed ? "true" : "false");
    fflush(stdout);
}

void bench_check(const char *row, bench_answer found, bench_answer truth)
{
    if (found.count != truth.count || found.sum != truth.sum)
        bench_die("%s: WRONG ANSWER: found %llu (sum of offsets %llu), the target knows of %llu (%llu)", row,
                  (unsigned long long)found.count, (unsigned long long)found.sum, (unsigned long long)truth.count,
                  (unsigned long long)truth.sum);
}

memscan_target *bench_open(const bench_subject *subject)
{
    char locator[32];
    memscan_target *target;
    memscan_error error;
    snprintf(locator, sizeof locator, "pid:%ld", (long)subject->pid);
    if (memscan_open(locator, MEMSCAN_READ, NULL, &target, &error) != MEMSCAN_OK)
        bench_die("%s", error.text);
    return target;
}

memscan_range bench_range(const bench_subject *subject)
{
    return (memscan_range){ subject->start, subject->start + subject->size - 1 };
}
