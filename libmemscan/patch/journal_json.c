/* journal_json.c - the journal's text. It is read by us, later, perhaps by another version, and by people: so addresses
 * also stand there as places, and bytes as they were and as they became. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "../base/error.h"
#include "fields_json.h"
#include "journal.h"

/* ---- writing; a NULL on the way means: out of memory, and cJSON_Add... pass it on ---- */

static bool add_text(cJSON *object, const char *name, const char *text)
{
    return cJSON_AddStringToObject(object, name, text) != NULL;
}

static bool add_number(cJSON *object, const char *name, uint64_t number, bool hex)
{
    char text[24];
    snprintf(text, sizeof text, hex ? "0x%" PRIx64 : "%" PRIu64, number);
    return add_text(object, name, text);
}

static bool add_hex(cJSON *object, const char *name, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *text = cJSON_malloc(2 * length + 1);
    if (!text)
        return false;
    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * length] = 0;
    bool added = add_text(object, name, text);
    cJSON_free(text);
    return added;
}

static bool add_process(cJSON *root, const memscan_identity *identity)
{
    char shown[4 * sizeof identity->executable];
    cJSON *process = cJSON_AddObjectToObject(root, "process");
    memscan_escape(identity->executable, shown, sizeof shown);
    return process && add_text(process, "boot", identity->boot) && add_number(process, "pid", identity->pid, false) &&
           add_number(process, "start_time", identity->start_time, false) &&
           add_number(process, "device", identity->device, true) &&
           add_number(process, "inode", identity->inode, false) &&
           add_number(process, "load_address", identity->load_address, true) &&
           add_number(process, "stack_address", identity->stack_address, true) &&
           add_hex(process, "build_id", identity->build_id, identity->build_id_length) &&
           add_text(process, "executable", shown);
}

static bool add_change(cJSON *list, const memscan_patch_change *change, memscan_target *target)
{
    char place[MEMSCAN_PLACE_MAX], shown[256];
    cJSON *object = cJSON_CreateObject();
    if (!object || !cJSON_AddItemToArray(list, object)) {
        cJSON_Delete(object);
        return false;
    }
    memscan_place(target, change->address, place, sizeof place);
    memscan_escape(change->name, shown, sizeof shown);
    return cJSON_AddNumberToObject(object, "edit", (double)change->edit + 1) && add_text(object, "name", shown) &&
           add_number(object, "address", change->address, true) && add_text(object, "place", place) &&
           add_hex(object, "old", change->old_bytes, change->length) &&
           add_hex(object, "new", change->new_bytes, change->length);
}

static bool add_all(cJSON *root, const ms_changes *plan, const memscan_identity *identity, memscan_target *target)
{
    bool added = cJSON_AddNumberToObject(root, "memscan_journal", 1) &&
                 add_number(root, "unix_time", (uint64_t)time(NULL), false) && add_process(root, identity);
    cJSON *list = added ? cJSON_AddArrayToObject(root, "changes") : NULL;
    for (size_t i = 0; i < plan->changes.count && list; i++) {
        const memscan_patch_change *change = ms_change_at(plan, i);
        if (change->state == MEMSCAN_PLACE_WOULD_CHANGE && !add_change(list, change, target))
            list = NULL;
    }
    return list != NULL;
}

char *ms_journal_text(const ms_changes *plan, const memscan_identity *identity, memscan_target *target)
{
    cJSON *root = cJSON_CreateObject();
    char *text = root && add_all(root, plan, identity, target) ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    return text;
}

void ms_journal_text_free(char *text)
{
    cJSON_free(text);
}

/* ---- reading ---- */

