/* rows_places.c - memory that is spread: a huge reservation of which little is touched, and tens of thousands of small
 * mappings. */
#include <stdio.h>

#include "asked.h"
#include "rows.h"

enum { SPARSE_PARTS = 64 };

static int count_match(const memscan_match *match, void *context)
{
    bench_answer *so_far = context;
    so_far->count++;
    so_far->sum += match->address;
    return 0;
}

static bench_sample time_find(const bench_settings *settings, const bench_subject *subject, memscan_target *target,
                              const char *row, bench_answer truth)
{
    memscan_range range = bench_range(subject);
    memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
    memscan_report report;
    memscan_error error;
    bench_answer found = { 0, 0 };
    options.filter.ranges = &range;
    options.filter.range_count = 1;
    options.filter.protection_given = 1; /* half of the small mappings may only be read */
    options.filter.protection_demanded = MEMSCAN_PROT_READ;
    options.workers = settings->threads;
    bench_sample begin = bench_now();
    if (memscan_find(target, "i32:1294739289", &options, count_match, &found, &report, &error) != MEMSCAN_OK)
        bench_die("%s: %s", row, error.text);
    bench_sample taken = bench_since(begin);
    if (report.scanned != subject->held)
        bench_die("%s: WRONG ANSWER: judged %llu bytes of %llu", row, (unsigned long long)report.scanned,
                  (unsigned long long)subject->held);
    found.sum -= found.count * subject->start;
    bench_check(row, found, truth);
    return taken;
}

static void measure(const bench_settings *settings, const char *name, bench_layout layout, uint64_t size,
                    unsigned regions)
{
    bench_row row = { .name = name, .reach = layout == BENCH_SPARSE ? 0.85 : 0.8 };
    if (!bench_wanted(settings, name))
        return;
    bench_subject subject = bench_subject_start(BENCH_HEAP, layout, size, regions);
    memscan_target *target = bench_open(&subject);
    bench_answer truth = bench_subject_count(&subject, bench_all_asked[2].fits, 4);
    for (unsigned round = 0; round <= 2 * settings->rounds && round <= BENCH_MOST_ROUNDS; round++) {
        bench_sample floor = bench_floor(&subject, settings->threads);
        bench_sample taken = time_find(settings, &subject, target, name, truth);
        if (round)
            bench_row_add(&row, floor, taken);
    }
    bench_row_tell(settings, &subject, &row, "");
    memscan_close(target);
    bench_subject_stop(&subject);
}

void bench_place_rows(const bench_settings *settings)
{
    unsigned many = settings->bytes >= UINT64_C(1) << 30 ? 20000 : 2000;
    measure(settings, "places.sparse", BENCH_SPARSE, SPARSE_PARTS * (UINT64_C(1) << 30), 0);
    measure(settings, "places.regions", BENCH_REGIONS, 0, many);
    measure(settings, "places.many_regions", BENCH_REGIONS, 0, 3 * many);
}
