/* contents.c - the memory of targets. The heap is a made-up mix, not a recording: runs of 64 KiB of one kind each, in
 * the shares of the table below, so that about half of its bytes are zero, as in real programs. */
#include "contents.h"

#include <string.h>

#include "random.h"

enum { RUN_BYTES = 64 << 10, PAGE_BYTES = 4096, MOST_PLANTED = 1000 };

const char *bench_contents_name(bench_contents contents)
{
    static const char *const names[] = { "heap", "random", "zeros", "counters", "matches" };
    return names[contents];
}

static void put32(uint8_t *at, uint32_t value)
{
    memcpy(at, &value, sizeof value);
}

static void put64(uint8_t *at, uint64_t value)
{
    memcpy(at, &value, sizeof value);
}

static void put_float(uint8_t *at, float value)
{
    memcpy(at, &value, sizeof value);
}

static uint64_t some_pointer(uint64_t *state)
{
    return UINT64_C(0x00007f0000000000) | (test_random(state) >> 24 & UINT64_C(0xfffffffff0));
}

static void fill_zeros(uint8_t *run, uint64_t *state)
{
    (void)state;
    memset(run, 0, RUN_BYTES);
}

/* 64 bytes each: identity, kind and flags, a position, health and its like, two pointers, room to spare. */
static void fill_entities(uint8_t *run, uint64_t *state)
{
    memset(run, 0, RUN_BYTES);
    for (uint8_t *at = run; at < run + RUN_BYTES; at += 64) {
        uint64_t x = test_random(state);
        put32(at, (uint32_t)(x % 5000));
        put32(at + 4, (uint32_t)(x >> 13 & 7) << 8 | (uint32_t)(x >> 16 & 1));
        for (int i = 0; i < 3; i++)
            put_float(at + 8 + 4 * i, (float)(int64_t)(test_random(state) % 4000000) / 1000.0f - 2000.0f);
        put32(at + 20, (uint32_t)(x >> 20 & 127));
        put32(at + 24, (uint32_t)(x >> 27) % 1000);
        put64(at + 32, some_pointer(state));
        if (x & 2)
            put64(at + 40, some_pointer(state));
    }
}

/* 32 bytes each: a place, a normal along an axis more often than not, texture coordinates in eighths. */
static void fill_vertices(uint8_t *run, uint64_t *state)
{
    for (uint8_t *at = run; at < run + RUN_BYTES; at += 32) {
        uint64_t x = test_random(state);
        for (int i = 0; i < 3; i++)
            put_float(at + 4 * i, (float)(int64_t)(test_random(state) % 200000) / 100.0f - 1000.0f);
        for (int i = 0; i < 3; i++)
            put_float(at + 12 + 4 * i, x & 1 ? (float)(x >> (8 + 8 * i) & 1) : (float)(x >> (8 + 8 * i) & 255) / 255);
        put_float(at + 24, (float)(x >> 40 & 7) / 8);
        put_float(at + 28, (float)(x >> 48 & 7) / 8);
    }
}

static void fill_pointers(uint8_t *run, uint64_t *state)
{
    for (uint8_t *at = run; at < run + RUN_BYTES; at += 8)
        put64(at, test_random(state) & 1 ? some_pointer(state) : 0);
}

static void fill_integers(uint8_t *run, uint64_t *state)
{
    for (uint8_t *at = run; at < run + RUN_BYTES; at += 4)
        put32(at, (uint32_t)(test_random(state) % 1000));
}

/* Strings in slots of 32 bytes, as a table of names has them. */
static void fill_text(uint8_t *run, uint64_t *state)
{
    static const char words[] = "player health position inventory texture shader level gold door lamp ";
    memset(run, 0, RUN_BYTES);
    for (uint8_t *at = run; at < run + RUN_BYTES; at += 32) {
        uint64_t x = test_random(state);
        size_t length = 12 + x % 20, from = (x >> 8) % (sizeof words - 1);
        for (size_t i = 0; i < length; i++)
            at[i] = (uint8_t)words[(from + i) % (sizeof words - 1)];
    }
}

