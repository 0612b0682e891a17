/* draw.c - what both pictures of an address space share: the stretches between its great gaps, and the lengths.
 *
 * An address space holds pages and gigabytes side by side, so lengths are drawn by the logarithm of the size: every
 * region can be seen, and a longer one is larger. */
#include "draw.h"

#include <stdio.h>

enum { STRETCHES_MOST = 24 };

static size_t count_stretches(const cli_survey *survey, uint64_t gap)
{
    size_t count = 0;
    for (size_t at = 0; at < survey->count; count++)
        at += cli_stretch_at(survey, at, gap).count;
    return count;
}

uint64_t cli_fold_gap(const cli_survey *survey)
{
    uint64_t gap = UINT64_C(1) << 24;
    while (gap < UINT64_C(1) << 60 && count_stretches(survey, gap) > STRETCHES_MOST)
        gap *= 4;
    return gap;
}

cli_stretch cli_stretch_at(const cli_survey *survey, size_t first, uint64_t gap)
{
    cli_stretch stretch = { .first = first, .start = survey->regions[first].region.start };
    uint64_t end = stretch.start;
    for (size_t i = first; i < survey->count; i++) {
        const memscan_region *region = &survey->regions[i].region;
        if (i > first && region->start - end > gap)
            break;
        end = region->start + region->size; /* 0 behind the last byte of all: then no region follows */
        stretch.count++;
        stretch.mapped += region->size;
        stretch.resident += survey->regions[i].resident;
    }
    stretch.size = end - stretch.start;
    return stretch;
}

const char *cli_last_part(const char *path)
{
    const char *part = path;
    for (const char *at = path; *at != '\0'; at++) {
        if ((*at == '/' || *at == '\\') && at[1] != '\0')
            part = at + 1;
    }
    return part;
}

void cli_stretch_name(const cli_survey *survey, const cli_stretch *stretch, char *out, size_t capacity)
{
    const memscan_region *best = NULL;
    for (size_t i = stretch->first; i < stretch->first + stretch->count; i++) {
        const memscan_region *region = &survey->regions[i].region;
        if (region->name[0] == '\0')
            continue;
        bool is_code = region->kind == MEMSCAN_KIND_CODE, best_is_code = best && best->kind == MEMSCAN_KIND_CODE;
        if (best == NULL || (is_code && !best_is_code) || (is_code == best_is_code && region->size > best->size))
            best = region;
    }
    memscan_escape(best == NULL ? "" : cli_last_part(best->name), out, capacity);
}

unsigned cli_log_length(uint64_t size)
{
    unsigned length = 0;
    for (uint64_t pages = size / 4096; pages > 0; pages /= 2)
        length++;
    return length;
}
