/* pattern_parse.c - tokens become the tree of pattern_form.h, in its one form: whatever is appended to a branch is
 * merged with its last node where the two are one thing.
 *
 * The bytes of a run lie side by side in the order of the text, so a run that follows a run in the same branch begins
 * where that one ends. */
#include "../base/error.h"
#include "pattern_token.h"

typedef struct parser {
    ms_token_reader reader;
    ms_token token;
    ms_pattern *pattern;
    memscan_error *error;
} parser;

static memscan_status advance(parser *p)
{
    return ms_token_next(&p->reader, &p->token, p->error);
}

static memscan_status new_branch(parser *p, uint32_t *index)
{
    if (p->pattern->branches.count > MS_PATTERN_MOST_BRANCHES) {
        ms_fail(p->error, MEMSCAN_LIMIT, "more than %u alternatives, at column %zu", MS_PATTERN_MOST_BRANCHES,
                p->token.column);
        ms_hint(p->error, "search for several patterns instead of one");
        return MEMSCAN_LIMIT;
    }
    ms_pattern_branch *branch = ms_array_push(&p->pattern->branches);
    if (!branch)
        return ms_fail_memory(p->error);
    *branch = (ms_pattern_branch){ MS_PATTERN_NONE, MS_PATTERN_NONE, MS_PATTERN_NONE };
    *index = (uint32_t)p->pattern->branches.count - 1;
    return MEMSCAN_OK;
}

/* Is `next` the continuation of `last`? Then it is added to it. */
static bool merge(ms_pattern_node *last, const ms_pattern_node *next)
{
    if (last->kind != next->kind || last->kind == MS_PATTERN_GROUP)
        return false;
    last->count += next->count;
    if (last->kind == MS_PATTERN_JUMP) {
        uint32_t least = last->least + next->least, most = last->most + next->most;
        last->least = least < MS_PATTERN_LONGEST_MATCH ? least : MS_PATTERN_LONGEST_MATCH + 1;
        last->most = most < MS_PATTERN_LONGEST_MATCH ? most : MS_PATTERN_LONGEST_MATCH + 1;
        last->open = last->open || next->open;
    }
    return true;
}

static memscan_status append(parser *p, uint32_t branch_index, ms_pattern_node node)
{
    ms_pattern *pattern = p->pattern;
    ms_pattern_branch *branch = ms_pattern_branch_at(pattern, branch_index);
    if (branch->last != MS_PATTERN_NONE && merge(ms_pattern_node_at(pattern, branch->last), &node))
        return MEMSCAN_OK;
    node.previous = branch->last;
    node.next = MS_PATTERN_NONE;
    ms_pattern_node *place = ms_array_push(&pattern->nodes);
    if (!place)
        return ms_fail_memory(p->error);
    *place = node;
    uint32_t index = (uint32_t)pattern->nodes.count - 1;
    if (branch->last == MS_PATTERN_NONE)
        branch->first = index;
    else
        ms_pattern_node_at(pattern, branch->last)->next = index;
    branch->last = index;
    return MEMSCAN_OK;
}

static memscan_status append_bytes(parser *p, uint32_t branch, ms_pattern_byte byte, uint32_t count)
{
    ms_array *bytes = &p->pattern->bytes;
    if (count == 0)
        return MEMSCAN_OK;
    if (count > MS_PATTERN_MOST_BYTES - bytes->count) {
        ms_fail(p->error, MEMSCAN_LIMIT, "the pattern has more than %u bytes, at column %zu", MS_PATTERN_MOST_BYTES,
                p->token.column);
        ms_hint(p->error, "one match covers at most %u bytes", MS_PATTERN_LONGEST_MATCH);
        return MEMSCAN_LIMIT;
    }
    if (!ms_array_reserve(bytes, count))
        return ms_fail_memory(p->error);
    uint32_t first = (uint32_t)bytes->count;
    for (uint32_t i = 0; i < count; i++)
        *(ms_pattern_byte *)ms_array_push(bytes) = byte;
    return append(p, branch, (ms_pattern_node){ .kind = MS_PATTERN_RUN, .first = first, .count = count });
}

