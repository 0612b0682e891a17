/* edits.c - edits are checked when they are added: what is in a patch can be meant. Whatever the bytes of an edit are
 * written as, they become one row of bytes, each with what must stand there before and what comes there. */
#include "edits.h"

#include <stdio.h>

#include "../base/error.h"
#include "../base/options.h"
#include "../base/text.h"

memscan_status ms_edit_blame(memscan_error *error, memscan_status status, size_t index, const char *name)
{
    char text[sizeof error->text], shown[64];
    if (!error)
        return status;
    memcpy(text, error->text, sizeof text);
    memscan_escape(name, shown, sizeof shown);
    ms_text whole;
    ms_text_init(&whole, error->text, sizeof error->text);
    ms_text_format(&whole, "edit %zu", index + 1);
    if (*shown)
        ms_text_format(&whole, " (%s)", shown);
    ms_text_format(&whole, ": %s", text);
    return status;
}

/* ---- bytes ---- */

/* The bytes of a pattern that has one length and no alternatives, that is: one run. */
static memscan_status take_pattern(const char *text, const char *what, const memscan_allocator *allocator,
                                   ms_array *bytes, memscan_error *error)
{
    ms_pattern *pattern;
    memscan_status status = ms_pattern_parse_hex(text, strlen(text), allocator, &pattern, error);
    if (status)
        return status;
    const ms_pattern_branch *whole = ms_pattern_branch_at(pattern, 0);
    const ms_pattern_node *run = ms_pattern_node_at(pattern, whole->first);
    if (whole->first != whole->last || run->kind != MS_PATTERN_RUN) {
        status = ms_fail(error, MEMSCAN_INVALID, "`%s` may match bytes of several lengths, or alternatives", what);
        ms_hint(error, "name every byte between, as ?? where it may be any");
    } else if (!ms_array_reserve(bytes, run->count))
        status = ms_fail_memory(error);
    else {
        memcpy(bytes->items, ms_pattern_bytes_of(pattern, run), run->count * sizeof(ms_pattern_byte));
        bytes->count = run->count;
    }
    ms_pattern_destroy(pattern);
    return status;
}

static memscan_status take_plain(const uint8_t *plain, size_t length, ms_array *bytes, memscan_error *error)
{
    if (!ms_array_reserve(bytes, length))
        return ms_fail_memory(error);
    for (size_t i = 0; i < length; i++)
        *(ms_pattern_byte *)ms_array_push(bytes) = (ms_pattern_byte){ plain[i], 0xff, 0 };
    return MEMSCAN_OK;
}

/* On x86, one byte after the other: a jump into their middle finds an instruction, too. */
static memscan_status take_nops(const char *text, uint8_t *plain, size_t *length, memscan_error *error)
{
    uint64_t count;
    if (!ms_parse_u64(text, strlen(text), &count) || count == 0 || count > MS_LONGEST_EDIT)
        return ms_fail(error, MEMSCAN_INVALID, "nop: wants how many bytes, 1 to %d", (int)MS_LONGEST_EDIT);
    *length = (size_t)count;
#if defined(__x86_64__) || defined(__i386__) || defined(_M_X64) || defined(_M_IX86)
    memset(plain, 0x90, *length);
    return MEMSCAN_OK;
#elif defined(__aarch64__) || defined(_M_ARM64)
    static const uint8_t nop[4] = { 0x1f, 0x20, 0x03, 0xd5 };
    for (size_t i = 0; i < *length; i++)
        plain[i] = nop[i % 4];
    return *length % 4 ? ms_fail(error, MEMSCAN_INVALID, "instructions are 4 bytes long here: nop:%zu", *length)
                       : MEMSCAN_OK;
#else
    (void)plain;
    return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "nop: is not known for this processor: write the bytes in hex");
#endif
}

/* "i32:5", "be:u16:7", "\"text\"": everything that is not bytes in hex. */
static bool is_value(const char *text)
{
    char type[16];
    size_t length = strcspn(text, ":");
    if (text[0] == '"' || strncmp(text, "be:", 3) == 0)
        return true;
    if (!text[length] || length >= sizeof type)
        return false;
    snprintf(type, sizeof type, "%.*s", (int)length, text);
    memscan_type found = memscan_type_from_name(type);
    return found != MEMSCAN_TYPE_NONE && found != MEMSCAN_HEX;
}

static memscan_status take_value(const char *text, memscan_layout layout, uint8_t *plain, size_t *length,
                                 memscan_error *error)
{
    memscan_type type;
    if (strncmp(text, "nop:", 4) == 0)
        return take_nops(text + 4, plain, length, error);
    return memscan_value_parse(text, MEMSCAN_TYPE_NONE, layout, plain, MS_LONGEST_EDIT, length, &type, error);
}

static memscan_status take_bytes(const char *text, const char *what, memscan_layout layout, ms_array *bytes,
                                 memscan_error *error)
{
    bool value = strncmp(text, "nop:", 4) == 0 || is_value(text);
    if (!value)
        return take_pattern(strncmp(text, "hex:", 4) == 0 ? text + 4 : text, what, bytes->allocator, bytes, error);
    uint8_t *plain = ms_alloc(bytes->allocator, MS_LONGEST_EDIT);
    size_t length = 0;
    memscan_status status = plain ? take_value(text, layout, plain, &length, error) : ms_fail_memory(error);
    if (!status)
        status = take_plain(plain, length, bytes, error);
    ms_free(bytes->allocator, plain, MS_LONGEST_EDIT);
    return status;
}

/* ---- an edit as a row of bytes ---- */

