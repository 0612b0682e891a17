/* walks.c - threads and abilities: walked to the end and copied first, then shown (see target.c for why). */
#include "../base/arena.h"
#include "../base/array.h"
#include "../base/error.h"
#include "target.h"

typedef struct rows_walk {
    ms_array rows;
    ms_arena texts;
    bool out_of_memory;
} rows_walk;

static void begin_walk(rows_walk *walk, const memscan_target *target, size_t row_size)
{
    ms_array_init(&walk->rows, target->allocator, row_size);
    ms_arena_init(&walk->texts, target->allocator);
    walk->out_of_memory = false;
}

static void end_walk(rows_walk *walk)
{
    ms_array_deinit(&walk->rows);
    ms_arena_deinit(&walk->texts);
}

/* Replaces *text by a copy that lives as long as the walk. */
static bool keep_text(rows_walk *walk, const char **text)
{
    *text = ms_arena_text(&walk->texts, *text, strlen(*text));
    return *text != NULL;
}

static int keep_row(rows_walk *walk, const void *row, bool texts_kept)
{
    void *kept = texts_kept ? ms_array_push(&walk->rows) : NULL;
    if (kept)
        memcpy(kept, row, walk->rows.item_size);
    walk->out_of_memory = !kept;
    return !kept;
}

static int keep_thread(const memscan_thread *shown, void *context)
{
    memscan_thread thread = *shown;
    return keep_row(context, &thread, keep_text(context, &thread.name));
}

static int keep_ability(const memscan_ability *shown, void *context)
{
    memscan_ability ability = *shown;
    bool kept =
        keep_text(context, &ability.name) && keep_text(context, &ability.reason) && keep_text(context, &ability.hint);
    return keep_row(context, &ability, kept);
}

memscan_status memscan_threads(memscan_target *target, memscan_thread_fn *visit, void *context, memscan_error *error)
{
    if (!target->platform.threads)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target knows no threads");
    rows_walk walk;
    begin_walk(&walk, target, sizeof(memscan_thread));
    memscan_status status = target->platform.threads(target->state, keep_thread, &walk, error);
    if (walk.out_of_memory)
        status = ms_fail_memory(error);
    for (size_t i = 0; i < walk.rows.count && !status; i++)
        if (visit(ms_array_at(&walk.rows, i), context))
            status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    end_walk(&walk);
    return status;
}

memscan_status memscan_abilities(memscan_target *target, memscan_ability_fn *visit, void *context, memscan_error *error)
{
    if (!target->platform.abilities)
        return ms_fail(error, MEMSCAN_NOT_SUPPORTED, "this kind of target does not tell its abilities");
    rows_walk walk;
    begin_walk(&walk, target, sizeof(memscan_ability));
    memscan_status status = target->platform.abilities(target->state, keep_ability, &walk, error);
    if (walk.out_of_memory)
        status = ms_fail_memory(error);
    for (size_t i = 0; i < walk.rows.count && !status; i++)
        if (visit(ms_array_at(&walk.rows, i), context))
            status = ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    end_walk(&walk);
    return status;
}
