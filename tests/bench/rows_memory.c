/* rows_memory.c - what memory a scan takes, at its peak: each in a process of its own, which runs nothing else. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asked.h"
#include "rows.h"

static int pass_over(const memscan_match *match, void *context)
{
    (void)match;
    ++*(uint64_t *)context;
    return 0;
}

typedef struct peak {
    double bytes;     /* of the whole process */
    double more;      /* than before the scan */
    uint64_t matches; /* what it found */
} peak;

/* --peak session|find EXPRESSION PID START BYTES THREADS */
int bench_peak(int argc, char **argv)
{
    memscan_error error;
    memscan_target *target;
    uint64_t matches = 0;
    char locator[32];
    if (argc != 8)
        bench_die("--peak is for bench_table itself");
    uint64_t start = strtoull(argv[5], NULL, 10), size = strtoull(argv[6], NULL, 10);
    memscan_range range = { start, start + size - 1 };
    unsigned threads = (unsigned)strtoul(argv[7], NULL, 10);
    snprintf(locator, sizeof locator, "pid:%s", argv[4]);
    if (memscan_open(locator, MEMSCAN_READ, NULL, &target, &error) != MEMSCAN_OK)
        bench_die("%s", error.text);
    uint64_t before = bench_own_kilobytes("VmRSS:");
    memscan_status status;
    if (strcmp(argv[2], "session") == 0) {
        memscan_scan *scan;
        memscan_scan_options options = MEMSCAN_SCAN_OPTIONS_INIT;
        options.filter.ranges = &range;
        options.filter.range_count = 1;
        options.workers = threads;
        options.memory_limit = 4 * size;
        status = memscan_scan_create(target, &options, &scan, &error);
        if (status == MEMSCAN_OK)
            status = memscan_scan_first(scan, argv[3], NULL, NULL, &error);
        matches = status == MEMSCAN_OK ? memscan_scan_count(scan) : 0;
    } else {
        memscan_find_options options = MEMSCAN_FIND_OPTIONS_INIT;
        options.filter.ranges = &range;
        options.filter.range_count = 1;
        options.workers = threads;
        status = memscan_find(target, argv[3], &options, pass_over, &matches, NULL, &error);
    }
    if (status != MEMSCAN_OK)
        bench_die("%s", error.text);
    uint64_t after = bench_own_kilobytes("VmHWM:");
    printf("%llu %llu %llu\n", (unsigned long long)after, (unsigned long long)(after - before),
           (unsigned long long)matches);
    return EXIT_SUCCESS;
}

static peak measure(const bench_settings *settings, const bench_subject *subject, const char *how,
                    const char *expression)
{
    char command[1024];
    unsigned long long whole, more, matches;
    snprintf(command, sizeof command, "'%s' --peak %s '%s' %ld %llu %llu %u", settings->self, how, expression,
             (long)subject->pid, (unsigned long long)subject->start, (unsigned long long)subject->size,
             settings->threads);
    FILE *pipe = popen(command, "re");
    if (!pipe || fscanf(pipe, "%llu %llu %llu", &whole, &more, &matches) != 3 || pclose(pipe) != 0)
        bench_die("failed: %s", command);
    return (peak){ (double)whole * 1024, (double)more * 1024, matches };
}

void bench_memory_rows(const bench_settings *settings)
{
    static const bench_contents all[] = { BENCH_HEAP, BENCH_RANDOM, BENCH_MATCHES };
    for (unsigned i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!bench_wanted(settings, "memory.unknown") && !bench_wanted(settings, "memory.matches") &&
            !bench_wanted(settings, "memory.scanner"))
            return;
        bench_subject subject = bench_subject_start(all[i], BENCH_SMALL_PAGES, settings->bytes, 0);
        const char *name = bench_contents_name(all[i]);
        bench_answer truth = bench_subject_count(&subject, bench_all_asked[2].fits, 4);
        if (bench_wanted(settings, "memory.unknown") && all[i] != BENCH_MATCHES) {
            peak unknown = measure(settings, &subject, "session", "i32:unknown");
            bench_check("memory.unknown", (bench_answer){ unknown.matches, 0 }, (bench_answer){ subject.size / 4, 0 });
            bench_tell_amount(settings, "memory.unknown", name, unknown.more / (double)subject.size, "bytes a byte",
                              all[i] == BENCH_HEAP ? 0.6 : 1.02);
        }
        if (bench_wanted(settings, "memory.matches") && all[i] == BENCH_MATCHES) {
            peak exact = measure(settings, &subject, "session", "i32:1294739289");
            bench_check("memory.matches", (bench_answer){ exact.matches, 0 }, (bench_answer){ truth.count, 0 });
            double own = measure(settings, &subject, "session", "i32:1294739288").more;
            bench_tell_amount(settings, "memory.matches", name, (exact.more - own) / (double)truth.count,
                              "bytes a match", 2.1);
        }
        if (bench_wanted(settings, "memory.scanner")) {
            const char *const hows[] = { "find", "session" };
            for (unsigned how = 0; how < 2; how++) {
                peak scanner = measure(settings, &subject, hows[how], "i32:1294739288");
                char row[64];
                snprintf(row, sizeof row, "memory.scanner.%s", hows[how]);
                bench_tell_amount(settings, row, name, scanner.bytes / 1048576, "MiB", 8 + 2.0 * settings->threads);
            }
        }
        bench_subject_stop(&subject);
    }
}
