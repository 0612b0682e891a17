/* bench_needle.c - how fast bytes are found: every instruction set's needle search, glibc's memmem where there is one,
 * and whole patterns, over 64 MiB made like a program's heap and over 256 KiB of it that stay in the cache. One JSON
 * line for each result: the best and the median of the rounds, in GB/s. It judges nothing.
 *
 *   bench_needle [ROUNDS] */
#if defined(__linux__)
#define _GNU_SOURCE /* memmem */
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/host.h"
#include "libmemscan/kernel/needle.h"
#include "libmemscan/pattern/pattern.h"
#include "random.h"

#define LARGE       ((size_t)64 << 20)
#define SMALL       ((size_t)256 << 10)
#define KIND_BYTES  ((size_t)64 << 10)
#define MOST_ROUNDS 101

/* One run of 64 KiB: zero pages, small numbers and pointers, text, or noise. */
static void fill_run(uint8_t *run, uint64_t *state)
{
    static const char words[] = "player health position inventory texture shader level gold ";
    unsigned kind = (unsigned)(test_random(state) % 100);
    for (size_t i = 0; i < KIND_BYTES; i += 8) {
        uint64_t x = test_random(state), value = x;
        if (kind < 20)
            value = 0;
        else if (kind < 60)
            value = i % 32 == 8 ? 0x00007f0000000000u | x >> 24 : x % 1000;
        else if (kind < 80)
            for (size_t c = 0; c < 8; c++)
                ((char *)&value)[c] = words[(i + c + x % 2 * 7) % (sizeof words - 1)];
        memcpy(run + i, &value, 8);
    }
}

/* One search over `size` bytes; the number of matches. */
typedef struct bench_job bench_job;
struct bench_job {
    size_t (*run)(const bench_job *job, const uint8_t *hay, size_t size);
    const char *who, *text;
    ms_pattern *pattern;
    const uint8_t *bytes; /* of a pattern that is literal */
    size_t length;
    ms_needle needle;
};

static size_t run_needle(const bench_job *job, const uint8_t *hay, size_t size)
{
    size_t count = 0;
    for (size_t at = 0; (at = job->needle.find(&job->needle, hay, size, at)) != MS_NEEDLE_NONE; at++)
        count++;
    return count;
}

static size_t run_pattern(const bench_job *job, const uint8_t *hay, size_t size)
{
    ms_pattern_hit hits[512];
    size_t count = 0, from = 0, found;
    while ((found = ms_pattern_find(job->pattern, hay, size, from, SIZE_MAX, hits, 512)) == 512) {
        from = hits[511].at + 1;
        count += found;
    }
    return count + found;
}

#if defined(__linux__)
static size_t run_memmem(const bench_job *job, const uint8_t *hay, size_t size)
{
    size_t count = 0;
    const uint8_t *at = hay;
    while ((at = memmem(at, size - (size_t)(at - hay), job->bytes, job->length)) != NULL) {
        count++;
        at++;
    }
    return count;
}
#endif

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const bench_job *job, const uint8_t *hay, size_t size, size_t rounds)
{
    double speed[MOST_ROUNDS];
    size_t count = 0, repeats = LARGE / size / 4 + 1;
    for (size_t round = 0; round < rounds; round++) {
        uint64_t start = ms_clock_ns();
        for (size_t i = 0; i < repeats; i++)
            count = job->run(job, hay, size);
        speed[round] = (double)size * (double)repeats / (double)(ms_clock_ns() - start);
    }
    qsort(speed, rounds, sizeof *speed, ascending);
    printf("{\"bench\":\"needle\",\"who\":\"%s\",\"pattern\":\"%s\",\"bytes\":%zu,\"matches\":%zu,\"best_gb_s\":%.2f,"
           "\"median_gb_s\":%.2f}\n",
           job->who, job->text, size, count, speed[rounds - 1], speed[rounds / 2]);
    fflush(stdout);
}

static void measure_both(const bench_job *job, const uint8_t *hay, size_t rounds)
{
    measure(job, hay, LARGE, rounds);
    measure(job, hay + LARGE / 2, SMALL, rounds);
}

/* Every way in which this pattern can be searched. */
static int measure_text(const char *text, const uint8_t *hay, size_t rounds)
{
    bench_job job = { .text = text, .who = "pattern", .run = run_pattern };
    memscan_error error;
    if (ms_pattern_parse_hex(text, strlen(text), &ms_default_allocator, &job.pattern, &error) != MEMSCAN_OK) {
        fprintf(stderr, "bench_needle: %s: %s\n", text, error.text);
        return EXIT_FAILURE;
    }
    measure_both(&job, hay, rounds);
    if (ms_pattern_is_literal(job.pattern, &job.bytes, &job.length)) {
        ms_needle_init(&job.needle, job.bytes, NULL, job.length);
        job.run = run_needle;
        for (const ms_needle_set *const *set = ms_needle_sets(); *set; set++) {
            job.who = (*set)->name;
            job.needle.find = (*set)->find;
            measure_both(&job, hay, rounds);
        }
#if defined(__linux__)
        job.who = "memmem";
        job.run = run_memmem;
        measure_both(&job, hay, rounds);
#endif
    }
    ms_pattern_destroy(job.pattern);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    static const char *const patterns[] = {
        "9E A3 17 C2 55 81 F0 3B",             /* a rare eight-byte string */
        "67 6F 6C 64 20 70 6C 61 79 65 72 21", /* "gold player!": text that nearly fits */
        "E7 03 00 00",                         /* the int32 999 */
        "48 8B 05 ?? ?? ?? ?? 48 85 C0",       /* a signature of code */
        "4? 8B ?5 ?? ?? ?? ?? 48 85 C0",       /* with nibbles */
        "48 8B ?? [4-6] 89 (62 B4 | 56)",      /* judged where the needle fits */
        "00 [2-9] 00 (01 | 02 03) [-] 00 9E",  /* common bytes, an open jump */
        "(62 B4 | 56 57) (48 | 49)",           /* no needle */
    };
    size_t rounds = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 9;
    uint8_t *hay = malloc(LARGE);
    if (!hay || rounds < 1 || rounds > MOST_ROUNDS) {
        fprintf(stderr, "usage: bench_needle [ROUNDS]: 1 to %d, and 64 MiB of memory\n", MOST_ROUNDS);
        free(hay);
        return EXIT_FAILURE;
    }
    uint64_t state = 1;
    for (size_t at = 0; at < LARGE; at += KIND_BYTES)
        fill_run(hay + at, &state);
    int status = EXIT_SUCCESS;
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0] && status == EXIT_SUCCESS; i++)
        status = measure_text(patterns[i], hay, rounds);
    free(hay);
    return status;
}
