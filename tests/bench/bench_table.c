/* bench_table.c - every row of docs/performance.md: what memscan does, beside the bare copy of the same bytes by the same
 * number of threads. Row and copy take turns; medians are compared. One line of JSON a result; the exit status judges
 * answers only.
 *   bench_table [--mib N] [--rounds N] [--threads N] [--only GLOB] [--memscan PROGRAM] [--empty PROGRAM]
 *   bench_table --serve 4k|huge|sparse [--mib N]     (serve.h) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rows.h"
#include "serve.h"

static unsigned long number(const char *text, unsigned long most)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*end || value < 1 || value > most)
        bench_die("%s is not a number from 1 to %lu", text, most);
    return value;
}

static void take_options(int argc, char **argv, bench_settings *settings, const char **served)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *value = argv[i + 1];
        if (!strcmp(argv[i], "--mib"))
            settings->bytes = (uint64_t)number(value, 1u << 20) << 20;
        else if (!strcmp(argv[i], "--rounds"))
            settings->rounds = (unsigned)number(value, BENCH_MOST_ROUNDS / 4 - 1);
        else if (!strcmp(argv[i], "--threads"))
            settings->threads = (unsigned)number(value, 256);
        else if (!strcmp(argv[i], "--only"))
            settings->only = value;
        else if (!strcmp(argv[i], "--memscan"))
            settings->program = value;
        else if (!strcmp(argv[i], "--empty"))
            settings->empty = value;
        else if (!strcmp(argv[i], "--serve"))
            *served = value;
        else
            bench_die("unknown option %s", argv[i]);
    }
    if (argc % 2 == 0)
        bench_die("an option without its value");
}

int main(int argc, char **argv)
{
    bench_settings settings = {
        .bytes = UINT64_C(1) << 30, .rounds = 5, .threads = (unsigned)sysconf(_SC_NPROCESSORS_ONLN), .self = argv[0]
    };
    if (argc > 1 && !strcmp(argv[1], "--peak"))
        return bench_peak(argc, argv);
    const char *served = NULL;
    take_options(argc, argv, &settings, &served);
    if (served)
        return bench_serve(&settings, served);
    bench_start_rows(&settings);
    bench_find_rows(&settings);
    bench_contents_rows(&settings);
    bench_place_rows(&settings);
    bench_session_rows(&settings);
    bench_memory_rows(&settings);
    return EXIT_SUCCESS;
}
