/* pattern_judge.c - many starts at once, from the back of the pattern to its front.
 *
 * ends[p] is the end of the shortest match of "what follows in the pattern", begun at offset p; before the last node
 * that is p itself. Each node turns the ends behind it into the ends before it, in place:
 *   byte    ends[p] = ends[p + 1] where bytes[p] fits, else NEVER
 *   jump    ends[p] = the smallest of ends[p + least .. p + most]
 *   group   ends[p] = the smallest of its alternatives' ends
 * So nothing is tried twice: the work is the number of nodes and bytes times the number of offsets, whatever the
 * memory holds (the usual backtracking is exponential where jumps meet zeros). A jump takes the minimum over a window
 * by doubling: after k steps each entry covers 2^k offsets.
 *
 * A node is computed for the offsets at which it may begin: low to high + starts. What lies outside is stale. No
 * offset beyond LONGEST_MATCH + starts is looked at, so an open jump ends there; what then is still longer than a match
 * may be is for the caller to pass over. */
#include <string.h>

#include "../base/compat.h"
#include "pattern_form.h"

typedef struct judge {
    const ms_pattern *pattern;
    const uint8_t *bytes;
    size_t length, starts;
    size_t width; /* entries of one array of ends */
    uint64_t steps;
} judge;

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Ends are computed LANES at a time: all that a step reads is copied before it writes, so that it may be done in
 * place, and a compiler makes vectors of it. */
#define LANES 16

/* One byte at LANES offsets. The conjunction of the new ends: NEVER when none is left. */
static MS_FORCE_INLINE uint16_t keep_fitting_lanes(ms_pattern_byte byte, const uint8_t *bytes, uint16_t *ends)
{
    uint16_t behind[LANES], all = MS_PATTERN_NEVER;
    uint8_t here[LANES];
    memcpy(behind, ends + 1, sizeof behind);
    memcpy(here, bytes, sizeof here);
    for (size_t i = 0; i < LANES; i++) {
        bool fits = ((here[i] & byte.mask) == byte.value) != byte.deny;
        behind[i] |= fits ? 0 : MS_PATTERN_NEVER;
    }
    for (size_t i = 0; i < LANES; i++)
        all &= behind[i];
    memcpy(ends, behind, sizeof behind);
    return all;
}

static uint16_t keep_fitting(ms_pattern_byte byte, const uint8_t *bytes, uint16_t *ends, size_t count)
{
    uint16_t all = MS_PATTERN_NEVER;
    size_t i = 0;
    for (; count - i >= LANES; i += LANES)
        all &= keep_fitting_lanes(byte, bytes + i, ends + i);
    for (; i < count; i++) {
        ends[i] = ms_pattern_byte_fits(byte, bytes[i]) ? ends[i + 1] : MS_PATTERN_NEVER;
        all &= ends[i];
    }
    return all;
}

/* Each of `count` ends and the one `step` behind it: the smaller. */
static void keep_smaller(uint16_t *ends, size_t step, size_t count)
{
    size_t i = 0;
    for (; count - i >= LANES; i += LANES) {
        uint16_t here[LANES], there[LANES];
        memcpy(here, ends + i, sizeof here);
        memcpy(there, ends + i + step, sizeof there);
        for (size_t lane = 0; lane < LANES; lane++)
            here[lane] = there[lane] < here[lane] ? there[lane] : here[lane];
        memcpy(ends + i, here, sizeof here);
    }
    for (; i < count; i++)
        ends[i] = ends[i + step] < ends[i] ? ends[i + step] : ends[i];
}

static void forget(uint16_t *ends, size_t from, size_t to)
{
    for (size_t p = from; p < to; p++)
        ends[p] = MS_PATTERN_NEVER;
}

/* False: no end is left. */
static bool judge_byte(judge *j, ms_pattern_byte byte, size_t from, size_t to, uint16_t *ends)
{
    size_t readable = to < j->length ? to : j->length > from ? j->length : from;
    uint16_t all = keep_fitting(byte, j->bytes + from, ends + from, readable - from);
    forget(ends, readable, to);
    j->steps += to - from;
    return all != MS_PATTERN_NEVER;
}

