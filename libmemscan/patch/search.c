/* search.c - patterns must be there exactly as often as their edits say. A place that an earlier run has patched no
 * longer fits its pattern; it fits the pattern with the new bytes laid over it. So both are looked for: when the first
 * is missing where the second is found, the edit is already applied there. */
#include "search.h"

#include <memscan/find.h>

#include "../base/error.h"
#include "../base/text.h"
#include "../target/module_list.h"
#include "../target/target.h"

void ms_edit_places_init(ms_edit_places *places, const memscan_allocator *allocator)
{
    *places = (ms_edit_places){ 0 };
    ms_array_init(&places->addresses, allocator, sizeof(uint64_t));
    ms_array_init(&places->applied, allocator, sizeof(uint64_t));
}

void ms_edit_places_deinit(ms_edit_places *places)
{
    ms_array_deinit(&places->addresses);
    ms_array_deinit(&places->applied);
}

/* One pass. Question 2 i is the i-th edit of the pass before it is applied, question 2 i + 1 afterwards. */
typedef struct pass {
    memscan_target *target;
    const memscan_patch *patch;
    const ms_array *rows;
    ms_edit_places *places;
    ms_array edits;     /* of size_t: which take part */
    ms_array questions; /* of memscan_question * */
    bool out_of_memory;
    bool too_many; /* the edit `culprit` matched more often than it may */
    size_t culprit;
} pass;

/* ---- the questions ---- */

static void print_byte(ms_text *text, const ms_edit_byte *byte, bool applied)
{
    static const char digits[] = "0123456789ABCDEF";
    ms_pattern_byte b = applied && byte->written ? (ms_pattern_byte){ byte->after, 0xff, 0 } : byte->before;
    char out[] = { ' ', '~', '?', '?', '\0' };
    if (b.mask & 0xf0)
        out[2] = digits[b.value >> 4];
    if (b.mask & 0x0f)
        out[3] = digits[b.value & 0x0f];
    ms_text_add(text, b.deny ? out : " ");
    if (!b.deny)
        ms_text_add(text, out + 2);
}

static memscan_status ask(pass *p, size_t edit, bool applied, memscan_error *error)
{
    const ms_array *row = &p->rows[edit];
    size_t capacity = row->count * 4 + 8;
    char *text = ms_alloc(p->patch->allocator, capacity);
    memscan_question **question = ms_array_push(&p->questions);
    memscan_status status = MEMSCAN_OK;
    if (text && question) {
        ms_text expression;
        ms_text_init(&expression, text, capacity);
        ms_text_add(&expression, "hex:");
        for (size_t i = 0; i < row->count; i++)
            print_byte(&expression, ms_array_at(row, i), applied);
        status = memscan_question_parse(text, MEMSCAN_TYPE_NONE, p->target->facts.target.layout, p->patch->allocator,
                                        question, error);
    } else
        status = ms_fail_memory(error);
    ms_free(p->patch->allocator, text, capacity);
    return status;
}