static memscan_status append_jump(parser *p, uint32_t branch)
{
    const ms_token *token = &p->token;
    if (token->least == token->most && !token->open)
        return append_bytes(p, branch, (ms_pattern_byte){ 0, 0, 0 }, token->least);
    return append(
        p, branch,
        (ms_pattern_node){ .kind = MS_PATTERN_JUMP, .least = token->least, .most = token->most, .open = token->open });
}

static memscan_status fail_at_token(parser *p, const char *what, const char *hint)
{
    ms_fail(p->error, MEMSCAN_INVALID, "%s at column %zu", what, p->token.column);
    ms_hint(p->error, "%s", hint);
    return MEMSCAN_INVALID;
}

/* The letters of a mask for the bytes in front of it. */
static memscan_status apply_mask(parser *p)
{
    const ms_token mask = p->token;
    const ms_pattern_branch *branch = ms_pattern_branch_at(p->pattern, 0);
    const ms_pattern_node *run = ms_pattern_node_at(p->pattern, branch->first);
    if (branch->first != branch->last || run->kind != MS_PATTERN_RUN)
        return fail_at_token(p, "a mask for something else than a plain row of bytes,",
                             "with a mask, write bytes only: \\x48\\x8B\\x05 xx?");
    if (mask.mask_length != run->count) {
        ms_fail(p->error, MEMSCAN_INVALID, "the mask at column %zu has %zu letters for %u bytes", mask.column,
                mask.mask_length, run->count);
        ms_hint(p->error, "one letter for each byte: x keeps it, ? makes it any byte");
        return MEMSCAN_INVALID;
    }
    for (uint32_t i = 0; i < run->count; i++)
        if (mask.mask[i] == '?')
            *(ms_pattern_byte *)ms_array_at(&p->pattern->bytes, run->first + i) = (ms_pattern_byte){ 0, 0, 0 };
    memscan_status status = advance(p);
    if (status == MEMSCAN_OK && p->token.kind != MS_TOKEN_END)
        return fail_at_token(p, "something stands behind the mask,", "the mask is the last word: \\x48\\x8B\\x05 xx?");
    return status;
}

static memscan_status parse_branch(parser *p, uint32_t branch, unsigned depth);

/* The alternatives between ( and ), both taken; linked from *first on. */
static memscan_status parse_alternatives(parser *p, unsigned depth, uint32_t *first)
{
    size_t column = p->token.column;
    uint32_t last = MS_PATTERN_NONE, branch = MS_PATTERN_NONE;
    do {
        memscan_status status = advance(p);
        if (status == MEMSCAN_OK)
            status = new_branch(p, &branch);
        if (status == MEMSCAN_OK)
            status = parse_branch(p, branch, depth);
        if (status != MEMSCAN_OK)
            return status;
        if (last == MS_PATTERN_NONE)
            *first = branch;
        else
            ms_pattern_branch_at(p->pattern, last)->next = branch;
        last = branch;
    } while (p->token.kind == MS_TOKEN_BAR);
    if (p->token.kind == MS_TOKEN_CLOSE)
        return advance(p);
    ms_fail(p->error, MEMSCAN_INVALID, "the ( at column %zu is not closed", column);
    ms_hint(p->error, "alternatives stand in parentheses: (62 B4 | 56)");
    return MEMSCAN_INVALID;
}

