/* windows_regions.c - the address space, by VirtualQueryEx from the lowest to the highest address.
 *
 * VirtualQueryEx answers about the pages from the asked one on that are alike, so each answer tells where to ask next,
 * and the walk goes forward whatever the process does meanwhile. An answer inside an image is cut where the sections
 * change its kind, because only they tell data from memory that begins as zero. What an allocation is (its path, its
 * sections) is asked once, where it begins. */
#include "windows_target.h"

#include <string.h>

#include "../../libmemscan/base/alloc.h"
#include "../../libmemscan/base/error.h"
#include "windows_error.h"
#include "windows_image.h"
#include "windows_path.h"
#include "windows_protection.h"
#include "windows_uses.h"

/* The page that the kernel shows every process: the clock, the version ("KUSER_SHARED_DATA"). */
#define SHARED_USER_DATA 0x7ffe0000u

typedef struct region_walk {
    windows_target *target;
    memscan_region_fn *visit;
    void *context;
    windows_paths *paths;
    windows_uses uses;
    uint64_t from;

    /* Of the allocation that the walk is in; base 0: of none. */
    uint64_t base;
    const char *path;
    const windows_use *use;
    bool has_image;
    windows_image image;
} region_walk;

static void enter_allocation(region_walk *walk, const MEMORY_BASIC_INFORMATION *memory)
{
    windows_target *target = walk->target;
    uint8_t head[WINDOWS_IMAGE_HEAD];
    walk->base = (uintptr_t)memory->AllocationBase;
    walk->path = "";
    walk->has_image = false;
    walk->use = memory->Type == MEM_PRIVATE ? ms_windows_uses_find(&walk->uses, walk->base) : NULL;
    if (memory->Type == MEM_PRIVATE)
        return;
    walk->path = ms_windows_mapped_path(walk->paths, &target->calls, target->process, walk->base);
    if (memory->Type == MEM_IMAGE && ms_windows_peek(target, walk->base, head, sizeof head))
        walk->has_image = ms_windows_image_parse(head, sizeof head, target->page_size, &walk->image);
}

static memscan_kind kind_of(const region_walk *walk, const MEMORY_BASIC_INFORMATION *memory,
                            const memscan_region *region)
{
    if (memory->State == MEM_COMMIT && (region->protection == 0 || memory->Protect & PAGE_GUARD))
        return MEMSCAN_KIND_GUARD;
    if (region->start == SHARED_USER_DATA)
        return MEMSCAN_KIND_VDSO;
    if (walk->use)
        return walk->use->kind;
    if (memory->State != MEM_COMMIT)
        return MEMSCAN_KIND_GUARD;
    if (memory->Type == MEM_IMAGE)
        return ms_windows_image_kind(&walk->image, region->start - walk->base, region->protection);
    /* Write-combined memory is a device's, or made to be written for one; reading it is a hundred times slower. */
    if (memory->Protect & (PAGE_NOCACHE | PAGE_WRITECOMBINE))
        return MEMSCAN_KIND_DEVICE;
    if (memory->Type == MEM_MAPPED)
        return *walk->path ? MEMSCAN_KIND_FILE : MEMSCAN_KIND_SHARED;
    return MEMSCAN_KIND_ANON;
}

static uint32_t flags_of(const region_walk *walk, const MEMORY_BASIC_INFORMATION *memory,
                         const windows_section *section)
{
    DWORD copied = PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY;
    uint32_t flags = memory->State == MEM_RESERVE ? MEMSCAN_REGION_RESERVED : 0;
    if (*walk->path)
        flags |= MEMSCAN_REGION_FILE;
    if ((memory->Type == MEM_MAPPED && !(memory->Protect & copied)) || (section && section->shared))
        flags |= MEMSCAN_REGION_SHARED;
    return flags;
}

static const char *name_of(const region_walk *walk, const memscan_region *region)
{
    if (walk->use) /* "[stack]" is to name what can be looked at */
        return region->kind == MEMSCAN_KIND_GUARD ? "[guard]" : walk->use->name;
    return region->kind == MEMSCAN_KIND_VDSO ? "[vdso]" : walk->path;
}

