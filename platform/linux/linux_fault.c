/* linux_fault.c - the map's answer for one address: by PROCMAP_QUERY (Linux 6.11), which has no state, or out of the
 * text, read once a call through a descriptor of its own. */
#define _GNU_SOURCE
#include "linux_fault.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"

void ms_linux_lookup_init(linux_lookup *lookup, linux_target *target)
{
    *lookup = (linux_lookup){ .target = target };
    ms_linux_map_init(&lookup->map, target->allocator);
}

void ms_linux_lookup_deinit(linux_lookup *lookup)
{
    ms_linux_map_deinit(&lookup->map);
}

static uint32_t protection_of(uint64_t vma_flags)
{
    return (vma_flags & LINUX_PROCMAP_VMA_READABLE ? MEMSCAN_PROT_READ : 0) |
           (vma_flags & LINUX_PROCMAP_VMA_WRITABLE ? MEMSCAN_PROT_WRITE : 0) |
           (vma_flags & LINUX_PROCMAP_VMA_EXECUTABLE ? MEMSCAN_PROT_EXECUTE : 0);
}

/* ENOENT: nothing is mapped there. False: ask the text. */
static bool place_by_query(linux_target *target, uint64_t address, linux_place *place)
{
    if (atomic_load_explicit(&target->no_map_query, memory_order_relaxed))
        return false;
    linux_procmap_query query = { .size = sizeof query, .query_addr = address };
    if (target->sys->map_query(target->maps_fd, &query) == 0) {
        *place = (linux_place){ true, query.vma_end - 1, protection_of(query.vma_flags) };
        return true;
    }
    if (errno == ENOTTY)
        atomic_store_explicit(&target->no_map_query, true, memory_order_relaxed);
    return errno == ENOENT;
}

static memscan_status read_map(linux_lookup *lookup, uint64_t from, memscan_error *error)
{
    linux_target *target = lookup->target;
    linux_maps_source source = { .sys = target->sys,
                                 .fd = target->sys->openat(target->proc_fd, "maps", O_RDONLY | O_CLOEXEC),
                                 .allocator = target->allocator };
    if (source.fd < 0 && (errno == ENOENT || errno == ESRCH))
        return ms_linux_fail_gone(error);
    if (source.fd < 0)
        return ms_fail_os(error, MEMSCAN_OS, errno, "cannot open the map: %s", ms_linux_error_text(errno));
    memscan_status status = ms_linux_maps_read(&source, from, LINUX_MAPS_ALL, &lookup->map, error);
    close(source.fd);
    lookup->from = from;
    lookup->read = status == MEMSCAN_OK;
    return status;
}

/* The first region that ends at or beyond `address`, or NULL. */
static const memscan_region *region_from(const linux_map *map, uint64_t address)
{
    const memscan_region *regions = map->regions.items;
    size_t low = 0, high = map->regions.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (regions[middle].start + (regions[middle].size - 1) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->regions.count ? &regions[low] : NULL;
}

memscan_status ms_linux_lookup_place(linux_lookup *lookup, uint64_t address, linux_place *place, memscan_error *error)
{
    *place = (linux_place){ 0 };
    if (place_by_query(lookup->target, address, place))
        return MEMSCAN_OK;
    const memscan_region *region = lookup->read ? region_from(&lookup->map, address) : NULL;
    bool covered = lookup->read && address >= lookup->from && (region || !lookup->map.more);
    if (!covered) {
        memscan_status status = read_map(lookup, address, error);
        if (status != MEMSCAN_OK)
            return status;
        region = region_from(&lookup->map, address);
    }
    if (region && region->start <= address)
        *place = (linux_place){ true, region->start + (region->size - 1), region->protection };
    return MEMSCAN_OK;
}