static void fill_noise(uint8_t *run, uint64_t *state)
{
    for (uint8_t *at = run; at < run + RUN_BYTES; at += 8)
        put64(at, test_random(state));
}

static void fill_heap_run(uint8_t *run, uint64_t *state)
{
    static const struct {
        unsigned percent;
        void (*fill)(uint8_t *run, uint64_t *state);
    } kinds[] = { { 18, fill_zeros },    { 28, fill_entities }, { 14, fill_vertices }, { 12, fill_pointers },
                  { 10, fill_integers }, { 8, fill_text },      { 10, fill_noise } };
    unsigned left = (unsigned)(test_random(state) % 100), kind = 0;
    while (left >= kinds[kind].percent)
        left -= kinds[kind++].percent;
    kinds[kind].fill(run, state);
}

/* The last part of the memory may be shorter than a run. */
static void fill_runs(uint8_t *memory, size_t size, void (*fill)(uint8_t *run, uint64_t *state))
{
    uint8_t last[RUN_BYTES];
    uint64_t state = 42;
    for (size_t at = 0; at < size; at += RUN_BYTES) {
        size_t length = size - at < RUN_BYTES ? size - at : RUN_BYTES;
        fill(length < RUN_BYTES ? last : memory + at, &state);
        if (length < RUN_BYTES)
            memcpy(memory + at, last, length);
    }
}

static void plant(uint8_t *page)
{
    const int8_t i8 = BENCH_I8;
    const int16_t i16 = BENCH_I16;
    const int32_t i32 = BENCH_I32, odd = BENCH_ODD_I32;
    const int64_t i64 = BENCH_I64;
    const float f32 = BENCH_F32;
    const double f64 = BENCH_F64;
    memcpy(page + 64, &i8, sizeof i8);
    memcpy(page + 96, &i16, sizeof i16);
    memcpy(page + 128, &i32, sizeof i32);
    memcpy(page + 192, &i64, sizeof i64);
    memcpy(page + 256, &f32, sizeof f32);
    memcpy(page + 320, &f64, sizeof f64);
    memcpy(page + 387, &odd, sizeof odd);
    memcpy(page + 451, BENCH_TEXT, sizeof BENCH_TEXT - 1);
    for (size_t i = 0; i < sizeof BENCH_UTF16_TEXT - 1; i++) {
        page[512 + 2 * i] = (uint8_t)BENCH_UTF16_TEXT[i];
        page[513 + 2 * i] = 0;
    }
    memcpy(page + 577, BENCH_CODE, sizeof BENCH_CODE - 1);
}

static void plant_heap(uint8_t *memory, size_t size)
{
    size_t pages = size / PAGE_BYTES, planted = pages / 4 < MOST_PLANTED ? pages / 4 : MOST_PLANTED;
    for (size_t i = 0; i < planted; i++) {
        uint8_t *page = memory + i * (pages / planted) * PAGE_BYTES;
        uint64_t number = i * UINT64_C(0x9e3779b97f4a7c15);
        plant(page);
        memcpy(page + 580, &number, 4); /* the bytes of BENCH_CODE that may be any */
    }
}

static void fill_matches(uint8_t *memory, size_t size)
{
    uint64_t state = 7;
    fill_runs(memory, size, fill_noise);
    for (size_t slot = 0; slot < size / 4; slot += 1 + test_random(&state) % 107)
        put32(memory + 4 * slot, (uint32_t)BENCH_I32);
}

void bench_fill(bench_contents contents, uint8_t *memory, size_t size)
{
    switch (contents) {
    case BENCH_HEAP:
        fill_runs(memory, size, fill_heap_run);
        plant_heap(memory, size);
        break;
    case BENCH_RANDOM: fill_runs(memory, size, fill_noise); break;
    case BENCH_ZEROS: memset(memory, 0, size); break;
    case BENCH_COUNTERS:
        for (size_t slot = 0; slot < size / 4; slot++)
            put32(memory + 4 * slot, (uint32_t)slot);
        break;
    case BENCH_MATCHES: fill_matches(memory, size); break;
    }
}
