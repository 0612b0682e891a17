/* subject.h - the target of a benchmark: a process that owns its memory, tells its truth, and changes it when asked. */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include <stdbool.h>
#include <sys/types.h>

#include "contents.h"

/* How the memory is laid out. */
typedef enum bench_layout {
    BENCH_SMALL_PAGES, /* one mapping, 4 KiB pages */
    BENCH_HUGE_PAGES,  /* the same, huge pages as far as the system has them */
    BENCH_SPARSE,      /* of a large reservation, 1 MiB in each `size` / 256 is touched */
    BENCH_REGIONS      /* many small mappings: `regions` of them */
} bench_layout;

typedef struct bench_answer {
    uint64_t count;
    uint64_t sum; /* of the offsets from the memory's start, so that right counts of wrong places are seen */
} bench_answer;

typedef struct bench_subject {
    pid_t pid;
    uint64_t start, size; /* of the address space */
    uint64_t held;        /* bytes that are there */
    bench_contents contents;
    bench_layout layout;
    unsigned regions;
    int to, from; /* pipes */
    struct bench_request *request;
} bench_subject;

/* Starts it; it is there when this returns. */
bench_subject bench_subject_start(bench_contents contents, bench_layout layout, uint64_t size, unsigned regions);
void bench_subject_stop(bench_subject *subject);
const char *bench_layout_name(bench_layout layout);

/* Whether something that is looked for begins at `at`, where `left` bytes are left. Runs in the target. */
typedef bool bench_fits(const uint8_t *at, size_t left);
/* What the target itself finds at every `step`th byte of what it holds, in the plainest way. */
bench_answer bench_subject_count(const bench_subject *subject, bench_fits *fits, unsigned step);
/* Has it add 5 to the 32-bit number in one slot and take 3 from it in the next, on `pages` pages far apart; none wraps
 * round. The answer tells how many grew; count is `pages` rounded up to even. */
bench_answer bench_subject_change(const bench_subject *subject, unsigned pages);

/* The mappings of BENCH_REGIONS, and the touched stretches of BENCH_SPARSE: offset and size of the one at `index`; false:
 * there are no more. */
bool bench_subject_stretch(const bench_subject *subject, unsigned index, uint64_t *offset, uint64_t *size);

#endif
