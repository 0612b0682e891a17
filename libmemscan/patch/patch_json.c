/* patch_json.c - patch files: {"memscan_patch": 1, "edits": [...]}. What an edit may say is checked by
 * memscan_patch_add; here only, that the file says nothing else. */
#include "fields_json.h"

#include "../base/error.h"
#include "edits.h"
#include "journal.h"

static memscan_status read_edit(const cJSON *object, memscan_edit *edit, memscan_error *error)
{
    static const char *const names[] = {
        "name", "find", "in", "matches", "offset", "address", "expect", "replace", NULL
    };
    const struct {
        const char *name;
        const char **text;
    } texts[] = { { "name", &edit->name },       { "find", &edit->find },     { "in", &edit->module },
                  { "address", &edit->address }, { "expect", &edit->expect }, { "replace", &edit->replace } };
    memscan_status status = ms_json_check(object, "an edit", names, error);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && !status; i++)
        status = ms_json_text(object, texts[i].name, texts[i].text, error);
    if (!status)
        status = ms_json_u32(object, "offset", &edit->offset, error);
    uint32_t matches = 1;
    if (!status)
        status = ms_json_u32(object, "matches", &matches, error);
    if (!status && matches == 0)
        return ms_fail(error, MEMSCAN_INVALID, "\"matches\" must be at least 1");
    edit->matches = matches;
    return status;
}

static memscan_status read_edits(const cJSON *list, memscan_patch *patch, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (const cJSON *item = list->child; item && !status; item = item->next) {
        memscan_edit edit = MEMSCAN_EDIT_INIT;
        status = read_edit(item, &edit, error);
        if (status)
            ms_edit_blame(error, status, patch->edits.count, edit.name ? edit.name : "");
        else
            status = memscan_patch_add(patch, &edit, error);
    }
    return status;
}

static memscan_status read_patch(const cJSON *root, memscan_patch *patch, memscan_error *error)
{
    static const char *const names[] = { "memscan_patch", "name", "comment", "edits", NULL };
    const char *text;
    uint32_t version = 0;
    memscan_status status = ms_json_check(root, "a patch file", names, error);
    if (!status)
        status = ms_json_u32(root, "memscan_patch", &version, error);
    if (!status && version != 1)
        return ms_fail(error, MEMSCAN_INVALID, "a patch file says \"memscan_patch\": 1");
    if (!status)
        status = ms_json_text(root, "name", &text, error);
    if (!status)
        status = ms_json_text(root, "comment", &text, error);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "edits");
    if (!status && (!cJSON_IsArray(list) || !list->child))
        status = ms_fail(error, MEMSCAN_INVALID, "\"edits\" must be a list of edits");
    return status ? status : read_edits(list, patch, error);
}

memscan_status memscan_patch_parse(const char *json, size_t length, const memscan_allocator *allocator,
                                   memscan_patch **patch, memscan_error *error)
{
    cJSON *root;
    *patch = NULL;
    memscan_status status = ms_json_parse(json, length, &root, error);
    if (status)
        return status;
    memscan_patch *made;
    status = memscan_patch_create(allocator, &made, error);
    if (!status) {
        status = read_patch(root, made, error);
        if (status)
            memscan_patch_destroy(made);
        else
            *patch = made;
    }
    cJSON_Delete(root);
    return status;
}

memscan_status memscan_patch_load(const char *path, const memscan_allocator *allocator, memscan_patch **patch,
                                  memscan_error *error)
{
    char *text;
    size_t length;
    *patch = NULL;
    allocator = allocator ? allocator : &ms_default_allocator;
    memscan_status status = ms_patch_file_read(path, allocator, &text, &length, error);
    if (status)
        return status;
    status = memscan_patch_parse(text, length, allocator, patch, error);
    ms_free(allocator, text, length + 1);
    return status;
}
