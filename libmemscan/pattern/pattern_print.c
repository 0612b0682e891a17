/* pattern_print.c - the canonical form: bytes of two upper-case digits, one space between things. Since a pattern has
 * one form as a tree, it has one as text, and that is parsed to the same tree. */
#include "../base/text.h"
#include "pattern_form.h"

#define SPELLED 8 /* wild bytes in a row that are written as ?? each; more of them as [n] */

static void print_byte(ms_text *text, ms_pattern_byte byte)
{
    static const char digits[] = "0123456789ABCDEF";
    char out[4] = { '~', '?', '?', '\0' };
    if (byte.mask & 0xf0)
        out[1] = digits[byte.value >> 4];
    if (byte.mask & 0x0f)
        out[2] = digits[byte.value & 0x0f];
    ms_text_add(text, out + !byte.deny);
}

static void print_run(ms_text *text, const ms_pattern_byte *bytes, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t wild = 0;
        while (i + wild < count && bytes[i + wild].mask == 0)
            wild++;
        if (i)
            ms_text_add(text, " ");
        if (wild > SPELLED) {
            ms_text_format(text, "[%zu]", wild);
            i += wild;
        } else
            print_byte(text, bytes[i++]);
    }
}

static void print_jump(ms_text *text, const ms_pattern_node *jump)
{
    if (jump->open)
        ms_text_format(text, "[%u-]", jump->least);
    else
        ms_text_format(text, "[%u-%u]", jump->least, jump->most);
}

static void print_branch(ms_text *text, const ms_pattern *pattern, uint32_t branch);

static void print_group(ms_text *text, const ms_pattern *pattern, uint32_t branch)
{
    const char *before = "(";
    for (; branch != MS_PATTERN_NONE; branch = ms_pattern_branch_at(pattern, branch)->next) {
        ms_text_add(text, before);
        print_branch(text, pattern, branch);
        before = " | ";
    }
    ms_text_add(text, ")");
}

static void print_branch(ms_text *text, const ms_pattern *pattern, uint32_t branch)
{
    uint32_t index = ms_pattern_branch_at(pattern, branch)->first;
    while (index != MS_PATTERN_NONE) {
        const ms_pattern_node *node = ms_pattern_node_at(pattern, index);
        switch (node->kind) {
        case MS_PATTERN_RUN: print_run(text, ms_pattern_bytes_of(pattern, node), node->count); break;
        case MS_PATTERN_JUMP: print_jump(text, node); break;
        case MS_PATTERN_GROUP: print_group(text, pattern, node->first); break;
        }
        index = node->next;
        if (index != MS_PATTERN_NONE)
            ms_text_add(text, " ");
    }
}

size_t ms_pattern_describe(const ms_pattern *pattern, char *out, size_t capacity)
{
    ms_text text;
    ms_text_init(&text, out, capacity);
    print_branch(&text, pattern, 0);
    return text.length;
}
