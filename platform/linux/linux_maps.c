/* linux_maps.c - regions out of /proc/PID/maps.
 *
 * The invariant: `shown` is the end of the last mapping taken, every mapping is clipped to begin there, and one that
 * ends at or before it is dropped. So whatever the kernel repeats when the map changes between two reads (a grown or
 * merged mapping comes again, larger), each place is taken once and the order holds. */
#include "linux_maps.h"

#include <errno.h>
#include <string.h>

#include "../../libmemscan/base/error.h"
#include "linux_lines.h"

typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

static unsigned digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    return 99;
}

/* A number in base 10 or 16 (lower case, as the kernel prints), no more than `most`, followed by `stop`, which is
 * consumed too. */
static bool take_number(cursor *text, unsigned base, uint64_t most, char stop, uint64_t *value)
{
    uint64_t number = 0;
    const char *first = text->at;
    for (; text->at < text->end && *text->at != stop; text->at++) {
        unsigned digit = digit_value(*text->at);
        if (digit >= base || number > (most - digit) / base)
            return false;
        number = number * base + digit;
    }
    if (text->at == first || text->at == text->end)
        return false;
    text->at++;
    *value = number;
    return true;
}

static bool take_flag(cursor *text, char set, char clear, uint32_t bit, uint32_t *bits)
{
    if (text->at == text->end || (*text->at != set && *text->at != clear))
        return false;
    if (*text->at == set)
        *bits |= bit;
    text->at++;
    return true;
}

static bool take_protection(cursor *text, linux_maps_line *line)
{
    uint32_t shared = 0;
    line->protection = 0;
    bool taken = take_flag(text, 'r', '-', MEMSCAN_PROT_READ, &line->protection) &&
                 take_flag(text, 'w', '-', MEMSCAN_PROT_WRITE, &line->protection) &&
                 take_flag(text, 'x', '-', MEMSCAN_PROT_EXECUTE, &line->protection) &&
                 take_flag(text, 's', 'p', 1, &shared) && text->at < text->end && *text->at == ' ';
    text->at++;
    line->shared = shared != 0;
    return taken;
}

/* The last number of a line ends with the line, or with the blanks before the name. */
static bool take_inode_and_name(cursor *text, linux_maps_line *line)
{
    uint64_t inode = 0;
    const char *first = text->at;
    for (; text->at < text->end && *text->at != ' '; text->at++) {
        unsigned digit = digit_value(*text->at);
        if (digit >= 10 || inode > (UINT64_MAX - digit) / 10)
            return false;
        inode = inode * 10 + digit;
    }
    if (text->at == first)
        return false;
    while (text->at < text->end && *text->at == ' ')
        text->at++;
    line->inode = inode;
    line->name = text->at;
    line->name_length = (size_t)(text->end - text->at);
    return true;
}

bool ms_linux_maps_parse_line(const char *text, size_t length, linux_maps_line *line)
{
    cursor rest = { text, text + length };
    uint64_t major, minor;
    if (!take_number(&rest, 16, UINT64_MAX, '-', &line->start) || !take_number(&rest, 16, UINT64_MAX, ' ', &line->end))
        return false;
    if (line->start >= line->end || !take_protection(&rest, line))
        return false;
    if (!take_number(&rest, 16, UINT64_MAX, ' ', &line->offset) || !take_number(&rest, 16, UINT32_MAX, ':', &major) ||
        !take_number(&rest, 16, UINT32_MAX, ' ', &minor))
        return false;
    line->device_major = (uint32_t)major;
    line->device_minor = (uint32_t)minor;
    return take_inode_and_name(&rest, line) && !memchr(line->name, 0, line->name_length);
}

size_t ms_linux_maps_unescape(const char *name, size_t length, char *out)
{
    size_t written = 0;
    for (size_t i = 0; i < length; written++) {
        bool newline = length - i >= 4 && !memcmp(name + i, "\\012", 4);
        out[written] = newline ? '\n' : name[i];
        i += newline ? 4 : 1;
    }
    return written;
}

void ms_linux_map_init(linux_map *map, const memscan_allocator *allocator)
{
    ms_array_init(&map->regions, allocator, sizeof(memscan_region));
    ms_array_init(&map->names, allocator, 1);
    ms_array_init(&map->offsets, allocator, sizeof(size_t));
    map->more = false;
}

void ms_linux_map_deinit(linux_map *map)
{
    ms_array_deinit(&map->regions);
    ms_array_deinit(&map->names);
    ms_array_deinit(&map->offsets);
}

static const char deleted_suffix[] = " (deleted)";

static bool ends_deleted(const char *name, size_t length)
{
    size_t suffix = sizeof deleted_suffix - 1;
    return length > suffix && !memcmp(name + length - suffix, deleted_suffix, suffix);
}

/* Whether " (deleted)" belongs to the file's own name. Asked once for the mappings of one file. */
static bool is_really_so_named(linux_maps_reading *work, const char *name, uint64_t inode)
{
    if (!work->source.exists)
        return false;
    if (work->asked != inode)
        work->asked_exists = work->source.exists(name, inode, work->source.context);
    work->asked = inode;
    return work->asked_exists;
}

