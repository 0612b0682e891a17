/* region_map.c - the address space as it was at one moment.
 *
 * The invariant: rows ascend and never overlap, whatever the platform showed. The map may change while it is read
 * (proc_pid_maps(5) promises consistency of single lines only), so a row that goes back is cut or dropped here,
 * once, and nobody above needs to think of it. 60,000 rows with a few hundred different names are normal: names
 * are kept once. */
#include "region_map.h"

#include <string.h>

#include "../base/alloc.h"
#include "../base/error.h"

typedef struct name_slot {
    const char *name; /* in the arena; NULL: free */
    uint64_t hash;
} name_slot;

/* What is needed while a snapshot is taken, and not after. */
typedef struct collector {
    ms_region_map *map;
    uint64_t last;
    bool reserved;    /* keep what is set aside without memory too */
    name_slot *slots; /* open addressing, a power of two, at most half full */
    size_t slot_count, name_count;
    bool out_of_memory;
    ms_region_map_grown_fn *grown; /* or NULL */
    void *context;
    memscan_status status; /* what it said at last, */
    memscan_error why;     /* and why */
} collector;

static uint64_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a, 64 bits */
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash ^ hash >> 29;
}

static name_slot *find_slot(name_slot *slots, size_t count, const char *name, uint64_t hash)
{
    size_t at = (size_t)hash & (count - 1);
    while (slots[at].name && (slots[at].hash != hash || strcmp(slots[at].name, name) != 0))
        at = (at + 1) & (count - 1);
    return &slots[at];
}

static bool grow_slots(collector *job)
{
    size_t count = job->slot_count ? job->slot_count * 2 : 64;
    name_slot *slots = ms_alloc_array(job->map->allocator, count, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < job->slot_count; i++)
        if (job->slots[i].name)
            *find_slot(slots, count, job->slots[i].name, job->slots[i].hash) = job->slots[i];
    ms_free(job->map->allocator, job->slots, job->slot_count * sizeof *slots);
    job->slots = slots;
    job->slot_count = count;
    return true;
}

/* The one copy of `name`, or NULL when memory ran out. */
static const char *intern(collector *job, const char *name)
{
    if (!*name)
        return "";
    if (job->name_count * 2 >= job->slot_count && !grow_slots(job))
        return NULL;
    uint64_t hash = hash_text(name);
    name_slot *slot = find_slot(job->slots, job->slot_count, name, hash);
    if (!slot->name) {
        slot->name = ms_arena_text(&job->map->names, name, strlen(name));
        slot->hash = hash;
        job->name_count += slot->name != NULL;
    }
    return slot->name;
}

/* The part of `region` behind everything that is kept already. False: nothing is left of it. */
static bool cut_behind(const ms_region_map *map, memscan_region *region)
{
    if (region->size == 0 || region->start > UINT64_MAX - (region->size - 1))
        return false;
    size_t count = ms_region_map_count(map);
    if (count == 0)
        return true;
    uint64_t before = ms_region_last(ms_region_map_at(map, count - 1));
    if (region->start > before)
        return true;
    if (ms_region_last(region) <= before)
        return false;
    uint64_t cut = before - region->start + 1;
    region->start += cut;
    region->size -= cut;
    region->file_offset += cut;
    return true;
}

static int keep_region(const memscan_region *shown, void *context)
{
    collector *job = context;
    memscan_region region = *shown;
    if (region.start > job->last)
        return 1;
    if (region.flags & MEMSCAN_REGION_RESERVED && !job->reserved)
        return 0;
    if (!cut_behind(job->map, &region))
        return 0;
    region.name = intern(job, region.name);
    memscan_region *row = region.name ? ms_rows_push(&job->map->regions) : NULL;
    if (!row) {
        job->out_of_memory = true;
        return 1;
    }
    *row = region;
    if (job->grown && ms_region_map_count(job->map) % MS_REGION_MAP_STEP == 0)
        job->status = job->grown(job->map, job->context, &job->why);
    return job->status != MEMSCAN_OK;
}

/* Where a map comes from. */
typedef struct source {
    const memscan_platform *platform;
    void *state;
    uint64_t start;
    const memscan_range *about; /* NULL: all of it */
    size_t count;
} source;

static memscan_status walk(const source *from, collector *job, memscan_error *error)
{
    const memscan_platform *platform = from->platform;
    return from->about ? platform->regions_about(from->state, from->about, from->count, keep_region, job, error)
                       : platform->regions(from->state, from->start, keep_region, job, error);
}

