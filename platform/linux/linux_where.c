/* linux_where.c - walks over a target's map, and what they ask along the way.
 *
 * A walk reads the map into windows and hands out the new part of each. A window overlaps the one before, so that a
 * mapping is always judged together with its neighbours; `shown` keeps each place from being handed out twice,
 * whatever the target changes meanwhile. All questions asked on the way are harmless: none makes a page resident and
 * none waits for anybody. */
#define _GNU_SOURCE
#include "linux_where.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../libmemscan/base/error.h"
#include "../../libmemscan/base/host.h"
#include "linux_absent.h"
#include "linux_mounts.h"
#include "linux_names.h"
#include "linux_stacks.h"
#include "linux_supplied.h"
#include "linux_track.h"

/* ------------------------------------------------------------------------------------------------ what stays */

static linux_where *where_of(linux_target *target)
{
    if (target->where)
        return target->where;
    linux_where *where = ms_alloc(target->allocator, sizeof *where);
    if (!where)
        return NULL;
    ms_array_init(&where->heads, target->allocator, sizeof(linux_known_head));
    ms_array_init(&where->mounts, target->allocator, sizeof(linux_mount));
    ms_array_init(&where->supplied, target->allocator, sizeof(linux_supplied));
    return target->where = where;
}

void ms_linux_where_close(linux_target *target)
{
    linux_where *where = target->where;
    if (!where)
        return;
    ms_array_deinit(&where->heads);
    ms_array_deinit(&where->mounts);
    ms_array_deinit(&where->supplied);
    ms_free(target->allocator, where, sizeof *where);
    target->where = NULL;
}

/* ------------------------------------------------------------------------------------------------ names */

/* A question that got no answer because something ran out must not be taken for one that was answered "no". */
static void note_shortage(linux_walk *walk, int os_code)
{
    if (ms_linux_is_shortage(os_code))
        walk->shortage = os_code;
}

memscan_status ms_linux_walk_shortage(const linux_walk *walk, memscan_error *error)
{
    if (!walk->shortage)
        return MEMSCAN_OK;
    if (walk->shortage == ENOMEM)
        return ms_fail_memory(error);
    return ms_fail_os(error, MEMSCAN_OS, walk->shortage, "cannot look at the target's map: %s",
                      ms_linux_error_text(walk->shortage));
}

static int root_of(linux_walk *walk)
{
    if (walk->root_fd < 0)
        walk->root_fd = ms_linux_root_open(walk->target->sys, walk->target->proc_fd);
    return walk->root_fd;
}

static bool name_stat(linux_walk *walk, const char *path, linux_stat *found)
{
    errno = 0;
    if (ms_linux_name_stat(walk->target->sys, root_of(walk), path, found))
        return true;
    note_shortage(walk, errno);
    return false;
}

static bool name_exists(const char *path, uint64_t inode, void *context)
{
    linux_stat found;
    return name_stat(context, path, &found) && found.inode == inode;
}

static bool is_regular(const memscan_region *region, void *context)
{
    linux_stat found;
    return name_stat(context, region->name, &found) && found.inode == region->inode && S_ISREG(found.mode);
}

/* ------------------------------------------------------------------------------------------------ file systems */

/* A device that is not known may be of a mount made since: the mounts are read anew, once a walk. */
static const linux_mount *mount_of(linux_walk *walk, const memscan_region *region)
{
    ms_array *mounts = &walk->where->mounts;
    const linux_mount *mount = ms_linux_mount_find(mounts, region->device_major, region->device_minor);
    if (mount || walk->mounts_read)
        return mount;
    walk->mounts_read = true;
    memscan_error error = { .os_code = 0 };
    memscan_status status = ms_linux_mounts_read(walk->target->sys, walk->target->proc_fd, mounts, &error);
    note_shortage(walk, status == MEMSCAN_NO_MEMORY ? ENOMEM : error.os_code);
    return ms_linux_mount_find(mounts, region->device_major, region->device_minor);
}

static bool is_memory(const memscan_region *region, void *context)
{
    const linux_mount *mount = mount_of(context, region);
    return mount && mount->class == LINUX_MOUNT_MEMORY;
}

