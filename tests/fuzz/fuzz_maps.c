/* fuzz_maps.c - any bytes as the text of /proc/PID/maps: the lines one by one, then the whole as a file that is read in
 * pieces (their size is the first byte's).
 *
 * Must hold: a line that is read has start < end, flags and a name inside its text; printed again it reads the same.
 * Regions of the whole ascend, never overlap and never wrap, whatever the text claims. */
#include "fuzz_file.h"

#include <inttypes.h>

#include "libmemscan/base/alloc.h"
#include "platform/linux/linux_maps.h"

#define ALL_PROTECTION (MEMSCAN_PROT_READ | MEMSCAN_PROT_WRITE | MEMSCAN_PROT_EXECUTE)

/* The head of the line as the kernel writes it (fs/proc/task_mmu.c, show_vma_header_prefix), the name behind it. */
static size_t print_line(const linux_maps_line *line, char *out, size_t capacity)
{
    int length =
        snprintf(out, capacity, "%08" PRIx64 "-%08" PRIx64 " %c%c%c%c %08" PRIx64 " %02x:%02x %" PRIu64 " ",
                 line->start, line->end, line->protection & MEMSCAN_PROT_READ ? 'r' : '-',
                 line->protection & MEMSCAN_PROT_WRITE ? 'w' : '-', line->protection & MEMSCAN_PROT_EXECUTE ? 'x' : '-',
                 line->shared ? 's' : 'p', line->offset, line->device_major, line->device_minor, line->inode);
    FUZZ_CHECK(length > 0 && (size_t)length + line->name_length < capacity);
    memcpy(out + length, line->name, line->name_length);
    return (size_t)length + line->name_length;
}

static void check_line(const linux_maps_line *line, const char *text, size_t length)
{
    FUZZ_CHECK(line->start < line->end && (line->protection & ~ALL_PROTECTION) == 0);
    FUZZ_CHECK(line->name >= text && line->name_length <= length - (size_t)(line->name - text));
    size_t capacity = length + 128;
    char *printed = malloc(capacity), *name = malloc(line->name_length + 1);
    FUZZ_CHECK(printed && name);
    linux_maps_line again;
    FUZZ_CHECK(ms_linux_maps_parse_line(printed, print_line(line, printed, capacity), &again));
    FUZZ_CHECK(again.start == line->start && again.end == line->end && again.protection == line->protection);
    FUZZ_CHECK(again.shared == line->shared && again.offset == line->offset && again.inode == line->inode);
    FUZZ_CHECK(again.device_major == line->device_major && again.device_minor == line->device_minor);
    FUZZ_CHECK(again.name_length == line->name_length && !memcmp(again.name, line->name, line->name_length));
    FUZZ_CHECK(ms_linux_maps_unescape(line->name, line->name_length, name) <= line->name_length);
    free(name);
    free(printed);
}

static void check_lines(const uint8_t *data, size_t size)
{
    while (size > 0) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end ? (size_t)(end - data) : size;
        char *text = fuzz_copy(data, length);
        linux_maps_line line;
        if (ms_linux_maps_parse_line(text, length, &line))
            check_line(&line, text, length);
        free(text);
        size_t taken = end ? length + 1 : length;
        data += taken;
        size -= taken;
    }
}

static bool every_file_exists(const char *path, uint64_t inode, void *context)
{
    (void)context;
    return path[0] == '/' && inode % 2;
}

static void check_whole(void)
{
    linux_sys sys = ms_linux_sys;
    sys.pread = fuzz_file_pread;
    linux_maps_source source = { &sys, -1, &ms_default_allocator, every_file_exists, NULL };
    linux_map map;
    memscan_error error;
    ms_linux_map_init(&map, &ms_default_allocator);
    memscan_status status = ms_linux_maps_read(&source, 0, 64, &map, &error);
    if (status != MEMSCAN_OK)
        FUZZ_CHECK_ERROR(error, status);
    const memscan_region *regions = map.regions.items;
    for (size_t i = 0; status == MEMSCAN_OK && i < map.regions.count; i++) {
        FUZZ_CHECK(regions[i].size > 0 && regions[i].start <= UINT64_MAX - (regions[i].size - 1));
        FUZZ_CHECK(i == 0 || regions[i].start > regions[i - 1].start + (regions[i - 1].size - 1));
        FUZZ_CHECK(strlen(regions[i].name) < the_file.size + 1);
    }
    FUZZ_CHECK(map.regions.count <= 64);
    ms_linux_map_deinit(&map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    the_file = (fuzz_file){ data, size, (size_t)data[0] + 1 };
    check_lines(data, size);
    check_whole();
    return 0;
}