/* `job` tells what to keep, and who hears of it. */
static memscan_status take(const source *from, const memscan_allocator *allocator, collector job, ms_region_map **map,
                           memscan_error *error)
{
    ms_region_map *fresh = ms_alloc(allocator, sizeof *fresh);
    if (!fresh)
        return ms_fail_memory(error);
    fresh->allocator = allocator;
    fresh->references = 1;
    ms_rows_init(&fresh->regions, allocator, sizeof(memscan_region));
    ms_arena_init(&fresh->names, allocator);
    job.map = fresh;
    memscan_status status = walk(from, &job, error);
    ms_free(allocator, job.slots, job.slot_count * sizeof *job.slots);
    if (job.out_of_memory)
        status = ms_fail_memory(error);
    else if (job.status)
        status = job.status; /* whatever the platform makes of being stopped */
    else if (status == MEMSCAN_STOPPED)
        status = MEMSCAN_OK; /* by us, behind `last` */
    if (job.status && error)
        *error = job.why;
    if (status) {
        ms_region_map_release(fresh);
        return status;
    }
    *map = fresh;
    return MEMSCAN_OK;
}

memscan_status ms_region_map_take_growing(const memscan_platform *platform, void *state,
                                          const memscan_allocator *allocator, ms_region_map_grown_fn *grown,
                                          void *context, ms_region_map **map, memscan_error *error)
{
    source from = { platform, state, 0, NULL, 0 };
    return take(&from, allocator, (collector){ .last = UINT64_MAX, .grown = grown, .context = context }, map, error);
}

memscan_status ms_region_map_take(const memscan_platform *platform, void *state, const memscan_allocator *allocator,
                                  uint64_t start, uint64_t last, ms_region_map **map, memscan_error *error)
{
    source from = { platform, state, start, NULL, 0 };
    return take(&from, allocator, (collector){ .last = last }, map, error);
}

memscan_status ms_region_map_take_all(const memscan_platform *platform, void *state, const memscan_allocator *allocator,
                                      ms_region_map **map, memscan_error *error)
{
    source from = { platform, state, 0, NULL, 0 };
    return take(&from, allocator, (collector){ .last = UINT64_MAX, .reserved = true }, map, error);
}

memscan_status ms_region_map_take_about(const memscan_platform *platform, void *state,
                                        const memscan_allocator *allocator, const memscan_range *ranges, size_t count,
                                        ms_region_map **map, memscan_error *error)
{
    source from = { platform, state, 0, ranges, count };
    return take(&from, allocator, (collector){ .last = UINT64_MAX }, map, error);
}

ms_region_map *ms_region_map_share(ms_region_map *map)
{
    map->references++;
    return map;
}

void ms_region_map_release(ms_region_map *map)
{
    if (!map || --map->references)
        return;
    ms_rows_deinit(&map->regions);
    ms_arena_deinit(&map->names);
    ms_free(map->allocator, map, sizeof *map);
}

size_t ms_region_map_count(const ms_region_map *map)
{
    return map->regions.count;
}

const memscan_region *ms_region_map_at(const ms_region_map *map, size_t index)
{
    return ms_rows_at(&map->regions, index);
}

size_t ms_region_map_seek(const ms_region_map *map, uint64_t address)
{
    size_t low = 0, high = map->regions.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ms_region_last(ms_region_map_at(map, middle)) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const memscan_region *ms_region_map_find(const ms_region_map *map, uint64_t address)
{
    size_t index = ms_region_map_seek(map, address);
    if (index == map->regions.count || ms_region_map_at(map, index)->start > address)
        return NULL;
    return ms_region_map_at(map, index);
}

uint64_t ms_region_map_alike(const ms_region_map *map, uint64_t address, uint64_t size, bool *mapped)
{
    uint64_t last = address + (size - 1), at = address;
    size_t i = ms_region_map_seek(map, address);
    *mapped = i < ms_region_map_count(map) && ms_region_map_at(map, i)->start <= address;
    if (!*mapped) {
        uint64_t next = i < ms_region_map_count(map) ? ms_region_map_at(map, i)->start : 0;
        return next && next <= last ? next - address : size;
    }
    for (; i < ms_region_map_count(map) && ms_region_map_at(map, i)->start <= at; i++) {
        at = ms_region_last(ms_region_map_at(map, i));
        if (at >= last)
            return size;
        at++;
    }
    return at - address;
}
