/* windows_modules.c - modules, by EnumProcessModulesEx of both widths: from a 64-bit program it lists what a 32-bit
 * process has loaded, which Toolhelp does not do reliably. A module's path is that of the file that is mapped, as the
 * regions' names are, so that the two agree. */
#include "windows_target.h"

#include <stdlib.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/array.h"
#include "../../libmemscan/base/error.h"
#include "windows_error.h"
#include "windows_modules.h"
#include "windows_path.h"
#include "windows_text.h"

static int by_address(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t) * (const HMODULE *)a, right = (uintptr_t) * (const HMODULE *)b;
    return left < right ? -1 : left > right;
}

/* The list may grow while it is asked for: asked again with more room until it fits. */
static memscan_status list_modules(const windows_target *target, ms_array *modules, memscan_error *error)
{
    enum { MODULES_MOST = 1 << 20 };
    for (size_t room = 256; room <= MODULES_MOST; room *= 2) {
        DWORD needed = 0;
        if (!ms_array_reserve(modules, room))
            return ms_fail_memory(error);
        if (!EnumProcessModulesEx(target->process, modules->items, (DWORD)(room * sizeof(HMODULE)), &needed,
                                  LIST_MODULES_ALL))
            return ms_windows_fail(error, GetLastError(), "cannot list the modules of process %llu",
                                   (unsigned long long)target->pid);
        if (needed <= room * sizeof(HMODULE)) {
            modules->count = needed / sizeof(HMODULE);
            qsort(modules->items, modules->count, sizeof(HMODULE), by_address);
            return MEMSCAN_OK;
        }
    }
    return ms_fail(error, MEMSCAN_LIMIT, "process %llu has more modules than can be", (unsigned long long)target->pid);
}

/* From its debug directory. */
const uint8_t *ms_windows_build_id(const windows_target *target, uint64_t base, const windows_image *image,
                                   uint8_t record[WINDOWS_DEBUG_HEAD])
{
    enum { ENTRIES_MOST = 16 };
    uint8_t entry[WINDOWS_DEBUG_ENTRY];
    uint32_t count = image->debug_size / WINDOWS_DEBUG_ENTRY, offset = 0, size = 0;
    for (uint32_t i = 0; i < count && i < ENTRIES_MOST; i++) {
        uint64_t at = (uint64_t)image->debug_offset + i * (uint64_t)WINDOWS_DEBUG_ENTRY;
        if (at > image->size || !ms_windows_peek(target, base + at, entry, sizeof entry))
            return NULL;
        if (ms_windows_image_debug_entry(entry, sizeof entry, &offset, &size))
            return offset < image->size && ms_windows_peek(target, base + offset, record, WINDOWS_DEBUG_HEAD)
                       ? ms_windows_image_build_id(record, WINDOWS_DEBUG_HEAD)
                       : NULL;
    }
    return NULL;
}

typedef struct module_walk {
    windows_target *target;
    memscan_module_fn *visit;
    void *context;
    windows_paths *paths;
    windows_image image;
} module_walk;

/* A module whose head cannot be read has been unloaded since it was listed. */
static bool show_module(module_walk *walk, HMODULE handle)
{
    windows_target *target = walk->target;
    uint64_t base = (uintptr_t)handle;
    uint8_t head[WINDOWS_IMAGE_HEAD], record[WINDOWS_DEBUG_HEAD];
    if (base > target->highest || !ms_windows_peek(target, base, head, sizeof head) ||
        !ms_windows_image_parse(head, sizeof head, target->page_size, &walk->image))
        return true;
    const char *path = ms_windows_mapped_path(walk->paths, &target->calls, target->process, base);
    memscan_module module = {
        .base = base,
        .size = walk->image.size,
        .name = ms_windows_file_name(path),
        .path = path,
        .build_id = ms_windows_build_id(target, base, &walk->image, record),
    };
    module.build_id_length = module.build_id ? WINDOWS_BUILD_ID : 0;
    return walk->visit(&module, walk->context) == 0;
}

static memscan_status show_modules(module_walk *walk, const ms_array *modules, memscan_error *error)
{
    for (size_t i = 0; i < modules->count; i++)
        if ((i == 0 || by_address(ms_array_at(modules, i - 1), ms_array_at(modules, i)) != 0) &&
            !show_module(walk, *(HMODULE *)ms_array_at(modules, i)))
            return ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
    return MEMSCAN_OK;
}

memscan_status ms_windows_modules(void *state, memscan_module_fn *visit, void *context, memscan_error *error)
{
    windows_target *target = state;
    ms_array modules;
    ms_array_init(&modules, target->allocator, sizeof(HMODULE));
    memscan_status status = list_modules(target, &modules, error);
    module_walk *walk = status ? NULL : ms_alloc(target->allocator, sizeof *walk);
    if (walk) {
        *walk = (module_walk){ .target = target, .visit = visit, .context = context };
        walk->paths = ms_windows_paths_create(target->allocator);
        status = walk->paths ? show_modules(walk, &modules, error) : ms_fail_memory(error);
        ms_windows_paths_destroy(walk->paths);
        ms_free(target->allocator, walk, sizeof *walk);
    } else if (!status) {
        status = ms_fail_memory(error);
    }
    ms_array_deinit(&modules);
    if (status == MEMSCAN_OS && ms_windows_alive(target, NULL))
        return ms_windows_alive(target, error);
    return status;
}
