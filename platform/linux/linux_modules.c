/* linux_modules.c - modules: the runs of mappings that linux_kinds.c finds, with their build ids. What a head says is
 * believed only within the mappings that are there: a build id is read from the module's own memory, as much as its
 * notes claim and no more than a page. */
#include "linux_where.h"

#include <string.h>

#include "../../libmemscan/base/error.h"

enum { NOTES_MOST = 4096 };

/* The region of the run that holds `address`, or NULL. */
static const memscan_region *region_of(const memscan_region *regions, const linux_module_run *run, uint64_t address)
{
    for (size_t i = run->first; i < run->first + run->count; i++)
        if (address >= regions[i].start && address - regions[i].start < regions[i].size)
            return &regions[i];
    return NULL;
}

/* `notes` is what the id points into. */
static void find_build_id(linux_target *target, const memscan_region *regions, const linux_module_run *run,
                          uint8_t *notes, memscan_module *module)
{
    for (size_t i = 0; i < run->image.notes_count && !module->build_id; i++) {
        const linux_image_notes *segment = &run->image.notes[i];
        size_t size = segment->size < NOTES_MOST ? (size_t)segment->size : NOTES_MOST;
        const memscan_region *region = region_of(regions, run, module->base + segment->offset);
        size_t length = region ? ms_linux_peek(target, region, module->base + segment->offset, notes, size) : 0;
        ms_linux_image_build_id(notes, length, run->image.big_endian, &module->build_id, &module->build_id_length);
    }
}

static int show_module(linux_walk *walk, const linux_module_run *run, memscan_module_fn *visit, void *context)
{
    const memscan_region *regions = walk->map.regions.items, *head = &regions[run->first];
    const char *slash = strrchr(head->name, '/');
    memscan_module module = {
        .base = head->start, .size = run->end - head->start, .name = slash ? slash + 1 : head->name, .path = head->name
    };
    uint8_t notes[NOTES_MOST];
    find_build_id(walk->target, regions, run, notes, &module);
    return visit(&module, context);
}

/* A run that reaches the window's end may go on: it is left to the next window, if that begins before it. */
static memscan_status show_window(linux_walk *walk, memscan_module_fn *visit, void *context, memscan_error *error)
{
    const memscan_region *regions = walk->map.regions.items;
    size_t count = walk->map.regions.count;
    size_t seen_again = walk->map.more ? count - LINUX_WALK_AGAIN(walk->window) : count;
    linux_kind_hints hints = ms_linux_walk_hints(walk);
    linux_module_run run;
    for (size_t at = 0; at < count; at += run.count) {
        bool module = ms_linux_module_at(regions, count, at, &hints, &run);
        bool later = at + run.count == count && at >= seen_again;
        if (!module || regions[at].start < walk->shown || later)
            continue;
        walk->shown = run.end;
        if (show_module(walk, &run, visit, context))
            return ms_fail(error, MEMSCAN_STOPPED, "the walk was ended by its visitor");
    }
    return ms_linux_walk_shortage(walk, error);
}

memscan_status ms_linux_modules(void *state, memscan_module_fn *visit, void *context, memscan_error *error)
{
    linux_walk walk;
    memscan_status status = ms_linux_walk_begin(&walk, state, 0, error);
    bool more = true;
    while (!status && more) {
        status = ms_linux_walk_next(&walk, &more, error);
        if (!status && more)
            status = show_window(&walk, visit, context, error);
    }
    ms_linux_walk_end(&walk);
    return status;
}
