/* bench_kernel.c - how fast bytes are judged: each kernel over 256 KiB that stay in the second cache, and whole
 * questions over the 1 MiB chunks of a search. One JSON line a result, GB/s, best and median of 15 runs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libmemscan/base/alloc.h"
#include "libmemscan/base/host.h"
#include "libmemscan/question/question_parts.h"
#include "random.h"

#define RUNS         15
#define RUN_NS       2000000u
#define KERNEL_BYTES (256u << 10)
#define CHUNK_BYTES  (1u << 20)

static const char *const lane_names[MS_LANE_COUNT] = { "i8", "i16", "i32", "i64", "f32", "f64" };
static const size_t lane_widths[MS_LANE_COUNT] = { 1, 2, 4, 8, 4, 8 };
static const char *const form_names[MS_FORM_COUNT] = { "eq",     "gt",     "ge",       "in",      "eq_old",
                                                       "gt_old", "ge_old", "delta_eq", "delta_in" };

typedef struct job {
    const ms_kernel_set *set;
    ms_lane lane;
    ms_form form;
    const memscan_question *question;
    uint64_t alignment;
    const uint8_t *now, *old;
    uint64_t *out;
    ms_marks *marks;
    ms_question_scratch *scratch;
    size_t bytes;
} job;

static void run_once(const job *work)
{
    ms_operands operands = { .low.i64 = INT64_C(0x3fc000003fc00000), .high.i64 = INT64_C(0x3fc000003fc00000) };
    if (work->question)
        ms_question_mark(work->question, work->now, work->bytes, work->bytes, 0, work->alignment, work->scratch,
                         work->marks, 0);
    else
        work->set->row[work->lane][work->form](work->now, work->old, work->bytes / 64 / lane_widths[work->lane],
                                               &operands, work->out);
}

static int compare_numbers(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* GB/s, ascending. */
static void measure(const job *work, double rates[RUNS])
{
    for (size_t run = 0; run < RUNS; run++) {
        uint64_t start = ms_clock_ns(), elapsed, rounds = 0;
        do {
            run_once(work);
            rounds++;
            elapsed = ms_clock_ns() - start;
        } while (elapsed < RUN_NS);
        rates[run] = (double)rounds * (double)work->bytes / (double)elapsed;
    }
    qsort(rates, RUNS, sizeof rates[0], compare_numbers);
}

static void bench_kernels(job work)
{
    double rates[RUNS];
    work.bytes = KERNEL_BYTES;
    for (const ms_kernel_set *const *set = ms_kernel_sets(); *set; set++)
        for (int lane = 0; lane < MS_LANE_COUNT; lane++)
            for (int form = 0; form < MS_FORM_COUNT; form++) {
                work.set = *set;
                work.lane = (ms_lane)lane;
                work.form = (ms_form)form;
                measure(&work, rates);
                printf("{\"bench\":\"kernel\",\"set\":\"%s\",\"lane\":\"%s\",\"form\":\"%s\",\"best\":%.1f,"
                       "\"median\":%.1f}\n",
                       (*set)->name, lane_names[lane], form_names[form], rates[RUNS - 1], rates[RUNS / 2]);
            }
}

static int bench_question(job work, const char *text, uint64_t alignment, const char *memory)
{
    memscan_question *question;
    memscan_error error;
    double rates[RUNS];
    memscan_layout layout = { 8, 0 };
    if (memscan_question_parse(text, MEMSCAN_TYPE_NONE, layout, NULL, &question, &error) < 0) {
        fprintf(stderr, "%s: %s\n", text, error.text);
        return 1;
    }
    work.question = question;
    work.alignment = alignment;
    work.bytes = CHUNK_BYTES;
    measure(&work, rates);
    printf("{\"bench\":\"question\",\"set\":\"%s\",\"expression\":\"%s\",\"alignment\":%" PRIu64
           ",\"memory\":\"%s\",\"best\":%.1f,\"median\":%.1f}\n",
           question->kernels->name, text, alignment, memory, rates[RUNS - 1], rates[RUNS / 2]);
    memscan_question_destroy(question);
    return 0;
}

int main(void)
{
    static const struct {
        const char *text;
        uint64_t alignment;
    } questions[] = {
        { "i32:123456789", 0 },  { "i32:123456789", 1 }, { "i32:not 5", 0 }, { "be:i32:123456789", 0 },
        { "be:i32:1..9", 0 },    { "i64:123456789", 0 }, { "f32:1.5", 0 },   { "f64:1.5", 0 },
        { "f32:above 1e30", 0 }, { "int:123456789", 0 }, { "num:100", 0 },   { "u8:200", 0 },
        { "text:needle", 0 },
    };
    uint8_t *memory = calloc(1, 2 * (CHUNK_BYTES + MS_QUESTION_PADDING)), *random = memory + CHUNK_BYTES;
    uint64_t *out = calloc(CHUNK_BYTES / 64, sizeof *out), state = 1;
    ms_question_scratch *scratch = ms_question_scratch_create(&ms_default_allocator);
    ms_marks *marks = ms_marks_create(&ms_default_allocator, CHUNK_BYTES / 64);
    int status = !memory || !out || !marks || !scratch;
    if (status)
        return status;
    random += MS_QUESTION_PADDING;
    for (size_t i = 0; i < CHUNK_BYTES; i += sizeof state) {
        uint64_t word = test_random(&state);
        memcpy(random + i, &word, sizeof word);
    }
    job work = { .now = random, .old = random + KERNEL_BYTES, .out = out, .marks = marks, .scratch = scratch };
    bench_kernels(work);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        status |= bench_question(work, questions[i].text, questions[i].alignment, "random");
    work.now = memory;
    status |= bench_question(work, "i32:123456789", 0, "zero");
    status |= bench_question(work, "i32:0", 0, "zero");
    ms_question_scratch_destroy(scratch);
    ms_marks_destroy(&ms_default_allocator, marks, CHUNK_BYTES / 64);
    free(out);
    free(memory);
    return status;
}
