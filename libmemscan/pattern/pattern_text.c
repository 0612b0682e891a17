/* pattern_text.c - text in any case, as a pattern. A character whose two forms differ in one bit is a masked byte, any other
 * one a group of its forms, which may have different lengths: the Kelvin sign is three bytes of UTF-8, and a k. */
#include "../base/error.h"
#include "../base/text.h"
#include "fold.h"
#include "pattern_form.h"

/* One way to write a character. */
typedef struct form {
    uint8_t bytes[4];
    size_t length;
} form;

static bool push_byte(ms_pattern *pattern, uint8_t value, uint8_t mask)
{
    ms_pattern_byte *place = ms_array_push(&pattern->bytes);
    if (place)
        *place = (ms_pattern_byte){ value & mask, mask, 0 };
    return place;
}

/* A new node at the end of branch 0, or NULL. */
static ms_pattern_node *push_node(ms_pattern *pattern, ms_pattern_kind kind)
{
    uint32_t index = (uint32_t)pattern->nodes.count;
    ms_pattern_node *node = ms_array_push(&pattern->nodes);
    if (!node)
        return NULL;
    ms_pattern_branch *branch = ms_pattern_branch_at(pattern, 0);
    *node = (ms_pattern_node){ .kind = kind, .next = MS_PATTERN_NONE, .previous = branch->last };
    if (branch->last == MS_PATTERN_NONE)
        branch->first = index;
    else
        ms_pattern_node_at(pattern, branch->last)->next = index;
    branch->last = index;
    return node;
}

/* Bytes at the end of branch 0, in the run that ends it. */
static bool add_run(ms_pattern *pattern, const uint8_t *bytes, const uint8_t *masks, size_t length)
{
    uint32_t last = ms_pattern_branch_at(pattern, 0)->last;
    ms_pattern_node *run = last == MS_PATTERN_NONE ? NULL : ms_pattern_node_at(pattern, last);
    if (!run || run->kind != MS_PATTERN_RUN) {
        run = push_node(pattern, MS_PATTERN_RUN);
        if (!run)
            return false;
        run->first = (uint32_t)pattern->bytes.count;
    }
    for (size_t i = 0; i < length; i++)
        if (!push_byte(pattern, bytes[i], masks ? masks[i] : 0xff))
            return false;
    run->count += (uint32_t)length;
    return true;
}

/* A group at the end of branch 0: each form a branch of one run. */
static bool add_group(ms_pattern *pattern, const form *forms, size_t count)
{
    ms_pattern_node *group = push_node(pattern, MS_PATTERN_GROUP);
    if (!group)
        return false;
    group->first = (uint32_t)pattern->branches.count;
    for (size_t i = 0; i < count; i++) {
        uint32_t index = (uint32_t)pattern->nodes.count;
        ms_pattern_branch *branch = ms_array_push(&pattern->branches);
        ms_pattern_node *run = branch ? ms_array_push(&pattern->nodes) : NULL;
        if (!run)
            return false;
        uint32_t next = i + 1 < count ? (uint32_t)pattern->branches.count : MS_PATTERN_NONE;
        *branch = (ms_pattern_branch){ .first = index, .last = index, .next = next };
        *run = (ms_pattern_node){ .kind = MS_PATTERN_RUN,
                                  .next = MS_PATTERN_NONE,
                                  .previous = MS_PATTERN_NONE,
                                  .first = (uint32_t)pattern->bytes.count,
                                  .count = (uint32_t)forms[i].length };
        for (size_t k = 0; k < forms[i].length; k++)
            if (!push_byte(pattern, forms[i].bytes[k], 0xff))
                return false;
    }
    return true;
}

/* Two forms that differ in a single bit: the masks that leave it open. */
static bool differ_in_one_bit(const form *forms, uint8_t masks[4])
{
    unsigned bits = 0;
    if (forms[0].length != forms[1].length)
        return false;
    for (size_t i = 0; i < forms[0].length; i++) {
        uint8_t other = forms[0].bytes[i] ^ forms[1].bytes[i];
        masks[i] = (uint8_t)~other;
        for (; other; other &= (uint8_t)(other - 1))
            bits++;
    }
    return bits == 1;
}

static memscan_status add_character(ms_pattern *pattern, const ms_fold *fold, uint32_t code, ms_text_form layout,
                                    memscan_error *error)
{
    uint32_t same[MS_FOLD_MOST];
    form forms[MS_FOLD_MOST];
    uint8_t masks[4];
    size_t count = ms_fold_same(fold, code, same);
    for (size_t i = 0; i < count; i++) {
        uint8_t utf8[4];
        size_t length = ms_utf8_encode(same[i], utf8);
        ms_sink sink = { forms[i].bytes, sizeof forms[i].bytes, 0 };
        memscan_status status = ms_text_verbatim((const char *)utf8, length, layout, &sink, error);
        if (status != MEMSCAN_OK)
            return status;
        forms[i].length = sink.length;
    }
    bool added = count == 1 ? add_run(pattern, forms[0].bytes, NULL, forms[0].length)
                 : count == 2 && differ_in_one_bit(forms, masks)
                     ? add_run(pattern, forms[0].bytes, masks, forms[0].length)
                     : add_group(pattern, forms, count);
    return added ? MEMSCAN_OK : ms_fail_memory(error);
}

/* Of UTF-8 that is not valid, the bytes as they are; ms_text_verbatim refuses it for UTF-16. */
static memscan_status fill(ms_pattern *pattern, const ms_fold *fold, const char *text, size_t length,
                           ms_text_form layout, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    ms_pattern_branch *branch = ms_array_push(&pattern->branches);
    if (!branch || !fold)
        return ms_fail_memory(error);
    *branch = (ms_pattern_branch){ MS_PATTERN_NONE, MS_PATTERN_NONE, MS_PATTERN_NONE };
    for (size_t at = 0; at < length && status == MEMSCAN_OK;) {
        uint32_t code;
        const uint8_t *bytes = (const uint8_t *)text + at;
        size_t taken = ms_utf8_decode(bytes, length - at, &code);
        if (taken)
            status = add_character(pattern, fold, code, layout, error);
        else if (!add_run(pattern, bytes, NULL, 1))
            status = ms_fail_memory(error);
        at += taken ? taken : 1;
    }
    if (status != MEMSCAN_OK)
        return status;
    if (pattern->branches.count > MS_PATTERN_MOST_BRANCHES || pattern->bytes.count > MS_PATTERN_MOST_BYTES) {
        ms_fail(error, MEMSCAN_LIMIT, "the text is too long to ignore its case");
        ms_hint(error, "look for a part of it");
        return MEMSCAN_LIMIT;
    }
    return ms_pattern_compile(pattern, error);
}

memscan_status ms_pattern_from_any_case(const char *text, size_t length, ms_text_form layout,
                                        const memscan_allocator *allocator, ms_pattern **pattern, memscan_error *error)
{
    *pattern = NULL;
    ms_pattern *made = ms_pattern_create(allocator);
    ms_fold *fold = made ? ms_fold_create(made->allocator) : NULL;
    memscan_status status = made ? fill(made, fold, text, length, layout, error) : ms_fail_memory(error);
    ms_fold_destroy(fold);
    if (status == MEMSCAN_OK)
        *pattern = made;
    else
        ms_pattern_destroy(made);
    return status;
}
