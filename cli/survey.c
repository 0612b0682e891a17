/* survey.c - the regions in one walk, their residency in a second; what was mapped or unmapped in between is left out of
 * the sums, so that the regions are shown as they were first seen. */
#include "survey.h"

#include <stdlib.h>
#include <string.h>

#include "complain.h"

static int add_region(const memscan_region *region, void *context)
{
    cli_survey *survey = context;
    if (survey->count == survey->capacity) {
        size_t more = survey->capacity == 0 ? 128 : survey->capacity * 2;
        cli_surveyed *regions = realloc(survey->regions, more * sizeof *regions);
        if (regions == NULL)
            return 1;
        survey->regions = regions;
        survey->capacity = more;
    }
    size_t size = strlen(region->name) + 1;
    char *name = malloc(size);
    if (name == NULL)
        return 1;
    memcpy(name, region->name, size);
    cli_surveyed *added = &survey->regions[survey->count++];
    bool empty = (region->flags & (MEMSCAN_REGION_FREE | MEMSCAN_REGION_RESERVED)) != 0;
    *added = (cli_surveyed){ .region = *region, .resident_known = !empty };
    added->region.name = name;
    return 0;
}

typedef struct adding {
    cli_survey *survey;
    size_t at;
} adding;

static int add_extent(const memscan_extent *extent, void *context)
{
    adding *a = context;
    cli_survey *survey = a->survey;
    while (a->at < survey->count &&
           extent->start - survey->regions[a->at].region.start >= survey->regions[a->at].region.size &&
           extent->start > survey->regions[a->at].region.start)
        a->at++;
    if (a->at == survey->count || extent->start < survey->regions[a->at].region.start)
        return 0; /* mapped since */
    survey->regions[a->at].resident_known &= extent->state != MEMSCAN_PAGE_UNKNOWN;
    survey->resident_known |= extent->state != MEMSCAN_PAGE_UNKNOWN;
    if (extent->state == MEMSCAN_PAGE_RESIDENT)
        survey->regions[a->at].resident += extent->size;
    return 0;
}

/* Only add_region stops a walk, and only when memory ran out. */
static memscan_status walked(memscan_status status, memscan_error *error)
{
    return status == MEMSCAN_STOPPED ? cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory") : status;
}

/* What the system does not tell is then known of no region. */
static memscan_status forgiven(memscan_status status)
{
    return status == MEMSCAN_NOT_SUPPORTED || status == MEMSCAN_DENIED ? MEMSCAN_OK : status;
}

memscan_status cli_survey_take_all(cli_survey *survey, memscan_target *target, memscan_error *error)
{
    memset(survey, 0, sizeof *survey);
    return walked(memscan_address_space(target, add_region, survey, error), error);
}

memscan_status cli_survey_take(cli_survey *survey, memscan_target *target, memscan_error *error)
{
    memset(survey, 0, sizeof *survey);
    memscan_status status = walked(memscan_regions(target, 0, add_region, survey, error), error);
    if (status != MEMSCAN_OK)
        return status;
    adding a = { survey, 0 };
    return forgiven(memscan_residency(target, 0, UINT64_MAX, add_extent, &a, error));
}

/* Both ascend. What is not where it was has been mapped anew since. */
static int add_usage(const memscan_usage *usage, void *context)
{
    adding *a = context;
    cli_survey *survey = a->survey;
    while (a->at < survey->count && survey->regions[a->at].region.start < usage->start)
        a->at++;
    if (a->at == survey->count || survey->regions[a->at].region.start != usage->start ||
        survey->regions[a->at].region.size != usage->size)
        return 0;
    survey->regions[a->at].usage = *usage;
    survey->regions[a->at].usage_known = true;
    return 0;
}

memscan_status cli_survey_add_usage(cli_survey *survey, memscan_target *target, memscan_error *error)
{
    adding a = { survey, 0 };
    return forgiven(memscan_usages(target, add_usage, &a, error));
}

const cli_surveyed *cli_survey_find(const cli_survey *survey, uint64_t address)
{
    size_t low = 0, high = survey->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (survey->regions[middle].region.start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const cli_surveyed *s = low > 0 ? &survey->regions[low - 1] : NULL;
    return s != NULL && address - s->region.start < s->region.size ? s : NULL;
}

void cli_survey_deinit(cli_survey *survey)
{
    for (size_t i = 0; i < survey->count; i++)
        free((void *)(uintptr_t)survey->regions[i].region.name);
    free(survey->regions);
    memset(survey, 0, sizeof *survey);
}