static bool same_module(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static memscan_status gather(pass *p, size_t first, memscan_error *error)
{
    const char *module = ms_edit_at(p->patch, first)->module;
    memscan_status status = MEMSCAN_OK;
    for (size_t i = first; i < p->patch->edits.count && !status; i++) {
        const memscan_edit *edit = ms_edit_at(p->patch, i);
        if (!edit->find || !same_module(edit->module, module))
            continue;
        size_t *index = ms_array_push(&p->edits);
        if (!index)
            return ms_fail_memory(error);
        *index = i;
        status = ask(p, i, false, error);
        if (!status)
            status = ask(p, i, true, error);
    }
    return status;
}

/* ---- where to look ---- */

/* The modules of a name, or of a path. */
static memscan_status find_module(memscan_target *target, const char *name, memscan_range *range, memscan_error *error)
{
    ms_module_list *list;
    char shown[128];
    size_t found = 0;
    memscan_escape(name, shown, sizeof shown);
    memscan_status status = ms_module_list_take(&target->platform, target->state, target->allocator, &list, error);
    if (status)
        return status;
    for (size_t i = 0; i < ms_module_list_count(list); i++) {
        const memscan_module *module = ms_module_list_at(list, i);
        if (strcmp(module->name, name) != 0 && strcmp(module->path, name) != 0)
            continue;
        *range = (memscan_range){ module->base, module->base + (module->size - 1) };
        found++;
    }
    ms_module_list_destroy(list);
    if (found > 1)
        return ms_fail(error, MEMSCAN_AMBIGUOUS, "several modules are named %s: name it by its path", shown);
    return found ? MEMSCAN_OK : ms_fail(error, MEMSCAN_NOT_FOUND, "there is no module named %s", shown);
}

/* ---- the pass ---- */

static int on_match(const memscan_match *match, void *context)
{
    pass *p = context;
    size_t edit = *(size_t *)ms_array_at(&p->edits, match->question / 2);
    ms_edit_places *places = &p->places[edit];
    ms_array *into = match->question % 2 ? &places->applied : &places->addresses;
    const uint64_t *last =
        places->addresses.count ? ms_array_at(&places->addresses, places->addresses.count - 1) : NULL;
    if (match->question % 2 && last && *last == match->address)
        return 0; /* it fits both forms, and is counted */
    uint64_t count = match->question % 2 ? ++places->applied_count : ++places->before_count;
    if (count > ms_edit_at(p->patch, edit)->matches) {
        if (match->question % 2)
            return 0; /* not wrong by itself, but of no use any more */
        p->too_many = true;
        p->culprit = edit;
        return 1;
    }
    uint64_t *address = ms_array_push(into);
    if (!address)
        p->out_of_memory = true;
    else
        *address = match->address;
    return !address;
}

static memscan_status fail_count(const pass *p, size_t edit, memscan_error *error)
{
    const ms_edit_places *places = &p->places[edit];
    unsigned wanted = ms_edit_at(p->patch, edit)->matches;
    if (places->before_count + places->applied_count == 0)
        return ms_fail(error, MEMSCAN_NOT_FOUND, "the pattern is not there");
    if (places->before_count == 0) {
        ms_fail(
            error, MEMSCAN_AMBIGUOUS,
            "the pattern is not there, and its new form is there %llu times, not %u: whether it was applied, cannot be "
            "told",
            (unsigned long long)places->applied_count, wanted);
        ms_hint(error, "make the pattern longer, or name the module to look in");
        return MEMSCAN_AMBIGUOUS;
    }
    ms_fail(error, MEMSCAN_AMBIGUOUS, "the pattern is there %s%llu times%s, not %u",
            places->before_count > wanted ? "at least " : "", (unsigned long long)places->before_count,
            places->applied_count ? " (other places hold the new bytes)" : "", wanted);
    ms_hint(error, "make the pattern longer, name the module to look in, or say how many matches there are");
    return MEMSCAN_AMBIGUOUS;
}

/* All places that are to be changed, or are changed already, come to be in `addresses`. */
static memscan_status settle(pass *p, size_t edit, memscan_error *error)
{
    ms_edit_places *places = &p->places[edit];
    uint64_t wanted = ms_edit_at(p->patch, edit)->matches;
    if (places->before_count == wanted)
        return MEMSCAN_OK;
    if (places->before_count + places->applied_count != wanted)
        return fail_count(p, edit, error);
    for (size_t i = 0; i < places->applied.count; i++) {
        uint64_t *address = ms_array_push(&places->addresses);
        if (!address)
            return ms_fail_memory(error);
        *address = *(uint64_t *)ms_array_at(&places->applied, i);
    }
    return MEMSCAN_OK;
}

static memscan_status check_whole(const memscan_report *report, memscan_error *error)
{
    if (report->complete)
        return MEMSCAN_OK;
    ms_fail(error, MEMSCAN_UNREADABLE,
            "%llu bytes could not be searched: how often the pattern is there, cannot be told",
            (unsigned long long)report->failed);
    ms_hint(error, "name the module to look in");
    return MEMSCAN_UNREADABLE;
}

static memscan_status run_pass(pass *p, const char *module, const memscan_patch_options *options, memscan_error *error)
{
    memscan_range range;
    memscan_report report;
    memscan_find_options find = MEMSCAN_FIND_OPTIONS_INIT;
    memscan_status status = module ? find_module(p->target, module, &range, error) : MEMSCAN_OK;
    if (status)
        return status;
    find.filter.ranges = module ? &range : NULL;
    find.filter.range_count = module ? 1 : 0;
    find.progress = options->progress;
    find.progress_context = options->progress_context;
    find.cancel = options->cancel;
    status = memscan_find_all(p->target, (const memscan_question *const *)p->questions.items, p->questions.count, &find,
                              on_match, p, &report, error);
    if (p->out_of_memory)
        return ms_fail_memory(error);
    if (p->too_many)
        return ms_edit_blame(error, fail_count(p, p->culprit, error), p->culprit,
                             ms_edit_at(p->patch, p->culprit)->name);
    if (!status)
        status = check_whole(&report, error);
    for (size_t i = 0; i < p->edits.count && !status; i++) {
        size_t edit = *(size_t *)ms_array_at(&p->edits, i);
        status = settle(p, edit, error);
        if (status)
            ms_edit_blame(error, status, edit, ms_edit_at(p->patch, edit)->name);
    }
    return status;
}

static memscan_status search_with(pass *p, size_t first, const memscan_patch_options *options, memscan_error *error)
{
    const memscan_allocator *allocator = p->patch->allocator;
    ms_array_init(&p->edits, allocator, sizeof(size_t));
    ms_array_init(&p->questions, allocator, sizeof(memscan_question *));
    memscan_status status = gather(p, first, error);
    if (!status)
        status = run_pass(p, ms_edit_at(p->patch, first)->module, options, error);
    for (size_t i = 0; i < p->questions.count; i++)
        memscan_question_destroy(*(memscan_question **)ms_array_at(&p->questions, i));
    ms_array_deinit(&p->questions);
    ms_array_deinit(&p->edits);
    return status;
}

/* True when an earlier edit looks in the same module: its pass has looked for this one, too. */
static bool is_searched(const memscan_patch *patch, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (ms_edit_at(patch, i)->find && same_module(ms_edit_at(patch, i)->module, ms_edit_at(patch, index)->module))
            return true;
    return false;
}

memscan_status ms_patch_search(memscan_target *target, const memscan_patch *patch, const ms_array *rows,
                               const memscan_patch_options *options, ms_edit_places *places, memscan_error *error)
{
    memscan_status status = MEMSCAN_OK;
    for (size_t i = 0; i < patch->edits.count && !status; i++) {
        pass p = { .target = target, .patch = patch, .rows = rows, .places = places };
        if (ms_edit_at(patch, i)->find && !is_searched(patch, i))
            status = search_with(&p, i, options, error);
    }
    return status;
}
