/* core_notes.c - the notes of a core file, in the layouts of Linux (linux/elfcore.h, include/linux/elfcore-compat.h), for
 * targets of either width. Registers are zero but for the two that can be known without stopping anybody. */
#include "core.h"

#include <stdio.h>

#include "../base/bytes.h"
#include "../base/error.h"

enum { NT_PRSTATUS = 1, NT_PRPSINFO = 3, NT_AUXV = 6, NT_FILE = 0x46494c45 };
enum { MACHINE_I386 = 3, MACHINE_ARM = 40, MACHINE_X86_64 = 62, MACHINE_AARCH64 = 183 };

/* Where the fields of struct elf_prstatus lie; the registers are words of the target's width from `registers` on. */
typedef struct status_layout {
    uint16_t machine;
    uint8_t pid, registers, width;
    uint8_t stack_index, instruction_index;
    uint16_t size;
} status_layout;

static const status_layout layouts[] = {
    { MACHINE_X86_64, 32, 112, 8, 19, 16, 336 },
    { MACHINE_I386, 24, 72, 4, 15, 12, 144 },
    { MACHINE_AARCH64, 32, 112, 8, 31, 32, 392 },
    { MACHINE_ARM, 24, 72, 4, 13, 15, 148 },
};

uint16_t ms_core_machine(const ms_core *core)
{
#if defined(__aarch64__) || defined(_M_ARM64) || defined(__arm__)
    return ms_core_is_wide(core) ? MACHINE_AARCH64 : MACHINE_ARM;
#else
    return ms_core_is_wide(core) ? MACHINE_X86_64 : MACHINE_I386;
#endif
}

bool ms_core_is_wide(const ms_core *core)
{
    return core->target->facts.target.layout.pointer_width == 8;
}

static const status_layout *layout_of(const ms_core *core)
{
    size_t i = 0;
    while (layouts[i].machine != ms_core_machine(core))
        i++;
    return &layouts[i];
}

/* ---- bytes ---- */

static bool add_bytes(ms_array *notes, const void *bytes, size_t length)
{
    if (!ms_array_reserve(notes, length + 4))
        return false;
    memcpy((uint8_t *)notes->items + notes->count, bytes, length);
    notes->count += length;
    return true;
}

static bool add_number(ms_array *notes, uint64_t value, size_t width)
{
    uint8_t bytes[8];
    ms_store_uint(bytes, value, width, 0);
    return add_bytes(notes, bytes, width);
}

static bool pad(ms_array *notes)
{
    return add_bytes(notes, "\0\0\0", (4 - notes->count % 4) % 4);
}

/* The beginning of a note; `length` is that of what follows. */
static bool begin_note(ms_array *notes, uint32_t type, size_t length)
{
    return add_number(notes, 5, 4) && add_number(notes, length, 4) && add_number(notes, type, 4) &&
           add_bytes(notes, "CORE\0\0\0", 8);
}

static bool add_note(ms_array *notes, uint32_t type, const void *bytes, size_t length)
{
    return begin_note(notes, type, length) && add_bytes(notes, bytes, length) && pad(notes);
}

/* ---- the process ---- */

/* The command line with blanks between the arguments, as the kernel writes it. */
static void tell_command(uint64_t pid, char *out, size_t capacity)
{
    char path[1], command[80];
    size_t length = 0;
    memset(out, 0, capacity);
    if (memscan_process_describe(pid, path, sizeof path, command, sizeof command, &length, NULL))
        return;
    length = length < capacity ? length : capacity;
    for (size_t i = 0; i + 1 < length; i++)
        out[i] = command[i] ? command[i] : ' ';
}

static bool add_process(const ms_core *core, ms_array *notes)
{
    const memscan_facts *facts = &core->target->facts.target;
    bool wide = ms_core_is_wide(core);
    uint8_t info[136] = { 0 };
    size_t size = wide ? 136 : 124, pid = wide ? 24 : 12, name = wide ? 40 : 28;
    char command[80];
    info[1] = 'R';
    ms_store_uint(info + pid, facts->pid, 4, 0);
    memcpy(info + name, facts->name, strlen(facts->name) < 15 ? strlen(facts->name) : 15);
    tell_command(facts->pid, command, sizeof command);
    memcpy(info + name + 16, command, sizeof command);
    return add_note(notes, NT_PRPSINFO, info, size);
}

/* ---- threads ---- */

typedef struct threads {
    const ms_core *core;
    ms_array *notes;
    ms_array ids; /* of uint64_t */
    bool out_of_memory;
} threads;