/* A device number with a major of its own is a disk's, or a FUSE file system's upon a disk, which is in the list. */
static bool is_remote(linux_walk *walk, const memscan_region *region)
{
    if (!(region->flags & MEMSCAN_REGION_FILE) || ms_linux_name_class(region) != LINUX_NAME_ORDINARY)
        return false;
    const linux_mount *mount = mount_of(walk, region);
    return mount ? mount->class == LINUX_MOUNT_REMOTE : region->device_major == 0;
}

/* ------------------------------------------------------------------------------------------------ images */

/* A page that is there is read through the target; an absent one of a file holds what the file holds. Where a file
 * system may let us wait, only pages that are there are read, and with a deadline, should one leave just now. False:
 * errno tells, if anything ran out. */
static bool peek_page(linux_target *target, memscan_transfer *transfer)
{
    bool may_block = transfer->region->flags & MEMSCAN_REGION_MAY_BLOCK;
    if (!ms_linux_is_present(target, transfer->address)) {
        if (may_block || ms_linux_name_class(transfer->region) != LINUX_NAME_ORDINARY)
            return false;
        transfer->source = MEMSCAN_FROM_BACKING;
        return ms_linux_read_backing(target, transfer, NULL) == MEMSCAN_OK && transfer->done == transfer->size;
    }
    return ms_linux_read(target, transfer, 1, NULL) == MEMSCAN_OK && transfer->done == transfer->size;
}

size_t ms_linux_peek(linux_target *target, const memscan_region *region, uint64_t address, void *buffer, size_t size)
{
    uint64_t last = region->start + (region->size - 1);
    size_t done = 0;
    while (done < size && address + done >= region->start && address + done <= last) {
        uint64_t at = address + done, left = target->page_size - at % target->page_size;
        memscan_transfer transfer = { .address = at,
                                      .size = left < size - done ? (size_t)left : size - done,
                                      .buffer = (uint8_t *)buffer + done,
                                      .source = MEMSCAN_FROM_TARGET,
                                      .region = region };
        if (!peek_page(target, &transfer))
            break;
        done += transfer.size;
    }
    return done;
}

static const linux_known_head *find_head(const ms_array *heads, const memscan_region *region)
{
    const linux_known_head *items = heads->items;
    size_t low = 0, high = heads->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (items[middle].start < region->start)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == heads->count || items[low].start != region->start || items[low].inode != region->inode ||
        items[low].device_major != region->device_major || items[low].device_minor != region->device_minor)
        return NULL;
    return &items[low];
}

/* Keeps what was found, in order; an overlapping window asks about some heads again. */
static void keep_head(linux_walk *walk, const memscan_region *region, const linux_image *image)
{
    const linux_known_head *last = walk->heads.count ? ms_array_at(&walk->heads, walk->heads.count - 1) : NULL;
    if (last && last->start >= region->start)
        return;
    linux_known_head *head = ms_array_push(&walk->heads);
    if (!head)
        walk->shortage = ENOMEM;
    else
        *head = (linux_known_head){ region->start, region->inode, region->device_major, region->device_minor, *image };
}

static bool image_at(const memscan_region *region, linux_image *image, void *context)
{
    linux_walk *walk = context;
    const linux_known_head *known = find_head(&walk->heads, region);
    if (!known)
        known = find_head(&walk->where->heads, region);
    if (known) {
        *image = known->image;
    } else {
        uint8_t bytes[LINUX_IMAGE_HEAD];
        errno = 0;
        size_t length = ms_linux_peek(walk->target, region, region->start, bytes, sizeof bytes);
        if (!length) { /* not to be had now: perhaps the next walk finds it */
            note_shortage(walk, errno);
            return false;
        }
        ms_linux_image_parse(bytes, length, image);
    }
    keep_head(walk, region, image);
    return image->format != LINUX_IMAGE_NONE;
}

/* ------------------------------------------------------------------------------------------------ stacks */

static bool is_stack(const memscan_region *region, void *context)
{
    linux_walk *walk = context;
    if (!walk->stacks_read) {
        memscan_error error = { .os_code = 0 };
        memscan_status status = ms_linux_stacks_read(walk->target, &walk->stacks, &error);
        note_shortage(walk, status == MEMSCAN_NO_MEMORY ? ENOMEM : error.os_code);
    }
    walk->stacks_read = true;
    return ms_linux_stacks_any(&walk->stacks, region->start, region->size);
}

