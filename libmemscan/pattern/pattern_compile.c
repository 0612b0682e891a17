/* pattern_compile.c - bounds, limits, and what to search for.
 *
 * Every match contains every run of branch 0, and of a group between them what all of its branches have in common, where
 * they are of one length. Of these stretches the one with the two rarest bytes becomes the needle. A pattern that is one
 * run is its own needle. */
#include <string.h>

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

/* Bytes of fixed places one behind the other: a run of branch 0, or several with groups between them whose branches are
 * runs of one length. Every match contains them, as far as the masks say. */
typedef struct stretch {
    size_t from, to; /* in the arrays that all stretches are laid into */
    uint32_t low, high;
} stretch;

/* What is laid out so far, `shortest` bytes at most. */
typedef struct layout {
    uint8_t *bytes, *mask;
    size_t length;
} layout;

static bool is_even_group(const ms_pattern *pattern, const ms_pattern_node *group)
{
    if (group->kind != MS_PATTERN_GROUP || group->least != group->most)
        return false;
    for (uint32_t b = group->first; b != MS_PATTERN_NONE; b = ms_pattern_branch_at(pattern, b)->next) {
        const ms_pattern_node *only = ms_pattern_node_at(pattern, ms_pattern_branch_at(pattern, b)->first);
        if (only->kind != MS_PATTERN_RUN || only->next != MS_PATTERN_NONE)
            return false;
    }
    return true;
}

static bool is_fixed(const ms_pattern *pattern, const ms_pattern_node *node)
{
    return node->kind == MS_PATTERN_RUN || is_even_group(pattern, node);
}

/* The first run of a node lays its bytes, each further one leaves of the masks what both agree in. */
static void lay_run(const ms_pattern *pattern, const ms_pattern_node *run, layout *out, bool first)
{
    for (uint32_t i = 0; i < run->count; i++) {
        ms_pattern_byte byte = ms_pattern_bytes_of(pattern, run)[i];
        size_t at = out->length + i;
        uint8_t mask = byte.deny ? 0 : byte.mask;
        if (!first)
            mask &= out->mask[at] & (uint8_t) ~(out->bytes[at] ^ byte.value);
        out->mask[at] = mask;
        out->bytes[at] = byte.value & mask;
    }
}

static void lay_node(const ms_pattern *pattern, const ms_pattern_node *node, layout *out)
{
    if (node->kind == MS_PATTERN_RUN) {
        lay_run(pattern, node, out, true);
    } else {
        uint32_t first = node->first;
        for (uint32_t b = first; b != MS_PATTERN_NONE; b = ms_pattern_branch_at(pattern, b)->next)
            lay_run(pattern, ms_pattern_node_at(pattern, ms_pattern_branch_at(pattern, b)->first), out, b == first);
    }
    out->length += node->least;
}

static unsigned rarity(const layout *laid, const stretch *bytes)
{
    return ms_needle_rarity(laid->bytes + bytes->from, laid->mask + bytes->from, bytes->to - bytes->from);
}

/* Lays out all stretches; the one with the two rarest bytes. One without any given byte has from == to. */
static stretch choose_stretch(const ms_pattern *pattern, layout *laid)
{
    stretch best = { 0, 0, 0, 0 }, now = { 0, 0, 0, 0 };
    uint32_t index = ms_pattern_branch_at(pattern, 0)->first;
    while (index != MS_PATTERN_NONE) {
        const ms_pattern_node *node = ms_pattern_node_at(pattern, index);
        if (!is_fixed(pattern, node)) {
            index = node->next;
            continue;
        }
        now = (stretch){ laid->length, laid->length, node->low, node->high };
        while (index != MS_PATTERN_NONE && is_fixed(pattern, ms_pattern_node_at(pattern, index))) {
            node = ms_pattern_node_at(pattern, index);
            lay_node(pattern, node, laid);
            index = node->next;
        }
        now.to = laid->length;
        if (rarity(laid, &now) > rarity(laid, &best))
            best = now;
    }
    return best;
}

/* Wild ends would only make a needle longer, unless it is the whole pattern. */
static void trim(const layout *laid, stretch *bytes)
{
    for (; bytes->from < bytes->to && !laid->mask[bytes->from]; bytes->from++) {
        bytes->low++;
        bytes->high++;
    }
    while (bytes->to > bytes->from && !laid->mask[bytes->to - 1])
        bytes->to--;
}

static memscan_status make_needle(ms_pattern *pattern, const layout *laid, const stretch *chosen, memscan_error *error)
{
    uint32_t length = (uint32_t)(chosen->to - chosen->from);
    bool masked = false;
    pattern->needle_length = length;
    pattern->needle_bytes = ms_alloc(pattern->allocator, length);
    pattern->needle_mask = ms_alloc(pattern->allocator, length);
    if (!pattern->needle_bytes || !pattern->needle_mask)
        return ms_fail_memory(error);
    memcpy(pattern->needle_bytes, laid->bytes + chosen->from, length);
    memcpy(pattern->needle_mask, laid->mask + chosen->from, length);
    for (uint32_t i = 0; i < length; i++)
        masked = masked || pattern->needle_mask[i] != 0xff;
    ms_needle_init(&pattern->needle, pattern->needle_bytes, masked ? pattern->needle_mask : NULL, length);
    pattern->needle_low = chosen->low;
    pattern->needle_high = chosen->high;
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

static memscan_status choose_needle(ms_pattern *pattern, layout *laid, memscan_error *error)
{
    const ms_pattern_node *first = ms_pattern_node_at(pattern, ms_pattern_branch_at(pattern, 0)->first);
    stretch chosen = choose_stretch(pattern, laid);
    if (rarity(laid, &chosen) == 0) {
        collect_begins(pattern, 0);
        return MEMSCAN_OK;
    }
    pattern->fixed = first->kind == MS_PATTERN_RUN && first->next == MS_PATTERN_NONE;
    for (uint32_t i = 0; pattern->fixed && i < first->count; i++)
        pattern->denies = pattern->denies || ms_pattern_bytes_of(pattern, first)[i].deny;
    if (!pattern->fixed)
        trim(laid, &chosen);
    return make_needle(pattern, laid, &chosen, error);
}

memscan_status ms_pattern_compile(ms_pattern *pattern, memscan_error *error)
{
    memscan_status status = set_bounds(pattern, error);
    if (status != MEMSCAN_OK)
        return status;
    size_t written = ms_pattern_describe(pattern, NULL, 0);
    if (written > MS_PATTERN_LONGEST_TEXT) /* else its canonical form could not be parsed */
        return ms_fail(error, MEMSCAN_LIMIT, "the pattern is too long: %zu characters when it is written out", written);
    layout laid = { ms_alloc(pattern->allocator, pattern->shortest), ms_alloc(pattern->allocator, pattern->shortest),
                    0 };
    status = laid.bytes && laid.mask ? choose_needle(pattern, &laid, error) : ms_fail_memory(error);
    ms_free(pattern->allocator, laid.bytes, pattern->shortest);
    ms_free(pattern->allocator, laid.mask, pattern->shortest);
    return status;
}