/* What a stretch of alike pages that begins at `start` is, when it ends at `end`. */
static memscan_region describe(const region_walk *walk, const MEMORY_BASIC_INFORMATION *memory, uint64_t start,
                               uint64_t end)
{
    uint64_t offset = start - walk->base;
    const windows_section *section = walk->has_image ? ms_windows_image_section(&walk->image, offset) : NULL;
    memscan_region region = {
        .start = start,
        .size = end - start,
        .protection = memory->State == MEM_COMMIT ? ms_windows_protection(memory->Protect) : 0,
        .flags = flags_of(walk, memory, section),
        .file_offset = section ? section->file_offset + (offset - section->start) : 0,
        .system_protection = memory->State == MEM_COMMIT ? ms_windows_protection_name(memory->Protect) : NULL,
        .system_type = ms_windows_type_name(memory->Type),
        .allocation_base = walk->base,
    };
    region.kind = kind_of(walk, memory, &region);
    region.name = name_of(walk, &region);
    return region;
}

/* Where the next border inside the image is; `end` when there is none before. */
static uint64_t next_border(const region_walk *walk, uint64_t at, uint64_t end)
{
    uint64_t border = walk->has_image ? ms_windows_image_border(&walk->image, at - walk->base) : UINT64_MAX;
    return border < end - walk->base ? walk->base + border : end;
}

/* Shows alike pages, cut where the sections below them differ in kind. False: the visitor said stop. */
static bool show_in_pieces(region_walk *walk, const MEMORY_BASIC_INFORMATION *memory, uint64_t start, uint64_t end)
{
    if (memory->State == MEM_FREE)
        return true;
    if (walk->base != (uintptr_t)memory->AllocationBase)
        enter_allocation(walk, memory);
    while (start < end) {
        uint64_t piece_end = next_border(walk, start, end);
        memscan_region piece = describe(walk, memory, start, piece_end);
        for (; piece_end < end; piece_end = next_border(walk, piece_end, end)) {
            memscan_region next = describe(walk, memory, piece_end, end);
            if (next.kind != piece.kind || next.flags != piece.flags)
                break;
        }
        piece.size = piece_end - start;
        if (piece_end > walk->from && walk->visit(&piece, walk->context))
            return false;
        start = piece_end;
    }
    return true;
}

/* The address to ask first: an answer about the middle of a region would not tell where the region begins, so the
 * walk begins where the allocation does. */
static uint64_t first_address(const windows_target *target, uint64_t from)
{
    MEMORY_BASIC_INFORMATION memory;
    if (from < target->lowest)
        return target->lowest;
    if (!target->calls.query(target->process, (LPCVOID)(uintptr_t)from, &memory, sizeof memory) ||
        memory.State == MEM_FREE)
        return from;
    return (uintptr_t)memory.AllocationBase;
}

static memscan_status walk_all(region_walk *walk, memscan_error *error)
{
    windows_target *target = walk->target;
    MEMORY_BASIC_INFORMATION memory;
    if (walk->from > target->highest)
        return MEMSCAN_OK;
    for (uint64_t at = first_address(target, walk->from); at <= target->highest;) {
        if (!target->calls.query(target->process, (LPCVOID)(uintptr_t)at, &memory, sizeof memory)) {
            DWORD os_code = GetLastError();
            if (os_code == ERROR_INVALID_PARAMETER) /* beyond the last address that there is */
                return MEMSCAN_OK;
            return ms_windows_fail(error, os_code, "cannot ask what is at 0x%llx", (unsigned long long)at);
        }
        uint64_t start = (uintptr_t)memory.BaseAddress, end = start + memory.RegionSize;
        if (end > target->highest) /* a reservation that reaches out of a 32-bit process's addresses */
            end = target->highest + 1;
        if (end <= at)
            return ms_fail_at(error, MEMSCAN_OS, at, "the walk over the address space does not go on");
        if (!show_in_pieces(walk, &memory, start > at ? start : at, end))
            return ms_fail(error, MEMSCAN_STOPPED, "stopped by the visitor");
        at = end;
    }
    return MEMSCAN_OK;
}

memscan_status ms_windows_regions(void *state, uint64_t from, memscan_region_fn *visit, void *context,
                                  memscan_error *error)
{
    windows_target *target = state;
    region_walk *walk = ms_alloc(target->allocator, sizeof *walk);
    if (!walk)
        return ms_fail_memory(error);
    *walk = (region_walk){ .target = target, .visit = visit, .context = context, .path = "", .from = from };
    walk->paths = ms_windows_paths_create(target->allocator);
    memscan_status status = walk->paths ? ms_windows_uses_take(&walk->uses, target, error) : ms_fail_memory(error);
    if (!status) {
        status = walk_all(walk, error);
        ms_windows_uses_deinit(&walk->uses);
    }
    ms_windows_paths_destroy(walk->paths);
    ms_free(target->allocator, walk, sizeof *walk);
    if (status && status != MEMSCAN_STOPPED && status != MEMSCAN_NO_MEMORY && ms_windows_alive(target, NULL))
        return ms_windows_alive(target, error);
    return status;
}
