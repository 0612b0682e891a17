/* unwritten.c - what nobody wrote since an earlier scan.
 *
 * The invariant: the list is ascending and holds nothing outside the ranges asked about, whatever the platform
 * answers. To leave something out is always right: what is not in the list is read. */
#include "unwritten.h"

#include "../base/error.h"

void ms_unwritten_init(ms_unwritten *unwritten, const memscan_allocator *allocator)
{
    ms_array_init(&unwritten->runs, allocator, sizeof(memscan_extent));
}

void ms_unwritten_deinit(ms_unwritten *unwritten)
{
    ms_array_deinit(&unwritten->runs);
}

/* The first byte behind a run: 0 when that is the end of the address space. */
static uint64_t end_of(const memscan_extent *run)
{
    return run->start + run->size;
}

static uint64_t last_of(const memscan_extent *run)
{
    return run->start + (run->size - 1);
}

typedef struct asking {
    ms_unwritten *unwritten;
    const memscan_track_range *ranges;
    size_t count, at; /* the range looked into last */
    bool swapped;
    bool out_of_memory;
} asking;

static bool add_run(asking *a, const memscan_extent *told)
{
    ms_array *runs = &a->unwritten->runs;
    memscan_extent *before = runs->count ? ms_array_at(runs, runs->count - 1) : NULL;
    if (before && told->start <= last_of(before))
        return true; /* not ascending: nothing that is said here counts */
    if (before && told->start == end_of(before)) {
        before->size += told->size;
        return true;
    }
    memscan_extent *run = ms_array_push(runs);
    if (run)
        *run = *told;
    return run != NULL;
}

static int take_run(const memscan_extent *told, void *context)
{
    asking *a = context;
    if (told->size == 0 || last_of(told) < told->start || (told->state == MEMSCAN_PAGE_SWAPPED && !a->swapped))
        return 0;
    while (a->at < a->count && a->ranges[a->at].last < told->start)
        a->at++;
    if (a->at == a->count || a->ranges[a->at].start > told->start || a->ranges[a->at].last < last_of(told))
        return 0;
    a->out_of_memory = !add_run(a, told);
    return a->out_of_memory;
}

memscan_status ms_unwritten_ask(ms_unwritten *unwritten, memscan_target *target, bool lasting,
                                const memscan_track_range *ranges, size_t count, bool swapped,
                                memscan_track_point *point, memscan_error *error)
{
    unwritten->runs.count = 0;
    if (!target->platform.track)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target does not tell which memory was written");
    target->tracked = true;
    asking a = { .unwritten = unwritten, .ranges = ranges, .count = count, .swapped = swapped };
    memscan_status status = target->platform.track(target->state, lasting, ranges, count, point, take_run, &a, error);
    if (status == MEMSCAN_OK)
        return status;
    unwritten->runs.count = 0;
    *point = (memscan_track_point){ { 0 } };
    return a.out_of_memory ? ms_fail_memory(error) : status;
}

/* The index of the first run that ends at or beyond `address`, from index `low` on. */
static size_t seek(const ms_unwritten *unwritten, size_t low, uint64_t address)
{
    size_t high = unwritten->runs.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (last_of(ms_array_at(&unwritten->runs, middle)) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

memscan_status ms_unwritten_remove(ms_unwritten *unwritten, const memscan_extent *stretch, size_t *from,
                                   memscan_error *error)
{
    ms_array *runs = &unwritten->runs;
    uint64_t last = last_of(stretch);
    size_t index = *from = seek(unwritten, *from, stretch->start);
    memscan_extent *run = index < runs->count ? ms_array_at(runs, index) : NULL;
    if (run && run->start < stretch->start && last_of(run) > last) { /* one becomes two */
        memscan_extent behind = { last + 1, last_of(run) - last, run->state };
        if (!ms_array_push(runs))
            return ms_fail_memory(error);
        run = ms_array_at(runs, index);
        memmove(run + 2, run + 1, (runs->count - index - 2) * sizeof *run);
        run->size = stretch->start - run->start;
        run[1] = behind;
        return MEMSCAN_OK;
    }
    if (run && run->start < stretch->start) {
        run->size = stretch->start - run->start;
        index++;
    }
    size_t covered = index;
    while (covered < runs->count && last_of(ms_array_at(runs, covered)) <= last)
        covered++;
    run = covered < runs->count ? ms_array_at(runs, covered) : NULL;
    if (run && run->start <= last) {
        run->size = last_of(run) - last;
        run->start = last + 1;
    }
    if (covered > index) {
        memmove(ms_array_at(runs, index), ms_array_at(runs, covered), (runs->count - covered) * runs->item_size);
        runs->count -= covered - index;
    }
    return MEMSCAN_OK;
}

bool ms_unwritten_outside(const ms_unwritten *unwritten, uint64_t address, uint64_t size, uint64_t *first,
                          uint64_t *last)
{
    const ms_array *runs = &unwritten->runs;
    size_t index = seek(unwritten, 0, address);
    const memscan_extent *run = index < runs->count ? ms_array_at(runs, index) : NULL;
    *first = address;
    *last = address + (size - 1);
    if (run && run->start <= address) {
        if (last_of(run) >= *last)
            return false;
        *first = end_of(run);
    }
    index = seek(unwritten, index, *last);
    run = index < runs->count ? ms_array_at(runs, index) : NULL;
    if (run && run->start <= *last)
        *last = run->start - 1;
    return true;
}

uint64_t ms_unwritten_alike(const ms_unwritten *unwritten, uint64_t address, uint64_t size, bool *is_unwritten)
{
    size_t index = seek(unwritten, 0, address);
    const memscan_extent *run = index < unwritten->runs.count ? ms_array_at(&unwritten->runs, index) : NULL;
    *is_unwritten = run && run->start <= address;
    uint64_t alike = !run ? size : *is_unwritten ? last_of(run) - address + 1 : run->start - address;
    return alike && alike < size ? alike : size; /* 0: to the end of the address space */
}
