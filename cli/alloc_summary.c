/* alloc_summary.c - see alloc_summary.h. */
#include "alloc_summary.h"

#include <stdlib.h>

#include "draw.h"

static size_t class_of(uint64_t bytes)
{
    size_t class = 0;
    for (uint64_t from = 16; class + 1 < CLI_SIZE_CLASSES && bytes >= from; from *= 4)
        class ++;
    return class;
}

static uint64_t first_of(size_t class)
{
    return class == 0 ? 0 : UINT64_C(4) << (2 * class);
}

/* ---- the slowest ---- */

static void note_slow(cli_alloc_summary *s, memscan_recording *recording, const memscan_allocation *a)
{
    bool is_full = s->slow_count == CLI_SLOWEST;
    if (is_full && a->nanoseconds <= s->slowest[CLI_SLOWEST - 1].allocation.nanoseconds)
        return;
    size_t at = is_full ? CLI_SLOWEST - 1 : s->slow_count;
    for (; at > 0 && s->slowest[at - 1].allocation.nanoseconds < a->nanoseconds; at--)
        s->slowest[at] = s->slowest[at - 1];
    s->slowest[at].allocation = *a;
    /* Now: its process may be gone later. */
    memscan_recording_place(recording, a, s->slowest[at].place, sizeof s->slowest[at].place);
    s->slow_count += !is_full;
}

/* ---- by size ---- */

static void add_to_class(cli_size_class *class, const memscan_allocation *a)
{
    class->count++;
    class->bytes += a->address != 0 ? a->bytes : 0;
    class->longest = a->nanoseconds > class->longest ? a->nanoseconds : class->longest;
}

/* The time that `part` of the calls did not exceed. */
static uint64_t percentile(const uint64_t *counts, uint64_t total, double part)
{
    uint64_t below = 0, wanted = (uint64_t)(part * (double)total);
    for (uint32_t step = 0; step < CLI_STEP_COUNT; step++) {
        below += counts[step];
        if (below > wanted)
            return (uint64_t)cli_step_middle(step);
    }
    return 0;
}

static void find_percentiles(cli_size_class *class, const uint64_t *counts)
{
    uint64_t total = 0;
    for (uint32_t step = 0; step < CLI_STEP_COUNT; step++)
        total += counts[step];
    class->median = percentile(counts, total, 0.5);
    class->p90 = percentile(counts, total, 0.9);
    class->p99 = percentile(counts, total, 0.99);
    /* A step stands for its middle, which may lie behind the longest. */
    class->median = class->median < class->longest ? class->median : class->longest;
    class->p90 = class->p90 < class->longest ? class->p90 : class->longest;
    class->p99 = class->p99 < class->longest ? class->p99 : class->longest;
}

static void fill_classes(cli_alloc_summary *s)
{
    uint64_t(*counts)[CLI_STEP_COUNT] = calloc(CLI_SIZE_CLASSES + 1, sizeof *counts);
    s->cloud_incomplete = s->cloud_incomplete || counts == NULL;
    for (size_t i = 0; i < s->cloud.capacity && counts != NULL; i++) {
        const cli_cell *cell = &s->cloud.cells[i];
        counts[class_of((uint64_t)cli_step_middle(cell->bytes))][cell->nanoseconds] += cell->count;
        counts[CLI_SIZE_CLASSES][cell->nanoseconds] += cell->count;
    }
    for (size_t class = 0; class < CLI_SIZE_CLASSES; class ++) {
        s->classes[class].from = first_of(class);
        if (counts != NULL)
            find_percentiles(&s->classes[class], counts[class]);
    }
    if (counts != NULL)
        find_percentiles(&s->all, counts[CLI_SIZE_CLASSES]);
    free(counts);
}

/* ---- the whole ---- */

uint64_t cli_alloc_summary_add(cli_alloc_summary *summary, memscan_recording *recording,
                               const memscan_allocation *allocation)
{
    const memscan_allocation *a = allocation;
    uint64_t freed = cli_live_follow(&summary->live, a);
    if (a->call == MEMSCAN_CALL_FREE)
        return freed;
    add_to_class(&summary->classes[class_of(a->bytes)], a);
    add_to_class(&summary->all, a);
    summary->failed += a->address == 0 && a->bytes != 0;
    if (!cli_cloud_add(&summary->cloud, a->bytes, a->nanoseconds))
        summary->cloud_incomplete = true;
    note_slow(summary, recording, a);
    return freed;
}

static int look_at_program(const memscan_recorded_program *program, void *context)
{
    cli_alloc_summary *s = context;
    if (program->is_python && !program->python_by_malloc)
        s->python = true;
    if (program->allocations == 0 && program->frees == 0) {
        if (s->silent++ == 0)
            memscan_escape(cli_last_part(program->path), s->silent_name, sizeof s->silent_name);
    }
    return 0;
}

void cli_alloc_summary_finish(cli_alloc_summary *summary, memscan_recording *recording)
{
    summary->report = (memscan_recording_report)MEMSCAN_RECORDING_REPORT_INIT;
    memscan_recording_report_of(recording, &summary->report);
    memscan_recording_programs(recording, look_at_program, summary, NULL);
    fill_classes(summary);
}

void cli_alloc_summary_deinit(cli_alloc_summary *summary)
{
    cli_cloud_deinit(&summary->cloud);
    cli_live_deinit(&summary->live);
}