static memscan_status lay_row(const memscan_edit *edit, const ms_array *before, const ms_array *new_bytes,
                              ms_array *row, memscan_error *error)
{
    size_t offset = edit->find ? edit->offset : 0;
    if (offset > MS_LONGEST_EDIT || new_bytes->count > MS_LONGEST_EDIT - offset || before->count > MS_LONGEST_EDIT)
        return ms_fail(error, MEMSCAN_LIMIT, "an edit covers at most %d bytes", (int)MS_LONGEST_EDIT);
    size_t length = offset + new_bytes->count > before->count ? offset + new_bytes->count : before->count;
    if (!ms_array_reserve(row, length))
        return ms_fail_memory(error);
    for (size_t i = 0; i < length; i++) {
        ms_edit_byte *byte = ms_array_push(row);
        if (i < before->count)
            byte->before = *(ms_pattern_byte *)ms_array_at(before, i);
        if (i < offset || i - offset >= new_bytes->count)
            continue;
        ms_pattern_byte new_byte = *(ms_pattern_byte *)ms_array_at(new_bytes, i - offset);
        if (new_byte.deny || (new_byte.mask != 0xff && new_byte.mask != 0))
            return ms_fail(error, MEMSCAN_INVALID, "`replace` must give whole bytes, or ?? for those that stay");
        byte->written = new_byte.mask == 0xff;
        byte->after = new_byte.value;
    }
    return MEMSCAN_OK;
}

memscan_status ms_edit_form(const memscan_edit *edit, memscan_layout layout, ms_array *bytes, memscan_error *error)
{
    const memscan_allocator *allocator = bytes->allocator;
    ms_array before, new_bytes;
    ms_array_init(&before, allocator, sizeof(ms_pattern_byte));
    ms_array_init(&new_bytes, allocator, sizeof(ms_pattern_byte));
    memscan_status status = edit->find ? take_bytes(edit->find, "find", layout, &before, error)
                                       : take_bytes(edit->expect, "expect", layout, &before, error);
    if (!status)
        status = take_bytes(edit->replace, "replace", layout, &new_bytes, error);
    if (!status)
        status = lay_row(edit, &before, &new_bytes, bytes, error);
    ms_array_deinit(&before);
    ms_array_deinit(&new_bytes);
    return status;
}

/* ---- the patch ---- */

memscan_status memscan_patch_create(const memscan_allocator *allocator, memscan_patch **patch, memscan_error *error)
{
    allocator = allocator ? allocator : &ms_default_allocator;
    *patch = ms_alloc(allocator, sizeof **patch);
    if (!*patch)
        return ms_fail_memory(error);
    (*patch)->allocator = allocator;
    ms_arena_init(&(*patch)->texts, allocator);
    ms_array_init(&(*patch)->edits, allocator, sizeof(memscan_edit));
    return MEMSCAN_OK;
}

void memscan_patch_destroy(memscan_patch *patch)
{
    if (!patch)
        return;
    ms_array_deinit(&patch->edits);
    ms_arena_deinit(&patch->texts);
    ms_free(patch->allocator, patch, sizeof *patch);
}

size_t memscan_patch_count(const memscan_patch *patch)
{
    return patch->edits.count;
}

static memscan_status check_parts(const memscan_edit *edit, memscan_error *error)
{
    if (!edit->find == !edit->address)
        return ms_fail(error, MEMSCAN_INVALID, "an edit has either `find` or `address`");
    if (!edit->replace)
        return ms_fail(error, MEMSCAN_INVALID, "`replace` is missing: the new bytes");
    if (edit->find && edit->expect)
        return ms_fail(error, MEMSCAN_INVALID, "`expect` belongs to an address: what `find` finds is what is expected");
    if (edit->address && !edit->expect)
        return ms_fail(error, MEMSCAN_INVALID, "`expect` is missing: the bytes that stand at the address now");
    if (edit->address && (edit->module || edit->offset || edit->matches > 1))
        return ms_fail(error, MEMSCAN_INVALID, "`in`, `offset` and `matches` belong to `find`");
    return MEMSCAN_OK;
}

static memscan_status check_edit(const memscan_edit *edit, const memscan_allocator *allocator, memscan_error *error)
{
    memscan_status status = check_parts(edit, error);
    if (status)
        return status;
    ms_array bytes;
    ms_array_init(&bytes, allocator, sizeof(ms_edit_byte));
    status = ms_edit_form(edit, (memscan_layout){ 8, 0 }, &bytes, error);
    ms_array_deinit(&bytes);
    return status;
}

static bool copy_text(ms_arena *texts, const char **text)
{
    *text = ms_arena_text(texts, *text, strlen(*text));
    return *text != NULL;
}

memscan_status memscan_patch_add(memscan_patch *patch, const memscan_edit *edit, memscan_error *error)
{
    memscan_edit copy = MEMSCAN_EDIT_INIT;
    ms_options_over(&copy, sizeof copy, edit);
    if (patch->edits.count == MS_MOST_EDITS)
        return ms_fail(error, MEMSCAN_LIMIT, "a patch has at most %d edits", (int)MS_MOST_EDITS);
    if (!copy.name)
        copy.name = "";
    if (!copy.matches)
        copy.matches = 1;
    memscan_status status = check_edit(&copy, patch->allocator, error);
    if (status)
        return ms_edit_blame(error, status, patch->edits.count, copy.name);
    const char **texts[] = { &copy.name, &copy.find, &copy.module, &copy.address, &copy.expect, &copy.replace };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (*texts[i] && !copy_text(&patch->texts, texts[i]))
            return ms_fail_memory(error);
    memscan_edit *added = ms_array_push(&patch->edits);
    if (!added)
        return ms_fail_memory(error);
    *added = copy;
    return MEMSCAN_OK;
}
