/* filter.c - which memory: the options' texts become the library's filter. */
#include "filter.h"

#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "units.h"

static memscan_status parse_perm(memscan_filter *filter, const char *text, memscan_error *error)
{
    static const char letters[] = "rwx";
    bool valid = strlen(text) == 3;
    for (int i = 0; valid && i < 3; i++) {
        if (text[i] == letters[i])
            filter->protection_demanded |= 1u << i; /* MEMSCAN_PROT_ bits stand in this order */
        else if (text[i] == '-')
            filter->protection_forbidden |= 1u << i;
        else
            valid = text[i] == '?';
    }
    filter->protection_given = 1;
    if (valid)
        return MEMSCAN_OK;
    char shown[64];
    memscan_escape(text, shown, sizeof shown);
    return cli_wrong(error, "three places, for r, w and x: a letter, `-` or `?`, as in rw- or r?x",
                     "not a protection: %s", shown);
}

static memscan_status parse_kinds(memscan_filter *filter, const char *text, memscan_error *error)
{
    while (true) {
        char name[32] = "", shown[64];
        size_t length = strcspn(text, ",");
        memscan_kind kind;
        if (length < sizeof name)
            memcpy(name, text, length);
        if (!memscan_kind_from_name(name, &kind))
            return cli_wrong(error, "code rodata data bss heap stack file shared anon vdso guard device",
                             "there is no kind %s", cli_show(text, length, shown, sizeof shown));
        filter->kinds |= MEMSCAN_KIND_BIT(kind);
        if (text[length] == '\0')
            return MEMSCAN_OK;
        text += length + 1;
    }
}

/* ---- ranges ---- */

static memscan_status bad_range(const char *text, const char *why, memscan_error *error)
{
    char shown[128];
    memscan_escape(text, shown, sizeof shown);
    return cli_wrong(error, "START..END (END excluded), ADDRESS:LENGTH, MODULE or 0xA-0xB", "%s: %s", why, shown);
}