static int on_thread(const memscan_thread *thread, void *context)
{
    threads *all = context;
    uint64_t *id = ms_array_push(&all->ids);
    if (id)
        *id = thread->id;
    all->out_of_memory = !id;
    return !id;
}

static bool add_thread(const ms_core *core, ms_array *notes, uint64_t id)
{
    const status_layout *layout = layout_of(core);
    uint8_t status[392] = { 0 };
    uint64_t stack = 0, instruction = 0;
    memscan_target *target = core->target;
    if (target->platform.thread_place)
        target->platform.thread_place(target->state, id, &stack, &instruction, NULL); /* else they stay unknown */
    ms_store_uint(status + layout->pid, id, 4, 0);
    ms_store_uint(status + layout->registers + layout->stack_index * layout->width, stack, layout->width, 0);
    ms_store_uint(status + layout->registers + layout->instruction_index * layout->width, instruction, layout->width,
                  0);
    return add_note(notes, NT_PRSTATUS, status, layout->size);
}

/* The process's first thread comes first: it is the one that debuggers show. A target whose threads are not told has
 * that one. */
static memscan_status add_threads(const ms_core *core, ms_array *notes, memscan_error *error)
{
    threads all = { .core = core, .notes = notes };
    uint64_t first = core->target->facts.target.pid;
    ms_array_init(&all.ids, core->target->allocator, sizeof(uint64_t));
    if (core->target->platform.threads)
        core->target->platform.threads(core->target->state, on_thread, &all, NULL);
    bool added = !all.out_of_memory && add_thread(core, notes, first);
    for (size_t i = 0; i < all.ids.count && added; i++) {
        uint64_t id = *(uint64_t *)ms_array_at(&all.ids, i);
        added = id == first || add_thread(core, notes, id);
    }
    ms_array_deinit(&all.ids);
    return added ? MEMSCAN_OK : ms_fail_memory(error);
}

/* ---- the auxiliary vector, the mapped files ---- */

static memscan_status add_auxiliary(const ms_core *core, ms_array *notes, memscan_error *error)
{
    uint8_t vector[4096];
    size_t length = 0;
    memscan_target *target = core->target;
    if (!target->platform.auxiliary ||
        target->platform.auxiliary(target->state, vector, sizeof vector, &length, NULL) || length == 0)
        return MEMSCAN_OK;
    return add_note(notes, NT_AUXV, vector, length) ? MEMSCAN_OK : ms_fail_memory(error);
}

static bool is_mapped_file(const memscan_region *region)
{
    return (region->flags & MEMSCAN_REGION_FILE) && region->name && region->name[0] == '/';
}

/* count, page size, then start, end and offset in pages of each, then the names. */
static memscan_status add_files(const ms_core *core, ms_region_map *map, ms_array *notes, memscan_error *error)
{
    size_t width = core->target->facts.target.layout.pointer_width, files = 0, names = 0;
    uint64_t page = core->target->facts.target.page_size;
    for (size_t i = 0; i < ms_region_map_count(map); i++)
        if (is_mapped_file(ms_region_map_at(map, i))) {
            files++;
            names += strlen(ms_region_map_at(map, i)->name) + 1;
        }
    if (!files)
        return MEMSCAN_OK;
    bool added = begin_note(notes, NT_FILE, (2 + 3 * files) * width + names) && add_number(notes, files, width) &&
                 add_number(notes, page, width);
    for (size_t i = 0; i < ms_region_map_count(map) && added; i++) {
        const memscan_region *region = ms_region_map_at(map, i);
        if (is_mapped_file(region))
            added = add_number(notes, region->start, width) && add_number(notes, region->start + region->size, width) &&
                    add_number(notes, region->file_offset / page, width);
    }
    for (size_t i = 0; i < ms_region_map_count(map) && added; i++) {
        const memscan_region *region = ms_region_map_at(map, i);
        if (is_mapped_file(region))
            added = add_bytes(notes, region->name, strlen(region->name) + 1);
    }
    return added && pad(notes) ? MEMSCAN_OK : ms_fail_memory(error);
}

memscan_status ms_core_notes(const ms_core *core, ms_region_map *map, ms_array *notes, memscan_error *error)
{
    memscan_status status = add_threads(core, notes, error);
    if (!status && !add_process(core, notes))
        status = ms_fail_memory(error);
    if (!status)
        status = add_auxiliary(core, notes, error);
    return status ? status : add_files(core, map, notes, error);
}
