/* pattern.c - a pattern's life, and what can be asked of it. */
#include "../base/error.h"
#include "pattern_form.h"

ms_pattern *ms_pattern_create(const memscan_allocator *allocator)
{
    if (!allocator)
        allocator = &ms_default_allocator;
    ms_pattern *pattern = ms_alloc(allocator, sizeof *pattern);
    if (!pattern)
        return NULL;
    pattern->allocator = allocator;
    ms_array_init(&pattern->nodes, allocator, sizeof(ms_pattern_node));
    ms_array_init(&pattern->branches, allocator, sizeof(ms_pattern_branch));
    ms_array_init(&pattern->bytes, allocator, sizeof(ms_pattern_byte));
    return pattern;
}

void ms_pattern_destroy(ms_pattern *pattern)
{
    if (!pattern)
        return;
    ms_free(pattern->allocator, pattern->needle_bytes, pattern->needle_length);
    ms_free(pattern->allocator, pattern->needle_mask, pattern->needle_length);
    ms_array_deinit(&pattern->bytes);
    ms_array_deinit(&pattern->branches);
    ms_array_deinit(&pattern->nodes);
    ms_free(pattern->allocator, pattern, sizeof *pattern);
}

bool ms_pattern_single_run(ms_pattern *pattern)
{
    ms_pattern_branch *branch = ms_array_push(&pattern->branches);
    ms_pattern_node *node = ms_array_push(&pattern->nodes);
    if (!branch || !node)
        return false;
    *branch = (ms_pattern_branch){ .next = MS_PATTERN_NONE };
    *node = (ms_pattern_node){ .kind = MS_PATTERN_RUN,
                               .next = MS_PATTERN_NONE,
                               .previous = MS_PATTERN_NONE,
                               .count = (uint32_t)pattern->bytes.count };
    return true;
}

static bool fill_from_bytes(ms_pattern *pattern, const uint8_t *bytes, size_t length)
{
    if (!ms_array_reserve(&pattern->bytes, length))
        return false;
    for (size_t i = 0; i < length; i++)
        *(ms_pattern_byte *)ms_array_push(&pattern->bytes) = (ms_pattern_byte){ bytes[i], 0xff, 0 };
    return ms_pattern_single_run(pattern);
}

memscan_status ms_pattern_from_bytes(const uint8_t *bytes, size_t length, const memscan_allocator *allocator,
                                     ms_pattern **pattern, memscan_error *error)
{
    *pattern = NULL;
    if (length == 0)
        return ms_fail(error, MEMSCAN_INVALID, "there are no bytes to look for");
    if (length > MS_PATTERN_LONGEST_MATCH) {
        ms_fail(error, MEMSCAN_LIMIT, "%zu bytes to look for are too many", length);
        ms_hint(error, "at most %u bytes", MS_PATTERN_LONGEST_MATCH);
        return MEMSCAN_LIMIT;
    }
    ms_pattern *made = ms_pattern_create(allocator);
    memscan_status status = MEMSCAN_OK;
    if (!made || !fill_from_bytes(made, bytes, length))
        status = ms_fail_memory(error);
    else
        status = ms_pattern_compile(made, error);
    if (status == MEMSCAN_OK)
        *pattern = made;
    else
        ms_pattern_destroy(made);
    return status;
}

size_t ms_pattern_shortest(const ms_pattern *pattern)
{
    return pattern->shortest;
}

size_t ms_pattern_longest(const ms_pattern *pattern)
{
    return pattern->longest;
}

bool ms_pattern_is_literal(const ms_pattern *pattern, const uint8_t **bytes, size_t *length)
{
    *bytes = pattern->literal ? pattern->needle_bytes : NULL;
    *length = pattern->literal ? pattern->needle_length : 0;
    return pattern->literal;
}

const ms_needle *ms_pattern_needle(const ms_pattern *pattern)
{
    return pattern->fixed && !pattern->denies ? &pattern->needle : NULL;
}