/* ends[p] for low <= p < low + count becomes the smallest of ends[p + least .. p + most], where everything from `limit`
 * on counts as NEVER. */
static void judge_jump(judge *j, size_t low, size_t count, size_t least, size_t most, size_t limit, uint16_t *ends)
{
    const size_t first = low + least, there = limit - first;
    size_t window = smaller(most - least + 1, there), covered = 1;
    while (covered < window) {
        size_t step = smaller(covered, window - covered);
        keep_smaller(ends + first, step, there - step);
        covered += step;
        j->steps += there;
    }
    size_t moved = smaller(count, there);
    memmove(ends + low, ends + first, moved * sizeof *ends);
    forget(ends, low + moved, low + count);
    j->steps += count;
}

/* From its last byte to its first; wild bytes in a row are one jump. */
static bool judge_run(judge *j, const ms_pattern_node *run, uint16_t *ends)
{
    const ms_pattern_byte *bytes = ms_pattern_bytes_of(j->pattern, run);
    size_t count = run->high - run->low + j->starts;
    for (size_t i = run->count; i > 0;) {
        size_t wild = 0;
        while (wild < i && bytes[i - wild - 1].mask == 0)
            wild++;
        if (wild) {
            i -= wild;
            judge_jump(j, run->low + i, count, wild, wild, run->low + i + wild + count, ends);
            continue;
        }
        i--;
        if (!judge_byte(j, bytes[i], run->low + i, run->low + i + count, ends))
            return false;
    }
    return true;
}

static bool judge_branch(judge *j, uint32_t branch, uint16_t *ends, uint16_t *spare);

/* Every alternative begins with the same ends behind it; `spare` is two arrays, and two more for each level below. */
static bool judge_group(judge *j, const ms_pattern_node *group, uint16_t *ends, uint16_t *spare)
{
    uint16_t *best = spare, *work = spare + j->width;
    size_t from = group->low, to = group->high + j->starts;
    size_t limit = group->end_high + j->starts;
    bool any = false;
    for (uint32_t b = group->first; b != MS_PATTERN_NONE; b = ms_pattern_branch_at(j->pattern, b)->next) {
        memcpy(work + from, ends + from, (limit - from) * sizeof *ends);
        j->steps += limit - from;
        if (!judge_branch(j, b, work, spare + 2 * j->width))
            continue;
        for (size_t p = from; p < to; p++)
            best[p] = any && best[p] < work[p] ? best[p] : work[p];
        any = true;
    }
    if (any)
        memcpy(ends + from, best + from, (to - from) * sizeof *ends);
    return any;
}

/* From its last node to its first. */
static bool judge_branch(judge *j, uint32_t branch, uint16_t *ends, uint16_t *spare)
{
    uint32_t index = ms_pattern_branch_at(j->pattern, branch)->last;
    bool any = true;
    while (any && index != MS_PATTERN_NONE) {
        const ms_pattern_node *node = ms_pattern_node_at(j->pattern, index);
        size_t count = node->high - node->low + j->starts;
        switch (node->kind) {
        case MS_PATTERN_RUN: any = judge_run(j, node, ends); break;
        case MS_PATTERN_JUMP:
            judge_jump(j, node->low, count, node->least, node->most, node->end_high + j->starts, ends);
            break;
        case MS_PATTERN_GROUP: any = judge_group(j, node, ends, spare); break;
        }
        index = node->previous;
    }
    return any;
}

bool ms_pattern_judge(const ms_pattern *pattern, const uint8_t *bytes, size_t length, size_t starts, uint16_t *ends,
                      uint64_t *steps)
{
    judge j = { pattern, bytes, length, starts, pattern->longest + starts + 1, 0 };
    for (size_t p = pattern->shortest; p < j.width; p++)
        ends[p] = p <= length ? (uint16_t)p : MS_PATTERN_NEVER;
    bool any = judge_branch(&j, 0, ends, ends + j.width);
    *steps += j.steps + j.width;
    return any;
}