linux_kind_hints ms_linux_walk_hints(linux_walk *walk)
{
    return (linux_kind_hints){ image_at, is_stack, is_regular, is_memory, walk, walk->target->pointer_width };
}

/* ------------------------------------------------------------------------------------------------ the walk */

/* Both lists ascend, so one pass over each is enough. */
static void mark_supplied(memscan_region *regions, size_t count, const ms_array *supplied)
{
    const linux_supplied *ranges = supplied->items;
    size_t range = 0;
    for (size_t i = 0; i < count; i++) {
        while (range < supplied->count && ranges[range].end <= regions[i].start)
            range++;
        if (range < supplied->count && ranges[range].start <= regions[i].start + (regions[i].size - 1))
            regions[i].flags |= MEMSCAN_REGION_MAY_BLOCK;
    }
}

/* A walk over everything asks anew which memory is supplied by others. Walks for a single place do, too, but never
 * spend more than a hundredth of the time on it. */
static memscan_status renew_supplied(linux_target *target, linux_where *where, bool whole, memscan_error *error)
{
    uint64_t begin = ms_clock_ns();
    if (!whole && where->supplied_known && (begin - where->supplied_at) / 100 < where->supplied_cost)
        return MEMSCAN_OK;
    memscan_status status = ms_linux_supplied_read(target, &where->supplied, error);
    where->supplied_known = status == MEMSCAN_OK;
    where->supplied_at = ms_clock_ns();
    where->supplied_cost = where->supplied_at - begin;
    return status;
}

/* Marks what is not going to be read. False: something that is may be supplied by others, as far as we know without asking. */
static bool mark_unread(linux_walk *walk, memscan_region *regions, size_t count)
{
    size_t range = 0;
    for (size_t i = 0; i < count; i++) {
        while (range < walk->about_count && walk->about[range].last < regions[i].start)
            range++;
        bool is_read =
            range < walk->about_count && walk->about[range].start <= regions[i].start + (regions[i].size - 1);
        if (is_read && !ms_linux_protect_holds(walk->target, &regions[i]))
            return false;
        if (!is_read)
            regions[i].flags |= MEMSCAN_REGION_MAY_BLOCK;
    }
    return true;
}

/* While all that is going to be read is registered with our own userfaultfd, nobody else can supply it, and smaps is not asked.
 * Else it is, now: behind the map, so that the image has to be proved once more. */
static memscan_status mark_about(linux_walk *walk, memscan_region *regions, size_t count, memscan_error *error)
{
    if (mark_unread(walk, regions, count))
        return MEMSCAN_OK;
    walk->about = NULL;
    for (size_t i = 0; i < count; i++)
        regions[i].flags &= ~(uint32_t)MEMSCAN_REGION_MAY_BLOCK;
    memscan_status status = renew_supplied(walk->target, walk->where, true, error);
    if (!status)
        status = ms_linux_alive(walk->target, error);
    mark_supplied(regions, count, &walk->where->supplied);
    return status;
}

static memscan_status judge(linux_walk *walk, memscan_error *error)
{
    memscan_region *regions = walk->map.regions.items;
    size_t count = walk->map.regions.count;
    memscan_status status = MEMSCAN_OK;
    if (walk->about)
        status = mark_about(walk, regions, count, error);
    else
        mark_supplied(regions, count, &walk->where->supplied);
    if (status)
        return status;
    for (size_t i = 0; i < count; i++)
        if (is_remote(walk, &regions[i]))
            regions[i].flags |= MEMSCAN_REGION_MAY_BLOCK;
    linux_kind_hints hints = ms_linux_walk_hints(walk);
    ms_linux_kinds_set(regions, count, &hints);
    return MEMSCAN_OK;
}

static memscan_status begin(linux_walk *walk, linux_target *target, uint64_t from, memscan_error *error)
{
    *walk = (linux_walk){
        .target = target, .where = where_of(target), .window = LINUX_WALK_WINDOW, .shown = from, .root_fd = -1
    };
    if (!walk->where)
        return ms_fail_memory(error);
    linux_maps_source source = { target->sys, target->maps_fd, target->allocator, name_exists, walk };
    ms_linux_maps_begin(&walk->reading, &source, 0); /* what lies below `from` decides kinds, too */
    ms_linux_map_init(&walk->map, target->allocator);
    ms_array_init(&walk->heads, target->allocator, sizeof(linux_known_head));
    ms_array_init(&walk->stacks, target->allocator, sizeof(uint64_t));
    return MEMSCAN_OK;
}

