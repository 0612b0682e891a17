/* bench_instructions.c - one inner loop, sixteen times over a mebibyte like a game's heap, for a counter of instructions
 * around it (tests/bench/instructions). It measures nothing itself.
 *   bench_instructions JOB SET     JOB none: everything but the loop */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contents.h"
#include "libmemscan/base/alloc.h"
#include "libmemscan/kernel/kernel.h"
#include "libmemscan/kernel/needle.h"
#include "libmemscan/kernel/pack.h"
#include "libmemscan/match/block.h"

enum { BYTES = 1 << 20, TIMES = 16 };

typedef struct job {
    const char *set;
    uint8_t *memory, *other; /* BYTES each, and a quarter more in the other */
    uint64_t *mask;
} job;

static int run_kernel(const job *work, ms_lane lane, ms_form form)
{
    ms_operands operands = { .low.i64 = 0x3f8000003f800000, .high.i64 = 0x4000000040000000 };
    for (const ms_kernel_set *const *set = ms_kernel_sets(); *set; set++)
        if (!strcmp((*set)->name, work->set)) {
            (*set)->row[lane][form](work->memory, work->other, BYTES / 64 / (lane == MS_LANE_I8 ? 1 : 4), &operands,
                                    work->mask);
            return EXIT_SUCCESS;
        }
    return EXIT_FAILURE;
}

static int run_needle(const job *work)
{
    ms_needle needle;
    ms_needle_init(&needle, (const uint8_t *)BENCH_TEXT, NULL, sizeof BENCH_TEXT - 1);
    for (const ms_needle_set *const *set = ms_needle_sets(); *set; set++)
        if (!strcmp((*set)->name, work->set)) {
            for (size_t at = 0; (at = (*set)->find(&needle, work->memory, BYTES, at)) != MS_NEEDLE_NONE; at++)
                work->mask[0]++;
            return EXIT_SUCCESS;
        }
    return EXIT_FAILURE;
}

/* There, and with `back` back again. */
static int run_pack(const job *work, bool back)
{
    for (const ms_pack_set *const *set = ms_pack_sets(); *set; set++)
        if (!strcmp((*set)->name, work->set)) {
            uint8_t *kept = work->other + BYTES / 8;
            size_t length = (*set)->pack(work->memory, BYTES / 64, work->other, kept);
            if (back)
                (*set)->unpack(work->other, BYTES / 64, kept, length, work->memory);
            return EXIT_SUCCESS;
        }
    return EXIT_FAILURE;
}

static int run(const job *work, const char *name)
{
    if (!strcmp(name, "none"))
        return EXIT_SUCCESS;
    if (!strcmp(name, "i8_eq"))
        return run_kernel(work, MS_LANE_I8, MS_FORM_EQ);
    if (!strcmp(name, "i32_eq"))
        return run_kernel(work, MS_LANE_I32, MS_FORM_EQ);
    if (!strcmp(name, "f32_in"))
        return run_kernel(work, MS_LANE_F32, MS_FORM_IN);
    if (!strcmp(name, "i32_eq_old"))
        return run_kernel(work, MS_LANE_I32, MS_FORM_EQ_OLD);
    if (!strcmp(name, "i32_delta_eq"))
        return run_kernel(work, MS_LANE_I32, MS_FORM_DELTA_EQ);
    if (!strcmp(name, "text"))
        return run_needle(work);
    if (!strcmp(name, "pack"))
        return run_pack(work, false);
    return !strcmp(name, "pack_and_unpack") ? run_pack(work, true) : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    job work = { argc > 2 ? argv[2] : "", malloc(BYTES), calloc(BYTES + BYTES / 4, 1), calloc(BYTES / 8, 1) };
    int status = argc == 3 && work.memory && work.other && work.mask ? EXIT_SUCCESS : EXIT_FAILURE;
    if (status == EXIT_SUCCESS)
        bench_fill(BENCH_HEAP, work.memory, BYTES);
    for (int i = 0; i < TIMES && status == EXIT_SUCCESS; i++)
        status = run(&work, argv[1]);
    free(work.memory);
    free(work.other);
    free(work.mask);
    return status;
}