/* A copy of the first `length` bytes; NULL when memory ran out. */
static char *copy_of(const char *text, size_t length)
{
    char *copy = malloc(length + 1);
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

static memscan_status resolve_part(memscan_target *target, const char *text, size_t length, uint64_t *address,
                                   memscan_error *error)
{
    char *part = copy_of(text, length);
    if (part == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    memscan_status status = memscan_resolve(target, part, address, error);
    free(part);
    return status;
}

static memscan_status highest_address(memscan_target *target, uint64_t *highest, memscan_error *error)
{
    memscan_facts facts = MEMSCAN_FACTS_INIT;
    memscan_status status = memscan_facts_of(target, &facts, error);
    *highest = facts.highest_address;
    return status;
}

/* The last colon that is single and has a digit behind it; NULL: none. */
static const char *length_colon(const char *text)
{
    for (const char *at = text + strlen(text); at-- > text;) {
        if (*at != ':')
            continue;
        bool single = at[1] != ':' && (at == text || at[-1] != ':');
        if (single && at[1] >= '0' && at[1] <= '9')
            return at;
    }
    return NULL;
}

static memscan_status lay_stretch(memscan_target *target, const char *text, uint64_t start, uint64_t length,
                                  memscan_range *range, memscan_error *error)
{
    uint64_t highest;
    memscan_status status = highest_address(target, &highest, error);
    if (status != MEMSCAN_OK)
        return status;
    if (length == 0)
        return bad_range(text, "a length of 0", error);
    if (start > highest || length - 1 > highest - start)
        return bad_range(text, "beyond the end of the target's address space", error);
    *range = (memscan_range){ start, start + (length - 1) };
    return MEMSCAN_OK;
}

bool cli_stretch_has_length(const char *text)
{
    return length_colon(text) != NULL;
}

memscan_status cli_stretch_parse(memscan_target *target, const char *text, uint64_t fallback, memscan_range *range,
                                 memscan_error *error)
{
    const char *colon = length_colon(text);
    uint64_t start, length = fallback;
    if (colon != NULL && !cli_parse_size(colon + 1, &length))
        return bad_range(text, "not a length", error);
    memscan_status status =
        resolve_part(target, text, colon == NULL ? strlen(text) : (size_t)(colon - text), &start, error);
    return status == MEMSCAN_OK ? lay_stretch(target, text, start, length, range, error) : status;
}

memscan_status cli_stretch_split(const char *text, char *address, size_t capacity, uint64_t *length,
                                 memscan_error *error)
{
    const char *colon = length_colon(text);
    size_t size = colon == NULL ? strlen(text) : (size_t)(colon - text);
    if (colon != NULL && !cli_parse_size(colon + 1, length))
        return bad_range(text, "not a length", error);
    if (size >= capacity)
        return cli_fail(error, MEMSCAN_LIMIT, "", "an address of %zu characters", size);
    memcpy(address, text, size);
    address[size] = '\0';
    return MEMSCAN_OK;
}

static bool is_hex_pair(const char *text, uint64_t *start, uint64_t *end)
{
    const char *dash = strchr(text, '-');
    char first[24] = "";
    if (dash == NULL || (size_t)(dash - text) >= sizeof first || strncmp(text, "0x", 2) != 0 ||
        strncmp(dash + 1, "0x", 2) != 0)
        return false;
    memcpy(first, text, (size_t)(dash - text));
    return cli_parse_number(first, start) && cli_parse_number(dash + 1, end);
}

static memscan_status lay_ends(memscan_target *target, const char *text, uint64_t start, uint64_t end,
                               memscan_range *range, memscan_error *error)
{
    if (end <= start)
        return bad_range(text, "a range that ends before it begins", error);
    return lay_stretch(target, text, start, end - start, range, error);
}

/* What a module or a [region] covers. */
typedef struct named {
    const char *name;
    memscan_range range;
    size_t count;
} named;

static int match_module(const memscan_module *module, void *context)
{
    named *n = context;
    if (strcmp(module->name, n->name) == 0 || strcmp(module->path, n->name) == 0) {
        n->range = (memscan_range){ module->base, module->base + (module->size - 1) };
        n->count++;
    }
    return 0;
}

static int match_region(const memscan_region *region, void *context)
{
    named *n = context;
    if (strcmp(region->name, n->name) == 0) {
        n->range.start = n->count == 0 ? region->start : n->range.start;
        n->range.last = region->start + (region->size - 1);
        n->count++;
    }
    return 0;
}

static memscan_status named_range(memscan_target *target, const char *text, memscan_range *range, memscan_error *error)
{
    size_t length = strlen(text);
    bool quoted = length >= 2 && text[0] == '"' && text[length - 1] == '"';
    char *name = quoted ? copy_of(text + 1, length - 2) : copy_of(text, length);
    if (name == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    named n = { name, { 0, 0 }, 0 };
    bool is_region = text[0] == '[';
    memscan_status status = is_region ? memscan_regions(target, 0, match_region, &n, error)
                                      : memscan_modules(target, match_module, &n, error);
    free(name);
    if (status != MEMSCAN_OK)
        return status;
    if (n.count == 0)
        return bad_range(text, "no module or region has this name, and it is no other range", error);
    if (n.count > 1 && !is_region)
        return bad_range(text, "several modules have this name; give the whole path", error);
    *range = n.range;
    return MEMSCAN_OK;
}

static memscan_status parse_range(memscan_target *target, const char *text, memscan_range *range, memscan_error *error)
{
    uint64_t start, end;
    const char *points = strstr(text, "..");
    if (points != NULL) {
        memscan_status status = resolve_part(target, text, (size_t)(points - text), &start, error);
        if (status == MEMSCAN_OK)
            status = memscan_resolve(target, points + 2, &end, error);
        return status == MEMSCAN_OK ? lay_ends(target, text, start, end, range, error) : status;
    }
    if (is_hex_pair(text, &start, &end))
        return lay_ends(target, text, start, end, range, error);
    if (length_colon(text) != NULL)
        return cli_stretch_parse(target, text, 0, range, error);
    return named_range(target, text, range, error);
}

memscan_status cli_filter_parse_ranges(cli_filter *filter, const cli_arguments *arguments, memscan_target *target,
                                       memscan_error *error)
{
    filter->ranges = calloc(arguments->given_count + 1, sizeof *filter->ranges);
    if (filter->ranges == NULL)
        return cli_fail(error, MEMSCAN_NO_MEMORY, "", "out of memory");
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (arguments->given[i].id != CLI_RANGE)
            continue;
        memscan_range *range = &filter->ranges[filter->filter.range_count];
        memscan_status status = parse_range(target, arguments->given[i].value, range, error);
        if (status != MEMSCAN_OK)
            return status;
        filter->filter.range_count++;
    }
    filter->filter.ranges = filter->filter.range_count > 0 ? filter->ranges : NULL;
    return MEMSCAN_OK;
}

static memscan_status parse_swapped(memscan_filter *filter, const char *text, memscan_error *error)
{
    filter->skip_swapped = strcmp(text, "skip") == 0;
    if (filter->skip_swapped || strcmp(text, "read") == 0)
        return MEMSCAN_OK;
    char shown[64];
    memscan_escape(text, shown, sizeof shown);
    return cli_wrong(error, "", "--swapped is read or skip, not %s", shown);
}

memscan_status cli_filter_parse(cli_filter *filter, const cli_arguments *arguments, memscan_error *error)
{
    memset(filter, 0, sizeof *filter);
    filter->filter = (memscan_filter)MEMSCAN_FILTER_INIT;
    filter->filter.all = cli_has(arguments, CLI_ALL);
    const char *perm = cli_value(arguments, CLI_PERM), *kinds = cli_value(arguments, CLI_KIND);
    const char *swapped = cli_value(arguments, CLI_SWAPPED);
    memscan_status status = MEMSCAN_OK;
    if (perm != NULL)
        status = parse_perm(&filter->filter, perm, error);
    if (status == MEMSCAN_OK && kinds != NULL)
        status = parse_kinds(&filter->filter, kinds, error);
    if (status == MEMSCAN_OK && swapped != NULL)
        status = parse_swapped(&filter->filter, swapped, error);
    return status;
}

void cli_filter_deinit(cli_filter *filter)
{
    free(filter->ranges);
    filter->ranges = NULL;
}

bool cli_filter_selects(const memscan_filter *filter, const memscan_region *region)
{
    if (filter->kinds != 0 && (filter->kinds & MEMSCAN_KIND_BIT(region->kind)) == 0)
        return false;
    if ((region->protection & filter->protection_demanded) != filter->protection_demanded ||
        (region->protection & filter->protection_forbidden) != 0)
        return false;
    uint64_t last = region->start + (region->size - 1);
    bool inside = filter->range_count == 0;
    for (size_t i = 0; i < filter->range_count && !inside; i++)
        inside = filter->ranges[i].start <= last && filter->ranges[i].last >= region->start;
    return inside;
}