memscan_status ms_linux_walk_begin(linux_walk *walk, linux_target *target, uint64_t from, memscan_error *error)
{
    memscan_status status = begin(walk, target, from, error);
    /* Before the map, whose reading ends with the proof that the image is still the one that was opened. */
    return status ? status : renew_supplied(target, walk->where, from == 0, error);
}

memscan_status ms_linux_walk_begin_about(linux_walk *walk, linux_target *target, const memscan_range *ranges,
                                         size_t count, memscan_error *error)
{
    if (!target->track)
        return ms_linux_walk_begin(walk, target, 0, error);
    memscan_status status = begin(walk, target, 0, error);
    walk->about = ranges;
    walk->about_count = count;
    return status;
}

memscan_status ms_linux_walk_next(linux_walk *walk, bool *more, memscan_error *error)
{
    *more = !walk->began || walk->map.more;
    if (!*more)
        return MEMSCAN_OK;
    walk->began = true;
    memscan_status status =
        ms_linux_maps_next(&walk->reading, LINUX_WALK_AGAIN(walk->window), walk->window, &walk->map, error);
    if (!status)
        status = judge(walk, error);
    return status ? status : ms_linux_walk_shortage(walk, error);
}

void ms_linux_walk_end(linux_walk *walk)
{
    if (!walk->where)
        return;
    if (walk->began && !walk->map.more && !walk->shortage) {
        ms_array before = walk->where->heads;
        walk->where->heads = walk->heads;
        walk->heads = before;
    }
    ms_array_deinit(&walk->heads);
    ms_array_deinit(&walk->stacks);
    ms_linux_maps_end(&walk->reading);
    ms_linux_map_deinit(&walk->map);
    if (walk->root_fd >= 0)
        close(walk->root_fd);
}

/* Hands out what is new of a window, but for what the next one judges better. */
static memscan_status show_window(linux_walk *walk, memscan_region_fn *visit, void *context, memscan_error *error)
{
    const memscan_region *regions = walk->map.regions.items;
    size_t count = walk->map.regions.count - (walk->map.more ? LINUX_WALK_LATER(walk->window) : 0);
    for (size_t i = 0; i < count; i++) {
        uint64_t end = regions[i].start + regions[i].size;
        if (end <= walk->shown)
            continue;
        walk->shown = end;
        if (visit(&regions[i], context))
            return ms_fail(error, MEMSCAN_STOPPED, "the walk was ended by its visitor");
    }
    return MEMSCAN_OK;
}

/* The rest of a walk that was begun with this status. */
static memscan_status show_all(linux_walk *walk, memscan_status status, memscan_region_fn *visit, void *context,
                               memscan_error *error)
{
    bool more = true;
    while (!status && more) {
        status = ms_linux_walk_next(walk, &more, error);
        if (!status && more)
            status = show_window(walk, visit, context, error);
    }
    ms_linux_walk_end(walk);
    return status;
}

memscan_status ms_linux_regions_by(linux_target *target, uint64_t from, size_t window, memscan_region_fn *visit,
                                   void *context, memscan_error *error)
{
    linux_walk walk;
    memscan_status status = ms_linux_walk_begin(&walk, target, from, error);
    walk.window = window;
    return show_all(&walk, status, visit, context, error);
}

memscan_status ms_linux_regions_about(void *state, const memscan_range *ranges, size_t count, memscan_region_fn *visit,
                                      void *context, memscan_error *error)
{
    linux_walk walk;
    memscan_status status = ms_linux_walk_begin_about(&walk, state, ranges, count, error);
    return show_all(&walk, status, visit, context, error);
}

memscan_status ms_linux_regions(void *state, uint64_t from, memscan_region_fn *visit, void *context,
                                memscan_error *error)
{
    return ms_linux_regions_by(state, from, LINUX_WALK_WINDOW, visit, context, error);
}