static memscan_status read_process(const cJSON *process, memscan_identity *identity, memscan_error *error)
{
    static const char *const names[] = { "boot",         "pid",           "start_time", "device",     "inode",
                                         "load_address", "stack_address", "build_id",   "executable", NULL };
    const struct {
        const char *name;
        uint64_t *number;
    } numbers[] = { { "pid", &identity->pid },
                    { "start_time", &identity->start_time },
                    { "device", &identity->device },
                    { "inode", &identity->inode },
                    { "load_address", &identity->load_address },
                    { "stack_address", &identity->stack_address } };
    const char *boot = NULL, *id = NULL;
    size_t id_length = 0;
    memscan_status status = ms_json_check(process, "\"process\"", names, error);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && !status; i++)
        status = ms_json_u64(process, numbers[i].name, numbers[i].number, error);
    if (!status)
        status = ms_json_text(process, "boot", &boot, error);
    if (!status)
        status = ms_json_hex(process, "build_id", &id, &id_length, error);
    if (status)
        return status;
    if (!boot || strlen(boot) >= sizeof identity->boot || id_length > sizeof identity->build_id)
        return ms_fail(error, MEMSCAN_INVALID, "\"process\" is not complete, or too long");
    memcpy(identity->boot, boot, strlen(boot) + 1);
    ms_json_hex_bytes(id, id_length, identity->build_id);
    identity->build_id_length = (uint32_t)id_length;
    return MEMSCAN_OK;
}

static memscan_status add_read(ms_changes *plan, const char *name, uint32_t edit, uint64_t address,
                               const char *old_digits, const char *new_digits, size_t length, memscan_error *error)
{
    char *kept = ms_arena_text(&plan->bytes, name, strlen(name));
    uint8_t *bytes = ms_alloc(plan->allocator, 2 * length);
    memscan_status status = MEMSCAN_NO_MEMORY;
    if (kept && bytes) {
        ms_json_hex_bytes(new_digits, length, bytes);
        ms_json_hex_bytes(old_digits, length, bytes + length);
        status = ms_changes_add(plan, edit - 1, kept, address, bytes, bytes + length, length, error);
    } else
        ms_fail_memory(error);
    ms_free(plan->allocator, bytes, 2 * length);
    return status;
}

static memscan_status read_change(const cJSON *object, ms_changes *plan, memscan_error *error)
{
    static const char *const names[] = { "edit", "name", "address", "place", "old", "new", NULL };
    const char *name = NULL, *old_digits, *new_digits;
    uint64_t address = 0;
    uint32_t edit = 0;
    size_t length = 0, new_length = 0;
    memscan_status status = ms_json_check(object, "a change", names, error);
    if (!status)
        status = ms_json_u32(object, "edit", &edit, error);
    if (!status)
        status = ms_json_text(object, "name", &name, error);
    if (!status)
        status = ms_json_u64(object, "address", &address, error);
    if (!status)
        status = ms_json_hex(object, "old", &old_digits, &length, error);
    if (!status)
        status = ms_json_hex(object, "new", &new_digits, &new_length, error);
    if (status)
        return status;
    if (edit == 0 || length == 0 || length != new_length || length - 1 > UINT64_MAX - address)
        return ms_fail(error, MEMSCAN_INVALID, "a change that cannot have been made");
    return add_read(plan, name ? name : "", edit, address, old_digits, new_digits, length, error);
}

static memscan_status read_journal(const cJSON *root, ms_changes *plan, memscan_identity *identity,
                                   memscan_error *error)
{
    static const char *const names[] = { "memscan_journal", "unix_time", "process", "changes", "checksum", NULL };
    uint32_t version = 0;
    memscan_status status = ms_json_check(root, "a journal", names, error);
    if (!status)
        status = ms_json_u32(root, "memscan_journal", &version, error);
    if (!status && version != 1)
        status = ms_fail(error, MEMSCAN_INVALID, "a journal says \"memscan_journal\": 1");
    if (!status)
        status = read_process(cJSON_GetObjectItemCaseSensitive(root, "process"), identity, error);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "changes");
    if (!status && !cJSON_IsArray(list))
        status = ms_fail(error, MEMSCAN_INVALID, "\"changes\" must be a list");
    for (const cJSON *item = status ? NULL : list->child; item && !status; item = item->next)
        status = read_change(item, plan, error);
    return status;
}

memscan_status ms_journal_parse(const char *text, size_t length, ms_changes *plan, memscan_identity *identity,
                                memscan_error *error)
{
    cJSON *root;
    *identity = (memscan_identity){ 0 };
    memscan_status status = ms_json_parse(text, length, &root, error);
    if (status)
        return status;
    status = read_journal(root, plan, identity, error);
    cJSON_Delete(root);
    if (status != MEMSCAN_INVALID)
        return status;
    if (error)
        error->status = MEMSCAN_CORRUPT; /* what is no patch file's mistake of a person is damage here */
    return MEMSCAN_CORRUPT;
}