/* Adds the region's name, and where it is. */
static memscan_status add_name(linux_maps_reading *work, const linux_maps_line *line, linux_map *map,
                               memscan_region *region, memscan_error *error)
{
    ms_array *names = &map->names;
    size_t *offset = ms_array_push(&map->offsets);
    if (!offset || !ms_array_reserve(names, line->name_length + 1))
        return ms_fail_memory(error);
    char *name = (char *)names->items + names->count;
    size_t length = ms_linux_maps_unescape(line->name, line->name_length, name);
    name[length] = 0;
    if (region->flags & MEMSCAN_REGION_FILE && ends_deleted(name, length) &&
        !is_really_so_named(work, name, line->inode)) {
        region->flags |= MEMSCAN_REGION_DELETED;
        length -= sizeof deleted_suffix - 1;
        name[length] = 0;
    }
    *offset = work->last_name;
    if (names->count && !strcmp((char *)names->items + work->last_name, name))
        return MEMSCAN_OK;
    *offset = work->last_name = names->count;
    names->count += length + 1;
    return MEMSCAN_OK;
}

static memscan_status add_line(linux_maps_reading *work, const linux_maps_line *line, linux_map *map,
                               memscan_error *error)
{
    uint64_t start = line->start > work->shown ? line->start : work->shown;
    memscan_region *region = ms_array_push(&map->regions);
    if (!region)
        return ms_fail_memory(error);
    region->start = start;
    region->size = line->end - start;
    region->protection = line->protection;
    region->kind = MEMSCAN_KIND_ANON;
    region->flags = line->shared ? MEMSCAN_REGION_SHARED : 0;
    region->device_major = line->device_major;
    region->device_minor = line->device_minor;
    region->inode = line->inode;
    if (line->inode || line->device_major || line->device_minor) { /* System V segments may have inode 0 */
        region->flags |= MEMSCAN_REGION_FILE;
        region->file_offset = line->offset + (start - line->start);
    }
    work->shown = line->end;
    return add_name(work, line, map, region, error);
}

/* Takes one line, or leaves it to the next window, and sets `more`. */
static memscan_status take_line(linux_maps_reading *work, const linux_maps_line *line, size_t window, linux_map *map,
                                memscan_error *error)
{
    if (line->end <= work->from || line->end <= work->shown)
        return MEMSCAN_OK;
    map->more = map->regions.count == window;
    if (!map->more)
        return add_line(work, line, map, error);
    work->next = *line;
    work->has_next = true;
    return MEMSCAN_OK;
}

/* The end of the list and the end of the image look the same: 0 bytes. Only the latter answers so from the start,
 * too. */
static memscan_status check_alive(const linux_maps_source *source, memscan_error *error)
{
    char first;
    ssize_t got;
    do
        got = source->sys->pread(source->fd, &first, 1, 0);
    while (got < 0 && errno == EINTR);
    if (got == 1)
        return MEMSCAN_OK;
    return ms_linux_fail_gone(error);
}

static memscan_status next_line(linux_maps_reading *work, linux_maps_line *line, bool *found, memscan_error *error)
{
    const char *text;
    size_t length;
    memscan_status status = ms_linux_lines_next(&work->lines, &text, &length, error);
    *found = !status && text;
    if (*found && !ms_linux_maps_parse_line(text, length, line))
        return ms_fail(error, MEMSCAN_OS, "the kernel's list of mappings has a line of unknown form");
    return status;
}

static memscan_status read_text(linux_maps_reading *work, size_t window, linux_map *map, memscan_error *error)
{
    while (!map->more) {
        linux_maps_line line;
        bool found;
        memscan_status status = next_line(work, &line, &found, error);
        if (!status && !found)
            return check_alive(&work->source, error);
        if (!status)
            status = take_line(work, &line, window, map, error);
        if (status)
            return status;
    }
    return MEMSCAN_OK;
}

static void set_names(linux_map *map)
{
    memscan_region *regions = map->regions.items;
    for (size_t i = 0; i < map->regions.count; i++)
        regions[i].name = (const char *)map->names.items + *(size_t *)ms_array_at(&map->offsets, i);
}

/* Drops all but the last `kept` mappings, and their names: those are in the order of the mappings. */
static void keep_last(linux_maps_reading *work, size_t kept, linux_map *map)
{
    size_t dropped = map->regions.count > kept ? map->regions.count - kept : 0;
    size_t *offsets = map->offsets.items;
    size_t first_name = dropped < map->regions.count ? offsets[dropped] : map->names.count;
    ms_array_drop(&map->regions, dropped);
    ms_array_drop(&map->offsets, dropped);
    ms_array_drop(&map->names, first_name);
    for (size_t i = 0; i < map->offsets.count; i++)
        offsets[i] -= first_name;
    work->last_name = map->names.count ? work->last_name - first_name : 0;
}

void ms_linux_maps_begin(linux_maps_reading *reading, const linux_maps_source *source, uint64_t from)
{
    *reading = (linux_maps_reading){ .source = *source, .from = from };
    ms_linux_lines_init(&reading->lines, source->sys, source->fd, source->allocator);
}

memscan_status ms_linux_maps_next(linux_maps_reading *reading, size_t kept, size_t window, linux_map *map,
                                  memscan_error *error)
{
    keep_last(reading, kept, map);
    map->more = false;
    memscan_status status = MEMSCAN_OK;
    if (reading->has_next)
        status = take_line(reading, &reading->next, window, map, error);
    reading->has_next = map->more;
    if (!status)
        status = read_text(reading, window, map, error);
    if (status) /* one of the three may have one more than the others */
        map->regions.count = map->offsets.count = map->names.count = 0;
    else
        set_names(map);
    return status;
}

void ms_linux_maps_end(linux_maps_reading *reading)
{
    ms_linux_lines_deinit(&reading->lines);
}

memscan_status ms_linux_maps_read(const linux_maps_source *source, uint64_t from, size_t window, linux_map *map,
                                  memscan_error *error)
{
    linux_maps_reading reading;
    ms_linux_maps_begin(&reading, source, from);
    memscan_status status = ms_linux_maps_next(&reading, 0, window, map, error);
    ms_linux_maps_end(&reading);
    return status;
}
