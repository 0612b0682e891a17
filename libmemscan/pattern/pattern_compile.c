/* pattern_compile.c - bounds, limits, and what to search for.
 *
 * Every match contains every run of branch 0: the one with the two rarest bytes becomes the needle. A pattern that is
 * one run is its own needle. */
#include "../base/error.h"
#include "pattern_form.h"

#define FEWEST_STARTS 64u   /* that must fit into the scratch, or judging is slow */
#define MOST_STARTS   4096u /* more gain nothing: the scratch would leave the first cache */

/* What is summed up along a branch; `certain` counts the bytes that are not wild. */
typedef struct bounds {
    uint32_t least, most, certain, depth;
    bool open;
} bounds;

/* The sum, but no more than "too much": so nothing wraps. */
static uint32_t add(uint32_t a, uint32_t b)
{
    return a + b > MS_PATTERN_LONGEST_MATCH ? MS_PATTERN_LONGEST_MATCH + 1 : a + b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static bounds measure_branch(ms_pattern *pattern, uint32_t branch);

static bounds measure_group(ms_pattern *pattern, uint32_t branch)
{
    bounds sum = { .least = UINT32_MAX, .certain = UINT32_MAX };
    for (; branch != MS_PATTERN_NONE; branch = ms_pattern_branch_at(pattern, branch)->next) {
        bounds one = measure_branch(pattern, branch);
        sum.least = smaller(sum.least, one.least);
        sum.most = larger(sum.most, one.most);
        sum.certain = smaller(sum.certain, one.certain);
        sum.depth = larger(sum.depth, one.depth + 1);
        sum.open = sum.open || one.open;
    }
    return sum;
}

static bounds measure_run(const ms_pattern *pattern, const ms_pattern_node *run)
{
    bounds sum = { .least = run->count, .most = run->count };
    for (uint32_t i = 0; i < run->count; i++)
        sum.certain += ms_pattern_bytes_of(pattern, run)[i].mask != 0;
    return sum;
}

/* Fills least, most and open of its nodes. */
static bounds measure_branch(ms_pattern *pattern, uint32_t branch)
{
    bounds sum = { 0 };
    uint32_t index = ms_pattern_branch_at(pattern, branch)->first;
    while (index != MS_PATTERN_NONE) {
        ms_pattern_node *node = ms_pattern_node_at(pattern, index);
        bounds one = { .least = node->least, .most = node->most, .open = node->open };
        if (node->kind == MS_PATTERN_RUN)
            one = measure_run(pattern, node);
        else if (node->kind == MS_PATTERN_GROUP)
            one = measure_group(pattern, node->first);
        node->least = one.least;
        node->most = one.most;
        node->open = one.open;
        sum.least = add(sum.least, one.least);
        sum.most = add(sum.most, one.most);
        sum.certain += one.certain;
        sum.depth = larger(sum.depth, one.depth);
        sum.open = sum.open || one.open;
        index = node->next;
    }
    return sum;
}

static uint32_t least_of_branch(const ms_pattern *pattern, uint32_t branch)
{
    uint32_t sum = 0, index = ms_pattern_branch_at(pattern, branch)->first;
    for (; index != MS_PATTERN_NONE; index = ms_pattern_node_at(pattern, index)->next)
        sum = add(sum, ms_pattern_node_at(pattern, index)->least);
    return sum;
}

/* Fills the offsets of its nodes: the branch begins at low to high, and `behind` it at least so many bytes follow.
 * False: it leads to no match that is short enough. */
static bool place_branch(ms_pattern *pattern, uint32_t branch, uint32_t low, uint32_t high, uint32_t behind)
{
    uint32_t rest = add(least_of_branch(pattern, branch), behind);
    if (low + rest > MS_PATTERN_LONGEST_MATCH)
        return false;
    uint32_t index = ms_pattern_branch_at(pattern, branch)->first;
    while (index != MS_PATTERN_NONE) {
        ms_pattern_node *node = ms_pattern_node_at(pattern, index);
        rest -= node->least;
        node->low = low;
        node->high = smaller(high, MS_PATTERN_LONGEST_MATCH - rest - node->least);
        node->end_high = smaller(high + node->most, MS_PATTERN_LONGEST_MATCH - rest);
        if (node->kind == MS_PATTERN_GROUP)
            for (uint32_t b = node->first; b != MS_PATTERN_NONE; b = ms_pattern_branch_at(pattern, b)->next)
                if (!place_branch(pattern, b, low, node->high, rest))
                    return false;
        low += node->least;
        high = node->end_high;
        index = node->next;
    }
    return true;
}

static memscan_status fail_length(memscan_error *error)
{
    ms_fail(error, MEMSCAN_LIMIT, "a match could cover more than %u bytes", MS_PATTERN_LONGEST_MATCH);
    ms_hint(error, "shorten the jumps, or search for the parts on their own");
    return MEMSCAN_LIMIT;
}

static memscan_status set_bounds(ms_pattern *pattern, memscan_error *error)
{
    bounds all = measure_branch(pattern, 0);
    if (all.certain == 0) {
        ms_fail(error, MEMSCAN_INVALID, "%s fits any bytes", all.depth ? "one way through the pattern" : "the pattern");
        ms_hint(error, "give at least one byte, or one digit of a byte%s", all.depth ? ", on every way" : "");
        return MEMSCAN_INVALID;
    }
    if ((all.most > MS_PATTERN_LONGEST_MATCH && !all.open) || !place_branch(pattern, 0, 0, 0, 0))
        return fail_length(error);
    pattern->shortest = all.least;
    pattern->longest = smaller(all.most, MS_PATTERN_LONGEST_MATCH);
    /* One array of ends for the pattern, and two for each level of groups: pattern_judge.c. */
    uint32_t room = MS_PATTERN_SCRATCH / (1 + 2 * all.depth);
    if (room < pattern->longest + 1 + FEWEST_STARTS) {
        ms_fail(error, MEMSCAN_LIMIT, "matches of up to %u bytes with groups %u deep are too much together",
                pattern->longest, all.depth);
        ms_hint(error, "give open jumps [n-] an upper bound, or write the alternatives side by side");
        return MEMSCAN_LIMIT;
    }
    pattern->most_starts = smaller(room - pattern->longest - 1, MOST_STARTS);
    return MEMSCAN_OK;
}

/* Must x be one certain byte or nibble here? That is what a needle can look for. */
static bool is_needed(ms_pattern_byte byte)
{
    return byte.mask != 0 && !byte.deny;
}

/* How good a needle the run is: how rare its two rarest bytes are. 0: it cannot be one. */
static unsigned rarity(const ms_pattern *pattern, const ms_pattern_node *run)
{
    unsigned best = 0, second = 0;
    for (uint32_t i = 0; i < run->count; i++) {
        ms_pattern_byte byte = ms_pattern_bytes_of(pattern, run)[i];
        unsigned rare = !is_needed(byte) ? 0 : byte.mask == 0xff ? 257 - ms_byte_commonness(byte.value) : 1;
        if (rare > best) {
            second = best;
            best = rare;
        } else if (rare > second)
            second = rare;
    }
    return best + second;
}

static const ms_pattern_node *choose_run(const ms_pattern *pattern)
{
    const ms_pattern_node *best = NULL;
    uint32_t index = ms_pattern_branch_at(pattern, 0)->first;
    while (index != MS_PATTERN_NONE) {
        const ms_pattern_node *node = ms_pattern_node_at(pattern, index);
        if (node->kind == MS_PATTERN_RUN && rarity(pattern, node) > (best ? rarity(pattern, best) : 0))
            best = node;
        index = node->next;
    }
    return best;
}

/* The bytes from `from` up to `to` of the run become the needle. */
static memscan_status make_needle(ms_pattern *pattern, const ms_pattern_node *run, uint32_t from, uint32_t to,
                                  memscan_error *error)
{
    uint32_t length = to - from;
    pattern->needle_length = length;
    pattern->needle_bytes = ms_alloc(pattern->allocator, length);
    pattern->needle_mask = ms_alloc(pattern->allocator, length);
    if (!pattern->needle_bytes || !pattern->needle_mask)
        return ms_fail_memory(error);
    bool masked = false;
    for (uint32_t i = 0; i < length; i++) {
        ms_pattern_byte byte = ms_pattern_bytes_of(pattern, run)[from + i];
        pattern->denies = pattern->denies || byte.deny;
        if (is_needed(byte)) {
            pattern->needle_bytes[i] = byte.value;
            pattern->needle_mask[i] = byte.mask;
        }
        masked = masked || pattern->needle_mask[i] != 0xff;
    }
    ms_needle_init(&pattern->needle, pattern->needle_bytes, masked ? pattern->needle_mask : NULL, length);
    pattern->needle_low = run->low + from;
    pattern->needle_high = run->high + from;
    pattern->literal = pattern->fixed && !masked;
    return MEMSCAN_OK;
}

/* Adds the bytes with which the branch may begin. */
static void collect_begins(ms_pattern *pattern, uint32_t branch)
{
    const ms_pattern_node *node = ms_pattern_node_at(pattern, ms_pattern_branch_at(pattern, branch)->first);
    if (node->kind == MS_PATTERN_GROUP) {
        for (uint32_t b = node->first; b != MS_PATTERN_NONE; b = ms_pattern_branch_at(pattern, b)->next)
            collect_begins(pattern, b);
        return;
    }
    for (unsigned x = 0; x < 256; x++)
        if (node->kind == MS_PATTERN_JUMP || ms_pattern_byte_fits(*ms_pattern_bytes_of(pattern, node), (uint8_t)x))
            pattern->may_begin[x] = true;
}

memscan_status ms_pattern_compile(ms_pattern *pattern, memscan_error *error)
{
    memscan_status status = set_bounds(pattern, error);
    if (status != MEMSCAN_OK)
        return status;
    size_t written = ms_pattern_describe(pattern, NULL, 0);
    if (written > MS_PATTERN_LONGEST_TEXT) /* else its canonical form could not be parsed */
        return ms_fail(error, MEMSCAN_LIMIT, "the pattern is too long: %zu characters when it is written out", written);
    const ms_pattern_node *run = choose_run(pattern);
    if (!run) {
        collect_begins(pattern, 0);
        return MEMSCAN_OK;
    }
    uint32_t from = 0, to = run->count;
    pattern->fixed = run->next == MS_PATTERN_NONE && run->previous == MS_PATTERN_NONE;
    if (!pattern->fixed) { /* wild ends would only make it longer */
        while (!is_needed(ms_pattern_bytes_of(pattern, run)[from]))
            from++;
        while (!is_needed(ms_pattern_bytes_of(pattern, run)[to - 1]))
            to--;
    }
    return make_needle(pattern, run, from, to, error);
}