static memscan_status parse_group(parser *p, uint32_t branch, unsigned depth)
{
    if (depth > MS_PATTERN_DEEPEST) {
        ms_fail(p->error, MEMSCAN_LIMIT, "groups are nested more than %u deep at column %zu", MS_PATTERN_DEEPEST,
                p->token.column);
        ms_hint(p->error, "write the alternatives side by side: (A0 | B0 | C0)");
        return MEMSCAN_LIMIT;
    }
    uint32_t first = MS_PATTERN_NONE;
    memscan_status status = parse_alternatives(p, depth, &first);
    if (status != MEMSCAN_OK)
        return status;
    if (ms_pattern_branch_at(p->pattern, first)->next != MS_PATTERN_NONE)
        return append(p, branch, (ms_pattern_node){ .kind = MS_PATTERN_GROUP, .first = first });
    /* One alternative is none: its nodes become the branch's own. */
    uint32_t node = ms_pattern_branch_at(p->pattern, first)->first;
    while (node != MS_PATTERN_NONE && status == MEMSCAN_OK) {
        ms_pattern_node copy = *ms_pattern_node_at(p->pattern, node);
        status = append(p, branch, copy);
        node = copy.next;
    }
    return status;
}

static memscan_status parse_item(parser *p, uint32_t branch, unsigned depth)
{
    memscan_status status = MEMSCAN_OK;
    switch (p->token.kind) {
    case MS_TOKEN_BYTE: status = append_bytes(p, branch, p->token.byte, 1); break;
    case MS_TOKEN_JUMP: status = append_jump(p, branch); break;
    case MS_TOKEN_OPEN: return parse_group(p, branch, depth + 1);
    default:
        if (depth > 0)
            return fail_at_token(p, "a mask inside of parentheses,", "the mask is the last word: \\x48\\x8B\\x05 xx?");
        return apply_mask(p);
    }
    return status == MEMSCAN_OK ? advance(p) : status;
}

/* Up to what ends a branch: |, ) or the end of the text. */
static memscan_status parse_branch(parser *p, uint32_t branch, unsigned depth)
{
    while (p->token.kind != MS_TOKEN_END && p->token.kind != MS_TOKEN_BAR && p->token.kind != MS_TOKEN_CLOSE) {
        memscan_status status = parse_item(p, branch, depth);
        if (status != MEMSCAN_OK)
            return status;
    }
    if (ms_pattern_branch_at(p->pattern, branch)->first != MS_PATTERN_NONE)
        return MEMSCAN_OK;
    if (depth == 0)
        return fail_at_token(p, "no bytes", "write bytes as two hex digits each, such as 48 8B ?? 05");
    return fail_at_token(p, "an alternative without bytes ends", "each alternative needs bytes: (62 B4 | 56)");
}

static memscan_status parse_whole(parser *p)
{
    uint32_t branch;
    memscan_status status = new_branch(p, &branch);
    if (status == MEMSCAN_OK)
        status = advance(p);
    if (status == MEMSCAN_OK)
        status = parse_branch(p, branch, 0);
    if (status != MEMSCAN_OK || p->token.kind == MS_TOKEN_END)
        return status;
    if (p->token.kind == MS_TOKEN_CLOSE)
        return fail_at_token(p, "a ) without its (", "alternatives stand in parentheses: (62 B4 | 56)");
    return fail_at_token(p, "a | outside of parentheses", "alternatives stand in parentheses: (62 B4 | 56)");
}

memscan_status ms_pattern_parse_hex(const char *text, size_t length, const memscan_allocator *allocator,
                                    ms_pattern **pattern, memscan_error *error)
{
    *pattern = NULL;
    if (length > MS_PATTERN_LONGEST_TEXT) {
        ms_fail(error, MEMSCAN_LIMIT, "a pattern of %zu characters is too long", length);
        ms_hint(error, "at most %u characters", MS_PATTERN_LONGEST_TEXT);
        return MEMSCAN_LIMIT;
    }
    ms_pattern *made = ms_pattern_create(allocator);
    if (!made)
        return ms_fail_memory(error);
    parser p = { .reader = { .text = text, .length = length }, .pattern = made, .error = error };
    memscan_status status = parse_whole(&p);
    if (status == MEMSCAN_OK)
        status = ms_pattern_compile(made, error);
    if (status == MEMSCAN_OK)
        *pattern = made;
    else
        ms_pattern_destroy(made);
    return status;
}
