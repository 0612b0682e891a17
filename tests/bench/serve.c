/* serve.c - the same targets that the table is measured on, for others. */
#define _GNU_SOURCE
#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asked.h"

static bench_subject start(const bench_settings *settings, const char *layout)
{
    for (bench_layout known = BENCH_SMALL_PAGES; known <= BENCH_SPARSE; known++)
        if (!strcmp(layout, bench_layout_name(known)))
            return bench_subject_start(BENCH_HEAP, known, known == BENCH_SPARSE ? UINT64_C(64) << 30 : settings->bytes,
                                       0);
    bench_die("the layouts are 4k, huge and sparse");
}

static uint64_t count(const bench_subject *subject, const char *row)
{
    for (unsigned i = 0; i < bench_asked_count; i++)
        if (!strcmp(bench_all_asked[i].row, row))
            return bench_subject_count(subject, bench_all_asked[i].fits, bench_all_asked[i].step).count;
    return 0;
}

int bench_serve(const bench_settings *settings, const char *layout)
{
    char line[16];
    bench_subject subject = start(settings, layout);
    printf("%ld %llx %llu %llu %llu\n", (long)subject.pid, (unsigned long long)subject.start,
           (unsigned long long)subject.size, (unsigned long long)count(&subject, "i32"),
           (unsigned long long)count(&subject, "text"));
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        unsigned pages = (unsigned)(subject.size / 4096 / 100);
        printf("%llu\n", 2 * (unsigned long long)bench_subject_change(&subject, pages).count);
        fflush(stdout);
    }
    bench_subject_stop(&subject);
    return EXIT_SUCCESS;
}
