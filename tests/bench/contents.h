/* contents.h - what a benchmark's target holds: made the same on every run, with values planted that are looked for. */
#ifndef BENCH_CONTENTS_H
#define BENCH_CONTENTS_H

#include <stddef.h>
#include <stdint.h>

typedef enum bench_contents {
    BENCH_HEAP,     /* like a game's: see contents.c */
    BENCH_RANDOM,   /* noise: nothing can be squeezed out of it */
    BENCH_ZEROS,    /* pages that were written with zeros */
    BENCH_COUNTERS, /* 32-bit numbers, counted on */
    BENCH_MATCHES   /* noise in which about one 32-bit slot of 54 holds the planted number */
} bench_contents;

const char *bench_contents_name(bench_contents contents);

/* The values planted in BENCH_HEAP, one of each on up to 1,000 pages: numbers at their natural alignment, and
 * BENCH_ODD_I32 at an odd address. BENCH_MATCHES holds BENCH_I32. */
#define BENCH_I8         INT8_C(0x5d)
#define BENCH_I16        INT16_C(0x35d7)
#define BENCH_I32        INT32_C(1294739289)
#define BENCH_I64        INT64_C(0x6b8f3e5a9c1d7742)
#define BENCH_F32        12345.6875f
#define BENCH_F64        98765.4321
#define BENCH_ODD_I32    INT32_C(1783926451)
#define BENCH_TEXT       "The Quartermaster of Fenwick"
#define BENCH_UTF16_TEXT "Wolpertinger"
#define BENCH_CODE       "\x48\x8b\x35\x11\x22\x33\x44\x48\x85\xf6\x0f\x84" /* between them 4 bytes of any value */

/* Fills `size` bytes (whole pages) with them. */
void bench_fill(bench_contents contents, uint8_t *memory, size_t size);

#endif
